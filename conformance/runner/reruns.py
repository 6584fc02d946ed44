"""A finding is seen again before it is believed: the probe runs twice more, and each finding says how often it came."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import replace

from conformance.verdict.evidence import Evidence, Failure, FindingKey, Unmet, UnmetKind
from specs.statements import Side

TIMES = 3
"""How often a probe with a finding is run altogether."""

IRREVERSIBLE = "not repeated: an irreversible write"


def repeated(
    first: Evidence,
    again: Callable[[int], Evidence],
    obstacle: str = "",
    *,
    elsewhere: Callable[[int], Evidence] | None = None,
) -> Evidence:
    """
    The evidence of a probe with each finding labelled `stable 3/3` or `flaky k/3`.

    `again` runs the probe for the second and third time with the same seed; it is not called when nothing was found,
    nor when there is an `obstacle`, which is then what the findings say. What only a repetition found is a finding too.

    `elsewhere` is given where others use the server meanwhile, and runs the probe on records that it has not touched.
    There a finding that did not come each time is unstable, unless it comes `elsewhere` too, each time: what a server
    spoils once and for all shows on each record once. A repetition that could not be made (`unmet`) ends the
    comparison, and what was found before counts for nothing.
    """
    if not first.against or first.unreachable:
        return first
    if obstacle:
        return replace(first, against=tuple(replace(item, stability=obstacle) for item in first.against))
    runs = [first]
    while len(runs) < TIMES and not runs[-1].unreachable and not _is_gone(runs[-1], elsewhere):
        runs.append(again(len(runs) + 1))
    fresh: list[Evidence] = []
    if elsewhere is not None and not runs[-1].unreachable and any(_times(item, runs) < TIMES for item in first.against):
        while len(fresh) < TIMES - 1 and (not fresh or fresh[-1].against):
            fresh.append(elsewhere(TIMES + 1 + len(fresh)))
    spoilt = {item.key for item in first.against if _times(item, fresh) == TIMES - 1}
    every = (*runs, *fresh)
    exchanges = sum(run.exchanges for run in every)
    if _is_gone(runs[-1], elsewhere):
        return _left_open(first, runs[-1], exchanges, spoilt)
    runs = [run for run in runs if not run.unreachable]
    found: dict[FindingKey, Failure] = {}
    for item in (item for run in (*runs, *fresh) for item in run.against):
        found.setdefault(item.key, item)
    others = elsewhere is not None
    return replace(
        first,
        exchanges=exchanges,
        against=tuple(_labelled(item, runs, others, spoilt) for item in found.values()),
        unsettled={name: reason for run in reversed(runs) for name, reason in run.unsettled.items()},
        unreachable=next((run.unreachable for run in every if run.unreachable), ""),
    )


def confirmed(first: Evidence, elsewhere: Callable[[int], Evidence], doubt: str, obstacle: str = "") -> Evidence:
    """
    The evidence of a probe that found its records changed afterwards, by its own writes or by others.

    What it finds `elsewhere`, on other records, each time is the server's doing. What it does not find there each time
    is dropped, for the reason of the doubt; so it is where there are not enough other records. Where an `obstacle`
    keeps the probe from being repeated on its own records, one other record is enough. Where there is none, a request
    that should have been refused is a finding, since the record was read before it; what else was found is left open,
    and the evidence says so (`unconfirmed`).
    """
    runs: list[Evidence] = []
    while len(runs) < TIMES - 1 and (not runs or runs[-1].against):
        runs.append(elsewhere(TIMES + 1 + len(runs)))
    made = [run for run in runs if run.against or not (run.unmet or run.crashed or run.unreachable)]
    wanted = len(made) if obstacle else TIMES - 1
    found = [item for item in first.against if _times(item, made) == wanted]
    if obstacle and not made:
        found = [item for item in first.against if item.side == Side.REFUSE]
    left_open = bool(obstacle) and not made and len(found) < len(first.against)
    unconfirmed = Unmet(UnmetKind.UNCONFIRMED, f"{doubt}, and there are no other records to see it on")
    many = len(made) + 1
    label = f"stable {many}/{many}, each time on other records" if made else obstacle
    dropped = {item.statement: doubt for item in first.against if item not in found}
    return replace(
        first,
        exchanges=sum(run.exchanges for run in (first, *runs)),
        against=tuple(replace(item, stability=label) for item in found),
        unsettled={**first.unsettled, **dropped},
        unmet=unconfirmed if left_open else first.unmet,
        crashed=first.crashed or next((run.crashed for run in runs if run.crashed), ""),
        unreachable=next((run.unreachable for run in runs if run.unreachable), ""),
    )


def _is_gone(run: Evidence, elsewhere: object) -> bool:
    """Whether, where others work too, what a probe presumes holds no longer, or a gateway answered."""
    return elsewhere is not None and run.unmet is not None and not run.against


def _left_open(first: Evidence, last: Evidence, exchanges: int, spoilt: Set[FindingKey]) -> Evidence:
    """What cannot be run again is not a finding and verifies nothing of its statements; `spoilt` findings stand."""
    open_ = [item for item in first.against if item.key not in spoilt]
    reason = last.unmet.text if last.unmet else ""
    unsettled = {item.statement: f"seen once and not again: {reason}" for item in open_}
    return replace(
        last,
        seen=first.seen,
        statuses=first.statuses,
        exchanges=exchanges,
        against=tuple(_labelled(item, (), True, spoilt) for item in first.against if item.key in spoilt),
        unsettled={**first.unsettled, **unsettled},
    )


def _times(item: Failure, runs: Sequence[Evidence]) -> int:
    return sum(any(other.key == item.key for other in run.against) for run in runs)


def _labelled(item: Failure, runs: Sequence[Evidence], others: bool, spoilt: Set[FindingKey]) -> Failure:
    if item.key in spoilt:
        return replace(item, stability=f"stable {TIMES}/{TIMES}, each time on other records")
    times = _times(item, runs)
    stable = times == len(runs)
    label = f"{'stable' if stable else 'flaky'} {times}/{len(runs)}"
    return replace(item, stability=label, flaky=not stable, unstable=others and not stable)
