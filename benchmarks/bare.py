"""
Apps that give one answer, always the same bytes: what a transport takes without the mock.

Each reads the whole request body, as any server must; each is for one of the interfaces that transports call.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.load import Answer
from mock_server.http.request_path import Outcome, Target
from mock_server.operations.request import Request
from mock_server.worlds.clock import Clock
from mock_server.worlds.store import WorldStore

Message = MutableMapping[str, Any]
_NOWHERE = Target(None, "")


def read_answer(file: Path) -> Answer:
    """The answer that `write_answer` wrote."""
    given = json.loads(file.read_text("utf-8"))
    headers = tuple((name, value) for name, value in given["headers"])
    return Answer(given["status"], headers, given["body"].encode("utf-8"))


def write_answer(answer: Answer, file: Path) -> None:
    """Keep an answer for a server in another process; what states its length is left to that."""
    headers = [(name, value) for name, value in answer.headers if name != "content-length"]
    given = {"status": answer.status, "headers": headers, "body": answer.body.decode("utf-8")}
    file.write_text(json.dumps(given), encoding="utf-8")


def bare_asgi(
    answer: Answer,
) -> Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]:
    """The app for ASGI."""
    length = ("content-length", str(len(answer.body)))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*answer.headers, length)]
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    content = {"type": "http.response.body", "body": answer.body}

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


def bare_rsgi(answer: Answer) -> Callable[[Any, Any], Awaitable[None]]:
    """The app for RSGI."""
    headers = list(answer.headers)

    async def app(scope: Any, protocol: Any) -> None:
        await protocol()
        protocol.response_bytes(answer.status, headers, answer.body)

    return app


class BarePath:
    """The app for the direct transport, in place of the mock's request path."""

    max_body = 2**20

    def __init__(self, answer: Answer) -> None:
        self.worlds = WorldStore({}, Clock())
        headers: Mapping[str, str] = {name: value for name, value in answer.headers if name != "vary"}
        self._answer: Outcome = (answer.status, headers, answer.body)

    def target(self, request: Request) -> Target | None:
        """Every request is for the same."""
        return _NOWHERE

    def answer(self, request: Request, target: Target, body: bytes | None) -> Outcome:
        """The answer; nobody looks at the request."""
        return self._answer


@dataclass(frozen=True, slots=True)
class BareApp:
    """What the direct transport asks for its path."""

    path: BarePath
