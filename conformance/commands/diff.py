"""`casepact diff`: what changed between two versions of contracts, and whether that breaks clients."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.flaws import CasepactError

if TYPE_CHECKING:
    from conformance.contract_diff.comparing import Comparison

FORMATS = ("text", "json", "markdown", "sarif")

EXAMPLES = """examples:
  casepact diff main                            the contracts of the project at main against the working tree
  casepact diff v1.2 HEAD --path specs          the same folder at two revisions
  casepact diff old.yaml new.yaml               two OpenAPI documents, of any version
  casepact diff main:specs/egain/openapi.yaml specs/egain/openapi.yaml
                                                a file at a revision against one here
  casepact diff main HEAD --format sarif --output diff.sarif
                                                for code scanning; json and markdown are there too
  casepact diff main --waivers waivers.yaml --fail-on warning
                                                fail on warnings too, but on nothing that is waived
  casepact diff main --fail-on version          breaking changes pass if info.version rises by enough

A name is a file or folder if there is one; else a git revision, or REVISION:PATH from the folder of the repository.

exit codes: 0 nothing at or above --fail-on, 1 something, or info.version did not rise by enough, 2 could not compare
"""


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `diff`."""
    parser = commands.add_parser(
        "diff",
        help="what changed between two versions of contracts, and does it break clients?",
        description=(
            "Compare contracts and ledgers: each change is breaking, a warning, a correction, compatible or text,\n"
            "with the reason and the lines on both sides. Requests may accept more than before, responses may contain\n"
            "less. docs/contract-changes.md has the rules."
        ),
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("old", metavar="OLD", help="a file, a folder, a git revision, or REVISION:PATH")
    parser.add_argument("new", metavar="NEW", nargs="?", help="likewise; without it, the working tree")
    parser.add_argument(
        "--path", type=Path, metavar="PATH", help="what a revision alone stands for (default: the project's contracts)"
    )
    parser.add_argument("--format", choices=FORMATS, default="text", help="default: %(default)s")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the report there and print the summary")
    parser.add_argument("--waivers", type=Path, metavar="FILE", help="changes that are accepted until a day")
    parser.add_argument(
        "--fail-on",
        choices=("breaking", "warning", "version"),
        default="breaking",
        help="what ends with 1; `version`: only an info.version that did not rise by enough (default: %(default)s)",
    )
    parser.add_argument("--no-version-gate", action="store_true", help="do not judge info.version")
    parser.set_defaults(run=_diff)


def _diff(options: argparse.Namespace) -> int:
    from conformance.contract_diff.change import Level
    from conformance.contract_diff.comparing import compare
    from conformance.contract_diff.sources import opened
    from conformance.contract_diff.waiving import load_waivers

    if options.fail_on == "version" and options.no_version_gate:
        raise CasepactError("--fail-on version and --no-version-gate exclude each other; leave one out.")
    waivers = load_waivers(options.waivers) if options.waivers is not None else ()
    with opened(options.old, options.new, options.path) as (old, new):
        today = datetime.now(UTC).date()
        found = compare(old, new, waivers=waivers, version_gate=not options.no_version_gate, today=today)
    text = _renderers()[options.format](found)
    if options.output is None:
        sys.stdout.write(text)
    else:
        _write(options.output, text)
        print(found.summary)
    threshold = {"breaking": Level.BREAKING, "warning": Level.WARNING, "version": None}[options.fail_on]
    return 1 if found.fails(threshold) else 0


def _renderers() -> Mapping[str, Callable[[Comparison], str]]:
    from conformance.contract_diff import as_json, as_markdown, as_text

    return {"text": as_text.render, "json": as_json.render, "markdown": as_markdown.render, "sarif": _sarif}


def _sarif(found: Comparison) -> str:
    from conformance.reports.changes_sarif import render

    return render(found)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CasepactError(f"{path}: cannot be written ({error.strerror}).") from None
