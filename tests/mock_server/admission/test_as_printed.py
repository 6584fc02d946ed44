"""The mock answers what the pages show, also where the vendor's source is known to do otherwise."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.seeding import seed_records
from specs.loading import load_contract
from specs.source import FIXTURES
from tests.mock_server.client import Answer, Client

CASES = "/api/2.0/crm/case"
EDIT = "/core/casemgr/v3/case"
JSON = ("content-type", "application/json")
PAGE = load_contract("onlyoffice").operation("addCaseContact").responses[201].content["application/json"].examples
_numbers = count(1)
COLLAPSED: dict[str, Any] = {"owner": {}, "severity": {}, "relatedCases": {}, "customAttributes": {}}


@pytest.fixture(scope="module")
def running() -> Client:
    """A client of a mock of ONLYOFFICE and eGain."""
    contracts = [load_contract(api) for api in ("onlyoffice", "egain")]
    client = Client(build_app(contracts, BEHAVIOURS, {item.api: seed_records(item, FIXTURES) for item in contracts}))
    client.get("/")
    return client


@pytest.fixture
def crm(running: Client) -> Client:
    """The ONLYOFFICE administrator, in a world of the test's own."""
    return (
        running.in_world(f"w{next(_numbers)}")
        .under("/onlyoffice")
        .with_headers(("authorization", "oo-admin-token-0001"))
    )


@pytest.fixture
def egain(crm: Client) -> Client:
    """The eGain agent, in the same world."""
    return crm.under("/egain").with_headers(("authorization", "Bearer egain-agent-token-0001"))


def updated(client: Client, **members: Any) -> dict[str, Any]:
    """The case as the answer to an update shows it."""
    answer = client.send("PUT", f"{CASES}/1234", (JSON,), json.dumps({"title": "x", **members}).encode())
    case: dict[str, Any] = answer.json()["response"]
    return case


def values(case: dict[str, Any]) -> dict[int, str]:
    """The custom fields of a case that have a value."""
    return {field["id"]: field["FieldValue"] for field in case["CustomFields"] if field["FieldValue"]}


def edited(client: Client, **members: Any) -> Answer:
    """The answer to an edit of the open case as it is stored."""
    case = client.get(f"{EDIT}/1013").json()["case"][0]
    body = {"id": "1013", "lastModified": case["lastModified"], **members}
    return client.send("PATCH", EDIT, (JSON,), json.dumps(body).encode())


def test_added_contact_has_the_members_of_the_page(crm: Client) -> None:
    """
    A contact that has everything shows the twenty-four members of the sample, and no others (OC-53).
    """
    added = crm.post(f"{CASES}/1234/contact", {"contactid": 1234}).json()["response"]

    assert added.keys() == PAGE["page"]["response"].keys()


def test_address_of_an_added_contact_shows_category_0(crm: Client) -> None:
    """
    The Category of an address is shown when it is 0 too, as the sample shows it (X-27).
    """
    added = crm.post(f"{CASES}/1234/contact", {"contactid": 1234}).json()["response"]

    assert [address["Category"] for address in added["Addresses"]] == [1, 0]


def test_contact_that_is_read_is_a_person(crm: Client) -> None:
    """
    Reading the contacts of a case follows the vendor's facts: names, Tags and no ContactType (OO-67, OO-68).
    """
    read = next(item for item in crm.get(f"{CASES}/1238/contact").json()["response"] if item["id"] == 1234)

    assert (read["FirstName"], read["Tags"], "ContactType" in read) == ("Bachir", ["fair", "newsletter"], False)


def test_updated_public_case_shows_an_access_list(crm: Client) -> None:
    """
    An update shows AccessList of a case that is not private, as the sample does (OU-72).
    """
    assert updated(crm, isPrivate=False)["AccessList"] == []


def test_case_is_made_private_without_a_list(crm: Client) -> None:
    """
    isPrivate alone makes a case private; its list holds the caller (OU-40, OO-58).
    """
    case = updated(crm, isPrivate=True)

    assert (case["IsPrivate"], [user["DisplayName"] for user in case["AccessList"]]) == (True, ["Anna Berg"])


@pytest.mark.parametrize(
    ("pairs", "left"),
    [
        ([{"Key": 1, "Value": " Hall 4 "}], {1: "Hall 4"}),
        ([{"Key": 1, "Value": ""}, {"Key": 4, "Value": "true"}], {4: "true"}),
        ([{"1": "by its number"}], {1: "Pavilion 3, stand B12", 2: "2026-10-07T00:00:00.0000000Z"}),
        ([], {1: "Pavilion 3, stand B12", 2: "2026-10-07T00:00:00.0000000Z"}),
    ],
)
def test_custom_fields_are_a_new_list(crm: Client, pairs: list[dict[str, Any]], left: dict[int, str]) -> None:
    """
    A list that names fields replaces those before (OU-35); one that names none changes nothing (OO-33, OO-34).
    """
    assert values(updated(crm, customFieldList=pairs)) == left


def test_objects_of_the_sample_may_be_empty(egain: Client) -> None:
    """
    The sample prints owner, severity, relatedCases and customAttributes as { }; so sent they change nothing (D-40).
    """
    before = egain.get(f"{EDIT}/1013?$attribute=all").json()["case"][0]
    answer = edited(egain, **COLLAPSED)
    after = egain.get(f"{EDIT}/1013?$attribute=all").json()["case"][0]

    changed = {name for name in before.keys() | after if before.get(name) != after.get(name)}
    assert (answer.status, changed - {"lastModified", "lastModifiedBy", "userLastWorked"}) == (204, set())
