"""Semantic versions: the bump that changes need."""

from __future__ import annotations

import pytest

from conformance.contract_diff.change import Change, Level
from conformance.contract_diff.kinds import KINDS
from conformance.contract_diff.versioning import Bump, judge_versions


def changes(level: Level) -> list[Change]:
    """One change of this level."""
    kind = next(kind for kind in KINDS.values() if kind.request is level or level is Level.CORRECTION)
    return [Change("things", kind, level, "", "")]


@pytest.mark.parametrize(
    ("level", "old", "new", "needed", "is_enough"),
    [
        (Level.BREAKING, "1.2.0", "1.3.0", Bump.MAJOR, False),
        (Level.BREAKING, "1.2.0", "2.0.0", Bump.MAJOR, True),
        (Level.BREAKING, "0.2.0", "0.3.0", Bump.MINOR, True),
        (Level.BREAKING, "0.2.0", "0.2.1", Bump.MINOR, False),
        (Level.WARNING, "1.2.0", "1.2.1", Bump.MINOR, False),
        (Level.COMPATIBLE, "1.2.0", "1.2.1", Bump.MINOR, False),
        (Level.COMPATIBLE, "1.2.0", "1.3.0", Bump.MINOR, True),
        (Level.CORRECTION, "1.2.0", "1.2.1", Bump.PATCH, True),
        (Level.TEXT, "1.2.0", "1.2.0", Bump.PATCH, False),
        (Level.TEXT, "1.2.0", "1.2.1", Bump.PATCH, True),
        (Level.TEXT, "1.2", "1.3", Bump.PATCH, True),
        (Level.BREAKING, "1.9.0", "2.0.0-rc.1", Bump.MAJOR, True),
        (Level.BREAKING, "2.0.0-rc.1", "2.0.0-rc.2", Bump.MAJOR, True),
    ],
)
def test_bump_is_judged(level: Level, old: str, new: str, needed: Bump, is_enough: bool) -> None:
    """Breaking changes need a major bump, additions a minor one, texts and corrections a patch."""
    verdict = judge_versions(old, new, changes(level))

    assert (verdict.needed, verdict.flaw == "") == (needed, is_enough)


def test_lower_version_is_never_enough() -> None:
    """A version does not go back."""
    assert judge_versions("1.2.0", "1.1.9", []).flaw == "which is lower than before"


def test_version_that_is_not_semantic_is_reported() -> None:
    """A date as the version leaves open what a bump is; without changes nobody asks."""
    assert judge_versions("2015-05-28", "2016-03-11", changes(Level.TEXT)).flaw
    assert judge_versions("2015-05-28", "2015-05-28", []).flaw == ""


def test_version_with_endless_digits_is_not_semantic() -> None:
    """Python refuses to read numbers of thousands of digits; a reader sees a warning."""
    assert not judge_versions("1.0.0", f"{'9' * 5000}.0.0", changes(Level.TEXT)).is_readable


def test_sentence_names_the_bump() -> None:
    """What a reader sees: both versions, and which bump is needed."""
    verdict = judge_versions("1.2.0", "1.3.0", changes(Level.BREAKING))

    assert str(verdict) == "info.version 1.2.0 → 1.3.0, a major bump is needed"
