"""Worlds: how they are made, copied, named, counted, reset and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urljoin

from conformance.probes.context import Bench, Probe
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
from conformance.target.client import decoded
from conformance.target.exchange import Request
from specs.contract import Contract
from specs.source import FIXTURES, read


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of worlds."""
    yield Probe("the default world", "listWorlds", ("CTL-11",), _default_world, writes=False)
    yield Probe("a world is made", "createWorld", ("CTL-12", "CTL-16"), in_own_world(_made))
    yield Probe("a fresh world", "createWorld", ("CTL-13", "CTL-62"), in_own_world(_fresh))
    yield Probe("a copied world", "createWorld", ("CTL-14", "CTL-15"), in_own_world(_copied), SEEDED)
    yield Probe("what is not there is not copied", "createWorld", ("CTL-06",), _not_copied)
    yield Probe("names", "createWorld", ("CTL-17",), _names, SEEDED)
    yield Probe("a world is deleted", "deleteWorld", ("CTL-18",), in_own_world(_deleted), SEEDED)
    yield Probe("the default world stays", "deleteWorld", ("CTL-19",), _default_stays)
    yield Probe("records and requests are counted", "getWorld", ("CTL-20",), in_own_world(_counted), SEEDED)
    yield Probe("a world is reset", "resetWorld", ("CTL-21", "CTL-22", "CTL-23"), in_own_world(_reset), SEEDED)


def _default_world(bench: Bench) -> None:
    listed = bench.call("listWorlds")
    held = "default" in [world["name"] for world in member_of(listed, "worlds", ())]
    promise(bench, "CTL-11", held, listed, "The default world is not listed", "a world named default")
    bench.accepted(["CTL-11"], bench.call("getWorld", path={"world": "default"}), "the default world")


def _made(bench: Bench, world: OwnWorld) -> None:
    made = bench.history[-1]
    address = urljoin(made.request.url, made.response.header("location"))
    credentials = bench.target.credentials(bench.operation("getWorld"), bench.contract.default_actor)
    if address.startswith(bench.target.api.url) and credentials is not None:
        request = Request("GET", address, credentials.headers, secrets=credentials.shown)
        found = bench.target.send(request)
        told, _ = decoded(bench.operation("getWorld"), found)
        held = found.status == 200 and isinstance(told, dict) and told.get("name") == world.name
    else:
        held = False
    title = "Location does not lead to the world"
    promise(bench, "CTL-12", held, made, title, "the address of the world", made.response.header("location"))
    listed = bench.call("listWorlds")
    held = world.name in [item["name"] for item in member_of(listed, "worlds", ())]
    promise(bench, "CTL-12", held, listed, "A new world is not listed", world.name)
    refuses(bench, "CTL-16", 409, steer(bench, "createWorld", body={"name": world.name}), "a name that is taken")
    body = {"name": "default", "from": world.name}
    refuses(bench, "CTL-16", 409, steer(bench, "createWorld", body=body), "the name of the default world")


def _fresh(bench: Bench, world: OwnWorld) -> None:
    for api in served_apis(bench):
        expected = read(FIXTURES / api / "default.yaml").data["records"]
        given = world.steer("getFixtures", api=api)
        for statement in ("CTL-13", "CTL-62"):
            shows(bench, statement, given, expected, f"the records of {api} in a new world", "records")


def _copied(bench: Bench, world: OwnWorld) -> None:
    original = world.retitled()
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    traffic = world.steer("setTraffic", body={"latencyMilliseconds": 1, "seed": 3}).value
    copy = make_world(bench, world.opened, "-copy", **{"from": world.name})
    made = bench.history[-1]
    forked = member_of(made, "forkedFrom", None)
    promise(bench, "CTL-14", forked == world.name, made, "A copy names another world", world.name, forked)
    seeded = world.seeded()
    shows(bench, "CTL-14", copy.steer("getRecord", **seeded), original, "the record in the copy")
    shows(bench, "CTL-14", copy.steer("getClock"), "2015-07-30T13:07:40Z", "the clock of the copy", "at", instant)
    shows(bench, "CTL-14", copy.steer("getTraffic"), traffic, "the traffic of the copy")
    copy.retitled()
    shows(bench, "CTL-15", world.steer("getRecord", **seeded), original, "the record after its copy was changed")
    changed = copy.record()
    world.steer("deleteRecord", **seeded)
    shows(bench, "CTL-15", copy.steer("getRecord", **seeded), changed, "the copy after the record was deleted")
    other = make_world(bench, world.opened, "-other")
    fixture = read(FIXTURES / seeded["api"] / "default.yaml").data["records"][seeded["collection"]][seeded["id"]]
    shows(bench, "CTL-15", other.steer("getRecord", **seeded), fixture, "the record in a world apart")


def _not_copied(bench: Bench) -> None:
    body = {"name": bench.world, "from": NOWHERE}
    refuses(bench, "CTL-06", 404, steer(bench, "createWorld", body=body), "a copy of a world that is not there")
    read = bench.call("getWorld", path={"world": bench.world})
    refuses(bench, "CTL-06", 404, read, "the copy of a world that is not there")


