"""Refusals of foreign contracts: explained without a ledger, and corrected as far as the document says how."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mock_server.assembly import assemble, behaviours_of
from mock_server.explanations.explaining import RefusalBook
from mock_server.http.app import build_app
from mock_server.settings import Settings
from mock_server.worlds.clock import Clock
from mock_server.worlds.store import WorldStore
from tests.mock_server.client import Answer, Client
from tests.mock_server.whole import Whole

SHOP = """
openapi: 3.0.3
info: {title: Shop, version: "1"}
paths:
  /pets:
    get:
      operationId: listPets
      security: [{inQuery: []}]
      parameters:
        - {name: limit, in: query, required: true, schema: {type: integer, minimum: 1, maximum: 9}, example: 3}
        - {name: tags, in: query, explode: false, schema: {type: array, items: {type: string, enum: [a, b]}}}
        - {name: X-Trace, in: header, required: true, schema: {type: string, format: uuid}}
      responses:
        "200": {description: Pets, content: {application/json: {schema: {type: array, items: {type: string}}}}}
    post:
      operationId: addPet
      security: [{inHeader: []}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Pet"}
      responses: {"201": {description: Added}}
  /pets/{id}:
    delete:
      operationId: removePet
      security: [{inCookie: []}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer, minimum: 5}}
        - {name: api_token, in: header, required: true, schema: {type: integer}}
      responses: {"204": {description: Gone}}
  /forms:
    post:
      operationId: fill
      requestBody:
        required: true
        content:
          application/x-www-form-urlencoded:
            schema:
              type: object
              required: [names, password]
              properties:
                names: {type: array, minItems: 1, items: {type: string, maxLength: 3}}
                password: {type: string, minLength: 4}
      responses: {"200": {description: Filled}}
  /notes:
    post:
      operationId: note
      requestBody:
        required: true
        content: {text/plain: {schema: {type: string, minLength: 3}, example: a note}}
      responses: {"200": {description: Noted}}
