"""The CRM that ONLYOFFICE and R7-Office share: cases, the contacts that take part in them, and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule, Shown, remembered
from mock_server.worlds.records import Change, Record

TOKEN_LIFETIME = timedelta(days=365)
_LAST = datetime.max.replace(tzinfo=UTC)

Item = TypeVar("Item")

_HEADING = 4
_NOT_SHARED, _READ_WRITE = 0, 1
_CONTACT_BASE = ("smallFotoUrl", "mediumFotoUrl")
_CONTACT_TEXTS = ("about", "industry", "contactStatus")


# What the operations do. Members are camelCase here; the contract says how answers spell them.


def get_case(call: Call) -> Reply:
    """The case as its caller may see it."""
    return Reply(_envelope(_case(call, _stored(call))))


def update_case(call: Call) -> Reply:
    """
    The case with its new title and what else was sent; the answer shows the new state (OU-04).

    It stays open or closed as it was (OO-56).
    """
    case, sent = _stored(call), call.body
    changed = {
        **case,
        "title": sent["title"],
        **privacy_after(call, case, sent),
        "members": participants_after(call, case, sent),
        "fieldValues": field_values_after(call, case, sent),
    }
    return _changed(call, changed)


def close_case(call: Call) -> Reply:
    """Close the case; the answer shows the new state, also when it was closed already (OO-69)."""
    return _changed(call, {**_stored(call), "isClosed": True})


def reopen_case(call: Call) -> Reply:
    """Reopen the case; the answer shows the new state, also when it was open already (OO-69)."""
    return _changed(call, {**_stored(call), "isClosed": False})


def get_case_contacts(call: Call) -> Reply:
    """The contacts of the case that the caller may see, with tags; a case that does not exist has none (OO-65)."""
    case = call.records.find("cases", str(call.arguments["caseid"]))
    contacts = _contacts(call, case["members"]) if case is not None else []
    shown = [{**_contact(call, contact), **_filled({"tags": contact["tags"]})} for contact in contacts]
    return Reply(_envelope(shown, count=len(shown)))


def add_case_contact(call: Call) -> Reply:
    """
    Let the contact take part; the answer is the contact (OC-04).

    One that takes part already is not doubled (OO-66). A closed case takes contacts too (OO-72).
    """
    case, contact = _stored(call), _named_contact(call)
    members = _once([*case["members"], contact["id"]])
    change = Change("cases", str(case["id"]), {**case, "members": members})
    return Reply(_envelope(_contact(call, contact), status=201), (change,))


def remove_case_contact(call: Call) -> Reply:
    """The contact takes part no longer, and is the answer; one that did not take part is no error."""
    case, contact = _stored(call), _named_contact(call)
    members = [id for id in case["members"] if id != contact["id"]]
    change = Change("cases", str(case["id"]), {**case, "members": members})
    return Reply(_envelope(_contact(call, contact)), (change,))


def authenticate(call: Call) -> Reply | Refusal:
    """The token of the user whose name and password were sent; a success is 201 (OO-21)."""
    for actor in call.records.actors.values():
        known = (actor.attributes.get("userName"), actor.attributes.get("password"))
        if known == (call.body["userName"], call.body["password"]):
            # A world may be frozen in the last year that there is.
            expires = _timestamp(min(call.now, _LAST - TOKEN_LIFETIME) + TOKEN_LIFETIME)
            return Reply(_envelope({"token": actor.credentials["authToken"], "expires": expires}, status=201))
    return Refusal("bad-credentials", ("OO-23",), "no user has this name and password")


# What an update leaves behind: three members, three meanings of absence.


def privacy_after(call: Call, case: Record, sent: Mapping[str, Any]) -> dict[str, Any]:
    """
    Privacy is set anew by every update of an administrator or the creator, and by nobody else (OO-57, OO-59).

    Private needs isPrivate true and a list that is not empty; everything else, absence included, is public.
    """
    if not _owns(call, case):
        return {"isPrivate": case["isPrivate"], "accessList": case["accessList"]}
    if sent.get("isPrivate") and sent.get("accessList"):
        return {"isPrivate": True, "accessList": access_list_after(call, sent["accessList"])}
    return {"isPrivate": False, "accessList": []}


def access_list_after(call: Call, sent: Iterable[str]) -> list[str]:
    """Those of the list whom the portal knows, each once, and the caller (OO-58, X-21, D-37)."""
    known = [id for id in map(str.lower, sent) if call.records.find("users", id) is not None]
    return _once([*known, _user_id(call)])


def participants_after(call: Call, case: Record, sent: Mapping[str, Any]) -> list[int]:
    """A list that is not empty replaces the participants by those whom the caller may see (OO-61)."""
    if not sent.get("members"):
        return list(case["members"])
    return _once(contact["id"] for contact in _contacts(call, sent["members"]))


def field_values_after(call: Call, case: Record, sent: Mapping[str, Any]) -> dict[str, str]:
    """Values are trimmed and merged into those stored; an empty one and an unknown field are skipped (OO-62)."""
    values = dict(case["fieldValues"])
    for pair in sent.get("customFieldList", ()):
        field = call.records.find("customFields", str(pair["Key"]))
        value = pair["Value"].strip()
        if value and field is not None and field["appliesTo"] == "case":
            values[str(field["id"])] = value
    return values


# What the operations ask for, in the order of OO-53.


def case_exists(call: Call) -> Refusal | None:
    """The case of the path must exist (OO-53)."""
    if call.records.find("cases", str(call.arguments["caseid"])) is not None:
        return None
    return Refusal("not-found", ("OO-53",), f"no case has the id {call.arguments['caseid']}", name="caseid")


def caller_may_edit_it(call: Call) -> Refusal | None:
    """Updating needs the right to edit (OO-55)."""
    if _has_rights(call, _stored(call)):
        return None
    return Refusal("forbidden", ("OO-55",), "the case is private and the caller is not on its access list")


def caller_has_access(call: Call) -> Refusal | None:
    """To change the state of a case one needs access to it, not the right to edit it (OO-69)."""
    if _has_rights(call, _stored(call)):
        return None
    return Refusal("forbidden", ("OO-69",), "the case is private and the caller is not on its access list")


def caller_may_see_it(call: Call) -> Refusal | None:
    """To read a case that is hidden from the caller is to ask for one that does not exist (OO-69)."""
    if _has_rights(call, _stored(call)):
        return None
    return Refusal("not-found", ("OO-69",), "the case is private and the caller is not on its access list")


def case_is_there_for_the_caller(call: Call) -> Refusal | None:
    """To add or remove contacts one needs to see the case; what is hidden looks missing (OO-65)."""
    if _has_rights(call, _stored(call)):
        return None
    return Refusal("not-found", ("OO-65",), "the case is private and the caller is not on its access list")


def contact_is_there_for_the_caller(call: Call) -> Refusal | None:
    """The contact must exist and be one that the caller may see; what is hidden looks missing (OO-65)."""
    contact = call.records.find("contacts", str(_contact_id(call)))
    if contact is not None and _sees(call, contact):
        return None
    detail = f"no contact that the caller may see has the id {_contact_id(call)}"
    pointer = "" if "contactid" in call.arguments else "/contactid"
    return Refusal("not-found", ("OO-65",), detail, pointer, "contactid")


_SWITCHING = (Rule("OO-53", case_exists), Rule("OO-69", caller_has_access))
_LINKING = (
    Rule("OO-53", case_exists),
    Rule("OO-65", case_is_there_for_the_caller),
    Rule("OO-65", contact_is_there_for_the_caller),
)

R7OFFICE: Mapping[str, Behaviour] = {
    "getCase": Behaviour(get_case, (Rule("OO-53", case_exists), Rule("OO-69", caller_may_see_it))),
    "closeCase": Behaviour(close_case, _SWITCHING),
    "reopenCase": Behaviour(reopen_case, _SWITCHING),
    "authenticate": Behaviour(authenticate),
}

ONLYOFFICE: Mapping[str, Behaviour] = {
    **R7OFFICE,
    "updateCase": Behaviour(update_case, (Rule("OO-53", case_exists), Rule("OO-55", caller_may_edit_it))),
    "getCaseContacts": Behaviour(get_case_contacts),
    "addCaseContact": Behaviour(add_case_contact, _LINKING),
    "removeCaseContact": Behaviour(remove_case_contact, _LINKING),
}


# Who may do what.


def _owns(call: Call, record: Record) -> bool:
    return _is_admin(call) or _user_id(call) == record["createBy"]


def _has_rights(call: Call, case: Record) -> bool:
    """Admin, creator, on the access list, or the case is public (OO-55)."""
    return not case["isPrivate"] or _owns(call, case) or _user_id(call) in case["accessList"]


def _sees(call: Call, contact: Record) -> bool:
    """Admin, creator, on the access list, or the contact is shared."""
    return contact["shareType"] != _NOT_SHARED or _may_edit_contact(call, contact)


def _may_edit_contact(call: Call, contact: Record) -> bool:
    return contact["shareType"] == _READ_WRITE or _owns(call, contact) or _user_id(call) in contact["accessList"]


def _is_admin(call: Call) -> bool:
    user = call.records.find("users", _user_id(call))
    return user is not None and bool(user["isAdmin"])


def _user_id(call: Call) -> str:
    return str(call.caller.attributes["user"])


# What is stored.


def _stored(call: Call) -> Record:
    case = call.records.find("cases", str(call.arguments["caseid"]))
    assert case is not None, "a rule has seen that the case exists"
    return case


def _named_contact(call: Call) -> Record:
    contact = call.records.find("contacts", str(_contact_id(call)))
    assert contact is not None, "a rule has seen that the contact exists"
    return contact


def _contact_id(call: Call) -> int:
    """The path names the contact to remove, the body the one to add."""
    return int(call.arguments["contactid"] if "contactid" in call.arguments else call.body["contactid"])


def _contacts(call: Call, ids: Iterable[int]) -> list[Record]:
    """The contacts of these ids that exist and that the caller may see."""
    found = (call.records.find("contacts", str(id)) for id in ids)
    return [contact for contact in found if contact is not None and _sees(call, contact)]


def _changed(call: Call, case: Record) -> Reply:
    return Reply(_envelope(_case(call, case)), (Change("cases", str(case["id"]), case),))


# What answers show.


def _case(call: Call, case: Record) -> dict[str, Any]:
    """A case; the access list only when it is private (X-10)."""
    return {
        "members": [_contact_base(call, contact) for contact in _contacts(call, case["members"])],
        "createBy": _employee(call, case["createBy"]),
        "created": case["created"],
        "title": case["title"],
        "isClosed": case["isClosed"],
        "isPrivate": case["isPrivate"],
        **({"accessList": _employees(call, case)} if case["isPrivate"] else {}),
        "canEdit": _has_rights(call, case),
        "customFields": _custom_fields(call, case, "case"),
        "id": case["id"],
    }


def _contact(call: Call, contact: Record) -> dict[str, Any]:
    """A person or a company (OO-67), as adding and removing show it: neither tags nor a contact type (OO-68)."""
    return {
        **(_company_members(call, contact) if contact["isCompany"] else _person_members(call, contact)),
        "addresses": contact["addresses"],
        "createBy": _employee(call, contact["createBy"]),
        "created": contact["created"],
        **{name: contact[name] for name in _CONTACT_TEXTS if name in contact},
        "commonData": contact["commonData"],
        "customFields": _custom_fields(call, contact, "contact"),
        **_filled({"taskCount": contact["taskCount"]}),
        "haveLateTasks": contact["haveLateTasks"],
        **_contact_base(call, contact),
    }


def _person_members(call: Call, contact: Record) -> dict[str, Any]:
    company = call.records.find("contacts", str(contact.get("company")))
    return {
        "firstName": contact["firstName"],
        "lastName": contact["lastName"],
        **({"company": _contact_base(call, company)} if company is not None and _sees(call, company) else {}),
        **_filled({"title": contact.get("title")}),
    }


def _company_members(call: Call, contact: Record) -> dict[str, Any]:
    persons = sum(person.get("company") == contact["id"] for person in call.records.all("contacts"))
    return {"companyName": contact["companyName"], **_filled({"personsCount": persons})}


def _contact_base(call: Call, contact: Record) -> Shown:
    """What persons and companies have in common; the access list only of a private one (X-10)."""
    listed = [_user(call, id) for id in contact["accessList"]] if contact["shareType"] == _NOT_SHARED else ()
    return _contact_base_shown(contact, _may_edit_contact(call, contact), *listed)


@remembered
def _contact_base_shown(contact: Record, may_edit: bool, *listed: Record) -> Shown:
    is_private = contact["shareType"] == _NOT_SHARED
    return Shown(
        {
            **{name: contact[name] for name in _CONTACT_BASE if name in contact},
            "displayName": display_name(contact),
            "isCompany": contact["isCompany"],
            **({"accessList": [_employee_shown(user) for user in listed]} if is_private else {}),
            "isPrivate": is_private,
            "isShared": not is_private,
            "shareType": contact["shareType"],
            "currency": contact["currency"],
            "canEdit": may_edit,
            "canDelete": may_edit,
            "id": contact["id"],
        }
    )


def display_name(contact: Record) -> str:
    """First name, blank, last name of a person (OO-78); the name of a company."""
    return str(contact["companyName"]) if contact["isCompany"] else f"{contact['firstName']} {contact['lastName']}"


def _custom_fields(call: Call, record: Record, kind: str) -> list[dict[str, Any]]:
    """The fields that hold a value and every heading, by position (OO-74)."""
    values, entity = record["fieldValues"], record["id"]
    return [
        {
            "entityId": entity,
            "label": field["label"],
            "fieldValue": values.get(id, ""),
            "fieldType": field["fieldType"],
            "position": field["position"],
            "mask": field["mask"],
            "id": field["id"],
        }
        for id, field in _by_position(*call.records.all("customFields"))[kind]
        if id in values or field["fieldType"] == _HEADING
    ]


@remembered
def _by_position(*fields: Record) -> Mapping[str, Sequence[tuple[str, Record]]]:
    """The custom fields of cases and of contacts, with their ids as `fieldValues` has them."""
    ordered = sorted(fields, key=lambda field: (field["position"], field["id"]))
    return {
        kind: [(str(field["id"]), field) for field in ordered if field["appliesTo"] == kind]
        for kind in ("case", "contact")
    }


def _employees(call: Call, record: Record) -> list[Shown]:
    return [_employee(call, id) for id in record["accessList"]]


def _employee(call: Call, id: str) -> Shown:
    return _employee_shown(_user(call, id))


@remembered
def _employee_shown(user: Record) -> Shown:
    return Shown({key: user[key] for key in ("id", "displayName", "title", "avatarSmall", "profileUrl") if key in user})


def _user(call: Call, id: str) -> Record:
    user = call.records.find("users", id)
    assert user is not None, f"the fixtures have a record that speaks of the user {id}, whom they do not have"
    return user


def _envelope(response: Any, status: int = 200, count: int = 1) -> dict[str, Any]:
    """Success: the members of OO-37 that are not the default of their type (OO-40)."""
    return {**_filled({"count": count}), "status": 0, "statusCode": status, "response": response}


def _filled(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not the default of their type, as the vendor leaves those out (OO-40)."""
    return {name: value for name, value in members.items() if value}


def _once(items: Iterable[Item]) -> list[Item]:
    """The items without repetition, in the order of their first appearance."""
    return list(dict.fromkeys(items))


def _timestamp(moment: datetime) -> str:
    """Seven digits after the second and Z (OO-76); stored precision is a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z"
