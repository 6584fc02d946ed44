"""Values judged by a schema: which statement a broken one is charged to, and which ones a fitting one shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.translating import Translator
from specs.validation import RecordSchema, Schema
from tests.specs.small_api import schema


def charged(source: Any, value: Any, **components: Any) -> list[tuple[str, tuple[str, ...]]]:
    """The keyword and the statements of each flaw of a value."""
    return [(flaw.keyword, flaw.statements) for flaw in schema(source, components).flaws(value)]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("keyword", "source", "value"),
    [
        ("type", {"type": "string"}, 5),
        ("enum", {"enum": ["a"]}, "b"),
        ("format", {"type": "string", "format": "date"}, "today"),
        ("format", {"type": "string", "format": "space-date-time"}, "today"),
        ("maxLength", {"maxLength": 1}, "ab"),
        ("x-max-bytes", {"x-max-bytes": 1}, "д"),
        ("minimum", {"minimum": 1}, 0),
        ("maximum", {"maximum": 1}, 2),
        ("pattern", {"pattern": "^a"}, "b"),
        ("additionalProperties", {"additionalProperties": False}, {"a": 1}),
    ],
)
def test_flaw_is_charged_to_the_statement_of_its_keyword(keyword: str, source: dict[str, Any], value: Any) -> None:
    """
    A map of keywords says which statement each keyword stands for.
    """
    statements = {"x-statement": {keyword: "A-1", "effect": "A-2"}}

    assert charged({**source, **statements}, value) == [(keyword, ("A-1",))]


def test_flaw_is_charged_to_every_statement_of_its_keyword() -> None:
    """
    A keyword may stand for several statements.
    """
    assert charged({"type": "string", "x-statement": {"type": ["A-1", "A-2"]}}, 5) == [("type", ("A-1", "A-2"))]


def test_flaw_is_charged_to_the_statement_of_the_whole_element() -> None:
    """
    A plain id stands for every keyword of its element.
    """
    assert charged({"type": "string", "x-statement": "A-1"}, 5) == [("type", ("A-1",))]


def test_flaw_of_a_keyword_that_the_map_leaves_out_is_charged_to_nobody() -> None:
    """
    A map speaks for the keywords it names only.
    """
    assert charged({"type": "string", "x-statement": {"enum": "A-1"}}, 5) == [("type", ())]


def test_flaw_of_a_member_is_charged_to_the_element_around_it() -> None:
    """
    A member without a statement of its own is part of the nearest whole element.
    """
    source = {"x-statement": "A-1", "properties": {"a": {"properties": {"b": {"type": "string"}}}}}

    assert charged(source, {"a": {"b": 5}}) == [("type", ("A-1",))]


def test_flaw_of_a_member_is_charged_to_its_own_statement_first() -> None:
    """
    The nearest statement is the one that broke.
    """
    source = {"x-statement": "A-1", "properties": {"a": {"type": "string", "x-statement": "A-2"}}}

    assert charged(source, {"a": 5}) == [("type", ("A-2",))]


def test_keyword_map_of_the_element_around_says_nothing_about_a_member() -> None:
    """
    The type of an object is not the type of its members.
    """
    source = {"type": "object", "x-statement": {"type": "A-1"}, "properties": {"a": {"type": "string"}}}

    assert charged(source, {"a": 5}) == [("type", ())]


def test_flaw_without_any_statement_is_charged_to_nobody() -> None:
    """
    Where nothing carries a statement, nothing is blamed.
    """
    assert charged({"type": "string"}, 5) == [("type", ())]


@pytest.mark.parametrize("statements", ["A-1", {"required": "A-1"}, {"type": "A-1"}])
def test_missing_member_is_charged_to_the_members_statement(statements: Any) -> None:
    """
    A missing member is charged to its `required`, else to its whole, else to its type.
    """
    source = {
        "required": ["a"],
        "x-statement": "A-9",
        "properties": {"a": {"type": "string", "x-statement": statements}},
    }

    assert charged(source, {}) == [("required", ("A-1",))]


def test_missing_member_is_charged_to_required_before_the_type() -> None:
    """
    `required` is the nearer statement for a missing member.
    """
    source = {"required": ["a"], "properties": {"a": {"x-statement": {"type": "A-1", "required": "A-2"}}}}

    assert charged(source, {}) == [("required", ("A-2",))]


def test_missing_member_without_a_statement_is_charged_to_the_element_around_it() -> None:
    """
    A member that carries nothing is part of the whole.
    """
    assert charged({"required": ["a"], "x-statement": "A-1", "properties": {"a": {}}}, {}) == [("required", ("A-1",))]


def test_missing_member_that_is_not_described_is_charged_to_the_element_around_it() -> None:
    """
    A member may be required without being described.
    """
    assert charged({"required": ["a"], "x-statement": "A-1"}, {}) == [("required", ("A-1",))]


def test_missing_member_is_named() -> None:
    """
    A flaw of a missing member says which, and points at the object that lacks it.
    """
    source = {"properties": {"o": {"required": ["a"]}}}
    flaws = schema(source).flaws({"o": {}})

    assert [(flaw.member, flaw.pointer) for flaw in flaws] == [("a", "/o")]


def test_every_missing_member_is_a_flaw_of_its_own() -> None:
    """
    Two missing members are charged apart.
    """
    source = {
        "required": ["a", "b"],
        "properties": {"a": {"x-statement": "A-1"}, "b": {"x-statement": "A-2"}},
    }

    assert charged(source, {}) == [("required", ("A-1",)), ("required", ("A-2",))]


def test_flaw_behind_a_reference_is_charged_to_the_component() -> None:
    """
    A component carries its own statements.
    """
    text = {"type": "string", "x-statement": {"type": "A-1"}}

    assert charged({"properties": {"a": ref("Text")}}, {"a": 5}, Text=text) == [("type", ("A-1",))]


def test_flaw_behind_a_reference_is_charged_to_the_element_that_refers() -> None:
    """
    A component that carries nothing is part of the element that uses it.
    """
    source = {"properties": {"a": {"allOf": [ref("Text")], "x-statement": "A-1"}}}

    assert charged(source, {"a": 5}, Text={"type": "string"}) == [("type", ("A-1",))]


def test_flaw_behind_two_references_is_charged() -> None:
    """
    References are followed as far as they lead.
    """
    item = {"type": "object", "properties": {"title": ref("Text")}}
    text = {"maxLength": 1, "x-statement": {"maxLength": "A-1"}}

    assert charged(ref("Item"), {"title": "ab"}, Item=item, Text=text) == [("maxLength", ("A-1",))]


def test_missing_member_of_a_combined_schema_is_charged() -> None:
    """
    A branch of `allOf` that requires a member charges the member it describes.
    """
    base = {"required": ["a"], "properties": {"a": {"x-statement": {"required": "A-1"}}}}

    assert charged({"allOf": [ref("Base"), {}]}, {}, Base=base) == [("required", ("A-1",))]


def test_flaw_of_a_list_item_is_charged_and_pointed_at() -> None:
    """
    An item's flaw is charged to the item's schema and names its index.
    """
    source = {"properties": {"l": {"items": {"type": "string", "x-statement": "A-1"}}}}
    flaws = schema(source).flaws({"l": ["a", 5]})

    assert [(flaw.pointer, flaw.statements) for flaw in flaws] == [("/l/1", ("A-1",))]


def test_flaw_of_a_recursive_schema_is_charged_at_depth() -> None:
    """
    A schema that refers to itself charges each level alike.
    """
    tree = {"properties": {"child": ref("Tree"), "name": {"type": "string", "x-statement": "A-1"}}}

    assert charged(ref("Tree"), {"child": {"child": {"name": 5}}}, Tree=tree) == [("type", ("A-1",))]


TEXT = {"maxLength": 1, "x-max-bytes": 2, "x-statement": {"maxLength": "A-1", "required": "A-3"}}
NODE = {
    "required": ["name"],
    "properties": {
        "name": {"allOf": [ref("Text")], "x-statement": {"required": "A-2"}},
        "other": {"allOf": [ref("Text")], "x-statement": {"x-max-bytes": "A-5"}},
        "required": {"type": "object", "required": ["required"], "x-statement": "A-6"},
        "children": {"items": ref("Node"), "x-statement": {"type": "A-7"}},
    },
}
ASKED_BEFORE = schema(ref("Node"), {"Node": NODE, "Text": TEXT})
NODES = st.recursive(
    st.fixed_dictionaries(
        {},
        optional={
            "name": st.sampled_from(["a", "aa", "д", "🙂", 5]),
            "other": st.sampled_from(["a", "🙂"]),
            "required": st.sampled_from([{}, 5, {"required": 1}]),
        },
    ),
    lambda inner: st.builds(lambda node, children: {**node, "children": children}, inner, st.lists(inner, max_size=3)),
    max_leaves=4,
)


@given(NODES)
def test_flaw_that_was_found_before_is_charged_as_at_the_first_time(value: Any) -> None:
    """
    A schema that was asked about many values tells of each what a fresh one tells.
    """
    fresh = Schema(ASKED_BEFORE.document, ASKED_BEFORE.validator)

    assert ASKED_BEFORE.flaws(value) == fresh.flaws(value)


def test_flaw_of_a_nullable_element_is_charged() -> None:
    """
    `nullable` changes nothing about who is charged.
    """
    assert charged({"type": "string", "nullable": True, "x-statement": {"type": "A-1"}}, 5) == [("type", ("A-1",))]


def test_every_flaw_is_reported() -> None:
    """
    A value that breaks several elements has a flaw for each.
    """
    source = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}

    assert [flaw.pointer for flaw in schema(source).flaws({"a": 1, "b": 2})] == ["/a", "/b"]


def test_fitting_value_has_no_flaw() -> None:
    """
    A value that fits is charged to nobody.
    """
    assert charged({"type": "string", "x-statement": "A-1"}, "a") == []


def test_element_that_is_there_is_exercised() -> None:
    """
    A member that the value holds shows every statement of its keywords.
    """
    source = {"properties": {"a": {"type": "string", "x-statement": {"type": "A-1", "maxLength": ["A-2", "A-3"]}}}}

    assert schema(source).exercised({"a": "b"}) == {"A-1", "A-2", "A-3"}


def test_element_that_is_absent_is_not_exercised() -> None:
    """
    A member that the value does not hold shows nothing.
    """
    source = {"properties": {"a": {"x-statement": "A-1"}, "b": {"x-statement": "A-2"}}}

    assert schema(source).exercised({"b": 1}) == {"A-2"}


def test_effect_is_not_exercised_by_a_value() -> None:
    """
    That a member is stored cannot be seen in one value.
    """
    assert schema({"x-statement": {"effect": "A-1", "type": "A-2"}}).exercised("a") == {"A-2"}


def test_value_that_does_not_fit_exercises_nothing() -> None:
    """
    A broken answer is no evidence, not even for the elements that are in order.
    """
    source = {"properties": {"a": {"type": "string"}, "b": {"x-statement": "A-1"}}}

    assert schema(source).exercised({"a": 5, "b": 1}) == set()


def test_branch_that_was_not_taken_is_not_exercised() -> None:
    """
    Of alternatives, only the one that the value fits is shown.
    """
    source = {"anyOf": [{"type": "string", "x-statement": "A-1"}, {"type": "integer", "x-statement": "A-2"}]}

    assert schema(source).exercised(5) == {"A-2"}


def test_element_behind_a_reference_is_exercised() -> None:
    """
    Statements of components are shown through references.
    """
    source = {"properties": {"a": {"allOf": [ref("Text")], "x-statement": "A-1"}}}

    assert schema(source, {"Text": {"x-statement": "A-2"}}).exercised({"a": "b"}) == {"A-1", "A-2"}


def test_items_of_an_empty_list_are_not_exercised() -> None:
    """
    A list without items shows nothing about its items.
    """
    assert schema({"items": {"x-statement": "A-1"}}).exercised([]) == set()


def test_flaw_of_our_own_keyword_behind_a_reference_is_charged_to_the_element_that_refers() -> None:
    """
    x-max-bytes is charged like the keywords of JSON Schema, whose paths name the references passed.
    """
    source = {"properties": {"a": {"items": {"allOf": [ref("Text")], "x-statement": "A-1"}}}}

    assert charged(source, {"a": ["дд"]}, Text={"x-max-bytes": 1}) == [("x-max-bytes", ("A-1",))]


def test_flaw_behind_a_reference_is_charged_to_the_keyword_of_the_element_that_refers() -> None:
    """
    A keyword map around a reference speaks for the component's keywords.
    """
    source = {"allOf": [ref("Text")], "x-statement": {"maxLength": "A-1"}}

    assert charged(source, "ab", Text={"maxLength": 1}) == [("maxLength", ("A-1",))]


@pytest.mark.parametrize(
    ("keyword", "source", "value"),
    [
        ("minimum", {"minimum": 0, "exclusiveMinimum": True}, 0),
        ("maximum", {"maximum": 0, "exclusiveMaximum": True}, 0),
        ("format", {"format": "int32"}, 2**31),
        ("format", {"format": "int32"}, -(2**31) - 1),
        ("type", {"nullable": True, "allOf": [{"type": "string"}]}, 5),
    ],
)
def test_flaw_of_a_translated_keyword_is_charged_to_the_written_one(
    keyword: str, source: dict[str, Any], value: Any
) -> None:
    """
    The keyword that stands in the document is the one that a statement speaks of.
    """
    flaws = charged({**source, "x-statement": {keyword: "A-1"}}, value)

    assert [statements for _, statements in flaws] == [("A-1",)]


def test_missing_member_behind_a_reference_is_charged_to_the_component() -> None:
    """
    A member that is nothing but a reference is described by its component.
    """
    source = {"required": ["a"], "properties": {"a": ref("Text")}}

    assert charged(source, {}, Text={"x-statement": {"required": "A-1"}}) == [("required", ("A-1",))]


def test_pointer_of_a_flaw_is_escaped() -> None:
    """
    RFC 6901 section 3: a slash in a member's name is written "~1", a tilde "~0".
    """
    assert [flaw.pointer for flaw in schema({"properties": {"a/~": {"type": "string"}}}).flaws({"a/~": 5})] == [
        "/a~1~0"
    ]


FORMS = {
    "oneOf": [
        {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": ["off"]}},
            "additionalProperties": False,
        },
        {
            "type": "object",
            "required": ["kind", "at"],
            "properties": {"kind": {"enum": ["on"]}, "at": {"type": "integer"}},
        },
    ]
}


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        ({"kind": "on"}, '"at" is a required property'),
        ({"kind": "on", "at": "x"}, '/at: "x" is not of type "integer"'),
        ({"kind": "off", "at": 5}, "Additional properties are not allowed ('at' was unexpected)"),
        ({"kind": "of"}, '/kind: "of" is not one of "off"; /kind: "of" is not one of "on"'),
        ({}, '"kind" is a required property'),
        (5, '5 is not of type "object"'),
    ],
)
def test_value_of_no_branch_is_reported_by_what_the_branch_that_was_meant_wants(value: Any, reported: str) -> None:
    """
    What all branches ask for comes first, then what the only one does whose listed values are those of the value.
    """
    (flaw,) = schema(FORMS).flaws(value)

    assert (flaw.keyword, flaw.message) == ("oneOf", f"fits none of the forms that oneOf allows: {reported}")


def test_value_of_no_branch_that_could_have_been_meant_is_reported_as_it_is() -> None:
    """
    Where nothing tells which of two branches was meant, none of them is named.
    """
    branches = [{"type": "object", "required": [name]} for name in ("a", "b")]
    (flaw,) = schema({"anyOf": branches}).flaws({})

    assert flaw.message == "{} is not valid under any of the schemas listed in the 'anyOf' keyword"


def record_schema(source: dict[str, Any], components: dict[str, Any] | None = None) -> RecordSchema:
    """The schema of what is stored in a collection."""
    flaws: list[str] = []
    translator = Translator(components or {}, lambda pointer, text: flaws.append(text))
    found = translator.record_schema(source, ("x-records", "items"))
    assert flaws == []
    return found


ITEM = {
    "type": "object",
    "required": ["id", "title"],
    "additionalProperties": {"type": "integer"},
    "properties": {
        "id": {"type": "integer"},
        "title": {"type": "string", "maxLength": 3},
        "tags": {"type": "array", "items": {"type": "string"}},
        "owner": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
    },
}
MEMBERS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers() | st.text(max_size=1),
        "title": st.text(max_size=5) | st.none(),
        "tags": st.lists(st.text(max_size=1) | st.integers(), max_size=2),
        "owner": st.fixed_dictionaries({}, optional={"name": st.text(max_size=1)}),
        "more": st.integers() | st.text(max_size=1),
    },
)


@given(MEMBERS, MEMBERS)
def test_a_record_rewritten_in_part_fits_as_the_whole_does(stored: dict[str, Any], written: dict[str, Any]) -> None:
    """
    Of a record that fitted before, the members that were written tell whether it fits now.
    """
    judge = record_schema({"$ref": "#/components/schemas/Item"}, {"Item": ITEM})
    before = {"id": 1, "title": "a", **stored}
    if judge.is_valid(before):
        after = {**before, **written}

        assert judge.is_valid_with(written, after) == judge.is_valid(after)


@pytest.mark.parametrize(
    "keyword",
    [
        {"minProperties": 3},
        {"maxProperties": 3},
        {"not": {"required": ["a", "b"]}},
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"allOf": [{"not": {"required": ["a", "b"]}}]},
    ],
)
def test_members_that_depend_on_each_other_are_judged_together(keyword: dict[str, Any]) -> None:
    """
    Where a keyword looks at more than one member, the whole record is judged.
    """
    judge = record_schema({"type": "object", **keyword})

    assert judge.members is None
    assert judge.is_valid_with({"b": 1}, {"a": 1, "b": 1}) == judge.is_valid({"a": 1, "b": 1})
