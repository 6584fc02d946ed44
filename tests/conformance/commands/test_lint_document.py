"""`casepact lint FILE`: flaws with their lines, notes, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands import casepact
from tests.foreign.contracts import DOCUMENTS

HEAD = "openapi: 3.0.3\ninfo: {title: A, version: '1'}\npaths:\n"
SHOWN = "{name: n, in: query, schema: {type: integer}, example: many}"
CONTENT = "content: {application/json: {schema: {type: integer}, example: many}}"
ANSWER = "responses: {'200': {description: ok}}"


def linted(folder: Path, text: str) -> tuple[int, list[str]]:
    """The exit code and the lines of the report without the folder, the last one aside."""
    (folder / "api.yaml").write_text(text, encoding="utf-8")
    done = casepact("lint", "api.yaml", cwd=folder)
    return done.code, (done.out + done.err).splitlines()[:-1]


@pytest.mark.parametrize(
    ("paths", "flaw"),
    [
        (
            f"  /a:\n    get:\n      paramters: []\n      {ANSWER}\n",
            "api.yaml:6, paths//a/get: has an unknown key 'paramters'.",
        ),
        (
            "  /a:\n    get:\n      responses:\n        '200': {}\n",
            'api.yaml:7, paths//a/get: "description" is a required property.',
        ),
        (
            f"  /a/{{x}}:\n    get: {{{ANSWER}}}\n  /a/{{y}}:\n    get: {{{ANSWER}}}\n",
            "api.yaml:7, get-a-y: the path /a/{y} differs from /a/{x} in a parameter's name alone.",
        ),
        (
            f"  /a:\n    parameters: [{SHOWN}]\n    get: {{{ANSWER}}}\n",
            'api.yaml:5, get-a: the example of the parameter \'n\': "many" is not of type "integer".',
        ),
        (
            f"  /a:\n    get:\n      responses:\n        '200':\n          description: ok\n          {CONTENT}\n",
            'api.yaml:9, get-a: the example \'example\' breaks its schema: "many" is not of type "integer".',
        ),
        (
            "  /a:\n    get:\n      responses: {}\n",
            "api.yaml:6: an operation needs `responses` with at least one answer.",
        ),
    ],
)
def test_flaw_is_told_with_its_line(paths: str, flaw: str, tmp_path: Path) -> None:
    """
    A flaw ends the command with exit 1 and is told by file and line.
    """
    assert linted(tmp_path, HEAD + paths) == (1, [flaw])


def test_document_without_flaws_ends_with_0_and_its_notes() -> None:
    """
    What is right and not enforced is noted, and fails nothing.
    """
    done = casepact("lint", str(DOCUMENTS / "pets" / "pets.yaml"))

    assert (done.code, done.out.splitlines()[-1].partition(": ")[2]) == (
        0,
        "7 operations, 59 statements; 0 flaws, 2 notes on what is not enforced",
    )


def test_missing_file_ends_with_2(tmp_path: Path) -> None:
    """
    What cannot be read cannot be judged.
    """
    done = casepact("lint", "none.yaml", cwd=tmp_path)

    assert (done.code, done.err) == (2, "casepact: could not run: none.yaml: there is no such file.\n")
