"""A client that sends exactly what a test says: doubled headers, bodies in pieces, paths as they stand."""

from __future__ import annotations

import asyncio
import json as json_text
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from mock_server.http.app import MockApp
from mock_server.worlds.records import Record
from mock_server.worlds.store import DEFAULT
from tests.mock_server.direct_connection import exchange

Header = tuple[str, str]
Snapshot = dict[str, dict[str, dict[str, Record]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: tuple[Header, ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return dict(reversed(self.headers)).get(name)

    def json(self) -> Any:
        """The body as a JSON value."""
        return json_text.loads(self.body)


@dataclass(frozen=True, slots=True)
class Client:
    """
    Calls a mock in this process by one of its transports, "direct" or "asgi".

    `prefix` comes before each path, `headers` are in each request.
    """

    app: MockApp
    prefix: str = ""
    headers: tuple[Header, ...] = ()
    world: str = DEFAULT
    transport: str = "direct"

    def under(self, prefix: str) -> Client:
        """The same client with another prefix."""
        return replace(self, prefix=prefix)

    def with_headers(self, *headers: Header) -> Client:
        """The same client with these in place of its own headers of the same names."""
        names = {name for name, _ in headers}
        return replace(self, headers=(*(pair for pair in self.headers if pair[0] not in names), *headers))

    def without(self, *names: str) -> Client:
        """The same client without the headers of these names."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0] not in names))

    def in_world(self, name: str) -> Client:
        """The same client in the world that a header names."""
        return replace(self.with_headers(("x-casepact-world", name)), world=name)

    def by_asgi(self) -> Client:
        """The same client by the transport of ASGI."""
        return replace(self, transport="asgi")

    def get(self, path: str) -> Answer:
        """GET without a body."""
        return self.send("GET", path)

    def post(self, path: str, value: Any) -> Answer:
        """POST of a JSON value."""
        return self.send("POST", path, (("content-type", "application/json"),), json_text.dumps(value).encode())

    def send(
        self, method: str, path: str, headers: Sequence[Header] = (), body: bytes | Sequence[bytes] = b""
    ) -> Answer:
        """One request with `headers` beside those of the client; a sequence of bodies is sent in so many pieces."""
        chunks = [body] if isinstance(body, bytes) else [*body]
        return asyncio.run(self._exchange(method, self.prefix + path, (*self.headers, *headers), chunks))

    def snapshot(self) -> Snapshot:
        """Every record of this client's world and of the default one, by API."""
        return {
            f"{name} {api}": records.snapshot()
            for name in (self.world, DEFAULT)
            for api, records in self.app.path.worlds.world(name).records.items()
        }

    async def _exchange(self, method: str, target: str, headers: Sequence[Header], chunks: list[bytes]) -> Answer:
        if self.transport == "direct":
            status, lines, body = await exchange(self.app, method, target, headers, chunks)
            return Answer(status, tuple(lines), body)
        path, _, query = target.partition("?")
        pending = [
            {"type": "http.request", "body": chunk, "more_body": index < len(chunks) - 1}
            for index, chunk in enumerate(chunks)
        ]
        sent: list[Any] = []

        async def receive() -> Any:
            return pending.pop(0) if pending else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "method": method,
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
        }
        try:
            await self.app(scope, receive, send)
        except Exception:
            # Starlette raises again what it has answered with 500; a server only logs it then.
            if not sent:
                raise
        start, *rest = sent
        return Answer(
            start["status"],
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]),
            b"".join(message.get("body", b"") for message in rest),
        )
