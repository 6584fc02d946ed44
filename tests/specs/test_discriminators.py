"""A choice with a discriminator, as it is judged."""

from __future__ import annotations

from typing import Any

import pytest

from specs.discriminators import deciding
from specs.formats import validator


def schema(**more: Any) -> dict[str, Any]:
    """A choice of two definitions by the member `k`."""
    return {
        "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
        "discriminator": {"propertyName": "k", "mapping": {"a": "#/$defs/A", "b": "#/$defs/B"}},
        "$defs": {"A": {"type": "object"}, "B": {"type": "object", "required": ["n"]}},
        **more,
    }


@pytest.mark.parametrize(
    ("value", "fits"),
    [({"k": "a"}, True), ({"k": "a", "n": 1}, True), ({"k": "b"}, False), ({"k": "c"}, False), ({"n": 1}, False)],
)
def test_named_branch_alone_judges(value: Any, fits: bool) -> None:
    """
    What fits both branches is of the one that it names; without a name all branches judge as before.
    """
    assert validator(deciding(schema())).is_valid(value) == fits


def test_branch_of_no_name_judges_what_names_none() -> None:
    """
    A branch that stands in the choice itself has no name.
    """
    branches = [{"$ref": "#/$defs/A"}, {"type": "object", "required": ["inner"]}]
    judge = validator(deciding(schema(oneOf=branches)))

    assert [judge.is_valid(value) for value in ({"k": "a"}, {"k": "z", "inner": 1}, {"k": "b"})] == [True, False, False]


def test_other_schemas_stay_what_they_are() -> None:
    """
    Without a discriminator nothing is decided.
    """
    plain = {"oneOf": [{"type": "string"}, {"type": "integer"}], "$defs": {"A": {"type": "object"}}}

    assert deciding(plain) == plain


def test_choice_of_null_is_judged_by_the_other_branch() -> None:
    """
    What is not null breaks the other branch, not a choice.
    """
    judge = validator(deciding({"anyOf": [{"type": "object", "required": ["a"]}, {"type": "null"}]}))

    assert [error.message for error in judge.iter_errors({})] == ['"a" is a required property']
