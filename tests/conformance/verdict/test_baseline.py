"""With a baseline a run fails on what is new only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.verdict.baseline import Key, Origin, as_text, gone, key_of, load, updated
from conformance.verdict.outcomes import ApiVerdict, Exit, Outcome, Suppressions, exit_of, judge_api
from specs.flaws import CasepactError
from tests import broken_servers
from tests.commands import Done, casepact
from tests.conformance.answers import NOWHERE, contract_of
from tests.conformance.brought import against, full
from tests.servers import serving

REFUSED = Key("aicc", "HW-21", "modifyCase", "Refused", "probe")
OTHER = Key("aicc", "HW-05", "modifyCase", "Refused", "probe")


def judged(known: frozenset[Key], *statements: str) -> ApiVerdict:
    """AICC with these statements broken, and these findings known."""
    brought = full(against=tuple(map(against, statements)))
    suppressions = Suppressions(baseline=known)
    return judge_api(contract_of("aicc"), NOWHERE, [brought], strict=True, partial=False, suppressions=suppressions)


def report(*findings: str, exercised: tuple[str, ...] = ("HW-21", "HW-05"), partial: bool = False) -> dict[str, Any]:
    """report.json of a run that exercised some statements and found some of them broken."""
    item = {"operation": "modifyCase", "title": "Refused", "check": "probe", "side": "accept"}
    statements: dict[str, Any] = {name: {"outcome": "verified"} for name in exercised}
    statements |= {
        name: {"outcome": "violated", "findings": [{**item, "fails_the_run": True, "known": False}]}
        for name in findings
    }
    return {"partial": partial, "apis": {"aicc": {"statements": statements}}}


def test_known_finding_does_not_fail_the_run() -> None:
    """A finding of the baseline leaves the exit at kept."""
    assert exit_of([judged(frozenset({REFUSED}), "HW-21")]) is Exit.KEPT


def test_known_finding_is_still_a_violation() -> None:
    """The statement's outcome tells the truth."""
    assert judged(frozenset({REFUSED}), "HW-21").verdicts["HW-21"].outcome is Outcome.VIOLATED


def test_new_finding_fails_the_run() -> None:
    """What the baseline does not hold counts."""
    assert exit_of([judged(frozenset({REFUSED}), "HW-21", "HW-05")]) is Exit.VIOLATED


def test_finding_of_the_other_side_is_new() -> None:
    """That a server accepts too much was not known when it refused too much."""
    brought = full(against=(against("HW-21", side="refuse"),))
    suppressions = Suppressions(baseline=frozenset({REFUSED}))
    found = judge_api(contract_of("aicc"), NOWHERE, [brought], strict=True, partial=False, suppressions=suppressions)

    assert exit_of([found]) is Exit.VIOLATED


