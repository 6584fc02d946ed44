"""Documents of Swagger 2.0: what OpenAPI 3.0 writes otherwise is read as it stands, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.contract import Contract
from specs.flaws import CasepactError
from specs.foreign import load_foreign
from tests.foreign.judging import client_of, judged
from tests.mock_server.client import Client

DOCUMENT = Path(__file__).parent / "documents" / "pets-2.0.yaml"
JSON = "application/json"
XML = "application/xml"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
HEAD = "swagger: '2.0'\ninfo: {title: T, version: '1'}\n"


@pytest.fixture(scope="module")
def contract() -> Contract:
    """The contract of the document."""
    return load_foreign(DOCUMENT, "shop")


@pytest.fixture(scope="module")
def client() -> Client:
    """A client of a mock that serves it."""
    return client_of(DOCUMENT)


def told(folder: Path, text: str) -> list[str]:
    """What is wrong with a document, by line."""
    path = folder / "api.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(CasepactError) as caught:
        load_foreign(path, "shop")
    return str(caught.value).replace(f"{folder}/", "").splitlines()


def part(name: str, value: str, more: str = "") -> str:
    """One part of a multipart body."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'


def test_every_answer_fits_the_document() -> None:
    """
    What is made up fits the document as it stands in its file, by a judge that is not ours.
    """
    found = judged(DOCUMENT)

    assert (found.judged > 0, found.wrong, found.impossible) == (True, (), ())


def test_operations_have_the_place_of_the_file(contract: Contract) -> None:
    """
    A line is one of the user's document.
    """
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()

    assert {id: lines[item.place.line - 1].strip() for id, item in contract.operations.items()} == {
        "get-pets": "get:",
        "post-pets": "post:",
        "post-pets-id-list-photo": "post:",
        "post-form": "post:",
        "get-secret": "get:",
    }


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("comma=1,2", 200),
        ("comma=1|2", 400),
        ("usual=1,2", 200),
        ("blank=1%202", 200),
        ("blank=1+2", 200),
        ("blank=1,2", 400),
        ("tab=1%092", 200),
        ("tab=1,2", 400),
        ("pipe=1%7C2", 200),
        ("pipe=1|2|3", 200),
        ("pipe=1,2", 400),
        ("multi=1&multi=2", 200),
        ("multi=1,2", 400),
        ("limit=50", 200),
        ("limit=51", 400),
        ("none=", 200),
    ],
)
def test_parameter_is_read(client: Client, query: str, status: int) -> None:
    """
    Every `collectionFormat` is read; what a shared parameter says is judged.
    """
    assert client.get(f"/pets?{query}").status == status


@pytest.mark.parametrize(("value", "status"), [("1|2", 200), ("1,2", 400)])
def test_header_is_read(client: Client, value: str, status: int) -> None:
    """
    Arrays in headers have a `collectionFormat` too.
    """
    assert client.send("GET", "/pets", (("x-list", value),)).status == status


@pytest.mark.parametrize(
    ("path", "media", "body", "status"),
    [
        ("/pets", JSON, '{"kind": "Cat", "name": "x", "claws": 2, "owner": null}', 201),
        ("/pets", JSON, '{"kind": "Cat", "name": null}', 400),
        ("/pets", JSON, '{"kind": "Cat"}', 400),
        ("/pets", JSON, "", 400),
        ("/pets", "text/plain", "Cat", 415),
        ("/pets", XML, "<Pet><kind>Cat</kind><name>x</name><claws>2</claws></Pet>", 201),
        ("/pets", XML, "<Pet><kind>Cat</kind></Pet>", 400),
        ("/form", URLENCODED, "n=1&tags=1|2", 204),
        ("/form", URLENCODED, "n=1&tags=1,2", 400),
        ("/form", URLENCODED, "n=x", 400),
        ("/form", URLENCODED, "", 400),
        ("/form", JSON, '{"n": 1}', 415),
        ("/pets/1/2%7C3/photo", MULTIPART, f"{part('file', 'x', '; filename=x')}{part('tags', '1,2')}--b--\r\n", 200),
        ("/pets/1/2/photo", MULTIPART, f"{part('file', 'x')}{part('many', '1')}{part('many', '2')}--b--\r\n", 200),
        ("/pets/1/2/photo", MULTIPART, f"{part('file', 'x')}{part('many', '1,2')}--b--\r\n", 400),
        ("/pets/1/2/photo", MULTIPART, f"{part('tags', '1')}--b--\r\n", 400),
        ("/pets/1/2,3/photo", MULTIPART, f"{part('file', 'x')}--b--\r\n", 400),
        ("/pets/x/2/photo", MULTIPART, f"{part('file', 'x')}--b--\r\n", 400),
    ],
)
def test_body_is_judged(client: Client, path: str, media: str, body: str, status: int) -> None:
    """
    Body parameters, forms and files are read in the types that the document or the operation consumes.
    """
    answer = client.send("POST", path, (("content-type", media),), body.encode())

    assert answer.status == status, answer.body


@pytest.mark.parametrize(("accept", "media"), [(JSON, JSON), (XML, XML), ("text/csv", "text/csv"), ("*/*", JSON)])
def test_answer_is_of_what_is_produced(client: Client, accept: str, media: str) -> None:
    """
    The types of `produces`, and those that have an example.
    """
    answer = client.send("GET", "/pets", (("accept", accept),))

    assert str(answer.header("content-type")).startswith(media)


