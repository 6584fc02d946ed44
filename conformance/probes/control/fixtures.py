"""Fixtures and records: loaded, shown, replaced, deleted, and how they ask for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.cases import read_case
from conformance.probes.control.own_world import AICC, EGAIN, JSON, NOWHERE, SEEDED, OwnWorld, in_own_world, served_apis
from conformance.probes.control.promises import member_of, promise, refuses, shows
from conformance.target.exchange import Exchange
from specs.contract import Contract
from specs.flaws import FlawedDocument
from specs.project import files_of
from specs.source import parse, read

YAML = "application/yaml"
EMPTY: Mapping[str, Any] = {"actors": {}, "records": {}}
"""Fixtures of nothing and nobody: actors may ask for records."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of fixtures and records."""
    yield Probe("fixture sets", "listFixtureSets", ("CTL-60",), _fixture_sets, writes=False)
    yield Probe("a fixture set is loaded", "loadFixtureSet", ("CTL-61",), in_own_world(_loaded), SEEDED)
    yield Probe("fixtures as YAML", "getFixtures", ("CTL-62", "CTL-63"), in_own_world(_as_yaml), SEEDED)
    yield Probe("fixtures are put back", "replaceFixtures", ("CTL-64",), in_own_world(_put_back))
    yield Probe("records that do not fit", "replaceRecord", ("CTL-65",), in_own_world(_unfit), SEEDED)
    yield Probe("a record is put", "replaceRecord", ("CTL-66",), in_own_world(_put), SEEDED)
    yield Probe("a record is deleted", "deleteRecord", ("CTL-67",), in_own_world(_taken), SEEDED)
    yield Probe("records ask for records", "replaceRecord", ("CTL-68",), in_own_world(_asking), SEEDED)
    yield Probe("a record that is asked for", "deleteRecord", ("CTL-69",), in_own_world(_asked), SEEDED)


def _fixture_sets(ctx: ProbeContext) -> None:
    listed = ctx.call("listFixtureSets")
    sets = member_of(listed, "sets", {})
    for api in served_apis(ctx):
        held = "default" in sets.get(api, ())
        promise(ctx, "CTL-60", held, listed, f"No default fixtures of {api}", "default", f"{sets.get(api)}")


