"""A statement is verified only by evidence, a guess never fails a run, and a run that saw too little says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from conformance.target.profile import Waiver
from conformance.verdict.evidence import Evidence, Failure, Unmet, UnmetKind, forbidden, from_json
from conformance.verdict.outcomes import Exit, Outcome, Suppressions, exit_of, judge_api
from tests.conformance.answers import NOWHERE, contract_of
from tests.conformance.brought import EVERYTHING, against, evidence, full, held, judged, lacking

PAGE, ASSUMED, UNPROVED = "HW-21", "D-34", "HW-04"


def test_statement_that_was_shown_is_verified() -> None:
    """An exchange that could have failed and did not verifies its statement."""
    assert judged(full()).verdicts["HW-05"].outcome is Outcome.VERIFIED


def test_verdict_counts_how_often_a_statement_was_shown() -> None:
    """The evidence of all probes adds up."""
    verdict = judged(full(seen=(held(PAGE, 3),)), evidence(seen=(held(PAGE, 4),))).verdicts[PAGE]

    assert verdict.times == 7


def test_broken_statement_of_the_page_is_violated() -> None:
    """What a page says and a server breaks is a violation."""
    assert judged(full(against=(against(PAGE),))).verdicts[PAGE].outcome is Outcome.VIOLATED


def test_broken_statement_that_was_also_shown_is_violated() -> None:
    """One exchange that breaks a statement outweighs any number that kept it."""
    found = judged(full(seen=(held(PAGE, 100),), against=(against(PAGE),)))

    assert found.verdicts[PAGE].outcome is Outcome.VIOLATED


def test_broken_assumption_is_noted() -> None:
    """What we only assume is shown and held against nobody."""
    assert judged(full(against=(against(ASSUMED),))).verdicts[ASSUMED].outcome is Outcome.NOTED


def test_broken_refusal_that_nobody_promised_is_noted() -> None:
    """The refused side of a page's limit binds only where a refusal is promised."""
    assert judged(full(against=(against(PAGE, "refuse"),))).verdicts[PAGE].outcome is Outcome.NOTED


@pytest.mark.parametrize("broken", [against(ASSUMED), against(PAGE, "refuse"), against("HTTP-08")])
def test_strict_makes_every_note_a_violation(broken: object) -> None:
    """Under --strict what nobody promised is held to as well."""
    found = judged(full(against=(broken,)), strict=True)

    assert [finding.binds for finding in found.findings()] == [True]


def test_statement_of_the_documentation_alone_is_listed_as_such() -> None:
    """What nothing on the wire can show is neither verified nor missing; the ledger's reason stands beside it."""
    verdict = judged(full()).verdicts[UNPROVED]

    assert (verdict.outcome, verdict.reason.partition(".")[0]) == (
        Outcome.DOCUMENTATION,
        "It names an example of a host",
    )


def test_statement_whose_probe_could_not_run_tells_why() -> None:
    """What the target lacks is the reason of the statements that needed it."""
    verdict = judged(full(), evidence(serves=("HW-56",), unmet=lacking("needs record case.templated"))).verdicts[
        "HW-56"
    ]

    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_EXERCISED, "needs record case.templated")


def test_statement_that_one_of_its_probes_could_not_show_names_it() -> None:
    """
    Another probe verified it; what this one would have added is not seen.
    """
    missed = evidence(probe="returned loan", serves=("HW-05",), unmet=lacking("needs record case.returned"))
    verdict = judged(full(), missed).verdicts["HW-05"]

    assert (verdict.outcome, verdict.not_by) == (Outcome.VERIFIED, ('"returned loan": needs record case.returned',))


def test_statement_that_no_probe_touched_tells_so() -> None:
    """A statement is never verified by silence."""
    verdict = judged(full()).verdicts[PAGE]

    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_EXERCISED, "no probe of this API exercises it")


def test_statement_whose_probe_showed_nothing_tells_so() -> None:
    """A probe that ran and met only other trouble verifies nothing."""
    verdict = judged(full(serves=(PAGE,))).verdicts[PAGE]

    assert (verdict.outcome, verdict.reason) == (
        Outcome.NOT_EXERCISED,
        "its probes ran but none produced evidence",
    )


def test_same_finding_of_two_probes_is_one() -> None:
    """Findings that agree in statement, side, operation and title are one, and its times add up."""
    broken = against(PAGE, times=2)
    found = judged(full(against=(broken,)), evidence(against=(broken,))).verdicts[PAGE].findings

    assert [finding.against.times for finding in found] == [4]


