"""Compares two ledgers: which promises came, went, or bind otherwise; and what brings a contract to its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from conformance.contract_diff.change import Change
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.reading import Shown
from specs.flaws import Place
from specs.source import Document, Pointer, read
from specs.statements import Proof, Refusal, Standing

Word = TypeVar("Word", bound=StrEnum)

_SHOWN = 90
_NOTES = ("about", "source", "lines", "reason", "needs", "refusal_by", "editions")


@dataclass(frozen=True, slots=True)
class Entry:
    """A statement or fact as a ledger has it, whatever version of the ledger's schema it was written for."""

    id: str
    data: Mapping[str, Any]
    of_page: bool
    pointer: Pointer

    @property
    def standing(self) -> Standing:
        """How far it binds, before contradictions are decided."""
        return _word(Standing, self.data.get("standing"), Standing.PAGE if self.of_page else Standing.ASSUMED)

    def text(self, key: str) -> str:
        """A member as one line."""
        return " ".join(str(self.data.get(key, "")).split())


class LedgerSide:
    """The ledger beside a contract; empty where there is none."""

    def __init__(self, path: Path | None, shown: Shown = str) -> None:
        self._document = read(path) if path is not None else Document("", {}, {})
        self._shown = shown
        data = self._document.data if isinstance(self._document.data, dict) else {}
        self.contradictions = {entry.id: entry for entry in _entries(data, "contradictions")}
        self.pages = {entry.id: entry for entry in _entries(data, "pages")}
        self.entries: dict[str, list[Entry]] = {}
        """By id: of a statement that is another one in other editions there are several."""
        for entry in (*_entries(data, "statements"), *_entries(data, "facts")):
            self.entries.setdefault(entry.id, []).append(entry)
        self._against = {
            str(name) for entry in self.contradictions.values() for name in entry.data.get("against") or ()
        }

    def place(self, entry: Entry | None, key: str = "") -> Place | None:
        """Where an entry stands, or a member of it."""
        if entry is None:
            return None
        place = self._document.place((*entry.pointer, key) if key else entry.pointer)
        return Place(self._shown(place.file), place.line)

    def standing(self, entry: Entry) -> Standing:
        """How far a statement binds: one that a contradiction is decided against is assumed."""
        return Standing.ASSUMED if entry.id in self._against else entry.standing

    def is_of_page(self, statement: str) -> bool:
        """Whether the page says it, and nothing contests it."""
        return any(self.standing(entry) is Standing.PAGE for entry in self.entries.get(statement, ()))


def compare_ledgers(api: str, old: LedgerSide, new: LedgerSide) -> Iterator[Change]:
    """What differs between two ledgers."""
    for before, after in _paired(old, new):
        for kind, was, now, key in _compared(old, new, before, after):
            yield Change(
                api=api,
                kind=KINDS[kind],
                level=KINDS[kind].request,
                at=f"statement {(after or before or _NOBODY).id}",
                why=KINDS[kind].why_request,
                old=_cut(was),
                new=_cut(now),
                old_place=old.place(before, key),
                new_place=new.place(after, key),
                statements=((after or before or _NOBODY).id,),
            )
    yield from _others(api, old, new)


def correcting(old: LedgerSide, new: LedgerSide) -> Callable[[tuple[str, ...], tuple[str, ...]], str]:
    """
    Which statement of a page a change brings the contract to, or an empty text.

    The changed element must carry a statement that its page makes and nothing contests; and the change must come with
    it: the statement is new or reworded in the ledger, or the element carried it not before.
    """

    news = {after.id for before, after in _paired(old, new) if after is not None and _is_news(before, after)}

    def corrected(now: tuple[str, ...], before: tuple[str, ...]) -> str:
        for name in now:
            if new.is_of_page(name) and (name not in before or name in news):
                return name
        return ""

    return corrected


def _is_news(old: Entry | None, new: Entry) -> bool:
    return old is None or any(old.text(key) != new.text(key) for key in ("says", "lines", "refusal"))


def _paired(old: LedgerSide, new: LedgerSide) -> Iterator[tuple[Entry | None, Entry | None]]:
    """The entries that belong together: of one id those for the same editions, then in their order."""
    for name in dict.fromkeys((*old.entries, *new.entries)):
        before, after = list(old.entries.get(name, ())), list(new.entries.get(name, ()))
        for entry in tuple(before):
            match = next((other for other in after if other.text("editions") == entry.text("editions")), None)
            if match is not None:
                before.remove(entry)
                after.remove(match)
                yield entry, match
        yield from zip_longest(before, after)


_NOBODY = Entry("", {}, False, ())


def _compared(
    old: LedgerSide, new: LedgerSide, before: Entry | None, after: Entry | None
) -> Iterator[tuple[str, str, str, str]]:
    if before is None:
        if after is not None:
            yield "statement-added", "", after.text("says"), ""
        return
    if after is None:
        kind = "promise-removed" if old.standing(before).binds else "statement-removed"
        yield kind, before.text("says"), "", ""
        return
    one, other = old.standing(before), new.standing(after)
    if one is not other:
        kind = (
            "standing-changed" if one.binds == other.binds else "standing-raised" if other.binds else "standing-lowered"
        )
        yield kind, str(one), str(other), "standing"
    first, second = (_word(Proof, entry.data.get("proof"), Proof.CONTRACT) for entry in (before, after))
    if first is not second:
        kind = "proof-removed" if second is Proof.NONE else "proof-added" if first is Proof.NONE else "proof-changed"
        yield kind, str(first), str(second), "proof"
    was, now = (_word(Refusal, entry.data.get("refusal"), Refusal.NONE) for entry in (before, after))
    if was is not now and Refusal.PROMISED in (was, now):
        yield "refusal-raised" if now is Refusal.PROMISED else "refusal-lowered", str(was), str(now), "refusal"
    if before.text("says") != after.text("says"):
        yield "statement-reworded", before.text("says"), after.text("says"), "says"
    changed = [key for key in _NOTES if before.text(key) != after.text(key)]
    if changed:
        yield "statement-text", "", ", ".join(changed), changed[0]


def _others(api: str, old: LedgerSide, new: LedgerSide) -> Iterator[Change]:
    """Contradictions, and pages that were read again."""
    for name in dict.fromkeys((*old.contradictions, *new.contradictions)):
        before, after = old.contradictions.get(name), new.contradictions.get(name)
        if before and after:
            if before.text("decision") == after.text("decision"):
                continue
            kind, was, now = "contradiction-decided", before.text("decision"), after.text("decision")
        else:
            kind = "contradiction-removed" if before else "contradiction-added"
            was, now = (entry.text("says") if entry else "" for entry in (before, after))
        yield _change(api, kind, f"contradiction {name}", was, now, old.place(before), new.place(after))
    for name, page in new.pages.items():
        known = old.pages.get(name)
        if known is not None and known.text("sha256") != page.text("sha256"):
            places = old.place(known, "sha256"), new.place(page, "sha256")
            yield _change(api, "page-read-again", f"page {name}", "", page.text("title"), *places)


def _change(api: str, kind: str, at: str, old: str, new: str, first: Place | None, second: Place | None) -> Change:
    known = KINDS[kind]
    return Change(api, known, known.request, at, known.why_request, _cut(old), _cut(new), first, second)


def _entries(data: Mapping[str, Any], kind: str) -> Iterator[Entry]:
    listed = data.get(kind)
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, dict):
            yield Entry(str(item.get("id", item.get("page", ""))), item, kind == "statements", (kind, index))


def _word(words: type[Word], value: Any, default: Word) -> Word:
    return words(value) if value in list(words) else default


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
