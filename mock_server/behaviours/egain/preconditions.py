"""What must be true of a case before it is edited."""

from __future__ import annotations

from mock_server.behaviours.egain.stored import edited_case
from mock_server.reply import Call, Refusal


def case_exists(call: Call) -> Refusal | None:
    """A case with the id of the body exists (EG-07)."""
    if call.records.find("cases", call.body["id"]) is not None:
        return None
    return Refusal("not-found", ("EG-07",), f"no case has the id {call.body['id']}", "/id", call.body["id"])


def case_is_open(call: Call) -> Refusal | None:
    """The case is open (EG-08)."""
    case = edited_case(call)
    if case["status"] == "open":
        return None
    return Refusal("closed", ("EG-08",), f"the case {case['id']} is {case['status']}", "/id", case["id"])


def something_is_edited(call: Call) -> Refusal | None:
    """The body holds an element besides `id` and `lastModified` (EG-09, D-22)."""
    if call.body.keys() - {"id", "lastModified"}:
        return None
    return Refusal("nothing-to-edit", ("EG-09",), "the body holds nothing but id and lastModified")
