"""Requests that no operation takes: reported in the journal, and explained with the request that was probably meant."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.mock_server.asking import corrected
from tests.mock_server.client import Answer, Client
from tests.mock_server.provoked import CREDENTIALS, MODIFY
from tests.mock_server.whole import Whole, build, running

SECRET = "casepact-planted-1"


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


@pytest.fixture
def world(whole: Whole) -> Client:
    """A world that nobody has named yet."""
    return whole.fresh()


def entries(whole: Whole, world: Client) -> list[dict[str, Any]]:
    """The journal of a world."""
    found: list[dict[str, Any]] = whole.steer("GET", f"/worlds/{world.world}/journal").json()["entries"]
    return found


def unmatched(api: str = "aicc") -> list[tuple[str, str, str, int, str]]:
    """Method, path, API, status and statement of requests that no operation takes."""
    return [
        ("PUT", f"/{api}{MODIFY}", "aicc", 405, "HTTP-02"),
        ("PUT", MODIFY, "", 404, "HTTP-01"),
        ("GET", "/aicc/nowhere", "aicc", 404, "HTTP-01"),
        ("GET", "/onlyoffice/api/2.0/crm/case/abc", "onlyoffice", 404, "OO-7"),
        ("GET", "/nowhere", "", 404, "HTTP-01"),
    ]


@pytest.mark.parametrize(("method", "path", "api", "status", "statement"), unmatched())
def test_request_that_no_operation_takes_stands_in_the_journal(
    whole: Whole, world: Client, method: str, path: str, api: str, status: int, statement: str
) -> None:
    """
    As refused, with the statement and the id of its explanation, and without an operation.
    """
    answer = world.send(method, path)
    (entry,) = entries(whole, world)
    reported = (entry["method"], entry["path"], entry["api"], entry["operation"], entry["status"], entry["outcome"])

    assert (answer.status, reported) == (status, (method, path, api, "", status, "refused"))
    assert (entry["statements"], f"/refusals/{entry['refusal']}>" in (answer.header("link") or "")) == (
        [statement],
        True,
    )


@pytest.mark.parametrize(("method", "path", "api", "status", "statement"), unmatched())
def test_request_that_no_operation_takes_is_explained(
    whole: Whole, world: Client, method: str, path: str, api: str, status: int, statement: str
) -> None:
    """
    What it broke, in words, and what was asked for.
    """
    found = whole.explained(world.send(method, path))
    (violation,) = found["violations"]

    assert (found["world"], found["api"], found["operation"], found["answer"]) == (
        world.world,
        api,
        "",
        {"status": status},
    )
    assert (violation["statements"], all(violation["says"]), len(violation["says"])) == ([statement], True, 1)
    assert (found["request"]["method"], found["request"]["path"]) == (method, path)


@pytest.mark.parametrize(
    ("method", "path", "api", "meant"),
    [
        ("PUT", f"/aicc{MODIFY}", "aicc", ("POST", f"/aicc{MODIFY}")),
        ("POST", f"/aicc{MODIFY[:-1]}", "aicc", ("POST", f"/aicc{MODIFY}")),
        ("PATCH", "/egain/core/casemgr/v3/cases", "egain", ("PATCH", "/egain/core/casemgr/v3/case")),
        ("GET", "/onlyoffice/api/2.0/crm/cse/1234", "onlyoffice", ("GET", "/onlyoffice/api/2.0/crm/case/1234")),
        ("GET", "/api/2.0/crm/cases/1234", "onlyoffice", ("GET", "/onlyoffice/api/2.0/crm/case/1234")),
        ("GET", "/api/2.0/crm/case/1234", "onlyoffice", ("GET", "/onlyoffice/api/2.0/crm/case/1234")),
        ("GET", "/r7office/api/2.0/crm/case/abc", "r7office", ("GET", "/r7office/api/2.0/crm/case/1234")),
        ("GET", "/r7office/api/2.0/crm/case//", "r7office", ("GET", "/r7office/api/2.0/crm/case/1234")),
    ],
)
def test_request_that_was_probably_meant_is_carried_out(
    whole: Whole, world: Client, method: str, path: str, api: str, meant: tuple[str, str]
) -> None:
    """
    The corrected request has the path or the method that is there, in the same world, and passes when it is sent.
    """
    shown = whole.explained(world.send(method, path))["corrected"]

    assert (shown["method"], shown["path"], shown["headers"]["x-casepact-world"]) == (*meant, world.world)
    assert corrected(whole, api, shown).status in (200, 204)


@pytest.mark.parametrize("api", ["onlyoffice", "r7office"])
def test_path_without_its_api_leads_to_the_api_of_the_credential(whole: Whole, world: Client, api: str) -> None:
    """
    ONLYOFFICE and R7-Office share their paths; a token is of one of them.
    """
    world = world.with_headers(CREDENTIALS[api]["admin"])

    assert whole.explained(world.get("/api/2.0/crm/case/1234"))["corrected"]["path"] == f"/{api}/api/2.0/crm/case/1234"


def test_path_without_its_api_is_answered_with_where_it_is_served(world: Client) -> None:
    """
    Nothing is at the root unless it was asked for, and the answer names the addresses that there are.
    """
    assert world.get("/api/2.0/crm/case/1234").json()["detail"] == (
        "no operation has the path /api/2.0/crm/case/1234; "
        "/onlyoffice/api/2.0/crm/case/1234 and /r7office/api/2.0/crm/case/1234 are served."
    )


def test_path_like_no_other_has_no_corrected_request(whole: Whole, world: Client) -> None:
    """
    The note says where the operations can be seen.
    """
    found = whole.explained(world.get("/x/y/z"))

    assert (found["corrected"], "/ui/" in found["note"]) == (None, True)


def test_secrets_of_a_request_that_no_operation_takes_are_hidden(
    whole: Whole, world: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """
    In the query, in headers and in the path itself; the console hides them too.
    """
    caplog.set_level(logging.INFO)
    headers = (("authorization", f"Basic {SECRET}"), ("access-token", SECRET), ("cookie", f"a={SECRET}"))
    for path in (f"/aicc/x?access_token={SECRET}", f"/aicc/password={SECRET}"):
        found = whole.explained(world.send("GET", path, headers))
        found["request"]["path"] = found["request"]["path"].replace(f"password={SECRET}", "")

        assert SECRET not in str(found) + caplog.text


def test_control_api_explains_without_a_journal(whole: Whole, world: Client) -> None:
    """
    What steers a mock stands in no journal, also where it steers nowhere.
    """
    whole.make(world.world)
    answer = world.get(f"/_casepact/v1/worlds/{world.world}/clok")
    found = whole.explained(answer)

    assert (answer.status, found["api"], entries(whole, world)) == (404, "control", [])
    assert found["corrected"]["path"] == f"/_casepact/v1/worlds/{world.world}/clock"


def test_options_is_no_refusal(whole: Whole, world: Client) -> None:
    """
    It is answered with what the path has; there is nothing to explain.
    """
    answer = world.send("OPTIONS", f"/aicc{MODIFY}")
    whole.make(world.world)

    assert (answer.status, answer.header("link"), entries(whole, world)) == (204, None, [])


def test_strict_mock_corrects_nothing_in_a_world_that_is_not_there() -> None:
    """
    Without records there is no request that would have passed.
    """
    whole = build(strict=True)
    answer = whole.client.in_world("nobody").send("POST", f"/aicc{MODIFY}/x")

    assert (answer.status, whole.explained(answer)["corrected"]) == (404, None)


def test_strict_mock_makes_no_world_for_a_request_that_no_operation_takes() -> None:
    """
    The request is refused and explained all the same.
    """
    whole = build(strict=True)
    answer: Answer = whole.client.in_world("nobody").with_headers(CREDENTIALS["aicc"]["operator"]).get("/aicc/nowhere")

    assert (answer.status, whole.explained(answer)["world"], whole.store.find("nobody")) == (404, "nobody", None)