def test_findings_with_two_titles_are_two() -> None:
    """What is wrong in two ways is reported twice."""
    found = judged(full(against=(against(PAGE), against(PAGE, title="Accepted")))).verdicts[PAGE].findings

    assert len(found) == 2


def test_findings_that_fail_the_run_come_first() -> None:
    """A reader sees violations before notes."""
    found = judged(full(against=(against(PAGE, "refuse", "Accepted"), against("HW-45")))).findings()

    assert [finding.statement.id for finding in found] == ["HW-45", PAGE]


def test_evidence_of_another_api_is_not_counted() -> None:
    """Each API is judged by what its own probes brought."""
    assert judged(full(), full(api="r7office")).probes == 1


def test_operation_that_never_succeeded_makes_the_run_vacuous() -> None:
    """A run that never saw an operation work says so."""
    found = judged(full(successes=("getCase", "getToken")))

    assert found.vacuous == ("modifyCase never answered with success",)


def test_documented_status_that_was_never_seen_makes_the_run_vacuous() -> None:
    """A documented answer that nothing provoked is named."""
    seen = {**EVERYTHING, "getToken": {"200": 1, "413": 1, "415": 1}}

    assert judged(full(statuses=seen)).vacuous == ("getToken never answered with the documented 400",)


@pytest.mark.parametrize(
    ("strict", "vacuous"), [(False, ()), (True, ("getCase never answered with the documented 404",))]
)
def test_status_that_we_only_assume_makes_no_run_vacuous(strict: bool, vacuous: tuple[str, ...]) -> None:
    """A server that has no 404 where only we think of one is not short of it; under --strict it is."""
    seen = {**EVERYTHING, "getCase": {"200": 1, "401": 1}}

    assert judged(full(statuses=seen), strict=strict).vacuous == vacuous


def test_operation_that_the_target_keeps_away_does_not_make_the_run_vacuous() -> None:
    """What a profile forbids or cannot reach is listed, not counted."""
    seen = {name: counts for name, counts in EVERYTHING.items() if name != "modifyCase"}
    found = judged(full(statuses=seen, successes=tuple(seen), of="getCase"), evidence(unmet=forbidden()))

    assert found.vacuous == ()


def test_operation_that_had_to_succeed_in_a_selection_and_did_not_makes_it_vacuous() -> None:
    """Within what was selected nothing is relaxed."""
    found = judged(evidence(seen=(held(PAGE),), expected=("modifyCase",)), partial=True)

    assert found.vacuous == ("modifyCase never answered with success",)


def test_statement_that_an_answer_left_open_is_not_verified() -> None:
    """However often it held: where one of its requests met other trouble, nobody knows, and the reason is reported."""
    reported = {PAGE: "its request was answered 500, charged to HTTP-08"}
    verdict = judged(full(seen=(held(PAGE, 100),)), evidence(unsettled=reported)).verdicts[PAGE]

    assert (verdict.outcome, verdict.reason) == (Outcome.NOT_EXERCISED, reported[PAGE])


def test_broken_statement_is_reported_as_broken_whatever_else_was_left_open() -> None:
    """A finding outweighs an answer that settles nothing."""
    found = judged(full(against=(against(PAGE),), unsettled={PAGE: "its request was answered 500"}))

    assert found.verdicts[PAGE].outcome is Outcome.VIOLATED


def together(*statements: str, **changes: Any) -> tuple[Failure, ...]:
    """Findings of one exchange, each beside the others."""
    return tuple(
        against(name, beside=tuple(other for other in statements if other != name), **changes) for name in statements
    )


def test_one_cause_is_reported_once_by_what_binds_hardest() -> None:
    """The page's statement leads, whatever the order in which they came."""
    reported = judged(full(against=together("HTTP-05", ASSUMED, PAGE))).causes()

    assert [(item.finding.statement.id, item.also_breaks) for item in reported] == [
        (PAGE, f"{ASSUMED} (assumed), HTTP-05 (http)")
    ]


def test_each_statement_of_one_cause_has_its_verdict() -> None:
    """What is reported once breaks several statements all the same."""
    found = judged(full(against=together("HTTP-05", PAGE)))

    assert [found.verdicts[name].outcome for name in (PAGE, "HTTP-05")] == [Outcome.VIOLATED, Outcome.NOTED]


def test_two_causes_are_told_apart() -> None:
    """A general statement that breaks beside two others, in two exchanges, is reported under both."""
    first, second = together(PAGE, "HTTP-08"), together("HW-24", "HTTP-08")
    reported = judged(full(against=first), evidence(against=second)).causes()

    assert [(item.finding.statement.id, item.also_breaks) for item in reported] == [
        (PAGE, "HTTP-08 (http)"),
        ("HW-24", "HTTP-08 (http)"),
    ]


