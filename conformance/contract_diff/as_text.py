"""A comparison for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract_diff.change import VERSION_TOO_LOW, Change, Level
from conformance.contract_diff.comparing import ApiComparison, Comparison
from conformance.target.exchange import visible

_MOST_TEXTS = 10
"""Text changes that are listed for an API; the rest is counted."""


def render(found: Comparison) -> str:
    """The summary, then what changed by API and operation, the worst first."""
    lines = [found.summary]
    for api in found.apis:
        if api.changes:
            lines += ["", *_api(api)]
    lines += ["", *found.remarks] if found.remarks else []
    return "\n".join(map(visible, lines)) + "\n"


def grouped(api: ApiComparison) -> dict[str, list[Change]]:
    """The changes by the operations that they reach, in their order."""
    groups: dict[str, list[Change]] = {}
    for change in api.changes:
        groups.setdefault(change.where or _elsewhere(change), []).append(change)
    return groups


def shortened(changes: list[Change]) -> tuple[list[Change], int]:
    """The changes without most of those that are about texts alone, and how many are left out."""
    texts = [change for change in changes if change.level is Level.TEXT]
    left_out = texts[_MOST_TEXTS:]
    return [change for change in changes if change not in left_out], len(left_out)


def label(change: Change) -> str:
    """The level as reports show it; a version that is too low is not a change of the API."""
    return "version" if change.kind.id == VERSION_TOO_LOW else str(change.level)


def places(change: Change) -> str:
    """File and line on both sides."""
    return f"{change.old_place or 'nothing'} → {change.new_place or 'nothing'}"


def excuse(change: Change) -> str:
    """What a waiver says of the change; an empty text where there is none."""
    if change.waiver is not None:
        item = change.waiver
        return f"waived until {item.until} by {item.owner}: {item.reason} ({item.place})"
    if change.expired is not None:
        return f"the waiver of {change.expired.owner} ended on {change.expired.until} ({change.expired.place})"
    return ""


def _elsewhere(change: Change) -> str:
    """What a change is about that reaches no operation in particular."""
    of_ledger = change.at.startswith(("statement ", "contradiction ", "page "))
    return "the ledger" if of_ledger else "the contract as a whole"


def _api(api: ApiComparison) -> Iterator[str]:
    yield f"{api.api}: {api.summary}"
    for where, changes in grouped(api).items():
        yield f"  {where}"
        listed, left_out = shortened(changes)
        for change in listed:
            yield f"    {label(change):<10}  {change.what}"
            if change.level is not Level.TEXT:
                yield f"                {change.kind.id} [{change.fingerprint}]: {change.why}"
            yield f"                {places(change)}"
            if excused := excuse(change):
                yield f"                {excused}"
        if left_out:
            yield f"    … and {left_out} more changes of text"
