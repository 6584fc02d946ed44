"""`casepact explain` tells all about a statement and shows what keeps and what breaks it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.commands.explain import READERS_MOCK, explain
from specs.flaws import UnknownName
from tests.commands import casepact


@pytest.fixture(scope="module")
def reported() -> str:
    """What is reported of a statement that a written probe serves."""
    return explain("EG-42", ("egain",))


@pytest.mark.parametrize(
    "part",
    [
        "EG-42  egain  dueDate must be in the future.",
        "  standing    page",
        "  page        eGain, Edit open case, lines 57",
        "  rule        due_date_is_in_the_future",
        "  probe       editCase due date past and future",
        "  X-46        The rule holds.",
        "checked by   probe, in the probe 'editCase due date past and future'",
    ],
)
def test_explanation_says(part: str, reported: str) -> None:
    """Page, lines, standing, decision, rule, probe and check stand in the explanation."""
    assert part in reported


def test_explanation_shows_an_exchange_that_keeps_it(reported: str) -> None:
    """The passing exchange is a command and its answer."""
    passing = reported.partition("An exchange that keeps it")[2].partition("An exchange that breaks it")[0]

    assert re.search(r"\$ curl .*\"dueDate\":.*\n  204", passing)


def test_explanation_shows_an_exchange_that_breaks_it(reported: str) -> None:
    """The failing exchange says how the answer was altered and what the check made of it."""
    failing = reported.partition("An exchange that breaks it, ")[2]

    assert ("where the server carries out" in failing, "  finding     Accepted: a due date" in failing) == (True, True)


def test_commands_are_for_a_mock_that_the_reader_starts(reported: str) -> None:
    """The mock that the command started is gone: the commands are for the one whose start is printed."""
    addresses = set(re.findall(r"http://127\.0\.0\.1:\d+", reported))

    assert (addresses, "to repeat    casepact mock --api egain" in reported) == ({READERS_MOCK}, True)


def test_body_of_a_printed_command_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that is too long for a command line is in a file that is still there afterwards."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    files = re.findall(r"--data-binary @(\S+)", explain("HW-24"))

    assert files and all(Path(file).stat().st_size > 20_000 for file in files)


def test_statement_of_an_answer_is_broken_by_an_altered_answer() -> None:
    """For a member of an answer the failing exchange lacks it, or has it wrong."""
    failing = explain("HW-63").partition("An exchange that breaks it, ")[2]

    assert failing.startswith("with /resCode left out:")


def test_statement_that_nothing_shows_says_so() -> None:
    """What is documentation only has no exchange."""
    assert "No exchange shows it" in explain("HW-04")


def test_unknown_statement_is_reported_with_the_nearest() -> None:
    """A slip of the pen is answered with what may have been meant."""
    with pytest.raises(UnknownName, match="Did you mean"):
        explain("EG-420")


def test_help_has_examples() -> None:
    """Who asks for help sees a command to copy."""
    assert "casepact explain EG-42" in casepact("explain", "--help").out
