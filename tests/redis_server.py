"""A Redis or Valkey that a test starts for itself, listens on a socket in its own folder, and can be stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

INSTALL = "there is no redis-server and no valkey-server; on Debian: apt-get install redis-server"


@dataclass(slots=True)
class RedisServer:
    """
    A server whose data stay in `folder`; `port` 0 has it listen on a socket of the file system alone.

    With `appending` it writes each change to a file before it answers, so that another start goes on with all of it.
    """

    folder: Path
    port: int = 0
    appending: bool = False
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        """How a mock is told of it."""
        return f"redis://127.0.0.1:{self.port}/0" if self.port else f"unix://{self.folder}/socket"

    def start(self, seconds: float = 10) -> None:
        """Start it, and wait until it answers."""
        command = [found_program(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--unixsocket", str(self.folder / "socket"), "--dir", str(self.folder), "--daemonize", "no"]
        command += ["--appendonly", "yes" if self.appending else "no", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the Redis of the test did not start")
            time.sleep(0.01)

    def stop(self, number: int = signal.SIGKILL) -> None:
        """Stop it, by default at once, as a machine that fails does."""
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(timeout=10)

    def pause(self) -> None:
        """Keep its connections open, and answer nothing."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Answer again."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def command(self, *words: str | bytes) -> bytes:
        """The reply to one command, as it comes."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self.folder / "socket"))
            parts = [word.encode() if isinstance(word, str) else word for word in words]
            text = b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)
            connection.sendall(b"*%d\r\n%b" % (len(parts), text))
            return connection.recv(65536)

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(b"+PONG")
        except OSError:
            return False


def installed() -> str | None:
    """The server that is installed, None where there is none."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def found_program() -> str:
    """The same; skips the test where there is none."""
    found = installed()
    if found is None:
        pytest.skip(INSTALL)
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
    return port


@contextmanager
def redis_server(*, port: int = 0, appending: bool = False, options: tuple[str, ...] = ()) -> Iterator[RedisServer]:
    """A server that runs until the end of the block; its data are gone then."""
    # The path of a socket is no longer than a hundred bytes; pytest's folders are.
    with tempfile.TemporaryDirectory(prefix="casepact-redis-") as folder:
        server = RedisServer(Path(folder), port, appending, options)
        server.start()
        try:
            yield server
        finally:
            if server.process is not None and server.process.poll() is None:
                os.kill(server.process.pid, signal.SIGKILL)
                server.process.wait(timeout=10)
