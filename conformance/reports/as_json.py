"""report.json: everything, for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from conformance.reports.run_result import RunResult
from conformance.target.profile import Waiver
from conformance.verdict.evidence import FindingKey
from conformance.verdict.outcomes import ApiVerdict, Cause, Finding, Verdict
from specs.statements import Side


class Places(NamedTuple):
    """Where findings are reported: each cause by the key of its first finding, and the others under its statement."""

    causes: Mapping[FindingKey, Cause]
    under: Mapping[FindingKey, str]


def render(result: RunResult) -> str:
    """The whole run as JSON."""
    selection = result.selection
    return json.dumps(
        {
            "exit": {"word": str(result.exit), "code": result.exit.code, "advice": result.advice},
            "excused": result.excused,
            "run": selection.run,
            "target": selection.of,
            "time": result.ended,
            "seed": selection.seed,
            "level": selection.level,
            "strict": selection.strict,
            "partial": selection.partial,
            "seconds": round(result.seconds, 1),
            "exchanges": result.exchanges,
            "remarks": list(result.remarks),
            "apis": {api.contract.api: _api(api) for api in result.apis},
        },
        indent=2,
        ensure_ascii=False,
    )


def _api(api: ApiVerdict) -> dict[str, Any]:
    causes = {item.finding.against.key: item for item in api.causes()}
    under = {also.against.key: item.finding.statement.id for item in causes.values() for also in item.also}
    places = Places(causes, under)
    return {
        "title": api.contract.title,
        "edition": api.contract.edition,
        "url": api.url,
        "exchanges": api.exchanges,
        "probes": api.probes,
        "vacuous": list(api.vacuous),
        "crashed": list(api.crashed),
        "findings": [
            {"statement": item.finding.statement.id, **_finding(item.finding, places)} for item in causes.values()
        ],
        "statements": {name: _verdict(verdict, places) for name, verdict in api.verdicts.items()},
    }


def _verdict(verdict: Verdict, places: Places) -> dict[str, Any]:
    statement = verdict.statement
    described: dict[str, Any] = {
        "outcome": str(verdict.outcome),
        "standing": str(statement.standing),
        "page": statement.of_page,
        "says": statement.says,
        "ledger": str(statement.place),
    }
    if verdict.times:
        described |= {"shown": verdict.times, "for_example": verdict.shown}
    if verdict.reason:
        described["reason"] = verdict.reason
    if verdict.findings:
        described["findings"] = [_finding(finding, places) for finding in verdict.findings]
    return described


def _finding(finding: Finding, places: Places) -> dict[str, Any]:
    against = finding.against
    return {
        "title": against.title,
        "operation": against.operation,
        "request": against.request,
        "side": against.side,
        "check": against.check,
        "fails_the_run": finding.binds,
        "known": finding.known,
        "waived": _waiver(finding.waiver_match.waiver),
        "expired": _waiver(finding.waiver_match.expired),
        "stability": against.stability,
        "triage": finding.triage,
        "received": against.received,
        "status": against.status or None,
        "documented": against.documented,
        "times": against.times,
        "repeat": list(against.repeat),
        "also_breaks": [_named(item) for item in places.causes[finding.against.key].also]
        if finding.against.key in places.causes
        else [],
        "told_under": places.under.get(finding.against.key),
    }


def _named(finding: Finding) -> dict[str, str]:
    standing = finding.statement.standing_of(Side(finding.against.side))
    return {"statement": finding.statement.id, "standing": str(standing)}


def _waiver(waiver: Waiver | None) -> dict[str, str] | None:
    if waiver is None:
        return None
    return {"until": str(waiver.until), "owner": waiver.owner, "reason": waiver.reason, "at": waiver.place}
