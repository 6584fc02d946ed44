"""The lock of a case: an edit names the moment of the last one, and moves it."""

from __future__ import annotations

from datetime import timedelta

from mock_server.behaviours.egain.instants import instant, stored_instant, timestamp
from mock_server.behaviours.egain.stored import edited_case
from mock_server.reply import Call, Refusal

_MILLISECOND = timedelta(milliseconds=1)


def case_is_as_last_seen(call: Call) -> Refusal | None:
    """`lastModified` is that of the stored case, as an instant of millisecond precision (EGF-21, D-16)."""
    case = edited_case(call)
    if instant(call.body["lastModified"]) == stored_instant(case["lastModified"]):
        return None
    detail = f"the case was last modified at {case['lastModified']}, not {call.body['lastModified']}"
    return Refusal("stale", ("EGF-21",), detail, "/lastModified", case["id"])


def last_modified_afterwards(call: Call) -> str:
    """The new `lastModified` of the case: later than the old one even when the clock stands still (D-16)."""
    return timestamp(max(call.now, stored_instant(edited_case(call)["lastModified"]) + _MILLISECOND))
