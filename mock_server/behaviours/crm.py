"""The CRM that ONLYOFFICE and R7-Office share: cases are read, closed and reopened."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from mock_server.worlds.records import Change, Record

TOKEN_LIFETIME = timedelta(days=365)


def close_case(call: Call) -> Reply:
    """Close the case; the answer shows the new state, also when it was closed already (OO-69)."""
    return _with_state(call, closed=True)


def reopen_case(call: Call) -> Reply:
    """Reopen the case; the answer shows the new state, also when it was open already (OO-69)."""
    return _with_state(call, closed=False)


def get_case(call: Call) -> Reply:
    """The case as its caller may see it."""
    return Reply(_envelope(_case(call, _stored(call))))


def authenticate(call: Call) -> Reply | Refusal:
    """The token of the user whose name and password were sent; a success is 201 (OO-21)."""
    for actor in call.records.actors.values():
        known = (actor.attributes.get("userName"), actor.attributes.get("password"))
        if known == (call.body["userName"], call.body["password"]):
            expires = _timestamp(call.now + TOKEN_LIFETIME)
            return Reply(_envelope({"token": actor.credentials["authToken"], "expires": expires}, status=201))
    return Refusal("bad-credentials", ("OO-23",), "no user has this name and password")


def case_exists(call: Call) -> Refusal | None:
    """The case of the path must exist (OO-53)."""
    if call.records.find("cases", str(call.arguments["caseid"])) is not None:
        return None
    return Refusal("not-found", ("OO-53",), f"no case has the id {call.arguments['caseid']}", name="caseid")


def caller_may_see_it(call: Call) -> Refusal | None:
    """To read a case that is hidden from the caller is to ask for one that does not exist (OO-69)."""
    if _visible(call):
        return None
    return Refusal("not-found", ("OO-69",), "the case is private and the caller is not on its access list")


def caller_has_access(call: Call) -> Refusal | None:
    """To change the state of a case one needs access to it, not the right to edit it (OO-69)."""
    if _visible(call):
        return None
    return Refusal("forbidden", ("OO-69",), "the case is private and the caller is not on its access list")


BEHAVIOURS: Mapping[str, Behaviour] = {
    "closeCase": Behaviour(close_case, (Rule("OO-53", case_exists), Rule("OO-69", caller_has_access))),
    "reopenCase": Behaviour(reopen_case, (Rule("OO-53", case_exists), Rule("OO-69", caller_has_access))),
    "getCase": Behaviour(get_case, (Rule("OO-53", case_exists), Rule("OO-69", caller_may_see_it))),
    "authenticate": Behaviour(authenticate),
}


def _with_state(call: Call, *, closed: bool) -> Reply:
    changed = {**_stored(call), "isClosed": closed}
    return Reply(_envelope(_case(call, changed)), (Change("cases", str(changed["id"]), changed),))


def _stored(call: Call) -> Record:
    case = call.records.find("cases", str(call.arguments["caseid"]))
    assert case is not None, "a rule has seen that the case exists"
    return case


def _visible(call: Call) -> bool:
    return _has_rights(call, _stored(call))


def _has_rights(call: Call, case: Record) -> bool:
    """Admin, creator, on the access list, or the case is public (OO-55)."""
    return not case["isPrivate"] or _is_admin(call) or _user_id(call) in (case["createBy"], *case["accessList"])


def _is_admin(call: Call) -> bool:
    user = call.records.find("users", _user_id(call))
    return user is not None and bool(user["isAdmin"])


def _user_id(call: Call) -> str:
    return str(call.caller.attributes["user"])


def _case(call: Call, case: Record) -> dict[str, Any]:
    """A case as answers show it; the access list only when it is private (OO-74 and X-10)."""
    shown: dict[str, Any] = {
        "members": case["members"],
        "createBy": _employee(call, case["createBy"]),
        "created": case["created"],
        "title": case["title"],
        "isClosed": case["isClosed"],
        "isPrivate": case["isPrivate"],
        "accessList": [_employee(call, id) for id in case["accessList"]],
        "canEdit": _has_rights(call, case),
        "customFields": case["customFields"],
        "id": case["id"],
    }
    if not case["isPrivate"]:
        del shown["accessList"]
    return shown


def _employee(call: Call, id: str) -> dict[str, Any]:
    user = call.records.find("users", id)
    assert user is not None, f"the fixtures have a case that speaks of the user {id}, whom they do not have"
    return {key: user[key] for key in ("id", "displayName", "title", "avatarSmall", "profileUrl")}


def _envelope(response: Any, status: int = 200) -> dict[str, Any]:
    """Success: the members of OO-37 that are not the default of their type (OO-40)."""
    return {"count": 1, "status": 0, "statusCode": status, "response": response}


def _timestamp(moment: datetime) -> str:
    """Seven digits after the second and Z (OO-76); stored precision is a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z"
