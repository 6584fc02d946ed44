"""A finding is seen again before it is believed: the probe runs twice more, and each finding says how often it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.evidence import Against, Evidence

TIMES = 3
"""How often a probe with a finding is run altogether."""

IRREVERSIBLE = "not repeated: an irreversible write"


def repeated(
    first: Evidence, again: Callable[[int], Evidence], obstacle: str = "", *, others: bool = False
) -> Evidence:
    """
    The evidence of a probe with each finding labelled `stable 3/3` or `flaky k/3`.

    `again` runs the probe for the second and third time with the same seed; it is not called when nothing was found,
    nor when there is an `obstacle`, which is then what the findings say. What only a repetition found is a finding too.
    With `others`, who use the server meanwhile, a finding that did not come each time is unstable. A repetition that
    could not be made (`unmet`) ends the comparison, and what was found before counts for nothing.
    """
    if not first.against or first.unreachable:
        return first
    if obstacle:
        return replace(first, against=tuple(replace(item, stability=obstacle) for item in first.against))
    runs = [first]
    for turn in range(2, TIMES + 1):
        runs.append(again(turn))
        if runs[-1].unmet and not runs[-1].against and others:
            # What the probe presumes holds no longer, or a gateway answers: no finding can rest on that, and of the
            # statements that it was about nothing is verified either.
            open_ = {item.statement: f"seen once and not again: {runs[-1].unmet}" for item in first.against}
            return replace(
                runs[-1],
                seen=first.seen,
                statuses=first.statuses,
                exchanges=sum(run.exchanges for run in runs),
                unsettled={**first.unsettled, **open_},
            )
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
        against=tuple(_labelled(item, complete, others) for item in found.values()),
        unsettled={name: reason for run in reversed(complete) for name, reason in run.unsettled.items()},
        unreachable=next((run.unreachable for run in runs if run.unreachable), ""),
    )


def _labelled(item: Against, runs: list[Evidence], others: bool) -> Against:
    times = sum(any(other.key == item.key for other in run.against) for run in runs)
    stable = times == len(runs)
    return replace(
        item, stability=f"{'stable' if stable else 'flaky'} {times}/{len(runs)}", unstable=others and not stable
    )
