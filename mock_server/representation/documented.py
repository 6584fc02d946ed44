"""Values of answers → bytes, as any media type that a foreign document names."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import orjson

from mock_server.negotiation import FORM
from mock_server.representation.representation import to_json
from mock_server.representation.sequences import sequence_writer
from mock_server.representation.xml_answers import xml_writer
from mock_server.synthesis.files import is_text
from specs.contract import Media

_BOUNDARY = "casepact"
_LINES = ("ndjson", "jsonl", "jsonlines", "json-lines", "x-json-stream")


def documented_writer(media: Media) -> Callable[[Any], bytes]:
    """
    How a value becomes bytes of a documented media type.

    Outside of JSON a text stands for itself: it is written as it is. What has no form of its own in a media type is
    written in JSON, which is YAML too.
    """
    kind = media.essence
    if media.sequence:
        return sequence_writer(kind)
    if kind.endswith(_LINES):
        return _texts(_lines)
    if kind.endswith("json"):
        return to_json
    if kind.endswith("xml"):
        return xml_writer(media.schema)
    if kind == FORM:
        return _texts(_form)
    if kind.endswith(("csv", "tab-separated-values")):
        return _texts(lambda value: _table(value, "," if kind.endswith("csv") else "\t"))
    if kind == "text/event-stream":
        return _texts(_events)
    if kind.startswith("multipart/"):
        return _texts(_multipart)
    return _texts(_text)


@lru_cache(maxsize=512)
def content_type(media: str) -> str:
    """The `Content-Type` of an answer: with its character set where it is text, its boundary where it has parts."""
    essence = media.partition(";")[0].rstrip()
    if essence.startswith("multipart/"):
        return f"{media}; boundary={_BOUNDARY}"
    return f"{media}; charset=UTF-8" if is_text(essence) else media


def _texts(write: Callable[[Any], str]) -> Callable[[Any], bytes]:
    return lambda value: (
        value if isinstance(value, bytes) else (value if isinstance(value, str) else write(value)).encode()
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _cell(value: Any) -> str:
    return "" if value is None else _text(value)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lines(value: Any) -> str:
    return "".join(f"{orjson.dumps(item).decode()}\n" for item in _items(value))


def _events(value: Any) -> str:
    return "".join(f"data: {_text(item)}\n\n" for item in _items(value))


def _form(value: Any) -> str:
    """Members as fields, an array as one field an item, an object within as JSON (OpenAPI 3.0.3, Encoding Object)."""
    if not isinstance(value, dict):
        return _text(value)
    return urlencode([(name, _cell(item)) for name, member in value.items() for item in _items(member)])


def _table(value: Any, divider: str) -> str:
    """Rows of an array, with a line of names before those of objects (RFC 4180)."""
    written = io.StringIO()
    table = csv.writer(written, delimiter=divider)
    rows = _items(value)
    if any(isinstance(row, dict) for row in rows):
        objects = [row for row in rows if isinstance(row, dict)]
        names = list(dict.fromkeys(name for row in objects for name in row))
        table.writerow(names)
        table.writerows([[_cell(row.get(name)) for name in names] for row in objects])
    else:
        table.writerows([[_cell(cell) for cell in _items(row)] for row in rows])
    return written.getvalue()


def _multipart(value: Any) -> str:
    """Members as parts (RFC 7578), of JSON where they are no texts; each item of an array is a part."""
    members = value if isinstance(value, dict) else {"value": value}
    parts = []
    for name, member in members.items():
        for item in _items(member):
            media = "application/json" if isinstance(item, dict | list) else "text/plain; charset=UTF-8"
            named = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            parts.append(
                f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{named}"\r\n'
                f"Content-Type: {media}\r\n\r\n{_cell(item)}\r\n"
            )
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n"
