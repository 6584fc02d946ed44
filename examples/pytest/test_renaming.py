"""Tests of a client, each in a world of its own: none sees what another wrote."""

from __future__ import annotations

import pytest
from renaming import Cases, NotSaved

from conformance.testing.worlds import World

CASE = "c6m800000142mS63Voa8"
OWN = "c6m80000014200000001"


@pytest.fixture
def cases(casepact_world: World) -> Cases:
    """The client, led into the world of the test."""
    return Cases(f"{casepact_world.url}/aicc", "aicc-operator-token-0001")


def test_case_has_another_title(casepact_world: World, cases: Cases) -> None:
    """The title is sent once, with what the API asks for beside it, and stored."""
    cases.rename(CASE, "Another title")

    casepact_world.assert_requested("modifyCase", times=1, body={"caseInfo": {"id": CASE, "title": "Another title"}})
    assert casepact_world.record("aicc", "cases", CASE)["title"] == "Another title"


def test_title_that_is_too_long_is_not_saved(casepact_world: World, cases: Cases) -> None:
    """The server's refusal reaches the caller, and the journal says which statement it rests on."""
    with pytest.raises(NotSaved):
        cases.rename(CASE, "x" * 300)

    (request,) = casepact_world.requests("modifyCase", outcome="refused")
    assert request.status == 400
    assert request.statements


def test_server_that_fails_is_noticed(casepact_world: World, cases: Cases) -> None:
    """A world can fail on purpose."""
    casepact_world.traffic(errorRate=1)

    with pytest.raises(Exception, match="500"):
        cases.read(CASE)


def test_case_that_is_there_for_one_test_alone(casepact_world: World, cases: Cases) -> None:
    """A record is put for a test."""
    known = casepact_world.record("aicc", "cases", CASE)
    casepact_world.put({**known, "id": OWN, "title": "Mine"})

    assert cases.read(OWN)["title"] == "Mine"


def test_nearest_request_is_named_where_none_fits(casepact_world: World, cases: Cases) -> None:
    """What an assertion says when it fails: the request that was sent instead, and what differs."""
    cases.rename(CASE, "Another title")

    with pytest.raises(AssertionError, match='body /caseInfo/title: "Another title", not "A title"'):
        casepact_world.assert_requested("modifyCase", body={"caseInfo": {"title": "A title"}})