def _loaded(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    other = next((api for api in served_apis(ctx) if api != seeded["api"]), None)
    for body, both in (({"set": "default", "api": seeded["api"]}, False), ({"set": "default"}, True)):
        world.retitled()
        if other is not None:
            world.steer("replaceFixtures", api=other, body=EMPTY)
        ctx.accepted(["CTL-61"], world.steer("loadFixtureSet", body=body), f"loading {body}")
        shows(ctx, "CTL-61", world.steer("getRecord", **seeded), before, f"the record after loading {body}")
        if other is not None:
            expected = read(files_of(other).fixtures / "default.yaml").data["records"] if both else {}
            shown = world.steer("getFixtures", api=other)
            what = f"the records of {other} after loading {body}"
            shows(ctx, "CTL-61", shown, expected, what, "records", _filled)


def _as_yaml(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded = world.seeded()
    changed = world.retitled()
    for api in served_apis(ctx):
        given = world.steer("getFixtures", api=api)
        if api == seeded["api"]:
            shown = member_of(given, "records", {}).get(seeded["collection"], {}).get(seeded["id"])
            promise(ctx, "CTL-62", shown == changed, given, "A record as it was", f"{changed}", f"{shown}")
        text = world.steer("getFixtures", api=api, headers={"Accept": "application/yaml"})
        title = f"The fixtures of {api} as YAML"
        if promise(ctx, "CTL-63", text.response.media == YAML, text, title, YAML, text.response.media):
            promise(ctx, "CTL-63", _yaml(text) == given.value, text, title, "what JSON says", "something else")
    plain = world.steer(
        "getFixtures", api=seeded["api"], headers={"Accept": "application/yaml;q=0.5, application/json"}
    )
    title = "Fixtures for somebody who prefers JSON"
    promise(ctx, "CTL-63", plain.response.media == JSON, plain, title, JSON, plain.response.media)
    world.steer("deleteRecord", **seeded)
    given = world.steer("getFixtures", api=seeded["api"])
    gone = seeded["id"] not in member_of(given, "records", {}).get(seeded["collection"], {})
    promise(ctx, "CTL-62", gone, given, "A deleted record is shown", "no such record")


def _put_back(ctx: ProbeContext, world: OwnWorld) -> None:
    for api in served_apis(ctx):
        given = world.steer("getFixtures", api=api).value
        emptied = world.steer("replaceFixtures", api=api, body=EMPTY)
        left = sum(member_of(emptied, "records", {}).get(api, {}).values())
        promise(ctx, "CTL-64", not left, emptied, f"Records of {api} that were replaced by none", "0", f"{left}")
        put = world.steer("replaceFixtures", api=api, body=given)
        if ctx.accepted(["CTL-64"], put, f"the fixtures of {api} that were read"):
            shows(ctx, "CTL-64", world.steer("getFixtures", api=api), given, f"the fixtures of {api} put back")


def _unfit(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    api, collection, id = seeded["api"], seeded["collection"], seeded["id"]
    for what, record in (
        ("a record that lacks everything", {}),
        ("a record under another id", {**before, "id": NOWHERE}),
        ("a record with an id of another type", {**before, "id": [id]}),
        ("a record with a title that is none", {**before, "title": 7}),
    ):
        refuses(ctx, "CTL-65", 400, world.steer("replaceRecord", body=record, **seeded), what)
        body = {"records": {collection: {id: record}}}
        refuses(ctx, "CTL-65", 400, world.steer("replaceFixtures", api=api, body=body), f"fixtures with {what}")
    unfit: tuple[dict[str, Any], ...] = (
        {"records": {NOWHERE: {}}},
        {"api": NOWHERE, "records": {}},
        {"actors": {"a": {"credentials": {NOWHERE: "x"}}}, "records": {}},
    )
    for fixtures in unfit:
        put = world.steer("replaceFixtures", api=api, body=fixtures)
        refuses(ctx, "CTL-65", 400, put, f"the fixtures {fixtures}")
    shows(ctx, "CTL-65", world.steer("getRecord", **seeded), before, "the record after refused ones")


def _put(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded, before = world.seeded(), world.record()
    changed = {**before, "title": "Casepact: <b>&amp; 界"}
    put = world.steer("replaceRecord", body=changed, **seeded)
    shows(ctx, "CTL-66", put, changed, "the record that is answered")
    shows(ctx, "CTL-66", world.steer("getRecord", **seeded), changed, "the record that is read")
    records = world.steer("getRecords", api=seeded["api"], collection=seeded["collection"])
    promise(
        ctx,
        "CTL-66",
        member_of(records, "records", {}).get(seeded["id"]) == changed,
        records,
        "The record among all",
        f"{changed}",
    )
    if seeded["api"] == AICC:
        shown = read_case(world.within(AICC), seeded["id"])
        title = _title(shown)
        promise(
            ctx,
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
    if ctx.accepted(["CTL-66"], put, "a record of a new id"):
        shows(
            ctx, "CTL-66", world.steer("getRecord", **{**seeded, "id": added["id"]}), added, "a record that was added"
        )


def _taken(ctx: ProbeContext, world: OwnWorld) -> None:
    seeded = world.seeded()
    ctx.accepted(["CTL-67"], world.steer("deleteRecord", **seeded), "deleting a record")
    refuses(ctx, "CTL-67", 404, world.steer("getRecord", **seeded), "a deleted record")
    refuses(ctx, "CTL-67", 404, world.steer("deleteRecord", **seeded), "a record deleted again")
    if seeded["api"] == AICC:
        shown = read_case(world.within(AICC), seeded["id"])
        held = shown.response.status == 404
        promise(
            ctx,
            "CTL-67",
            held,
            ctx.history[-1],
            "The API shows a deleted record",
            "404",
            f"{shown.response.status}",
            chain=[shown],
        )


def _asking(ctx: ProbeContext, world: OwnWorld) -> None:
    """A case of eGain asks for a department, a user and other cases; actors ask for users."""
    given = world.steer("getFixtures", api=_asked_api(world))
    records = member_of(given, "records", {})
    id, case = next(iter(sorted(records.get("cases", {}).items())), ("", {}))
    for member, other in (("department", NOWHERE), ("ownerId", NOWHERE), ("related", [NOWHERE])):
        what = f"a case whose {member} is not there"
        put = world.steer("replaceRecord", api=EGAIN, collection="cases", id=id, body={**case, member: other})
        refuses(ctx, "CTL-68", 400, put, what)
        detail = _detail(put)
        held = member in detail and NOWHERE in detail
        promise(ctx, "CTL-68", held, put, f"What is missing of {what}", f"{member} and {NOWHERE}", detail)
    changed = {**records, "cases": {id: {**case, "department": NOWHERE}}}
    for what, body in (
        ("fixtures with a case of a department that is not there", {"records": changed}),
        ("records without the users of the actors", {"records": {}}),
    ):
        refuses(ctx, "CTL-68", 400, world.steer("replaceFixtures", api=EGAIN, body=body), what)
    shows(ctx, "CTL-68", world.steer("getFixtures", api=EGAIN), given.value, "the fixtures after refused ones")


def _asked(ctx: ProbeContext, world: OwnWorld) -> None:
    """The department, the owner and the relations of eGain's cases, and the users that actors ask for."""
    given = world.steer("getFixtures", api=_asked_api(world))
    cases, actors = member_of(given, "records", {}).get("cases", {}), member_of(given, "actors", {})
    asked = {("departments", case["department"]) for case in cases.values()}
    asked |= {("users", case["ownerId"]) for case in cases.values() if "ownerId" in case}
    asked |= {("cases", related) for case in cases.values() for related in case["related"]}
    asked |= {("users", actor["user"]) for actor in actors.values() if "user" in actor}
    for collection, id in sorted(asked):
        gone = world.steer("deleteRecord", api=EGAIN, collection=collection, id=quote(id, safe=""))
        refuses(ctx, "CTL-69", 409, gone, f"deleting {id} of the {collection}")
    shows(ctx, "CTL-69", world.steer("getFixtures", api=EGAIN), given.value, "the fixtures after refused deletions")
    department = {"id": "casepact", "name": "Casepact", "sharedWith": []}
    address = {"api": EGAIN, "collection": "departments"}
    shared = [{"department": "casepact", "activities": True}]
    world.steer("replaceRecord", **address, id="casepact", body=department)
    world.steer(
        "replaceRecord", **address, id="casepact-too", body={**department, "id": "casepact-too", "sharedWith": shared}
    )
    gone = world.steer("deleteRecord", **address, id="casepact")
    refuses(ctx, "CTL-69", 409, gone, "deleting a department that another one asks for")
    detail = _detail(gone)
    promise(ctx, "CTL-69", "casepact-too" in detail, gone, "Who asks for a record", "casepact-too", detail)
    for id in ("casepact-too", "casepact"):
        ctx.accepted(["CTL-69"], world.steer("deleteRecord", **address, id=id), "deleting what nobody asks for")


def _asked_api(world: OwnWorld) -> str:
    """The API whose records ask for each other; raises `UnmetNeed` where the mock does not serve it."""
    world.within(EGAIN)
    return EGAIN


def _detail(exchange: Exchange) -> str:
    return str(exchange.value.get("detail", "")) if isinstance(exchange.value, dict) else ""


def _title(shown: Exchange) -> Any:
    try:
        return shown.value["result"][0]["caseInfo"]["title"]
    except (TypeError, LookupError):
        return None


def _yaml(exchange: Exchange) -> Any:
    try:
        return parse(exchange.response.body.decode("utf-8", "replace"), "the answer").data
    except FlawedDocument as error:
        return str(error)


def _filled(records: Any) -> Any:
    """Collections without those that hold nothing."""
    return {name: items for name, items in records.items() if items} if isinstance(records, dict) else records
