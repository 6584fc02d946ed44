"""Mocks, and what stands before them, as processes that can be killed and started again."""

from __future__ import annotations

import http.client
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

DURABLE = ("--appendfsync", "always")
"""
Options of Redis by which what was answered is on the disk.

With `everysec`, the default, what was answered in the second before it was killed may be gone.
"""
_SECONDS = 60.0
_HELD = 10.0
"""Seconds for which what was killed may hold its port."""


def lasting_port() -> int:
    """
    A port of 127.0.0.1 on which nobody listens, also for a program that is started again.

    Systems take the ports of outgoing connections from above 32767: none of them is there when it is needed again.
    """
    while True:
        port = random.randrange(20000, 32768)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass(slots=True)
class Part:
    """
    A program that listens on one port as long as it runs; what it prints is added to a file.

    `answers` tells whether it does what it is there for.
    """

    name: str
    command: Sequence[str]
    port: int
    console: Path
    answers: Callable[[int], bool]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and wait until it answers. Raises `RuntimeError` with its last words when it does not."""
        now = time.monotonic()
        deadline, last_try = now + _SECONDS, now + _HELD
        while time.monotonic() < last_try:
            with self.console.open("ab") as console:
                self.process = subprocess.Popen(self.command, stdout=console, stderr=console)
            while self.process.poll() is None and time.monotonic() < deadline:
                if self.answers(self.port):
                    return
                time.sleep(0.02)
            time.sleep(0.2)
        raise RuntimeError(f"{self.name} did not start: {self.words()}")

    def kill(self) -> None:
        """End it as a power cut would: kill -9."""
        assert self.process is not None, "it was started"
        self.process.kill()
        self.process.wait()

    def stop(self) -> int | None:
        """End it by SIGTERM; its exit code, None where it was not started."""
        if self.process is None:
            return None
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(timeout=10)
        self.process.kill()
        return self.process.wait()

    def words(self) -> str:
        """The end of what it has printed."""
        return self.console.read_text(errors="replace")[-2000:] if self.console.exists() else ""


def mock(name: str, folder: Path, *arguments: str, module: str = "mock_server") -> Part:
    """`casepact mock` on a free port; `module` is run instead of it."""
    port = lasting_port()
    command = [sys.executable, "-m", module, "--port", str(port), "--quiet", *arguments]
    return Part(name, command, port, folder / f"{name.replace(' ', '-')}.log", _is_ready)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_casepact/v1/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