components:
  securitySchemes:
    inHeader: {type: apiKey, in: header, name: X-Shop-Key}
    inQuery: {type: apiKey, in: query, name: key}
    inCookie: {type: apiKey, in: cookie, name: shop}
  schemas:
    Pet:
      type: object
      required: [name]
      additionalProperties: false
      properties:
        name: {type: string, maxLength: 10}
        kind: {type: string, enum: [cat, dog]}
        young: {type: array, items: {$ref: "#/components/schemas/Pet"}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """A mock of a document that nobody modelled."""
    file = Path(tmp_path_factory.mktemp("shop")) / "shop.yaml"
    file.write_text(SHOP, encoding="utf-8")
    settings = Settings(apis=(), specs=(file,))
    assembly = assemble(settings)
    store, book = WorldStore(assembly.seeds, Clock()), RefusalBook("shop")
    app = build_app(
        assembly.contracts.values(),
        behaviours_of(assembly, settings),
        assembly.seeds,
        worlds=store,
        control=assembly.control,
        book=book,
    )
    client = Client(app)
    client.get("/")
    return Whole(client, assembly, store, book)


TRACE = ("x-trace", "7d444840-9dc0-11d1-b245-5ffdce74fad2")
KEY = ("x-shop-key", "mine")
COOKIE = ("cookie", "shop=mine")
JSON = ("content-type", "application/json")
FORM = ("content-type", "application/x-www-form-urlencoded")
REFUSED: dict[str, tuple[str, str, tuple[tuple[str, str], ...], bytes]] = {
    "credential missing in the header": ("POST", "/pets", (JSON,), b'{"name": "Rex"}'),
    "credential missing in the query": ("GET", "/pets?limit=3", (TRACE,), b""),
    "credential missing in the cookie": ("DELETE", "/pets/7", (("api_token", "5"),), b""),
    "query missing": ("GET", "/pets?key=mine", (TRACE,), b""),
    "query out of bounds": ("GET", "/pets?limit=10&key=mine", (TRACE,), b""),
    "query of a list": ("GET", "/pets?limit=3&tags=a,c&key=mine", (TRACE,), b""),
    "header missing": ("GET", "/pets?limit=3&tags=a,b&key=mine", (), b""),
    "header of another format": ("GET", "/pets?limit=3&key=mine", (("x-trace", "7"),), b""),
    "everything": ("GET", "/pets?limit=0&tags=c&key=mine", (("x-trace", "7"),), b""),
    "path of another type": ("DELETE", "/pets/seven", (COOKIE, ("api_token", "5")), b""),
    "path out of bounds": ("DELETE", "/pets/4", (COOKIE, ("api_token", "5")), b""),
    "secret header of another type": ("DELETE", "/pets/7", (COOKIE, ("api_token", "x")), b""),
    "member missing": ("POST", "/pets", (KEY, JSON), b'{"kind": "cat"}'),
    "member unknown": ("POST", "/pets", (KEY, JSON), b'{"name": "Rex", "age": 4}'),
    "member deep down": ("POST", "/pets", (KEY, JSON), b'{"name": "Rex", "young": [{"young": [{"kind": "fish"}]}]}'),
    "body that is none": ("POST", "/pets", (KEY, JSON), b"{"),
    "body missing": ("POST", "/pets", (KEY, JSON), b""),
    "body of another type": ("POST", "/pets", (KEY, ("content-type", "text/csv")), b"name"),
    "form without names": ("POST", "/forms", (FORM,), b"password=planted-secret"),
    "form with long names": ("POST", "/forms", (FORM,), b"names=long&names=ok&password=planted-secret"),
    "form with a short password": ("POST", "/forms", (FORM,), b"names=ok&password=abc"),
    "text that is too short": ("POST", "/notes", (("content-type", "text/plain"),), b"a"),
}


def ask(shop: Whole, name: str) -> Answer:
    """The answer to a request that is refused."""
    method, path, headers, body = REFUSED[name]
    answer = shop.client.send(method, f"/shop{path}", headers, body)
    assert 400 <= answer.status < 500
    return answer


def sent(shop: Whole, shown: dict[str, Any]) -> Answer:
    """What the corrected request gets, with credentials and secrets put in where they are named."""
    path = shown["path"].replace("[credential]", "mine").replace("[redacted]", "mine")
    known = {"[redacted]": "5", "[credential]": "mine", "[credential of anybody]": "mine"}
    headers = [(name, known.get(value, value)) for name, value in shown["headers"].items()]
    headers = [(name, "shop=mine" if name == "cookie" else value) for name, value in headers]
    value = shown["body"]
    if "form" in shown["media"]:
        body = urlencode({**value, "password": "long enough"}, doseq=True).encode()
    else:
        body = json.dumps(value).encode() if "json" in shown["media"] else (value or "").encode()
    return shop.client.send(shown["method"], path, headers, body)


@pytest.mark.parametrize("name", REFUSED)
def test_foreign_refusal_is_corrected(shop: Whole, name: str) -> None:
    """
    A request that the document does not admit comes back as one that it does.
    """
    shown = shop.explained(ask(shop, name))["corrected"]

    assert sent(shop, shown).status < 300


@pytest.mark.parametrize("name", REFUSED)
def test_foreign_refusal_is_explained_without_statements(shop: Whole, name: str) -> None:
    """
    There is no ledger to quote; detail and place are there.
    """
    reported = shop.explained(ask(shop, name))

    assert all((item["statements"], item["says"]) == ([], []) and item["detail"] for item in reported["violations"])
    assert all("shop.yaml:" in item["contract"] for item in reported["violations"])


@pytest.mark.parametrize("name", REFUSED)
def test_explanation_of_a_foreign_refusal_fits_its_schema(shop: Whole, name: str) -> None:
    """
    As the control contract has it.
    """
    schema = shop.assembly.control.operations["getRefusal"].responses[200].content["application/json"].schema

    assert schema is not None and schema.flaws(shop.explained(ask(shop, name))) == []


@pytest.mark.parametrize("name", REFUSED)
def test_foreign_secret_is_not_shown(shop: Whole, name: str) -> None:
    """
    Neither what is named like a secret nor what is a credential by the document.
    """
    answer = ask(shop, name)
    reported = json.dumps(shop.explained(answer)) + shop.steer("GET", "/worlds/default/journal").body.decode()

    assert ("planted-secret" in reported, "key=mine" in reported, "shop=mine" in reported) == (False, False, False)


@pytest.mark.parametrize("prefer", ["code=200", "code=418", "delay=1"])
def test_preferred_answer_says_that_it_is_unmodelled(shop: Whole, prefer: str) -> None:
    """
    Nobody takes it for the answer of somebody who knows the vendor.
    """
    answer = shop.client.send("GET", "/shop/pets?limit=3&key=mine", (TRACE, ("prefer", prefer)))

    assert answer.header("x-casepact-unmodelled") == "true"


def test_query_is_kept_as_it_was_written(shop: Whole) -> None:
    """
    A comma divides a list, %2C does not: what was right in the address stays as it stood there.
    """
    path = shop.explained(ask(shop, "header missing"))["corrected"]["path"]

    assert path == "/shop/pets?limit=3&tags=a,b&key=[redacted]"
