"""How fast the mock answers, beside other mocks and beside an app that does nothing; README.md has the method."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks import memory
from benchmarks.kinds import KINDS, Kind
from benchmarks.load import Answer, Load, Server, ask, measure, warm
from benchmarks.machine import CannotMeasure, provenance
from benchmarks.peers import BARE, OURS, PEERS, PRISM, PRISM_LOGGING, WIREMOCK, missing, ours, peers, versions

PACKAGES = ("uvicorn", "uvloop", "httptools", "connexion", "starlette", "jsonschema-rs", "orjson")
TARGETS: Mapping[str, str] = {PRISM: ">= 10", WIREMOCK: ">= 1", BARE: ">= 60 %"}


@dataclass(slots=True)
class Measured:
    """The runs of one kind: of each peer, and of ours just before each of them."""

    kind: Kind
    peer: dict[str, list[Load]] = field(default_factory=dict)
    beside: dict[str, list[Load]] = field(default_factory=dict)

    def ratio(self, peer: str) -> float:
        """The median over the rounds of our rate divided by the peer's in the same round."""
        return median(a.rate / b.rate for a, b in zip(self.beside[peer], self.peer[peer], strict=True))

    def runs(self) -> dict[str, list[Load]]:
        """All runs by server, ours first."""
        return {OURS: [load for loads in self.beside.values() for load in loads], **self.peer}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 when something that is needed is missing or wrong."""
    options = _parser().parse_args(arguments)
    if absent := missing():
        print("bench-mock cannot run:\n  " + "\n  ".join(absent), file=sys.stderr)
        return 2
    # A run that is reported to end goes the same way as Ctrl-C, so that the servers it started end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    kinds = [kind for kind in KINDS if not options.kind or kind.name in options.kind]
    names = [name for name in PEERS if not options.peer or name in options.peer]
    try:
        print(provenance(PACKAGES, versions()), flush=True)
        measured = _measure(kinds, names, options)
    except CannotMeasure as error:
        print(f"bench-mock cannot run: {error}", file=sys.stderr)
        return 2
    _print(measured)
    return memory.main([]) if options.million else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mock", description=__doc__)
    parser.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS], help="again for more")
    parser.add_argument("--peer", action="append", choices=PEERS, help="again for more")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of runs per peer (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="of a run (default: %(default)s)")
    parser.add_argument("--warm-up", type=float, default=5, help="seconds (default: %(default)s; WireMock: 4 times)")
    parser.add_argument("--million", action="store_true", help="then the memory after a million requests")
    return parser


def _measure(kinds: Sequence[Kind], names: Sequence[str], options: argparse.Namespace) -> list[Measured]:
    with ours() as mine:
        answers = {kind.name: _settled(mine[kind.api], kind) for kind in kinds}
        with peers(kinds, answers, names) as running:
            return [
                _measure_kind(kind, mine[kind.api], running[kind.name], answers[kind.name], options) for kind in kinds
            ]


def _settled(server: Server, kind: Kind) -> Answer:
    """Our answer once the write has been carried out, which is the same from then on."""
    ask(server, kind)
    return ask(server, kind)


def _measure_kind(
    kind: Kind, mine: Server, others: Mapping[str, Server], answer: Answer, options: argparse.Namespace
) -> Measured:
    expected = {OURS: answer, **{name: ask(server, kind) for name, server in others.items()}}
    for name, found in expected.items():
        # Prism makes its answers from the document; the others were reported what to answer.
        if name not in (PRISM, PRISM_LOGGING) and (found.status, found.body) != (answer.status, answer.body):
            raise CannotMeasure(f"{name} does not return our bytes to {kind.title}: {found.body[:300]!r}")
    for name, server in {OURS: mine, **others}.items():
        _say(f"{kind.title}: warming up {name}")
        warm(server, kind, expected[name], options.warm_up * (4 if name == WIREMOCK else 1))
    measured = Measured(kind, {name: [] for name in others}, {name: [] for name in others})
    for number in range(options.rounds):
        for name, server in others.items():
            measured.beside[name].append(measure(mine, kind, options.seconds))
            measured.peer[name].append(measure(server, kind, options.seconds))
        _say(f"{kind.title}: round {number + 1} of {options.rounds}")
    for name, server in {OURS: mine, **others}.items():
        if (found := ask(server, kind)).body != expected[name].body:
            raise CannotMeasure(f"{name} answers {kind.title} differently after the load: {found.body[:300]!r}")
    return measured


def _print(measured: Sequence[Measured]) -> None:
    for item in measured:
        print(f"\n{item.kind.title}")
        for name in item.peer:
            ratio = item.ratio(name)
            print(f"  share of {name}: {ratio:.0%}" if name == BARE else f"  ratio to {name}: {ratio:.2f}")
    print("\n| request | server | answers/s | least to most | processor time per answer | ours to it | target |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for item in measured:
        for name, loads in item.runs().items():
            print(_row(item, name, loads))


def _row(item: Measured, name: str, loads: Sequence[Load]) -> str:
    rates = sorted(load.rate for load in loads)
    used = [load.microseconds for load in loads if load.microseconds is not None]
    share = ""
    if name != OURS:
        share = f"{item.ratio(name):.0%}" if name == BARE else f"{item.ratio(name):.2f}"
    cells = [
        item.kind.title if name == OURS else "",
        name,
        f"{median(rates):,.0f}",
        f"{rates[0]:,.0f} to {rates[-1]:,.0f}",
        f"{median(used):.0f} µs" if used else "not measured",
        share,
        TARGETS.get(name, ""),
    ]
    return f"| {' | '.join(cells)} |"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
