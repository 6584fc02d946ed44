"""Worlds that probes make for themselves: steered by the control API, and asked through the APIs in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.probes.control.promises import member_of
from conformance.target.client import Target
from conformance.target.contracts import contract_of
from conformance.target.exchange import Exchange
from conformance.target.needs import UnmetNeed
from conformance.target.profile import bare_profile
from specs.project import project
from specs.source import CONTROL_BASE

JSON = "application/json"
SEEDED = ("api.served", "collection.served", "record.seeded")
"""The roles of the known record."""
AICC, EGAIN = "aicc", "egain"
NOWHERE = "casepact-nowhere"
"""A name that nothing has."""


@dataclass(frozen=True, slots=True)
class OwnWorld:
    """A world that a probe made for itself: steered by the control API, and asked through the APIs in it."""

    ctx: ProbeContext
    name: str
    opened: ExitStack

    def steer(self, operation: str, **request: Any) -> Exchange:
        """Call an operation of the control API on this world; what no request has a word for is a path parameter."""
        return steer(self.ctx, operation, world=self.name, **request)

    def within(self, api: str) -> ProbeContext:
        """A probe context for one API as it is served in this world; raises `UnmetNeed`."""
        return _within(self, api)

    def seeded(self) -> dict[str, str]:
        """The path parameters of the known record."""
        api, collection, id = (str(self.ctx.record(role)["id"]) for role in SEEDED)
        return {"api": api, "collection": collection, "id": id}

    def record(self) -> dict[str, Any]:
        """The known record as this world has it; empty when it has none."""
        found = self.steer("getRecord", **self.seeded())
        return dict(found.value) if found.response.status == 200 else {}

    def retitled(self) -> dict[str, Any]:
        """The known record, changed in this world."""
        record = {**self.record(), "title": f"Casepact {self.ctx.random.randrange(10**9)}"}
        self.steer("replaceRecord", body=record, **self.seeded())
        return record


def in_own_world(probe: Callable[[ProbeContext, OwnWorld], None]) -> Callable[[ProbeContext], None]:
    """A probe in a world of its own, which is deleted afterwards."""

    def run(ctx: ProbeContext) -> None:
        with ExitStack() as opened:
            probe(ctx, make_world(ctx, opened))

    return run


def make_world(ctx: ProbeContext, opened: ExitStack, suffix: str = "", **body: Any) -> OwnWorld:
    """A new world, deleted when `opened` closes; what is not its name is more of the request. Raises `UnmetNeed`."""
    name = f"{ctx.world}{suffix}"
    made = steer(ctx, "createWorld", body={"name": name, **body})
    if not ctx.accepted(["CTL-12"], made, "a new world"):
        raise UnmetNeed("a world of its own")
    opened.callback(steer, ctx, "deleteWorld", world=name)
    return OwnWorld(ctx, name, opened)


def steer(
    ctx: ProbeContext,
    operation: str,
    *,
    body: Any = None,
    query: Mapping[str, Any] = {},
    headers: Mapping[str, str] = {},
    **path: str,
) -> Exchange:
    """Call an operation of the control API; what no request has a word for is a path parameter."""
    media = JSON if body is not None else ""
    return ctx.call(operation, path=path, query=query, headers=headers, media=media, body=body)


def served_apis(ctx: ProbeContext) -> list[str]:
    """The APIs that the mock serves and that have fixtures in this project."""
    known = {name for name, files in project().apis.items() if files.fixtures.is_dir()}
    return [item["api"] for item in member_of(ctx.call("getReadiness"), "apis", ()) if item["api"] in known]


def _within(world: OwnWorld, api: str) -> ProbeContext:
    ctx = world.ctx
    base = ctx.target.api.url
    if not base.endswith(CONTROL_BASE):
        raise UnmetNeed(f"a base address that ends in {CONTROL_BASE}")
    if api not in served_apis(ctx):
        raise UnmetNeed(f"a mock that serves {api}")
    contract = contract_of(api)
    profile = bare_profile(api, f"{base.removesuffix(CONTROL_BASE)}/~{world.name}/{api}")
    if contract.default_actor not in profile.apis[api].actors:
        raise UnmetNeed("a mock on a loopback address")
    # The address names the world, so that a request can be repeated as it is printed.
    target = Target(contract, replace(profile, worlds=False), pacer=ctx.target.pacer)
    world.opened.callback(target.close)
    return ProbeContext(target, "", key=api, seed=0, examples=1)
