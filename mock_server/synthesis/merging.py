"""Everything that a schema asks of one value, with all that its parts ask, in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from specs.schema import SchemaView

Node = Mapping[str, Any] | bool
"""A schema, as it stands within another."""

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "x-max-bytes")
_KINDS: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
}


class DeadEnd(Exception):
    """There is no value here, or none along this way."""

    def __init__(self, pointer: str, reason: str, *, endless: bool = False) -> None:
        super().__init__(reason)
        self.pointer, self.reason, self.endless = pointer, reason, endless


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

    def name_of(self, branch: Node) -> tuple[str, str] | None:
        """The member that tells this branch from the others, and what it says."""
        if self.discriminator is None or not isinstance(branch, Mapping) or "$ref" not in branch:
            return None
        reference = branch["$ref"]
        for name, target in self.discriminator.get("mapping", {}).items():
            if target == reference:
                return self.discriminator["propertyName"], name
        return self.discriminator["propertyName"], definition_name(reference)


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
    items: list[Node] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    properties: dict[str, list[Node]] = field(default_factory=dict)
    rest: list[tuple[frozenset[str], Node]] = field(default_factory=list)
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
            items=list(self.items),
            required=list(self.required),
            properties={name: list(schemas) for name, schemas in self.properties.items()},
            rest=list(self.rest),
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
        if self.properties or self.required or self.rest or {"minProperties", "maxProperties"} & self.bounds.keys():
            return ["object"]
        if self.items or self.unique or {"minItems", "maxItems"} & self.bounds.keys():
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
        return not any(_is_nothing(schema) for schema in self._schemas(name))

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
        return [*self.properties.get(name, ()), *(schema for names, schema in self.rest if name not in names)]

    def is_map(self) -> bool:
        """Whether it is described by what its members hold, not by their names."""
        return not self.properties and any(isinstance(schema, Mapping) and schema for _, schema in self.rest)

    def item(self) -> Node:
        """The schema of the items."""
        return self.items[0] if len(self.items) == 1 else {"allOf": self.items} if self.items else True


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
    if "items" in node:
        merged.items.append(node["items"])
    merged.required += [name for name in node.get("required", ()) if name not in merged.required]
    own = node.get("properties", {})
    for name, schema in own.items():
        merged.properties.setdefault(name, []).append(schema)
        merged.ranks.setdefault(name, []).append(rank)
    if "additionalProperties" in node:
        merged.rest.append((frozenset(own), node["additionalProperties"]))


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
            if name not in members or not _is_nothing(members[name].node)
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


def _is_nothing(node: Node) -> bool:
    return node is False or (isinstance(node, Mapping) and node.get("not") in ({}, True))
