"""Statements derived from a foreign document: which there are, where they stand, and what they promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.contract import Contract
from specs.derived_ledger import load_checked
from specs.flaws import CasepactError
from specs.statements import Refusal, Side, Standing
from tests.foreign.contracts import DOCUMENTS

PETS = DOCUMENTS / "pets" / "pets.yaml"


@pytest.fixture(scope="module")
def pets() -> Contract:
    """The contract of the pets."""
    return load_checked(PETS, "pets")


def small(folder: Path, responses: str, parameter: str = "") -> Contract:
    """A contract of one operation with these responses."""
    path = folder / "small.yaml"
    parameters = f"\n      parameters: [{parameter}]" if parameter else ""
    path.write_text(
        "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a"
        f"{parameters}\n      responses: {responses}\n",
        encoding="utf-8",
    )
    return load_checked(path, "small")


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("listPets/status", 10),
        ("listPets/query/limit", 8),
        ("listPets/response/200/body", 17),
        ("listPets/response/200/header/X-Total", 14),
        ("addPet/body", 25),
        ("addPet/security", 24),
        ("getPet/path/petId", 42),
        ("getPet/response/default/body", 117),
        ("deletePet/response/4XX/media", 116),
        ("deletePet/response/204", 59),
    ],
)
def test_statement_stands_at_its_line(pets: Contract, statement: str, line: int) -> None:
    """
    Each part of an operation has a statement that binds as a page does, at the line that says so.
    """
    found = pets.ledger[statement]

    assert (found.standing, Path(found.place.file).name, found.place.line) == (Standing.PAGE, "pets.yaml", line)


def test_statement_says_what_the_schema_asks_for(pets: Contract) -> None:
    """
    What is read in a report is a sentence.
    """
    assert pets.ledger["listPets/query/limit"].says == "limit is an integer from 1 to 100."


@pytest.mark.parametrize(
    ("responses", "refusal"),
    [
        ("{'200': {description: ok}, '400': {description: no}}", Refusal.PROMISED),
        ("{'200': {description: ok}, '4XX': {description: no}}", Refusal.PROMISED),
        ("{'200': {description: ok}, default: {description: no}}", Refusal.PROMISED),
        ("{'200': {description: ok}, '404': {description: no}}", Refusal.ASSUMED),
        ("{'200': {description: ok}}", Refusal.ASSUMED),
        ("{default: {description: ok}}", Refusal.ASSUMED),
    ],
)
def test_refusals_are_promised_where_the_document_has_one(responses: str, refusal: Refusal, tmp_path: Path) -> None:
    """
    That an invalid value is refused binds only where the document says how an invalid request is answered.
    """
    contract = small(tmp_path, responses, "{name: n, in: query, schema: {type: integer}}")
    statement = contract.ledger["a/query/n"]

    assert (statement.refusal, statement.standing_of(Side.REFUSE).binds) == (refusal, refusal is Refusal.PROMISED)


@pytest.mark.parametrize(
    ("status", "documented"),
    [(200, True), (204, False), (402, True), (418, True), (503, False), (404, True)],
)
def test_ranges_and_default_stand_for_what_they_say(status: int, documented: bool, tmp_path: Path) -> None:
    """
    A range documents each of its statuses, and `default` those that nothing else does, but no server error.
    """
    contract = small(tmp_path, "{'200': {description: ok}, '4XX': {description: no}, '404': {description: none}}")

    assert (status in contract.operations["a"].responses) is documented


def test_default_documents_no_server_error(tmp_path: Path) -> None:
    """
    `default` is what a client errs by; nobody means that their server crashes.
    """
    responses = small(tmp_path, "{'200': {description: ok}, default: {description: no}}").operations["a"].responses

    assert [418 in responses, 500 in responses, list(responses)] == [True, False, [200]]


def test_media_range_admits_each_of_its_types(pets: Contract) -> None:
    """
    `image/*` is kept by a PNG, and by no text.
    """
    content = pets.operations["getPhoto"].responses[200].content

    assert [content.get("image/png") is not None, content.get("image/webp") is not None, content.get("text/plain")] == [
        True,
        True,
        None,
    ]


def test_name_of_an_api_of_ours_is_refused() -> None:
    """
    Probes and records are found by the name of an API, so a foreign one has a name of its own.
    """
    with pytest.raises(CasepactError, match="an API named 'aicc' comes with casepact"):
        load_checked(PETS, "aicc")
