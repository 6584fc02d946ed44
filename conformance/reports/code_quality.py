"""gl-code-quality-report.json: the findings as GitLab shows them in a merge request (Code Climate's format)."""

from __future__ import annotations

import json
from typing import Any

from conformance.reports.document import FindingReport, Report, StatementReport, causes_of
from conformance.target.exchange import visible


def render(report: Report) -> str:
    """One entry a cause; what fails the run is major, a note or what is excused is information."""
    found = [
        _entry(name, finding, api["statements"][finding["statement"]])
        for name, api in report["apis"].items()
        for finding in causes_of(api)
    ]
    # Of two with one fingerprint GitLab shows one.
    unique = {item["fingerprint"]: item for item in reversed(found)}
    return json.dumps(list(reversed(unique.values())), indent=1, ensure_ascii=False) + "\n"


def place_of(statement: StatementReport) -> tuple[str, int]:
    """File and line where a statement stands: in the contract, if an element there carries it, else in the ledger."""
    place = statement["contract"][0] if statement["contract"] else statement["ledger"]
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isdecimal() else (place, 1)


def _entry(api: str, finding: FindingReport, statement: StatementReport) -> dict[str, Any]:
    path, line = place_of(statement)
    title = f"{finding['statement']} {finding['operation']}: {finding['title']} (received {finding['received']})"
    return {
        "description": visible(" ".join(title.split()))[:1000],
        "check_name": f"{api}/{finding['statement']}",
        "fingerprint": finding["fingerprint"],
        "severity": "major" if finding["fails_the_run"] else "info",
        "location": {"path": path, "lines": {"begin": line}},
    }
