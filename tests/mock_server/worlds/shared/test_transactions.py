"""Transactions on shared worlds: nothing is lost, nobody sees half of anything, whatever process asks."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from redis.exceptions import ConnectionError

from mock_server.worlds.clock import MACHINE, Clock
from mock_server.worlds.journal import LONGEST_BODY, JournalEntry
from mock_server.worlds.records import Change
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import MOST_TRIES
from mock_server.worlds.shared.wire import LOG_LENGTH
from mock_server.worlds.store import DEFAULT
from mock_server.worlds.traffic import RateLimit, SimulatedFailure, Traffic
from tests.mock_server.worlds.shared.sharing import NOON, Process, made, processes
from tests.redis_server import RedisServer, redis_server

ONE = {"id": "1", "title": "one"}
CHANGED = {"id": "1", "title": "changed"}


@pytest.fixture(scope="module")
def shared_server() -> Iterator[RedisServer]:
    """The Redis of this module."""
    with redis_server() as server:
        yield server


@pytest.fixture
def server(shared_server: RedisServer) -> RedisServer:
    """A Redis without anything in it."""
    shared_server.command("FLUSHALL")
    return shared_server


def shared(server: RedisServer, check: Callable[..., Awaitable[None]], count: int = 2, **options: Any) -> None:
    """Run a check with so many processes on one server."""

    async def run() -> None:
        async with processes(server, count, **options) as found:
            await check(*found)

    asyncio.run(run())


def increment(store: SharedWorldStore) -> int:
    """Add one to a number; what it is then."""
    records = made(store, "w").records["api"]
    number: int = (records.find("notes", "n") or {"count": 0})["count"] + 1
    records.commit([Change("notes", "n", {"count": number})])
    return number


def entry(path: str, body: bytes = b"") -> JournalEntry:
    """An exchange of a journal."""
    return JournalEntry(1.0, 0.1, "GET", path, "api", "read", 200, "admitted", body=body)


def note(path: str, body: bytes = b"") -> Callable[[SharedWorldStore], None]:
    """What notes an exchange, as a request does."""

    def act(store: SharedWorldStore) -> None:
        world = made(store, "w")
        world.count_request()
        world.journal.note(entry(path, body))

    return act


def journal(store: SharedWorldStore) -> list[tuple[int, str]]:
    """The journal of the world: numbers and paths."""
    return [(number, found.path) for number, found in made(store, "w").journal.numbered()]


# Records


def test_write_of_one_process_is_read_by_another(server: RedisServer) -> None:
    """
    A record that one process stores is there for all others, also for those that have read the world before.
    """

    async def check(one: Process, other: Process) -> None:
        assert await other.read("w", "1") == ONE
        await one.write("w", "1", CHANGED)
        await one.write("w", "2", None)

        assert [await other.read("w", "1"), await other.read("w", "2")] == [CHANGED, None]
        assert await other.read("elsewhere", "2") == {"id": "2", "title": "two"}

    shared(server, check)


def test_concurrent_increments_are_all_counted(server: RedisServer) -> None:
    """
    Three processes that add to one number at the same time lose none of it: who comes second is run again.
    """

    async def check(*found: Process) -> None:
        numbers = await asyncio.gather(*(process.run(increment) for _ in range(60) for process in found))

        assert sorted(numbers) == list(range(1, 181))
        assert await found[0].read("w", "n", "notes") == {"count": 180}

    shared(server, check, count=3)


def test_change_of_two_worlds_is_carried_out_as_one(server: RedisServer) -> None:
    """
    What moves between two worlds is never in both or in none, whoever moves it at the same time.
    """

    def move(store: SharedWorldStore) -> int:
        left, right = made(store, "left").records["api"], made(store, "right").records["api"]
        here, there = (left, right) if left.find("cases", "1") else (right, left)
        record = here.find("cases", "1")
        sides = (left.find("cases", "1") is not None) + (right.find("cases", "1") is not None)
        here.commit([Change("cases", "1", None)])
        there.commit([Change("cases", "1", record)])
        return sides

    async def check(one: Process, other: Process) -> None:
        await one.write("right", "1", None)
        sides = await asyncio.gather(*(process.run(move) for _ in range(40) for process in (one, other)))

        assert set(sides) == {1}

    shared(server, check)


def test_mirror_catches_up_when_too_much_has_changed(server: RedisServer) -> None:
    """
    Who has not looked for longer than the log of changes reaches back reads the whole world.
    """

    async def check(one: Process, other: Process) -> None:
        await other.read("w", "n", "notes")
        for _ in range(LOG_LENGTH + 5):
            await one.run(increment)

        assert await other.read("w", "n", "notes") == {"count": LOG_LENGTH + 5}
        assert server.command("LLEN", "casepact:1:l:w") == b":%d\r\n" % LOG_LENGTH

    shared(server, check)


def test_act_that_fails_leaves_nothing_behind(server: RedisServer) -> None:
    """
    Its exception is that of the caller; what it has changed before does not count.
    """

    def fail(store: SharedWorldStore) -> None:
        increment(store)
        raise KeyError("in the middle")

    async def check(one: Process, other: Process) -> None:
        with pytest.raises(KeyError):
            await one.run(fail)

        assert [await one.run(increment), await other.run(increment)] == [1, 2]

    shared(server, check)


def test_numbers_and_texts_that_json_allows_are_kept(server: RedisServer) -> None:
    """
    Also a number beyond 64 bits and half of a surrogate pair, in the id too.
    """
    record = {"id": "\ud800/\0", "number": 10**30, "text": "\ud800", "float": 1.0}

    async def check(one: Process, other: Process) -> None:
        await one.write("w", "\ud800/\0", record)

        assert repr(await other.read("w", "\ud800/\0")) == repr(record)

    shared(server, check)


# What is lost


def test_lost_world_is_not_remembered(server: RedisServer) -> None:
    """
    A mirror holds nothing that the server has lost, even where others have begun again and come as far.
    """

    async def check(one: Process, other: Process) -> None:
        await one.write("w", "1", {"id": "1", "title": "lost"})
        server.command("FLUSHALL")
        assert await one.read("w", "1") == ONE
        await one.write("w", "1", {"id": "1", "title": "lost again"})
        server.command("FLUSHALL")
        await other.write("w", "2", {"id": "2", "title": "changed"})

        assert [await one.read("w", "1"), await one.read("w", "2")] == [ONE, {"id": "2", "title": "changed"}]

    shared(server, check)


def test_lost_world_is_not_caught_up_with(server: RedisServer) -> None:
    """
    The changes since another world's state of the same number are not those since ours.
    """

    async def check(one: Process, other: Process) -> None:
        await one.write("w", "1", {"id": "1", "title": "lost"})
        server.command("FLUSHALL")
        for _ in range(5):
            await other.run(increment)

        assert [await one.read("w", "1"), await _count(one)] == [ONE, 5]

    shared(server, check)


def test_world_that_begins_again_has_nothing_of_the_one_before(server: RedisServer) -> None:
    """
    Where Redis has dropped a world alone, as it may when it is short of memory, its journal and log go with it.
    """

    async def check(one: Process, other: Process) -> None:
        await one.run(note("/before"))
        await one.write("w", "1", CHANGED)
        server.command("DEL", "casepact:1:w:w")
        await other.run(note("/after"))

        assert await one.run(journal) == [(1, "/after")]
        assert await one.read("w", "1") == ONE

    shared(server, check)


class Forgetful(Server):
    """Loses replies: a request that is carried out looks like one that never came."""

    lost = 0

    async def _once(self, arguments: list[Any]) -> Any:
        reply = await super()._once(arguments)
        if self.lost:
            self.lost -= 1
            raise ConnectionError("the reply is lost")
        return reply


def test_transaction_whose_reply_is_lost_is_carried_out_once(server: RedisServer) -> None:
    """
    Sent again it is known to have been carried out; its answer is the one that it had.
    """

    async def check(one: Process, other: Process) -> None:
        one.transactions._server = losing = Forgetful(server.address)
        for _ in range(3):
            losing.lost = 1
            await one.run(increment)
            await one.run(note("/once"))
            losing.lost = 1
            await other.run(increment)
            await asyncio.gather(*(one.run(increment) for _ in range(3)))
        await losing.close()

        assert await other.read("w", "n", "notes") == {"count": 15}
        assert len(await other.run(journal)) == 3

    shared(server, check)


def test_forked_process_is_another_one(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What one process has sent is not taken for what its fork sends: both begin with the same batch.
    """

    async def check(one: Process, other: Process) -> None:
        other.store._process = one.store._process = os.getpid(), one.store.process
        monkeypatch.setattr(os, "getpid", lambda: 1)
        await one.run(increment)
        monkeypatch.setattr(os, "getpid", lambda: 2)
        other.transactions._batch = one.transactions._batch - 2
        await other.run(increment)

        assert await _count(one) == 2

    shared(server, check)


