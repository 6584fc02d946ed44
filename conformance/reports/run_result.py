"""A whole run as one value: every printer gets this and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.runner.selection import Selection
from conformance.verdict.outcomes import ApiVerdict, Exit


@dataclass(frozen=True, slots=True)
class RunResult:
    """
    The verdicts of all APIs, how the run ended and what to do about it.

    `remarks` are lines on what is beside the verdicts: waivers that matched nothing, known findings that are gone.
    """

    selection: Selection
    apis: tuple[ApiVerdict, ...]
    exit: Exit
    advice: str
    seconds: float
    remarks: tuple[str, ...] = ()

    @property
    def exchanges(self) -> int:
        """How many requests were answered and judged."""
        return sum(api.exchanges for api in self.apis)
