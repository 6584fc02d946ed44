"""A corrected request becomes a command that a shell runs as it is meant."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from mock_server.http.pages.curl import as_curl
from mock_server.http.pages.rendering import visible
from mock_server.worlds.seeding import seed_records
from specs import load_contract
from specs.contract import Contract
from specs.source import FIXTURES

ROOT = "http://mock:8080"


@pytest.fixture(scope="module")
def contract() -> Contract:
    """One with bearer tokens, cookies, basic credentials and plain headers."""
    return load_contract("r7office")


def words(contract: Contract, **request: Any) -> list[str]:
    """The words of the command, as a shell reads them."""
    corrected = {"method": "GET", "path": "/x", "headers": {}, "media": "", "body": None, **request}
    actors = {contract.api: seed_records(contract, FIXTURES).actors}
    return shlex.split(as_curl(ROOT, corrected, [contract], actors).replace("\\\n", ""))


def test_plain_request_needs_no_options(contract: Contract) -> None:
    """
    GET is what curl sends, and what it adds by itself is left out.
    """
    noise = {"accept": "*/*", "user-agent": "x", "sec-ch-ua": "y", "content-type": "text/plain", "host": "z"}

    assert words(contract, headers=noise) == ["curl", "-i", f"{ROOT}/x"]


@pytest.mark.parametrize(
    ("header", "sent"),
    [("authorization", "authorization: r7-admin-token-0001"), ("cookie", "cookie: asc_auth_key=r7-admin-token-0001")],
)
def test_credential_stands_in_its_header(contract: Contract, header: str, sent: str) -> None:
    """
    That of the actor, in the way that this header has it.
    """
    assert words(contract, headers={header: "[credential of admin]"})[3:] == ["-H", sent]


def test_unknown_actor_stays_named(contract: Contract) -> None:
    """
    The world may have other actors by now.
    """
    assert words(contract, headers={"authorization": "[credential of nobody]"})[4] == (
        "authorization: [credential of nobody]"
    )


def test_any_credential_will_do_where_nobody_is_known(contract: Contract) -> None:
    """
    Foreign contracts accept any, in a header or in the query.
    """
    sent = words(contract, path="/x?key=[credential]", headers={"authorization": "[credential]"})

    assert sent == ["curl", "-i", f"{ROOT}/x?key=anything", "-H", "authorization: anything"]


@pytest.mark.parametrize(
    ("media", "body", "data"),
    [
        ("application/json", {"title": 'it\'s $HOME `x` "y"'}, '{"title": "it\'s $HOME `x` \\"y\\""}'),
        ("application/json", "text", '"text"'),
        ("application/x-www-form-urlencoded", {"a": "1 & 2", "b": ["x", "y"]}, "a=1%20%26%202&b=x&b=y"),
        ("text/xml", "<a>'</a>", "<a>'</a>"),
    ],
)
def test_body_is_sent_as_its_media_type_says(contract: Contract, media: str, body: Any, data: str) -> None:
    """
    POST is what curl sends with a body; nothing in it is for the shell.
    """
    sent = words(contract, method="POST", headers={"content-type": media}, media=media, body=body)

    assert sent[3:] == ["-H", f"content-type: {media}", "--data-raw", data]


def test_other_methods_are_named(contract: Contract) -> None:
    """
    Also POST without a body.
    """
    assert words(contract, method="POST")[3:] == ["-X", "POST"]
    assert words(contract, method="PUT", body={}, media="application/json")[3:5] == ["-X", "PUT"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\n\tб", "a\n\tб"),
        ("\x00\x1b\r\x7f\x9b", "\\u0000\\u001b\\u000d\\u007f\\u009b"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\udb40\\udc01"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    """
    As JSON writes it, so that a JSON text means the same.
    """
    assert visible(text) == shown
