"""What GitHub shows beside the lines of a contract: workflow commands on standard output."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.reports.code_quality import place_of
from conformance.reports.document import FindingReport, Report, StatementReport, causes_of
from conformance.target.exchange import visible

MOST = 10
"""How many errors, and how many warnings, GitHub takes of a step; it drops the rest without a word."""


def render(report: Report) -> str:
    """Errors for what fails the run, warnings for notes and what is excused, each within what GitHub takes."""
    found = [
        (finding, api["statements"][finding["statement"]])
        for api in report["apis"].values()
        for finding in causes_of(api)
    ]
    errors = [item for item in found if item[0]["fails_the_run"]]
    warnings = [item for item in found if not item[0]["fails_the_run"]]
    crashed = [
        f"::error title={_value('a probe could not finish')}::{_data(f'{name}: {reason}')}"
        for name, api in report["apis"].items()
        for reason in api["crashed"]
    ]
    lines = [*_limited([*crashed, *(_line("error", *item) for item in errors)], "error")]
    lines += _limited([_line("warning", *item) for item in warnings], "warning")
    return "".join(f"{line}\n" for line in lines)


def _limited(lines: list[str], level: str) -> Iterator[str]:
    if len(lines) <= MOST:
        yield from lines
        return
    yield from lines[: MOST - 1]
    yield f"::{level}::{len(lines) - MOST + 1} more findings; index.html and summary.md have all of them"


def _line(level: str, finding: FindingReport, statement: StatementReport) -> str:
    file, line = place_of(statement)
    title = f"{finding['statement']} {finding['operation']}"
    said = f"{finding['title']}. Received {finding['received']}; documented {finding['documented']}."
    return f"::{level} file={_value(file)},line={line},title={_value(title)}::{_data(said)}"


def _data(text: str) -> str:
    """A message; a percent sign and line ends are escaped as GitHub's toolkit does."""
    return visible(text)[:2000].replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
