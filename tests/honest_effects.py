"""Servers whose writes do what is promised, and who store or show it in ways that nobody forbids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.reply import Call
from tests.broken_effects import Record, storing
from tests.honest_servers import as_json, compact, with_body
from tests.servers import mock_app

Show = Callable[[Any], Any]
"""An answer → the same answer, shown otherwise."""


@dataclass(frozen=True, slots=True)
class Honest:
    """A way to be right, and what is only assumed and not so here."""

    api: str
    app: Callable[[], Any]
    noted: set[str] = field(default_factory=set)


def _showing(api: str, show: Show) -> Honest:
    return Honest(api, lambda: with_body(mock_app(api), as_json(lambda value: compact(show(value)))))


def _cleared(call: Call, before: Record, after: Record) -> Record:
    """A change is the whole case: optional members that it does not name are cleared."""
    optional = ("ownerId", "priority", "dueDate", "contactId", "contactPhone", "attachment")
    return {**after, **{name: None for name in optional if name not in call.body["caseInfo"]}}


def _moved_on(call: Call, before: Record, after: Record) -> Record:
    """A change moves the case on in the flow of its type."""
    return {**after, "stayDate": "2031-05-05 05:05:05", "status": "Changed", "state": "Processing", "reason": "changed"}


def _everywhere(change: Callable[[str, Any], Any]) -> Show:
    """Change each member of an answer, however deep."""

    def show(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: change(name, show(member)) for name, member in value.items()}
        return [show(item) for item in value] if isinstance(value, list) else value

    return show


def _hiding(*names: str) -> Show:
    """The answer without these members, however deep."""

    def show(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: show(member) for name, member in value.items() if name not in names}
        return [show(item) for item in value] if isinstance(value, list) else value

    return show


def _turning() -> Show:
    """Lists come in another order each time."""
    turn = 0

    def show(value: Any) -> Any:
        nonlocal turn
        if isinstance(value, dict):
            return {name: show(member) for name, member in value.items()}
        if isinstance(value, list):
            turn += 1
            return [show(item) for item in (value[::-1] if turn % 2 else value)]
        return value

    return show


def _counting() -> Show:
    """What the server keeps up to date is another value each time."""
    turn = 0

    def change(name: str, value: Any) -> Any:
        nonlocal turn
        turn += 1
        return {"user": {"id": f"{turn}"}} if name in ("lastModifiedBy", "userLastWorked") else value

    return _everywhere(change)


HONEST: Mapping[str, Honest] = {
    "AICC clears what is not sent": Honest("aicc", lambda: storing("aicc", "modifyCase", _cleared), {"D-34"}),
    "AICC moves a case on": Honest("aicc", lambda: storing("aicc", "modifyCase", _moved_on)),
    "AICC hides what may be hidden": _showing("aicc", _hiding("description", "attachment")),
    "AICC refuses long attachments": Honest(
        "aicc",
        lambda: storing(
            "aicc",
            "modifyCase",
            lambda call, before, after: {**after, "attachment": (after["attachment"] or "")[:1000]},
        ),
        {"D-45"},
    ),
    "eGain shows lists in any order": _showing("egain", _turning()),
    "eGain shows few members": _showing(
        "egain", _hiding("customAttributes", "relatedCases", "description", "solution")
    ),
    "eGain tells who worked last": _showing("egain", _counting()),
    "ONLYOFFICE shows lists in any order": _showing("onlyoffice", _turning()),
    "ONLYOFFICE shows no access lists": _showing("onlyoffice", _hiding("AccessList")),
    "ONLYOFFICE writes GUIDs in capitals": _showing(
        "onlyoffice",
        _everywhere(lambda name, value: value.upper() if name == "id" and isinstance(value, str) else value),
    ),
    "ONLYOFFICE cuts titles at 255": Honest(
        "onlyoffice",
        lambda: storing(
            "onlyoffice", "updateCase", lambda call, before, after: {**after, "title": after["title"][:255]}
        ),
        {"D-11"},
    ),
    "R7 shows lists in any order": _showing("r7office", _turning()),
    "R7 shows no members": _showing("r7office", _hiding("members", "accessList")),
}
