"""What of a document is not enforced is said, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.unenforced import unenforced


def notes(folder: Path, operation: str, rest: str = "") -> list[tuple[int, str]]:
    """Line and message of each note on a document of one operation."""
    path = folder / "api.yaml"
    path.write_text(
        f"openapi: 3.0.3\ninfo: {{title: A, version: '1'}}\npaths:\n  /a:\n    get: {operation}\n{rest}",
        encoding="utf-8",
    )
    return [(note.place.line, note.message) for note in unenforced(path)]


def schema(text: str) -> str:
    return f"{{responses: {{'200': {{description: ok, content: {{application/json: {{schema: {text}}}}}}}}}}}"


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (schema("{type: string, format: money}"), "the format 'money' is not enforced."),
        (schema("{type: string, pattern: '(?<=a'}"), "our validator cannot read the regular expression (?<=a."),
        (schema("{type: object, minmum: 3}"), "'minmum' is not a keyword of a schema in OpenAPI 3.0."),
        (schema("{type: object, properties: {a: {items: {format: odd}}}}"), "the format 'odd' is not enforced."),
        ("{callbacks: {a: {}}, responses: {'200': {description: ok}}}", "callbacks are neither sent nor checked."),
        ("{responses: {'200': {description: ok, links: {a: {operationId: b}}}}}", "links are not followed."),
        (
            "{responses: {'200': {description: ok, content: {text/csv: {schema: {type: string}}}}}}",
            "bodies of text/csv are not judged by their schema.",
        ),
        (
            "{requestBody: {content: {text/csv: {schema: {type: string}}}}, responses: {'200': {description: ok}}}",
            "bodies of text/csv are accepted unchecked.",
        ),
    ],
)
def test_what_is_not_enforced_is_noted(operation: str, message: str, tmp_path: Path) -> None:
    """
    Each thing that neither mock nor harness looks at is noted at its line.
    """
    assert notes(tmp_path, operation) == [(5, message)]


def test_what_a_reference_leads_to_is_noted_once(tmp_path: Path) -> None:
    """
    A schema that several use stands in one place, and is noted there.
    """
    both = "{allOf: [{$ref: '#/components/schemas/A'}, {$ref: '#/components/schemas/A'}]}"
    rest = "components:\n  schemas:\n    A: {type: string, format: money}\n"

    assert notes(tmp_path, schema(both), rest) == [(8, "the format 'money' is not enforced.")]


def test_ordinary_document_has_no_notes(tmp_path: Path) -> None:
    """
    Formats that we enforce, extensions and examples are nothing to speak of.
    """
    assert notes(tmp_path, schema("{type: string, format: date, x-own: 1, example: {format: odd}}")) == []
