"""Who may do what: scopes of a token, permissions of the user who edits, and who a new owner may be."""

from __future__ import annotations

from mock_server.behaviours.egain.refusing import forbidden, invalid
from mock_server.behaviours.egain.stored import calling_user, calling_user_id, edited_case
from mock_server.reply import Call, Refusal
from mock_server.worlds.records import Record


def caller_may_manage_cases(call: Call) -> Refusal | None:
    """The token was given out for changing cases (EGF-4)."""
    return _scope_missing(call, "core.casemgr.manage")


def caller_may_read_cases(call: Call) -> Refusal | None:
    """The token was given out for reading cases (EGF-4)."""
    return _scope_missing(call, "core.casemgr.read")


def application_is_of_type_api(call: Call) -> Refusal | None:
    """The token was given out through a client application of the type API (EGF-7)."""
    if call.caller.attributes["applicationType"] == "API":
        return None
    return forbidden("EGF-7", "call the API", "the token is of a client application that is not of the type API")


def caller_has_a_licence(call: Call) -> Refusal | None:
    """A user who calls has any user licence; a client application needs none (EGF-10)."""
    user = calling_user(call)
    if user is None or user["licences"]:
        return None
    return forbidden("EGF-10", "call the API", f"the user {user['id']} has no licence")


def user_may_edit_cases(call: Call) -> Refusal | None:
    """The user has the action Edit on cases (EG-14)."""
    user = calling_user(call)
    if user is None or "Edit" in user["caseActions"]:
        return None
    return forbidden("EG-14", "Edit", f"the user {user['id']} has no action Edit on cases")


def case_is_in_the_users_reach(call: Call) -> Refusal | None:
    """The case belongs to the user's home department, or to one where the user is a foreign user (EG-15)."""
    user, case = calling_user(call), edited_case(call)
    if user is None or case["department"] in departments(user):
        return None
    detail = f"the user {user['id']} does not work in the department {case['department']} of the case"
    return forbidden("EG-15", "Edit", detail)


def new_owner_exists(call: Call) -> Refusal | None:
    """The user whom the case is assigned to exists (EGF-12)."""
    owner = call.body.get("owner")
    if not owner or call.records.find("users", owner["user"]["id"]) is not None:
        return None
    detail = f"no user has the id {owner['user']['id']!r}"
    return invalid("EGF-12", detail, "/owner/user/id", "owner.user.id")


def user_may_transfer(call: Call) -> Refusal | None:
    """To assign the case to somebody else, the user may transfer activities to them (EG-16)."""
    user, target = calling_user(call), _other_assignee(call)
    if user is None or target is None or target["id"] in user["transferActivitiesTo"]:
        return None
    detail = f"the user {user['id']} has no permission Transfer Activities on the user {target['id']}"
    return forbidden("EG-16", "Transfer Activities", detail)


def case_is_in_the_new_owners_reach(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to works in its department, at home or as a foreign user (EG-17)."""
    target, case = _other_assignee(call), edited_case(call)
    if target is None or case["department"] in departments(target):
        return None
    detail = f"the user {target['id']} does not work in the department {case['department']} of the case"
    return forbidden("EG-17", "Transfer Activities", detail)


def user_may_pull(call: Call) -> Refusal | None:
    """To edit a case that somebody else owns, the user may pull activities from the owner (EG-18)."""
    user, owner = calling_user(call), edited_case(call).get("ownerId")
    if user is None or owner is None or owner == user["id"] or owner in user["pullActivitiesFrom"]:
        return None
    detail = f"the user {user['id']} has no permission Pull Activities on the owner {owner}"
    return forbidden("EG-18", "Pull Activities", detail)


def new_owner_is_enabled(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to is not disabled (EG-10)."""
    target = _other_assignee(call)
    if target is None or not target["disabled"]:
        return None
    return invalid("EG-10", f"the user {target['id']} is disabled", "/owner/user/id", "owner.user.id")


def new_owner_has_a_licence(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to has any user licence (EG-11)."""
    target = _other_assignee(call)
    if target is None or target["licences"]:
        return None
    return invalid("EG-11", f"the user {target['id']} has no licence", "/owner/user/id", "owner.user.id")


def departments(user: Record) -> tuple[str, ...]:
    """Where a user works: the home department, and those where it is a foreign user."""
    return (user["homeDepartment"], *user["foreignDepartments"])


def _scope_missing(call: Call, scope: str) -> Refusal | None:
    """A client application's token covers whatever the application was given (EGF-4)."""
    if not {scope, ".default"}.isdisjoint(call.caller.attributes["scopes"]):
        return None
    return forbidden("EGF-4", scope, f"the token does not have the scope {scope}")


def _other_assignee(call: Call) -> Record | None:
    """The user whom the case is assigned to, unless it is the one who calls."""
    owner = call.body.get("owner")
    if not owner or owner["user"]["id"] == calling_user_id(call):
        return None
    return call.records.find("users", owner["user"]["id"])
