"""What is around every opponent: its process, its workers, the delay, the gateway and the other users."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.opponents import tiny
from tests.opponents.serving import main, opponent, text
from tests.opponents.ways import Ways, parsed

TINY = tiny.__name__


def test_opponent_answers_while_the_block_runs_and_not_after_it():
    """
    An opponent can be called at the yielded address, and is gone after the block.
    """
    with opponent(TINY) as base:
        assert httpx.get(f"{base}/note").json()["note"] == {"written": 0, "stirred": 0}

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base}/note")


def test_fault_reaches_the_module():
    """
    The fault that the caller names is the one that the server has.
    """
    with opponent(TINY, fault="deaf") as base:
        httpx.post(f"{base}/note")
        assert httpx.get(f"{base}/note").json()["note"]["written"] == 0


def test_workers_share_the_records_and_end_together():
    """
    Several processes answer, each write of each is seen by all, and none is left after the block.
    """
    with opponent(TINY, Ways(workers=3, busy=True)) as base:
        with ThreadPoolExecutor(12) as pool:
            writers = set(pool.map(lambda _: httpx.post(f"{base}/note").json()["process"], range(60)))
        note = httpx.get(f"{base}/note").json()["note"]

    assert len(writers) > 1
    assert note["written"] == 60
    assert note["stirred"] > 0
    assert not any(_is_running(pid) for pid in writers)


def test_busy_opponent_changes_by_itself_and_loses_no_write():
    """
    Other users change records all the time, and what is written meanwhile stays.
    """
    with opponent(TINY, Ways(busy=True)) as base, httpx.Client(base_url=base) as client:
        for _ in range(100):
            client.post("/note")
        time.sleep(0.1)
        note = client.get("/note").json()["note"]

    assert note["written"] == 100
    assert note["stirred"] > 0


def test_settling_opponent_shows_a_write_late():
    """
    With settles a read right after a write still shows the old state.
    """
    with opponent(TINY, Ways(settles=0.2)) as base:
        httpx.post(f"{base}/note")
        at_once = httpx.get(f"{base}/note").json()["note"]["written"]
        time.sleep(0.25)
        later = httpx.get(f"{base}/note").json()["note"]["written"]

    assert (at_once, later) == (0, 1)


def test_gateway_answers_each_nth_request_and_the_server_does_not_see_it():
    """
    With gateway_errors=3 the third and sixth request are answered 502 with a page, and are not carried out.
    """
    with opponent(TINY, Ways(gateway_errors=3)) as base:
        answers = [httpx.post(f"{base}/note", json={"a": "b"}) for _ in range(6)]
        note = httpx.get(f"{base}/note").json()["note"]

    assert [answer.status_code for answer in answers] == [200, 200, 502, 200, 200, 502]
    assert answers[2].headers["content-type"].startswith("text/html")
    assert "via" in answers[2].headers
    assert note["written"] == 4


def test_delay_makes_each_answer_late():
    """
    With delay=0.2 an answer takes at least that long.
    """
    with opponent(TINY, Ways(delay=0.2)) as base:
        assert httpx.get(f"{base}/note").elapsed.total_seconds() >= 0.2


def test_opponent_that_does_not_start_says_why():
    """
    The reason why the process did not start is in the error.
    """
    with pytest.raises(RuntimeError, match=r"has no fault 'daef'\. Did you mean deaf"), opponent(TINY, fault="daef"):
        pass


@pytest.mark.parametrize("ways", [Ways(), Ways(unseen=403, settles=0.3, big_ids=True, token_life=5, workers=2)])
def test_ways_survive_the_command_line(ways: Ways):
    """
    The text of some ways is read back as the same ways.
    """
    assert parsed(text(ways)) == ways


def test_list_of_faults_has_one_line_for_each(capsys: pytest.CaptureFixture[str]):
    """
    --list-faults prints name, kind, operation, statements and sentence, separated by tabs.
    """
    main([TINY, "--list-faults"])

    assert capsys.readouterr().out == "deaf\tstate\twriteNote\tNOTE-1\tWhat is written to the note is lost.\n"


def test_known_tells_records_and_users(capsys: pytest.CaptureFixture[str]):
    """
    --known prints the module's KNOWN text and its credentials.
    """
    main([TINY, "--known"])

    assert capsys.readouterr().out == f"{tiny.KNOWN}\nanybody: no token\n"


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
