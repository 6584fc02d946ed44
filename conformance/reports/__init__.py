"""
Print a verdict; decide nothing.

run_result   a whole run as one value, which every printer gets
text         the end of a run, for a person
as_json      report.json, for programs
junit        junit.xml, for CI
markdown     summary.md, for a reviewer
sarif_log    SARIF, whatever was found; changes_sarif: of a comparison of contracts
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from conformance.reports import as_json, junit, markdown
from conformance.reports.run_result import RunResult

REPORTERS: Mapping[str, Callable[[RunResult], str]] = {
    "report.json": as_json.render,
    "junit.xml": junit.render,
    "summary.md": markdown.render,
}


def write_reports(result: RunResult, folder: Path) -> None:
    """Write every report into the folder, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, render in REPORTERS.items():
        (folder / name).write_text(render(result), encoding="utf-8")
