"""Documents of OpenAPI 3.2: more methods, bodies of many items, and what a mock cannot honour."""

from __future__ import annotations

import json
from pathlib import Path

import httptools
import pytest

from specs.foreign import load_foreign
from specs.versions import ANSWERED_METHODS
from tests.foreign.judging import client_of
from tests.mock_server.client import Client

DOCUMENT = Path(__file__).parent / "documents" / "log-3.2.yaml"
HEAD = "openapi: 3.2.0\ninfo: {title: T, version: '1'}\n"


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a mock of the document."""
    return client_of(DOCUMENT)


def test_what_is_not_honoured_is_remarked() -> None:
    """
    Each part of the document that is not served is named with its line.
    """
    contract = load_foreign(DOCUMENT, "shop")

    assert [f"{remark.place.line}: {remark.message}" for remark in contract.remarks] == [
        "11: no server of ours can be sent the method BREW; it is left out.",
        "16: nothing judges the query string as a whole, which 'all' is.",
        "28: nothing divides a body of multipart/mixed into items; it is taken as it is.",
    ]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("QUERY", "/a", '{"q": 1}', 200),
        ("QUERY", "/a", "{}", 400),
        ("QUERY", "/a", "", 400),
        ("COPY", "/a", "", 204),
        ("BREW", "/a", "", 405),
        ("GET", "/a", "", 405),
    ],
)
def test_method_is_served(client: Client, method: str, path: str, body: str, status: int) -> None:
    """
    `query` and those of `additionalOperations` are methods like others; no parser of ours lets BREW through.
    """
    if method == "BREW":
        client = client.by_asgi()
    assert client.send(method, path, (("content-type", "application/json"),), body.encode()).status == status


def test_methods_of_a_path_are_told(client: Client) -> None:
    """
    Another method is answered with all that the path has.
    """
    assert client.send("DELETE", "/a").header("allow") == "COPY, OPTIONS, QUERY"


@pytest.mark.parametrize("method", [*sorted(ANSWERED_METHODS), "QUERY"])
def test_method_can_be_sent(method: str) -> None:
    """
    What reads our requests knows the method.
    """
    parser = httptools.HttpRequestParser(object())
    parser.feed_data(f"{method} /a HTTP/1.1\r\nHost: a\r\n\r\n".encode())

    assert parser.get_method() == method.encode()


def test_other_methods_cannot_be_sent() -> None:
    """
    What reads our requests refuses a method that it does not know.
    """
    with pytest.raises(httptools.HttpParserInvalidMethodError):
        httptools.HttpRequestParser(object()).feed_data(b"BREW /a HTTP/1.1\r\n\r\n")


def test_lines_are_answered(client: Client) -> None:
    """
    `itemSchema` is of each line, `schema` of all of them.
    """
    answer = client.get("/log")
    lines = answer.body.decode().splitlines()

    assert (answer.header("content-type"), len(lines)) == ("application/jsonl; charset=UTF-8", 2)
    assert all(type(json.loads(line)["n"]) is int for line in lines)


def test_records_are_answered(client: Client) -> None:
    """
    A media type may stand in the components.
    """
    body = client.send("GET", "/log", (("accept", "application/json-seq"),)).body

    assert (body[:1], type(json.loads(body[1:])["n"])) == (b"\x1e", int)


@pytest.mark.parametrize("headers", [(), (("prefer", "code=200"),)])
def test_events_are_answered(client: Client, headers: tuple[tuple[str, str], ...]) -> None:
    """
    An event is written with its fields, also where the answer was asked for.
    """
    text = client.send("GET", "/log", (("accept", "text/event-stream"), *headers)).body.decode()

    assert sorted(line.partition(": ")[0] for line in text.removesuffix("\n\n").split("\n")) == ["data", "event"]
    assert text.endswith("\n\n")


@pytest.mark.parametrize(
    ("media", "body", "status"),
    [
        ("application/jsonl", '{"n": 1}\n{"n": 2}\n', 204),
        ("application/jsonl", '{"n": 1}\n{"n": "x"}\n', 400),
        ("application/jsonl", '{"n": 1}\n{', 400),
        ("application/json-seq", '\x1e{"n": 1}\n\x1e{"n": 2}\n', 204),
        ("application/json-seq", '\x1e{"m": 1}\n', 400),
        ("text/event-stream", "data: a\ndata: b\nretry: 5\n\ndata: c\n\n", 204),
        ("text/event-stream", "event: a\n\n", 400),
        ("text/event-stream", "data: a\nretry: soon\n\n", 400),
    ],
)
def test_items_of_a_body_are_judged(client: Client, media: str, body: str, status: int) -> None:
    """
    Each item of a request is held against its schema.
    """
    assert client.send("POST", "/log", (("content-type", media),), body.encode()).status == status


@pytest.mark.parametrize(("cookie", "status"), [("c=a%20b", 200), ("c=a b", 400)])
def test_cookie_is_taken_as_it_is(client: Client, cookie: str, status: int) -> None:
    """
    The style `cookie` knows no percent-encoding.
    """
    assert client.send("GET", "/log", (("cookie", cookie),)).status == status


def test_document_that_names_itself_is_read(tmp_path: Path) -> None:
    """
    A reference may name the document by its `$self`.
    """
    path = tmp_path / "shop.yaml"
    path.write_text(
        f"{HEAD}$self: https://example.com/api\n"
        "paths: {/a: {get: {responses: {'200': {content: {application/json: "
        "{schema: {$ref: 'https://example.com/api#/components/schemas/A'}, examples: {e: {dataValue: 5}}}}}}}}}\n"
        "components: {schemas: {A: {type: integer}}}\n",
        encoding="utf-8",
    )

    assert client_of(path).get("/a").json() == 5


def test_page_is_shown_a_version_that_it_knows(client: Client) -> None:
    """
    Our Swagger UI reads OpenAPI 3.0; the document itself stays what it is.
    """
    assert [client.get(path).json()["openapi"] for path in ("/openapi.json", "/ui/openapi.json")] == ["3.2.0", "3.0.3"]
