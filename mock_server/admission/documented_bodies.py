"""Bodies of requests as a foreign document describes them: media ranges, and the encodings of forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from email.message import Message
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

import orjson

from mock_server.admission.bodies import body_reader, text_reader
from mock_server.admission.forms import Field, multipart, urlencoded
from mock_server.admission.styles import ABSENT, Gathered, Sent, from_text, gathered, judged, nested
from mock_server.admission.xml_bodies import xml_value
from mock_server.negotiation import FORM, media_type
from mock_server.representation.representation import UnreadableBody
from specs.contract import Encoding, Header, Media, Parameter
from specs.schema import SchemaView
from specs.translating import LateValidator
from specs.validation import Schema

Found = tuple[Callable[[bytes], Any], Schema | None]
_CACHE_SIZE = 64
_DIGITS = 300


class DocumentedBodies(Mapping[str, Found]):
    """
    How a body is read and judged, by the `Content-Type` that a client sends.

    Of the media types and ranges of the document ("image/*", "application/*+json", "*/*") the one counts that says
    most. A body of no declared type is of "*/*" alone.
    """

    def __init__(self, contents: Mapping[str, Media]) -> None:
        self._contents = contents
        self._forms = {name: _Form(media) for name, media in contents.items()}
        self._known: dict[str, Found] = {}

    def __getitem__(self, content_type: str) -> Found:
        found = self._known.get(content_type)
        if found is None:
            media = self._media(content_type)
            if media is None:
                raise KeyError(content_type)
            found = _reader(media, self._forms[media.name], content_type)
            # The boundary of a multipart body is another one each time.
            if len(self._known) < _CACHE_SIZE and not media_type(content_type).startswith("multipart/"):
                self._known[content_type] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    def _media(self, content_type: str) -> Media | None:
        ranked = [(_rank(media.name, content_type), index) for index, media in enumerate(self._contents.values())]
        rank, index = max(ranked, key=lambda item: (item[0], -item[1]), default=(0, 0))
        return list(self._contents.values())[index] if rank else None


def _rank(documented: str, sent: str) -> int:
    """How much a documented media type or range says of one that was sent; 0 where it does not take it."""
    wanted, essence = media_type(documented), media_type(sent)
    if wanted == essence and essence:
        own = _parameters(documented)
        return 4 + len(own) if own <= _parameters(sent) else 3
    if wanted == "*/*":
        return 1 if "/" in essence or not essence else 0
    if "*" in wanted and fnmatchcase(essence, wanted):
        return 2
    return 0


def _parameters(media: str) -> frozenset[tuple[str, str]]:
    pairs = (part.partition("=") for part in media.split(";")[1:] if part.strip())
    return frozenset((name.strip().lower(), value.strip().strip('"').lower()) for name, _, value in pairs)


def _reader(media: Media, form: _Form, content_type: str) -> Found:
    """The reader of a body whose media type, taken from the request, is of a documented type or range."""
    essence = media_type(content_type)
    if not essence or "*" in essence:
        texts = media.schema is not None and "string" in media.schema.view.types()
        essence = "application/octet-stream" if texts or media.schema is None else "application/json"
    if media.sequence:
        return body_reader(media)
    concrete = replace(media, name=essence)
    if essence == FORM:
        return lambda body: form.of_text(_decoded(body)), media.schema
    if essence.startswith("multipart/"):
        boundary = _boundary(content_type)
        return lambda body: form.value(_parts(body, content_type, boundary)), media.schema
    return body_reader(concrete)


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"the body is not a form in UTF-8: {error}") from None


def _boundary(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    return message.get_boundary("").strip()


def _parts(body: bytes, content_type: str, boundary: str) -> list[Field]:
    if not boundary:
        raise UnreadableBody("Content-Type has no boundary (RFC 2046 section 5.1)")
    delimiter = f"--{boundary}".encode("latin-1", "replace")
    after = (b"\n" + body).split(b"\n" + delimiter)[1:]
    if not after:
        raise UnreadableBody("no part of the body begins with the boundary that Content-Type has")
    if all(part.startswith(b"--") for part in after):
        return []
    return multipart(body, content_type)


class _Form:
    """The fields of a form as the members of its schema, each encoded as the document says."""

    def __init__(self, media: Media) -> None:
        self._schema, self._encodings, self._dividers = media.schema, media.encoding, media.dividers

    def of_text(self, text: str) -> dict[str, Any]:
        """The object that a URL-encoded form is; a member with a style of its own is written as a parameter is."""
        found: dict[str, Any] = {}
        taken: set[str] = set()
        sent = Sent.of(text, "")
        for name, gather in self._styled.items():
            if (value := gather.find(sent)) is not ABSENT:
                found[name] = value
            taken |= gather.names | {name}
        fields = [Field(*pair) for pair in urlencoded(text, errors="strict")]
        left = [item for item in fields if item.name is not None and item.name.partition("[")[0] not in taken]
        return {**self.value(left), **found}

    def value(self, fields: Iterable[Field]) -> dict[str, Any]:
        """The object that the fields make up; raises `UnreadableBody` for a part of another type than documented."""
        entries: dict[str, list[tuple[Sequence[str], Field]]] = {}
        for item in fields:
            if item.name is None:
                raise UnreadableBody("a part of the body has no name (RFC 7578 section 4.2)")
            name, way = item.name, tuple[str, ...]()
            head, bracket, rest = name.partition("[")
            if bracket and rest.endswith("]") and not self._member(head).types().isdisjoint(("array", "object")):
                name, way = head, tuple(rest[:-1].split("]["))
            if name in self._encodings:
                _check(item, self._encodings[name])
            divider = self._dividers.get(name)
            texts = item.text.split(divider) if divider and item.text and not way else [item.text]
            entries.setdefault(name, []).extend((way, item._replace(text=text)) for text in texts)
        return {name: _value(self._member(name), found) for name, found in entries.items()}

    def _member(self, name: str) -> SchemaView:
        if self._schema is None:
            return _ANYTHING
        members = self._schema.view.members()
        if name in members:
            return members[name]
        return self._schema.view.at(self._schema.view.says("additionalProperties", True))

    @cached_property
    def _styled(self) -> Mapping[str, Gathered]:
        """How members whose encoding has a style are found in a form."""
        found: dict[str, Gathered] = {}
        for name, encoding in self._encodings.items():
            if not encoding.style and encoding.explode is None:
                continue
            view = self._member(name)
            style = encoding.style or "form"
            explode = style == "form" if encoding.explode is None else encoding.explode
            schema = Schema(_document(view), LateValidator(_document(view)), among=view, charged=False)
            parameter = Parameter(name, "query", False, schema, {}, style=style, explode=explode)
            if (gather := gathered(parameter, _DIGITS)) is not None:
                found[name] = gather
        return found


_ANYTHING = SchemaView(True)


def _document(view: SchemaView) -> dict[str, Any]:
    node = view.node if isinstance(view.node, Mapping) else {} if view.node else {"not": {}}
    return {**node, "$defs": view.definitions}


def _value(view: SchemaView, entries: Sequence[tuple[Sequence[str], Field]]) -> Any:
    """The value of a member of which these fields were sent; several are the items of an array."""
    types = view.types()
    if any(way for way, _ in entries):
        return nested(view, [(way, item.text) for way, item in entries])
    if "array" in types and "string" not in types:
        items: list[Any] = []
        for _, item in entries:
            value = _read(view.items(), item)
            whole = isinstance(value, str) and value[:1] == "[" and len(entries) == 1
            value = _json(item.text) if whole else value
            items += value if isinstance(value, list) and "array" not in view.items().types() else [value]
        return items
    return judged(view, [_read(view, item) for _, item in entries])


def _read(view: SchemaView, item: Field) -> Any:
    if item.media.endswith("json"):
        return _json(item.text)
    if item.media.endswith("xml") and "string" not in view.types():
        return xml_value(item.text.encode(), view)
    return text_reader(view)(item.text)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _check(item: Field, encoding: Encoding) -> None:
    """Raises `UnreadableBody` for a part that is not of a documented type, or lacks a documented header."""
    declared = "content-type" in item.headers
    if encoding.media and declared and not any(fnmatchcase(item.media, wanted) for wanted in encoding.media):
        raise UnreadableBody(f"the part {item.name} is {item.media[:80]}; send {' or '.join(encoding.media)}")
    if not item.headers:
        return
    for name, header in encoding.headers.items():
        text = item.headers.get(name)
        if text is None and header.required:
            raise UnreadableBody(f"the part {item.name} has no header {name}")
        if text is not None and (wrong := _wrong(name, header, text)):
            raise UnreadableBody(f"the header {name} of the part {item.name} does not fit: {wrong}")


def _wrong(name: str, header: Header, text: str) -> str:
    parameter = Parameter(
        name, "header", header.required, header.schema, {}, explode=header.explode, media=header.media
    )
    flaws = header.schema.flaws(from_text(parameter, _DIGITS)(text))
    return flaws[0].message if flaws else ""
