"""OpenAPI 3.0 schemas as JSON Schema: the same values are admitted, and what nobody would enforce is refused."""

from __future__ import annotations

from typing import Any

import pytest

from specs.translating import Translator, charges, pruned
from tests.specs.small_api import schema, translated

RECURSIVE = {"Tree": {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"type": "string", "nullable": True}, None),
        ({"type": "string", "nullable": True, "enum": ["a", None]}, None),
        ({"allOf": [{"type": "string"}], "nullable": True}, None),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": False}, 0),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 1),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": True}, 8),
        ({"type": "integer", "format": "int32"}, 2**31 - 1),
        ({"type": "integer", "format": "int64"}, -(2**63)),
        ({"type": "string", "format": "password"}, "any"),
        ({"type": "string", "x-max-bytes": 4}, "дд"),
        ({"type": "object", "additionalProperties": {"nullable": True, "type": "string"}}, {"a": None}),
        ({"type": "array", "items": {"nullable": True, "type": "string"}}, [None]),
        ({"type": "object", "example": 5, "deprecated": True}, {}),
        ({}, None),
    ],
)
def test_value_that_openapi_admits_is_admitted(source: dict[str, Any], value: Any) -> None:
    """
    The translation admits what OpenAPI 3.0 admits.
    """
    assert schema(source).is_valid(value)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"type": "string"}, None),
        ({"type": "string", "nullable": False}, None),
        ({"type": "string", "nullable": True}, 5),
        ({"type": "string", "nullable": True, "enum": ["a"]}, None),
        ({"allOf": [{"type": "string"}], "nullable": True}, 5),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 0),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": True}, 9),
        ({"type": "integer", "format": "int32"}, 2**31),
        ({"type": "integer", "format": "int32", "minimum": 5}, 4),
        ({"type": "integer", "format": "int64"}, 2**63),
        ({"type": "string", "x-max-bytes": 4}, "ддд"),
        ({"not": {"type": "string"}}, "a"),
        ({"type": "object", "additionalProperties": False}, {"a": 1}),
    ],
)
def test_value_that_openapi_refuses_is_refused(source: dict[str, Any], value: Any) -> None:
    """
    The translation refuses what OpenAPI 3.0 refuses.
    """
    assert not schema(source).is_valid(value)


def test_whole_float_counts_as_an_integer() -> None:
    """
    1.0 is an integer, as JSON Schema 2020-12 has it (section 6.1.1 of the validation document).
    """
    assert schema({"type": "integer"}).is_valid(1.0)


def test_recursive_schema_judges_every_level() -> None:
    """
    A schema that refers to itself is kept as a reference and judges at any depth.
    """
    tree = schema({"$ref": "#/components/schemas/Tree"}, RECURSIVE)

    assert not tree.is_valid({"child": {"child": {"child": 5}}})


def test_schema_carries_only_the_definitions_it_needs() -> None:
    """
    Components that a schema does not reach are left out of it.
    """
    tree = schema({"$ref": "#/components/schemas/Tree"}, {**RECURSIVE, "Other": {"type": "string"}})

    assert list(tree.document["$defs"]) == ["Tree"]


def test_schema_used_twice_is_compiled_once() -> None:
    """
    One element of the document has one judge.
    """
    source = {"type": "string"}
    first, _ = translated({"properties": {"a": source, "b": source}})

    assert first.document["properties"]["a"] == first.document["properties"]["b"]


def test_unknown_keyword_is_complained_about() -> None:
    """
    A keyword that OpenAPI 3.0 does not have is named where it stands.
    """
    _, complaints = translated({"properties": {"a": {"const": 5}}})

    assert complaints == [(("here", "properties", "a", "const"), "'const' is not a keyword of an OpenAPI 3.0 schema.")]


def test_unknown_keyword_in_a_component_is_complained_about() -> None:
    """
    A component is looked at even when nothing uses it.
    """
    _, complaints = translated({}, {"Item": {"allOf": [{"typ": "string"}]}})

    assert [pointer for pointer, _ in complaints] == [("components", "schemas", "Item", "allOf", 0, "typ")]


def test_unknown_format_is_complained_about() -> None:
    """
    A format that nobody enforces is refused with the ones that are.
    """
    _, complaints = translated({"type": "string", "format": "phone"})

    assert next((pointer, message.partition(" Known: ")[0]) for pointer, message in complaints) == (
        ("here", "format"),
        "the format 'phone' is not enforced.",
    )


def test_member_beside_a_reference_is_complained_about() -> None:
    """
    What stands beside a `$ref` would be ignored, so it is refused with the way out.
    """
    _, complaints = translated({"$ref": "#/components/schemas/Tree", "nullable": True}, RECURSIVE)

    assert complaints == [(("here",), "OpenAPI 3.0 ignores nullable beside $ref; wrap the reference in allOf.")]


