"""`casepact mock --workers`: several processes answer as one mock."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mock_server.http.test_graceful import answer
from tests.mock_server.provoked import AICC_CASE
from tests.mocks import RunningMock, control, mock_process
from tests.redis_server import INSTALL, free_port, installed, redis_server

PROJECT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(installed() is None, reason=INSTALL)
READ = f"/aicc{AICC_CASE.format('c6m800000142mS63Voa8')}"
TOKEN = {"access-token": "aicc-operator-token-0001"}
WORKERS = 3


@pytest.fixture(scope="module")
def worlds() -> Iterator[str]:
    """The address of a Redis."""
    with redis_server() as server:
        yield server.address


@contextmanager
def several(folder: Path, worlds: str, *more: str) -> Iterator[RunningMock]:
    """A mock of AICC with three workers."""
    with mock_process(folder, "--api", "aicc", "--worlds", worlds, "--workers", str(WORKERS), *more) as running:
        yield running


def workers(running: RunningMock) -> set[int]:
    """The processes of the workers (children of Linux, proc(5))."""
    pid = running.process.pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and the body as JSON."""

    status: int
    headers: http.client.HTTPMessage
    value: Any


def ask(port: int, path: str, headers: dict[str, str], host: str = "127.0.0.1") -> Answered:
    """The answer to a GET on a connection of its own, which any worker may get."""
    connection = http.client.HTTPConnection(host, port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        found = connection.getresponse()
        return Answered(found.status, found.headers, json.loads(found.read()))
    finally:
        connection.close()


def test_refusal_is_explained_by_every_worker(tmp_path: Path, worlds: str) -> None:
    """Ids of refusals are of all workers together: none is given twice, and each is known to all."""
    with several(tmp_path, worlds) as running:
        links = [ask(running.port, READ, {}).headers["link"] for _ in range(20)]
        paths = [link.partition("<")[2].partition(">")[0] for link in links]
        prefixes = {re.sub(r"-\d+$", "", path) for path in paths}
        explained = [ask(running.port, path, {}) for path in paths]

    assert len(set(paths)) == 20
    assert len(prefixes) > 1, "one worker got every connection"
    assert [found.status for found in explained] == [200] * 20


def test_mock_goes_on_while_workers_are_killed(tmp_path: Path, worlds: str) -> None:
    """Each worker is killed once; the mock answers all the time, with what was stored, and has as many as before."""
    with several(tmp_path, worlds) as running:
        control(running.port, "PUT", "/worlds/default/clock", {"mode": "frozen", "at": "2015-07-30T13:07:40Z"})
        before = workers(running)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + 20
            while pid in workers(running) or len(workers(running)) < WORKERS:
                assert time.monotonic() < deadline, running.console.read_text()
                time.sleep(0.02)
            modes = [control(running.port, "GET", "/worlds/default/clock")["mode"] for _ in range(10)]
            assert modes == ["frozen"] * 10

        assert len(before) == WORKERS
        assert not before & workers(running)
        assert running.console.read_text().count("another is started") == WORKERS


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_answered(tmp_path: Path, worlds: str, number: signal.Signals) -> None:
    """Requests that wait in several workers when the signal comes are answered in full; then the mock ends with 0."""
    with several(tmp_path, worlds) as running:
        waiting = [socket.create_connection(("127.0.0.1", running.port), timeout=20) for _ in range(8)]
        lines = [f"GET {READ} HTTP/1.1", "Host: x", f"access-token: {TOKEN['access-token']}", "Prefer: delay=1500"]
        for connection in waiting:
            connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        time.sleep(0.5)
        # As Ctrl-C does: every process of the terminal gets the signal.
        for pid in (running.process.pid, *(workers(running) if number is signal.SIGINT else ())):
            os.kill(pid, number)
        received = [answer(connection) for connection in waiting]
        code = running.process.wait(timeout=10)

    assert [text.startswith(b"HTTP/1.1 200 OK") and text.endswith(b"}") for text in received] == [True] * 8
    assert (code, running.console.read_text()) == (0, "")


def test_banner_is_printed_once(tmp_path: Path, worlds: str) -> None:
    """By the parent, when all workers are ready; the address of IPv6 works as any other."""
    port_file = tmp_path / "port"
    command = [sys.executable, "-m", "mock_server", "--api", "aicc", "--host", "::1", "--port", "0"]
    command += ["--port-file", str(port_file), "--worlds", worlds, "--workers", "2"]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        found = ask(int(port_file.read_text()), READ, TOKEN, host="::1")
    finally:
        process.terminate()
        out, _ = process.communicate(timeout=20)

    assert found.status == 200
    assert out.count("casepact mock on http://[::1]:") == 1


def test_redis_that_is_missing_is_reported_once(tmp_path: Path) -> None:
    """Workers are not even started without their worlds."""
    command = [sys.executable, "-m", "mock_server", "--api", "aicc", "--port", "0", "--workers", "2"]
    command += ["--worlds", f"redis://127.0.0.1:{free_port()}/0"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("casepact mock: --worlds: redis://127.0.0.1:")


def test_port_file_that_cannot_be_written_ends_all(tmp_path: Path, worlds: str) -> None:
    """The workers are ready by then; they end with the parent, whose one line has the reason."""
    command = [sys.executable, "-m", "mock_server", "--api", "aicc", "--port", "0", "--workers", "2"]
    command += ["--worlds", worlds, "--port-file", str(tmp_path / "none" / "port")]
    # The pipe ends with the last process that holds it, so this waits for the workers too.
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "cannot be written" in done.stderr


def test_worker_is_replaced_while_redis_is_gone(tmp_path: Path) -> None:
    """A new worker needs no Redis to start: it answers with 503, and as always once Redis is back."""
    with redis_server() as server, several(tmp_path, server.address) as running:
        server.stop()
        (killed, *_) = before = workers(running)
        os.kill(killed, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while killed in workers(running) or len(workers(running)) < WORKERS:
            assert time.monotonic() < deadline, running.console.read_text()
            time.sleep(0.02)
        gone = {ask(running.port, READ, TOKEN).status for _ in range(10)}
        server.start()
        there = {ask(running.port, READ, TOKEN).status for _ in range(10)}

    assert len(before) == WORKERS
    assert (gone, there) == ({503}, {200})
