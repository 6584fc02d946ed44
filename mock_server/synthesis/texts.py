"""Strings of a wanted kind: of a format, matching a regular expression, or just words of a certain length."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "inlet", "juniper", "kestrel"),
    *("lantern", "meadow", "north", "orchard", "pebble", "quarry", "river", "summit", "timber", "upland", "valley"),
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ALPHANUMERIC = _LETTERS + _LETTERS.upper() + "0123456789"
_LONGEST = 100_000


def words(random: Random, low: int, high: int | None) -> str:
    """Lower-case words, as many as `low` characters need and cut off at `high`; one when nothing is asked."""
    text = random.choice(_WORDS)
    while len(text) < low:
        text += f" {random.choice(_WORDS)}"
    text = text if high is None else text[:high]
    return f"{text[:-1]}s" if text.endswith(" ") else text


def of_format(name: str, random: Random, low: int, high: int | None) -> str | None:
    """A text of a string format, about as long as asked where the format leaves a choice; None for an unknown one."""
    make = FORMATS.get(name)
    return make(random, low, high) if make is not None else None


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


_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}
_DIGITS = "0123456789"
_WORD = _ALPHANUMERIC + "_"
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": " "}
_PROPERTIES = {"Lu": _LETTERS.upper(), "Ll": _LETTERS, "N": _DIGITS, "Nd": _DIGITS, "P": "-.,!", "Z": " ", "S": "+=$"}
_QUANTIFIER = re.compile(r"(\*|\+|\?|\{(\d+)(,?)(\d*)\})\??")
_NAMED = re.compile(r"\?P?<([A-Za-z_]\w*)>")


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
            return _Class(_ALPHANUMERIC)
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
            found = _PROPERTIES.get(name, _LETTERS + _LETTERS.upper())
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
    plain = "".join(character for character in choices if character in _ALPHANUMERIC)
    return plain if len(plain) >= 10 else choices


Make = Callable[[Random, int, int | None], str]


def _padded(head: str, tail: str, low: int, characters: str = _LETTERS) -> str:
    missing = low - len(head) - len(tail)
    return head + (characters * (missing // len(characters) + 1))[: max(missing, 0)] + tail


def _fits(texts: Sequence[str], high: int | None) -> str:
    """The first of the texts that is short enough, or else the last."""
    return next((text for text in texts if high is None or len(text) <= high), texts[-1])


def _date(random: Random, low: int, high: int | None) -> str:
    return f"{random.randint(2015, 2030)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random, low: int, high: int | None) -> str:
    fraction = "." + "0" * (low - 10) if low > 9 else ""
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}{fraction}Z"


def _date_time(random: Random, low: int, high: int | None) -> str:
    return f"{_date(random, 0, None)}T{_time(random, low - 11, None)}"


def _space_date_time(random: Random, low: int, high: int | None) -> str:
    return f"{_date(random, 0, None)} {_time(random, 0, None)[:8]}"


def _duration(random: Random, low: int, high: int | None) -> str:
    days = random.randint(1, 9)
    # Each number may have some zeros before it, but not any number of them.
    zeros = "0" * (-(-(low - 14) // 6))
    return f"P{zeros}0Y{zeros}0M{zeros}{days}DT{zeros}0H{zeros}0M{zeros}0S" if low > 3 else f"P{days}D"


def _uuid(random: Random, low: int, high: int | None) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _email(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    if low > 60:
        return _padded(f"{name}@a", ".example.com", low, f"{_LETTERS}.")
    return _fits((_padded(name, "@example.com", low), f"{name[0]}@example.com", "a@b.co"), high)


def _hostname(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(name, ".example.com", low, f"{_LETTERS}."), f"{name}.com", name[:2]), high)


def _uri(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"https://example.com/{name}", "", low), f"https://{name[0]}.co", f"a:{name[0]}"), high)


def _reference(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"/{name}", "", low), name[:1]), high)


def _template(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"https://example.com/{name}", "{/id}", low), f"/{name[:2]}", name[:1]), high)


def _ipv4(random: Random, low: int, high: int | None) -> str:
    # RFC 5737 section 3: addresses for documentation.
    return f"192.0.2.{random.randint(100, 254) if low > 9 else random.randint(1, 9)}"


def _ipv6(random: Random, low: int, high: int | None) -> str:
    # RFC 3849 section 2, likewise.
    last = f"{random.randint(0x1000, 0xFFFF):x}"
    return f"2001:0db8:0000:0000:0000:0000:0000:{last}" if low > 14 else f"2001:db8::{last}"


def _pointer(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"/{random.choice(_WORDS)}", "", low), ""), high)


def _relative_pointer(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"0/{random.choice(_WORDS)}", "", low), "0"), high)


def _regex(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"^{random.choice(_WORDS)}", "$", low), "a"), high)


def _byte(random: Random, low: int, high: int | None) -> str:
    size = max(-(-low // 4) * 3, 6)
    if high is not None:
        size = min(size, high // 4 * 3)
    return base64.b64encode(random.randbytes(size)).decode()


FORMATS: dict[str, Make] = {
    "date": _date,
    "date-time": _date_time,
    "time": _time,
    "duration": _duration,
    "space-date-time": _space_date_time,
    "uuid": _uuid,
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "idn-hostname": _hostname,
    "uri": _uri,
    "iri": _uri,
    "uri-reference": _reference,
    "iri-reference": _reference,
    "uri-template": _template,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "json-pointer": _pointer,
    "relative-json-pointer": _relative_pointer,
    "regex": _regex,
    "byte": _byte,
}
"""A maker for each format that a schema of ours can ask for."""
