"""What a translated schema says of a value, seen through its `$ref`, `allOf` and the choice of null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

EVERY_TYPE = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
CHOICES = ("anyOf", "oneOf")
IN_PLACE = ("allOf", *CHOICES)
"""Keywords whose branches judge the same value as the schema that holds them."""

_CONDITIONS = ("if", "then", "else")
# What may stand beside a `$ref` and asks nothing of a value.
_ASIDE = frozenset({"$ref", "$defs", "title", "description", "deprecated", "default", "example", "examples"})

_NOTHING: Mapping[str, Any] = {}
_Seen = frozenset[int]
"""Nodes on the way, by identity: they live as long as their document."""


@dataclass(frozen=True, eq=False)
class SchemaView:
    """
    One node of a translated schema (JSON Schema 2020-12) with the definitions that its references lead to.

    A schema that holds itself is seen once. What a view was asked it remembers, and a node of a document has one view
    however it is reached, so the schema is walked once.
    """

    node: Mapping[str, Any] | bool
    definitions: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _views: dict[int, SchemaView] = field(default_factory=dict, repr=False)
    """Those of the same document by the identity of their nodes, which they keep alive."""

    @classmethod
    def of(cls, document: Mapping[str, Any] | bool) -> SchemaView:
        """The view of a whole document, whose definitions stand under `$defs`."""
        return cls(document, document.get("$defs", {}) if isinstance(document, Mapping) else {})

    def at(self, node: Mapping[str, Any] | bool) -> SchemaView:
        """The view of another node of the same document."""
        view = self._views.get(id(node))
        if view is None:
            view = self._views[id(node)] = SchemaView(node, self.definitions, self._views)
        return view

    def resolved(self) -> SchemaView:
        """
        The schema that this one only leads to: by `$ref`, as the one part of `allOf`, or as the one beside null.

        {"anyOf": [{"$ref": "#/$defs/Money"}, {"type": "null"}]} leads to Money. What leads in a circle says nothing.
        """
        return self._resolved

    def parts(self) -> tuple[Mapping[str, Any], ...]:
        """This node and all that a value other than null has to fit as well, each once and the nearest first."""
        return self._parts

    def branches(self) -> tuple[Mapping[str, Any], ...]:
        """The parts, and the branches of every choice among them: all that may judge the same value."""
        return self._branches

    def says(self, keyword: str, default: Any = None) -> Any:
        """What the nearest part that has the keyword says by it."""
        return next((part[keyword] for part in self._parts if keyword in part), default)

    def types(self) -> frozenset[str]:
        """The types that a value may have; all of them where nothing is said. A number may be an integer."""
        return self._types

    @property
    def nullable(self) -> bool:
        """Whether a value may be null."""
        return "null" in self._types

    def kind(self) -> str:
        """The one type of a value other than null; empty where there may be several."""
        return self._kind

    def members(self) -> Mapping[str, SchemaView]:
        """The declared members of an object by name, those of all branches; of two of one name the nearest."""
        return self._members

    def items(self) -> SchemaView:
        """What the items of an array are; anything where nothing is said."""
        return self._items

    @cached_property
    def _resolved(self) -> SchemaView:
        view, seen = self, {id(self.node)}
        while (inner := view._wrapped()) is not None:
            if id(inner.node) in seen:
                return self.at(_NOTHING)
            seen.add(id(inner.node))
            view = inner
        return view

    @cached_property
    def _parts(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._walk(choices=False))

    @cached_property
    def _branches(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(self._walk(choices=True))

    @cached_property
    def _types(self) -> frozenset[str]:
        return self._types_of(self.node, frozenset())

    @cached_property
    def _kind(self) -> str:
        types = self._types - {"null"}
        if types == {"integer", "number"}:
            return "number"
        return next(iter(types)) if len(types) == 1 else ""

    @cached_property
    def _members(self) -> Mapping[str, SchemaView]:
        found: dict[str, SchemaView] = {}
        for branch in self._branches:
            for name, node in branch.get("properties", {}).items():
                found.setdefault(name, self.at(node))
        return found

    @cached_property
    def _items(self) -> SchemaView:
        return self.at(next((branch["items"] for branch in self._branches if "items" in branch), True))

    def places(self) -> tuple[SchemaView, ...]:
        """What the first items of an array are, where each place has a schema of its own; `items` are behind them."""
        placed = next((branch["prefixItems"] for branch in self._branches if "prefixItems" in branch), ())
        return tuple(map(self.at, placed))

    def _target(self, reference: str) -> Any:
        return self.definitions[reference.rsplit("/", 1)[-1]]

    def _wrapped(self) -> SchemaView | None:
        """What this node is a mere wrapper of, if it is."""
        node = self.node
        if not isinstance(node, Mapping):
            return None
        if "$ref" in node:
            return self.at(self._target(node["$ref"])) if node.keys() <= _ASIDE else None
        if "type" in node or "properties" in node:
            return None
        if len(node.get("allOf", ())) == 1 and not any(key in node for key in CHOICES):
            return self.at(node["allOf"][0])
        inner = _beside_null(node)
        return None if inner is None or "allOf" in node else self.at(inner)

    def _walk(self, *, choices: bool) -> Iterator[Mapping[str, Any]]:
        seen: set[int] = set()
        waiting = [self.node]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Mapping) or id(node) in seen:
                continue
            seen.add(id(node))
            yield node
            inner = [self._target(node["$ref"])] if "$ref" in node else []
            inner += node.get("allOf", ())
            if choices:
                inner += [branch for keyword in CHOICES for branch in node.get(keyword, ())]
                inner += [node[keyword] for keyword in _CONDITIONS if keyword in node]
                inner += node.get("dependentSchemas", {}).values()
            elif (only := _beside_null(node)) is not None:
                inner.append(only)
            waiting += reversed(inner)

    def _types_of(self, node: Any, seen: _Seen) -> frozenset[str]:
        if not isinstance(node, Mapping) or id(node) in seen:
            return EVERY_TYPE
        seen |= {id(node)}
        types = EVERY_TYPE
        if "type" in node:
            declared = node["type"]
            named = {declared} if isinstance(declared, str) else set(declared)
            types &= named | {"integer"} if "number" in named else named
        elif "const" in node or "enum" in node:
            values = [node["const"]] if "const" in node else node["enum"]
            types &= frozenset().union(*map(_types_of_value, values))
        if "$ref" in node:
            types &= self._types_of(self._target(node["$ref"]), seen)
        for part in node.get("allOf", ()):
            types &= self._types_of(part, seen)
        for keyword in CHOICES:
            if keyword in node:
                types &= frozenset().union(*(self._types_of(branch, seen) for branch in node[keyword]))
        return types


def _types_of_value(value: Any) -> frozenset[str]:
    """The types that a schema may give to admit this value."""
    if value is None or isinstance(value, bool):
        return frozenset({"null" if value is None else "boolean"})
    if isinstance(value, int | float):
        return frozenset({"integer", "number"} if value == int(value) else {"number"})
    return frozenset({"string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"})


def _beside_null(node: Mapping[str, Any]) -> Any:
    """The one branch of a choice whose other branch is null."""
    branches = [branch for keyword in CHOICES for branch in node.get(keyword, ())]
    real = [branch for branch in branches if branch != {"type": "null"}]
    return real[0] if len(real) == 1 and len(branches) == 2 else None
