"""The time of a world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs with the machine's clock, or so much ahead of it as `shift` says, unless it is frozen at one instant."""

    frozen_at: datetime | None = None
    shift: timedelta | None = None

    def now(self) -> datetime:
        """The current instant, in UTC; a shift that leads out of the years 1 to 9999 stops at their end."""
        if self.frozen_at is not None:
            return self.frozen_at
        now = datetime.now(UTC)
        if not self.shift:
            return now
        try:
            return now + self.shift
        except OverflowError:
            return (datetime.max if self.shift > timedelta() else datetime.min).replace(tzinfo=UTC)
