"""OpenAPI documents of any size: collections of alike things, each with five operations that keep its records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from benchmarks.kinds import Kind

OPERATIONS_OF_A_THING = 5
_THING = {
    "title": "a thing that is kept",
    "description": "x" * 60,
    "state": "open",
    "count": 7,
    "tags": ["first", "second"],
}


def document(operations: int) -> dict[str, Any]:
    """A document of OpenAPI 3.0 with so many operations, a multiple of five; every thing has a schema of its own."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for number in range(_things(operations)):
        schemas[f"Thing{number}"] = _schema()
        paths.update(_paths(number))
    return {
        "openapi": "3.0.3",
        "info": {"title": f"{operations} operations", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def writes(api: str, operations: int) -> list[Kind]:
    """An accepted write to each of the document's things."""
    body = json.dumps(_THING, separators=(",", ":")).encode()
    return [
        Kind(
            name=f"thing-{number}",
            title=f"accepted write to one of {operations} operations",
            api=api,
            operation=f"replaceThing{number}",
            method="PUT",
            path=f"{_collection(number)}/1",
            credential=("Authorization", "anything"),
            body=body,
            status=200,
            media="application/json",
        )
        for number in range(_things(operations))
    ]


def _things(operations: int) -> int:
    things, rest = divmod(operations, OPERATIONS_OF_A_THING)
    if rest:
        raise ValueError(f"{operations} operations are not a multiple of {OPERATIONS_OF_A_THING}")
    return things


def _collection(number: int) -> str:
    return f"/things-{number}"


def _schema() -> dict[str, Any]:
    text = {"type": "string", "minLength": 1, "maxLength": 100}
    return {
        "type": "object",
        "required": ["title", "state"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "title": text,
            "description": text,
            "state": {"type": "string", "enum": ["open", "closed"]},
            "count": {"type": "integer", "minimum": 0, "maximum": 1000},
            "tags": {"type": "array", "maxItems": 10, "items": text},
        },
        "example": {"id": 1, **_THING, "state": "closed"},
    }


def _paths(number: int) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/Thing{number}"}
    one = _json(reference)
    several = _json({"type": "array", "items": reference})
    sent = {"required": True, "content": one}
    refused = {"400": {"description": "refused"}, "404": {"description": "not there"}}
    identified = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    shown = {"200": {"description": "the thing", "content": one}, **refused}
    return {
        _collection(number): {
            "get": {
                "operationId": f"listThings{number}",
                "responses": {"200": {"description": "the things", "content": several}},
            },
            "post": {
                "operationId": f"addThing{number}",
                "requestBody": sent,
                "responses": {"201": {"description": "added", "content": one}, **refused},
            },
        },
        f"{_collection(number)}/{{id}}": {
            "parameters": [identified],
            "get": {"operationId": f"getThing{number}", "responses": shown},
            "put": {"operationId": f"replaceThing{number}", "requestBody": sent, "responses": shown},
            "delete": {
                "operationId": f"deleteThing{number}",
                "responses": {"204": {"description": "deleted"}, **refused},
            },
        },
    }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
