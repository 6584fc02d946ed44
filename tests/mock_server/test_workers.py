"""Several processes serve one address: what their parent does when one of them, or the parent itself, ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from mock_server.cli import main
from mock_server.workers import listeners, processors
from specs.flaws import CasepactError

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Program:
    """`small_workers` as it runs, with its console."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def console(self) -> str:
        """What it has reported."""
        return (self.folder / "console").read_text()

    def port(self) -> int:
        """Its port, once all workers are ready."""
        file = self.folder / "port"
        until(lambda: file.exists() and file.read_text().endswith("\n"), self)
        return int(file.read_text())

    def answer(self) -> int:
        """The process that answers one connection."""
        with socket.create_connection(("127.0.0.1", self.port()), timeout=10) as connection:
            return int(connection.recv(20))

    def workers(self, count: int) -> set[int]:
        """The processes that answer, once so many have."""
        found: set[int] = set()

        def asked() -> bool:
            found.add(self.answer())
            return len(found) == count

        until(asked, self)
        return found


def until(holds: object, program: Program, seconds: float = 20) -> None:
    """Wait until this holds."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, program.console
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def program(folder: Path, count: int, what: str = "serve") -> Iterator[Program]:
    """`small_workers` with so many workers; killed at the end."""
    command = [sys.executable, "-m", "tests.mock_server.small_workers", str(count), str(folder / "port"), what]
    with (folder / "console").open("wb") as console:
        process = subprocess.Popen(command, cwd=PROJECT, stderr=console, start_new_session=True)
    try:
        yield Program(process, folder)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)


def test_every_worker_answers(tmp_path: Path) -> None:
    """Connections to the one address reach each of the workers, none of which is the parent."""
    with program(tmp_path, 3) as running:
        assert running.process.pid not in running.workers(3)


def test_worker_that_is_killed_is_replaced(tmp_path: Path) -> None:
    """After kill -9 of a worker another answers in its place; one line says so, and no zombie is left."""
    with program(tmp_path, 2) as running:
        first, second = running.workers(2)
        os.kill(first, signal.SIGKILL)
        until(lambda: "is started" in running.console, running)
        after = running.workers(2)

        assert second in after
        assert not Path(f"/proc/{first}").exists()
        assert len(running.console.splitlines()) == 1
        assert "signal 9 (Killed); another is started in 0.1 s" in running.console


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    """A signal to the parent ends every worker; the parent is done with 0 and without a word when they are."""
    with program(tmp_path, 3) as running:
        found = running.workers(3)
        running.process.send_signal(number)

        assert running.process.wait(timeout=3) == 0
        assert not any(map(runs, found))
        assert running.console == ""


def test_interrupt_of_the_terminal_reaches_the_workers_once(tmp_path: Path) -> None:
    """Ctrl-C goes to all processes of a terminal; the workers wait for what the parent says."""
    with program(tmp_path, 2) as running:
        found = running.workers(2)
        for pid in found:
            os.kill(pid, signal.SIGINT)
        still = running.workers(2)
        os.killpg(running.process.pid, signal.SIGINT)

        assert still == found
        assert running.process.wait(timeout=3) == 0
        assert not any(map(runs, found))


def test_worker_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """A worker that ignores SIGTERM is killed, at the second signal at once."""
    with program(tmp_path, 2, "deaf") as running:
        found = running.workers(2)
        running.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        waiting = running.process.poll()
        running.process.send_signal(signal.SIGTERM)

        assert waiting is None
        assert running.process.wait(timeout=3) == 0
        assert not any(map(runs, found))


@pytest.mark.parametrize("what", ["serve", "deaf"])
def test_no_worker_outlives_a_killed_parent(tmp_path: Path, what: str) -> None:
    """After kill -9 of the parent the workers end by themselves, those that ignore SIGTERM somewhat later."""
    with program(tmp_path, 2, what) as running:
        found = running.workers(2)
        running.process.kill()
        running.process.wait()

        until(lambda: not any(map(runs, found)), running)


def test_flaw_at_the_start_is_reported_once(tmp_path: Path) -> None:
    """Workers that cannot start end the program with the reason, in one line."""
    with program(tmp_path, 3, "flaw") as running:
        assert running.process.wait(timeout=10) == 2
        assert running.console == "the world is full\n"


def test_workers_that_end_at_once_are_not_started_for_ever(tmp_path: Path) -> None:
    """After some attempts, each later than the one before, the program gives up with exit code 1 and says so."""
    with program(tmp_path, 1, "crash") as running:
        assert running.process.wait(timeout=15) == 1

        lines = running.console.splitlines()
        assert [line.rpartition("started")[2] for line in lines[:5]] == [
            f" in {delay:g} s" for delay in (0.1, 0.2, 0.4, 0.8, 1.6)
        ]
        assert lines[5].endswith("6 workers ended within 5 s of their start, so the mock ends")


def test_address_of_another_mock_is_not_shared(tmp_path: Path) -> None:
    """Workers share their address among themselves only: whoever else listens on it is refused."""
    with program(tmp_path, 2) as running, socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", running.port()))


def test_workers_share_a_socket_where_sockets_do_not_share_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Linux spreads connections over the sockets of one address."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        monkeypatch.setattr("sys.platform", "darwin")

        assert listeners(first, 3) == [first] * 3


def test_address_that_was_taken_in_between_is_reported() -> None:
    """Whoever listens there keeps it; the reason and the way out are one line."""
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(CasepactError, match=r"cannot listen on 127\.0\.0\.1:\d+: .* start the mock again\."),
    ):
        listeners(other.dup(), 2)


# The options


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What `casepact mock` says when it does not start."""
    with suppress(SystemExit):
        assert main(arguments) == 2
    return capsys.readouterr().err


@pytest.mark.parametrize("more", [(), ("--stateless",), ("--worlds", "")])
def test_workers_without_common_worlds_are_refused(capsys: pytest.CaptureFixture[str], more: tuple[str, ...]) -> None:
    """The reason and the way out are one line."""
    said = refusal(capsys, "--workers", "2", *more)

    assert said.startswith("casepact mock: --workers 2 needs --worlds: each process would have worlds of its own")
    assert "--worlds redis://127.0.0.1:6379/0 (CASEPACT_WORLDS), or leave out --workers.\n" in said
    assert said.count("\n") == 1


def test_workers_do_not_watch(capsys: pytest.CaptureFixture[str]) -> None:
    """What changes under several processes would be answered in two ways for a moment."""
    said = refusal(capsys, "--workers", "2", "--watch", "--worlds", "redis://127.0.0.1:6379/0")

    assert said.startswith("casepact mock: --watch is for a single process")


@pytest.mark.parametrize("number", ["0", "-1", "two", "", "1.5", "513", "99999999999999999999", "٣"])
def test_number_of_workers_is_checked(capsys: pytest.CaptureFixture[str], number: str) -> None:
    """A number from 1 to 512, or auto."""
    assert f"'{number[:40]}' is not a number from 1 to 512, and not auto" in refusal(capsys, f"--workers={number}")


def test_auto_is_a_worker_for_each_processor(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as this process may use, also from the environment."""
    monkeypatch.setenv("CASEPACT_WORKERS", "auto")
    monkeypatch.setattr("mock_server.cli.processors", lambda: 3)

    assert processors() == len(os.sched_getaffinity(0))
    assert "--workers 3 needs --worlds" in refusal(capsys)
