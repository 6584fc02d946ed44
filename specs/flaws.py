"""What can be wrong with a document of ours, reported with file, line and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file: `specs/egain/openapi.yaml:212`."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Flaw:
    """One thing that is wrong, where it stands and what to do about it."""

    place: Place
    subject: str
    message: str

    def __str__(self) -> str:
        subject = f", {self.subject}" if self.subject else ""
        return f"{self.place}{subject}: {self.message}"


class CasepactError(Exception):
    """What a user can mend. Its text is complete: print it, exit, no traceback."""


# More names than this help nobody who reads an error.
_LISTED = 20


class UnknownName(CasepactError):
    """A name that nothing carries; knows the names that exist."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        listed = f" Known: {', '.join(self.known) or 'none'}." if len(self.known) <= _LISTED else ""
        super().__init__(f"no {kind} is named '{name}'.{did_you_mean(name, self.known)}{listed}")


class FlawedDocument(CasepactError):
    """A document that cannot be used; carries every flaw found, not only the first."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        self.flaws = tuple(sorted(set(flaws)))
        super().__init__("\n".join(map(str, self.flaws)))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """
    A hint with the nearest known name, or an empty text.

    "EG-420" among EG-01 … EG-89 gives " Did you mean 'EG-42'?".
    """
    near = difflib.get_close_matches(name, [item for item in known if isinstance(item, str)], n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
