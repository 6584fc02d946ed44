"""SARIF 2.1.0: a log of one run, whatever was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any, Literal
from urllib.parse import quote

from specs.flaws import Place
from specs.version import installed_version

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST_RESULTS = 5000
"""GitHub shows no more of one run."""

SarifLevel = Literal["error", "warning", "note"]
_BASE = "%SRCROOT%"


@dataclass(frozen=True, slots=True)
class SarifRule:
    """What is looked for: `id` names it, `short` says it in a line, `full` says more, `help_uri` leads to its page."""

    id: str
    short: str
    full: str
    help_uri: str = ""


@dataclass(frozen=True, slots=True)
class SarifResult:
    """
    One finding.

    `fingerprint` stays the same while lines move, and holds nothing random. `suppression` is the reason for which it is
    accepted. `related` are places that explain it, each with what is there.
    """

    rule: str
    level: SarifLevel
    message: str
    place: Place
    fingerprint: str
    suppression: str = ""
    related: tuple[tuple[str, Place], ...] = ()


def sarif_log(tool: str, rules: Iterable[SarifRule], results: Iterable[SarifResult]) -> dict[str, Any]:
    """
    A SARIF log, to be written as JSON: the rules that results name, and the results, errors first.

    Of more than `MOST_RESULTS` results the rest is left out, and a notification says how many.
    """
    order = ("error", "warning", "note")
    listed = sorted(results, key=lambda item: order.index(item.level))
    shown = listed[:MOST_RESULTS]
    named = {result.rule for result in shown}
    used = [rule for rule in rules if rule.id in named]
    index = {rule.id: number for number, rule in enumerate(used)}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": tool,
                "version": installed_version(),
                "rules": [_rule(rule) for rule in used],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_BASE: {"description": {"text": "The folder in which the command ran."}}},
        "results": [_result(result, index[result.rule]) for result in shown],
    }
    if len(listed) > len(shown):
        text = f"{len(listed) - len(shown)} more results are left out."
        note = {"level": "warning", "message": {"text": text}}
        run["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": [note]}]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def artifact(file: str) -> dict[str, Any]:
    """Where a file is: relative to the folder of the command, or absolute where it lies elsewhere."""
    if PurePath(file).is_absolute():
        return {"uri": Path(file).as_uri()}
    return {"uri": quote(file.replace("\\", "/"), safe="/._-~"), "uriBaseId": _BASE}


def _rule(rule: SarifRule) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.short},
        "fullDescription": {"text": rule.full},
    }
    return {**found, "helpUri": rule.help_uri} if rule.help_uri else found


def _result(result: SarifResult, index: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": index,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [_location(result.place)],
        "partialFingerprints": {"casepact/v1": result.fingerprint},
    }
    if result.related:
        found["relatedLocations"] = [
            {"id": number, **_location(place), "message": {"text": text}}
            for number, (text, place) in enumerate(result.related, 1)
        ]
    if result.suppression:
        found["suppressions"] = [{"kind": "external", "justification": result.suppression}]
    return found


def _location(place: Place) -> dict[str, Any]:
    region = {"startLine": max(place.line, 1)}
    return {"physicalLocation": {"artifactLocation": artifact(place.file), "region": region}}
