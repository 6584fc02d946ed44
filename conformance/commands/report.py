"""`casepact report`: the reports of a run made again, or those of its shards joined, without a server."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from specs.flaws import CasepactError

JOIN = "join"
"""The word after which shards are named."""

EXAMPLES = """examples:
  casepact report reports/staging                 every report anew, beside report.json
  casepact report report.json --into public       from a CI artifact, into another folder
  casepact report reports/staging --text          what the run printed at its end
  casepact report join reports/staging-*          the shards of a run, as one run with one verdict
  casepact report join a.json b.json c.json -o reports
                                                  the same from CI artifacts

exit codes of join: those of casepact check; 2 where a shard is missing, or the shards are not of one run
"""


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `report`."""
    parser = commands.add_parser(
        "report",
        help="make the reports of a run again, or join its shards, without the server",
        usage="casepact report FILE [options]\n       casepact report join SHARD ... [options]",
        description="Make every report again from report.json and the exchanges.ndjson beside it. With join, make "
        "those of a whole run from the reports of all its shards (casepact check --shard). Nothing is sent.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "report",
        nargs="+",
        metavar="FILE",
        help="a report.json, or the folder that has one; after join those of all shards",
    )
    parser.add_argument(
        "-o",
        "--into",
        type=Path,
        metavar="DIR",
        help="where reports go (default: beside report.json; of join reports/, and the name of the target)",
    )
    parser.add_argument("--text", action="store_true", help="print what the run printed, and write nothing")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="with --text or join: list what was not exercised, and why"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="FILE", help="with join: the known findings (default: those of the shards)"
    )
    parser.add_argument(
        "--allow-unverified",
        action="store_true",
        help="with join: end with 0 instead of 4 when too little was verified (default: as the shards)",
    )
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    first, *others = options.report
    if first == JOIN:
        return _join(options, list(map(Path, others)))
    if others:
        raise CasepactError(f"{', '.join(others)}: reports are made of one run at a time; shards are joined by `join`.")
    if options.baseline or options.allow_unverified:
        raise CasepactError("--baseline and --allow-unverified go with join; the verdict of a finished run stands.")
    return _rebuild(options, Path(first))


def _rebuild(options: argparse.Namespace, given: Path) -> int:
    from conformance.reports import WRITTEN, rebuild
    from conformance.reports.document import FILE, load
    from conformance.reports.text import render

    file: Path = given / FILE if given.is_dir() else given
    report = load(file)
    if options.text:
        sys.stdout.write(render(report, str(file.parent), verbose=options.verbose))
        return 0
    folder: Path = options.into or file.parent
    rebuild(report, file.parent, folder)
    if not (file.parent / report["exchange_file"]).exists():
        print(
            f"there is no {file.parent / report['exchange_file']}: requests and answers are left out", file=sys.stderr
        )
    print(f"{folder}: {', '.join(name for name in WRITTEN if name != FILE)}")
    return 0


def _join(options: argparse.Namespace, paths: list[Path]) -> int:
    from conformance.commands.report_join import gather, join, read_shards
    from conformance.reports import annotations, write_reports
    from conformance.reports.document import document
    from conformance.reports.text import render
    from conformance.runner.run_options import default_folder

    if not paths:
        raise CasepactError("join what? Name the report.json of each shard, or the folders that have them.")
    shards = read_shards(paths)
    asked = shards[0].report["options"]
    folder: Path = options.into or default_folder(asked.get("target", ""), asked.get("url", ""))
    result = join(shards, folder, baseline=options.baseline, allow_unverified=options.allow_unverified)
    written = document(result)
    if not options.text:
        for shard in gather(shards, folder):
            print(f"shard {shard}: its exchanges are not beside its report, and are left out", file=sys.stderr)
        write_reports(written, folder)
    sys.stdout.write(render(written, str(folder), verbose=options.verbose))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        sys.stdout.write(annotations.render(written))
    return result.exit.code
