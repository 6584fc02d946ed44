"""
What the harness says of opponents: honest ones in each of their ways, and broken ones fault by fault.

    python -m tests.opponents.measure honest --seeds 2 --page   # docs/honest-servers.md
    python -m tests.opponents.measure faults --api egain        # which faults are noticed, and charged to what

Results stand in a file of JSON lines (`--results`), one for each opponent and run, so that a measurement that was
stopped goes on where it ended.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.opponents.judging import ROOT, Judged, check, judged
from tests.opponents.profiles import FILLED
from tests.opponents.serving import opponent
from tests.opponents.ways import Fault, Ways, parsed

PLAIN = "plain"
WAYS: Mapping[str, str] = {
    PLAIN: "",
    "403 for what the caller may not see": "unseen=403",
    "optional members not shown by reads": "hides_optional",
    "the page's members only": "page_members_only",
    "more members": "more_members",
    "another form of dates": "other_dates",
    "a write shows after 300 ms": "settles=0.3",
    "ids beyond 32 bits": "big_ids",
    "other users at work": "busy",
    "tokens that end": "token_life=40",
    "50 ms an answer": "delay=0.05",
    "a gateway's 502 once in 200": "gateway_errors=200",
    "four processes": "workers=4",
}
"""The honest ways that are tried, each by itself."""

WRITES = ("none", "reversible", "allowed")
PAGE = ROOT / "docs" / "honest-servers.md"


def main() -> int:
    """Run the command line; 1 when an honest server was accused."""
    options = _parser().parse_args()
    apis = options.api or list(FILLED)
    if options.what == "honest":
        found = _honest(apis, options)
        if options.page:
            PAGE.write_text(page(_read(options.results) or found, _with_worlds(apis)), encoding="utf-8")
        return int(any(item["violations"] or item["exit"] not in (0, 4) for item in found))
    for line in _faults(apis, options):
        print(line)
    return 0


def page(found: list[dict[str, Any]], with_worlds: Mapping[str, int]) -> str:
    """The table of the honest opponents, as Markdown; `with_worlds` counts what our own mock gives, by API."""
    lines = [
        "# Honest servers that share nothing with our mock",
        "",
        "`tests/opponents/` holds servers of the five operations that were written from the vendors' pages alone:",
        "other code, other records, no worlds, no reset. Each can be honest in several ways. The table says what",
        "`casepact check --quick` said of them, run after run against the same process. Statements are counted of the",
        "vendors' pages only; notes are findings that fail no run. A row that is missing was not run. It is made by",
        "",
        "```sh",
        ".venv/bin/python -m tests.opponents.measure honest --seeds 2 --page",
        "```",
        "",
        "Our own mock, which gives each probe a world of its own, verifies "
        + ", ".join(f"{count} statements of {api}" for api, count in with_worlds.items())
        + ".",
        "",
        "| API | the server's way | writes | runs | exit | verified | not exercised | violated | notes |",
        "| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for item in found:
        groups.setdefault((item["api"], item["way"], item["writes"]), []).append(item)
    names = list(WAYS)
    for (api, way, writes), runs in sorted(groups.items(), key=lambda g: (g[0][0], names.index(g[0][1]), g[0][2])):
        exits = ", ".join(dict.fromkeys(str(run["exit"]) for run in runs))
        columns = (_range(runs, "verified"), _range(runs, "not exercised"), sum(len(r["violations"]) for r in runs))
        notes = max(len(run["notes"]) for run in runs)
        verified, missing, violated = columns
        lines.append(
            f"| {api} | {way} | {writes} | {len(runs)} | {exits} | {verified} | {missing} | {violated} | {notes} |"
        )
    return "\n".join(lines) + "\n"


def _range(runs: list[dict[str, Any]], name: str) -> str:
    counts = sorted({run[name] for run in runs})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


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
                found = _judged(api, url, writes, ways, Path(folder) / str(seed), seed)
                results.append({"api": api, "way": way, "writes": writes, "seed": seed, **_said(found)})
                _write(options.results, results[-1])
                print(f"{api} {way} {writes} seed {seed}: exit {found.exit}, {found.violations}", file=sys.stderr)
        return results

    with ThreadPoolExecutor(options.jobs) as pool:
        return [item for results in pool.map(run, tasks) for item in results]


def _faults(apis: list[str], options: argparse.Namespace) -> Iterator[str]:
    """A line for each fault, and at the end what was noticed, failed the run and was charged to the right statement."""
    known = {(item["api"], item["fault"], item["writes"]): item for item in _read(options.results)}
    tasks = [
        (api, name, fault, writes)
        for api in apis
        for name, fault in importlib.import_module(f"tests.opponents.{api}").FAULTS.items()
        for writes in (options.writes or ("allowed",))
        if not options.fault or name in options.fault
    ]

    def run(task: tuple[str, str, Fault, str]) -> dict[str, Any]:
        api, name, _, writes = task
        if (api, name, writes) in known:
            return known[api, name, writes]
        with opponent(api, Ways(), name) as url, tempfile.TemporaryDirectory() as folder:
            found = _judged(api, url, writes, Ways(), Path(folder), 1)
        result = {"api": api, "fault": name, "writes": writes, **_said(found)}
        _write(options.results, result)
        return result

    totals: dict[tuple[str, str], list[int]] = {}
    with ThreadPoolExecutor(options.jobs) as pool:
        for (api, name, fault, writes), said in zip(tasks, pool.map(run, tasks), strict=True):
            broken = {line.partition(":")[0] for line in said["violations"]}
            noted = {line.partition(":")[0] for line in said["notes"]} - _honest_notes(api, writes, options)
            # A refusal that only we assume is charged rightly by a note.
            rightly_noted = not broken and bool(noted & set(fault.statements))
            right = bool(broken & set(fault.statements)) or rightly_noted
            word = "noted rightly" if rightly_noted else "caught" if right else "charged elsewhere" if broken else ""
            word = word or ("noted" if noted else "MISSED")
            count = totals.setdefault((writes, fault.kind), [0, 0, 0, 0])
            for index, held in enumerate((True, bool(broken or noted), bool(broken), right)):
                count[index] += held
            yield (
                f"{word:<17} {api} {writes} {fault.operation} {name} ({fault.kind}: {', '.join(fault.statements)})"
                + ("" if right else f"  broken: {sorted(broken)[:8]} noted: {sorted(noted)[:6]}")
            )
    for (writes, kind), (faults, noticed, failing, right_ones) in sorted(totals.items()):
        counts = f"{noticed} noticed, {failing} fail the run, {right_ones} charged rightly"
        yield f"{writes} {kind}: {faults} faults, {counts}"


def _honest_notes(api: str, writes: str, options: argparse.Namespace) -> set[str]:
    """The statements that the honest opponent breaks too, as notes, by the results of the honest runs."""
    return {
        line.partition(":")[0]
        for item in _read(options.honest_results)
        if (item.get("api"), item.get("way"), item.get("writes")) == (api, PLAIN, writes)
        for line in item["notes"]
    }


def _judged(api: str, url: str, writes: str, ways: Ways, folder: Path, seed: int) -> Judged:
    return judged(api, url, writes, ways, folder, "--quick", "--seed", str(seed))


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
    parser.add_argument("--seeds", type=int, default=2, help="runs in a row against the same process (default: 2)")
    parser.add_argument("--jobs", type=int, default=2, help="opponents at the same time (default: 2)")
    parser.add_argument("--page", action="store_true", help="write docs/honest-servers.md from all results")
    parser.add_argument("--results", type=Path, help="a file of results to go on with")
    parser.add_argument(
        "--honest-results", type=Path, help="results of honest runs, whose notes are no notice of a fault"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
