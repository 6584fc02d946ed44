"""The mock, and an app that does nothing, under each transport: what of an answer's time is the transport's."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.bare import write_answer
from benchmarks.comparison import microseconds, paired, progress, times
from benchmarks.kinds import Kind
from benchmarks.load import Answer, Load, Server, ask, measure, warm
from benchmarks.machine import CannotMeasure, free_port, listening
from benchmarks.peers import our_command
from benchmarks.serve import ANSWER, BACKLOG

PACKAGES = ("granian",)
UVICORN, DIRECT = "uvicorn, ASGI", "direct (`casepact mock`)"

HEAD = """\
| transport | bare app, answers/s | processor time | Casepact, answers/s | processor time | Casepact to bare \
| Casepact to the first row | by processor time |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"""


Command = Callable[[int], list[str]]
"""What runs a server on a port."""


def _in_our_loop(name: str) -> Command:
    return lambda port: [sys.executable, "-m", "benchmarks.serve", name, str(port)]


def _granian(interface: str) -> Command:
    options = ["--http", "1", "--no-ws", "--no-log", "--loop", "uvloop", "--workers", "1", "--backlog", str(BACKLOG)]
    target = ["--factory", "--interface", interface, f"benchmarks.serve:{interface}"]
    return lambda port: [sys.executable, "-m", "granian", "--port", str(port), *options, *target]


TRANSPORTS: Mapping[str, tuple[Command, Command]] = {
    UVICORN: (_in_our_loop("uvicorn"), _in_our_loop("uvicorn")),
    "Granian, ASGI": (_granian("asgi"), _granian("asgi")),
    "Granian, RSGI": (_granian("rsgi"), _granian("rsgi")),
    "Granian, RSGI, in a loop of ours": (_in_our_loop("granian-rsgi"), _in_our_loop("granian-rsgi")),
    DIRECT: (_in_our_loop("direct"), our_command),
}
"""What starts the bare app and the mock under each; the first is what the others are compared with."""


@dataclass(slots=True)
class Transport:
    """A transport with both apps under it, and their runs."""

    name: str
    bare: Server
    mock: Server
    of_bare: list[Load] = field(default_factory=list)
    of_mock: list[Load] = field(default_factory=list)


def missing() -> list[str]:
    """What is not installed, each with the way to get it."""
    if importlib.util.find_spec("granian") is None:
        return ["granian is missing: pip install --constraint constraints.txt '.[bench]'"]
    return []


def rows(kind: Kind, answer: Answer, rounds: int, seconds: float, warm_up: float) -> Iterator[str]:
    """Measure, and give the rows of the table below `HEAD`; `answer` is what the mock answers."""
    with running(kind, answer) as transports:
        for item in transports:
            progress(f"{kind.title}: warming up {item.name}")
            for server in (item.bare, item.mock):
                ask(server, kind)
                warm(server, [kind], answer, warm_up)
        for number in range(rounds):
            for item in transports:
                item.of_bare.append(measure(item.bare, [kind], seconds))
                item.of_mock.append(measure(item.mock, [kind], seconds))
            progress(f"{kind.title}: transports, round {number + 1} of {rounds}")
    for item in transports:
        yield _row(item, transports[0])


@contextmanager
def running(kind: Kind, answer: Answer) -> Iterator[list[Transport]]:
    """Every transport, with a process for each app."""
    with ExitStack() as stack, tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        file = Path(folder) / "answer.json"
        write_answer(answer, file)
        found = []
        for name, (of_bare, of_mock) in TRANSPORTS.items():
            bare = stack.enter_context(_server(f"bare app, {name}", kind, of_bare, {ANSWER: str(file)}))
            mock = stack.enter_context(_server(f"Casepact, {name}", kind, of_mock, {ANSWER: ""}))
            found.append(Transport(name, bare, mock))
        yield found


@contextmanager
def bare_direct(kind: Kind, answer: Answer) -> Iterator[Server]:
    """The app that does nothing under the transport of `casepact mock`."""
    with tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        file = Path(folder) / "answer.json"
        write_answer(answer, file)
        with _server("bare app, direct transport", kind, TRANSPORTS[DIRECT][0], {ANSWER: str(file)}) as server:
            yield server


@contextmanager
def _server(name: str, kind: Kind, command: Command, environment: Mapping[str, str]) -> Iterator[Server]:
    port = free_port()
    try:
        with listening(command(port), port, environment) as process:
            yield Server(name, (process.pid,), port, f"/{kind.api}")
    except CannotMeasure as error:
        raise CannotMeasure(f"{name}: {error}") from None


def _row(item: Transport, first: Transport) -> str:
    alone = item is first
    to_bare = paired(item.of_mock, item.of_bare, lambda load: load.rate)
    cells = [
        item.name,
        f"{median(load.rate for load in item.of_bare):,.0f}",
        microseconds(item.of_bare),
        f"{median(load.rate for load in item.of_mock):,.0f}",
        microseconds(item.of_mock),
        "" if to_bare is None else f"{to_bare:.0%}",
        "" if alone else times(paired(item.of_mock, first.of_mock, lambda load: load.rate)),
        "" if alone else times(paired(first.of_mock, item.of_mock, lambda load: load.microseconds)),
    ]
    return f"| {' | '.join(cells)} |"
