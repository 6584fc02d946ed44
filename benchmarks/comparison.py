"""One kind of request sent to our mock and to its peers by turns, and the table of what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.kinds import Kind
from benchmarks.load import Answer, Load, Server, ask, measure, warm
from benchmarks.machine import CannotMeasure
from benchmarks.peers import OURS, PRISM, PRISM_LOGGING, WIREMOCK

_FOR_ACCEPTED: Mapping[str, str] = {PRISM: ">= 6", PRISM_LOGGING: ">= 12", WIREMOCK: ">= 1.0"}
_FOR_REFUSED: Mapping[str, str] = {PRISM: ">= 4", PRISM_LOGGING: ">= 12"}

HEAD = """\
| request | server | answers/s | least to most | processor time per answer | ours to it | by processor time | target |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"""


@dataclass(slots=True)
class Measured:
    """The runs of one kind: of each peer, and of ours just before each of them."""

    kind: Kind
    peer: dict[str, list[Load]] = field(default_factory=dict)
    beside: dict[str, list[Load]] = field(default_factory=dict)

    def ratio(self, peer: str) -> float:
        """The median over the rounds of our rate divided by the peer's in the same round."""
        return paired(self.beside[peer], self.peer[peer], lambda load: load.rate) or 0.0

    def ratio_of_processor_time(self, peer: str) -> float | None:
        """How many times ours the peer's processor time per answer is; None where the system does not tell it."""
        return paired(self.peer[peer], self.beside[peer], lambda load: load.microseconds)

    def runs(self) -> dict[str, list[Load]]:
        """All runs by server, ours first."""
        return {OURS: [load for loads in self.beside.values() for load in loads], **self.peer}


def paired(above: Iterable[Load], below: Iterable[Load], figure: Callable[[Load], float | None]) -> float | None:
    """The median of the ratios of two servers' figures, run by run; None where a figure is not to be had."""
    ratios = [(figure(a), figure(b)) for a, b in zip(above, below, strict=True)]
    known = [a / b for a, b in ratios if a is not None and b]
    return median(known) if len(known) == len(ratios) else None


def target(kind: Kind, peer: str) -> str:
    """What the ratio of our rate to a peer's has to be for this kind; empty where nothing is asked for."""
    return (_FOR_ACCEPTED if kind.status < 400 else _FOR_REFUSED).get(peer, "")


def settled(server: Server, kind: Kind) -> Answer:
    """The answer once the write has been carried out, which is the same from then on."""
    ask(server, kind)
    return ask(server, kind)


def warm_up(kind: Kind, servers: Mapping[str, Server], answer: Answer, seconds: float) -> dict[str, Answer]:
    """
    What each server answers, after so many seconds of load in which every answer was compared.

    `answer` is ours, which those with fixed answers must return. WireMock takes six times as long.
    """
    expected = {name: ask(server, kind) for name, server in servers.items()}
    for name, found in expected.items():
        # Prism makes its answers from the document; the others were given what to answer.
        if name not in (PRISM, PRISM_LOGGING) and (found.status, found.body) != (answer.status, answer.body):
            raise CannotMeasure(f"{name} does not return our bytes to {kind.title}: {found.body[:300]!r}")
    for name, server in servers.items():
        progress(f"{kind.title}: warming up {name}")
        warm(server, [kind], expected[name], seconds * (6 if name == WIREMOCK else 1))
    return expected


def compare(kind: Kind, mine: Server, others: Mapping[str, Server], rounds: int, seconds: float) -> Measured:
    """So many rounds, in each of which every peer runs straight after ours."""
    measured = Measured(kind, {name: [] for name in others}, {name: [] for name in others})
    for number in range(rounds):
        for name, server in others.items():
            measured.beside[name].append(measure(mine, [kind], seconds))
            measured.peer[name].append(measure(server, [kind], seconds))
        progress(f"{kind.title}: round {number + 1} of {rounds}")
    return measured


def unchanged(kind: Kind, servers: Mapping[str, Server], expected: Mapping[str, Answer]) -> None:
    """Raise `CannotMeasure` for a server that answers differently after the load."""
    for name, server in servers.items():
        if (found := ask(server, kind)).body != expected[name].body:
            raise CannotMeasure(f"{name} answers {kind.title} differently after the load: {found.body[:300]!r}")


def rows(measured: Sequence[Measured]) -> Iterator[str]:
    """The rows of the table below `HEAD`."""
    for item in measured:
        for name, loads in item.runs().items():
            rates = sorted(load.rate for load in loads)
            cells = [
                item.kind.title if name == OURS else "",
                name,
                f"{median(rates):,.0f}",
                f"{rates[0]:,.0f} to {rates[-1]:,.0f}",
                microseconds(loads),
                "" if name == OURS else f"{item.ratio(name):.2f}",
                "" if name == OURS else times(item.ratio_of_processor_time(name)),
                "" if name == OURS else target(item.kind, name),
            ]
            yield f"| {' | '.join(cells)} |"


def microseconds(loads: Iterable[Load]) -> str:
    """The median processor time per answer as a cell of a table."""
    used = [load.microseconds for load in loads if load.microseconds is not None]
    return f"{median(used):.0f} µs" if used else "not measured"


def times(ratio: float | None) -> str:
    """A ratio as a cell of a table."""
    return "not measured" if ratio is None else f"{ratio:.2f}"


def progress(text: str) -> None:
    """Report on standard error how far the measurement is."""
    print(text, file=sys.stderr, flush=True)
