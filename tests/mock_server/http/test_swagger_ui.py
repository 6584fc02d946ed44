"""What the page of Swagger UI offers: credentials that can be typed there, and no other difference."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mock_server.http.swagger_ui import BEARER, for_the_page
from tests.mock_server.whole import running

OAUTH = {"type": "oauth2", "flows": {}}
KEY = {"type": "apiKey", "in": "header", "name": "x-key"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "session"}


def document(schemes: dict[str, Any], security: Any, own: Any = None) -> dict[str, Any]:
    """A document of one operation, with security of its own where there is some."""
    operation = {"responses": {}} if own is None else {"responses": {}, "security": own}
    return {
        "security": security,
        "components": {"securitySchemes": schemes, "schemas": {"A": {"properties": {"security": {}}}}},
        "paths": {"/a": {"parameters": [], "get": operation}},
    }


@pytest.mark.parametrize("part", ["openapi.json", "openapi.yaml"])
def test_document_of_egain_says_what_the_vendor_says(part: str) -> None:
    """
    What programs read has the vendor's OAuth flows and nothing beside them.
    """
    assert BEARER.encode() not in running().client.get(f"/egain/{part}").body


def test_page_of_egain_offers_a_bearer_token_beside_the_flows() -> None:
    """
    Each operation can be called with it, and the flows are still there.
    """
    shown = running().client.get("/egain/ui/openapi.json").json()
    schemes = shown["components"]["securitySchemes"]
    operations = [operation for item in shown["paths"].values() for operation in item.values()]

    assert {name: scheme["type"] for name, scheme in schemes.items()} == {
        "oAuthUser": "oauth2",
        "oAuthClient": "oauth2",
        BEARER: "http",
    }
    assert all({BEARER: []} in operation.get("security", shown["security"]) for operation in operations)


@pytest.mark.parametrize(
    ("api", "schemes"),
    [
        ("aicc", ["accessToken"]),
        ("egain", [BEARER, "oAuthUser", "oAuthClient"]),
        ("onlyoffice", ["authToken", "authBasic", "authBearer"]),
        ("r7office", ["authToken", "authBasic", "authBearer"]),
    ],
)
def test_page_offers_what_a_reader_can_type(api: str, schemes: list[str]) -> None:
    """
    A cookie, which a script may not set for its request, is left out.
    """
    shown = running().client.get(f"/{api}/ui/openapi.json").json()
    named = {name for alternative in shown["security"] for name in alternative}

    assert (list(shown["components"]["securitySchemes"]), named) == (schemes, set(schemes))


@pytest.mark.parametrize("api", ["aicc", "egain", "onlyoffice", "r7office"])
def test_page_shows_the_rest_as_it_is(api: str) -> None:
    """
    Schemes and who asks for them aside, the page has the document.
    """
    plain, shown = (running().client.get(f"/{api}/{part}").json() for part in ("openapi.json", "ui/openapi.json"))
    for item in (plain, shown):
        item["components"].pop("securitySchemes")
        item.pop("security")
        for path in item["paths"].values():
            for operation in path.values():
                operation.pop("security", None)

    assert shown == plain


def test_document_without_flows_and_cookies_is_shown_as_it_is() -> None:
    """
    Nothing is added to an API whose credentials can be typed.
    """
    written = document({"key": KEY}, [{"key": []}])

    assert for_the_page(written) is written


def test_document_itself_is_left_alone() -> None:
    """
    What programs read is not changed by what the page shows.
    """
    written = document({"flow": OAUTH}, [{"flow": ["a"]}], [{"flow": ["b"]}])
    before = copy.deepcopy(written)
    for_the_page(written)

    assert written == before


def test_token_stands_in_for_the_flows_only() -> None:
    """
    Where a key is asked for beside a flow, it is asked for beside the token too.
    """
    written = document({"flow": OAUTH, "key": KEY}, [{"flow": ["a"], "key": []}, {"key": []}])

    assert for_the_page(written)["security"] == [{"flow": ["a"], "key": []}, {BEARER: [], "key": []}, {"key": []}]


def test_two_flows_are_stood_in_for_once() -> None:
    """
    The reader types one token.
    """
    written = document({"user": OAUTH, "client": OAUTH}, [{"user": []}, {"client": []}])

    assert for_the_page(written)["security"] == [{"user": []}, {BEARER: []}, {"client": []}]


def test_operation_that_asks_for_nothing_still_asks_for_nothing() -> None:
    """
    Neither an empty list nor an empty alternative gets a token.
    """
    for own in ([], [{}]):
        assert for_the_page(document({"flow": OAUTH}, [{"flow": []}], own))["paths"]["/a"]["get"]["security"] == own


def test_cookie_is_left_out_with_what_needs_it() -> None:
    """
    An alternative that asks for a cookie beside something else cannot be sent either.
    """
    shown = for_the_page(document({"session": COOKIE, "key": KEY}, [{"session": [], "key": []}, {"key": []}]))

    assert (shown["security"], list(shown["components"]["securitySchemes"])) == ([{"key": []}], ["key"])


def test_scheme_of_the_same_name_keeps_it() -> None:
    """
    The token that is added takes another one.
    """
    shown = for_the_page(document({BEARER: KEY, "flow": OAUTH}, [{"flow": []}]))

    assert (shown["components"]["securitySchemes"][BEARER], shown["security"][1]) == (KEY, {f"{BEARER}_": []})
