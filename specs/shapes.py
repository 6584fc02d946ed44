"""The rough shape of our documents, judged before anything reads them: what is a mapping, a list or a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specs.flaws import did_you_mean
from specs.source import Pointer

_IDS = ("text", ["text"], {"*": ("text", ["text"])})
_SPOKEN = ("text", ["text"])
_MAPPING = {"*": "anything"}
_SCALARS = {"*": "scalar"}

_LEAVES: dict[str, tuple[type, ...]] = {"text": (str,), "scalar": (str, int, float), "number": (int, float)}
_SAID = {"scalar": "text", "number": "a number", "flag": "true or false"}

# A shape is a word of `_LEAVES`, "flag", "anything", a name below, `[item]`, a mapping of keys ("*": every other key;
# without it there is no other), or a tuple of choices.
SHAPES: dict[str, Any] = {
    "contract": {
        "openapi": "scalar",
        "info": {"title": "scalar", "version": "scalar", "*": "anything"},
        "paths": {
            "*": {"parameters": ["parameter"], "*": "anything"}
            | dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), "operation")
        },
        "components": {
            "schemas": {"*": "schema"},
            "parameters": {"*": "parameter"},
            "requestBodies": {"*": "body"},
            "responses": {"*": "response"},
            "headers": {"*": "header"},
            "examples": {"*": _MAPPING},
            "links": {"*": "link"},
            "securitySchemes": {"*": _MAPPING},
            "*": "anything",
        },
        "security": [{"*": ["anything"]}],
        "x-default-actor": "scalar",
        "x-success": _MAPPING,
        "x-records": {"*": "schema"},
        "x-actors": "schema",
        "x-formats": ["text"],
        "x-format-suffixes": {"*": "text"},
        "x-member-names": {"except": ["text"], "x-statement": _IDS, "*": "anything"},
        "x-xml": {"x-statement": _IDS, "*": "scalar"},
        "x-binding": {"x-statement": _IDS, "*": "anything"},
        "x-refusals": {"*": "refusal"},
        "x-checks": {"*": ("text", {"off": "scalar"})},
        "*": "anything",
    },
    "operation": {
        "operationId": "scalar",
        "parameters": ["parameter"],
        "requestBody": "body",
        "responses": {"*": "response"},
        "security": [{"*": ["anything"]}],
        "x-supporting": "flag",
        "x-statement": _IDS,
        "x-headers": {"*": "text"},
        "x-samples": {"*": "sample"},
        "x-success": _MAPPING,
        "x-refusals": {"*": "refusal"},
        "x-leaves-alone": {
            **dict.fromkeys(("record", "others", "again", "done"), _SPOKEN),
            "members": {"*": _SPOKEN},
            "sets": _MAPPING,
            "within": "text",
            "also": ["text"],
        },
        "x-token": {"token": "text", "expires": "text"},
        "*": "anything",
    },
    "parameter": {
        "name": "scalar",
        "in": "scalar",
        "required": "flag",
        "schema": "schema",
        "content": {"*": "media"},
        "style": "text",
        "explode": "flag",
        "x-statement": _IDS,
        "x-role": "scalar",
        "x-path-pattern": "text",
        "*": "anything",
    },
    "header": {
        "schema": "schema",
        "content": {"*": "media"},
        "required": "flag",
        "x-statement": _IDS,
        "*": "anything",
    },
    "body": {"content": {"*": "media"}, "required": "flag", "*": "anything"},
    "media": {"schema": "schema", "examples": {"*": _MAPPING}, "x-statement": _IDS, "*": "anything"},
    "response": {
        "content": {"*": "media"},
        "headers": {"*": "header"},
        "links": {"*": "link"},
        "x-statement": _IDS,
        "x-unprovokable": "scalar",
        "*": "anything",
    },
    "link": {"operationId": "scalar", "parameters": _MAPPING, "x-state": {"*": "text"}, "*": "anything"},
    "sample": {
        "x-statement": _IDS,
        "path": _MAPPING,
        "query": _MAPPING,
        "headers": _MAPPING,
        "media": "scalar",
        "body": "scalar",
        "actor": "scalar",
        "records": {"*": "text"},
        "*": "anything",
    },
    "refusal": {
        "statement": "scalar",
        "media": "scalar",
        "headers": _SCALARS,
        "challenge": "scalar",
        "*": "anything",
    },
    "schema": (
        {
            "type": "text",
            "format": "text",
            "enum": ["anything"],
            "required": ["text"],
            "minimum": "number",
            "maximum": "number",
            "exclusiveMinimum": "flag",
            "exclusiveMaximum": "flag",
            "nullable": "flag",
            "properties": {"*": "schema"},
            "additionalProperties": "schema",
            "items": "schema",
            "not": "schema",
            "allOf": ["schema"],
            "anyOf": ["schema"],
            "oneOf": ["schema"],
            "x-refers-to": "text",
            "x-keys-refer-to": "text",
            "x-statement": _IDS,
            "*": "anything",
        },
        "flag",
    ),
    "ledger": {
        "api": "scalar",
        "pages": [_SCALARS],
        "statements": [{"editions": ["text"], "*": "scalar"}],
        "facts": [{"editions": ["text"], "*": "scalar"}],
        "contradictions": [{"about": ["text"], "against": ["text"], "*": "scalar"}],
        "*": "anything",
    },
    "edition": {
        "summary": "scalar",
        "evidence": ("scalar", ["scalar"]),
        "overrides": [{"at": "text", "set": "anything", "remove": "flag"}],
    },
}


def misshapen(value: Any, shape: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, str]]:
    """Each element of the value that has another shape than the table says, and what it must be."""
    shape = SHAPES.get(shape, shape) if isinstance(shape, str) else shape
    choices = shape if isinstance(shape, tuple) else (shape,)
    for choice in choices:
        if isinstance(choice, dict) and isinstance(value, dict):
            for key, member in value.items():
                if key not in choice and "*" not in choice:
                    yield (*pointer, key), f"'{key}' is not a key here.{did_you_mean(key, choice)}"
                else:
                    yield from misshapen(member, choice.get(key, choice.get("*")), (*pointer, key))
            return
        if isinstance(choice, list) and isinstance(value, list):
            for index, item in enumerate(value):
                yield from misshapen(item, choice[0], (*pointer, index))
            return
        if isinstance(choice, str) and _is(value, choice):
            return
    yield pointer, f"must be {' or '.join(map(_said, choices))}."


def _is(value: Any, leaf: str) -> bool:
    if leaf == "anything" or isinstance(value, bool):
        return leaf in ("anything", "flag")
    return isinstance(value, _LEAVES.get(leaf, ()))


def _said(choice: Any) -> str:
    if isinstance(choice, str):
        return _SAID.get(choice, choice)
    return "a mapping" if isinstance(choice, dict) else "a list"
