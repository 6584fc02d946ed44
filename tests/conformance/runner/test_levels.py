"""Three depths of a run, and what a person sees of its progress."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from conformance.probes.context import Fuzzing
from conformance.probes.edges import tries_each_member
from conformance.runner.progress import Progress
from conformance.runner.selection import LEVELS, Selection
from conformance.verdict.evidence import merged
from tests.commands import casepact
from tests.conformance.answers import contract_of
from tests.conformance.brought import against, evidence, full


def selection(level: str) -> Selection:
    return Selection("mock", {"aicc": ""}, 7, level, True, "a-run", "reports")


@pytest.mark.parametrize(("level", "seeds"), [("quick", 1), ("default", 1), ("thorough", 10)])
def test_level_has_its_seeds(level: str, seeds: int) -> None:
    """
    The seeds of a run are its own and, where it has several, the numbers after it.
    """
    assert selection(level).seeds() == tuple(range(7, 7 + seeds))


def test_depth_of_a_level_is_no_less_than_that_of_the_one_before() -> None:
    """
    Each level draws more values than the one before, and fuzzes more.
    """
    order = list(Fuzzing)

    assert sorted(LEVELS.values(), key=lambda depth: (depth.examples, order.index(depth.fuzzing))) == list(
        LEVELS.values()
    )


@pytest.mark.parametrize(
    ("api", "operation", "each"),
    [
        ("aicc", "modifyCase", True),
        ("egain", "editCase", True),
        ("onlyoffice", "addCaseContact", True),
        ("onlyoffice", "updateCase", False),
        ("aicc", "getToken", False),
        ("aicc", "getCase", True),
    ],
)
def test_operation_whose_members_are_all_tried_is_known(api: str, operation: str, each: bool) -> None:
    """
    The default level fuzzes where a member of the body has no probe of its limits, and nowhere else.
    """
    contract = contract_of(api)

    assert tries_each_member(contract, contract.operation(operation)) is each


def test_thorough_and_quick_exclude_each_other(tmp_path: Path) -> None:
    """
    A run has one depth.
    """
    assert casepact("check", "--quick", "--thorough", reports=tmp_path).code == 2


def test_evidence_of_two_seeds_is_one() -> None:
    """
    The counts of a probe under several seeds are added; a finding of both is one finding.
    """
    one = merged(full(against=(against("HW-21"),)), full(against=(against("HW-21"),)))

    assert (one.exchanges, one.seen[0].times, one.against[0].times, len(one.against)) == (18, 2, 2, 1)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_terminal_shows_rate_and_time_left() -> None:
    """
    One line is rewritten: how much is done, how fast, and how long it still takes.
    """
    stream = Terminal()
    progress = Progress(stream)
    progress.expect(2)
    progress.take_in(evidence(exchanges=10))

    assert all(word in stream.getvalue() for word in ("\r", "[1/2] 10 exchanges", "/s, 0 findings, about ", " left"))


def test_other_streams_are_quiet() -> None:
    """
    In CI a probe that ends soon after the start prints nothing.
    """
    stream = io.StringIO()
    progress = Progress(stream)
    progress.expect(2)
    progress.take_in(evidence(exchanges=10))

    assert stream.getvalue() == ""
