"""Everything that a schema asks of one value, with all that its parts ask, in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from specs.formats import validator
from specs.schema import SchemaView

Node = Mapping[str, Any] | bool
"""A schema, as it stands within another."""

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "x-max-bytes")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
}


class DeadEnd(Exception):
    """
    There is no value here, or none along this way.

    `contradictory` says that the schema admits values, and its discriminator none of them.
    """

    def __init__(self, pointer: str, reason: str, *, endless: bool = False, contradictory: bool = False) -> None:
        super().__init__(reason)
        self.pointer, self.reason = pointer, reason
        self.endless, self.contradictory = endless, contradictory


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the value something stands, and in which definitions."""

    pointer: str
    references: tuple[str, ...]
    depth: int

    def member(self, name: str) -> Place:
        """The place of a member, or of the item of this index."""
        escaped = name.replace("~", "~0").replace("/", "~1")
        return Place(f"{self.pointer}/{escaped}", self.references, self.depth + 1)


@dataclass(frozen=True, slots=True)
class Group:
    """The branches of one `oneOf` or `anyOf`."""

    branches: list[Node]
    discriminator: Mapping[str, Any] | None
    exclusive: bool = False

    def names_of(self, branch: Node) -> list[tuple[str, str]]:
        """The member that distinguishes this branch from the others, with each value that it has then."""
        if self.discriminator is None or not isinstance(branch, Mapping) or "$ref" not in branch:
            return []
        reference, member = branch["$ref"], self.discriminator["propertyName"]
        mapped = [name for name, target in self.discriminator.get("mapping", {}).items() if target == reference]
        return [(member, name) for name in mapped or [definition_name(reference)]]


Rank = tuple[int, ...]
"""How near a schema stands among the parts of one value, the nearest least: itself, then its parts from the last on."""


