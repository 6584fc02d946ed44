"""All worlds of a running mock: the one mutable thing in it."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, TypeVar

from mock_server.worlds.clock import MACHINE, Clock
from mock_server.worlds.journal import LENGTH, Journal
from mock_server.worlds.records import Records
from mock_server.worlds.traffic import NO_SHAPING, Traffic, TrafficShaper, Treatment

T = TypeVar("T")

DEFAULT = "default"
MOST_SNAPSHOTS = 50
"""How many snapshots a world keeps; what changes in a world is kept by each that was taken before."""
_WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
LONGEST_TEXT = 1000
"""Characters of a text that stands for a world."""
_OTHER = re.compile(r"[^A-Za-z0-9_.]+")
_KEPT = 55
"""Characters of a text that its name keeps, before a hyphen and eight digits."""


def escaped_name(text: str) -> str:
    """
    The name of the world that a text stands for, so that a test may be called anything.

    What `is_world_name` takes is its own name. Of any other text the name is its end, at most 55 characters, with a
    hyphen for what a name cannot hold, and the first eight hexadecimal digits of the SHA-256 of the text in UTF-8:
    "tests/test_a.py::test_b[1]" gives "tests-test_a.py-test_b-1-" and those digits.
    """
    if is_world_name(text):
        return text
    digits = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    kept = _OTHER.sub("-", text).rstrip("-")[-_KEPT:].lstrip("-_.")
    return f"{kept}-{digits}" if kept else f"world-{digits}"


class Activity(NamedTuple):
    """How many requests a world has had, and when it was last used, in seconds since 1970."""

    requests: int
    used: float


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A world's records and clock as they were at `taken`, in seconds since 1970."""

    taken: float
    records: Mapping[str, Records]
    clock: Clock


