"""`casepact mock` in a process of its own, with its console and its memory in reach."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specs import apis


@dataclass(frozen=True, slots=True)
class RunningMock:
    """A mock that listens on a port of 127.0.0.1; what it tells on stderr goes to the file `console`."""

    port: int
    process: subprocess.Popen[bytes]
    console: Path

    @property
    def alive(self) -> bool:
        """Whether the process runs and answers."""
        return self.process.poll() is None and bool(control(self.port, "GET", "/ready"))

    def memory(self) -> int:
        """The resident memory in kB (VmRSS of Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    def processor(self) -> float:
        """Seconds of processor time that the process has used (utime and stime of Linux, proc(5))."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def mock_process(folder: Path, *arguments: str, seconds: float = 30) -> Iterator[RunningMock]:
    """A mock on a free port with these arguments; `folder` gets its port and its console. Stopped at the end."""
    port_file, console = folder / "port", folder / "console"
    command = [sys.executable, "-m", "mock_server", "--port", "0", "--port-file", str(port_file), *arguments]
    with console.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stderr)
    try:
        deadline = time.monotonic() + seconds
        while not (port_file.exists() and port_file.read_text().strip()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the mock did not start: {console.read_text()}")
            time.sleep(0.02)
        yield RunningMock(int(port_file.read_text()), process, console)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def control(port: int, method: str, path: str, value: Any = None) -> Any:
    """What the control API answers to a request that it carries out; raises `AssertionError` for a refusal."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        body = None if value is None else json.dumps(value)
        headers = {} if value is None else {"content-type": "application/json"}
        connection.request(method, f"/_casepact/v1{path}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    assert answer.status < 300, f"{method} {path}: {answer.status} {text[:500]!r}"
    return json.loads(text) if text else None


def records(port: int, world: str) -> dict[str, Any]:
    """Every record of a world, by API, collection and id."""
    return {api: control(port, "GET", f"/worlds/{world}/fixtures/{api}")["records"] for api in apis()}
