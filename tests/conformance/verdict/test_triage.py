"""Triage tells a wrong server from a wrong mock, a doubtful contract and a broken environment."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.probes import probes_of
from conformance.probes.context import ProbeContext, UnmetNeed
from conformance.runner.plugin import unmet_need
from conformance.target.client import Target
from conformance.target.profile import bare_profile
from conformance.verdict.evidence import Evidence, gathered
from conformance.verdict.exchange_log import ExchangeLog
from conformance.verdict.triage import SuspectedCause, triage
from specs.contract import Contract
from tests import broken_servers
from tests.broken_servers import recompiled
from tests.commands import casepact
from tests.conformance.answers import contract_of
from tests.conformance.brought import against, evidence, full, held, lacking
from tests.servers import altering, mock_app, serving

AICC = contract_of("aicc")
TITLE = "/components/schemas/CaseChange/properties/caseInfo/properties/title"


@dataclass(frozen=True, slots=True)
class Plant:
    """An error in one of the three: who is wrong, the server, our mock, and the contract that the harness reads."""

    cause: SuspectedCause
    server: Callable[[], Any] = lambda: mock_app("aicc")
    mock: Callable[[], Any] = lambda: mock_app("aicc")
    contract: Callable[[], Contract] = lambda: AICC


def liar(name: str) -> Callable[[], Any]:
    """The app of one of our broken servers."""
    return broken_servers.LIARS[name].app


def wrong_title(limit: int) -> Plant:
    """The limit of the title is wrong in the contract, which our mock is built from; the server follows the page."""

    def contract() -> Contract:
        return recompiled(AICC, f"{TITLE}/x-max-bytes", limit, (f"{TITLE}/maxLength", limit))

    return Plant(SuspectedCause.CONTRACT, mock=lambda: mock_app("aicc", change=lambda _: contract()), contract=contract)


def answering(status: int) -> Callable[[], Any]:
    """A gateway before the server that answers every write so."""
    return lambda: altering(
        mock_app("aicc"), answer=lambda scope, was, headers: (status if scope["method"] == "POST" else was, headers)
    )


LIES = ("AICC answers 0 as a number", "AICC does not store the description")

PLANTS: Mapping[str, Plant] = {
    **{f"server: {name}": Plant(SuspectedCause.SERVER, server=liar(name)) for name in LIES},
    **{f"mock: {name}": Plant(SuspectedCause.MOCK, mock=liar(name)) for name in LIES},
    "contract: title half as long as the page says": wrong_title(64),
    # Nothing but the page itself tells this one from a server that takes too little.
    "contract: title twice as long as the page says": wrong_title(256),
    "contract: a refusal that no page promises": Plant(
        SuspectedCause.CONTRACT, server=liar("AICC asks for no creatorId")
    ),
    "environment: 503": Plant(SuspectedCause.ENVIRONMENT, server=answering(503)),
    "environment: 429": Plant(SuspectedCause.ENVIRONMENT, server=answering(429)),
}


def brought(contract: Contract, address: str) -> Iterator[Evidence]:
    """What the probes of modifyCase bring on a server, without what Schemathesis draws."""
    target = Target(contract, bare_profile("aicc", f"{address}/aicc"))
    try:
        for probe in probes_of(contract):
            chosen = probe.operation == "modifyCase" and re.match("sample|caseInfo/(title|creatorId)", probe.name)
            if not chosen or unmet_need(probe, target):
                continue
            ctx = ProbeContext(target, f"t-{abs(hash((address, probe.name)))}", key=probe.name, seed=1, examples=3)
            # A probe that walks into a broken answer says nothing more.
            with suppress(UnmetNeed, LookupError, TypeError, AttributeError):
                probe.run(ctx)
            yield gathered(
                probe, ctx, Path(tempfile.gettempdir()) / "casepact-bodies", ExchangeLog(target, probe.name, "a")
            )
    finally:
        target.close()


@contextmanager
def triaged(plant: Plant) -> Iterator[Any]:
    """The attributions of a run against the planted server, beside the planted mock."""
    contract = plant.contract()
    with serving(plant.server()) as server, serving(plant.mock()) as mock:
        yield triage(contract, list(brought(contract, server)), list(brought(contract, mock)))


def confusion(pairs: Iterable[tuple[SuspectedCause, SuspectedCause]]) -> str:
    """A table of planted cause (row) by what triage said (column)."""
    counts = Counter(pairs)
    width = max(map(len, SuspectedCause)) + 2
    head = "planted".ljust(width) + "".join(cause.rjust(width) for cause in SuspectedCause)
    rows = [
        row.ljust(width) + "".join(str(counts[row, column]).rjust(width) for column in SuspectedCause)
        for row in SuspectedCause
        if any(counts[row, column] for column in SuspectedCause)
    ]
    return "\n".join([head, *rows])


@pytest.mark.slow
def test_planted_errors_are_told_apart() -> None:
    """Most attributions fall on who is wrong, and an error of ours is never called the server's."""
    pairs = []
    for name, plant in PLANTS.items():
        with triaged(plant) as attributions:
            assert attributions, f"{name}: nothing was found"
            pairs += [(plant.cause, attribution.cause) for attribution in attributions]
    print(confusion(pairs))

    assert sum(planted is said for planted, said in pairs) >= 0.8 * len(pairs)
    assert (SuspectedCause.MOCK, SuspectedCause.SERVER) not in pairs


