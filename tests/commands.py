"""Run `casepact` as a user does: in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Done:
    """A finished command; `report` is report.json, empty when none was written."""

    code: int
    out: str
    err: str
    report: Mapping[str, Any]

    def outcomes(self, api: str) -> dict[str, str]:
        """Statement id → outcome."""
        statements = self.report["apis"][api]["statements"]
        return {name: verdict["outcome"] for name, verdict in statements.items()}

    def broken(self, api: str) -> set[str]:
        """The statements that this run found broken, notes included."""
        return {name for name, outcome in self.outcomes(api).items() if outcome in ("violated", "noted")}


def casepact(*arguments: str, reports: Path | None = None, cwd: Path | None = None, timeout: float = 180) -> Done:
    """Run a command of casepact; `reports` is the folder for `check`."""
    words = [sys.executable, "-m", "conformance", *arguments]
    if reports is not None:
        words += ["--reports", str(reports)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False)
    written = reports / "report.json" if reports else None
    report = json.loads(written.read_text()) if written and written.exists() else {}
    return Done(done.returncode, done.stdout, done.stderr, report)
