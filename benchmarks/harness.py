"""
What the harness adds to Schemathesis: time beside its bare engine, judging of one exchange, memory over many seeds.

`python -m benchmarks.harness [--api egain] [--examples 40] [--runs 5]` starts the mock and prints a Markdown table.
Both sides send the same requests: same contract, server, settings and seed, and both in this process. The bare side
runs the engine that `schemathesis run` runs, without its console, so that the comparison is no easier for us. The
second judge is left out, as it is a check that Schemathesis does not have.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, cast

from benchmarks.machine import provenance, resident_megabytes
from conformance.bench import Bench, Probe
from conformance.checks import CHECKS, judge
from conformance.exchange import Exchange
from conformance.mock_process import running_mock
from conformance.probes import generated
from conformance.profile import bare_profile
from conformance.target import Target
from specs.contract import Contract
from specs.loading import load_contract

TARGET_RATIO = 1.15
TARGET_MILLISECONDS = 0.5
_SEEDS = 12


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    options = _options()
    # The mapping is read only for whoever judges; this process measures what is left without the second judge.
    cast(dict[str, Any], CHECKS).pop("second judge")
    contract = load_contract(options.api)
    with running_mock([options.api]) as port:
        url = f"http://127.0.0.1:{port}/{options.api}"
        target = Target(contract, bare_profile(options.api, url))
        print(provenance(("schemathesis", "hypothesis", "jsonschema-rs")), flush=True)
        rows = [*_beside_the_engine(target, options), *_judging(target, options), *_memory(target, options)]
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
        bench = Bench(target, f"ours-{seed}-{probe.operation}", key=probe.operation, seed=seed, examples=examples)
        probe.run(bench)
        sent += bench.history
    return sent


def bare(target: Target, seed: int, examples: int) -> int:
    """The same requests by the engine alone; how many were answered."""
    count = 0
    for probe in probes(target.contract):
        bench = Bench(target, f"bare-{seed}-{probe.operation}", key=probe.operation, seed=seed, examples=examples)
        document: Any = {**target.contract.document, "servers": [{"url": target.api.url}]}
        config = generated.schemathesis.Config.from_dict(generated._config(bench, stateful=False))
        schema = generated.schemathesis.openapi.from_dict(document, config=config).include(operation_id=probe.operation)
        for event in generated.from_schema(schema).execute():
            if isinstance(event, generated.events.ScenarioFinished):
                count += sum(item.response is not None for item in event.recorder.interactions.values())
    return count


Row = tuple[str, str, str, bool]


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
    bench = Bench(target, "judging", key="judging", seed=1, examples=1)
    operations = target.contract.operations
    started = time.process_time()
    for exchange in exchanges:
        bench.take(operations[exchange.operation], exchange)
    taken = (time.process_time() - started) * 1000 / len(exchanges)
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
