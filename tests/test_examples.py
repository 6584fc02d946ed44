"""The suites below examples/ that need no browser; `make test-examples` runs all of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_suite_for_pytest_passes() -> None:
    """It uses worlds, steers them, and asserts on what they were asked."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CASEPACT_", "PYTEST_"))}
    environment = {**known, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "conformance.testing.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
    ]
    done = subprocess.run(
        command, cwd=ROOT / "examples" / "pytest", env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, "5 passed" in done.stdout) == (0, True), done.stdout + done.stderr
