"""
report.json: a run as one JSON document, from which every other report is made.

Its JSON Schema is `specs/schemas/report.schema.json`. Members are added within a version of the schema; a member that
goes or changes its meaning makes a new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, TypedDict

from conformance.reports.run_result import JoinedShard, RunResult
from conformance.reports.shards import ShardReport, of_same_part, shard_report
from conformance.target.contracts import digest_of
from conformance.target.profile import Waiver
from conformance.verdict.baseline import Key
from conformance.verdict.evidence import Confirmation, FindingKey
from conformance.verdict.json_file import read_json
from conformance.verdict.outcomes import ApiVerdict, Cause, Finding, Outcome, Verdict, broken_outcome
from specs.document_schemas import misfits
from specs.flaws import CasepactError, Flaw, FlawedDocument, Place
from specs.statements import Side, Standing
from specs.version import installed_version

VERSION = 1
"""The version of the schema."""

FILE = "report.json"
"""The name of the document in the folder of the reports."""

COUNTED = (Outcome.VERIFIED, Outcome.VIOLATED, Outcome.NOTED, Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION)
"""The outcomes that a table counts even where there are none; waived ones have a column only if there are some."""


class NamedStatement(TypedDict):
    """A statement that a finding breaks too."""

    statement: str
    standing: str


class InstanceReport(TypedDict):
    """One request in which a finding was seen; `exchange` is an id in the file of the exchanges."""

    exchange: str
    request: str
    received: str


class FindingReport(TypedDict):
    """
    A broken statement.

    `fingerprint` is the same in each run, whatever was drawn. `reported_under` names the statement of the finding that
    has the same cause and binds harder. `change` is "new" or "known" beside the run before, empty without one.
    """

    statement: str
    fingerprint: str
    title: str
    operation: str
    request: str
    side: str
    standing: str
    check: str
    fails_the_run: bool
    change: str
    known: bool
    waived: dict[str, str] | None
    expired: dict[str, str] | None
    stability: str
    triage: str
    received: str
    status: int | None
    documented: str
    times: int
    seconds: float
    repeat: list[str]
    exchanges: list[str]
    instances: list[InstanceReport]
    also_breaks: list[NamedStatement]
    reported_under: str | None


class OperationOutcome(TypedDict):
    """What a statement came to in one operation; `exchange` is one that showed it."""

    operation: str
    outcome: str
    shown: int
    for_example: str
    exchange: str
    seconds: float


class StatementReport(TypedDict):
    """The verdict of a statement; `ledger` and `contract` are places, `operations` is empty where nothing was seen."""

    outcome: str
    standing: str
    page: bool
    says: str
    about: str
    derived: bool
    ledger: str
    contract: list[str]
    shown: int
    for_example: str
    reason: str
    not_by: list[str]
    operations: list[OperationOutcome]
    findings: list[FindingReport]


class OperationReport(TypedDict):
    """An operation of the contract."""

    id: str
    method: str
    path: str
    supporting: bool


class PageReport(TypedDict):
    """A vendor's page, whose statements begin with `prefix`."""

    prefix: str
    vendor: str
    title: str
    address: str
    operation: str


class CauseReport(TypedDict):
    """What is wrong, once for each cause: its finding stands under the statement."""

    statement: str
    fingerprint: str
    title: str
    operation: str
    fails_the_run: bool
    also_breaks: list[NamedStatement]


class ApiReport(TypedDict):
    """The verdicts of one API; `counts` has rows of outcomes, the first for the statements of the pages."""

    title: str
    edition: str
    version: NotRequired[str]
    digest: NotRequired[str]
    url: str
    contract: str
    started: str
    seconds: float
    exchanges: int
    probes: int
    vacuous: list[str]
    crashed: list[str]
    counts: list[dict[str, Any]]
    pages: list[PageReport]
    operations: list[OperationReport]
    findings: list[CauseReport]
    statements: dict[str, StatementReport]


