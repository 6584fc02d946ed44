"""The string formats our contracts use, each enforced by the same judge in both halves."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import jsonschema_rs

_SPACE_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}\Z")


def is_space_date_time(text: str) -> bool:
    """Whether the text is a real moment written YYYY-MM-DD HH:mm:ss, without a zone (HW-38)."""
    if not _SPACE_DATE_TIME.match(text) or not text.isascii():
        return False
    try:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
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

OPAQUE_FORMATS = frozenset({"password", "float", "double", "binary"})
"""Formats that say how to show or store a value, not which values there are."""


class MaxBytes:
    """The keyword `x-max-bytes`: the UTF-8 encoding of a text is at most so long."""

    def __init__(self, parent_schema: dict[str, Any], value: Any, schema_path: list[str | int]) -> None:
        self.limit = int(value)

    def validate(self, instance: Any) -> None:
        """Raise `ValueError` when the text is longer; other types are another keyword's matter."""
        if isinstance(instance, str) and len(instance.encode("utf-8", "surrogatepass")) > self.limit:
            raise ValueError(f"is longer than {self.limit} bytes in UTF-8")


def validator(schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A judge for a translated schema; raises `ValueError` for a schema that is none."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        formats=dict(OWN_FORMATS),
        validate_formats=True,
        ignore_unknown_formats=False,
        keywords={"x-max-bytes": MaxBytes},
        offline=True,
    )


class LateValidator:
    """
    A judge that is compiled when it is first asked.

    A document with thousands of schemas is there sooner; most of them are never asked for. `schema` must be in order.
    """

    __slots__ = ("_schema", "_validator")

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._validator: jsonschema_rs.Draft202012Validator | None = None

    def is_valid(self, instance: Any) -> bool:
        """Whether the value fits."""
        return self._compiled().is_valid(instance)

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Every way in which it does not."""
        return self._compiled().iter_errors(instance)

    def evaluate(self, instance: Any) -> jsonschema_rs.Evaluation:
        """The annotations of the schemas that it fits."""
        return self._compiled().evaluate(instance)

    def _compiled(self) -> jsonschema_rs.Draft202012Validator:
        if self._validator is None:
            self._validator = validator(self._schema)
        return self._validator
