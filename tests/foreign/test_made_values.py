"""Values that are made of examples in several places of a schema, and of schemas that hold themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.foreign.contracts import answering

BASE = "Base: {type: object, properties: {type: {type: string}, n: {type: integer}}}"
MODEL = "Model: {type: object, properties: {name: {type: string}, more: {type: string}}, example: {name: custom}}"


def body(folder: Path, schema: str, components: str) -> Any:
    """The JSON that an answer of this schema holds; <A> stands for a reference to the component A."""
    content, rest = (
        re.sub(r"<(\w+)>", r"{$ref: '#/components/schemas/\1'}", text)
        for text in (f"{{application/json: {{schema: {schema}}}}}", f"components: {{schemas: {{{components}}}}}")
    )
    return answering(folder, content, rest).get("/a").json()


@pytest.mark.parametrize(
    ("schema", "components", "value"),
    [
        (
            (
                "{allOf: [<Base>, {type: object, properties: {type: {type: string, example: "
                "directory}, n: {type: integer, default: 42}}}]}"
            ),
            BASE,
            {"type": "directory", "n": 42},
        ),
        (
            "{allOf: [<Model>, {type: object, properties: {zz: {type: string, example: ccc}}}]}",
            MODEL,
            {"name": "custom", "zz": "ccc"},
        ),
        (
            "{allOf: [{type: object, properties: {zz: {type: string, example: ccc}}}, <Model>]}",
            MODEL,
            {"name": "custom", "zz": "ccc"},
        ),
        (
            "{allOf: [<Model>], properties: {zz: {type: string, example: ccc}}}",
            MODEL,
            {"name": "custom", "zz": "ccc"},
        ),
        ("{allOf: [<Model>, {required: [name]}]}", MODEL, {"name": "custom"}),
        (
            "{allOf: [<Model>, {type: object, example: {b: 1}, properties: {b: {type: integer}}}]}",
            MODEL,
            {"name": "custom", "b": 1},
        ),
        (
            (
                "{allOf: [{type: object, default: {a: 1}, properties: {a: {type: integer}}}, "
                "{properties: {b: {type: integer, "
                "default: 2}}}]}"
            ),
            "A: {}",
            {"a": 1, "b": 2},
        ),
        ("{allOf: [{type: string}, {minLength: 1, example: late}]}", "A: {}", "late"),
        ("{allOf: [{type: string, default: early}, {example: late}]}", "A: {}", "late"),
        ("{allOf: [{type: string, example: of the base}, {example: of the last}]}", "A: {}", "of the last"),
        ("{allOf: [{type: string, example: a}, {maxLength: 1, example: too long}]}", "A: {}", "a"),
        (
            "{allOf: [{properties: {n: {type: string, example: of the base}}}], properties: {n: {example: own}}}",
            "A: {}",
            {"n": "own"},
        ),
        (
            (
                "{allOf: [{allOf: [{type: object, properties: {n: {type: integer, example: 3}}}, "
                "{properties: {m: {type: integer, "
                "example: 4}}}]}, {properties: {n: {minimum: 1}}}]}"
            ),
            "A: {}",
            {"n": 3, "m": 4},
        ),
        (
            (
                "{allOf: [<Base>, {required: [n], properties: {n: {example: no number}, "
                "type: {example: t}}}, {properties: {n: {example: 5}}}]}"
            ),
            BASE,
            {"type": "t", "n": 5},
        ),
    ],
)
def test_examples_of_the_parts_are_put_together(tmp_path: Path, schema: str, components: str, value: Any) -> None:
    """
    Each part of an `allOf` gives its examples and defaults; the last part counts most, and the whole before its parts.
    """
    assert body(tmp_path, schema, components) == value


PERSON = "type: object, required: [name, spouse], properties: {name: {type: string, example: n}, spouse: "


@pytest.mark.parametrize(
    "components",
    [
        f"P: {{{PERSON}<P>}}, nullable: true}}",
        f"P: {{{PERSON}{{allOf: [<P>], nullable: true}}}}}}",
        f"P: {{nullable: true, allOf: [{{{PERSON}<P>}}}}]}}",
        f"P: {{{PERSON}<Q>}}}}, Q: {{nullable: true, oneOf: [<P>]}}",
        f"P: {{{PERSON}{{nullable: true, anyOf: [<P>]}}}}}}",
    ],
)
def test_recursion_ends_in_null(tmp_path: Path, components: str) -> None:
    """
    Where a required member is of the schema itself and may be null, it is null.
    """
    found = body(tmp_path, "<P>", components)

    while found["spouse"] is not None:
        found = found["spouse"]
    assert found == {"name": "n", "spouse": None}


def test_recursion_over_two_schemas_ends_in_null(tmp_path: Path) -> None:
    """
    The way back may lead over another schema, over items, or over members of any name.
    """
    components = (
        "A: {type: object, required: [b], properties: {b: <B>}}, "
        "B: {type: object, nullable: true, required: [all], properties: {all: {type: array, minItems: 1, items: "
        "<C>}}}, "
        "C: {type: object, minProperties: 1, additionalProperties: <B>}"
    )

    assert body(tmp_path, "<A>", components) == {"b": {"all": [{"additional1": None}]}}
