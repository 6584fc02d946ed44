"""The direct transport of a mock whose worlds are kept elsewhere: answers come later, all else is as ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from mock_server.http.app import MockApp
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
from tests.mock_server.direct_connection import Connection, read_answers, request_bytes
from tests.mock_server.http.test_direct import JSON, READ, TOKEN, WRITE, statuses, titled
from tests.mock_server.worlds.test_interleaving import fresh_app
from tests.redis_server import RedisServer, redis_server

TRAFFIC = "/_casepact/v1/worlds/default/traffic"


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """The Redis of this module."""
    with redis_server() as found:
        yield found


@pytest.fixture(scope="module")
def app() -> MockApp:
    """A mock whose worlds are in no Redis yet."""
    made: MockApp = fresh_app(SharedWorldStore)
    return made


def run(app: MockApp, server: RedisServer, act: Callable[[Connection], Awaitable[Any]]) -> Any:
    """What becomes of a connection to the mock, whose worlds begin anew."""
    server.command("FLUSHALL")
    store = app.path.worlds
    assert isinstance(store, SharedWorldStore)

    async def connected() -> Any:
        Transactions(store, Server(server.address), b"direct")
        connection = Connection(app)
        try:
            return await act(connection)
        finally:
            connection.drop()
            await store.close()

    return asyncio.run(connected())


def sent(method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> bytes:
    """A request as one piece."""
    return b"".join(request_bytes(method, target, (TOKEN, JSON, *headers), [body]))


async def answered(connection: Connection, *requests: bytes) -> bytes:
    """All that is written to requests that come as one piece."""
    connection.written.clear()
    connection.protocol.data_received(b"".join(requests))
    return await connection.settled()


def test_answers_come_in_the_order_of_their_requests(app: MockApp, server: RedisServer) -> None:
    """
    A read after a write sees it, also where both came before the first was answered.
    """

    async def act(connection: Connection) -> bytes:
        writes = [
            part for text in ("one", "two") for part in (sent("POST", WRITE, body=titled(text)), sent("GET", READ))
        ]
        return await answered(connection, *writes)

    found = read_answers(run(app, server, act))

    assert [status for status, _, _ in found] == [200] * 4
    assert b'"one"' in found[1][2] and b'"two"' in found[3][2]


def test_connection_goes_on_until_it_is_asked_to_end(app: MockApp, server: RedisServer) -> None:
    """
    One after the other, then one that ends it.
    """

    async def act(connection: Connection) -> tuple[list[int], bool, bool]:
        found = [await answered(connection, sent("GET", READ)) for _ in range(3)]
        open_before = not connection.closed
        found.append(await answered(connection, sent("GET", READ, ("connection", "close"))))
        return [status for written in found for status in statuses(bytes(written))], open_before, connection.closed

    assert run(app, server, act) == ([200] * 4, True, True)


def test_head_has_no_body(app: MockApp, server: RedisServer) -> None:
    """
    Though a GET waits behind it.
    """

    async def act(connection: Connection) -> bytes:
        return await answered(connection, sent("HEAD", READ), sent("GET", READ))

    head, _, rest = run(app, server, act).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200") and rest.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("kind", "begins", "whole"),
    [("reset", False, False), ("empty", False, False), ("truncated", True, False), ("status", True, True)],
)
def test_failure_is_simulated(app: MockApp, server: RedisServer, kind: str, begins: bool, whole: bool) -> None:
    """
    Nothing, a part of an answer, or a whole one; the connection ends where it has to.
    """
    settings = f'{{"failures": [{{"kind": "{kind}"}}]}}'.encode()

    async def act(connection: Connection) -> tuple[bytes, bool]:
        await answered(connection, sent("PUT", TRAFFIC, body=settings))
        return bytes(await answered(connection, sent("GET", READ))), connection.closed

    written, closed = run(app, server, act)

    assert (written.startswith(b"HTTP/1.1 "), statuses(written) == [500], closed) == (begins, whole, not whole)


def test_answer_may_be_held_back(app: MockApp, server: RedisServer) -> None:
    """
    As long as the world's settings say.
    """

    async def act(connection: Connection) -> tuple[float, list[int]]:
        await answered(connection, sent("PUT", TRAFFIC, body=b'{"latencyMilliseconds": 200}'))
        started = asyncio.get_running_loop().time()
        written = await answered(connection, sent("GET", READ))
        return asyncio.get_running_loop().time() - started, statuses(bytes(written))

    took, found = run(app, server, act)

    assert took >= 0.2 and found == [200]


def test_client_that_goes_away_is_let_go(app: MockApp, server: RedisServer) -> None:
    """
    Its request is carried out, nothing is written, and nothing waits for it.
    """

    async def act(connection: Connection) -> tuple[bytes, int]:
        connection.protocol.data_received(sent("POST", WRITE, body=titled("gone")))
        connection.drop()
        other = Connection(connection.protocol.config.app)
        try:
            shown = await answered(other, sent("GET", READ))
            return bytes(shown), len(connection.state.tasks)
        finally:
            other.drop()

    shown, tasks = run(app, server, act)

    assert b'"gone"' in shown and tasks == 0


def test_request_that_comes_in_while_the_server_stops_is_answered(app: MockApp, server: RedisServer) -> None:
    """
    As the last one of its connection.
    """

    async def act(connection: Connection) -> tuple[list[int], bool]:
        connection.protocol.data_received(sent("GET", READ))
        connection.protocol.shutdown()
        return statuses(bytes(await connection.settled())), connection.closed

    assert run(app, server, act) == ([200], True)
