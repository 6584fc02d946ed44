"""A value from a schema: made up, but valid, and the same whenever it is asked for with the same seed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

from mock_server.synthesis.texts import matching, of_format, words
from specs.contract import Schema
from specs.flaws import CasepactError
from specs.formats import validator
from specs.translating import pruned

_ATTEMPTS = 60
# So many containers deep, and after so many values, only what is required is made.
_FULL_DEPTH, _FULL_VALUES = 8, 1500
# So many names are tried for members that no property declares.
_MOST_NAMES = 500
_DEEPEST, _MOST_VALUES = 60, 50_000

Node = Mapping[str, Any] | bool


class Impossible(CasepactError):
    """No value was found that fits the schema; the text says what stood in the way."""


class Synthesizer:
    """
    Makes a value that a translated schema (JSON Schema 2020-12, `specs.translating`) admits.

    `Synthesizer(schema, "listPets 200").value()`: what the document offers comes first (`example`, `enum`, `default`),
    wherever it fits; the rest is made up. Optional members are there, except where the schema would hold itself again:
    recursion ends with the member left out, an empty array, null, or the shortest branch. Every value is judged by the
    schema before it is handed out; what does not fit is changed where it does not fit, and judged again.
    """

    def __init__(self, schema: Schema, seed: str) -> None:
        self._schema, self._seed = schema, seed
        self._definitions: Mapping[str, Any] = schema.document.get("$defs", {})
        self._turns: dict[str, int] = {}
        self._banned: set[str] = set()
        self._offered: set[str] = set()
        self._made = 0
        self._heights: dict[str, float] | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any], seed: str) -> Synthesizer:
        """The same for a translated schema that stands in no contract; raises `ValueError` for what is no schema."""
        alone = pruned(document, document.get("$defs", {}))
        return cls(Schema(alone, validator(alone)), seed)

    def value(self) -> Any:
        """The value; raises `Impossible` when there is none or none was found."""
        reason = "it admits nothing"
        for _ in range(_ATTEMPTS):
            self._offered, self._made = set(), 0
            try:
                value = self._value(self._schema.document, _Place("", (), 0))
            except _DeadEnd as end:
                reason = f"{end.pointer[:100] or 'the value'}: {end.reason}"
                if end.endless and math.isinf(self._height(self._schema.document)):
                    break
                self._vary(end.pointer)
                continue
            if self._schema.is_valid(value):
                return value
            flaws = self._schema.flaws(value)
            reason = f"{flaws[0].pointer or 'the value'}: {flaws[0].message[:200]}"
            for pointer in {flaw.pointer for flaw in flaws}:
                self._vary(pointer)
        raise Impossible(f"no value was found that fits the schema; {reason}")

    def _vary(self, pointer: str) -> None:
        """Make what stands here differently the next time, and after some tries what it stands in."""
        for prefix in _prefixes(pointer):
            if prefix in self._offered:
                self._banned.add(prefix)
                return
        turn = self._turns[pointer] = self._turns.get(pointer, 0) + 1
        while pointer and turn % 4 == 0:
            pointer = pointer.rpartition("/")[0]
            turn = self._turns[pointer] = self._turns.get(pointer, 0) + 1

    def _value(self, node: Node, place: _Place) -> Any:
        self._made += 1
        if self._made > _MOST_VALUES or place.depth > _DEEPEST:
            raise _DeadEnd(place.pointer, "there is no end to what it requires", endless=True)
        merged = self._merged(node, place)
        turn = self._turns.get(place.pointer, 0)
        if place.pointer not in self._banned and turn == 0:
            for offer in merged.offers:
                if _is_of(offer, merged.types):
                    self._offered.add(place.pointer)
                    return copy.deepcopy(offer)
        if not merged.choices:
            return self._plain(merged, place, turn)
        return self._chosen(merged, place, turn)

    def _chosen(self, merged: _Merged, place: _Place, turn: int) -> Any:
        """The value of one branch of the first `oneOf` or `anyOf`; the next branch where one leads nowhere."""
        group, *others = merged.choices
        branches = self._ordered(group.branches, place)
        end: _DeadEnd | None = None
        for index in range(len(branches)):
            branch = branches[(index + turn) % len(branches)]
            name = group.name_of(branch)
            chosen = merged.without_choices(others)
            try:
                self._merge(branch, chosen, place, offers=not chosen.offers)
                if name is not None and not self._may_be_named(chosen, name, place):
                    # Its name is no value of the member that would tell it: the discriminator is of no use here.
                    name = None
                if name is not None:
                    _merge_plain({"required": [name[0]], "properties": {name[0]: {"enum": [name[1]]}}}, chosen)
                if group.exclusive and turn >= 2 * len(branches):
                    self._spoil(chosen, [other for other in branches if other is not branch], place)
                if chosen.choices:
                    return self._chosen(chosen, place, turn)
                if turn == 0 and place.pointer not in self._banned:
                    for offer in chosen.offers:
                        if _is_of(offer, chosen.types) and (name is None or offer.get(name[0]) == name[1]):
                            self._offered.add(place.pointer)
                            return copy.deepcopy(offer)
                return self._plain(chosen, place, turn // len(branches))
            except _DeadEnd as caught:
                end = caught
        raise end or _DeadEnd(place.pointer, "it has no branch to choose")

    def _may_be_named(self, merged: _Merged, name: tuple[str, str], place: _Place) -> bool:
        """Whether the member that tells a branch from the others may have the branch's name as its value."""
        member, value = name
        inner = self._merged(merged.member(member), place.member(member))
        return (inner.enum is None or value in inner.enum) and _is_of(value, inner.types)

    def _spoil(self, chosen: _Merged, others: Sequence[Node], place: _Place) -> None:
        """
        Add members that other branches of a `oneOf` could not hold.

        Where branches are open objects of which nothing is required, what fits one fits all: {"a": "x"} and {"b": "x"}
        are each of both. {"a": "x", "b": 0} is of the first alone.
        """
        for branch in others:
            other = self._merged(branch, place)
            for name, schemas in other.properties.items():
                if name in chosen.properties or not chosen.allows(name):
                    continue
                types = self._merged({"allOf": schemas}, place).types
                strange = next((value for value in _STRANGE if types is not None and not _is_of(value, types)), None)
                if strange is not None:
                    _merge_plain({"properties": {name: {"const": strange}}, "required": [name]}, chosen)
                    break

    def _ordered(self, branches: Sequence[Node], place: _Place) -> Sequence[Node]:
        """The branches as the document has them; where there should be an end, the shortest first and null last."""
        if not self._ending(place) and not any(self._returns(branch, place) for branch in branches):
            return sorted(branches, key=_is_null)
        return sorted(branches, key=lambda branch: (self._returns(branch, place), self._height(branch)))

    def _ending(self, place: _Place) -> bool:
        return place.depth > _FULL_DEPTH or self._made > _FULL_VALUES

    def _plain(self, merged: _Merged, place: _Place, turn: int) -> Any:
        place = merged.place(place)
        random = Random(f"{self._seed}{place.pointer} {turn}")
        if merged.enum is not None:
            fitting = [item for item in merged.enum if _is_of(item, merged.types)]
            real = [item for item in fitting if item is not None] or fitting
            if not real:
                raise _DeadEnd(place.pointer, "no value of its enumeration has its type")
            return copy.deepcopy(real[(random.randrange(len(real)) if turn == 0 else turn) % len(real)])
        types = merged.possible_types()
        if not types:
            raise _DeadEnd(place.pointer, "no type is left that it could have")
        kind = types[turn % len(types)] if len(types) > 1 else types[0]
        if kind == "object":
            return self._object(merged, place, turn, random)
        if kind == "array":
            return self._array(merged, place, turn, random)
        if kind == "string":
            return _text(merged, place, random)
        if kind in ("integer", "number"):
            return _number(merged, place, kind == "integer", random)
        return None if kind == "null" else bool(random.getrandbits(1))

    def _object(self, merged: _Merged, place: _Place, turn: int, random: Random) -> dict[str, Any]:
        names = [name for name in dict.fromkeys((*merged.properties, *merged.required)) if merged.allows(name)]
        if missing := [name for name in merged.required if not merged.allows(name)]:
            raise _DeadEnd(place.pointer, f"'{missing[0]}' is required and not allowed")
        required = set(merged.required)
        least, most = merged.low("minProperties"), merged.high("maxProperties")
        minimal = self._ending(place)
        left_out = []
        made: dict[str, Any] = {}
        spare = (most if most is not None else len(names)) - len(required)
        for name in names:
            inner = place.member(name)
            if name not in required:
                chosen = not minimal and turn != 1 and (turn == 0 or random.random() < 0.5)
                if not chosen or spare <= 0 or self._returns(merged.member(name), place):
                    left_out.append(name)
                    continue
                spare -= 1
            try:
                made[name] = self._value(merged.member(name), inner)
            except _DeadEnd:
                if name in required:
                    raise
        for name in left_out:
            if len(made) >= least:
                break
            made[name] = self._value(merged.member(name), place.member(name))
        self._dependent(merged, place, made, required)
        wanted = max(least, 1 if merged.is_map() and turn != 1 and not minimal and most != 0 else 0)
        self._additional(merged, place, made, least, wanted)
        return made

    def _dependent(self, merged: _Merged, place: _Place, made: dict[str, Any], required: set[str]) -> None:
        """Add what must be there beside a member, or leave that member out."""
        waiting = [name for name in merged.dependents if name in made]
        while waiting:
            name = waiting.pop()
            try:
                for other in merged.dependents.get(name, ()):
                    if other not in made:
                        made[other] = self._value(merged.member(other), place.member(other))
                        waiting.append(other)
            except _DeadEnd:
                if name in required:
                    raise
                del made[name]

    def _additional(self, merged: _Merged, place: _Place, made: dict[str, Any], least: int, wanted: int) -> None:
        """Members that no property declares, until there are as many as wanted."""
        number = 0
        while len(made) < wanted:
            number += 1
            name = self._new_name(merged, place, number)
            schema = merged.member(name)
            if name in made and number <= _MOST_NAMES:
                continue
            if number > _MOST_NAMES or not merged.allows(name) or (len(made) >= least and self._returns(schema, place)):
                if len(made) >= least:
                    return
                raise _DeadEnd(place.pointer, f"it needs {least} members and allows fewer")
            try:
                made[name] = self._value(schema, place.member(name))
            except _DeadEnd:
                if len(made) < least:
                    raise
                return

    def _new_name(self, merged: _Merged, place: _Place, number: int) -> str:
        """The name of a member that no property declares."""
        if merged.names:
            found = self._value({"allOf": [{"type": "string"}, *merged.names]}, place.member(f"name {number}"))
            return str(found)
        for pattern, schema in merged.patterned:
            if not _is_nothing(schema):
                random = Random(f"{self._seed}{place.pointer} {number}")
                return next((text for text in matching(pattern, random, 0, None)), f"additional{number}")
        return f"additional{number}"

    def _array(self, merged: _Merged, place: _Place, turn: int, random: Random) -> list[Any]:
        least, most = merged.low("minItems"), merged.high("maxItems")
        if least > _MOST_VALUES:
            raise _DeadEnd(place.pointer, f"it has at least {least} items")
        contained = merged.low("minContains") if "minContains" in merged.bounds else len(merged.contained[:1])
        least = max(least, contained)
        wanted = max(least, 1, merged.places() + contained)
        if most is not None:
            wanted = min(wanted, most)
        if wanted > least and (self._ending(place) or turn % 3 == 1 or self._returns(merged.item(0), place)):
            wanted = least
        # What must be among the items comes last, or first where the last places are others'.
        special = range(contained) if turn % 2 else range(wanted - contained, wanted)
        made: list[Any] = []
        known: list[Any] = []
        for index in range(wanted):
            item = merged.item(index)
            if index in special:
                item = {"allOf": [item, *merged.contained]}
            try:
                value = self._item(item, place.member(str(index)), known if merged.unique else None)
            except _DeadEnd:
                if len(made) >= least:
                    break
                raise
            made.append(value)
            known.append(value)
        return made

    def _item(self, item: Node, place: _Place, known: Sequence[Any] | None) -> Any:
        value = self._value(item, place)
        for _ in range(50):
            if known is None or not any(_same(value, other) for other in known):
                return value
            self._banned.add(place.pointer)
            self._turns[place.pointer] = self._turns.get(place.pointer, 0) + 1
            value = self._value(item, place)
        raise _DeadEnd(place.pointer, "there are not enough different items")

    def _merged(self, node: Node, place: _Place) -> _Merged:
        merged = _Merged()
        self._merge(node, merged, place, offers=True)
        return merged

    def _merge(self, node: Node, merged: _Merged, place: _Place, *, offers: bool) -> None:
        """Add what a schema asks for, with all that its `$ref` and `allOf` lead to."""
        if isinstance(node, bool):
            if not node:
                raise _DeadEnd(place.pointer, "nothing is allowed here")
            return
        if offers:
            merged.offers += [node["example"]] if "example" in node else node.get("examples", ())
            merged.offers += [node["default"]] if "default" in node else ()
        if "$ref" in node and (name := _name_of(node["$ref"])) not in merged.references:
            merged.references.append(name)
            self._merge(self._definitions[name], merged, place, offers=offers)
        if node.get("not") in ({}, True):
            raise _DeadEnd(place.pointer, "nothing is allowed here")
        _merge_plain(node, merged)
        if "unevaluatedProperties" in node:
            self._merge_unevaluated(node, merged, place)
        parts = node.get("allOf", ())
        for part in parts:
            # An example of one part among several says nothing about the others.
            self._merge(part, merged, place, offers=offers and len(parts) == 1)
        for keyword in ("oneOf", "anyOf"):
            if keyword in node:
                branches = [branch for branch in node[keyword] if branch is not False]
                merged.choices.append(_Group(branches, node.get("discriminator"), keyword == "oneOf"))
        if "if" in node:
            then = {"allOf": [node["if"], node.get("then", True)]}
            merged.choices.append(_Group([then, {"allOf": [node.get("else", True)], "not": node["if"]}], None))
        for name, schema in node.get("dependentSchemas", {}).items():
            there = {"required": [name], "allOf": [schema]}
            merged.choices.append(_Group([there, {"properties": {name: False}}], None))
        if "discriminator" in node and not ("oneOf" in node or "anyOf" in node):
            self._as_child(node["discriminator"], merged)

    def _merge_unevaluated(self, node: Mapping[str, Any], merged: _Merged, place: _Place) -> None:
        """Add what a schema says of the members that it does not speak of otherwise, itself or by what it leads to."""
        asked = node["unevaluatedProperties"]
        inner = self._merged({key: part for key, part in node.items() if key != "unevaluatedProperties"}, place)
        if inner.choices:
            merged.unevaluated.append(asked)
        elif not inner.rest:
            merged.rest.append((frozenset(inner.properties), tuple(pattern for pattern, _ in inner.patterned), asked))

    def _as_child(self, discriminator: Mapping[str, Any], merged: _Merged) -> None:
        """Of a base whose children are known by a discriminator, a value is a child: the first, by its name."""
        mapping = discriminator.get("mapping", {})
        targets = {_name_of(target): name for name, target in mapping.items()}
        named = next((targets[name] for name in merged.references if name in targets), None)
        if named is not None:
            # The value of a child got here through `allOf`: it bears the name of the outermost schema that has one.
            _merge_plain({"properties": {discriminator["propertyName"]: {"enum": [named]}}}, merged)
        elif mapping:
            merged.choices.append(_Group([{"$ref": target} for target in mapping.values()], discriminator))

    def _returns(self, node: Node, place: _Place) -> bool:
        """Whether this schema is one that the place already stands in."""
        if isinstance(node, bool):
            return False
        seen: list[str] = []
        waiting: list[Any] = [node]
        while waiting:
            part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            if "$ref" in part and (name := _name_of(part["$ref"])) not in seen:
                if name in place.references:
                    return True
                seen.append(name)
                waiting.append(self._definitions[name])
            waiting += part.get("allOf", ())
            if "type" not in part or part["type"] == "array":
                waiting += [part.get("items"), *part.get("prefixItems", ())]
            for keyword in ("oneOf", "anyOf"):
                branches = [branch for branch in part.get(keyword, ()) if not _is_null(branch)]
                if len(branches) == 1:
                    waiting += branches
        return False

    def _height(self, node: Node) -> float:
        """How many containers deep the least value of a schema is; infinite when it has no end."""
        if self._heights is None:
            definitions = pruned(self._schema.document, self._definitions).get("$defs", {})
            self._heights = dict.fromkeys(definitions, math.inf)
            changed = True
            while changed:
                changed = False
                for name, definition in definitions.items():
                    height = self._least(definition)
                    if height < self._heights[name]:
                        self._heights[name], changed = height, True
        return self._least(node)

    def _least(self, node: Any) -> float:
        assert self._heights is not None, "the heights of the definitions are known first"
        if not isinstance(node, Mapping):
            return math.inf if node is False else 0
        if "enum" in node or "const" in node:
            return 0
        parts = [self._heights[_name_of(node["$ref"])]] if "$ref" in node else []
        parts += [self._least(part) for part in node.get("allOf", ())]
        parts += [
            min((self._least(branch) for branch in node[keyword]), default=math.inf)
            for keyword in ("oneOf", "anyOf")
            if keyword in node
        ]
        declared = node.get("type")
        if isinstance(declared, list) and "null" in declared:
            return max(parts, default=0)
        properties = node.get("properties", {})
        parts += [1 + self._least(properties.get(name, True)) for name in node.get("required", ())]
        if node.get("minItems", 0) > len(node.get("prefixItems", ())):
            parts.append(1 + self._least(node.get("items", True)))
        parts += [1 + self._least(part) for part in node.get("prefixItems", ())[: node.get("minItems", 0)]]
        return max(parts, default=0)


