"""A whole run as one value: every printer gets this and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.selection import Selection
from conformance.verdict import ApiVerdict, Exit


@dataclass(frozen=True, slots=True)
class RunResult:
    """The verdicts of all APIs, how the run ended and what to do about it."""

    selection: Selection
    apis: tuple[ApiVerdict, ...]
    exit: Exit
    advice: str
    seconds: float

    @property
    def exchanges(self) -> int:
        """How many requests were answered and judged."""
        return sum(api.exchanges for api in self.apis)
