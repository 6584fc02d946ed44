"""
Where the microseconds of one request go; README.md has the method.

The mock runs in this process under the load of `wrk`. A timer of its processor time interrupts it again and again; the
innermost function on the stack that `STAGES` knows gives the stage. Python sees the timer only when it runs next, so
the time of C falls to the function that called it, and what the event loop and the kernel do before a request falls to
the one that receives it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, FrameType

import uvicorn
import uvloop

from benchmarks.kinds import KINDS, Kind
from benchmarks.load import Server, measure
from benchmarks.machine import CannotMeasure, provenance
from benchmarks.peers import OURS
from benchmarks.serve import casepact, listen
from mock_server.behaviours import BEHAVIOURS
from mock_server.console import log_to_console
from mock_server.serving import server_config

PACKAGES = ("uvicorn", "uvloop", "httptools", "connexion", "starlette", "jsonschema-rs", "orjson")
INTERVAL = 0.001

RULES, BEHAVIOUR, UNFIT = "rules", "behaviour", "is the new record fit to be stored"
SENDING = "sending the answer (header lines, uvloop, kernel)"
PARSING = "receiving the request (kernel, uvloop, httptools, our protocol)"
SERVER = "outside of any request"
REST = "the rest of the request path"

STAGES: Sequence[tuple[str, str, str]] = (
    # part of the file's path, function ("" for all), stage
    ("mock_server/operations/routing", "", "routing"),
    ("mock_server/http/served_paths", "", "routing"),
    ("mock_server/http/request_path", "target", "routing"),
    ("mock_server/operations/request.py", "", "headers"),
    ("mock_server/negotiation", "choose", "choosing the representation"),
    ("mock_server/negotiation", "_ranges", "choosing the representation"),
    ("mock_server/negotiation", "_quality", "choosing the representation"),
    ("mock_server/worlds/store", "", "world"),
    ("mock_server/worlds/clock", "", "world"),
    ("mock_server/operations/authentication", "", "authentication"),
    ("mock_server/admission/admission", "read", "arguments"),
    ("mock_server/admission/admission", "_take", "arguments"),
    ("mock_server/representation/representation", "read_json", "body: parsing"),
    ("mock_server/admission/binding", "read_members", "body: parsing"),
    ("mock_server/admission/binding", "", "body: binding"),
    ("mock_server/admission/admission", "body_refusals", "body: validation"),
    ("mock_server/admission/admission", "_refusals", "body: validation"),
    ("mock_server/operations/compiled", "_unfit", UNFIT),
    ("mock_server/worlds/records", "commit", "commit"),
    ("mock_server/representation/member_casing", "", "spelling of the answer"),
    ("mock_server/representation/representation", "", "writing the answer"),
    ("mock_server/operations/refusals", "", "writing the answer"),
    ("mock_server/http/request_path", "entry", "journal"),
    ("mock_server/http/recording", "", "journal"),
    ("mock_server/worlds/journal", "", "journal"),
    ("mock_server/behaviours/", "", ""),
    ("mock_server/worlds/records", "", ""),
    ("mock_server/reply", "", ""),
    ("logging/", "", "log line"),
    ("mock_server/http/direct", "_write", SENDING),
    ("mock_server/http/outbox", "", SENDING),
    ("mock_server/http/direct", "", PARSING),
    ("mock_server/http/protocol", "", PARSING),
    ("uvicorn/protocols/", "", PARSING),
    ("mock_server/", "", REST),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table: a line per stage, a column per kind of request; 2 when it cannot be measured."""
    options = _parser().parse_args(arguments)
    kinds = [kind for kind in KINDS if not options.kind or kind.name in options.kind]
    if shutil.which("wrk") is None:
        print("bench-cost cannot run: wrk is missing: sudo apt-get install wrk", file=sys.stderr)
        return 2
    print(provenance(PACKAGES), flush=True)
    try:
        columns = _measured(kinds, options.seconds)
    except CannotMeasure as error:
        print(f"bench-cost cannot run: {error}", file=sys.stderr)
        return 2
    _print(kinds, columns)
    return 0