class Changes(TypedDict):
    """The findings that fail a run, beside those of the run before with these reports."""

    run: str
    time: str
    new: list[CauseReport]
    known: int
    gone: list[CauseReport]


class Report(TypedDict):
    """
    A whole run; `time` is when it ended, `exchange_file` lies beside the document.

    `shard` is there where it is a part of a run, `joined` where it was made of shards.
    """

    schema_version: int
    tool: dict[str, str]
    exit: dict[str, Any]
    excused: int
    run: str
    target: str
    started: str
    time: str
    seconds: float
    seed: int
    level: str
    strict: bool
    partial: bool
    options: dict[str, Any]
    exchanges: int
    exchange_file: str
    changes: Changes | None
    remarks: list[str]
    shard: NotRequired[ShardReport]
    joined: NotRequired[list[JoinedShard]]
    apis: dict[str, ApiReport]


class _Places(NamedTuple):
    """Where findings are reported: each cause by the key of its first finding, and the others under its statement."""

    causes: Mapping[FindingKey, Cause]
    under: Mapping[FindingKey, str]


def document(result: RunResult) -> Report:
    """The run as JSON types."""
    selection, hidden = result.selection, result.redactor.json
    apis = {api.contract.api: _api(api, hidden) for api in result.apis}
    previous = result.previous if result.previous and of_same_part(result.previous, selection) else None
    changes = _changes(previous, hidden(selection.of), apis)
    if changes is not None:
        new = {item["fingerprint"] for item in changes["new"]}
        for finding in _all_findings(apis):
            if finding["fails_the_run"]:
                finding["change"] = "new" if finding["fingerprint"] in new else "known"
    report: Report = {
        "schema_version": VERSION,
        "tool": {"name": "casepact", "version": installed_version()},
        "exit": {
            "word": str(result.exit),
            "code": result.exit.code,
            "shown": result.word,
            "advice": hidden(result.advice),
        },
        "excused": result.excused,
        "run": selection.run,
        "target": hidden(selection.of),
        "started": result.started,
        "time": result.ended,
        "seconds": round(result.seconds, 1),
        "seed": selection.seed,
        "level": selection.level,
        "strict": selection.strict,
        "partial": selection.partial,
        "options": hidden(dict(result.options)),
        "exchanges": result.exchanges,
        "exchange_file": "exchanges.ndjson",
        "changes": changes,
        "remarks": hidden(result.remarks),
        "apis": apis,
    }
    if (shard := shard_report(result, hidden)) is not None:
        report["shard"] = shard
    if result.joined:
        report["joined"] = list(result.joined)
    return report


def render(report: Report) -> str:
    """The document as text."""
    return json.dumps(report, indent=1, ensure_ascii=False)


def load(file: Path) -> Report:
    """
    A document that `render` wrote.

    Raises `CasepactError` for a file that cannot be read or is not JSON, `FlawedDocument` for one against the schema.
    """
    return checked(read_json(file, f"there is no {file}; `casepact check` writes one."), file)


def checked(data: Any, file: Path) -> Report:
    """JSON that was read from a file, as a report; raises `CasepactError` for what is not one."""
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != VERSION:
        of = f"has schema_version {version}" if version is not None else "is not a report of this version of casepact"
        raise CasepactError(f"{file} {of}; run `casepact check` again, or use the casepact that wrote it.")
    found = misfits("report", data)
    if found:
        raise FlawedDocument([Flaw(Place(str(file), 1), item.path, item.message) for item in found])
    report: Report = data
    for name, api in report["apis"].items():
        if wrong := _contradiction(api):
            raise CasepactError(f"{file}: apis/{name}/{wrong}")
    return report


def previous_of(folder: Path) -> Mapping[str, Any] | None:
    """The document of the run before in a folder of reports, None where there is none that can be read."""
    try:
        return load(folder / FILE)
    except CasepactError:
        return None


def causes_of(api: ApiReport) -> list[FindingReport]:
    """The findings that a reader is shown, once for each cause: those that fail the run first."""
    found = {(name, item["fingerprint"], item["title"]): item for name, item in _under_statements(api)}
    return [found[item["statement"], item["fingerprint"], item["title"]] for item in api["findings"]]


