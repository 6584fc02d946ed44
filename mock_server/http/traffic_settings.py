"""The traffic settings of a world as the control API reads and shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mock_server.operations.simulated import ALWAYS, is_always_available
from mock_server.reply import Refusal
from mock_server.worlds.store import World
from mock_server.worlds.traffic import RateLimit, SimulatedFailure, Traffic
from specs.contract import Contract, Operation
from specs.flaws import did_you_mean
from specs.shortening import listed

_LEAST, _MOST = -(2**63), 2**63 - 1
"""Numbers that every reader of JSON takes, and that we can write."""
_USUAL_STATUS = 500


def read_traffic(wanted: Mapping[str, Any], contracts: Mapping[str, Contract]) -> Traffic | Refusal:
    """The settings that a body asks for, or what is wrong with it; it fits its schema. `contracts` are those served."""
    limit = wanted.get("rateLimit")
    for name, number in (("seed", wanted.get("seed", 0)), ("rateLimit/requests", (limit or {}).get("requests", 0))):
        if not _LEAST <= number <= _MOST:
            return Refusal("invalid", (), f"/{name}: is a number of more than 64 bits", f"/{name}", name)
    failures = wanted.get("failures", ())
    for index, failure in enumerate(failures):
        for member, flaw in _flaws(failure, contracts):
            pointer = f"/failures/{index}/{member}"
            return Refusal("invalid", ("CTL-59",), f"{pointer}: {flaw}", pointer, member)
    return Traffic(
        latency=int(wanted.get("latencyMilliseconds", 0)),
        jitter=int(wanted.get("jitterMilliseconds", 0)),
        error_rate=float(wanted.get("errorRate", 0)),
        rate_limit=RateLimit(int(limit["requests"]), float(limit["perSeconds"])) if limit else None,
        seed=int(wanted.get("seed", 0)),
        failures=tuple(map(_failure, failures)),
    )


def shown_traffic(world: World) -> dict[str, Any]:
    """The settings of a world, with how often each of its failures can still happen."""
    traffic, shaper = world.traffic, world.shaper
    limit = traffic.rate_limit
    left = shaper.times_left if shaper is not None else ()
    return {
        "latencyMilliseconds": traffic.latency,
        "jitterMilliseconds": traffic.jitter,
        "errorRate": traffic.error_rate,
        "rateLimit": {"requests": limit.requests, "perSeconds": limit.per_seconds} if limit is not None else None,
        "seed": traffic.seed,
        "failures": [_shown(failure, times) for failure, times in zip(traffic.failures, left, strict=True)],
    }


def _failure(wanted: Mapping[str, Any]) -> SimulatedFailure:
    times, kind = wanted.get("times"), wanted["kind"]
    status = wanted.get("status") or _USUAL_STATUS
    return SimulatedFailure(
        kind=kind,
        api=wanted.get("api") or "",
        operation=wanted.get("operation") or "",
        status=int(status) if kind == "status" else 0,
        delay=int(wanted.get("delayMilliseconds", 0)),
        times=None if times is None else int(times),
        share=float(wanted.get("share", 1)),
    )


def _shown(failure: SimulatedFailure, left: int | None) -> dict[str, Any]:
    return {
        "kind": failure.kind,
        "api": failure.api or None,
        "operation": failure.operation or None,
        "status": failure.status or None,
        "delayMilliseconds": failure.delay,
        "times": failure.times,
        "timesLeft": left,
        "share": failure.share,
    }


def _flaws(failure: Mapping[str, Any], contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str]]:
    """The members of a failure that mean nothing here, and why."""
    api, operation, kind = failure.get("api"), failure.get("operation"), failure["kind"]
    if api is not None and api not in contracts:
        yield "api", f"this mock serves no API '{api}'; it serves {', '.join(contracts)}"
        return
    known: dict[str, list[Operation]] = {}
    for contract in contracts.values() if api is None else (contracts[api],):
        for id, item in contract.operations.items():
            known.setdefault(id, []).append(item)
    if operation is not None and operation not in known:
        where = f"the API '{api}'" if api is not None else "no served API"
        has = "has no operation" if api is not None else "has an operation"
        yield "operation", f"{where} {has} '{operation}';{did_you_mean(operation, known)} there are {listed([*known])}"
        return
    status = failure.get("status")
    if status is not None and kind != "status":
        yield "status", f"belongs to the kind 'status', not to '{kind}'"
    elif status is not None and not is_always_available(int(status)):
        if operation is None:
            yield "status", f"{status} needs an operation that documents it; without one there are {ALWAYS}"
        for item in known[operation] if operation is not None else ():
            if item.response(int(status)) is None:
                errors = [*(f"{code}" for code in sorted(item.responses) if code >= 400), *item.ranges]
                known_errors = f"it has {listed(errors, 20)}; {ALWAYS} are simulated"
                yield "status", f"{operation} documents no answer {status}; {known_errors}"
    if kind == "delay" and not failure.get("delayMilliseconds"):
        yield "delayMilliseconds", "is missing: a failure of the kind 'delay' is nothing else"
