"""`casepact mock` whose script does not look whether a world is still as it was when a write was worked out."""

from __future__ import annotations

import sys

from mock_server.cli import main
from mock_server.worlds.shared import script

_CHECK = "if stamp_of(worlds[i].name) ~= worlds[i].stamp then fits = false end"

if __name__ == "__main__":
    assert _CHECK in script.TEXT, "the script checks the stamps of worlds in another way"
    assert "mock_server.worlds.shared.server" not in sys.modules, "whoever sends the script has taken it already"
    script.TEXT = script.TEXT.replace(_CHECK, "")
    sys.exit(main())
