"""What our judge of values takes from jsonschema-rs."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator


class Refuse:
    """A keyword of ours that nothing fits."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        pass

    def validate(self, instance: Any) -> None:
        """Raise always."""
        raise ValueError("does not fit")


CARRIED = {"x-statement": {"*": ["HW-1"]}}
"""A schema with a key that JSON Schema does not know."""


def annotated(schema: dict[str, Any], value: Any) -> list[Any]:
    """The annotations that a value brings."""
    return [item["annotations"] for item in Draft202012Validator(schema).evaluate(value).annotations()]


def paths(schema: dict[str, Any], value: Any) -> list[list[str | int]]:
    """The path through the schema to each flaw of a value."""
    return [error.evaluation_path for error in Draft202012Validator(schema).iter_errors(value)]


def test_unknown_key_is_carried_as_an_annotation() -> None:
    """
    `x-statement` comes back with the annotations of a fitting value: evidence rests on it.
    """
    assert CARRIED in annotated({"type": "string", **CARRIED}, "a")


def test_value_that_does_not_fit_has_no_annotations() -> None:
    """
    A broken value brings no evidence.
    """
    assert annotated({"type": "string", **CARRIED}, 5) == []


def test_member_that_is_absent_has_no_annotations() -> None:
    """
    A property's annotations come only with the member.
    """
    assert CARRIED not in annotated({"properties": {"a": CARRIED}}, {})


def test_branch_that_fails_has_no_annotations() -> None:
    """
    Only the branch that fits speaks.
    """
    assert annotated({"anyOf": [{"type": "string", **CARRIED}, {"type": "integer"}]}, 5) == []


def test_annotation_comes_through_a_reference() -> None:
    """
    A definition's annotations come with the value that it judged.
    """
    assert CARRIED in annotated({"$ref": "#/$defs/Text", "$defs": {"Text": CARRIED}}, "a")


def test_format_is_ignored_unless_asked_for() -> None:
    """
    Draft 2020-12 takes `format` as an annotation, so enforcing it has to be asked for.
    """
    assert Draft202012Validator({"format": "date"}).is_valid("today")


def test_format_is_enforced_when_asked_for() -> None:
    """
    With `validate_formats` a format judges.
    """
    assert not Draft202012Validator({"format": "date"}, validate_formats=True).is_valid("today")


def test_unknown_format_is_refused_when_asked_for() -> None:
    """
    A format without a judge makes the schema unusable instead of admitting everything.
    """
    with pytest.raises(ValueError, match="Unknown format: 'phone'"):
        Draft202012Validator({"format": "phone"}, validate_formats=True, ignore_unknown_formats=False)


def test_boolean_exclusive_minimum_is_no_schema() -> None:
    """
    The form of OpenAPI 3.0 is refused: the translation rewrites it.
    """
    with pytest.raises(ValueError, match="number"):
        Draft202012Validator({"minimum": 0, "exclusiveMinimum": True})


def test_nullable_is_unknown() -> None:
    """
    `nullable` admits no null: the translation rewrites it.
    """
    assert not Draft202012Validator({"type": "string", "nullable": True}).is_valid(None)


def test_whole_float_counts_as_an_integer() -> None:
    """
    1.0 is an integer here, unlike in openapi-core.
    """
    assert Draft202012Validator({"type": "integer"}).is_valid(1.0)


def test_truth_value_is_no_number() -> None:
    """
    True is not 1, though Python says so.
    """
    assert not Draft202012Validator({"enum": [1]}).is_valid(True)


def test_reference_by_url_is_not_fetched_offline() -> None:
    """
    With `offline` a remote reference makes the schema unusable and nothing is fetched.
    """
    with pytest.raises(ValueError, match="Retrieval is disabled"):
        Draft202012Validator({"$ref": "https://example.com/schema"}, offline=True)


def test_invalid_schema_raises_a_value_error() -> None:
    """
    What a schema cannot say comes as `ValueError`, which the translation turns into a flaw.
    """
    with pytest.raises(ValueError, match="strin"):
        Draft202012Validator({"type": "strin"})


def test_recursive_reference_without_a_value_in_between_ends() -> None:
    """
    A definition that is nothing but itself neither hangs nor exhausts the stack.
    """
    loop = {"$ref": "#/$defs/Loop", "$defs": {"Loop": {"allOf": [{"$ref": "#/$defs/Loop"}]}}}

    assert Draft202012Validator(loop).is_valid(5)


def test_path_of_a_flaw_names_the_references_it_passed() -> None:
    """
    The evaluation path leads through `$ref`, so the element that refers can be charged.
    """
    schema = {"properties": {"a": {"$ref": "#/$defs/Text"}}, "$defs": {"Text": {"type": "string"}}}

    assert paths(schema, {"a": 5}) == [["properties", "a", "$ref", "type"]]


def test_path_of_a_flaw_names_the_branch_of_all_of() -> None:
    """
    The evaluation path holds the index of the branch.
    """
    assert paths({"allOf": [{}, {"type": "string"}]}, 5) == [["allOf", 1, "type"]]


def test_missing_members_are_errors_of_their_own() -> None:
    """
    Each missing member has an error that names it.
    """
    errors = Draft202012Validator({"required": ["a", "b"]}).iter_errors({})

    assert [(error.kind.name, error.kind.as_dict()["property"]) for error in errors] == [
        ("required", "a"),
        ("required", "b"),
    ]


def test_keyword_of_ours_ends_the_path_of_its_flaw() -> None:
    """
    A keyword of ours is found at the end of the path like the others.
    """
    validator = Draft202012Validator({"properties": {"a": {"x-own": 1}}}, keywords={"x-own": Refuse})

    assert [error.evaluation_path for error in validator.iter_errors({"a": 1})] == [["properties", "a", "x-own"]]


def test_keyword_of_ours_words_its_flaw() -> None:
    """
    The text of the exception is the message.
    """
    validator = Draft202012Validator({"x-own": 1}, keywords={"x-own": Refuse})

    assert [error.message for error in validator.iter_errors(1)] == ["does not fit"]


def test_lone_surrogate_raises() -> None:
    """
    Half of a surrogate pair cannot be judged at all: orjson must refuse it before.
    """
    with pytest.raises(UnicodeEncodeError):
        Draft202012Validator({}).is_valid("\ud83d")
