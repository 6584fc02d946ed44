"""Answers of foreign contracts as they are sent: media types, XML, files, headers, statuses that are asked for."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
import yaml

from tests.foreign.contracts import answering, serving

ROWS = "{type: array, minItems: 2, items: {type: object, properties: {a: {type: integer, example: 1}}}}"
OBJECT = (
    "{type: object, properties: {a: {type: string, nullable: true, example: null}, on: {type: boolean, example: true}, "
    "n: {type: array, items: {type: integer, example: 3}}, o: {type: object, properties: {x: {type: string, "
    "example: 'a&b'}}}}}"
)


# XML


@pytest.mark.parametrize("media", ["application/xml", "text/xml", "application/atom+xml"])
def test_xml_example_of_the_document_is_sent_as_it_stands(tmp_path: Path, media: str) -> None:
    """
    The document's own XML is the answer.
    """
    text = '<animal id="7"><name>Tom</name></animal>'
    content = f"{{{media}: {{schema: {{type: object, properties: {{id: {{type: integer}}}}}}, example: '{text}'}}}}"

    assert answering(tmp_path, content).get("/a").body.decode() == text


@pytest.mark.parametrize("head", ['<?xml version="1.0" encoding="UTF-8"?>', "<!DOCTYPE a>"])
def test_xml_example_may_have_a_prolog(tmp_path: Path, head: str) -> None:
    """
    Blanks around a document, which a block of YAML leaves, are no part of it.
    """
    found = answering(tmp_path, f"{{application/xml: {{example: ' {head}<a/> '}}}}").get("/a")

    assert found.body.decode() == f"{head}<a/>"


@pytest.mark.parametrize(
    ("examples", "body"),
    [
        ("examples: {one: {value: '<a>'}, two: {value: '<a/>'}}", "<a/>"),
        ("examples: {one: {value: {id: 4}}}", "<result><id>4</id></result>"),
        ("example: not XML", "<result><id>5</id></result>"),
    ],
)
def test_xml_example_that_is_none_is_passed_over(tmp_path: Path, examples: str, body: str) -> None:
    """
    What is no document gives way to the next example, or to a value of the schema.
    """
    schema = "{type: object, properties: {id: {type: integer, example: 5}}}"
    found = answering(tmp_path, f"{{application/xml: {{schema: {schema}, {examples}}}}}").get("/a")

    assert found.body.decode() == body


def test_xml_example_of_a_schema_is_sent(tmp_path: Path) -> None:
    """
    A schema may hold its example in XML too.
    """
    content = "{application/xml: {schema: {type: object, example: '<a><b>1</b></a>'}}}"

    assert answering(tmp_path, content).get("/a").body == b"<a><b>1</b></a>"


@pytest.mark.parametrize("media", ["application/xml", "application/problem+xml"])
def test_xml_has_one_root(tmp_path: Path, media: str) -> None:
    """
    A list is within an element, in each media type of XML.
    """
    root = fromstring(answering(tmp_path, f"{{{media}: {{schema: {ROWS}}}}}").get("/a").body)

    assert [child.findtext("a") for child in root] == ["1", "1"]


PERSON = """{type: object, xml: {name: person, namespace: 'urn:p', prefix: p}, properties: {
id: {type: integer, example: 7, xml: {attribute: true}},
code: {type: string, example: 'a"<', xml: {attribute: true, name: c, namespace: 'urn:c', prefix: c}},
name: {type: string, example: x, xml: {namespace: 'urn:n'}}, sold: {type: boolean, example: true},
tags: {type: array, items: {type: string, example: t, xml: {name: tag}}},
urls: {type: array, xml: {wrapped: true}, items: {type: string, example: u}},
links: {type: array, xml: {wrapped: true, name: all}, items: {type: string, example: l, xml: {name: link}}},
plain: {type: array, items: {type: object, properties: {z: {type: integer, example: 1}}}},
owner: {$ref: '#/components/schemas/Owner'}, gone: {type: string, nullable: true, example: null},
known: {type: string, example: k, xml: {prefix: p}}, strange: {type: string, example: s, xml: {prefix: q}}}}"""


def test_xml_follows_the_keywords_of_the_schema(tmp_path: Path) -> None:
    """
    Names, attributes, wrapped lists, namespaces and prefixes are written as the schema says.
    """
    owner = "{type: object, xml: {name: keeper}, properties: {age: {type: integer, example: 3}}}"
    rest = f"components: {{schemas: {{Owner: {owner}}}}}"
    content = f"{{application/xml: {{schema: {PERSON}}}}}".replace("\n", " ")

    assert answering(tmp_path, content, rest).get("/a").body.decode() == (
        '<p:person xmlns:p="urn:p" xmlns:c="urn:c" id="7" c:c="a&quot;&lt;"><name xmlns="urn:n">x</name>'
        "<sold>true</sold><tag>t</tag><urls><urls>u</urls></urls><all><link>l</link></all><plain><z>1</z></plain>"
        "<keeper><age>3</age></keeper><gone/><p:known>k</p:known><strange>s</strange></p:person>"
    )


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ("{$ref: '#/components/schemas/Pet'}", "<Pet><n>1</n></Pet>"),
        ("{allOf: [{$ref: '#/components/schemas/Pet'}], xml: {name: dog}}", "<dog><n>1</n></dog>"),
        ("{$ref: '#/components/schemas/Pets'}", "<Pets><Pet><n>1</n></Pet></Pets>"),
        (
            "{type: array, xml: {name: pets}, items: {type: integer, example: 1, xml: {name: n}}}",
            "<pets><n>1</n></pets>",
        ),
        ("{type: object, properties: {'1 b': {type: integer, example: 1}}}", "<result><_1_b>1</_1_b></result>"),
        (
            "{type: object, additionalProperties: {type: integer, example: 1}}",
            "<result><additional1>1</additional1></result>",
        ),
        ("{type: string, example: a<b}", "<result>a&lt;b</result>"),
        (
            "{type: object, xml: {name: 's:E'}, properties: {n: {type: integer, example: 1}}}",
            '<s:E xmlns:s="urn:s"><n>1</n></s:E>',
        ),
    ],
)
def test_xml_root_is_named(tmp_path: Path, schema: str, body: str) -> None:
    """
    The root has the name of its schema, or else of its component; each name is one that XML can have.
    """
    rest = (
        "components: {schemas: {Pet: {type: object, properties: {n: {type: integer, example: 1}}}, "
        "Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}}"
    )

    assert answering(tmp_path, f"{{application/xml: {{schema: {schema}}}}}", rest).get("/a").body.decode() == body


def test_xml_error_is_written_by_its_schema(tmp_path: Path) -> None:
    """
    A documented refusal in XML follows the keywords of its schema, with the reason in it.
    """
    error = "{type: object, xml: {name: fault}, properties: {message: {type: string}}}"
    client = serving(
        tmp_path,
        "/a: {get: {parameters: [{name: n, in: query, schema: {type: integer}}], responses: {'200': {description: ok}, "
        f"'400': {{content: {{application/soap+xml: {{schema: {error}}}}}}}}}}}}}",
    )

    assert fromstring(client.get("/a?n=b").body).findtext("message") == 'n: "b" is not of type "integer"'


# Other media types


@pytest.mark.parametrize(
    "media",
    ["application/yaml", "application/x-yaml", "text/yaml", "application/problem+yaml", "text/plain", "text/html"],
)
def test_structured_value_is_written_as_data(tmp_path: Path, media: str) -> None:
    """
    Null and true are those of YAML and JSON.
    """
    found = answering(tmp_path, f"{{{media}: {{schema: {OBJECT}}}}}").get("/a")

    assert yaml.safe_load(found.body) == {"a": None, "on": True, "n": [3], "o": {"x": "a&b"}}


@pytest.mark.parametrize(
    ("media", "schema", "body"),
    [
        (
            "application/x-www-form-urlencoded",
            "{type: object, properties: {token: {type: string, example: t&1}}}",
            "token=t%261",
        ),
        ("application/x-www-form-urlencoded", OBJECT, "a=&on=true&n=3&o=%7B%22x%22%3A%22a%26b%22%7D"),
        ("text/csv", ROWS, "a\r\n1\r\n1\r\n"),
        ("text/csv", OBJECT, 'a,on,n,o\r\n,true,[3],"{""x"":""a&b""}"\r\n'),
        ("text/csv", "{type: array, items: {type: array, items: {type: string, example: 'a,b'}}}", '"a,b"\r\n'),
        ("text/csv", "{type: string, example: 'a;b'}", "a;b"),
        ("text/tab-separated-values", ROWS, "a\r\n1\r\n1\r\n"),
        ("application/x-ndjson", ROWS, '{"a":1}\n{"a":1}\n'),
        ("text/event-stream", ROWS, 'data: {"a":1}\n\ndata: {"a":1}\n\n'),
        ("text/plain", "{type: boolean, example: true}", "true"),
        ("text/plain", "{type: number, example: 1.5}", "1.5"),
        ("text/plain", ROWS, '[{"a":1},{"a":1}]'),
        ("application/vnd.own", ROWS, '[{"a":1},{"a":1}]'),
        ("application/json", "{type: string, example: a}", '"a"'),
    ],
)
def test_value_is_written_in_its_media_type(tmp_path: Path, media: str, schema: str, body: str) -> None:
    """
    Rows, fields and lines are what the media type has them to be.
    """
    assert answering(tmp_path, f"{{{media}: {{schema: {schema}}}}}").get("/a").body.decode() == body


@pytest.mark.parametrize(
    ("media", "schema", "example", "body"),
    [
        ("application/yaml", OBJECT, "'n: [5]'", "n: [5]"),
        ("text/csv", ROWS, "'a\n\n  5'", "a\n5"),
        ("application/x-www-form-urlencoded", OBJECT, "'on=true'", "on=true"),
        ("text/plain", "{type: integer}", "'12'", "12"),
        ("application/json", OBJECT, "'{\"on\": false}'", '{"on":false}'),
    ],
)
def test_example_that_is_text_of_its_media_type_is_sent(
    tmp_path: Path, media: str, schema: str, example: str, body: str
) -> None:
    """
    The document's own text is kept, where its schema describes what it writes.
    """
    found = answering(tmp_path, f"{{{media}: {{schema: {schema}, example: {example}}}}}")

    assert found.get("/a").body.decode() == body


def test_multipart_answer_names_its_boundary(tmp_path: Path) -> None:
    """
    Parts can be taken apart by the boundary in `Content-Type`.
    """
    found = answering(tmp_path, f"{{multipart/form-data: {{schema: {OBJECT}}}}}").get("/a")
    boundary = str(found.header("content-type")).partition("boundary=")[2].encode()

    assert found.body.count(b"--" + boundary) == 5


# Files


@pytest.mark.parametrize(
    ("media", "start"),
    [
        ("image/png", b"\x89PNG\r\n"),
        ("image/*", b"\x89PNG\r\n"),
        ("image/jpeg", b"\xff\xd8\xff"),
        ("image/gif", b"GIF89a"),
        ("image/webp", b"RIFF"),
        ("image/bmp", b"BM"),
        ("application/pdf", b"%PDF-1"),
        ("application/gzip", b"\x1f\x8b"),
        ("audio/mpeg", b"\xff\xfb"),
    ],
)
@pytest.mark.parametrize("schema", ["{type: string, format: binary}", "{type: string, example: a text}", "{}"])
def test_file_is_one_of_its_type_without_a_character_set(tmp_path: Path, media: str, start: bytes, schema: str) -> None:
    """
    Where a picture is promised there is a picture, and bytes have no character set.
    """
    found = answering(tmp_path, f"{{{media}: {{schema: {schema}, example: a text}}}}").get("/a")

    assert (found.body[: len(start)], found.header("content-type")) == (start, media.replace("*", "png"))


def test_archive_can_be_opened(tmp_path: Path) -> None:
    """
    An archive is one.
    """
    body = answering(tmp_path, "{application/zip: {schema: {type: string, format: binary}}}").get("/a").body

    assert zipfile.ZipFile(BytesIO(body)).namelist() == []


@pytest.mark.parametrize("prefix", ["", "data:image/gif;base64,"])
def test_picture_of_the_document_is_sent(tmp_path: Path, prefix: str) -> None:
    """
    An example in base64 stands for its bytes.
    """
    text = "R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
    body = answering(tmp_path, f"{{image/gif: {{example: '{prefix}{text}'}}}}").get("/a").body

    assert (body[:6], len(body)) == (b"GIF89a", 43)


@pytest.mark.parametrize(("media", "told"), [("image/svg+xml", "; charset=UTF-8"), ("application/octet-stream", "")])
def test_only_text_has_a_character_set(tmp_path: Path, media: str, told: str) -> None:
    """
    A drawing in XML is text, bytes are not.
    """
    found = answering(tmp_path, f"{{{media}: {{schema: {{type: string, format: binary}}}}}}").get("/a")

    assert found.header("content-type") == f"{media}{told}"


# Which media type


VERSIONS = (
    "{application/vnd.a+json; version=1: {schema: {type: integer, example: 1}}, "
    "application/vnd.a+json; version=2: {schema: {type: integer, example: 2}}}"
)
NAMED = (
    "{application/hal+json: {schema: {type: integer, example: 1}}, application/json: {schema: {type: integer, "
    "example: 2}}, text/plain: {schema: {type: integer, example: 3}}}"
)


@pytest.mark.parametrize(
    ("content", "accept", "value"),
    [
        (VERSIONS, "application/vnd.a+json; version=2", 2),
        (VERSIONS, 'application/vnd.a+json;version="2";q=0.5', 2),
        (VERSIONS, "application/vnd.a+json;VERSION=2, */*", 2),
        (VERSIONS, "application/vnd.a+json", 1),
        (VERSIONS, "application/vnd.a+json; version=9", 1),
        (VERSIONS, "application/vnd.a+json; version=1; q=0.1, application/vnd.a+json; version=2; q=0.2", 2),
        (NAMED, "application/json, text/plain, */*", 2),
        (NAMED, "*/*, text/plain", 3),
        (NAMED, "text/*, */*", 3),
        (NAMED, "application/json;q=0.9, */*", 1),
        (NAMED, "application/hal+json;q=0, */*", 2),
        (NAMED, "*/*", 1),
        (NAMED, "image/png", 1),
    ],
)
def test_type_that_is_named_most_exactly_is_sent(tmp_path: Path, content: str, accept: str, value: int) -> None:
    """
    Parameters of a media type count, and of equal quality the type that `Accept` names wins.
    """
    assert answering(tmp_path, content).send("GET", "/a", [("accept", accept)]).json() == value


def test_answer_names_the_parameters_of_its_type(tmp_path: Path) -> None:
    """
    The client sees which version it got.
    """
    found = answering(tmp_path, VERSIONS).send("GET", "/a", [("accept", "application/vnd.a+json; version=2")])

    assert found.header("content-type") == "application/vnd.a+json; version=2; charset=UTF-8"


# Members of requests alone


@pytest.mark.parametrize(
    "examples",
    [
        "example: {login: ann, pin: '1234'}",
        "examples: {me: {value: {login: ann, pin: '1234'}}}",
    ],
)
def test_example_is_shown_without_what_is_only_written(tmp_path: Path, examples: str) -> None:
    """
    A writeOnly member of an example is left out; the rest of it is the answer.
    """
    schema = (
        "{type: object, required: [login], properties: {login: {type: string}, pin: {type: string, writeOnly: true}}}"
    )
    found = answering(tmp_path, f"{{application/json: {{schema: {schema}, {examples}}}}}").get("/a")

    assert found.json() == {"login": "ann"}


@pytest.mark.parametrize("place", ["media", "schema", "named"])
def test_writeonly_member_within_is_left_out(tmp_path: Path, place: str) -> None:
    """
    So it is in lists and objects within, in the example of a schema and in one that is preferred by its name.
    """
    user = "{type: object, properties: {login: {type: string}, pin: {type: string, writeOnly: true}}}"
    example = "{users: [{login: ann, pin: '1'}]}"
    more = f", example: {example}" if place == "schema" else ""
    schema = f"{{type: object, properties: {{users: {{type: array, items: {user}}}}}{more}}}"
    beside = {"media": f", example: {example}", "named": f", examples: {{me: {{value: {example}}}}}", "schema": ""}
    client = answering(tmp_path, f"{{application/json: {{schema: {schema}{beside[place]}}}}}")
    headers = [("prefer", "example=me")] if place == "named" else []

    assert client.send("GET", "/a", headers).json() == {"users": [{"login": "ann"}]}


@pytest.mark.parametrize(
    ("example", "body"),
    [('{"a": [1]}', {"a": [1]}), ("[1]", [1]), ("7", "7"), ("some text", "some text"), ("{a", "{a")],
)
def test_example_without_a_schema_may_be_written_as_json(tmp_path: Path, example: str, body: Any) -> None:
    """
    A text that writes an object or an array is sent as what it writes, any other as a text.
    """
    assert answering(tmp_path, f"{{application/json: {{example: '{example}'}}}}").get("/a").json() == body


# Headers


HEADERS = (
    "/things: {post: {responses: {'201': {description: made, headers: {"
    "Location: {schema: {type: string, format: uri}, example: 'https://api.example/things/9'}, "
    "X-Named: {schema: {type: integer}, examples: {one: {value: x}, two: {value: 4}}}, "
    "X-Text: {schema: {type: integer}, example: '30'}, "
    "X-List: {schema: {type: array, items: {type: string}}, example: [a, b]}, "
    "X-Object: {explode: true, schema: {type: object}, example: {a: 1, b: 2}}, "
    "X-Json: {content: {application/json: {schema: {type: object}, example: {a: 1}}}}, "
    "X-Made: {schema: {type: integer, enum: [6]}}, ETag: {schema: {type: string}}, "
    "Content-Length: {schema: {type: integer}, example: 5}, Vary: {schema: {type: string}}}}, "
    "'429': {description: slow, headers: {Retry-After: {required: true, schema: {type: integer}, example: 30}}}}}}"
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("location", "https://api.example/things/9"),
        ("x-named", "4"),
        ("x-text", "30"),
        ("x-list", "a,b"),
        ("x-object", "a=1,b=2"),
        ("x-json", '{"a":1}'),
        ("x-made", "6"),
        ("etag", '"1"'),
        ("content-length", "0"),
        ("vary", "Origin"),
    ],
)
def test_documented_headers_are_sent(tmp_path: Path, name: str, value: str) -> None:
    """
    Headers are sent whether they are required or not, their examples first; not those of the server itself.
    """
    assert serving(tmp_path, HEADERS).send("POST", "/things").header(name) == value


def test_headers_of_a_preferred_answer_are_sent(tmp_path: Path) -> None:
    """
    An answer that is asked for has its documented headers too.
    """
    found = serving(tmp_path, HEADERS).send("POST", "/things", [("prefer", "code=429")])

    assert (found.status, found.header("retry-after")) == (429, "30")


def test_headers_of_a_refusal_are_sent(tmp_path: Path) -> None:
    """
    A refusal has the headers that its document has for it.
    """
    client = serving(
        tmp_path,
        "/a: {get: {parameters: [{name: n, in: query, schema: {type: integer}}], responses: {'200': {description: ok}, "
        "'400': {description: bad, headers: {X-Trace: {schema: {type: string}, example: t1}}}}}}",
    )

    assert client.get("/a?n=b").header("x-trace") == "t1"


# HEAD


@pytest.mark.parametrize(
    ("item", "status"),
    [
        ("{head: {responses: {'200': {description: ok}}}}", 200),
        ("{head: {responses: {'204': {description: ok}}}, get: {responses: {'200': {description: ok}}}}", 204),
        ("{get: {responses: {'202': {description: ok}}}}", 202),
        ("{head: {responses: {'200': {description: ok}}, parameters: [{name: q, in: query, required: true}]}}", 400),
    ],
)
def test_head_is_answered(tmp_path: Path, item: str, status: int) -> None:
    """
    A HEAD of the document's own is taken, else that of its GET.
    """
    found = serving(tmp_path, f"/a: {item}").send("HEAD", "/a")

    assert (found.status, found.body) == (status, b"")


# Statuses on demand


RANGED = (
    "/x: {get: {responses: {2XX: {description: ok, content: {application/json: {schema: {type: object, properties: "
    "{p: {type: integer, example: 1}}}}}}, '4xx': {description: no, content: {application/json: {example: {f: 3}}}}, "
    "default: {description: bad, content: {application/json: {schema: {type: object, properties: {e: {type: integer, "
    "example: 2}}}}}}}}}"
).replace("'4xx'", "4XX")


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("200", {"p": 1}),
        ("201", {"p": 1}),
        ("299", {"p": 1}),
        ("418", {"f": 3}),
        ("404", {"f": 3}),
        ("502", {"e": 2}),
        ("302", {"e": 2}),
    ],
)
def test_status_of_a_range_is_sent_on_demand(tmp_path: Path, code: str, value: Any) -> None:
    """
    Any status that a range or `default` stands for can be preferred.
    """
    found = serving(tmp_path, RANGED).send("GET", "/x", [("prefer", f"code={code}")])

    assert (found.status, json.loads(found.body)) == (int(code), value)


ERRORS = """
/own:
  get:
    responses:
      '200': {description: x}
      '404': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
      '502':
        description: x
        content:
          application/json: {example: {code: 502, reason: Bad gateway}}
          application/xml: {example: {code: 502}}
