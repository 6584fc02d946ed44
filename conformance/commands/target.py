"""`casepact target`: the options; each command is loaded when it is asked for, so that all others start soon."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

EXAMPLES = """examples:
  casepact target new staging --api aicc       a server that is to keep the page of AICC
  casepact target new staging --spec petstore.yaml --url https://staging.example.com/v3
                                               a server that is to keep this document
"""


def add_parser(commands: Any) -> None:
    """Add `target` with its own commands."""
    parser = commands.add_parser("target", help="profiles of servers to test: new, check, probe, restore")
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    new = inner.add_parser(
        "new",
        help="write a commented profile to NAME.yaml in the project's targets folder, or in ./fixtures/targets",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    new.add_argument("name", metavar="NAME")
    new.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    new.add_argument("--spec", type=Path, metavar="FILE", help="an OpenAPI document that the server is to keep")
    new.add_argument("--url", default="", help="the address of that server (default: an example of one)")
    new.set_defaults(run=_new)
    check = inner.add_parser("check", help="is a profile in order? Sends nothing")
    check.add_argument("name", metavar="NAME", help="a profile by name, or a file")
    check.set_defaults(run=_check)
    probe = inner.add_parser(
        "probe",
        help="look at the server with reads only: address, TLS, credentials, clock, latency, known records",
        epilog="exit codes: 0 in order, 2 the profile is flawed, 3 environment, 4 roles are wrong or missing",
    )
    probe.add_argument("name", metavar="NAME", help="a profile by name, or a file")
    probe.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    probe.set_defaults(run=_probe)
    restore = inner.add_parser(
        "restore",
        help="put back what a run that was killed had changed",
        description="Put the records of a target back as the write journal says they were found.",
        epilog="exit codes: 0 everything is as it was found, 2 something is not",
    )
    restore.add_argument("name", metavar="NAME", help="the profile that the run was given")
    add_journal_dir(restore)
    restore.set_defaults(run=_restore)


def add_journal_dir(parser: argparse.ArgumentParser) -> None:
    """Add the option that says where write journals are."""
    parser.add_argument(
        "--journal-dir",
        type=Path,
        metavar="DIR",
        help="where the write journal is kept (default: $CASEPACT_STATE, else the user's folder for state)",
    )


def _new(options: argparse.Namespace) -> int:
    from conformance.commands.target_new import new

    return new(options)


def _check(options: argparse.Namespace) -> int:
    from conformance.commands.target_new import check

    return check(options)


def _probe(options: argparse.Namespace) -> int:
    from conformance.commands.target_probe import probe

    return probe(options)


def _restore(options: argparse.Namespace) -> int:
    from conformance.commands.target_restore import restore

    return restore(options)
