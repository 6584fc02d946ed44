"""Records as reads show them, in a form in which records that mean the same are equal."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from conformance.rollback.guard import differences

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")


def comparable(value: Any, *, but: str = "") -> Any:
    """
    The same value without what means nothing: the order of lists, how instants and GUIDs are spelt, "" beside null.

    A list becomes a mapping: `[12]` stands for the object with the id 12, or for the number itself. Of an entry with
    the id `but` only the presence counts.
    """
    if isinstance(value, dict):
        return {name: comparable(member, but=but) for name, member in value.items()}
    if isinstance(value, list):
        return {key: True if but and key == entry(but) else comparable(item, but=but) for key, item in _keyed(value)}
    return _scalar(value)


def changed(before: Any, after: Any, maintained: frozenset[str]) -> list[str]:
    """Where two comparable records differ; a member that the first does not show is not judged."""
    return differences(before, _as_shown(before, after), maintained)


def found(record: Any, place: str) -> Any:
    """What a comparable record holds at a place that `changed` gives; None for nothing."""
    for part in place.split("/")[1:]:
        record = record.get(part) if isinstance(record, dict) else None
    return record


def entry(key: Any) -> str:
    """The name under which a comparable list has the entry with this key."""
    return f"[{_scalar(key)}]"


def _keyed(values: list[Any]) -> Iterator[tuple[str, Any]]:
    if values and all(isinstance(value, dict) for value in values):
        names = ["id", *sorted(set.intersection(*(set(value) for value in values)))]
        for name in names:
            keys = [value.get(name) for value in values]
            if all(isinstance(key, str | int) for key in keys) and len(set(keys)) == len(keys):
                yield from ((entry(key), value) for key, value in zip(keys, values, strict=True))
                return
    for value in values:
        plain = not isinstance(value, dict | list)
        yield (entry(value) if plain else entry(json.dumps(value, sort_keys=True))), value


def _as_shown(before: Any, after: Any) -> Any:
    """What is left of the second value without the members that the first does not have; entries of lists stay."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    shown = (name for name in after if name in before or name.startswith("["))
    return {name: _as_shown(before.get(name), after[name]) for name in shown}


def _scalar(value: Any) -> Any:
    if value == "":
        return None
    if not isinstance(value, str):
        return value
    if _GUID.match(value):
        return value.lower()
    if _INSTANT.match(value):
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC).isoformat()
        except (ValueError, OverflowError):
            return value
    return value
