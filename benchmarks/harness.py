"""
What the harness adds to Schemathesis: time beside its command and its bare engine, judging, memory over many seeds.

`python -m benchmarks.harness [--api egain] [--examples 40] [--runs 5]` starts the mock and prints a Markdown table.
All sides have the same contract, server, settings and checks, and are compared by the exchange. `schemathesis run` is
the command as anybody calls it, in a process of its own; its start is taken off: of wall time by its own account, of
CPU time by a run of one example. The bare engine is what it runs, without its console, in this process. The second
judge is left out, as it is a check that Schemathesis does not have.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

import schemathesis
from schemathesis.engine import events, from_schema

from benchmarks.machine import provenance, resident_megabytes
from conformance.checks import CHECKS, forget_answers, judge
from conformance.probes import generated
from conformance.probes.context import Probe, ProbeContext
from conformance.runner.mock_process import running_mock
from conformance.target.client import Target
from conformance.target.exchange import Exchange
from conformance.target.profile import bare_profile
from specs.contract import Contract
from specs.loading import load_contract

TARGET_RATIO = 1.15
TARGET_MILLISECONDS = 0.5
_SEEDS = 12


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    options = _options()
    # The mapping is read only for whoever judges; this process measures what is left without the cross-check.
    cast(dict[str, Any], CHECKS).pop("cross-check")
    contract = load_contract(options.api)
    with running_mock([options.api]) as port:
        url = f"http://127.0.0.1:{port}/{options.api}"
        target = Target(contract, bare_profile(options.api, url))
        print(provenance(("schemathesis", "hypothesis", "jsonschema-rs")), flush=True)
        rows = [
            *_beside_the_command(target, options),
            *_beside_the_engine(target, options),
            *_judging(target, options),
            *_memory(target, options),
        ]
    print("\n| measured | value | target | |\n| --- | ---: | ---: | --- |")
    for what, value, goal, kept in rows:
        print(f"| {what} | {value} | {goal} | {'kept' if kept else 'missed'} |")
    return 0 if all(kept for *_, kept in rows) else 1


def probes(contract: Contract) -> list[Probe]:
    """The generated probes of single operations; walks over links depend on the answers, so no two are the same."""
    return [probe for probe in generated.probes(contract) if probe.name == "generated requests"]


def ours(target: Target, seed: int, examples: int) -> list[Exchange]:
    """Every generated probe, recorded and judged; the exchanges."""
    sent: list[Exchange] = []
    for probe in probes(target.contract):
        ctx = ProbeContext(target, f"ours-{seed}-{probe.operation}", key=probe.operation, seed=seed, examples=examples)
        probe.run(ctx)
        sent += ctx.history
    return sent


class Command:
    """`schemathesis run` on the contract of a target, by files in a folder of its own."""

    def __init__(self, target: Target, folder: Path, examples: int) -> None:
        ctx = ProbeContext(target, "command", key="command", seed=0, examples=examples)
        one = generated._config(ctx, next(iter(target.contract.operations.values())))
        self._target, self._folder = target, folder
        # The headers of every operation, and the phases of one, which leave the walks over links out.
        self._settings = {**generated._config(ctx, None), "phases": one["phases"]}
        self._document: Any = {**target.contract.document, "servers": [{"url": target.api.url}]}
        (folder / "document.json").write_text(json.dumps(self._document), encoding="utf-8")

    def run(self, seed: int, *more: str) -> tuple[float, float]:
        """Seconds of wall time, as the command reports it, and of CPU time, start included."""
        settings = self._folder / "schemathesis.toml"
        settings.write_text(_toml({**self._settings, "seed": seed}), encoding="utf-8")
        words = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(settings), "run"]
        before = _children()
        done = subprocess.run(
            [*words, str(self._folder / "document.json"), "--url", self._target.api.url, *more],
            capture_output=True,
            text=True,
            check=False,
        )
        reported = re.search(r" in ([0-9.]+)s =+\s*$", done.stdout)
        if reported is None:
            raise RuntimeError(f"schemathesis run: {done.stdout[-500:]}{done.stderr[-500:]}")
        return float(reported[1]), _children() - before

    def exchanges(self, seed: int) -> int:
        """How many requests are answered with this seed: the engine sends the same in this process."""
        config = schemathesis.Config.from_dict({**self._settings, "seed": seed})
        return _answered(schemathesis.openapi.from_dict(self._document, config=config))


def bare(target: Target, seed: int, examples: int) -> int:
    """The same requests by the engine alone; how many were answered."""
    count = 0
    for probe in probes(target.contract):
        ctx = ProbeContext(target, f"bare-{seed}-{probe.operation}", key=probe.operation, seed=seed, examples=examples)
        document: Any = {**target.contract.document, "servers": [{"url": target.api.url}]}
        config = schemathesis.Config.from_dict(generated._config(ctx, target.contract.operations[probe.operation]))
        schema = schemathesis.openapi.from_dict(document, config=config).include(operation_id=probe.operation)
        count += _answered(schema)
    return count


def _answered(schema: Any) -> int:
    """How many answers the engine gets for a schema."""
    return sum(
        item.response is not None
        for event in from_schema(schema).execute()
        if isinstance(event, events.ScenarioFinished)
        for item in event.recorder.interactions.values()
    )


Row = tuple[str, str, str, bool]


def _beside_the_command(target: Target, options: argparse.Namespace) -> list[Row]:
    ours(target, 0, 5)
    walls, cpus, counts = [], [], []
    with tempfile.TemporaryDirectory(prefix="casepact-bench-") as folder:
        command = Command(target, Path(folder), options.examples)
        first = next(iter(target.contract.operations))
        only = ("--phases", "examples", "--max-examples", "1", "--include-operation-id", first)
        start = median(command.run(0, *only)[1] for _ in range(3))
        for seed in range(1, options.runs + 1):
            its_wall, its_cpu = command.run(seed)
            its_count = command.exchanges(seed)
            our_wall, our_cpu, sent = _timed(lambda seed=seed: ours(target, seed, options.examples))
            walls.append((our_wall / len(sent)) / (its_wall / its_count))
            cpus.append((our_cpu / len(sent)) / ((its_cpu - start) / its_count))
            counts.append((its_count, len(sent)))
    exchanges = f"{counts[0][0]} and {counts[0][1]} exchanges with seed 1"
    return [
        (
            f"ours / `schemathesis run`, {name} time an exchange, median of {options.runs} ({exchanges})",
            f"{median(values):.2f}x ({min(values):.2f} to {max(values):.2f})",
            f"at most {TARGET_RATIO}x",
            median(values) <= TARGET_RATIO,
        )
        for name, values in (("wall", walls), ("CPU", cpus))
    ]


def _beside_the_engine(target: Target, options: argparse.Namespace) -> list[Row]:
    ours(target, 0, 5)
    bare(target, 0, 5)
    ratios: dict[str, list[float]] = {"wall": [], "CPU": []}
    counts: list[tuple[int, int]] = []
    for seed in range(1, options.runs + 1):
        engine_wall, engine_cpu, engine_count = _timed(lambda seed=seed: bare(target, seed, options.examples))
        our_wall, our_cpu, sent = _timed(lambda seed=seed: ours(target, seed, options.examples))
        # By the exchange, should a deadline let one side send more.
        ratios["wall"].append((our_wall / len(sent)) / (engine_wall / engine_count))
        ratios["CPU"].append((our_cpu / len(sent)) / (engine_cpu / engine_count))
        counts.append((engine_count, len(sent)))
    middle = {name: median(values) for name, values in ratios.items()}
    exchanges = f"{counts[0][0]} and {counts[0][1]} exchanges with seed 1"
    return [
        (
            f"ours / bare engine, {name} time, median of {options.runs} ({exchanges})",
            f"{value:.2f}x ({min(ratios[name]):.2f} to {max(ratios[name]):.2f})",
            f"at most {TARGET_RATIO}x",
            value <= TARGET_RATIO,
        )
        for name, value in middle.items()
    ]


def _judging(target: Target, options: argparse.Namespace) -> list[Row]:
    exchanges = ours(target, 1, options.examples)
    # Answers that came before are known again, as in a run; none of those of the line above.
    forget_answers()
    ctx = ProbeContext(target, "judging", key="judging", seed=1, examples=1)
    operations = target.contract.operations
    started = time.process_time()
    for exchange in exchanges:
        ctx.take(operations[exchange.operation], exchange)
    taken = (time.process_time() - started) * 1000 / len(exchanges)
    forget_answers()
    started = time.process_time()
    for exchange in exchanges:
        judge(target.contract, operations[exchange.operation], exchange)
    judged = (time.process_time() - started) * 1000 / len(exchanges)
    what = f"recording and judging an exchange ({judged:.3f} ms of it judging; {len(exchanges)} exchanges)"
    return [(what, f"{taken:.3f} ms", f"under {TARGET_MILLISECONDS} ms", taken < TARGET_MILLISECONDS)]


def _memory(target: Target, options: argparse.Namespace) -> list[Row]:
    """Resident memory after the first third of the seeds and after the last: what is kept grows with neither."""
    held = []
    sent = 0
    for seed in range(_SEEDS):
        sent += len(ours(target, 100 + seed, options.examples))
        gc.collect()
        held.append(resident_megabytes(os.getpid()) or 0.0)
    early, late = held[_SEEDS // 3], held[-1]
    what = f"memory after {_SEEDS // 3 + 1} and after {_SEEDS} seeds ({sent} exchanges)"
    return [(what, f"{early:.0f} and {late:.0f} MB", "flat (within 5 %)", late <= early * 1.05)]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _toml(table: dict[str, Any], path: tuple[str, ...] = ()) -> str:
    """A table as TOML; texts, numbers and lists are written there as in JSON."""
    lines = [
        f"{json.dumps(name)} = {json.dumps(value)}" for name, value in table.items() if not isinstance(value, dict)
    ]
    head = [f"[{'.'.join(map(json.dumps, path))}]"] if path else []
    inner = [_toml(value, (*path, name)) for name, value in table.items() if isinstance(value, dict)]
    return "\n".join([*head, *lines, *inner])


def _timed(run: Callable[[], Any]) -> tuple[float, float, Any]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    return time.perf_counter() - wall, time.process_time() - cpu, result


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What the harness adds to Schemathesis.")
    parser.add_argument("--api", default="aicc", help="whose contract and mock (default: %(default)s)")
    parser.add_argument("--examples", type=int, default=40, help="examples an operation (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="runs of each side (default: %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