def test_reference_to_no_schema_is_complained_about() -> None:
    """
    A schema may refer to schemas of the components only.
    """
    _, complaints = translated({"$ref": "#/components/responses/Gone"})

    assert complaints == [
        (("here",), "$ref #/components/responses/Gone does not name a schema under #/components/schemas.")
    ]


@pytest.mark.parametrize("source", [5, None, ["string"], "string"])
def test_schema_that_is_no_mapping_is_complained_about(source: Any) -> None:
    """
    Anything but a mapping or a truth value is no schema.
    """
    _, complaints = translated(source)

    assert complaints == [(("here",), "a schema must be a mapping.")]


@pytest.mark.parametrize(
    "source",
    [{"type": "strin"}, {"pattern": "("}, {"required": "a"}, {"minLength": -1}, {"x-max-bytes": "many"}],
)
def test_schema_that_cannot_be_compiled_is_complained_about(source: dict[str, Any]) -> None:
    """
    A keyword with a value that makes no sense is a complaint, not a traceback.
    """
    _, complaints = translated(source)

    assert [message.partition(":")[0] for _, message in complaints] == ["is not a schema"]


def test_schema_that_cannot_be_compiled_admits_everything() -> None:
    """
    A broken schema stands in as one that admits everything, so that compiling goes on to the next flaw.
    """
    compiled, _ = translated({"type": "strin"})

    assert compiled.is_valid(5)


@pytest.mark.parametrize(
    ("value", "by_keyword"),
    [
        ("HW-62", {"*": ("HW-62",)}),
        (["HW-62", "HW-63"], {"*": ("HW-62", "HW-63")}),
        ({"type": "HW-62", "enum": ["HW-63"]}, {"type": ("HW-62",), "enum": ("HW-63",)}),
        (None, {}),
    ],
)
def test_charges_are_ids_by_keyword(value: Any, by_keyword: dict[str, tuple[str, ...]]) -> None:
    """
    An id, a list of ids and a map of keywords are read into one form.
    """
    assert charges(value) == by_keyword


@pytest.mark.parametrize("name", ["default", "example", "enum"])
def test_reference_of_a_member_named_like_data_is_followed(name: str) -> None:
    """
    A member may be called `default`; what its schema refers to comes along.
    """
    source = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Tree"}}}

    assert not schema(source, RECURSIVE).is_valid({name: 5})


def test_reference_inside_an_example_is_data() -> None:
    """
    An example that holds "$ref" refers to nothing.
    """
    assert "$defs" not in schema({"example": {"$ref": "#/components/schemas/Tree"}}, RECURSIVE).document


def test_example_and_discriminator_are_kept() -> None:
    """
    Both judge nothing, but tell who makes values what to make; a mapping brings its schemas along.
    """
    source = {
        "type": "object",
        "example": {"kind": "a"},
        "discriminator": {"propertyName": "kind", "mapping": {"a": "#/components/schemas/Tree"}},
    }
    document = schema(source, RECURSIVE).document

    assert (document["example"], document["discriminator"], sorted(document["$defs"])) == (
        {"kind": "a"},
        {"propertyName": "kind", "mapping": {"a": "#/$defs/Tree"}},
        ["Tree"],
    )


@pytest.mark.parametrize("discriminator", ["kind", {"mapping": {}}, {"propertyName": "kind", "mapping": 5}])
def test_discriminator_of_another_shape_is_reported(discriminator: Any) -> None:
    """
    A discriminator names a member and maps names to schemas.
    """
    _, complaints = translated({"discriminator": discriminator})

    assert complaints == [(("here", "discriminator"), "a discriminator has a propertyName and may have a mapping.")]


def test_late_schema_judges_as_an_early_one() -> None:
    """
    A schema that is compiled when it is first asked judges all the same.
    """
    late = Translator(RECURSIVE, lambda pointer, message: None, late=True)
    compiled = late.schema({"$ref": "#/components/schemas/Tree"}, ("here",))

    assert (compiled.is_valid({"child": {}}), [flaw.pointer for flaw in compiled.flaws({"child": {"child": 5}})]) == (
        True,
        ["/child/child"],
    )


def test_schema_is_pruned_to_what_it_needs() -> None:
    """
    Definitions that nothing leads to are left out.
    """
    definitions = {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}, "C": {"$ref": "#/$defs/A"}}

    assert pruned({"items": {"$ref": "#/$defs/A"}, "$defs": definitions}, definitions) == {
        "items": {"$ref": "#/$defs/A"},
        "$defs": {"A": {"$ref": "#/$defs/B"}, "B": {"type": "string"}},
    }


def test_schemas_that_lead_to_one_definition_are_one() -> None:
    """
    A large definition is compiled once, however many answers refer to it.
    """
    translator = Translator({"A": {"type": "integer"}}, lambda pointer, message: None, late=True)
    sources = [{"$ref": "#/components/schemas/A"}, {"$ref": "#/components/schemas/A"}]

    assert translator.schema(sources[0], ("a",)) is translator.schema(sources[1], ("b",))
