"""Bytes of an answer → the value they stand for. Written apart from the mock's writers, so that it can disagree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from specs.contract import Media, Schema
from specs.references import at
from specs.values import too_deep

# As JSON writes numbers (RFC 8259 section 6): Python would read " 1_0 " too.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")


class Undecodable(ValueError):
    """The bytes are not what the media type says; the text says why."""


def decode(media: Media, body: bytes) -> Any:
    """
    The value of a body in a documented representation.

    XML has no types: its schema says which texts are numbers and booleans and which elements are lists. Raises
    `Undecodable`.
    """
    if media.name.endswith("/xml"):
        try:
            return XmlReader(media.schema).value(parse_xml(body)) if media.schema else None
        except RecursionError:
            raise Undecodable("nested too deep to be judged") from None
    if "json" in media.name:
        try:
            value = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Undecodable(f"not JSON: {error}") from None
        if too_deep(value, body):
            raise Undecodable("nested too deep to be judged")
        return value
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Undecodable(f"not UTF-8: {error}") from None


def parse_xml(body: bytes) -> Element:
    """The root element; raises `Undecodable`, also for entities and document types."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Undecodable(f"not XML: {error}") from None
    return root


def respelt(schema: Schema, value: Any) -> Any:
    """
    A value with its members named as the schema names them, where a name differs in its first letter only.

    How a server spells names is one promise; what the members hold is judged apart from it.
    """
    return XmlReader(schema).respelt(value)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element without children and the type that its schema gives it."""

    element: Element
    declared: str


class XmlReader:
    """Reads elements by a schema."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.document

    def value(self, element: Element) -> Any:
        """The value of a document's root element."""
        return self._value(element, self._root)

    def required(self) -> list[str]:
        """The members that the root must have, in the order of the schema."""
        return list(self._resolved(self._root).get("required") or ())

    def respelt(self, value: Any) -> Any:
        """A value of the schema with the schema's member names."""
        return self._respelt(value, self._root)

    def leaves(self, element: Element) -> Iterator[Leaf]:
        """Every element that the schema says is no object, with its declared type."""
        yield from self._leaves(element, self._root)

    def repeated(self, element: Element) -> Iterator[tuple[str, list[Element], frozenset[str]]]:
        """Every list of the schema that the document holds: its name, the elements, the members of an item."""
        yield from self._repeated(element, self._root)

    def _value(self, element: Element, schema: Mapping[str, Any]) -> Any:
        schema = self._resolved(schema)
        if not len(element) and not element.text and self._nullable(schema):
            return None
        declared = _declared(schema)
        if declared == "object" or (not declared and len(element)):
            return self._object(element, schema)
        text = element.text or ""
        if declared == "boolean" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if declared == "integer" and _INTEGER.match(text):
            return int(text)
        if declared == "number" and _NUMBER.match(text):
            return float(text)
        return text

    def _object(self, element: Element, schema: Mapping[str, Any]) -> dict[str, Any]:
        result: dict[str, Any] = {}
        members = self._members(schema)
        for child in element:
            member = self._resolved(members.get(_named(child.tag, members), {}))
            if _declared(member) == "array":
                result.setdefault(child.tag, []).append(self._value(child, member.get("items") or {}))
            else:
                result[child.tag] = self._value(child, member)
        # An empty list is no element at all, so absence of a list means an empty one.
        found = {_named(name, members) for name in result}
        for name, source in members.items():
            required = name not in found and name in schema.get("required", ())
            if required and _declared(self._resolved(source)) == "array":
                result[name] = []
        return result

    def _respelt(self, value: Any, schema: Mapping[str, Any]) -> Any:
        schema = self._resolved(schema)
        if isinstance(value, list):
            return [self._respelt(item, schema.get("items") or {}) for item in value]
        if not isinstance(value, dict):
            return value
        members = self._members(schema)
        return {
            (declared := _named(name, members)): self._respelt(item, members.get(declared, {}))
            for name, item in value.items()
        }

    def _leaves(self, element: Element, schema: Mapping[str, Any]) -> Iterator[Leaf]:
        schema = self._resolved(schema)
        if _declared(schema) != "object" and not len(element):
            yield Leaf(element, _declared(schema))
        for child in element:
            yield from self._leaves(child, self._item(schema, child.tag))

    def _repeated(
        self, element: Element, schema: Mapping[str, Any]
    ) -> Iterator[tuple[str, list[Element], frozenset[str]]]:
        schema = self._resolved(schema)
        for name, source in self._members(schema).items():
            member = self._resolved(source)
            if _declared(member) == "array" and (found := element.findall(name)):
                yield name, found, frozenset(self._members(self._resolved(member.get("items") or {})))
        for child in element:
            yield from self._repeated(child, self._item(schema, child.tag))

    def _item(self, schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
        members = self._members(schema)
        member = self._resolved(members.get(_named(name, members), {}))
        return self._resolved(member.get("items") or {}) if _declared(member) == "array" else member

    def _nullable(self, schema: Mapping[str, Any]) -> bool:
        return "null" in _types(schema) or any(part == {"type": "null"} for part in schema.get("anyOf", ()))

    def _members(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        members = dict(schema.get("properties") or {})
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
            members.update(self._members(self._resolved(part)))
        return members

    def _resolved(self, schema: Any) -> Mapping[str, Any]:
        while isinstance(schema, dict) and "$ref" in schema:
            schema = at(self._root, tuple(schema["$ref"].split("/")[1:]))
        if not isinstance(schema, dict):
            return {}
        parts: list[Any] = schema.get("allOf") or []
        if len(parts) == 1 and "type" not in schema:
            return self._resolved(parts[0])
        return schema


def _named(name: str, members: Mapping[str, Any]) -> str:
    """The declared name that differs from this one in the letter case of its first letter only, or the name itself."""
    other = name[:1].swapcase() + name[1:]
    return other if name not in members and other in members else name


def _types(schema: Mapping[str, Any]) -> list[str]:
    declared = schema.get("type", [])
    return declared if isinstance(declared, list) else [declared]


def _declared(schema: Mapping[str, Any]) -> str:
    if "properties" in schema or any(key in schema for key in ("allOf", "oneOf")):
        return "object"
    return next((kind for kind in _types(schema) if kind != "null"), "")
