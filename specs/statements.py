"""The ledger: what a page says, how far it binds a server, and how that is proved."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from specs.flaws import Flaw, FlawedDocument, Place, UnknownName, did_you_mean
from specs.shapes import misshapen
from specs.source import Document, Pointer

DOCUMENTED = "documented"
"""The edition that is what the pages say."""

Charges = Mapping[str, tuple[str, ...]]
"""Statement ids by keyword; "*" stands for the element as a whole, its presence included."""

WHOLE = "*"


class Standing(StrEnum):
    """How hard a statement binds; ASSUMED and HTTP only ever give notes."""

    PAGE = "page"
    VENDOR = "vendor"
    ASSUMED = "assumed"
    HTTP = "http"
    OWN = "own"

    @property
    def binds(self) -> bool:
        """Whether breaking it is a violation without `--strict`."""
        return self in (Standing.PAGE, Standing.VENDOR, Standing.OWN)

    @property
    def rank(self) -> int:
        """0 for the standing that binds hardest: of several broken statements the lowest rank is reported."""
        return (Standing.PAGE, Standing.VENDOR, Standing.OWN, Standing.ASSUMED, Standing.HTTP).index(self)


class Refusal(StrEnum):
    """Whether anyone promised that the other side of a limit is refused."""

    NONE = "none"
    ASSUMED = "assumed"
    PROMISED = "promised"


class Proof(StrEnum):
    """How a statement is shown to be kept."""

    CONTRACT = "contract"
    PROBE = "probe"
    NONE = "none"


class Side(StrEnum):
    """The two promises a limit can make: what is allowed works, what is not is refused."""

    ACCEPT = "accept"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Page:
    """A vendor's page as it was read."""

    page: str
    vendor: str
    title: str
    address: str
    sha256: str
    prefix: str
    operation: str


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that can matter to a client; `editions` names those that it holds in, where that is not every one."""

    id: str
    says: str
    standing: Standing
    proof: Proof
    place: Place
    about: str = ""
    lines: str = ""
    source: str = ""
    refusal: Refusal = Refusal.NONE
    refusal_by: str = ""
    reason: str = ""
    needs: str = ""
    contested_by: str = ""
    editions: tuple[str, ...] = ()

    def is_of(self, edition: str) -> bool:
        """Whether it holds in this edition."""
        return not self.editions or edition in self.editions

    @property
    def of_page(self) -> bool:
        """Whether one of the five pages says it, contested or not."""
        return bool(self.lines)

    def standing_of(self, side: Side) -> Standing:
        """What a server that breaks this side of the statement has broken."""
        if side is Side.REFUSE and self.refusal is not Refusal.PROMISED:
            return Standing.ASSUMED if self.standing.binds else self.standing
        return self.standing


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the pages say in two ways, and what we decided."""

    id: str
    says: str
    about: tuple[str, ...]
    decision: str
    reason: str
    against: tuple[str, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Ledger:
    """All statements of one API in one edition, by id, in the order of the file; `elsewhere` has those of others."""

    api: str
    pages: tuple[Page, ...]
    statements: Mapping[str, Statement]
    contradictions: tuple[Contradiction, ...]
    elsewhere: tuple[Statement, ...] = ()

    def __getitem__(self, statement: str) -> Statement:
        try:
            return self.statements[statement]
        except KeyError:
            raise UnknownName("statement", statement, self.statements) from None

    def strongest(self, names: Iterable[str]) -> str:
        """The one of these statements that binds hardest, the first of equals; an empty text when there is none."""
        known = [name for name in names if name in self.statements]
        return min(known, key=lambda name: self.statements[name].standing.rank, default="")

    def page_statements(self) -> tuple[Statement, ...]:
        """The statements of the vendor's pages, without the facts the contract rests on."""
        return tuple(statement for statement in self.statements.values() if statement.of_page)

    def ids(self) -> frozenset[str]:
        """The ids of every edition."""
        return frozenset((*self.statements, *(statement.id for statement in self.elsewhere)))

    def with_shared(self, other: Ledger) -> Ledger:
        """This ledger with the statements of one that holds for every API."""
        return replace(self, statements={**self.statements, **other.statements})


Word = TypeVar("Word", bound=StrEnum)

_ID = re.compile(r"[A-Z][A-Z0-9]*-\d+[a-z]?\Z")
_LINES = re.compile(r"\d+(-\d+)?(, *\d+(-\d+)?)*\Z")
_EDITION = re.compile(r"[a-z][a-z0-9-]*\Z")
_SHARED_KEYS = {"id", "says", "about", "refusal", "refusal_by", "proof", "reason", "needs", "editions"}
_STATEMENT_KEYS = _SHARED_KEYS | {"lines"}
_FACT_KEYS = _SHARED_KEYS | {"standing", "source"}
_CONTRADICTION_KEYS = {"id", "says", "about", "decision", "reason", "against"}


def read_ledger(document: Document, edition: str = DOCUMENTED, *, shared: Container[str] = ()) -> Ledger:
    """
    The ledger that `statements.yaml` holds for this edition.

    An id may stand several times, for other editions each time. `shared` has the ids of the ledger that holds for every
    API, on whose statements a refusal may rest, too.

    Raises `FlawedDocument` with every misspelt key, doubled id, unknown word and proof without its reason.
    """
    flaws = [
        Flaw(document.place(pointer), "/".join(map(str, pointer)), message)
        for pointer, message in misshapen(document.data, "ledger")
    ]
    if flaws:
        raise FlawedDocument(flaws)
    reader = _Reader(document, shared)
    ledger = reader.ledger(edition)
    if reader.flaws:
        raise FlawedDocument(reader.flaws)
    return ledger


def _overlap(one: Statement, other: Statement) -> bool:
    """Whether there is an edition that both hold in."""
    return not (one.editions and other.editions) or not {*one.editions}.isdisjoint(other.editions)


class _Reader:
    def __init__(self, document: Document, shared: Container[str]) -> None:
        self.document, self.shared = document, shared
        self.flaws: list[Flaw] = []

    def ledger(self, edition: str) -> Ledger:
        data = self.document.data
        self._keys(data, {"api", "pages", "statements", "facts", "contradictions"}, ())
        contradictions = tuple(self._contradiction(item, at) for at, item in self._items(data, "contradictions"))
        against = {target: item.id for item in contradictions for target in item.against}
        found: list[Statement] = []
        for pointer, item in (*self._items(data, "statements"), *self._items(data, "facts")):
            statement = self._statement(item, pointer, against)
            known = next((other for other in found if other.id == statement.id and _overlap(other, statement)), None)
            if known is not None:
                self._flaw(pointer, statement.id, f"stands on line {known.place.line} too.")
            found.append(statement)
        self._check_links(contradictions, found)
        pages = tuple(self._page(item, at) for at, item in self._items(data, "pages"))
        return Ledger(
            api=str(data.get("api", "")),
            pages=pages,
            statements={statement.id: statement for statement in found if statement.is_of(edition)},
            contradictions=contradictions,
            elsewhere=tuple(statement for statement in found if not statement.is_of(edition)),
        )

    def _statement(self, item: Any, pointer: Pointer, against: Mapping[str, str]) -> Statement:
        of_page = pointer[0] == "statements"
        self._keys(item, _STATEMENT_KEYS if of_page else _FACT_KEYS, pointer)
        name = self._text(item, "id", pointer)
        if not _ID.match(name):
            self._flaw(pointer, name, "an id looks like HW-21.")
        lines = self._text(item, "lines", pointer) if of_page else ""
        if of_page and not _LINES.match(lines):
            self._flaw(pointer, name, f"lines look like '5', '5-9' or '5, 112-114', not {lines!r}.")
        standing = Standing.PAGE if of_page else self._word(item, "standing", Standing, pointer)
        if name in against:
            standing = Standing.ASSUMED
        proof = self._word(item, "proof", Proof, pointer)
        reason = str(item.get("reason") or "")
        if proof is Proof.NONE and not reason:
            self._flaw(pointer, name, "is not proved and gives no reason; add `reason`, or a probe.")
        refusal = self._word(item, "refusal", Refusal, pointer, Refusal.NONE)
        refusal_by = str(item.get("refusal_by") or "")
        if refusal is not Refusal.NONE and not refusal_by:
            self._flaw(pointer, name, f"refusal is '{refusal}' but `refusal_by` names nobody who says so.")
        editions = tuple(item.get("editions") or ())
        if "editions" in item and not (editions and all(map(_EDITION.match, editions))):
            self._flaw((*pointer, "editions"), name, "`editions` names at least one, in small letters, as [shipped].")
        return Statement(
            id=name,
            says=self._text(item, "says", pointer),
            standing=standing,
            proof=proof,
            place=self.document.place(pointer),
            about=str(item.get("about") or ""),
            lines=lines,
            source=str(item.get("source") or ""),
            refusal=refusal,
            refusal_by=refusal_by,
            reason=reason,
            needs=str(item.get("needs") or ""),
            contested_by=against.get(name, ""),
            editions=editions,
        )

    def _contradiction(self, item: Any, pointer: Pointer) -> Contradiction:
        self._keys(item, _CONTRADICTION_KEYS, pointer)
        return Contradiction(
            id=self._text(item, "id", pointer),
            says=self._text(item, "says", pointer),
            about=tuple(item.get("about", ())),
            decision=self._text(item, "decision", pointer),
            reason=self._text(item, "reason", pointer),
            against=tuple(item.get("against", ())),
            place=self.document.place(pointer),
        )

    def _page(self, item: Any, pointer: Pointer) -> Page:
        keys = ("page", "vendor", "title", "address", "sha256", "prefix", "operation")
        self._keys(item, set(keys), pointer)
        return Page(**{key: self._text(item, key, pointer) for key in keys})

    def _check_links(self, contradictions: Iterable[Contradiction], found: Iterable[Statement]) -> None:
        statements = {statement.id: statement for statement in found}
        seen: dict[str, Contradiction] = {}
        for item in contradictions:
            if item.id in seen:
                self.flaws.append(Flaw(item.place, item.id, f"stands on line {seen[item.id].place.line} too."))
            seen[item.id] = item
            for name in {*item.about, *item.against} - set(statements):
                hint = did_you_mean(name, statements)
                self.flaws.append(Flaw(item.place, item.id, f"speaks of '{name}', which no statement is named.{hint}"))
        for statement in found:
            by = statement.refusal_by
            if by and by not in statements and by not in self.shared:
                hint = did_you_mean(by, statements)
                self.flaws.append(
                    Flaw(statement.place, statement.id, f"refusal_by '{by}' is not a statement of this ledger.{hint}")
                )

    def _items(self, data: dict[str, Any], key: str) -> list[tuple[Pointer, Any]]:
        return [((key, index), item) for index, item in enumerate(data.get(key, []))]

    def _keys(self, item: dict[str, Any], known: set[str], pointer: Pointer) -> None:
        for key in item.keys() - known:
            self._flaw(
                (*pointer, key), str(item.get("id", "")), f"has an unknown key '{key}'.{did_you_mean(key, known)}"
            )

    def _text(self, item: dict[str, Any], key: str, pointer: Pointer) -> str:
        value = item.get(key, "")
        if value == "":
            self._flaw(pointer, str(item.get("id", "")), f"needs the text `{key}`.")
            return ""
        return str(value)

    def _word(
        self, item: dict[str, Any], key: str, words: type[Word], pointer: Pointer, default: Word | None = None
    ) -> Word:
        value = item.get(key)
        if value is None and default is not None:
            return default
        try:
            return words(str(value))
        except ValueError:
            known = ", ".join(words)
            self._flaw((*pointer, key), str(item.get("id", "")), f"`{key}` is one of {known}, not {value!r}.")
            return next(iter(words))

    def _flaw(self, pointer: Pointer, subject: str, message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), subject, message))
