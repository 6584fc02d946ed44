"""One request as it came, in the form that everything behind the route reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Lines of these headers are one list (RFC 9110 section 5.3).
_LISTS = frozenset({"accept", "prefer"})


# Names that come with nearly every request need not be decoded each time.
_NAMES = {
    name.encode(): name
    for name in (
        *("host", "user-agent", "accept", "accept-encoding", "accept-language", "connection", "content-type"),
        *("content-length", "authorization", "access-token", "cookie", "origin", "referer", "prefer"),
        "x-casepact-world",
    )
}


class Request:
    """
    Method, path, query string and headers of a request.

    `path` is as it was sent, percent-encoded and without the prefix of a world; `headers` are by lower-case name, the
    first value of each; `doubled` names those that came more than once.
    """

    __slots__ = ("doubled", "headers", "method", "path", "query")

    def __init__(
        self, method: str, path: str, query: str, headers: dict[str, str], doubled: Collection[str] = ()
    ) -> None:
        self.method, self.path, self.query, self.headers = method, path, query, headers
        self.doubled: Collection[str] = frozenset(doubled) if doubled else ()

    @property
    def target(self) -> str:
        """Path and query as one text."""
        return f"{self.path}?{self.query}" if self.query else self.path


def read_request(scope: Scope) -> Request:
    """The request that an ASGI scope describes."""
    headers: dict[str, str] = {}
    doubled: list[str] = []
    for key, value in scope["headers"]:
        name = _NAMES.get(key) or key.decode("latin-1")
        if name not in headers:
            headers[name] = value.decode("latin-1")
        elif name in _LISTS:
            headers[name] += f",{value.decode('latin-1')}"
        else:
            doubled.append(name)
    raw_path = scope.get("raw_path")
    path: str = raw_path.decode("ascii", "replace") if raw_path else scope["path"]
    query = scope["query_string"]
    return Request(scope["method"], path, query.decode("ascii", "replace") if query else "", headers, doubled)


async def read_body(headers: dict[str, str], receive: Receive, limit: int) -> bytes | None:
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
