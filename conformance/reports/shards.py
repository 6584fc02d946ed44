"""What report.json says of a shard, so that it can be joined with the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from conformance.reports.run_result import RunResult
from conformance.runner.selection import Selection
from conformance.runner.sharding import Shard, digest


class ShardReport(TypedDict):
    """
    A part of a run; `server` is what `--shard-server` says.

    `target` is the profile as it was named, `folder` where the reports went and `documents` the files of foreign
    contracts by API: paths from the working directory. `probes` are those of the whole run, of which `probes_digest` is
    known, as `profile_digest` is of the profile. `evidence` is that of this shard (`conformance.verdict.evidence`).
    """

    index: int
    total: int
    server: str
    shares_records: bool
    target: str
    profile_digest: str
    documents: dict[str, str]
    folder: str
    probes: int
    probes_digest: str
    evidence: list[dict[str, Any]]


def shard_report(result: RunResult, hidden: Callable[[Any], Any]) -> ShardReport | None:
    """What the others need that join this shard; None for a whole run. Texts of the command line are `hidden`."""
    selection = result.selection
    if selection.shard is None:
        return None
    return {
        "index": selection.shard.index,
        "total": selection.shard.total,
        "server": selection.shard_server,
        "shares_records": selection.shares_records,
        "target": hidden(selection.target),
        "profile_digest": selection.profile_digest,
        "documents": {api: os.path.relpath(file) for api, file in selection.specs.items()},
        "folder": selection.reports,
        "probes": len(result.collected),
        "probes_digest": digest(result.collected),
        "evidence": [item.as_json() for item in result.evidence],
    }


def of_same_part(report: Mapping[str, Any], selection: Selection) -> bool:
    """Whether an earlier report is of the same shard as this run, or of a whole run as this is."""
    shard = report.get("shard")
    return (Shard(shard["index"], shard["total"]) if shard else None) == selection.shard
