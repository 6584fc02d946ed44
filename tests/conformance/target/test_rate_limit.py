"""A request leaves only when rate and budgets allow, whatever process sends it, and never once a server had enough."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from conformance.target.rate_limit import ENDURED, FAILURES, Overloaded, Pacer, Rate, Spent, asked


def pass_through(pacer: Pacer, times: int) -> list[float]:
    """When each of so many requests was under way."""
    moments = []
    for _ in range(times):
        ticket = pacer.enter()
        moments.append(time.monotonic())
        pacer.leave(ticket, 200)
    return moments


def test_no_more_requests_leave_than_the_budget_has() -> None:
    """The request after the last of the budget does not leave."""
    pacer = Pacer.fresh(most=3)
    pass_through(pacer, 3)

    with pytest.raises(Spent, match="the budget of 3 requests is spent"):
        pacer.enter()


def test_budget_counts_what_another_process_sent(tmp_path: Path) -> None:
    """Two processes that open the same file have one budget."""
    first = Pacer.fresh(tmp_path / "pace", most=2)
    second = Pacer.shared(tmp_path / "pace")
    pass_through(first, 1)
    pass_through(second, 1)

    with pytest.raises(Spent):
        first.enter()


def test_request_that_puts_back_leaves_though_the_budget_is_spent() -> None:
    """No budget keeps records from being put back."""
    pacer = Pacer.fresh(most=1)
    pass_through(pacer, 1)
    pacer.leave(pacer.enter(putting_back=True), 200)

    assert pacer.sent == 2


def test_no_request_leaves_after_the_time() -> None:
    """When the time is over, nothing is sent."""
    pacer = Pacer.fresh(seconds=0.05)
    pass_through(pacer, 1)
    time.sleep(0.06)

    with pytest.raises(Spent, match=r"the budget of 0\.05 s is spent"):
        pacer.enter()


def test_wait_that_would_outlast_the_time_is_not_begun() -> None:
    """A run does not sleep only to find that its time is over."""
    pacer = Pacer.fresh(rate=Rate(1, 10), seconds=1)
    pass_through(pacer, 1)
    before = time.monotonic()
    with pytest.raises(Spent):
        pacer.enter()

    assert time.monotonic() - before < 0.5


@pytest.mark.parametrize("threads", [1, 3])
def test_rate_holds_in_every_period(threads: int) -> None:
    """However many send, no period holds more requests than the rate allows."""
    pacer, moments = Pacer.fresh(rate=Rate(4, 0.2)), []
    senders = [
        threading.Thread(target=lambda: moments.extend(pass_through(pacer, 12 // threads))) for _ in range(threads)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    moments.sort()

    assert min(later - earlier for earlier, later in zip(moments, moments[4:], strict=False)) >= 0.2


def test_request_that_did_not_leave_is_given_back() -> None:
    """A connection that could not be made costs nothing of the budget."""
    pacer = Pacer.fresh(most=1)
    pacer.unsent(pacer.enter())

    assert pacer.leave(pacer.enter(), 200) is False


@pytest.mark.parametrize(("status", "retry_after"), [(429, "1"), (503, "1"), (429, "")])
def test_asked_to_wait_is_to_be_sent_again(status: int, retry_after: str) -> None:
    """A 429, or a 503 with Retry-After, was not carried out and is due again."""
    pacer = Pacer.fresh()

    assert pacer.leave(pacer.enter(), status, retry_after) is True


def test_wait_is_as_long_as_the_server_asks() -> None:
    """The next request leaves no sooner than Retry-After says."""
    pacer = Pacer.fresh()
    pacer.leave(pacer.enter(), 429, "1")
    before = time.monotonic()
    pacer.enter()

    assert time.monotonic() - before >= 0.95


def test_server_that_keeps_asking_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that limits the rate again and again is left alone."""
    pacer = Pacer.fresh()
    for _ in range(ENDURED + 1):
        pacer.leave(pacer.enter(), 429, "0")

    with pytest.raises(Overloaded, match="limits the rate"):
        pacer.enter()


def test_server_that_asks_for_an_hour_ends_the_run() -> None:
    """Nobody waits an hour for a verdict."""
    pacer = Pacer.fresh()
    pacer.leave(pacer.enter(), 503, "3600")

    with pytest.raises(Overloaded):
        pacer.enter()


def test_server_errors_in_a_row_are_suspected_to_be_an_outage() -> None:
    """Many server errors in a row are a reason to look whether the server still works, and since when it does not."""
    pacer = Pacer.fresh()
    pacer.leave(pacer.enter(), 200)
    for _ in range(FAILURES):
        pacer.leave(pacer.enter(), 500)

    assert (pacer.suspects_outage, pacer.errors_since) == (True, 2)


def test_server_that_was_seen_to_work_is_trusted_again() -> None:
    """A read that works ends the suspicion; the run goes on."""
    pacer = Pacer.fresh()
    for _ in range(FAILURES):
        pacer.leave(pacer.enter(), 500)
    pacer.trust()

    assert not pacer.suspects_outage


def test_server_that_is_down_is_left_alone() -> None:
    """When the read that worked at the start fails too, nobody sends anything more, in no process."""
    pacer = Pacer.fresh()
    pacer.stop_for_errors()

    with pytest.raises(Overloaded, match="answers with server errors"):
        pacer.enter()


def test_server_errors_among_other_answers_do_not_end_the_run() -> None:
    """A server that fails on some requests is judged, not left."""
    pacer = Pacer.fresh()
    for _ in range(FAILURES):
        pacer.leave(pacer.enter(), 500)
        pacer.leave(pacer.enter(), 400)

    assert pacer.sent == 2 * FAILURES


def test_mock_of_ours_may_fail_as_often_as_it_likes() -> None:
    """Against our own mock a run finds every failure."""
    pacer = Pacer.fresh(endures_errors=True)
    for _ in range(3 * FAILURES):
        pacer.leave(pacer.enter(), 500)

    assert pacer.sent == 3 * FAILURES


@pytest.mark.parametrize(
    ("text", "seconds"), [("7", 7), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", None), ("", None)]
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    """Retry-After is read in both forms of RFC 9110 section 10.2.3."""
    assert asked(text) == seconds
