"""What no schema can say of the control API: what steering a mock does to its worlds, and what it tells of them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import orjson

from conformance.bench import Bench, Probe, Unmet
from conformance.contracts import contract_of
from conformance.exchange import Exchange, Request
from conformance.profile import FIXTURES, bare_profile
from conformance.target import Target, decoded
from specs.contract import Contract
from specs.flaws import FlawedDocument
from specs.references import at, split
from specs.source import CONTROL_BASE, PACKAGE, parse, read

JSON, YAML = "application/json", "application/yaml"
SEEDED = ("api.served", "collection.served", "record.seeded")
AICC, EGAIN = "aicc", "egain"
READ, WRITE, TOKEN, EDIT = "getCase", "modifyCase", "getToken", "editCase"
NOWHERE = "casepact-nowhere"
UNDISTURBED = {"latencyMilliseconds": 0, "jitterMilliseconds": 0, "errorRate": 0, "rateLimit": None, "seed": 0}
EMPTY: Mapping[str, Any] = {"actors": {}, "records": {}}
"""Fixtures of nothing and nobody: actors may ask for records."""
PLANTED = "casepact-planted"
"""What a planted secret begins with."""

_TOLERANCE = timedelta(seconds=60)
_PLACE = re.compile(r"(.+\.yaml):(\d+)\Z")
_CREDENTIAL = re.compile(r"\[credential of (.+)\]\Z")


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of the control API. Each steers worlds of its own and leaves the others alone."""
    yield Probe("alive to anybody", "getHealth", ("CTL-01",), _alive, writes=False)
    yield Probe("refusals tell their status", "getWorld", ("CTL-04",), _statuses, writes=False)
    yield Probe("refused and nothing changed", "setTraffic", ("CTL-05",), _own(_invalid))
    yield Probe("worlds that are not there", "getWorld", ("CTL-06",), _not_there, SEEDED)
    yield Probe("things that are not there", "getRecord", ("CTL-06",), _own(_nothing_there), SEEDED)
    # Worlds.
    yield Probe("the default world", "listWorlds", ("CTL-11",), _default_world, writes=False)
    yield Probe("a world is made", "createWorld", ("CTL-12", "CTL-16"), _own(_made))
    yield Probe("a fresh world", "createWorld", ("CTL-13", "CTL-62"), _own(_fresh))
    yield Probe("a copied world", "createWorld", ("CTL-14", "CTL-15"), _own(_copied), SEEDED)
    yield Probe("what is not there is not copied", "createWorld", ("CTL-06",), _not_copied)
    yield Probe("names", "createWorld", ("CTL-17",), _names, SEEDED)
    yield Probe("a world is deleted", "deleteWorld", ("CTL-18",), _own(_deleted), SEEDED)
    yield Probe("the default world stays", "deleteWorld", ("CTL-19",), _default_stays)
    yield Probe("records and requests are counted", "getWorld", ("CTL-20",), _own(_counted), SEEDED)
    yield Probe("a world is reset", "resetWorld", ("CTL-21", "CTL-22", "CTL-23"), _own(_reset), SEEDED)
    # Snapshots.
    yield Probe("snapshots", "takeSnapshot", ("CTL-30", "CTL-31"), _own(_snapshots), SEEDED)
    yield Probe("a snapshot is restored", "restoreSnapshot", ("CTL-32",), _own(_restored), SEEDED)
    yield Probe("snapshots beyond the limit", "takeSnapshot", ("CTL-34",), _own(_crowded), SEEDED)
    yield Probe("a snapshot is deleted", "deleteSnapshot", ("CTL-33",), _own(_forgotten), SEEDED)
    # The clock.
    yield Probe("a running clock", "getClock", ("CTL-40",), _own(_running))
    yield Probe("a frozen clock", "setClock", ("CTL-41",), _own(_frozen))
    yield Probe("a shifted clock", "setClock", ("CTL-42",), _own(_shifted))
    yield Probe("clocks beyond the calendar", "setClock", ("CTL-43",), _own(_beyond))
    yield Probe("the present of an API", "setClock", ("CTL-44",), _own(_present))
    # Traffic.
    yield Probe("traffic is replaced", "setTraffic", ("CTL-50",), _own(_traffic))
    yield Probe("latency", "setTraffic", ("CTL-51",), _own(_slow))
    yield Probe("errors", "setTraffic", ("CTL-52", "CTL-54", "CTL-55"), _own(_errors))
    yield Probe("rate limit", "setTraffic", ("CTL-53", "CTL-55"), _own(_limited))
    # Fixtures and records.
    yield Probe("fixture sets", "listFixtureSets", ("CTL-60",), _fixture_sets, writes=False)
    yield Probe("a fixture set is loaded", "loadFixtureSet", ("CTL-61",), _own(_loaded), SEEDED)
    yield Probe("fixtures as YAML", "getFixtures", ("CTL-62", "CTL-63"), _own(_as_yaml), SEEDED)
    yield Probe("fixtures are put back", "replaceFixtures", ("CTL-64",), _own(_put_back))
    yield Probe("records that do not fit", "replaceRecord", ("CTL-65",), _own(_unfit), SEEDED)
    yield Probe("a record is put", "replaceRecord", ("CTL-66",), _own(_put), SEEDED)
    yield Probe("a record is deleted", "deleteRecord", ("CTL-67",), _own(_taken), SEEDED)
    yield Probe("records ask for records", "replaceRecord", ("CTL-68",), _own(_asking), SEEDED)
    yield Probe("a record that is asked for", "deleteRecord", ("CTL-69",), _own(_asked), SEEDED)
    # The journal and the refusals.
    yield Probe("the journal", "getJournal", ("CTL-70", "CTL-71", "CTL-73", "CTL-74"), _own(_journal), SEEDED)
    yield Probe("the journal narrowed", "getJournal", ("CTL-72",), _own(_narrowed), SEEDED)
    yield Probe("requests to no operation", "getJournal", ("CTL-70", "CTL-80", "CTL-81"), _own(_astray), SEEDED)
    yield Probe("a refusal is explained", "getRefusal", ("CTL-80", "CTL-81", "CTL-82"), _own(_explained), SEEDED)
    yield Probe("corrected requests", "getRefusal", ("CTL-82",), _own(_corrected))
    yield Probe("secrets", "getRefusal", ("CTL-83",), _own(_secrets), SEEDED)
    # Faults.
    yield Probe("faults", "setWorldFaults", ("CTL-91", "CTL-92"), _own(_faults))


@dataclass(frozen=True, slots=True)
class OwnWorld:
    """A world that a probe made for itself: steered by the control API, and asked through the APIs in it."""

    bench: Bench
    name: str
    opened: ExitStack

    def steer(self, operation: str, **request: Any) -> Exchange:
        """Call an operation of the control API on this world; what no request has a word for is a path parameter."""
        return _steer(self.bench, operation, world=self.name, **request)

    def within(self, api: str) -> Bench:
        """A bench for one API as it is served in this world; raises `Unmet`."""
        return _within(self, api)

    def seeded(self) -> dict[str, str]:
        """The path parameters of the known record."""
        api, collection, id = (str(self.bench.record(role)["id"]) for role in SEEDED)
        return {"api": api, "collection": collection, "id": id}

    def record(self) -> dict[str, Any]:
        """The known record as this world has it; empty when it has none."""
        found = self.steer("getRecord", **self.seeded())
        return dict(found.value) if found.response.status == 200 else {}

    def retitled(self) -> dict[str, Any]:
        """The known record, changed in this world."""
        record = {**self.record(), "title": f"Casepact {self.bench.random.randrange(10**9)}"}
        self.steer("replaceRecord", body=record, **self.seeded())
        return record


