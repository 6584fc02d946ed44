"""What a reader sees of a journal, secrets hidden, and which of its requests fit a pattern."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from mock_server.explanations.redaction import HIDDEN, safe_body, safe_headers, safe_target, secret_queries
from mock_server.negotiation import FORM, media_type
from mock_server.operations.authentication import credential_headers
from mock_server.worlds.journal import JournalEntry
from specs.contract import Contract
from specs.shortening import shorten

Shown = Mapping[str, Any]
"""An entry as it is shown: the schema Entry of the control API."""

_MOST_DIFFERENCES = 10
_LONGEST_VALUE = 120
_MISSING = object()
_OTHER_OPERATION = 10
"""So many members that differ are as far away as another operation."""


class Difference(NamedTuple):
    """How an entry does not fit, and how much of the pattern it lacks there."""

    lacks: int
    text: str


class JournalView:
    """How the entries of every world are shown, by the contracts of the served APIs."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._queries = {api: secret_queries(contract) for api, contract in contracts.items()}
        self._headers = {api: credential_headers(contract) for api, contract in contracts.items()}
        # A request that no operation takes may have been meant for any of them.
        self._queries[""] = frozenset().union(*self._queries.values())
        self._headers[""] = frozenset().union(*self._headers.values())

    def shown(self, number: int, entry: JournalEntry, detail: str) -> Shown:
        """The entry of this number; `detail` is what may be said of its refusal."""
        api = entry.api if entry.api in self._headers else ""
        credentials = self._headers[api]
        answered = {name.lower(): value for name, value in entry.answer_headers.items()}
        answer = safe_body(entry.answer_body, answered.get("content-type", ""), entry.answer_left_out)
        if HIDDEN in detail:
            # The answer repeats what was sent, in the header and in the vendor's message.
            answered["x-casepact-detail"], answer = detail, HIDDEN
        return {
            "number": number,
            "at": datetime.fromtimestamp(entry.at, UTC).isoformat().replace("+00:00", "Z"),
            "method": entry.method,
            "path": safe_target(entry.path, self._queries[api]),
            "api": entry.api,
            "operation": entry.operation,
            "status": entry.status,
            "outcome": entry.outcome,
            "statements": list(entry.statements),
            "detail": detail,
            "refusal": entry.refusal or None,
            "milliseconds": round(max(0.0, entry.took) * 1000, 3),
            "request": {
                "headers": safe_headers(entry.headers, credentials),
                "body": safe_body(entry.body, entry.headers.get("content-type", ""), entry.body_left_out),
            },
            "answer": {"headers": safe_headers(answered, credentials), "body": answer},
        }


def matching(entries: Sequence[Shown], pattern: Mapping[str, Any]) -> dict[str, Any]:
    """
    The entries that fit a pattern, and where none does the nearest one with what differs.

    Of `query`, `headers` and `body` the pattern holds parts. A part of an object is any of its members, a part of a
    list the list with a part of each item, a part of a text that is not JSON any stretch of it.
    """
    judged = [(list(_differences(entry, pattern)), entry) for entry in entries]
    fitting = [entry for differences, entry in judged if not differences]
    nearest = None
    if judged and not fitting:
        # Of those that are equally near the newest.
        differences, entry = min(reversed(judged), key=lambda item: sum(difference.lacks for difference in item[0]))
        texts = [difference.text for difference in differences[:_MOST_DIFFERENCES]]
        if (more := len(differences) - _MOST_DIFFERENCES) > 0:
            texts.append(f"… and {more} more")
        nearest = {"entry": entry, "differences": texts}
    return {"count": len(fitting), "entries": fitting, "nearest": nearest}


def _differences(entry: Shown, pattern: Mapping[str, Any]) -> Iterator[Difference]:
    path, _, query = entry["path"].partition("?")
    plain = {**entry, "path": path, "method": entry["method"].upper()}
    for name in ("api", "operation", "method", "path", "status", "outcome"):
        wanted = pattern.get(name, _MISSING)
        if name == "method" and isinstance(wanted, str):
            wanted = wanted.upper()
        if wanted is not _MISSING and wanted != plain[name]:
            lacks = 1 if name in ("status", "outcome") else _OTHER_OPERATION
            yield Difference(lacks, f"{name}: {_text(plain[name])}, not {_text(wanted)}")
    if "statement" in pattern and pattern["statement"] not in entry["statements"]:
        yield Difference(1, f"statement: {_text(entry['statements'])}, without {_text(pattern['statement'])}")
    yield from _of_part(pattern.get("query", {}), dict(parse_qsl(query, keep_blank_values=True)), "query ")
    headers = {name.lower(): value for name, value in pattern.get("headers", {}).items()}
    yield from _of_part(headers, entry["request"]["headers"], "header ")
    if "body" in pattern:
        yield from _of_body(pattern["body"], entry["request"])


def _of_body(wanted: Any, request: Shown) -> Iterator[Difference]:
    found = request["body"]
    if isinstance(found, str) and isinstance(wanted, str):
        if wanted not in found:
            yield Difference(1, f"body: {_text(found)}, without {_text(wanted)}")
        return
    if isinstance(found, str) and media_type(request["headers"].get("content-type", "")) == FORM:
        found = dict(parse_qsl(found, keep_blank_values=True))
    yield from _of_value(wanted, found, "body ", "")


def _of_part(wanted: Mapping[str, Any], found: Mapping[str, Any], where: str) -> Iterator[Difference]:
    for name, value in wanted.items():
        yield from _of_value(value, found.get(name, _MISSING), f"{where}{name}", "")


def _of_value(wanted: Any, found: Any, where: str, pointer: str) -> Iterator[Difference]:
    """How a value lacks a part. A number and a boolean differ, 1 and 1.0 do not."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name, value in wanted.items():
            yield from _of_value(value, found.get(name, _MISSING), where, f"{pointer}/{name}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for index, value in enumerate(wanted):
            yield from _of_value(value, found[index], where, f"{pointer}/{index}")
    elif found is _MISSING:
        yield Difference(_size(wanted), f"{where}{pointer}: missing, not {_text(wanted)}")
    elif wanted != found or isinstance(wanted, bool) != isinstance(found, bool):
        yield Difference(_size(wanted), f"{where}{pointer}: {_text(found)}, not {_text(wanted)}")


def _size(value: Any) -> int:
    """One for a value, and one more for each that is in it."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_size, members))


def _text(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False), _LONGEST_VALUE)
