"""The corrected request of a refusal is carried out when it is sent, and changes as little as need be."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.mock_server.asking import corrected, refused, succeeded
from tests.mock_server.client import Answer
from tests.mock_server.provoked import (
    CASE_INFO,
    CREDENTIALS,
    CRM,
    EDIT,
    EDITION,
    JSON,
    LOGIN,
    MODIFY,
    Provoked,
    as_form,
    as_json,
    as_xml,
    provoked,
)
from tests.mock_server.whole import Whole, running

ALL = provoked()
MUTATIONS: tuple[Any, ...] = (None, 5, "", [], {}, "x" * 30_000, True, [{"a": [{}]}])


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


def offered(whole: Whole, request: Provoked) -> dict[str, Any]:
    """The corrected request that the explanation of a provoked one offers."""
    found: dict[str, Any] = whole.explained(refused(whole, request)[1])["corrected"]
    return found


def update(**sent: Any) -> Provoked:
    """An update of case 1234 by the ONLYOFFICE administrator."""
    return Provoked("", "onlyoffice", "updateCase", "", "PUT", CRM.format("1234"), "admin", **sent)


def edit(actor: str = "agent", **members: Any) -> Provoked:
    """An edit of eGain's case 1013."""
    return Provoked("", "egain", "editCase", "", "PATCH", EDIT, actor, **as_json({**EDITION, **members}))


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_corrected_request_is_carried_out(whole: Whole, request_: Provoked) -> None:
    """
    For every refusal that can be provoked there is a corrected request, and sending it succeeds in the same world.
    """
    client, answer = refused(whole, request_)
    shown = whole.explained(answer)["corrected"]
    if request_.traffic is not None:
        whole.steer("PUT", f"/worlds/{client.world}/traffic", {})

    assert succeeded(whole, request_.api, request_.operation, corrected(whole, request_.api, shown))


