"""
Acts as transactions on shared worlds.

An act is a function that works on the store. It is run on the mirror, sent with the state that it has seen, and counts
if that is still the present state; else the mirror catches up and the act is run again, so each act sees what it would
have seen alone. While a batch is under way, acts gather for the next one; those of one batch see what those before them
have done, and are carried out in that order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from mock_server.console import LOGGER
from mock_server.worlds.clock import MACHINE
from mock_server.worlds.journal import most_bytes
from mock_server.worlds.shared.entries import read_entry
from mock_server.worlds.shared.errors import UnreadableState, WorldsUnavailable
from mock_server.worlds.shared.image import Image
from mock_server.worlds.shared.store import Attempted, SharedWorldStore
from mock_server.worlds.shared.wire import (
    Bounds,
    OtherMocks,
    Report,
    arguments,
    look_arguments,
    read_past,
    read_world,
    replies,
)
from mock_server.worlds.shared.working import Need, NotLoaded
from mock_server.worlds.store import Activity

logger = logging.getLogger(LOGGER)

T = TypeVar("T")

MOST_AT_ONCE = 128
"""Acts of one batch."""
MOST_TRIES = 200
"""Times that an act is run before its client is asked to come again."""
_MEASURED = 60.0
"""Seconds for which the quickest reply decides what the time is."""


class Carrier(Protocol):
    """What carries the script out."""

    async def carry_out(self, arguments: list[Any]) -> Any:
        """Its reply; raises `WorldsUnavailable`."""

    async def close(self) -> None:
        """Close the connection."""


@dataclass(slots=True, eq=False)
class _Waiting:
    act: Callable[[], Any]
    done: asyncio.Future[Any]
    found: dict[Need, Any] = field(default_factory=dict)
    needs: tuple[Need, ...] = ()
    tries: int = 0


class Transactions:
    """Carries acts out on the worlds of a store, in batches, one at a time."""

    def __init__(self, store: SharedWorldStore, server: Carrier, about: bytes) -> None:
        self.store, self._server, self._about = store, server, about
        store.runner = self
        self._batch = 0
        self._bounds = Bounds(store.idle or 0.0, store.limit, store.journal, most_bytes(store.journal))
        self._waiting: deque[_Waiting] = deque()
        self._work: asyncio.Task[None] | None = None
        self._quickest, self._measured = float("inf"), 0.0

    async def run(self, act: Callable[[], T]) -> T:
        """
        Carry out an act, and give what it gave when it counted.

        It may be run several times, and must do nothing that cannot be done again but on the store. Raises what the act
        raises, and `WorldsUnavailable`.
        """
        waiting = _Waiting(act, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._carry_out_all())
        result: T = await waiting.done
        return result

    async def close(self) -> None:
        """End what is under way, and the connection."""
        if self._work is not None:
            self._work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._work
        await self._server.close()

    async def _carry_out_all(self) -> None:
        taken: list[_Waiting] = []
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
                await self._turn(taken)
                if not self._waiting:
                    self.store.make_room()
        except asyncio.CancelledError:
            self._end([*taken, *self._waiting], "this mock is stopping")
            raise
        except Exception:
            logger.exception("a mistake of the mock's own, please report it")
            self._end([*taken, *self._waiting], "this mock made a mistake; see its log")

    def _end(self, waiting: Sequence[_Waiting], reason: str) -> None:
        """Let nobody wait for ever."""
        self._waiting.clear()
        for item in waiting:
            _fail(item, WorldsUnavailable(reason))

    async def _turn(self, taken: Sequence[_Waiting]) -> None:
        """Run acts, send what they did together with the looks that others need, and hand out what became of it."""
        self._batch += 1
        ran: list[tuple[_Waiting, Attempted]] = []
        looking: list[_Waiting] = []
        for waiting in taken:
            if waiting.done.done():
                continue
            attempted = self._attempt(waiting, len(ran))
            if attempted is None:
                looking += [waiting] if waiting.needs else []
            elif attempted.effects or attempted.refusals:
                ran.append((waiting, attempted))
            else:
                # No world was asked for: there is nothing to agree on.
                _hand_out(waiting, attempted)
        needs = list(dict.fromkeys(need for waiting in looking for need in waiting.needs))
        if not ran and not needs:
            return
        known = {name: self.store.known_journal(name) for kind, *rest in needs if kind == "journal" for name in rest}
        looks = [look_arguments(need, known.get(need[-1], 0)) for need in needs]
        sent = [attempted for _, attempted in ran]
        call = arguments(self._about, self.store.process.encode(), self._batch, self._bounds, sent, looks)
        try:
            started = time.time()
            reply = replies(await self._server.carry_out(call))
            self._measure(reply.seconds, started, time.time())
            again = self._settle(ran, reply.results)
            if reply.looked is not None:
                self._take(looking, needs, known, reply.looked)
        except (WorldsUnavailable, UnreadableState, OtherMocks) as error:
            self._give_up([*(waiting for waiting, _ in ran), *looking], sent, _unavailable(error))
            return
        self._waiting.extendleft(reversed([*again, *looking]))

    def _attempt(self, waiting: _Waiting, number: int) -> Attempted | None:
        """Run an act, and mirror what it leaves behind as if it counted; None where it cannot be sent."""
        waiting.needs = ()
        waiting.tries += 1
        if waiting.tries > MOST_TRIES:
            _fail(waiting, WorldsUnavailable("this world is changed by others all the time"))
            return None
        try:
            tag = b"%b-%x-%x" % (self.store.process.encode(), self._batch, number)
            attempted = self.store.attempt(waiting.act, waiting.found, tag)
        except NotLoaded as error:
            waiting.needs = error.needs
            return None
        for effect in attempted.effects:
            if effect.after is not effect.before:
                self.store.put(effect.name, effect.after)
        return attempted

    def _settle(
        self, ran: Sequence[tuple[_Waiting, Attempted]], results: Sequence[list[Report] | None]
    ) -> list[_Waiting]:
        """Mirror what has become of the worlds; those whose acts have to be run again."""
        again: list[_Waiting] = []
        caught: set[str] = set()
        for (waiting, attempted), reports in zip(ran, results, strict=True):
            if reports is None:
                for effect in attempted.effects:
                    if effect.after is not effect.before:
                        self.store.put(effect.name, effect.after)
                _hand_out(waiting, attempted)
                continue
            reported = {report.name: report for report in reports}
            waiting.found = {}
            again.append(waiting)
            for effect in attempted.effects:
                try:
                    if (report := reported.get(effect.name)) is not None:
                        self.store.put(effect.name, self._caught_up(effect.before, report))
                        caught.add(effect.name)
                    elif effect.name not in caught and (effect.after is not effect.before or not reports):
                        # What it changed does not count, and nothing says how the world is.
                        self.store.forget(effect.name)
                except UnreadableState as error:
                    self.store.forget(effect.name)
                    _fail(waiting, WorldsUnavailable(f"the world '{effect.name}' cannot be read: {error}"))
        return again

    def _caught_up(self, before: Image, report: Report) -> Image | None:
        """The world as it is now."""
        if not report.stamp:
            return None
        seed = self.store.start
        if report.changes is not None:
            return before.patched({name: new or None for name, new, _ in report.changes}, report.stamp, seed)
        return Image.start(seed).patched(dict(report.fields or {}), report.stamp, seed)

    def _take(
        self, looking: Sequence[_Waiting], needs: Sequence[Need], known: dict[str, int], looked: Sequence[Any]
    ) -> None:
        """Hand out what was looked up."""
        values: dict[Need, Any] = {}
        for need, reply in zip(needs, looked, strict=True):
            try:
                values[need] = self._read(need, reply, known)
            except UnreadableState as error:
                for waiting in looking:
                    if need in waiting.needs:
                        _fail(waiting, WorldsUnavailable(f"the world '{need[-1]}' cannot be read: {error}"))
        for waiting in looking:
            waiting.found |= {need: values[need] for need in waiting.needs if need in values}

    def _read(self, need: Need, reply: Any, known: dict[str, int]) -> Any:
        """What a look gives; a world is mirrored."""
        kind, name = need[0], need[-1]
        if kind == "world":
            self.store.put(name, self._caught_up(Image.start(self.store.start), read_world(reply)))
            return None
        if kind == "names":
            return [item.decode() for item in reply]
        if kind == "activity":
            return Activity(int(reply[0]), float(reply[1]) or self.store.begun)
        if kind == "journal":
            last, length, entries = reply
            read = [read_entry(entry) for entry in entries]
            return self.store.read_journal(name, known[name], last, length, read)
        return read_past(reply) if kind == "past" else reply

    def _give_up(self, waiting: Sequence[_Waiting], sent: Sequence[Attempted], error: Exception) -> None:
        """Nobody knows what became of what was sent: it is read anew when somebody asks again."""
        for attempted in sent:
            for effect in attempted.effects:
                self.store.forget(effect.name)
        for item in waiting:
            _fail(item, error)

    def _measure(self, seconds: float, started: float, ended: float) -> None:
        """Follow the server's clock, by the quickest reply of the last minute."""
        took = ended - started
        if took <= self._quickest or ended - self._measured > _MEASURED or ended < self._measured:
            self._quickest, self._measured = took, ended
            MACHINE.ahead = seconds - (started + ended) / 2


def _hand_out(waiting: _Waiting, attempted: Attempted) -> None:
    """What became of an act that counts."""
    for act in attempted.later:
        act()
    if attempted.error is not None:
        _fail(waiting, attempted.error)
    elif not waiting.done.done():
        waiting.done.set_result(attempted.value)


def _fail(waiting: _Waiting, error: Exception) -> None:
    if not waiting.done.done():
        waiting.done.set_exception(error)


def _unavailable(error: Exception) -> WorldsUnavailable:
    if isinstance(error, WorldsUnavailable):
        return error
    if isinstance(error, OtherMocks):
        return WorldsUnavailable("other mocks serve something else on the same worlds")
    return WorldsUnavailable(str(error))
