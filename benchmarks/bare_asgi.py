"""
An ASGI app that gives one answer, always the same bytes, under the server that `casepact mock` runs under.

What is left between it and the mock is the mock. `python -m benchmarks.bare_asgi ANSWER PORT`: ANSWER is a JSON file
with `status`, `headers` (pairs of name and value) and `body`.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn
import uvloop

from mock_server.serving import server_config

Message = MutableMapping[str, Any]


def bare_app(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]:
    """The app: it reads the whole request body, as any server must, and answers."""
    start = {"type": "http.response.start", "status": status, "headers": headers}
    content = {"type": "http.response.body", "body": body}

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            return
        while (await receive()).get("more_body"):
            pass
        await send(start)
        await send(content)

    return app


def listen(port: int) -> socket.socket:
    """A listening socket of 127.0.0.1, as `casepact mock` opens it; 0 is a free port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(2048)
    return listener


def main(answer: Path, port: int) -> None:
    """Serve the answer until stopped."""
    given = json.loads(answer.read_text("utf-8"))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in given["headers"]]
    app = bare_app(given["status"], headers, given["body"].encode("utf-8"))
    uvloop.run(uvicorn.Server(server_config(app)).serve(sockets=[listen(port)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
