"""The clock of a world: running, frozen, shifted; and what the APIs take for the present."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.worlds.clock import Clock
from tests.mock_server.client import Answer, Client
from tests.mock_server.provoked import CREDENTIALS, EDIT, as_json
from tests.mock_server.whole import NOON, Whole, build, running


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share; its worlds begin frozen at a noon of 2026."""
    return running()


def set_clock(whole: Whole, client: Client, **clock: Any) -> Answer:
    """Set the clock of a client's world."""
    whole.make(client.world)
    return whole.steer("PUT", f"/worlds/{client.world}/clock", clock)


def edit(client: Client, body: Any) -> Answer:
    """An editCase by the eGain agent."""
    sent = as_json(body)
    agent = client.under("/egain").with_headers(CREDENTIALS["egain"]["agent"])
    return agent.send("PATCH", EDIT, sent["headers"], sent["body"])


def test_running_clock_shows_the_time_of_the_machine() -> None:
    """
    Without anything set, now is now.
    """
    before = datetime.now(UTC)

    assert before <= Clock().now() <= datetime.now(UTC)


def test_frozen_clock_stands_still() -> None:
    """
    It shows the same moment whenever it is asked.
    """
    assert Clock(NOON).now() == Clock(NOON).now() == NOON


@given(st.integers(-(10**10), 10**10))
def test_shifted_clock_runs_ahead_or_behind(seconds: int) -> None:
    """
    By its shift; what leads out of the years 1 to 9999 stops at their end.
    """
    now = Clock(shift=timedelta(seconds=seconds)).now()
    try:
        expected = datetime.now(UTC) + timedelta(seconds=seconds)
    except OverflowError:
        assert now.replace(tzinfo=None) in (datetime.min, datetime.max)
    else:
        assert abs(now - expected) < timedelta(seconds=5)


def test_clock_that_is_shifted_by_nothing_is_shown_as_shifted(whole: Whole) -> None:
    """
    What was set is what is shown, in the answer and afterwards.
    """
    client = whole.fresh()
    answer = set_clock(whole, client, mode="shifted", bySeconds=0).json()
    read = whole.steer("GET", f"/worlds/{client.world}/clock").json()

    assert [(shown["mode"], shown["bySeconds"]) for shown in (answer, read)] == [("shifted", 0), ("shifted", 0)]


def test_clock_of_a_world_is_shown(whole: Whole) -> None:
    """
    Mode, moment and what was set.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="frozen", at="2015-07-30T13:07:40Z")

    assert whole.steer("GET", f"/worlds/{client.world}/clock").json() == {
        "mode": "frozen",
        "at": "2015-07-30T13:07:40Z",
        "now": "2015-07-30T13:07:40Z",
    }


@pytest.mark.parametrize(
    ("at", "now"),
    [
        ("2015-07-30T13:07:40+02:00", "2015-07-30T11:07:40Z"),
        ("2015-07-30T13:07:40.123Z", "2015-07-30T13:07:40.123000Z"),
        ("2015-07-30t13:07:40z", "2015-07-30T13:07:40Z"),
        ("2015-06-30T23:59:60Z", "2015-07-01T00:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    ],
)
def test_every_way_to_write_a_moment_is_taken(whole: Whole, at: str, now: str) -> None:
    """
    Offsets, fractions, small letters and leap seconds, as RFC 3339 allows them; the answer is in UTC.
    """
    answer = set_clock(whole, whole.fresh(), mode="frozen", at=at)

    assert (answer.status, answer.json()) == (200, {"mode": "frozen", "at": now, "now": now})


@pytest.mark.parametrize(
    "clock",
    [
        {},
        {"mode": "stopped"},
        {"mode": "frozen"},
        {"mode": "frozen", "at": "yesterday"},
        {"mode": "frozen", "at": "2015-07-30"},
        {"mode": "frozen", "at": "2015-07-30T13:07:40"},
        {"mode": "frozen", "at": 1438261660},
        {"mode": "frozen", "at": "0000-01-01T00:00:00Z"},
        {"mode": "frozen", "at": "0001-01-01T00:00:00+01:00"},
        {"mode": "frozen", "at": "9999-12-31T23:59:59-01:00"},
        {"mode": "frozen", "at": "9999-12-31T23:59:60Z"},
        {"mode": "frozen", "at": "2015-07-30T13:07:40Z", "bySeconds": 5},
        {"mode": "shifted"},
        {"mode": "shifted", "bySeconds": "5"},
        {"mode": "shifted", "bySeconds": 0.5},
        {"mode": "shifted", "bySeconds": 10**11},
        {"mode": "shifted", "bySeconds": 1e300},
        {"mode": "running", "at": "2015-07-30T13:07:40Z"},
    ],
)
def test_bad_clock_is_refused(whole: Whole, clock: dict[str, Any]) -> None:
    """
    What is no moment, no number or of another mode is answered with 400 and leaves the clock as it was.
    """
    client = whole.fresh()
    answer = set_clock(whole, client, **clock)
    world = whole.store.find(client.world)

    assert (answer.status, world is not None and world.clock == Clock(NOON)) == (400, True)


@pytest.mark.parametrize("seconds", [-(10**10), 10**10])
def test_shift_of_centuries_is_taken(whole: Whole, seconds: int) -> None:
    """
    The largest shifts that the contract allows stay within the calendar.
    """
    assert set_clock(whole, whole.fresh(), mode="shifted", bySeconds=seconds).json()["bySeconds"] == seconds


def test_shifted_clock_of_a_world_runs(whole: Whole) -> None:
    """
    A day ahead stays a day ahead.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="shifted", bySeconds=86_400)
    world = whole.store.find(client.world)
    assert world is not None

    assert abs(world.clock.now() - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=5)


