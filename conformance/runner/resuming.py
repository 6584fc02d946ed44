"""What a run that was cut short had done, on disk, so that `--resume` goes on from there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.runner.selection import Selection
from conformance.verdict.evidence import Evidence, from_json
from specs.flaws import CasepactError

FILE = "resume.json"
"""Its name in the folder of the reports."""


def save(
    folder: Path,
    selection: Selection,
    done: Sequence[str],
    evidence: Sequence[Evidence],
    previous: Mapping[str, Any] | None,
) -> None:
    """Keep what was done: the names of the probes that ended, their evidence, and the report of the run before."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        "run": _named(selection),
        "seed": selection.seed,
        "part": selection.part,
        "previous": previous,
        "done": list(done),
        "evidence": [item.as_json() for item in evidence],
    }
    (folder / FILE).write_text(json.dumps(kept), encoding="utf-8")


def resumed(folder: Path, selection: Selection) -> tuple[Selection, list[Evidence], Any]:
    """
    The rest of the run that was cut short, its evidence, and the report of the run before it, if there was one.

    Raises `CasepactError` when there is none in this folder, or it was about something else.
    """
    file = folder / FILE
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        named, seed, done = kept["run"], int(kept["seed"]), tuple(kept["done"])
        evidence = [from_json(item) for item in kept["evidence"]]
        part, previous = int(kept["part"]) + 1, kept["previous"]
    except FileNotFoundError:
        raise CasepactError(f"--resume: there is no {file}; no run with these reports was cut short.") from None
    except (OSError, ValueError, KeyError, TypeError):
        raise CasepactError(f"--resume: {file} cannot be read; start the run anew without --resume.") from None
    wanted = _named(selection)
    differing = sorted(name for name in wanted if named.get(name, "") != wanted[name])
    if differing:
        raise CasepactError(f"--resume: the run in {file} had another {', '.join(differing)}; give the same options.")
    return replace(selection, seed=seed, done=done, part=part), evidence, previous


def forget(folder: Path) -> None:
    """A run that came to its end leaves nothing to resume."""
    (folder / FILE).unlink(missing_ok=True)


def _named(selection: Selection) -> dict[str, object]:
    """What makes two runs the same, whatever their seed; a mock of ours has another port each time."""
    return {
        "target": selection.target,
        "apis": sorted(selection.urls),
        "spec": dict(selection.specs),
        "level": selection.level,
        "statement": selection.statement,
        "operation": selection.operation,
        "-k": selection.keyword,
        "--shard": str(selection.shard or ""),
    }
