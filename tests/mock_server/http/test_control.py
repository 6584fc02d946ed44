"""The control API: worlds, snapshots, fixtures and records of a running mock, and who may touch them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.worlds.records import Records
from mock_server.worlds.seeding import as_fixture, fixture_sets, fixture_text, records_of, seed_records
from mock_server.worlds.store import MOST_SNAPSHOTS, is_world_name
from specs.contract import Contract
from specs.flaws import CasepactError, FlawedDocument
from specs.source import FIXTURES
from tests.mock_server.client import Answer, Client
from tests.mock_server.provoked import AICC_CASE, CASE_INFO, CREDENTIALS, CRM, MODIFY, as_json
from tests.mock_server.whole import Whole, build, running

CASE = "c6m800000142mS63Voa8"
TOKEN = "the-control-token"


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


@pytest.fixture
def world(whole: Whole) -> Client:
    """A world that was made through the control API."""
    client = whole.fresh()
    assert whole.make(client.world).status == 201
    return client


def modify(client: Client, title: str) -> Answer:
    """Give AICC's case another title."""
    sent = as_json({"caseInfo": {**CASE_INFO, "title": title}})
    operator = client.under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    return operator.send("POST", MODIFY, sent["headers"], sent["body"])


def title(client: Client) -> str:
    """The title of AICC's case, as the API shows it."""
    operator = client.under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    found: str = operator.get(AICC_CASE.format(CASE)).json()["result"][0]["caseInfo"]["title"]
    return found


def listed(whole: Whole) -> list[str]:
    """The names of all worlds."""
    return [item["name"] for item in whole.steer("GET", "/worlds").json()["worlds"]]


# Worlds.


def test_world_that_is_made_is_listed(whole: Whole, world: Client) -> None:
    """
    Under its name, with its records counted.
    """
    found = next(item for item in whole.steer("GET", "/worlds").json()["worlds"] if item["name"] == world.world)

    assert (found["requests"], found["forkedFrom"], found["records"]["aicc"]) == (0, None, {"cases": 4})


def test_world_that_is_made_has_its_address(whole: Whole) -> None:
    """
    Location leads to it.
    """
    name = whole.fresh().world
    location = whole.make(name).header("location") or ""

    assert whole.client.get(location).json()["name"] == name


@pytest.mark.parametrize("name", ["", "x" * 1001, 5, None])
def test_bad_name_is_refused(whole: Whole, name: Any) -> None:
    """
    What is no text, or too long a one, stands for no world.
    """
    assert whole.steer("POST", "/worlds", {"name": name}).status == 400


TEXTS = ("tests/test_a.py::test_b[1]", "a b", "é", "x" * 65, "../a", "a\n", ".", "~a", "100 %", "test[å ü 木]", "-")


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_stands_for_a_world(whole: Whole, text: str) -> None:
    """
    It is made under a name that needs no escaping, and found by the text, by a header and below a prefix.
    """
    name = whole.make(text).json()["name"]
    written = quote(text, safe="")
    path = "/aicc" + AICC_CASE.format(CASE)
    credential = ("access-token", "aicc-operator-token-0001")
    found = whole.steer("GET", f"/worlds/{written}").json()["name"]
    whole.client.send("GET", path, (credential, ("x-casepact-world", written)))
    whole.client.send("GET", f"/~{written}{path}", (credential,))
    requests = whole.steer("GET", f"/worlds/{name}").json()["requests"]
    whole.steer("DELETE", f"/worlds/{name}")

    assert (found, requests, is_world_name(name)) == (name, 2, True)


@pytest.mark.parametrize("text", ["tests/test_a.py::test_b[1]", "a b", "x" * 65, "a%20b"])
def test_header_holds_a_text_as_it_stands(whole: Whole, text: str) -> None:
    """
    A client need not encode what a header can hold.
    """
    name = whole.make(unquote(text)).json()["name"]
    whole.client.in_world(text).get("/aicc" + AICC_CASE.format(CASE))
    requests = whole.steer("GET", f"/worlds/{name}").json()["requests"]
    whole.steer("DELETE", f"/worlds/{name}")

    assert requests == 1


def test_header_holds_a_text_in_utf_8(whole: Whole) -> None:
    """
    Its bytes may be sent as they are.
    """
    name = whole.make("prüfung ü").json()["name"]
    whole.client.in_world("prüfung ü".encode().decode("latin-1")).get("/aicc" + AICC_CASE.format(CASE))
    requests = whole.steer("GET", f"/worlds/{name}").json()["requests"]
    whole.steer("DELETE", f"/worlds/{name}")

    assert requests == 1


