"""What a schema allows: its alternatives, each with the limits that `$ref`, `allOf` and keywords add up to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from conformance.contract_diff.change import Direction
from conformance.contract_diff.reading import Side
from specs.foreign_files import Site

Node = tuple[Site, ...]
"""Schemas that all judge the same value; none at all allow everything."""

TYPES = ("object", "array", "string", "number", "boolean", "null")
"""What a JSON value can be; an integer is a number."""

MOST_ALTERNATIVES = 64
"""What the choices of one schema may multiply to; beyond that they are compared as they are written."""

LOWER = ("minimum", "minLength", "minItems", "minProperties", "minContains")
UPPER = ("maximum", "maxLength", "x-max-bytes", "maxItems", "maxProperties", "maxContains")
_OF_TYPE: Mapping[str, tuple[str, ...]] = {
    "number": ("minimum", "maximum", "multipleOf"),
    "string": ("minLength", "maxLength", "x-max-bytes", "pattern", "contentEncoding", "contentMediaType"),
    "array": ("minItems", "maxItems", "minContains", "maxContains", "uniqueItems", "items", "prefixItems"),
    "object": ("minProperties", "maxProperties", "required", "properties", "additionalProperties", "discriminator"),
}
"""The keywords from which a reader infers the type that a schema does not declare."""

OPAQUE: Mapping[str, str] = {
    **dict.fromkeys(("contentEncoding", "contentMediaType", "contentSchema"), "string"),
    **dict.fromkeys(("contains", "unevaluatedItems"), "array"),
    **dict.fromkeys(
        ("propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties", "patternProperties"),
        "object",
    ),
    **dict.fromkeys(("not", "if", "then", "else"), ""),
}
"""Keywords that are compared as they are written, with the type that they are about; an empty text for every type."""

_CHOICES = ("anyOf", "oneOf")
# References and parts within each other, all about one value.
_DEEPEST = 100


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a schema says, and where: `path` leads from its node to the keyword; `site` is None where no schema is."""

    value: Any
    site: Site | None
    path: tuple[str | int, ...] = ()


@dataclass(slots=True)
class Shape:
    """One alternative of a schema, in one direction."""

    sites: tuple[Site, ...]
    types: frozenset[str]
    declared: Said | None = None
    integer: bool = False
    enum: dict[str, Any] | None = None
    enum_at: Said | None = None
    limits: dict[str, Said] = field(default_factory=dict)
    sets: dict[str, dict[str, Said]] = field(default_factory=dict)
    """Of the keywords `pattern`, `format` and `multipleOf`, each value that some part of the schema gives."""
    required: dict[str, Said] = field(default_factory=dict)
    members: dict[str, Node] = field(default_factory=dict)
    members_at: dict[str, Said] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    """Members that this direction does not have."""
    closed: Said | None = None
    extra: Node = ()
    items: Node = ()
    places: list[Node] = field(default_factory=list)
    unique: Said | None = None
    opaque: dict[str, Said] = field(default_factory=dict)
    single: dict[str, Said] = field(default_factory=dict)
    """Of the keywords `default`, `deprecated`, `discriminator` and `xml`, the nearest."""
    name: str = ""
    """The component that the alternative is, where it is one."""
    origin: Site | None = None
    """The schema that it is an alternative of."""

    @property
    def implied(self) -> str:
        """The one type that keywords suggest where none is declared; empty where there is none or are several."""
        said = {key for site in self.sites if isinstance(site.value, dict) for key in site.value}
        found = [name for name, keywords in _OF_TYPE.items() if said.intersection(keywords)]
        return found[0] if len(found) == 1 and self.declared is None and self.enum is None else ""

    def at(self, keyword: str = "") -> Said:
        """Where a keyword stands, or the first part of the schema where no part has it."""
        for site in self.sites:
            if keyword and isinstance(site.value, dict) and keyword in site.value:
                return Said(site.value[keyword], site, (keyword,))
        return Said(None, self.sites[0] if self.sites else self.origin)

    def values(self, kind: str) -> dict[str, Any] | None:
        """The values of the enum that are of a type; None without an enum."""
        if self.enum is None:
            return None
        return {key: value for key, value in self.enum.items() if type_of(value) == kind and self.fits(value)}

    def fits(self, value: Any) -> bool:
        """Whether a text or number is within the limits; of other values nothing is known."""
        if isinstance(value, str):
            sizes: dict[str, float] = {
                "minLength": len(value),
                "maxLength": len(value),
                "x-max-bytes": len(value.encode()),
            }
            patterns = [
                compiled for said in self.sets.get("pattern", {}).values() if (compiled := _compiled(said.value))
            ]
            if not all(pattern.search(value) for pattern in patterns):
                return False
        elif isinstance(value, int | float) and not isinstance(value, bool):
            sizes = {"minimum": value, "maximum": value}
            if self.integer and value != int(value):
                return False
        else:
            return True
        return all(
            not is_tighter(key, said.value, (sizes[key], False)) for key, said in self.limits.items() if key in sizes
        )


