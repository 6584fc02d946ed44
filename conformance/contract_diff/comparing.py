"""Compares two sources, API by API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from conformance.contract_diff.change import VERSION_TOO_LOW, Change, DiffWaiver, Level, counts
from conformance.contract_diff.findings import counted
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.ledgers import LedgerSide, compare_ledgers, correcting
from conformance.contract_diff.operations import compare_documents
from conformance.contract_diff.reading import Shown, Side
from conformance.contract_diff.sources import ApiSource, Source
from conformance.contract_diff.texts import shown_pointer, text_changes
from conformance.contract_diff.versioning import VersionVerdict, judge_versions
from conformance.contract_diff.waiving import unmatched, waived
from specs.flaws import CasepactError, FlawedDocument, Place
from specs.source import display_name, name_of


@dataclass(frozen=True, slots=True)
class ApiComparison:
    """What changed in one API, the worst first; `version` is None where there is no document on both sides."""

    api: str
    changes: tuple[Change, ...]
    version: VersionVerdict | None

    @property
    def summary(self) -> str:
        """One line: "2 breaking, 3 compatible; info.version 1.2.0 → 1.3.0, a major bump is needed"."""
        summary = counted(counts(self.changes))
        excused = sum(change.waiver is not None for change in self.changes)
        summary += f", {excused} waived" if excused else ""
        return f"{summary}; {self.version}" if self.version else summary


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared; `remarks` are about the comparison itself."""

    old: str
    new: str
    apis: tuple[ApiComparison, ...]
    remarks: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The changes of every API."""
        return tuple(change for api in self.apis for change in api.changes)

    @property
    def summary(self) -> str:
        """One line about all APIs."""
        if len(self.apis) == 1:
            return self.apis[0].summary
        changed = [item for item in self.apis if item.changes]
        summary = counted(counts(self.changes))
        flawed = [f"{item.api}: {item.version}" for item in changed if item.version and item.version.flaw]
        where = f" in {len(changed)} of {len(self.apis)} APIs" if changed else ""
        return "; ".join([f"{summary}{where}", *flawed])

    def fails(self, threshold: Level | None) -> bool:
        """Whether a change is as bad as the threshold, or the version too low; with None only the version counts."""
        return any(
            change.waiver is None
            and (change.kind.id == VERSION_TOO_LOW or (threshold is not None and change.level.rank <= threshold.rank))
            for change in self.changes
        )


def compare(
    old: Source, new: Source, *, waivers: Sequence[DiffWaiver] = (), version_gate: bool = True, today: date
) -> Comparison:
    """
    What changed from the old source to the new one.

    Raises `CasepactError` for a document that cannot be read at all; a part that cannot be read is a warning.
    """
    try:
        found = [_api(key, before, after, old, new, version_gate, today) for key, before, after in _pairs(old, new)]
    except RecursionError:
        raise CasepactError(f"{old.label} or {new.label} is nested too deeply to be compared.") from None
    apis = tuple(
        replace(item, changes=tuple(sorted(waived(item.changes, waivers, today), key=_order))) for item in found
    )
    every = [change for item in apis for change in item.changes]
    return Comparison(old.label, new.label, apis, tuple(unmatched(every, waivers)))


def _pairs(old: Source, new: Source) -> Iterator[tuple[str, ApiSource | None, ApiSource | None]]:
    if old.is_file or new.is_file:
        if len(old.apis) != 1 or len(new.apis) != 1:
            many = old if len(old.apis) != 1 else new
            raise CasepactError(f"{many.label} has {len(many.apis)} APIs, the other side is one document; name one.")
        yield "", next(iter(old.apis.values())), next(iter(new.apis.values()))
        return
    for key in sorted({*old.apis, *new.apis}):
        yield key, old.apis.get(key), new.apis.get(key)


def _api(
    key: str,
    before: ApiSource | None,
    after: ApiSource | None,
    old: Source,
    new: Source,
    version_gate: bool,
    today: date,
) -> ApiComparison:
    known = after or before
    assert known is not None, "a key is of one side at least"
    named = known.document or known.ledger
    name = name_of(named) if known.document and named else key
    if before is None or after is None:
        kind = KINDS["api-added" if before is None else "api-removed"]
        places = _top(before, old.shown), _top(after, new.shown)
        change = Change(name, kind, kind.request, "", kind.why_request, "", "", places[0], places[1])
        return ApiComparison(name, (change,), None)
    ledgers = _ledger(old, before), _ledger(new, after)
    changes = list(compare_ledgers(name, *ledgers))
    if before.document is None or after.document is None:
        return ApiComparison(name, tuple(changes), None)
    sides = _document(old, before.document), _document(new, after.document)
    changes += compare_documents(name, *sides, today, correcting(*ledgers))
    changes += _unreadable(name, *sides)
    changes += _texts(name, *sides, known_changes=bool(changes))
    first, second = (str(side.info.get("version", "")) for side in sides)
    version = judge_versions(first, second, changes)
    if version_gate and version.flaw:
        changes.append(_of_version(name, version, *sides))
    return ApiComparison(name, tuple(changes), version if version_gate else replace(version, flaw="", is_judged=False))


def _ledger(source: Source, api: ApiSource) -> LedgerSide:
    with _named(source.shown):
        return LedgerSide(api.ledger, source.shown)


def _document(source: Source, path: Path) -> Side:
    with _named(source.shown):
        return Side(path, source.shown)


def _texts(api: str, old: Side, new: Side, *, known_changes: bool) -> Iterator[Change]:
    found = False
    for kind, before, after in text_changes(old, new):
        found = True
        level = KINDS[kind]
        at = shown_pointer(after if len(after) > len(before) else before)
        places = old.place(old.root, *before), new.place(new.root, *after)
        yield Change(api, level, level.request, at, level.why_request, "", "", *places)
    if not found and not known_changes and _differ(old, new):
        kind_of = KINDS["rewritten"]
        places = old.place(old.root), new.place(new.root)
        yield Change(api, kind_of, kind_of.request, "", kind_of.why_request, "", "", *places)


def _differ(old: Side, new: Side) -> bool:
    """Whether the documents differ in more than their version."""
    before, after = (
        {**side.data, "info": {key: value for key, value in side.info.items() if key != "version"}}
        for side in (old, new)
    )
    return before != after


def _unreadable(api: str, old: Side, new: Side) -> Iterator[Change]:
    kind = KINDS["unreadable"]
    known = {flaw.message for flaw in old.flaws()} & {flaw.message for flaw in new.flaws()}
    for flaw in old.flaws():
        if flaw.message not in known:
            yield Change(api, kind, kind.request, "", kind.why_request, flaw.message, "", flaw.place, None)
    for flaw in new.flaws():
        yield Change(api, kind, kind.request, "", kind.why_request, "", flaw.message, None, flaw.place)


def _of_version(api: str, version: VersionVerdict, old: Side, new: Side) -> Change:
    kind = KINDS[VERSION_TOO_LOW if version.is_readable else "version-unreadable"]
    first, second = (side.place(side.root, "info", "version") for side in (old, new))
    why = f"{kind.why_request}; {version.flaw}" if version.is_readable else kind.why_request
    return Change(api, kind, kind.request, "info.version", why, version.old, version.new, first, second)


def _top(side: ApiSource | None, shown: Shown) -> Place | None:
    path: Path | None = (side.document or side.ledger) if side is not None else None
    return Place(shown(display_name(path)), 1) if path is not None else None


def _order(change: Change) -> tuple[int, bool, str, str, Place]:
    place = change.new_place or change.old_place or Place("", 0)
    return change.level.rank, change.waiver is not None, change.operations[0] if change.operations else "", "", place


@contextmanager
def _named(shown: Shown) -> Iterator[None]:
    """Name the files of a revision as readers know them in what is wrong with them."""
    try:
        yield
    except FlawedDocument as error:
        places = [replace(flaw, place=Place(shown(flaw.place.file), flaw.place.line)) for flaw in error.flaws]
        raise FlawedDocument(places) from None
