"""Evidence of all probes → one verdict per statement, and whether the run as a whole says enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from conformance.target.profile import Waiver
from conformance.verdict.baseline import Key, key_of
from conformance.verdict.evidence import Confirmation, Evidence, Failure, FindingKey, UnmetKind, forbidden
from conformance.verdict.waivers import NO_WAIVER, WaiverMatch, waiver_match
from specs.contract import Contract, Operation, Response
from specs.statements import Proof, Side, Statement

_REASONS = 3
"""How many reasons are named of an operation of which nothing was verified, the most frequent first."""


class Outcome(StrEnum):
    """What a run says of one statement."""

    VERIFIED = "verified"
    VIOLATED = "violated"
    WAIVED = "waived"
    NOTED = "noted"
    NOT_EXERCISED = "not exercised"
    DOCUMENTATION = "documentation only"


class Exit(StrEnum):
    """What a run says as a whole; the same word stands in every report."""

    KEPT = "kept"
    VIOLATED = "violated"
    COULD_NOT_RUN = "could not run"
    ENVIRONMENT = "environment"
    NOT_ENOUGH = "not enough verified"
    INTERRUPTED = "interrupted"
    TERMINATED = "terminated"

    @property
    def code(self) -> int:
        """The exit code of the process."""
        return _CODES[self]


_CODES = {
    Exit.KEPT: 0,
    Exit.VIOLATED: 1,
    Exit.COULD_NOT_RUN: 2,
    Exit.ENVIRONMENT: 3,
    Exit.NOT_ENOUGH: 4,
    # As a shell says of a process that a signal ended: 128 and its number.
    Exit.INTERRUPTED: 130,
    Exit.TERMINATED: 143,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A statement that was broken, and whether that fails the run.

    `waiver_match` holds the waiver that covers it, or covered it once; `known` says that it stands in the baseline,
    `triage` who seems to be wrong.
    """

    api: str
    statement: Statement
    against: Failure
    binds: bool
    waiver_match: WaiverMatch = NO_WAIVER
    known: bool = False
    triage: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same in another run."""
        return _key(self.api, self.against)


@dataclass(frozen=True, slots=True)
class Cause:
    """
    What one cause broke: the finding of the statement that binds hardest, and the findings beside it.

    A reader is shown the first; each statement still has a verdict of its own.
    """

    finding: Finding
    also: tuple[Finding, ...] = ()

    @property
    def also_breaks(self) -> str:
        """The statements beside the first, each with its standing."""
        named = {item.statement.id: item.statement.standing_of(Side(item.against.side)) for item in self.also}
        return ", ".join(f"{name} ({standing})" for name, standing in named.items())


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What keeps findings from failing a run: waivers, which hold on a day, and a baseline."""

    waivers: tuple[Waiver, ...] = ()
    today: date = date.min
    baseline: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    One statement's outcome; `reason` says why nothing was shown, `seen` where it held.

    `not_by` names the probes that would have shown it too and lacked something, each with what it needs.
    """

    statement: Statement
    outcome: Outcome
    reason: str
    seen: tuple[Confirmation, ...]
    findings: tuple[Finding, ...]
    not_by: tuple[str, ...] = ()

    @property
    def times(self) -> int:
        """In how many exchanges it was seen to hold."""
        return sum(item.times for item in self.seen)

    @property
    def shown(self) -> str:
        """One of them; empty where there are none."""
        return self.seen[0].shown if self.seen else ""


@dataclass(frozen=True, slots=True)
class ApiVerdict:
    """All verdicts of one API, with what makes the run too thin to count."""

    contract: Contract
    url: str
    verdicts: Mapping[str, Verdict]
    vacuous: tuple[str, ...]
    crashed: tuple[str, ...]
    exchanges: int
    probes: int
    started: str = ""
    """When the first probe was begun, in UTC (RFC 3339)."""
    seconds: float = 0.0
    """How long the probes took, one after the other."""

    def findings(self) -> tuple[Finding, ...]:
        """Every finding, those that fail the run first."""
        found = [finding for verdict in self.verdicts.values() for finding in verdict.findings]
        return tuple(sorted(found, key=lambda finding: not finding.binds))

    def causes(self) -> tuple[Cause, ...]:
        """Every finding, once for each cause: those that fail the run first, what binds harder before the rest."""
        found = sorted(self.findings(), key=_hardness)
        by_cause: dict[tuple[str, str, str, str], list[Finding]] = {}
        for finding in found:
            by_cause.setdefault(_cause(finding, finding.statement.id), []).append(finding)
        seen: set[FindingKey] = set()
        causes: list[Cause] = []
        for finding in found:
            if finding.against.key in seen:
                continue
            beside = [item for name in finding.against.beside for item in by_cause.get(_cause(finding, name), ())]
            also = [item for item in sorted(beside, key=_hardness) if _hardness(item) >= _hardness(finding)]
            seen |= {finding.against.key, *(item.against.key for item in also)}
            causes.append(Cause(finding, tuple(also)))
        return tuple(causes)

    def count(self, outcome: Outcome, *, page: bool = False) -> int:
        """How many statements have this outcome; with `page`, of the vendor's pages only."""
        return sum(
            1
            for verdict in self.verdicts.values()
            if verdict.outcome is outcome and (verdict.statement.of_page or not page)
        )


