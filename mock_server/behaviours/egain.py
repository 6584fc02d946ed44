"""eGain: an open case is edited under the vendor's preconditions and permissions, and cases are read back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.negotiation import choose
from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from mock_server.worlds.records import Change, Record

MOST_RELATED = 75
"""How many cases one request may relate, and how many a case may be related to (EG-12, EG-60)."""

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

_MILLISECOND = timedelta(milliseconds=1)
_TEXTS = ("subject", "description", "solution")
_CASE_ADDRESS = re.compile(r".*/core/casemgr/v3/case/(?P<id>[^/?#]+)\Z", re.DOTALL)
_EDIT_ACCEPTS = ("application/json", "application/xml")
_READ_ACCEPTS = ("application/json",)


def edit_case(call: Call) -> Reply:
    """
    Write what was sent over what is stored: what is not sent is kept (D-21), what is sent empty is removed (D-17).

    The new `lastModified` is later than the old one even when the clock stands still (D-16).
    """
    sent, stored = call.body, _case(call)
    changed: dict[str, Any] = {
        **stored,
        **{name: sent[name] for name in _TEXTS if name in sent},
        "related": _related_afterwards(call),
        "customAttributes": _attributes_afterwards(call),
        "lastModified": _timestamp(max(call.now, _stored_instant(stored["lastModified"]) + _MILLISECOND)),
        "lastModifiedBy": _user_id(call),
        "userLastWorked": _user_id(call) or stored.get("userLastWorked"),
    }
    # An empty object, as the page's sample prints it, changes nothing (D-40).
    if sent.get("severity"):
        changed["severity"] = sent["severity"]["value"]
    if sent.get("owner"):
        changed["ownerId"] = sent["owner"]["user"]["id"]
    if "dueDate" in sent:
        due = _instant(sent["dueDate"])
        changed["dueDate"] = None if due is None else _timestamp(due)
    kept = {name: value for name, value in changed.items() if value not in (None, "")}
    return Reply(changes=(Change("cases", kept["id"], kept),))


def get_cases_by_ids(call: Call) -> Reply:
    """The cases in the order of the path or of `$sort`, each with the members that `$attribute` asks for."""
    cases = [_stored(call, id) for id in _ids(call)]
    if (member := call.arguments.get("$sort")) is not None:
        cases.sort(key=lambda case: str(case.get(member, "")), reverse=call.arguments.get("$order") == "desc")
    shown = _members_asked_for(call)
    return Reply({"case": [_shown(call, case, shown) for case in cases]})


# Who calls, and in what form


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
    return _forbidden("EGF-7", "call the API", "the token is of a client application that is not of the type API")


def caller_has_a_licence(call: Call) -> Refusal | None:
    """A user who calls has any user licence; a client application needs none (EGF-10)."""
    user = _user(call)
    if user is None or user["licences"]:
        return None
    return _forbidden("EGF-10", "call the API", f"the user {user['id']} has no licence")


def edit_is_acceptable(call: Call) -> Refusal | None:
    """`Accept` names one of its two values, or a range that holds one; without it JSON is accepted (D-19)."""
    return _unacceptable(call, _EDIT_ACCEPTS)


def cases_are_acceptable(call: Call) -> Refusal | None:
    """`Accept` names JSON, the one form that is known of cases, or a range that holds it."""
    return _unacceptable(call, _READ_ACCEPTS)


def language_is_known(call: Call) -> Refusal | None:
    """`Accept-Language` names at least one of the fifteen languages, or any (EG-28)."""
    if _language(call) is not None:
        return None
    detail = f"none of the fifteen languages is in {call.headers['accept-language']!r}"
    return Refusal("not-acceptable", ("EG-28",), detail, name="Accept-Language")


def no_query_is_sent(call: Call) -> Refusal | None:
    """No query parameter is sent: editCase has none (EG-30)."""
    return _unknown_query(call, "EG-30")


# The case


def case_exists(call: Call) -> Refusal | None:
    """A case with the id of the body exists (EG-07)."""
    if call.records.find("cases", call.body["id"]) is not None:
        return None
    return Refusal("not-found", ("EG-07",), f"no case has the id {call.body['id']}", "/id", call.body["id"])


def case_is_open(call: Call) -> Refusal | None:
    """The case is open (EG-08)."""
    case = _case(call)
    if case["status"] == "open":
        return None
    return Refusal("closed", ("EG-08",), f"the case {case['id']} is {case['status']}", "/id", case["id"])


def something_is_edited(call: Call) -> Refusal | None:
    """The body holds an element besides `id` and `lastModified` (EG-09, D-22)."""
    if call.body.keys() - {"id", "lastModified"}:
        return None
    return Refusal("nothing-to-edit", ("EG-09",), "the body holds nothing but id and lastModified")


def case_is_as_last_seen(call: Call) -> Refusal | None:
    """`lastModified` is that of the stored case, as an instant of millisecond precision (EGF-21, D-16)."""
    case = _case(call)
    if _instant(call.body["lastModified"]) == _stored_instant(case["lastModified"]):
        return None
    detail = f"the case was last modified at {case['lastModified']}, not {call.body['lastModified']}"
    return Refusal("stale", ("EGF-21",), detail, "/lastModified", case["id"])


def due_date_is_in_the_future(call: Call) -> Refusal | None:
    """A due date that is not removed lies in the future of the world's clock (EG-42)."""
    text = call.body.get("dueDate", "")
    if not text or ((due := _instant(text)) is not None and due > call.now):
        return None
    return _invalid("EG-42", f"dueDate {text} is not in the future", "/dueDate", "dueDate")


