"""What load tests have in common: requests to numbered worlds, their counters, and a connection that carries them."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

JSON = "Content-Type: application/json"
AICC = "access-token: aicc-operator-token-0001"
AGENT = "Authorization: Bearer egain-agent-token-0001"
ONLYOFFICE = "Authorization: oo-admin-token-0001"
R7 = "Authorization: r7-admin-token-0001"
LAST_MODIFIED = re.compile(rb'"lastModified":"([^"]+)"')
SUBJECT = re.compile(rb'"subject":"(\d+)"')


@dataclass(frozen=True, slots=True)
class World:
    """A world by its number: the even ones are named by the header, the odd ones by the prefix."""

    number: int

    def request(self, method: str, path: str, *headers: str, body: str = "") -> bytes:
        """The bytes of a request to this world."""
        lines = ["Host: 127.0.0.1", *headers]
        if self.number % 2:
            path = f"/~soak-{self.number}{path}"
        else:
            lines.append(f"X-Casepact-World: soak-{self.number}")
        if body:
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "", body]).encode()


def read_counter(world: World) -> bytes:
    """The request that reads a counter: the subject of a case of eGain."""
    return world.request("GET", "/egain/core/casemgr/v3/case/1013", AGENT)


def count_up(world: World, value: int, last_modified: str) -> bytes:
    """The request that sets a counter, refused when somebody else has set it since it was read."""
    body = f'{{"id":"1013","lastModified":"{last_modified}","subject":"{value}"}}'
    return world.request("PATCH", "/egain/core/casemgr/v3/case", AGENT, JSON, body=body)


class Connection(asyncio.Protocol):
    """A keep-alive connection that carries one request at a time."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.gone = asyncio.Event()
        self._received = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: Any) -> None:
        """Keep the transport to write to."""
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits that there will be no answer."""
        self.gone.set()
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"the mock closed the connection: {exc}"))

    def data_received(self, data: bytes) -> None:
        """Hand on an answer once it is complete."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or self._answer is None or self._answer.done():
            return
        announced = head.find(b"\ncontent-length:")
        length = int(head[announced + 16 :].partition(b"\r")[0]) if announced >= 0 else 0
        if len(body) >= length:
            self._received = b""
            self._answer.set_result((int(head[9:12]), body))

    async def close(self) -> None:
        """Close the connection and wait until it is."""
        self.transport.close()
        await self.gone.wait()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; raises `ConnectionError` when none comes."""
        if self.transport.is_closing():
            raise ConnectionError("the mock closed the connection")
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer
