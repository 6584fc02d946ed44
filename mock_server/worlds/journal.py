"""What happened in a world."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

LENGTH = 50
"""How many exchanges a world remembers, unless its store was given another number."""
LONGEST = 2000
"""Characters of a path that are kept; a thousand worlds remember fifty each."""
LONGEST_BODY = 32_768
"""Bytes of a body that are kept."""
_BODIES = 8_000
"""Bytes of bodies that a world keeps for each exchange it remembers, at most; beyond, the oldest half makes room."""

Outcome = Literal["admitted", "refused", "simulated"]
ADMITTED: Outcome = "admitted"
REFUSED: Outcome = "refused"
SIMULATED: Outcome = "simulated"
"""The mock answered, or broke the connection, as it was asked to; the request did not decide it."""


@dataclass(slots=True)
class JournalEntry:
    """
    One exchange: `at` in seconds since 1970, `took` in seconds, `path` as it was sent with its query.

    `operation` is empty where no operation took the request. `status` is 0 where there was no answer. `outcome` is
    `ADMITTED`, `REFUSED` or `SIMULATED`; `statements` are those that a refused request broke, `refusal` is the id of
    its explanation. `headers` and `body` are those of the request, as far as it was read; those of the answer are as
    they are sent. Of a body that is not kept the bytes are counted: `body_left_out`, `answer_left_out`. What a client
    sent stays out of `repr`: it may be secret. An entry is never changed; every request makes one, and to freeze it
    takes longer than to fill it.
    """

    at: float
    took: float
    method: str
    path: str
    api: str
    operation: str
    status: int
    outcome: Outcome
    statements: tuple[str, ...] = ()
    detail: str = ""
    refusal: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes = b""
    body_left_out: int = 0
    answer_left_out: int = 0

    def __repr__(self) -> str:
        return f"JournalEntry({self.method} {self.operation!r}, {self.status})"


class Journal:
    """The last exchanges of one world, numbered from 1."""

    __slots__ = ("_entries", "_held", "_last", "_most")

    def __init__(self, length: int = LENGTH) -> None:
        self._entries: deque[JournalEntry] = deque(maxlen=length)
        self._last = 0
        # Bytes of bodies, counted anew when there are too many: an entry that makes room is not taken off.
        self._held, self._most = 0, most_bytes(length)

    @property
    def last(self) -> int:
        """The number of the newest exchange that was noted; 0 where there was none."""
        return self._last

    @property
    def first(self) -> int:
        """The number of the oldest exchange that is kept; that of the next one where none is."""
        return self._last - len(self._entries) + 1

    def numbered(self) -> Iterator[tuple[int, JournalEntry]]:
        """The exchanges that are kept, each with its number, the newest last."""
        # Whatever makes room or is cleared is older than what stays, so the numbers of what stays have no gaps.
        return enumerate(self._entries, self.first)

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange, what is too long of it cut; the oldest one makes room."""
        self._last += 1
        entry = shortened(entry)
        self._held += len(entry.body) + len(entry.answer_body)
        self._entries.append(entry)
        if self._held > self._most:
            self._make_room()

    def take(self, entries: Iterable[JournalEntry], last: int) -> None:
        """Keep these exchanges in place of all others, the newest of which has the number `last`."""
        self.clear()
        for entry in entries:
            self.note(entry)
        self._last = last

    def clear(self) -> None:
        """Forget every exchange; the numbers go on."""
        self._entries.clear()
        self._held = 0

    def _make_room(self) -> None:
        """Keep the newest bodies, half of what a world keeps, and of the others their sizes."""
        held = 0
        for index in range(len(self._entries) - 1, -1, -1):
            entry = self._entries[index]
            size = len(entry.body) + len(entry.answer_body)
            if held + size <= self._most // 2:
                held += size
            else:
                self._entries[index] = _cut(entry, 0)
        self._held = held


def most_bytes(length: int) -> int:
    """Bytes of bodies that a world keeps at most, which remembers so many exchanges."""
    return max(length * _BODIES, 4 * LONGEST_BODY)


def shortened(entry: JournalEntry) -> JournalEntry:
    """The entry with what is too long of it cut."""
    if len(entry.path) > LONGEST:
        entry = replace(entry, path=f"{entry.path[:LONGEST]}…")
    if len(entry.body) + len(entry.answer_body) > LONGEST_BODY:
        entry = _cut(entry, LONGEST_BODY)
    return entry


def _cut(entry: JournalEntry, longest: int) -> JournalEntry:
    """The entry without bodies that are longer."""
    if len(entry.body) > longest:
        entry = replace(entry, body=b"", body_left_out=len(entry.body))
    if len(entry.answer_body) > longest:
        entry = replace(entry, answer_body=b"", answer_left_out=len(entry.answer_body))
    return entry
