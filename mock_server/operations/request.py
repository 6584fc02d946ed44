"""One request as it came, in the form that everything behind the route reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

HeaderLines = Sequence[tuple[bytes, bytes]]
"""Headers as ASGI has them."""

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
    """The headers of an ASGI scope; what is returned is shared between requests."""
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


def encoded(headers: Mapping[str, str]) -> HeaderLines:
    """Headers of an answer as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


class Request:
    """
    Method, path, query string and headers of a request.

    `path` is as it was sent, percent-encoded and without the prefix of a world ("/~alice"), which is `prefix`;
    `headers` are by lower-case name, the first value of each; `doubled` has all values of those that came more often.
    """

    __slots__ = ("doubled", "header_bytes", "headers", "method", "path", "prefix", "query")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: Mapping[str, str],
        doubled: Mapping[str, Sequence[str]] = _NOTHING_DOUBLED,
        header_bytes: int = 0,
    ) -> None:
        self.method, self.path, self.query, self.headers, self.doubled = method, path, query, headers, doubled
        self.header_bytes, self.prefix = header_bytes, ""

    @property
    def target(self) -> str:
        """Path and query as one text."""
        return f"{self.path}?{self.query}" if self.query else self.path


def read_request(scope: Scope) -> Request:
    """The request that an ASGI scope describes."""
    headers, doubled, size = read_headers(scope["headers"])
    raw_path = scope.get("raw_path")
    path: str = raw_path.decode("ascii", "replace") if raw_path else scope["path"]
    query = scope["query_string"]
    return Request(scope["method"], path, query.decode("ascii", "replace") if query else "", headers, doubled, size)


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None when it is longer than `limit` bytes; a longer one is not read to its end."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        return None
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] != "http.request":
        return b""
    if not message.get("more_body"):
        return body if len(body) <= limit else None
    chunks = [body]
    size = len(body)
    while size <= limit and message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            return b""
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
    return b"".join(chunks) if size <= limit else None