def _own(probe: Callable[[Bench, OwnWorld], None]) -> Callable[[Bench], None]:
    """A probe in a world of its own, which is deleted afterwards."""

    def run(bench: Bench) -> None:
        with ExitStack() as opened:
            probe(bench, _make(bench, opened))

    return run


def _make(bench: Bench, opened: ExitStack, suffix: str = "", **body: Any) -> OwnWorld:
    name = f"{bench.world}{suffix}"
    made = _steer(bench, "createWorld", body={"name": name, **body})
    if not bench.accepted(["CTL-12"], made, "a new world"):
        raise Unmet("a world of its own")
    opened.callback(_steer, bench, "deleteWorld", world=name)
    return OwnWorld(bench, name, opened)


# The service as a whole.


def _alive(bench: Bench) -> None:
    bench.accepted(["CTL-01"], bench.call("getHealth", actor=None), "a question without a credential")


def _statuses(bench: Bench) -> None:
    for exchange in (
        bench.call("getWorld", path={"world": NOWHERE}),
        bench.call("getWorld", path={"world": "-"}),
        bench.call("getWorld", path={"world": "default"}, actor=None),
        bench.call("createWorld", raw=b"{", media=JSON),
        bench.call("createWorld", raw=b"x", media="text/plain"),
    ):
        told = exchange.value.get("status") if isinstance(exchange.value, dict) else None
        held = told == exchange.response.status
        _promise(bench, "CTL-04", held, exchange, "A refusal tells another status", f"{exchange.response.status}", told)


def _invalid(bench: Bench, world: OwnWorld) -> None:
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
        [],
    )
    for body in wrong:
        _refused(bench, "CTL-05", 400, world.steer("setTraffic", body=body), f"the traffic {body}")
    _equal(bench, "CTL-05", world.steer("getTraffic"), before, "the traffic after refused requests")


def _not_there(bench: Bench) -> None:
    for operation in bench.contract.operations.values():
        if any(parameter.name == "world" for parameter in operation.parameters):
            made = bench.draft(operation.id)
            path = {**made.path, "world": NOWHERE}
            exchange = bench.call(operation.id, path=path, media=made.media, body=made.body)
            _refused(bench, "CTL-06", 404, exchange, f"{operation.id} of a world that is not there")
    read = bench.call("getWorld", path={"world": NOWHERE})
    _refused(bench, "CTL-06", 404, read, "a world that was only asked about")


def _nothing_there(bench: Bench, world: OwnWorld) -> None:
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
        _refused(bench, "CTL-06", 404, exchange, f"{operation} of what is not there")
    exchange = bench.call("getRefusal", path={"refusal": NOWHERE})
    _refused(bench, "CTL-06", 404, exchange, "a refusal that never was")


# Worlds.


def _default_world(bench: Bench) -> None:
    listed = bench.call("listWorlds")
    held = "default" in [world["name"] for world in _value(listed, "worlds", ())]
    _promise(bench, "CTL-11", held, listed, "The default world is not listed", "a world named default")
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
    _promise(bench, "CTL-12", held, made, title, "the address of the world", made.response.header("location"))
    listed = bench.call("listWorlds")
    held = world.name in [item["name"] for item in _value(listed, "worlds", ())]
    _promise(bench, "CTL-12", held, listed, "A new world is not listed", world.name)
    _refused(bench, "CTL-16", 409, _steer(bench, "createWorld", body={"name": world.name}), "a name that is taken")
    body = {"name": "default", "from": world.name}
    _refused(bench, "CTL-16", 409, _steer(bench, "createWorld", body=body), "the name of the default world")


def _fresh(bench: Bench, world: OwnWorld) -> None:
    for api in _served(bench):
        expected = read(FIXTURES / api / "default.yaml").data["records"]
        given = world.steer("getFixtures", api=api)
        for statement in ("CTL-13", "CTL-62"):
            _equal(bench, statement, given, expected, f"the records of {api} in a new world", "records")


def _copied(bench: Bench, world: OwnWorld) -> None:
    original = world.retitled()
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    traffic = world.steer("setTraffic", body={"latencyMilliseconds": 1, "seed": 3}).value
    copy = _make(bench, world.opened, "-copy", **{"from": world.name})
    made = bench.history[-1]
    forked = _value(made, "forkedFrom", None)
    _promise(bench, "CTL-14", forked == world.name, made, "A copy names another world", world.name, forked)
    seeded = world.seeded()
    _equal(bench, "CTL-14", copy.steer("getRecord", **seeded), original, "the record in the copy")
    _equal(bench, "CTL-14", copy.steer("getClock"), "2015-07-30T13:07:40Z", "the clock of the copy", "at", _instant)
    _equal(bench, "CTL-14", copy.steer("getTraffic"), traffic, "the traffic of the copy")
    copy.retitled()
    _equal(bench, "CTL-15", world.steer("getRecord", **seeded), original, "the record after its copy was changed")
    changed = copy.record()
    world.steer("deleteRecord", **seeded)
    _equal(bench, "CTL-15", copy.steer("getRecord", **seeded), changed, "the copy after the record was deleted")
    other = _make(bench, world.opened, "-other")
    fixture = read(FIXTURES / seeded["api"] / "default.yaml").data["records"][seeded["collection"]][seeded["id"]]
    _equal(bench, "CTL-15", other.steer("getRecord", **seeded), fixture, "the record in a world apart")


def _not_copied(bench: Bench) -> None:
    body = {"name": bench.world, "from": NOWHERE}
    _refused(bench, "CTL-06", 404, _steer(bench, "createWorld", body=body), "a copy of a world that is not there")
    read = bench.call("getWorld", path={"world": bench.world})
    _refused(bench, "CTL-06", 404, read, "the copy of a world that is not there")


def _names(bench: Bench) -> None:
    start = f"{bench.random.randrange(10**12):012}"
    for name in (start, f"{start}a.b-c_d.", f"Z{start}", start + "x" * (64 - len(start))):
        made = _steer(bench, "createWorld", body={"name": name})
        if bench.accepted(["CTL-17"], made, f"the name {name}"):
            taken = bench.call("takeSnapshot", path={"world": name, "snapshot": name})
            bench.accepted(["CTL-17"], taken, f"the name {name} for a snapshot")
            _steer(bench, "deleteWorld", world=name)
    for name in ("-", ".a", "_a", "a b", "ä", "a/b", "a~", "a\n", "", "x" * 65):
        made = _steer(bench, "createWorld", body={"name": name})
        _refused(bench, "CTL-17", 400, made, f"the name {name!r}")
        if made.response.status == 201:
            _steer(bench, "deleteWorld", world=quote(name, safe=""))
        copied = _steer(bench, "createWorld", body={"name": f"{start}-copy", "from": name})
        _refused(bench, "CTL-17", 400, copied, f"a copy of {name!r}")
    for operation in bench.contract.operations.values():
        made_path = bench.draft(operation.id)
        for name in {"world", "snapshot"} & {parameter.name for parameter in operation.parameters}:
            for wrong in ("-", "a b", "x" * 65):
                path = {**made_path.path, name: wrong}
                exchange = bench.call(operation.id, path=path, media=made_path.media, body=made_path.body)
                _refused(bench, "CTL-17", 400, exchange, f"{operation.id} with the {name} {wrong!r}")


