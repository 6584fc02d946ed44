"""The page of a mock whose control API asks for a token: it asks for that too, once, and never in an address."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from tests.mock_server.client import Client
from tests.mock_server.http.pages.whole import FORM, HOME, acted, app

TOKEN = "the-control-token"


@pytest.fixture(scope="module")
def guarded() -> Client:
    """Such a mock."""
    return Client(app(("aicc",), token=TOKEN))


def test_page_is_closed_without_it(guarded: Client) -> None:
    """
    Neither page nor events nor forms; nothing of the fixtures is shown.
    """
    answers = [guarded.get(f"{HOME}?world=default"), guarded.get(f"{HOME}events"), acted(guarded, "reset")]

    assert [answer.status for answer in answers] == [401, 403, 401]
    assert b"aicc-operator-token" not in b"".join(answer.body for answer in answers)


def test_token_opens_it(guarded: Client) -> None:
    """
    The form leads to the page that was asked for; the cookie is not the token and no script can read it.
    """
    form = urlencode({"token": TOKEN, "then": f"{HOME}?world=bob"}).encode()
    answer = guarded.send("POST", f"{HOME}sign-in", (FORM,), form)
    cookie = answer.header("set-cookie") or ""
    opened = guarded.send("GET", HOME, (("cookie", f"a=b; {cookie.partition(';')[0]}"),))

    assert (answer.status, answer.header("location")) == (303, f"{HOME}?world=bob")
    assert cookie.endswith("; Path=/_casepact; HttpOnly; SameSite=Strict") and TOKEN not in cookie
    assert (opened.status, b"aicc-operator-token" in opened.body) == (200, True)


@pytest.mark.parametrize("cookie", ["casepact_page=", "casepact_page=x", f"casepact_page={TOKEN}", "\xff=;;", ""])
def test_another_cookie_does_not(guarded: Client, cookie: str) -> None:
    """
    Not even the token itself.
    """
    assert guarded.send("GET", HOME, (("cookie", cookie),)).status == 401


@pytest.mark.parametrize("then", ["https://evil.example/", "//evil.example", f"{HOME}?x\r\nset-cookie: a=b", ""])
def test_sign_in_leads_nowhere_else(guarded: Client, then: str) -> None:
    """
    Whatever the form was made to say.
    """
    answer = guarded.send("POST", f"{HOME}sign-in", (FORM,), urlencode({"token": TOKEN, "then": then}).encode())

    assert (answer.status, answer.header("location")) == (303, HOME)


def test_wrong_token_is_said(guarded: Client) -> None:
    """
    It is not repeated.
    """
    answer = guarded.send("POST", f"{HOME}sign-in", (FORM,), b"token=guessed%ff")

    assert (answer.status, answer.header("set-cookie"), b"guessed" in answer.body) == (401, None, False)
    assert b"This is not the token" in answer.body
