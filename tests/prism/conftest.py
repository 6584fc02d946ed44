"""Which Prism the tests of this folder run."""

from __future__ import annotations

import os
import shutil

import pytest

from specs.source import PACKAGE

INSTALLED = PACKAGE.parent / "benchmarks" / "npm" / "node_modules" / ".bin" / "prism"
INSTALLING = "Prism is not installed: `make test-prism` installs it, or set PRISM to its program."


@pytest.fixture(scope="module")
def program() -> str:
    """Prism: what PRISM names, or what `make test-prism` installed; skipped when nobody asked for it."""
    named = os.environ.get("PRISM", "")
    found = shutil.which(named or str(INSTALLED))
    if found is None and not named:
        pytest.skip(INSTALLING)  # a program of Node, which nobody needs for the rest of the tests
    assert found is not None, f"PRISM is {named}, which is no program. {INSTALLING}"
    return found