def test_waived_finding_does_not_hide_what_it_does_not_waive() -> None:
    """What fails the run is reported first."""
    waiver = Waiver("HW-21", "It is mended in 4.2.", "service desk", date(2999, 1, 1))
    brought = full(against=together(PAGE, "HW-24"))
    suppressions = Suppressions((waiver,), date(2026, 1, 1))
    found = judge_api(contract_of("aicc"), NOWHERE, [brought], strict=False, partial=False, suppressions=suppressions)

    assert [(item.finding.statement.id, item.also_breaks) for item in found.causes()] == [("HW-24", "HW-21 (page)")]


def test_selection_is_not_called_vacuous() -> None:
    """Who asks for some probes does not ask for the others."""
    assert judged(evidence(seen=(held(PAGE),)), partial=True).vacuous == ()


def test_probe_that_could_not_finish_is_named() -> None:
    """A probe that crashed is reported with its operation and its reason."""
    assert judged(full(crashed="KeyError: 'result'")).crashed == ("modifyCase a probe: KeyError: 'result'",)


@pytest.mark.parametrize(
    ("unmet", "vacuous"),
    [
        (Unmet(UnmetKind.FORBIDDEN, "worded anew"), ()),
        (Unmet(UnmetKind.NEED, "writes forbidden"), ("getToken never answered with the documented 400",)),
    ],
    ids=["forbidden", "worded as if"],
)
def test_verdict_rests_on_the_kind_and_not_on_the_text(unmet: Unmet, vacuous: tuple[str, ...]) -> None:
    """However a reason is worded, only its kind says that a target forbids writes."""
    statuses = {**EVERYTHING, "getToken": {"200": 1, "413": 1, "415": 1}}

    assert judged(full(statuses=statuses), evidence(unmet=unmet)).vacuous == vacuous


@pytest.mark.parametrize("unmet", [forbidden("for a reason"), lacking("needs record contact"), None])
def test_kind_survives_the_way_between_processes(unmet: Unmet | None) -> None:
    """Evidence that was written as JSON is read as the same value."""
    brought: Evidence = full(unmet=unmet)

    assert from_json(json.loads(json.dumps(brought.as_json()))) == brought


@pytest.mark.parametrize(
    ("brought", "strict", "partial", "end"),
    [
        (full(), False, False, Exit.KEPT),
        (full(), True, False, Exit.KEPT),
        (full(against=(against(PAGE),)), False, False, Exit.VIOLATED),
        (full(against=(against(ASSUMED),)), False, False, Exit.KEPT),
        (full(against=(against(ASSUMED),)), True, False, Exit.VIOLATED),
        (full(against=(against(PAGE, "refuse"),)), False, False, Exit.KEPT),
        (full(crashed="KeyError: 'a'"), False, False, Exit.COULD_NOT_RUN),
        (full(crashed="KeyError: 'a'", against=(against(PAGE),)), False, False, Exit.VIOLATED),
        (full(seen=()), False, False, Exit.NOT_ENOUGH),
        (full(successes=()), False, False, Exit.NOT_ENOUGH),
        (full(successes=(), against=(against(PAGE),)), False, False, Exit.VIOLATED),
        (evidence(seen=(held(PAGE),)), False, True, Exit.KEPT),
        (evidence(seen=(held(PAGE),), expected=("getToken",)), False, True, Exit.NOT_ENOUGH),
        (evidence(unmet=forbidden()), False, True, Exit.NOT_ENOUGH),
    ],
    ids=[
        "all seen",
        "all seen, strict",
        "violated",
        "noted",
        "noted, strict",
        "refused side",
        "crashed",
        "crashed and violated",
        "nothing verified",
        "never a success",
        "never a success and violated",
        "a part",
        "a part without a success",
        "a part that shows nothing",
    ],
)
def test_run_ends_as_its_verdicts_say(brought: object, strict: bool, partial: bool, end: Exit) -> None:
    """A violation outweighs a crash, a crash outweighs thin evidence, and only enough evidence is kept."""
    assert exit_of([judged(brought, strict=strict, partial=partial)]) is end  # type: ignore[arg-type] # Evidence


