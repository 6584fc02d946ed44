"""The console script: hands `casepact mock` on before anything of the harness is loaded, so that it answers soon."""

from __future__ import annotations

import os
import sys

from specs.flaws import CasepactError
from specs.project import chosen_project


def main() -> int:
    """Run the command line; see `conformance.cli`."""
    try:
        sys.argv[1:] = chosen_project(sys.argv[1:])
    except CasepactError as error:
        print(f"casepact: could not run: {error}", file=sys.stderr)
        return 2
    if sys.argv[1:2] == ["mock"]:
        os.execv(sys.executable, [sys.executable, "-m", "mock_server", *sys.argv[2:]])
    from conformance.cli import main as run

    return run()