def judge_api(
    contract: Contract,
    url: str,
    evidence: Sequence[Evidence],
    *,
    strict: bool,
    partial: bool,
    suppressions: Suppressions = Suppressions(),
    shard: str = "",
) -> ApiVerdict:
    """
    The verdicts of one API.

    `strict` lets notes fail the run. `partial` says that a selection was run, so that what was not touched is no
    reason to call the run thin. `suppressions` keep findings from failing it. `shard` names the part of a run that the
    evidence is of, as "2/5": what it leaves open others may show, so it is never thin.
    """
    mine = [item for item in evidence if item.api == contract.api]
    merged: dict[tuple[str, str, str, str], Failure] = {}
    for failure in (failure for item in mine for failure in item.against):
        known = merged.get(failure.key)
        merged[failure.key] = known.with_more(failure) if known else failure
    weight = _Weight(contract, strict, suppressions)
    explained = _explained(weight, merged.values())
    unsettled = {name: reason for item in reversed(mine) for name, reason in item.unsettled.items()} | {
        merged[key].statement: f"its request was refused as an ordinary one is, charged to {by}"
        for key, by in explained.items()
    }
    seen: dict[str, list[Confirmation]] = {}
    for held in (held for item in mine for held in item.seen):
        seen.setdefault(held.statement, []).append(held)
    against: dict[str, list[Failure]] = {}
    for key, failure in merged.items():
        if key not in explained:
            against.setdefault(failure.statement, []).append(failure)
    verdicts = {
        statement.id: _verdict(
            statement,
            tuple(weight.finding(item) for item in against.get(statement.id, ())),
            seen.get(statement.id, ()),
            unsettled.get(statement.id, ""),
            mine,
            shard,
        )
        for statement in contract.ledger.statements.values()
    }
    thin = (*_vacuous(contract, mine, strict, partial), *_unverified(contract, verdicts, mine, partial))
    return ApiVerdict(
        contract=contract,
        url=url,
        verdicts=verdicts,
        vacuous=() if shard else thin,
        crashed=tuple(f"{item.operation} {item.probe}: {item.crashed}" for item in mine if item.crashed),
        exchanges=sum(item.exchanges for item in mine),
        probes=len(mine),
        started=min((item.started for item in mine if item.started), default=""),
        seconds=sum(item.seconds for item in mine),
    )


@dataclass(frozen=True, slots=True)
class _Weight:
    """How much a failure weighs: whether what no page promises counts, and what is excused."""

    contract: Contract
    strict: bool
    suppressions: Suppressions

    def finding(self, failure: Failure) -> Finding:
        """The finding that a failure is, with what keeps it from failing the run."""
        api, statement = self.contract.api, self.contract.ledger[failure.statement]
        binds = (self.strict or statement.standing_of(Side(failure.side)).binds) and not failure.unstable
        if not binds:
            return Finding(api, statement, failure, binds)
        found = waiver_match(self.suppressions.waivers, statement.id, failure.operation, self.suppressions.today)
        known = found.waiver is None and _key(api, failure) in self.suppressions.baseline
        return Finding(api, statement, failure, found.waiver is None and not known, found, known)


