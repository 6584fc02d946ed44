"""Two processes' worth of shared worlds in one test: a store and its transactions each, on one Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from rpds import HashTrieMap

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actor, Actors, Change, Record, Records
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
from mock_server.worlds.store import World
from tests.redis_server import RedisServer

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def small_seed() -> Mapping[str, Records]:
    """Two cases and an actor."""
    cases: Mapping[str, Record] = {"1": {"id": "1", "title": "one"}, "2": {"id": "2", "title": "two"}}
    actors = Actors({"agent": Actor("agent", {"role": "agent"}, {"token": "secret"})})
    return {"api": Records({"cases": HashTrieMap(cases), "notes": HashTrieMap()}, actors)}


class Process:
    """What one process of several has of the worlds."""

    def __init__(self, address: str, about: bytes = b"test", **options: Any) -> None:
        self.store = SharedWorldStore(small_seed(), Clock(NOON), **options)
        self.server = Server(address)
        self.transactions = Transactions(self.store, self.server, about)

    async def run(self, act: Callable[[SharedWorldStore], Any]) -> Any:
        """Carry out an act on the store."""
        return await self.transactions.run(lambda: act(self.store))

    async def write(self, world: str, id: str, record: Record | None, collection: str = "cases") -> None:
        """Put a record."""
        await self.run(lambda store: made(store, world).records["api"].commit([Change(collection, id, record)]))

    async def read(self, world: str, id: str, collection: str = "cases") -> Record | None:
        """A record."""
        found: Record | None = await self.run(lambda store: made(store, world).records["api"].find(collection, id))
        return found


def made(store: SharedWorldStore, name: str) -> World:
    """The world of a request that names it."""
    world = store.world(name)
    assert world is not None
    return world


@asynccontextmanager
async def processes(server: RedisServer, count: int = 2, **options: Any) -> AsyncIterator[list[Process]]:
    """So many processes that share worlds."""
    found = [Process(server.address, **options) for _ in range(count)]
    try:
        yield found
    finally:
        for process in found:
            await process.transactions.close()