@pytest.mark.parametrize("name", ["server: AICC answers 0 as a number", "environment: 503"])
def test_planted_error_is_blamed_on_whom_it_is_planted_in(name: str) -> None:
    """Every attribution of this run is the planted one."""
    with triaged(PLANTS[name]) as attributions:
        said = {attribution.cause for attribution in attributions}

    assert said == {PLANTS[name].cause}


def one(server: Evidence, mock: Evidence | None) -> SuspectedCause:
    """The only attribution."""
    (attribution,) = triage(AICC, [server], [mock] if mock else [])
    return attribution.cause


def test_finding_that_our_mock_does_not_share_is_the_servers() -> None:
    """Our mock kept the statement with the same requests."""
    assert one(full(against=(against("HW-21"),)), full(seen=(held("HW-21"),))) is SuspectedCause.SERVER


def test_finding_that_our_mock_shares_makes_the_contract_suspect() -> None:
    """Two servers made from one page agree against the contract."""
    assert one(full(against=(against("HW-21"),)), full(against=(against("HW-21"),))) is SuspectedCause.CONTRACT


def test_finding_that_no_page_promises_makes_the_contract_suspect() -> None:
    """A reading of ours may be wrong."""
    assert one(full(against=(against("D-34"),)), full(seen=(held("D-34"),))) is SuspectedCause.CONTRACT


def test_finding_of_our_mock_alone_is_the_mocks() -> None:
    """The server kept what our mock breaks."""
    assert one(full(seen=(held("HW-21"),)), full(against=(against("HW-21"),))) is SuspectedCause.MOCK


@pytest.mark.parametrize("status", [401, 429, 502, 503, 504])
def test_gateway_answer_is_the_environments(status: int) -> None:
    """Statuses that gateways, limits and lost sessions give are nobody's broken promise."""
    assert one(full(against=(against("HW-21", status=status),)), full()) is SuspectedCause.ENVIRONMENT


def test_answer_with_the_status_that_was_due_is_not_the_environments() -> None:
    """What is wrong with a 401 that was due is the server's, however a report begins to say it."""
    found = against("HW-21", received="401 text/html", documented="401 with the text Unauthorized")

    assert one(full(against=(found,)), full(seen=(held("HW-21"),))) is SuspectedCause.SERVER


def test_flaky_finding_is_undecided() -> None:
    """What the same requests do not always show is not blamed."""
    flaky = against("HW-21", flaky=True)

    assert one(full(against=(flaky,)), full(seen=(held("HW-21"),))) is SuspectedCause.UNDECIDED


@pytest.mark.parametrize("mock", [None, evidence(unmet=lacking("needs record case.open"))], ids=["not run", "unmet"])
def test_finding_that_our_mock_was_not_asked_about_is_undecided(mock: Evidence | None) -> None:
    """Without a second answer there is nothing to compare."""
    assert one(full(against=(against("HW-21"),)), mock) is SuspectedCause.UNDECIDED


def test_run_with_triage_says_who_is_wrong(tmp_path: Path) -> None:
    """`casepact check --triage` puts the cause into the finding and the count below."""
    with serving(liar("AICC answers 0 as a number")()) as address:
        words = ("--quick", "--seed", "1", "-n", "1", "-k", "sample", "--triage")
        done = casepact("check", "--url", f"{address}/aicc", "--api", "aicc", *words, reports=tmp_path)

    reported = json.dumps(done.report["remarks"])
    assert ("triage      server: our mock keeps it" in done.out, "triage aicc: server 1" in reported) == (True, True), (
        done.out + done.err
    )


def test_triage_of_our_own_mock_is_refused(tmp_path: Path) -> None:
    """A mock beside itself tells nothing."""
    done = casepact("check", "--triage", reports=tmp_path)

    assert (done.code, "--triage holds a server beside our mock" in done.err) == (2, True)
