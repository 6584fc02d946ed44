"""`casepact report`: the reports of a run, made again from what it recorded, without a server."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

EXAMPLES = """examples:
  casepact report reports/staging                 every report anew, beside report.json
  casepact report report.json --into public       from a CI artifact, into another folder
  casepact report reports/staging --text          what the run printed at its end
"""


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `report`."""
    parser = commands.add_parser(
        "report",
        help="make the reports of a run again, without the server",
        description="Make every report again from report.json and the exchanges.ndjson beside it. Nothing is sent.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a report.json, or the folder that has one")
    parser.add_argument("--into", type=Path, metavar="DIR", help="where reports go (default: beside report.json)")
    parser.add_argument("--text", action="store_true", help="print what the run printed, and write nothing")
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="with --text: list what was not exercised, and why"
    )
    parser.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from conformance.reports import WRITTEN, rebuild
    from conformance.reports.document import FILE, load
    from conformance.reports.text import render

    file: Path = options.file / FILE if options.file.is_dir() else options.file
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
