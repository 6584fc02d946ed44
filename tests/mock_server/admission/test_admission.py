"""What is let in, and every reason why something is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mock_server.admission.admission import Arguments, body_refusals
from mock_server.reply import Refusal
from specs.contract import FOREIGN, OURS, Contract, Dialect, Parameter
from specs.formats import validator
from specs.validation import Schema
from tests.specs.small_api import CONTRACT, changed, contract


def schema(**document: Any) -> Schema:
    """A compiled schema."""
    return Schema(document, validator(document))


def parameter(name: str, location: str, *, required: bool = False, **document: Any) -> Parameter:
    """A parameter that carries S-1 as a whole and S-2 for its being required."""
    return Parameter(name, location, required, schema(**document), {"*": ("S-1",), "required": ("S-2",)})


@pytest.fixture
def arguments(contracts: Mapping[str, Contract]) -> Arguments:
    """Of an operation with a parameter at each place."""
    operation = replace(
        contracts["aicc"].operation("getCase"),
        parameters=(
            parameter("id", "path", required=True, type="integer", minimum=1),
            parameter("limit", "query", type="integer", maximum=50, default=10),
            parameter("closed", "query", type="boolean"),
            parameter("ratio", "query", type="number"),
            parameter("sort", "query", required=True, type="string", enum=["asc", "desc"]),
            parameter("X-Trace", "header", type="integer"),
        ),
    )
    return Arguments(operation)


def details(refusals: list[Refusal]) -> list[tuple[str, str]]:
    """Kind and parameter of each refusal."""
    return [(refusal.kind, refusal.name) for refusal in refusals]


def test_arguments_of_all_places_are_converted(arguments: Arguments) -> None:
    """
    Path, query and header texts become values of the declared types.
    """
    values, _ = arguments.read({"id": "007"}, "limit=20&closed=true&ratio=1.5&sort=asc", {"x-trace": "-3"})

    assert values == {"id": 7, "limit": 20, "closed": True, "ratio": 1.5, "sort": "asc", "X-Trace": -3}


def test_argument_not_sent_takes_its_default(arguments: Arguments) -> None:
    """
    A default of the contract stands for what is not sent, and nothing else does.
    """
    values, _ = arguments.read({"id": "7"}, "sort=asc", {})

    assert values == {"id": 7, "limit": 10, "sort": "asc"}


def test_fitting_arguments_are_not_refused(arguments: Arguments) -> None:
    """
    What the contract admits raises no refusal.
    """
    _, refusals = arguments.read({"id": "7"}, "sort=desc&limit=50", {})

    assert refusals == []


def test_missing_argument_is_refused_by_name(arguments: Arguments) -> None:
    """
    A required parameter that is not sent is reported with the statement that requires it.
    """
    _, refusals = arguments.read({"id": "7"}, "", {})

    assert refusals == [Refusal("parameter", ("S-2",), "the query parameter sort is missing", name="sort")]


def test_every_wrong_argument_is_reported(arguments: Arguments) -> None:
    """
    Refusals are collected over all places, not only the first.
    """
    _, refusals = arguments.read({"id": "0"}, "limit=51&closed=yes&ratio=x", {"x-trace": "y"})

    assert details(refusals) == [("parameter", name) for name in ("id", "limit", "closed", "ratio", "X-Trace", "sort")]


@pytest.mark.parametrize("text", ["", "x", "1.0", "+1", "1_0", " 1", "--1", "²", "٧", "9" * 31, "9" * 5000, "0x1"])
def test_text_that_is_no_integer_is_refused(arguments: Arguments, text: str) -> None:
    """
    Only plain ASCII digits with an optional minus sign are an integer.
    """
    _, refusals = arguments.read({"id": text}, "sort=asc", {})

    assert details(refusals) == [("parameter", "id")]


@pytest.mark.parametrize("text", ["", "x", "1_0", "٧"])
def test_text_that_is_no_number_is_refused(arguments: Arguments, text: str) -> None:
    """
    What Python would read as a number is not always one.
    """
    _, refusals = arguments.read({"id": "7"}, f"sort=asc&ratio={text}", {})

    assert details(refusals) == [("parameter", "ratio")]


def test_refusal_of_long_text_fits_a_line(arguments: Arguments) -> None:
    """
    A refused value of thousands of characters is reported with its beginning and end.
    """
    _, refusals = arguments.read({"id": "7" * 5000}, "sort=asc", {})

    assert len(refusals[0].detail) < 220


FACTORED = {
    "in place": ("{type: integer, minimum: 1}", "{type: boolean}"),
    "by reference": ("{$ref: '#/components/schemas/Number'}", "{$ref: '#/components/schemas/Flag'}"),
    "by two references": ("{$ref: '#/components/schemas/SameNumber'}", "{$ref: '#/components/schemas/SameFlag'}"),
    "nullable": ("{type: integer, minimum: 1, nullable: true}", "{type: boolean, nullable: true}"),
    "in a part": ("{allOf: [{$ref: '#/components/schemas/Number'}]}", "{allOf: [{type: boolean}]}"),
    "nullable in a part": (
        "{nullable: true, allOf: [{$ref: '#/components/schemas/Number'}]}",
        "{nullable: true, allOf: [{$ref: '#/components/schemas/Flag'}]}",
    ),
}
"""Ways to declare an integer from 1 on, and a boolean."""


def factored(number: str, flag: str) -> Arguments:
    """Of a contract that has a number in the path, and a number and a flag in the query and in the header."""
    text = changed(
        CONTRACT,
        "x-supporting: true\n      parameters:\n        - {name: id, in: path, required: true, schema: {type: string}}",
        f"""x-supporting: true
      parameters:
        - {{name: id, in: path, required: true, schema: {number}}}
        - {{name: limit, in: query, schema: {number}}}
        - {{name: closed, in: query, schema: {flag}}}
        - {{name: X-Depth, in: header, schema: {number}}}
        - {{name: X-Closed, in: header, schema: {flag}}}""",
    )
    components = """  schemas:
    Number: {type: integer, minimum: 1}
    Flag: {type: boolean}
    SameNumber: {$ref: '#/components/schemas/Number'}
    SameFlag: {$ref: '#/components/schemas/Flag'}
