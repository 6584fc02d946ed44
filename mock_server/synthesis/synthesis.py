"""A value from a schema: made up, but valid, and the same whenever it is asked for with the same seed."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

from mock_server.synthesis.merging import (
    DeadEnd,
    Group,
    Merged,
    Node,
    Place,
    Rank,
    definition_name,
    is_nothing,
    is_null,
    is_of,
    merge_plain,
    same,
    without_forbidden,
)
from mock_server.synthesis.patterns import matching
from mock_server.synthesis.scalars import make_number, make_text
from specs.flaws import CasepactError
from specs.formats import validator
from specs.translating import pruned
from specs.validation import Judge, Schema

_ATTEMPTS = 60
# So many containers deep, and after so many values, only what is required is made.
_FULL_DEPTH, _FULL_VALUES = 8, 1500
# So many names are tried for members that no property declares.
_MOST_NAMES = 500
_DEEPEST, _MOST_VALUES = 60, 50_000
_NONE = object()
_MISFITS: Sequence[Any] = (0, "other", [])
"""Values of which one at least is not of a declared type."""


class Impossible(CasepactError):
    """No value was found that fits the schema; the text says what stood in the way."""


class Synthesizer:
    """
    Makes a value that a translated schema (JSON Schema 2020-12, `specs.translating`) admits.

    `Synthesizer(schema, "listPets 200").value()`: what the document offers comes first (`example`, `enum`, `default`),
    wherever it fits; the rest is made up. Optional members are there, except where the schema would hold itself again:
    recursion ends with the member left out, an empty array, null, or the shortest branch. So does a discriminator whose
    names no branch admits, wherever the value can do without it. Every value is judged by the schema before it is
    handed out; what does not fit is changed where it does not fit, and judged again.
    """

    def __init__(self, schema: Schema, seed: str) -> None:
        self._schema, self._seed = schema, seed
        self._definitions: Mapping[str, Any] = schema.document.get("$defs", {})
        self._turns: dict[str, int] = {}
        self._banned: set[str] = set()
        self._offered: set[str] = set()
        self._refused: dict[str, int] = {}
        self._made = 0
        self._named = True
        self._judges: dict[int, tuple[Node, Judge]] = {}
        self._heights: dict[str, float] | None = None

    @classmethod
    def of(cls, document: Mapping[str, Any], seed: str) -> Synthesizer:
        """The same for a translated schema that stands in no contract; raises `ValueError` for what is not a schema."""
        alone = pruned(document, document.get("$defs", {}))
        return cls(Schema(alone, validator(alone)), seed)

    def value(self) -> Any:
        """The value; raises `Impossible` when there is none or none was found."""
        reason = "it admits nothing"
        for _ in range(_ATTEMPTS):
            self._offered, self._made = set(), 0
            try:
                value = self._value(self._schema.document, Place("", (), 0))
            except DeadEnd as end:
                if end.contradictory:
                    self._named = False
                    continue
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
                self._refused[prefix] = self._refused.get(prefix, 0) + 1
                return
        turn = self._turns[pointer] = self._turns.get(pointer, 0) + 1
        while pointer and turn % 4 == 0:
            pointer = pointer.rpartition("/")[0]
            turn = self._turns[pointer] = self._turns.get(pointer, 0) + 1

    def _value(self, node: Node, place: Place, hints: Sequence[Any] = ()) -> Any:
        """A value that fits here; `hints` are of the document's own and come before what its schema offers."""
        self._made += 1
        if self._made > _MOST_VALUES or place.depth > _DEEPEST:
            raise DeadEnd(place.pointer, "there is no end to what it requires", endless=True)
        merged = self._merged(node, place)
        turn = self._turns.get(place.pointer, 0)
        if turn == 0 and (offer := self._offer(node, merged, place, [*hints, *merged.whole_offers()])) is not _NONE:
            return offer
        if self._may_be_null(merged) and self._returns(node, place):
            return None
        if not merged.choices:
            return self._plain(merged, place, turn)
        return self._chosen(merged, place, turn)

    def _offer(self, node: Node, merged: Merged, place: Place, offers: Sequence[Any]) -> Any:
        """The first value of the document's own that was not refused before; `_NONE` when there is none."""
        if place.pointer in self._banned:
            return _NONE
        fitting = [offer for offer in offers if is_of(offer, merged.types)]
        left = fitting[self._refused.get(place.pointer, 0) :]
        if not left:
            return _NONE
        self._offered.add(place.pointer)
        shown = left[0]
        if isinstance(shown, dict | list):
            shown = without_forbidden(self._schema.view.at(node), copy.deepcopy(shown))
        return shown

    def _may_be_null(self, merged: Merged) -> bool:
        """Whether null is one of its types, or a branch of its own."""
        if merged.types is not None and "null" in merged.types:
            return merged.enum is None or None in merged.enum
        return any(is_null(branch) for group in merged.choices for branch in group.branches)

    def _chosen(self, merged: Merged, place: Place, turn: int) -> Any:
        """The value of one branch of the first `oneOf` or `anyOf`; the next branch where one leads nowhere."""
        group, *others = merged.choices
        branches = self._ordered(group.branches, place)
        end: DeadEnd | None = None
        for index in range(len(branches)):
            branch = branches[(index + turn) % len(branches)]
            names = group.names_of(branch)
            chosen = merged.without_choices(others)
            try:
                self._merge(branch, chosen, place, offers=not chosen.offers, rank=(1,))
                name = next((name for name in names if self._may_be_named(chosen, name, place)), None)
                if name is None and names and self._named:
                    reason = f"'{names[0][0]}' cannot be '{names[0][1]}', as the discriminator has it"
                    raise DeadEnd(place.pointer, reason, contradictory=True)
                if name is not None:
                    merge_plain({"required": [name[0]], "properties": {name[0]: {"enum": [name[1]]}}}, chosen)
                if group.exclusive and turn >= 2 * len(branches):
                    self._set_apart(chosen, [other for other in branches if other is not branch], place)
                if chosen.choices:
                    return self._chosen(chosen, place, turn)
                offers = [offer for offer in chosen.offers if name is None or _is_named(offer, name)]
                value = self._offer(branch, chosen, place, offers) if turn == 0 else _NONE
                if value is _NONE:
                    value = self._plain(chosen, place, turn // len(branches))
                if name is not None and group.exclusive and self._named:
                    self._refuse_ambiguous(value, name, [other for other in branches if other is not branch], place)
                return value
            except DeadEnd as caught:
                end = end if end is not None and end.contradictory else caught
        raise end or DeadEnd(place.pointer, "it has no branch to choose")

    def _may_be_named(self, merged: Merged, name: tuple[str, str], place: Place) -> bool:
        """Whether the member that tells a branch from the others may have the branch's name as its value."""
        member, value = name
        inner = self._merged(merged.member(member), place.member(member))
        return (inner.enum is None or value in inner.enum) and is_of(value, inner.types)

    def _refuse_ambiguous(self, value: Any, name: tuple[str, str], others: Sequence[Node], place: Place) -> None:
        """Refuse what fits several branches of a `oneOf`, which a discriminator does not change (OpenAPI 3.1.1)."""
        for branch in others:
            other = self._merged(branch, place)
            if self._may_be_named(other, name, place) and self._judge_of(branch).is_valid(value):
                reason = f"it fits several branches, which '{name[0]}' alone tells apart"
                raise DeadEnd(place.pointer, reason, contradictory=True)

    def _judge_of(self, branch: Node) -> Judge:
        """What judges a branch alone, whatever its discriminator says."""
        key = id(branch)
        if key not in self._judges:
            alone = {"allOf": [branch], "$defs": self._definitions}
            self._judges[key] = branch, validator(pruned(alone, self._definitions))
        return self._judges[key][1]

    def _set_apart(self, chosen: Merged, others: Sequence[Node], place: Place) -> None:
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
                misfit = next((value for value in _MISFITS if types is not None and not is_of(value, types)), None)
                if misfit is not None:
                    merge_plain({"properties": {name: {"const": misfit}}, "required": [name]}, chosen)
                    break

    def _ordered(self, branches: Sequence[Node], place: Place) -> Sequence[Node]:
        """The branches as the document has them; where there should be an end, the shortest first and null last."""
        if not self._ending(place) and not any(self._returns(branch, place) for branch in branches):
            return sorted(branches, key=is_null)
        return sorted(branches, key=lambda branch: (self._returns(branch, place), self._height(branch)))

    def _ending(self, place: Place) -> bool:
        return place.depth > _FULL_DEPTH or self._made > _FULL_VALUES

    def _plain(self, merged: Merged, place: Place, turn: int) -> Any:
        place = merged.place(place)
        random = Random(f"{self._seed}{place.pointer} {turn}")
        if merged.enum is not None:
            fitting = [item for item in merged.enum if is_of(item, merged.types)]
            real = [item for item in fitting if item is not None] or fitting
            if not real:
                raise DeadEnd(place.pointer, "no value of its enumeration has its type")
            return copy.deepcopy(real[(random.randrange(len(real)) if turn == 0 else turn) % len(real)])
        types = merged.possible_types()
        if not types:
            raise DeadEnd(place.pointer, "no type is left that it could have")
        kind = types[turn % len(types)] if len(types) > 1 else types[0]
        if kind == "object":
            return self._object(merged, place, turn, random)
        if kind == "array":
            return self._array(merged, place, turn, random)
        if kind == "string":
            return make_text(merged, place, random)
        if kind in ("integer", "number"):
            return make_number(merged, place, kind == "integer", random)
        return None if kind == "null" else bool(random.getrandbits(1))

    def _object(self, merged: Merged, place: Place, turn: int, random: Random) -> dict[str, Any]:
        names = [name for name in dict.fromkeys((*merged.properties, *merged.required)) if merged.allows(name)]
        if missing := [name for name in merged.required if not merged.allows(name)]:
            raise DeadEnd(place.pointer, f"'{missing[0]}' is required and not allowed")
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
                chosen = chosen and not merged.is_left_out(name)
                if not chosen or spare <= 0 or self._returns(merged.member(name), place):
                    left_out.append(name)
                    continue
                spare -= 1
            try:
                made[name] = self._value(merged.member(name), inner, merged.hints_of(name))
            except DeadEnd:
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

    def _dependent(self, merged: Merged, place: Place, made: dict[str, Any], required: set[str]) -> None:
        """Add what must be there beside a member, or leave that member out."""
        waiting = [name for name in merged.dependents if name in made]
        while waiting:
            name = waiting.pop()
            try:
                for other in merged.dependents.get(name, ()):
                    if other not in made:
                        made[other] = self._value(merged.member(other), place.member(other))
                        waiting.append(other)
            except DeadEnd:
                if name in required:
                    raise
                del made[name]

    def _additional(self, merged: Merged, place: Place, made: dict[str, Any], least: int, wanted: int) -> None:
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
                raise DeadEnd(place.pointer, f"it needs {least} members and allows fewer")
            try:
                made[name] = self._value(schema, place.member(name))
            except DeadEnd:
                if len(made) < least:
                    raise
                return

    def _new_name(self, merged: Merged, place: Place, number: int) -> str:
        """The name of a member that no property declares."""
        if merged.names:
            found = self._value({"allOf": [{"type": "string"}, *merged.names]}, place.member(f"name {number}"))
            return str(found)
        for pattern, schema in merged.patterned:
            if not is_nothing(schema):
                random = Random(f"{self._seed}{place.pointer} {number}")
                return next((text for text in matching(pattern, random, 0, None)), f"additional{number}")
        return f"additional{number}"

    def _array(self, merged: Merged, place: Place, turn: int, random: Random) -> list[Any]:
        least, most = merged.low("minItems"), merged.high("maxItems")
        if least > _MOST_VALUES:
            raise DeadEnd(place.pointer, f"it has at least {least} items")
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
            except DeadEnd:
                if len(made) >= least:
                    break
                raise
            made.append(value)
            known.append(value)
        return made

    def _item(self, item: Node, place: Place, known: Sequence[Any] | None) -> Any:
        value = self._value(item, place)
        for _ in range(50):
            if known is None or not any(same(value, other) for other in known):
                return value
            self._banned.add(place.pointer)
            self._turns[place.pointer] = self._turns.get(place.pointer, 0) + 1
            value = self._value(item, place)
        raise DeadEnd(place.pointer, "there are not enough different items")

    def _merged(self, node: Node, place: Place) -> Merged:
        merged = Merged()
        self._merge(node, merged, place, offers=True)
        return merged

    def _merge(self, node: Node, merged: Merged, place: Place, *, offers: bool | None, rank: Rank = ()) -> None:
        """
        Add what a schema asks for, with all that its `$ref` and `allOf` lead to.

        Its examples are offers for the whole value, or where `offers` is None hints of one part among several.
        """
        if isinstance(node, bool):
            if not node:
                raise DeadEnd(place.pointer, "nothing is allowed here")
            return
        if offers:
            merged.offers += [node["example"]] if "example" in node else node.get("examples", ())
            merged.offers += [node["default"]] if "default" in node else ()
        if "$ref" in node and (name := definition_name(node["$ref"])) not in merged.references:
            merged.references.append(name)
            beside = offers is not False and "properties" in node
            self._merge(self._definitions[name], merged, place, offers=None if beside else offers, rank=(*rank, 1))
        if node.get("not") in ({}, True):
            raise DeadEnd(place.pointer, "nothing is allowed here")
        known = {name: len(schemas) for name, schemas in merged.properties.items()}
        merge_plain(node, merged, rank)
        if "unevaluatedProperties" in node:
            self._merge_unevaluated(node, merged, place)
        examples = [node["example"]] if "example" in node else list(node.get("examples", ()))
        own = [*examples, *([node["default"]] if "default" in node else ())]
        if offers is None:
            merged.hints += [(False, rank, value) for value in examples]
            merged.hints += [(True, rank, node["default"])] if "default" in node else []
        parts = node.get("allOf", ())
        for index, part in enumerate(parts):
            # An example of one part among several says nothing about the others.
            several = offers is not False and (len(parts) > 1 or "properties" in node)
            self._merge(part, merged, place, offers=None if several else offers, rank=(*rank, -index))
        if offers is None and any(isinstance(value, dict) for value in own):
            for name, schemas in merged.properties.items():
                covered = merged.covered.get(name, 0) + len(schemas) - known.get(name, 0)
                merged.covered[name] = min(covered, len(schemas))
        for keyword in ("oneOf", "anyOf"):
            if keyword in node:
                branches = [branch for branch in node[keyword] if branch is not False]
                merged.choices.append(Group(branches, node.get("discriminator"), keyword == "oneOf"))
        if "if" in node:
            then = {"allOf": [node["if"], node.get("then", True)]}
            merged.choices.append(Group([then, {"allOf": [node.get("else", True)], "not": node["if"]}], None))
        for name, schema in node.get("dependentSchemas", {}).items():
            there = {"required": [name], "allOf": [schema]}
            merged.choices.append(Group([there, {"properties": {name: False}}], None))
        if "discriminator" in node and not ("oneOf" in node or "anyOf" in node):
            self._as_child(node["discriminator"], merged)

    def _merge_unevaluated(self, node: Mapping[str, Any], merged: Merged, place: Place) -> None:
        """Add what a schema says of the members that it does not speak of otherwise, itself or by what it leads to."""
        asked = node["unevaluatedProperties"]
        inner = self._merged({key: part for key, part in node.items() if key != "unevaluatedProperties"}, place)
        if inner.choices:
            merged.unevaluated.append(asked)
        elif not inner.rest:
            merged.rest.append((frozenset(inner.properties), tuple(pattern for pattern, _ in inner.patterned), asked))

    def _as_child(self, discriminator: Mapping[str, Any], merged: Merged) -> None:
        """Of a base whose children are known by a discriminator, a value is a child: the first, by its name."""
        mapping = discriminator.get("mapping", {})
        targets = {definition_name(target): name for name, target in mapping.items()}
        named = next((targets[name] for name in merged.references if name in targets), None)
        if named is not None:
            # The value of a child got here through `allOf`: it has the name of the outermost schema that has one.
            merge_plain({"properties": {discriminator["propertyName"]: {"enum": [named]}}}, merged)
        elif mapping:
            merged.choices.append(Group([{"$ref": target} for target in mapping.values()], discriminator))

    def _returns(self, node: Node, place: Place) -> bool:
        """Whether this schema is one that the place already stands in."""
        if isinstance(node, bool):
            return False
        seen: list[str] = []
        waiting: list[Any] = [node]
        while waiting:
            part = waiting.pop()
            if not isinstance(part, Mapping):
                continue
            if "$ref" in part and (name := definition_name(part["$ref"])) not in seen:
                if name in place.references:
                    return True
                seen.append(name)
                waiting.append(self._definitions[name])
            waiting += part.get("allOf", ())
            if "type" not in part or part["type"] == "array":
                waiting += [part.get("items"), *part.get("prefixItems", ())]
            for keyword in ("oneOf", "anyOf"):
                branches = [branch for branch in part.get(keyword, ()) if not is_null(branch)]
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
        parts = [self._heights[definition_name(node["$ref"])]] if "$ref" in node else []
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


def _is_named(offer: Any, name: tuple[str, str]) -> bool:
    """Whether a value of the document's own is of the branch that goes by this name."""
    return isinstance(offer, dict) and offer.get(name[0]) == name[1]


def _prefixes(pointer: str) -> Iterator[str]:
    """The pointer and all above it, the longest first."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]
    yield ""
