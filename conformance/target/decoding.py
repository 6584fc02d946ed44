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

from conformance.target.exchange import Response
from specs.contract import Media, Operation
from specs.schema import EVERY_TYPE, SchemaView
from specs.validation import Schema
from specs.values import too_deep

# As JSON writes numbers (RFC 8259 section 6): Python would read " 1_0 " too.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_ANYTHING = SchemaView({})


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


def decoded(operation: Operation, response: Response) -> tuple[Any, str]:
    """The value of an answer as its documented representation reads it, and why it cannot be read."""
    if not response.body:
        return None, ""
    documented = operation.responses.get(response.status)
    media = documented.content.get(response.media) if documented else None
    try:
        return decode(media or Media(response.media, None, {}, {}), response.body), ""
    except Undecodable as error:
        return None, str(error)


def parse_xml(body: bytes) -> Element:
    """The root element; raises `Undecodable`, also for entities and document types."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Undecodable(f"not XML: {error}") from None
    return root


def recased(schema: Schema, value: Any) -> Any:
    """
    A value with its members named as the schema names them, where a name differs in its first letter only.

    How a server spells names is one promise; what the members hold is judged apart from it.
    """
    return XmlReader(schema).recased(value)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element without children and the type that its schema gives it."""

    element: Element
    declared: str


class XmlReader:
    """Reads elements by a schema."""

    def __init__(self, schema: Schema) -> None:
        self._root = schema.view

    def value(self, element: Element) -> Any:
        """The value of a document's root element."""
        return self._value(element, self._root)

    def required(self) -> list[str]:
        """The members that the root must have, in the order of the schema."""
        return _required(self._root)

    def recased(self, value: Any) -> Any:
        """A value of the schema with the schema's member names."""
        return self._respelt(value, self._root)

    def leaves(self, element: Element) -> Iterator[Leaf]:
        """Every element that the schema says is not an object, with its declared type."""
        yield from self._leaves(element, self._root)

    def repeated(self, element: Element) -> Iterator[tuple[str, list[Element], frozenset[str]]]:
        """Every list of the schema that the document holds: its name, the elements, the members of an item."""
        yield from self._repeated(element, self._root)

    def _value(self, element: Element, view: SchemaView) -> Any:
        if not len(element) and not element.text and view.nullable and view.types() != EVERY_TYPE:
            return None
        kind = _kind(view)
        if kind == "object" or (not kind and len(element)):
            return self._object(element, view)
        text = element.text or ""
        if kind == "boolean" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        if kind == "integer" and _INTEGER.match(text):
            return int(text)
        if kind == "number" and _NUMBER.match(text):
            return float(text)
        return text

    def _object(self, element: Element, view: SchemaView) -> dict[str, Any]:
        result: dict[str, Any] = {}
        members = view.members()
        for child in element:
            member = members.get(_named(child.tag, members), _ANYTHING)
            if _kind(member) == "array":
                result.setdefault(child.tag, []).append(self._value(child, member.items()))
            else:
                result[child.tag] = self._value(child, member)
        # An empty list is not an element at all, so absence of a list means an empty one.
        found = {_named(name, members) for name in result}
        for name in _required(view):
            if name not in found and name in members and _kind(members[name]) == "array":
                result[name] = []
        return result

    def _respelt(self, value: Any, view: SchemaView) -> Any:
        if isinstance(value, list):
            return [self._respelt(item, view.items()) for item in value]
        if not isinstance(value, dict):
            return value
        members = view.members()
        return {
            (declared := _named(name, members)): self._respelt(item, members.get(declared, _ANYTHING))
            for name, item in value.items()
        }

    def _leaves(self, element: Element, view: SchemaView) -> Iterator[Leaf]:
        if (kind := _kind(view)) != "object" and not len(element):
            yield Leaf(element, kind)
        for child in element:
            yield from self._leaves(child, _item(view, child.tag))

    def _repeated(self, element: Element, view: SchemaView) -> Iterator[tuple[str, list[Element], frozenset[str]]]:
        for name, member in view.members().items():
            if _kind(member) == "array" and (found := element.findall(name)):
                yield name, found, frozenset(member.items().members())
        for child in element:
            yield from self._repeated(child, _item(view, child.tag))


def _kind(view: SchemaView) -> str:
    """What a value is; whatever has members is an object."""
    return view.kind() or ("object" if view.members() else "")


def _required(view: SchemaView) -> list[str]:
    """The members that must be there, by all parts of the schema."""
    return [name for part in view.parts() for name in part.get("required") or ()]


def _item(view: SchemaView, name: str) -> SchemaView:
    """The schema of one element of this name."""
    members = view.members()
    member = members.get(_named(name, members), _ANYTHING)
    return member.items() if _kind(member) == "array" else member


def _named(name: str, members: Mapping[str, Any]) -> str:
    """The declared name that differs from this one in the letter case of its first letter only, or the name itself."""
    other = name[:1].swapcase() + name[1:]
    return other if name not in members and other in members else name
