"""The CRM that ONLYOFFICE and R7-Office share: cases, the contacts that take part in them, and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule, Shown, ShownList, remembered
from mock_server.worlds.records import Actor, Change, Record, Shelf, rewritten

TOKEN_LIFETIME = timedelta(days=365)
_LAST = datetime.max.replace(tzinfo=UTC)

Item = TypeVar("Item")

_HEADING = 4
_NOT_SHARED, _READ_WRITE = 0, 1
_CONTACT_BASE = ("smallFotoUrl", "mediumFotoUrl")
_CONTACT_TEXTS = ("about", "industry", "contactStatus", "contactType")
_PAGE_ONLY = ("contactType", "tags")
"""What the answer to adding a contact shows and the one to removing it does not (OO-68)."""


# What the operations do. Members are camelCase here; the contract says how answers write them.


def get_case(call: Call) -> Reply:
    """The case as its caller may see it."""
    return Reply(_envelope(_case(call, _caller(call), _stored(call))))


def update_case(call: Call) -> Reply:
    """
    The case with its new title and what else was sent; the answer shows the new state (OU-04).

    It stays open or closed as it was (OO-56).
    """
    case, sent, caller = _stored(call), call.body, _caller(call)
    is_private, access_list = privacy_after(caller, case, sent)
    written = {
        "title": sent["title"],
        "isPrivate": is_private,
        "accessList": access_list,
        "members": participants_after(call, caller, case, sent),
        "fieldValues": field_values_after(call, case, sent),
    }
    # Updating shows the list of a public case too, as the page does.
    return _written(call, caller, case, written, listing=True)


def close_case(call: Call) -> Reply:
    """Close the case; the answer shows the new state, also when it was closed already (OO-69)."""
    return _written(call, _caller(call), _stored(call), {"isClosed": True})


def reopen_case(call: Call) -> Reply:
    """Reopen the case; the answer shows the new state, also when it was open already (OO-69)."""
    return _written(call, _caller(call), _stored(call), {"isClosed": False})


def get_case_contacts(call: Call) -> Reply:
    """The contacts of the case that the caller may see, with tags; a case that does not exist has none (OO-65)."""
    case = call.records.find("cases", str(call.arguments["caseid"]))
    contacts = _contacts(call, _caller(call), case["members"]) if case is not None else []
    shown = [{**_person_or_company(call, contact), **_filled({"tags": contact["tags"]})} for contact in contacts]
    return Reply(_envelope(shown, count=len(shown)))


def add_case_contact(call: Call) -> Reply:
    """
    Let the contact take part; the answer is the contact (OC-04) with the members of the page, and no others (X-23).

    One that takes part already is not doubled (OO-66). A closed case takes contacts too (OO-72).
    """
    case, contact = _stored(call), _named_contact(call)
    members = _once([*case["members"], contact["id"]])
    change = rewritten("cases", str(case["id"]), case, {"members": members})
    return Reply(_envelope(_contact(call, contact), status=201), (change,))


def remove_case_contact(call: Call) -> Reply:
    """The contact takes part no longer, and is the answer; one that did not take part is not an error."""
    case, contact = _stored(call), _named_contact(call)
    members = [id for id in case["members"] if id != contact["id"]]
    change = rewritten("cases", str(case["id"]), case, {"members": members})
    return Reply(_envelope(_person_or_company(call, contact)), (change,))


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


def privacy_after(caller: Caller, case: Record, sent: Mapping[str, Any]) -> tuple[bool, list[str]]:
    """
    Whether the case is private then, and its access list.

    Privacy is set anew by every update of an administrator or the creator, and by nobody else (OO-57, OO-59).

    isPrivate alone decides (OU-40, X-08); its absence means public, whatever accessList says.
    """
    stored: list[str] = case["accessList"]
    if not caller.owns(case):
        return case["isPrivate"], stored
    if sent.get("isPrivate"):
        return True, _kept(stored, access_list_after(caller, sent.get("accessList", ())))
    return False, []


def access_list_after(caller: Caller, sent: Iterable[str]) -> list[str]:
    """Those of the list whom the portal knows, each once, and the caller (OO-58, X-21, D-37)."""
    return _once([*filter(caller.users.__contains__, map(str.lower, sent)), caller.id])


def participants_after(call: Call, caller: Caller, case: Record, sent: Mapping[str, Any]) -> list[int]:
    """A list that is not empty replaces the participants by those whom the caller may see (OO-61)."""
    stored: list[int] = case["members"]
    if not sent.get("members"):
        return stored
    return _kept(stored, _once([contact["id"] for contact in _contacts(call, caller, sent["members"])]))


def field_values_after(call: Call, case: Record, sent: Mapping[str, Any]) -> Mapping[str, str]:
    """
    A list replaces the values by its own (OU-35), trimmed; an empty one and an unknown field are skipped (OO-62).

    Without a list, or with one of which no pair has a key and a value, the values stay.
    """
    stored: Mapping[str, str] = case["fieldValues"]
    if not sent.get("customFieldList"):
        return stored
    fields = call.records.shelf("customFields")
    values = {}
    for pair in sent["customFieldList"]:
        field = fields.get(str(pair["Key"]))
        if (value := pair["Value"].strip()) and field is not None and field["appliesTo"] == "case":
            values[str(field["id"])] = value
    return stored if stored == values else values


def _kept(stored: list[Item], after: list[Item]) -> list[Item]:
    """The list as it is stored where nothing changes, so that what was made of it need not be made again."""
    return stored if stored == after else after


# What the operations ask for, in the order of OO-53.


def case_exists(call: Call) -> Refusal | None:
    """The case of the path must exist (OO-53)."""
    if call.records.find("cases", str(call.arguments["caseid"])) is not None:
        return None
    return Refusal("not-found", ("OO-53",), f"no case has the id {call.arguments['caseid']}", name="caseid")


def caller_may_edit_it(call: Call) -> Refusal | None:
    """Updating needs the right to edit (OO-55)."""
    if _caller(call).has_rights(_stored(call)):
        return None
    return Refusal("forbidden", ("OO-55",), "the case is private and the caller is not on its access list")


def caller_has_access(call: Call) -> Refusal | None:
    """To change the state of a case one needs access to it, not the right to edit it (OO-69)."""
    if _caller(call).has_rights(_stored(call)):
        return None
    return Refusal("forbidden", ("OO-69",), "the case is private and the caller is not on its access list")


def caller_may_see_it(call: Call) -> Refusal | None:
    """To read a case that is hidden from the caller is to ask for one that does not exist (OO-69)."""
    if _caller(call).has_rights(_stored(call)):
        return None
    return Refusal("not-found", ("OO-69",), "the case is private and the caller is not on its access list")


def case_is_there_for_the_caller(call: Call) -> Refusal | None:
    """To add or remove contacts one needs to see the case; what is hidden looks missing (OO-65)."""
    if _caller(call).has_rights(_stored(call)):
        return None
    return Refusal("not-found", ("OO-65",), "the case is private and the caller is not on its access list")


def contact_is_there_for_the_caller(call: Call) -> Refusal | None:
    """The contact must exist and be one that the caller may see; what is hidden looks missing (OO-65)."""
    contact = call.records.find("contacts", str(_contact_id(call)))
    if contact is not None and _caller(call).sees(contact):
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


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, among these users."""

    id: str
    is_admin: bool
    users: Shelf

    def owns(self, record: Record) -> bool:
        """Admin or creator."""
        return self.is_admin or bool(self.id == record["createBy"])

    def has_rights(self, case: Record) -> bool:
        """Admin, creator, on the access list, or the case is public (OO-55)."""
        return not case["isPrivate"] or self.owns(case) or self.id in case["accessList"]

    def sees(self, contact: Record) -> bool:
        """Admin, creator, on the access list, or the contact is shared."""
        return contact["shareType"] != _NOT_SHARED or self.may_edit(contact)

    def may_edit(self, contact: Record) -> bool:
        """Admin, creator, on the access list, or the contact is shared for writing."""
        return contact["shareType"] == _READ_WRITE or self.owns(contact) or self.id in contact["accessList"]