def test_transaction_of_which_nothing_is_known_is_reported(server: RedisServer) -> None:
    """
    Where no second reply comes either, the client is told, and the mirror does not pretend to know.
    """

    async def check(one: Process, other: Process) -> None:
        one.transactions._server = losing = Forgetful(server.address)
        await one.run(increment)
        losing.lost = 2
        with pytest.raises(WorldsUnavailable, match="cannot be reached"):
            await one.run(increment)

        assert await one.run(increment) == await _count(other) == 3
        await losing.close()

    shared(server, check)


async def _count(process: Process) -> int:
    found = await process.read("w", "n", "notes")
    assert found is not None
    count: int = found["count"]
    return count


def test_restarted_server_has_all_that_was_answered() -> None:
    """
    With a file of changes nothing is lost when it is killed; meanwhile clients are told to come again.
    """
    with redis_server(appending=True) as own:

        async def check(one: Process, other: Process) -> None:
            for _ in range(5):
                await one.run(increment)
            own.stop()
            started = time.monotonic()
            for process in (one, other):
                with pytest.raises(WorldsUnavailable) as caught:
                    await process.run(increment)
                assert caught.value.retry_after >= 1
            assert time.monotonic() - started < 3
            own.start()

            assert [await one.run(increment), await other.run(increment)] == [6, 7]

        shared(own, check)


