"""What every measurement needs: a process that listens, its memory and CPU time, and where the numbers come from."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parent.parent
_SECONDS_TO_END = 15.0


class CannotMeasure(Exception):
    """Something is missing or wrong, so there is nothing to measure; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """A server that listens on 127.0.0.1; `started` is `time.perf_counter()` at its command."""

    pid: int
    port: int
    started: float


@contextmanager
def listening(
    command: Sequence[str], port: int, environment: Mapping[str, str] | None = None, seconds: float = 60.0
) -> Iterator[Process]:
    """
    Run a command until it listens on `port`, and end it and its children afterwards.

    Its output is thrown away. Raises `CannotMeasure` when it ends or does not listen in time.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )
    try:
        _wait(process, port, seconds, " ".join(map(str, command)))
        yield Process(process.pid, port, started)
    finally:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            # The command leads a session of its own, so that whatever it started ends with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def resident_megabytes(pid: int) -> float | None:
    """The resident memory of a process in MB (10^6 bytes); None where there is no /proc to tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    for line in status.read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    return None


def megabytes(value: float | None) -> str:
    """The memory as a cell of a table."""
    return "not measured: this system has no /proc/<pid>/status" if value is None else f"{value:.0f} MB"


def cpu_seconds(pids: Iterable[int]) -> float | None:
    """User and system time so far of processes, their threads and children; None where there is no /proc."""
    stats = _stats()
    if stats is None:
        return None
    counted = with_children(pids, {pid: parent for pid, (parent, _) in stats.items()})
    return sum(stats[pid][1] for pid in counted if pid in stats) / os.sysconf("SC_CLK_TCK")


def with_children(pids: Iterable[int], parents: Mapping[int, int]) -> set[int]:
    """The processes and all that descend from them; `parents` has the parent of each process of the machine."""
    found = set(pids)
    while more := {pid for pid, parent in parents.items() if parent in found and pid not in found}:
        found |= more
    return found


def _stats() -> dict[int, tuple[int, int]] | None:
    """Parent and processor time, in clock ticks, of every process: fields 4, 14 and 15 of proc(5)."""
    if not Path("/proc/self/stat").exists():
        return None
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                # The name in parentheses may hold blanks.
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                found[int(entry.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    return found


def provenance(packages: Sequence[str], others: Mapping[str, str] | None = None) -> str:
    """Date, commit, machine and versions as a Markdown list; `others` are versions of what is no Python package."""
    load = f"load average {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    named = [f"{name} {version(name)}" for name in packages]
    named += [f"{name} {text}" for name, text in (others or {}).items()]
    machine = f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.machine()}"
    return "\n".join(
        [
            f"- date: {datetime.now(UTC):%Y-%m-%d}, commit {_commit()}",
            f"- machine: {machine}, {load} at the start",
            f"- versions: Python {platform.python_version()}, {', '.join(named)}",
        ]
    )


def _wait(process: subprocess.Popen[bytes], port: int, seconds: float, command: str) -> None:
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise CannotMeasure(
                f"it ended with exit code {process.returncode}; run it by hand to see why:\n  {command}"
            )
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.002)
    raise CannotMeasure(f"it did not listen within {seconds:.0f} s:\n  {command}")


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "processor unknown"


def _commit() -> str:
    git = ["git", "-C", str(ROOT)]
    try:
        name = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name.stdout.strip() + (" with changes" if changed.stdout.strip() else "")