def _explained(weight: _Weight, found: Iterable[Failure]) -> dict[FindingKey, str]:
    """
    Refusals that say nothing of their own statements, and which statement they are charged to.

    The page's first request is refused with the same answer, and that fails the run. What the page says of that request
    is not explained away.
    """
    reasons = {
        (item.operation, item.refusal): item.statement
        for item in found
        if item.ordinary and item.refusal and weight.finding(item).binds
    }
    printed = {
        (operation.id, name)
        for operation in weight.contract.operations.values()
        for sample in operation.samples[:1]
        for name in sample.statements
    }
    return {
        item.key: reasons[item.operation, item.refusal]
        for item in found
        if (item.operation, item.refusal) in reasons and (item.operation, item.statement) not in printed
    }


def exit_of(verdicts: Iterable[ApiVerdict], *, shard: bool = False) -> Exit:
    """What the run says as a whole, when it came to its end; whether a shard verified enough is not asked."""
    found = list(verdicts)
    if any(finding.binds for verdict in found for finding in verdict.findings()):
        return Exit.VIOLATED
    if any(verdict.crashed for verdict in found):
        return Exit.COULD_NOT_RUN
    if shard:
        return Exit.KEPT
    # A contract without pages, as our own, rests on its facts alone.
    nothing = not any(
        verdict.count(Outcome.VERIFIED, page=bool(verdict.contract.ledger.page_statements())) for verdict in found
    )
    return Exit.NOT_ENOUGH if nothing or any(verdict.vacuous for verdict in found) else Exit.KEPT


def _verdict(
    statement: Statement,
    findings: tuple[Finding, ...],
    seen: Sequence[Confirmation],
    unsettled: str,
    evidence: Sequence[Evidence],
    shard: str,
) -> Verdict:
    reason = ""
    if findings:
        outcome = broken_outcome(findings)
    elif statement.proof is Proof.NONE:
        outcome, reason = Outcome.DOCUMENTATION, statement.reason
    elif unsettled:
        # However often it held: of one request nobody knows.
        outcome, reason = Outcome.NOT_EXERCISED, unsettled
    elif seen:
        outcome = Outcome.VERIFIED
    else:
        outcome, reason = Outcome.NOT_EXERCISED, _unmet(statement, evidence, shard)
    not_by = _not_by(statement, evidence) if outcome is Outcome.VERIFIED else ()
    return Verdict(statement, outcome, reason, tuple(seen), findings, not_by)


