"""
What the harness says of opponents: honest ones in each of their ways, and broken ones fault by fault.

    python -m tests.opponents.measure honest --page        # docs/honest-servers.md
    python -m tests.opponents.measure faults --page        # docs/broken-servers.md
    python -m tests.opponents.measure faults --api egain   # a line for each fault: noticed, and charged to what

Results stand in a file of JSON lines (`--results`), one for each opponent and run, so that a measurement that was
stopped goes on where it ended.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.opponents import pages
from tests.opponents.judging import Judged, check, judged
from tests.opponents.pages import PLAIN, WAYS, Caught
from tests.opponents.profiles import FILLED
from tests.opponents.serving import opponent
from tests.opponents.ways import Fault, Ways, parsed

WRITES = ("none", "reversible", "allowed")


def main() -> int:
    """Run the command line; 1 when an honest server was accused."""
    options = _parser().parse_args()
    apis = options.api or list(FILLED)
    if options.what == "honest":
        found = _honest(apis, options)
        if options.page:
            text = pages.honest(_read(options.results) or found, _with_worlds(apis))
            pages.HONEST.write_text(text, encoding="utf-8")
        return int(any(item["violations"] or item["exit"] not in (0, 4) for item in found))
    caught = []
    for item in _faults(apis, options):
        print(item.line, flush=True)
        caught.append(item)
    for line in pages.totals(caught):
        print(line)
    if options.page:
        pages.BROKEN.write_text(pages.broken(caught), encoding="utf-8")
    return 0


def _with_worlds(apis: list[str]) -> dict[str, int]:
    """How many statements of the pages are verified on our mock with its worlds."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = [word for api in apis for word in ("--api", api)]
        found = check(None, Path(folder), {}, "--quick", "--seed", "1", *chosen)
        return {
            api: sum(s["outcome"] == "verified" and s["page"] for s in found.report["apis"][api]["statements"].values())
            for api in apis
        }


def _honest(apis: list[str], options: argparse.Namespace) -> list[dict[str, Any]]:
    known = _read(options.results)
    tasks = [
        (api, way, writes) for api in apis for way in (options.way or WAYS) for writes in (options.writes or WRITES)
    ]

    def run(task: tuple[str, str, str]) -> list[dict[str, Any]]:
        api, way, writes = task
        done = [item for item in known if (item["api"], item["way"], item["writes"]) == task]
        if len(done) >= options.seeds:
            return done
        ways, results = parsed(WAYS.get(way, way)), list[dict[str, Any]]()
        with opponent(api, ways) as url, tempfile.TemporaryDirectory() as folder:
            for seed in range(1, options.seeds + 1):
                level = () if (way, writes, seed) == (PLAIN, "allowed", options.seeds) else ("--quick",)
                found = _judged(api, url, writes, ways, Path(folder) / str(seed), seed, *level)
                results.append({"api": api, "way": way, "writes": writes, "seed": seed, **_said(found)})
                _write(options.results, results[-1])
                print(f"{api} {way} {writes} seed {seed}: exit {found.exit}, {found.violations}", file=sys.stderr)
        return results

    with ThreadPoolExecutor(options.jobs) as pool:
        return [item for results in pool.map(run, tasks) for item in results]


def _faults(apis: list[str], options: argparse.Namespace) -> Iterator[Caught]:
    """What became of each fault."""
    known = {(item["api"], item["fault"], item["writes"]): item for item in _read(options.results)}
    tasks = [
        (api, name, fault, writes)
        for writes in (options.writes or ("allowed",))
        for api in apis
        for name, fault in importlib.import_module(f"tests.opponents.{api}").FAULTS.items()
        if not options.fault or name in options.fault
    ]

    def run(task: tuple[str, str, Fault, str]) -> dict[str, Any]:
        api, name, _, writes = task
        if (api, name, writes) in known:
            return known[api, name, writes]
        with opponent(api, Ways(), name) as url, tempfile.TemporaryDirectory() as folder:
            found = _judged(api, url, writes, Ways(), Path(folder), 1, "--quick")
        result = {"api": api, "fault": name, "writes": writes, **_said(found)}
        _write(options.results, result)
        return result

    with ThreadPoolExecutor(options.jobs) as pool:
        for (api, name, fault, writes), said in zip(tasks, pool.map(run, tasks), strict=True):
            broken, noted = (
                frozenset(line.partition(":")[0] for line in said[kind]) for kind in ("violations", "notes")
            )
            noted -= _honest_notes(api, writes, options)
            yield Caught(
                api, name, fault, writes, broken, noted, failed=said["exit"] in (1, 2), stopped=said["exit"] == 2
            )


def _honest_notes(api: str, writes: str, options: argparse.Namespace) -> set[str]:
    """The statements that the honest opponent breaks too, as notes, by its first honest run, which is a quick one."""
    return {
        line.partition(":")[0]
        for item in _read(options.honest_results)
        if (item.get("api"), item.get("way"), item.get("writes"), item.get("seed")) == (api, PLAIN, writes, 1)
        for line in item["notes"]
    }


def _judged(api: str, url: str, writes: str, ways: Ways, folder: Path, seed: int, *level: str) -> Judged:
    return judged(api, url, writes, ways, folder, *level, "--seed", str(seed), seconds=3600.0)


def _said(found: Judged) -> dict[str, Any]:
    counts = {name: found.count(name) if found.report else 0 for name in ("verified", "not exercised")}
    last = found.console.strip().splitlines()[-1:] or [""]
    return {"exit": found.exit, **counts, "violations": found.violations, "notes": found.notes, "word": last[0][:300]}


def _read(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _write(path: Path | None, item: dict[str, Any]) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.opponents.measure", description=(__doc__ or "").strip())
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", choices=("honest", "faults"))
    parser.add_argument("--api", action="append", choices=tuple(FILLED), help="only this API; again for more")
    parser.add_argument("--way", action="append", help=f"only this way; one of {', '.join(WAYS)}, or as settles=0.3")
    parser.add_argument("--fault", action="append", help="only this fault; again for more")
    parser.add_argument("--writes", action="append", choices=WRITES)
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        help="runs in a row against the same process, all --quick but the last of a plain server under allowed"
        " (default: 5)",
    )
    parser.add_argument("--jobs", type=int, default=2, help="opponents at the same time (default: 2)")
    parser.add_argument("--page", action="store_true", help="write the page of docs/ from all results")
    parser.add_argument("--results", type=Path, help="a file of results to go on with")
    parser.add_argument(
        "--honest-results", type=Path, help="results of honest runs, whose notes are no notice of a fault"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
