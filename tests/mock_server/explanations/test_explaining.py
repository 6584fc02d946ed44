"""Every refusal that can be provoked is explained: all violations, in words, with the line that says so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_server.behaviours import BEHAVIOURS
from mock_server.explanations.explaining import RefusalBook, Refused
from mock_server.operations.request import Request
from specs.references import at, split
from tests.mock_server.asking import refused
from tests.mock_server.client import Answer
from tests.mock_server.provoked import EDIT, EDITION, MODIFY, Provoked, as_json, provoked
from tests.mock_server.whole import Whole, running

PROJECT = Path(__file__).resolve().parents[3]
ALL = provoked()

# The engine asks every contract for these; none of these operations refuses so, or none has a refusal to look up.
UNPROVOKED = {
    "aicc": {"method", "no-route", "not-acceptable", "not-modelled", "unknown-parameter"},
    "egain": {"method", "no-route", "not-modelled"},
    "onlyoffice": {"method", "missing-body", "no-route", "not-acceptable", "not-modelled", "unknown-parameter"},
    "r7office": {"method", "missing-body", "no-route", "not-acceptable", "not-modelled", "unknown-parameter"},
}


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


def explained(whole: Whole, request: Provoked) -> dict[str, Any]:
    """The explanation of a provoked request."""
    return whole.explained(refused(whole, request)[1])


def known(whole: Whole, answer: Answer) -> Refused:
    """The refused request behind an answer."""
    link = answer.header("link") or ""
    found = whole.book.find(link.partition(">")[0].rpartition("/")[2])
    assert found is not None
    return found


def edit(**members: Any) -> Provoked:
    """An edit by the eGain agent."""
    return Provoked("", "egain", "editCase", "", "PATCH", EDIT, "agent", **as_json({**EDITION, **members}))


def modify(value: Any, actor: str = "operator") -> Provoked:
    """A change by the AICC operator."""
    return Provoked("", "aicc", "modifyCase", "", "POST", MODIFY, actor, **as_json(value))


def test_every_rule_is_provoked() -> None:
    """
    No rule of any behaviour is left out of what follows.
    """
    rules = {
        (api, operation, rule.breach.__name__)
        for api, behaviours in BEHAVIOURS.items()
        for operation, behaviour in behaviours.items()
        for rule in behaviour.rules
    }

    assert {(item.api, item.operation, item.rule) for item in ALL if item.rule} == rules


@pytest.mark.parametrize("api", sorted(BEHAVIOURS))
def test_every_refusal_kind_is_provoked(whole: Whole, api: str) -> None:
    """
    What a contract says of refusals is provoked, except for what no operation of it can be refused for.
    """
    contract = whole.assembly.contracts[api]
    kinds = {*contract.refusals, *(kind for item in contract.operations.values() for kind in item.refusals)}

    assert kinds - {item.kind for item in ALL if item.api == api} == UNPROVOKED[api]


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_refusal_is_of_the_kind_that_is_expected(whole: Whole, request_: Provoked) -> None:
    """
    Each provoked request is refused for the reason for which it stands here.
    """
    _, answer = refused(whole, request_)
    first = known(whole, answer).refusals[0]
    kinds = whole.assembly.contracts[request_.api].operations[request_.operation].refusals

    assert (first.kind, answer.status) == (request_.kind, kinds[request_.kind].status)


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_explanation_names_every_statement_of_the_answer(whole: Whole, request_: Provoked) -> None:
    """
    What the header of the refusal names stands in the explanation, in the same order and first.
    """
    _, answer = refused(whole, request_)
    named = [name for item in whole.explained(answer)["violations"] for name in item["statements"]]
    reported = (answer.header("x-casepact-statement") or "").split(", ")

    assert list(dict.fromkeys(named))[: len(reported)] == reported


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_explanation_says_its_statements_in_the_words_of_the_ledger(whole: Whole, request_: Provoked) -> None:
    """
    Each violation has the sentence of each of its statements.
    """
    violations = explained(whole, request_)["violations"]

    assert all(len(item["says"]) == len(item["statements"]) and all(item["says"]) for item in violations)


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_explanation_leads_to_the_line_that_carries_the_statement(whole: Whole, request_: Provoked) -> None:
    """
    The line of the contract carries one of the statements; where it carries none of them, it is that of the operation.
    """
    operation = whole.assembly.contracts[request_.api].operations[request_.operation]
    carried = whole.assembly.contracts[request_.api].carried
    for item in explained(whole, request_)["violations"]:
        if any(name in carried for name in item["statements"]):
            block = element(item["contract"])
            found = re.findall(r"statement: (.*)|x-statement:((?:.|\n)*)", block)
            assert any(re.search(rf"\b{name}\b", text) for name in item["statements"] for text in found[0])
        else:
            assert item["contract"] == str(operation.place)


@pytest.mark.parametrize("request_", ALL, ids=lambda item: item.id)
def test_pointer_of_a_violation_leads_into_the_request(whole: Whole, request_: Provoked) -> None:
    """
    A violation points at something that the body holds; what came by the query is bound to the body first.
    """
    _, answer = refused(whole, request_)
    found = known(whole, answer)
    if request_.operation == "getCase" or "?" in request_.path:
        return
    for item in whole.explained(answer)["violations"]:
        if item["pointer"] and not is_converted(whole, request_):
            body = found.call.body if found.call is not None else json.loads(request_.body)
            at(body, tuple(split(item["pointer"])))


def is_converted(whole: Whole, request: Provoked) -> bool:
    """Whether the vendor reads bodies leniently: what could not be converted is in no bound body."""
    return whole.assembly.contracts[request.api].binding is not None


def element(place: str) -> str:
    """The YAML from a line of a file to the end of the element that starts there."""
    file, _, line = place.partition(":")
    lines = (PROJECT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
    depth = len(lines[0]) - len(lines[0].lstrip())
    end = next(
        (n for n, text in enumerate(lines[1:], 1) if text.strip() and not text.startswith(" " * (depth + 1))), None
    )
    return "\n".join(lines[:end])


def test_every_flaw_of_a_body_is_explained(whole: Whole) -> None:
    """
    A body with four flaws has four violations, each at its place.
    """
    reported = explained(whole, modify({"caseInfo": {"id": 1, "title": 2, "description": "x"}, "more": 1}))[
        "violations"
    ]

    assert [(item["pointer"], item["statements"]) for item in reported] == [
        ("/caseInfo", ["HW-45"]),
        ("/caseInfo/id", ["HW-16"]),
        ("/caseInfo/title", ["HW-20"]),
        ("", ["D-33"]),
    ]


def test_every_broken_rule_is_explained(whole: Whole) -> None:
    """
    The vendor tells the first rule that is broken; the explanation tells the rest of them too.
    """
    request = edit(
        lastModified="2015-07-30T13:07:41.000Z", dueDate="2015-11-30T18:30:00.000Z", owner={"user": {"id": "9"}}
    )
    reported = [item["statements"][0] for item in explained(whole, request)["violations"]]

    assert reported == ["EGF-21", "EG-42", "EGF-12"]


def test_rule_that_refuses_with_the_kind_of_the_schema_does_not_hide_the_others(whole: Whole) -> None:
    """
    A due date in the past is an invalid body to eGain; the owner that does not exist is reported beside it.
    """
    request = edit(dueDate="2015-11-30T18:30:00.000Z", owner={"user": {"id": "9"}})
    reported = [item["statements"][0] for item in explained(whole, request)["violations"]]

    assert reported == ["EG-42", "EGF-12"]


def test_rule_that_rests_on_a_broken_one_is_not_asked(whole: Whole) -> None:
    """
    Of a case that does not exist nothing else is claimed.
    """
    reported = [item["statements"][0] for item in explained(whole, edit(id="9"))["violations"]]

    assert reported == ["EG-07"]


def test_explanation_is_of_the_moment_of_the_refusal(whole: Whole) -> None:
    """
    What is written afterwards changes nothing in it: the edit is corrected to the state that it was refused for.
    """
    client, answer = refused(whole, edit(lastModified="2015-07-30T13:07:41.000Z"))
    before = whole.explained(answer)
    request = edit()
    client.under("/egain").send(request.method, request.path, request.sent_headers, request.body)

    assert whole.explained(answer) == before


def test_explanation_outlives_its_world(whole: Whole) -> None:
    """
    A world that is deleted takes no refusal with it.
    """
    client, answer = refused(whole, modify({}))
    whole.steer("DELETE", f"/worlds/{client.world}")

    assert whole.explained(answer)["world"] == client.world


def test_explanation_names_world_api_operation_and_answer(whole: Whole) -> None:
    """
    Who looks a refusal up learns which request it was.
    """
    client, answer = refused(whole, modify({}))
    reported = whole.explained(answer)

    assert {name: reported[name] for name in ("world", "api", "operation", "answer")} == {
        "world": client.world,
        "api": "aicc",
        "operation": "modifyCase",
        "answer": {"status": 400},
    }


def test_request_is_shown_as_it_was_sent(whole: Whole) -> None:
    """
    Method, path, headers and body are there; the credential is hidden.
    """
    client, answer = refused(whole, modify({"caseInfo": {"id": "x"}}))

    assert whole.explained(answer)["request"] == {
        "method": "POST",
        "path": f"/aicc{MODIFY}",
        "headers": {
            "x-casepact-world": client.world,
            "access-token": "[redacted]",
            "content-type": "application/json",
            "content-length": "25",
        },
        "body": {"caseInfo": {"id": "x"}},
    }


@pytest.mark.parametrize("body", [b"[" * 500 + b"]" * 500, b'{"a":' * 200 + b"1" + b"}" * 200])
def test_body_that_is_nested_too_deeply_is_explained(whole: Whole, body: bytes) -> None:
    """
    Hundreds of levels, which no writer of JSON takes, are shown as text.
    """
    reported = explained(whole, replace(modify({}), body=body))

    assert reported["request"]["body"] == body.decode()


def test_large_body_is_reported_by_its_size(whole: Whole) -> None:
    """
    What nobody would read through is counted instead.
    """
    value = {"caseInfo": {"title": "x" * 20_000}}
    request = modify(value)

    assert explained(whole, request)["request"]["body"] == f"[{len(request.body)} bytes]"


def test_large_bodies_are_not_kept(whole: Whole) -> None:
    """
    The book holds neither the bytes nor the value of a body beyond its limit: 500 of them would be gigabytes.
    """
    _, answer = refused(whole, modify({"caseInfo": {"title": "x" * 20_000}}))
    found = known(whole, answer)

    assert (found.raw, found.call) == (b"", None)


def test_unknown_refusal_is_not_found(whole: Whole) -> None:
    """
    An id that no refusal has is answered with 404 and says that only the last ones are kept.
    """
    answer = whole.steer("GET", "/refusals/test-999999")

    assert (answer.status, "only the last ones" in answer.json()["detail"]) == (404, True)


def refused_request(whole: Whole, number: int) -> Refused:
    """A refused request that differs from others by its number."""
    compiled = known(whole, refused(whole, modify({}))[1]).compiled
    seed = whole.assembly.seeds["aicc"]
    request = Request("POST", f"/{number}", "", {})
    return Refused(0.0, "w", compiled, request, {}, b"", 400, (), None, seed, whole.store.default.clock)


def test_book_forgets_the_oldest(whole: Whole) -> None:
    """
    A book of two keeps the last two.
    """
    book = RefusalBook("b", 2)
    ids = [book.keep(refused_request(whole, number)) for number in range(3)]

    assert [book.find(id) is not None for id in ids] == [False, True, True]


def test_ids_of_two_books_differ(whole: Whole) -> None:
    """
    A mock that was started again does not explain the refusal of an earlier one under the same id.
    """
    one, other = RefusalBook("a"), RefusalBook("b")
    request = refused_request(whole, 1)

    assert one.keep(request) != other.keep(request)


def test_control_api_explains_its_own_refusals(whole: Whole) -> None:
    """
    A request to the control API that is refused can be looked up like any other.
    """
    answer = whole.steer("POST", "/worlds", {"name": ""})
    reported = whole.explained(answer)

    assert (reported["api"], reported["operation"], reported["violations"][0]["pointer"]) == (
        "control",
        "createWorld",
        "/name",
    )


@pytest.mark.parametrize(
    ("headers", "world"),
    [({}, "default"), ({"x-casepact-world": "elsewhere"}, "elsewhere")],
)
def test_world_of_a_refusal_is_the_one_that_was_asked(whole: Whole, headers: Mapping[str, str], world: str) -> None:
    """
    A request that names no world was refused by the default one.
    """
    request = modify({})
    answer = whole.client.send(
        request.method, f"/aicc{MODIFY}", (*request.sent_headers, *headers.items()), request.body
    )

    assert whole.explained(answer)["world"] == world
