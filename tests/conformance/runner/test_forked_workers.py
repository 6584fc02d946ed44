"""Processes that share the probes of a run: every report comes, and no process outlives the run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

SESSION = """
import sys
import pytest
from conformance.runner.forked_workers import ForkedWorkers

class Reported:
    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.failed:
            name, lines = report.nodeid.rpartition("::")[2], report.longreprtext.splitlines()
            print("\\nreported", name, report.outcome, lines[-1:])

sys.exit(pytest.main(["-p", "no:cacheprovider", sys.argv[1]], plugins=[ForkedWorkers(2), Reported()]))
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """A session of two processes: its exit code and what was reported to its plugins, by item."""

    code: int
    reported: dict[str, str]


def ran(folder: Path, tests: str) -> Ran:
    """Run these tests by forked workers, in a session of its own."""
    file = folder / "test_items.py"
    file.write_text(f"import os, signal, time\n{tests}")
    done = subprocess.run(
        [sys.executable, "-c", SESSION, str(file)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    lines = [line.split(" ", 2) for line in done.stdout.splitlines() if line.startswith("reported ")]
    return Ran(done.returncode, {item: outcome for _, item, outcome in lines})


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_every_item_runs_once_and_is_reported(tmp_path: Path) -> None:
    """
    Each item is run by one of the processes, and its report reaches the plugins of the session.
    """
    tests = "".join(f"def test_{n}(): open('ran', 'a').write('{n} ')\n" for n in range(7))

    found = ran(tmp_path, f"{tests}def test_7(): assert 1 == 2\n")

    assert found.code == 1
    assert found.reported == {f"test_{n}": "passed []" for n in range(7)} | {
        "test_7": "failed ['test_items.py:9: AssertionError']"
    }
    assert sorted((tmp_path / "ran").read_text().split()) == [str(n) for n in range(7)]


def test_items_are_run_at_the_same_time(tmp_path: Path) -> None:
    """
    Two items that wait for each other both end.
    """
    tests = """
def meet(mine, other):
    open(mine, "w").close()
    end = time.monotonic() + 20
    while not os.path.exists(other):
        assert time.monotonic() < end
        time.sleep(0.01)
def test_one(): meet("one", "two")
def test_two(): meet("two", "one")
"""
    assert ran(tmp_path, tests).reported == {"test_one": "passed []", "test_two": "passed []"}


def test_process_that_dies_is_reported_and_the_others_go_on(tmp_path: Path) -> None:
    """
    Who is killed in the middle of an item takes no other report along, and the session fails.
    """
    tests = "def test_dies(): os.kill(os.getpid(), signal.SIGKILL)\n" + "".join(
        f"def test_{n}(): pass\n" for n in range(5)
    )

    found = ran(tmp_path, tests)

    assert found.code == 1
    assert found.reported == {f"test_{n}": "passed []" for n in range(5)} | {
        "": "failed ['a process that ran probes died (SIGKILL)']"
    }


def test_session_that_is_to_stop_gives_no_more_turns(tmp_path: Path) -> None:
    """
    An item that stops the session stops it for all processes.
    """
    tests = "def test_stops(request): request.session.shouldstop = 'enough'\n" + "".join(
        f"def test_{n}(): time.sleep(0.2)\n" for n in range(40)
    )

    found = ran(tmp_path, tests)

    assert found.code == 2
    assert len(found.reported) < 20


def test_interrupted_session_leaves_no_process(tmp_path: Path) -> None:
    """
    After Ctrl-C in the first process the others end at once.
    """
    tests = """
def test_interrupts():
    time.sleep(0.5)
    os.kill(os.getppid(), signal.SIGINT)
    time.sleep(60)
def test_lasts():
    open("lasting", "w").write(str(os.getpid()))
    time.sleep(60)
"""
    started = time.monotonic()

    found = ran(tmp_path, tests)

    assert (found.code, time.monotonic() - started < 20) == (2, True)
    assert not alive(int((tmp_path / "lasting").read_text()))


def test_items_that_cannot_be_collected_start_no_process(tmp_path: Path) -> None:
    """
    A session with errors of collection ends as it does without forked workers.
    """
    assert ran(tmp_path, "raise RuntimeError('no items')\n").code == pytest.ExitCode.INTERRUPTED


def test_items_in_turn_are_run_by_one_process_in_their_order(tmp_path: Path) -> None:
    """
    Items that name the same turn never run beside each other; the others are run by whoever is free.
    """
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        item.in_turn = 'chain' if 'chained' in item.name else ''\n"
    )
    wrote = "open('ran', 'a').write(f'{os.getpid()} NAME\\n'); time.sleep(0.05)"
    names = [f"{'chained' if n % 2 else 'free'}_{n}" for n in range(12)]
    tests = "".join(f"def test_{name}(): {wrote.replace('NAME', name)}\n" for name in names)

    found = ran(tmp_path, tests)

    lines = [line.split() for line in (tmp_path / "ran").read_text().splitlines()]
    chained = [(pid, name) for pid, name in lines if name.startswith("chained")]
    assert (found.code, len(found.reported)) == (0, 12)
    assert [name for _, name in chained] == [name for name in names if name.startswith("chained")]
    assert len({pid for pid, _ in chained}) == 1
    assert len({pid for pid, _ in lines}) == 2
