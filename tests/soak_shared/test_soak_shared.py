"""The soak of shared worlds: mocks on one Redis lose nothing, and the soak notices those that do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.load import World
from tests.redis_server import INSTALL, installed
from tests.soak_shared.model import Known, Member, Participation, parts

PROJECT = Path(__file__).resolve().parents[2]
needs_redis = pytest.mark.skipif(installed() is None, reason=INSTALL)


def soak(*options: str) -> subprocess.CompletedProcess[str]:
    """The program, run as `make soak` does."""
    command = [sys.executable, "-m", "tests.soak_shared", *options]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=900, check=False)


@needs_redis
@pytest.mark.parametrize(("seconds", "worlds"), [(20, 40), pytest.param(600, 200, marks=pytest.mark.slow)])
def test_no_acknowledged_update_is_lost(seconds: int, worlds: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Two mocks and Redis are killed and started again under load; every read shows what was acknowledged."""
    done = soak("--seconds", str(seconds), "--worlds", str(worlds))
    with capsys.disabled():
        print(f"\n{done.stdout.splitlines()[-1] if done.stdout else done.stderr}")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("kept: ")


@needs_redis
def test_mocks_with_worlds_of_their_own_are_found_out() -> None:
    """Without a common store, what was written through one mock is not read through the other."""
    done = soak("--separate", "--no-kills", "--seconds", "5", "--worlds", "20")

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("LOST: ")


@needs_redis
def test_writes_that_do_not_look_at_others_are_found_out() -> None:
    """Mocks that store what they made of a state that is no longer there write over each other's updates."""
    done = soak("--module", "tests.soak_shared.careless_mock", "--no-kills", "--seconds", "10", "--worlds", "4")

    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith("LOST: ")


def test_acknowledged_write_has_to_be_shown() -> None:
    """Neither the value before it nor one that was never written will do."""
    known = Known(Member(World(0), 3, "c"))
    known.acknowledge(known.next_value())
    known.acknowledge(known.next_value())

    assert known.compare(b'"soak3":"2"') == ""
    assert "2 was written, but 1 is shown" in known.compare(b'"soak3":"1"')
    assert "2 was written, but 0 is shown" in known.compare(b'"soak33":"2"')


def test_write_without_an_answer_may_have_happened() -> None:
    """Both values will do until one was read; it is the only one then."""
    happened, not_happened = (Known(Member(World(0), 3, "c")) for _ in range(2))
    for known in (happened, not_happened):
        known.acknowledge(known.next_value())
        known.doubt(known.next_value())

    assert happened.compare(b'"soak3":"2"') == "" == not_happened.compare(b'"soak3":"1"')
    assert "2 was written" in happened.compare(b'"soak3":"1"')
    assert "1 was written" in not_happened.compare(b'"soak3":"2"')


def test_contact_takes_part_after_every_other_write() -> None:
    """What is compared of it is whether it takes part, and no other contact is taken for it."""
    known = Known(Participation(World(0), 1234))
    known.acknowledge(known.next_value())
    added = known.compare(b'{"response":[{"id":1234},{"id":12345}]}')
    missing = known.compare(b'{"response":[{"id":12345,"company":{"id":1234}}]}')
    known.acknowledge(known.next_value())

    assert (added, known.compare(b'{"response":[]}')) == ("", "")
    assert "1 was written, but 0 is shown" in missing


def test_every_part_has_one_writer() -> None:
    """No two clients write the same part, and each world has parts of several on one record."""
    for number in range(20):
        found = [part for own in parts(World(number), 16).values() for part in own]

        assert len(set(found)) == len(found) == 16 + 6
