"""`casepact completion`: what a shell needs to complete commands, and the values that it then offers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from specs.command_line import Completer

EXAMPLES = """examples, each for the file that the shell reads at its start:
  eval "$(casepact completion bash)"         in ~/.bashrc
  eval "$(casepact completion zsh)"          in ~/.zshrc, after compinit
  casepact completion fish | source          in ~/.config/fish/config.fish

Offered are commands, options and files; the names of APIs, targets, operations and statements of the project too.
"""

SHELLS = ("bash", "zsh", "fish")


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `completion`."""
    parser = commands.add_parser(
        "completion",
        help="what a shell needs to complete commands, options and names",
        description="Print what a shell runs so that the tab key completes casepact.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell that is to run it")
    parser.set_defaults(run=_completion)


def _completion(options: argparse.Namespace) -> int:
    from argcomplete.shell_integration import shellcode

    sys.stdout.write(shellcode(["casepact"], shell=options.shell))
    return 0


def _apis() -> Iterable[str]:
    from specs.project import apis

    return apis()


def _targets() -> Iterable[str]:
    from conformance.target.profile import profiles

    return profiles()


def _operations() -> Iterable[str]:
    from specs.loading import load_contract

    return sorted({operation for api in _apis() for operation in load_contract(api).operations})


def _statements() -> Iterable[str]:
    from specs.loading import load_ledger

    return sorted({statement for api in _apis() for statement in load_ledger(api).statements})


def _reports() -> Iterable[str]:
    """The word that joins shards, and the folders below reports/ that have a report."""
    from conformance.commands.report import JOIN
    from conformance.reports.document import FILE
    from conformance.runner.run_options import REPORTS

    return (JOIN, *sorted(str(file.parent) for file in REPORTS.glob(f"*/{FILE}")))


VALUES: Mapping[str, Completer] = {
    "api": _apis,
    "target": _targets,
    "operation": _operations,
    "statement": _statements,
    "report": _reports,
}
"""What may stand for an option or argument, by its `dest`."""