/client:
  get:
    responses:
      '200': {description: x}
      '422': {description: x, content: {application/json: {example: {errors: [a]}}}}
      '400': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}}
/range:
  get:
    responses:
      '200': {description: x}
      '4XX': {description: x, content: {text/plain: {example: Sorry}}}
/none:
  get: {responses: {'200': {description: x}}}
/impossible:
  get:
    responses:
      '200': {description: x}
      '500': {description: x, content: {application/json: {schema: {type: string, minLength: 2, maxLength: 1}}}}
"""
ERROR = """
components:
  schemas:
    Error:
      type: object
      required: [status, message]
      properties: {status: {type: integer, enum: [400, 404]}, message: {type: string}}
"""


@pytest.mark.parametrize(
    ("path", "code", "accept", "media", "body"),
    [
        ("/own", 503, "*/*", "application/json; charset=UTF-8", '{"code":503,"reason":"Bad gateway"}'),
        ("/own", 503, "application/xml", "application/xml; charset=UTF-8", "<result><code>503</code></result>"),
        ("/client", 500, "*/*", "application/json; charset=UTF-8", '{"status":400,"message":"simulated: '),
        ("/range", 504, "*/*", "text/plain; charset=UTF-8", "Sorry"),
        (
            "/none",
            500,
            "*/*",
            "application/problem+json; charset=UTF-8",
            '{"status":500,"title":"Simulated error","detail":"simulated: ',
        ),
    ],
)
def test_undocumented_error_is_like_the_nearest_documented_one(
    tmp_path: Path, path: str, code: int, accept: str, media: str, body: str
) -> None:
    """
    Errors of the server before those of the client, its status in it where the schema lets it, else problem details.
    """
    found = serving(tmp_path, ERRORS, ERROR).send("GET", path, [("prefer", f"code={code}"), ("accept", accept)])

    assert (found.status, found.header("content-type"), found.header("x-casepact-simulated")) == (
        code,
        media,
        "preference",
    )
    assert found.body.decode().startswith(body) and found.header("x-casepact-unmodelled") == "true"


def test_documented_error_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """
    Who asks for it by Prefer learns why.
    """
    found = serving(tmp_path, ERRORS, ERROR).send("GET", "/impossible", [("prefer", "code=500")])

    assert (found.status, "the answer 500 cannot be made" in found.json()["detail"]) == (400, True)


@pytest.mark.parametrize(("code", "status"), [("204", 204), ("100", 400), ("600", 400)])
def test_status_without_a_body_is_sent_without_one(tmp_path: Path, code: str, status: int) -> None:
    """
    204 has no body whatever its range documents, and what ends no exchange cannot be preferred.
    """
    found = serving(tmp_path, RANGED).send("GET", "/x", [("prefer", f"code={code}")])

    assert (found.status, found.body == b"") == (status, status == 204)


def test_status_that_nothing_stands_for_is_refused(tmp_path: Path) -> None:
    """
    Without `default` only documented statuses and those of ranges are there.
    """
    client = serving(tmp_path, "/x: {get: {responses: {2XX: {description: ok}}}}")

    assert client.send("GET", "/x", [("prefer", "code=404")]).json()["detail"] == (
        "Prefer cannot be kept: get-x documents no answer 404; it has 200, 2XX; 408, 429 and 500 to 599 are simulated."
    )
