"""The console script: hands `casepact mock` on before anything of the harness is loaded, so that it answers soon."""

from __future__ import annotations

import os
import sys

from specs.command_line import completing
from specs.flaws import CasepactError
from specs.project import chosen_project


def main() -> int:
    """Run the command line; see `conformance.cli`."""
    try:
        sys.argv[1:] = chosen_project(sys.argv[1:])
    except CasepactError as error:
        print(f"casepact: could not run: {error}", file=sys.stderr)
        return 2
    if completing() and _is_of_mock(os.environ.get("COMP_LINE", ""), int(os.environ.get("COMP_POINT") or 0)):
        # It says at which word the command begins that is to complete: "mock", after "casepact".
        os.environ["_ARGCOMPLETE"] = "2"
        os.execv(sys.executable, [sys.executable, "-m", "mock_server"])
    if sys.argv[1:2] == ["mock"]:
        os.execv(sys.executable, [sys.executable, "-m", "mock_server", *sys.argv[2:]])
    from conformance.cli import main as run

    return run()


def _is_of_mock(line: str, cursor: int) -> bool:
    """Whether the word at the cursor belongs to `casepact mock`, and is not that word itself."""
    words = f"{line[:cursor]}|".split()
    return len(words) > 2 and words[1] == "mock"
