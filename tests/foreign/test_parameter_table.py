"""OpenAPI's table of style, explode, type and place: empty, blank, repeated, missing and encoded values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign.contracts import serving
from tests.mock_server.client import Client

INTEGERS = "schema: {type: array, items: {type: integer}}"
LETTERS = "schema: {type: array, items: {type: string, enum: [a, b, c]}}"
TEXTS = "schema: {type: array, items: {type: string}, maxItems: 1}"
POINT = (
    "schema: {type: object, required: [x], additionalProperties: {type: integer}, "
    "properties: {x: {type: integer}, y: {type: integer}, name: {type: string, enum: [a, 'a,b']}}}"
)
TAGGED = (
    "schema: {type: object, additionalProperties: false, properties: {tag: {type: array, items: {type: integer}}, "
    "n: {type: integer}, in: {type: object, properties: {n: {type: integer}, of: {type: array, items: "
    "{type: integer}}}}}}"
)


def client(folder: Path, parameter: str, path: str = "/a") -> Client:
    """A client of one operation with the parameter `p`."""
    parameters = f"parameters: [{{name: p, {parameter}}}]"
    return serving(folder, f"{path}: {{get: {{{parameters}, responses: {{'200': {{description: ok}}, '400': {{}}}}}}}}")


@pytest.mark.parametrize(
    ("parameter", "query", "status"),
    [
        # empty
        ("allowEmptyValue: true, schema: {type: integer}", "p=", 200),
        ("allowEmptyValue: true, schema: {type: integer}", "p", 200),
        ("allowEmptyValue: true, schema: {type: integer}", "p=x", 400),
        ("allowEmptyValue: true, required: true, schema: {type: integer}", "p", 200),
        ("allowEmptyValue: true, required: true, schema: {type: integer}", "", 400),
        ("allowEmptyValue: true, schema: {type: boolean, enum: [true]}", "p", 200),
        (f"allowEmptyValue: true, {INTEGERS}", "p=", 200),
        (f"allowEmptyValue: true, {INTEGERS}", "p=&p=x", 400),
        (f"allowEmptyValue: true, required: true, style: deepObject, {POINT}", "p=", 200),
        ("allowEmptyValue: true, content: {application/json: {schema: {type: object}}}", "p", 200),
        ("schema: {type: integer}", "p=", 400),
        ("schema: {type: string}", "p=", 200),
        ("schema: {type: string, minLength: 1}", "p=", 400),
        (INTEGERS, "p=", 400),
        (f"explode: false, {INTEGERS}", "p=", 200),
        ("explode: false, schema: {type: array, minItems: 1, items: {type: integer}}", "p=", 400),
        # blank
        ("schema: {type: integer}", "p=%20", 400),
        (f"explode: false, {INTEGERS}", "p=1,%202", 400),
        # repeated
        ("schema: {type: string, format: date}", "p=2026-01-02&p=nope", 400),
        ("schema: {type: string, format: date}", "p=2026-01-02&p=2026-01-03", 200),
        ("schema: {type: integer}", "p=1&p=x", 400),
        ("content: {application/json: {schema: {type: integer}}}", "p=1&p=x", 400),
        (f"explode: false, {INTEGERS}", "p=1&p=b", 400),
        (f"explode: false, {INTEGERS}", "p=1,2&p=3", 200),
        (f"style: pipeDelimited, explode: false, {INTEGERS}", "p=1|2&p=b", 400),
        (f"style: spaceDelimited, explode: false, {INTEGERS}", "p=1%202&p=b", 400),
        (f"explode: false, {POINT}", "p=x,1&p=x,b", 400),
        (POINT, "x=1&x=b", 400),
        (POINT, "x=b&x=1", 400),
        (f"style: deepObject, {POINT}", "p[x]=b&p[x]=1", 400),
        # arrays and objects in an object
        (f"style: deepObject, {TAGGED}", "p[tag]=1&p[tag]=2", 200),
        (f"style: deepObject, {TAGGED}", "p[tag]=1&p[tag]=b", 400),
        (f"style: deepObject, {TAGGED}", "p[tag]=1", 200),
        (f"style: deepObject, {TAGGED}", "p%5Btag%5D%5B%5D=1&p[tag][]=2", 200),
        (f"style: deepObject, {TAGGED}", "p[tag][0]=1&p[tag][1]=b", 400),
        (f"style: deepObject, {TAGGED}", "p[in][n]=1&p[in][of][]=2", 200),
        (f"style: deepObject, {TAGGED}", "p[in][n]=b", 400),
        (f"style: deepObject, {TAGGED}", "p[n][n]=1", 400),
        (f"style: deepObject, {TAGGED}", "p[other]=1", 400),
        (TAGGED, "tag=1&tag=2", 200),
        (TAGGED, "tag=1&tag=b", 400),
        # missing
        (f"required: true, {INTEGERS}", "", 400),
        (f"required: true, style: deepObject, {POINT}", "p=1", 400),
        (POINT, "y=1", 400),
        (f"explode: false, {POINT}", "p=x", 400),
        (f"explode: false, {POINT}", "p=x,1,y", 400),
        # encoded dividers
        (f"explode: false, {LETTERS}", "p=a%2Cb", 200),
        (f"explode: false, {LETTERS}", "p=a%2Cd", 400),
        (f"explode: false, {TEXTS}", "p=a%2Cb", 200),
        (f"explode: false, {TEXTS}", "p=a,b", 400),
        (f"style: pipeDelimited, explode: false, {LETTERS}", "p=a%7Cb", 200),
        (f"style: spaceDelimited, explode: false, {LETTERS}", "p=a%20b", 200),
        (f"explode: false, {POINT}", "p=x%2C1%2Cy%2C2", 200),
        (f"explode: false, {POINT}", "p=x,1,name,a%2Cb", 200),
        (f"style: pipeDelimited, explode: false, {POINT}", "p=x%7C1", 200),
        (f"style: spaceDelimited, explode: false, {POINT}", "p=x%201%20y%20b", 400),
        # members of no declared name
        (f"style: deepObject, {POINT}", "p[x]=1&p[z]=2", 200),
        (f"style: deepObject, {POINT}", "p[x]=1&p[z]=b", 400),
        ("schema: {type: object, additionalProperties: {type: integer}}", "any=1", 200),
        ("schema: {type: object, additionalProperties: {type: integer}}", "any=b", 400),
    ],
)
def test_query_is_judged(tmp_path: Path, parameter: str, query: str, status: int) -> None:
    """
    Each value of a query is judged, in whatever way it is written.
    """
    assert client(tmp_path, f"in: query, {parameter}").get(f"/a?{query}").status == status


@pytest.mark.parametrize(
    ("parameter", "lines", "status"),
    [
        (INTEGERS, ["1, 2"], 200),
        (INTEGERS, ["1 ,\t2"], 200),
        (INTEGERS, ["1, b"], 400),
        (INTEGERS, ["1,, 2,"], 200),
        (INTEGERS, [""], 200),
        (INTEGERS, ["1", "b"], 400),
        (INTEGERS, ["1", "2"], 200),
        (f"required: true, {INTEGERS}", [], 400),
        (POINT, ["x, 1, y, 2"], 200),
        (POINT, ["x, 1, y"], 400),
        (f"explode: true, {POINT}", ["x=1, y=2"], 200),
        (f"explode: true, {POINT}", ["x=1, y=b"], 400),
        (f"explode: true, {POINT}", ["x=b, x=1"], 400),
        ("schema: {type: integer}", ["1", "b"], 400),
        ("schema: {type: integer}", ["1", "2"], 200),
        ("schema: {type: integer}", [""], 400),
    ],
)
def test_headers_are_judged(tmp_path: Path, parameter: str, lines: list[str], status: int) -> None:
    """
    Blanks in a list mean nothing, several lines are one list, and each value is judged.
    """
    headers = [("p", line) for line in lines]

    assert client(tmp_path, f"in: header, {parameter}").send("GET", "/a", headers).status == status


@pytest.mark.parametrize(
    ("parameter", "cookie", "status"),
    [
        ("schema: {type: integer}", "p=1; p=b", 400),
        ("schema: {type: integer}", "p=", 400),
        (f"explode: false, {INTEGERS}", "p=1,2", 200),
        (f"explode: false, {INTEGERS}", "p=1; p=b", 400),
        (f"explode: false, {LETTERS}", "p=a%2Cb", 200),
        (POINT, "x=1; y=2", 200),
        (POINT, "x=1; y=b", 400),
        (f"explode: false, {POINT}", "p=x,1,y,2", 200),
        (f"explode: false, {POINT}", "p=x,1,y,b", 400),
        (f"required: true, {POINT}", "q=1", 400),
    ],
)
def test_cookies_are_judged(tmp_path: Path, parameter: str, cookie: str, status: int) -> None:
    """
    Arrays and objects stand in cookies too.
    """
    found = client(tmp_path, f"in: cookie, {parameter}").send("GET", "/a", [("cookie", cookie)])

    assert found.status == status


@pytest.mark.parametrize(
    ("parameter", "segment", "status"),
    [
        (INTEGERS, "1%2C2", 200),
        (INTEGERS, "1,b", 400),
        ("schema: {type: array, items: {type: string, enum: ['a,b']}}", "a%2Cb", 200),
        (f"style: label, {INTEGERS}", ".1%2E2", 200),
        (f"style: label, {INTEGERS}", ".1.b", 400),
        (f"style: matrix, explode: true, {INTEGERS}", "%3Bp=1;p=2", 200),
        (f"style: matrix, explode: true, {INTEGERS}", ";p=1;p=b", 400),
        (f"style: matrix, explode: true, {INTEGERS}", ";p", 200),
        (f"style: matrix, {INTEGERS}", ";p=1%2C2", 200),
        (POINT, "x,1,y", 400),
        (POINT, "x%2C1", 200),
        (f"explode: true, {POINT}", "x=1,x=b", 400),
        (f"style: label, explode: true, {POINT}", ".x=1.y=b", 400),
        (f"style: matrix, explode: true, {POINT}", ";x=1;z=b", 400),
        ("schema: {type: integer}", "%20", 400),
    ],
)
def test_path_is_judged(tmp_path: Path, parameter: str, segment: str, status: int) -> None:
    """
    Dividers of a path may be sent encoded, and each value is judged.
    """
    found = client(tmp_path, f"in: path, required: true, {parameter}", "/a/{p}").get(f"/a/{segment}")

    assert found.status == status


def test_object_of_any_members_has_none_of_another_parameter(tmp_path: Path) -> None:
    """
    What another parameter is named is no member of a free object in the query.
    """
    free = "{name: p, in: query, schema: {type: object, additionalProperties: {type: integer}}}"
    parameters = f"parameters: [{free}, {{name: sort, in: query, schema: {{type: string}}}}]"
    found = serving(tmp_path, f"/a: {{get: {{{parameters}, responses: {{'200': {{description: ok}}}}}}}}")

    assert found.get("/a?any=1&sort=up").status == 200


def test_first_wrong_value_of_a_member_is_named(tmp_path: Path) -> None:
    """
    Of a member that is sent twice the value that does not fit is in the refusal.
    """
    refused = client(tmp_path, f"in: query, style: deepObject, {TAGGED}").get("/a?p[n]=x&p[n]=1")

    assert refused.header("x-casepact-detail") == 'p/n: "x" is not of type "integer"'
