"""A connection of the direct transport without a socket."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Sequence
from http.client import BadStatusLine, HTTPResponse, IncompleteRead
from typing import Any, cast

import uvicorn
from uvicorn.server import ServerState

from mock_server.http.direct import DirectProtocol
from mock_server.serving import server_config

WireAnswer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers with their names in lower case, body."""

_configs: dict[int, tuple[Any, uvicorn.Config]] = {}


class Connection(asyncio.Transport):
    """What the server writes, and what becomes of the connection."""

    def __init__(self, app: Any) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = self.reading_paused = False
        self.state = ServerState()
        self.protocol = DirectProtocol(_config(app), self.state, {}, asyncio.get_running_loop())
        self._news = asyncio.Event()
        self.protocol.connection_made(self)

    def write(self, data: Any) -> None:
        """Keep what is sent."""
        if not self.closed:
            self.written += data
            self._news.set()

    def close(self) -> None:
        """End the connection, as the loop does: in its next turn."""
        if not self.closed:
            self.closed = True
            self._news.set()
            asyncio.get_running_loop().call_soon(self.protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self.closed

    def pause_reading(self) -> None:
        """Nothing more is read."""
        self.reading_paused = True

    def resume_reading(self) -> None:
        """Reading goes on."""
        self.reading_paused = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket."""
        return default

    async def settled(self) -> bytes:
        """
        What was written by the time at which each request so far has its answer, or the connection is closed.

        Raises `TimeoutError` after ten seconds.
        """
        deadline = time.monotonic() + 10
        # What was answered in this turn is sent in the next.
        await asyncio.sleep(0)
        while not self.closed and not (self.written and self._is_idle()):
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), 0.02)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise
        return bytes(self.written)

    def drop(self) -> None:
        """The client goes away; no timer is left behind."""
        if not self.closed:
            self.closed = True
            self.protocol.connection_lost(None)

    def _is_idle(self) -> bool:
        cycle = self.protocol.cycle
        return cycle is None or (cycle.response_complete and not self.protocol.pipeline)


def request_bytes(method: str, target: str, headers: Sequence[tuple[str, str]], chunks: Sequence[bytes]) -> list[bytes]:
    """A request as it is sent, in as many pieces as its body has."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    framed = {name.lower() for name, _ in headers} & {"content-length", "transfer-encoding"}
    if len(chunks) == 1 or framed:
        if chunks[0] and not framed:
            lines.append(f"content-length: {len(chunks[0])}")
        bodies = list(chunks)
    else:
        lines.append("transfer-encoding: chunked")
        bodies = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk] + [b"0\r\n\r\n"]
    return ["\r\n".join([*lines, "", ""]).encode("latin-1"), *bodies]


def read_answers(written: bytes, method: str = "GET") -> list[WireAnswer]:
    """All whole answers in what a server wrote to requests of one method."""
    stream = _Stream(written)
    found: list[WireAnswer] = []
    while stream.tell() < len(written):
        response = HTTPResponse(cast(Any, stream), method=method)
        try:
            response.begin()
            body = response.read()
        except (IncompleteRead, BadStatusLine):
            break
        found.append((response.status, [(name.lower(), value) for name, value in response.getheaders()], body))
    return found


async def exchange(
    app: Any, method: str, target: str, headers: Sequence[tuple[str, str]], chunks: Sequence[bytes]
) -> WireAnswer:
    """One request by a connection of its own, and its answer."""
    connection = Connection(app)
    for piece in request_bytes(method, target, headers, chunks):
        connection.protocol.data_received(piece)
    try:
        written = await connection.settled()
        if connection.state.tasks:
            # An app closes its files after its answer.
            await asyncio.wait(connection.state.tasks, timeout=5)
        return read_answers(written, method)[0]
    finally:
        connection.drop()


class _Stream(io.BytesIO):
    """A socket as `HTTPResponse` wants it, from which one answer after the other can be read."""

    def makefile(self, mode: str) -> io.BytesIO:
        return self

    def close(self) -> None:
        """Stay open for the next answer."""


def _config(app: Any) -> uvicorn.Config:
    known = _configs.get(id(app))
    if known is None:
        config = server_config(app)
        config.lifespan_class = None
        config.load()
        known = _configs[id(app)] = (app, config)
    return known[1]
