"""A finding says how often it came when its probe was run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.runner.reruns import IRREVERSIBLE, confirmed, repeated
from conformance.verdict.evidence import Evidence, UnmetKind
from conformance.verdict.outcomes import judge_api
from mock_server.behaviours import BEHAVIOURS
from mock_server.reply import Call, Refusal, Reply
from specs import load_contract
from tests.commands import casepact
from tests.conformance.brought import against, evidence, lacking
from tests.servers import mock_app, serving

FOUND = evidence(against=(against("HW-21"),), exchanges=2)
NO_WAIVER = evidence(exchanges=2)


def labels(first: Evidence, *later: Evidence) -> list[str]:
    """What the findings of these runs are labelled with."""
    runs = iter(later)
    return [item.stability for item in repeated(first, lambda _: next(runs)).against]


@pytest.mark.parametrize(
    ("later", "label"),
    [
        ((FOUND, FOUND), "stable 3/3"),
        ((NO_WAIVER, FOUND), "flaky 2/3"),
        ((NO_WAIVER, NO_WAIVER), "flaky 1/3"),
    ],
)
def test_finding_says_how_often_it_came(later: tuple[Evidence, ...], label: str) -> None:
    """
    What comes three times is stable, everything else is flaky.
    """
    assert labels(FOUND, *later) == [label]


def test_what_only_a_repetition_finds_is_a_finding() -> None:
    """
    A server that breaks another promise the second time has broken it.
    """
    other = evidence(against=(against("HW-22"),))

    assert labels(FOUND, other, FOUND) == ["flaky 2/3", "flaky 1/3"]


def test_probe_without_findings_is_run_once() -> None:
    """
    Nothing is sent again where nothing was found.
    """

    def never(turn: int) -> Evidence:
        raise AssertionError(f"turn {turn}")

    assert repeated(NO_WAIVER, never) is NO_WAIVER


def test_irreversible_write_is_not_repeated() -> None:
    """
    Where a repetition would write once more for good, the finding says so instead.
    """

    def never(turn: int) -> Evidence:
        raise AssertionError(f"turn {turn}")

    assert [item.stability for item in repeated(FOUND, never, IRREVERSIBLE).against] == [IRREVERSIBLE]


def test_what_was_seen_once_where_others_work_is_left_open() -> None:
    """
    The precondition is gone when the probe runs again: the statement is neither a finding nor verified.
    """
    gone = evidence(unmet=lacking("case.open is closed"))
    found = repeated(FOUND, lambda _: gone, elsewhere=lambda _: gone)

    assert (found.against, dict(found.unsettled)) == ((), {"HW-21": "seen once and not again: case.open is closed"})


def test_what_a_server_spoils_once_is_looked_for_on_other_records() -> None:
    """
    Each record shows it once only: it does not come again on the first, and comes on two others.
    """
    found = repeated(FOUND, lambda _: NO_WAIVER, elsewhere=lambda _: FOUND).against

    assert [(item.stability, item.flaky, item.unstable) for item in found] == [
        ("stable 3/3, each time on other records", False, False)
    ]


def test_finding_that_is_not_seen_on_other_records_stays_open_beside_one_that_is() -> None:
    """
    Where the first record is spoilt, each finding stands or falls by what other records show.
    """
    both, gone = evidence(against=(against("HW-21"), against("HW-24"))), evidence(unmet=lacking("case.open is closed"))
    found = repeated(both, lambda _: gone, elsewhere=lambda _: FOUND)

    assert [(item.statement, item.unstable) for item in found.against] == [("HW-21", False)]
    assert list(found.unsettled) == ["HW-24"]


@pytest.mark.parametrize("there", [NO_WAIVER, evidence(unmet=lacking("needs another case.spare"))])
def test_what_comes_once_and_on_no_other_record_is_unstable(there: Evidence) -> None:
    """
    Somebody else may have changed the record just then.
    """
    found = repeated(FOUND, lambda _: NO_WAIVER, elsewhere=lambda _: there).against

    assert [(item.stability, item.flaky, item.unstable) for item in found] == [("flaky 1/3", True, True)]


def test_what_comes_on_one_other_record_and_not_on_the_next_is_unstable() -> None:
    """
    Twice is not each time.
    """
    runs = iter([FOUND, NO_WAIVER])
    found = repeated(FOUND, lambda _: NO_WAIVER, elsewhere=lambda _: next(runs)).against

    assert [item.unstable for item in found] == [True]


DOUBT = "dropped: case.open changed during the probe"
NO_OTHERS = evidence(unmet=lacking("needs another case.spare"))
ACCEPTED = evidence(against=(replace(against("HW-21"), side="refuse"),))


@pytest.mark.parametrize(
    ("first", "obstacle", "there", "labels"),
    [
        (FOUND, "", (FOUND, FOUND), ["stable 3/3, each time on other records"]),
        (FOUND, "", (FOUND, NO_WAIVER), []),
        (FOUND, "", (FOUND, NO_OTHERS), []),
        (FOUND, "", (NO_OTHERS,), []),
        (FOUND, IRREVERSIBLE, (FOUND, NO_OTHERS), ["stable 2/2, each time on other records"]),
        (FOUND, IRREVERSIBLE, (NO_WAIVER,), []),
        (FOUND, IRREVERSIBLE, (NO_OTHERS,), []),
        (ACCEPTED, IRREVERSIBLE, (NO_OTHERS,), [IRREVERSIBLE]),
        (ACCEPTED, "", (NO_OTHERS,), []),
    ],
)
def test_finding_on_a_record_that_changed_is_confirmed_on_others(
    first: Evidence, obstacle: str, there: tuple[Evidence, ...], labels: list[str]
) -> None:
    """
    What is not found on other records is dropped, and its statement says why.
    """
    runs = iter(there)
    found = confirmed(first, lambda _: next(runs), DOUBT, obstacle)

    assert [item.stability for item in found.against] == labels
    assert found.unsettled == ({} if labels else {"HW-21": DOUBT})


def test_run_without_records_to_confirm_a_finding_on_says_not_enough() -> None:
    """
    The finding may be somebody else's doing, or the server's: that must not end as kept.
    """
    left_open = confirmed(FOUND, lambda _: NO_OTHERS, DOUBT, IRREVERSIBLE)
    verdict = judge_api(load_contract("aicc"), "", [left_open], strict=False, partial=True)

    assert left_open.unmet is not None and left_open.unmet.kind is UnmetKind.UNCONFIRMED
    assert f"modifyCase a probe: {DOUBT}, and there are no other records to see it on" in verdict.vacuous


def test_crash_on_other_records_refutes_nothing() -> None:
    """
    A run that ended by a mistake of the probe is no comparison; the mistake is reported.
    """
    crash = replace(FOUND, against=(), crashed="a mistake")

    found = confirmed(FOUND, lambda _: crash, DOUBT, IRREVERSIBLE)

    assert found.crashed == "a mistake"
    assert found.unmet is not None and found.unmet.kind is UnmetKind.UNCONFIRMED


def test_requests_of_repetitions_are_counted() -> None:
    """
    A run counts every exchange that it made.
    """
    assert repeated(FOUND, lambda _: NO_WAIVER).exchanges == 6


def test_server_that_refuses_once_is_called_flaky(tmp_path: Path) -> None:
    """
    A server that refuses a good request once, and never again, brings findings of which not one is stable.
    """
    honest = BEHAVIOURS["aicc"]["modifyCase"]
    calls: list[int] = []

    def moody(call: Call) -> Reply | Refusal:
        calls.append(1)
        return Refusal("not-found", ("D-33",), "in a mood") if len(calls) == 1 else honest.act(call)

    app = mock_app("aicc", {"modifyCase": replace(honest, act=moody)})
    with serving(app) as address:
        options = ("--url", f"{address}/aicc", "--api", "aicc", "--quick", "-n", "1", "-k", "sample")
        done = casepact("check", *options, reports=tmp_path)
    text = (tmp_path / "report.json").read_text()

    assert ("flaky 1/3" in text, "stable" in text.replace("stability", "")) == (True, False), done.out