class _DeadEnd(Exception):
    """There is no value here, or none along this way."""

    def __init__(self, pointer: str, reason: str, *, endless: bool = False) -> None:
        super().__init__(reason)
        self.pointer, self.reason, self.endless = pointer, reason, endless


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the value something stands, and in which definitions."""

    pointer: str
    references: tuple[str, ...]
    depth: int

    def member(self, name: str) -> _Place:
        escaped = name.replace("~", "~0").replace("/", "~1")
        return _Place(f"{self.pointer}/{escaped}", self.references, self.depth + 1)


@dataclass(frozen=True, slots=True)
class _Group:
    """The branches of one `oneOf` or `anyOf`."""

    branches: list[Node]
    discriminator: Mapping[str, Any] | None
    exclusive: bool = False

    def name_of(self, branch: Node) -> tuple[str, str] | None:
        """The member that tells this branch from the others, and what it says."""
        if self.discriminator is None or not isinstance(branch, Mapping) or "$ref" not in branch:
            return None
        reference = branch["$ref"]
        for name, target in self.discriminator.get("mapping", {}).items():
            if target == reference:
                return self.discriminator["propertyName"], name
        return self.discriminator["propertyName"], _name_of(reference)


@dataclass(slots=True)
class _Merged:
    """Everything that one value has to fit at once, apart from choices."""

    types: list[str] | None = None
    enum: list[Any] | None = None
    offers: list[Any] = field(default_factory=list)
    bounds: dict[str, Any] = field(default_factory=dict)
    formats: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)
    unique: bool = False
    arrays: list[tuple[Sequence[Node], Node]] = field(default_factory=list)
    """By each schema the items in their places, and those behind them."""
    contained: list[Node] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    dependents: dict[str, list[str]] = field(default_factory=dict)
    properties: dict[str, list[Node]] = field(default_factory=dict)
    patterned: list[tuple[str, Node]] = field(default_factory=list)
    names: list[Node] = field(default_factory=list)
    rest: list[tuple[frozenset[str], tuple[str, ...], Node]] = field(default_factory=list)
    """Of members that have none of the names and match none of the patterns."""
    unevaluated: list[Node] = field(default_factory=list)
    """Of members that nothing else speaks of."""
    choices: list[_Group] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    def without_choices(self, others: list[_Group]) -> _Merged:
        """A copy to which the chosen branch is added."""
        return _Merged(
            types=list(self.types) if self.types is not None else None,
            enum=self.enum,
            offers=list(self.offers),
            bounds=dict(self.bounds),
            formats=list(self.formats),
            patterns=list(self.patterns),
            steps=list(self.steps),
            unique=self.unique,
            arrays=list(self.arrays),
            contained=list(self.contained),
            required=list(self.required),
            dependents={name: list(others) for name, others in self.dependents.items()},
            properties={name: list(schemas) for name, schemas in self.properties.items()},
            patterned=list(self.patterned),
            names=list(self.names),
            rest=list(self.rest),
            unevaluated=list(self.unevaluated),
            choices=list(others),
            references=list(self.references),
        )

    def place(self, place: _Place) -> _Place:
        """The place with the definitions that this value is of."""
        return _Place(place.pointer, (*place.references, *self.references), place.depth)

    def possible_types(self) -> list[str]:
        """The types it may have, the most telling first; null only where there is no other."""
        types = self.types if self.types is not None else self._implied()
        return [kind for kind in types if kind != "null"] or types

    def _implied(self) -> list[str]:
        told = (self.properties, self.required, self.rest, self.patterned, self.names, self.dependents)
        if any(told) or {"minProperties", "maxProperties"} & self.bounds.keys():
            return ["object"]
        if self.arrays or self.contained or self.unique or {"minItems", "maxItems"} & self.bounds.keys():
            return ["array"]
        if self.steps or {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & self.bounds.keys():
            return ["number"]
        return ["string"] if self.formats or self.patterns else ["string", "object", "number", "boolean", "array"]

    def low(self, keyword: str) -> int:
        least: float = self.bounds.get(keyword, 0)
        return math.ceil(least)

    def high(self, keyword: str) -> int | None:
        return math.floor(self.bounds[keyword]) if keyword in self.bounds else None

    def allows(self, name: str) -> bool:
        """Whether a member of this name may be there."""
        return not any(_is_nothing(schema) for schema in self._schemas(name))

    def member(self, name: str) -> Node:
        """The schema of the member of this name."""
        schemas = self._schemas(name)
        return schemas[0] if len(schemas) == 1 else {"allOf": schemas} if schemas else True

    def _schemas(self, name: str) -> list[Node]:
        found = [*self.properties.get(name, ())]
        found += [schema for pattern, schema in self.patterned if _matches(pattern, name)]
        found += [
            schema
            for names, patterns, schema in self.rest
            if name not in names and not any(_matches(pattern, name) for pattern in patterns)
        ]
        return found or self.unevaluated

    def is_map(self) -> bool:
        """Whether it is described by what its members hold, not by their names."""
        others = (*(schema for *_, schema in (*self.rest, *self.patterned)), *self.unevaluated)
        return not self.properties and any(isinstance(schema, Mapping) and schema for schema in others)

    def places(self) -> int:
        """How many items have a place of their own."""
        return max((len(placed) for placed, _ in self.arrays), default=0)

    def item(self, index: int) -> Node:
        """The schema of the item at this place."""
        schemas = [placed[index] if index < len(placed) else rest for placed, rest in self.arrays]
        told = [schema for schema in schemas if schema is not True]
        return told[0] if len(told) == 1 else {"allOf": told} if told else True


_STRANGE: Sequence[Any] = (0, "other", [])
"""Values of which one at least is not of a declared type."""

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "x-max-bytes")


def _merge_plain(node: Mapping[str, Any], merged: _Merged) -> None:
    """Add the keywords that hold no choice and lead to no other schema."""
    if "type" in node:
        merged.types = _both_types(merged.types, node["type"])
    if "enum" in node or "const" in node:
        values = node["enum"] if "enum" in node else [node["const"]]
        known = merged.enum
        merged.enum = values if known is None else [item for item in known if any(_same(item, one) for one in values)]
    for keywords, tighter in ((_LOWER, max), (_UPPER, min)):
        for keyword in keywords:
            if keyword in node:
                merged.bounds[keyword] = tighter(node[keyword], merged.bounds.get(keyword, node[keyword]))
    if "format" in node:
        merged.formats.append(node["format"])
    if "pattern" in node:
        merged.patterns.append(node["pattern"])
    if "multipleOf" in node:
        merged.steps.append(node["multipleOf"])
    merged.unique = merged.unique or node.get("uniqueItems") is True
    if "items" in node or "prefixItems" in node:
        merged.arrays.append((node.get("prefixItems", ()), node.get("items", node.get("unevaluatedItems", True))))
    elif "unevaluatedItems" in node and not merged.arrays:
        merged.arrays.append(((), node["unevaluatedItems"]))
    if "contains" in node and node.get("minContains", 1) > 0:
        merged.contained.append(node["contains"])
    if node.get("contentEncoding") == "base64":
        merged.formats.append("byte")
    merged.required += [name for name in node.get("required", ()) if name not in merged.required]
    own = node.get("properties", {})
    for name, schema in own.items():
        merged.properties.setdefault(name, []).append(schema)
    patterned = node.get("patternProperties", {})
    merged.patterned += patterned.items()
    if "propertyNames" in node:
        merged.names.append(node["propertyNames"])
    for name, others in node.get("dependentRequired", {}).items():
        merged.dependents.setdefault(name, []).extend(others)
    if "additionalProperties" in node:
        merged.rest.append((frozenset(own), tuple(patterned), node["additionalProperties"]))


def _both_types(known: list[str] | None, declared: str | list[str]) -> list[str]:
    named = [declared] if isinstance(declared, str) else declared
    if known is None:
        return list(named)
    both = [kind for kind in known if kind in named or (kind == "integer" and "number" in named)]
    return both + [kind for kind in named if kind == "integer" and "number" in known and kind not in both]


def _text(merged: _Merged, place: _Place, random: Random) -> str:
    low, high = merged.low("minLength"), merged.high("maxLength")
    if (most := merged.high("x-max-bytes")) is not None:
        high = most if high is None else min(high, most)
    if high is not None and high < low:
        raise _DeadEnd(place.pointer, f"it is at least {low} and at most {high} characters long")
    if not merged.formats and not merged.patterns:
        return words(random, low, high)
    judge = _judge(tuple(merged.formats), tuple(merged.patterns), low, high)
    for text in _texts(merged, low, high, random):
        if judge.is_valid(text):
            return text
    asked = " and ".join((*(f"the format {name}" for name in merged.formats), *merged.patterns))
    raise _DeadEnd(place.pointer, f"no text was found for {asked}, {low} to {'any' if high is None else high} long")


def _texts(merged: _Merged, low: int, high: int | None, random: Random) -> Iterator[str]:
    for name in merged.formats:
        for _ in range(20 if merged.patterns else 3):
            text = of_format(name, random, low, high)
            if text is not None:
                yield text
    for pattern in merged.patterns:
        for _ in range(5):
            yield from matching(pattern, random, low, high)
    for _ in range(5):
        yield words(random, low, high)


@lru_cache(maxsize=4096)
def _matches(pattern: str, name: str) -> bool:
    """Whether the name of a member matches a pattern, as our judge reads it."""
    return _judge((), (pattern,), 0, None).is_valid(name)  # type: ignore[no-any-return] # a compiled validator


@lru_cache(maxsize=1024)
def _judge(formats: tuple[str, ...], patterns: tuple[str, ...], low: int, high: int | None) -> Any:
    parts: list[dict[str, Any]] = [{"format": name} for name in formats]
    parts += [{"pattern": pattern} for pattern in patterns]
    return validator({"minLength": low, **({} if high is None else {"maxLength": high}), "allOf": parts})


# Beyond this a double cannot hold every integer, and JavaScript reads doubles (RFC 8259 section 6).
_SAFE = 2**53 - 1


def _number(merged: _Merged, place: _Place, integer: bool, random: Random) -> int | float:
    bounds = merged.bounds
    lows = [(Fraction(str(bounds[key])), key != "minimum") for key in ("minimum", "exclusiveMinimum") if key in bounds]
    highs = [(Fraction(str(bounds[key])), key != "maximum") for key in ("maximum", "exclusiveMaximum") if key in bounds]
    low, low_open = max(lows, default=(None, False))
    high, high_open = min(highs, key=lambda bound: (bound[0], not bound[1]), default=(None, False))
    step = Fraction(1) if integer else None
    for asked in merged.steps:
        step = _common(step, Fraction(str(asked)))
    if step is None:
        return _real(place, low, low_open, high, high_open, random)
    if low is None or low < -_SAFE:
        low, low_open = (
            (Fraction(1) if high is None or high >= 1 else max(high - 1000 * step, Fraction(-(2**63)))),
            False,
        )
    first = math.floor(low / step) + 1 if low_open else math.ceil(low / step)
    last = first + max(int(1000 / step), 1) if step <= 1000 else first + 10
    if high is not None:
        last = min(last, math.ceil(high / step) - 1 if high_open else math.floor(high / step))
    if last < first:
        raise _DeadEnd(place.pointer, f"no multiple of {float(step):g} lies between its bounds")
    found = random.randint(first, last) * step
    return int(found) if integer or found.denominator == 1 else float(found)


def _real(
    place: _Place, low: Fraction | None, low_open: bool, high: Fraction | None, high_open: bool, random: Random
) -> float:
    if low is None:
        low, low_open = (Fraction(0) if high is None or high > 0 else high - 1000), False
    if high is None:
        high, high_open = low + 1000, False
    if high < low or (high == low and (low_open or high_open)):
        raise _DeadEnd(place.pointer, "no number lies between its bounds")
    width = high - low
    rounded = Fraction(round(float(low + width * random.randint(1, 99) / 100), 2)).limit_denominator(100)
    found = rounded if low < rounded < high else low + width / 2
    return float(found)


def _common(step: Fraction | None, asked: Fraction) -> Fraction:
    """The least number that is a multiple of both."""
    if step is None:
        return asked
    return Fraction(math.lcm(step.numerator, asked.numerator), math.gcd(step.denominator, asked.denominator))


_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
}


def _is_of(value: Any, types: Sequence[str] | None) -> bool:
    """Whether a value that the document offers has one of the types."""
    if types is None:
        return True
    if value is None or isinstance(value, bool):
        return ("null" if value is None else "boolean") in types
    return any(isinstance(value, _KINDS.get(kind, ())) for kind in types)


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _is_null(node: Node) -> bool:
    return isinstance(node, Mapping) and node.get("type") == "null"


def _is_nothing(node: Node) -> bool:
    return node is False or (isinstance(node, Mapping) and node.get("not") in ({}, True))


def _name_of(reference: str) -> str:
    return str(reference).rsplit("/", 1)[-1]


def _prefixes(pointer: str) -> Iterator[str]:
    """The pointer and all above it, the longest first."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
