"""How two schemas differ: one difference each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract_diff.change import Direction, Level
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.shapes import Said, canonical

_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two schemas: its kind, where in the value it is, what was and is there, and where both stand."""

    kind: str
    path: str
    old: str
    new: str
    old_at: Said = field(compare=False)
    new_at: Said = field(compare=False)

    def below(self, path: str) -> Difference:
        """The same, seen from a value that holds the other at this path."""
        joined = f"{path}{self.path}" if self.path.startswith("[") or not self.path else f"{path}.{self.path}"
        return replace(self, path=joined)

    def level(self, direction: Direction) -> Level:
        """What it means for values that are sent in this direction."""
        return KINDS[self.kind].level(direction)


def shown(value: Any) -> str:
    """A JSON value as a reader is shown it, shortened."""
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