"""
    return Arguments(contract(changed(text, "  schemas:\n", components)).operation("readItem"))


@pytest.mark.parametrize("form", FACTORED)
def test_argument_is_converted_however_its_schema_is_put(form: str) -> None:
    """
    An integer or boolean is one in path, query and header, behind a reference, in a part or beside null too.
    """
    sent = {"x-depth": "3", "x-closed": "true"}
    read = factored(*FACTORED[form]).read({"id": "7"}, "limit=2&closed=false", sent)

    assert read == ({"id": 7, "limit": 2, "closed": False, "X-Depth": 3, "X-Closed": True}, [])


@pytest.mark.parametrize("form", FACTORED)
def test_wrong_argument_is_refused_however_its_schema_is_put(form: str) -> None:
    """
    What is not an integer from 1 on and no boolean stays refused at each place.
    """
    _, refusals = factored(*FACTORED[form]).read({"id": "0"}, "limit=x&closed=1", {"x-depth": "1.5"})

    assert [refusal.name for refusal in refusals] == ["id", "limit", "closed", "X-Depth"]


def test_nullable_argument_may_be_null() -> None:
    """
    An empty text and "null" are null where no text may stand.
    """
    values, _ = factored(*FACTORED["nullable"]).read({"id": "null"}, "limit=&closed=null", {})

    assert values == {"id": None, "limit": None, "closed": None}


def test_unknown_query_names_are_listed(arguments: Arguments) -> None:
    """
    What the query holds and no parameter has is known by name.
    """
    assert arguments.unknown("sort=asc&page=2&blank=&page=3") == ["page", "blank", "page"]


@pytest.fixture
def styled(contracts: Mapping[str, Contract]) -> Arguments:
    """Of an operation of ours with a list and an object in the query and a cookie that must be sent."""
    numbers = {"type": "array", "items": {"type": "integer"}}
    span = {"type": "object", "properties": {"from": {"type": "integer"}}}
    operation = replace(
        contracts["aicc"].operation("getCase"),
        parameters=(
            replace(parameter("ids", "query", **numbers), style="form", explode=True),
            replace(parameter("span", "query", **span), style="deepObject", explode=True),
            replace(parameter("visit", "cookie", required=True, type="integer"), style="form", explode=True),
        ),
    )
    return Arguments(operation)


def test_lists_objects_and_cookies_are_read(styled: Arguments) -> None:
    """
    A parameter of ours may be written in any style that OpenAPI has.
    """
    values, refusals = styled.read({}, "ids=1&ids=2&span[from]=3", {"cookie": "visit=4"})

    assert (values, refusals) == ({"ids": [1, 2], "span": {"from": 3}, "visit": 4}, [])


def test_wrong_lists_objects_and_cookies_are_refused_with_their_place(styled: Arguments) -> None:
    """
    What does not fit within a list or an object is reported with its place, and a cookie that is missing by its name.
    """
    _, refusals = styled.read({}, "ids=1&ids=x&span[from]=y", {})

    assert [refusal.detail.partition(":")[0] for refusal in refusals] == [
        "ids/1",
        "span/from",
        "the cookie parameter visit is missing",
    ]


def test_names_in_brackets_belong_to_their_parameter(styled: Arguments) -> None:
    """
    Brackets behind the name of a list or an object are known, behind another name they are not.
    """
    assert styled.unknown("ids[]=1&span[from]=2&visit[a]=3") == ["visit[a]"]


@pytest.mark.parametrize(("dialect", "limit", "refused"), [(OURS, 6, ["limit"]), (FOREIGN, 5, ["limit"])])
def test_doubled_argument_is_read_as_the_dialect_says(
    contracts: Mapping[str, Contract], dialect: Dialect, limit: int, refused: list[str]
) -> None:
    """
    Each is judged; of those that fit the last counts, or the first.
    """
    operation = replace(
        contracts["aicc"].operation("getCase"), parameters=(parameter("limit", "query", type="integer"),)
    )
    values, refusals = Arguments(operation, dialect).read({}, "limit=5&limit=6&limit=x", {})

    assert (values, [refusal.name for refusal in refusals]) == ({"limit": limit}, refused)


def test_query_of_invalid_bytes_is_read(arguments: Arguments) -> None:
    """
    Bytes that are no UTF-8 become a value that its schema can refuse.
    """
    _, refusals = arguments.read({"id": "7"}, "sort=asc&limit=%FF", {})

    assert details(refusals) == [("parameter", "limit")]


def test_wrong_argument_is_not_called_missing(arguments: Arguments) -> None:
    """
    A required parameter of a wrong value is refused once, for its value.
    """
    _, refusals = arguments.read({"id": "7"}, "sort=sideways", {})

    assert details(refusals) == [("parameter", "sort")]


def test_fitting_body_is_not_refused() -> None:
    """
    A body that its schema admits has no refusals.
    """
    assert body_refusals(schema(type="object"), {}, {}) == []


def test_every_flaw_of_a_body_is_reported() -> None:
    """
    A body with two flaws gives two refusals, each with a pointer.
    """
    judge = schema(type="object", properties={"a": {"type": "string"}, "b": {"type": "integer"}})
    refusals = body_refusals(judge, {"a": 1, "b": "x"}, {})

    assert {refusal.pointer for refusal in refusals} == {"/a", "/b"}


def test_missing_member_is_refused_by_name() -> None:
    """
    A required member that is not there names the refusal.
    """
    refusals = body_refusals(schema(type="object", required=["title"]), {}, {})

    assert details(refusals) == [("invalid", "title")]


def test_keyword_with_a_refusal_of_its_own_uses_it() -> None:
    """
    Where the contract words the breach of a keyword by itself, that kind is taken.
    """
    refusals = body_refusals(schema(type="string", enum=["a"]), "b", {"invalid": 1, "invalid.enum": 2})

    assert details(refusals) == [("invalid.enum", "")]


def test_refusal_of_a_body_carries_its_statements(contracts: Mapping[str, Contract]) -> None:
    """
    A title that is too long is charged to the statements behind its length.
    """
    judge = contracts["aicc"].operation("modifyCase").body["application/json"].schema
    assert judge is not None
    info = {"id": "x", "title": "€" * 43, "description": "d", "creatorId": "c"}
    refusals = body_refusals(judge, {"caseInfo": info}, {})

    assert [refusal.statements for refusal in refusals] == [("HW-21", "D-30")]
