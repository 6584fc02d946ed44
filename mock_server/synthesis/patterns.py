"""Strings that match a regular expression."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from mock_server.synthesis.texts import ALPHANUMERIC, LETTERS, words

_LONGEST = 100_000
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}
_DIGITS = "0123456789"
_WORD = ALPHANUMERIC + "_"
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": " "}
_PROPERTIES = {"Lu": LETTERS.upper(), "Ll": LETTERS, "N": _DIGITS, "Nd": _DIGITS, "P": "-.,!", "Z": " ", "S": "+=$"}
_QUANTIFIER = re.compile(r"(\*|\+|\?|\{(\d+)(,?)(\d*)\})\??")
_NAMED = re.compile(r"\?P?<([A-Za-z_]\w*)>")


def matching(pattern: str, random: Random, low: int, high: int | None) -> Iterator[str]:
    """
    Texts that are likely to match a regular expression (ECMA 262, as OpenAPI has it) and have the wanted length.

    "^[A-Z]{2}-\\d+$" gives "QX-4", "RA-71", …. Lookaheads are guessed and lookbehinds ignored, so the caller judges
    what comes. Ends at once for an expression that cannot be read.
    """
    try:
        expression = _parsed(pattern)
    except _Unreadable:
        return
    for extra in (1, 0, 2, 3, 5, 8, 13, 21, 34, 55, 89, low, low // 2, 2 * low, low - 1, 0, 1):
        for _ in range(2):
            maker = _Maker(random, max(extra, 0))
            try:
                maker.make(expression)
            except _TooLong:
                break
            text = "".join(maker.parts)
            if len(text) < low:
                text += words(random, low - len(text), low - len(text))
            if high is None or len(text) <= high:
                yield text


class _Unreadable(Exception):
    """A regular expression that is not understood here."""


class _TooLong(Exception):
    """More characters than any schema could want."""


@dataclass(frozen=True, slots=True)
class _Class:
    choices: str


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    part: _Node


@dataclass(frozen=True, slots=True)
class _Back:
    name: str


@dataclass(frozen=True, slots=True)
class _Ahead:
    part: _Node


_Node = _Class | _Sequence | _Choice | _Repeat | _Group | _Back | _Ahead
_NOTHING = _Sequence(())


class _Maker:
    """Writes one text; an open repetition gets up to `extra` rounds more than it needs."""

    def __init__(self, random: Random, extra: int) -> None:
        self.random, self.extra = random, extra
        self.parts: list[str] = []
        self.groups: dict[str, str] = {}
        self.size = 0

    def make(self, node: _Node) -> None:
        if isinstance(node, _Class):
            if not node.choices:
                raise _TooLong
            self.write(self.random.choice(node.choices))
        elif isinstance(node, _Sequence):
            for part in node.parts:
                self.make(part)
        elif isinstance(node, _Choice):
            self.make(self.random.choice(node.branches))
        elif isinstance(node, _Repeat):
            most = node.low + self.extra if node.high is None else min(node.high, node.low + self.extra)
            for _ in range(most if self.extra > 8 else self.random.randint(node.low, most)):
                self.make(node.part)
        elif isinstance(node, _Group):
            start = len(self.parts)
            self.make(node.part)
            self.groups[node.name] = "".join(self.parts[start:])
        elif isinstance(node, _Back):
            self.write(self.groups.get(node.name, ""))
        else:
            # What is looked for ahead is written out half of the time: that is right for "(?=.*[0-9]).{8,}".
            if self.random.random() < 0.5:
                self.make(node.part)

    def write(self, text: str) -> None:
        self.size += len(text)
        if self.size > _LONGEST:
            raise _TooLong
        self.parts.append(text)


@lru_cache(maxsize=512)
def _parsed(pattern: str) -> _Node:
    parser = _Parser(pattern)
    node = parser.choice(0)
    if parser.at < len(pattern):
        raise _Unreadable
    return node


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.text, self.at, self.groups = pattern, 0, 0

    def choice(self, depth: int) -> _Node:
        if depth > 50:
            raise _Unreadable
        branches = [self.sequence(depth)]
        while self.take("|"):
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else _Choice(tuple(branches))

    def sequence(self, depth: int) -> _Node:
        parts = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self.repeated(self.atom(depth)))
        return _Sequence(tuple(parts))

    def repeated(self, node: _Node) -> _Node:
        match = _QUANTIFIER.match(self.text, self.at)
        if match is None:
            return node
        self.at = match.end()
        if match[2] is None:
            return _Repeat(node, *{"*": (0, None), "+": (1, None), "?": (0, 1)}[match[1]])
        low = int(match[2])
        return _Repeat(node, low, int(match[4]) if match[4] else None if match[3] else low)

    def atom(self, depth: int) -> _Node:
        character = self.next()
        if character == "(":
            node = self.group(depth)
            if not self.take(")"):
                raise _Unreadable
            return node
        if character == "[":
            return self.class_()
        if character == "\\":
            return self.escape()
        if character in "^$":
            return _NOTHING
        if character == ".":
            return _Class(ALPHANUMERIC)
        return _Class(character)

    def group(self, depth: int) -> _Node:
        if self.take("?:"):
            return self.choice(depth + 1)
        if self.take("?="):
            return _Ahead(self.choice(depth + 1))
        if self.take("?!") or self.take("?<!") or self.take("?<="):
            self.choice(depth + 1)
            return _NOTHING
        self.groups += 1
        number = str(self.groups)
        match = _NAMED.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            return _Group(number, _Group(match[1], self.choice(depth + 1)))
        if self.text.startswith("?", self.at):
            raise _Unreadable
        return _Group(number, self.choice(depth + 1))

    def escape(self) -> _Node:
        character = self.next()
        if character in "bB":
            return _NOTHING
        if character in "123456789":
            digits = character
            while self.at < len(self.text) and self.text[self.at].isdecimal():
                digits += self.next()
            return _Back(digits)
        if character == "k" and self.take("<"):
            end = self.text.find(">", self.at)
            name, self.at = self.text[self.at : end], end + 1
            return _Back(name)
        return _Class(_preferred(self.escaped(character)))

    def escaped(self, character: str) -> str:
        """The characters that an escape stands for."""
        if character in _CLASSES:
            return _CLASSES[character]
        if character in "DWS":
            return _without(_CLASSES[character.lower()] + ("\t\n" if character == "S" else ""))
        if character in "pP" and self.take("{"):
            end = self.text.find("}", self.at)
            name, self.at = self.text[self.at : end].rpartition("=")[2], end + 1
            found = _PROPERTIES.get(name, LETTERS + LETTERS.upper())
            return found if character == "p" else _without(found)
        if character == "u" and self.take("{"):
            end = self.text.find("}", self.at)
            digits, self.at = self.text[self.at : end], end + 1
            return _code_point(digits)
        if character in "ux":
            size = 4 if character == "u" else 2
            digits, self.at = self.text[self.at : self.at + size], self.at + size
            return _code_point(digits)
        if character == "c":
            return chr(ord(self.next()) % 32)
        return _ESCAPES.get(character, character)

    def class_(self) -> _Node:
        negated = self.take("^")
        found = ""
        while not self.take("]"):
            low = self.member()
            if len(low) == 1 and self.text.startswith("-", self.at) and not self.text.startswith("-]", self.at):
                self.at += 1
                high = self.member()
                if len(high) != 1:
                    found += f"{low}-{high}"
                    continue
                found += _range(ord(low), ord(high))
            else:
                found += low
        return _Class(_without(found) if negated else _preferred(found))

    def member(self) -> str:
        character = self.next()
        if character != "\\":
            return character
        character = self.next()
        return "\b" if character == "b" else self.escaped(character)

    def next(self) -> str:
        if self.at >= len(self.text):
            raise _Unreadable
        self.at += 1
        return self.text[self.at - 1]

    def take(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False


def _code_point(digits: str) -> str:
    try:
        return chr(int(digits, 16))
    except (ValueError, OverflowError):
        raise _Unreadable from None


def _range(low: int, high: int) -> str:
    """The characters of a range: all of those that can be typed, some of the others, and no surrogates."""
    typed = range(max(low, 0x20), min(high, 0x7E) + 1)
    others = range(low, min(high, low + 32) + 1)
    return "".join(chr(code) for code in (typed or others) if not 0xD800 <= code <= 0xDFFF)


def _without(taken: str) -> str:
    return _preferred("".join(character for character in _PRINTABLE if character not in taken)) or "éßж…"


def _preferred(choices: str) -> str:
    """Of many characters the letters and digits, which read best."""
    plain = "".join(character for character in choices if character in ALPHANUMERIC)
    return plain if len(plain) >= 10 else choices
