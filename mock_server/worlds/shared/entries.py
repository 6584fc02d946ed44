"""
Exchanges of a journal as bytes, and back.

The bodies stand first, after their sizes, so that the script can leave them out where a world has no room for them.
"""

from __future__ import annotations

import struct
from operator import attrgetter

import orjson

from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.shared.errors import UnreadableState

_REST = (
    *("at", "took", "method", "path", "api", "operation", "status", "outcome", "statements", "detail", "refusal"),
    *("headers", "answer_headers"),
)
"""What stands behind the bodies, in this order."""
_rest = attrgetter(*_REST)
_SIZES = struct.Struct(">IIII")
"""Bytes of the request's body that are kept, and that were left out; the same of the answer's."""


def entry_value(entry: JournalEntry) -> bytes:
    """An exchange."""
    rest = _rest(entry)
    body, answer = entry.body, entry.answer_body
    sizes = _SIZES.pack(len(body), entry.body_left_out, len(answer), entry.answer_left_out)
    try:
        text = orjson.dumps(rest)
    except TypeError:
        # A header of an answer may repeat half of a surrogate pair that somebody sent.
        text = orjson.dumps(_printable(rest))
    return b"".join((sizes, body, answer, text))


def read_entry(value: bytes) -> JournalEntry:
    """The exchange that these bytes are; raises `UnreadableState`."""
    try:
        body, body_left_out, answer, answer_left_out = _SIZES.unpack_from(value)
        end = _SIZES.size + body
        rest = dict(zip(_REST, orjson.loads(value[end + answer :]), strict=True))
        return JournalEntry(
            **{**rest, "statements": tuple(rest["statements"])},
            body=value[_SIZES.size : end],
            answer_body=value[end : end + answer],
            body_left_out=body_left_out,
            answer_left_out=answer_left_out,
        )
    except (struct.error, ValueError, TypeError):
        raise UnreadableState("an exchange of a journal is not what this version writes") from None


def _printable(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    if isinstance(value, dict):
        return {_printable(name): _printable(item) for name, item in value.items()}
    return value
