"""Runs of `casepact check` against an opponent, as a team would start them: a profile, variables, one command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.opponents.profiles import profile
from tests.opponents.ways import Ways

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Judged:
    """What one run said: its exit code, its console, and each finding that fails it as "statement: title"."""

    exit: int
    console: str
    report: dict[str, Any]

    @property
    def violations(self) -> list[str]:
        """The findings on page and vendor statements, whatever they are called elsewhere."""
        return [line for line in self._findings() if not line.startswith("note ")]

    @property
    def notes(self) -> list[str]:
        """The findings that fail no run."""
        return [line.removeprefix("note ") for line in self._findings() if line.startswith("note ")]

    def count(self, outcome: str, *, page: bool = True) -> int:
        """How many statements have this outcome, of the vendor's pages or of all others."""
        return sum(
            statement["outcome"] == outcome and statement["page"] is page
            for api in self.report["apis"].values()
            for statement in api["statements"].values()
        )

    def statements(self, *outcomes: str) -> set[str]:
        """The ids of the statements with one of these outcomes."""
        return {
            name
            for api in self.report["apis"].values()
            for name, statement in api["statements"].items()
            if statement["outcome"] in outcomes
        }

    def _findings(self) -> list[str]:
        found: Counter[str] = Counter()
        for api in self.report.get("apis", {}).values():
            for name, statement in api["statements"].items():
                for finding in statement.get("findings", ()):
                    prefix = "" if finding["fails_the_run"] else "note "
                    stable = f" [{finding['stability']}]" if finding["stability"] else ""
                    found[f"{prefix}{name}: {finding['title']} -- {finding['received'][:90]}{stable}"] += 1
        return sorted(found)


def judged(api: str, url: str, writes: str, ways: Ways, folder: Path, *options: str, seconds: float = 900.0) -> Judged:
    """Run `casepact check` in a folder of its own against an opponent at this address."""
    data, variables = profile(api, url, writes, ways)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "opponent.yaml"
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return check(file, folder, variables, *options, seconds=seconds)


def check(
    file: Path | None, folder: Path, variables: Mapping[str, str], *options: str, seconds: float = 900.0
) -> Judged:
    """Run `casepact check` by a profile, or on our mock, from a folder that gets the reports and the write journal."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "conformance", "check", *(("--target", str(file.resolve())) if file else ())]
    done = subprocess.run(
        [*command, "--reports", str(folder / "reports"), *options],
        cwd=folder,
        env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    report = folder / "reports" / "report.json"
    read = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    return Judged(done.returncode, done.stdout + done.stderr, read)
