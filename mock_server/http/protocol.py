"""How bytes become requests: uvicorn's HTTP/1.1 without what it takes from trailers, and with breakable connections."""

from __future__ import annotations

import asyncio
import socket
import struct

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.http.connection_failures import EXTENSION

_LINGER_NOT = struct.pack("ii", 1, 0)
"""SO_LINGER, on and of no length: closing sends a reset (socket(7))."""


class UvicornConnection:
    """The connection of a protocol of uvicorn's, for simulated failures."""

    __slots__ = ("_stopping", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._stopping: asyncio.Event | None = None

    def reset(self) -> None:
        """End it at once, by a TCP reset where there is TCP; what is not sent yet is lost."""
        found = self._transport.get_extra_info("socket")
        if found is not None and found.family in (socket.AF_INET, socket.AF_INET6):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()

    def close(self) -> None:
        """End it after what was sent."""
        self._transport.close()

    async def stopping(self) -> None:
        """Return when the server begins to stop."""
        if self._stopping is None:
            self._stopping = asyncio.Event()
        await self._stopping.wait()

    def stop(self) -> None:
        """Let who waits for the server to stop go on."""
        if self._stopping is None:
            self._stopping = asyncio.Event()
        self._stopping.set()


class MockProtocol(HttpToolsProtocol):
    """
    uvicorn's protocol, which keeps the fields after a chunked body out of the headers (RFC 9110 section 6.5.1).

    They come to the same list, and a request that is read after its body came would find a credential, or the name of a
    world, that its headers do not have. Each request has the connection among the extensions of its scope.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Offer the connection to the requests that come by it."""
        super().connection_made(transport)
        self._connection = UvicornConnection(transport)
        self._extensions: dict[str, dict[object, object]] = {EXTENSION: {"connection": self._connection}}

    def on_headers_complete(self) -> None:
        """Go on with another list; the request has the one so far."""
        self.scope["extensions"] = self._extensions
        super().on_headers_complete()
        self.headers = []

    def shutdown(self) -> None:
        """The server begins to stop."""
        super().shutdown()
        self._connection.stop()
