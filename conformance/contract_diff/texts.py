"""Finds what differs in two documents and changes no request and no response: texts, examples, extensions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract_diff.reading import Side
from specs.references import join
from specs.source import Pointer

_TEXTS = frozenset(
    {
        *("description", "summary", "title", "example", "examples", "externalDocs", "tags", "termsOfService"),
        *("contact", "license", "links"),
    }
)
# Members whose keys are names that the author chose.
_NAMES = frozenset(
    {
        *("properties", "patternProperties", "schemas", "parameters", "requestBodies", "responses", "headers"),
        *("paths", "webhooks", "callbacks", "securitySchemes", "definitions", "$defs", "dependentSchemas", "content"),
        *("securityDefinitions", "encoding", "mapping", "variables", "scopes", "pathItems", "mediaTypes"),
    }
)
# Extensions that are compared with what they are about.
_COMPARED = frozenset({"x-max-bytes", "x-nullable", "x-sunset"})


def text_changes(old: Side, new: Side) -> Iterator[tuple[str, Pointer, Pointer]]:
    """
    The kind of each change, and the pointers of the nearest nodes in the old and the new document.

    Nodes are compared where they stand: a text that moves with a component is another one.
    """
    yield from _below(old.data, new.data, (), names=False)


def shown_pointer(pointer: Pointer) -> str:
    """A pointer as a reader is shown it: "GET /cases/{id}, responses/200/description"."""
    if pointer[:1] == ("paths",) and len(pointer) > 2:
        method, *rest = map(str, pointer[2:])
        return ", ".join(filter(None, (f"{method.upper()} {pointer[1]}", join(rest))))
    return join(pointer)


def _below(old: Any, new: Any, pointer: Pointer, *, names: bool) -> Iterator[tuple[str, Pointer, Pointer]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            here = (*pointer, key)
            both = key in old and key in new
            if both and old[key] == new[key]:
                continue
            if not names and pointer != ("info",) and (key in _TEXTS or str(key).startswith("x-")):
                if key not in _COMPARED:
                    yield (
                        "extension-changed" if str(key).startswith("x-") else "text-changed",
                        here if key in old else pointer,
                        here if key in new else pointer,
                    )
            elif pointer == ("info",):
                if key != "version":
                    yield "text-changed", here if key in old else pointer, here if key in new else pointer
            elif both:
                yield from _below(old[key], new[key], here, names=not names and key in _NAMES)
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            if one != other:
                yield from _below(one, other, (*pointer, index), names=False)