def fingerprint(key: Key) -> str:
    """What a finding is known by in other tools: 32 hexadecimal digits."""
    return hashlib.sha256("\0".join(key).encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _contradiction(api: ApiReport) -> str:
    """Where members of a document that fits its schema do not go together; empty where they do."""
    found = {(name, item["fingerprint"], item["title"]) for name, item in _under_statements(api)}
    if any((item["statement"], item["fingerprint"], item["title"]) not in found for item in api["findings"]):
        return "findings: has a finding that no statement has."
    if any(item["statement"] != name for name, item in _under_statements(api)):
        return "statements: has a finding of another statement."
    columns = [list(row["outcomes"]) for row in api["counts"]]
    return "" if columns and columns.count(columns[0]) == len(columns) else "counts: its rows differ in their columns."


def _under_statements(api: ApiReport) -> list[tuple[str, FindingReport]]:
    return [(name, item) for name, verdict in api["statements"].items() for item in verdict["findings"]]


def _all_findings(apis: Mapping[str, ApiReport]) -> list[FindingReport]:
    return [item for api in apis.values() for _, item in _under_statements(api)]


def _changes(previous: Mapping[str, Any] | None, target: str, apis: Mapping[str, ApiReport]) -> Changes | None:
    """What is otherwise than in the run before; of statements that this run did not exercise nothing is gone."""
    if previous is None or previous["target"] != target:
        return None
    before = {item["fingerprint"]: (name, item) for name, item in _failing(previous["apis"])}
    now = {item["fingerprint"]: item for _, item in _failing(apis)}
    judged = {
        (name, statement)
        for name, api in apis.items()
        for statement, verdict in api["statements"].items()
        if verdict["operations"]
    }
    return {
        "run": previous["run"],
        "time": previous["time"],
        "new": [item for key, item in now.items() if key not in before],
        "known": sum(key in before for key in now),
        "gone": [
            item for key, (name, item) in before.items() if key not in now and (name, item["statement"]) in judged
        ],
    }


def _failing(apis: Mapping[str, Any]) -> list[tuple[str, CauseReport]]:
    return [(name, item) for name, api in apis.items() for item in api["findings"] if item["fails_the_run"]]


def _api(api: ApiVerdict, hidden: Callable[[Any], Any]) -> ApiReport:
    contract = api.contract
    causes = {item.finding.against.key: item for item in api.causes()}
    under = {also.against.key: item.finding.statement.id for item in causes.values() for also in item.also}
    places = _Places(causes, under)
    return {
        "title": contract.title,
        "edition": contract.edition,
        "version": contract.version,
        "digest": digest_of(contract),
        "url": hidden(api.url),
        "contract": next((item.place.file for item in contract.operations.values()), ""),
        "started": api.started,
        "seconds": round(api.seconds, 3),
        "exchanges": api.exchanges,
        "probes": api.probes,
        "vacuous": hidden(api.vacuous),
        "crashed": hidden(api.crashed),
        "counts": _counts(api),
        "pages": [
            {
                "prefix": page.prefix,
                "vendor": page.vendor,
                "title": page.title,
                "address": page.address,
                "operation": page.operation,
            }
            for page in contract.ledger.pages
        ],
        "operations": [
            {"id": item.id, "method": item.method, "path": item.path, "supporting": item.supporting}
            for item in contract.operations.values()
        ],
        "findings": [_cause(item) for item in causes.values()],
        "statements": {name: _statement(verdict, api, places) for name, verdict in api.verdicts.items()},
    }


def _counts(api: ApiVerdict) -> list[dict[str, Any]]:
    """A row for the statements of the pages, and one for the facts of each standing."""
    columns = [column for column in Outcome if column in COUNTED or api.count(column)]
    verdicts = api.verdicts.values()
    rows = {"of the page": [item.outcome for item in verdicts if item.statement.of_page]}
    for standing in Standing:
        facts = [item for item in verdicts if not item.statement.of_page and item.statement.standing is standing]
        if facts:
            rows[f"facts: {standing}"] = [item.outcome for item in facts]
    return [
        {"of": name, "statements": len(found), "outcomes": {str(column): found.count(column) for column in columns}}
        for name, found in rows.items()
    ]


def _statement(verdict: Verdict, api: ApiVerdict, places: _Places) -> StatementReport:
    statement = verdict.statement
    return {
        "outcome": str(verdict.outcome),
        "standing": str(statement.standing),
        "page": statement.of_page,
        "says": " ".join(statement.says.split()),
        "about": statement.about,
        "derived": statement.derived,
        "ledger": str(statement.place),
        "contract": list(dict.fromkeys(str(place) for place in api.contract.carried.get(statement.id, ()))),
        "shown": verdict.times,
        "for_example": verdict.shown,
        "reason": " ".join(verdict.reason.split()),
        "not_by": list(verdict.not_by),
        "operations": _operations(verdict),
        "findings": [_finding(finding, places) for finding in verdict.findings],
    }


def _operations(verdict: Verdict) -> list[OperationOutcome]:
    names = dict.fromkeys(
        (*(item.against.operation for item in verdict.findings), *(item.operation for item in verdict.seen))
    )
    found: list[OperationOutcome] = []
    for name in names:
        seen = [item for item in verdict.seen if item.operation == name]
        broken = [item for item in verdict.findings if item.against.operation == name]
        outcome = broken_outcome(broken) if broken else verdict.outcome
        if not broken and verdict.findings:
            # What another operation breaks, this one keeps.
            outcome = Outcome.VERIFIED
        found.append(
            {
                "operation": name,
                "outcome": str(outcome),
                "shown": sum(item.times for item in seen),
                "for_example": seen[0].shown if seen else "",
                "exchange": seen[0].exchange if seen else "",
                "seconds": round(_seconds(seen) + sum(item.against.seconds for item in broken), 6),
            }
        )
    return found


def _seconds(seen: Sequence[Confirmation]) -> float:
    return sum(item.seconds for item in seen)


def _finding(finding: Finding, places: _Places) -> FindingReport:
    against = finding.against
    cause = places.causes.get(against.key)
    return {
        "statement": finding.statement.id,
        "fingerprint": fingerprint(finding.key),
        "title": against.title,
        "operation": against.operation,
        "request": against.request,
        "side": against.side,
        "standing": str(finding.statement.standing_of(Side(against.side))),
        "check": against.check,
        "fails_the_run": finding.binds,
        "change": "",
        "known": finding.known,
        "waived": _waiver(finding.waiver_match.waiver),
        "expired": _waiver(finding.waiver_match.expired),
        "stability": against.stability,
        "triage": finding.triage,
        "received": against.received,
        "status": against.status or None,
        "documented": against.documented,
        "times": against.times,
        "seconds": round(against.seconds, 6),
        "repeat": list(against.repeat),
        "exchanges": list(against.exchanges),
        "instances": [
            {"exchange": item.exchange, "request": item.request, "received": item.received}
            for item in against.instances
        ],
        "also_breaks": [_named(item) for item in cause.also] if cause else [],
        "reported_under": places.under.get(against.key),
    }


def _cause(cause: Cause) -> CauseReport:
    finding = cause.finding
    return {
        "statement": finding.statement.id,
        "fingerprint": fingerprint(finding.key),
        "title": finding.against.title,
        "operation": finding.against.operation,
        "fails_the_run": finding.binds,
        "also_breaks": [_named(item) for item in cause.also],
    }


def _named(finding: Finding) -> NamedStatement:
    standing = finding.statement.standing_of(Side(finding.against.side))
    return {"statement": finding.statement.id, "standing": str(standing)}


def _waiver(waiver: Waiver | None) -> dict[str, str] | None:
    if waiver is None:
        return None
    return {"until": str(waiver.until), "owner": waiver.owner, "reason": waiver.reason, "at": waiver.place}