def test_nothing_is_lost_or_counted_twice_while_the_server_is_killed_again_and_again() -> None:
    """
    Every increment that was answered counts once; of those that were not, some may.
    """
    with redis_server(appending=True) as own:

        async def add(process: Process, until: float) -> tuple[list[int], int]:
            numbers, unknown = [], 0
            while time.monotonic() < until:
                try:
                    numbers.append(await process.run(increment))
                except WorldsUnavailable:
                    unknown += 1
                    await asyncio.sleep(0.01)
            return numbers, unknown

        async def check(*found: Process) -> None:
            until = time.monotonic() + 2
            adding = asyncio.gather(*(add(process, until) for process in found for _ in range(3)))
            for _ in range(3):
                await asyncio.sleep(0.3)
                await asyncio.to_thread(own.stop)
                await asyncio.sleep(0.1)
                await asyncio.to_thread(own.start)
            answered = [number for numbers, _ in await adding for number in numbers]
            unknown = sum(count for _, count in adding.result())

            assert len(set(answered)) == len(answered) > 100
            assert len(answered) <= await _count(found[0]) <= len(answered) + unknown

        shared(own, check, count=3)


def test_server_that_is_stopped_and_started_in_order_keeps_worlds() -> None:
    """
    A server that ends by itself loses nothing either.
    """
    with redis_server(appending=True) as own:

        async def check(one: Process, other: Process) -> None:
            await one.run(increment)
            own.stop(signal.SIGTERM)
            own.start()

            assert await other.run(increment) == 2

        shared(own, check)