class World:
    """
    One isolated copy of the fixtures: records per API, clock, traffic settings, journal and snapshots of its own.

    `created` is in seconds since 1970, `used` and the store's idle time in seconds of the machine's steady clock.
    """

    __slots__ = (
        *("clock", "created", "forked_from", "journal", "name", "records", "requests", "shaper", "snapshots", "used"),
    )

    def __init__(
        self, name: str, records: Mapping[str, Records], clock: Clock, *, journal: int = LENGTH, forked_from: str = ""
    ) -> None:
        self.name, self.forked_from = name, forked_from
        self.records = forked(records)
        self.clock = clock
        self.shaper: TrafficShaper | None = None
        self.journal = Journal(journal)
        self.snapshots: dict[str, Snapshot] = {}
        self.created, self.used, self.requests = MACHINE.seconds(), time.monotonic(), 0

    @property
    def traffic(self) -> Traffic:
        """The traffic settings."""
        return self.shaper.traffic if self.shaper is not None else NO_SHAPING

    def count_request(self) -> None:
        """Note that a request came."""
        self.requests += 1

    def activity(self) -> Activity:
        """How it has been used so far."""
        return Activity(self.requests, MACHINE.seconds() - (time.monotonic() - self.used))

    def treatment(self, api: str, operation: str) -> Treatment:
        """What the traffic settings make of a request to an operation that comes now, in a world that has a shaper."""
        assert self.shaper is not None, "a world without traffic settings treats no request"
        return self.shaper.treatment(api, operation, time.monotonic())

    def set_traffic(self, traffic: Traffic) -> None:
        """Treat requests by these settings from now on; without a shaper a request costs nothing more."""
        self.shaper = TrafficShaper(traffic) if traffic != NO_SHAPING else None

    def take_snapshot(self, name: str) -> Snapshot:
        """Keep records and clock under a name; one that was there under it is replaced."""
        self.snapshots[name] = taken = Snapshot(MACHINE.seconds(), forked(self.records), self.clock)
        return taken

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot, which can be restored again later."""
        self.records, self.clock = forked(snapshot.records), snapshot.clock


class WorldStore:
    """
    Worlds by name, made from the seed on first use unless `strict`.

    Beyond `limit` worlds the one used longest ago is dropped, and so is one that nobody used for `idle` seconds, so
    that a mock which runs all day does not grow without bound. The default world always stays. `now` is a steady clock.
    """

    is_shared = False
    """Whether other processes have these worlds too, so that acts on them have to wait."""

    def __init__(
        self,
        seed: Mapping[str, Records],
        clock: Clock,
        limit: int = 1000,
        *,
        idle: float | None = None,
        strict: bool = False,
        journal: int = LENGTH,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit, self.idle, self.strict = limit, idle, strict
        self._seed, self._clock, self._journal, self._now = seed, clock, journal, now
        self._worlds: OrderedDict[str, World] = OrderedDict()
        self._default = self._make(DEFAULT)

    def __len__(self) -> int:
        return len(self._worlds) + 1

    def __iter__(self) -> Iterator[World]:
        """The default world, then the others, the one used longest ago first."""
        self._expire()
        yield self._default
        yield from list(self._worlds.values())

    async def run(self, act: Callable[[], T]) -> T:
        """
        Carry out an act on the worlds, and give what it gives.

        Worlds that are kept elsewhere may have it run several times; it counts once, and changes nothing but worlds.
        """
        return act()

    async def close(self) -> None:
        """Let go what the worlds are kept in, at the end of a process."""

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do what must be done once when the act counts that is run."""
        act()

    def names(self) -> list[str]:
        """The names of the worlds that are there, the default one first."""
        return [world.name for world in self]

    @property
    def seed(self) -> Mapping[str, Records]:
        """The records that a new world starts with, by API."""
        return self._seed

    @property
    def default(self) -> World:
        """The world of requests that name none."""
        return self._default

    def world(self, name: str) -> World | None:
        """
        The world of this name, made if need be; None when the store is strict and has none of this name.

        The caller has asked `is_world_name`.
        """
        found = self._default if name == DEFAULT else self.find(name)
        if found is None:
            return None if self.strict else self.create(name)
        found.used = self._now()
        if found is not self._default:
            self._worlds.move_to_end(name)
        return found

    def find(self, name: str) -> World | None:
        """The world of this name, or None; looking does not count as use."""
        if name == DEFAULT:
            return self._default
        found = self._worlds.get(name)
        if found is not None and self.idle is not None and self._now() - found.used > self.idle:
            del self._worlds[name]
            return None
        return found

    def create(self, name: str, origin: World | None = None) -> World:
        """A world of a name that none has yet, as the fixtures are or as `origin` is just now."""
        self._expire()
        made = self._worlds[name] = self._make(name, origin)
        made.used = self._now()
        while len(self._worlds) > max(1, self.limit - 1):
            self._worlds.popitem(last=False)
        return made

    def delete(self, name: str) -> None:
        """Drop a world that is there; the default one cannot be dropped."""
        del self._worlds[name]

    def reset(self, world: World) -> None:
        """Records, clock and traffic as at the start, the journal empty; snapshots stay."""
        world.records, world.clock, world.shaper = forked(self._seed), self._clock, None
        world.journal.clear()

    def reseed(self, seed: Mapping[str, Records]) -> None:
        """
        Go on with other fixtures: worlds made from now on start with them, those that are there keep their records.

        Each world that is there, and each of its snapshots, gets the collections and actors of the new seed.
        """
        self._seed = seed
        for world in self:
            world.records = _reshaped(world.records, seed)
            world.snapshots = {
                name: replace(snapshot, records=_reshaped(snapshot.records, seed))
                for name, snapshot in world.snapshots.items()
            }

    def _make(self, name: str, origin: World | None = None) -> World:
        if origin is None:
            return World(name, self._seed, self._clock, journal=self._journal)
        made = World(name, origin.records, origin.clock, journal=self._journal, forked_from=origin.name)
        made.set_traffic(origin.traffic)
        return made

    def _expire(self) -> None:
        """Drop what stands idle too long; the worlds are in the order of their last use."""
        if self.idle is None:
            return
        oldest = self._now() - self.idle
        while self._worlds and next(iter(self._worlds.values())).used < oldest:
            self._worlds.popitem(last=False)


@lru_cache(maxsize=1024)
def is_world_name(text: str) -> bool:
    """Whether a world may have this name; remembered, because every request to a world names it."""
    return _WORLD_NAME.match(text) is not None


def _reshaped(records: Mapping[str, Records], seed: Mapping[str, Records]) -> dict[str, Records]:
    return {api: records[api].reshaped(shelf) if api in records else shelf.fork() for api, shelf in seed.items()}


def forked(records: Mapping[str, Records]) -> dict[str, Records]:
    """Copies of the records of every API; they share all records."""
    return {api: shelf.fork() for api, shelf in records.items()}
