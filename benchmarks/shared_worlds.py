"""The mock with its worlds in Redis, by one process and by two, beside one with its worlds in memory."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from statistics import median

from benchmarks.comparison import microseconds, paired, progress, settled, times
from benchmarks.kinds import Kind
from benchmarks.load import Load, Server, measure, warm
from benchmarks.machine import free_port, listening
from benchmarks.peers import our_mock

PACKAGES = ("redis", "hiredis")
WORLDS = 100

HEAD = """\
| worlds in | processes | requests by turns to | answers/s | processor time per answer | to the first row \
| by processor time |
| --- | ---: | --- | ---: | ---: | ---: | ---: |"""


@dataclass(slots=True)
class Arrangement:
    """One mock, the requests it gets by turns, and its runs."""

    store: str
    processes: int
    server: Server
    requests: Sequence[Kind]
    loads: list[Load] = field(default_factory=list)


def missing() -> list[str]:
    """What is not installed, each with the way to get it."""
    lines = []
    if shutil.which("redis-server") is None:
        lines.append("redis-server is missing: sudo apt-get install redis-server")
    if absent := [name for name in PACKAGES if importlib.util.find_spec(name) is None]:
        lines.append(f"{', '.join(absent)} missing: pip install --constraint constraints.txt '.[redis]'")
    return lines


def versions() -> dict[str, str]:
    """The version of the Redis that is started."""
    said = subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v=(\S+)", said)
    return {"Redis": found[1] if found else "of an unknown version"}


def rows(kind: Kind, rounds: int, seconds: float, warm_up: float) -> Iterator[str]:
    """Measure, and give the rows of the table below `HEAD`."""
    several = [replace(kind, world=f"world-{number}") for number in range(WORLDS)]
    with _arrangements(kind.api, [[kind], several]) as arrangements:
        for item in arrangements:
            for request in item.requests:
                expected = settled(item.server, request)
            warm(item.server, item.requests, expected, warm_up)
        for number in range(rounds):
            for item in arrangements:
                item.loads.append(measure(item.server, item.requests, seconds))
            progress(f"{kind.title}: worlds in Redis, round {number + 1} of {rounds}")
    for item in arrangements:
        yield _row(item, arrangements[0])


@contextmanager
def _arrangements(api: str, groups: Sequence[Sequence[Kind]]) -> Iterator[list[Arrangement]]:
    """Each mock with each group of requests; those on Redis have a database each."""
    with ExitStack() as stack:
        redis_pid, redis_port = stack.enter_context(_redis())
        memory = stack.enter_context(our_mock(f"/{api}"))
        found = [Arrangement("memory", 1, memory, requests) for requests in groups]
        for database, processes in enumerate((1, 2)):
            shared = ("--worlds", f"redis://127.0.0.1:{redis_port}/{database}", "--workers", str(processes))
            server = stack.enter_context(our_mock(f"/{api}", *shared, beside=[redis_pid]))
            found += [Arrangement("Redis", processes, server, requests) for requests in groups]
        yield found


@contextmanager
def _redis() -> Iterator[tuple[int, int]]:
    """The process and port of a Redis that keeps nothing on disk."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        address = ["--bind", "127.0.0.1", "--port", str(port), "--dir", folder]
        command = ["redis-server", *address, "--save", "", "--appendonly", "no"]
        with listening(command, port) as process:
            yield process.pid, port


def _row(item: Arrangement, first: Arrangement) -> str:
    alone = item is first
    worlds = len(item.requests)
    cells = [
        item.store,
        str(item.processes),
        "one world" if worlds == 1 else f"{worlds} worlds",
        f"{median(load.rate for load in item.loads):,.0f}",
        microseconds(item.loads),
        "" if alone else times(paired(item.loads, first.loads, lambda load: load.rate)),
        "" if alone else times(paired(first.loads, item.loads, lambda load: load.microseconds)),
    ]
    return f"| {' | '.join(cells)} |"
