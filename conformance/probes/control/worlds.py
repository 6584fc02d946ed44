"""Worlds: how they are made, copied, named, counted, reset and deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.cases import read_case
from conformance.probes.control.own_world import (
    AICC,
    NOWHERE,
    SEEDED,
    OwnWorld,
    in_own_world,
    make_world,
    served_apis,
    steer,
)
from conformance.probes.control.promises import instant, member_of, promise, refuses, shows
from conformance.probes.control.traffic import UNDISTURBED
from conformance.target.decoding import decoded
from conformance.target.exchange import Request
from specs.contract import Contract
from specs.project import files_of
from specs.source import read

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
MAKING = ("resetWorld", "loadFixtureSet", "replaceFixtures")
"""The operations that make a world which is not there."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of worlds."""
    yield Probe("the default world", "listWorlds", ("CTL-11",), _default_world, writes=False)
    yield Probe("a world is made", "createWorld", ("CTL-12", "CTL-16"), in_own_world(_made))
    yield Probe("a fresh world", "createWorld", ("CTL-13", "CTL-62"), in_own_world(_fresh))
    yield Probe("a copied world", "createWorld", ("CTL-14", "CTL-15"), in_own_world(_copied), SEEDED)
    yield Probe("what is not there is not copied", "createWorld", ("CTL-06",), _not_copied)
    yield Probe("names", "createWorld", ("CTL-17",), _names, SEEDED)
    yield Probe("texts that stand for worlds", "createWorld", ("CTL-24",), in_own_world(_texts), SEEDED)
    yield Probe("worlds that are made by steering", "resetWorld", ("CTL-25",), _made_by_steering, SEEDED)
    yield Probe("a world is deleted", "deleteWorld", ("CTL-18",), in_own_world(_deleted), SEEDED)
    yield Probe("the default world stays", "deleteWorld", ("CTL-19",), _default_stays)
    yield Probe("records and requests are counted", "getWorld", ("CTL-20",), in_own_world(_counted), SEEDED)
    yield Probe("a world is reset", "resetWorld", ("CTL-21", "CTL-22", "CTL-23"), in_own_world(_reset), SEEDED)


def _default_world(ctx: ProbeContext) -> None:
    listed = ctx.call("listWorlds")
    held = "default" in [world["name"] for world in member_of(listed, "worlds", ())]
    promise(ctx, "CTL-11", held, listed, "The default world is not listed", "a world named default")
    ctx.accepted(["CTL-11"], ctx.call("getWorld", path={"world": "default"}), "the default world")


def _made(ctx: ProbeContext, world: OwnWorld) -> None:
    made = ctx.history[-1]
    address = urljoin(made.request.url, made.response.header("location"))
    credentials = ctx.target.credentials.of(ctx.operation("getWorld"), ctx.contract.default_actor)
    if address.startswith(ctx.target.api.url) and credentials is not None:
        request = Request("GET", address, credentials.headers, secrets=credentials.shown)
        found = ctx.target.send(request)
        shown, _ = decoded(ctx.operation("getWorld"), found)
        held = found.status == 200 and isinstance(shown, dict) and shown.get("name") == world.name
    else:
        held = False
    title = "Location does not lead to the world"
    promise(ctx, "CTL-12", held, made, title, "the address of the world", made.response.header("location"))
    listed = ctx.call("listWorlds")
    held = world.name in [item["name"] for item in member_of(listed, "worlds", ())]
    promise(ctx, "CTL-12", held, listed, "A new world is not listed", world.name)
    refuses(ctx, "CTL-16", 409, steer(ctx, "createWorld", body={"name": world.name}), "a name that is taken")
    body = {"name": "default", "from": world.name}
    refuses(ctx, "CTL-16", 409, steer(ctx, "createWorld", body=body), "the name of the default world")


def _fresh(ctx: ProbeContext, world: OwnWorld) -> None:
    for api in served_apis(ctx):
        expected = read(files_of(api).fixtures / "default.yaml").data["records"]
        given = world.steer("getFixtures", api=api)
        for statement in ("CTL-13", "CTL-62"):
            shows(ctx, statement, given, expected, f"the records of {api} in a new world", "records")


