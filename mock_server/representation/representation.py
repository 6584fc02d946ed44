"""Values → bytes, as JSON, XML or plain text; and JSON back again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape

import orjson

from mock_server.reply import Shown, ShownList, remembered
from specs.contract import XmlStyle
from specs.values import DEEPEST, too_deep

# XML 1.0 section 2.2 has no way to write these characters, escaped or not.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What most texts are made of, and XML has as it is.
_plain = re.compile("[ !\"#$%'()*+,./0-9:;=?@A-Z\\[\\\\\\]^_`a-z{|}~-]*").fullmatch
_NAMES = 256
"""Names of elements under which something was shown."""


class UnreadableBody(ValueError):
    """The bytes are not what their media type says; the text says why."""


def writer(media: str, xml: XmlStyle | None) -> Callable[[Any], bytes]:
    """How a value becomes bytes of this media type."""
    if media.endswith("/xml"):
        return XmlWriter(xml or XmlStyle("result", "lower", "pair", {}))
    if media.endswith("json"):
        return to_json
    return lambda value: str(value).encode()


def read_json(body: bytes) -> Any:
    """The value of a JSON text in UTF-8 (RFC 8259)."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableBody(f"the body is not JSON: {error}") from None
    if too_deep(value, body):
        raise UnreadableBody(f"the body is nested deeper than {DEEPEST} levels")
    return value


def to_json(value: Any) -> bytes:
    """A value as a JSON text; the text of what is `Shown` is written once."""
    return orjson.dumps(value, _shown_as_json, orjson.OPT_PASSTHROUGH_SUBCLASS)


def json_fragment(value: Shown | ShownList) -> orjson.Fragment:
    """What is shown as a part of a JSON text that is written already."""
    return orjson.Fragment(to_json(_unmarked(value)))


def _unmarked(value: Shown | ShownList) -> dict[str, Any] | list[Any]:
    return dict(value) if isinstance(value, Shown) else list(value)


_fragment = remembered(json_fragment)


def _shown_as_json(value: Any) -> orjson.Fragment:
    if not isinstance(value, Shown | ShownList):
        raise TypeError(f"a {type(value).__name__} is not a JSON value")
    return _fragment(value)


class XmlWriter:
    """
    A value as an XML document: a member is an element, an array a repeated element, null an empty element.

    Characters that XML cannot hold are written as U+FFFD; the text of what is `Shown` is written once.
    """

    __slots__ = ("_booleans", "_empty", "_root", "_shown")

    def __init__(self, style: XmlStyle) -> None:
        self._root = style.root
        self._booleans = ("False", "True") if style.booleans == "title" else ("false", "true")
        self._empty = "<{0}></{0}>" if style.empty == "pair" else "<{0} />"
        self._shown: dict[str, Callable[[Shown | ShownList], str]] = {}

    def __call__(self, value: Any) -> bytes:
        """The document, in UTF-8."""
        return self._elements([(self._root, value)]).encode()

    def _elements(self, named: Iterable[tuple[str, Any]]) -> str:
        parts = []
        for name, value in named:
            kind = type(value)
            if kind is str:
                text = value if _plain(value) else escaped_text(value)
            elif kind is bool:
                text = self._booleans[value]
            elif kind is dict:
                text = self._elements(value.items())
            elif kind is list:
                parts.append(self._elements([(name, item) for item in value]))
                continue
            elif kind is Shown or kind is ShownList:
                parts.append((self._shown.get(name) or self._learn(name))(value))
                continue
            else:
                text = "" if value is None else str(value)
            parts.append(f"<{name}>{text}</{name}>" if text else self._empty.format(name))
        return "".join(parts)

    def _learn(self, name: str) -> Callable[[Shown | ShownList], str]:
        """How what is shown under this name is written, remembered for each."""
        write = remembered(lambda value: self._elements([(name, _unmarked(value))]))
        if len(self._shown) < _NAMES:
            self._shown[name] = write
        return write


def escaped_text(text: str) -> str:
    """A text as XML holds it; what XML cannot hold is U+FFFD."""
    return escape(_UNWRITABLE.sub("\ufffd", text), {"\r": "&#13;"})
