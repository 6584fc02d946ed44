"""One request as it came, in the form that everything behind the route reads; and what an answer is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

Answer: TypeAlias = tuple[int, Mapping[str, str], bytes]
"""Status, headers by lower-case name without the length of the body, body. An answer is never changed."""

# Lines of these headers are one list (RFC 9110 section 5.3).
_LISTS = frozenset({"accept", "prefer"})
LONGEST_HEADERS = 4096
"""Bytes of headers that are remembered, and that a journal keeps."""


class Headers(NamedTuple):
    """By lower-case name the first value of each header, all values of each that came more than once, and all bytes."""

    values: Mapping[str, str]
    doubled: Mapping[str, Sequence[str]]
    size: int


_NOTHING_DOUBLED: Mapping[str, Sequence[str]] = {}
_CACHE_SIZE = 512
_known: dict[tuple[tuple[bytes, bytes], ...], Headers] = {}
"""A client sends the same headers with request after request; finding them again costs a look."""


def read_headers(sent: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers that came as these lines, their names in lower case; what is returned is shared between requests."""
    lines = tuple(sent)
    try:
        found = _known.get(lines)
    except TypeError:  # ASGI lets a server send each pair as a list.
        return read_headers([(bytes(name), bytes(value)) for name, value in lines])
    if found is None:
        found = _read(lines)
        if len(_known) >= _CACHE_SIZE:
            _known.clear()
        if found.size <= LONGEST_HEADERS:
            _known[lines] = found
    return found


def _read(lines: Sequence[tuple[bytes, bytes]]) -> Headers:
    values: dict[str, str] = {}
    doubled: dict[str, list[str]] = {}
    for key, value in lines:
        name = key.decode("latin-1")
        if name not in values:
            values[name] = value.decode("latin-1")
        elif name in _LISTS:
            values[name] += f",{value.decode('latin-1')}"
        else:
            doubled.setdefault(name, [values[name]]).append(value.decode("latin-1"))
    return Headers(values, doubled, sum(len(name) + len(value) for name, value in lines))


def read_text(written: str) -> str:
    """The text that a header or a part of a path holds: percent-encoding undone, in UTF-8 or else in Latin-1."""
    sent = unquote_to_bytes(written.encode("latin-1", "replace"))
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        return sent.decode("latin-1")


class Request:
    """
    Method, path, query string and headers of a request.

    `path` is as it was sent, percent-encoded and without the prefix of a world ("/~alice"), which is `prefix`;
    `headers` are by lower-case name, the first value of each; `doubled` has all values of those that came more often.
    `breakable` says whether the transport by which it came can break its connection. The body is apart, because a
    refused request is kept and its body may be large.
    """

    __slots__ = ("breakable", "doubled", "header_bytes", "headers", "method", "path", "prefix", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        doubled: Mapping[str, Sequence[str]] = _NOTHING_DOUBLED,
        header_bytes: int = 0,
        breakable: bool = False,
    ) -> None:
        self.method, self.path, self.query, self.headers, self.doubled = method, path, query, headers, doubled
        self.header_bytes, self.breakable, self.prefix = header_bytes, breakable, ""

    @property
    def target(self) -> str:
        """Path and query as one text."""
        return f"{self.path}?{self.query}" if self.query else self.path
