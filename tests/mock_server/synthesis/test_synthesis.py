"""Values made from schemas: always valid, always the same, and an error where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.synthesis.synthesis import Impossible, Synthesizer
from mock_server.synthesis.texts import FORMATS
from specs.formats import OWN_FORMATS, STANDARD_FORMATS
from tests.specs.small_api import schema


def ref(name: str) -> dict[str, str]:
    """A reference to one of the components below."""
    return {"$ref": f"#/components/schemas/{name}"}


COMPONENTS: dict[str, Any] = {
    "Tree": {
        "type": "object",
        "required": ["name", "children"],
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": ref("Tree")},
            "parent": ref("Tree"),
        },
    },
    "Chain": {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"allOf": [ref("Chain")], "nullable": True}},
    },
    "Endless": {"type": "object", "required": ["next"], "properties": {"next": ref("Endless")}},
    "Ping": {"type": "object", "required": ["pong"], "properties": {"pong": ref("Pong")}},
    "Pong": {"type": "object", "properties": {"ping": ref("Ping")}},
    "Expression": {"oneOf": [ref("Sum"), ref("Negation"), {"type": "integer"}]},
    "Sum": {
        "type": "object",
        "required": ["left", "right"],
        "properties": {"left": ref("Expression"), "right": ref("Expression")},
    },
    "Negation": {"type": "object", "required": ["negated"], "properties": {"negated": ref("Expression")}},
    "Pet": {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"type": "string"}},
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    },
    "Cat": {
        "allOf": [ref("Pet"), {"type": "object", "required": ["lives"], "properties": {"lives": {"type": "integer"}}}]
    },
    "Book": {
        "type": "object",
        "required": ["kind", "pages"],
        "properties": {"kind": {"type": "string"}, "pages": {"type": "integer"}},
    },
    "Film": {
        "type": "object",
        "required": ["kind", "minutes"],
        "properties": {"kind": {"type": "string"}, "minutes": {"type": "integer"}},
    },
}

HARD: dict[str, Any] = {
    "list that ends by itself": ref("Tree"),
    "chain that ends with null": ref("Chain"),
    "two that hold each other": ref("Ping"),
    "choice that ends with its shortest branch": ref("Expression"),
    "child of a base with a discriminator": ref("Pet"),
    "pattern with a length": {"type": "string", "pattern": "^[A-Z]{2}-\\d+$", "minLength": 12, "maxLength": 20},
    "pattern with lookaheads": {"type": "string", "pattern": "^(?=.*[A-Z])(?=.*\\d)(?!.*\\s).{8,12}$"},
    "pattern with groups": {"type": "string", "pattern": "^(?<year>[12]\\d{3})(-(0[1-9]|1[0-2])){2}$"},
    "pattern with a backreference": {"type": "string", "pattern": "^(a|b)\\1[^a-z]$"},
    "pattern of unicode": {"type": "string", "pattern": "^\\p{Lu}\\u00e9+[\\x41-\\x43]$"},
    "pattern without anchors": {"type": "string", "pattern": "[0-9]", "minLength": 30},
    "two patterns": {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "^[a-c]+$", "minLength": 9}]},
    "format with a pattern": {"type": "string", "format": "date", "pattern": "^20[12]"},
    "format with a length": {"type": "string", "format": "email", "minLength": 40, "maxLength": 45},
    "short format": {"type": "string", "format": "uri", "maxLength": 8},
    "long text": {"type": "string", "minLength": 3000},
    "text of bytes": {"type": "string", "minLength": 2, "x-max-bytes": 3},
    "empty text": {"type": "string", "maxLength": 0},
    "fractions": {"type": "number", "multipleOf": 0.01, "minimum": 0.5, "maximum": 0.52, "exclusiveMinimum": True},
    "narrow number": {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 1.0001},
    "two multiples": {"allOf": [{"type": "integer", "multipleOf": 4}, {"multipleOf": 6, "minimum": 13}]},
    "great integer": {"type": "integer", "format": "int64", "minimum": 9007199254740993},
    "negative integer": {"type": "integer", "maximum": -5},
    "unique items": {
        "type": "array",
        "items": {"type": "integer", "minimum": 1, "maximum": 5},
        "minItems": 5,
        "uniqueItems": True,
    },
    "unique truth values": {"type": "array", "items": {"type": "boolean"}, "minItems": 2, "uniqueItems": True},
    "unique examples": {
        "type": "array",
        "items": {"type": "string", "example": "x"},
        "minItems": 3,
        "uniqueItems": True,
    },
    "no items": {"type": "array", "items": {"type": "string"}, "maxItems": 0},
    "many members": {"type": "object", "minProperties": 4, "properties": {"a": {"type": "integer"}}},
    "few members": {"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}, "c": {}}},
    "map": {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer", "maximum": 3}},
    "undeclared required": {"type": "object", "required": ["x"], "additionalProperties": {"type": "boolean"}},
    "merged members": {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}},
            {"type": "object", "required": ["b"], "properties": {"a": {"maximum": 3}, "b": {"enum": ["x"]}}},
        ]
    },
    "not a type": {"not": {"type": "string"}},
    "not with a member": {"type": "object", "properties": {"a": {}, "b": {}}, "not": {"required": ["a"]}},
    "not of an enumeration": {"type": "string", "enum": ["a", "b"], "not": {"enum": ["a"]}},
    "odd": {"type": "integer", "minimum": 1, "maximum": 9, "not": {"multipleOf": 2}},
    "branches that differ in what they require": {
        "oneOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
        ]
    },
    "open branches": {
        "oneOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}},
            {"type": "object", "properties": {"b": {"type": "string"}}},
        ]
    },
    "two choices": {
        "allOf": [
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"oneOf": [{"type": "integer", "minimum": 7}, {"type": "object"}]},
        ]
    },
    "choice beside members": {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string"}},
        "oneOf": [
            {"required": ["b"], "properties": {"b": {"type": "integer"}}},
            {"properties": {"a": {"maxLength": 0}}},
        ],
    },
    "example that does not fit": {
        "type": "object",
        "properties": {"a": {"type": "integer", "minimum": 4, "example": 3}},
    },
    "example of a part": {
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}, "example": {"a": "x"}},
            {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
        ]
    },
    "nullable enumeration": {"type": "string", "nullable": True, "enum": [None, "a"]},
    "anything": {},
}


def made(source: Any, seed: str = "a") -> Any:
    """A value of an OpenAPI schema."""
    return Synthesizer(schema(source, COMPONENTS), seed).value()


@pytest.mark.parametrize("seed", ["a", "b", "c"])
@pytest.mark.parametrize("name", HARD)
def test_value_fits_its_schema(name: str, seed: str) -> None:
    """
    Whatever a schema asks for, a value that is made fits it.
    """
    judge = schema(HARD[name], COMPONENTS)

    assert judge.flaws(Synthesizer(judge, seed).value()) == []


@pytest.mark.parametrize("bounds", [{}, {"minLength": 45}, {"maxLength": 40}])
@pytest.mark.parametrize("name", sorted(STANDARD_FORMATS | set(OWN_FORMATS)))
def test_text_of_a_format_fits(name: str, bounds: dict[str, int]) -> None:
    """
    Every format that a contract may use can be made; where its texts have one length, another length is impossible.
    """
    judge = schema({"type": "string", "format": name, **bounds})
    try:
        value = Synthesizer(judge, "a").value()
    except Impossible:
        assert bounds.get("minLength") == 45 and name in ("date", "uuid", "ipv4", "ipv6", "space-date-time")
    else:
        assert judge.is_valid(value)


def test_every_enforced_format_has_a_maker() -> None:
    """
    A format that is judged can be made.
    """
    assert set(FORMATS) == STANDARD_FORMATS | set(OWN_FORMATS)


def test_same_seed_makes_the_same_value() -> None:
    """
    A value is a function of schema and seed.
    """
    source = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "number"}, "c": ref("Tree")}}

    assert made(source, "seed") == made(source, "seed")


def test_other_seed_makes_another_value() -> None:
    """
    The seed decides what is made up.
    """
    source = {"type": "array", "items": {"type": "integer"}, "minItems": 5}

    assert made(source, "one") != made(source, "two")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"type": "string", "example": "as documented"}, "as documented"),
        ({"type": "string", "default": "usual"}, "usual"),
        ({"type": "string", "example": "shown", "default": "usual"}, "shown"),
        ({"type": "object", "example": {"a": 1}, "properties": {"a": {"type": "integer"}}}, {"a": 1}),
        ({"type": "object", "properties": {"a": {"type": "integer", "example": 7}}}, {"a": 7}),
        ({"type": "array", "items": {"type": "string", "example": "x"}}, ["x"]),
        ({"allOf": [{"type": "string", "example": "inner"}], "description": "wrapped"}, "inner"),
        ({"oneOf": [{"type": "string", "example": "first"}, {"type": "integer"}]}, "first"),
        ({"type": "string", "enum": ["only"]}, "only"),
        ({"type": "string", "nullable": True, "enum": [None, "real"]}, "real"),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "null"}}}
            | {"properties": {"a": {"enum": [None]}}},
            {"a": None},
        ),
    ],
)
def test_what_the_document_offers_comes_first(source: Any, value: Any) -> None:
    """
    Examples, defaults and enumerations are taken before anything is made up.
    """
    assert made(source) == value


def test_example_that_breaks_its_schema_is_left_out() -> None:
    """
    An example elsewhere is kept when another one does not fit.
    """
    source = {
        "type": "object",
        "required": ["good", "bad"],
        "properties": {"good": {"type": "string", "example": "kept"}, "bad": {"type": "integer", "example": "no"}},
    }
    value = made(source)

    assert value["good"] == "kept" and isinstance(value["bad"], int)


def test_optional_members_are_there() -> None:
    """
    A front end sees every member that an answer can have.
    """
    assert set(made({"type": "object", "properties": {"a": {}, "b": {"type": "integer"}}})) == {"a", "b"}


def test_recursion_ends_with_what_is_required() -> None:
    """
    A schema that holds itself is made once, then left out where it may be and empty where it must be.
    """
    value = made(ref("Tree"))

    assert (sorted(value), value["children"]) == (["children", "name"], [])


def test_branch_of_a_discriminator_bears_its_name() -> None:
    """
    The member that tells branches apart says which one it is.
    """
    source = {
        "oneOf": [ref("Book"), ref("Film")],
        "discriminator": {"propertyName": "kind", "mapping": {"b": "#/components/schemas/Book"}},
    }

    assert made(source)["kind"] == "b"


def test_branch_without_a_mapping_bears_the_name_of_its_schema() -> None:
    """
    Where nothing is mapped, the name of the component counts.
    """
    source = {"oneOf": [ref("Film"), ref("Book")], "discriminator": {"propertyName": "kind"}}

    assert made(source)["kind"] == "Film"


def test_child_of_a_base_bears_its_name() -> None:
    """
    A value of a base with a discriminator is one of its children.
    """
    value = made(ref("Pet"))

    assert value["kind"] == "cat" and isinstance(value["lives"], int)


def test_child_itself_bears_its_name() -> None:
    """
    A child that takes in its base says that it is the child.
    """
    assert made(ref("Cat"))["kind"] == "cat"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (ref("Endless"), "there is no end to what it requires"),
        ({"type": "string", "minLength": 5, "maxLength": 4}, "at least 5 and at most 4"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "lies between its bounds"),
        ({"type": "number", "minimum": 5, "maximum": 4}, "lies between its bounds"),
        ({"not": {}}, "nothing is allowed here"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "no type is left"),
        ({"type": "string", "enum": [1]}, "no value of its enumeration has its type"),
        ({"type": "array", "items": {"enum": [1]}, "minItems": 2, "uniqueItems": True}, "not enough different items"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "'a' is required and not allowed"),
        ({"type": "object", "minProperties": 1, "additionalProperties": False}, "needs 1 members and allows fewer"),
        ({"type": "string", "pattern": "^a$", "minLength": 2}, "no text was found for ^a$"),
        ({"type": "integer", "minimum": 2, "maximum": 2, "not": {"enum": [2]}}, "not allowed"),
    ],
)
def test_schema_without_a_value_is_reported(source: Any, reason: str) -> None:
    """
    Where nothing fits, the error says where and why.
    """
    with pytest.raises(Impossible) as caught:
        made(source)

    assert reason in str(caught.value)


def test_value_is_a_copy() -> None:
    """
    Whoever changes a value changes no later one.
    """
    judge = schema({"type": "object", "example": {"a": [1]}})
    Synthesizer(judge, "a").value()["a"].append(2)

    assert Synthesizer(judge, "a").value() == {"a": [1]}


def test_schema_that_stands_alone_is_taken() -> None:
    """
    A translated schema needs no contract.
    """
    assert Synthesizer.of({"enum": ["x"]}, "a").value() == "x"


def test_integers_can_be_read_by_javascript() -> None:
    """
    Without bounds no integer is beyond what a double holds.
    """
    assert abs(made({"type": "integer"})) < 2**53


_leaves = st.sampled_from(
    [
        {"type": "string", "minLength": 2},
        {"type": "string", "format": "date-time"},
        {"type": "string", "pattern": "^[a-f0-9]{8}$"},
        {"type": "integer", "minimum": -3, "maximum": 3},
        {"type": "number", "multipleOf": 0.25, "minimum": 1},
        {"type": "boolean", "nullable": True},
        {"enum": ["a", 1, None]},
        ref("Tree"),
        ref("Pet"),
        {},
    ]
)
_schemas = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda members, required: {
                "type": "object",
                "properties": members,
                "required": sorted(required & members.keys()) or ["a"],
            },
            st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
            st.sets(st.sampled_from("abcd")),
        ),
        st.builds(lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)),
        st.builds(lambda item: {"type": "object", "additionalProperties": item}, inner),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda item: {"allOf": [item, {"description": "d"}], "nullable": True}, inner),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(_schemas, st.integers(0, 5))
def test_any_schema_put_together_of_these_has_a_value(source: Any, seed: int) -> None:
    """
    However keywords are combined, what is made fits.
    """
    judge = schema(source, COMPONENTS)

    assert judge.is_valid(Synthesizer(judge, str(seed)).value())
