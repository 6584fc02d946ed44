"""The traffic of a world: latency, errors and rate limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.cases import READ, WRITE, read_case
from conformance.probes.control.own_world import AICC, NOWHERE, OwnWorld, in_own_world, make_world, served_apis
from conformance.probes.control.promises import member_of, promise, refuses, shows
from conformance.target.errors import Unreachable
from conformance.target.exchange import Exchange
from specs.contract import Contract

UNDISTURBED: Mapping[str, Any] = {
    "latencyMilliseconds": 0,
    "jitterMilliseconds": 0,
    "errorRate": 0,
    "rateLimit": None,
    "seed": 0,
    "failures": [],
}


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of traffic."""
    yield Probe("traffic is replaced", "setTraffic", ("CTL-50",), in_own_world(_traffic))
    yield Probe("latency", "setTraffic", ("CTL-51",), in_own_world(_slow))
    yield Probe("errors", "setTraffic", ("CTL-52", "CTL-54", "CTL-55"), in_own_world(_errors))
    yield Probe("failures of an operation", "setTraffic", ("CTL-56", "CTL-57"), in_own_world(_failures))
    yield Probe("broken connections", "setTraffic", ("CTL-58",), in_own_world(_broken))
    yield Probe("failures of nothing", "setTraffic", ("CTL-59",), in_own_world(_failures_of_nothing))
    yield Probe("rate limit", "setTraffic", ("CTL-53", "CTL-55"), in_own_world(_limited))


def _traffic(ctx: ProbeContext, world: OwnWorld) -> None:
    shows(ctx, "CTL-50", world.steer("getTraffic"), UNDISTURBED, "the traffic at the start")
    for body in (
        {"latencyMilliseconds": 3, "jitterMilliseconds": 2},
        {"errorRate": 0.25, "seed": 7},
        {"rateLimit": {"requests": 10, "perSeconds": 0.5}},
        {"rateLimit": None, "seed": -(2**40)},
        {"latencyMilliseconds": 60_000, "jitterMilliseconds": 60_000, "errorRate": 1},
        {},
    ):
        expected = {**UNDISTURBED, **body}
        shows(ctx, "CTL-50", world.steer("setTraffic", body=body), expected, f"the traffic {body}")
        shows(ctx, "CTL-50", world.steer("getTraffic"), expected, f"the traffic {body}, read again")


def _slow(ctx: ProbeContext, world: OwnWorld) -> None:
    within = world.within(AICC)
    put = world.steer("setTraffic", body={"latencyMilliseconds": 250, "jitterMilliseconds": 20})
    for _ in range(3):
        start = time.perf_counter()
        answered = read_case(within, NOWHERE)
        took = time.perf_counter() - start
        promise(ctx, "CTL-51", took >= 0.25, put, "Too soon", "after 250 ms", f"{took * 1000:.0f} ms", chain=[answered])


def _errors(ctx: ProbeContext, world: OwnWorld) -> None:
    within = world.within(AICC)
    id = ctx.record("record.seeded")["id"]
    put = world.steer("setTraffic", body={"errorRate": 1})
    answers = [read_case(within, id) for _ in range(5)]
    statuses = [answered.response.status for answered in answers]
    held = all(status >= 500 for status in statuses)
    promise(ctx, "CTL-52", held, put, "No server error", "5xx", f"{statuses}", chain=answers[:1])
    other = make_world(ctx, world.opened, "-other")
    elsewhere = read_case(other.within(AICC), id)
    held = elsewhere.response.status == 200
    title = "Another world has its errors"
    promise(ctx, "CTL-55", held, put, title, "200", f"{elsewhere.response.status}", chain=[elsewhere])
    ctx.accepted(["CTL-55"], world.steer("getWorld"), "steering a world that answers with errors")
    runs = []
    for _ in range(2):
        put = world.steer("setTraffic", body={"errorRate": 0.5, "seed": 7})
        runs.append([read_case(within, id).response.status for _ in range(20)])
    promise(ctx, "CTL-54", runs[0] == runs[1], put, "The same seed, other errors", f"{runs[0]}", f"{runs[1]}")
    both = {status >= 500 for status in runs[0]} == {True, False}
    promise(ctx, "CTL-54", both, put, "An error rate of one half", "some errors", f"{runs[0]}")


