"""Texts of any length → texts that fit a line of a message or a report."""

from __future__ import annotations


def shorten(text: str, most: int, *, tail: int = 0) -> str:
    """
    A text of at most `most` characters: a longer one loses what stands before its last `tail` characters.

    With 9 characters "abcdefghijkl" becomes "abcdefgh…", and with a tail of 2 "abcd … kl".
    """
    if len(text) <= most:
        return text
    return f"{text[: most - tail - 3]} … {text[-tail:]}" if tail else f"{text[: most - 1]}…"
