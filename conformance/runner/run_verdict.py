"""The evidence of a run → its verdicts, with what waivers and a baseline excuse, and what is to say about those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from conformance.runner.selection import Selection
from conformance.verdict import baseline, waivers
from conformance.verdict.evidence import Evidence
from conformance.verdict.outcomes import ApiVerdict, Outcome, Suppressions, judge_api
from specs.contract import Contract
from specs.flaws import Flaw

_SHOWN = (Outcome.VERIFIED, Outcome.VIOLATED, Outcome.WAIVED, Outcome.NOTED)


def suppressions_of(selection: Selection, file: Path | None, today: date) -> Suppressions:
    """
    The waivers of the target's profile and the baseline of this file.

    Raises `CasepactError` for a waiver of what no ledger has, and for a file that is not a baseline. Call it before the
    run: nobody wants to learn that afterwards.
    """
    held = tuple(dict.fromkeys(item for api in selection.urls for item in selection.profile(api).waivers))
    known = baseline.load(file) if file else frozenset()
    # A run of one API of the target reads the waivers of its other APIs too.
    named = {name for api in selection.urls for name in selection.profile(api).apis} | set(selection.urls)
    contracts = [selection.contract(api) for api in sorted(named)] if held else []
    statements = {name for contract in contracts for name in contract.ledger.statements}
    waivers.check_names(held, statements, {name for contract in contracts for name in contract.operations})
    return Suppressions(held, today, known)


def verdicts_of(
    selection: Selection, evidence: Sequence[Evidence], suppressions: Suppressions
) -> tuple[ApiVerdict, ...]:
    """One verdict for each API of the run."""
    return tuple(
        judge_api(
            selection.contract(api),
            url,
            evidence,
            strict=selection.strict,
            partial=selection.partial,
            suppressions=suppressions,
        )
        for api, url in selection.urls.items()
    )


def remarks(selection: Selection, verdicts: Sequence[ApiVerdict], suppressions: Suppressions) -> tuple[str, ...]:
    """
    Operations that a flaw keeps from being checked, waivers that matched nothing, and known findings that are gone.

    Of a selection of probes nothing is said.
    """
    if selection.partial:
        return ()
    flaws = [f"{name} is not checked: {item}" for api in verdicts for name, item in _unread(api.contract)]
    return (*flaws, *_remarks(verdicts, suppressions))


def _unread(contract: Contract) -> Iterator[tuple[str, Flaw]]:
    for name, flaws in contract.unread.items():
        for flaw in flaws:
            yield name, flaw


def excused_causes(verdicts: Iterable[ApiVerdict]) -> int:
    """How many causes would fail the run, but are waived or known from the baseline."""
    findings = [cause.finding for verdict in verdicts for cause in verdict.causes()]
    return sum(finding.known or finding.waiver_match.waiver is not None for finding in findings)


def excused(verdicts: Sequence[ApiVerdict]) -> str:
    """How many findings fail nothing, and why; an empty text when each does."""
    findings = [cause.finding for verdict in verdicts for cause in verdict.causes() if not cause.finding.binds]
    known = sum(finding.known for finding in findings)
    waived = sum(finding.waiver_match.waiver is not None for finding in findings)
    notes = len(findings) - known - waived
    said = f" Notes: {notes}; --strict lets them fail the run." if notes else ""
    said += f" Waived: {waived}." if waived else ""
    return said + (f" Known from the baseline: {known}." if known else "")


def _remarks(verdicts: Sequence[ApiVerdict], suppressions: Suppressions) -> Iterator[str]:
    findings = [finding for verdict in verdicts for finding in verdict.findings()]
    exercised = {
        (api.contract.api, name)
        for api in verdicts
        for name, verdict in api.verdicts.items()
        if verdict.outcome in _SHOWN
    }
    broken = {(finding.statement.id, finding.against.operation) for finding in findings}
    yield from waivers.unmatched(suppressions.waivers, broken, {name for _, name in exercised})
    yield from baseline.gone(suppressions.baseline, {finding.key for finding in findings}, exercised)
