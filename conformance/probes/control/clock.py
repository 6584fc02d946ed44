"""The clock of a world: running, frozen, shifted, and what an API takes for the present."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.own_world import EGAIN, OwnWorld, in_own_world
from conformance.probes.control.promises import TOLERANCE, instant, member_of, promise, refuses, shows
from conformance.target.exchange import Exchange
from specs.contract import Contract

EDIT = "editCase"


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of the clock."""
    yield Probe("a running clock", "getClock", ("CTL-40",), in_own_world(_running))
    yield Probe("a frozen clock", "setClock", ("CTL-41",), in_own_world(_frozen))
    yield Probe("a shifted clock", "setClock", ("CTL-42",), in_own_world(_shifted))
    yield Probe("clocks beyond the calendar", "setClock", ("CTL-43",), in_own_world(_beyond))
    yield Probe("the present of an API", "setClock", ("CTL-44",), in_own_world(_present))


def _running(ctx: ProbeContext, world: OwnWorld) -> None:
    _near(ctx, "CTL-40", world.steer("getClock"), timedelta(), "running")
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    _near(ctx, "CTL-40", world.steer("setClock", body={"mode": "running"}), timedelta(), "running")


def _frozen(ctx: ProbeContext, world: OwnWorld) -> None:
    for moment in (
        "2015-07-30T13:07:40Z",
        "2015-07-30T13:07:40.250+02:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ):
        put = world.steer("setClock", body={"mode": "frozen", "at": moment})
        if ctx.accepted(["CTL-41"], put, f"a clock frozen at {moment}"):
            time.sleep(0.02)
            for shown in (put, world.steer("getClock")):
                shows(ctx, "CTL-41", shown, "frozen", "the mode of a frozen clock", "mode")
                for member in ("at", "now"):
                    shows(ctx, "CTL-41", shown, moment, f"a frozen clock's {member}", member, instant)


def _shifted(ctx: ProbeContext, world: OwnWorld) -> None:
    for seconds in (86_400, -86_400, 1, 0, 10_000_000_000, -10_000_000_000):
        put = world.steer("setClock", body={"mode": "shifted", "bySeconds": seconds})
        if ctx.accepted(["CTL-42"], put, f"a clock shifted by {seconds} s"):
            for shown in (put, world.steer("getClock")):
                shows(ctx, "CTL-42", shown, seconds, "what a clock is shifted by", "bySeconds")
                _near(ctx, "CTL-42", shown, timedelta(seconds=seconds), "shifted")


def _beyond(ctx: ProbeContext, world: OwnWorld) -> None:
    before = world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"}).value
    for body in (
        {"mode": "frozen", "at": "0001-01-01T00:00:00+00:01"},
        {"mode": "frozen", "at": "9999-12-31T23:59:59-00:01"},
        {"mode": "frozen", "at": "0000-12-31T23:59:59Z"},
        {"mode": "frozen", "at": "10000-01-01T00:00:00Z"},
        {"mode": "shifted", "bySeconds": 10_000_000_001},
        {"mode": "shifted", "bySeconds": -10_000_000_001},
        {"mode": "shifted", "bySeconds": 10**18},
    ):
        refuses(ctx, "CTL-43", 400, world.steer("setClock", body=body), f"the clock {body}")
    shows(ctx, "CTL-43", world.steer("getClock"), before, "the clock after refused ones")


def _present(ctx: ProbeContext, world: OwnWorld) -> None:
    """eGain takes due dates in the future only, and its page prints one of 2015."""
    within = world.within(EGAIN)
    operation = within.operation(EDIT)
    for body, due in (({"mode": "running"}, False), ({"mode": "frozen", "at": "2015-07-30T13:07:41Z"}, True)):
        put = world.steer("setClock", body=body)
        edited = within.send(within.draft(EDIT).with_member("/dueDate", "2015-11-30T18:30:00.000Z"), EDIT)
        held = operation.succeeded(edited.response.status, edited.value) is due
        title = f"A case due in 2015, on a clock that is {body['mode']}"
        documented = "carried out" if due else "refused"
        promise(ctx, "CTL-44", held, put, title, documented, edited.response.status, chain=[edited])


def _near(ctx: ProbeContext, statement: str, exchange: Exchange, ahead: timedelta, mode: str) -> None:
    """Promise that a clock shows the time of this machine, so far ahead."""
    shown = instant(member_of(exchange, "now", ""))
    due = datetime.now(UTC) + ahead
    held = isinstance(shown, datetime) and abs(shown - due) < TOLERANCE and member_of(exchange, "mode", "") == mode
    promise(ctx, statement, held, exchange, f"A {mode} clock shows another time", f"about {due}", f"{exchange.value}")
