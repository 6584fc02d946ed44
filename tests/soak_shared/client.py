"""A process that writes, reads and compares."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe

from tests.load import LAST_MODIFIED, SUBJECT, Connection, World, count_up, read_counter
from tests.soak_shared.model import Known, parts

TASKS = 4
"""Connections to each mock that a process uses at the same time, each with parts of its own."""
PATIENCE = 30.0
"""Seconds to wait for an answer, and for a mock that does not listen."""
_HOT = 0.25
"""Seconds for which a world is the one that all clients write to."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a client process does: through which ports, in how many worlds, until which moment of `time.monotonic`."""

    process: int
    processes: int
    ports: tuple[int, ...]
    worlds: int
    until: float
    seed: int


@dataclass(slots=True)
class Seen:
    """What clients saw, so far or in the end; `counted` and `doubted` are by the number of the world."""

    acknowledged: int = 0
    unanswered: int = 0
    unavailable: int = 0
    conflicts: int = 0
    requests: int = 0
    slowest: float = 0.0
    lost: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    counted: Counter[int] = field(default_factory=Counter)
    doubted: Counter[int] = field(default_factory=Counter)
    worlds: set[int] = field(default_factory=set)

    def add(self, other: Seen) -> None:
        """Add what another client saw."""
        self.acknowledged += other.acknowledged
        self.unanswered += other.unanswered
        self.unavailable += other.unavailable
        self.conflicts += other.conflicts
        self.requests += other.requests
        self.slowest = max(self.slowest, other.slowest)
        self.lost += other.lost
        self.errors += other.errors
        self.counted += other.counted
        self.doubted += other.doubted
        self.worlds |= other.worlds


def work(load: Load, pipe: Pipe) -> None:
    """Work until it is time; `pipe` gets a `Seen` every second, and at the end one that is final."""
    pipe.send(asyncio.run(_work(load, pipe)))
    pipe.close()


async def read_counts(ports: Sequence[int], worlds: int) -> dict[int, list[int]]:
    """What the counter of each world shows, by its number, through each of the ports."""
    asker = _Asker(ports, random.Random(0), Seen())
    found: dict[int, list[int]] = {}
    for number in range(worlds):
        bodies = [(await asker.certain(port, read_counter(World(number)))) for port in ports]
        found[number] = [_shown(body) for body in bodies]
    await asker.close()
    return found


async def _work(load: Load, pipe: Pipe) -> Seen:
    seen = Seen()
    owners = load.processes * TASKS
    clients = []
    for task in range(TASKS):
        owner = load.process * TASKS + task
        own = {number: [Known(part) for part in parts(World(number), owners)[owner]] for number in range(load.worlds)}
        clients.append(_Client(load, own, random.Random(f"{load.seed} {owner}"), seen))

    async def report() -> None:
        while True:
            await asyncio.sleep(1)
            pipe.send(seen)

    reporting = asyncio.create_task(report())
    await asyncio.gather(*(client.run() for client in clients))
    reporting.cancel()
    return seen


