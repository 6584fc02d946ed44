"""A promise that ended otherwise than it was made is charged to somebody, and never taken for kept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.probes.context import PROMISE, ProbeContext
from conformance.target.exchange import Exchange
from tests.conformance.answers import DONE, Answer, idle_context


def taken(
    ctx: ProbeContext, status: int, body: Any = b"", media: str = "application/json", name: str = "modifyCase"
) -> Exchange:
    """An answer as the context sees it: judged by every check first."""
    exchange = Answer(ctx.contract.api, name, status, body, media).exchange()
    ctx.take(ctx.operation(name), exchange)
    return exchange


def against(ctx: ProbeContext) -> list[tuple[str, str, str]]:
    """Statement, side and title of what was held against the server."""
    reported = [item.judgement for item in ctx.judged if not item.judgement.held]
    return [(item.statement, str(item.side), item.title) for item in reported]


def test_server_error_in_place_of_a_success_is_charged_to_the_promise() -> None:
    """What a page says is carried out, and a server fails at, binds as a refusal would."""
    ctx = idle_context()
    ctx.accepted(["HW-21", "HW-22"], taken(ctx, 500), "a title")

    assert against(ctx) == [("HTTP-08", "accept", "Server error"), ("HW-21", "accept", "Server error")]


def test_server_error_in_place_of_a_refusal_is_charged_to_the_promise() -> None:
    """To fail is not to refuse."""
    ctx = idle_context()

    assert not ctx.refused(["HW-22"], taken(ctx, 500), "no title")
    assert ("HW-22", "refuse", "Server error") in against(ctx)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_answer_of_a_gateway_is_not_charged_to_the_promise(status: int) -> None:
    """The server may not have seen the request at all."""
    ctx = idle_context()
    ctx.accepted(["HW-21"], taken(ctx, status), "a title")

    assert [statement for statement, _, _ in against(ctx)] == ["HTTP-08"]


def test_server_error_where_the_body_proves_the_caller_is_not_charged_to_the_promise() -> None:
    """A name or password that a server does not know may be answered so (OO-23)."""
    ctx = idle_context()
    ctx.accepted(["HWF-3"], taken(ctx, 500, name="getToken"), "a token")

    assert [statement for statement, _, _ in against(ctx)] == ["HTTP-08"]


@pytest.mark.parametrize(
    ("status", "body", "charged"),
    [(500, b"", "HW-21"), (200, b"", "HW-62"), (200, {**DONE, "resCode": 0}, "HW-63"), (422, DONE, "HW-21")],
    ids=["a server error", "no body", "a broken body", "a refusal"],
)
def test_statement_whose_request_met_other_trouble_is_left_open(status: int, body: Any, charged: str) -> None:
    """Each statement of a promise that did not come true is kept with the answer, and where that is charged."""
    ctx = idle_context()
    ctx.accepted(["HW-21", "HW-22"], taken(ctx, status, body), "a title")

    assert ctx.unsettled == dict.fromkeys(
        ("HW-21", "HW-22"), f"its request was answered {status}, charged to {charged}"
    )


def test_promise_that_came_true_leaves_nothing_open() -> None:
    """A success is evidence for every statement of the promise."""
    ctx = idle_context()
    ctx.accepted(["HW-21"], taken(ctx, 200, DONE), "a title")

    assert (ctx.unsettled, against(ctx)) == ({}, [])


def test_broken_body_of_a_success_is_charged_once() -> None:
    """What the checks saw is not reported a second time as a refusal."""
    ctx = idle_context()
    ctx.accepted(["HW-21"], taken(ctx, 200, {**DONE, "resCode": 0}), "a title")

    assert against(ctx) == [("HW-63", "accept", "Answer breaks its schema at /resCode")]


def test_broken_success_is_no_refusal() -> None:
    """A 2xx whose body is not what it should be tells nothing of a request that was to be refused."""
    ctx = idle_context()

    assert not ctx.refused(["HW-10"], taken(ctx, 200, "<p/>", "text/html"), "request without a credential")
    assert ctx.unsettled == {"HW-10": "its request was answered 200, charged to HW-62"}
    assert "HW-10" not in {item.judgement.statement for item in ctx.judged}


def test_success_status_with_another_code_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page says under which status AICC refuses; that its word for success is right, an ordinary request shows."""
    ctx = idle_context()
    monkeypatch.setattr(ctx, "send", lambda made, name: taken(ctx, 200, DONE))

    assert ctx.refused(["HW-10"], taken(ctx, 200, {"resCode": "401001", "resMsg": ""}), "request without a credential")


def test_code_that_ordinary_requests_get_too_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every success bears another code, that one says nothing of a request."""
    ctx, other = idle_context(), {"resCode": "401001", "resMsg": ""}
    monkeypatch.setattr(ctx, "send", lambda made, name: taken(ctx, 200, other))

    assert not ctx.refused(["HW-10"], taken(ctx, 200, other), "request without a credential")
    assert "HW-10" in ctx.unsettled


def test_refusal_with_a_control_is_charged_if_the_control_is_carried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a member is left out is to blame for a refusal only where the request with it is no trouble."""
    ctx = idle_context()
    control = ctx.draft("modifyCase")
    monkeypatch.setattr(ctx, "send", lambda made, name: taken(ctx, 200, DONE))
    ctx.accepted(["HW-32"], taken(ctx, 400), "no priority", control=control)

    assert ("HW-32", "accept", "Refused: no priority") in against(ctx)


def test_refusal_that_the_control_shares_is_not_charged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of the member then."""
    ctx = idle_context()
    control = ctx.draft("modifyCase")
    monkeypatch.setattr(ctx, "send", lambda made, name: taken(ctx, 400))
    ctx.accepted(["HW-32"], taken(ctx, 400), "no priority", control=control)

    assert "HW-32" not in {statement for statement, _, _ in against(ctx)}
    assert "HW-32" in ctx.unsettled


def test_operation_of_which_success_was_promised_is_kept() -> None:
    """Who weighs the run learns which operations had to succeed."""
    ctx = idle_context()
    ctx.accepted(["HW-21"], taken(ctx, 500), "a title")

    assert ctx.expected == {"modifyCase"}


@pytest.mark.parametrize(
    ("status", "media", "counted"),
    [(200, "application/json", True), (202, "application/json", False), (200, "text/html", False)],
)
def test_success_counts_where_status_and_media_type_are_documented(status: int, media: str, counted: bool) -> None:
    """An operation that only ever answers otherwise was not seen to work."""
    ctx = idle_context()
    taken(ctx, status, DONE, media)

    assert ("modifyCase" in ctx.successes) is counted


def test_judgement_of_a_read_back_points_to_the_member_that_was_not_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """What else a read shows as it was sent is kept, and the finding names one member of the body."""
    ctx = idle_context()
    shown = {"result": [{"caseInfo": {"id": "1", "title": "other"}}], **DONE}
    monkeypatch.setattr(ctx, "call", lambda name, **_: taken(ctx, 200, shown, name=name))
    sent = {"caseInfo": {"id": "1", "title": "sent"}}
    ctx.read_back(replace(taken(ctx, 200, DONE), sent=sent))

    members = {item.judgement.member for item in ctx.judged if item.judgement.check == PROMISE}
    assert members == {"", "/caseInfo/title"}
