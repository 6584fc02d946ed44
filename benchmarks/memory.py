"""How much memory the mock holds after many requests, and with many worlds; README.md has the method."""

from __future__ import annotations

import argparse
import http.client
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.kinds import KINDS
from benchmarks.load import Server, ask, measure
from benchmarks.machine import CannotMeasure, megabytes, provenance, resident_megabytes
from benchmarks.peers import ours

PACKAGES = ("uvicorn", "uvloop", "connexion", "rpds-py", "jsonschema-rs", "orjson")
TARGET = "< 120 MB"
CHUNK = 5
"""Seconds of load between two looks at the memory."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 2 when it cannot be measured."""
    options = _parser().parse_args(arguments)
    if shutil.which("wrk") is None:
        print("the memory cannot be measured: wrk is missing: sudo apt-get install wrk", file=sys.stderr)
        return 2
    try:
        print(provenance(PACKAGES), flush=True)
        rows = [*_after_requests(options.requests), *_with_worlds(options.worlds)]
    except CannotMeasure as error:
        print(f"the memory cannot be measured: {error}", file=sys.stderr)
        return 2
    print("\n| resident memory of the mock | | target |\n| --- | ---: | ---: |")
    for what, value, target in rows:
        print(f"| {what} | {value} | {target} |")
    return 0


def _after_requests(wanted: int) -> Iterator[tuple[str, str, str]]:
    """The four kinds by turns, until so many were answered."""
    with ours() as mine:
        ask(mine["aicc"], KINDS[1])
        yield "after its first answer", _now(mine), ""
        answered, turn, noted = 0, 0, wanted // 4
        while answered < wanted:
            kind = KINDS[turn % len(KINDS)]
            answered += measure(mine[kind.api], [kind], CHUNK).requests
            turn += 1
            if answered >= noted and answered < wanted:
                print(f"{answered:,} requests: {_now(mine)}", file=sys.stderr, flush=True)
                noted += wanted // 4
        yield f"after {answered:,} requests of the four kinds", _now(mine), TARGET


def _with_worlds(wanted: int) -> Iterator[tuple[str, str, str]]:
    """Every kind once in each of so many worlds, so that each holds changed records of its own."""
    with ours() as mine:
        ask(mine["aicc"], KINDS[1])
        connection = http.client.HTTPConnection("127.0.0.1", mine["aicc"].port, timeout=30)
        for number in range(wanted):
            for kind in KINDS:
                named = replace(kind, world=f"world-{number}")
                connection.request(
                    kind.method, mine[kind.api].path(kind), body=kind.body or None, headers=dict(named.headers)
                )
                answer = connection.getresponse()
                answer.read()
                if answer.status != kind.status:
                    raise CannotMeasure(f"{kind.title} was answered {answer.status} in {named.world}")
        connection.close()
        yield f"with {wanted:,} worlds, each written to", _now(mine), TARGET


def _now(mine: Mapping[str, Server]) -> str:
    return megabytes(resident_megabytes(next(iter(mine.values())).pids[0]))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument("--worlds", type=int, default=1000, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
