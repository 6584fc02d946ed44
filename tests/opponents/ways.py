"""In what an opponent may differ and still be honest, and what a fault of one is."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal


@dataclass(frozen=True)
class Ways:
    """
    The honest ways of one server.

    Each field is a way in which real systems differ although all of them keep the page. The defaults are the plainest.
    """

    unseen: Literal[403, 404] = 404
    """The status for a record that exists but that the caller may not see, where page and facts leave it open."""
    hides_optional: bool = False
    """Reads leave out members that are optional in the answer, also members that were written."""
    page_members_only: bool = False
    """Answers hold exactly the members of the page's sample, no other that the vendor's documents know."""
    more_members: bool = False
    """Answers hold members that neither page nor documents mention, on every level."""
    other_dates: bool = False
    """Dates in another form that the page's format admits: another time zone, without or with fractions."""
    settles: float = 0.0
    """Seconds until a read shows what was written; the rules of the server always see the newest state."""
    big_ids: bool = False
    """Identifiers beyond 32 bits (numbers above 2**33; texts as the vendor has them)."""
    busy: bool = False
    """Other users change other records, and now and then the known ones, all the time."""
    token_life: int = 0
    """Requests after which a token has expired and must be fetched anew; 0: never."""
    delay: float = 0.0
    """Seconds that each answer takes."""
    gateway_errors: int = 0
    """One request in so many is answered 502 by a gateway with an HTML page, without reaching the server; 0: none."""
    workers: int = 1
    """Processes that serve at the same time and share the records."""


@dataclass(frozen=True)
class Fault:
    """One way in which an opponent breaks one promise of a page."""

    operation: str
    """The operation that breaks it: updateCase, addCaseContact, closeCase, editCase or modifyCase."""
    statements: tuple[str, ...]
    """The statement of vendor-facts section 6 that is broken, the best one first; others that say the same follow."""
    kind: Literal["form", "rule", "state"]
    """What shows it: the form of one answer, an admission rule, or the state of the records afterwards."""
    sentence: str


def parsed(text: str) -> Ways:
    """
    The ways that a list such as "settles=0.3,big_ids" names.

    Raises ValueError for a name that is not a way, or a value of another type.
    """
    ways = Ways()
    kinds = {field.name: type(getattr(ways, field.name)) for field in fields(ways)}
    for part in filter(None, text.split(",")):
        name, _, value = part.partition("=")
        if name not in kinds:
            raise ValueError(f"{name!r} is not a way of an opponent; there are {', '.join(kinds)}")
        kind = kinds[name]
        ways = replace(ways, **{name: True if kind is bool else kind(value)})
    return ways
