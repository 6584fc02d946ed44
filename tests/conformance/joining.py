"""Runs of `casepact check` on one machine and on several, in this process, and what they have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from conformance.cli import main

_DIFFERENT = frozenset(("seconds", "run", "started", "time", "options", "changes", "change", "shard", "joined"))
"""What two runs never have in common, or a joined one has of its own."""


def run(folder: Path, *words: str) -> int:
    """The exit code of a run with its reports in this folder."""
    return main(["check", "--quick", "-n", "1", "--reports", str(folder), *words])


def shards(folder: Path, total: int, *words: str) -> list[int]:
    """The exit codes of the shards of a run, one after the other, with reports in folders 1, 2 and so on."""
    return [run(folder / str(index), "--shard", f"{index}/{total}", *words) for index in range(1, total + 1)]


def joined(folder: Path, total: int, *words: str) -> int:
    """The exit code of `casepact report join` of these shards, with reports in the folder `all`."""
    parts = [str(folder / str(index)) for index in range(1, total + 1)]
    return main(["report", "join", *parts, "-o", str(folder / "all"), *words])


def report(folder: Path) -> dict[str, Any]:
    """report.json of a folder of reports."""
    read: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return read


def rewritten(folder: Path, **members: Any) -> None:
    """Replace members of report.json of a folder; one named `shard__seed` is in the object `shard`."""
    data = report(folder)
    for name, value in members.items():
        *outer, last = name.split("__")
        held = data
        for step in outer:
            held = held[step]
        held[last] = value
    (folder / "report.json").write_text(json.dumps(data), encoding="utf-8")


def common(value: Any, folders: Sequence[Path]) -> Any:
    """A report without what two runs never have in common; bodies are in the folder of each."""
    if isinstance(value, dict):
        return {name: common(member, folders) for name, member in value.items() if name not in _DIFFERENT}
    if isinstance(value, list):
        return [common(item, folders) for item in value if not str(item).startswith("joined of")]
    if not isinstance(value, str):
        return value
    for folder in folders:
        value = value.replace(str(folder), "reports")
    return re.sub(r"127\.0\.0\.1:\d+", "server", re.sub(r"check-[0-9a-f]{6}", "run", value))


def differing(one: Path, other: Path) -> list[str]:
    """Where the reports of two folders say different things, as paths of members."""
    texts = (common(report(folder), [one, other]) for folder in (one, other))
    return list(_differing(*texts, ""))


def _differing(one: Any, other: Any, path: str) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        names = list({**one, **other})
        return [found for name in names for found in _differing(one.get(name), other.get(name), f"{path}/{name}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for index, pair in pairs for found in _differing(*pair, f"{path}/{index}")]
    return [] if one == other else [f"{path}: {one!r} and {other!r}"]