class _Asker:
    """Keep-alive connections to some mocks, opened again when they are lost."""

    def __init__(self, ports: Sequence[int], chance: random.Random, seen: Seen) -> None:
        self.ports, self.chance, self.seen = ports, chance, seen
        self._connections: dict[int, Connection] = {}

    async def ask(self, port: int, request: bytes) -> tuple[int, bytes]:
        """
        Status and body of an answer.

        Raises `ConnectionRefusedError` where nothing was sent, `ConnectionError` where no answer came.
        """
        connection = self._connections.get(port)
        if connection is None or connection.transport.is_closing():
            try:
                _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
            except OSError as error:
                raise ConnectionRefusedError(str(error)) from None
            self._connections[port] = connection
        started = time.monotonic()
        try:
            status, body = await asyncio.wait_for(connection.ask(request), PATIENCE)
        except TimeoutError:
            connection.transport.abort()
            self.seen.errors.append(f"no answer within {PATIENCE:g} s to {request[:200]!r}")
            raise ConnectionError("no answer") from None
        self.seen.requests += 1
        self.seen.slowest = max(self.seen.slowest, time.monotonic() - started)
        return status, body

    async def certain(self, port: int, request: bytes) -> bytes:
        """The body of a read, asked again until it succeeds, of another mock where this one does not answer."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                status, body = await self.ask(port, request)
            except ConnectionError:
                port = self.chance.choice(self.ports)
            else:
                if status == 200:
                    return body
                self.unexpected(request, status, body)
            await asyncio.sleep(0.05)
        raise RuntimeError(f"nothing answers {request[:200]!r} within {PATIENCE:g} s")

    def unexpected(self, request: bytes, status: int, body: bytes) -> None:
        """Count a mock that is not available, note any other answer that was not due."""
        if status == 503:
            self.seen.unavailable += 1
        else:
            self.seen.errors.append(f"{request!r}: {status} {body[:300]!r}")

    async def close(self) -> None:
        """Close every connection."""
        for connection in self._connections.values():
            await connection.close()


class _Client(_Asker):
    """One of the writers of a process, with the parts that it alone writes."""

    def __init__(self, load: Load, own: dict[int, list[Known]], chance: random.Random, seen: Seen) -> None:
        super().__init__(load.ports, chance, seen)
        self.load, self.own = load, own

    async def run(self) -> None:
        """Write until it is time, then read everything through each mock."""
        while time.monotonic() < self.load.until and len(self.seen.errors) + len(self.seen.lost) < 20:
            number = self.world()
            await self.write(self.chance.choice(self.own[number]))
            if self.chance.random() < 0.3:
                await self.count(World(number))
        for all_known in self.own.values():
            for known in all_known:
                for port in self.ports:
                    await self.compare(known, port)
        await self.close()

    def world(self) -> int:
        """Any world, or half of the time the one that everybody writes to now."""
        if self.chance.random() < 0.5:
            return int(time.monotonic() / _HOT) % self.load.worlds
        return self.chance.randrange(self.load.worlds)

    async def write(self, known: Known) -> None:
        """Write a part through one mock, and mostly read it, through the same one or another."""
        value = known.next_value()
        request, due = known.part.write(value)
        try:
            status, body = await self.ask(self.chance.choice(self.ports), request)
        except ConnectionRefusedError:
            await asyncio.sleep(0.02)
            return
        except ConnectionError:
            self.seen.unanswered += 1
            known.doubt(value)
        else:
            if status == due:
                self.seen.acknowledged += 1
                self.seen.worlds.add(known.part.world.number)
                known.acknowledge(value)
            else:
                self.unexpected(request, status, body)
                known.doubt(value)
                await asyncio.sleep(0.1)
        if self.chance.random() < 0.7:
            await self.compare(known, self.chance.choice(self.ports))

    async def compare(self, known: Known, port: int) -> None:
        """Note a lost update where a part does not show what was written."""
        wrong = known.compare(await self.certain(port, known.part.read()))
        if wrong:
            self.seen.lost.append(wrong)

    async def count(self, world: World) -> None:
        """Count the counter of a world up by one; tried again when somebody else has counted in between."""
        while True:
            body = await self.certain(self.chance.choice(self.ports), read_counter(world))
            modified = LAST_MODIFIED.search(body)
            assert modified is not None, "every case shows when it was modified"
            request = count_up(world, _shown(body) + 1, modified[1].decode())
            try:
                status, text = await self.ask(self.chance.choice(self.ports), request)
            except ConnectionRefusedError:
                continue
            except ConnectionError:
                self.seen.unanswered += 1
                self.seen.doubted[world.number] += 1
                return
            if status == 204:
                self.seen.acknowledged += 1
                self.seen.counted[world.number] += 1
                return
            if status != 409:
                self.unexpected(request, status, text)
                self.seen.doubted[world.number] += 1
                await asyncio.sleep(0.1)
                return
            self.seen.conflicts += 1


def _shown(body: bytes) -> int:
    """The number that a counter shows; 0 for one that nobody has counted up."""
    found = SUBJECT.search(body)
    return int(found[1]) if found else 0