def _caller(call: Call) -> Caller:
    return _caller_among(call.caller, call.records.shelf("users"))


@remembered
def _caller_among(actor: Actor, users: Shelf) -> Caller:
    id = str(actor.attributes["user"])
    user = users.get(id)
    return Caller(id, user is not None and bool(user["isAdmin"]), users)


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


def _contacts(call: Call, caller: Caller, ids: Iterable[int]) -> list[Record]:
    """The contacts of these ids that exist and that the caller may see."""
    contacts, sees = call.records.shelf("contacts"), caller.sees
    return [contact for id in ids if (contact := contacts.get(str(id))) is not None and sees(contact)]


def _written(call: Call, caller: Caller, case: Record, written: Record, *, listing: bool = False) -> Reply:
    """The case with these members written, as the answer shows it; `listing` shows its access list in any case."""
    after = {**case, **written}
    return Reply(
        _envelope(_case(call, caller, after, listing=listing)), (Change("cases", str(case["id"]), after, written),)
    )


# What answers show.


def _case(call: Call, caller: Caller, case: Record, *, listing: bool = False) -> dict[str, Any]:
    """A case; the access list when it is private or `listing`."""
    shown = {
        "members": _participants(case["members"], call.records.shelf("contacts"), caller),
        "createBy": _employee(case["createBy"], caller.users),
        "created": case["created"],
        "title": case["title"],
        "isClosed": case["isClosed"],
        "isPrivate": case["isPrivate"],
    }
    if case["isPrivate"] or listing:
        shown["accessList"] = _employees(case["accessList"], caller.users)
    shown["canEdit"] = caller.has_rights(case)
    shown["customFields"] = _case_fields(case["fieldValues"], case["id"], call.records.shelf("customFields"))
    shown["id"] = case["id"]
    return shown


@remembered
def _participants(ids: Sequence[int], contacts: Shelf, caller: Caller) -> ShownList:
    """Those contacts of a case that the caller may see."""
    found = [contacts.get(str(id)) for id in ids]
    return ShownList(
        _contact_base(contact, caller) for contact in found if contact is not None and caller.sees(contact)
    )


