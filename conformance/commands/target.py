"""`casepact target`: the options; each command is loaded when it is asked for, so that all others start soon."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

EXAMPLES = """examples:
  casepact target new staging                     write a profile, with every role explained
  casepact target check staging                   is the file in order? sends nothing
  casepact target probe staging                   does the server answer, and know credentials and records? reads only
  casepact check --target staging --plan          then: what would be sent
  casepact target restore staging                 after a run that was killed: put back what it changed
"""

_NEW = """examples:
  casepact target new staging                     every API, to targets/staging.yaml of the project
  casepact target new staging --api aicc          one API
  casepact target new staging --spec petstore.yaml --url https://staging.example.com/v3
                                                  a server that is to keep this document
"""

_CHECK = """examples:
  casepact target check staging                   a profile of the project
  casepact target check ./staging.yaml            any file
"""

_PROBE = """examples:
  casepact target probe staging                   every API that the profile has
  casepact target probe staging --api aicc        one API

exit codes: 0 in order, 2 the profile is flawed, 3 environment, 4 roles are wrong or missing
"""

_RESTORE = """examples:
  casepact target restore staging                 by the write journal of this user
  casepact target restore staging --journal-dir journal
                                                  by the one that a CI job kept as an artifact

exit codes: 0 everything is as it was found, 2 something is not
"""


def add_parser(commands: Any) -> None:
    """Add `target` with its own commands."""
    parser = commands.add_parser(
        "target",
        help="profiles of servers to test: new, check, probe, restore",
        description="Write, check and try the profile of a server to test, and put back what a killed run left.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    new = _command(
        inner,
        "new",
        "write a commented profile to NAME.yaml in the project's targets folder, or in ./fixtures/targets",
        _NEW,
    )
    new.add_argument("name", metavar="NAME")
    new.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    new.add_argument("--spec", type=Path, metavar="FILE", help="an OpenAPI document that the server is to keep")
    new.add_argument("--url", default="", help="the address of that server (default: an example of one)")
    new.set_defaults(run=_new)
    check = _command(inner, "check", "is a profile in order? Sends nothing", _CHECK)
    check.add_argument("target", metavar="NAME", help="a profile by name, or a file")
    check.set_defaults(run=_check)
    probe = _command(
        inner,
        "probe",
        "look at the server with reads only: address, TLS, credentials, clock, latency, known records",
        _PROBE,
    )
    probe.add_argument("target", metavar="NAME", help="a profile by name, or a file")
    probe.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    probe.set_defaults(run=_probe)
    restore = _command(inner, "restore", "put back what a run that was killed had changed", _RESTORE)
    restore.description = "Put the records of a target back as the write journal says they were found."
    restore.add_argument("target", metavar="NAME", help="the profile that the run was given")
    add_journal_dir(restore)
    restore.set_defaults(run=_restore)


def _command(commands: Any, name: str, says: str, examples: str) -> argparse.ArgumentParser:
    """A command below `target`; what the list of commands says of it is its description, too."""
    added: argparse.ArgumentParser = commands.add_parser(
        name,
        help=says,
        description=f"{says[0].upper()}{says[1:]}.",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return added


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
