"""Semantic versions: by how much `info.version` must rise for what changed, and whether it did."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from conformance.contract_diff.change import Change, Level

# Semantic Versioning 2.0.0; a missing last number is 0, and no number is longer than this.
_NUMBER = r"(0|[1-9]\d{0,99})"
_VERSION = re.compile(rf"v?{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER})?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?\Z")


class Bump(IntEnum):
    """By which of its numbers a version rises."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """Its name in a sentence: `major`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class VersionVerdict:
    """The versions of both sides, the bump that the changes need, and what is wrong; no `flaw` where it is right."""

    old: str
    new: str
    needed: Bump
    flaw: str = ""
    is_readable: bool = True
    is_judged: bool = True

    def __str__(self) -> str:
        same = f"info.version {self.old} unchanged" if self.old == self.new else f"info.version {self.old} → {self.new}"
        if not self.is_judged:
            return same
        if self.flaw:
            return f"{same}, {self.flaw}"
        return same if self.needed is Bump.NONE else f"{same}; a {self.needed.word} bump was needed"


def judge_versions(old: str, new: str, changes: Iterable[Change]) -> VersionVerdict:
    """
    Whether the version rose by enough.

    Breaking changes need a major bump, or a minor one from 0.x; warnings and what is compatible a minor one;
    corrections and texts a patch. Waived changes count as well: a version is for readers who know of no waiver.
    """
    first, second = _VERSION.match(old), _VERSION.match(new)
    needed = max((_needed(change.level, old) for change in changes), default=Bump.NONE)
    if first is None or second is None:
        flaw = "" if old == new and needed is Bump.NONE else "which is not a semantic version such as 1.4.0"
        return VersionVerdict(old, new, needed, flaw, is_readable=False)
    before, after = _numbers(first), _numbers(second)
    if after < before:
        return VersionVerdict(old, new, needed, "which is lower than before")
    raised = _raised(before, after)
    if raised is Bump.NONE and first[4] and (old != new or needed is Bump.NONE):
        # A pre-release of the coming version: its numbers have risen already.
        return VersionVerdict(old, new, needed)
    flaw = f"a {needed.word} bump is needed" if raised < needed else ""
    return VersionVerdict(old, new, needed, flaw)


def _needed(level: Level, version: str) -> Bump:
    match level:
        case Level.BREAKING:
            return Bump.MINOR if version.removeprefix("v").startswith("0.") else Bump.MAJOR
        case Level.WARNING | Level.COMPATIBLE:
            return Bump.MINOR
        case _:
            return Bump.PATCH


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _raised(before: tuple[int, int, int], after: tuple[int, int, int]) -> Bump:
    for bump, one, other in zip((Bump.MAJOR, Bump.MINOR, Bump.PATCH), before, after, strict=True):
        if one != other:
            return bump
    return Bump.NONE
