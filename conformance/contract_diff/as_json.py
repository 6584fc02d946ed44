"""A comparison for programs."""

from __future__ import annotations

import json
from typing import Any

from conformance.contract_diff.change import Change, DiffWaiver, counts
from conformance.contract_diff.comparing import ApiComparison, Comparison
from specs.flaws import Place

SCHEMA_VERSION = 1
"""It rises when a member changes its meaning or goes."""


def render(found: Comparison) -> str:
    """Everything, as JSON."""
    return json.dumps(as_data(found), indent=2, ensure_ascii=False) + "\n"


def as_data(found: Comparison) -> dict[str, Any]:
    """The same as JSON values."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "old": found.old,
        "new": found.new,
        "summary": found.summary,
        "counts": _counts(found.changes),
        "apis": [_api(api) for api in found.apis],
        "remarks": list(found.remarks),
    }


def _api(api: ApiComparison) -> dict[str, Any]:
    version = api.version
    return {
        "api": api.api,
        "counts": _counts(api.changes),
        "version": version
        and {"old": version.old, "new": version.new, "needed": version.needed.word, "flaw": version.flaw},
        "changes": [_change(change) for change in api.changes],
    }


def _counts(changes: tuple[Change, ...]) -> dict[str, int]:
    excused = sum(change.waiver is not None for change in changes)
    return {**{str(level): number for level, number in counts(changes).items()}, "waived": excused}


def _change(change: Change) -> dict[str, Any]:
    return {
        "id": change.fingerprint,
        "kind": change.kind.id,
        "level": str(change.level),
        "at": change.at,
        "says": change.kind.says,
        "old": change.old,
        "new": change.new,
        "why": change.why,
        "operations": list(change.operations),
        "statements": list(change.statements),
        "oldPlace": _place(change.old_place),
        "newPlace": _place(change.new_place),
        "waiver": _waiver(change.waiver),
        "expiredWaiver": _waiver(change.expired),
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    return {"file": place.file, "line": place.line} if place is not None else None


def _waiver(waiver: DiffWaiver | None) -> dict[str, str] | None:
    if waiver is None:
        return None
    return {"reason": waiver.reason, "owner": waiver.owner, "until": str(waiver.until), "place": waiver.place}