def _measured(kinds: Sequence[Kind], seconds: float) -> dict[str, dict[str, float]]:
    """
    Microseconds by kind and stage.

    The server runs in the main thread, because that is where Python handles signals; the load is started from another.
    """
    app = casepact()
    log_to_console(json=False, quiet=True)
    listener = listen(0)
    server = uvicorn.Server(server_config(app))
    columns: dict[str, dict[str, float]] = {}
    failed: list[CannotMeasure] = []

    def put_under_load() -> None:
        try:
            for kind in kinds:
                mine = Server(OURS, (os.getpid(),), listener.getsockname()[1], f"/{kind.api}")
                columns[kind.name] = _column(mine, kind, counted, seconds)
        except CannotMeasure as error:
            failed.append(error)
        finally:
            server.should_exit = True

    counted: Counter[str] = Counter()
    signal.signal(signal.SIGPROF, _sampler(counted, _by_code()))
    load = threading.Thread(target=put_under_load)
    load.start()
    uvloop.run(server.serve(sockets=[listener]))
    load.join()
    if failed:
        raise failed[0]
    return columns


def _column(mine: Server, kind: Kind, counted: Counter[str], seconds: float) -> dict[str, float]:
    """The processor time of one request without the timer, shared out as the samples with the timer fell."""
    measure(mine, [kind], 2)
    whole = measure(mine, [kind], seconds).microseconds
    if whole is None:
        raise CannotMeasure("this system has no /proc/<pid>/stat to tell processor time from")
    counted.clear()
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        measure(mine, [kind], seconds)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    total = sum(counted.values())
    return {stage: whole * count / total for stage, count in counted.items()}


def _by_code() -> dict[CodeType, str]:
    """The functions of the behaviours, by what the table of behaviours uses them for."""
    found: dict[CodeType, str] = {}
    for table in BEHAVIOURS.values():
        for behaviour in table.values():
            found[behaviour.act.__code__] = BEHAVIOUR
            for rule in behaviour.rules:
                found[rule.breach.__code__] = RULES
    return found


def _sampler(counted: Counter[str], by_code: Mapping[CodeType, str]) -> Callable[[int, FrameType | None], None]:
    """What the timer calls: it finds the stage of the innermost function that has one."""
    known: dict[CodeType, str] = dict(by_code)

    def sample(number: int, frame: FrameType | None) -> None:
        while frame is not None:
            code = frame.f_code
            stage = known.get(code)
            if stage is None:
                stage = known[code] = _stage(code)
            if stage:
                counted[stage] += 1
                return
            frame = frame.f_back
        counted[SERVER] += 1

    return sample


def _stage(code: CodeType) -> str:
    file = Path(code.co_filename).as_posix()
    for part, function, stage in STAGES:
        if part in file and function in ("", code.co_name):
            return stage
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request_cost", description=(__doc__ or "").strip())
    parser.add_argument("--kind", action="append", choices=[kind.name for kind in KINDS], help="again for more")
    parser.add_argument("--seconds", type=float, default=20, help="of load, per kind and part (default: %(default)s)")
    return parser


def _print(kinds: Sequence[Kind], columns: Mapping[str, Mapping[str, float]]) -> None:
    listed = [stage for _, _, stage in STAGES if stage not in ("", REST, SENDING, PARSING)]
    place = listed.index(UNFIT)
    order = [*listed[:place], RULES, BEHAVIOUR, *listed[place:], REST, PARSING, SENDING, SERVER]
    print(f"\n| µs of processor time per request | {' | '.join(kind.title for kind in kinds)} |")
    print(f"| --- |{' ---: |' * len(kinds)}")
    for stage in dict.fromkeys(order):
        cells = [columns[kind.name].get(stage, 0.0) for kind in kinds]
        if any(cells):
            print(f"| {stage} | {' | '.join(f'{cell:.1f}' if cell else '' for cell in cells)} |")
    print(f"| **together** | {' | '.join(f'**{sum(columns[kind.name].values()):.1f}**' for kind in kinds)} |")


if __name__ == "__main__":
    sys.exit(main())
