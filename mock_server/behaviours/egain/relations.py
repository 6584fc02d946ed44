"""Which cases a case is related to."""

from __future__ import annotations

import re

from mock_server.behaviours.egain.refusing import forbidden, invalid
from mock_server.behaviours.egain.rights import departments
from mock_server.behaviours.egain.stored import calling_user, edited_case, stored_case
from mock_server.reply import Call, Refusal

MOST_RELATED = 75
"""How many cases one request may relate, and how many a case may be related to (EG-12, EG-60)."""

_CASE_ADDRESS = re.compile(r".*/core/casemgr/v3/case/(?P<id>[^/?#]+)\Z", re.DOTALL)


def links_name_cases(call: Call) -> Refusal | None:
    """Every `href` is the address of a case (EGF-14)."""
    for list_name in ("link", "unlink"):
        for index, link in enumerate(call.body.get("relatedCases", {}).get(list_name, ())):
            if _CASE_ADDRESS.match(link["href"]) is None:
                pointer = f"/relatedCases/{list_name}/{index}/href"
                return invalid("EGF-14", f"{link['href']} is not the address of a case", pointer, "relatedCases")
    return None


def related_cases_exist(call: Call) -> Refusal | None:
    """Every case that is related or unrelated exists (EGF-20)."""
    unknown = [id for id in _cases_sent(call) if call.records.find("cases", id) is None]
    if not unknown:
        return None
    names = ", ".join(unknown)
    return Refusal("not-found", ("EGF-20",), f"no case has the id {names}", "/relatedCases", names)


def related_cases_are_in_reach(call: Call) -> Refusal | None:
    """
    Each case that is related or unrelated is one the user may see so (EG-19).

    It is in a department where the user works, or its department shares its activities with the user's own.
    """
    user = calling_user(call)
    if user is None:
        return None
    for related in _cases_sent(call):
        department = stored_case(call, related)["department"]
        if department not in departments(user) and not _shares_activities(call, department, user["homeDepartment"]):
            return forbidden("EG-19", "Relate", f"the department {department} of the case {related} is out of reach")
    return None


def case_is_not_its_own_relation(call: Call) -> Refusal | None:
    """A case is related to others only (D-18)."""
    if call.body["id"] not in named_cases(call, "link"):
        return None
    return invalid("D-18", "a case cannot be related to itself", "/relatedCases/link", "relatedCases")


def request_relates_few_enough(call: Call) -> Refusal | None:
    """No more than 75 cases are sent to be related (EG-12)."""
    if (sent := len(named_cases(call, "link"))) <= MOST_RELATED:
        return None
    return invalid("EG-12", f"{sent} cases are to be related at once", "/relatedCases/link", "relatedCases")


def case_has_few_enough_relations(call: Call) -> Refusal | None:
    """No more than 75 cases are related to the case once what was sent is removed and added (EG-60, EG-13, D-18)."""
    if (total := len(related_afterwards(call))) <= MOST_RELATED:
        return None
    detail = f"{total} cases would be related to the case"
    return Refusal("invalid", ("EG-60", "EG-13"), detail, "/relatedCases/link", "relatedCases")


def related_afterwards(call: Call) -> list[str]:
    """The relations of the case, without those removed and with those added (D-18)."""
    removed = set(named_cases(call, "unlink"))
    kept = (id for id in edited_case(call)["related"] if id not in removed)
    return list(dict.fromkeys([*kept, *named_cases(call, "link")]))


def named_cases(call: Call, list_name: str) -> list[str]:
    """The ids of the cases that are sent to be related (`link`) or no longer related (`unlink`), each once."""
    links = call.body.get("relatedCases", {}).get(list_name, ())
    found = (_CASE_ADDRESS.match(link["href"]) for link in links)
    return list(dict.fromkeys(match["id"] for match in found if match is not None))


def _cases_sent(call: Call) -> list[str]:
    return named_cases(call, "link") + named_cases(call, "unlink")


def _shares_activities(call: Call, department: str, other: str) -> bool:
    record = call.records.find("departments", department)
    assert record is not None, f"the fixtures have a case of the department {department}, which they do not have"
    return {"department": other, "activities": True} in record["sharedWith"]
