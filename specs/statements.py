"""The ledger: what a page says, how far it binds a server, and how that is proved."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from specs.document_schemas import misfits
from specs.flaws import Flaw, FlawedDocument, Place, UnknownName, did_you_mean
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
    derived: bool = False
    """Whether no ledger has it: it says what a foreign document says at `place`."""

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

_PAGE_KEYS = ("page", "vendor", "title", "address", "sha256", "prefix", "operation")


def read_ledger(document: Document, edition: str = DOCUMENTED, *, shared: Container[str] = ()) -> Ledger:
    """
    The ledger that `statements.yaml` holds for this edition.

    An id may stand several times, for other editions each time. `shared` has the ids of the ledger that holds for every
    API, on whose statements a refusal may rest, too.

    Raises `FlawedDocument` with everything that does not fit `ledger.schema.json`, and every doubled id and id of no
    statement.
    """
    reader = _Reader(document, shared)
    ledger = None if reader.is_misshapen() else reader.ledger(edition)
    if ledger is None or reader.flaws:
        raise FlawedDocument(reader.flaws)
    return ledger


def _overlap(one: Statement, other: Statement) -> bool:
    """Whether there is an edition that both hold in."""
    return not (one.editions and other.editions) or not {*one.editions}.isdisjoint(other.editions)


class _Reader:
    def __init__(self, document: Document, shared: Container[str]) -> None:
        self.document, self.shared = document, shared
        self.flaws: list[Flaw] = []

    def is_misshapen(self) -> bool:
        """Whether an element has another type than the schema asks for; all that does not fit it is noted."""
        data, found = self.document.data, misfits("ledger", self.document.data)
        for misfit in found:
            entry = data[misfit.pointer[0]][misfit.pointer[1]] if len(misfit.pointer) > 1 else {}
            name = str(entry.get("id", "")) if isinstance(entry, dict) else ""
            subject = name or (misfit.path if misfit.misshapen else "")
            self.flaws.append(Flaw(self.document.place(misfit.pointer), subject, misfit.message))
        return any(misfit.misshapen for misfit in found)

    def ledger(self, edition: str) -> Ledger:
        data = self.document.data
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
        return Ledger(
            api=data.get("api", ""),
            pages=tuple(Page(**{key: str(item.get(key, "")) for key in _PAGE_KEYS}) for item in data.get("pages", ())),
            statements={statement.id: statement for statement in found if statement.is_of(edition)},
            contradictions=contradictions,
            elsewhere=tuple(statement for statement in found if not statement.is_of(edition)),
        )

    def _statement(self, item: Any, pointer: Pointer, against: Mapping[str, str]) -> Statement:
        of_page = pointer[0] == "statements"
        name = item.get("id", "")
        standing = Standing.PAGE if of_page else _word(item, "standing", Standing.PAGE)
        return Statement(
            id=name,
            says=item.get("says", ""),
            standing=Standing.ASSUMED if name in against else standing,
            proof=_word(item, "proof", Proof.CONTRACT),
            place=self.document.place(pointer),
            about=item.get("about", ""),
            lines=str(item.get("lines", "")) if of_page else "",
            source=item.get("source", ""),
            refusal=_word(item, "refusal", Refusal.NONE),
            refusal_by=item.get("refusal_by", ""),
            reason=item.get("reason", ""),
            needs=item.get("needs", ""),
            contested_by=against.get(name, ""),
            editions=tuple(item.get("editions", ())),
        )

    def _contradiction(self, item: Any, pointer: Pointer) -> Contradiction:
        return Contradiction(
            id=item.get("id", ""),
            says=item.get("says", ""),
            about=tuple(item.get("about", ())),
            decision=item.get("decision", ""),
            reason=item.get("reason", ""),
            against=tuple(item.get("against", ())),
            place=self.document.place(pointer),
        )

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

    def _flaw(self, pointer: Pointer, subject: str, message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), subject, message))


def _word(item: Mapping[str, Any], key: str, default: Word) -> Word:
    """The word of a member; the default where it has none, or one of which the schema has complained."""
    words = type(default)
    return words(item[key]) if item.get(key) in list(words) else default
