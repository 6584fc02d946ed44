"""Requests made of a foreign document: values of its schemas, and how parameters are written."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from conformance.probes.derived_drafts import sample, with_parameter, without_parameter
from conformance.target.drafting import Draft
from conformance.target.needs import UnmetNeed
from specs.contract import Parameter
from specs.translating import Translator
from specs.validation import Schema
from tests.foreign.contracts import foreign, only


def schema(source: Any) -> Schema:
    """The schema as it stands in a document."""
    return Translator({}, lambda pointer, message: pytest.fail(message)).schema(source, ())


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 5, "multipleOf": 4}, 8),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 1),
        ({"type": "number", "maximum": -2}, -2),
        ({"type": "string"}, "casepact"),
        ({"type": "string", "maxLength": 3}, "cas"),
        ({"type": "string", "minLength": 10}, "casepactca"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"type": "string", "example": "shown"}, "shown"),
        ({"type": "boolean", "default": False}, False),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [True, True]),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}},
            {"a": 1},
        ),
        ({"allOf": [{"required": ["a"]}, {"properties": {"a": {"type": "boolean"}}, "type": "object"}]}, {"a": True}),
        ({"oneOf": [{"type": "string", "enum": ["x"]}, {"type": "integer"}]}, "x"),
    ],
)
def test_value_of_a_schema_is_small_and_allowed(source: Any, value: Any) -> None:
    """
    A value is the document's own where it shows one, else the least that the schema asks for.
    """
    assert sample(schema(source), "a value") == value


def test_value_that_matches_a_pattern_is_found() -> None:
    """
    Of a regular expression a matching text is drawn, the same each time.
    """
    made = schema({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"})

    found = sample(made, "a value")

    assert re.fullmatch("[A-Z]{2}-[0-9]{3}", found)
    assert sample(schema({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}), "a value") == found


def test_schema_that_nothing_fits_is_a_need() -> None:
    """
    What cannot be made is asked of the profile, and no mistake of ours.
    """
    with pytest.raises(UnmetNeed, match="needs a value: the document shows none, and none was found"):
        sample(schema({"type": "string", "minLength": 5, "maxLength": 2}), "a value")


def parameter(folder: Path, rest: str) -> Parameter:
    """The one parameter of an operation."""
    path = "/a/{p}" if "in: path" in rest else "/a"
    text = f"{path}:\n  get:\n    parameters: [{{name: p, {rest}}}]\n    responses: {{'200': {{description: ok}}}}"
    return only(foreign(folder, text)).parameters[0]


@pytest.mark.parametrize(
    ("rest", "value", "made"),
    [
        ("in: query, schema: {type: integer}", 7, Draft({}, "", None, {"p": "7"})),
        ("in: query, schema: {type: boolean}", True, Draft({}, "", None, {"p": "true"})),
        ("in: query, schema: {type: array, items: {}}", [1, "b"], Draft({}, "", None, {"p": ["1", "b"]})),
        ("in: query, explode: false, schema: {type: array, items: {}}", [1, 2], Draft({}, "", None, {"p": "1,2"})),
        (
            "in: query, style: pipeDelimited, explode: false, schema: {type: array, items: {}}",
            [1, 2],
            Draft({}, "", None, {"p": "1|2"}),
        ),
        ("in: query, style: deepObject, schema: {type: object}", {"a": 1}, Draft({}, "", None, {"p[a]": "1"})),
        ("in: query, schema: {type: object}", {"a": 1}, Draft({}, "", None, {"a": "1"})),
        ("in: query, content: {application/json: {schema: {}}}", {"a": 1}, Draft({}, "", None, {"p": '{"a":1}'})),
        ("in: path, required: true, schema: {}", [1, 2], Draft({"p": "1,2"}, "", None)),
        ("in: path, required: true, style: matrix, schema: {}", 7, Draft({"p": ";p=7"}, "", None)),
        ("in: path, required: true, style: label, schema: {}", 7, Draft({"p": ".7"}, "", None)),
        ("in: header, schema: {}", 7, Draft({}, "", None, headers={"p": "7"})),
        ("in: cookie, schema: {}", 7, Draft({}, "", None, headers={"Cookie": "p=7"})),
    ],
)
def test_parameter_is_written_in_its_style(rest: str, value: Any, made: Draft, tmp_path: Path) -> None:
    """
    Each style writes a value as OpenAPI 3.0.3 says, and what was written can be left out again.
    """
    found = parameter(tmp_path, rest)
    drawn = with_parameter(Draft({}, "", None), found, value)
    left = without_parameter(drawn, found)

    # Nobody can see that an object which is written as its members was left out; a path always has its parameters.
    members = found.style == "form" and found.explode and not found.media and isinstance(value, dict)
    stays = found.location == "path" or members
    assert (drawn, left) == (made, made if stays else Draft({}, "", None))
