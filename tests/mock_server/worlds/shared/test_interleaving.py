"""Worlds never see each other either where two processes serve them: each request goes to the other one."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.shared import server as server_module
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
from tests.mock_server.direct_connection import read_answers, request_bytes
from tests.mock_server.worlds.test_interleaving import Build, fresh_app, interleave
from tests.redis_server import RedisServer, redis_server


class SeveralProcesses:
    """
    An app whose requests go to several mocks in turn, as a balancer sends them; they have nothing but Redis in common.

    The mocks live in a loop of their own, because a client of the tests has one for each request.
    """

    def __init__(self, server: RedisServer, loop: asyncio.AbstractEventLoop, count: int = 2) -> None:
        self._loop, self._stores = loop, list[SharedWorldStore]()
        apps = [fresh_app(partial(self._store, server.address)) for _ in range(count)]
        self._next = itertools.cycle(apps)

    def _store(self, address: str, seeds: Mapping[str, Records], clock: Clock) -> SharedWorldStore:
        store = SharedWorldStore(seeds, clock)
        Transactions(store, Server(address), b"interleaving")
        self._stores.append(store)
        return store

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        answered = next(self._next)(scope, receive, send)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answered, self._loop))

    def learn_script(self) -> None:
        """Have the script loaded anew."""
        for store in self._stores:
            assert isinstance(store.runner, Transactions) and isinstance(store.runner._server, Server)
            store.runner._server._sha = ""

    def close(self) -> None:
        """Close the connections."""
        for store in self._stores:
            asyncio.run_coroutine_threadsafe(store.close(), self._loop).result(10)


@pytest.fixture(scope="module")
def build() -> Iterator[Build]:
    """What empties the worlds of two mocks."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with redis_server() as server:
        found = SeveralProcesses(server, loop)

        def emptied() -> SeveralProcesses:
            # The processes go on with mirrors of what is no more, which they have to notice.
            server.command("FLUSHALL")
            return found

        try:
            yield emptied
        finally:
            found.close()
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


def test_worlds_of_two_processes_never_see_each_other(build: Build) -> None:
    """
    Each world answers as it would alone in one mock with nothing beside it, whatever process takes each request.
    """
    tally = interleave(4, build=build, derandomize=True, phases=[Phase.generate])

    assert sum(tally.values()) > 50


class Balancer:
    """An app that sends each request to the next of several ports, by a connection of its own."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._next = itertools.cycle(ports)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        port, chunks, more = next(self._next), list[bytes](), True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        pieces = request_bytes(scope["method"], target.decode(), [*lines, ("connection", "close")], [b"".join(chunks)])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.writelines(pieces)
        written = await reader.read()
        writer.close()
        await writer.wait_closed()
        [(status, headers, body)] = read_answers(written, scope["method"])
        kept = [(name, value) for name, value in headers if name not in ("connection", "date")]
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept]
        await send({"type": "http.response.start", "status": status, "headers": encoded})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def one_process(server: RedisServer, port_file: Path) -> Iterator[int]:
    """The port of a mock in a process of its own."""
    command = [sys.executable, "-m", "tests.mock_server.worlds.shared.one_process", server.address, str(port_file)]
    process = subprocess.Popen(command)
    try:
        deadline = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text()):
            assert process.poll() is None and time.monotonic() < deadline, "the mock did not start"
            time.sleep(0.05)
        yield int(port_file.read_text())
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def separate(tmp_path: Path) -> Iterator[Build]:
    """What empties the worlds of two mocks that are processes of their own."""
    with (
        redis_server() as server,
        one_process(server, tmp_path / "1") as one,
        one_process(server, tmp_path / "2") as two,
    ):

        def emptied() -> Balancer:
            server.command("FLUSHALL")
            return Balancer([one, two])

        yield emptied


def test_worlds_of_separate_processes_never_see_each_other(separate: Build) -> None:
    """
    The same by HTTP, with two processes of the operating system.
    """
    tally = interleave(4, build=separate, derandomize=True, phases=[Phase.generate])

    assert sum(tally.values()) > 50


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["build", "separate"])
def test_five_hundred_interleavings_of_two_processes(processes: str, request: pytest.FixtureRequest) -> None:
    """
    The same over as many examples as a fault that is seldom met needs.
    """
    tally = interleave(500, build=request.getfixturevalue(processes))

    assert all(tally[api, f"accepted write by {way}"] for api in ("aicc", "egain") for way in ("header", "prefix"))


def test_machine_notices_mirrors_that_do_not_catch_up(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A script that takes every transaction for one that fits lets processes answer from the past.
    """
    broken = server_module.TEXT.replace("~= worlds[i].stamp then fits = false", "~= worlds[i].stamp then fits = true")
    several = build()
    several.learn_script()
    with monkeypatch.context() as patched, pytest.raises(AssertionError):
        patched.setattr(server_module, "TEXT", broken)
        interleave(50, build=build, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)
    several.learn_script()
