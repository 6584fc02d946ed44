"""getCasesByIds: cases with the members that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mock_server.behaviours.egain.headers import language
from mock_server.behaviours.egain.stored import stored_case
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds.records import Record

MOST_READ = 75
"""How many cases are read at once (EGF-34)."""

SUMMARY = frozenset(
    {
        *("link", "activities", "department", "status", "lastModified", "lastModifiedBy", "dueDate", "owner"),
        *("customer", "severity", "subject", "id"),
    }
)
"""What an answer shows without `$attribute` (EGF-32)."""

MEMBERS = SUMMARY | {
    *("originatingChannel", "created", "createdBy", "description", "solution", "userLastWorked", "relatedCases"),
    *("customAttributes", "notes", "lastClosed"),
}
"""What `$attribute` may name (EGF-31)."""


def get_cases_by_ids(call: Call) -> Reply:
    """The cases in the order of the path or of `$sort`, each with the members that `$attribute` asks for."""
    cases = [stored_case(call, id) for id in _ids(call)]
    if (member := call.arguments.get("$sort")) is not None:
        cases.sort(key=lambda case: str(case.get(member, "")), reverse=call.arguments.get("$order") == "desc")
    shown = _members_asked_for(call)
    return Reply({"case": [_shown(call, case, shown) for case in cases]})


def members_are_known(call: Call) -> Refusal | None:
    """`$attribute` names members of a case, or all of them (EGF-29)."""
    unknown = _members_asked_for(call) - MEMBERS
    if not unknown:
        return None
    names = ", ".join(sorted(unknown))
    return Refusal("unsupported-attribute", ("EGF-29",), f"a case has no member {names}", name=names)


def order_has_its_sort(call: Call) -> Refusal | None:
    """`$order` comes with `$sort` (EGF-29)."""
    if "$order" not in call.arguments or "$sort" in call.arguments:
        return None
    return Refusal("order-without-sort", ("EGF-29",), "$order is sent without $sort", name="$order")


def few_enough_are_read(call: Call) -> Refusal | None:
    """No more than 75 cases are read at once (EGF-34)."""
    if (asked := len(_ids(call))) <= MOST_READ:
        return None
    return Refusal("too-many-ids", ("EGF-34",), f"there are {asked} ids; {MOST_READ} are read at once", name="ids")


def all_cases_exist(call: Call) -> Refusal | None:
    """Every id in the path is that of a case (EGF-29)."""
    unknown = [id for id in _ids(call) if call.records.find("cases", id) is None]
    if not unknown:
        return None
    names = ", ".join(unknown)
    return Refusal("not-found", ("EGF-29",), f"no case has the id {names}", name=names)


def _ids(call: Call) -> list[str]:
    return list(dict.fromkeys(id.strip() for id in call.arguments["ids"].split(",")))


def _members_asked_for(call: Call) -> frozenset[str]:
    asked = call.arguments.get("$attribute")
    if asked is None:
        return SUMMARY
    if asked == "all":
        return MEMBERS
    return frozenset(name.strip() for name in asked.split(",")) | {"id"}


def _shown(call: Call, case: Record, members: frozenset[str]) -> dict[str, Any]:
    made = {name: make(call, case) for name, make in _SHOWN.items() if name in members}
    return {name: value for name, value in made.items() if value is not None}


_SHOWN: Mapping[str, Callable[[Call, Record], Any]] = {
    "link": lambda call, case: [{"rel": "self", "href": f"/core/casemgr/v3/case/{case['id']}"}],
    "department": lambda call, case: _department_shown(call, case["department"]),
    "status": lambda call, case: _value_shown(call, case["status"]),
    "lastModified": lambda call, case: case["lastModified"],
    "lastModifiedBy": lambda call, case: _user_shown(call, case.get("lastModifiedBy")),
    "dueDate": lambda call, case: case.get("dueDate"),
    "owner": lambda call, case: _user_shown(call, case.get("ownerId")),
    "customer": lambda call, case: case.get("customer"),
    "severity": lambda call, case: _value_shown(call, case["severity"]),
    "subject": lambda call, case: case.get("subject"),
    "originatingChannel": lambda call, case: case.get("originatingChannel"),
    "created": lambda call, case: case["created"],
    "createdBy": lambda call, case: _user_shown(call, case.get("createdBy")),
    "description": lambda call, case: case.get("description"),
    "solution": lambda call, case: case.get("solution"),
    "userLastWorked": lambda call, case: _user_shown(call, case.get("userLastWorked")),
    "relatedCases": lambda call, case: {"case": [_related_shown(call, id) for id in case["related"]]},
    "customAttributes": lambda call, case: _attributes_shown(case["customAttributes"]),
    "id": lambda call, case: case["id"],
    "lastClosed": lambda call, case: case.get("lastClosed"),
}
"""How each member of a case is made from its record, in the vendor's order; None when it has no value."""


def _department_shown(call: Call, id: str) -> dict[str, Any]:
    department = call.records.find("departments", id)
    assert department is not None, f"the fixtures have a case of the department {id}, which they do not have"
    return {"id": id, "name": department["name"]}


def _value_shown(call: Call, value: str) -> dict[str, str]:
    """A value with its word in the language of the request (EG-29)."""
    words = call.records.find("languages", language(call) or "en-US")
    assert words is not None, "the fixtures have no words for en-US, the default language"
    return {"value": value, "displayValue": words[value]}


def _user_shown(call: Call, id: str | None) -> dict[str, Any] | None:
    user = None if id is None else call.records.find("users", id)
    return None if user is None else {"user": {key: user[key] for key in ("id", "firstName", "lastName")}}


def _related_shown(call: Call, id: str) -> dict[str, Any]:
    case = stored_case(call, id)
    shown = {"id": id, "subject": case.get("subject"), "status": _value_shown(call, case["status"])}
    return {name: value for name, value in shown.items() if value is not None}


def _attributes_shown(attributes: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "customAttribute": [
            {"attribName": name, "attribValues": {"attribValue": [{"value": value} for value in values]}}
            for name, values in attributes.items()
        ]
    }