def _person_or_company(call: Call, contact: Record) -> dict[str, Any]:
    """
    A contact with the names of a person or a company (OO-67), as operations show it that no page describes.

    The category 0 of an address is left out (OO-40).
    """
    names = _company_members if contact["isCompany"] else _person_members
    return {
        **names(contact, call.records.shelf("contacts"), _caller(call)),
        **{name: value for name, value in _contact(call, contact).items() if name not in _PAGE_ONLY},
        "addresses": [_without_zero(address, "category") for address in contact["addresses"]],
    }


def _contact(call: Call, contact: Record) -> dict[str, Any]:
    """A contact as the page shows it."""
    caller, fields = _caller(call), call.records.shelf("customFields")
    return {
        "addresses": contact["addresses"],
        "createBy": _employee(contact["createBy"], caller.users),
        "created": contact["created"],
        **{name: contact[name] for name in _CONTACT_TEXTS if name in contact},
        "commonData": contact["commonData"],
        "customFields": _contact_fields(contact["fieldValues"], contact["id"], fields),
        "tags": contact["tags"],
        **_filled({"taskCount": contact["taskCount"]}),
        "haveLateTasks": contact["haveLateTasks"],
        **_contact_base(contact, caller),
    }


def _person_members(contact: Record, contacts: Shelf, caller: Caller) -> dict[str, Any]:
    company = contacts.get(str(contact.get("company")))
    return {
        "firstName": contact["firstName"],
        "lastName": contact["lastName"],
        **({"company": _contact_base(company, caller)} if company is not None and caller.sees(company) else {}),
        **_filled({"title": contact.get("title")}),
    }


def _company_members(contact: Record, contacts: Shelf, caller: Caller) -> dict[str, Any]:
    persons = sum(person.get("company") == contact["id"] for person in contacts.values())
    return {"companyName": contact["companyName"], **_filled({"personsCount": persons})}


@remembered
def _contact_base(contact: Record, caller: Caller) -> Shown:
    """What lists of contacts show; the access list only of a private one (D-39)."""
    may_edit = caller.may_edit(contact)
    is_private = contact["shareType"] == _NOT_SHARED
    return Shown(
        {
            **{name: contact[name] for name in _CONTACT_BASE if name in contact},
            "displayName": display_name(contact),
            "isCompany": contact["isCompany"],
            **({"accessList": _employees(contact["accessList"], caller.users)} if is_private else {}),
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


@remembered
def _case_fields(values: Mapping[str, str], entity: int, fields: Shelf) -> ShownList:
    return _custom_fields(values, entity, _by_position(fields)["case"])


@remembered
def _contact_fields(values: Mapping[str, str], entity: int, fields: Shelf) -> ShownList:
    return _custom_fields(values, entity, _by_position(fields)["contact"])


def _custom_fields(values: Mapping[str, str], entity: int, fields: Iterable[tuple[str, Record]]) -> ShownList:
    """The fields that hold a value and every heading, by position (OO-74)."""
    return ShownList(
        {
            "entityId": entity,
            "label": field["label"],
            "fieldValue": values.get(id, ""),
            "fieldType": field["fieldType"],
            "position": field["position"],
            "mask": field["mask"],
            "id": field["id"],
        }
        for id, field in fields
        if id in values or field["fieldType"] == _HEADING
    )


@remembered
def _by_position(fields: Shelf) -> Mapping[str, Sequence[tuple[str, Record]]]:
    """The custom fields of cases and of contacts, with their ids as `fieldValues` has them."""
    ordered = sorted(fields.values(), key=lambda field: (field["position"], field["id"]))
    return {
        kind: [(str(field["id"]), field) for field in ordered if field["appliesTo"] == kind]
        for kind in ("case", "contact")
    }


@remembered
def _employees(ids: Iterable[str], users: Shelf) -> ShownList:
    return ShownList(_employee(id, users) for id in ids)


@remembered
def _employee(id: str, users: Shelf) -> Shown:
    user = users.get(id)
    assert user is not None, f"the fixtures have a record that names the user {id}, whom they do not have"
    shown = ("id", "displayName", "title", "avatarSmall", "profileUrl")
    return Shown({key: user[key] for key in shown if key in user})


def _envelope(response: Any, status: int = 200, count: int = 1) -> dict[str, Any]:
    """Success: the members of OO-37 that are not the default of their type (OO-40)."""
    if not count:
        return {"status": 0, "statusCode": status, "response": response}
    return {"count": count, "status": 0, "statusCode": status, "response": response}


def _filled(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are not the default of their type, as the vendor leaves those out (OO-40)."""
    return {name: value for name, value in members.items() if value}


def _without_zero(members: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return members if members.get(name) != 0 else {key: value for key, value in members.items() if key != name}


def _once(items: Iterable[Item]) -> list[Item]:
    """The items without repetition, in the order of their first appearance."""
    return list(dict.fromkeys(items))


def _timestamp(moment: datetime) -> str:
    """Seven digits after the second and Z (OO-76); stored precision is a second."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.0000000Z"
