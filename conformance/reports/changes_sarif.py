"""A comparison of contracts as SARIF: each change at its line in the new contract, or in the old one if it is gone."""

from __future__ import annotations

import json

from conformance.contract_diff.as_text import excuse
from conformance.contract_diff.change import Change, Level
from conformance.contract_diff.comparing import Comparison
from conformance.contract_diff.kinds import KINDS
from conformance.reports.sarif_log import SarifLevel, SarifResult, SarifRule, sarif_log
from specs.flaws import Place

_LEVELS: dict[Level, SarifLevel] = {
    Level.BREAKING: "error",
    Level.WARNING: "warning",
    Level.CORRECTION: "note",
    Level.COMPATIBLE: "note",
    Level.TEXT: "note",
}


def render(found: Comparison) -> str:
    """The log as JSON."""
    rules = [SarifRule(kind.id, kind.says, _full(kind.id)) for kind in KINDS.values()]
    log = sarif_log("casepact diff", rules, [_result(change) for change in found.changes])
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _full(name: str) -> str:
    kind = KINDS[name]
    if (kind.request, kind.why_request) == (kind.response, kind.why_response):
        return f"{kind.request}: {kind.why_request}."
    return f"In requests {kind.request}: {kind.why_request}. In responses {kind.response}: {kind.why_response}."


def _result(change: Change) -> SarifResult:
    place = _in_tree(change.new_place or change.old_place)
    related = [("what was there", change.old_place)] if change.new_place and change.old_place else []
    where = f"{change.where}: " if change.operations else ""
    return SarifResult(
        rule=change.kind.id,
        level=_LEVELS[change.level],
        message=f"{change.api}, {where}{change.what}. {change.level}: {change.why}.",
        place=place,
        fingerprint=change.fingerprint,
        suppression=excuse(change) if change.waiver else "",
        related=tuple((text, _in_tree(old)) for text, old in related),
    )


def _in_tree(place: Place | None) -> Place:
    """The place without the revision: the file goes by its path in the tree."""
    if place is None:
        return Place(".", 1)
    _, colon, path = place.file.partition(":")
    return Place(path, place.line) if colon and path else place
