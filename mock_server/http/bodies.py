"""Bodies of requests: what bytes of a media type stand for, converted as far as the schema says how."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from email import message_from_bytes
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mock_server.http.representation import UnreadableBody, read_json
from mock_server.http.styles import Types
from mock_server.http.xml_bodies import xml_reader
from mock_server.negotiation import media_type
from specs.contract import Media, Schema

_MAX_FIELDS = 1000

Part = tuple[str, str, bool]
"""The name of a field, its text, and whether that is JSON by its own media type."""


def body_reader(media: Media) -> tuple[Callable[[bytes], Any], Schema | None]:
    """
    How bytes of this media type become a value, and the schema that judges it; what is read raises `UnreadableBody`.

    JSON, XML and forms are judged in full. Of other types (images, plain text) the bytes are taken as they are: judged
    as text where the schema asks for text, else not at all.
    """
    name = media.name
    if name.endswith("json"):
        return read_json, media.schema
    if name == "application/x-www-form-urlencoded":
        return lambda body: _members(_urlencoded(body), media.schema), media.schema
    if name.startswith("multipart/"):
        return lambda body: _members(_multipart(body, name), media.schema), media.schema
    texts = media.schema is not None and Types(media.schema).of(media.schema.document) == {"string"}
    if media_type(name).endswith("xml") and not texts:
        return xml_reader(media.schema), media.schema
    return lambda body: body.decode("utf-8", "replace"), media.schema if texts else None


def _urlencoded(body: bytes) -> list[Part]:
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise UnreadableBody(f"the body is not a form in UTF-8: {error}") from None
    return [(name, text, False) for name, text in pairs]


def _multipart(body: bytes, media: str) -> list[Part]:
    """The parts of a multipart body (RFC 7578); its boundary is the first line."""
    first = body.split(b"\r\n", 1)[0]
    if body.startswith(b"--") and body.rstrip().endswith(b"--") and b"\n" not in body.rstrip():
        return []
    boundary = first.removeprefix(b"--").decode("latin-1").strip()
    if not first.startswith(b"--") or not boundary or '"' in boundary or len(boundary) > 70:
        raise UnreadableBody("the body does not begin with a boundary (RFC 2046 section 5.1)")
    message = message_from_bytes(f'Content-Type: {media}; boundary="{boundary}"\r\n\r\n'.encode() + body, policy=HTTP)
    parts = []
    for part in list(message.iter_parts())[:_MAX_FIELDS] if message.is_multipart() else ():
        name, payload = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            raise UnreadableBody("a part of the body has no name (RFC 7578 section 4.2)")
        parts.append((name, payload.decode("utf-8", "replace"), part.get_content_type().endswith("json")))
    return parts


def _members(parts: Iterable[Part], schema: Schema | None) -> dict[str, Any]:
    """The fields of a form as members: a declared array is a list, however often its name stands."""
    types = Types(schema)
    declared = types.members(schema.document) if schema is not None else {}
    found: dict[str, Any] = {}
    for name, text, is_json in parts:
        head, bracket, rest = name.partition("[")
        if bracket and rest.endswith("]") and head in declared and types.of(declared[head]) & {"array", "object"}:
            _bracketed(found, head, rest[:-1], text, declared[head], types)
            continue
        node = declared.get(name, True)
        kinds = types.of(node)
        if "array" in kinds and "string" not in kinds and not is_json:
            found.setdefault(name, [])
            if isinstance(found[name], list):
                found[name].append(_value(text, types.items(node), types))
        else:
            found.setdefault(name, _json(text) if is_json else _value(text, node, types))
    return found


def _bracketed(found: dict[str, Any], head: str, inner: str, text: str, node: Any, types: Types) -> None:
    """One field of those that "tags[]" or "owner[name]" name."""
    if not inner or inner.isdecimal():
        items = found.setdefault(head, [])
        if isinstance(items, list):
            items.append(_value(text, types.items(node), types))
        return
    members = found.setdefault(head, {})
    if isinstance(members, dict):
        members[inner] = _value(text, types.members(node).get(inner, True), types)


def _value(text: str, node: Any, types: Types) -> Any:
    kinds = types.of(node)
    if "string" not in kinds and kinds & {"object", "array"} and text[:1] in ("{", "["):
        return _json(text)
    return types.read(text, node)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
