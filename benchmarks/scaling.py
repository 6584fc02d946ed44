"""What one request costs among 1, 10 and 1,000 worlds, and in contracts of 5, 50 and 1,500 operations."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.comparison import microseconds, paired, progress, settled, times
from benchmarks.generated import document, writes
from benchmarks.kinds import Kind
from benchmarks.load import Load, Server, measure, warm
from benchmarks.peers import our_mock

WORLDS = (1, 10, 1000)
OPERATIONS = (5, 50, 1500)
TARGET = "<= 1.1"

HEAD = """\
| requests to | answers/s | processor time per answer | time to the smallest | processor time to it | target |
| --- | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True, slots=True)
class Size:
    """A mock of one size, and the requests that it gets by turns: one only, or one for each part of it."""

    name: str
    server: Server
    requests: Sequence[Kind]


def rows(kind: Kind, rounds: int, seconds: float, warm_up: float) -> Iterator[str]:
    """Measure both, and give the rows of the table below `HEAD`; `kind` is the request that is sent to each world."""
    with _mocks_of_worlds(kind) as sizes:
        yield from _grown(sizes, rounds, seconds, warm_up)
    with _mocks_of_operations() as sizes:
        yield from _grown(sizes, rounds, seconds, warm_up)


def ratios(smallest: Sequence[Load], runs: Sequence[Load]) -> tuple[float | None, float | None]:
    """How many times the smallest's an answer takes, by the rate and by processor time: 1 is no growth."""
    return (
        paired(smallest, runs, lambda load: load.rate),
        paired(runs, smallest, lambda load: load.microseconds),
    )


def _grown(sizes: Sequence[Size], rounds: int, seconds: float, warm_up: float) -> Iterator[str]:
    for size in sizes:
        for request in size.requests:
            expected = settled(size.server, request)
        warm(size.server, size.requests, expected, warm_up)
    loads: Mapping[str, list[Load]] = {size.name: [] for size in sizes}
    for number in range(rounds):
        for size in sizes:
            loads[size.name].append(measure(size.server, size.requests, seconds))
        progress(f"{sizes[0].name} to {sizes[-1].name}: round {number + 1} of {rounds}")
    smallest = loads[sizes[0].name]
    for name, runs in loads.items():
        by_rate, by_processor = ratios(smallest, runs)
        alone = runs is smallest
        cells = [
            name,
            f"{median(load.rate for load in runs):,.0f}",
            microseconds(runs),
            "" if alone else times(by_rate),
            "" if alone else times(by_processor),
            "" if alone else TARGET,
        ]
        yield f"| {' | '.join(cells)} |"


@contextmanager
def _mocks_of_worlds(kind: Kind) -> Iterator[list[Size]]:
    """A mock for each number of worlds, each of which is written to."""
    with ExitStack() as stack:
        sizes: list[Size] = []
        for count in WORLDS:
            # Beside these there is the default one; none of them is to be discarded.
            server = stack.enter_context(our_mock(f"/{kind.api}", "--max-worlds", str(count + 1)))
            requests = [replace(kind, world=f"world-{number}") for number in range(count)]
            sizes += _one_and_all(f"{count:,} world{'s' if count > 1 else ''}", server, requests)
        yield sizes


@contextmanager
def _mocks_of_operations() -> Iterator[list[Size]]:
    """A mock of a document of each size, with a write to each of its things."""
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        sizes: list[Size] = []
        for count in OPERATIONS:
            api = f"of-{count}"
            file = Path(folder) / f"{api}.json"
            file.write_text(json.dumps(document(count)), encoding="utf-8")
            server = stack.enter_context(our_mock(f"/{api}", "--spec", str(file)))
            sizes += _one_and_all(f"{count:,} operations", server, writes(api, count))
        yield sizes


def _one_and_all(name: str, server: Server, requests: Sequence[Kind]) -> list[Size]:
    """The same request again and again, which shows what finding its place costs; and, of several, all by turns."""
    if len(requests) == 1:
        return [Size(name, server, requests)]
    return [Size(f"one of {name}", server, requests[-1:]), Size(f"{name} by turns", server, requests)]
