"""results.sarif: the findings in SARIF 2.1.0, each at the line of the contract that carries its statement."""

from __future__ import annotations

import json
from collections.abc import Iterator

from conformance.reports.code_quality import place_of
from conformance.reports.document import FindingReport, Report, StatementReport, causes_of
from conformance.reports.sarif_log import SarifResult, SarifRule, sarif_log
from conformance.target.exchange import visible
from specs.flaws import Place

_LONGEST = 2000
"""How many characters of what was received a message has."""


def render(report: Report) -> str:
    """A rule for each broken statement, a result for each cause; what is waived or known is suppressed."""
    rules = {
        f"{api}/{name}": SarifRule(f"{api}/{name}", name, verdict["says"])
        for api, found in report["apis"].items()
        for name, verdict in found["statements"].items()
        if verdict["findings"]
    }
    log = sarif_log("casepact check", rules.values(), _results(report))
    return json.dumps(log, indent=1, ensure_ascii=False) + "\n"


def _results(report: Report) -> Iterator[SarifResult]:
    for api, found in report["apis"].items():
        for finding in causes_of(found):
            yield _result(api, finding, found["statements"][finding["statement"]])


def _result(api: str, finding: FindingReport, statement: StatementReport) -> SarifResult:
    file, line = place_of(statement)
    ledger_file, _, ledger_line = statement["ledger"].rpartition(":")
    ledger = Place(ledger_file, int(ledger_line)) if ledger_line.isdecimal() else Place(statement["ledger"], 1)
    received = " ".join(visible(finding["received"]).split())[:_LONGEST]
    message = (
        f"{finding['operation']}: {finding['title']}. Received {received}; documented {finding['documented']}. "
        f"{finding['statement']} ({finding['standing']}) says: {statement['says']}"
    )
    return SarifResult(
        rule=f"{api}/{finding['statement']}",
        level="error" if finding["fails_the_run"] or finding["waived"] or finding["known"] else "note",
        message=visible(message),
        place=Place(file, line),
        fingerprint=finding["fingerprint"],
        suppression=_suppression(finding),
        related=(("the statement", ledger),) if (ledger.file, ledger.line) != (file, line) else (),
    )


def _suppression(finding: FindingReport) -> str:
    if waiver := finding["waived"]:
        return f"waived until {waiver['until']} by {waiver['owner']}: {waiver['reason']}"
    return "it stands in the baseline" if finding["known"] else ""
