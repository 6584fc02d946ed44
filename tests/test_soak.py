"""
A mock under full load for minutes: no error, no lost update, flat memory.

Clients on keep-alive connections read, modify and write records of 200 worlds. Each record has one writer, who checks
that it reads what it wrote last; the records of one world have different writers. The cases of eGain are counters that
all clients count up, each with the `lastModified` that it read: what two of them count at once must not be lost.

CASEPACT_SOAK_SECONDS says how long the slow run takes, 600 unless said.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from statistics import mean
from typing import Any, Protocol

import pytest

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.seeding import seed_records
from specs import apis, load_contract
from specs.source import FIXTURES
from tests.load import AICC, JSON, LAST_MODIFIED, ONLYOFFICE, R7, SUBJECT, Connection, World, count_up, read_counter
from tests.mocks import mock_process
from tests.servers import serving

SECONDS = float(os.environ.get("CASEPACT_SOAK_SECONDS", "600"))
WORLDS = 200
CLIENTS = 16
WARM_UP = 20_000
"""Requests until the journals of every world and the book of refusals are full."""
MOST_GROWTH = 8_192
"""kB that the mock may hold more at the end than after its warm-up, however long the run."""

# What a client sends


class Cell(Protocol):
    """A record with one writer."""

    @property
    def world(self) -> World:
        """Where it is."""

    def read(self) -> bytes:
        """The request that reads it."""

    def write(self, number: int) -> bytes:
        """The request that writes a value which no other write has."""

    def shown(self, number: int) -> bytes:
        """What an answer holds when the write of this number is the last one."""


@dataclass(frozen=True, slots=True)
class AiccTitle:
    """The title of a case of AICC."""

    world: World
    id: str

    def read(self) -> bytes:
        """GET of the case."""
        return self.world.request("GET", f"/aicc/service/AICC__Case/1.0.0/openapi/case/{self.id}", AICC)

    def write(self, number: int) -> bytes:
        """POST of a change."""
        body = f'{{"caseInfo":{{"id":"{self.id}","title":"t{number}","description":"d","creatorId":"c"}}}}'
        return self.world.request("POST", "/aicc/service/AICC__Case/1.0.0/openapi/case/modify", AICC, JSON, body=body)

    def shown(self, number: int) -> bytes:
        """The title as a member."""
        return b'"title":"t%d"' % number


@dataclass(frozen=True, slots=True)
class OnlyofficeTitle:
    """The title of a case of ONLYOFFICE."""

    world: World
    id: int

    def read(self) -> bytes:
        """GET of the case."""
        return self.world.request("GET", f"/onlyoffice/api/2.0/crm/case/{self.id}", ONLYOFFICE)

    def write(self, number: int) -> bytes:
        """PUT of the title."""
        body = f'{{"title":"t{number}"}}'
        return self.world.request("PUT", f"/onlyoffice/api/2.0/crm/case/{self.id}", ONLYOFFICE, JSON, body=body)

    def shown(self, number: int) -> bytes:
        """The title as a member."""
        return b'"Title":"t%d"' % number


@dataclass(frozen=True, slots=True)
class R7State:
    """Whether a case of R7-Office is closed: it is after an odd write."""

    world: World
    id: int

    def read(self) -> bytes:
        """GET of the case."""
        return self.world.request("GET", f"/r7office/api/2.0/crm/case/{self.id}", R7)

    def write(self, number: int) -> bytes:
        """PUT to close or to reopen."""
        state = "close" if number % 2 else "reopen"
        return self.world.request("PUT", f"/r7office/api/2.0/crm/case/{self.id}/{state}", R7)

    def shown(self, number: int) -> bytes:
        """The state as a member."""
        return b'"isClosed":true' if number % 2 else b'"isClosed":false'


def cells(world: World) -> list[Cell]:
    """The records of a world that have one writer each."""
    return [
        AiccTitle(world, "c6m800000142mS63Voa8"),
        AiccTitle(world, "c6m800000147rF58Yqd2"),
        OnlyofficeTitle(world, 1234),
        OnlyofficeTitle(world, 1235),
        R7State(world, 1234),
        R7State(world, 1235),
    ]


def refused(world: World) -> bytes:
    """A write without a title."""
    body = '{"caseInfo":{"id":"c6m800000142mS63Voa8","description":"never","creatorId":"c"}}'
    return world.request("POST", "/aicc/service/AICC__Case/1.0.0/openapi/case/modify", AICC, JSON, body=body)


# Clients


@dataclass(slots=True)
class Soak:
    """What the clients saw."""

    statuses: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    counted: Counter[World] = field(default_factory=Counter)
    contended: int = 0
    worlds: set[World] = field(default_factory=set)
    memory: list[tuple[int, int]] = field(default_factory=list)
    seconds: float = 0.0
    own_processor: float = 0.0
    mocks_processor: float = 0.0

    @property
    def requests(self) -> int:
        """How many were answered."""
        return self.statuses.total()

    def summary(self) -> str:
        """The run in one line."""
        warm = after_warm_up(self.memory)
        return (
            f"{self.requests} requests in {self.seconds:.0f} s ({self.requests / self.seconds:.0f}/s), "
            f"{self.counted.total()} counted up with {self.contended} refused as stale, "
            f"{len(self.errors)} errors, {len(self.lost)} lost updates; memory {warm[0]} kB after the warm-up, "
            f"{warm[1]} kB at the end; "
            f"the mock took {self.mocks_processor / self.seconds:.0%} of a core, "
            f"the clients {self.own_processor / self.seconds:.0%}"
        )


class Client:
    """One connection and the records that it alone writes."""

    def __init__(self, number: int, connection: Connection, soak: Soak, own: Sequence[Cell], worlds: Sequence[World]):
        self.number, self.connection, self.soak, self.own, self.worlds = number, connection, soak, own, worlds
        self.written: dict[Cell, int] = {}

    async def work(self, until: Callable[[], bool]) -> None:
        """Until it is time to stop, or the connection is lost: one turn after the other."""
        turn = 0
        try:
            while not until():
                turn += 1
                await self.take_turn(turn)
        except ConnectionError as error:
            self.soak.errors.append(f"client {self.number}: {error}")

    async def take_turn(self, turn: int) -> None:
        """Read, modify and write a record; now and then count up, and send what is refused."""
        await self.modify(self.own[turn % len(self.own)], turn * CLIENTS + self.number)
        if turn % 8 == 0:
            await self.count(self.worlds[turn // 8 % len(self.worlds)])
        if turn % 20 == 0:
            await self.ask(refused(self.worlds[turn // 20 % len(self.worlds)]), 400)

    async def modify(self, cell: Cell, number: int) -> None:
        """Check that the record is as it was written last, and write it."""
        await self.check(cell)
        # Odd and even alternate, so that every write changes the state of an R7 case.
        number = number * 2 + (self.written.get(cell, 0) + 1) % 2
        await self.ask(cell.write(number), 200)
        self.written[cell] = number
        self.soak.worlds.add(cell.world)

    async def check(self, cell: Cell) -> None:
        """Note a lost update when the record is not as it was written last."""
        body = await self.ask(cell.read(), 200)
        last = self.written.get(cell)
        if last is not None and cell.shown(last) not in body:
            self.soak.lost.append(f"{cell}: {cell.shown(last)!r} was written, but there is {body[:400]!r}")

    async def check_all(self) -> None:
        """Check every record that this client has written."""
        for cell in self.written:
            await self.check(cell)

    async def count(self, world: World) -> None:
        """Count a counter up by one, again and again until nobody else was faster."""
        while True:
            body = await self.ask(read_counter(world), 200)
            modified, value = LAST_MODIFIED.search(body), SUBJECT.search(body)
            if modified is None:
                return
            body_of = count_up(world, int(value[1]) + 1 if value else 1, modified[1].decode())
            status, text = await self.connection.ask(body_of)
            self.soak.statuses[status] += 1
            if status == 204:
                self.soak.counted[world] += 1
                return
            if status != 409:
                self.soak.errors.append(f"{body_of!r}: {status} {text[:300]!r}")
                return
            self.soak.contended += 1

    async def check_count(self, world: World) -> None:
        """Note a lost update when a counter shows another number than was counted."""
        value = SUBJECT.search(await self.ask(read_counter(world), 200))
        shown = int(value[1]) if value else 0
        if shown != self.soak.counted[world]:
            self.soak.lost.append(f"counter of {world}: {self.soak.counted[world]} were counted, it shows {shown}")

    async def ask(self, request: bytes, due: int) -> bytes:
        """The body of an answer; one of another status than is due is an error."""
        status, body = await self.connection.ask(request)
        self.soak.statuses[status] += 1
        if status != due:
            self.soak.errors.append(f"{request!r}: {status} {body[:300]!r}")
        return body


async def load(port: int, seconds: float, memory: Callable[[], int], worlds: int = WORLDS) -> Soak:
    """Let the clients work for so long; then every record and every counter is checked once more."""
    soak = Soak()
    all_worlds = [World(number) for number in range(worlds)]
    own: list[list[Cell]] = [[] for _ in range(CLIENTS)]
    for world in all_worlds:
        for number, cell in enumerate(cells(world)):
            own[(world.number + number) % CLIENTS].append(cell)
    async with AsyncExitStack() as connections:
        clients = []
        for number in range(CLIENTS):
            _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
            connections.push_async_callback(connection.close)
            clients.append(Client(number, connection, soak, own[number], all_worlds))
        await work(clients, soak, seconds, memory)
        if not soak.errors:
            for client in clients:
                await client.check_all()
            for world in all_worlds:
                await clients[0].check_count(world)
    return soak


async def work(clients: Sequence[Client], soak: Soak, seconds: float, memory: Callable[[], int]) -> None:
    """The clients work at the same time, until the time is over or too much went wrong."""
    started, processor = time.monotonic(), time.process_time()

    def over() -> bool:
        return time.monotonic() - started >= seconds or len(soak.errors) + len(soak.lost) > 20

    async def watch() -> None:
        while not over():
            soak.memory.append((soak.requests, memory()))
            await asyncio.sleep(seconds / 100)

    await asyncio.gather(watch(), *(client.work(over) for client in clients))
    soak.seconds, soak.own_processor = time.monotonic() - started, time.process_time() - processor


def soaked(port: int, seconds: float, memory: Callable[[], int], worlds: int = WORLDS) -> Soak:
    """Run the load in a loop of its own; fails when the mock stops answering."""
    return asyncio.run(asyncio.wait_for(load(port, seconds, memory, worlds), seconds + 60))


def after_warm_up(samples: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """
    The memory after the warm-up of a run and at its end, each over a twentieth of the run.

    `samples` are requests answered so far, and memory in kB. The warm-up is the first fifth of the run, and lasts until
    journals and refusals are full: that takes requests, and a busy machine answers fewer in the same time.
    """
    share = max(1, len(samples) // 20)
    full = next((number for number, (requests, _) in enumerate(samples) if requests >= WARM_UP), len(samples))
    start = min(max(len(samples) // 5, full), len(samples) - 2 * share)
    memory = [kilobytes for _, kilobytes in samples]
    return int(mean(memory[start : start + share])), int(mean(memory[-share:]))


# The mock


@pytest.fixture(scope="module", params=[10.0, pytest.param(SECONDS, marks=pytest.mark.slow)])
def soak(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Soak]:
    """A mock that was under full load for so many seconds."""
    with mock_process(tmp_path_factory.mktemp("soak"), "--quiet") as mock:
        before = mock.processor()
        seen = soaked(mock.port, request.param, mock.memory)
        seen.mocks_processor = mock.processor() - before
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(f"\n{seen.summary()}")
    yield seen


def test_every_answer_under_load_is_the_one_due(soak: Soak) -> None:
    """
    Reads and writes succeed, what is wrong is refused, and nothing fails.
    """
    assert soak.errors == []


def test_no_update_is_lost_under_load(soak: Soak) -> None:
    """
    Every record shows its last write, and every counter as many as were counted.
    """
    assert soak.lost == []


def test_counters_were_contended(soak: Soak) -> None:
    """
    Clients did count at the same time, so that an update could have been lost.
    """
    assert soak.contended > 0


def test_every_world_was_used(soak: Soak) -> None:
    """
    The load was over all 200 worlds.
    """
    assert len(soak.worlds) == WORLDS


def test_memory_stays_flat_under_load(soak: Soak) -> None:
    """
    After its warm-up the mock grows by no more than 8 MiB.
    """
    warm, end = after_warm_up(soak.memory)

    assert end - warm <= MOST_GROWTH


# Mocks that do what none may; the soak has to notice each


class Dropping:
    """Answers every hundredth write without carrying it out."""

    def __init__(self, app: Any) -> None:
        self.app, self.writes = app, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] in ("PUT", "POST"):
            self.writes += 1
            if self.writes % 100 == 0:
                await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
                await send({"type": "http.response.body", "body": b""})
                return
        await self.app(scope, receive, send)


class Failing:
    """Fails now and then."""

    def __init__(self, app: Any) -> None:
        self.app, self.requests = app, 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.requests += 1
        if scope["type"] == "http" and self.requests % 100 == 0:
            raise ValueError("a mistake of ours")
        await self.app(scope, receive, send)


@pytest.fixture
def honest() -> Any:
    """The app of all APIs, in this process."""
    contracts = {api: load_contract(api, with_ledger=False) for api in apis()}
    seeds = {api: seed_records(contract, FIXTURES) for api, contract in contracts.items()}
    return build_app(contracts.values(), BEHAVIOURS, seeds)


def told_of(app: Any) -> Soak:
    """A short soak of an app in this process."""
    with serving(app) as address:
        return soaked(int(address.rpartition(":")[2]), 2.0, lambda: 0, worlds=CLIENTS)


def test_lost_update_is_noticed(honest: Any) -> None:
    """
    A mock that does not store what it says it stored is told.
    """
    assert told_of(Dropping(honest)).lost


def test_failure_is_noticed(honest: Any) -> None:
    """
    A mock that answers 500 now and then is told.
    """
    assert any(": 500 " in error for error in told_of(Failing(honest)).errors)


def test_lost_count_is_noticed(honest: Any) -> None:
    """
    A mock whose eGain takes any `lastModified` loses what two clients count at the same time, and is told.
    """
    contracts = {api: load_contract(api, with_ledger=False) for api in apis()}
    seeds = {api: seed_records(contract, FIXTURES) for api, contract in contracts.items()}
    edit = BEHAVIOURS["egain"]["editCase"]
    careless = replace(edit, rules=tuple(rule for rule in edit.rules if rule.statement != "EGF-21"))
    behaviours = {**BEHAVIOURS, "egain": {**BEHAVIOURS["egain"], "editCase": careless}}

    assert any(lost.startswith("counter") for lost in told_of(build_app(contracts.values(), behaviours, seeds)).lost)


def test_growth_is_noticed() -> None:
    """
    Memory that grows evenly over the run is not flat.
    """
    warm, end = after_warm_up([(1_000 * number, 100_000 + 200 * number) for number in range(100)])

    assert end - warm > MOST_GROWTH
