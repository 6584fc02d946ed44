"""editCase: what is sent is written over what is stored."""

from __future__ import annotations

from typing import Any

from mock_server.behaviours.egain.instants import instant, timestamp
from mock_server.behaviours.egain.lock import last_modified_afterwards
from mock_server.behaviours.egain.relations import related_afterwards
from mock_server.behaviours.egain.stored import calling_user_id, edited_case
from mock_server.behaviours.egain.values import attributes_afterwards
from mock_server.reply import Call, Reply
from mock_server.worlds.records import Change

_TEXTS = ("subject", "description", "solution")


def edit_case(call: Call) -> Reply:
    """Write what was sent over what is stored: what is not sent stays (D-21), what is sent empty is removed (D-17)."""
    sent, stored = call.body, edited_case(call)
    changed: dict[str, Any] = {
        **stored,
        **{name: sent[name] for name in _TEXTS if name in sent},
        "related": related_afterwards(call),
        "customAttributes": attributes_afterwards(call),
        "lastModified": last_modified_afterwards(call),
        "lastModifiedBy": calling_user_id(call),
        "userLastWorked": calling_user_id(call) or stored.get("userLastWorked"),
    }
    # An empty object, as the page's sample prints it, changes nothing (D-40).
    if sent.get("severity"):
        changed["severity"] = sent["severity"]["value"]
    if sent.get("owner"):
        changed["ownerId"] = sent["owner"]["user"]["id"]
    if "dueDate" in sent:
        due = instant(sent["dueDate"])
        changed["dueDate"] = None if due is None else timestamp(due)
    kept = {name: value for name, value in changed.items() if value not in (None, "")}
    return Reply(changes=(Change("cases", kept["id"], kept),))
