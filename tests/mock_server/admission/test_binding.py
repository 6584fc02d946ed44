"""Bodies become the members that an operation declares; what has that form already comes through as it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.admission.binding import Binder, binder, read_pairs
from specs.schema import SchemaView
from tests.specs.small_api import CONTRACT, changed, contract

SCHEMA = {
    "$ref": "#/$defs/Update",
    "$defs": {
        "Update": {
            "properties": {
                "title": {"type": "string"},
                "isPrivate": {"type": "boolean"},
                "caseid": {"type": "integer"},
                "position": {"type": "integer"},
                "members": {"type": "array", "items": {"type": "integer"}},
                "accessList": {"type": "array", "items": {"type": "string"}},
                "customFieldList": {"type": "array", "items": {"$ref": "#/$defs/Pair"}},
            }
        },
        "Pair": {"type": "object", "properties": {"Key": {"type": "integer"}, "Value": {"type": "string"}}},
    },
}
BINDER = binder(SchemaView.of(SCHEMA), ["caseid"])


class Text(str):
    """A text that no shortcut recognises."""


class Number(int):
    """An integer that no shortcut recognises."""


def disguised(value: Any) -> Any:
    """An equal value in which every text and number has to be converted."""
    if isinstance(value, dict):
        return {key: disguised(member) for key, member in value.items()}
    if isinstance(value, list):
        return [disguised(item) for item in value]
    if isinstance(value, str):
        return Text(value)
    return Number(value) if isinstance(value, int) and not isinstance(value, bool) else value


TEXTS = st.sampled_from(["", "a", "1", " 2 ", "true", "FALSE", "1.0", "д"])
SCALARS = TEXTS | st.integers(-2, 2) | st.booleans() | st.none() | st.sampled_from([1.0, 1.5])
NAMES = st.sampled_from(["title", "TITLE", "isPrivate", "isprivate", "caseid", "position", "members", "accessList"])
PAIRS = st.dictionaries(st.sampled_from(["Key", "key", "Value", "other"]), SCALARS)
BODIES = st.dictionaries(
    NAMES | st.sampled_from(["customFieldList", "customfieldlist", "unknown"]),
    SCALARS | st.lists(SCALARS | PAIRS, max_size=3) | PAIRS,
    max_size=5,
)


@given(BODIES, BODIES)
def test_value_that_fits_is_bound_as_one_that_is_converted(body: dict[str, Any], query: dict[str, Any]) -> None:
    """
    The shortcut for values of the declared type changes neither what is bound nor what is reported.
    """
    bound, flaws = BINDER.bind(body, query)
    converted, reported = BINDER.bind(disguised(body), disguised(query))

    assert (bound, list(bound), [flaw.pointer for flaw in flaws]) == (
        converted,
        list(converted),
        [flaw.pointer for flaw in reported],
    )


@given(BODIES)
def test_bound_values_have_the_declared_types(body: dict[str, Any]) -> None:
    """
    Whatever was sent, true is not an integer and 1.0 is bound as 1.
    """
    bound, _ = BINDER.bind(body, {})

    assert {name: type(value) for name, value in bound.items() if not isinstance(value, list)}.items() <= {
        "title": str,
        "isPrivate": bool,
        "position": int,
    }.items() and {type(item) for item in bound.get("members", [])} <= {int}


@pytest.mark.parametrize("spelt", ["title", "Title", "TITLE"])
def test_letter_case_of_a_name_does_not_count(spelt: str) -> None:
    """
    A member is bound under its declared name, however it was spelt (OO-28).
    """
    assert BINDER.bind({spelt: "a"}, {}) == ({"title": "a"}, [])


def test_letter_case_of_a_list_of_objects_counts() -> None:
    """
    A list of objects is found by its exact name only.
    """
    assert BINDER.bind({"customfieldlist": [{"Key": 1, "Value": "a"}]}, {}) == ({}, [])


def test_first_spelling_of_a_name_counts() -> None:
    """
    Of two spellings of one name the first is bound, though only the second is exact.
    """
    assert BINDER.bind({"TITLE": "a", "title": "b"}, {}) == ({"title": "a"}, [])


def test_query_comes_before_the_body() -> None:
    """
    What the query says is not changed by the body (OO-25).
    """
    assert BINDER.bind({"title": "a"}, {"TITLE": "b"}) == ({"title": "b"}, [])


@pytest.mark.parametrize("value", [None, [], {}])
def test_null_and_empty_values_are_as_if_missing(value: Any) -> None:
    """
    Null, an empty list and an object bind nothing (D-12).
    """
    assert BINDER.bind({"title": value}, {}) == ({}, [])


def test_path_parameter_is_not_bound() -> None:
    """
    What the path has said is taken neither from the body nor from the query.
    """
    assert BINDER.bind({"caseid": 5}, {"CaseID": "6"}) == ({}, [])


def bound_item(price: str) -> tuple[Binder, Any]:
    """The binder of a contract with `x-binding` whose price is declared so, and the schema of what it binds."""
    text = changed(CONTRACT, "x-default-actor: owner", "x-default-actor: owner\nx-binding: {style: pooled}")
    text = changed(
        text, "        price:\n          type: number\n          x-statement: SH-3", f"        price: {price}"
    )
    text = changed(text, "  schemas:\n", "  schemas:\n    Price: {type: integer, x-statement: SH-3}\n")
    schema = contract(text).operation("changeItem").body["application/json"].schema
    assert schema is not None
    return binder(schema.view), schema


FORMS = [
    "{type: integer, x-statement: SH-3}",
    "{$ref: '#/components/schemas/Price'}",
    "{type: integer, nullable: true, x-statement: SH-3}",
    "{allOf: [{$ref: '#/components/schemas/Price'}]}",
    "{allOf: [{type: integer}], nullable: true, x-statement: SH-3}",
]


@pytest.mark.parametrize("price", FORMS)
def test_member_is_bound_however_its_schema_is_put(price: str) -> None:
    """
    An integer is one behind a reference, in a part and beside null too.
    """
    bind, schema = bound_item(price)
    bound, flaws = bind.bind({"Price": "7", "title": "ink"}, {})

    assert (bound, flaws, schema.flaws(bound)) == ({"price": 7, "title": "ink"}, [], [])


@pytest.mark.parametrize("price", FORMS)
def test_unconvertible_member_is_charged_however_its_schema_is_put(price: str) -> None:
    """
    A text that is not an integer is reported with the statement of the member.
    """
    _, flaws = bound_item(price)[0].bind({"price": "dear"}, {})

    assert [(flaw.pointer, flaw.statements) for flaw in flaws] == [("/price", ("SH-3",))]


@pytest.mark.parametrize("item", ["{type: integer}", "{type: integer, nullable: true}", "{allOf: [{type: integer}]}"])
@pytest.mark.parametrize("prices", ["{type: array, items: ITEM}", "{type: array, nullable: true, items: ITEM}"])
def test_list_is_bound_however_its_schema_is_put(prices: str, item: str) -> None:
    """
    A list of integers is one beside null and in a part too.
    """
    bind, schema = bound_item(prices.replace("ITEM", item))
    bound, _ = bind.bind({"price": ["1", 2]}, {})

    assert (bound, schema.flaws(bound)) == ({"price": [1, 2]}, [])


def test_index_of_any_length_has_its_place() -> None:
    """
    Python makes no number of more than 4,300 digits; a list is sorted by them all the same.
    """
    far, near = "9" * 5000, "02"
    members = read_pairs([(f"list[{far}][Key]", "3"), ("list[10][Key]", "2"), (f"list[{near}][Key]", "1")])

    assert members == {"list": [{"Key": "1"}, {"Key": "2"}, {"Key": "3"}]}
