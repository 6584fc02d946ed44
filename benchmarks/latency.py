"""How long answers take at half load: each server at half the rate that it was just measured to reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.comparison import progress
from benchmarks.kinds import Kind
from benchmarks.load import Server, measure, on_the_wire
from benchmarks.machine import CannotMeasure
from benchmarks.open_loop import Latencies, constant_rate

HEAD = """\
| request | server | requests/s | p50 | p99 | p50 to ours | p99 to ours | client busy |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(frozen=True, slots=True)
class HalfLoad:
    """One run: the rate that was kept, and how long the answers took."""

    rate: float
    latencies: Latencies


def at_half_load(
    kind: Kind, servers: Mapping[str, Server], nothing: Server, rounds: int, seconds: float
) -> dict[str, list[HalfLoad]]:
    """
    In every round each server by turns: its highest rate by `wrk`, then twice as long half of that.

    The first server is ours. `nothing` does nothing, and is sent as much as ours: what it shows is the client's own.
    """
    floor = f"{nothing.name}, at the rate of the first row"
    found: dict[str, list[HalfLoad]] = {name: [] for name in (*servers, floor)}
    for number in range(rounds):
        for name, server in servers.items():
            half = measure(server, [kind], seconds).rate / 2
            found[name].append(HalfLoad(half, _kept(server, kind, half, 2 * seconds)))
        half = found[next(iter(servers))][-1].rate
        found[floor].append(HalfLoad(half, _kept(nothing, kind, half, 2 * seconds)))
        progress(f"{kind.title}: latency, round {number + 1} of {rounds}")
    return found


def rows(kind: Kind, found: Mapping[str, Sequence[HalfLoad]]) -> Iterator[str]:
    """The rows of the table below `HEAD`: medians over the rounds; ratios are those of the same round."""
    ours = next(iter(found.values()))
    for name, runs in found.items():
        alone = runs is ours
        cells = [
            kind.title if alone else "",
            name,
            f"{median(run.rate for run in runs):,.0f}",
            *(_milliseconds(runs, percent) for percent in (50, 99)),
            *("" if alone else f"{ratio(runs, ours, percent):.2f}" for percent in (50, 99)),
            f"{median(run.latencies.busy for run in runs):.0%}",
        ]
        yield f"| {' | '.join(cells)} |"


def ratio(runs: Sequence[HalfLoad], ours: Sequence[HalfLoad], percent: float) -> float:
    """The median over the rounds of a server's percentile divided by ours."""
    return median(
        run.latencies.percentile(percent) / mine.latencies.percentile(percent)
        for run, mine in zip(runs, ours, strict=True)
    )


def _kept(server: Server, kind: Kind, rate: float, seconds: float) -> Latencies:
    try:
        return constant_rate(server.port, on_the_wire(server, kind), kind.status, rate, seconds)
    except CannotMeasure as error:
        raise CannotMeasure(f"{server.name}, {kind.title}, {rate:,.0f} requests/s: {error}") from None


def _milliseconds(runs: Sequence[HalfLoad], percent: float) -> str:
    return f"{median(run.latencies.percentile(percent) for run in runs) * 1000:.2f} ms"
