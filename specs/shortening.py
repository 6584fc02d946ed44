"""Texts of any length → texts that fit a line of a message or a report."""

from __future__ import annotations

from collections.abc import Sequence


def shorten(text: str, most: int, *, tail: int = 0) -> str:
    """
    A text of at most `most` characters: a longer one loses what stands before its last `tail` characters.

    With 9 characters "abcdefghijkl" becomes "abcdefgh…", and with a tail of 2 "abcd … kl".
    """
    if len(text) <= most:
        return text
    return f"{text[: most - tail - 3]} … {text[-tail:]}" if tail else f"{text[: most - 1]}…"


def listed(items: Sequence[str], most: int = 5, separator: str = ", ") -> str:
    """
    The first items, and how many there are beyond them: "a, b … and 22 more".

    None is left out silently.
    """
    shown = separator.join(items[:most])
    return f"{shown}{separator}… and {len(items) - most} more" if len(items) > most else shown
