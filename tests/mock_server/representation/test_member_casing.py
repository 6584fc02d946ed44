"""Members of answers take the names that the schema declares."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.reply import Shown, ShownList
from mock_server.representation.member_casing import recaser
from mock_server.representation.representation import json_fragment, to_json
from specs.schema import SchemaView

USER = {"properties": {"Id": {}, "DisplayName": {}, "plain": {}, "Boss": {"$ref": "#/$defs/User"}}}
SCHEMA = {
    "properties": {
        "Response": {
            "allOf": [
                {"properties": {"Title": {}, "Users": {"items": {"$ref": "#/$defs/User"}}}},
                {"properties": {"CreateBy": {"$ref": "#/$defs/User"}, "data": {"properties": {"Id": {}}}}},
            ]
        },
        "count": {},
    },
    "$defs": {"User": USER},
}
NAMES = st.sampled_from(
    ["id", "Id", "displayName", "DisplayName", "plain", "boss", "response", "title", "users", "createBy", "data", "new"]
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(NAMES, inner, max_size=4)
    items = st.lists(inner, max_size=2)
    return items | items.map(ShownList) | members | members.map(Shown)


VALUES = st.recursive(
    st.integers(-(2**63), 2**63 - 1) | st.text(max_size=2) | st.none() | st.booleans(), objects, max_leaves=12
)


def recased(value: Any, schemas: list[dict[str, Any]]) -> Any:
    """What the docstring of `recaser` says, read literally: member by member, with nothing remembered."""
    found = [part for schema in schemas for part in flat(schema)]
    if isinstance(value, list):
        items = [part["items"] for part in found if "items" in part][:1]
        return [recased(item, items) for item in value] if items else value
    if not isinstance(value, dict):
        return value
    result: dict[str, Any] = {}
    for key, member in value.items():
        declared = [name for part in found for name in part.get("properties", {}) if name[0].lower() + name[1:] == key]
        name = declared[-1] if declared else key
        below = [part["properties"][name] for part in found if name in part.get("properties", {})]
        result[name] = recased(member, below) if declared else member
    return result


def flat(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema and those that it is put together from."""
    if "$ref" in schema:
        return flat(SCHEMA["$defs"]["User"])
    return [schema, *(part for inner in schema.get("allOf", ()) for part in flat(inner))]


@given(VALUES)
def test_names_are_those_that_the_schema_declares(value: Any) -> None:
    """
    At each place a member takes the name that is declared there; order and values stay as they are.
    """
    recase = recaser(SchemaView.of(SCHEMA))
    assert recase is not None

    answers = [recase(value), recase(value)]

    assert list(map(repr, answers)) == [repr(recased(value, [SCHEMA]))] * 2


@given(VALUES)
def test_what_is_shown_is_written_once_and_reads_the_same(value: Any) -> None:
    """
    A text put together from parts that are written already holds what one text of the whole would hold.
    """
    recase, recase_parts = recaser(SchemaView.of(SCHEMA)), recaser(SchemaView.of(SCHEMA), json_fragment)
    assert recase is not None and recase_parts is not None

    texts = [to_json(recase_parts(value)), to_json(recase_parts(value)), to_json(recase(value)), to_json(recase(value))]

    assert texts == [orjson.dumps(recased(value, [SCHEMA]))] * 4


def test_schema_of_names_as_behaviours_write_them_needs_no_recaser() -> None:
    """
    Where nothing would change, nothing is done.
    """
    assert recaser(SchemaView.of({"properties": {"id": {}, "displayName": {}}})) is None


@pytest.mark.parametrize("changed", [{"id": 2}, {"displayName": "x"}])
def test_values_of_other_shapes_are_told_apart(changed: dict[str, Any]) -> None:
    """
    What is remembered of one value is not given for another.
    """
    recase = recaser(SchemaView.of({"$ref": "#/$defs/User", "$defs": {"User": USER}}))
    assert recase is not None
    recase(Shown({"id": 1}))

    assert recase(Shown(changed)) == {name[0].upper() + name[1:]: value for name, value in changed.items()}


def test_names_are_found_in_parts_that_hold_each_other() -> None:
    """
    A schema that takes itself in by `allOf` is recased like any other.
    """
    schema = {
        "$ref": "#/$defs/User",
        "$defs": {"User": {"allOf": [{"$ref": "#/$defs/User"}, {"properties": {"DisplayName": {}}}]}},
    }
    recase = recaser(SchemaView.of(schema))

    assert recase is not None
    assert recase({"displayName": "a"}) == {"DisplayName": "a"}
