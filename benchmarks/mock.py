"""How fast the mock answers: beside other mocks, by transport, as it grows, at half load. README.md has the method."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Mapping, Sequence

from benchmarks import comparison, latency, memory, scaling, shared_worlds, transports
from benchmarks.kinds import KINDS, Kind
from benchmarks.load import CONNECTIONS
from benchmarks.machine import CannotMeasure, provenance
from benchmarks.peers import OURS, PEERS, missing, ours, peers, versions

PACKAGES = ("uvicorn", "uvloop", "httptools", "connexion", "starlette", "jsonschema-rs", "orjson")
BESIDE, LATENCY, TRANSPORTS, SCALING, WORKERS = "peers", "latency", "transports", "scaling", "workers"
PARTS = (BESIDE, LATENCY, TRANSPORTS, SCALING, WORKERS)
USUAL = "modify"
"""The kind that everything but the comparison with the peers is measured with, unless --kind says otherwise."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 2 when something that is needed is missing or wrong."""
    options = _parser().parse_args(arguments)
    parts = [part for part in PARTS if not options.part or part in options.part]
    kinds = [kind for kind in KINDS if not options.kind or kind.name in options.kind]
    names = [name for name in PEERS if not options.peer or name in options.peer]
    beside = names if {BESIDE, LATENCY} & set(parts) else []
    if absent := _missing(parts, beside):
        print("bench-mock cannot run:\n  " + "\n  ".join(absent), file=sys.stderr)
        return 2
    # A run that is asked to end goes the same way as Ctrl-C, so that the servers it started end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        print(provenance(_packages(parts), {**versions(beside), **_tools(parts), **_runs(options)}), flush=True)
        _measure(parts, kinds, names, options)
    except CannotMeasure as error:
        print(f"bench-mock cannot run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench-mock was stopped, and so were the servers that it had started", file=sys.stderr)
        return 130
    return memory.main([]) if options.million else 0


def _missing(parts: Sequence[str], beside: Sequence[str]) -> list[str]:
    """What the parts need and is not installed, each with the way to get it."""
    lines = missing(beside)
    if TRANSPORTS in parts:
        lines += transports.missing()
    if WORKERS in parts:
        lines += shared_worlds.missing()
    return list(dict.fromkeys(lines))


def _packages(parts: Sequence[str]) -> list[str]:
    """The packages whose versions decide what is measured."""
    more = {TRANSPORTS: transports.PACKAGES, WORKERS: shared_worlds.PACKAGES}
    return [*PACKAGES, *(name for part in parts for name in more.get(part, ()))]


def _tools(parts: Sequence[str]) -> Mapping[str, str]:
    """The versions of what is neither a package nor a peer."""
    return shared_worlds.versions() if WORKERS in parts else {}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mock", description=__doc__)
    parser.add_argument("--part", action="append", choices=PARTS, help="again for more (default: all)")
    parser.add_argument(
        "--kind",
        action="append",
        choices=[kind.name for kind in KINDS],
        help=f"again for more (default: all beside the peers, {USUAL} elsewhere)",
    )
    parser.add_argument("--peer", action="append", choices=PEERS, help="again for more (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="pairs of runs per server (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="of a run (default: %(default)s)")
    parser.add_argument("--warm-up", type=float, default=2, help="seconds (default: %(default)s; WireMock: 6 times)")
    parser.add_argument("--million", action="store_true", help="then the memory after a million requests")
    return parser


def _runs(options: argparse.Namespace) -> Mapping[str, str]:
    """What the options ask for, for whoever reads the figures."""
    return {"runs:": f"{options.rounds} rounds of {options.seconds:g} s, {CONNECTIONS} connections"}


def _measure(parts: Sequence[str], kinds: Sequence[Kind], names: Sequence[str], options: argparse.Namespace) -> None:
    """Measure each part and print its table when it is done."""
    few = kinds if options.kind else [kind for kind in kinds if kind.name == USUAL]
    how = (options.rounds, options.seconds, options.warm_up)
    if BESIDE in parts or LATENCY in parts:
        _beside_peers(parts, kinds if BESIDE in parts else few, few, names, options)
    for kind in few:
        if TRANSPORTS in parts:
            with ours() as mine:
                answer = comparison.settled(mine[kind.api], kind)
            _table(f"Transports: {kind.title}", transports.HEAD, list(transports.rows(kind, answer, *how)))
        if SCALING in parts:
            _table(f"Growth: {kind.title}", scaling.HEAD, list(scaling.rows(kind, *how)))
        if WORKERS in parts:
            _table(f"Worlds in Redis: {kind.title}", shared_worlds.HEAD, list(shared_worlds.rows(kind, *how)))


def _beside_peers(
    parts: Sequence[str], kinds: Sequence[Kind], few: Sequence[Kind], names: Sequence[str], options: argparse.Namespace
) -> None:
    """The comparison with the peers and the latencies, with the same servers."""
    rounds, seconds = options.rounds, options.seconds
    compared: list[comparison.Measured] = []
    delayed: list[str] = []
    with ours() as mine:
        answers = {kind.name: comparison.settled(mine[kind.api], kind) for kind in kinds}
        with peers(kinds, answers, names) as running:
            for kind in kinds:
                servers = {OURS: mine[kind.api], **running[kind.name]}
                expected = comparison.warm_up(kind, servers, answers[kind.name], options.warm_up)
                if BESIDE in parts:
                    compared.append(comparison.compare(kind, servers[OURS], running[kind.name], rounds, seconds))
                if LATENCY in parts and kind in few:
                    with transports.bare_direct(kind, answers[kind.name]) as nothing:
                        delayed += latency.rows(kind, latency.at_half_load(kind, servers, nothing, rounds, seconds))
                comparison.unchanged(kind, servers, expected)
    if compared:
        _table("Beside other mocks", comparison.HEAD, list(comparison.rows(compared)))
    if delayed:
        _table("Latency at half load", latency.HEAD, delayed)


def _table(title: str, head: str, rows: Sequence[str]) -> None:
    print(f"\n### {title}\n\n{head}")
    for row in rows:
        print(row)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