@pytest.mark.parametrize("name", ["", "x" * 1001])
def test_header_that_names_no_world_is_refused(whole: Whole, name: str) -> None:
    """
    With 400, whatever the path.
    """
    assert whole.client.in_world(name).get("/aicc" + AICC_CASE.format(CASE)).status == 400


def test_taken_name_is_refused(whole: Whole, world: Client) -> None:
    """
    Two worlds cannot have one name; the first stays as it is.
    """
    modify(world, "mine")

    assert (whole.make(world.world).status, title(world)) == (409, "mine")


def test_name_of_the_default_world_is_taken(whole: Whole) -> None:
    """
    It is always there.
    """
    assert whole.make("default").status == 409


def test_copy_of_an_unknown_world_is_refused_with_the_nearest(whole: Whole, world: Client) -> None:
    """
    404, and the name that was probably meant.
    """
    answer = whole.make(whole.fresh().world, **{"from": world.world + "z"})

    assert (answer.status, f"Did you mean '{world.world}'?" in answer.json()["detail"]) == (404, True)


def test_copy_sees_what_its_origin_wrote_before(whole: Whole, world: Client) -> None:
    """
    It is its origin as it was at that moment.
    """
    modify(world, "before")
    copy = whole.fresh()
    whole.make(copy.world, **{"from": world.world})
    modify(world, "after")

    assert (title(copy), title(world)) == ("before", "after")


def test_origin_sees_nothing_of_its_copy(whole: Whole, world: Client) -> None:
    """
    Nor do others.
    """
    copy = whole.fresh()
    whole.make(copy.world, **{"from": world.world})
    modify(copy, "mine")

    assert title(world) == "testOpenApi"


def test_deleted_world_is_gone(whole: Whole, world: Client) -> None:
    """
    It is neither found nor listed; its name is a fresh start.
    """
    modify(world, "mine")
    deleted = whole.steer("DELETE", f"/worlds/{world.world}")

    assert (deleted.status, whole.steer("GET", f"/worlds/{world.world}").status) == (204, 404)
    assert world.world not in listed(whole)
    assert title(world) == "testOpenApi"


def test_default_world_cannot_be_deleted(whole: Whole) -> None:
    """
    The refusal says what to do instead.
    """
    answer = whole.steer("DELETE", "/worlds/default")

    assert (answer.status, answer.header("x-casepact-statement"), "reset it" in answer.json()["detail"]) == (
        409,
        "CTL-19",
        True,
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/snapshots"),
        ("PUT", "/snapshots/s"),
        ("GET", "/clock"),
        ("GET", "/traffic"),
        ("GET", "/fixtures/aicc"),
        ("GET", "/records/aicc/cases"),
        ("GET", f"/records/aicc/cases/{CASE}"),
        ("GET", "/journal"),
        ("DELETE", "/journal"),
    ],
)
def test_unknown_world_is_not_found_and_not_made(whole: Whole, method: str, path: str) -> None:
    """
    Steering a world that is not there brings none into being.
    """
    name = whole.fresh().world
    answer = whole.steer(method, f"/worlds/{name}{path}")

    assert (answer.status, name in listed(whole)) == (404, False)


def test_reset_world_has_the_fixtures_again(whole: Whole, world: Client) -> None:
    """
    What was written is forgotten.
    """
    modify(world, "mine")
    whole.steer("POST", f"/worlds/{world.world}/reset")

    assert title(world) == "testOpenApi"


def test_requests_of_a_world_are_counted(whole: Whole, world: Client) -> None:
    """
    Those to the APIs; looking at it does not count.
    """
    title(world)
    modify(world, "")

    assert [whole.steer("GET", f"/worlds/{world.world}").json()["requests"] for _ in range(2)] == [2, 2]


