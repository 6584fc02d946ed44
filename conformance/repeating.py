"""A finding is seen again before it is believed: the probe runs twice more, and each finding says how often it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.evidence import Against, Evidence

TIMES = 3
"""How often a probe with a finding is run altogether."""

IRREVERSIBLE = "not repeated: an irreversible write"


def repeated(first: Evidence, again: Callable[[int], Evidence], obstacle: str = "") -> Evidence:
    """
    The evidence of a probe with each finding labelled `stable 3/3` or `flaky k/3`.

    `again` runs the probe for the second and third time with the same seed; it is not called when nothing was found,
    nor when there is an `obstacle`, which is then what the findings say. What only a repetition found is a finding too.
    """
    if not first.against or first.unreachable:
        return first
    if obstacle:
        return replace(first, against=tuple(replace(item, stability=obstacle) for item in first.against))
    runs = [first]
    for turn in range(2, TIMES + 1):
        runs.append(again(turn))
        if runs[-1].unreachable:
            break
    complete = [run for run in runs if not run.unreachable]
    found: dict[tuple[str, str, str, str], Against] = {}
    for run in complete:
        for item in run.against:
            found.setdefault(item.key, item)
    return replace(
        first,
        exchanges=sum(run.exchanges for run in runs),
        against=tuple(replace(item, stability=_label(item, complete)) for item in found.values()),
        unsettled={name: reason for run in reversed(complete) for name, reason in run.unsettled.items()},
        unreachable=next((run.unreachable for run in runs if run.unreachable), ""),
    )


def _label(item: Against, runs: list[Evidence]) -> str:
    times = sum(any(other.key == item.key for other in run.against) for run in runs)
    return f"{'stable' if times == len(runs) else 'flaky'} {times}/{len(runs)}"
