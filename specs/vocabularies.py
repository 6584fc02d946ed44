"""What a schema may say in each version of OpenAPI: its keywords, what each of them must be, which hold schemas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Check = tuple[Callable[[Any], bool], str]
"""Whether a value may stand under a keyword, and what it must be, for a sentence that begins with the keyword."""

PLAIN_TYPES = ("array", "boolean", "integer", "number", "object", "string")

ONE = ("additionalProperties", "items", "not")
MANY = ("allOf", "anyOf", "oneOf")
NAMED = ("properties",)
"""The keywords of every version that hold one schema, a list of them, or schemas by name."""

ONE_OF_2020 = (*ONE, "contains", "else", "if", "propertyNames", "then", "unevaluatedItems", "unevaluatedProperties")
MANY_OF_2020 = (*MANY, "prefixItems")
NAMED_OF_2020 = (*NAMED, "dependentSchemas", "patternProperties")
"""Those of JSON Schema 2020-12, without `$defs`, which are reached by reference alone."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """
    The schemas of one version.

    `home` is where a document has its named schemas. With `siblings` what stands beside a `$ref` holds as well, as in
    JSON Schema 2020-12; without, it is ignored.
    """

    name: str
    checks: Mapping[str, Check]
    home: tuple[str, ...] = ("components", "schemas")
    kept: frozenset[str] = frozenset({"default", "example"})
    """What is kept whatever it is."""
    one: tuple[str, ...] = ONE
    many: tuple[str, ...] = MANY
    named: tuple[str, ...] = NAMED
    siblings: bool = False
    keywords: frozenset[str] = field(init=False)
    """All that is kept."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "keywords", frozenset({*self.checks, *self.kept}))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _are_types(value: Any) -> bool:
    named = [value] if isinstance(value, str) else value
    return isinstance(named, list) and bool(named) and all(name in (*PLAIN_TYPES, "null") for name in named)


_SHARED: Mapping[str, Check] = {
    **dict.fromkeys(("format", "pattern"), (_is_text, "must be text")),
    "enum": (lambda value: isinstance(value, list) and bool(value), "must be a list with a value"),
    "required": (_are_names, "must be a list of names"),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "must be a number above 0"),
    "properties": (_is_mapping, "must be a mapping"),
    **dict.fromkeys(("minimum", "maximum"), (_is_number, "must be a number")),
    **dict.fromkeys(("uniqueItems", "readOnly"), (_is_flag, "must be true or false")),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        (_is_size, "must be a whole number from 0 on"),
    ),
    "allOf": (lambda value: isinstance(value, list) and bool(value), "must be a list of schemas"),
}
_CHOICES: Mapping[str, Check] = dict.fromkeys(("anyOf", "oneOf"), _SHARED["allOf"])
_DISCRIMINATOR: Check = (
    lambda value: isinstance(value, dict) and isinstance(value.get("propertyName"), str),
    "needs a propertyName",
)

OPENAPI_3_0 = Vocabulary(
    name="OpenAPI 3.0",
    checks={
        "type": (
            lambda value: value in PLAIN_TYPES,
            (
                f"is one of {', '.join(PLAIN_TYPES)} in OpenAPI 3.0"
                " (lists of types and null are of OpenAPI 3.1; write nullable: true)"
            ),
        ),
        **_SHARED,
        **_CHOICES,
        "discriminator": _DISCRIMINATOR,
        **dict.fromkeys(
            ("exclusiveMinimum", "exclusiveMaximum", "nullable", "uniqueItems", "readOnly", "writeOnly", "deprecated"),
            (_is_flag, "must be true or false in OpenAPI 3.0"),
        ),
    },
)

SWAGGER_2_0 = Vocabulary(
    name="Swagger 2.0",
    home=("definitions",),
    checks={
        "type": (lambda value: value in PLAIN_TYPES, f"is one of {', '.join(PLAIN_TYPES)} in Swagger 2.0"),
        **_SHARED,
        "discriminator": _DISCRIMINATOR,
        **dict.fromkeys(
            ("exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "readOnly", "nullable"),
            (_is_flag, "must be true or false in Swagger 2.0"),
        ),
    },
    one=("additionalProperties", "items"),
    many=("allOf",),
)
"""As `specs.swagger2` hands them over: with the discriminator as a mapping, and `nullable` for `x-nullable`."""

JSON_SCHEMA = Vocabulary(
    name="OpenAPI 3.1",
    checks={
        "type": (_are_types, f"is one or a list of {', '.join(PLAIN_TYPES)}, null"),
        **_SHARED,
        **_CHOICES,
        "discriminator": _DISCRIMINATOR,
        **dict.fromkeys(
            ("exclusiveMinimum", "exclusiveMaximum"),
            (_is_number, "must be a number in OpenAPI 3.1 (true beside a bound is of OpenAPI 3.0)"),
        ),
        **dict.fromkeys(("writeOnly", "deprecated"), (_is_flag, "must be true or false")),
        **dict.fromkeys(("minContains", "maxContains"), (_is_size, "must be a whole number from 0 on")),
        **dict.fromkeys(("patternProperties", "dependentSchemas"), (_is_mapping, "must be a mapping")),
        "dependentRequired": (
            lambda value: isinstance(value, dict) and all(map(_are_names, value.values())),
            "must be a mapping of lists of names",
        ),
        "prefixItems": _SHARED["allOf"],
        "examples": (lambda value: isinstance(value, list), "must be a list in a schema"),
        **dict.fromkeys(("contentEncoding", "contentMediaType"), (_is_text, "must be text")),
    },
    kept=frozenset({"const", "default", "example"}),
    one=ONE_OF_2020,
    many=MANY_OF_2020,
    named=NAMED_OF_2020,
    siblings=True,
)
"""JSON Schema 2020-12 with the keywords that OpenAPI adds: what OpenAPI 3.1 and 3.2 have."""
