"""`python -m tests.soak_shared`: Redis, two mocks and four clients; something is killed, nothing may be lost."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from pathlib import Path

from tests.redis_server import INSTALL, RedisServer, installed, redis_server
from tests.soak_shared.client import Load, Seen, read_counts, work
from tests.soak_shared.parts import DURABLE, Part, lasting_port, mock

EXAMPLES = """examples:
  python -m tests.soak_shared                              ten minutes
  python -m tests.soak_shared --seconds 60 --seed 7        a minute, with other requests
  python -m tests.soak_shared --no-kills                   as long, and nothing is killed
  python -m tests.soak_shared --separate --seconds 20      mocks without a common store: updates are lost, exit code 1

exit code: 0 no acknowledged update was lost; 1 one was, or an answer was wrong; 2 it could not run
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the soak and print its verdict."""
    options = _parser().parse_args(arguments)
    if installed() is None:
        print(f"soak: {INSTALL}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="casepact-soak-") as folder, ExitStack() as running:
        try:
            store, mocks = _started(options, Path(folder), running)
            started = time.monotonic()
            kills = [] if options.no_kills else _kills(options.seconds, store, mocks)
            seen = _load(options, tuple(part.port for part in mocks), started, kills)
            _compare_counts(seen, tuple(part.port for part in mocks), options.worlds)
        except RuntimeError as error:
            print(f"soak: {error}", file=sys.stderr)
            return 2
        wrong = _wrong(seen, options)
        for line in [*wrong, *seen.lost[:10], *seen.errors[:10]]:
            print(f"soak: {line}")
        print(_verdict(seen, time.monotonic() - started, len(kills)))
        return 1 if wrong or seen.lost or seen.errors else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak_shared",
        description="Mocks that share worlds in Redis, under load while Redis and mocks are killed.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=float, default=600, help="how long the clients write (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="client processes (default: %(default)s)")
    parser.add_argument("--worlds", type=int, default=200, help="(default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="of the second mock (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="decides what is written (default: %(default)s)")
    parser.add_argument("--no-kills", action="store_true", help="kill nothing")
    parser.add_argument("--separate", action="store_true", help="two mocks that keep their own worlds")
    parser.add_argument("--module", default="mock_server", help="what is run as the mocks (default: %(default)s)")
    return parser


@dataclass(frozen=True, slots=True)
class Kill:
    """Something that is killed and started again so many seconds after the start."""

    at: float
    name: str
    kill: Callable[[], None]
    start: Callable[[], None]
    away: float
    """Seconds until it is started again."""

    def carry_out(self, report: Callable[[str], None]) -> None:
        """Kill it and start it again."""
        report(f"{self.name} is killed")
        self.kill()
        time.sleep(self.away)
        self.start()
        report(f"{self.name} is back")


def _kills(seconds: float, store: RedisServer, mocks: Sequence[Part]) -> list[Kill]:
    """A mock in the first half, Redis in the middle, the other mock in the second half."""
    first, second = (
        Kill(seconds * at, part.name, part.kill, part.start, 0.5) for at, part in zip((0.25, 0.75), mocks, strict=True)
    )
    return [first, Kill(seconds * 0.5, "Redis", store.stop, store.start, 1.0), second]


def _started(options: argparse.Namespace, folder: Path, running: ExitStack) -> tuple[RedisServer, list[Part]]:
    """Redis and the mocks, which are stopped at the end."""
    store = running.enter_context(redis_server(port=lasting_port(), appending=True, options=DURABLE))
    shared = ["--worlds", store.address, "--max-worlds", "2000"]
    alone: list[str] = ["--max-worlds", "2000"]
    mocks = [
        mock("mock 1", folder, *(alone if options.separate else shared), module=options.module),
        mock(
            "mock 2",
            folder,
            *(alone if options.separate else [*shared, "--workers", str(options.workers)]),
            module=options.module,
        ),
    ]
    for part in mocks:
        running.callback(part.stop)
        part.start()
    return store, mocks


def _load(options: argparse.Namespace, ports: tuple[int, ...], started: float, kills: list[Kill]) -> Seen:
    """Let the clients work, kill what is due, and return what they saw."""
    context = multiprocessing.get_context("spawn")
    until, final = started + options.seconds, Seen()
    latest: dict[int, Seen] = {}
    pipes: dict[Pipe, int] = {}
    processes = []
    for number in range(options.clients):
        mine, theirs = context.Pipe(duplex=False)
        load = Load(number, options.clients, ports, options.worlds, until, options.seed)
        process = context.Process(target=work, args=(load, theirs), daemon=True)
        process.start()
        theirs.close()
        processes.append(process)
        pipes[mine] = number
    due, shown = list(kills), time.monotonic()

    def report(what: str) -> None:
        print(f"{time.monotonic() - started:6.0f} s  {what}", flush=True)

    while pipes:
        for pipe in wait(list(pipes), timeout=0.2):
            assert isinstance(pipe, Pipe), "nothing else is waited for"
            try:
                latest[pipes[pipe]] = pipe.recv()
            except EOFError:
                del pipes[pipe]
        if due and time.monotonic() - started >= due[0].at:
            due.pop(0).carry_out(report)
        if time.monotonic() - shown >= min(10, options.seconds / 5):
            shown = time.monotonic()
            report(_progress(_sum(latest.values())))
    for process in processes:
        process.join()
        if process.exitcode:
            final.errors.append(f"a client process ended with exit code {process.exitcode}")
    final.add(_sum(latest.values()))
    return final


def _sum(seen: Iterable[Seen]) -> Seen:
    total = Seen()
    for one in seen:
        total.add(one)
    return total


def _compare_counts(seen: Seen, ports: tuple[int, ...], worlds: int) -> None:
    """Note a lost update where a counter shows less than was counted, or more than may have been."""
    for number, counts in asyncio.run(read_counts(ports, worlds)).items():
        least = seen.counted[number]
        most = least + seen.doubted[number]
        if any(not least <= count <= most for count in counts) or len(set(counts)) > 1:
            expected = f"{least}" if least == most else f"{least} to {most}"
            seen.lost.append(f"world {number}: {expected} were counted, and {counts} are shown")


def _wrong(seen: Seen, options: argparse.Namespace) -> list[str]:
    """Why a run would prove nothing."""
    found = []
    if len(seen.worlds) < options.worlds * 0.9:
        found.append(f"only {len(seen.worlds)} of {options.worlds} worlds were written")
    if not options.no_kills and not seen.unanswered + seen.unavailable:
        found.append("no client noticed that anything was killed")
    if not seen.conflicts:
        found.append("no two clients counted at the same time")
    return found


def _progress(seen: Seen) -> str:
    return (
        f"{seen.requests} answers, {seen.acknowledged} updates acknowledged, {seen.unanswered} without an answer, "
        f"{seen.unavailable} times 503, {len(seen.lost)} lost"
    )


def _verdict(seen: Seen, seconds: float, kills: int) -> str:
    what = "LOST" if seen.lost else "FAILED" if seen.errors else "kept"
    return (
        f"{what}: {seen.acknowledged} updates acknowledged in {seconds:.0f} s, {len(seen.lost)} lost, "
        f"{len(seen.errors)} wrong answers; {seen.unanswered} without an answer and {seen.unavailable} times 503 "
        f"around {kills} kills; {seen.conflicts} conflicts, slowest answer {seen.slowest:.2f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
