"""`casepact doctor`: is everything in place on this machine? One screen, and what to do about what is not."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from specs.flaws import CasepactError

EXAMPLES = """examples:
  casepact doctor                       Python, packages, port, Chromium, folders, project and profiles
  casepact doctor --target staging      and: does that server answer, are its credentials set?
  casepact doctor --json                for other programs

exit codes: 0 nothing fails (a warning may stand), 1 something does. Values of variables are never printed.
"""

DISTRIBUTION = "casepact"
SECONDS = 3.0
"""How long a connection may take."""


class State(StrEnum):
    """How a line ends: in order, worth knowing, or to be mended first."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: how it is, and what to do where it is not in order."""

    state: State
    name: str
    text: str
    advice: str = ""


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `doctor`."""
    parser = commands.add_parser(
        "doctor",
        help="is everything in place on this machine?",
        description="Look at what casepact needs: Python, packages, a port, Chromium, folders, project and profiles.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--target", default="", metavar="NAME", help="also a profile, with its server and credentials")
    parser.add_argument("--json", action="store_true", help="the same, as JSON")
    parser.set_defaults(run=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    lines = list(examined(options.target))
    if options.json:
        print(json.dumps([{**asdict(line), "state": str(line.state)} for line in lines], indent=2, ensure_ascii=False))
    else:
        sys.stdout.write(rendered(lines))
    return 1 if any(line.state is State.FAIL for line in lines) else 0


def examined(target: str = "") -> Iterator[Line]:
    """Look at everything; with `target` at that server too, with nothing but connections."""
    from conformance.commands import doctor_machine, doctor_project

    yield doctor_machine.python()
    yield from doctor_machine.packages()
    yield doctor_machine.port(os.environ)
    yield doctor_machine.chromium(os.environ)
    yield from doctor_machine.worlds(os.environ)
    yield from doctor_machine.folders()
    yield from doctor_machine.proxies(os.environ)
    yield from doctor_project.variables(os.environ)
    yield from doctor_project.project_and_profiles()
    if target:
        yield from doctor_project.target(target)


def rendered(lines: list[Line]) -> str:
    """The lines as a table, each with its advice below, and a last line with the numbers."""
    width = max(len(line.name) for line in lines)
    shown = []
    for line in lines:
        shown.append(f"{line.state:<5} {line.name:<{width}}  {line.text}")
        if line.advice:
            shown.append(f"{'':<5} {'':<{width}}  -> {line.advice}")
    counts = [(state, sum(line.state is state for line in lines)) for state in State]
    shown.append(", ".join(f"{count} {state}" for state, count in counts if count))
    return "\n".join(shown) + "\n"


def first_line(error: CasepactError | OSError) -> str:
    """What an error says, short enough for one line."""
    text = str(error).strip() or type(error).__name__
    first, _, rest = text.partition("\n")
    return f"{first} … and {len(rest.splitlines())} more" if rest else first


def writable(folder: Path) -> bool:
    """Whether files can be written to a folder, which may have to be made first."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)
