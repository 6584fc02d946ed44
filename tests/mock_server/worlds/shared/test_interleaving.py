"""Worlds never see each other either where two processes serve them: each request goes to the other one."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.shared import server as server_module
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
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


@pytest.mark.slow
def test_five_hundred_interleavings_of_two_processes(build: Build) -> None:
    """
    The same over as many examples as a fault that is seldom met needs.
    """
    tally = interleave(500, build=build)

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
