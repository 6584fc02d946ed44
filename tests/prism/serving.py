"""Prism as a process, serving one document."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def prism_of(program: str, document: Path, log: Path, *, dynamic: bool = False) -> Iterator[str]:
    """The address of a Prism mock of a document, which draws its answers if `dynamic`; it prints to `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with log.open("w") as out:
        process = subprocess.Popen(
            [program, "mock", str(document), "--port", str(port), *(["--dynamic"] if dynamic else [])],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait(process, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"Prism did not start:\n{log.read_text()}")