# Permissions of the user who edits


def user_may_edit_cases(call: Call) -> Refusal | None:
    """The user has the action Edit on cases (EG-14)."""
    user = _user(call)
    if user is None or "Edit" in user["caseActions"]:
        return None
    return _forbidden("EG-14", "Edit", f"the user {user['id']} has no action Edit on cases")


def case_is_in_the_users_reach(call: Call) -> Refusal | None:
    """The case belongs to the user's home department, or to one where the user is a foreign user (EG-15)."""
    user, case = _user(call), _case(call)
    if user is None or case["department"] in _departments(user):
        return None
    detail = f"the user {user['id']} does not work in the department {case['department']} of the case"
    return _forbidden("EG-15", "Edit", detail)


def new_owner_exists(call: Call) -> Refusal | None:
    """The user whom the case is assigned to exists (EGF-12)."""
    owner = call.body.get("owner")
    if not owner or call.records.find("users", owner["user"]["id"]) is not None:
        return None
    detail = f"no user has the id {owner['user']['id']!r}"
    return _invalid("EGF-12", detail, "/owner/user/id", "owner.user.id")


def user_may_transfer(call: Call) -> Refusal | None:
    """To assign the case to somebody else, the user may transfer activities to them (EG-16)."""
    user, target = _user(call), _other_assignee(call)
    if user is None or target is None or target["id"] in user["transferActivitiesTo"]:
        return None
    detail = f"the user {user['id']} has no permission Transfer Activities on the user {target['id']}"
    return _forbidden("EG-16", "Transfer Activities", detail)


