"""Browsers of any origin may call the mock and read its answers, refusals included."""

from __future__ import annotations

import pytest

from tests.mock_server.client import Client, Header

MODIFY = "/aicc/service/AICC__Case/1.0.0/openapi/case/modify"
CASE = "/aicc/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"
R7_CASE = "/r7office/api/2.0/crm/case/1234"
ORIGIN: Header = ("origin", "http://localhost:3000")
OPERATOR: Header = ("access-token", "aicc-operator-token-0001")
JSON: Header = ("content-type", "application/json")


@pytest.fixture
def browser(client: Client) -> Client:
    """A page on another origin."""
    return client.with_headers(ORIGIN)


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        (MODIFY, "POST", "access-token, content-type, x-casepact-world"),
        (CASE, "GET", "access-token"),
        (f"{R7_CASE}/close", "PUT", "authorization"),
        (f"/~alice{MODIFY}", "POST", "access-token, content-type"),
    ],
)
def test_preflight_is_answered_with_success(browser: Client, path: str, method: str, headers: str) -> None:
    """
    A preflight carries no credential and needs none.
    """
    asked = (("access-control-request-method", method), ("access-control-request-headers", headers))

    assert browser.send("OPTIONS", path, asked).status == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_preflight_allows_every_method(browser: Client, method: str) -> None:
    """
    Which methods a path has is said by the answer, not by the browser.
    """
    answer = browser.send("OPTIONS", MODIFY, (("access-control-request-method", method),))

    assert method in (answer.header("access-control-allow-methods") or "").split(", ")


def test_preflight_allows_the_headers_asked_for(browser: Client) -> None:
    """
    Credentials and the name of a world may be sent.
    """
    wanted = "access-token, content-type, x-casepact-world"
    asked = (("access-control-request-method", "POST"), ("access-control-request-headers", wanted))

    assert browser.send("OPTIONS", MODIFY, asked).header("access-control-allow-headers") == wanted


def test_preflight_changes_no_record(browser: Client) -> None:
    """
    Asking for leave is not calling.
    """
    before = browser.snapshot()
    browser.send("OPTIONS", MODIFY, (("access-control-request-method", "POST"),))

    assert browser.snapshot() == before


def test_success_may_be_read(browser: Client) -> None:
    """
    A simple call of any origin gets an answer that its page may read.
    """
    answer = browser.send("GET", CASE, (OPERATOR,))

    assert (answer.status, answer.header("access-control-allow-origin")) == (200, "*")


def test_headers_of_the_mock_may_be_read(browser: Client) -> None:
    """
    The statement of a refusal is shown to the page.
    """
    assert browser.get(CASE).header("access-control-expose-headers") == "*"


@pytest.mark.parametrize(
    ("status", "method", "path", "headers", "body"),
    [
        (400, "POST", MODIFY, (OPERATOR, JSON), b"nope"),
        (400, "GET", CASE, (OPERATOR, ("access-token", "b")), b""),
        (400, "GET", f"/~{CASE}", (OPERATOR,), b""),
        (401, "GET", CASE, (), b""),
        (401, "GET", R7_CASE, (), b""),
        (404, "GET", "/nope", (), b""),
        (404, "GET", "/aicc/nope", (), b""),
        (404, "GET", f"{CASE}x", (OPERATOR,), b""),
        (404, "GET", "/aicc/ui/nope.js", (), b""),
        (405, "GET", MODIFY, (OPERATOR,), b""),
        (413, "POST", MODIFY, (OPERATOR, JSON), b"x" * (2**20 + 1)),
        (415, "POST", MODIFY, (OPERATOR,), b"{}"),
        (204, "OPTIONS", MODIFY, (), b""),
    ],
)
def test_answer_other_than_success_may_be_read(
    browser: Client, status: int, method: str, path: str, headers: tuple[Header, ...], body: bytes
) -> None:
    """
    A page sees why it was refused, not only that something failed.
    """
    answer = browser.send(method, path, headers, body)

    assert (answer.status, answer.header("access-control-allow-origin")) == (status, "*")


def test_call_without_origin_gets_no_permission(client: Client) -> None:
    """
    A caller that is no browser gets no CORS headers.
    """
    assert client.send("GET", CASE, (OPERATOR,)).header("access-control-allow-origin") is None


def test_answer_varies_with_the_origin(client: Client) -> None:
    """
    A cache must not hand an answer without CORS headers to a browser.
    """
    assert client.send("GET", CASE, (OPERATOR,)).header("vary") == "Origin"
