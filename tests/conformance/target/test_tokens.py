"""A token is asked for when it is needed, kept while it lives, renewed when it ends or is refused, and never shown."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.target.exchange import Response
from conformance.target.profile import Credential, OAuth, TokenCall
from conformance.target.tokens import CredentialsRefused, TokenCache, oauth_request, read_token, sent_to
from specs import load_contract

HOLDER = ("operator", "accessToken")
CALL = TokenCall("getToken", {})
CLIENT = OAuth("https://login.example/token", Credential("me", "${ID}"), Credential("s3:cret", "${SECRET}"), ".default")


class Issuer:
    """Gives out token-1, token-2, … that live so many seconds; its clock stands until it is set."""

    def __init__(self, seconds: float | None = 600) -> None:
        self.seconds, self.now, self.given = seconds, 0.0, 0

    def ask(self, holder: object, source: object) -> tuple[str, float | None]:
        self.given += 1
        return f"token-{self.given}", self.seconds

    def clock(self) -> float:
        return self.now


def token_cache(issuer: Issuer) -> TokenCache:
    return TokenCache({HOLDER: CALL}, issuer.ask, issuer.clock)


def answer(status: int, body: Any) -> Response:
    return Response(status, (("Content-Type", "application/json"),), json.dumps(body).encode())


def test_token_is_asked_for_once() -> None:
    """While it lives, one token serves every request."""
    issuer = Issuer()
    held = token_cache(issuer)

    assert [held.value(HOLDER), held.value(HOLDER)] == ["token-1", "token-1"]


@pytest.mark.parametrize(("seconds", "fresh", "ended"), [(600, 560, 571), (10, 8, 9.5)])
def test_token_is_renewed_before_it_ends(seconds: float, fresh: float, ended: float) -> None:
    """Half a minute before its end, or a tenth of a short life, a token is replaced."""
    issuer = Issuer(seconds)
    held, seen = token_cache(issuer), []
    for moment in (0, fresh, ended):
        issuer.now = moment
        seen.append(held.value(HOLDER))

    assert seen == ["token-1", "token-1", "token-2"]


def test_request_with_an_ended_token_gets_the_new_one() -> None:
    """What drew its headers before the token ended is sent with the new token."""
    issuer = Issuer()
    held = token_cache(issuer)
    headers = (("access-token", held.value(HOLDER)),)
    issuer.now = 1000

    assert held.current(headers) == (("access-token", "token-2"),)


def test_token_that_worked_and_is_refused_is_renewed() -> None:
    """A 401 to a token that was good means that it ended early."""
    held = token_cache(Issuer())
    headers = (("access-token", held.value(HOLDER)),)
    held.worked(headers)

    assert (held.refused(headers), held.current(headers)) == (True, (("access-token", "token-2"),))


def test_token_that_never_worked_is_not_renewed() -> None:
    """A 401 to a fresh token is the server's answer; asking again would go on for ever."""
    held = token_cache(Issuer())
    headers = (("access-token", held.value(HOLDER)),)

    assert held.refused(headers) is False


def test_client_travels_in_the_header() -> None:
    """Id and secret are form-encoded and sent as Basic credentials (RFC 6749 section 2.3.1)."""
    sent = dict(oauth_request(CLIENT).headers)["Authorization"].removeprefix("Basic ")

    assert base64.b64decode(sent) == b"me:s3%3Acret"


def test_client_credentials_are_asked_for() -> None:
    """The form names the grant and the scope (RFC 6749 section 4.4.2)."""
    assert oauth_request(CLIENT).body == b"grant_type=client_credentials&scope=.default"


def test_what_the_contract_fixes_is_filled_in() -> None:
    """The profile of a token call names secrets only; the grant type is the contract's."""
    body = sent_to(load_contract("aicc").operation("getToken"), {"client_id": Credential("me", "${ID}")})

    assert body == {"grant_type": "client_credentials", "client_id": "me"}


@pytest.mark.parametrize(
    ("body", "token", "seconds"),
    [
        ({"access_token": "t", "expires_in": 1800}, "t", 1800),
        ({"access_token": "t", "expires_in": "1800"}, "t", 1800),
        ({"token": "t"}, "t", None),
    ],
    ids=["RFC 6749", "seconds as text", "no end"],
)
def test_token_and_its_end_are_read(body: Any, token: str, seconds: float | None) -> None:
    """Where neither profile nor contract says more, tokens stand where RFC 6749 puts them."""
    assert read_token(CALL, answer(200, body), "'operator'") == (token, seconds)


NOW = datetime(2027, 10, 7, 10, 0, tzinfo=UTC)
WRAPPED = {"response": {"token": "t", "expires": "2027-10-07T10:01:00.0000000Z"}, "token": "count"}


@pytest.mark.parametrize("api", ["onlyoffice", "r7office"])
def test_token_is_read_where_the_contract_says(api: str) -> None:
    """The shape of an answer is the contract's, and no profile has to repeat it."""
    documented = load_contract(api).operation("authenticate").token

    assert read_token(CALL, answer(200, WRAPPED), "'operator'", NOW, documented=documented) == ("t", 60)


def test_token_is_read_where_the_profile_says() -> None:
    """A server that answers otherwise than the contract is still asked for its tokens."""
    call = TokenCall("authenticate", {}, token="/token", expires="/response/expires")
    documented = load_contract("onlyoffice").operation("authenticate").token

    assert read_token(call, answer(200, WRAPPED), "'operator'", NOW, documented=documented) == ("count", 60)


@pytest.mark.parametrize(
    "response",
    [answer(400, {"error": "unauthorized_client", "secret": "s3cret"}), answer(200, {}), Response(200, (), b"<html>")],
    ids=["refused", "no token", "no JSON"],
)
def test_answer_without_a_token_is_the_environments_fault(response: Response) -> None:
    """Whoever gets no token is shown the status, and nothing else of the answer."""
    with pytest.raises(CredentialsRefused, match=r"'operator' gets no token \((400 unauthorized_client|200)\)"):
        read_token(CALL, response, "'operator'")