@pytest.mark.parametrize(
    ("unmet", "kept"),
    [(forbidden(), "writes forbidden"), (lacking("needs record case.open"), "needs record case.open")],
    ids=["forbidden", "lacking"],
)
def test_operation_without_a_verified_page_statement_makes_the_run_too_thin(unmet: Unmet, kept: str) -> None:
    """Whatever a profile lacks or forbids: nothing verified of an operation of a page is not enough, and says why."""
    seen = {name: counts for name, counts in EVERYTHING.items() if name != "modifyCase"}
    reads = full(statuses=seen, successes=tuple(seen), of="getCase", seen=(held("HTTP-01"),))
    found = judged(reads, evidence(unmet=unmet, serves=tuple(f"HW-{number:02}" for number in range(1, 72))))

    assert (exit_of([found]), found.vacuous) == (
        Exit.NOT_ENOUGH,
        (f"modifyCase: none of its 60 page statements that a request can test was verified: {kept} (60)",),
    )


def test_one_violated_api_fails_a_run_of_several() -> None:
    """What one API keeps does not make up for what another breaks."""
    assert exit_of([judged(full()), judged(full(against=(against(PAGE),)))]) is Exit.VIOLATED


def test_facts_alone_are_enough_for_a_contract_without_pages() -> None:
    """Our own contract rests on no page, so a run of it needs no statement of one."""
    control = contract_of("control")
    shown = evidence(seen=(held("CTL-01"),), api="control")

    assert exit_of([judge_api(control, NOWHERE, [shown], strict=False, partial=True)]) is Exit.KEPT


def test_one_vacuous_api_makes_a_run_of_several_too_thin() -> None:
    """Each selected API must be seen to work."""
    assert exit_of([judged(full()), judged(full(successes=()))]) is Exit.NOT_ENOUGH


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Exit.KEPT, 0),
        (Exit.VIOLATED, 1),
        (Exit.COULD_NOT_RUN, 2),
        (Exit.ENVIRONMENT, 3),
        (Exit.NOT_ENOUGH, 4),
        (Exit.INTERRUPTED, 130),
        (Exit.TERMINATED, 143),
    ],
)
def test_end_has_its_exit_code(end: Exit, code: int) -> None:
    """CI tells the ends apart by these numbers."""
    assert end.code == code


def test_every_statement_has_a_verdict() -> None:
    """No statement of the ledger is passed over."""
    assert list(judged(full()).verdicts) == list(contract_of("aicc").ledger.statements)


def test_evidence_survives_the_way_from_a_worker() -> None:
    """What a worker process brought arrives as it was, JSON in between."""
    brought = full(against=(against(PAGE, received="a\x00b é 界"),), serves=(PAGE,), unmet=lacking("x"))

    assert from_json(json.loads(json.dumps(brought.as_json()))) == brought


PRINTED = against("HW-66", refusal="422 priority is missing", ordinary=True)


@pytest.mark.parametrize(
    ("printed", "other"),
    [
        (replace(PRINTED, unstable=True), "422 priority is missing"),
        (replace(PRINTED, statement="D-33"), "422 priority is missing"),
        (replace(PRINTED, ordinary=False), "422 priority is missing"),
        (PRINTED, "400 priority is missing"),
        (replace(PRINTED, refusal=""), ""),
    ],
    ids=["seen once", "a guess of ours", "not of a page", "another status", "a server error"],
)
def test_refusal_is_explained_only_by_one_that_fails_the_run_with_the_same_answer(printed: Failure, other: str) -> None:
    """What fails nothing must hide nothing."""
    found = judged(full(against=(printed, against("HW-24", refusal=other))))

    assert found.verdicts["HW-24"].outcome is Outcome.VIOLATED


def test_what_the_page_says_of_the_refused_request_is_not_explained_away() -> None:
    """That the two headers of the sample are enough is a statement about just this request."""
    found = judged(full(against=(PRINTED, replace(PRINTED, statement="HW-12", ordinary=False))))

    assert found.verdicts["HW-12"].outcome is Outcome.VIOLATED


def test_refusal_that_an_ordinary_request_shares_is_charged_there() -> None:
    """Where what a page prints is refused, others with the same answer are refused for no reason of their own."""
    printed, shared = PRINTED, against("HW-24", refusal="422 priority is missing")
    other = against("HW-48", refusal="422 contactPhone is too long")
    found = judged(full(against=(printed, shared, other)))

    assert [found.verdicts[name].outcome for name in ("HW-66", "HW-48")] == [Outcome.VIOLATED] * 2
    assert found.verdicts["HW-24"].outcome is Outcome.NOT_EXERCISED
    assert found.verdicts["HW-24"].reason == "its request was refused as an ordinary one is, charged to HW-66"
