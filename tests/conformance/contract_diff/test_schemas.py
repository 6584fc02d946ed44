"""Whatever two schemas are: a change without a warning loses no value of a request, and adds none to a response."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract_diff.change import Level
from conformance.contract_diff.comparing import Comparison
from tests.conformance.contract_diff.documents import comparison, document

SCALARS = ["a", "b", "ab", "bbb", "", 0, 1, 2, 3, 4, 6, -2, 1.5, None, True, False]
OBJECTS: list[Any] = [
    {},
    *({name: value} for name in "pqr" for value in SCALARS),
    {"p": 1, "q": 2, "r": 3},
    {"p": {"p": 1}},
]
ARRAYS: list[Any] = [[], *([value] for value in SCALARS), [1, 1], ["a", 1], ["a", "b"], [{}], [["a"]], [{"p": 1}]]
VALUES = [*SCALARS, *OBJECTS, *ARRAYS]
# Any value may stand under a name that an open object does not describe, yet describing it breaks nobody.
BY_CONVENTION = ("member-added", "required-member-added")

TYPES = ["string", "integer", "number", "boolean", "null", "object", "array"]
LEAVES = st.one_of(
    st.just({}),
    st.just(True),
    st.sampled_from(TYPES).map(lambda name: {"type": name}),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True).map(lambda names: {"type": names}),
    st.lists(st.sampled_from(["a", "b", 1, 2, None, True]), min_size=1, max_size=3, unique_by=str).map(
        lambda values: {"enum": values}
    ),
    st.integers(-1, 3).map(lambda bound: {"type": "integer", "minimum": bound}),
    st.integers(-1, 3).map(lambda bound: {"type": "number", "exclusiveMaximum": bound}),
    st.integers(0, 3).map(lambda size: {"type": "string", "maxLength": size}),
    st.integers(0, 3).map(lambda size: {"minLength": size}),
    st.sampled_from([2, 3, 4, 6]).map(lambda factor: {"type": "integer", "multipleOf": factor}),
    st.sampled_from(["^a", "b$"]).map(lambda pattern: {"type": "string", "pattern": pattern}),
    st.just({"not": {"type": "string"}}),
    st.just({"const": "a"}),
)


def _holders(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    objects = st.fixed_dictionaries(
        {
            "properties": st.dictionaries(st.sampled_from("pq"), parts, max_size=2),
            "required": st.lists(st.sampled_from("pqr"), max_size=2, unique=True),
        },
        optional={"type": st.just("object"), "additionalProperties": st.one_of(st.just(False), parts)},
    )
    arrays = st.fixed_dictionaries(
        {"type": st.just("array"), "items": parts},
        optional={"uniqueItems": st.booleans(), "prefixItems": st.lists(parts, min_size=1, max_size=1)},
    )
    several = st.one_of(
        st.lists(parts, min_size=1, max_size=2).map(lambda branches: {"allOf": branches}),
        st.lists(parts, min_size=1, max_size=3).map(lambda branches: {"anyOf": branches}),
    )
    return st.one_of(objects, arrays, several)


SCHEMAS = st.recursive(LEAVES, _holders, max_leaves=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


def _is_quiet(found: Comparison) -> bool:
    return not any(
        change.level in (Level.BREAKING, Level.WARNING) or change.kind.id.startswith(BY_CONVENTION)
        for change in found.changes
    )


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
@given(old=SCHEMAS, new=SCHEMAS)
def test_no_value_is_lost_or_gained_in_silence(old: Any, new: Any, folder: Path) -> None:
    """The judge that mock and harness use says of many values what the comparison says of all."""
    content = [{"content": {"application/json": {"schema": schema}}} for schema in (old, new)]
    before, after = (jsonschema_rs.Draft202012Validator(schema) for schema in (old, new))

    if _is_quiet(comparison(*(document({"requestBody": item}, {}) for item in content), folder)):
        assert [value for value in VALUES if before.is_valid(value) and not after.is_valid(value)] == []
    answers = (document({"responses": {"200": {"description": "d", **item}}}, {}) for item in content)
    if _is_quiet(comparison(*answers, folder)):
        assert [value for value in VALUES if after.is_valid(value) and not before.is_valid(value)] == []


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
@given(schema=SCHEMAS)
def test_rewritten_schema_is_the_same(schema: Any, folder: Path) -> None:
    """A schema that moves into a component, behind allOf, is no change."""
    old = document({"requestBody": {"content": {"application/json": {"schema": {"allOf": [schema]}}}}}, {})
    inner = {"components": {"schemas": {"Value": schema}}}
    reference = {"$ref": "#/components/schemas/Value"}
    new = document({"requestBody": {"content": {"application/json": {"schema": reference}}}}, inner)

    assert [change.kind.id for change in comparison(old, new, folder).changes] == ["rewritten"]