def _failures(ctx: ProbeContext, world: OwnWorld) -> None:
    """The next two reads fail, and nothing else does."""
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    failure = {"kind": "status", "status": 503, "api": AICC, "operation": READ, "times": 2}
    put = world.steer("setTraffic", body={"failures": [failure]})
    lefts, answers = [_times_left(put)], []
    for _ in range(3):
        answers.append(read_case(within, id))
        lefts.append(_times_left(world.steer("getTraffic")))
    write = within.send(within.draft(WRITE), WRITE)
    statuses = [answered.response.status for answered in (*answers, write)]
    title = "Other requests fail"
    promise(ctx, "CTL-56", statuses == [503, 503, 200, 200], put, title, "503, 503, 200, 200", f"{statuses}")
    promise(ctx, "CTL-56", lefts == [2, 1, 0, 0], put, "timesLeft", "2, 1, 0, 0", f"{lefts}", chain=answers)
    failed, refused = answers[0], read_case(within, NOWHERE)
    shown = failed.response.header("x-casepact-simulated")
    promise(ctx, "CTL-57", shown == "status", failed, "X-Casepact-Simulated", "status", shown or "none", chain=[put])
    formats = [sorted(item.value) if isinstance(item.value, dict) else item.value for item in (refused, failed)]
    promise(ctx, "CTL-57", formats[0] == formats[1], failed, "Another format", f"{formats[0]}", f"{formats[1]}")


def _times_left(exchange: Exchange) -> Any:
    failures = member_of(exchange, "failures", ())
    return failures[0].get("timesLeft") if failures else None


def _broken(ctx: ProbeContext, world: OwnWorld) -> None:
    within = world.within(AICC)
    for kind in ("reset", "empty", "truncated"):
        put = world.steer("setTraffic", body={"failures": [{"kind": kind, "operation": WRITE, "times": 1}]})
        outcomes = []
        for _ in range(2):
            try:
                outcomes.append(f"{within.send(within.draft(WRITE), WRITE).response.status}")
            except Unreachable:
                outcomes.append("no answer")
        held = outcomes == ["no answer", "200"]
        promise(ctx, "CTL-58", held, put, f"The failure {kind}", "no answer, then 200", f"{outcomes}")


def _failures_of_nothing(ctx: ProbeContext, world: OwnWorld) -> None:
    for member, failure in (
        ("api", {"kind": "reset", "api": NOWHERE}),
        ("operation", {"kind": "reset", "api": AICC, "operation": NOWHERE}),
        ("operation", {"kind": "reset", "operation": NOWHERE}),
        ("status", {"kind": "status", "status": 418, "api": AICC, "operation": READ}),
        ("status", {"kind": "status", "status": 404}),
    ):
        refused = world.steer("setTraffic", body={"failures": [failure]})
        refuses(ctx, "CTL-59", 400, refused, f"the failure {failure}")
        detail = refused.value.get("detail") if isinstance(refused.value, dict) else ""
        held = f"/failures/0/{member}" in f"{detail}"
        promise(ctx, "CTL-59", held, refused, "Another member is named", f"/failures/0/{member}", f"{detail}")
    shows(ctx, "CTL-59", world.steer("getTraffic"), UNDISTURBED, "the traffic after refused failures")


def _limited(ctx: ProbeContext, world: OwnWorld) -> None:
    for api in served_apis(ctx):
        _limit(ctx, world, world.within(api))
    within, id = world.within(AICC), ctx.record("record.seeded")["id"]
    put = world.steer("setTraffic", body={"rateLimit": {"requests": 2, "perSeconds": 0.2}})
    first = [read_case(within, id).response.status for _ in range(2)]
    time.sleep(0.25)
    later = read_case(within, id)
    received = f"{first}, {later.response.status}"
    held = first == [200, 200] and later.response.status == 200
    promise(ctx, "CTL-53", held, put, "After the time is over", "200", received, chain=[later])


def _limit(ctx: ProbeContext, world: OwnWorld, within: ProbeContext) -> None:
    """Ask the first operation that only reads three times, and then beyond the limit."""
    operation = next((item for item in within.contract.operations.values() if not item.writes), None)
    if operation is None:
        return
    kind = operation.refusals.get("rate-limited")
    due = kind.status if kind is not None else 429
    api = within.contract.api
    put = world.steer("setTraffic", body={"rateLimit": {"requests": 3, "perSeconds": 600}})
    answers = [within.send(within.draft(operation.id), operation.id) for _ in range(5)]
    statuses = [answered.response.status for answered in answers]
    held = all(status < 400 for status in statuses[:3]) and statuses[3:] == [due, due]
    title = f"Beyond the limit of {api}"
    promise(ctx, "CTL-53", held, put, title, f"three answers, then {due}", f"{statuses}", chain=answers)
    seconds = answers[-1].response.header("retry-after")
    held = seconds.isdecimal() and 0 < int(seconds) <= 600
    promise(ctx, "CTL-53", held, put, f"Retry-After of {api}", "seconds to wait", seconds or "none", chain=answers)
    ctx.accepted(["CTL-55"], world.steer("getWorld"), "steering a world beyond its limit")
