"""The time a world lives in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """Runs with the machine's clock unless frozen at one instant."""

    frozen_at: datetime | None = None

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return self.frozen_at or datetime.now(UTC)
