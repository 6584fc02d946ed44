"""What a comparison looks like: text, JSON, Markdown, SARIF; and the document that explains it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from conformance.contract_diff import as_json, as_markdown, as_text
from conformance.contract_diff.comparing import Comparison
from conformance.contract_diff.kinds import KINDS
from conformance.reports import changes_sarif
from conformance.reports.sarif_log import MOST_RESULTS, SarifResult, SarifRule, sarif_log
from specs.flaws import Place
from tests.conformance.contract_diff.documents import comparison, document

ROOT = Path(__file__).resolve().parents[3]
SARIF = Draft4Validator(json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8")))
EVIL = "</script>|`*_[x](y)\x1b[31m\u202e"


@pytest.fixture
def found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comparison:
    """Two breaking changes, one of them of something that is gone."""
    monkeypatch.chdir(tmp_path)
    old = document({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}]}, {})
    new = document({"parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 5}}]}, {})
    old["paths"]["/gone"] = {"get": {"operationId": EVIL, "responses": {"204": {"description": "d"}}}}
    new["info"]["version"] = "1.1.0"
    return comparison(old, new, tmp_path, version_gate=True)


def test_first_line_is_the_summary(found: Comparison) -> None:
    """How much is breaking, and whether the version says so."""
    first = as_text.render(found).splitlines()[0]

    assert first == "2 breaking; info.version 1.0.0 → 1.1.0, a major bump is needed"


def test_text_has_reason_and_lines_of_both_sides(found: Comparison) -> None:
    """By operation: what was and is there, why that matters, where it stands."""
    text = as_text.render(found)

    assert "  getThing\n    breaking    query parameter 'q': limit tightened: no limit → maxLength 5\n" in text
    assert "a request that was valid is refused" in text
    assert "old.json:28 → new.json:30" in text
    lines = Path("old.json").read_text(encoding="utf-8").splitlines()
    gone = next(number for number, line in enumerate(lines, 1) if '"/gone"' in line) + 1
    assert f"old.json:{gone} → nothing" in text


def test_text_obeys_no_control_characters(found: Comparison) -> None:
    """An operationId cannot colour the terminal."""
    assert "\x1b" not in as_text.render(found) and "\x1b" not in as_markdown.render(found)


def test_markdown_cells_hold_what_they_are_given(found: Comparison) -> None:
    """A name with a bar or a tag stays in its cell."""
    rows = [line for line in as_markdown.render(found).splitlines() if line.startswith("| **")]

    assert len(rows) == 3
    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert all("</script>" not in row.replace("\\<", "") for row in rows)


def test_json_has_everything(found: Comparison) -> None:
    """Counts, versions, and each change with its id, places and reason."""
    data = json.loads(as_json.render(found))

    assert data["counts"]["breaking"] == 2
    assert data["apis"][0]["version"]["needed"] == "major"
    change = next(item for item in data["apis"][0]["changes"] if item["kind"] == "bound-tightened")
    assert (change["oldPlace"], change["newPlace"]) == (
        {"file": "old.json", "line": 28},
        {"file": "new.json", "line": 30},
    )


def sarif(found: Comparison) -> dict[str, Any]:
    log: dict[str, Any] = json.loads(changes_sarif.render(found))
    return log


def test_sarif_fits_its_schema(found: Comparison) -> None:
    """Code scanning takes what fits the schema of SARIF 2.1.0."""
    errors = [error.message for error in SARIF.iter_errors(sarif(found))]

    assert errors == []


def test_sarif_points_at_the_new_file_or_at_what_is_gone(found: Comparison) -> None:
    """A change stands at its line of the new contract; a removal at that of the old one. The files are relative."""
    places = {
        result["ruleId"]: result["locations"][0]["physicalLocation"] for result in sarif(found)["runs"][0]["results"]
    }

    assert places["bound-tightened"]["artifactLocation"] == {"uri": "new.json", "uriBaseId": "%SRCROOT%"}
    assert places["operation-removed"]["artifactLocation"]["uri"] == "old.json"
    assert places["bound-tightened"]["region"] == {"startLine": 30}


def test_sarif_fingerprints_stay_while_lines_move(tmp_path: Path) -> None:
    """The same change has the same fingerprint where text above it pushes it down."""
    fingerprints = []
    for description in ("a", ["a"] * 9):
        old, new = document({}, {"x-more": description}), document({"deprecated": True}, {"x-more": description})
        log = sarif(comparison(old, new, tmp_path))
        fingerprints.append([result["partialFingerprints"] for result in log["runs"][0]["results"]])

    assert fingerprints[0] == fingerprints[1] and len(fingerprints[0]) == 1


def test_sarif_of_nothing_fits_too(tmp_path: Path) -> None:
    """A comparison without changes is a log without results."""
    log = sarif(comparison(document({}, {}), document({}, {}), tmp_path))

    assert log["runs"][0]["results"] == []
    assert SARIF.is_valid(log)


def test_sarif_leaves_out_what_is_too_much_and_says_so() -> None:
    """Of more results than GitHub shows the worst are kept."""
    rule = SarifRule("r", "a rule", "a rule in full")
    results = [SarifResult("r", "note", "m", Place("/abs/a b.yaml", 0), str(number)) for number in range(MOST_RESULTS)]
    log = sarif_log("tool", [rule], [*results, SarifResult("r", "error", "m", Place("a b.yaml", 7), "e")])

    run = log["runs"][0]
    assert (len(run["results"]), run["results"][0]["level"]) == (MOST_RESULTS, "error")
    assert "1 more results" in run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert SARIF.is_valid(log)


def test_document_lists_every_kind_with_its_levels() -> None:
    """docs/contract-changes.md has a row for each kind of change, with the levels that the code gives."""
    text = (ROOT / "docs" / "contract-changes.md").read_text(encoding="utf-8")
    rows = {
        cells[1].strip(" `"): (cells[3].strip(), cells[4].strip())
        for line in text.splitlines()
        if line.startswith("| `") and len(cells := line.split("|")) == 6
    }

    assert rows == {name: (str(kind.request), str(kind.response)) for name, kind in KINDS.items()}