def test_example_by_media_type_is_answered(client: Client) -> None:
    """
    `examples` of an answer are by media type.
    """
    assert client.get("/pets").json() == [{"kind": "Cat", "name": "c", "claws": 3}]


def test_file_is_answered_as_it_is_produced(client: Client) -> None:
    """
    An answer of `type: file` has the type of the operation.
    """
    body = f"{part('file', 'x')}--b--\r\n".encode()
    answer = client.send("POST", "/pets/1/2/photo", (("content-type", MULTIPART),), body)

    assert str(answer.header("content-type")).startswith("image/png")


def test_shared_answer_is_of_what_each_operation_produces(contract: Contract) -> None:
    """
    One answer under `responses` is written in as many types as the operation that refers to it has.
    """
    assert {
        id: [*item.responses[404].content] for id, item in contract.operations.items() if 404 in item.responses
    } == {
        "get-pets": [JSON, XML],
        "post-pets": [JSON, XML],
        "get-secret": ["text/json"],
    }


@pytest.mark.parametrize(
    ("header", "status"),
    [(("x-key", "k"), 200), (("authorization", "Basic YTpi"), 200), (("authorization", "Bearer t"), 200), (None, 401)],
)
def test_credentials_are_asked_for(client: Client, header: tuple[str, str] | None, status: int) -> None:
    """
    API keys, basic and OAuth are known by `securityDefinitions`.
    """
    assert client.send("GET", "/secret", (header,) if header else ()).status == status


def test_discriminator_leads_to_a_definition(tmp_path: Path) -> None:
    """
    What a discriminated definition gives is one of those that take it in.
    """
    path = tmp_path / "api.yaml"
    path.write_text(
        f"{HEAD}paths: {{/a: {{get: {{responses: {{200: {{schema: {{$ref: '#/definitions/Pet'}}}}}}}}}}}}\n"
        "definitions:\n  Pet: {type: object, discriminator: kind, required: [kind], properties: {kind: {}}}\n"
        "  Cat: {allOf: [{$ref: '#/definitions/Pet'}, {type: object, required: [claws], properties: "
        "{claws: {type: integer}}}]}\n",
        encoding="utf-8",
    )
    found = client_of(path).get("/a").json()

    assert (found["kind"], type(found["claws"])) == ("Cat", int)


def test_document_of_several_files_is_read(tmp_path: Path) -> None:
    """
    Parts of other files are of Swagger 2.0 as well.
    """
    (tmp_path / "a.yaml").write_text(
        "get:\n  parameters: [{$ref: 'b.yaml#/parameters/L'}]\n  responses: {200: {$ref: 'b.yaml#/responses/R'}}\n"
    )
    (tmp_path / "b.yaml").write_text(
        "parameters: {L: {name: l, in: query, type: array, items: {type: integer}, collectionFormat: pipes}}\n"
        "responses: {R: {description: d, schema: {$ref: '#/definitions/D'}}}\n"
        "definitions: {D: {type: object, required: [n], properties: {n: {type: integer, x-nullable: true}}}}\n"
    )
    path = tmp_path / "api.yaml"
    path.write_text(f"{HEAD}paths: {{/a: {{$ref: a.yaml}}}}\n")
    client = client_of(path)

    assert [client.get(f"/a?l={text}").status for text in ("1|2", "1,2")] == [200, 400]
    assert type(client.get("/a").json()["n"]) is int


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            (
                "paths:\n  /a:\n    get:\n      parameters:\n        - name: q\n          in: query\n"
                "          type: text\n      responses: {200: {}}\n"
            ),
            "api.yaml:9: `type` is one of array, boolean, integer, number, object, string in Swagger 2.0, not 'text'.",
        ),
        (
            (
                "paths:\n  /a:\n    post:\n      parameters:\n        - name: b\n          in: body\n"
                "          schema:\n"
                "            $ref: '#/definitions/Pat'\n      responses: {200: {}}\ndefinitions: {Pet: {}}\n"
            ),
            "api.yaml:10: $ref leads nowhere: api.yaml has no #/definitions/Pat. Did you mean 'Pet'?",
        ),
        (
            (
                "paths:\n  /a:\n    get:\n      responses:\n        200:\n          description: d\n          schema:\n"
                "            properties:\n              a: {minimum: x}\n"
            ),
            "api.yaml:11: `minimum` must be a number, not 'x'.",
        ),
        ("paths: {/a: {get: {responses: 5}}}\n", "api.yaml:3: `responses` must be a mapping."),
        ("paths: {/a: {get: {parameters: 5}}}\n", "api.yaml:3: `parameters` must be a list."),
        (
            "securityDefinitions:\n  a: {type: what}\npaths: {}\n",
            "api.yaml:4: a security scheme is http with a scheme, apiKey with in and name, oauth2, openIdConnect.",
        ),
    ],
)
def test_flaw_is_reported_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """
    A flaw has the line of the user's document, not of what was made of it.
    """
    assert told(tmp_path, text)[0] == message


def test_served_document_is_openapi_3(client: Client) -> None:
    """
    Swagger UI gets the document that the mock goes by.
    """
    served: dict[str, Any] = client.get("/openapi.json").json()

    assert (served["openapi"], [*served["paths"]["/form"]["post"]["requestBody"]["content"]]) == ("3.0.3", [URLENCODED])
