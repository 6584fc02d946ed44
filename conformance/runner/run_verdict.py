"""The evidence of a run → its verdicts, with what waivers and a baseline excuse, and what is to say about those."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from conformance.runner.selection import Selection
from conformance.target.profile import Writes
from conformance.verdict import baseline, waivers
from conformance.verdict.evidence import Evidence
from conformance.verdict.outcomes import ApiVerdict, Exit, Outcome, Suppressions, judge_api
from specs.contract import Contract
from specs.flaws import Flaw

ADVICE = {
    Exit.KEPT: "every statement that was exercised is kept.",
    Exit.VIOLATED: "a statement is violated; repeat a finding with its command.",
    Exit.COULD_NOT_RUN: "a probe could not finish, by a mistake of its own; report it with the lines above.",
    Exit.NOT_ENOUGH: "the run saw too little to say that the contract is kept.",
    Exit.TERMINATED: "stopped by SIGTERM; the reports hold what was done until then, --resume goes on from there.",
    Exit.INTERRUPTED: "stopped; the reports hold what was done until then, --resume goes on from there.",
}
"""What is to be done when a run ends in this way; of the environment it depends on what is wrong there."""

_RESUME = " The reports hold what was done until then; --resume goes on from there."

_OF_SHARD = (
    "shard {shard}: whether enough was verified is judged when all {total} shards are joined (casepact report join); "
    "what is found here may then turn out to have the cause of another finding."
)

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
            shard=str(selection.shard or ""),
        )
        for api, url in selection.urls.items()
    )


def remarks(selection: Selection, verdicts: Sequence[ApiVerdict], suppressions: Suppressions) -> tuple[str, ...]:
    """
    Operations that a flaw keeps from being checked, waivers that matched nothing, and known findings that are gone.

    Of a selection of probes nothing is said. Of a shard it is said what its verdict is worth.
    """
    if selection.shard is not None:
        return (_OF_SHARD.format(shard=selection.shard, total=selection.shard.total),)
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


def said(
    selection: Selection, verdicts: tuple[ApiVerdict, ...], end: Exit, *, allow_unverified: bool, unreachable: str = ""
) -> tuple[Exit, str]:
    """How the run ends with the options that were given, and what is to be done."""
    if end is Exit.NOT_ENOUGH and allow_unverified:
        end, text = Exit.KEPT, f"{ADVICE[Exit.KEPT]} Too little was verified, which --allow-unverified accepts."
    elif end is Exit.NOT_ENOUGH:
        text = f"{ADVICE[end]} {_thin(selection, verdicts)}--allow-unverified accepts that."
    else:
        text = unreachable + _RESUME if unreachable else ADVICE[end]
    if end is Exit.KEPT and excused_causes(verdicts):
        text = text.replace("every statement", "every other statement", 1)
    if selection.shard is not None and end in (Exit.KEPT, Exit.VIOLATED):
        text += f" That is of shard {selection.shard} alone; `casepact report join` has the verdict of the run."
    return end, text + excused(verdicts)


def _thin(selection: Selection, verdicts: Sequence[ApiVerdict]) -> str:
    """What lines on single operations do not say of a run that saw too little, as sentences."""
    found = ""
    if not any(verdict.vacuous for verdict in verdicts):
        found = "No page describes an operation of this selection, so no page statement was verified. "
    if any(selection.profile(api).writes is Writes.NONE for api in selection.urls):
        found += "The profile has writes: none. "
    return found


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
