"""Waivers: changes that are accepted until a day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.contract_diff.change import DiffWaiver, Level
from conformance.contract_diff.comparing import Comparison
from conformance.contract_diff.waiving import load_waivers
from specs.flaws import FlawedDocument
from tests.conformance.contract_diff.documents import TODAY, comparison, document

OLD = document({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}, {})
NEW = document({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 5}}]}, {})
WAIVER: dict[str, Any] = {
    "change": "bound-tightened",
    "operation": "getThing",
    "reason": "nobody sends more",
    "owner": "the API team",
    "until": "2026-12-01",
}


def waiver(**options: Any) -> DiffWaiver:
    data = WAIVER | options
    return DiffWaiver(**{**data, "until": date.fromisoformat(data["until"])})


def found(folder: Path, *waivers: DiffWaiver) -> Comparison:
    return comparison(OLD, NEW, folder, waivers=waivers)


def test_waived_change_does_not_fail(tmp_path: Path) -> None:
    """On its last day a waiver still holds; the summary counts what it excuses."""
    result = found(tmp_path, waiver())

    assert not result.fails(Level.BREAKING)
    assert result.summary.startswith("no change, 1 waived")


def test_waiver_ends(tmp_path: Path) -> None:
    """The day after, the change fails again, and the report says whose waiver ended."""
    result = found(tmp_path, waiver(until="2026-11-30"))

    assert result.fails(Level.BREAKING)
    assert result.changes[0].expired is not None and result.changes[0].expired.until < TODAY


@pytest.mark.parametrize(
    "other",
    [{"operation": "other"}, {"at": "request body"}, {"api": "other"}, {"change": "bound-relaxed"}],
    ids=lambda item: next(iter(item)),
)
def test_waiver_of_something_else_excuses_nothing(other: dict[str, str], tmp_path: Path) -> None:
    """A waiver is for what it names; one that names nothing in the comparison is reported."""
    result = found(tmp_path, waiver(**other))

    assert result.fails(Level.BREAKING)
    assert len(result.remarks) == 1 and "matches no change; remove it" in result.remarks[0]


def test_change_is_waived_by_its_id(tmp_path: Path) -> None:
    """The id that reports show names one change."""
    name = found(tmp_path).changes[0].fingerprint

    assert not found(tmp_path, waiver(change=name)).fails(Level.BREAKING)


def test_waived_change_needs_its_version_all_the_same(tmp_path: Path) -> None:
    """A version is for readers who know of no waiver."""
    result = comparison(OLD, NEW, tmp_path, waivers=[waiver()], version_gate=True)

    assert result.fails(None) and "a major bump is needed" in result.summary


@pytest.mark.parametrize(
    ("flaw", "message"),
    [
        ({"until": "soon"}, "`until` is a date, as 2027-01-31."),
        ({"change": "enum-removd"}, "is neither a kind of change nor the id of one. Did you mean 'enum-removed'?"),
        ({"reason": ""}, "`reason` says why the change is accepted."),
        ({"statement": "EG-1"}, "has an unknown key 'statement'."),
    ],
    ids=lambda item: next(iter(item)) if isinstance(item, dict) else "",
)
def test_flawed_waiver_is_refused_with_its_line(flaw: dict[str, str], message: str, tmp_path: Path) -> None:
    """A waiver that says too little, or something else, is not read past."""
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [WAIVER | flaw]}), encoding="utf-8")

    with pytest.raises(FlawedDocument) as error:
        load_waivers(file)
    assert message in str(error.value) and "waivers.yaml:" in str(error.value)


def test_waivers_are_read(tmp_path: Path) -> None:
    """What a file says."""
    file = tmp_path / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [WAIVER]}), encoding="utf-8")

    assert load_waivers(file) == (DiffWaiver(**{**WAIVER, "until": date(2026, 12, 1)}, place=f"{file}:2"),)
