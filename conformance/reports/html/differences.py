"""Received against documented, as a reader compares them."""

from __future__ import annotations

import re
from difflib import SequenceMatcher, unified_diff
from typing import Any, NamedTuple

import orjson

from conformance.reports.html.bodies import laid_out

MOST = 2000
"""How many characters of either are shown."""

_ALIKE = 0.3
"""From which likeness on the parts that differ are marked: below, nearly all would be."""

_MOST_WORDS = 600


class Piece(NamedTuple):
    """A part of a text, and whether the other text lacks it."""

    text: str
    differs: bool


class Difference(NamedTuple):
    """Both texts in pieces; `lines` is the same by lines, as `diff -u` has it, where both are JSON of several lines."""

    received: list[Piece]
    documented: list[Piece]
    lines: list[str]


def difference(received: str, documented: str) -> Difference:
    """What the two texts have in common and what not."""
    one, other = cut(received), cut(documented)
    lines = _lines(one, other)
    words, others = _words(one), _words(other)
    matcher = SequenceMatcher(None, words, others, autojunk=False)
    if (
        lines
        or len(words) + len(others) > _MOST_WORDS
        or matcher.real_quick_ratio() < _ALIKE
        or matcher.ratio() < _ALIKE
    ):
        return Difference([Piece(one, False)], [Piece(other, False)], lines)
    left: list[Piece] = []
    right: list[Piece] = []
    for kind, start, end, begin, stop in matcher.get_opcodes():
        if start < end:
            left.append(Piece("".join(words[start:end]), kind != "equal"))
        if begin < stop:
            right.append(Piece("".join(others[begin:stop]), kind != "equal"))
    return Difference(left, right, lines)


def cut(text: str, most: int = MOST) -> str:
    """A text of no more than so many characters, which says how many are left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters, in report.json)"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)


def _lines(one: str, other: str) -> list[str]:
    left, right = _json(one), _json(other)
    if not left or not right or max(left.count("\n"), right.count("\n")) < 2:
        return []
    found = unified_diff(right.splitlines(), left.splitlines(), lineterm="", n=2)
    return [line for line in found if not line.startswith(("---", "+++", "@@"))]


def _json(text: str) -> str:
    try:
        data: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    return laid_out(text) if isinstance(data, dict | list) else ""