@dataclass(slots=True)
class Shaped:
    """A whole schema: its alternatives by type. `exclusive` says that just one alternative of `oneOf` may match."""

    node: Node
    by_type: dict[str, list[Shape]]
    exclusive: bool = False
    is_complete: bool = True
    """Whether the alternatives were worked out; there may be too many."""

    @property
    def kinds(self) -> frozenset[str]:
        """The types of values, `integer` in place of `number` where only whole numbers are allowed."""
        found = set(self.by_type)
        if "number" in found and all(shape.integer for shape in self.by_type["number"]):
            found = (found - {"number"}) | {"integer"}
        return frozenset(found)

    @property
    def shapes(self) -> list[Shape]:
        """Each alternative once."""
        found = {id(shape): shape for shapes in self.by_type.values() for shape in shapes}
        return list(found.values())


class Shapes:
    """Works out the shapes of the schemas of one document, each once for each direction."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._known: dict[tuple[Any, ...], Shaped] = {}

    def of(self, node: Node, direction: Direction) -> Shaped:
        """The shape of schemas that judge the same value."""
        key = (direction, *(site.key for site in node))
        if key not in self._known:
            self._known[key] = self._shaped(node, direction)
        return self._known[key]

    def _shaped(self, node: Node, direction: Direction) -> Shaped:
        found = _Expansion(self.side)
        alternatives = found.all_of(node)
        by_type: dict[str, list[Shape]] = {}
        for sites, name in alternatives or ():
            shape = self._merged(sites, direction)
            shape.name, shape.origin = name, node[0] if node else None
            for kind in TYPES:
                if kind in shape.types and shape.values(kind) != {}:
                    by_type.setdefault(kind, []).append(shape)
        return Shaped(node, by_type, found.exclusive, not found.is_cut)

    def _merged(self, sites: tuple[Site, ...], direction: Direction) -> Shape:
        shape = Shape(sites, frozenset(TYPES))
        types = {*TYPES, "integer"}
        for site in sites:
            data = site.value
            if "type" in data:
                types &= _types(data["type"], nullable=self._nullable(data))
                shape.declared = shape.declared or Said(data["type"], site, ("type",))
            self._values(shape, site)
            self._limits(shape, site)
            for keyword in ("default", "deprecated", "discriminator", "xml"):
                if keyword in data:
                    shape.single.setdefault(keyword, Said(data[keyword], site, (keyword,)))
            if (excluded := _excluded(data.get("not"))) is not None:
                types -= excluded
            for keyword in OPAQUE:
                if keyword == "not" and excluded is not None:
                    continue
                if keyword in data and keyword not in shape.opaque:
                    shape.opaque[keyword] = Said(data[keyword], site, (keyword,))
            if data.get("uniqueItems") is True:
                shape.unique = Said(True, site, ("uniqueItems",))
        shape.integer = "number" not in types
        types |= {"number"} if "integer" in types else set()
        shape.types = frozenset(types - {"integer"})
        _whole(shape)
        self._arrays(shape)
        self._objects(shape, direction)
        return shape

    def _nullable(self, data: Mapping[str, Any]) -> bool:
        return not self.side.version.vocabulary.siblings and data.get("nullable") is True

    def _values(self, shape: Shape, site: Site) -> None:
        for keyword in ("enum", "const"):
            if keyword not in site.value or (keyword == "enum" and not isinstance(site.value["enum"], list)):
                continue
            listed = site.value["enum"] if keyword == "enum" else [site.value["const"]]
            values = {canonical(value): value for value in listed}
            known = shape.enum
            shape.enum = values if known is None else {key: value for key, value in known.items() if key in values}
            shape.enum_at = shape.enum_at or Said(listed, site, (keyword,))

    def _limits(self, shape: Shape, site: Site) -> None:
        data = site.value
        for keyword in (*LOWER, *UPPER):
            exclusive = f"exclusive{keyword.capitalize()}"
            for said, strict in ((keyword, data.get(exclusive) is True), (exclusive, True)):
                value = data.get(said)
                if isinstance(value, int | float) and not isinstance(value, bool):
                    _tighten(shape.limits, keyword, Said((value, strict), site, (said,)))
        for keyword in ("pattern", "format", "multipleOf"):
            if keyword in data:
                value = Said(data[keyword], site, (keyword,))
                shape.sets.setdefault(keyword, {}).setdefault(canonical(data[keyword]), value)

    def _arrays(self, shape: Shape) -> None:
        placed = [site for site in shape.sites if isinstance(site.value.get("prefixItems"), list)]
        most = max((len(site.value["prefixItems"]) for site in placed), default=0)
        shape.places = [
            tuple(found for site in shape.sites for found in self._item(site, index)) for index in range(most)
        ]
        shape.items = tuple(found for site in shape.sites for found in self._item(site, most))

    def _item(self, site: Site, index: int) -> Iterator[Site]:
        placed = site.value.get("prefixItems")
        if isinstance(placed, list) and index < len(placed):
            yield site.member("prefixItems", index)
        elif "items" in site.value:
            yield site.member("items")

    def _objects(self, shape: Shape, direction: Direction) -> None:
        names: dict[str, None] = {}
        for site in shape.sites:
            for name in _names(site, "properties"):
                names.setdefault(name)
                shape.members_at.setdefault(name, Said(None, site, ("properties", name)))
            for index, name in enumerate(_names(site, "required")):
                shape.required.setdefault(name, Said(name, site, ("required", index)))
        extra: list[Site] = []
        for site in shape.sites:
            other = site.value.get("additionalProperties", site.value.get("unevaluatedProperties", True))
            keyword = "additionalProperties" if "additionalProperties" in site.value else "unevaluatedProperties"
            if other is False or other == {"not": {}}:
                shape.closed = shape.closed or Said(False, site, (keyword,))
            elif isinstance(other, dict | Site) and other != {}:
                extra.append(site.member(keyword))
        shape.extra = tuple(extra)
        keyword = "readOnly" if direction is Direction.REQUEST else "writeOnly"
        for name in names:
            node = tuple(found for site in shape.sites for found in _member(site, name))
            if any(self._is_marked(site, keyword) for site in node):
                shape.hidden.add(name)
                shape.required.pop(name, None)
            else:
                shape.members[name] = node

    def _is_marked(self, site: Site, keyword: str, depth: int = 0) -> bool:
        """Whether a schema says so itself, by reference or by a part of its `allOf`."""
        data = site.value
        if not isinstance(data, dict) or depth > 4:
            return False
        if data.get(keyword) is True and ("$ref" not in data or self.side.version.vocabulary.siblings):
            return True
        parts = [self.side.target(site)] if "$ref" in data else []
        if isinstance(data.get("allOf"), list):
            parts += [site.member("allOf", index) for index in range(len(data["allOf"]))]
        return any(self._is_marked(part, keyword, depth + 1) for part in parts)


Alternative = tuple[tuple[Site, ...], str]
"""Plain schemas that all judge the same value, and the component that they are."""


class _Expansion:
    """Follows `$ref`, `allOf`, `anyOf` and `oneOf` from a schema to its alternatives."""

    def __init__(self, side: Side) -> None:
        self._side = side
        self.exclusive = self.is_cut = False

    def all_of(self, node: Iterable[Site], seen: frozenset[Any] = frozenset()) -> list[Alternative]:
        """The alternatives of schemas that all have to match."""
        found: list[Alternative] = [((), "")]
        for site in node:
            found = self._product(found, self._one(site, seen))
        return found

    def _one(self, site: Site, seen: frozenset[Any]) -> list[Alternative]:
        site = self._side.adapt(site)
        data = site.value
        if data is False or data == {"not": {}}:
            return []
        if not isinstance(data, dict) or site.key in seen:
            return [((), "")]
        if len(seen) > _DEEPEST:
            self.is_cut = True
            return [((), "")]
        site = self._side.sound(site)
        data = site.value
        seen |= {site.key}
        if "$ref" in data:
            found = self.all_of([self._side.target(site)], seen)
            named = self._side.component(site)
            found = [(sites, name or named) for sites, name in found]
            if not self._side.version.vocabulary.siblings:
                return found
            return self._product(found, self._plain(site, seen))
        return self._plain(site, seen)

    def _plain(self, site: Site, seen: frozenset[Any]) -> list[Alternative]:
        data = site.value
        found: list[Alternative] = [((site,), "")]
        parts = data.get("allOf")
        for index in range(len(parts) if isinstance(parts, list) else 0):
            found = self._product(found, self._one(site.member("allOf", index), seen))
        for keyword in _CHOICES:
            branches = data.get(keyword)
            if isinstance(branches, list) and branches:
                if len(branches) > MOST_ALTERNATIVES:
                    self.is_cut = True
                    continue
                self.exclusive |= keyword == "oneOf" and len(branches) > 1
                choice = [
                    alternative
                    for index in range(len(branches))
                    for alternative in self._one(site.member(keyword, index), seen)
                ]
                found = self._product(found, choice)
        siblings = self._side.version.vocabulary.siblings
        bare = "type" not in data or any(key in data for key in ("allOf", *_CHOICES))
        if not siblings and data.get("nullable") is True and bare:
            found = [*found, ((Site(site.file, site.pointer, {"type": "null"}),), "")]
        return found

    def _product(self, left: list[Alternative], right: list[Alternative]) -> list[Alternative]:
        if len(left) * len(right) > MOST_ALTERNATIVES:
            self.is_cut = True
            return left
        return [((*sites, *others), name or other) for sites, name in left for others, other in right]


def canonical(value: Any) -> str:
    """A JSON value as one text: equal values give equal texts, 1 and 1.0 too."""
    return json.dumps(_normal(value), sort_keys=True, ensure_ascii=False, default=str)


def type_of(value: Any) -> str:
    """The JSON type of a value."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _normal(value: Any) -> Any:
    if isinstance(value, Site):
        return _normal(value.value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {str(key): _normal(item) for key, item in value.items()}
    return [_normal(item) for item in value] if isinstance(value, list) else value


def _types(value: Any, *, nullable: bool) -> set[str]:
    named = {str(item) for item in value} if isinstance(value, list) else {str(value)}
    return named | ({"integer"} if "number" in named else set()) | ({"null"} if nullable else set())


def _excluded(schema: Any) -> set[str] | None:
    """The types that a `not` excludes, where it does nothing else."""
    if not isinstance(schema, dict) or schema.keys() != {"type"}:
        return None
    named = _types(schema["type"], nullable=False)
    return None if named & {"number", "integer"} == {"integer"} else named


def _tighten(limits: dict[str, Said], keyword: str, said: Said) -> None:
    known = limits.get(keyword)
    if keyword in LOWER and keyword != "minimum" and said.value[0] <= 0:
        return
    if known is None or is_tighter(keyword, said.value, known.value):
        limits[keyword] = said


def is_tighter(keyword: str, bound: tuple[float, bool], other: tuple[float, bool]) -> bool:
    """Whether a bound, with whether it is exclusive, allows less than another."""
    if bound[0] == other[0]:
        return bound[1] and not other[1]
    return bound[0] > other[0] if keyword in LOWER else bound[0] < other[0]


def _whole(shape: Shape) -> None:
    """Write exclusive bounds of whole numbers as inclusive ones: above 0 is from 1 on."""
    for keyword, step in (("minimum", 1), ("maximum", -1)):
        said = shape.limits.get(keyword)
        if shape.integer and said is not None and said.value[1] and float(said.value[0]).is_integer():
            shape.limits[keyword] = Said((int(said.value[0]) + step, False), said.site, said.path)


def _names(site: Site, keyword: str) -> list[str]:
    value = site.value.get(keyword)
    if isinstance(value, Site):
        value = value.value
    return [name for name in value if isinstance(name, str)] if isinstance(value, dict | list) else []


def _member(site: Site, name: str) -> Iterator[Site]:
    """What one part of a schema asks of the member of a name."""
    if name in _names(site, "properties"):
        yield site.member("properties", name)
        return
    fitting = [pattern for pattern in _names(site, "patternProperties") if _matches(pattern, name)]
    for pattern in fitting:
        yield site.member("patternProperties", pattern)
    if not fitting and isinstance(site.value.get("additionalProperties"), dict | bool | Site):
        yield site.member("additionalProperties")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _matches(pattern: str, name: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(name) is not None
