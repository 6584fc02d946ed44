"""Member names of answers as the contract spells them. Behaviours write camelCase throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Spell = Callable[[Any], Any]

_WITHIN = ("allOf", "anyOf", "oneOf")


def speller(schema: Mapping[str, Any]) -> Spell | None:
    """
    How to respell a value of this schema, or None when its names are those that the behaviours write.

    A member takes the name of the declared one that differs from it only in its first letter: where "Id" and
    "DisplayName" are declared, {"id": 1, "displayName": "x"} becomes {"Id": 1, "DisplayName": "x"}. So a name can
    differ from place to place, which a list of exceptions could not say. What is not declared stays as it is.
    """
    compiler = _Compiler(schema.get("$defs", {}))
    spell = compiler.node(schema)
    return spell if compiler.respells else None


class _Compiler:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self.definitions = definitions
        self.known: dict[int, Spell] = {}
        self.respells = False

    def node(self, schema: Mapping[str, Any]) -> Spell:
        """The function for one schema; a schema that holds itself meets its own function."""
        if id(schema) in self.known:
            return self.known[id(schema)]
        parts: dict[str, tuple[str, Spell]] = {}
        item: list[Spell] = []

        def spell(value: Any) -> Any:
            if isinstance(value, dict):
                respelt = {}
                for key, member in value.items():
                    name, inner = parts.get(key, (key, None))
                    respelt[name] = inner(member) if inner is not None and isinstance(member, dict | list) else member
                return respelt
            if isinstance(value, list) and item:
                return [item[0](element) for element in value]
            return value

        self.known[id(schema)] = spell
        for part in self.parts(schema):
            for name, member in part.get("properties", {}).items():
                written = name[:1].lower() + name[1:]
                self.respells = self.respells or written != name
                parts[written] = (name, self.node(member))
            if "items" in part:
                item.append(self.node(part["items"]))
        return spell

    def parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """The schema itself and all it is put together from."""
        while "$ref" in schema:
            schema = self.definitions[str(schema["$ref"]).rsplit("/", 1)[-1]]
        yield schema
        for keyword in _WITHIN:
            for inner in schema.get(keyword, ()):
                yield from self.parts(inner)