@pytest.mark.parametrize(
    ("title", "where"),
    [
        ("Changed: Casepact 18497455", "Changed: Casepact #"),
        ("Refused: 9924256a-739c-462b-af15-e652a3b1b6eb", "Refused: #"),
        ("Accepted: caseInfo/title longer than 128 bytes", "Accepted: caseInfo/title longer than 128 bytes"),
        ("Member missing: /response/customFields", "Member missing: /response/customFields"),
    ],
)
def test_key_holds_no_drawn_value(title: str, where: str) -> None:
    """Ids and drawn numbers leave the key; the contract's own numbers and pointers stay."""
    reported = {"api": "aicc", "statement": "HW-21", "operation": "modifyCase", "check": "probe", "side": "accept"}

    assert key_of(title=title, **reported).where == where


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Writing a baseline and reading it gives the same keys."""
    path = tmp_path / "known.json"
    path.write_text(as_text({REFUSED, OTHER}), encoding="utf-8")

    assert load(path) == {REFUSED, OTHER}


def test_file_has_a_line_for_each_finding() -> None:
    """A change of one finding is a change of one line."""
    assert [line.strip(" ,") for line in as_text({REFUSED, OTHER}).splitlines()[3:-2]] == [
        json.dumps(key._asdict()) for key in (OTHER, REFUSED)
    ]


def test_update_takes_what_was_found() -> None:
    """A new finding is known after the update."""
    assert updated(frozenset(), report("HW-21")) == {REFUSED}


def test_update_drops_what_is_mended() -> None:
    """A finding that did not come again, though its statement was exercised, leaves the baseline."""
    assert updated({REFUSED, OTHER}, report("HW-21")) == {REFUSED}


@pytest.mark.parametrize(
    "reported", [report(exercised=()), report(partial=True)], ids=["not exercised", "a selection of probes"]
)
def test_update_keeps_what_had_no_occasion_to_come_again(reported: dict[str, Any]) -> None:
    """A run that says nothing of a statement removes nothing."""
    assert updated({REFUSED}, reported) == {REFUSED}


def test_finding_that_is_gone_is_reported() -> None:
    """A reader learns that the baseline can shrink."""
    assert list(gone([REFUSED], found=(), exercised={("aicc", "HW-21")})) == [
        "no longer found: aicc HW-21 modifyCase: Refused; update the baseline."
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ":1: is not JSON"),
        ("[" * 100_000, ": is nested too deep"),
        ("[]", ": is not a baseline; `casepact baseline update"),
        ('{"baseline": 2, "findings": []}', ": is not a baseline"),
        ('{"baseline": 1, "findings": [{"api": "aicc"}]}', ": findings/0 needs the texts api, statement, operation"),
    ],
    ids=["no JSON", "nested", "a list", "another format", "a finding without its keys"],
)
def test_file_that_is_no_baseline_is_refused(text: str, message: str, tmp_path: Path) -> None:
    """The error names the file, the place and the way out."""
    path = tmp_path / "known.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(CasepactError) as caught:
        load(path)

    assert str(caught.value).startswith(f"{path}{message}")


def test_missing_baseline_is_reported_before_the_run(tmp_path: Path) -> None:
    """A misspelt file costs no run."""
    done = casepact("check", "--api", "aicc", "--baseline", str(tmp_path / "no.json"), reports=tmp_path)

    assert (done.code, "there is no baseline" in done.err) == (2, True)


def test_update_without_a_run_is_refused(tmp_path: Path) -> None:
    """Without a report there is nothing to take as known."""
    done = casepact("baseline", "update", str(tmp_path / "known.json"), "--reports", str(tmp_path))

    assert (done.code, "run `casepact check` first" in done.err) == (2, True)


NOW, LATER = "2027-01-31T12:00:00+00:00", "2027-01-31T13:00:00+00:00"


def update(folder: Path, *more: str, end: str = "kept", **origin: str) -> tuple[int, str]:
    """How the update of a baseline ends that was taken from a run of staging at `LATER`, and what it says."""
    known = folder / "known.json"
    known.write_text(as_text({REFUSED}, Origin("check-1", "staging", LATER)), encoding="utf-8")
    reported = {**report("HW-05"), "exit": {"word": end}, "run": "check-2", "target": "staging", **origin}
    (folder / "report.json").write_text(json.dumps(reported), encoding="utf-8")
    done = casepact("baseline", "update", str(known), "--reports", str(folder), *more)
    return done.code, done.out + done.err


def test_update_names_run_target_and_time(tmp_path: Path) -> None:
    """Whoever updates a baseline sees of which run."""
    code, said = update(tmp_path, time=LATER)

    assert (code, said.splitlines()[-1]) == (
        0,
        f"from {tmp_path / 'report.json'}: run check-2 of staging, {LATER}",
    )


@pytest.mark.parametrize(
    ("origin", "end", "reason"),
    [
        ({"time": NOW}, "kept", "was taken from a later run, run check-1 of staging"),
        ({"time": LATER, "target": "production"}, "kept", "and the baseline is of staging"),
        ({"time": LATER}, "interrupted", "which did not come to its end (interrupted). Finish it with --resume"),
        ({}, "kept", "does not say which run it is of; run `casepact check` again"),
    ],
    ids=["stale", "foreign", "cut short", "unnamed"],
)
def test_update_refuses_what_is_not_the_last_whole_run_of_the_target(
    origin: dict[str, str], end: str, reason: str, tmp_path: Path
) -> None:
    """A stale or foreign report, or one of half a run, changes nothing, and the way out is named."""
    code, said = update(tmp_path, end=end, **origin)

    assert (code, reason in said, load(tmp_path / "known.json")) == (2, True, {REFUSED}), said


def test_forced_update_of_a_run_that_was_cut_short_takes_nothing_out(tmp_path: Path) -> None:
    """With --force the report is taken; what the run had not come to stays known."""
    code, said = update(tmp_path, "--force", end="interrupted", time=LATER)

    assert (code, load(tmp_path / "known.json"), "of a part of the probes only" in said) == (0, {REFUSED, OTHER}, True)


def test_baseline_of_one_seed_holds_under_another(tmp_path: Path) -> None:
    """Findings of a liar, taken as known, fail no later run, whatever that draws."""
    known = tmp_path / "known.json"
    with serving(broken_servers.LIARS["AICC counts characters"].app()) as address:
        first = run(address, tmp_path, "--seed", "1")
        casepact("baseline", "update", str(known), "--reports", str(tmp_path))
        second = run(address, tmp_path, "--seed", "2", "--baseline", str(known))

    assert (first.code, second.code) == (1, 0), second.out
    assert re.fullmatch(
        r"kept, \d+ excused: every other statement that was exercised is kept\..* Known from the baseline: \d+\.",
        second.out.splitlines()[-1],
    )


def run(address: str, reports: Path, *more: str) -> Done:
    """The probes of title, and one page sample, so that enough is verified."""
    words = ("--quick", "--strict", "-n", "1", "-k", "title or sample")
    return casepact("check", "--url", f"{address}/aicc", "--api", "aicc", *words, *more, reports=reports)
