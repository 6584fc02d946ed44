"""Records that ask for other records: what is not there is reported at the start, and what is asked for stays there."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mock_server.worlds.relations import ACTORS, Held, Reference, dangling, references
from mock_server.worlds.seeding import as_fixture, fixture_text, seed_records
from specs.flaws import FlawedDocument
from specs.references import at
from specs.source import FIXTURES, read
from tests.mock_server.client import Client
from tests.mock_server.provoked import CREDENTIALS
from tests.mock_server.whole import Whole, running

RELATED = ("egain", "onlyoffice", "r7office")
NOBODY = {"egain": "nowhere", "onlyoffice": "00000000-0000-4000-8000-000000000000"}
NOBODY["r7office"] = NOBODY["onlyoffice"]


def kinds(api: str) -> dict[str, Held]:
    """One place in the default fixtures for each way in which something asks for a record, by collection and path."""
    contract = running().assembly.contracts[api]
    document = as_fixture(contract, running().assembly.seeds[api])
    found: dict[str, Held] = {}
    for collection, records in {**document["records"], ACTORS: document["actors"]}.items():
        schema = contract.actors if collection == ACTORS else contract.records[collection]
        for id, record in records.items():
            for reference in references(schema, record):
                path = [part for part in reference.path if isinstance(part, str)][:1]
                way = f"{collection}/{'/'.join(path)} to {reference.collection}"
                found.setdefault(way, Held(collection, id, reference))
    return found


KINDS = [pytest.param(api, held, id=f"{api} {way}") for api in RELATED for way, held in kinds(api).items()]


def broken(api: str, held: Held) -> dict[str, Any]:
    """The default fixtures with the record that is asked for left out."""
    contract = running().assembly.contracts[api]
    document = copy.deepcopy(as_fixture(contract, running().assembly.seeds[api]))
    del document["records"][held.reference.collection][held.reference.id]
    return document


def saved(folder: Path, api: str, document: dict[str, Any]) -> Path:
    """The folder, with the fixture in it."""
    (folder / api).mkdir()
    (folder / api / "default.yaml").write_text(fixture_text(document), encoding="utf-8")
    return folder


@pytest.fixture
def world() -> Client:
    """A world that was made through the control API."""
    client = running().fresh()
    assert running().make(client.world).status == 201
    return client


def test_every_kind_of_reference_is_known() -> None:
    """
    What the fixtures of each API ask for, so that a kind which is lost shows up.
    """
    crm = {
        "cases/createBy to users",
        "cases/accessList to users",
        "cases/members to contacts",
        "cases/fieldValues to customFields",
        "contacts/createBy to users",
        "contacts/accessList to users",
        "contacts/company to contacts",
        "actors/user to users",
    }

    assert crm <= kinds("onlyoffice").keys() <= crm | {"contacts/fieldValues to customFields"}
    assert kinds("r7office").keys() <= kinds("onlyoffice").keys()
    assert kinds("egain").keys() == {
        "actors/user to users",
        "cases/createdBy to users",
        "cases/customAttributes to customAttributes",
        "cases/department to departments",
        "cases/lastModifiedBy to users",
        "cases/ownerId to users",
        "cases/related to cases",
        "cases/status to languages",
        "cases/userLastWorked to users",
        "departments/sharedWith to departments",
        "users/foreignDepartments to departments",
        "users/homeDepartment to departments",
        "users/pullActivitiesFrom to users",
        "users/transferActivitiesTo to users",
    }


@pytest.mark.parametrize("api", ["aicc", *RELATED])
def test_default_fixtures_ask_for_what_is_there(api: str) -> None:
    """
    Nothing dangles in them.
    """
    assert list(dangling(running().assembly.contracts[api], running().assembly.seeds[api])) == []


@pytest.mark.parametrize(("api", "held"), KINDS)
def test_fixture_that_asks_for_what_is_not_there_is_flawed(tmp_path: Path, api: str, held: Held) -> None:
    """
    It is reported at the start with file, line and field, for every kind of reference.
    """
    folder = saved(tmp_path, api, broken(api, held))
    with pytest.raises(FlawedDocument) as caught:
        seed_records(running().assembly.contracts[api], folder)
    reported = [flaw for flaw in caught.value.flaws if flaw.subject == f"{held.collection} {held.id}"]
    wanted = next(flaw for flaw in reported if flaw.message.startswith(f"{held.reference.pointer} asks for "))
    holder = (held.collection,) if held.collection == ACTORS else ("records", held.collection)
    place = read(folder / api / "default.yaml").place((*holder, held.id, *held.reference.path))

    assert (wanted.place, f"'{held.reference.id}'" in wanted.message) == (place, True)
    assert re.search(rf"{api}/default\.yaml:\d+, ", str(caught.value))


@pytest.mark.parametrize(("api", "held"), KINDS)
def test_record_that_is_asked_for_is_not_deleted(world: Client, api: str, held: Held) -> None:
    """
    The control API tells who asks for it, and changes nothing.
    """
    before = world.snapshot()
    address = f"/worlds/{world.world}/records/{api}/{held.reference.collection}"
    answer = running().steer("DELETE", f"{address}/{quote(held.reference.id, safe='')}")

    assert (answer.status, answer.header("x-casepact-statement")) == (409, "CTL-69")
    assert " asks for it at /" in answer.json()["detail"]
    assert world.snapshot() == before


@pytest.mark.parametrize(("api", "held"), [item for item in KINDS if not re.search("actors|languages", str(item.id))])
def test_record_that_asks_for_what_is_not_there_is_not_put(world: Client, api: str, held: Held) -> None:
    """
    The control API names the place and what it asks for, and changes nothing. (A case always asks for one language.)
    """
    before = world.snapshot()
    address = f"/worlds/{world.world}/records/{api}/{held.collection}/{quote(held.id, safe='')}"
    record = running().steer("GET", address).json()
    *path, last = held.reference.path
    holder = at(record, tuple(path))
    other: Any = 999_999 if isinstance(at(record, held.reference.path), int) else NOBODY[api]
    if held.reference.collection in ("customFields", "customAttributes"):
        holder["999"] = holder[last]
        last, other = "999", "999"
    else:
        holder[last] = other
    answer = running().steer("PUT", address, record)

    assert (answer.status, answer.header("x-casepact-statement")) == (400, "CTL-68")
    assert f"{Reference((*path, last), '', '').pointer} asks for '{other}'" in answer.json()["detail"]
    assert world.snapshot() == before


def test_fixtures_whose_users_are_gone_are_refused(world: Client) -> None:
    """
    Actors stay when only records are sent, so their users have to be among them.
    """
    answer = running().steer("PUT", f"/worlds/{world.world}/fixtures/egain", {"records": {}})

    assert (answer.status, answer.header("x-casepact-statement")) == (400, "CTL-68")
    assert "actors agent: /user asks for '1001'" in answer.json()["detail"]


def test_fixtures_of_nothing_and_nobody_are_taken(world: Client) -> None:
    """
    Where nobody calls, nothing need be there.
    """
    answer = running().steer("PUT", f"/worlds/{world.world}/fixtures/egain", {"records": {}, "actors": {}})

    assert (answer.status, set(answer.json()["records"]["egain"].values())) == (200, {0})


@pytest.mark.parametrize(
    ("actor", "reported"),
    [
        (
            {"scopes": [], "applicationType": "API", "user": "1099"},
            "/user asks for '1099', which is not among the users",
        ),
        ({"scopes": [], "user": "1001"}, 'the actor breaks its schema: "applicationType" is a required property'),
        ({"scopes": "all", "applicationType": "API"}, "/scopes breaks its schema"),
    ],
)
def test_actor_who_could_not_call_is_a_flaw(tmp_path: Path, actor: dict[str, Any], reported: str) -> None:
    """
    What the behaviours read of an actor must be there.
    """
    document = as_fixture(running().assembly.contracts["egain"], running().assembly.seeds["egain"])
    document["actors"]["newcomer"] = {**actor, "credentials": {"oAuthUser": "new"}}
    with pytest.raises(FlawedDocument) as caught:
        seed_records(running().assembly.contracts["egain"], saved(tmp_path, "egain", document))

    assert f"actors newcomer: {reported}" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "reported"),
    [
        (lambda data: data["actors"]["admin"].pop("user"), "actors admin: the actor breaks its schema"),
        (lambda data: data["actors"]["admin"]["credentials"].pop("authToken"), "actors admin: the actor breaks"),
        (
            lambda data: next(item for item in data["records"]["contacts"].values() if item["isCompany"]).pop(
                "companyName"
            ),
            "the record breaks its schema",
        ),
        (
            lambda data: next(item for item in data["records"]["contacts"].values() if not item["isCompany"]).pop(
                "lastName"
            ),
            "the record breaks its schema",
        ),
    ],
)
def test_crm_fixture_that_could_not_be_shown_is_a_flaw(tmp_path: Path, change: Any, reported: str) -> None:
    """
    An actor without a user, one who signs in and has no token to be given, a contact without its name.
    """
    document = read(FIXTURES / "onlyoffice" / "default.yaml").data
    change(document)
    with pytest.raises(FlawedDocument) as caught:
        seed_records(running().assembly.contracts["onlyoffice"], saved(tmp_path, "onlyoffice", document))

    assert reported in str(caught.value)


def test_cases_are_still_served_after_every_attempt_to_take_their_records_away(world: Client) -> None:
    """
    Whatever the control API let go, eGain answers.
    """
    whole: Whole = running()
    for collection, records in whole.assembly.seeds["egain"].snapshot().items():
        for id in records:
            if collection != "cases":
                whole.steer("DELETE", f"/worlds/{world.world}/records/egain/{collection}/{quote(id, safe='')}")
    agent = world.under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    ids = ",".join(sorted(whole.assembly.seeds["egain"].snapshot()["cases"])[:50])
    answer = agent.get(f"/core/casemgr/v3/case/{ids}?$attribute=all")

    assert (answer.status, len(answer.json()["case"])) == (200, len(ids.split(",")))
