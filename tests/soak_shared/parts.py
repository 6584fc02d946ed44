"""Redis and the mocks as processes that can be killed and started again."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

REDIS = shutil.which("redis-server") or shutil.which("valkey-server")
MISSING = "there is no redis-server or valkey-server; on Debian: apt-get install redis-server"
_SECONDS = 30.0
_HELD = 10.0
"""Seconds for which what was killed may hold its port."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


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


def redis(folder: Path) -> Part:
    """
    Redis with an append-only file in `folder`, written to disk before an answer (`appendfsync always`).

    With `everysec`, the default, what was answered in the second before Redis was killed may be gone.
    """
    assert REDIS is not None, MISSING
    port = free_port()
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "dir": folder,
        "save": "",
        "appendonly": "yes",
        "appendfsync": "always",
    }
    command = [REDIS, *(text for name, value in options.items() for text in (f"--{name}", str(value)))]
    return Part("Redis", command, port, folder / "redis.log", _pongs)


def mock(name: str, folder: Path, *arguments: str, module: str = "mock_server") -> Part:
    """`casepact mock` on a free port; `module` is run instead of it."""
    port = free_port()
    command = [sys.executable, "-m", module, "--port", str(port), "--quiet", *arguments]
    return Part(name, command, port, folder / f"{name.replace(' ', '-')}.log", _is_ready)


def _pongs(port: int) -> bool:
    """Whether Redis answers, and has read its file: it refuses with LOADING until then."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(100).startswith(b"+PONG")
    return False


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_casepact/v1/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