def _copied(ctx: ProbeContext, world: OwnWorld) -> None:
    original = world.retitled()
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    traffic = world.steer("setTraffic", body={"latencyMilliseconds": 1, "seed": 3}).value
    copy = make_world(ctx, world.opened, "-copy", **{"from": world.name})
    made = ctx.history[-1]
    forked = member_of(made, "forkedFrom", None)
    promise(ctx, "CTL-14", forked == world.name, made, "A copy names another world", world.name, forked)
    seeded = world.seeded()
    shows(ctx, "CTL-14", copy.steer("getRecord", **seeded), original, "the record in the copy")
    shows(ctx, "CTL-14", copy.steer("getClock"), "2015-07-30T13:07:40Z", "the clock of the copy", "at", instant)
    shows(ctx, "CTL-14", copy.steer("getTraffic"), traffic, "the traffic of the copy")
    copy.retitled()
    shows(ctx, "CTL-15", world.steer("getRecord", **seeded), original, "the record after its copy was changed")
    changed = copy.record()
    world.steer("deleteRecord", **seeded)
    shows(ctx, "CTL-15", copy.steer("getRecord", **seeded), changed, "the copy after the record was deleted")
    other = make_world(ctx, world.opened, "-other")
    fixture = read(files_of(seeded["api"]).fixtures / "default.yaml").data["records"][seeded["collection"]][
        seeded["id"]
    ]
    shows(ctx, "CTL-15", other.steer("getRecord", **seeded), fixture, "the record in a world apart")


def _not_copied(ctx: ProbeContext) -> None:
    body = {"name": ctx.world, "from": NOWHERE}
    refuses(ctx, "CTL-06", 404, steer(ctx, "createWorld", body=body), "a copy of a world that is not there")
    read = ctx.call("getWorld", path={"world": ctx.world})
    refuses(ctx, "CTL-06", 404, read, "the copy of a world that is not there")


def _names(ctx: ProbeContext) -> None:
    start = f"{ctx.random.randrange(10**12):012}"
    for name in (start, f"{start}a.b-c_d.", f"Z{start}", start + "x" * (64 - len(start))):
        made = steer(ctx, "createWorld", body={"name": name})
        if ctx.accepted(["CTL-17"], made, f"the name {name}"):
            taken = ctx.call("takeSnapshot", path={"world": name, "snapshot": name})
            ctx.accepted(["CTL-17"], taken, f"the name {name} for a snapshot")
            steer(ctx, "deleteWorld", world=name)
    for operation in ctx.contract.operations.values():
        made_path = ctx.draft(operation.id)
        for name in {"snapshot"} & {parameter.name for parameter in operation.parameters}:
            for wrong in ("-", ".a", "_a", "a b", "ä", "a~", "x" * 65):
                path = {**made_path.path, name: wrong}
                exchange = ctx.call(operation.id, path=path, media=made_path.media, body=made_path.body)
                refuses(ctx, "CTL-17", 400, exchange, f"{operation.id} with the {name} {wrong!r}")


def _texts(ctx: ProbeContext, world: OwnWorld) -> None:
    """Each text is a world of its own, whichever way it is written."""
    for name in ("", "x" * 1001):
        refuses(ctx, "CTL-24", 400, steer(ctx, "createWorld", body={"name": name}), f"a name of {len(name)} characters")
        copied = steer(ctx, "createWorld", body={"name": f"{ctx.world}-copy", "from": name})
        refuses(ctx, "CTL-24", 400, copied, f"a copy of a name of {len(name)} characters")
    names: set[str] = set()
    longest = "y" * (999 - len(ctx.world))
    for end in ("-", " ", "ä", "/b", "~", "\n", "%", "%20", "::test[1]", "::test(1)", "x" * 65, longest):
        text = f"/{ctx.world}{end}"
        written = quote(text, safe="")
        made = steer(ctx, "createWorld", body={"name": text})
        name = f"{member_of(made, 'name', '')}"
        held = _NAME.match(name) is not None and name not in names
        if not promise(ctx, "CTL-24", held, made, f"The world of {text!r}", "a name of its own", name):
            continue
        names.add(name)
        world.opened.callback(steer, ctx, "deleteWorld", world=name)
        found = steer(ctx, "getWorld", world=text)
        shows(ctx, "CTL-24", found, name, f"the world of {text!r}, asked for by the text", "name")
        refuses(ctx, "CTL-16", 409, steer(ctx, "createWorld", body={"name": text}), f"the text {text!r} again")
        read_case(OwnWorld(ctx, written, world.opened).within(AICC), ctx.record("record.seeded")["id"])
        shows(ctx, "CTL-24", steer(ctx, "getWorld", world=name), 1, f"requests below /~{written}", "requests")


