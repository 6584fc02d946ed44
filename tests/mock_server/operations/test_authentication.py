"""Whose credential a request carries."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import pytest

from mock_server.operations.authentication import authenticator, credential_headers
from mock_server.worlds.records import Records
from specs.contract import Contract
from tests.mock_server.client import Client
from tests.mock_server.provoked import AICC_CASE
from tests.mock_server.whole import running

MODIFY = "/service/AICC__Case/1.0.0/openapi/case/modify"
CASE = "/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"
R7_CASE = "/api/2.0/crm/case/1234"


def basic(text: str) -> str:
    """An Authorization header of the scheme Basic."""
    return f"Basic {base64.b64encode(text.encode()).decode()}"


OUTSIDER = basic("pavel.orlov@example.com:outsider-password-0001")


def known(contract: Contract, records: Records, headers: Mapping[str, str]) -> str | None:
    """The name of the actor whom a read of a case takes the sender for."""
    authenticate = authenticator(contract, contract.operation("getCase"))
    assert authenticate is not None
    actor = authenticate(headers, "", records.known.by_credential)
    return actor.name if actor else None


@pytest.mark.parametrize(
    "headers",
    [
        {"cookie": "asc_auth_key=r7-outsider-token-0001"},
        {"cookie": "theme=dark; asc_auth_key=r7-outsider-token-0001; x"},
        {"authorization": "r7-outsider-token-0001"},
        {"authorization": "Bearer r7-outsider-token-0001"},
        {"authorization": "bearer  r7-outsider-token-0001"},
        {"authorization": OUTSIDER},
        {"authorization": OUTSIDER.replace("Basic", "BASIC")},
    ],
)
def test_credential_of_any_scheme_makes_its_actor_known(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records], headers: Mapping[str, str]
) -> None:
    """
    Cookie, bare token, Basic and Bearer each do (OO-16).
    """
    assert known(contracts["r7office"], seeds["r7office"], headers) == "outsider"


def test_first_scheme_of_the_contract_wins(contracts: Mapping[str, Contract], seeds: Mapping[str, Records]) -> None:
    """
    The cookie is tried before the header (OO-16).
    """
    headers = {"authorization": "r7-admin-token-0001", "cookie": "asc_auth_key=r7-outsider-token-0001"}

    assert known(contracts["r7office"], seeds["r7office"], headers) == "outsider"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "nobody"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer nobody"},
        {"authorization": "Basic"},
        {"authorization": "Basic ===="},
        {"authorization": f"{OUTSIDER[:20]}!{OUTSIDER[20:]}"},
        {"authorization": "Basic /w=="},
        {"authorization": basic("irina.sokolova@example.com")},
        {"authorization": basic("irina.sokolova@example.com:wrong")},
        {"authorization": "Digest r7-admin-token-0001"},
        {"authorization": "r7-admin-token-0001 "},
        {"authorization": "R7-ADMIN-TOKEN-0001"},
        {"cookie": "asc_auth_key"},
        {"cookie": "ASC_AUTH_KEY=r7-admin-token-0001"},
        {"cookie": "asc_auth_key=irina.sokolova@example.com:admin-password-0001"},
        {"authorization": "aicc-operator-token-0001"},
    ],
)
def test_credential_that_nobody_has_makes_nobody_known(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records], headers: Mapping[str, str]
) -> None:
    """
    A missing, broken, misplaced or foreign credential is none.
    """
    assert known(contracts["r7office"], seeds["r7office"], headers) is None


def test_basic_credential_of_other_characters_makes_nobody_known(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    A Basic credential that is not even ASCII is a wrong one.
    """
    assert known(contracts["r7office"], seeds["r7office"], {"authorization": "Basic é"}) is None


@pytest.mark.parametrize(("api", "operation"), [("aicc", "getToken"), ("r7office", "authenticate")])
def test_operation_that_gives_tokens_asks_for_none(contracts: Mapping[str, Contract], api: str, operation: str) -> None:
    """
    An operation with an empty `security` has no authenticator.
    """
    assert authenticator(contracts[api], contracts[api].operation(operation)) is None


@pytest.mark.parametrize(("api", "names"), [("aicc", {"access-token"}), ("r7office", {"authorization", "cookie"})])
def test_credential_headers_are_those_of_the_contract(
    contracts: Mapping[str, Contract], api: str, names: set[str]
) -> None:
    """
    The headers that hold credentials are known by their lower-case names.
    """
    assert credential_headers(contracts[api]) == names


