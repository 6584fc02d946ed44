"""Ledgers: promises that come and go, and changes that bring a contract to its page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract_diff.comparing import Comparison, compare
from conformance.contract_diff.sources import opened
from tests.conformance.contract_diff.documents import document

STATEMENT = {"id": "TH-1", "says": "The title has 5 letters at most.", "lines": "1", "proof": "contract"}
FACT = {"id": "TF-1", "says": "The title is a text.", "standing": "vendor", "source": "a book", "proof": "probe"}


def ledger(*statements: Any, facts: Any = (), contradictions: Any = ()) -> dict[str, Any]:
    return {
        "api": "things",
        "statements": list(statements),
        "facts": list(facts),
        "contradictions": list(contradictions),
    }


def contract(title: dict[str, Any]) -> dict[str, Any]:
    """A contract whose request has a title."""
    schema = {"type": "object", "properties": {"title": {"type": "string", **title}}}
    return document({"requestBody": {"content": {"application/json": {"schema": schema}}}}, {}, "3.0.3")


def changed(folder: Path, old: tuple[Any, Any], new: tuple[Any, Any]) -> Comparison:
    """The comparison of two folders, each with a contract and its ledger."""
    for side, (openapi, statements) in (("old", old), ("new", new)):
        home = folder / side / "things"
        home.mkdir(parents=True)
        (home / "openapi.yaml").write_text(yaml.safe_dump(openapi), encoding="utf-8")
        (home / "statements.yaml").write_text(yaml.safe_dump(statements), encoding="utf-8")
    with opened(str(folder / "old"), str(folder / "new"), None) as (before, after):
        return compare(before, after, version_gate=False, today=date(2026, 12, 1))


PLAIN = contract({})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (ledger(), ledger(STATEMENT), "compatible statement-added"),
        (ledger(STATEMENT), ledger(), "breaking promise-removed"),
        (ledger(facts=[{**FACT, "standing": "assumed"}]), ledger(), "compatible statement-removed"),
        (ledger(facts=[FACT]), ledger(facts=[{**FACT, "standing": "assumed"}]), "warning standing-lowered"),
        (ledger(facts=[{**FACT, "standing": "assumed"}]), ledger(facts=[FACT]), "compatible standing-raised"),
        (ledger(facts=[FACT]), ledger(facts=[{**FACT, "standing": "own"}]), "text standing-changed"),
        (ledger(facts=[FACT]), ledger(facts=[{**FACT, "proof": "none"}]), "warning proof-removed"),
        (ledger(facts=[FACT]), ledger(facts=[{**FACT, "proof": "contract"}]), "text proof-changed"),
        (ledger(facts=[FACT]), ledger(facts=[{**FACT, "refusal": "promised"}]), "compatible refusal-raised"),
        (ledger(STATEMENT), ledger({**STATEMENT, "says": "At most 5."}), "text statement-reworded"),
        (ledger(STATEMENT), ledger({**STATEMENT, "lines": "2"}), "text statement-text"),
    ],
)
def test_change_of_a_ledger_is_classified(old: Any, new: Any, expected: str, tmp_path: Path) -> None:
    """What a ledger promises, and how hard, is a part of the contract."""
    found = changed(tmp_path, (PLAIN, old), (PLAIN, new))

    assert [f"{change.level} {change.kind.id}" for change in found.changes] == [expected]
    assert {
        place.file.rsplit("/", 1)[-1] for place in (found.changes[0].new_place, found.changes[0].old_place) if place
    } == {"statements.yaml"}


def test_contradiction_against_a_statement_lowers_it(tmp_path: Path) -> None:
    """A statement that a contradiction is decided against binds nobody any more."""
    against = {"id": "X-1", "says": "5 or 6", "about": ["TH-1"], "decision": "6", "reason": "why", "against": ["TH-1"]}

    found = changed(tmp_path, (PLAIN, ledger(STATEMENT)), (PLAIN, ledger(STATEMENT, contradictions=[against])))

    assert [change.kind.id for change in found.changes] == ["standing-lowered", "contradiction-added"]


def test_statement_of_several_editions_is_one_each(tmp_path: Path) -> None:
    """A fact that is divided by editions has not gone."""
    divided = [{**FACT, "editions": ["documented"]}, {**FACT, "says": "No text.", "editions": ["shipped"]}]

    found = changed(tmp_path, (PLAIN, ledger(facts=[FACT])), (PLAIN, ledger(facts=divided)))

    assert [change.kind.id for change in found.changes] == ["statement-added", "statement-text"]


CORRECTED = contract({"maxLength": 5, "x-statement": {"maxLength": "TH-1"}})


def test_change_with_a_new_statement_of_the_page_is_a_correction(tmp_path: Path) -> None:
    """A limit that a page states, and that the ledger has now, corrects the contract; the statement is named."""
    found = changed(tmp_path, (PLAIN, ledger()), (CORRECTED, ledger(STATEMENT)))

    corrections = [change for change in found.changes if change.level == "correction"]
    assert [(change.kind.id, change.statements) for change in corrections] == [("bound-tightened", ("TH-1",))]
    assert "the page says so (TH-1); otherwise breaking" in corrections[0].why


def test_change_with_a_statement_that_the_element_had_not_is_a_correction(tmp_path: Path) -> None:
    """The statement was in the ledger; the contract follows it now."""
    found = changed(tmp_path, (PLAIN, ledger(STATEMENT)), (CORRECTED, ledger(STATEMENT)))

    assert [change.level for change in found.changes if change.kind.id == "bound-tightened"] == ["correction"]


@pytest.mark.parametrize(
    "new",
    [
        ledger(facts=[{**FACT, "id": "TH-1"}]),
        ledger(
            STATEMENT,
            contradictions=[
                {"id": "X-1", "says": "or", "about": ["TH-1"], "decision": "6", "reason": "why", "against": ["TH-1"]}
            ],
        ),
    ],
    ids=["a fact", "a contested statement"],
)
def test_what_the_page_does_not_say_corrects_nothing(new: Any, tmp_path: Path) -> None:
    """A fact of another document, or a statement that a contradiction is decided against, is no reason."""
    found = changed(tmp_path, (PLAIN, ledger()), (CORRECTED, new))

    assert [change.level for change in found.changes if change.kind.id == "bound-tightened"] == ["breaking"]


def test_statement_that_stood_there_before_corrects_nothing(tmp_path: Path) -> None:
    """The element carried the statement already, so nothing says that the new limit is nearer to the page."""
    before = contract({"maxLength": 9, "x-statement": {"maxLength": "TH-1"}})

    found = changed(tmp_path, (before, ledger(STATEMENT)), (CORRECTED, ledger(STATEMENT)))

    assert [change.level for change in found.changes] == ["breaking"]
