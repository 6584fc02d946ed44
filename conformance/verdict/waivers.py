"""Statements that a server may break for a while: somebody answers for it, and it ends on a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from conformance.target.profile import Waiver
from specs.flaws import CasepactError, did_you_mean


@dataclass(frozen=True, slots=True)
class WaiverMatch:
    """What a profile says of a broken statement: the waiver that holds, or the one that held until its end."""

    waiver: Waiver | None = None
    expired: Waiver | None = None


NO_WAIVER = WaiverMatch()


def waiver_match(waivers: Sequence[Waiver], statement: str, operation: str, today: date) -> WaiverMatch:
    """The waiver that covers this statement of this operation on this day, or else the last that did."""
    covering = [item for item in waivers if item.statement == statement and item.operation in ("", operation)]
    valid = [item for item in covering if item.until >= today]
    if valid:
        return WaiverMatch(waiver=max(valid, key=lambda item: item.until))
    return WaiverMatch(expired=max(covering, key=lambda item: item.until)) if covering else WaiverMatch()


def unmatched(
    waivers: Sequence[Waiver], broken: Collection[tuple[str, str]], exercised: Collection[str]
) -> Iterator[str]:
    """
    A line for each waiver that excused nothing though its statement was exercised.

    `broken` holds statement and operation of every finding, `exercised` the statements that a run could judge.
    """
    for item in waivers:
        hit = any(item.statement == name and item.operation in ("", operation) for name, operation in broken)
        if not hit and item.statement in exercised:
            where = f" of {item.operation}" if item.operation else ""
            yield f"{item.place}: the waiver of {item.statement}{where} ({item.owner}) matched no finding; remove it."


def check_names(waivers: Sequence[Waiver], statements: Collection[str], operations: Collection[str]) -> None:
    """Raise `CasepactError` for a waiver of what no ledger or contract has: it would never match anything."""
    for item in waivers:
        if item.statement not in statements:
            hint = did_you_mean(item.statement, statements)
            raise CasepactError(f"{item.place}: there is no statement '{item.statement}' to waive.{hint}")
        if item.operation and item.operation not in operations:
            hint = did_you_mean(item.operation, operations)
            raise CasepactError(f"{item.place}: there is no operation '{item.operation}'.{hint}")
