"""Real servers on loopback, in a thread of the test process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.http.protocol import MockProtocol
from mock_server.reply import Behaviour, Call, Refusal, Reply
from mock_server.worlds.seeding import seed_records
from specs import Contract, load_contract
from specs.source import FIXTURES

Change = Callable[[Contract], Contract]


@contextmanager
def serving(app: Any, certificate: Path | None = None) -> Iterator[str]:
    """The address of a server that runs this ASGI app; with TLS where a file with key and certificate is given."""
    config = uvicorn.Config(
        app,
        port=0,
        http=MockProtocol,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=certificate,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def mock_app(
    api: str, behaviours: Mapping[str, Behaviour] | None = None, change: Change = lambda contract: contract
) -> Any:
    """The mock of one API, with single behaviours replaced or its contract changed behind the harness's back."""
    contract = load_contract(api)
    seed = seed_records(contract, FIXTURES)
    return build_app([change(contract)], {api: {**BEHAVIOURS[api], **(behaviours or {})}}, {api: seed})


def with_reply(behaviour: Behaviour, alter: Callable[[Reply], Reply]) -> Behaviour:
    """The same behaviour with every success altered before it is represented and stored."""

    def act(call: Call) -> Reply | Refusal:
        outcome = behaviour.act(call)
        return alter(outcome) if isinstance(outcome, Reply) else outcome

    return replace(behaviour, act=act)


def with_bytes(app: Any, old: bytes, new: bytes) -> Any:
    """The same app with a piece of every body replaced on its way out."""

    async def replacing(scope: Any, receive: Any, send: Any) -> None:
        started: dict[str, Any] = {}

        async def altered(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
                return
            body = message.get("body", b"").replace(old, new)
            if started:
                headers = [pair for pair in started["headers"] if pair[0] != b"content-length"]
                await send({**started, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
                started.clear()
            await send({**message, "body": body})

        # HEAD has no body to replace anything in.
        altering_it = scope["type"] == "http" and scope["method"] != "HEAD"
        await app(scope, receive, altered if altering_it else send)

    return replacing


def echoing_accept(app: Any) -> Any:
    """The same app with the type that the client accepts written over the answer's own."""

    async def echoing(scope: Any, receive: Any, send: Any) -> None:
        accept = dict(scope.get("headers", ())).get(b"accept")

        async def altered(message: Any) -> None:
            if message["type"] == "http.response.start" and accept == b"image/png":
                headers = [pair for pair in message["headers"] if pair[0] != b"content-type"]
                message = {**message, "headers": [*headers, (b"content-type", accept)]}
            await send(message)

        await app(scope, receive, altered)

    return echoing


Headers = list[tuple[bytes, bytes]]


def altering(
    app: Any,
    request: Callable[[dict[str, Any]], dict[str, Any]] = lambda scope: scope,
    answer: Callable[[dict[str, Any], int, Headers], tuple[int, Headers]] = lambda scope, status, headers: (
        status,
        headers,
    ),
) -> Any:
    """The same app with each request altered on its way in, and status and headers of each answer on their way out."""

    async def served(scope: Any, receive: Any, send: Any) -> None:
        async def altered(message: Any) -> None:
            if message["type"] == "http.response.start":
                status, headers = answer(scope, message["status"], list(message["headers"]))
                message = {**message, "status": status, "headers": headers}
            await send(message)

        is_http = scope["type"] == "http"
        await app(request(dict(scope)) if is_http else scope, receive, altered if is_http else send)

    return served


def with_header(headers: Headers, name: bytes, value: bytes) -> Headers:
    """The headers with one of them replaced or added."""
    return [*(pair for pair in headers if pair[0].lower() != name), (name, value)]