def test_server_that_does_not_answer_is_not_waited_for_long() -> None:
    """
    One that takes connections and says nothing is given up after about a second, twice.
    """
    with redis_server() as own:

        async def check(one: Process, other: Process) -> None:
            await one.run(increment)
            own.pause()
            started = time.monotonic()
            with pytest.raises(WorldsUnavailable, match=r"did not answer within 1 s|cannot be reached"):
                await one.run(increment)
            took = time.monotonic() - started
            own.go_on()

            assert took < 4
            assert await one.run(increment) in (2, 3)
            assert await other.run(increment) == await one.run(increment) - 1

        shared(own, check)


def test_server_without_memory_stores_nothing(server: RedisServer) -> None:
    """
    It refuses the whole transaction, and is said to.
    """

    async def check(one: Process, other: Process) -> None:
        await one.run(increment)
        server.command("CONFIG", "SET", "maxmemory", "1")
        try:
            with pytest.raises(WorldsUnavailable, match="has no memory left"):
                await one.run(increment)
        finally:
            server.command("CONFIG", "SET", "maxmemory", "0")

        assert await other.run(increment) == 2

    shared(server, check)


def test_world_in_a_later_format_is_refused(server: RedisServer) -> None:
    """
    A field that this version does not know is reported, not guessed at; other worlds go on.
    """

    async def check(one: Process, other: Process) -> None:
        await one.run(increment)
        server.command("HSET", "casepact:1:w:w", "=z", "1")
        with pytest.raises(WorldsUnavailable, match=r"the world 'w' cannot be read: .* '=z' that this version"):
            await other.run(increment)

        assert await other.read("v", "1") == ONE

    shared(server, check)


def test_mocks_that_serve_something_else_are_kept_apart(server: RedisServer) -> None:
    """
    Whoever comes with other fixtures or contracts works on nothing.
    """

    async def run() -> None:
        first, second = Process(server.address, b"these"), Process(server.address, b"those")
        await first.run(increment)
        with pytest.raises(WorldsUnavailable, match="other mocks serve something else"):
            await second.run(increment)
        for process in (first, second):
            await process.server.close()

    asyncio.run(run())


# Worlds


def test_snapshots_are_those_of_the_world(server: RedisServer) -> None:
    """
    One process takes a snapshot, another one restores it, in the order and as often as it likes.
    """

    def keep(name: str) -> Callable[[SharedWorldStore], None]:
        return lambda store: made(store, "w").take_snapshot(name) and None

    def restore(store: SharedWorldStore) -> None:
        world = made(store, "w")
        world.restore(world.snapshots["z"])

    async def check(one: Process, other: Process) -> None:
        await one.write("w", "1", CHANGED)
        await one.write("w", "2", None)
        await one.run(lambda store: setattr(made(store, "w"), "clock", Clock(shift=timedelta(1))))
        await one.run(keep("z"))
        await other.run(keep("a"))
        await other.write("w", "1", ONE)
        await other.write("w", "2", {"id": "2"})
        await other.write("w", "3", {"id": "3"})
        await other.run(lambda store: setattr(made(store, "w"), "clock", Clock()))
        for process in (other, one):
            await process.run(restore)
            shown = await one.run(lambda store: (made(store, "w").clock, list(made(store, "w").snapshots)))
            assert [await one.read("w", id) for id in "123"] == [CHANGED, None, None]
            assert shown == (Clock(shift=timedelta(1)), ["z", "a"])
            await one.write("w", "3", {"id": "3"})
        await one.run(lambda store: made(store, "w").snapshots.pop("z") and None)

        assert await other.run(lambda store: list(made(store, "w").snapshots)) == ["a"]

    shared(server, check)


