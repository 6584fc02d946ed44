"""A mock that is asked to stop lets requests in flight finish; what it reported until then can be read by a program."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.mock_server.provoked import AICC_CASE, MODIFY

PROJECT = Path(__file__).resolve().parents[3]
READ = f"/aicc{AICC_CASE.format('c6m800000142mS63Voa8')}"
TOKEN = "access-token: aicc-operator-token-0001"


@dataclass(frozen=True, slots=True)
class Running:
    """A mock in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    console: Path

    def ask(self, target: str, *headers: str, method: str = "GET", body: bytes = b"") -> socket.socket:
        """A connection on which a request was sent."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        lines = [f"{method} {target} HTTP/1.1", "Host: x", *headers, f"Content-Length: {len(body)}", "", ""]
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        return connection


@contextmanager
def mock(folder: Path, *arguments: str) -> Iterator[Running]:
    """A mock of AICC; it is killed if the test left it running."""
    port_file, console = folder / "port", folder / "console"
    command = [sys.executable, "-m", "mock_server", "--api", "aicc", "--port", "0", "--port-file", str(port_file)]
    with console.open("wb") as stderr:
        process = subprocess.Popen([*command, *arguments], cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            assert process.poll() is None and time.monotonic() < deadline, console.read_text()
            time.sleep(0.02)
        yield Running(process, int(port_file.read_text()), console)
    finally:
        process.kill()
        process.wait(timeout=20)


def answer(connection: socket.socket) -> bytes:
    """All that comes until the other side ends, at most for twenty seconds."""
    received = b""
    with connection:
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("more", [(), ("--watch",)], ids=["plain", "watching"])
def test_request_in_flight_is_answered(tmp_path: Path, number: signal.Signals, more: tuple[str, ...]) -> None:
    """
    A request that waits 1.5 s when the signal comes is answered in full; then the mock ends with 0, without a word.
    """
    with mock(tmp_path, *more) as running:
        waiting = running.ask(READ, TOKEN, "Prefer: delay=1500", "Connection: close")
        time.sleep(0.5)
        running.process.send_signal(number)
        received = answer(waiting)
        code = running.process.wait(timeout=10)

    assert received.startswith(b"HTTP/1.1 200 ") and b'"resCode":"0"' in received
    assert (code, running.console.read_text()) == (0, "")


def test_no_new_request_is_taken_while_it_stops(tmp_path: Path) -> None:
    """
    After the signal nobody can connect any more.
    """
    with mock(tmp_path, "--quiet") as running:
        waiting = running.ask(READ, TOKEN, "Prefer: delay=1500", "Connection: close")
        time.sleep(0.5)
        running.process.terminate()
        time.sleep(0.5)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", running.port), timeout=1).close()

        assert answer(waiting).startswith(b"HTTP/1.1 200 ")


def test_idle_connection_does_not_hold_it_up(tmp_path: Path) -> None:
    """
    A browser that keeps its connection open and sends nothing is no request in flight.
    """
    with mock(tmp_path, "--quiet") as running:
        idle = running.ask(READ, TOKEN)
        idle.recv(65536)
        started = time.monotonic()
        running.process.terminate()
        code = running.process.wait(timeout=10)
        took = time.monotonic() - started
        idle.close()

    assert (code, took < 3) == (0, True)


def test_stop_has_an_end(tmp_path: Path) -> None:
    """
    A request that would wait a minute does not keep the mock alive for it.
    """
    with mock(tmp_path, "--quiet") as running:
        waiting = running.ask(READ, TOKEN, "Prefer: delay=60000")
        time.sleep(0.5)
        running.process.terminate()
        code = running.process.wait(timeout=15)
        waiting.close()

    assert code == 0


HOSTILE = b'{"caseInfo": {"id": "\xe2\x80\xae\x7f\xc2\x9b", "title": "\\u001b]0;owned\\u0007\\n{\\"level\\": 1}"}}'


@pytest.mark.parametrize(("form", "world"), [("json", "a"), ("text", "b")])
def test_lines_about_hostile_requests_can_be_read(tmp_path: Path, form: str, world: str) -> None:
    """
    Each refusal is one line without a character that steers a terminal, whatever the client sent; JSON lines parse.
    """
    kind = "Content-Type: application/json"
    with mock(tmp_path, "--log-format", form) as running:
        requests = [
            running.ask(f"/aicc{MODIFY}", TOKEN, kind, "Connection: close", method="POST", body=HOSTILE),
            running.ask(
                f"/aicc{MODIFY}", TOKEN, "Content-Type: \x9b\xe9/x", "Connection: close", method="POST", body=b"{}"
            ),
            running.ask(READ + "%1b%5b31m", TOKEN, f"X-Casepact-World: {world}", "Connection: close"),
            running.ask(READ, "access-token: \x9b31m\xe9", "Connection: close"),
        ]
        statuses = [answer(request)[9:12] for request in requests]
        running.process.terminate()
        running.process.wait(timeout=10)
    text = running.console.read_text(encoding="utf-8")

    assert (statuses, len(text.splitlines())) == ([b"400", b"415", b"404", b"401"], 4)
    assert all(line.isprintable() for line in text.split("\n"))
    if form == "json":
        assert [json.loads(line)["status"] for line in text.splitlines()] == [400, 415, 404, 401]
