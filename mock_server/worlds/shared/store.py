"""The worlds as one process mirrors them, and what an act on them has touched."""

from __future__ import annotations

import os
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from mock_server.worlds.clock import MACHINE, Clock
from mock_server.worlds.journal import LENGTH, Journal
from mock_server.worlds.records import Records
from mock_server.worlds.shared.fields import BORN
from mock_server.worlds.shared.image import Image, Seed
from mock_server.worlds.shared.working import Effect, Need, NotLoaded, SharedWorld
from mock_server.worlds.store import DEFAULT, Activity, T, World, WorldStore, forked

PAGE = "names"
"""The need of the names of all worlds."""


@dataclass(slots=True)
class Attempt:
    """
    One run of an act: what it has looked at, and what it is to leave behind.

    `found` has what was looked up for it, by need. `refusals` are ids with what is kept of each refused request.
    `later` has what is to be done once it counts.
    """

    found: Mapping[Need, Any]
    worlds: dict[str, SharedWorld | None] = field(default_factory=dict)
    gone: dict[str, SharedWorld] = field(default_factory=dict)
    refusals: list[tuple[str, bytes]] = field(default_factory=list)
    later: list[Callable[[], None]] = field(default_factory=list)


class Attempted(NamedTuple):
    """
    An act that was run on the mirror: what it gives or raises, and what is to be sent for it to count.

    Of an act that raises nothing counts but what it has seen: on the present state it may not raise.
    """

    value: Any
    effects: list[Effect]
    refusals: list[tuple[str, bytes]]
    error: Exception | None = None
    later: Sequence[Callable[[], None]] = ()


class Runner(Protocol):
    """What carries acts out."""

    async def run(self, act: Callable[[], T]) -> T:
        """What the act gives when it counts."""

    async def close(self) -> None:
        """Let go what acts are sent to."""


