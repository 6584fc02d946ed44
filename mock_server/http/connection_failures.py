"""
Failures below HTTP: what a client gets in place of a whole answer.

The request path decides on a `BrokenAnswer`, which says nothing of a server; `break_answer` carries it out by what the
server can do to a connection. An ASGI server offers that as a `Connection` in the scope: `connection_of` finds it under
`extensions` (ASGI, "Extensions"). Where a server offers none, such a failure is answered with 501.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mock_server.http.asgi_messages import HeaderLines, Receive, Scope, Send, encoded

EXTENSION = "casepact.connection"
LONGEST_SILENCE = 300.0
"""Seconds after which a connection that is never answered is closed."""
KINDS = frozenset({"reset", "empty", "truncated", "timeout"})
"""The failures that need a `Connection`."""


class Connection(Protocol):
    """The connection of one client. After `reset` and `close` the client's end shows as ASGI's `http.disconnect`."""

    def reset(self) -> None:
        """End it at once, by a TCP reset where there is TCP; what is not sent yet is lost."""

    def close(self) -> None:
        """End it after what was sent."""

    async def stopping(self) -> None:
        """Return when the server begins to stop."""


@dataclass(frozen=True, slots=True)
class BrokenAnswer:
    """
    A failure that a client gets instead of an answer, one of `KINDS`.

    The rest is the answer of which a part is sent, with "truncated".
    """

    kind: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def sent(self) -> bytes:
        """The part of the body that is sent: its first half."""
        return self.body[: len(self.body) // 2]


def connection_of(scope: Scope) -> Connection | None:
    """What the server of an ASGI app can do to the connection of a request; None where it offers nothing."""
    offered = scope.get("extensions") or {}
    found: Connection | None = offered.get(EXTENSION, {}).get("connection")
    return found


async def break_answer(
    broken: BrokenAnswer, connection: Connection, receive: Receive, send: Send, before: HeaderLines = ()
) -> None:
    """Let the client have the failure, `before` being headers that come first; returns when its connection is gone."""
    if broken.kind == "timeout":
        await _silence(connection, receive)
    elif broken.kind == "truncated":
        lines = [*before, *encoded(broken.headers), (b"content-length", b"%d" % len(broken.body))]
        await send({"type": "http.response.start", "status": broken.status, "headers": lines})
        await send({"type": "http.response.body", "body": broken.sent, "more_body": True})
    if broken.kind == "reset":
        connection.reset()
    else:
        connection.close()
    await gone(receive)


async def _silence(connection: Connection, receive: Receive) -> None:
    """Wait until the client is gone, the server stops, or `LONGEST_SILENCE` is over."""
    waiting = [asyncio.ensure_future(gone(receive)), asyncio.ensure_future(connection.stopping())]
    try:
        await asyncio.wait(waiting, timeout=LONGEST_SILENCE, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def gone(receive: Receive) -> None:
    """Read on until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
