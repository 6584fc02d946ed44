"""How two schemas differ: one difference each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from conformance.contract_diff.change import Direction, Level
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.shapes import Node, Said, canonical

_SHOWN = 100
_LONGEST = 300


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
        return replace(self, path=joined(path, self.path))

    def level(self, direction: Direction) -> Level:
        """What it means for values that are sent in this direction."""
        return KINDS[self.kind].level(direction)


@dataclass(frozen=True, slots=True, eq=False)
class Below:
    """Two schemas that stand at a path below two others; how they differ is worked out for each pair once."""

    path: str
    old: Node
    new: Node
    numbers: dict[Direction, int] = field(default_factory=dict)
    """What the pair is known by, in each direction."""


def joined(path: str, rest: str) -> str:
    """A path and what is below: "case[]" and "id" give "case[].id". Of a long one the middle is left out."""
    whole = f"{path}.{rest}" if path and rest and not rest.startswith("[") else f"{path}{rest}"
    return whole if len(whole) <= _LONGEST else f"{whole[: _LONGEST // 2]}…{whole[-_LONGEST // 2 :]}"


def shown(value: Any) -> str:
    """A JSON value as a reader is shown it, shortened."""
    text = canonical(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
