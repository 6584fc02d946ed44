"""The time of a world, and that of the machine."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


class MachineTime:
    """The clock of this process: the machine's, or so many seconds `ahead` of it as the clock it follows."""

    __slots__ = ("ahead",)

    def __init__(self) -> None:
        self.ahead = 0.0

    def seconds(self) -> float:
        """Seconds since 1970."""
        return time.time() + self.ahead

    def now(self) -> datetime:
        """The current instant, in UTC."""
        now = datetime.now(UTC)
        return now + timedelta(seconds=self.ahead) if self.ahead else now


MACHINE = MachineTime()
"""A process has one clock; mocks that share worlds follow the clock of what keeps them."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs with the machine's clock, or so much ahead of it as `shift` says, unless it is frozen at one instant."""

    frozen_at: datetime | None = None
    shift: timedelta | None = None

    def now(self) -> datetime:
        """The current instant, in UTC; a shift that leads out of the years 1 to 9999 stops at their end."""
        if self.frozen_at is not None:
            return self.frozen_at
        now = MACHINE.now()
        if not self.shift:
            return now
        try:
            return now + self.shift
        except OverflowError:
            return (datetime.max if self.shift > timedelta() else datetime.min).replace(tzinfo=UTC)