def _not_by(statement: Statement, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    lacking = (item for item in evidence if item.unmet is not None and item.unmet.kind is UnmetKind.NEED)
    found = (f'"{item.probe}": {item.unmet.text}' for item in lacking if item.unmet and statement.id in item.serves)
    return tuple(dict.fromkeys(found))


def _key(api: str, against: Failure) -> Key:
    return key_of(
        api=api,
        statement=against.statement,
        operation=against.operation,
        title=against.title,
        check=against.check,
        side=against.side,
    )


def broken_outcome(findings: Sequence[Finding]) -> Outcome:
    """The outcome of a statement with these findings: violated, if nothing excuses one, or one is merely known."""
    if any(finding.binds or finding.known for finding in findings):
        return Outcome.VIOLATED
    return Outcome.WAIVED if any(finding.waiver_match.waiver for finding in findings) else Outcome.NOTED


def _unmet(statement: Statement, evidence: Sequence[Evidence], shard: str) -> str:
    reasons = dict.fromkeys(item.unmet.text for item in evidence if item.unmet and statement.id in item.serves)
    if reasons:
        return "; ".join(reasons)
    if any(item.crashed and statement.id in item.serves for item in evidence):
        return "its probe could not finish because of an error in it"
    if shard and not any(statement.id in item.serves for item in evidence):
        return f"no probe of shard {shard} exercises it"
    if any(item.forbidden for item in evidence) and not statement.needs:
        return forbidden().text
    if not any(statement.id in item.serves for item in evidence):
        return f"needs {statement.needs}" if statement.needs else "no probe of this API exercises it"
    return "its probes ran but none produced evidence"


def _vacuous(contract: Contract, evidence: Sequence[Evidence], strict: bool, partial: bool) -> Iterable[str]:
    """
    What the run never saw of the operations it could reach.

    Of a selection only those count that a probe of it had reason to see succeed; which probe brings about a status
    nobody knows.
    """
    for item in evidence:
        if item.unmet is not None and item.unmet.kind is UnmetKind.UNCONFIRMED:
            yield f"{item.operation} {item.probe}: {item.unmet.text}"
    expected = {name for item in evidence for name in item.expected}
    statuses: dict[str, set[int]] = {}
    for item in evidence:
        for name, counts in item.statuses.items():
            statuses.setdefault(name, set()).update(map(int, counts))
    succeeded = {name for item in evidence for name in item.successes}
    # A target that may not be written to, or only so far, cannot show every status; refusals it shows all the same.
    unwritten = {item.operation for item in evidence if item.forbidden}
    kept_away = {item.operation for item in evidence if item.unmet} - set(statuses) | (unwritten - succeeded)
    documents_success = any(200 <= item.success_status() < 300 for item in contract.operations.values())
    if not contract.dialect.complete and documents_success and not succeeded and not partial:
        yield "no operation answered with success"
    for operation in contract.operations.values():
        if operation.id in kept_away or (partial and operation.id not in expected):
            continue
        if not contract.dialect.complete and not _stands_alone(operation):
            # Whether the record is there that its path names, or that its body goes with, no document says.
            continue
        if operation.id not in succeeded:
            yield f"{operation.id} never answered with success"
            continue
        if unwritten or partial or not contract.dialect.complete:
            continue
        for status, response in operation.responses.items():
            promised = strict or _promised(contract, response)
            if promised and status not in statuses[operation.id] and not response.unprovokable:
                yield f"{operation.id} never answered with the documented {status}"


def _stands_alone(operation: Operation) -> bool:
    """Whether an operation reads something that no required parameter names, and so can hardly be missing."""
    if operation.writes or not 200 <= operation.success_status() < 300:
        return False
    return not any(parameter.location == "path" or parameter.required for parameter in operation.parameters)


def _unverified(
    contract: Contract, verdicts: Mapping[str, Verdict], evidence: Sequence[Evidence], partial: bool
) -> Iterable[str]:
    """
    The operations of a page of which no page statement was verified, each with what kept it from that.

    Whatever a profile lacks or forbids: that explains such a run, it does not make it one that shows something. Nor do
    refusals alone, which a server gives for want of a credential, whatever else it does.
    """
    tried = {item.operation for item in evidence}
    accepted = {held.statement for item in evidence for held in item.seen if held.side == Side.ACCEPT}
    for page in contract.ledger.pages:
        if partial and page.operation not in tried:
            continue
        statements = [item for item in contract.ledger.page_statements() if item.id.rpartition("-")[0] == page.prefix]
        found = [verdicts[item.id] for item in statements if item.proof is not Proof.NONE]
        verified = [verdict for verdict in found if verdict.outcome is Outcome.VERIFIED]
        if not found or any(verdict.statement.id in accepted for verdict in verified):
            continue
        counts = Counter(" ".join((item.reason or str(item.outcome)).split()) for item in found if item not in verified)
        reasons = [f"{reason} ({times})" for reason, times in counts.most_common(_REASONS)]
        if len(counts) > _REASONS:
            reasons.append(f"and {len(counts) - _REASONS} other reasons")
        beside = f", but for {len(verified)} by refusals" if verified else ""
        yield (
            f"{page.operation}: none of its {len(found)} page statements that a request can test was verified{beside}: "
            f"{'; '.join(reasons)}"
        )


def _promised(contract: Contract, response: Response) -> bool:
    """Whether anybody but us says that there is such an answer; a response without a statement is taken for it."""
    named = {name for names in response.charges.values() for name in names}
    return not named or any(contract.ledger[name].standing.binds for name in named)


def _hardness(finding: Finding) -> tuple[bool, int]:
    return (not finding.binds, finding.statement.standing_of(Side(finding.against.side)).rank)


def _cause(finding: Finding, statement: str) -> tuple[str, str, str, str]:
    """Where the finding of another statement stands that the same thing caused."""
    return (statement, finding.against.operation, finding.against.title, finding.against.check)