class SharedWorldStore(WorldStore):
    """
    A mirror of the worlds that this process uses, no more than `limit` of them.

    It is worked with inside of `attempt` alone; what an act asks for and the mirror lacks is raised as `NotLoaded`.
    """

    is_shared = True

    def __init__(
        self,
        seed: Mapping[str, Records],
        clock: Clock,
        limit: int = 1000,
        *,
        idle: float | None = None,
        strict: bool = False,
        journal: int = LENGTH,
    ) -> None:
        self.limit, self.idle, self.strict, self.journal = limit, idle, strict, journal
        self.start = Seed(seed, clock)
        self._images: OrderedDict[str, Image | None] = OrderedDict()
        self._journals: OrderedDict[str, tuple[bytes, Journal]] = OrderedDict()
        self._attempt: Attempt | None = None
        self.begun = MACHINE.seconds()
        self.runner: Runner | None = None
        self._process = 0, ""

    @property
    def process(self) -> str:
        """What this process is named by, among all that ever had these worlds; one that was forked has its own."""
        pid = os.getpid()
        if self._process[0] != pid:
            self._process = pid, secrets.token_hex(6)
        return self._process[1]

    async def run(self, act: Callable[[], T]) -> T:
        """Carry out an act as a transaction; raises `WorldsUnavailable`."""
        assert self.runner is not None, "shared worlds are reached through transactions"
        return await self.runner.run(act)

    async def close(self) -> None:
        """Let go the connection."""
        if self.runner is not None:
            await self.runner.close()

    def afterwards(self, act: Callable[[], None]) -> None:
        """Do what must be done once when the act counts that is run."""
        self._running.later.append(act)

    # What acts ask for

    def __len__(self) -> int:
        return len(self.names())

    def __iter__(self) -> Iterator[World]:
        names = self.names()
        missing = [name for name in names if name != DEFAULT and name not in self._images]
        needs: list[Need] = [("world", name) for name in missing]
        found = self._running.found
        # Whoever goes through all of them shows how they were used.
        needs += [("activity", name) for name in names if ("activity", name) not in found]
        if needs:
            raise NotLoaded(needs)
        return (world for name in names if (world := self.find(name)) is not None)

    def names(self) -> list[str]:
        """The names of the worlds that are there, the default one first."""
        found = self._running.found.get((PAGE,))
        if found is None:
            raise NotLoaded([(PAGE,)])
        return [DEFAULT, *found]

    @property
    def seed(self) -> Mapping[str, Records]:
        """The records that a new world starts with, by API."""
        return self.start.records

    @property
    def default(self) -> World:
        """The world of requests that name none."""
        found = self.find(DEFAULT)
        assert found is not None, "the default world is always there"
        return found

    def world(self, name: str) -> World | None:
        """The world of this name, made if need be; None when the store is strict and has none of this name."""
        found = self.find(name)
        if found is None:
            return None if self.strict else self.create(name)
        assert isinstance(found, SharedWorld)
        found.is_used = True
        return found

    def find(self, name: str) -> World | None:
        """The world of this name, or None; looking does not count as use."""
        attempt = self._running
        if name in attempt.worlds:
            return attempt.worlds[name]
        if name not in self._images:
            raise NotLoaded([("world", name)])
        self._images.move_to_end(name)
        image = self._images[name]
        if image is None and name == DEFAULT:
            image = replace(Image.start(self.start), created=self.begun)
        made = (
            None
            if image is None
            else SharedWorld(name, image, attempt.found.get(("activity", name)), attempt.found.get(("journal", name)))
        )
        attempt.worlds[name] = made
        return made

    def create(self, name: str, origin: World | None = None) -> World:
        """A world of a name that none has yet, as the fixtures are or as `origin` is just now."""
        attempt = self._running
        found = self.find(name)
        assert found is None and name not in attempt.gone, "whoever makes a world has looked for it"
        made = SharedWorld(name, Image.start(self.start), Activity(0, MACHINE.seconds()), Journal(1))
        made.created, made.is_used = MACHINE.seconds(), True
        if origin is not None:
            made.records, made.clock, made.forked_from = forked(origin.records), origin.clock, origin.name
            made.set_traffic(origin.traffic)
        attempt.worlds[name] = made
        return made

    def delete(self, name: str) -> None:
        """Drop a world that is there; the default one cannot be dropped."""
        found = self.find(name)
        assert isinstance(found, SharedWorld), "whoever drops a world has looked for it"
        self._running.gone[name] = found
        self._running.worlds[name] = None

    def reset(self, world: World) -> None:
        """Records, clock and traffic as at the start, the journal empty; snapshots stay."""
        world.records, world.clock, world.shaper = forked(self.start.records), self.start.clock, None
        world.journal.clear()

    def reseed(self, seed: Mapping[str, Records]) -> None:
        """Worlds that others share keep their seed."""
        raise NotImplementedError("the seed of shared worlds is that of every process")

    # Refused requests

    def keep_refusal(self, id: str, kept: bytes) -> None:
        """Have a refused request kept with the rest that the act leaves behind."""
        self._running.refusals.append((id, kept))

    def found(self, *needs: Need) -> list[Any]:
        """What was looked up for the act that runs; raises `NotLoaded` for what was not."""
        found = self._running.found
        missing = [need for need in needs if need not in found]
        if missing:
            raise NotLoaded(missing)
        return [found[need] for need in needs]

    def stamp(self, name: str) -> bytes:
        """The stamp of a world as the act that runs has found it."""
        world = self._running.worlds.get(name)
        return world.image.stamp if world is not None else b""

    # Acts, and what becomes of them

    def attempt(self, act: Callable[[], Any], found: Mapping[Need, Any], tag: bytes) -> Attempted:
        """
        Run an act on the mirror, which stays as it is; `found` has what was looked up for it.

        Raises `NotLoaded`.
        """
        self._attempt = attempt = Attempt(found)
        try:
            value = act()
        except Exception as error:  # noqa: BLE001 # it is for the caller of the act
            return Attempted(None, list(self._seen(attempt)), [], error)
        finally:
            self._attempt = None
        effects = []
        for name, world in attempt.worlds.items():
            if world is not None:
                effect = world.effect(self.start, tag)
                effects.append(effect or Effect(name, world.image, world.image, {}))
            elif name in attempt.gone:
                effects.append(Effect(name, attempt.gone[name].image, None, {}))
            else:
                absent = Image.start(self.start)
                effects.append(Effect(name, absent, absent, {}))
        return Attempted(value, effects, attempt.refusals, later=attempt.later)

    def _seen(self, attempt: Attempt) -> Iterator[Effect]:
        """That the worlds are to be as they were found, and stay so."""
        for name, world in (attempt.worlds | attempt.gone).items():
            image = world.image if world is not None else Image.start(self.start)
            yield Effect(name, image, image, {})

    def put(self, name: str, image: Image | None) -> None:
        """Mirror a world as it is, None for one that is not there."""
        self._images[name] = image
        self._images.move_to_end(name)

    def make_room(self) -> None:
        """Let the worlds go that were used longest ago, beyond the limit."""
        while len(self._images) > self.limit:
            self._images.popitem(last=False)

    def forget(self, name: str) -> None:
        """Read a world anew before it is worked with again."""
        self._images.pop(name, None)

    def image(self, name: str) -> Image | None:
        """The mirrored world; None where it is not there, or not mirrored."""
        return self._images.get(name)

    def known_journal(self, name: str) -> int:
        """The number of the last exchange of a world that this process has read."""
        born, journal = self._journals.get(name, (b"", _NO_JOURNAL))
        return journal.last if born == self._born(name) else 0

    def read_journal(self, name: str, known: int, last: int, length: int, entries: list[Any]) -> Journal:
        """The journal of a world after what was read before, up to the exchange `known`, and what came then."""
        before = self._journals.pop(name, (b"", _NO_JOURNAL))[1] if known else _NO_JOURNAL
        journal = Journal(self.journal)
        kept = [*(entry for _, entry in before.numbered()), *entries] if length else []
        journal.take(kept[max(0, len(kept) - length) :], last)
        self._journals[name] = (self._born(name), journal)
        while len(self._journals) > self.limit:
            self._journals.popitem(last=False)
        return journal

    def _born(self, name: str) -> bytes:
        """Which world of this name is mirrored: one that was lost and made again is another one."""
        image = self._images.get(name)
        return image.fields.get(BORN, b"") if image is not None else b""

    @property
    def _running(self) -> Attempt:
        assert self._attempt is not None, "shared worlds are worked with in acts alone"
        return self._attempt


_NO_JOURNAL = Journal(1)
