"""Who is wrong: the same probes with the same seed are run on our mock, and the two answers are held side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from conformance.verdict.evidence import Evidence, Failure
from conformance.verdict.outcomes import ApiVerdict, Finding
from specs.contract import Contract
from specs.statements import Side, Standing

# What a gateway, a limiter or a lost session answers (RFC 9110 sections 15.5.2, 15.5.9, 15.6.3 to 15.6.5, RFC 6585).
_ENVIRONMENT = frozenset({401, 407, 408, 429, 502, 503, 504})


class SuspectedCause(StrEnum):
    """Whose fault a finding seems to be."""

    SERVER = "server"
    MOCK = "mock"
    CONTRACT = "contract suspected"
    ENVIRONMENT = "environment"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who is wrong about what one probe family found, and why we think so; `against` is the finding."""

    against: Failure
    cause: SuspectedCause
    reason: str


def triage(contract: Contract, server: Sequence[Evidence], mock: Sequence[Evidence]) -> tuple[Attribution, ...]:
    """
    An attribution for each finding on the server, and for each that only the mock shows.

    `server` and `mock` are the evidence of the same probes with the same seed.
    """
    mine = [item for item in server if item.api == contract.api]
    theirs = {(item.operation, item.probe): item for item in mock if item.api == contract.api}
    found = {(item.key): (item, evidence) for evidence in mine for item in evidence.against}
    attributions = [
        Attribution(item, *_cause(contract, item, evidence, theirs.get((evidence.operation, evidence.probe))))
        for item, evidence in found.values()
    ]
    kept = {seen.statement for evidence in mine for seen in evidence.seen}
    only_mock = {item.key: item for evidence in theirs.values() for item in evidence.against if item.key not in found}
    for item in only_mock.values():
        if item.statement in kept:
            attributions.append(
                Attribution(item, SuspectedCause.MOCK, "the server keeps it, our mock does not, with the same requests")
            )
        else:
            attributions.append(
                Attribution(
                    item, SuspectedCause.UNDECIDED, "our mock breaks it, the server gave no occasion to compare"
                )
            )
    return tuple(attributions)


def attributed(
    verdicts: Sequence[ApiVerdict], attributions: Mapping[str, Sequence[Attribution]]
) -> tuple[ApiVerdict, ...]:
    """The verdicts with what triage says beside each finding; `attributions` is by API."""
    return tuple(_with_attributions(verdict, attributions.get(verdict.contract.api, ())) for verdict in verdicts)


def remarks(verdicts: Sequence[ApiVerdict], attributions: Mapping[str, Sequence[Attribution]]) -> tuple[str, ...]:
    """A count of causes, and a line for each thing that only our mock gets wrong."""
    lines = []
    for verdict in verdicts:
        api = verdict.contract.api
        found = attributions.get(api, ())
        counts = Counter(item.cause for item in found)
        shown = ", ".join(f"{cause} {counts[cause]}" for cause in SuspectedCause if counts[cause])
        lines.append(f"triage {api}: {shown or 'no findings'}")
        on_server = {finding.against.key for finding in verdict.findings()}
        for item in found:
            if item.against.key not in on_server:
                against = item.against
                lines.append(f"triage {api}: {item.cause}: {against.statement} {against.title}: {item.reason}")
    return tuple(lines)


def _cause(contract: Contract, item: Failure, server: Evidence, mock: Evidence | None) -> tuple[SuspectedCause, str]:
    statement = contract.ledger[item.statement]
    if item.status in _ENVIRONMENT:
        return SuspectedCause.ENVIRONMENT, f"a gateway, a limit or a lost session answers {item.status}"
    if server.unreachable:
        return SuspectedCause.ENVIRONMENT, "the server stopped answering"
    if item.flaky:
        return SuspectedCause.UNDECIDED, f"the same requests do not always show it ({item.stability})"
    if mock is None or mock.unmet or mock.crashed or mock.unreachable:
        return SuspectedCause.UNDECIDED, "our mock could not be asked the same"
    if any(_same(item, other) for other in mock.against):
        return SuspectedCause.CONTRACT, "our mock, which was written from the page beside the contract, does the same"
    if broken := next((other for other in mock.against if other.operation == item.operation), None):
        return (
            SuspectedCause.CONTRACT,
            f"our mock cannot keep the contract here either ({broken.statement}: {broken.title})",
        )
    if statement.standing_of(Side(item.side)) is Standing.ASSUMED:
        return SuspectedCause.CONTRACT, "no page promises it, it is our reading; the server reads otherwise"
    if any(seen.statement == item.statement for seen in mock.seen):
        return SuspectedCause.SERVER, "our mock keeps it with the same requests"
    return SuspectedCause.UNDECIDED, "our mock gave no occasion to compare"


def _same(one: Failure, other: Failure) -> bool:
    return (one.statement, one.side, one.operation, one.title) == (
        other.statement,
        other.side,
        other.operation,
        other.title,
    )


def _with_attributions(verdict: ApiVerdict, attributions: Sequence[Attribution]) -> ApiVerdict:
    by_key = {item.against.key: item for item in attributions}

    def with_cause(finding: Finding) -> Finding:
        item = by_key.get(finding.against.key)
        return replace(finding, triage=f"{item.cause}: {item.reason}") if item else finding

    return replace(
        verdict,
        verdicts={
            name: replace(item, findings=tuple(map(with_cause, item.findings)))
            for name, item in verdict.verdicts.items()
        },
    )
