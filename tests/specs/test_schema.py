"""A schema says the same whether it stands in place, behind a reference or in a part."""

from __future__ import annotations

from typing import Any

import pytest

from specs.schema import EVERY_TYPE, SchemaView
from tests.specs.small_api import schema

COMPONENTS = {
    "Id": {"type": "integer", "minimum": 1, "x-role": "case"},
    "Text": {"type": "string"},
    "Item": {"type": "object", "required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
    "Tree": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    },
    "Loop": {"allOf": [{"$ref": "#/components/schemas/Loop"}, {"type": "object", "properties": {"a": {}}}]},
    "Circle": {"allOf": [{"$ref": "#/components/schemas/Circle"}]},
}


def ref(name: str) -> dict[str, Any]:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def view(source: Any) -> SchemaView:
    """The view of an OpenAPI 3.0 schema."""
    return schema(source, COMPONENTS).view


@pytest.mark.parametrize(
    "source",
    [
        {"type": "integer"},
        ref("Id"),
        {"allOf": [ref("Id")]},
        {"allOf": [{"type": "number"}, ref("Id")]},
        {"oneOf": [ref("Id"), {"type": "integer", "maximum": 0}]},
    ],
)
def test_type_is_seen_through_references_and_parts(source: Any) -> None:
    """
    However an integer is declared, it is an integer.
    """
    assert (view(source).types(), view(source).kind()) == ({"integer"}, "integer")


@pytest.mark.parametrize(
    "source",
    [
        {"type": "integer", "nullable": True},
        {"allOf": [ref("Id")], "nullable": True},
        {"anyOf": [ref("Id")], "nullable": True},
        {"allOf": [{"allOf": [ref("Id")], "nullable": True}]},
    ],
)
def test_nullable_integer_may_be_null_and_is_an_integer(source: Any) -> None:
    """
    That null may stand in place of a value does not change what the value is.
    """
    seen = view(source)

    assert (seen.nullable, seen.types(), seen.kind()) == (True, {"integer", "null"}, "integer")


def test_null_of_one_part_alone_is_not_allowed() -> None:
    """
    A value has to fit every part, so null has to.
    """
    assert not view({"allOf": [{"type": "integer", "nullable": True}, ref("Id")]}).nullable


@pytest.mark.parametrize(
    ("source", "types", "kind"),
    [
        ({}, EVERY_TYPE, ""),
        ({"type": "number"}, {"integer", "number"}, "number"),
        ({"oneOf": [ref("Id"), ref("Text")]}, {"integer", "string"}, ""),
        ({"allOf": [ref("Id"), ref("Text")]}, set(), ""),
        (ref("Loop"), {"object"}, "object"),
        (ref("Circle"), EVERY_TYPE, ""),
    ],
)
def test_types_are_those_that_all_parts_allow(source: Any, types: set[str], kind: str) -> None:
    """
    Parts narrow the types, choices widen them, and a circle adds nothing.
    """
    assert (view(source).types(), view(source).kind()) == (types, kind)


@pytest.mark.parametrize(
    "source",
    [ref("Item"), {"allOf": [ref("Item")]}, {"allOf": [ref("Item")], "nullable": True}],
)
def test_wrapper_leads_to_what_it_wraps(source: Any) -> None:
    """
    A reference, a single part and what may be null besides lead to the schema itself.
    """
    resolved = view(source).resolved()

    assert resolved.node == {
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"$ref": "#/$defs/Id"}},
    }


@pytest.mark.parametrize(
    "source",
    [
        {"type": "object", "allOf": [ref("Item")]},
        {"allOf": [ref("Item"), ref("Tree")]},
        {"oneOf": [ref("Item"), ref("Tree")]},
    ],
)
def test_schema_that_says_more_than_its_parts_stays(source: Any) -> None:
    """
    What has a type of its own, several parts or a choice leads nowhere else.
    """
    assert view(source).resolved().node == view(source).node


def test_circle_leads_to_a_schema_that_says_nothing() -> None:
    """
    A schema that is its own only part admits everything.
    """
    assert view(ref("Circle")).resolved().node == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (ref("Item"), ["id"]),
        ({"allOf": [ref("Item"), {"properties": {"note": {}}}], "properties": {"own": {}}}, ["own", "id", "note"]),
        ({"oneOf": [ref("Item"), ref("Tree")]}, ["id", "name", "children"]),
        ({"allOf": [ref("Item")], "nullable": True}, ["id"]),
        (ref("Loop"), ["a"]),
        ({}, []),
    ],
)
def test_members_are_those_of_all_branches(source: Any, names: list[str]) -> None:
    """
    Members are found in parts and choices, and beside them.
    """
    assert list(view(source).members()) == names


def test_own_member_comes_before_one_of_a_part() -> None:
    """
    Of two declarations of a member the outer one is shown.
    """
    both = view({"allOf": [ref("Item")], "properties": {"id": {"type": "string"}}})

    assert both.members()["id"].kind() == "string"


@pytest.mark.parametrize(
    "source",
    [
        {"type": "array", "items": ref("Id")},
        {"type": "array", "items": {"allOf": [ref("Id")]}, "nullable": True},
        {"allOf": [{"type": "array", "items": ref("Id")}]},
    ],
)
def test_items_are_found_in_parts(source: Any) -> None:
    """
    An array says what its items are in place or in a part.
    """
    assert view(source).items().kind() == "integer"


def test_items_of_which_nothing_is_said_are_anything() -> None:
    """
    Where no items are declared, every type may stand.
    """
    assert view({"type": "array"}).items().types() == EVERY_TYPE


def test_schema_that_holds_itself_can_be_followed() -> None:
    """
    Each level of a tree has the members of the tree.
    """
    tree = view(ref("Tree")).members()["children"].items()
    within = tree.members()["children"].items()

    assert (list(tree.members()), within.members()["children"]) == (["name", "children"], tree.members()["children"])


@pytest.mark.parametrize(
    "source",
    [
        {"allOf": [ref("Id")], "x-role": "other"},
        {"allOf": [ref("Id")], "x-role": "other", "nullable": True},
    ],
)
def test_nearest_schema_says_what_a_keyword_says(source: Any) -> None:
    """
    A keyword beside a part stands before the one in it; one that stands in the part alone is seen as well.
    """
    seen = view(source)

    assert (seen.says("x-role"), seen.says("minimum"), seen.says("format", "none")) == ("other", 1, "none")


def test_keyword_of_one_branch_is_not_said_of_the_value() -> None:
    """
    What holds for one of two choices does not hold for the value, though it is among the branches.
    """
    seen = view({"oneOf": [ref("Id"), ref("Text")]})

    assert seen.says("x-role") is None
    assert [branch.get("type") for branch in seen.branches() if "type" in branch] == ["integer", "string"]