def _made_by_steering(ctx: ProbeContext) -> None:
    """Whoever resets or fills a world that is not there has it from then on."""
    api = f"{ctx.record('api.served')['id']}"
    kept = member_of(steer(ctx, "getFixtures", world="default", api=api), "records", {})
    requests: dict[str, dict[str, Any]] = {
        "resetWorld": {},
        "loadFixtureSet": {"body": {"set": "default"}},
        "replaceFixtures": {"body": {"records": kept}, "api": api},
    }
    for operation in MAKING:
        name = f"{ctx.world}-{operation}"
        made = steer(ctx, operation, world=name, **requests[operation])
        if ctx.accepted(["CTL-25"], made, f"{operation} in a world that is not there"):
            shows(ctx, "CTL-25", steer(ctx, "getWorld", world=name), name, f"the world that {operation} made", "name")
            steer(ctx, "deleteWorld", world=name)


def _deleted(ctx: ProbeContext, world: OwnWorld) -> None:
    before = world.record()
    world.retitled()
    world.steer("takeSnapshot", snapshot="kept")
    ctx.accepted(["CTL-18"], world.steer("deleteWorld"), "deleting a world")
    refuses(ctx, "CTL-18", 404, world.steer("getWorld"), "a deleted world")
    refuses(ctx, "CTL-18", 404, world.steer("deleteWorld"), "a world deleted again")
    listed = ctx.call("listWorlds")
    held = world.name not in [item["name"] for item in member_of(listed, "worlds", ())]
    promise(ctx, "CTL-18", held, listed, "A deleted world is listed", f"no {world.name}")
    again = make_world(ctx, world.opened)
    shows(ctx, "CTL-18", again.steer("getRecord", **again.seeded()), before, "the record in a world made again")
    shows(ctx, "CTL-18", again.steer("listSnapshots"), [], "the snapshots of a world made again", "snapshots")


def _default_stays(ctx: ProbeContext) -> None:
    refuses(ctx, "CTL-19", 409, ctx.call("deleteWorld", path={"world": "default"}), "deleting the default world")
    ctx.accepted(["CTL-19"], ctx.call("getWorld", path={"world": "default"}), "the default world afterwards")


def _counted(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded = world.seeded()
    counted = member_of(world.steer("getWorld"), "records", {})
    for api, collections in counted.items():
        given = member_of(world.steer("getFixtures", api=api), "records", {})
        expected = {collection: len(records) for collection, records in given.items()}
        title = f"The records of {api} are counted otherwise"
        promise(ctx, "CTL-20", collections == expected, ctx.history[-1], title, f"{expected}", collections)
    world.steer("deleteRecord", **seeded)
    for _ in range(3):
        read_case(world.within(AICC), ctx.record("record.seeded")["id"])
    after = world.steer("getWorld")
    left = member_of(after, "records", {}).get(seeded["api"], {}).get(seeded["collection"])
    due = counted[seeded["api"]][seeded["collection"]] - 1
    promise(ctx, "CTL-20", left == due, after, "A deleted record is counted", f"{due}", left)
    shows(ctx, "CTL-20", after, 3, "the number of requests", "requests")


def _reset(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    world.retitled()
    copy = make_world(ctx, world.opened, "-copy", **{"from": world.name})
    for steered in (world, copy):
        what = "a world" if steered is world else "a copied world"
        steered.steer("takeSnapshot", snapshot="kept")
        steered.steer("setClock", body={"mode": "shifted", "bySeconds": 1000})
        steered.steer("setTraffic", body={"latencyMilliseconds": 1})
        read_case(steered.within(AICC), seeded["id"])
        reset = steered.steer("resetWorld")
        ctx.accepted(["CTL-21"], reset, f"resetting {what}")
        shows(ctx, "CTL-21", steered.steer("getRecord", **seeded), before, f"the record of {what} after a reset")
        shows(ctx, "CTL-22", steered.steer("getClock"), "running", f"the clock of {what} after a reset", "mode")
        shows(ctx, "CTL-22", steered.steer("getTraffic"), UNDISTURBED, f"the traffic of {what} after a reset")
        shows(ctx, "CTL-23", steered.steer("getJournal"), [], f"the journal of {what} after a reset", "entries")
        shows(ctx, "CTL-23", steered.steer("getWorld"), ["kept"], f"the snapshots after a reset of {what}", "snapshots")
