"""Changes that are accepted for a while: why, who answers for it, and until which day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from conformance.contract_diff.change import Change, DiffWaiver, Level
from conformance.contract_diff.kinds import KINDS
from specs.document_schemas import misfits
from specs.flaws import Flaw, FlawedDocument, did_you_mean
from specs.source import Document, read


def load_waivers(path: Path) -> tuple[DiffWaiver, ...]:
    """
    The waivers of a file.

    Raises `CasepactError` for a file that cannot be read, `FlawedDocument` with everything that does not fit
    `waivers.schema.json` and every kind of change that does not exist.
    """
    document = read(path)
    flaws = [Flaw(document.place(item.pointer), item.path, item.message) for item in misfits("waivers", document.data)]
    if not flaws:
        flaws = list(_unknown(document))
    if flaws:
        raise FlawedDocument(flaws)
    return tuple(_waiver(document, index, item) for index, item in enumerate(document.data["waivers"]))


def waived(changes: Iterable[Change], waivers: Sequence[DiffWaiver], today: date) -> list[Change]:
    """The changes, each with the waiver that excuses it on this day, or with the last that did."""
    found = []
    for change in changes:
        covering = [item for item in waivers if item.covers(change)] if change.level.rank <= Level.WARNING.rank else []
        last = max(covering, key=lambda item: item.until, default=None)
        if last is not None:
            change = replace(change, waiver=last) if last.until >= today else replace(change, expired=last)
        found.append(change)
    return found


def unmatched(changes: Iterable[Change], waivers: Sequence[DiffWaiver]) -> Iterator[str]:
    """A line for each waiver that speaks of no change."""
    known = list(changes)
    for item in waivers:
        if not any(item.covers(change) for change in known):
            yield f"{item.place}: the waiver of {item.change} ({item.owner}) matches no change; remove it."


def _unknown(document: Document) -> Iterator[Flaw]:
    for index, item in enumerate(document.data["waivers"]):
        name = item["change"]
        if name not in KINDS and not _is_fingerprint(name):
            place = document.place(("waivers", index, "change"))
            yield Flaw(place, name, f"is neither a kind of change nor the id of one.{did_you_mean(name, KINDS)}")


def _is_fingerprint(name: str) -> bool:
    return len(name) == 16 and all(character in "0123456789abcdef" for character in name)


def _waiver(document: Document, index: int, item: dict[str, Any]) -> DiffWaiver:
    return DiffWaiver(
        change=item["change"],
        reason=item["reason"],
        owner=item["owner"],
        until=date.fromisoformat(item["until"]),
        operation=item.get("operation", ""),
        at=item.get("at", ""),
        api=item.get("api", ""),
        place=str(document.place(("waivers", index))),
    )
