"""
Answers are sent together at the end of a turn of the event loop.

Sending wakes whoever waits for it, which takes about as long as making an answer: a client with several connections is
woken for each answer that is sent at once, and sleeps again before the next one. So what all connections of a server
write in one turn is collected, and sent when everything that had come in has been answered. Nothing waits longer than
that.
"""

from __future__ import annotations

import asyncio
from typing import Any

_MOST = 65_536
"""Bytes that are collected for one connection; beyond, they are sent at once, and the client has to read them."""


class Outbox:
    """The connections of one server that have something to send."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[CollectingTransport] = []

    def add(self, transport: CollectingTransport) -> None:
        """Have a connection send what it has at the end of this turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._send)
        self._waiting.append(transport)

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            transport.flush()


class CollectingTransport(asyncio.Transport):
    """A transport whose writes wait in an outbox; whatever else is done to it, they come first."""

    __slots__ = ("_collected", "_outbox", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, outbox: Outbox) -> None:
        super().__init__()
        self._transport, self._outbox = transport, outbox
        self._collected: list[Any] = []
        self._size = 0

    def write(self, data: Any) -> None:
        """Send these bytes, behind those that wait."""
        if not self._collected:
            self._outbox.add(self)
        self._collected.append(data)
        self._size += len(data)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send what waits now."""
        collected = self._collected
        if not collected:
            return
        self._collected, self._size = [], 0
        if not self._transport.is_closing():
            self._transport.write(collected[0] if len(collected) == 1 else b"".join(collected))

    def close(self) -> None:
        """End the connection behind what waits."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """End it at once; what waits is lost."""
        self._collected = []
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read no more."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection."""
        return self._transport.get_extra_info(name, default)