@dataclass(slots=True)
class Merged:
    """
    Everything that one value has to fit at once, apart from choices.

    `offers` are whole values of the document's own. `hints` are those of one part among several, and `ranks` say of
    each schema in `properties` how near it stands. `covered` counts those that an object among the hints leaves out.
    """

    types: list[str] | None = None
    enum: list[Any] | None = None
    offers: list[Any] = field(default_factory=list)
    hints: list[tuple[bool, Rank, Any]] = field(default_factory=list)
    ranks: dict[str, list[Rank]] = field(default_factory=dict)
    covered: dict[str, int] = field(default_factory=dict)
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
    choices: list[Group] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    def without_choices(self, others: list[Group]) -> Merged:
        """A copy to which the chosen branch is added."""
        return Merged(
            types=list(self.types) if self.types is not None else None,
            enum=self.enum,
            offers=list(self.offers),
            hints=list(self.hints),
            ranks={name: list(ranks) for name, ranks in self.ranks.items()},
            covered=dict(self.covered),
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

    def place(self, place: Place) -> Place:
        """The place with the definitions that this value is of."""
        return Place(place.pointer, (*place.references, *self.references), place.depth)

    def possible_types(self) -> list[str]:
        """The types it may have, the likeliest first; null only where there is no other."""
        types = self.types if self.types is not None else self._implied()
        return [kind for kind in types if kind != "null"] or types

    def _implied(self) -> list[str]:
        keywords = (self.properties, self.required, self.rest, self.patterned, self.names, self.dependents)
        if any(keywords) or {"minProperties", "maxProperties"} & self.bounds.keys():
            return ["object"]
        if self.arrays or self.contained or self.unique or {"minItems", "maxItems"} & self.bounds.keys():
            return ["array"]
        if self.steps or {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"} & self.bounds.keys():
            return ["number"]
        return ["string"] if self.formats or self.patterns else ["string", "object", "number", "boolean", "array"]

    def low(self, keyword: str) -> int:
        """The lower bound of a size; 0 where none is asked for."""
        least: float = self.bounds.get(keyword, 0)
        return math.ceil(least)

    def high(self, keyword: str) -> int | None:
        """The upper bound of a size; None where none is asked for."""
        return math.floor(self.bounds[keyword]) if keyword in self.bounds else None

    def allows(self, name: str) -> bool:
        """Whether a member of this name may be there."""
        return not any(is_nothing(schema) for schema in self._schemas(name))

    def hinted(self) -> list[Any]:
        """What the parts offer, the nearest first, and examples before defaults."""
        return [value for _, _, value in sorted(self.hints, key=lambda hint: hint[:2])]

    def whole_offers(self) -> list[Any]:
        """All values of the document's own that may stand for the whole value."""
        return [*self.offers, *(value for value in self.hinted() if not isinstance(value, dict))]

    def hints_of(self, name: str) -> list[Any]:
        """What objects of the document's own, which are those of parts, have for a member."""
        return [value[name] for value in self.hinted() if isinstance(value, dict) and name in value]

    def is_left_out(self, name: str) -> bool:
        """Whether every part that declares a member has an object of the document's own, and none of them has it."""
        declared = len(self.properties.get(name, ()))
        return 0 < declared <= self.covered.get(name, 0) and not self.hints_of(name)

    def member(self, name: str) -> Node:
        """The schema of the member of this name; of several the nearest is last, as it counts most among parts."""
        schemas = self._schemas(name)
        ranks = self.ranks.get(name, [])
        if len(ranks) > 1:
            order = sorted(range(len(ranks)), key=ranks.__getitem__, reverse=True)
            schemas = [*(schemas[index] for index in order), *schemas[len(ranks) :]]
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
        asked = [schema for schema in schemas if schema is not True]
        return asked[0] if len(asked) == 1 else {"allOf": asked} if asked else True


def merge_plain(node: Mapping[str, Any], merged: Merged, rank: Rank = ()) -> None:
    """Add the keywords that hold no choice and lead to no other schema."""
    if "type" in node:
        merged.types = _both_types(merged.types, node["type"])
    if "enum" in node or "const" in node:
        values = node["enum"] if "enum" in node else [node["const"]]
        known = merged.enum
        merged.enum = values if known is None else [item for item in known if any(same(item, one) for one in values)]
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
        merged.ranks.setdefault(name, []).append(rank)
    patterned = node.get("patternProperties", {})
    merged.patterned += patterned.items()
    if "propertyNames" in node:
        merged.names.append(node["propertyNames"])
    for name, others in node.get("dependentRequired", {}).items():
        merged.dependents.setdefault(name, []).extend(others)
    if "additionalProperties" in node:
        merged.rest.append((frozenset(own), tuple(patterned), node["additionalProperties"]))


def is_of(value: Any, types: Sequence[str] | None) -> bool:
    """Whether a value that the document offers has one of the types."""
    if types is None:
        return True
    if value is None or isinstance(value, bool):
        return ("null" if value is None else "boolean") in types
    return any(isinstance(value, _KINDS.get(kind, ())) for kind in types)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def without_forbidden(view: SchemaView, value: Any) -> Any:
    """The value without the members that its schema forbids: examples may hold what only requests have."""
    if isinstance(value, dict):
        members = view.members()
        return {
            name: without_forbidden(members[name], member) if name in members else member
            for name, member in value.items()
            if name not in members or not is_nothing(members[name].node)
        }
    if isinstance(value, list):
        items = view.items()
        return [without_forbidden(items, item) for item in value]
    return value


def is_null(node: Node) -> bool:
    """Whether it is the schema of null alone."""
    return isinstance(node, Mapping) and node.get("type") == "null"


def definition_name(reference: str) -> str:
    """The name in `$defs` that a reference leads to."""
    return str(reference).rsplit("/", 1)[-1]


def _both_types(known: list[str] | None, declared: str | list[str]) -> list[str]:
    named = [declared] if isinstance(declared, str) else declared
    if known is None:
        return list(named)
    both = [kind for kind in known if kind in named or (kind == "integer" and "number" in named)]
    return both + [kind for kind in named if kind == "integer" and "number" in known and kind not in both]


@lru_cache(maxsize=4096)
def _matches(pattern: str, name: str) -> bool:
    """Whether the name of a member matches a pattern, as our judge reads it."""
    return validator({"pattern": pattern}).is_valid(name)


def is_nothing(node: Node) -> bool:
    """Whether it is a schema that nothing fits, by its form alone."""
    return node is False or (isinstance(node, Mapping) and node.get("not") in ({}, True))
