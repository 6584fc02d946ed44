"""
Body and query → the members that an operation declares, converted as a lenient vendor converts them.

The contract describes what a careful client sends. A vendor that takes more (`x-binding` in its document) is served by
what stands here: its requests are turned into that form before they are judged by the schema. A word in parentheses
is the key under which `x-binding` has the statements of a rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from mock_server.admission.forms import multipart, urlencoded
from mock_server.negotiation import media_type
from mock_server.representation.representation import UnreadableBody, read_json
from specs.schema import SchemaView
from specs.shortening import shorten
from specs.statements import WHOLE

Pairs = Sequence[tuple[str, str]]

_INTEGER = re.compile(r"\s*[+-]?[0-9]{1,30}\s*\Z", re.ASCII)
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Unconvertible:
    """A value that cannot become what its member should hold; `statements` are those of the member."""

    name: str
    pointer: str
    detail: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Binder:
    """The compiled members of one operation's body, by their names and by these in lower case."""

    _members: Mapping[str, _Member]

    def plain(self, name: str) -> type | None:
        """The type of values of a member that are bound as they are; None where there is none."""
        return self._members[name].plain

    def bind(self, body: Mapping[str, Any], query: Mapping[str, Any]) -> tuple[dict[str, Any], list[Unconvertible]]:
        """
        The declared members that the request holds, in the form of the schema, and what could not be converted.

        The query comes before the body (order), letter case of names counts only where the member says so (names), and
        members that are not declared are ignored (unknown). A member that is missing stays missing: the schema says
        whether it must be there.
        """
        members = self._members
        bound: dict[str, Any] = {}
        flaws: list[Unconvertible] = []
        for source in (query, body) if query else (body,):
            for key, value in source.items():
                member = members.get(key) or members.get(key.lower())
                if member is None or member.name in bound or (member.exact and key != member.name):
                    continue
                if type(value) is member.plain:
                    bound[member.name] = value
                    continue
                try:
                    bound[member.name] = member.convert(value)
                except _CannotConvert as error:
                    bound[member.name] = None
                    pointer = f"/{member.name}{error.below}"
                    statements = error.statements or member.statements
                    flaws.append(Unconvertible(member.name, pointer, str(error), statements))
        if None in bound.values():
            bound = {name: value for name, value in bound.items() if value is not None}
        return bound, flaws


def binder(schema: SchemaView, taken: Collection[str] = ()) -> Binder:
    """The binder of a body's schema; `taken` are the path parameters, which come before query and body (order)."""
    members = {name.lower(): _member(name, member) for name, member in schema.members().items() if name not in taken}
    return Binder({**members, **{member.name: member for member in members.values()}})


def read_members(body: bytes, content_type: str) -> dict[str, Any]:
    """
    The members of a body as its `Content-Type` has them: JSON, XML, or else a form (media).

    A body of nothing has no members. Raises `UnreadableBody`, also for JSON that is not an object.
    """
    if not body.strip():
        return {}
    media = media_type(content_type)
    if media == "application/json":
        value = read_json(body)
        if not isinstance(value, dict):
            raise UnreadableBody("the body is JSON, but no object")
        return value
    if media in ("text/xml", "application/xml"):
        return read_xml(body)
    if media == "multipart/form-data":
        return read_multipart(body, content_type)
    return read_query(body.decode("utf-8", "replace"))


def read_query(text: str) -> dict[str, Any]:
    """The members of a query string or URL-encoded form."""
    return read_pairs(urlencoded(text, errors="replace"))


def read_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    """The text fields of a multipart form; files, and what has no boundary, hold none."""
    fields = multipart(body, content_type)
    return read_pairs([(field.name, field.text) for field in fields if field.name is not None and not field.is_file])


def read_pairs(pairs: Pairs) -> dict[str, Any]:
    """
    The fields of a form or query as members: a doubled name is a list, brackets lead into objects and lists.

    "list[0][Key]=1&list[0][Value]=x" gives {"list": [{"Key": "1", "Value": "x"}]}; "ids[]=1&ids[]=2" and "ids=1&ids=2"
    give {"ids": ["1", "2"]}. Brackets that mean nothing are part of the name.
    """
    found: dict[str, Any] = {}
    for name, text in pairs:
        head, path = _path(name)
        if not path or path == [""] or (len(path) == 1 and path[0].isdecimal()):
            _repeat(found, head, text)
        elif len(path) == 2 and path[0].isdecimal():
            items = found.setdefault(head, {})
            if isinstance(items, dict):
                items.setdefault(path[0], {}).setdefault(path[1], text)
        else:
            _repeat(found, name, text)
    return {
        name: [value[index] for index in sorted(value, key=_magnitude)] if isinstance(value, dict) else value
        for name, value in found.items()
    }


def _magnitude(index: str) -> tuple[int, str]:
    """What decimal digits are sorted by; they may be more than Python makes a number of."""
    digits = index.lstrip("0")
    return len(digits), digits