def test_copy_is_as_its_origin_is_just_then(server: RedisServer) -> None:
    """
    A copy made by one process of a world that another one has changed.
    """

    def copy(store: SharedWorldStore) -> None:
        origin = store.find("w")
        store.create("copy", origin)

    async def check(one: Process, other: Process) -> None:
        await one.write("w", "1", CHANGED)
        await other.run(copy)
        await one.write("w", "1", ONE)
        await other.write("copy", "2", None)

        assert [await one.read("copy", "1"), await one.read("copy", "2")] == [CHANGED, None]
        assert await one.run(lambda store: made(store, "copy").forked_from) == "w"
        assert await other.read("w", "2") is not None

    shared(server, check)


def test_reset_and_deletion_count_for_all(server: RedisServer) -> None:
    """
    A world that was reset keeps its snapshots, one that was deleted keeps nothing.
    """

    def seen(store: SharedWorldStore) -> tuple[Any, ...]:
        world = made(store, "w")
        return world.records["api"].find("cases", "1"), world.traffic, [*world.snapshots], [*world.journal.numbered()]

    async def check(one: Process, other: Process) -> None:
        for act, snapshots in (
            (lambda store: store.reset(made(store, "w")), ["kept"]),
            (lambda store: store.delete("w"), []),
        ):
            await one.write("w", "1", CHANGED)
            await one.run(lambda store: made(store, "w").set_traffic(Traffic(latency=1)))
            await one.run(lambda store: made(store, "w").take_snapshot("kept") and None)
            await one.run(note("/before"))
            await other.run(act)

            assert await one.run(seen) == (ONE, Traffic(), snapshots, [])

    shared(server, check)


def test_names_are_those_of_all_processes(server: RedisServer) -> None:
    """
    The default world first, then the one used longest ago; there is no world that was only looked for.
    """

    async def check(one: Process, other: Process) -> None:
        for process, name in ((one, "a"), (other, "b"), (one, "a")):
            await process.read(name, "1")
            await asyncio.sleep(0.002)
        await other.run(lambda store: store.find("nowhere"))

        assert await other.run(lambda store: store.names()) == [DEFAULT, "b", "a"]
        assert await one.run(lambda store: [world.name for world in store]) == [DEFAULT, "b", "a"]
        assert await one.run(len) == 3

    shared(server, check)


def test_world_used_longest_ago_makes_room(server: RedisServer) -> None:
    """
    The limit is that of all processes together; the default world counts and stays.
    """

    async def check(one: Process, other: Process) -> None:
        for process, name in ((one, DEFAULT), (one, "a"), (other, "b"), (one, "a"), (other, "c")):
            await process.write(name, "1", CHANGED)
            await asyncio.sleep(0.002)

        assert await one.run(lambda store: store.names()) == [DEFAULT, "a", "c"]
        assert [await one.read(name, "1") for name in (DEFAULT, "a", "b")] == [CHANGED, CHANGED, ONE]

    shared(server, check, limit=3)


def test_idle_world_is_discarded_with_all_it_has(server: RedisServer) -> None:
    """
    Whoever used it last; the default world stays.
    """

    async def check(one: Process, other: Process) -> None:
        for name in ("w", DEFAULT):
            await one.write(name, "1", CHANGED)
        await one.run(note("/old"))
        await one.run(lambda store: made(store, "w").journal.clear())
        await one.run(note("/old"))
        await asyncio.sleep(2.5)

        assert await other.run(lambda store: store.names()) == [DEFAULT]
        assert server.command("KEYS", "casepact:1:?:w") == b"*0\r\n"
        assert [await one.read(name, "1") for name in ("w", DEFAULT)] == [ONE, CHANGED]
        assert await one.run(journal) == []

    shared(server, check, idle=1.0)


def test_strict_store_makes_no_world_by_itself(server: RedisServer) -> None:
    """
    A world that one process creates is there for the others.
    """

    async def check(one: Process, other: Process) -> None:
        assert await one.run(lambda store: store.world("w")) is None
        await other.run(lambda store: store.create("w") and None)

        assert await one.read("w", "1") == ONE

    shared(server, check, strict=True)


