"""Our own YAML, held against the JSON Schemas of `specs/schemas`: what does not fit, where, and what would."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from specs.flaws import did_you_mean
from specs.source import PACKAGE, Pointer

SCHEMAS = PACKAGE / "schemas"
"""A schema for each kind of document: `ledger.schema.json`, and so on. Editors complete and judge by the same files."""

_TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
# More names than this help nobody who reads an error.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Misfit:
    """
    An element that does not fit its schema, and what is said of it.

    `misshapen` means that the element is of another type than its schema has, a text in place of a list say: what reads
    the document must not go on then.
    """

    pointer: Pointer
    message: str
    misshapen: bool

    @property
    def path(self) -> str:
        """The pointer as a reader is shown it: `facts/0`."""
        return "/".join(map(str, self.pointer))


def schema_file(kind: str) -> Path:
    """The file of the schema of a kind of document: contract, edition, fixture, ledger, profile, roles, waivers."""
    return SCHEMAS / f"{kind}.schema.json"


def modeline(kind: str, folder: Path) -> str:
    """
    The first line of a document in this folder by which an editor finds its schema.

    A path where the schema lies below the current folder, a file URI elsewhere.
    """
    file = schema_file(kind).resolve()
    path = os.path.relpath(file, folder.resolve()).replace(os.sep, "/") if file.is_relative_to(Path.cwd()) else ""
    return f"# yaml-language-server: $schema={path if path and ' ' not in path else file.as_uri()}"


@cache
def load_schema(kind: str) -> dict[str, Any]:
    """
    The JSON Schema (draft 07) of a kind of document.

    `x-flaw` beside a keyword is the message where that keyword is broken; `{value}` in it stands for the
    value. Other keywords have a sentence of their own, made from what the schema allows and describes.
    """
    schema: dict[str, Any] = json.loads(schema_file(kind).read_text(encoding="utf-8"))
    return schema


def misfits(kind: str, data: Any) -> list[Misfit]:
    """
    Everything in the data of a document that does not fit the schema of its kind, in the order of the schema.

    Of an element of another type than its schema has, only that is said.
    """
    try:
        found = [misfit for error in _validator(kind).iter_errors(data) for misfit in _told(load_schema(kind), error)]
    except UnicodeEncodeError:
        return [Misfit((), "holds half of a surrogate pair, which is not a character.", True)]
    misshapen = {misfit.pointer for misfit in found if misfit.misshapen}
    return [misfit for misfit in found if misfit.misshapen or misfit.pointer not in misshapen]


@cache
def _validator(kind: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(load_schema(kind), validate_formats=True)


def _told(document: Mapping[str, Any], error: jsonschema_rs.ValidationError) -> Iterator[Misfit]:
    pointer: Pointer = tuple(error.instance_path)
    keyword, schema = error.kind.name, _holder(document, error.evaluation_path)
    if keyword == "additionalProperties":
        known = schema.get("properties", {})
        for key in error.kind.as_dict()["unexpected"]:
            hint = did_you_mean(key, known) or _listed(known)
            yield Misfit((*pointer, key), f"has an unknown key '{key}'.{hint}", False)
    else:
        yield Misfit(pointer, _message(schema, keyword, error, pointer), keyword == "type")


def _message(schema: Mapping[str, Any], keyword: str, error: jsonschema_rs.ValidationError, pointer: Pointer) -> str:
    name = str(pointer[-1]) if pointer else "the document"
    if "x-flaw" in schema:
        return str(schema["x-flaw"]).replace("{value}", repr(error.instance))
    match keyword:
        case "type":
            types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
            return f"must be {' or '.join(_TYPES[item] for item in types if item in _TYPES)}."
        case "enum":
            return f"`{name}` is one of {', '.join(map(str, schema['enum']))}, not {error.instance!r}."
        case "required":
            missing = str(error.kind.as_dict()["property"])
            return _needed(missing, schema.get("properties", {}).get(missing, {}))
        case "minLength" | "minItems" | "minProperties":
            return _needed(name, schema)
    return f"{error.message}."


def _needed(name: str, schema: Mapping[str, Any]) -> str:
    """That a member is missing or empty, and what it is for."""
    if "enum" in schema:
        return f"needs `{name}`, one of {', '.join(map(str, schema['enum']))}."
    said = str(schema.get("description", ""))
    return f"needs `{name}`: {said[:1].lower()}{said[1:]}" if said else f"needs `{name}`."


def _listed(known: Mapping[str, Any]) -> str:
    return f" Known: {', '.join(sorted(known))}." if 0 < len(known) <= _LISTED else ""


def _holder(document: Mapping[str, Any], path: list[str | int]) -> Mapping[str, Any]:
    """The schema that holds the keyword at the end of an evaluation path."""
    node: Any = document
    for part in path[:-1]:
        node = document["definitions"][node["$ref"].rpartition("/")[2]] if part == "$ref" else node[part]
    return node if isinstance(node, dict) else {}
