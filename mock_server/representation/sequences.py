"""Bodies that are one item after the other (OpenAPI 3.2, Sequential Media Types), as arrays and as bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from mock_server.representation.representation import UnreadableBody, to_json

_EVENTS = "text/event-stream"
_RECORD = "\x1e"


def sequence_writer(media: str) -> Callable[[Any], bytes]:
    """How an array becomes a body of this media type; another value is one item, and a text stands as it is."""
    item = _WRITERS[media]

    def write(value: Any) -> bytes:
        if isinstance(value, str):
            return value.encode()
        return b"".join(map(item, value if isinstance(value, list) else [value]))

    return write


def sequence_reader(media: str) -> Callable[[bytes], Any]:
    """How a body of this media type becomes an array of its items; what is read raises `UnreadableBody`."""
    divided = _READERS[media]

    def read(body: bytes) -> Any:
        try:
            return list(divided(body.decode("utf-8")))
        except ValueError as error:
            raise UnreadableBody(f"the body is no sequence of {media}: {error}") from None

    return read


def _line(item: Any) -> bytes:
    return to_json(item) + b"\n"


def _record(item: Any) -> bytes:
    """RFC 7464 section 2.2: each text between a record separator and a line feed."""
    return _RECORD.encode() + to_json(item) + b"\n"


def _event(item: Any) -> bytes:
    """An event with its fields, a line each; what is no mapping is the data of one (HTML, Server-sent events)."""
    fields = item if isinstance(item, dict) else {"data": item}
    lines = [
        f"{name}: {line}"
        for name, value in fields.items()
        for line in (value if isinstance(value, str) else to_json(value).decode()).split("\n")
    ]
    return ("\n".join(lines) + "\n\n").encode()


def _lines(text: str) -> Iterator[Any]:
    yield from (orjson.loads(line) for line in text.splitlines() if line.strip())


def _records(text: str) -> Iterator[Any]:
    yield from (orjson.loads(record) for record in text.split(_RECORD) if record.strip())


def _events(text: str) -> Iterator[Any]:
    for block in text.replace("\r\n", "\n").split("\n\n"):
        fields: dict[str, Any] = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            if name:
                value = value.removeprefix(" ")
                fields[name] = f"{fields[name]}\n{value}" if name == "data" and name in fields else value
        if "retry" in fields and fields["retry"].isdecimal():
            fields["retry"] = int(fields["retry"])
        if fields:
            yield fields


_WRITERS: Mapping[str, Callable[[Any], bytes]] = {
    "application/jsonl": _line,
    "application/x-ndjson": _line,
    "application/json-seq": _record,
    _EVENTS: _event,
}
_READERS: Mapping[str, Callable[[str], Iterator[Any]]] = {
    "application/jsonl": _lines,
    "application/x-ndjson": _lines,
    "application/json-seq": _records,
    _EVENTS: _events,
}
