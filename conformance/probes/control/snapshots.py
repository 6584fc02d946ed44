"""Snapshots of a world: taken, restored, limited, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.own_world import SEEDED, OwnWorld, in_own_world
from conformance.probes.control.promises import TOLERANCE, instant, member_of, promise, refuses, shows
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of snapshots."""
    yield Probe("snapshots", "takeSnapshot", ("CTL-30", "CTL-31"), in_own_world(_snapshots), SEEDED)
    yield Probe("a snapshot is restored", "restoreSnapshot", ("CTL-32",), in_own_world(_restored), SEEDED)
    yield Probe("snapshots beyond the limit", "takeSnapshot", ("CTL-34",), in_own_world(_crowded), SEEDED)
    yield Probe("a snapshot is deleted", "deleteSnapshot", ("CTL-33",), in_own_world(_forgotten), SEEDED)


def _snapshots(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded = world.seeded()
    world.retitled()
    start = datetime.now(UTC)
    first = world.steer("takeSnapshot", snapshot="evening")
    ctx.accepted(["CTL-30"], first, "a snapshot")
    later = world.retitled()
    taken = world.steer("takeSnapshot", snapshot="evening")
    ctx.accepted(["CTL-31"], taken, "a snapshot of the same name")
    world.steer("takeSnapshot", snapshot="other")
    listed = world.steer("listSnapshots")
    found = member_of(listed, "snapshots", ())
    names = sorted(item["name"] for item in found)
    promise(ctx, "CTL-30", names == ["evening", "other"], listed, "Snapshots listed", "evening, other", names)
    near = all(abs(instant(item["taken"]) - start) < TOLERANCE for item in found)
    promise(ctx, "CTL-30", near, listed, "Snapshots of another moment", f"about {start}", f"{found}")
    shown = [item for item in found if item["name"] == "evening"]
    promise(ctx, "CTL-31", shown == [taken.value], listed, "The earlier snapshot is listed", f"{taken.value}", shown)
    world.retitled()
    world.steer("restoreSnapshot", snapshot="evening")
    shows(ctx, "CTL-31", world.steer("getRecord", **seeded), later, "the record of the later snapshot")


def _restored(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded = world.seeded()
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    kept = world.retitled()
    world.steer("takeSnapshot", snapshot="kept")
    for again in ("", " again"):
        world.retitled()
        world.steer("setClock", body={"mode": "running"})
        ctx.accepted(["CTL-32"], world.steer("restoreSnapshot", snapshot="kept"), f"restoring a snapshot{again}")
        shows(ctx, "CTL-32", world.steer("getRecord", **seeded), kept, f"the record, restored{again}")
        clock = world.steer("getClock")
        shows(ctx, "CTL-32", clock, "2015-07-30T13:07:40Z", f"the clock, restored{again}", "at", instant)
    world.steer("deleteRecord", **seeded)
    world.steer("restoreSnapshot", snapshot="kept")
    shows(ctx, "CTL-32", world.steer("getRecord", **seeded), kept, "the record, restored after it was deleted")


def _crowded(ctx: ProbeContext, world: OwnWorld) -> None:
    limit = member_of(world.steer("listSnapshots"), "limit", 0)
    kept = world.record()
    taken = [world.steer("takeSnapshot", snapshot=f"kept{number}") for number in range(limit)]
    statuses = sorted({exchange.response.status for exchange in taken})
    title = f"Snapshots up to the limit of {limit}"
    promise(ctx, "CTL-34", statuses == [200], taken[-1] if taken else ctx.history[-1], title, "200", statuses)
    world.retitled()
    beyond = world.steer("takeSnapshot", snapshot="beyond")
    refuses(ctx, "CTL-34", 409, beyond, "a snapshot beyond the limit")
    listed = world.steer("listSnapshots")
    names = {item["name"] for item in member_of(listed, "snapshots", ())}
    held = names == {f"kept{number}" for number in range(limit)}
    promise(ctx, "CTL-34", held, listed, "Snapshots after one was refused", f"{limit} as before", sorted(names))
    world.steer("restoreSnapshot", snapshot="kept0")
    shows(ctx, "CTL-34", world.steer("getRecord", **world.seeded()), kept, "the record of the first of them")
    ctx.accepted(["CTL-34"], world.steer("takeSnapshot", snapshot="kept0"), "one that is there, taken again")
    world.steer("deleteSnapshot", snapshot="kept0")
    ctx.accepted(["CTL-34"], world.steer("takeSnapshot", snapshot="beyond"), "a new one in the place of another")


def _forgotten(ctx: ProbeContext, world: OwnWorld) -> None:
    world.steer("takeSnapshot", snapshot="kept")
    changed = world.retitled()
    ctx.accepted(["CTL-33"], world.steer("deleteSnapshot", snapshot="kept"), "deleting a snapshot")
    refuses(ctx, "CTL-33", 404, world.steer("restoreSnapshot", snapshot="kept"), "restoring a deleted snapshot")
    refuses(ctx, "CTL-33", 404, world.steer("deleteSnapshot", snapshot="kept"), "a snapshot deleted again")
    shows(ctx, "CTL-33", world.steer("listSnapshots"), [], "the snapshots after one was deleted", "snapshots")
    shows(ctx, "CTL-33", world.steer("getRecord", **world.seeded()), changed, "the record afterwards")