def _deleted(bench: Bench, world: OwnWorld) -> None:
    before = world.record()
    world.retitled()
    world.steer("takeSnapshot", snapshot="kept")
    bench.accepted(["CTL-18"], world.steer("deleteWorld"), "deleting a world")
    _refused(bench, "CTL-18", 404, world.steer("getWorld"), "a deleted world")
    _refused(bench, "CTL-18", 404, world.steer("deleteWorld"), "a world deleted again")
    listed = bench.call("listWorlds")
    held = world.name not in [item["name"] for item in _value(listed, "worlds", ())]
    _promise(bench, "CTL-18", held, listed, "A deleted world is listed", f"no {world.name}")
    again = _make(bench, world.opened)
    _equal(bench, "CTL-18", again.steer("getRecord", **again.seeded()), before, "the record in a world made again")
    _equal(bench, "CTL-18", again.steer("listSnapshots"), [], "the snapshots of a world made again", "snapshots")


def _default_stays(bench: Bench) -> None:
    _refused(bench, "CTL-19", 409, bench.call("deleteWorld", path={"world": "default"}), "deleting the default world")
    bench.accepted(["CTL-19"], bench.call("getWorld", path={"world": "default"}), "the default world afterwards")


def _counted(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    counted = _value(world.steer("getWorld"), "records", {})
    for api, collections in counted.items():
        given = _value(world.steer("getFixtures", api=api), "records", {})
        expected = {collection: len(records) for collection, records in given.items()}
        title = f"The records of {api} are counted otherwise"
        _promise(bench, "CTL-20", collections == expected, bench.history[-1], title, f"{expected}", collections)
    world.steer("deleteRecord", **seeded)
    for _ in range(3):
        _read(world.within(AICC), bench.record("record.seeded")["id"])
    after = world.steer("getWorld")
    left = _value(after, "records", {}).get(seeded["api"], {}).get(seeded["collection"])
    due = counted[seeded["api"]][seeded["collection"]] - 1
    _promise(bench, "CTL-20", left == due, after, "A deleted record is counted", f"{due}", left)
    _equal(bench, "CTL-20", after, 3, "the number of requests", "requests")


def _reset(bench: Bench, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    world.retitled()
    copy = _make(bench, world.opened, "-copy", **{"from": world.name})
    for steered in (world, copy):
        what = "a world" if steered is world else "a copied world"
        steered.steer("takeSnapshot", snapshot="kept")
        steered.steer("setClock", body={"mode": "shifted", "bySeconds": 1000})
        steered.steer("setTraffic", body={"latencyMilliseconds": 1})
        _read(steered.within(AICC), seeded["id"])
        reset = steered.steer("resetWorld")
        bench.accepted(["CTL-21"], reset, f"resetting {what}")
        _equal(bench, "CTL-21", steered.steer("getRecord", **seeded), before, f"the record of {what} after a reset")
        _equal(bench, "CTL-22", steered.steer("getClock"), "running", f"the clock of {what} after a reset", "mode")
        _equal(bench, "CTL-22", steered.steer("getTraffic"), UNDISTURBED, f"the traffic of {what} after a reset")
        _equal(bench, "CTL-23", steered.steer("getJournal"), [], f"the journal of {what} after a reset", "entries")
        _equal(
            bench, "CTL-23", steered.steer("getWorld"), ["kept"], f"the snapshots after a reset of {what}", "snapshots"
        )


# Snapshots.


def _snapshots(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    world.retitled()
    start = datetime.now(UTC)
    first = world.steer("takeSnapshot", snapshot="evening")
    bench.accepted(["CTL-30"], first, "a snapshot")
    later = world.retitled()
    taken = world.steer("takeSnapshot", snapshot="evening")
    bench.accepted(["CTL-31"], taken, "a snapshot of the same name")
    world.steer("takeSnapshot", snapshot="other")
    listed = world.steer("listSnapshots")
    found = _value(listed, "snapshots", ())
    names = sorted(item["name"] for item in found)
    _promise(bench, "CTL-30", names == ["evening", "other"], listed, "Snapshots listed", "evening, other", names)
    near = all(abs(_instant(item["taken"]) - start) < _TOLERANCE for item in found)
    _promise(bench, "CTL-30", near, listed, "Snapshots of another moment", f"about {start}", f"{found}")
    shown = [item for item in found if item["name"] == "evening"]
    _promise(bench, "CTL-31", shown == [taken.value], listed, "The earlier snapshot is listed", f"{taken.value}", shown)
    world.retitled()
    world.steer("restoreSnapshot", snapshot="evening")
    _equal(bench, "CTL-31", world.steer("getRecord", **seeded), later, "the record of the later snapshot")


def _restored(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    kept = world.retitled()
    world.steer("takeSnapshot", snapshot="kept")
    for again in ("", " again"):
        world.retitled()
        world.steer("setClock", body={"mode": "running"})
        bench.accepted(["CTL-32"], world.steer("restoreSnapshot", snapshot="kept"), f"restoring a snapshot{again}")
        _equal(bench, "CTL-32", world.steer("getRecord", **seeded), kept, f"the record, restored{again}")
        clock = world.steer("getClock")
        _equal(bench, "CTL-32", clock, "2015-07-30T13:07:40Z", f"the clock, restored{again}", "at", _instant)
    world.steer("deleteRecord", **seeded)
    world.steer("restoreSnapshot", snapshot="kept")
    _equal(bench, "CTL-32", world.steer("getRecord", **seeded), kept, "the record, restored after it was deleted")


def _crowded(bench: Bench, world: OwnWorld) -> None:
    limit = _value(world.steer("listSnapshots"), "limit", 0)
    kept = world.record()
    taken = [world.steer("takeSnapshot", snapshot=f"kept{number}") for number in range(limit)]
    statuses = sorted({exchange.response.status for exchange in taken})
    title = f"Snapshots up to the limit of {limit}"
    _promise(bench, "CTL-34", statuses == [200], taken[-1] if taken else bench.history[-1], title, "200", statuses)
    world.retitled()
    beyond = world.steer("takeSnapshot", snapshot="beyond")
    _refused(bench, "CTL-34", 409, beyond, "a snapshot beyond the limit")
    listed = world.steer("listSnapshots")
    names = {item["name"] for item in _value(listed, "snapshots", ())}
    held = names == {f"kept{number}" for number in range(limit)}
    _promise(bench, "CTL-34", held, listed, "Snapshots after one was refused", f"{limit} as before", sorted(names))
    world.steer("restoreSnapshot", snapshot="kept0")
    _equal(bench, "CTL-34", world.steer("getRecord", **world.seeded()), kept, "the record of the first of them")
    bench.accepted(["CTL-34"], world.steer("takeSnapshot", snapshot="kept0"), "one that is there, taken again")
    world.steer("deleteSnapshot", snapshot="kept0")
    bench.accepted(["CTL-34"], world.steer("takeSnapshot", snapshot="beyond"), "a new one in the place of another")


def _forgotten(bench: Bench, world: OwnWorld) -> None:
    world.steer("takeSnapshot", snapshot="kept")
    changed = world.retitled()
    bench.accepted(["CTL-33"], world.steer("deleteSnapshot", snapshot="kept"), "deleting a snapshot")
    _refused(bench, "CTL-33", 404, world.steer("restoreSnapshot", snapshot="kept"), "restoring a deleted snapshot")
    _refused(bench, "CTL-33", 404, world.steer("deleteSnapshot", snapshot="kept"), "a snapshot deleted again")
    _equal(bench, "CTL-33", world.steer("listSnapshots"), [], "the snapshots after one was deleted", "snapshots")
    _equal(bench, "CTL-33", world.steer("getRecord", **world.seeded()), changed, "the record afterwards")


# The clock.


def _running(bench: Bench, world: OwnWorld) -> None:
    _near(bench, "CTL-40", world.steer("getClock"), timedelta(), "running")
    world.steer("setClock", body={"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    _near(bench, "CTL-40", world.steer("setClock", body={"mode": "running"}), timedelta(), "running")


def _frozen(bench: Bench, world: OwnWorld) -> None:
    for moment in (
        "2015-07-30T13:07:40Z",
        "2015-07-30T13:07:40.250+02:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    ):
        put = world.steer("setClock", body={"mode": "frozen", "at": moment})
        if bench.accepted(["CTL-41"], put, f"a clock frozen at {moment}"):
            time.sleep(0.02)
            for shown in (put, world.steer("getClock")):
                _equal(bench, "CTL-41", shown, "frozen", "the mode of a frozen clock", "mode")
                for member in ("at", "now"):
                    _equal(bench, "CTL-41", shown, moment, f"a frozen clock's {member}", member, _instant)


def _shifted(bench: Bench, world: OwnWorld) -> None:
    for seconds in (86_400, -86_400, 1, 0, 10_000_000_000, -10_000_000_000):
        put = world.steer("setClock", body={"mode": "shifted", "bySeconds": seconds})
        if bench.accepted(["CTL-42"], put, f"a clock shifted by {seconds} s"):
            for shown in (put, world.steer("getClock")):
                _equal(bench, "CTL-42", shown, seconds, "what a clock is shifted by", "bySeconds")
                _near(bench, "CTL-42", shown, timedelta(seconds=seconds), "shifted")


def _beyond(bench: Bench, world: OwnWorld) -> None:
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
        _refused(bench, "CTL-43", 400, world.steer("setClock", body=body), f"the clock {body}")
    _equal(bench, "CTL-43", world.steer("getClock"), before, "the clock after refused ones")


def _present(bench: Bench, world: OwnWorld) -> None:
    """eGain takes due dates in the future only, and its page prints one of 2015."""
    within = world.within(EGAIN)
    operation = within.operation(EDIT)
    for body, due in (({"mode": "running"}, False), ({"mode": "frozen", "at": "2015-07-30T13:07:41Z"}, True)):
        put = world.steer("setClock", body=body)
        edited = within.send(within.draft(EDIT).with_member("/dueDate", "2015-11-30T18:30:00.000Z"), EDIT)
        held = operation.succeeded(edited.response.status, edited.value) is due
        title = f"A case due in 2015, on a clock that is {body['mode']}"
        documented = "carried out" if due else "refused"
        _promise(bench, "CTL-44", held, put, title, documented, edited.response.status, chain=[edited])


# Traffic.


def _traffic(bench: Bench, world: OwnWorld) -> None:
    _equal(bench, "CTL-50", world.steer("getTraffic"), UNDISTURBED, "the traffic at the start")
    for body in (
        {"latencyMilliseconds": 3, "jitterMilliseconds": 2},
        {"errorRate": 0.25, "seed": 7},
        {"rateLimit": {"requests": 10, "perSeconds": 0.5}},
        {"rateLimit": None, "seed": -(2**40)},
        {"latencyMilliseconds": 60_000, "jitterMilliseconds": 60_000, "errorRate": 1},
        {},
    ):
        expected = {**UNDISTURBED, **body}
        _equal(bench, "CTL-50", world.steer("setTraffic", body=body), expected, f"the traffic {body}")
        _equal(bench, "CTL-50", world.steer("getTraffic"), expected, f"the traffic {body}, read again")


def _slow(bench: Bench, world: OwnWorld) -> None:
    within = world.within(AICC)
    put = world.steer("setTraffic", body={"latencyMilliseconds": 250, "jitterMilliseconds": 20})
    for _ in range(3):
        start = time.perf_counter()
        answered = _read(within, NOWHERE)
        took = time.perf_counter() - start
        _promise(
            bench, "CTL-51", took >= 0.25, put, "Too soon", "after 250 ms", f"{took * 1000:.0f} ms", chain=[answered]
        )


def _errors(bench: Bench, world: OwnWorld) -> None:
    within = world.within(AICC)
    id = bench.record("record.seeded")["id"]
    put = world.steer("setTraffic", body={"errorRate": 1})
    answers = [_read(within, id) for _ in range(5)]
    statuses = [answered.response.status for answered in answers]
    held = all(status >= 500 for status in statuses)
    _promise(bench, "CTL-52", held, put, "No server error", "5xx", f"{statuses}", chain=answers[:1])
    other = _make(bench, world.opened, "-other")
    elsewhere = _read(other.within(AICC), id)
    held = elsewhere.response.status == 200
    title = "Another world has its errors"
    _promise(bench, "CTL-55", held, put, title, "200", f"{elsewhere.response.status}", chain=[elsewhere])
    bench.accepted(["CTL-55"], world.steer("getWorld"), "steering a world that answers with errors")
    runs = []
    for _ in range(2):
        put = world.steer("setTraffic", body={"errorRate": 0.5, "seed": 7})
        runs.append([_read(within, id).response.status for _ in range(20)])
    _promise(bench, "CTL-54", runs[0] == runs[1], put, "The same seed, other errors", f"{runs[0]}", f"{runs[1]}")
    both = {status >= 500 for status in runs[0]} == {True, False}
    _promise(bench, "CTL-54", both, put, "An error rate of one half", "some errors", f"{runs[0]}")


def _limited(bench: Bench, world: OwnWorld) -> None:
    for api in _served(bench):
        _limit(bench, world, world.within(api))
    within, id = world.within(AICC), bench.record("record.seeded")["id"]
    put = world.steer("setTraffic", body={"rateLimit": {"requests": 2, "perSeconds": 0.2}})
    first = [_read(within, id).response.status for _ in range(2)]
    time.sleep(0.25)
    later = _read(within, id)
    received = f"{first}, {later.response.status}"
    held = first == [200, 200] and later.response.status == 200
    _promise(bench, "CTL-53", held, put, "After the time is over", "200", received, chain=[later])


def _limit(bench: Bench, world: OwnWorld, within: Bench) -> None:
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
    _promise(bench, "CTL-53", held, put, title, f"three answers, then {due}", f"{statuses}", chain=answers)
    told = answers[-1].response.header("retry-after")
    held = told.isdecimal() and 0 < int(told) <= 600
    _promise(bench, "CTL-53", held, put, f"Retry-After of {api}", "seconds to wait", told or "none", chain=answers)
    bench.accepted(["CTL-55"], world.steer("getWorld"), "steering a world beyond its limit")


# Fixtures and records.


def _fixture_sets(bench: Bench) -> None:
    listed = bench.call("listFixtureSets")
    sets = _value(listed, "sets", {})
    for api in _served(bench):
        held = "default" in sets.get(api, ())
        _promise(bench, "CTL-60", held, listed, f"No default fixtures of {api}", "default", f"{sets.get(api)}")


def _loaded(bench: Bench, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    other = next((api for api in _served(bench) if api != seeded["api"]), None)
    for body, both in (({"set": "default", "api": seeded["api"]}, False), ({"set": "default"}, True)):
        world.retitled()
        if other is not None:
            world.steer("replaceFixtures", api=other, body=EMPTY)
        bench.accepted(["CTL-61"], world.steer("loadFixtureSet", body=body), f"loading {body}")
        _equal(bench, "CTL-61", world.steer("getRecord", **seeded), before, f"the record after loading {body}")
        if other is not None:
            expected = read(FIXTURES / other / "default.yaml").data["records"] if both else {}
            shown = world.steer("getFixtures", api=other)
            what = f"the records of {other} after loading {body}"
            _equal(bench, "CTL-61", shown, expected, what, "records", _filled)


def _as_yaml(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    changed = world.retitled()
    for api in _served(bench):
        given = world.steer("getFixtures", api=api)
        if api == seeded["api"]:
            shown = _value(given, "records", {}).get(seeded["collection"], {}).get(seeded["id"])
            _promise(bench, "CTL-62", shown == changed, given, "A record as it was", f"{changed}", f"{shown}")
        text = world.steer("getFixtures", api=api, headers={"Accept": "application/yaml"})
        title = f"The fixtures of {api} as YAML"
        if _promise(bench, "CTL-63", text.response.media == YAML, text, title, YAML, text.response.media):
            _promise(bench, "CTL-63", _yaml(text) == given.value, text, title, "what JSON says", "something else")
    plain = world.steer(
        "getFixtures", api=seeded["api"], headers={"Accept": "application/yaml;q=0.5, application/json"}
    )
    title = "Fixtures for somebody who prefers JSON"
    _promise(bench, "CTL-63", plain.response.media == JSON, plain, title, JSON, plain.response.media)
    world.steer("deleteRecord", **seeded)
    given = world.steer("getFixtures", api=seeded["api"])
    gone = seeded["id"] not in _value(given, "records", {}).get(seeded["collection"], {})
    _promise(bench, "CTL-62", gone, given, "A deleted record is shown", "no such record")


def _put_back(bench: Bench, world: OwnWorld) -> None:
    for api in _served(bench):
        given = world.steer("getFixtures", api=api).value
        emptied = world.steer("replaceFixtures", api=api, body=EMPTY)
        left = sum(_value(emptied, "records", {}).get(api, {}).values())
        _promise(bench, "CTL-64", not left, emptied, f"Records of {api} that were replaced by none", "0", f"{left}")
        put = world.steer("replaceFixtures", api=api, body=given)
        if bench.accepted(["CTL-64"], put, f"the fixtures of {api} that were read"):
            _equal(bench, "CTL-64", world.steer("getFixtures", api=api), given, f"the fixtures of {api} put back")


def _unfit(bench: Bench, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    api, collection, id = seeded["api"], seeded["collection"], seeded["id"]
    for what, record in (
        ("a record that lacks everything", {}),
        ("a record under another id", {**before, "id": NOWHERE}),
        ("a record with an id of another type", {**before, "id": [id]}),
        ("a record with a title that is none", {**before, "title": 7}),
    ):
        _refused(bench, "CTL-65", 400, world.steer("replaceRecord", body=record, **seeded), what)
        body = {"records": {collection: {id: record}}}
        _refused(bench, "CTL-65", 400, world.steer("replaceFixtures", api=api, body=body), f"fixtures with {what}")
    unfit: tuple[dict[str, Any], ...] = (
        {"records": {NOWHERE: {}}},
        {"api": NOWHERE, "records": {}},
        {"actors": {"a": {"credentials": {NOWHERE: "x"}}}, "records": {}},
    )
    for fixtures in unfit:
        put = world.steer("replaceFixtures", api=api, body=fixtures)
        _refused(bench, "CTL-65", 400, put, f"the fixtures {fixtures}")
    _equal(bench, "CTL-65", world.steer("getRecord", **seeded), before, "the record after refused ones")


def _put(bench: Bench, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    changed = {**before, "title": "Casepact: <b>&amp; 界"}
    put = world.steer("replaceRecord", body=changed, **seeded)
    _equal(bench, "CTL-66", put, changed, "the record that is answered")
    _equal(bench, "CTL-66", world.steer("getRecord", **seeded), changed, "the record that is read")
    records = world.steer("getRecords", api=seeded["api"], collection=seeded["collection"])
    _promise(
        bench,
        "CTL-66",
        _value(records, "records", {}).get(seeded["id"]) == changed,
        records,
        "The record among all",
        f"{changed}",
    )
    if seeded["api"] == AICC:
        shown = _read(world.within(AICC), seeded["id"])
        title = _title(shown)
        _promise(
            bench,
            "CTL-66",
            title == changed["title"],
            put,
            "The record that the API shows",
            changed["title"],
            f"{title}",
            chain=[shown],
        )
    added = {**before, "id": f"{seeded['id'][:-4]}0000"}
    put = world.steer("replaceRecord", body=added, **{**seeded, "id": added["id"]})
    if bench.accepted(["CTL-66"], put, "a record of a new id"):
        _equal(
            bench, "CTL-66", world.steer("getRecord", **{**seeded, "id": added["id"]}), added, "a record that was added"
        )


def _taken(bench: Bench, world: OwnWorld) -> None:
    seeded = world.seeded()
    bench.accepted(["CTL-67"], world.steer("deleteRecord", **seeded), "deleting a record")
    _refused(bench, "CTL-67", 404, world.steer("getRecord", **seeded), "a deleted record")
    _refused(bench, "CTL-67", 404, world.steer("deleteRecord", **seeded), "a record deleted again")
    if seeded["api"] == AICC:
        shown = _read(world.within(AICC), seeded["id"])
        held = shown.response.status == 404
        _promise(
            bench,
            "CTL-67",
            held,
            bench.history[-1],
            "The API shows a deleted record",
            "404",
            f"{shown.response.status}",
            chain=[shown],
        )


def _asking(bench: Bench, world: OwnWorld) -> None:
    """A case of eGain asks for a department, a user and other cases; actors ask for users."""
    given = world.steer("getFixtures", api=_asked_api(world))
    records = _value(given, "records", {})
    id, case = next(iter(sorted(records.get("cases", {}).items())), ("", {}))
    for member, other in (("department", NOWHERE), ("ownerId", NOWHERE), ("related", [NOWHERE])):
        what = f"a case whose {member} is not there"
        put = world.steer("replaceRecord", api=EGAIN, collection="cases", id=id, body={**case, member: other})
        _refused(bench, "CTL-68", 400, put, what)
        told = _detail(put)
        held = member in told and NOWHERE in told
        _promise(bench, "CTL-68", held, put, f"What is missing of {what}", f"{member} and {NOWHERE}", told)
    changed = {**records, "cases": {id: {**case, "department": NOWHERE}}}
    for what, body in (
        ("fixtures with a case of a department that is not there", {"records": changed}),
        ("records without the users of the actors", {"records": {}}),
    ):
        _refused(bench, "CTL-68", 400, world.steer("replaceFixtures", api=EGAIN, body=body), what)
    _equal(bench, "CTL-68", world.steer("getFixtures", api=EGAIN), given.value, "the fixtures after refused ones")


def _asked(bench: Bench, world: OwnWorld) -> None:
    """The department, the owner and the relations of eGain's cases, and the users that actors ask for."""
    given = world.steer("getFixtures", api=_asked_api(world))
    cases, actors = _value(given, "records", {}).get("cases", {}), _value(given, "actors", {})
    asked = {("departments", case["department"]) for case in cases.values()}
    asked |= {("users", case["ownerId"]) for case in cases.values() if "ownerId" in case}
    asked |= {("cases", related) for case in cases.values() for related in case["related"]}
    asked |= {("users", actor["user"]) for actor in actors.values() if "user" in actor}
    for collection, id in sorted(asked):
        gone = world.steer("deleteRecord", api=EGAIN, collection=collection, id=quote(id, safe=""))
        _refused(bench, "CTL-69", 409, gone, f"deleting {id} of the {collection}")
    _equal(bench, "CTL-69", world.steer("getFixtures", api=EGAIN), given.value, "the fixtures after refused deletions")
    department = {"id": "casepact", "name": "Casepact", "sharedWith": []}
    address = {"api": EGAIN, "collection": "departments"}
    shared = [{"department": "casepact", "activities": True}]
    world.steer("replaceRecord", **address, id="casepact", body=department)
    world.steer(
        "replaceRecord", **address, id="casepact-too", body={**department, "id": "casepact-too", "sharedWith": shared}
    )
    gone = world.steer("deleteRecord", **address, id="casepact")
    _refused(bench, "CTL-69", 409, gone, "deleting a department that another one asks for")
    told = _detail(gone)
    _promise(bench, "CTL-69", "casepact-too" in told, gone, "Who asks for a record", "casepact-too", told)
    for id in ("casepact-too", "casepact"):
        bench.accepted(["CTL-69"], world.steer("deleteRecord", **address, id=id), "deleting what nobody asks for")


def _asked_api(world: OwnWorld) -> str:
    """The API whose records ask for each other; raises `Unmet` where the mock does not serve it."""
    world.within(EGAIN)
    return EGAIN


def _detail(exchange: Exchange) -> str:
    return str(exchange.value.get("detail", "")) if isinstance(exchange.value, dict) else ""


# The journal and the refusals.


def _journal(bench: Bench, world: OwnWorld) -> None:
    within, id = world.within(AICC), bench.record("record.seeded")["id"]
    sent = [_read(within, id), _read(within, NOWHERE), _untitled(within), _read(within, id)]
    listed = world.steer("getJournal")
    entries = _value(listed, "entries", [])
    shown = [(item["method"], item["api"], item["operation"], item["status"]) for item in entries]
    due = [(item.request.method, AICC, item.operation, item.response.status) for item in sent]
    _promise(
        bench, "CTL-70", shown == due, listed, "The journal tells of other requests", f"{due}", f"{shown}", chain=sent
    )
    numbers = [item["number"] for item in entries]
    held = numbers == sorted({*numbers}) and len(entries) == len(sent)
    _promise(bench, "CTL-70", held, listed, "Numbers of the journal", "upwards", f"{numbers}", chain=sent)
    for item, exchange in zip(entries, sent, strict=False):
        refused = exchange.response.status >= 400
        header = exchange.response.header("x-casepact-statement")
        statements = header.split(", ") if header else []
        told = (item["outcome"], sorted(item["statements"]), item["refusal"] is not None)
        expected = ("refused" if refused else "admitted", sorted(statements), refused)
        _promise(
            bench,
            "CTL-71",
            told == expected,
            listed,
            "An entry tells otherwise",
            f"{expected}",
            f"{told}",
            chain=[exchange],
        )
    for name in ("default", world.name):
        read = bench.call("getJournal", path={"world": name})
        steered = [item["path"] for item in _value(read, "entries", ()) if item["path"].startswith(CONTROL_BASE)]
        _promise(bench, "CTL-74", not steered, read, "The journal tells of steering", "requests to APIs", f"{steered}")
    bench.accepted(["CTL-73"], world.steer("clearJournal"), "clearing the journal")
    _equal(bench, "CTL-73", world.steer("getJournal"), [], "the journal after it was cleared", "entries")


def _astray(bench: Bench, world: OwnWorld) -> None:
    """A path that no operation has, and a method that a path does not have."""
    within = world.within(AICC)
    root = within.target.api.url
    # Only what is known to be a mock is sent what its contract does not declare.
    target = Target(within.contract, replace(within.target.profile, worlds=True), pacer=bench.target.pacer)
    world.opened.callback(target.close)
    paths = [item.path for item in within.contract.documented() if item.method == "POST" and "{" not in item.path][:1]
    for method, path in (("GET", f"/{NOWHERE}"), *(("DELETE", path) for path in paths)):
        answered = target.send(Request(method, f"{root}{path}", ()))
        listed = world.steer("getJournal", query={"last": 1})
        entries = _value(listed, "entries", [])
        shown = [(item["method"], item["operation"], item["status"], item["outcome"]) for item in entries]
        due = [(method, "", answered.status, "refused")]
        title = f"A {method} that no operation takes stands otherwise in the journal"
        if not _promise(bench, "CTL-70", shown == due, listed, title, f"{due}", f"{shown}"):
            continue
        id = f"{entries[0]['refusal']}"
        found = bench.call("getRefusal", path={"refusal": id})
        if not bench.accepted(["CTL-80"], found, "the refusal that the journal names"):
            continue
        linked = f"/refusals/{id}>" in answered.header("link")
        _promise(bench, "CTL-80", linked, found, "The Link of a refusal", id, answered.header("link"))
        named = [name for item in found.value["violations"] for name in item["statements"]]
        told = answered.header("x-casepact-statement").split(", ")
        title = "Statements of a request that no operation takes"
        _promise(bench, "CTL-81", named == told != [""], found, title, f"{told}", f"{named}")


def _narrowed(bench: Bench, world: OwnWorld) -> None:
    within, id = world.within(AICC), bench.record("record.seeded")["id"]
    for _ in range(3):
        _read(within, id)
        _read(within, NOWHERE)
        _untitled(within)
    all_ = _value(world.steer("getJournal"), "entries", [])
    statement = next(iter(all_[-1]["statements"])) if all_ and all_[-1]["statements"] else NOWHERE
    tried: list[tuple[dict[str, Any], Callable[[Mapping[str, Any]], bool]]] = [
        ({"operation": READ}, lambda item: item["operation"] == READ),
        ({"operation": NOWHERE}, lambda item: False),
        ({"outcome": "admitted"}, lambda item: item["outcome"] == "admitted"),
        ({"outcome": "refused"}, lambda item: item["outcome"] == "refused"),
        ({"statement": statement}, lambda item: statement in item["statements"]),
        (
            {"operation": READ, "outcome": "refused"},
            lambda item: item["operation"] == READ and item["outcome"] == "refused",
        ),
        ({}, lambda item: True),
    ]
    for query, fits in tried:
        due = [item["number"] for item in all_ if fits(item)]
        for last in (None, 1, 2, 1000):
            narrowed = world.steer("getJournal", query={**query, **({"last": last} if last else {})})
            shown = [item["number"] for item in _value(narrowed, "entries", ())]
            wanted = due[-last:] if last else due
            title = f"Entries for {query}, last {last}"
            _promise(bench, "CTL-72", shown == wanted, narrowed, title, f"{wanted}", f"{shown}")
    for query in ({"last": 0}, {"last": 1001}, {"last": "many"}, {"outcome": "perhaps"}, {"first": 1}):
        _refused(bench, "CTL-05", 400, world.steer("getJournal", query=query), f"the journal narrowed by {query}")


def _explained(bench: Bench, world: OwnWorld) -> None:
    within = world.within(AICC)
    refused = _untitled(within)
    entries = _value(world.steer("getJournal"), "entries", [])
    id = f"{entries[-1]['refusal']}" if entries else NOWHERE
    found = bench.call("getRefusal", path={"refusal": id})
    if not bench.accepted(["CTL-80"], found, "the refusal that the journal names"):
        return
    linked = f"/refusals/{id}>" in refused.response.header("link")
    _promise(
        bench, "CTL-80", linked, found, "The Link of a refusal", id, refused.response.header("link"), chain=[refused]
    )
    told = tuple(found.value[name] for name in ("refusal", "world", "api", "operation"))
    due = (id, world.name, AICC, WRITE)
    _promise(bench, "CTL-80", told == due, found, "Another refusal", f"{due}", f"{told}", chain=[refused])
    _equal(bench, "CTL-80", found, {"status": refused.response.status}, "the answer that was given", "answer")
    _violations(bench, within.contract, found, refused)
    corrected = found.value["corrected"]
    _promise(bench, "CTL-82", corrected is not None, found, "No corrected request", "one with a title", chain=[refused])
    _try(bench, world, within, found, refused)


def _violations(bench: Bench, contract: Contract, found: Exchange, refused: Exchange) -> None:
    """Each violation names known statements in their words, a place in the request and a line that carries one."""
    violations = found.value["violations"]
    named = {name for item in violations for name in item["statements"]}
    due = {*refused.response.header("x-casepact-statement").split(", ")}
    _promise(
        bench,
        "CTL-81",
        due <= named and bool(due),
        found,
        "Statements that are not named",
        f"{due}",
        f"{named}",
        chain=[refused],
    )
    for item in violations:
        known = [
            contract.ledger.statements[name].says for name in item["statements"] if name in contract.ledger.statements
        ]
        _promise(
            bench,
            "CTL-81",
            item["says"] == known != [],
            found,
            "Statements in other words",
            f"{known}",
            f"{item['says']}",
            chain=[refused],
        )
        lines = {str(place) for name in item["statements"] for place in contract.carried.get(name, ())}
        lines.add(str(contract.operation(refused.operation).place))
        place = _PLACE.match(item["contract"] or "")
        carried = place is not None and item["contract"] in lines and (PACKAGE.parent / place[1]).is_file()
        _promise(
            bench,
            "CTL-81",
            carried,
            found,
            "A place in the contract",
            ", ".join(sorted(lines)),
            f"{item['contract']}",
            chain=[refused],
        )
        held = _is_there(refused.sent, item["pointer"])
        _promise(
            bench,
            "CTL-81",
            held,
            found,
            "A place in the request",
            "a place that is there",
            item["pointer"],
            chain=[refused],
        )


def _corrected(bench: Bench, world: OwnWorld) -> None:
    """Every operation with a body, sent without each member that must be there."""
    for api in _served(bench):
        within = world.within(api)
        for operation in within.contract.documented():
            media = operation.body.get(JSON)
            if media is None or media.schema is None:
                continue
            made = within.draft(operation.id)
            for pointer in _required(made.body, media.schema.document):
                refused = within.send(made.without_member(pointer), operation.id)
                entries = _value(world.steer("getJournal", query={"last": 1}), "entries", [])
                if refused.response.status >= 400 and entries and entries[-1]["refusal"]:
                    found = bench.call("getRefusal", path={"refusal": entries[-1]["refusal"]})
                    if bench.accepted(["CTL-80"], found, "the refusal that the journal names"):
                        _try(bench, world, within, found, refused)


def _try(bench: Bench, world: OwnWorld, within: Bench, found: Exchange, refused: Exchange) -> None:
    """Send the corrected request, if there is one, with the credentials that it speaks of."""
    corrected = found.value["corrected"]
    if corrected is None:
        return
    operation = within.operation(refused.operation)
    headers = {}
    for name, value in corrected["headers"].items():
        spoken = _CREDENTIAL.match(value)
        credentials = within.target.credentials(operation, spoken[1]) if spoken else None
        known = {key.lower(): text for key, text in credentials.headers} if credentials else {}
        headers[name] = known.get(name.lower(), value)
    body = None if corrected["body"] is None else orjson.dumps(corrected["body"])
    if corrected["media"] == "application/x-www-form-urlencoded":
        body = urlencode(corrected["body"]).encode()
    root = within.target.api.url.removesuffix(f"/{within.contract.api}")
    request = Request(corrected["method"], root + corrected["path"], tuple(headers.items()), body)
    title = f"The corrected {operation.id} of {within.contract.api} is refused"
    if not request.url.startswith(within.target.api.url):
        documented = f"a path below /{within.contract.api}"
        _promise(bench, "CTL-82", False, found, title, documented, corrected["path"], chain=[refused])
        return
    again = within.target.send(request)
    tried = Exchange(operation.id, request, again, decoded(operation, again)[0])
    held = operation.succeeded(again.status, tried.value)
    received = f"{again.status} {again.body[:120].decode('utf-8', 'replace')}"
    documented = f"{operation.success_status()}"
    _promise(bench, "CTL-82", held, found, title, documented, received, chain=[refused, tried])


def _secrets(bench: Bench, world: OwnWorld) -> None:
    within = world.within(AICC)
    actor = within.target.credentials(within.operation(WRITE), within.contract.default_actor)
    own = actor.headers[0][1] if actor is not None else NOWHERE
    planted: list[tuple[str, dict[str, Any]]] = [
        (WRITE, {"headers": {"access-token": f"{PLANTED}-1"}, "body": {}, "actor": None}),
        (WRITE, {"headers": {"Cookie": f"session={PLANTED}-2", "X-Api-Key": f"{PLANTED}-3"}, "body": {}}),
        (WRITE, {"headers": {"Authorization": f"Basic {PLANTED}-4"}, "body": {}}),
        (WRITE, {"query": {"password": f"{PLANTED}-5", "access_token": f"{PLANTED}-6"}, "body": {}}),
        (WRITE, {"body": {"caseInfo": {"clientSecret": f"{PLANTED}-7", "deep": [{"password": f"{PLANTED}-8"}]}}}),
        (WRITE, {"raw": f'{{"password": "{PLANTED}-9"'.encode(), "media": JSON}),
        (
            TOKEN,
            {
                "raw": f"grant_type=x&client_id=y&client_secret={PLANTED}-10".encode(),
                "media": "application/x-www-form-urlencoded",
            },
        ),
        (
            TOKEN,
            {"raw": f"client_id=y&client%5Fsecret={PLANTED}-11".encode(), "media": "application/x-www-form-urlencoded"},
        ),
    ]
    for name, request in planted:
        if "body" in request:
            request["media"] = JSON
        refused = within.call(name, **request)
        read = world.steer("getJournal", query={"last": 1})
        entries = _value(read, "entries", [])
        id = entries[-1]["refusal"] if entries else None
        if refused.response.status < 400 or id is None:
            continue
        found = bench.call("getRefusal", path={"refusal": id})
        for shown in (found, read):
            text = shown.response.body.decode("utf-8", "replace")
            leaked = [secret for secret in (PLANTED, own) if secret in text]
            what = ", ".join(sorted(request))
            title = f"A secret is shown: {name} with {what}"
            _promise(bench, "CTL-83", not leaked, shown, title, "no secret", f"{leaked}", chain=[refused])


# Faults.


def _faults(bench: Bench, world: OwnWorld) -> None:
    _equal(bench, "CTL-91", world.steer("getWorldFaults"), [], "the faults of a new world", "faults")
    _refused(bench, "CTL-92", 400, world.steer("setWorldFaults", body={"faults": [NOWHERE]}), "an unknown fault")
    _equal(bench, "CTL-92", world.steer("getWorldFaults"), [], "the faults after a refused one", "faults")
    bench.accepted(["CTL-91"], world.steer("setWorldFaults", body={"faults": []}), "no fault")


# Requests and what they show.


def _steer(
    bench: Bench,
    operation: str,
    *,
    body: Any = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    **path: str,
) -> Exchange:
    media = JSON if body is not None else ""
    return bench.call(operation, path=path, query=query, headers=headers, media=media, body=body)


def _within(world: OwnWorld, api: str) -> Bench:
    bench = world.bench
    base = bench.target.api.url
    if not base.endswith(CONTROL_BASE):
        raise Unmet(f"a base address that ends in {CONTROL_BASE}")
    if api not in _served(bench):
        raise Unmet(f"a mock that serves {api}")
    contract = contract_of(api)
    profile = bare_profile(api, f"{base.removesuffix(CONTROL_BASE)}/~{world.name}/{api}")
    if contract.default_actor not in profile.apis[api].actors:
        raise Unmet("a mock on a loopback address")
    # The address names the world, so that a request can be repeated as it is printed.
    target = Target(contract, replace(profile, worlds=False), pacer=bench.target.pacer)
    world.opened.callback(target.close)
    return Bench(target, "", key=api, seed=0, examples=1)


def _served(bench: Bench) -> list[str]:
    return [item["api"] for item in _value(bench.call("getReadiness"), "apis", ()) if (FIXTURES / item["api"]).is_dir()]


def _read(within: Bench, id: str) -> Exchange:
    return within.call(READ, path={"id": id})


def _untitled(within: Bench) -> Exchange:
    """A change that breaks two statements: without a title, and with a description that is no text."""
    made = within.draft(WRITE).without_member("/caseInfo/title").with_member("/caseInfo/description", 7)
    return within.send(made, WRITE)


def _title(shown: Exchange) -> Any:
    try:
        return shown.value["result"][0]["caseInfo"]["title"]
    except (TypeError, LookupError):
        return None


def _is_there(body: Any, pointer: str) -> bool:
    try:
        at(body, tuple(split(pointer)))
    except LookupError:
        return False
    return True


def _required(body: Any, schema: Mapping[str, Any], pointer: str = "") -> Iterator[str]:
    """The members of this body that its schema requires, where the schema says so in place."""
    if not isinstance(body, dict):
        return
    while "$ref" in schema:
        schema = schema["$defs"][schema["$ref"].rsplit("/", 1)[-1]] if "$defs" in schema else {}
    for name in schema.get("required", ()):
        if name in body:
            yield f"{pointer}/{name}"
    for name, member in (schema.get("properties") or {}).items():
        if name in body and "$ref" not in member:
            yield from _required(body[name], member, f"{pointer}/{name}")


def _value(exchange: Exchange, member: str, otherwise: Any) -> Any:
    """A member of a success; what is answered otherwise is charged by the checks."""
    answered = exchange.value if 200 <= exchange.response.status < 300 else None
    return answered.get(member, otherwise) if isinstance(answered, dict) else otherwise


def _yaml(exchange: Exchange) -> Any:
    try:
        return parse(exchange.response.body.decode("utf-8", "replace"), "the answer").data
    except FlawedDocument as error:
        return str(error)


def _instant(text: Any) -> Any:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return text


def _filled(records: Any) -> Any:
    """Collections without those that hold nothing."""
    return {name: items for name, items in records.items() if items} if isinstance(records, dict) else records


def _equal(
    bench: Bench,
    statement: str,
    exchange: Exchange,
    expected: Any,
    what: str,
    member: str = "",
    read_as: Callable[[Any], Any] = lambda value: value,
) -> None:
    """Promise that a success holds this value, or has it as this member."""
    answered = exchange.response.status == 200
    value = _value(exchange, member, None) if member else exchange.value
    held = answered and read_as(value) == read_as(expected)
    received = f"{exchange.response.status} {value!r}"[:200]
    _promise(bench, statement, held, exchange, f"Otherwise: {what}", f"{expected!r}"[:200], received)


def _near(bench: Bench, statement: str, exchange: Exchange, ahead: timedelta, mode: str) -> None:
    """Promise that a clock shows the time of this machine, so far ahead."""
    shown = _instant(_value(exchange, "now", ""))
    due = datetime.now(UTC) + ahead
    held = isinstance(shown, datetime) and abs(shown - due) < _TOLERANCE and _value(exchange, "mode", "") == mode
    _promise(
        bench, statement, held, exchange, f"A {mode} clock shows another time", f"about {due}", f"{exchange.value}"
    )


def _refused(bench: Bench, statement: str, status: int, exchange: Exchange, what: str) -> None:
    """Promise that a request is refused with this status."""
    received = f"{exchange.response.status}"
    _promise(
        bench, statement, exchange.response.status == status, exchange, f"Not refused: {what}", f"{status}", received
    )


def _promise(
    bench: Bench,
    statement: str,
    held: bool,
    exchange: Exchange,
    title: str,
    documented: str,
    received: Any = None,
    chain: tuple[Exchange, ...] | list[Exchange] = (),
) -> bool:
    shown = f"{exchange.response.status}" if received is None else f"{received}"
    return bench.promise([statement], held, exchange, title=title, received=shown, documented=documented, chain=chain)
