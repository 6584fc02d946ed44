"""The service as a whole: who is answered, and what every refusal says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.own_world import JSON, NOWHERE, SEEDED, OwnWorld, in_own_world
from conformance.probes.control.promises import promise, refuses, shows
from conformance.probes.control.worlds import MAKING
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of the service as a whole."""
    yield Probe("alive to anybody", "getHealth", ("CTL-01",), _alive, writes=False)
    yield Probe("refusals state their status", "getWorld", ("CTL-04",), _statuses, writes=False)
    yield Probe("refused and nothing changed", "setTraffic", ("CTL-05",), in_own_world(_invalid))
    yield Probe("worlds that are not there", "getWorld", ("CTL-06",), _not_there, SEEDED)
    yield Probe("things that are not there", "getRecord", ("CTL-06",), in_own_world(_nothing_there), SEEDED)


def _alive(ctx: ProbeContext) -> None:
    ctx.accepted(["CTL-01"], ctx.call("getHealth", actor=None), "a question without a credential")


def _statuses(ctx: ProbeContext) -> None:
    for exchange in (
        ctx.call("getWorld", path={"world": NOWHERE}),
        ctx.call("getWorld", path={"world": "-"}),
        ctx.call("getWorld", path={"world": "default"}, actor=None),
        ctx.call("createWorld", raw=b"{", media=JSON),
        ctx.call("createWorld", raw=b"x", media="text/plain"),
    ):
        named = exchange.value.get("status") if isinstance(exchange.value, dict) else None
        held = named == exchange.response.status
        promise(ctx, "CTL-04", held, exchange, "A refusal names another status", f"{exchange.response.status}", named)


def _invalid(ctx: ProbeContext, world: OwnWorld) -> None:
    before = world.steer("getTraffic").value
    wrong: tuple[Any, ...] = (
        {"latencyMilliseconds": -1},
        {"jitterMilliseconds": 60_001},
        {"errorRate": 1.01},
        {"errorRate": "0.5"},
        {"rateLimit": {"requests": 0, "perSeconds": 1}},
        {"rateLimit": {"requests": 1, "perSeconds": 0}},
        {"rateLimit": {"requests": 1}},
        {"seed": 0.5},
        {"latency": 5},
        {"failures": [{"kind": "fire"}]},
        {"failures": [{"kind": "reset", "times": 0}]},
        {"failures": [{"kind": "reset", "share": 0}]},
        {"failures": [{"kind": "status", "status": 200}]},
        {"failures": [{}]},
        [],
    )
    for body in wrong:
        refuses(ctx, "CTL-05", 400, world.steer("setTraffic", body=body), f"the traffic {body}")
    shows(ctx, "CTL-05", world.steer("getTraffic"), before, "the traffic after refused requests")


def _not_there(ctx: ProbeContext) -> None:
    for operation in ctx.contract.operations.values():
        if operation.id not in MAKING and any(parameter.name == "world" for parameter in operation.parameters):
            made = ctx.draft(operation.id)
            path = {**made.path, "world": NOWHERE}
            exchange = ctx.call(operation.id, path=path, media=made.media, body=made.body)
            refuses(ctx, "CTL-06", 404, exchange, f"{operation.id} of a world that is not there")
    read = ctx.call("getWorld", path={"world": NOWHERE})
    refuses(ctx, "CTL-06", 404, read, "a world that was only asked about")


def _nothing_there(ctx: ProbeContext, world: OwnWorld) -> None:
    known = world.seeded()
    record = world.record()
    for operation, request in (
        ("getRecord", {**known, "id": NOWHERE}),
        ("getRecord", {**known, "collection": NOWHERE}),
        ("getRecords", {"api": known["api"], "collection": NOWHERE}),
        ("getRecords", {"api": NOWHERE, "collection": known["collection"]}),
        ("deleteRecord", {**known, "id": NOWHERE}),
        ("replaceRecord", {**known, "api": NOWHERE, "body": record}),
        ("replaceRecord", {**known, "collection": NOWHERE, "body": record}),
        ("getFixtures", {"api": NOWHERE}),
        ("replaceFixtures", {"api": NOWHERE, "body": {"records": {}}}),
        ("loadFixtureSet", {"body": {"set": NOWHERE}}),
        ("loadFixtureSet", {"body": {"set": "default", "api": NOWHERE}}),
        ("restoreSnapshot", {"snapshot": NOWHERE}),
        ("deleteSnapshot", {"snapshot": NOWHERE}),
    ):
        exchange = world.steer(operation, **request)
        refuses(ctx, "CTL-06", 404, exchange, f"{operation} of what is not there")
    exchange = ctx.call("getRefusal", path={"refusal": NOWHERE})
    refuses(ctx, "CTL-06", 404, exchange, "a refusal that never was")