def test_control_api_is_in_no_world(whole: Whole, world: Client) -> None:
    """
    A world that a request to it names neither matters nor comes into being.
    """
    name = whole.fresh().world
    answer = whole.client.send("GET", f"/~{name}/_casepact/v1/worlds/{world.world}", (("x-casepact-world", name),))

    assert (answer.status, name in listed(whole)) == (200, False)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/reset", None),
        ("POST", "/fixtures", {"set": "default"}),
        ("PUT", "/fixtures/aicc", {"records": {"cases": {}}}),
    ],
)
def test_world_that_is_reset_or_filled_is_made(method: str, path: str, body: Any) -> None:
    """
    Nobody has to use it before, also where a request makes none.
    """
    mock = build(strict=True)
    answer = mock.steer(method, f"/worlds/new{path}", body)

    assert (answer.status, listed(mock)) == (200, ["default", "new"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/fixtures", {"set": "nosuch"}), ("PUT", "/fixtures/aicc", {"records": {"cases": {"1": {}}}})],
)
def test_world_that_cannot_be_filled_is_not_made(method: str, path: str, body: Any) -> None:
    """
    What is refused leaves nothing behind.
    """
    mock = build()
    answer = mock.steer(method, f"/worlds/new{path}", body)

    assert (answer.status in (400, 404), listed(mock)) == (True, ["default"])


def test_strict_mock_refuses_unknown_worlds() -> None:
    """
    With the way to make one; a world that was made is served.
    """
    mock = build(strict=True)
    known = mock.client.in_world("known")
    mock.make("known")
    answer = mock.client.in_world("unknown").get("/aicc" + AICC_CASE.format(CASE))

    assert (answer.status, "/_casepact/v1/worlds" in answer.json()["detail"]) == (404, True)
    assert (title(known), listed(mock)) == ("testOpenApi", ["default", "known"])


def test_limit_and_idle_time_are_shown() -> None:
    """
    Who reads the list learns what bounds it.
    """
    mock = build(limit=7, idle=90.0, strict=True)
    reported = mock.steer("GET", "/worlds").json()

    assert {name: reported[name] for name in ("limit", "idleSeconds", "strict")} == {
        "limit": 7,
        "idleSeconds": 90,
        "strict": True,
    }


def test_world_beyond_the_limit_makes_room() -> None:
    """
    The one used longest ago goes.
    """
    mock = build(limit=3)
    for name in ("a", "b", "c"):
        mock.make(name)

    assert listed(mock) == ["default", "b", "c"]


def test_idle_world_is_not_found() -> None:
    """
    Nor listed; it is as if it had never been.
    """
    seconds = iter(range(0, 10**9, 100))
    mock = build(idle=50.0, now=lambda: float(next(seconds)))
    mock.make("a")

    assert (mock.steer("GET", "/worlds/a").status, listed(mock)) == (404, ["default"])


# Snapshots.


def test_snapshot_brings_back_what_was(whole: Whole, world: Client) -> None:
    """
    Records and clock, as often as it is asked for.
    """
    address = f"/worlds/{world.world}/snapshots/evening"
    modify(world, "evening")
    taken = whole.steer("PUT", address)
    titles = []
    for _ in range(2):
        modify(world, "night")
        whole.steer("POST", f"{address}/restore")
        titles.append(title(world))

    assert (taken.status, titles) == (200, ["evening", "evening"])


def test_snapshot_brings_back_the_clock(whole: Whole, world: Client) -> None:
    """
    The time goes back with the records.
    """
    address = f"/worlds/{world.world}"
    whole.steer("PUT", f"{address}/clock", {"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
    whole.steer("PUT", f"{address}/snapshots/s")
    whole.steer("PUT", f"{address}/clock", {"mode": "running"})
    answer = whole.steer("POST", f"{address}/snapshots/s/restore")

    assert answer.json()["clock"] == {
        "mode": "frozen",
        "at": "2015-07-30T13:07:40Z",
        "now": "2015-07-30T13:07:40Z",
    }


def test_snapshots_are_listed_in_the_order_they_were_taken(whole: Whole, world: Client) -> None:
    """
    By name; one that is taken again keeps its place.
    """
    address = f"/worlds/{world.world}/snapshots"
    for name in ("b", "a", "b"):
        whole.steer("PUT", f"{address}/{name}")

    assert [item["name"] for item in whole.steer("GET", address).json()["snapshots"]] == ["b", "a"]


def test_snapshot_beyond_the_limit_is_refused(whole: Whole, world: Client) -> None:
    """
    A new name is refused and those that are there stay; a name that is there is taken again all the same.
    """
    address = f"/worlds/{world.world}/snapshots"
    taken = [whole.steer("PUT", f"{address}/s{number}").status for number in range(MOST_SNAPSHOTS)]
    beyond, again = whole.steer("PUT", f"{address}/more"), whole.steer("PUT", f"{address}/s0")
    kept = [item["name"] for item in whole.steer("GET", address).json()["snapshots"]]

    assert ({*taken}, beyond.status, again.status) == ({200}, 409, 200)
    assert beyond.header("x-casepact-statement") == "CTL-34" and "delete one first" in beyond.json()["detail"]
    assert kept == [f"s{number}" for number in range(MOST_SNAPSHOTS)]


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/restore")])
def test_unknown_snapshot_is_not_found(whole: Whole, world: Client, method: str, path: str) -> None:
    """
    404 with the nearest name, and the world stays as it is.
    """
    address = f"/worlds/{world.world}/snapshots"
    modify(world, "mine")
    whole.steer("PUT", f"{address}/evening")
    answer = whole.steer(method, f"{address}/evenin{path}")

    assert (answer.status, "'evening'" in answer.json()["detail"], title(world)) == (404, True, "mine")


def test_deleted_snapshot_is_gone(whole: Whole, world: Client) -> None:
    """
    The world stays as it is.
    """
    address = f"/worlds/{world.world}/snapshots/s"
    modify(world, "mine")
    whole.steer("PUT", address)
    statuses = [whole.steer("DELETE", address).status for _ in range(2)]

    assert (statuses, title(world)) == ([204, 404], "mine")


def test_snapshot_needs_a_name(whole: Whole, world: Client) -> None:
    """
    One that a world could have.
    """
    assert whole.steer("PUT", f"/worlds/{world.world}/snapshots/a%20b").status == 400


# Records.


def test_record_that_is_put_is_served(whole: Whole, world: Client) -> None:
    """
    Here and through its API.
    """
    address = f"/worlds/{world.world}/records/aicc/cases/{CASE}"
    record = whole.steer("GET", address).json()
    answer = whole.steer("PUT", address, {**record, "title": "put"})

    assert (answer.status, whole.steer("GET", address).json()["title"], title(world)) == (200, "put", "put")


@pytest.mark.parametrize(
    ("id", "change", "reported"),
    [
        (CASE, {"title": 5}, "/title"),
        (CASE, {"id": "another-id-of-20-char"}, "/id"),
        ("c6m80000014200000000", {}, "/id: is"),
    ],
)
def test_record_that_cannot_be_is_refused(whole: Whole, world: Client, id: str, change: Any, reported: str) -> None:
    """
    What breaks its schema or stands under another id is answered with 400, and nothing changes.
    """
    address = f"/worlds/{world.world}/records/aicc/cases"
    record = whole.steer("GET", f"{address}/{CASE}").json()
    before = world.snapshot()
    answer = whole.steer("PUT", f"{address}/{id}", {**record, **change})

    assert (answer.status, reported in answer.json()["detail"], world.snapshot() == before) == (400, True, True)


def test_deleted_record_is_gone(whole: Whole, world: Client) -> None:
    """
    Here and for its API.
    """
    address = f"/worlds/{world.world}/records/r7office/cases/1234"
    statuses = [whole.steer("DELETE", address).status for _ in range(2)]
    answer = world.under("/r7office").send("GET", CRM.format("1234"), (CREDENTIALS["r7office"]["admin"],))

    assert (statuses, answer.status) == ([204, 404], 404)


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        ("/records/none/cases", "it serves aicc"),
        ("/records/aicc/none", "it stores cases"),
        ("/records/aicc/cases/none", "no record of cases"),
        ("/fixtures/none", "it serves aicc"),
    ],
)
def test_what_does_not_exist_is_reported_with_what_does(whole: Whole, world: Client, path: str, reported: str) -> None:
    """
    404, and the names there are.
    """
    answer = whole.steer("GET", f"/worlds/{world.world}{path}")

    assert (answer.status, reported in answer.json()["detail"]) == (404, True)


def test_records_of_a_collection_are_by_id(whole: Whole, world: Client) -> None:
    """
    All of them, in order.
    """
    found = whole.steer("GET", f"/worlds/{world.world}/records/r7office/cases").json()["records"]

    assert list(found) == ["1234", "1235", "1236", "1237", "1238", "1239"]


@pytest.mark.parametrize("id", ["a/b", "a%2Fb", "é", "a b", "ä?#", "..", "%"])
def test_record_may_have_any_id(whole: Whole, world: Client, id: str) -> None:
    """
    An id with slashes, blanks or other letters is put, read and deleted as it stands.
    """
    address = f"/worlds/{world.world}/records/egain/customAttributes/{quote(id, safe='')}"
    record = {"name": "colour", "options": []}
    put = whole.steer("PUT", address, record)

    assert (put.status, whole.steer("GET", address).json()) == (200, record)
    assert id in whole.steer("GET", f"/worlds/{world.world}/records/egain/customAttributes").json()["records"]
    assert whole.steer("DELETE", address).status == 204


# Fixtures.


def test_fixtures_can_be_put_back(whole: Whole, world: Client) -> None:
    """
    What was read is what is there again.
    """
    address = f"/worlds/{world.world}/fixtures/aicc"
    modify(world, "mine")
    saved = whole.steer("GET", address).json()
    modify(world, "other")
    answer = whole.steer("PUT", address, saved)

    assert (answer.status, title(world), whole.steer("GET", address).json()) == (200, "mine", saved)


def test_actors_stay_unless_the_body_has_some(whole: Whole, world: Client) -> None:
    """
    Records alone leave who may call.
    """
    address = f"/worlds/{world.world}/fixtures/aicc"
    before = whole.steer("GET", address).json()
    whole.steer("PUT", address, {"records": {}})
    after = whole.steer("GET", address).json()

    assert (after["actors"], after["records"]) == (before["actors"], {"cases": {}})


def test_actors_of_the_body_are_those_who_may_call(whole: Whole, world: Client) -> None:
    """
    Others are not known any more.
    """
    address = f"/worlds/{world.world}/fixtures/aicc"
    saved = whole.steer("GET", address).json()
    saved["actors"] = {"me": {"credentials": {"accessToken": "my-own-token"}}}
    whole.steer("PUT", address, saved)
    aicc = world.under("/aicc")
    tokens = ("my-own-token", "aicc-operator-token-0001")

    assert [aicc.send("GET", AICC_CASE.format(CASE), (("access-token", token),)).status for token in tokens] == [
        200,
        401,
    ]


@pytest.mark.parametrize(
    "fixtures",
    [
        {},
        {"records": []},
        {"records": {"cases": []}},
        {"records": {"cases": {"x": 5}}},
        {"records": {"none": {}}},
        {"records": {"cases": {"x": {}}}},
        {"records": {}, "api": "egain"},
        {"records": {}, "more": 1},
        {"records": {}, "actors": {"a": {"credentials": {"none": "x"}}}},
        {"records": {}, "actors": {"a": 5}},
        {"records": {}, "actors": {n: {"credentials": {"accessToken": "x"}} for n in ("a", "b")}},
        {"records": {"cases": {"x": {"²": 1, "id": "x", "٣": {"9" * 5000: 1}}}}},
    ],
)
def test_bad_fixtures_are_refused(whole: Whole, world: Client, fixtures: Any) -> None:
    """
    What is no fixture is answered with 400 and changes nothing.
    """
    before = world.snapshot()
    answer = whole.steer("PUT", f"/worlds/{world.world}/fixtures/aicc", fixtures)

    assert (answer.status, world.snapshot() == before) == (400, True)


@pytest.mark.parametrize("name", ["²", "٣", "9" * 5000])
def test_flaw_below_a_name_that_looks_like_a_number_is_reported(whole: Whole, world: Client, name: str) -> None:
    """
    A superscript two is a digit to Python and no index to anybody; nor is a number of five thousand digits.
    """
    case = whole.steer("GET", f"/worlds/{world.world}/records/r7office/cases/1234").json()
    records = {"cases": {"1234": {**case, "fieldValues": {name: 5}}}}
    answer = whole.steer("PUT", f"/worlds/{world.world}/fixtures/r7office", {"records": records})

    assert (answer.status, f"/fieldValues/{name[:50]}" in answer.json()["detail"]) == (400, True)


def test_sets_that_can_be_loaded_are_listed(whole: Whole) -> None:
    """
    Every API has its default.
    """
    sets = whole.steer("GET", "/fixtures").json()["sets"]

    assert all("default" in sets[api] for api in ("aicc", "egain", "onlyoffice", "r7office"))


def test_set_is_loaded_for_one_api(whole: Whole, world: Client) -> None:
    """
    The records of others stay.
    """
    modify(world, "mine")
    world.under("/r7office").send("PUT", CRM.format("1234") + "/close", (CREDENTIALS["r7office"]["admin"],))
    whole.steer("POST", f"/worlds/{world.world}/fixtures", {"set": "default", "api": "r7office"})
    closed = whole.steer("GET", f"/worlds/{world.world}/records/r7office/cases/1234").json()["isClosed"]

    assert (title(world), closed) == ("mine", False)


@pytest.mark.parametrize("name", ["none", "defalt", "../aicc/default", "/etc/passwd", "default.yaml", ""])
def test_unknown_set_is_not_found(whole: Whole, world: Client, name: str) -> None:
    """
    Only sets that are listed are loaded; no path leads elsewhere.
    """
    answer = whole.steer("POST", f"/worlds/{world.world}/fixtures", {"set": name})

    assert answer.status == 404


def test_flawed_set_is_refused_with_file_and_line(tmp_path: Path) -> None:
    """
    A set that breaks its contract is reported, and the world stays as it is.
    """
    for api in ("aicc", "egain", "onlyoffice", "r7office"):
        (tmp_path / api).mkdir()
        text = (FIXTURES / api / "default.yaml").read_text(encoding="utf-8")
        (tmp_path / api / "default.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "aicc" / "broken.yaml").write_text("api: aicc\nrecords:\n  cases:\n    x: {}\n", encoding="utf-8")
    mock = build(fixtures=tmp_path)
    answer = mock.steer("POST", "/worlds/default/fixtures", {"set": "broken"})

    assert (answer.status, f"{tmp_path}/aicc/broken.yaml:4" in answer.json()["detail"]) == (400, True)


def test_world_is_saved_as_yaml_to_who_prefers_it(whole: Whole, world: Client) -> None:
    """
    The type is that of the Accept header; without one it is JSON.
    """
    address = f"/worlds/{world.world}/fixtures/aicc"
    yaml = whole.steer("GET", address, None, ("accept", "application/yaml"))

    assert yaml.header("content-type") == "application/yaml; charset=UTF-8"
    assert yaml.body.startswith(b'"api": "aicc"\n')
    assert whole.steer("GET", address).header("content-type") == "application/json; charset=UTF-8"


NASTY = [
    *("01", "1e5", "1.0", "-0", "0x1f", "0o17", "1_000", ".5", "+1", "1:30", "٣"),
    *("null", "Null", "~", "", "true", "True", "yes", "No", "on", "OFF", "y", ".inf", "-.INF", ".nan"),
    *(
        "2015-07-30",
        "2015-07-30T13:07:40Z",
        "12:30:45",
        "=",
        "<<",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a #b",
        "#",
        "%",
        "@",
        "`",
    ),
    *(
        "'",
        '"',
        '"quoted"',
        "it's",
        "\\",
        "\\n",
        "a\\",
        "{}",
        "[]",
        "{a: b}",
        "&a",
        "*a",
        "!a",
        "!!str a",
        "|",
        ">",
        "---",
    ),
    *(
        "\n",
        "a\nb",
        "\n\na",
        "a\n",
        "\ta",
        "a\tb",
        " a",
        "a ",
        "  ",
        "a\r\nb",
        "\r",
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
    ),
    *(
        "\x00",
        "\x01",
        "\x1b[31m",
        "\x7f",
        "\x9f",
        "\u202e",
        "\ue000",
        "\ufffd",
        "\ufffe",
        "\uffff",
        "\U0001f600",
        "\U0010ffff",
    ),
    *("Ünïcödé", "中文", "x" * 1000, "a b " * 250, " " * 300, "é" * 500, "\n" * 100, "x" * 119 + " y", "\\" * 200),
]


def egain_with(text: str) -> dict[str, Any]:
    """A fixture of eGain in which a text stands as value, as name, and as an id."""
    case = {
        "id": text,
        "subject": text[:1024],
        "status": "open",
        "department": text,
        "severity": "low",
        "created": "2015-07-01T08:13:00.000Z",
        "lastModified": "2015-07-01T08:13:00.000Z",
        "related": [text],
        "customAttributes": {text: [text or "x"]},
    }
    user = {
        **dict.fromkeys(("id", "firstName", "lastName", "homeDepartment"), text),
        **{key: [text] for key in ("foreignDepartments", "licences", "transferActivitiesTo", "pullActivitiesFrom")},
        "caseActions": [],
        "disabled": False,
    }
    words = dict.fromkeys(("open", "closed", "urgent", "high", "medium", "low"), text)
    records = {
        "cases": {text: case},
        "users": {text: user},
        "departments": {text: {"id": text, "name": text, "sharedWith": []}},
        "customAttributes": {text: {"name": text, "options": []}},
        "languages": {"en-US": words},
    }
    actors = {"a": {"scopes": [text], "user": text, "applicationType": text}}
    return {"api": "egain", "records": records, "actors": actors}


def aicc_with(whole: Whole, members: Mapping[str, Any]) -> dict[str, Any]:
    """A fixture of AICC with a case that has extension members."""
    case = whole.assembly.seeds["aicc"].find("cases", CASE) or {}
    return {"api": "aicc", "records": {"cases": {CASE: {**members, **case}}}, "actors": {}}


def saved_and_loaded(contract: Contract, fixture: Mapping[str, Any], folder: Path, form: str) -> tuple[Any, Any]:
    """Records and actors of a fixture, and those of the file that it was saved to."""
    records = records_of(contract, fixture, "a fixture")
    document = as_fixture(contract, records)
    home = folder / contract.api
    home.mkdir(exist_ok=True)
    for old in home.iterdir():
        old.unlink()
    text = fixture_text(document) if form == "yaml" else orjson.dumps(document).decode()
    suffix = "json" if form == "json" else "yaml"
    (home / f"saved.{suffix}").write_bytes(text.encode())
    return plain(records), plain(seed_records(contract, folder, "saved"))


def plain(records: Records) -> Any:
    """Records and actors as values that can be compared, types included."""
    actors = {actor.name: (actor.attributes, actor.credentials) for actor in records.actors.values()}
    return repr(orjson.dumps([records.snapshot(), actors], option=orjson.OPT_SORT_KEYS))


FORMS = ["yaml", "json", "json in a yaml file"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", NASTY, ids=lambda text: ascii(text)[:30])
def test_saved_text_loads_as_the_same_text(whole: Whole, tmp_path: Path, text: str, form: str) -> None:
    """
    What looks like a number, a date or a word of YAML, and what no printer shows, stays the text that it is.
    """
    before, after = saved_and_loaded(whole.assembly.contracts["egain"], egain_with(text), tmp_path, form)

    assert before == after


@pytest.mark.parametrize("form", FORMS)
@given(text=st.text(max_size=200))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_saved_text_loads_as_the_same_text(tmp_path: Path, text: str, form: str) -> None:
    """
    Hypothesis looks for a text that does not.
    """
    before, after = saved_and_loaded(running().assembly.contracts["egain"], egain_with(text), tmp_path, form)

    assert before == after


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=15,
)


@pytest.mark.parametrize("form", FORMS)
@given(members=st.dictionaries(st.text(max_size=20), JSON_VALUES, max_size=5))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_saved_value_loads_as_the_same_value(tmp_path: Path, members: dict[str, Any], form: str) -> None:
    """
    Numbers, truth values, nothing, lists and objects in extension fields keep their types.
    """
    before, after = saved_and_loaded(
        running().assembly.contracts["aicc"], aicc_with(running(), members), tmp_path, form
    )

    assert before == after


@pytest.mark.parametrize("form", FORMS)
def test_long_names_are_saved_and_loaded(whole: Whole, tmp_path: Path, form: str) -> None:
    """
    YAML has a limit for names on one line; a name of thousands of characters survives nevertheless.
    """
    members = {"n" * 5000: 1, "m " * 2000: 2}
    before, after = saved_and_loaded(whole.assembly.contracts["aicc"], aicc_with(whole, members), tmp_path, form)

    assert before == after


@pytest.mark.parametrize("api", ["aicc", "egain", "onlyoffice", "r7office"])
def test_saved_world_is_a_fixture_that_starts_a_mock(whole: Whole, world: Client, tmp_path: Path, api: str) -> None:
    """
    What the control API gives as YAML, put into the fixtures folder, is loaded to the same records and actors.
    """
    answer = whole.steer("GET", f"/worlds/{world.world}/fixtures/{api}", None, ("accept", "application/yaml"))
    (tmp_path / api).mkdir()
    (tmp_path / api / "default.yaml").write_bytes(answer.body)
    loaded = seed_records(whole.assembly.contracts[api], tmp_path)

    assert plain(loaded) == plain(whole.assembly.seeds[api])


def test_saved_text_is_quoted_after_a_document_was_read_as_yaml(whole: Whole, tmp_path: Path) -> None:
    """
    Connexion changes how PyYAML writes for the whole process when it writes a document; fixtures are written as before.
    """
    assert whole.client.get("/aicc/openapi.yaml").status == 200
    before, after = saved_and_loaded(whole.assembly.contracts["egain"], egain_with("1e5"), tmp_path, "yaml")

    assert before == after


def test_json_set_is_listed_and_loaded(tmp_path: Path, whole: Whole) -> None:
    """
    A set may be JSON.
    """
    contract = whole.assembly.contracts["aicc"]
    (tmp_path / "aicc").mkdir()
    fixture = as_fixture(contract, whole.assembly.seeds["aicc"])
    (tmp_path / "aicc" / "evening.json").write_text(json.dumps(fixture), encoding="utf-8")

    assert fixture_sets(tmp_path, "aicc") == ["default", "evening"]
    assert plain(seed_records(contract, tmp_path, "evening")) == plain(whole.assembly.seeds["aicc"])


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        ('{"api": "aicc",\n "records": {]}', "broken.json:2: is not JSON: "),
        (
            '{"api": "aicc",\n "records": {"cases": {\n"x": {}}}}',
            "broken.json:3, cases x: the record breaks its schema",
        ),
        ('{"api": "aicc", "api": "aicc"}', "broken.json:1: is not JSON: the key 'api' stands twice"),
        ('{"api": "aicc", "records": {"cases": NaN}}', "broken.json:1: is not JSON: NaN is not a JSON value"),
        ("[" * 100_000, "broken.json:1: is not JSON: "),
        ("5", "a fixture of aicc says `api: aicc`"),
    ],
)
def test_flawed_json_set_is_reported_with_its_line(whole: Whole, tmp_path: Path, text: str, reported: str) -> None:
    """
    File, line and what is wrong, as for YAML.
    """
    (tmp_path / "aicc").mkdir()
    (tmp_path / "aicc" / "broken.json").write_text(text, encoding="utf-8")

    with pytest.raises(FlawedDocument) as error:
        seed_records(whole.assembly.contracts["aicc"], tmp_path, "broken")
    assert reported in str(error.value)