def read_xml(body: bytes) -> dict[str, Any]:
    """
    The children of the root as members; the root's name does not matter (media).

    An element that stands more than once is a list, one with children an object, an empty one is empty text. Raises
    `UnreadableBody` for what is not XML, and for document types and entities, which are not read.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        # DefusedXmlException is a ValueError; an unknown encoding is a LookupError.
        why = "document types are not read" if isinstance(error, DefusedXmlException) else str(error)
        raise UnreadableBody(f"the body is not XML: {why}") from None
    value = _element(root, 0)
    return value if isinstance(value, dict) else {}


class _CannotConvert(Exception):
    """`below` leads from the member to the value; `statements` are those of what stands there, if it has its own."""

    def __init__(self, detail: str, below: str = "", statements: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.below, self.statements = below, statements


_Convert = Callable[[Any], Any]
"""A value as sent → as the schema wants it, None for one that is as if missing; raises `_CannotConvert`."""


@dataclass(frozen=True, slots=True)
class _Member:
    """`plain` is the type of values that `convert` leaves as they are; None where there is none."""

    name: str
    convert: _Convert
    exact: bool
    statements: tuple[str, ...]
    plain: type | None = None


def _member(name: str, schema: SchemaView) -> _Member:
    statements, kind = _statements(schema), schema.kind()
    if kind != "array":
        return _Member(name, _single(_CONVERT.get(kind, _to_text)), False, statements, _PLAIN.get(kind, str))
    items = schema.items()
    statements = _statements(items) or statements
    if items.kind() == "object":
        return _Member(name, _objects(items), True, statements)
    return _Member(name, _list(items.kind()), False, statements)


def _statements(schema: SchemaView) -> tuple[str, ...]:
    """The statements of the nearest part that says whose the type is, or else whose the whole is."""
    charges = (part.get("x-statement", {}) for part in schema.parts())
    return tuple(next((ids for charge in charges if (ids := charge.get("type") or charge.get(WHOLE))), ()))


def _objects(items: SchemaView) -> _Convert:
    """
    A list of objects, or a single one; one without all of its declared members binds nothing and is left out (pairs).

    {"key": "1", "value": "x"} becomes {"Key": 1, "Value": "x"}; {"1": "x"} is left out.
    """
    inner = binder(items)
    names = tuple(items.members())
    wanted, plain = set(names), tuple([inner.plain(name) for name in names])

    def convert(value: Any) -> Any:
        bound = []
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(item, dict):
                continue
            if tuple(item) == names and tuple(map(type, item.values())) == plain:
                bound.append(item)
                continue
            members, flaws = inner.bind(item, {})
            if flaws:
                raise _CannotConvert(flaws[0].detail, f"/{index}{flaws[0].pointer}", flaws[0].statements)
            if wanted <= members.keys():
                bound.append(members)
        return bound or None

    return convert


def _list(kind: str) -> _Convert:
    """A list of single values, or one such value; an empty list is as if missing, null is not an element (single)."""
    convert_item, plain = _CONVERT.get(kind, _to_text), _PLAIN.get(kind, str)
    only_plain = {plain}

    def convert(value: Any) -> Any:
        if not isinstance(value, list):
            return [_element_of(convert_item, value, "")]
        if set(map(type, value)) == only_plain:
            return value
        return [
            item if type(item) is plain else _element_of(convert_item, item, f"/{index}")
            for index, item in enumerate(value)
        ] or None

    return convert


def _element_of(convert: _Convert, value: Any, below: str) -> Any:
    if value is None or isinstance(value, list | dict):
        raise _CannotConvert("holds null or an object where a single value is expected", below)
    try:
        return convert(value)
    except _CannotConvert as error:
        raise _CannotConvert(str(error), below) from None


def _single(convert: _Convert) -> _Convert:
    """Of a list the first value counts (order); null and an object are as if missing."""

    def convert_first(value: Any) -> Any:
        while isinstance(value, list):
            value = value[0] if value else None
        return None if value is None or isinstance(value, dict) else convert(value)

    return convert_first


def _to_integer(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.match(value):
        return int(value)
    raise _CannotConvert(f"{shorten(repr(value), 80)} is not an integer")


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None
    if known is None:
        raise _CannotConvert(f"{shorten(repr(value), 80)} is neither true nor false")
    return known


def _to_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


_CONVERT: Mapping[str, _Convert] = {"integer": _to_integer, "boolean": _to_boolean}
"""By the declared type; what is declared otherwise is text."""

_PLAIN: Mapping[str, type] = {"integer": int, "boolean": bool}


def _path(name: str) -> tuple[str, list[str]]:
    """A field's name and what its brackets say: "a[0][Key]" gives ("a", ["0", "Key"])."""
    head, bracket, rest = name.partition("[")
    path = _BRACKETS.findall(bracket + rest)
    whole = head + "".join(f"[{part}]" for part in path)
    return (head, path) if head and whole == name else (name, [])


def _repeat(found: dict[str, Any], name: str, value: Any) -> None:
    if name not in found:
        found[name] = value
    elif isinstance(found[name], list):
        found[name].append(value)
    elif not isinstance(found[name], dict):
        found[name] = [found[name], value]


def _element(element: Element, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise UnreadableBody(f"the body is nested deeper than {_MAX_DEPTH} levels")
    children: Iterable[Element] = list(element)
    if not children:
        return element.text or ""
    found: dict[str, Any] = {}
    for child in children:
        name = str(child.tag).rpartition("}")[2]
        # Values are gathered in lists first: an object that is repeated must not be taken for one that has members.
        found.setdefault(name, []).append(_element(child, depth + 1))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
