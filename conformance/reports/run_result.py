"""A whole run as one value: every printer gets this and decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict

from conformance.runner.run_verdict import excused_causes
from conformance.runner.selection import Selection
from conformance.target.redaction import Redactor
from conformance.verdict.evidence import Evidence
from conformance.verdict.outcomes import ApiVerdict, Exit


class JoinedShard(TypedDict):
    """One of the shards of which a joined report was made, and how it ended."""

    shard: str
    run: str
    started: str
    time: str
    seconds: float
    exchanges: int
    exit: str


@dataclass(frozen=True, slots=True)
class RunResult:
    """
    The verdicts of all APIs, how the run ended and what to do about it.

    `remarks` are lines on what is beside the verdicts: waivers that matched nothing, known findings that are gone.
    `started` and `ended` are in UTC (RFC 3339). `previous` is the report of the run before with these reports,
    `options` what the command line asked for. What `redactor` knows stands in no report.

    Of a shard there are the `evidence` of its probes, and the names of all probes of the run (`collected`); of a joined
    run the reports of the shards are `joined`.
    """

    selection: Selection
    apis: tuple[ApiVerdict, ...]
    exit: Exit
    advice: str
    seconds: float
    remarks: tuple[str, ...] = ()
    ended: str = ""
    started: str = ""
    previous: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    redactor: Redactor = field(default_factory=lambda: Redactor({}))
    evidence: Sequence[Evidence] = ()
    collected: Sequence[str] = ()
    joined: Sequence[JoinedShard] = ()

    @property
    def exchanges(self) -> int:
        """How many requests were answered and judged."""
        return sum(api.exchanges for api in self.apis)

    @property
    def excused(self) -> int:
        """How many causes would have failed the run, but are waived or stand in the baseline."""
        return excused_causes(self.apis)

    @property
    def word(self) -> str:
        """How the run ended, as a reader is shown it: "kept", or "kept, 1 excused", or "kept in shard 2/5"."""
        end = f"{self.exit} in shard {self.selection.shard}" if self.selection.shard else str(self.exit)
        return f"{end}, {self.excused} excused" if self.exit is Exit.KEPT and self.excused else end