def places(value: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every element of a JSON value."""
    if above:
        yield above
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in items:
        yield from places(member, (*above, key))


def spoiled(body: Any, place: tuple[str | int, ...], *instead: Any) -> Any:
    """The body with something else at a place, or with nothing there."""
    changed = copy.deepcopy(body)
    holder = changed
    for part in place[:-1]:
        holder = holder[part]
    if instead:
        holder[place[-1]] = instead[0]
    else:
        del holder[place[-1]]
    return changed


ADDRESSES = {
    ("aicc", "modifyCase"): MODIFY,
    ("egain", "editCase"): EDIT,
    ("onlyoffice", "updateCase"): CRM.format("1234"),
    ("onlyoffice", "addCaseContact"): CRM.format("1234") + "/contact",
    ("onlyoffice", "authenticate"): LOGIN,
    ("r7office", "authenticate"): LOGIN,
}


@pytest.mark.parametrize(("api", "operation"), ADDRESSES)
def test_every_spoiled_example_is_corrected(whole: Whole, api: str, operation: str) -> None:
    """
    Each element of each documented body is replaced by eight wrong things and left out; each refusal is corrected.
    """
    contract = whole.assembly.contracts[api].operations[operation]
    actor = next(iter(CREDENTIALS[api]))
    failed, tried = [], 0
    for name, example in contract.body[JSON].examples.items():
        bodies = [(place, spoiled(example, place)) for place in places(example)]
        bodies += [(place, spoiled(example, place, other)) for place in places(example) for other in MUTATIONS]
        for place, body in bodies:
            request = Provoked(
                "", api, operation, "", contract.method, ADDRESSES[api, operation], actor, **as_json(body)
            )
            _, answer = refused(whole, request)
            if answer.status < 400:
                continue
            tried += 1
            shown = whole.explained(answer)["corrected"]
            if shown is None or not succeeded(whole, api, operation, corrected(whole, api, shown)):
                failed.append((name, place, json.dumps(body)[:200], shown))

    assert (failed, tried > 5) == ([], True)


def test_only_what_is_wrong_is_changed(whole: Whole) -> None:
    """
    A title that is too long is replaced; the other members are what was sent.
    """
    sent = {**CASE_INFO, "title": "x" * 129, "description": "mine alone"}
    request = Provoked("", "aicc", "modifyCase", "", "POST", MODIFY, "operator", **as_json({"caseInfo": sent}))
    body = offered(whole, request)["body"]["caseInfo"]

    assert {**body, "title": ""} == {**sent, "title": ""}


def test_unknown_member_is_left_out(whole: Whole) -> None:
    """
    What the schema forbids is taken away, and nothing else.
    """
    assert offered(whole, edit(more=1, subject="mine alone"))["body"] == {**EDITION, "subject": "mine alone"}


def test_stale_edit_is_brought_up_to_date(whole: Whole) -> None:
    """
    The last modification that the client should have seen stands in the corrected edit (x-current).
    """
    assert offered(whole, edit(lastModified="2015-07-30T13:07:41.000Z"))["body"] == EDITION


def test_member_that_is_missing_and_current_is_read_from_the_records(whole: Whole) -> None:
    """
    An edit without its last modification gets that of the case it names, not that of an example.
    """
    body = {"id": "1001", "subject": "mine alone"}
    request = Provoked("", "egain", "editCase", "", "PATCH", EDIT, "agent", **as_json(body))

    assert offered(whole, request)["body"] == {**body, "lastModified": "2015-07-02T10:01:00.000Z"}


def test_header_that_is_refused_is_left_out(whole: Whole) -> None:
    """
    A language that is none of the fifteen is not in the corrected request; other headers are.
    """
    headers = (("content-type", JSON), ("accept-language", "tlh"), ("x-trace", "7"))
    body = json.dumps(EDITION).encode()
    request = Provoked("", "egain", "editCase", "", "PATCH", EDIT, "agent", headers=headers, body=body)
    shown = offered(whole, request)["headers"]

    assert ("accept-language" in shown, shown["x-trace"]) == (False, "7")


def test_header_that_only_counts_once_the_body_is_right_is_left_out_too(whole: Whole) -> None:
    """
    The schema is judged before the language; both are corrected.
    """
    headers = (("content-type", JSON), ("accept-language", "tlh"))
    request = Provoked("", "egain", "editCase", "", "PATCH", EDIT, "agent", headers=headers, body=b'{"id": "1013"}')
    shown = offered(whole, request)

    assert succeeded(whole, "egain", "editCase", corrected(whole, "egain", shown))


def test_unknown_query_is_left_out_and_known_query_stays(whole: Whole) -> None:
    """
    Of two query parameters the one that nobody knows is taken away.
    """
    path = f"{EDIT}/1013?$attribute=id&colour=red"
    request = Provoked("", "egain", "getCasesByIds", "", "GET", path, "agent")

    assert offered(whole, request)["path"] == "/egain/core/casemgr/v3/case/1013?$attribute=id"


@pytest.mark.parametrize(
    "sent",
    [
        as_form({"members": "1235", "isPrivate": "true"}),
        as_xml("<c><members>1235</members><isPrivate>true</isPrivate></c>"),
        as_json({"MEMBERS": ["1235"], "isPrivate": "true"}),
    ],
    ids=["form", "XML", "JSON in other words"],
)
def test_members_of_any_form_of_body_are_kept(whole: Whole, sent: dict[str, Any]) -> None:
    """
    What a lenient vendor understood of the body stands in the corrected one, converted; only the title is added.
    """
    body = offered(whole, update(**sent))["body"]

    assert (body.pop("title") != "", body) == (True, {"members": [1235], "isPrivate": True})


def test_value_in_the_query_is_kept_in_the_body(whole: Whole) -> None:
    """
    A title in the query comes before the body; the corrected request has it in its body.
    """
    request = Provoked(
        "", "onlyoffice", "updateCase", "", "PUT", CRM.format("1234") + "?title=mine&isPrivate=maybe", "admin"
    )
    shown = offered(whole, request)

    assert (shown["path"], shown["body"]["title"]) == ("/onlyoffice" + CRM.format("1234"), "mine")


def test_caller_without_the_right_is_replaced(whole: Whole) -> None:
    """
    Where nothing but the caller is wrong, the corrected request is the same one by somebody else.
    """
    shown = offered(whole, edit("viewer"))

    assert (shown["headers"]["authorization"], shown["body"]) == ("[credential of agent]", EDITION)


def test_caller_with_the_right_stays(whole: Whole) -> None:
    """
    Who is known and may do it is not replaced by the default actor.
    """
    assert offered(whole, edit("colleague", more=1))["headers"]["authorization"] == "[credential of colleague]"


@pytest.mark.parametrize(
    ("header", "value"),
    [("authorization", "oo-creator-token-0001"), ("cookie", "asc_auth_key=oo-creator-token-0001")],
)
def test_credential_stands_where_the_client_had_it(whole: Whole, header: str, value: str) -> None:
    """
    A page cannot set cookies, so who sent a header is not advised to send a cookie.
    """
    request = update(headers=((header, value), ("content-type", JSON)), body=b"{}")
    answer = whole.fresh().under("/onlyoffice").send("PUT", request.path, request.headers, request.body)

    assert whole.explained(answer)["corrected"]["headers"][header] == "[credential of creator]"


def test_corrected_request_names_its_world(whole: Whole) -> None:
    """
    A request that named its world in the path is corrected to one that names it in a header.
    """
    world = whole.fresh().world
    request = update(**as_json({}))
    answer = whole.client.send("PUT", f"/~{world}/onlyoffice{request.path}", request.sent_headers, request.body)

    assert whole.explained(answer)["corrected"]["headers"]["x-casepact-world"] == world


def test_corrected_request_of_the_default_world_names_none(whole: Whole) -> None:
    """
    To a client that names no world none is named.
    """
    request = update(**as_json({}))
    answer = whole.client.send("PUT", f"/onlyoffice{request.path}", request.sent_headers, request.body)

    assert "x-casepact-world" not in whole.explained(answer)["corrected"]["headers"]


def test_records_of_the_world_are_used(whole: Whole) -> None:
    """
    An id that no example has is found among the records, the most similar first.
    """
    client = whole.fresh()
    whole.make(client.world)
    cases = whole.steer("GET", f"/worlds/{client.world}/records/aicc/cases").json()["records"]
    for id in list(cases):
        whole.steer("DELETE", f"/worlds/{client.world}/records/aicc/cases/{id}")
    record = {**cases["c6m800000142mS63Voa8"], "id": "c6m80000000000mine01"}
    whole.steer("PUT", f"/worlds/{client.world}/records/aicc/cases/c6m80000000000mine01", record)
    request = Provoked(
        "",
        "aicc",
        "modifyCase",
        "",
        "POST",
        MODIFY,
        "operator",
        **as_json({"caseInfo": {**CASE_INFO, "id": "c6m80000000000mine02"}}),
    )
    answer = client.under("/aicc").send("POST", MODIFY, request.sent_headers, request.body)

    assert whole.explained(answer)["corrected"]["body"]["caseInfo"]["id"] == "c6m80000000000mine01"


def test_world_in_which_nothing_can_be_done_has_no_corrected_request(whole: Whole) -> None:
    """
    Without a single case no request to change one passes; that is said instead of a lie.
    """
    client = whole.fresh()
    whole.make(client.world)
    fixtures = whole.steer("GET", f"/worlds/{client.world}/fixtures/aicc").json()
    whole.steer("PUT", f"/worlds/{client.world}/fixtures/aicc", {**fixtures, "records": {}})
    request = Provoked("", "aicc", "modifyCase", "", "POST", MODIFY, "operator", **as_json({"caseInfo": CASE_INFO}))
    answer: Answer = client.under("/aicc").send("POST", MODIFY, request.sent_headers, request.body)
    reported = whole.explained(answer)

    assert (reported["corrected"], reported["note"].startswith("No request near to this one")) == (None, True)


def test_explaining_changes_no_world(whole: Whole) -> None:
    """
    Requests are tried on the records of the refusal; nothing of it is stored.
    """
    client, answer = refused(whole, edit(more=1))
    before = client.snapshot()
    whole.explained(answer)

    assert client.snapshot() == before


def test_refusal_of_the_control_api_is_corrected_without_being_carried_out(whole: Whole) -> None:
    """
    A world with a bad name gets a good one in the corrected request, and is not made by looking at it.
    """
    answer = whole.steer("POST", "/worlds", {"name": "", "from": "default"})
    before = len(whole.store)
    shown = whole.explained(answer)["corrected"]

    assert (shown["body"]["from"], len(whole.store) - before) == ("default", 0)


def test_large_body_is_corrected_within_a_few_tries(whole: Whole) -> None:
    """
    What is too large to be kept is corrected from the operation's example.
    """
    request = update(**as_json({"title": "", "note": "x" * 500_000}))

    assert succeeded(whole, "onlyoffice", "updateCase", corrected(whole, "onlyoffice", offered(whole, request)))
