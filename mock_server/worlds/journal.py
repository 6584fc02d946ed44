"""What happened in a world."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any, NamedTuple

LENGTH = 50
"""How many exchanges a world remembers, unless told otherwise."""
LONGEST = 2000
"""Characters of a path that are kept; a thousand worlds remember fifty each."""


class Entry(NamedTuple):
    """
    One exchange: `at` in seconds since 1970, `took` in seconds, `path` as it was sent with its query, cut if long.

    `statements` is empty for a request that was admitted; `refusal` names its explanation. What a client sent stays out
    of `repr`: it may be secret.
    """

    number: int
    at: float
    took: float
    method: str
    path: str
    api: str
    operation: str
    status: int
    admitted: bool
    statements: tuple[str, ...]
    detail: str
    refusal: str

    def __repr__(self) -> str:
        return f"Entry({self.number}, {self.method} {self.operation!r}, {self.status})"


class Journal:
    """The last exchanges of one world, numbered from 1."""

    __slots__ = ("_last", "_noted")

    def __init__(self, length: int = LENGTH) -> None:
        # Entries are made of these when somebody reads them.
        self._noted: deque[tuple[Any, ...]] = deque(maxlen=length)
        self._last = 0

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry._make, self._noted)

    def note(
        self,
        at: float,
        took: float,
        method: str,
        path: str,
        api: str,
        operation: str,
        status: int,
        admitted: bool,
        statements: tuple[str, ...] = (),
        detail: str = "",
        refusal: str = "",
    ) -> None:
        """Keep an exchange; the oldest one makes room."""
        self._last = number = self._last + 1
        if len(path) > LONGEST:
            path = f"{path[:LONGEST]}…"
        self._noted.append(
            (number, at, took, method, path, api, operation, status, admitted, statements, detail, refusal)
        )

    def clear(self) -> None:
        """Forget every exchange; the numbers go on."""
        self._noted.clear()
