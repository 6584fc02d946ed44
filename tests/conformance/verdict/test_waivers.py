"""A waiver excuses one statement until the end of a day, and says so."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from conformance.reports import junit
from conformance.reports.document import Report, document
from conformance.reports.run_result import RunResult
from conformance.reports.text import render
from conformance.runner.selection import Selection
from conformance.target.profile import Waiver
from conformance.verdict.outcomes import ApiVerdict, Exit, Outcome, Suppressions, exit_of, judge_api
from conformance.verdict.waivers import check_names, unmatched
from specs.flaws import CasepactError
from tests import broken_servers
from tests.commands import Done, casepact
from tests.conformance.answers import NOWHERE, contract_of
from tests.conformance.brought import against, full
from tests.servers import serving

TODAY = date(2026, 11, 22)


def waiver(statement: str = "HW-21", until: date = TODAY, operation: str = "") -> Waiver:
    """A waiver of the service desk."""
    return Waiver(statement, "It is mended in 4.2.", "service desk", until, operation, "staging.yaml:9")


def judged(*waivers: Waiver) -> ApiVerdict:
    """AICC with HW-21 broken, under these waivers."""
    brought = full(against=(against("HW-21"),))
    suppressions = Suppressions(waivers, TODAY)
    return judge_api(
        contract_of("aicc"), f"{NOWHERE}/aicc", [brought], strict=True, partial=False, suppressions=suppressions
    )


def result(found: ApiVerdict) -> RunResult:
    """A run with this one API."""
    selection = Selection("staging", {"aicc": NOWHERE}, 7, "quick", False, "a-run", "reports")
    return RunResult(selection, (found,), exit_of([found]), "advice.", 1.0)


def reported(item: Waiver) -> Report:
    """The document of a run with this waiver."""
    return document(result(judged(item)))


def shown(item: Waiver) -> str:
    """What the terminal shows of it."""
    return render(reported(item), "reports", verbose=False)


def test_waived_statement_is_waived() -> None:
    """A finding under a waiver gives the outcome waived."""
    assert judged(waiver()).verdicts["HW-21"].outcome is Outcome.WAIVED


def test_waived_statement_does_not_fail_the_run() -> None:
    """With nothing else broken the contract is kept."""
    assert exit_of([judged(waiver())]) is Exit.KEPT


def test_run_whose_violations_are_all_excused_says_so() -> None:
    """Who reads only the last line learns that something was excused."""
    run = result(judged(waiver()))

    assert (run.exit, run.word, document(run)["excused"]) == (
        Exit.KEPT,
        "kept, 1 excused",
        1,
    )


def test_waiver_holds_on_its_last_day_and_not_after() -> None:
    """The day after `until` the same finding fails the run."""
    late = waiver(until=date(2026, 11, 21))

    assert [exit_of([judged(item)]) for item in (waiver(until=TODAY), late)] == [Exit.KEPT, Exit.VIOLATED]


def test_waiver_of_another_statement_excuses_nothing() -> None:
    """A waiver names exactly the statement that may be broken."""
    assert exit_of([judged(waiver("HW-22"))]) is Exit.VIOLATED


def test_waiver_of_another_operation_excuses_nothing() -> None:
    """A waiver that names an operation covers no other."""
    assert exit_of([judged(waiver(operation="getCase"))]) is Exit.VIOLATED


def test_note_is_not_waived() -> None:
    """What fails no run needs no waiver, and stays a note."""
    brought = full(against=(against("D-34"),))
    suppressions = Suppressions((waiver("D-34"),), TODAY)
    found = judge_api(contract_of("aicc"), NOWHERE, [brought], strict=False, partial=False, suppressions=suppressions)

    assert found.verdicts["D-34"].outcome is Outcome.NOTED


@pytest.mark.parametrize(
    ("until", "line"),
    [
        (TODAY, "  waived      until 2026-11-22 by service desk: It is mended in 4.2."),
        (date(2026, 1, 1), "  expired     its waiver ended on 2026-01-01 (service desk: It is mended in 4.2.)"),
    ],
    ids=["valid", "expired"],
)
def test_finding_says_who_answers_for_it(until: date, line: str) -> None:
    """Reason, owner and end stand with the finding, whether the waiver still holds or not."""
    assert line in shown(waiver(until=until)).splitlines()


def test_waived_statements_are_counted_in_a_column_of_their_own() -> None:
    """A reader sees how much is waived."""
    head = next(line for line in shown(waiver()).splitlines() if "statements" in line)

    assert "  violated  waived  noted" in head


def test_waived_case_is_skipped_in_junit() -> None:
    """CI shows a waived statement as skipped, not as failed."""
    assert '<skipped message="waived" />' in junit.render(reported(waiver()))


def test_report_holds_the_waiver() -> None:
    """Programs learn which waiver excused a finding."""
    report = reported(waiver())

    assert report["apis"]["aicc"]["statements"]["HW-21"]["findings"][0]["waived"] == {
        "until": "2026-11-22",
        "owner": "service desk",
        "reason": "It is mended in 4.2.",
        "at": "staging.yaml:9",
    }


def test_unmatched_waiver_is_reported() -> None:
    """A waiver of a statement that was exercised and kept is to be removed."""
    assert list(unmatched([waiver()], broken=(), exercised=("HW-21",))) == [
        "staging.yaml:9: the waiver of HW-21 (service desk) matched no finding; remove it."
    ]


def test_waiver_of_what_was_not_exercised_is_not_reported() -> None:
    """Of a statement that the run could not judge nothing is known."""
    assert list(unmatched([waiver()], broken=(), exercised=("HW-22",))) == []


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (waiver("HW-2l"), "staging.yaml:9: there is no statement 'HW-2l' to waive. Did you mean 'HW-"),
        (waiver(operation="modifyCases"), "staging.yaml:9: there is no operation 'modifyCases'. Did you mean 'modif"),
    ],
    ids=["statement", "operation"],
)
def test_waiver_of_what_does_not_exist_is_refused(item: Waiver, message: str) -> None:
    """A slip of the pen is reported with its place, because such a waiver would never match."""
    contract = contract_of("aicc")
    with pytest.raises(CasepactError) as caught:
        check_names([item], contract.ledger.statements, contract.operations)

    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(("until", "code"), [("2999-12-31", 0), ("2020-01-01", 1)], ids=["valid", "expired"])
def test_run_against_a_profile_with_a_waiver(until: str, code: int, tmp_path: Path) -> None:
    """A liar whose lie is waived passes until the waiver ends."""
    done = run_waived("HW-05", until, tmp_path)

    assert done.code == code, done.out + done.err


def run_waived(statement: str, until: str, folder: Path) -> Done:
    """A run against a server that breaks HW-05 and with it HW-23, by a profile that waives this one and another."""
    liar = broken_servers.LIARS["AICC does not store the description"]
    item = {"reason": "It is mended in 4.2.", "owner": "service desk", "until": until}
    waivers = [{"statement": name, **item} for name in (statement, "HW-23")]
    with serving(liar.app()) as address:
        profile = folder / "staging.yaml"
        aicc = {
            "url": f"{address}/aicc",
            "actors": {"operator": {"seed": "operator"}},
            "records": {
                "case.open": {"id": "c6m800000142mS63Voa8"},
                "user.owner": {"id": "10gg0000012IpiXMqxzk"},
                "user.creator": {"id": "10gg0000013wljxK5XX6"},
                "contact": {"id": "ciIy0000013w9aru7cDQ"},
            },
        }
        stated = {
            "summary": "A test.",
            "worlds": True,
            "writes": "allowed",
            "waivers": waivers,
            "apis": {"aicc": aicc},
        }
        profile.write_text(json.dumps(stated), encoding="utf-8")
        words = ("--quick", "--seed", "1", "-n", "1", "-k", "sample or title")
        return casepact("check", "--target", str(profile), *words, reports=folder / "reports")
