"""ASGI's dictionaries as requests and bodies, and answers as ASGI wants them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableMapping, Sequence
from typing import Any

from mock_server.operations.request import Request, read_headers

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]

HeaderLines = Sequence[tuple[bytes, bytes]]
"""Headers as ASGI has them."""


def encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Headers of an answer as ASGI wants them."""
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def read_request(scope: Scope, *, breakable: bool = False) -> Request:
    """The request that an ASGI scope describes."""
    headers, doubled, size = read_headers(scope["headers"])
    raw_path = scope.get("raw_path")
    path: str = raw_path.decode("ascii", "replace") if raw_path else scope["path"]
    query = scope["query_string"]
    text = query.decode("ascii", "replace") if query else ""
    return Request(scope["method"], path, text, headers, doubled, size, breakable)


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None when it is longer than `limit` bytes; a longer one is not read to its end."""
    if is_declared_longer(headers, limit):
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


def is_declared_longer(headers: Mapping[str, str], limit: int) -> bool:
    """Whether the headers of a request declare a body of more than `limit` bytes."""
    declared = headers.get("content-length", "")
    return declared.isdecimal() and int(declared) > limit


async def send_answer(
    send: Send, method: str, status: int, headers: HeaderLines, body: bytes, *, with_length: bool = True
) -> None:
    """Send a whole answer, without its body where the request was HEAD."""
    lines = [*headers, (b"content-length", b"%d" % len(body))] if with_length else headers
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
