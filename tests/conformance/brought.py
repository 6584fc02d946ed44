"""Evidence as probes could have brought it, without any probe."""

from __future__ import annotations

from typing import Any

from conformance.verdict.evidence import Confirmation, Evidence, Failure, Unmet, UnmetKind
from conformance.verdict.outcomes import ApiVerdict, judge_api
from tests.conformance.answers import NOWHERE, contract_of

EVERYTHING = {
    operation.id: {str(status): 1 for status, response in operation.responses.items() if not response.unprovokable}
    for operation in contract_of("aicc").operations.values()
}
"""Every documented status of every operation of AICC, once."""


def evidence(*, of: str = "modifyCase", probe: str = "a probe", **brought: Any) -> Evidence:
    """What one probe of AICC brought."""
    return Evidence(**{"api": "aicc", "probe": probe, "operation": of, "serves": (), **brought})


def full(**brought: Any) -> Evidence:
    """Evidence of a probe that saw every status and success that there is, and one statement kept."""
    seen = {"statuses": EVERYTHING, "successes": tuple(EVERYTHING), "seen": (held("HW-05"),), "exchanges": 9}
    return evidence(**{**seen, **brought})


def lacking(text: str) -> Unmet:
    """Why a probe did not run on a target that lacks what it needs."""
    return Unmet(UnmetKind.NEED, text)


def held(statement: str, times: int = 1) -> Confirmation:
    """A statement that was seen to be kept."""
    return Confirmation(statement, "accept", "probe", times, "POST /case/modify -> 200", "modifyCase")


def against(statement: str, side: str = "accept", title: str = "Refused", **changes: Any) -> Failure:
    """A statement that was seen to be broken."""
    reported = {"received": "418", "documented": "200", "repeat": ("curl -i http://127.0.0.1:9/",), **changes}
    return Failure(statement, side, "probe", "modifyCase", "POST /case/modify", title, **reported)


def judged(*brought: Evidence, strict: bool = False, partial: bool = False) -> ApiVerdict:
    """The verdicts of AICC on this evidence."""
    return judge_api(contract_of("aicc"), f"{NOWHERE}/aicc", brought, strict=strict, partial=partial)