def _names(bench: Bench) -> None:
    start = f"{bench.random.randrange(10**12):012}"
    for name in (start, f"{start}a.b-c_d.", f"Z{start}", start + "x" * (64 - len(start))):
        made = steer(bench, "createWorld", body={"name": name})
        if bench.accepted(["CTL-17"], made, f"the name {name}"):
            taken = bench.call("takeSnapshot", path={"world": name, "snapshot": name})
            bench.accepted(["CTL-17"], taken, f"the name {name} for a snapshot")
            steer(bench, "deleteWorld", world=name)
    for name in ("-", ".a", "_a", "a b", "ä", "a/b", "a~", "a\n", "", "x" * 65):
        made = steer(bench, "createWorld", body={"name": name})
        refuses(bench, "CTL-17", 400, made, f"the name {name!r}")
        if made.response.status == 201:
            steer(bench, "deleteWorld", world=quote(name, safe=""))
        copied = steer(bench, "createWorld", body={"name": f"{start}-copy", "from": name})
        refuses(bench, "CTL-17", 400, copied, f"a copy of {name!r}")
    for operation in bench.contract.operations.values():
        made_path = bench.draft(operation.id)
        for name in {"world", "snapshot"} & {parameter.name for parameter in operation.parameters}:
            for wrong in ("-", "a b", "x" * 65):
                path = {**made_path.path, name: wrong}
                exchange = bench.call(operation.id, path=path, media=made_path.media, body=made_path.body)
                refuses(bench, "CTL-17", 400, exchange, f"{operation.id} with the {name} {wrong!r}")


def _deleted(bench: Bench, world: OwnWorld) -> None:
    before = world.record()
    world.retitled()
    world.steer("takeSnapshot", snapshot="kept")
    bench.accepted(["CTL-18"], world.steer("deleteWorld"), "deleting a world")
    refuses(bench, "CTL-18", 404, world.steer("getWorld"), "a deleted world")
    refuses(bench, "CTL-18", 404, world.steer("deleteWorld"), "a world deleted again")
    listed = bench.call("listWorlds")
    held = world.name not in [item["name"] for item in member_of(listed, "worlds", ())]
    promise(bench, "CTL-18", held, listed, "A deleted world is listed", f"no {world.name}")
    again = make_world(bench, world.opened)
    shows(bench, "CTL-18", again.steer("getRecord", **again.seeded()), before, "the record in a world made again")
    shows(bench, "CTL-18", again.steer("listSnapshots"), [], "the snapshots of a world made again", "snapshots")


def _default_stays(bench: Bench) -> None:
    refuses(bench, "CTL-19", 409, bench.call("deleteWorld", path={"world": "default"}), "deleting the default world")
    bench.accepted(["CTL-19"], bench.call("getWorld", path={"world": "default"}), "the default world afterwards")


def _counted(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    counted = member_of(world.steer("getWorld"), "records", {})
    for api, collections in counted.items():
        given = member_of(world.steer("getFixtures", api=api), "records", {})
        expected = {collection: len(records) for collection, records in given.items()}
        title = f"The records of {api} are counted otherwise"
        promise(bench, "CTL-20", collections == expected, bench.history[-1], title, f"{expected}", collections)
    world.steer("deleteRecord", **seeded)
    for _ in range(3):
        read_case(world.within(AICC), bench.record("record.seeded")["id"])
    after = world.steer("getWorld")
    left = member_of(after, "records", {}).get(seeded["api"], {}).get(seeded["collection"])
    due = counted[seeded["api"]][seeded["collection"]] - 1
    promise(bench, "CTL-20", left == due, after, "A deleted record is counted", f"{due}", left)
    shows(bench, "CTL-20", after, 3, "the number of requests", "requests")


def _reset(bench: Bench, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    world.retitled()
    copy = make_world(bench, world.opened, "-copy", **{"from": world.name})
    for steered in (world, copy):
        what = "a world" if steered is world else "a copied world"
        steered.steer("takeSnapshot", snapshot="kept")
        steered.steer("setClock", body={"mode": "shifted", "bySeconds": 1000})
        steered.steer("setTraffic", body={"latencyMilliseconds": 1})
        read_case(steered.within(AICC), seeded["id"])
        reset = steered.steer("resetWorld")
        bench.accepted(["CTL-21"], reset, f"resetting {what}")
        shows(bench, "CTL-21", steered.steer("getRecord", **seeded), before, f"the record of {what} after a reset")
        shows(bench, "CTL-22", steered.steer("getClock"), "running", f"the clock of {what} after a reset", "mode")
        shows(bench, "CTL-22", steered.steer("getTraffic"), UNDISTURBED, f"the traffic of {what} after a reset")
        shows(bench, "CTL-23", steered.steer("getJournal"), [], f"the journal of {what} after a reset", "entries")
        shows(
            bench, "CTL-23", steered.steer("getWorld"), ["kept"], f"the snapshots after a reset of {what}", "snapshots"
        )