def test_reads_make_no_version(server: RedisServer) -> None:
    """
    Requests that change nothing do not stand in each other's way.
    """

    async def check(one: Process, other: Process) -> None:
        await one.read("w", "1")
        before = server.command("HGET", "casepact:1:w:w", "v")
        await asyncio.gather(*(process.run(note("/r")) for _ in range(9) for process in (one, other)))

        assert server.command("HGET", "casepact:1:w:w", "v") == before

    shared(server, check)


# Journal, activity, traffic, time


def test_journal_has_the_exchanges_of_all_processes(server: RedisServer) -> None:
    """
    Numbered without gaps, the last ones kept; the numbers go on when it is cleared.
    """

    async def check(one: Process, other: Process) -> None:
        for number, process in enumerate((one, other, other, one, one)):
            await process.run(note(f"/{number}"))
        assert await other.run(journal) == [(3, "/2"), (4, "/3"), (5, "/4")]
        assert await one.run(journal) == await other.run(journal)
        await one.run(lambda store: made(store, "w").journal.clear())
        assert await other.run(journal) == []
        await other.run(note("/after"))

        assert await one.run(journal) == await other.run(journal) == [(6, "/after")]

    shared(server, check, journal=3)


def test_journal_of_a_world_that_was_lost_is_forgotten(server: RedisServer) -> None:
    """
    Also that of the default world, which each process takes to be there from its own start.
    """

    def noted(path: str) -> Callable[[SharedWorldStore], None]:
        return lambda store: made(store, DEFAULT).journal.note(entry(path))

    def paths(store: SharedWorldStore) -> list[str]:
        return [found.path for _, found in made(store, DEFAULT).journal.numbered()]

    async def check(one: Process, other: Process) -> None:
        await one.run(noted("/lost"))
        assert [await process.run(paths) for process in (one, other)] == [["/lost"]] * 2
        server.command("FLUSHALL")
        await one.run(noted("/new"))

        assert [await process.run(paths) for process in (one, other)] == [["/new"]] * 2

    shared(server, check)


def test_bodies_of_a_journal_are_bounded(server: RedisServer) -> None:
    """
    Of the older ones the sizes are kept, as in memory.
    """

    async def check(one: Process, other: Process) -> None:
        for _ in range(9):
            await one.run(note("/large", b"x" * (LONGEST_BODY - 1)))
        found = await other.run(lambda store: [item for _, item in made(store, "w").journal.numbered()])

        assert len(found) == 9
        assert sum(len(item.body) for item in found) <= 4 * LONGEST_BODY
        assert {(len(item.body) or item.body_left_out) for item in found} == {LONGEST_BODY - 1}
        assert found[-1].body and not found[0].body

    shared(server, check, journal=9)


def test_use_is_counted_for_all(server: RedisServer) -> None:
    """
    How many requests a world has had, and when the last one came.
    """

    async def check(one: Process, other: Process) -> None:
        for process in (one, other, one):
            await process.run(note("/"))
        found = await other.run(lambda store: store.find("w").activity())

        assert found.requests == 3
        assert abs(found.used - MACHINE.seconds()) < 5

    shared(server, check)


def test_traffic_is_one_row_for_all(server: RedisServer) -> None:
    """
    Failures, chances and limits go on from process to process as they would in one.
    """
    settings = Traffic(
        jitter=5,
        error_rate=0.5,
        rate_limit=RateLimit(12, 300),
        seed=7,
        failures=(SimulatedFailure("reset", times=2, share=0.5), SimulatedFailure("status", status=500, times=1)),
    )

    def treated(store: SharedWorldStore) -> Any:
        found = made(store, "w").treatment("api", "read")
        return found.kind, found.status, found.delay

    async def rows(one: Process, other: Process) -> list[Any]:
        await one.run(lambda store: made(store, "w").set_traffic(settings))
        return [await process.run(treated) for _ in range(8) for process in (one, other)]

    async def check(one: Process, other: Process) -> None:
        alone, together = await rows(one, one), await rows(one, other)

        assert together == alone
        assert [kind for kind, *_ in together].count("rate-limit") == 4

    shared(server, check)


