"""Every report of a run can be read by whom it is for, whatever the server answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from conformance.reports import WRITTEN, junit, markdown, write_reports
from conformance.reports import text as terminal
from conformance.reports.document import Report, document
from conformance.reports.run_result import RunResult
from conformance.reports.text import finding_lines
from conformance.runner.selection import Selection
from conformance.verdict.outcomes import Exit, exit_of
from tests.conformance.answers import NOWHERE
from tests.conformance.brought import against, evidence, full, held, judged, lacking

NASTY = "418 \x00\x1b[31m ]]> <b>&amp;\ud800\ufffe ```\n| 界"
"""What a server might answer to spoil a report: control characters, half a pair, markup."""


def result(*, strict: bool = False) -> RunResult:
    """A run with one violation, a note for the same cause, one of its own, and much that was not exercised."""
    found = judged(
        full(
            against=(
                against("HTTP-05", beside=("HW-21",), received=NASTY),
                against("HW-21", beside=("HTTP-05",), received=NASTY),
                against("D-34", received=NASTY),
            ),
            seen=(held("HW-05", 3),),
        ),
        evidence(unmet=lacking("needs record case.templated"), serves=("HW-56",)),
        strict=strict,
    )
    selection = Selection("mock", {"aicc": f"{NOWHERE}/aicc"}, 7, "quick", strict, "a-run", "reports")
    end = exit_of([found])
    return RunResult(selection, (found,), end, "a statement is violated.", 1.25)


def report(*, strict: bool = False) -> Report:
    """The document of that run."""
    return document(result(strict=strict))


def shown_in(name: str) -> str:
    """That run as one of the reports for people."""
    if name == "terminal":
        return terminal.render(report(), "reports", verbose=False)
    return {"summary.md": markdown.render, "junit.xml": junit.render}[name](report())


def statements() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(report()))["apis"]["aicc"]["statements"]
    return found


def suite() -> Element:
    root: Element = fromstring(junit.render(report()))
    return root[0]


def lines_of(**changes: Any) -> list[str]:
    """A violation of HW-21 as the terminal shows it."""
    found = judged(full(against=(against("HW-21", **changes),)))
    statement = document(RunResult(result().selection, (found,), Exit.VIOLATED, "", 0.0))["apis"]["aicc"]["statements"][
        "HW-21"
    ]
    return finding_lines(statement["findings"][0], statement)


def case(statement: str) -> Element:
    return next(item for item in suite() if item.get("name", "").startswith(f"{statement} "))


@pytest.mark.parametrize("name", WRITTEN)
def test_report_can_be_written_whatever_was_received(name: str, tmp_path: Path) -> None:
    """No answer of a server keeps a report from being written and read as UTF-8."""
    clean = {"received": NASTY.replace("\ud800", "")}
    found = judged(full(against=(against("HW-21", **clean),)))
    run = RunResult(result().selection, (found,), Exit.VIOLATED, "", 0.0)
    write_reports(document(run), tmp_path / "new" / "folder")

    assert (tmp_path / "new" / "folder" / name).read_text(encoding="utf-8")


def test_junit_is_well_formed_with_control_characters_in_what_was_received() -> None:
    """Characters that XML cannot hold are escaped, so that CI can read the file."""
    assert "418 \\x00\\x1b[31m ]]> <b>&amp;" in (case("HW-21").findtext("failure") or "")


def test_junit_has_a_case_for_each_statement() -> None:
    """CI shows a statement as it shows a test."""
    assert len(suite().findall("testcase")) == int(suite().get("tests", "")) == len(statements())


def test_junit_has_no_case_twice() -> None:
    """Of cases with one name GitLab counts the first only."""
    names = [(item.get("classname"), item.get("name")) for item in suite()]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("statement", "inside"),
    [("HW-21", ["failure"]), ("D-34", ["system-out"]), ("HW-05", []), ("HW-56", ["skipped"]), ("HW-04", ["skipped"])],
    ids=["violated", "noted", "verified", "not exercised", "documentation only"],
)
def test_junit_tells_each_outcome_in_its_way(statement: str, inside: list[str]) -> None:
    """A violation fails, a note is reported, what was not shown is skipped."""
    assert [element.tag for element in case(statement)] == inside


def test_junit_counts_failures_and_skips() -> None:
    """The numbers of a suite are those of its cases."""
    failures, skipped = (sum(item.find(tag) is not None for item in suite()) for tag in ("failure", "skipped"))

    assert (suite().get("failures"), suite().get("skipped")) == (str(failures), str(skipped))


def test_junit_names_hold_nothing_that_was_drawn() -> None:
    """The name of a case is the same in every run, so that CI can follow it."""
    assert not [item for item in suite() if "418" in (item.get("name") or "")]


def test_report_tells_how_the_run_ended() -> None:
    """The word, the code and the advice of the command line stand in the report."""
    assert report()["exit"] == {
        "word": "violated",
        "code": 1,
        "shown": "violated",
        "advice": "a statement is violated.",
    }


def test_report_tells_how_to_repeat_the_run() -> None:
    """Seed, level and strictness are in the report."""
    written = report(strict=True)

    assert (written["seed"], written["level"], written["strict"]) == (7, "quick", True)


def test_report_holds_a_finding_as_it_was() -> None:
    """Programs get what was received unaltered."""
    assert statements()["HW-21"]["findings"] == [
        {
            "statement": "HW-21",
            "fingerprint": statements()["HW-21"]["findings"][0]["fingerprint"],
            "title": "Refused",
            "operation": "modifyCase",
            "request": "POST /case/modify",
            "side": "accept",
            "standing": "page",
            "check": "probe",
            "fails_the_run": True,
            "change": "",
            "known": False,
            "waived": None,
            "expired": None,
            "stability": "",
            "triage": "",
            "received": NASTY,
            "status": None,
            "documented": "200",
            "times": 1,
            "seconds": 0,
            "repeat": ["curl -i http://127.0.0.1:9/"],
            "exchanges": [],
            "instances": [],
            "also_breaks": [{"statement": "HTTP-05", "standing": "http"}],
            "reported_under": None,
        }
    ]


def test_report_has_one_finding_for_one_cause() -> None:
    """Programs that count findings count causes."""
    found = report()["apis"]["aicc"]["findings"]

    assert [(item["statement"], [also["statement"] for also in item["also_breaks"]]) for item in found] == [
        ("HW-21", ["HTTP-05"]),
        ("D-34", []),
    ]


def test_report_says_under_which_statement_a_finding_is_reported() -> None:
    """The verdict of the weaker statement leads to the finding of the stronger one."""
    assert statements()["HTTP-05"]["findings"][0]["reported_under"] == "HW-21"


def test_junit_tells_a_finding_once() -> None:
    """The case of the weaker statement names the one under which the finding stands."""
    assert "reported under HW-21" in (case("HTTP-05").findtext("system-out") or "")


@pytest.mark.parametrize("name", ["terminal", "summary.md"])
def test_reader_sees_one_finding_for_one_cause(name: str) -> None:
    """The strongest statement stands first, the others in one line with their standing."""
    shown = shown_in(name)

    assert (shown.count("Refused\n"), shown.count("also breaks HTTP-05 (http)\n")) == (2, 1)


def test_report_tells_an_exchange_that_showed_a_statement() -> None:
    """Who doubts a verified statement sees by what it was shown, and how often."""
    shown = statements()["HW-05"]

    assert (shown["outcome"], shown["shown"], shown["for_example"]) == ("verified", 3, "POST /case/modify -> 200")


def test_report_tells_why_a_statement_was_not_exercised() -> None:
    """What the target lacks stands beside the statement."""
    assert statements()["HW-56"]["reason"] == "needs record case.templated"


def test_report_points_at_the_ledger() -> None:
    """Each statement names the line of its ledger."""
    assert statements()["HW-21"]["ledger"].startswith("specs/aicc/statements.yaml:")


def test_summary_begins_with_how_the_run_ended() -> None:
    """The first line of the summary is the word of the exit."""
    assert markdown.render(report()).splitlines()[0] == "# Conformance: violated"


def test_summary_counts_outcomes_in_a_table() -> None:
    """The counts stand in a Markdown table with a row for the page and each standing."""
    rows = [line for line in markdown.render(report()).splitlines() if line.startswith("| of the page")]

    assert rows == ["| of the page | 71 | 1 | 1 | 0 | 58 | 11 |"]


def test_summary_lists_what_was_not_shown_with_its_reason() -> None:
    """A reviewer sees what the run says nothing about."""
    assert "| HW-56 | not exercised: needs record case.templated |" in markdown.render(report())


def test_terminal_shows_a_finding_in_its_fixed_order() -> None:
    """Title, operation, received, documented, how to repeat it."""
    shown = terminal.render(report(), "reports", verbose=False)
    places = [
        shown.index(part) for part in ("Refused\n  modifyCase", "  says ", "  received ", "  documented ", "  repeat ")
    ]

    assert places == sorted(places)


@pytest.mark.parametrize("name", ["terminal", "summary.md", "junit.xml"])
def test_what_was_received_cannot_steer_a_terminal(name: str) -> None:
    """An escape sequence that a server answered is shown escaped wherever a person reads it."""
    shown = shown_in(name)

    assert ("\x1b" in shown, "\\x1b[31m" in shown) == (False, True)


def test_terminal_ends_with_seed_and_word() -> None:
    """The last two lines say how to repeat the run and how it ended."""
    lines = terminal.render(report(), "reports", verbose=False).splitlines()

    assert (lines[-2].partition(" in ")[0], "seed 7" in lines[-2], lines[-1]) == (
        "9 exchanges",
        True,
        "violated: a statement is violated.",
    )


def test_terminal_says_that_a_note_does_not_fail_the_run() -> None:
    """Who sees a note learns that it is one."""
    shown = terminal.render(report(), "reports", verbose=False)

    assert shown.count("note        no page promises this; it does not fail the run (--strict makes it)") == 1


@pytest.mark.parametrize(("verbose", "shown"), [(True, True), (False, False)])
def test_terminal_lists_what_was_not_exercised_when_asked(verbose: bool, shown: bool) -> None:
    """The long list of what was not shown comes with -v only."""
    assert ("HW-56    not exercised" in terminal.render(report(), "reports", verbose=verbose)) is shown


def test_step_that_follows_itself_is_printed_once() -> None:
    """How often it is to be run stands before the command; report.json has each run of it."""
    steps = ("WORLD=a", "curl -X PUT x", "curl -X PUT x", "curl -X PUT x", "curl y")
    printed = [line for line in lines_of(repeat=steps) if line.startswith(("  repeat", "  then"))]

    assert printed == ["  repeat      WORLD=a", "  then 3 times curl -X PUT x", "  then        curl y"]


def test_finding_of_one_repeated_request_says_how_often() -> None:
    """The first step may be the one that repeats."""
    assert "  repeat 2 times curl x" in lines_of(repeat=("curl x", "curl x"))
