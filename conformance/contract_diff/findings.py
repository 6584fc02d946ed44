"""Collects what is found: a change of something that several operations use is one change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.contract_diff.change import Change, Direction, Level
from conformance.contract_diff.differences import Difference
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.reading import Side, carried
from conformance.contract_diff.shapes import Said
from specs.flaws import Place
from specs.foreign_files import Site

Correcting = Callable[[tuple[str, ...], tuple[str, ...]], str]
"""Of the statements that an element carries and carried, the one of a page that the change brings the contract to."""


@dataclass(slots=True)
class _Found:
    kind: str
    direction: Direction
    at: str
    old: str
    new: str
    old_at: Said | None
    new_at: Said | None
    operations: dict[str, None] = field(default_factory=dict)


class Findings:
    """The changes of one API. Where they stand is looked up at the end, for each once."""

    def __init__(self, api: str, old: Side, new: Side) -> None:
        self._api, self._old, self._new = api, old, new
        self._found: dict[tuple[Any, ...], _Found] = {}

    def add(
        self,
        kind: str,
        operation: str,
        at: str,
        old_at: Said | Site | None,
        new_at: Said | Site | None,
        *,
        old: str = "",
        new: str = "",
        direction: Direction = Direction.REQUEST,
    ) -> None:
        """Note a change; `old_at` and `new_at` are where it stands, None where there is nothing on that side."""
        before, after = _said(old_at), _said(new_at)
        key = (kind, direction, _key(before), _key(after), old, new, at if before is after is None else "")
        known = self._found.setdefault(key, _Found(kind, direction, at, old, new, before, after))
        if operation:
            known.operations[operation] = None

    def add_differences(
        self,
        differences: tuple[Difference, ...],
        operation: str,
        at: str,
        direction: Direction,
        holders: tuple[Site, Site],
    ) -> None:
        """Note what differs between two schemas that stand at `at`, in these nodes of the two documents."""
        for item in differences:
            path = f"{at}, {item.path}" if item.path else at
            self.add(
                item.kind,
                operation,
                path,
                item.old_at if item.old_at.site is not None else holders[0],
                item.new_at if item.new_at.site is not None else holders[1],
                old=item.old,
                new=item.new,
                direction=direction,
            )

    def changes(self, correcting: Correcting | None = None) -> list[Change]:
        """All of them, with places; those that bring the contract to a page are corrections."""
        return [self._change(found, correcting) for found in self._found.values()]

    def _change(self, found: _Found, correcting: Correcting | None) -> Change:
        kind = KINDS[found.kind]
        level, why = kind.level(found.direction), kind.why(found.direction)
        statements = _carried(found.new_at, found.kind)
        if correcting is not None and level in (Level.BREAKING, Level.WARNING):
            statement = correcting(statements, _carried(found.old_at, found.kind))
            if statement:
                why = f"the page says so ({statement}); otherwise {level}: {why}"
                level = Level.CORRECTION
        return Change(
            api=self._api,
            kind=kind,
            level=level,
            at=found.at,
            why=why,
            old=found.old,
            new=found.new,
            old_place=_place(self._old, found.old_at),
            new_place=_place(self._new, found.new_at),
            operations=tuple(found.operations),
            statements=statements,
        )


def _said(at: Said | Site | None) -> Said | None:
    return Said(None, at) if isinstance(at, Site) else at


def _key(said: Said | None) -> tuple[Any, ...]:
    return (*said.site.key, said.path) if said is not None and said.site is not None else ()


def _place(side: Side, said: Said | None) -> Place | None:
    return side.place(said.site, *said.path) if said is not None and said.site is not None else None


def _carried(said: Said | None, kind: str) -> tuple[str, ...]:
    """
    The statements that stand behind a change: those of the changed keyword and of the schema as a whole.

    What a member's own schema carries speaks of its presence too, so it stands behind a member that came or is required
    now, and not behind one that went.
    """
    if said is None or said.site is None:
        return ()
    first = str(said.path[0]) if said.path else ""
    found = dict.fromkeys(carried(said.site, first))
    member = said.path[-1] if first == "properties" else said.value if first == "required" else None
    if kind in _OF_PRESENCE and isinstance(member, str) and member in (said.site.value.get("properties") or {}):
        found |= dict.fromkeys(carried(said.site.member("properties", member), ""))
    return tuple(found)


_OF_PRESENCE = frozenset(
    {
        *("member-added", "member-added-to-closed", "member-required"),
        *("required-member-added", "required-member-added-to-closed"),
    }
)


def counted(changes: Mapping[Level, int]) -> str:
    """The summary of a comparison: "2 breaking, 1 warning, 3 compatible"."""
    named = {
        Level.BREAKING: "breaking",
        Level.WARNING: "warning",
        Level.CORRECTION: "correction",
        Level.COMPATIBLE: "compatible",
        Level.TEXT: "text only",
    }
    return ", ".join(f"{number} {named[level]}" for level, number in changes.items() if number) or "no change"
