"""What happened in a world."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

LENGTH = 50
"""How many exchanges a world remembers, unless its store was given another number."""
LONGEST = 2000
"""Characters of a path that are kept; a thousand worlds remember fifty each."""


@dataclass(slots=True)
class JournalEntry:
    """
    One exchange: `at` in seconds since 1970, `took` in seconds, `path` as it was sent with its query.

    `operation` is empty where no operation took the request. `statements` is empty for a request that was admitted;
    `refusal` is the id of its explanation. What a client sent stays out of `repr`: it may be secret. An entry is never
    changed; every request makes one, and to freeze it takes longer than to fill it.
    """

    at: float
    took: float
    method: str
    path: str
    api: str
    operation: str
    status: int
    admitted: bool
    statements: tuple[str, ...] = ()
    detail: str = ""
    refusal: str = ""

    def __repr__(self) -> str:
        return f"JournalEntry({self.method} {self.operation!r}, {self.status})"


class Journal:
    """The last exchanges of one world, numbered from 1."""

    __slots__ = ("_entries", "_last")

    def __init__(self, length: int = LENGTH) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=length)
        self._last = 0

    def numbered(self) -> Iterator[tuple[int, JournalEntry]]:
        """The exchanges that are kept, each with its number, the newest last."""
        # Whatever makes room or is cleared is older than what stays, so the numbers of what stays have no gaps.
        return enumerate(self._entries, self._last - len(self._entries) + 1)

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange, its path cut if it is long; the oldest one makes room."""
        self._last += 1
        if len(entry.path) > LONGEST:
            entry = replace(entry, path=f"{entry.path[:LONGEST]}…")
        self._entries.append(entry)

    def clear(self) -> None:
        """Forget every exchange; the numbers go on."""
        self._entries.clear()
