"""The records that a call is about: its case and its user."""

from __future__ import annotations

from mock_server.reply import Call
from mock_server.worlds.records import Record


def edited_case(call: Call) -> Record:
    """The case that is edited."""
    return stored_case(call, call.body["id"])


def stored_case(call: Call, id: str) -> Record:
    """The case of this id, which is there."""
    case = call.records.find("cases", id)
    assert case is not None, f"a rule has seen that the case {id} exists, or the fixtures relate a case that does not"
    return case


def calling_user(call: Call) -> Record | None:
    """The user who calls; None for a client application, which has no user (X-62)."""
    id = calling_user_id(call)
    if id is None:
        return None
    user = call.records.find("users", id)
    assert user is not None, f"the fixtures have an actor for the user {id}, whom they do not have"
    return user


def calling_user_id(call: Call) -> str | None:
    """The id of the user who calls; None for a client application (X-62)."""
    id = call.caller.attributes.get("user")
    return None if id is None else str(id)