def test_rate_limit_ends_for_all_at_once(server: RedisServer) -> None:
    """
    The span is counted by the clock that all processes follow.
    """

    def kind(store: SharedWorldStore) -> str:
        return made(store, "w").treatment("api", "read").kind

    async def check(one: Process, other: Process) -> None:
        await one.run(lambda store: made(store, "w").set_traffic(Traffic(rate_limit=RateLimit(1, 1.5))))
        row = [await one.run(kind), await other.run(kind)]
        await asyncio.sleep(1.6)

        assert [*row, await other.run(kind)] == ["", "rate-limit", ""]

    shared(server, check)


def test_time_is_that_of_the_server(server: RedisServer) -> None:
    """
    A process whose clock is wrong by an hour takes the present from the server.
    """

    class Late(Server):
        """A server on a machine whose clock is an hour ahead."""

        async def carry_out(self, arguments: list[Any]) -> Any:
            kind, seconds, *rest = await super().carry_out(arguments)
            return [kind, b"%d" % (int(seconds) + 3600), *rest]

    async def check(one: Process, other: Process) -> None:
        one.transactions._server = late = Late(server.address)
        try:
            await one.read("w", "1")
            ahead = MACHINE.seconds() - time.time()
            assert abs((Clock().now() - NOON).total_seconds() - (time.time() + 3600 - NOON.timestamp())) < 1
        finally:
            MACHINE.ahead = 0.0
            await late.close()

        assert 3599 < ahead < 3601

    shared(server, check)


def test_act_that_never_counts_is_given_up(server: RedisServer) -> None:
    """
    Nothing of it is left, and its client is asked to come again.
    """

    class Changed(Server):
        """Somebody else is always a little faster."""

        async def carry_out(self, arguments: list[Any]) -> Any:
            await self.rival.run(increment)  # type: ignore[attr-defined]
            return await super().carry_out(arguments)

    async def check(one: Process, other: Process) -> None:
        one.transactions._server = slow = Changed(server.address)
        slow.rival = other  # type: ignore[attr-defined]
        with pytest.raises(WorldsUnavailable, match="changed by others all the time"):
            await one.run(increment)
        await slow.close()

        assert await _count(other) == MOST_TRIES

    shared(server, check)


def test_nobody_waits_for_ever_after_a_mistake(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """
    What has no sense is logged with its traceback, and who waits is answered; then the mock goes on.
    """

    class Senseless(Server):
        """Says what the script never says."""

        async def carry_out(self, arguments: list[Any]) -> Any:
            return [b"done", b"x", b"y"]

    async def check(one: Process, other: Process) -> None:
        right, one.transactions._server = one.transactions._server, Senseless(server.address)
        with pytest.raises(WorldsUnavailable, match="made a mistake; see its log"):
            await one.run(increment)
        await one.transactions._server.close()
        one.transactions._server = right

        assert await one.run(increment) == 1

    shared(server, check)
    assert "please report it" in caplog.text


@contextmanager
def without_checks(server: RedisServer) -> Iterator[None]:
    """The script as it would be if it took every transaction for one that fits."""
    from mock_server.worlds.shared import server as module

    text = module.TEXT
    broken = text.replace("~= worlds[i].stamp then fits = false", "~= worlds[i].stamp then fits = true")
    assert broken != text
    module.TEXT = broken  # type: ignore[misc]
    try:
        yield
    finally:
        module.TEXT = text  # type: ignore[misc]


def test_script_without_its_check_loses_updates(server: RedisServer) -> None:
    """
    What the tests above rely on: without the comparison of stamps increments are lost.
    """

    async def check(*found: Process) -> None:
        await asyncio.gather(*(process.run(increment) for _ in range(20) for process in found))

        assert await _count(found[0]) < 60

    with without_checks(server):
        shared(server, check, count=3)
