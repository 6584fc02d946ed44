"""The string formats our contracts use, and the validators that enforce them and `x-max-bytes` in both halves."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import jsonschema_rs

from specs.byte_lengths import MaxBytes

_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_SPACE_DATE_TIME = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}} {_TIME}\Z")


def is_space_date_time(text: str) -> bool:
    """Whether the text is a real moment written YYYY-MM-DD HH:mm:ss, without a zone (HW-38)."""
    if not _SPACE_DATE_TIME.match(text):
        return False
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def is_byte(text: str) -> bool:
    """Whether the text is base64 (RFC 4648 section 4), OpenAPI's `byte`."""
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        return False
    return True


OWN_FORMATS: dict[str, Callable[[str], bool]] = {"space-date-time": is_space_date_time, "byte": is_byte}
"""Formats that JSON Schema does not name."""

STANDARD_FORMATS = frozenset(
    {
        *("date-time", "date", "time", "duration", "uuid", "uri", "uri-reference", "uri-template", "iri"),
        *("iri-reference", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "json-pointer"),
        *("relative-json-pointer", "regex"),
    }
)
"""Formats that jsonschema-rs enforces by itself."""

INTEGER_FORMATS = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
"""Formats of OpenAPI that are ranges; the translation turns them into bounds."""

FORMATS_OF_OPENAPI = ("date", "date-time", "byte")
"""The formats of texts that OpenAPI 3.0.3 itself defines (Data Types); what others mean is open to whoever reads."""

OPAQUE_FORMATS = frozenset({"password", "float", "double", "binary"})
"""Formats that say how to show or store a value, not which values there are."""


def is_of_openapi(message: str) -> bool:
    """Whether what a judge says of a text's format is about one that OpenAPI defines."""
    return any(f'"{name}"' in message[-len(name) - 3 :] for name in FORMATS_OF_OPENAPI)


class QuickValidator:
    """
    A judge that asks first one which never calls Python.

    `quick` is stricter than `exact` and otherwise the same: what it admits fits, and a flaw that it finds outside
    `anyOf`, where alone it is stricter, is one.
    """

    __slots__ = ("_exact", "_quick")

    def __init__(self, quick: jsonschema_rs.Draft202012Validator, exact: jsonschema_rs.Draft202012Validator) -> None:
        self._quick, self._exact = quick, exact

    def is_valid(self, instance: Any) -> bool:
        """Whether the value fits."""
        return self._quick.is_valid(instance) or self._exact.is_valid(instance)

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Every way in which it does not."""
        if self._quick.is_valid(instance):
            return iter(())
        found = list(self._quick.iter_errors(instance))
        if any("anyOf" in error.evaluation_path for error in found):
            return self._exact.iter_errors(instance)
        return iter(found)

    def validate(self, instance: Any) -> None:
        """Raises `jsonschema_rs.ValidationError` for the first way in which it does not."""
        self._exact.validate(instance)

    def evaluate(self, instance: Any) -> jsonschema_rs.Evaluation:
        """The annotations of the schemas that it fits."""
        return self._exact.evaluate(instance)


def judge(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator | QuickValidator:
    """A judge for a translated schema that seldom calls Python; raises `ValueError` for a schema that is none."""
    exact = validator(schema)
    try:
        quick = _stricter(schema)
    except _CannotTell:
        return exact
    return exact if quick == schema else QuickValidator(validator(quick), exact)


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A judge that calls Python for each own keyword and format; raises `ValueError` for a schema that is none."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats=dict(OWN_FORMATS),
        validate_formats=True,
        ignore_unknown_formats=False,
        keywords={"x-max-bytes": MaxBytes},
        offline=True,
    )


class _CannotTell(Exception):
    """A part of the schema turns strict into lenient, so that a stricter part may admit more."""


_TURNING = frozenset(
    {
        *("not", "oneOf", "if", "contains", "dependentSchemas", "propertyNames", "patternProperties"),
        *("unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$anchor", "$id"),
    }
)
"""Keywords below which less may be more, and such as our documents have no use for."""

_MANY = ("allOf", "anyOf", "prefixItems")
_ONE = ("items", "additionalProperties")
_NAMED = ("properties", "$defs")

_SHORT = 512
"""Of a longer text the pattern costs more than to count its bytes in Python."""

_SURELY: Mapping[str, str] = {
    "space-date-time": "^(?!0000)[0-9]{4}-"
    "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    f" {_TIME}$",
}
"""Patterns of texts that certainly are of an own format, which may have others too."""


def _stricter(schema: Any) -> Any:
    """The schema with what calls Python replaced by stricter keywords, each of them below an `anyOf` of its own."""
    if not isinstance(schema, dict):
        return schema
    if not _TURNING.isdisjoint(schema):
        raise _CannotTell
    result = dict(schema)
    for key in _NAMED:
        if key in schema:
            result[key] = {name: _stricter(part) for name, part in schema[key].items()}
    for key in _MANY:
        if key in schema:
            result[key] = [_stricter(part) for part in schema[key]]
    for key in _ONE:
        if key in schema:
            result[key] = _stricter(schema[key])
    sure = []
    if "x-max-bytes" in schema:
        # A character is at most four bytes long, one of ASCII is one.
        limit = int(result.pop("x-max-bytes"))
        ascii_only = {"maxLength": min(limit, _SHORT), "pattern": "^[\\x00-\\x7f]*$"}
        sure.append({"anyOf": [{"maxLength": limit // 4}, ascii_only]})
    if schema.get("format") in _SURELY:
        sure.append({"anyOf": [{"pattern": _SURELY[result.pop("format")]}]})
    if sure:
        result["allOf"] = [*result.get("allOf", ()), *sure]
    return result
