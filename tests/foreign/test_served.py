"""A foreign contract on the wire: the whole way from request to answer."""

from __future__ import annotations

import pytest

from mock_server.behaviours.unmodelled import behaviours, refusing
from mock_server.http.app import build_app
from mock_server.worlds.records import Actors, Records
from specs.foreign import load_foreign
from tests.foreign.contracts import LIBRARY
from tests.mock_server.client import Client

SHELF = '{"name": "n", "secret": "s", "trees": []}'
JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a mock that serves the library alone, with a credential that nobody gave out."""
    contract = refusing(load_foreign(LIBRARY, "library"))
    seeds = {"library": Records({}, Actors({}))}
    app = build_app([contract], {"library": behaviours(contract)}, seeds)
    return Client(app, "/library", (("x-key", "whatever"),))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/shelves?ids=1,2&page=3", 200),
        ("GET", "/shelves/4f2c0000-0000-4000-8000-000000000000", 200),
        ("DELETE", "/shelves/4f2c0000-0000-4000-8000-000000000000", 204),
        ("GET", "/media/7?verbose=true", 200),
        ("GET", "/compare/main...topic", 200),
        ("GET", "/points/;x=1;y=2?filter[size]=3&tags=1%7C2&shape=%7B%22sides%22:3%7D", 200),
        ("GET", "/shelves?ids=1,2,3,4", 400),
        ("GET", "/shelves/no-uuid", 400),
        ("GET", "/media/7?verbose=perhaps", 400),
        ("GET", "/compare/main...TOPIC", 400),
        ("GET", "/compare/main", 404),
        ("GET", "/points/;x=1;y=b", 400),
    ],
)
def test_request_is_judged_by_the_document(client: Client, method: str, path: str, status: int) -> None:
    """
    Parameters of every style are read and judged.
    """
    assert client.send(method, path).status == status


@pytest.mark.parametrize(
    ("header", "body", "status"),
    [
        (JSON, SHELF, 201),
        (JSON, '{"name": "n"}', 400),
        (JSON, "{", 400),
        (JSON, "", 400),
        (FORM, "name=n&width=3", 201),
        (FORM, "name=n&width=wide", 400),
        (("content-type", "text/csv"), "n", 415),
    ],
)
def test_body_is_judged_by_the_document(client: Client, header: tuple[str, str], body: str, status: int) -> None:
    """
    JSON and forms are read and judged.
    """
    assert client.send("POST", "/shelves", (header,), body.encode()).status == status


def test_missing_credential_is_refused_as_documented(client: Client) -> None:
    """
    Who shows no credential gets the documented answer.
    """
    answer = client.without("x-key").get("/shelves")

    assert (answer.status, answer.header("content-type"), answer.json()["title"]) == (
        401,
        "application/problem+json; charset=UTF-8",
        "Not done",
    )


@pytest.mark.parametrize("path", ["/shelves", "/shelves?page=x", "/nowhere", "/media/7", "/shelves/7"])
def test_every_answer_says_that_it_is_made_up(client: Client, path: str) -> None:
    """
    Nobody takes an answer for a faithful one.
    """
    assert client.get(path).header("x-casepact-unmodelled") == "true"


def test_required_headers_are_sent(client: Client) -> None:
    """
    An answer has the headers that its document requires.
    """
    assert str(client.get("/media/7").header("x-copies")).isdecimal()


def test_document_is_served(client: Client) -> None:
    """
    Swagger UI finds the document, with references into itself alone.
    """
    assert client.get("/openapi.json").json()["info"]["title"] == "Library"
