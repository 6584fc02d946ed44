"""Parameters of foreign contracts: every style is read as OpenAPI writes it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mock_server.admission.admission import Arguments
from tests.foreign.contracts import foreign, only

LIST = "{type: array, items: {type: integer}}"
COLOUR = "{type: object, required: [R], properties: {R: {type: integer}, G: {type: integer}, name: {type: string}}}"


def arguments(
    folder: Path, parameter: str, query: str = "", path: str = "x", **headers: str
) -> tuple[Mapping[str, Any], list[str]]:
    """What an operation with the one parameter `p` reads, and what it refuses."""
    template = "/a/{p}" if "in: path" in parameter or path != "x" else "/a"
    get = f"get:\n    parameters: [{{name: p, {parameter}}}]\n    responses: {{'200': {{}}}}"
    contract = foreign(folder, f"{template}:\n  {get}")
    found, refusals = Arguments(only(contract), contract.dialect).read({"p": path}, query, headers)
    return found, [refusal.detail for refusal in refusals]


@pytest.mark.parametrize(
    ("style", "schema", "text", "value"),
    [
        ("simple", "{type: integer}", "5", 5),
        ("simple", "{type: number}", "1.5e3", 1500.0),
        ("simple", "{type: boolean}", "true", True),
        ("simple", "{type: string}", "true", "true"),
        ("simple", "{type: integer, nullable: true}", "null", None),
        ("simple", "{allOf: [{type: number}, {type: integer}]}", "5", 5),
        ("simple", "{oneOf: [{type: integer}, {type: string, enum: [me]}]}", "5", 5),
        ("simple", "{oneOf: [{type: integer}, {type: string, enum: [me]}]}", "me", "me"),
        ("simple", LIST, "3,4,5", [3, 4, 5]),
        ("simple", COLOUR, "R,100,G,200", {"R": 100, "G": 200}),
        ("simple, explode: true", COLOUR, "R=100,name=5", {"R": 100, "name": "5"}),
        ("label", "{type: integer}", ".5", 5),
        ("label", LIST, ".3.4.5", [3, 4, 5]),
        ("label", LIST, ".3,4,5", [3, 4, 5]),
        ("label, explode: true", COLOUR, ".R=100.G=200", {"R": 100, "G": 200}),
        ("label", COLOUR, ".R.100.G.200", {"R": 100, "G": 200}),
        ("matrix", "{type: integer}", ";p=5", 5),
        ("matrix", LIST, ";p=3,4,5", [3, 4, 5]),
        ("matrix, explode: true", LIST, ";p=3;p=4", [3, 4]),
        ("matrix", COLOUR, ";p=R,100,G,200", {"R": 100, "G": 200}),
        ("matrix, explode: true", COLOUR, ";R=100;G=200", {"R": 100, "G": 200}),
    ],
)
def test_path_parameter_is_read(tmp_path: Path, style: str, schema: str, text: str, value: Any) -> None:
    """
    Each style of a path parameter gives its value.
    """
    assert arguments(tmp_path, f"in: path, required: true, style: {style}, schema: {schema}", path=text) == (
        {"p": value},
        [],
    )


@pytest.mark.parametrize(
    ("parameter", "query", "value"),
    [
        (f"schema: {LIST}", "p=3&p=4", [3, 4]),
        (f"schema: {LIST}", "p[]=3&p%5B%5D=4", [3, 4]),
        (f"explode: false, schema: {LIST}", "p=3,4", [3, 4]),
        ("explode: false, schema: {type: array, items: {type: string}}", "p=a%2Cb,c+d", ["a,b", "c d"]),
        (f"style: spaceDelimited, explode: false, schema: {LIST}", "p=3%204+5", [3, 4, 5]),
        (f"style: pipeDelimited, explode: false, schema: {LIST}", "p=3|4%7C5", [3, 4, 5]),
        (f"style: deepObject, schema: {COLOUR}", "p[R]=100&p%5Bname%5D=5", {"R": 100, "name": "5"}),
        (f"schema: {COLOUR}", "R=100&other=1&name=x", {"R": 100, "name": "x"}),
        (f"explode: false, schema: {COLOUR}", "p=R,100,name,x", {"R": 100, "name": "x"}),
        ("content: {application/json: {schema: {type: object, required: [a]}}}", "p=%7B%22a%22%3A+1%7D", {"a": 1}),
        ("schema: {type: string}", "p=a+b%20c&p=second", "a b c"),
        ("schema: {type: string}", "p=", ""),
        ("schema: {type: string, default: usual}", "", "usual"),
    ],
)
def test_query_parameter_is_read(tmp_path: Path, parameter: str, query: str, value: Any) -> None:
    """
    Each style of a query parameter gives its value.
    """
    assert arguments(tmp_path, f"in: query, {parameter}", query)[0].get("p") == value


@pytest.mark.parametrize(
    ("parameter", "headers", "value"),
    [
        ("in: header, schema: {type: array, items: {type: integer}}", {"p": "3,4"}, [3, 4]),
        ("in: header, schema: {type: boolean}", {"p": "false"}, False),
        ("in: cookie, schema: {type: integer}", {"cookie": "a=1; p=7; b=2"}, 7),
        ("in: cookie, explode: false, schema: {type: array, items: {type: integer}}", {"cookie": "p=3,4"}, [3, 4]),
    ],
)
def test_header_and_cookie_parameters_are_read(
    tmp_path: Path, parameter: str, headers: dict[str, str], value: Any
) -> None:
    """
    Headers and cookies hold parameters too.
    """
    assert arguments(tmp_path, parameter, **headers)[0].get("p") == value


@pytest.mark.parametrize(
    ("parameter", "query", "detail"),
    [
        ("in: query, required: true, schema: {}", "", "the query parameter p is missing"),
        ("in: cookie, required: true, schema: {}", "", "the cookie parameter p is missing"),
        ("in: query, schema: {type: integer}", "p=x", 'p: "x" is not of type "integer"'),
        (f"in: query, schema: {LIST}", "p=1&p=x", 'p/1: "x" is not of type "integer"'),
        ("in: query, content: {application/json: {schema: {type: object}}}", "p={", 'p: "{" is not of type "object"'),
    ],
)
def test_parameter_that_does_not_fit_is_told(tmp_path: Path, parameter: str, query: str, detail: str) -> None:
    """
    What is missing or does not fit is refused, with the place in the value.
    """
    assert arguments(tmp_path, parameter, query)[1] == [detail]


def test_same_name_in_two_places_is_two_parameters(tmp_path: Path) -> None:
    """
    A parameter of the path does not stand for one of the query.
    """
    assert arguments(tmp_path, "in: query, required: true, schema: {}", path="here")[1] == [
        "the query parameter p is missing"
    ]


def test_names_of_no_parameter_are_known(tmp_path: Path) -> None:
    """
    What a query holds beside the parameters is told by name, members of a parameter are not.
    """
    contract = foreign(
        tmp_path,
        "/a:\n  get:\n    parameters: [{name: p, in: query, style: deepObject, schema: {type: object}}]\n"
        "    responses: {'200': {}}",
    )

    assert Arguments(only(contract), contract.dialect).unknown("p[a]=1&q=2&r") == ["q", "r"]
