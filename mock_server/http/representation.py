"""Values ↔ bytes, as JSON, XML, form or plain text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import orjson

from specs.contract import XmlStyle
from specs.values import DEEPEST, too_deep

# XML 1.0 section 2.2 has no way to write these characters, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_FIELDS = 1000


class UnreadableBody(ValueError):
    """The bytes are not what their media type says; the text says why."""


def writer(media: str, xml: XmlStyle | None) -> Callable[[Any], bytes]:
    """How a value becomes bytes of this media type."""
    if media.endswith("/xml"):
        style = xml or XmlStyle("result", "lower", "pair", {})
        return lambda value: to_xml(value, style)
    if media.endswith("json"):
        return orjson.dumps
    return lambda value: str(value).encode()


def reader(media: str) -> Callable[[bytes], Any]:
    """How bytes of this media type become a value; what it returns raises `UnreadableBody`."""
    if media == "application/x-www-form-urlencoded":
        return read_form
    return read_json


def read_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8 (RFC 8259)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableBody(f"the body is not JSON: {error}") from None
    if too_deep(value, body):
        raise UnreadableBody(f"the body is nested deeper than {DEEPEST} levels")
    return value


def read_form(body: bytes) -> dict[str, str]:
    """The fields of an URL-encoded form in UTF-8; of a doubled name the first value."""
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except (UnicodeDecodeError, ValueError) as error:
        raise UnreadableBody(f"the body is not a form in UTF-8: {error}") from None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    return fields


def to_xml(value: Any, style: XmlStyle) -> bytes:
    """
    A value as an XML document: a member is an element, an array a repeated element, null an empty element (OO-48).

    Characters that XML cannot hold are written as U+FFFD.
    """
    parts: list[str] = []
    _element(style.root, value, style, parts)
    return "".join(parts).encode()


def _element(name: str, value: Any, style: XmlStyle, parts: list[str]) -> None:
    if isinstance(value, str):
        text = value if _is_plain(value) else _escaped(value)
    elif isinstance(value, dict):
        if value or style.empty == "pair":
            parts.append(f"<{name}>")
            for member, item in value.items():
                _element(member, item, style, parts)
            parts.append(f"</{name}>")
            return
        text = ""
    elif isinstance(value, list):
        for item in value:
            _element(name, item, style, parts)
        return
    elif value is None:
        text = ""
    elif isinstance(value, bool):
        text = str(value) if style.booleans == "title" else "true" if value else "false"
    else:
        text = str(value)
    parts.append(f"<{name}>{text}</{name}>" if text or style.empty == "pair" else f"<{name} />")


def _is_plain(text: str) -> bool:
    """Whether XML has the text as it is: neither carriage returns nor unwritable characters are printable."""
    return text.isprintable() and "&" not in text and "<" not in text and ">" not in text


def _escaped(text: str) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", text), {"\r": "&#13;"})