@pytest.mark.parametrize("token", ["", "wrong", "AICC-OPERATOR-TOKEN-0001", "r7-admin-token-0001"])
def test_wrong_aicc_token_is_refused(aicc: Client, token: str) -> None:
    """
    AICC answers 401 for a token that it did not give.
    """
    answer = aicc.with_headers(("access-token", token)).get(CASE)

    assert answer.status == 401


def test_missing_aicc_token_is_refused(aicc: Client) -> None:
    """
    AICC answers 401 for a call without a token.
    """
    answer = aicc.without("access-token").get(CASE)

    assert answer.status == 401


def test_refused_aicc_token_names_the_scheme(aicc: Client) -> None:
    """
    A 401 of AICC carries the challenge of its contract.
    """
    answer = aicc.without("access-token").get(CASE)

    assert answer.header("www-authenticate") == 'AccessToken realm="AICC"'


def test_credential_is_asked_for_before_the_body_is_judged(aicc: Client) -> None:
    """
    A stranger learns nothing about what is wrong with the body.
    """
    answer = aicc.without("access-token").post(MODIFY, {"caseInfo": 1})

    assert answer.status == 401


def test_stranger_at_r7_gets_plain_text(crm: Client) -> None:
    """
    R7 answers 401 without an envelope (OO-19).
    """
    answer = crm.without("authorization").get(R7_CASE)

    assert (answer.status, answer.header("content-type"), answer.body) == (
        401,
        "text/plain; charset=UTF-8",
        b"Unauthorized",
    )


def test_r7_challenges_who_sent_an_authorization(crm: Client) -> None:
    """
    A 401 names Basic and the host when the request had an Authorization header (OO-20).
    """
    answer = crm.with_headers(("authorization", "nobody"), ("host", "portal.example")).get(R7_CASE)

    assert answer.header("www-authenticate") == 'Basic Realm="portal.example"'


def test_r7_challenges_nobody_else(crm: Client) -> None:
    """
    A 401 has no challenge when the request had no Authorization header (OO-20).
    """
    answer = crm.without("authorization").get(R7_CASE)

    assert answer.header("www-authenticate") is None


def test_quote_in_host_does_not_end_the_realm(crm: Client) -> None:
    """
    What a client writes into Host cannot add parameters to the challenge.
    """
    answer = crm.with_headers(("authorization", "nobody"), ("host", 'a", b="é')).get(R7_CASE)

    assert answer.header("www-authenticate") == 'Basic Realm="a, b="'


@pytest.mark.parametrize(
    "headers",
    [
        (("cookie", "asc_auth_key=r7-admin-token-0001"),),
        (("authorization", "Bearer r7-admin-token-0001"),),
        (("authorization", basic("irina.sokolova@example.com:admin-password-0001")),),
    ],
)
def test_r7_takes_each_scheme_over_http(crm: Client, headers: tuple[tuple[str, str], ...]) -> None:
    """
    A call with a credential of any scheme is answered.
    """
    answer = crm.without("authorization").send("GET", R7_CASE, headers)

    assert answer.status == 200


@pytest.mark.parametrize(
    ("path", "headers", "detail"),
    [
        ("/egain/core/casemgr/v3/case/1013", (), "no credential was sent; send Authorization: Bearer TOKEN"),
        (
            "/egain/core/casemgr/v3/case/1013",
            (("authorization", "egain-agent-token-0001"),),
            "the header Authorization is not in the form that is asked for; send Authorization: Bearer TOKEN",
        ),
        (
            "/egain/core/casemgr/v3/case/1013",
            (("authorization", "Bearer nobody"),),
            "the credential in the header Authorization is that of no actor in this world",
        ),
        (f"/aicc{AICC_CASE.format('c6m800000142mS63Voa8')}", (), "no credential was sent; send access-token: TOKEN"),
        (
            "/onlyoffice/api/2.0/crm/case/1234",
            (("cookie", "asc_auth_key=nobody"),),
            "the credential in the cookie asc_auth_key is that of no actor in this world",
        ),
    ],
)
def test_refusal_says_what_is_missing(path: str, headers: tuple[tuple[str, str], ...], detail: str) -> None:
    """
    The explanation names the header and its form, and repeats no credential.
    """
    whole = running()
    answer = whole.client.send("GET", path, headers)

    assert (answer.status, whole.explained(answer)["violations"][0]["detail"]) == (401, detail)