def case_is_in_the_new_owners_reach(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to works in its department, at home or as a foreign user (EG-17)."""
    target, case = _other_assignee(call), _case(call)
    if target is None or case["department"] in _departments(target):
        return None
    detail = f"the user {target['id']} does not work in the department {case['department']} of the case"
    return _forbidden("EG-17", "Transfer Activities", detail)


def user_may_pull(call: Call) -> Refusal | None:
    """To edit a case that somebody else owns, the user may pull activities from the owner (EG-18)."""
    user, owner = _user(call), _case(call).get("ownerId")
    if user is None or owner is None or owner == user["id"] or owner in user["pullActivitiesFrom"]:
        return None
    detail = f"the user {user['id']} has no permission Pull Activities on the owner {owner}"
    return _forbidden("EG-18", "Pull Activities", detail)


def related_cases_are_in_reach(call: Call) -> Refusal | None:
    """
    Each case that is related or unrelated is one the user may see so (EG-19).

    It is in a department where the user works, or its department shares its activities with the user's own.
    """
    user = _user(call)
    if user is None:
        return None
    for related in _named(call, "link") + _named(call, "unlink"):
        department = _stored(call, related)["department"]
        if department not in _departments(user) and not _shares_activities(call, department, user["homeDepartment"]):
            return _forbidden("EG-19", "Relate", f"the department {department} of the case {related} is out of reach")
    return None


# What the edit brings


def new_owner_is_enabled(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to is not disabled (EG-10)."""
    target = _other_assignee(call)
    if target is None or not target["disabled"]:
        return None
    return _invalid("EG-10", f"the user {target['id']} is disabled", "/owner/user/id", "owner.user.id")


def new_owner_has_a_licence(call: Call) -> Refusal | None:
    """Somebody else whom the case is assigned to has any user licence (EG-11)."""
    target = _other_assignee(call)
    if target is None or target["licences"]:
        return None
    return _invalid("EG-11", f"the user {target['id']} has no licence", "/owner/user/id", "owner.user.id")


def links_name_cases(call: Call) -> Refusal | None:
    """Every `href` is the address of a case (EGF-14)."""
    for list_name in ("link", "unlink"):
        for index, link in enumerate(call.body.get("relatedCases", {}).get(list_name, ())):
            if _CASE_ADDRESS.match(link["href"]) is None:
                pointer = f"/relatedCases/{list_name}/{index}/href"
                return _invalid("EGF-14", f"{link['href']} is the address of no case", pointer, "relatedCases")
    return None


def related_cases_exist(call: Call) -> Refusal | None:
    """Every case that is related or unrelated exists (EGF-20)."""
    unknown = [id for id in _named(call, "link") + _named(call, "unlink") if call.records.find("cases", id) is None]
    if not unknown:
        return None
    names = ", ".join(unknown)
    return Refusal("not-found", ("EGF-20",), f"no case has the id {names}", "/relatedCases", names)


def case_is_not_its_own_relation(call: Call) -> Refusal | None:
    """A case is related to others only (D-18)."""
    if call.body["id"] not in _named(call, "link"):
        return None
    return _invalid("D-18", "a case cannot be related to itself", "/relatedCases/link", "relatedCases")


def request_relates_few_enough(call: Call) -> Refusal | None:
    """No more than 75 cases are sent to be related (EG-12)."""
    if (sent := len(_named(call, "link"))) <= MOST_RELATED:
        return None
    return _invalid("EG-12", f"{sent} cases are to be related at once", "/relatedCases/link", "relatedCases")


def case_has_few_enough_relations(call: Call) -> Refusal | None:
    """No more than 75 cases are related to the case once what was sent is removed and added (EG-60, EG-13, D-18)."""
    if (total := len(_related_afterwards(call))) <= MOST_RELATED:
        return None
    detail = f"{total} cases would be related to the case"
    return Refusal("invalid", ("EG-60", "EG-13"), detail, "/relatedCases/link", "relatedCases")


def custom_attributes_are_configured(call: Call) -> Refusal | None:
    """Every custom attribute is one that is configured for cases (EG-64)."""
    for name in _attributes_sent(call):
        if call.records.find("customAttributes", name) is None:
            return _invalid("EG-64", f"there is no custom attribute {name}", "/customAttributes", "customAttributes")
    return None


def custom_values_are_options(call: Call) -> Refusal | None:
    """Every value of an enumeration is one of its options; an empty one removes (EGF-15, EGF-16)."""
    for name, values in _attributes_sent(call).items():
        attribute = call.records.find("customAttributes", name)
        options = attribute["options"] if attribute is not None else ()
        for value in values:
            if options and value and value not in options:
                detail = f"{value} is not an option of the custom attribute {name}"
                return _invalid("EGF-15", detail, "/customAttributes", "customAttributes")
    return None


# Reading


def only_known_queries_are_sent(call: Call) -> Refusal | None:
    """No query parameter is sent but the operation's own (EGF-29)."""
    return _unknown_query(call, "EGF-29")


def all_cases_exist(call: Call) -> Refusal | None:
    """Every id in the path is that of a case (EGF-29)."""
    unknown = [id for id in _ids(call) if call.records.find("cases", id) is None]
    if not unknown:
        return None
    names = ", ".join(unknown)
    return Refusal("not-found", ("EGF-29",), f"no case has the id {names}", name=names)


def few_enough_are_read(call: Call) -> Refusal | None:
    """No more than 75 cases are read at once (EGF-34)."""
    if (asked := len(_ids(call))) <= MOST_READ:
        return None
    return Refusal("too-many-ids", ("EGF-34",), f"there are {asked} ids; {MOST_READ} are read at once", name="ids")


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


BEHAVIOURS: Mapping[str, Behaviour] = {
    # The order is our choice; the vendor gives none (D-25).
    "editCase": Behaviour(
        edit_case,
        (
            Rule("EGF-4", caller_may_manage_cases),
            Rule("EGF-7", application_is_of_type_api),
            Rule("EGF-10", caller_has_a_licence),
            Rule("D-19", edit_is_acceptable),
            Rule("EG-28", language_is_known),
            Rule("EG-30", no_query_is_sent),
            Rule("EG-07", case_exists),
            Rule("EG-08", case_is_open),
            Rule("EG-09", something_is_edited),
            Rule("EGF-21", case_is_as_last_seen),
            Rule("EG-42", due_date_is_in_the_future),
            Rule("EGF-12", new_owner_exists),
            Rule("EGF-14", links_name_cases),
            Rule("EGF-20", related_cases_exist),
            Rule("EG-14", user_may_edit_cases),
            Rule("EG-15", case_is_in_the_users_reach),
            Rule("EG-16", user_may_transfer),
            Rule("EG-17", case_is_in_the_new_owners_reach),
            Rule("EG-18", user_may_pull),
            Rule("EG-19", related_cases_are_in_reach),
            Rule("EG-10", new_owner_is_enabled),
            Rule("EG-11", new_owner_has_a_licence),
            Rule("D-18", case_is_not_its_own_relation),
            Rule("EG-12", request_relates_few_enough),
            Rule("EG-60", case_has_few_enough_relations),
            Rule("EG-64", custom_attributes_are_configured),
            Rule("EGF-15", custom_values_are_options),
        ),
    ),
    "getCasesByIds": Behaviour(
        get_cases_by_ids,
        (
            Rule("EGF-4", caller_may_read_cases),
            Rule("EGF-7", application_is_of_type_api),
            Rule("EGF-10", caller_has_a_licence),
            Rule("D-19", cases_are_acceptable),
            Rule("EG-28", language_is_known),
            Rule("EGF-29", only_known_queries_are_sent),
            Rule("EGF-29", members_are_known),
            Rule("EGF-29", order_has_its_sort),
            Rule("EGF-34", few_enough_are_read),
            Rule("EGF-29", all_cases_exist),
        ),
    ),
}


def _invalid(statement: str, detail: str, pointer: str, name: str) -> Refusal:
    return Refusal("invalid", (statement,), detail, pointer, name)


def _forbidden(statement: str, action: str, detail: str) -> Refusal:
    return Refusal("forbidden", (statement,), detail, name=action)


def _scope_missing(call: Call, scope: str) -> Refusal | None:
    """A client application's token covers whatever the application was given (EGF-4)."""
    if not {scope, ".default"}.isdisjoint(call.caller.attributes["scopes"]):
        return None
    return _forbidden("EGF-4", scope, f"the token does not have the scope {scope}")


def _unknown_query(call: Call, statement: str) -> Refusal | None:
    if not call.unknown_query:
        return None
    names = ", ".join(dict.fromkeys(call.unknown_query))
    return Refusal("unknown-parameter", (statement,), f"there is no query parameter {names}", name=names)


def _unacceptable(call: Call, offered: tuple[str, ...]) -> Refusal | None:
    accept = call.headers.get("accept", "").strip()
    if not accept or choose(accept, offered) is not None:
        return None
    return Refusal("not-acceptable", ("D-19",), f"{accept} holds none of {', '.join(offered)}", name="Accept")


def _language(call: Call) -> str | None:
    """
    The first language of the request that there is, or the default (EG-27); None when the request names others only.

    Language tags know no case (RFC 5646 section 2.1.1), and a browser sends a list of them with weights.
    """
    header = call.headers.get("accept-language", "").strip()
    if not header:
        return "en-US"
    wanted: list[tuple[float, str]] = []
    for item in header.split(","):
        tag, _, weight = item.partition(";")
        primary, _, region = tag.strip().partition("-")
        name = "en-US" if primary == "*" else f"{primary.lower()}-{region.upper()}"
        quality = _quality(weight)
        if quality > 0 and call.records.find("languages", name) is not None:
            wanted.append((-quality, name))
    return min(wanted, key=lambda pair: pair[0])[1] if wanted else None


def _quality(weight: str) -> float:
    name, _, value = weight.replace(" ", "").lower().partition("=")
    try:
        return float(value) if name == "q" else 1.0
    except ValueError:
        return 0.0


def _user_id(call: Call) -> str | None:
    id = call.caller.attributes.get("user")
    return None if id is None else str(id)


def _user(call: Call) -> Record | None:
    """The user who calls; None for a client application, which has no user (X-62)."""
    id = _user_id(call)
    if id is None:
        return None
    user = call.records.find("users", id)
    assert user is not None, f"the fixtures have an actor for the user {id}, whom they do not have"
    return user


def _other_assignee(call: Call) -> Record | None:
    """The user whom the case is assigned to, unless it is the one who calls."""
    owner = call.body.get("owner")
    if not owner or owner["user"]["id"] == _user_id(call):
        return None
    return call.records.find("users", owner["user"]["id"])


def _departments(user: Record) -> tuple[str, ...]:
    return (user["homeDepartment"], *user["foreignDepartments"])


def _shares_activities(call: Call, department: str, other: str) -> bool:
    record = call.records.find("departments", department)
    assert record is not None, f"the fixtures have a case of the department {department}, which they do not have"
    return {"department": other, "activities": True} in record["sharedWith"]


def _case(call: Call) -> Record:
    """The case that is edited."""
    return _stored(call, call.body["id"])


def _stored(call: Call, id: str) -> Record:
    case = call.records.find("cases", id)
    assert case is not None, f"a rule has seen that the case {id} exists, or the fixtures relate a case that does not"
    return case


def _named(call: Call, list_name: str) -> list[str]:
    """The ids of the cases that are sent to be related (`link`) or no longer related (`unlink`), each once."""
    links = call.body.get("relatedCases", {}).get(list_name, ())
    found = (_CASE_ADDRESS.match(link["href"]) for link in links)
    return list(dict.fromkeys(match["id"] for match in found if match is not None))


def _related_afterwards(call: Call) -> list[str]:
    """The relations of the case, without those removed and with those added (D-18)."""
    removed = set(_named(call, "unlink"))
    kept = (id for id in _case(call)["related"] if id not in removed)
    return list(dict.fromkeys([*kept, *_named(call, "link")]))


def _attributes_sent(call: Call) -> dict[str, list[str]]:
    sent = call.body.get("customAttributes", {}).get("customAttribute", ())
    return {
        attribute["attribName"]: [item["value"] for item in attribute["attribValues"]["attribValue"]]
        for attribute in sent
    }


def _attributes_afterwards(call: Call) -> dict[str, list[str]]:
    """The attributes of the case: those sent replace their own values, an empty value leaves none (EGF-16)."""
    sent = {name: [value for value in values if value] for name, values in _attributes_sent(call).items()}
    merged: dict[str, list[str]] = {**_case(call)["customAttributes"], **sent}
    return {name: values for name, values in merged.items() if values}


def _ids(call: Call) -> list[str]:
    return list(dict.fromkeys(id.strip() for id in call.arguments["ids"].split(",")))


def _members_asked_for(call: Call) -> frozenset[str]:
    asked = call.arguments.get("$attribute")
    if asked is None:
        return SUMMARY
    if asked == "all":
        return MEMBERS
    return frozenset(name.strip() for name in asked.split(",")) | {"id"}


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


def _shown(call: Call, case: Record, members: frozenset[str]) -> dict[str, Any]:
    made = {name: make(call, case) for name, make in _SHOWN.items() if name in members}
    return {name: value for name, value in made.items() if value is not None}


def _department_shown(call: Call, id: str) -> dict[str, Any]:
    department = call.records.find("departments", id)
    assert department is not None, f"the fixtures have a case of the department {id}, which they do not have"
    return {"id": id, "name": department["name"]}


def _value_shown(call: Call, value: str) -> dict[str, str]:
    """A value with its word in the language of the request (EG-29)."""
    words = call.records.find("languages", _language(call) or "en-US")
    assert words is not None, "the fixtures have no words for en-US, the default language"
    return {"value": value, "displayValue": words[value]}


def _user_shown(call: Call, id: str | None) -> dict[str, Any] | None:
    user = None if id is None else call.records.find("users", id)
    return None if user is None else {"user": {key: user[key] for key in ("id", "firstName", "lastName")}}


def _related_shown(call: Call, id: str) -> dict[str, Any]:
    case = _stored(call, id)
    shown = {"id": id, "subject": case.get("subject"), "status": _value_shown(call, case["status"])}
    return {name: value for name, value in shown.items() if value is not None}


def _attributes_shown(attributes: Mapping[str, list[str]]) -> dict[str, Any]:
    return {
        "customAttribute": [
            {"attribName": name, "attribValues": {"attribValue": [{"value": value} for value in values]}}
            for name, values in attributes.items()
        ]
    }


def _instant(text: str) -> datetime | None:
    """
    The moment that a date-time names, cut to milliseconds, in UTC; None where Python has no such moment.

    The schema has seen that it is a date-time. A leap second is the one after it; the year 0 and what an offset pushes
    out of the years 1 to 9999 cannot be held.
    """
    leap = ":60" in text[16:19]
    try:
        moment = datetime.fromisoformat((text[:16] + ":59" + text[19:] if leap else text).upper()).astimezone(UTC)
        moment += timedelta(seconds=1 if leap else 0)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _stored_instant(text: str) -> datetime:
    moment = _instant(text)
    assert moment is not None, f"the fixtures hold the date {text}, which is none"
    return moment


def _timestamp(moment: datetime) -> str:
    """UTC with milliseconds and Z (EGF-26)."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