def test_page_sample_passes_unmodified_before_its_date(whole: Whole) -> None:
    """
    eGain's sample, due in November 2015, is carried out as printed in a world that is frozen before that.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="frozen", at="2015-07-30T13:07:40Z")
    sample = whole.assembly.contracts["egain"].operations["editCase"].body["application/json"].examples["pageAsPrinted"]

    assert edit(client, sample).status == 204


def test_page_sample_is_refused_after_its_date(whole: Whole) -> None:
    """
    In a running world it breaks EG-42: the due date is not in the future.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="running")
    sample = whole.assembly.contracts["egain"].operations["editCase"].body["application/json"].examples["pageAsPrinted"]
    answer = edit(client, sample)

    assert (answer.status, answer.header("x-casepact-statement")) == (400, "EG-42")


def test_page_sample_is_refused_by_a_mock_as_it_starts() -> None:
    """
    A mock that nobody set has running clocks.
    """
    started = build(frozen=None)
    sample = (
        started.assembly.contracts["egain"].operations["editCase"].body["application/json"].examples["pageAsPrinted"]
    )

    assert edit(started.fresh(), sample).header("x-casepact-statement") == "EG-42"


def test_last_modification_has_the_time_of_the_world(whole: Whole) -> None:
    """
    What a write stamps is read from the clock of its world.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="frozen", at="2033-03-03T03:03:03Z")
    edit(client, {"id": "1013", "lastModified": "2015-07-30T13:07:40.000Z", "subject": "x"})
    record = whole.steer("GET", f"/worlds/{client.world}/records/egain/cases/1013").json()

    assert record["lastModified"] == "2033-03-03T03:03:03.000Z"


def test_clock_of_a_world_is_its_own(whole: Whole) -> None:
    """
    Other worlds keep their time.
    """
    client, other = whole.fresh(), whole.fresh()
    set_clock(whole, client, mode="frozen", at="2033-03-03T03:03:03Z")
    whole.make(other.world)

    assert whole.steer("GET", f"/worlds/{other.world}/clock").json()["now"] == "2026-07-01T12:00:00Z"


LOGIN = {"userName": "anna.berg@example.com", "password": "admin-password-0001"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_ends_of_the_calendar_are_no_trap(whole: Whole, moment: str) -> None:
    """
    At the first and the last moment that there is requests are answered; none ends in an error of the mock.
    """
    client = whole.fresh()
    set_clock(whole, client, mode="frozen", at=moment)
    answers = [
        edit(client, {"id": "1013", "lastModified": "2015-07-30T13:07:40.000Z", "subject": "x"}),
        client.under("/onlyoffice").send("GET", "/api/2.0/crm/case/1234", (CREDENTIALS["onlyoffice"]["admin"],)),
        client.under("/onlyoffice").post("/api/2.0/authentication", LOGIN),
    ]

    assert [answer.status < 500 for answer in answers] == [True, True, True]


@pytest.mark.parametrize("clock", [{"mode": "shifted"}, {"mode": "shifted", "seconds": 5}])
def test_shift_without_its_seconds_says_what_they_are_called(whole: Whole, clock: Any) -> None:
    """
    The error names the member that is missing, also where another one stands in its place.
    """
    client = whole.fresh()
    whole.make(client.world)
    answer = whole.steer("PUT", f"/worlds/{client.world}/clock", clock)

    assert (answer.status, '"bySeconds" is a required property' in answer.json()["detail"]) == (400, True)
