"""What a comparison finds: changes, each with its level, and the kinds of change that there are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from specs.flaws import Place


class Level(StrEnum):
    """What a change means for those who call the API, the worst first."""

    BREAKING = "breaking"
    WARNING = "warning"
    CORRECTION = "correction"
    COMPATIBLE = "compatible"
    TEXT = "text"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Level).index(self)


class Direction(StrEnum):
    """Who sends a value: requests may accept more than before, responses may contain less."""

    REQUEST = "request"
    RESPONSE = "response"


@dataclass(frozen=True, slots=True)
class Kind:
    """
    A kind of change: its level in each direction, what it is, and why it has that level.

    What has no direction, an operation for example, has the same level and reason twice.
    """

    id: str
    says: str
    request: Level
    response: Level
    why_request: str
    why_response: str

    def level(self, direction: Direction) -> Level:
        """The level in this direction."""
        return self.request if direction is Direction.REQUEST else self.response

    def why(self, direction: Direction) -> str:
        """The reason for the level in this direction."""
        return self.why_request if direction is Direction.REQUEST else self.why_response


@dataclass(frozen=True, slots=True)
class DiffWaiver:
    """A kind of change that is accepted until the end of a day; `at` and `operation` narrow it where they are given."""

    change: str
    reason: str
    owner: str
    until: date
    operation: str = ""
    at: str = ""
    api: str = ""
    place: str = ""

    def covers(self, change: Change) -> bool:
        """Whether it speaks of this change."""
        return (
            self.change in (change.kind.id, change.fingerprint)
            and self.operation in ("", *change.operations)
            and self.at in ("", change.at)
            and self.api in ("", change.api)
        )


@dataclass(frozen=True, slots=True)
class Change:
    """
    One difference between two contracts.

    `at` says where in the API it is (`request body application/json, dueDate`), `old` and `new` what was and is there.
    `operations` names every operation that it reaches; a change of a component is one change. `statements` are those
    that the changed element carries. A `waiver` excuses it; `expired` did so until its end.
    """

    api: str
    kind: Kind
    level: Level
    at: str
    why: str
    old: str = ""
    new: str = ""
    old_place: Place | None = None
    new_place: Place | None = None
    operations: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    waiver: DiffWaiver | None = field(default=None, compare=False)
    expired: DiffWaiver | None = field(default=None, compare=False)

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stay the same while the lines of the files move."""
        parts = (self.api, self.kind.id, self.at, self.old, self.new, *self.operations[:1])
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    @property
    def what(self) -> str:
        """What is different, in one line: `request body, severity: enum value removed: "low"`."""
        values = f"{self.old} → {self.new}" if self.old and self.new else self.old or self.new
        said = f"{self.kind.says}: {values}" if values else self.kind.says
        return f"{self.at}: {said}" if self.at else said

    @property
    def where(self) -> str:
        """The operations that it reaches, shortened: `editCase, getCase and 3 more`."""
        if len(self.operations) <= 3:
            return ", ".join(self.operations)
        return f"{', '.join(self.operations[:2])} and {len(self.operations) - 2} more"


VERSION_TOO_LOW = "version-too-low"
"""The kind of change that is about the version alone, which says nothing of requests and responses."""


def counts(changes: tuple[Change, ...]) -> Mapping[Level, int]:
    """How many changes of each level no waiver excuses, the worst first; what the version lacks is not counted."""
    counted = [item for item in changes if item.waiver is None and item.kind.id != VERSION_TOO_LOW]
    return {level: sum(item.level is level for item in counted) for level in Level}
