"""Bodies of requests: what bytes of a media type stand for, converted as far as the schema says how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import orjson

from mock_server.admission.conversion import Convert, conversion
from mock_server.admission.forms import Field, multipart, urlencoded
from mock_server.admission.xml_bodies import xml_reader
from mock_server.negotiation import FORM, media_type
from mock_server.representation.representation import UnreadableBody, read_json
from mock_server.representation.sequences import sequence_reader
from specs.contract import Media
from specs.schema import SchemaView
from specs.validation import Schema


def body_reader(media: Media) -> tuple[Callable[[bytes], Any], Schema | None]:
    """
    How bytes of this media type become a value, and the schema that judges it; what is read raises `UnreadableBody`.

    JSON, XML and forms are judged in full. Of other types (images, plain text) the bytes are taken as they are: judged
    as text where the schema asks for text, else not at all.
    """
    name, schema = media.name, media.schema
    if media.sequence:
        return sequence_reader(name), schema
    if name.endswith("json"):
        return read_json, schema
    # Made when it is first asked: a document may have hundreds of forms of which few are sent.
    form = cache(lambda: _Form(schema.view.members() if schema is not None else {}, media.dividers))
    if name == FORM:
        return lambda body: form().value(_urlencoded(body)), schema
    if name.startswith("multipart/"):
        return lambda body: form().value(_multipart(body, name)), schema
    texts = schema is not None and schema.view.types() == {"string"}
    if media_type(name).endswith("xml") and not texts:
        return xml_reader(schema), schema
    return lambda body: body.decode("utf-8", "replace"), schema if texts else None


def text_reader(view: SchemaView) -> Convert:
    """How a text becomes a value of this schema; an object or array may be a text of JSON."""
    types = view.types()
    convert = conversion(types)
    if "string" in types or types.isdisjoint(("object", "array")):
        return convert
    return lambda text: _json(text) if text[:1] in ("{", "[") else convert(text)


def _urlencoded(body: bytes) -> list[Field]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"the body is not a form in UTF-8: {error}") from None
    return [Field(*pair) for pair in urlencoded(text, errors="strict")]


def _multipart(body: bytes, media: str) -> list[Field]:
    """The parts of a multipart body; its boundary is the first line."""
    first = body.split(b"\r\n", 1)[0]
    if body.startswith(b"--") and body.rstrip().endswith(b"--") and b"\n" not in body.rstrip():
        return []
    boundary = first.removeprefix(b"--").decode("latin-1").strip()
    if not first.startswith(b"--") or not boundary or '"' in boundary or len(boundary) > 70:
        raise UnreadableBody("the body does not begin with a boundary (RFC 2046 section 5.1)")
    return multipart(body, f'{media}; boundary="{boundary}"')


@dataclass(frozen=True, slots=True)
class _Member:
    """
    How the texts of one member are read.

    `listed` says that it is an array, however often its name stands, and `nests` that brackets behind its name lead
    into it.
    """

    convert: Convert
    convert_item: Convert
    members: Mapping[str, Convert]
    listed: bool
    nests: bool


@dataclass(frozen=True, slots=True)
class _Form:
    """
    Reads the fields of a form as members; how a declared one is read is found out once.

    `dividers` stand between the items of those members that are arrays in one text.
    """

    declared: Mapping[str, SchemaView]
    dividers: Mapping[str, str]
    _known: dict[str, _Member] = field(default_factory=dict, init=False)

    def value(self, fields: Iterable[Field]) -> dict[str, Any]:
        """The object that the fields make up."""
        found: dict[str, Any] = {}
        for name, text, media, *_ in fields:
            if name is None:
                raise UnreadableBody("a part of the body has no name (RFC 7578 section 4.2)")
            head, bracket, rest = name.partition("[")
            if bracket and rest.endswith("]") and (holder := self._member(head)) is not None and holder.nests:
                _put_inside(found, head, rest[:-1], text, holder)
                continue
            member = self._member(name)
            if media.endswith("json"):
                found.setdefault(name, _json(text))
            elif member is None:
                found.setdefault(name, text)
            elif member.listed:
                items = found.setdefault(name, [])
                if isinstance(items, list):
                    parts = [text] if name not in self.dividers else text.split(self.dividers[name]) if text else []
                    items += map(member.convert_item, parts)
            else:
                found.setdefault(name, member.convert(text))
        return found

    def _member(self, name: str) -> _Member | None:
        if name not in self._known and name in self.declared:
            view = self.declared[name]
            types = view.types()
            self._known[name] = _Member(
                text_reader(view),
                text_reader(view.items()),
                {name: text_reader(member) for name, member in view.members().items()},
                listed="array" in types and "string" not in types,
                nests=not types.isdisjoint(("array", "object")),
            )
        return self._known.get(name)


def _put_inside(found: dict[str, Any], head: str, inner: str, text: str, holder: _Member) -> None:
    """One field of those that "tags[]" or "owner[name]" name."""
    if not inner or inner.isdecimal():
        items = found.setdefault(head, [])
        if isinstance(items, list):
            items.append(holder.convert_item(text))
        return
    members = found.setdefault(head, {})
    if isinstance(members, dict):
        members[inner] = holder.members[inner](text) if inner in holder.members else text


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