def test_two_files_of_one_set_are_refused(whole: Whole, tmp_path: Path) -> None:
    """
    Nobody could tell which one counts.
    """
    (tmp_path / "aicc").mkdir()
    for suffix in ("yaml", "json"):
        (tmp_path / "aicc" / f"a.{suffix}").write_text("{}", encoding="utf-8")

    with pytest.raises(CasepactError, match=r"a\.json stands beside it; keep one of the two"):
        seed_records(whole.assembly.contracts["aicc"], tmp_path, "a")


# Who may.


@pytest.fixture(scope="module")
def guarded() -> Whole:
    """A mock that asks for a token."""
    return build(token=TOKEN)


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("authorization", "Bearer wrong"),),
        (("authorization", f"Bearer {TOKEN}x"),),
        (("authorization", f"Basic {TOKEN}"),),
        (("authorization", TOKEN),),
        (("authorization", "Bearer"),),
        (("authorization", "Bearer "),),
        (("cookie", f"token={TOKEN}"),),
        (("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")),
    ],
)
def test_wrong_token_opens_nothing(guarded: Whole, headers: tuple[tuple[str, str], ...]) -> None:
    """
    Without the token, with another, elsewhere or twice: no world is made.
    """
    answer = guarded.steer("POST", "/worlds", {"name": "intruder"}, *headers)

    assert (answer.status in (400, 401), "intruder" in [world.name for world in guarded.store]) == (True, False)


def test_missing_token_is_answered_with_the_scheme(guarded: Whole) -> None:
    """
    401 with a challenge, as problem details.
    """
    answer = guarded.steer("GET", "/worlds")

    assert (answer.status, answer.header("www-authenticate"), answer.header("content-type")) == (
        401,
        'Bearer realm="casepact"',
        "application/problem+json; charset=UTF-8",
    )


def test_right_token_opens(guarded: Whole) -> None:
    """
    With it everything is there.
    """
    assert guarded.steer("GET", "/worlds", None, ("authorization", f"Bearer {TOKEN}")).status == 200


def test_every_operation_but_health_asks_for_the_token(guarded: Whole) -> None:
    """
    Whether the mock is alive may be asked by anybody; nothing else.
    """
    open_to_all = set()
    for operation in guarded.assembly.control.operations.values():
        path = operation.path
        for parameter in operation.parameters:
            path = path.replace(f"{{{parameter.name}}}", "default")
        if guarded.steer(operation.method, path).status != 401:
            open_to_all.add(operation.id)

    assert open_to_all == {"getHealth"}


def test_apis_ask_for_no_control_token(guarded: Whole) -> None:
    """
    The token guards what steers the mock, not what it serves.
    """
    assert title(guarded.fresh()) == "testOpenApi"


def test_token_is_shown_to_nobody(guarded: Whole) -> None:
    """
    A refused request that held it does not repeat it.
    """
    token = ("authorization", f"Bearer {TOKEN}")
    answer = guarded.steer("POST", "/worlds", {"name": ""}, token)
    link = (answer.header("link") or "").partition(">")[0].removeprefix("<")
    reported = guarded.client.send("GET", link, (token,)).body.decode()

    assert ("[credential of owner]" in reported, TOKEN in reported) == (True, False)


def test_unguarded_mock_says_so_in_its_document(whole: Whole) -> None:
    """
    The control API serves its own document and page.
    """
    document = whole.client.get("/_casepact/v1/openapi.json").json()

    assert document["info"]["title"] == "Casepact control API"


def test_flaws_beyond_the_first_are_counted(whole: Whole, world: Client) -> None:
    """
    A record that lacks everything is told five flaws, and how many more there are.
    """
    answer = whole.steer("PUT", f"/worlds/{world.world}/records/aicc/cases/{CASE}", {"id": CASE})

    assert (answer.json()["detail"].count("; "), answer.json()["detail"][-15:]) == (5, "; … and 22 more")
