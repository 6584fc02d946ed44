"""
A portal with ONLYOFFICE's CRM as its two pages have it: updateCase and addCaseContact.

Names are PascalCase, booleans in XML are True and False. Read with getCase and getCaseContacts; undone with
removeCaseContact, closeCase and reopenCase; tokens come from authenticate. What nobody can see, such as the
notice that isNotify sends, is not kept. Users, contacts and cases: KNOWN.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette

from tests.opponents.crm import DATE, Call, Dialect, Kind, Operation, Portal, shared_faults, without
from tests.opponents.crm_requests import Refused
from tests.opponents.onlyoffice_records import KNOWN, credentials, seed, stir
from tests.opponents.store import Record, Store
from tests.opponents.ways import Fault, Ways

__all__ = ["FAULTS", "KNOWN", "build", "credentials", "seed", "stir"]

_OPTIONAL_IN_CONTACT = (
    "addresses",
    "createBy",
    "created",
    "about",
    "industry",
    "contactStatus",
    "contactType",
    "commonData",
    "customFields",
    "tags",
    "taskCount",
)


def build(ways: Ways, fault: str | None, store: Store) -> Starlette:
    """The server, with its ways, and one fault or none."""
    return OnlyOffice(ways, fault, store).app()


def _update(statements: str, kind: Kind, sentence: str) -> Fault:
    return Fault("updateCase", tuple(statements.split()), kind, sentence)


def _add(statements: str, kind: Kind, sentence: str) -> Fault:
    return Fault("addCaseContact", tuple(statements.split()), kind, sentence)


FAULTS: dict[str, Fault] = {
    "updateCase-title-kept": _update("OU-17 OU-04", "state", "The answer shows the new title, the old one stays."),
    "updateCase-title-cut": _update("OU-20 OU-17", "state", "A title is cut after 100 characters."),
    "updateCase-title-ascii": _update("OU-17 OU-16", "state", "Non-ASCII characters of a title are stored as ?."),
    "updateCase-title-optional": _update("OU-18", "rule", "A request without a title is carried out."),
    "updateCase-quote-500": _update("OU-16 OU-04", "rule", "A title with an apostrophe is answered 500."),
    "updateCase-members-lost": _update("OU-25 OU-21", "state", "The members of the request are not stored."),
    "updateCase-first-member-only": _update("OU-23 OU-25", "state", "Only the first of several members is stored."),
    "updateCase-members-required": _update("OU-22 OU-56", "rule", "A request without members is refused."),
    "updateCase-first-field-only": _update("OU-29 OU-35", "state", "Only the first pair of customFieldList is stored."),
    "updateCase-date-field-lost": _update("OU-35 OU-32", "state", "A value for a custom field of type date is lost."),
    "updateCase-fields-required": _update("OU-28", "rule", "A request without customFieldList is refused."),
    "updateCase-stays-public": _update("OU-40 OU-37", "state", "isPrivate true leaves a public case public."),
    "updateCase-stays-private": _update("OU-40 OU-42", "state", "isPrivate false leaves a private case private."),
    "updateCase-access-added": _update("OU-48", "state", "Users of the old access list keep their access."),
    "updateCase-first-user-only": _update("OU-45 OU-47", "state", "Only the first user of accessList gets access."),
    "updateCase-guid-lower-only": _update("OU-49", "rule", "A GUID with capital letters is refused."),
    "updateCase-notify-500": _update("OU-50 OU-54", "rule", "isNotify true is answered 500."),
    "updateCase-neighbours": _update("OU-04 OU-12", "state", "All cases of the same creator get the title."),
    "updateCase-reopens": _update("OU-04", "state", "A closed case is opened by an update."),
    "updateCase-closed-text": _update("OU-70", "form", "IsClosed is a text."),
    "updateCase-can-edit-missing": _update("OU-73 OU-76", "form", "The Case has no CanEdit."),
    "updateCase-label-misspelt": _update("OU-102", "form", "A custom field has Lable instead of Label."),
    "updateCase-member-id-text": _update("OU-88", "form", "The id of a member is a text."),
    "updateCase-currency-text": _update("OU-85", "form", "The Currency of a member is its abbreviation."),
    "updateCase-xml-ascii": _update("OU-119", "form", "Non-ASCII characters in XML are question marks."),
    **shared_faults(
        "updateCase",
        {
            "no-token": "OU-03",
            "any-token": "OU-03",
            "written-without-token": "OU-03",
            "body-id": "OU-10 OU-12",
            "late": "OU-04 OU-17",
            "html-type": "OU-06",
            "status-text": "OU-63",
            "created-number": "OU-68",
            "xml-root": "OU-109",
            "xml-wrapped": "OU-113",
        },
    ),
    "addCaseContact-not-added": _add("OC-04", "state", "The contact is answered and not added."),
    "addCaseContact-replaces": _add("OC-04", "state", "The contacts that the case had are removed."),
    "addCaseContact-next-case": _add("OC-04 OC-12", "state", "The next case gets the contact too."),
    "addCaseContact-made-public": _add("OC-04", "state", "A private case becomes public."),
    "addCaseContact-closes": _add("OC-04", "state", "The case is closed by the call."),
    "addCaseContact-companies-refused": _add("OC-17 OC-04", "rule", "A company is no contact: 404."),
    "addCaseContact-number-refused": _add("OC-25 OC-16", "rule", "A contactid that is a JSON number is refused."),
    "addCaseContact-other-spelling": _add("OC-20 OC-15", "rule", "Only contactId is known, contactid is not."),
    "addCaseContact-contactid-optional": _add("OC-18", "rule", "Without a contactid the first contact is added."),
    "addCaseContact-full-at-three": _add("OC-04", "rule", "A case with three contacts takes no other."),
    "addCaseContact-private-refused": _add("OC-04", "rule", "A private case takes contacts from admins only."),
    "addCaseContact-answers-case": _add("OC-05 OC-28", "form", "The answer is the case."),
    "addCaseContact-case-id": _add("OC-54 OC-41", "form", "The id of the answer is that of the case."),
    "addCaseContact-name-missing": _add("OC-44", "form", "The contact has no DisplayName."),
    "addCaseContact-company-flag-text": _add("OC-45", "form", "IsCompany is a text."),
    "addCaseContact-color-bare": _add("OC-66", "form", "The Color of a status has no #."),
    "addCaseContact-info-type-text": _add("OC-68", "form", "The InfoType of a contact datum is a word."),
    "addCaseContact-zip-number": _add("OC-58", "form", "The Zip of an address is a number."),
    "addCaseContact-about-null": _add("OC-32", "form", "About is null."),
    **shared_faults(
        "addCaseContact",
        {
            "no-token": "OC-03",
            "any-token": "OC-03",
            "written-without-token": "OC-03",
            "body-id": "OC-10 OC-12",
            "late": "OC-04",
            "html-type": "OC-06",
            "status-missing": "OC-27",
            "created-number": "OC-31",
            "xml-wrapped": "OC-79",
        },
    ),
}


class OnlyOffice(Portal):
    """The portal of ONLYOFFICE."""

    dialect = Dialect(pascal=True, true="True", false="False", short_empty_elements=True, zone=timedelta(hours=2))
    faults = FAULTS

    def operations(self) -> list[Operation]:
        """The operations, those of the two pages first."""
        case = "/crm/case/{caseid}"
        return [
            Operation("updateCase", "PUT", case, self.update_case),
            Operation("addCaseContact", "POST", f"{case}/contact", self.add_case_contact, success=201),
            Operation("getCase", "GET", case, self.get_case),
            Operation("getCaseContacts", "GET", f"{case}/contact", self.get_case_contacts),
            Operation("removeCaseContact", "DELETE", case + "/contact/{contactid}", self.remove_case_contact),
            Operation("closeCase", "PUT", f"{case}/close", self.close_case),
            Operation("reopenCase", "PUT", f"{case}/reopen", self.reopen_case),
            Operation("authenticate", "POST", "/authentication", self.authenticate, 201, for_all=True, plain=True),
        ]

    # --- updateCase ---

    def update_case(self, call: Call) -> Record:
        """Title, privacy, members and custom fields of a case, checked in the vendor's order (OO-53)."""
        title = call.parameters.text("title")
        is_private, is_notify = call.parameters.flag("isPrivate"), call.parameters.flag("isNotify")
        access, members = self._access_list(call), call.parameters.numbers("members")
        pairs = call.parameters.pairs("customFieldList")
        if call.broken("members-required") and not members:
            raise Refused(400, "members is missing.")
        if call.broken("fields-required") and not pairs:
            raise Refused(400, "customFieldList is missing.")
        self.let_in(call)
        if not title and not call.broken("title-optional"):
            raise Refused(400, "Value does not fall within the expected range.")
        key, case = self.case_to_change(call)
        if not self.may_see(call.caller, case):
            raise Refused(403, "Access Denied")
        if (call.broken("quote-500") and "'" in title) or (call.broken("notify-500") and is_notify):
            raise Refused(500, "Object reference not set to an instance of an object.")
        if call.broken("reopens"):
            case["closed"] = False
        old_title = case["title"]
        case["title"] = self._title_to_store(call, title) or old_title
        if self.owns(call.caller, case):
            self._set_access(call, case, is_private, access)
        if members:
            self._set_members(call, case, members)
        self._set_values(call, case, pairs)
        if call.broken("neighbours"):
            for other, neighbour in self.others_of_creator(key).items():
                self.store.put("case", other, {**neighbour, "title": case["title"]})
        self.write_case(call, key, {**case, "title": old_title} if call.broken("title-kept") else case)
        return self.case_view(call, key, case)

    def _title_to_store(self, call: Call, title: str) -> str:
        if call.broken("title-cut"):
            return title[:100]
        if call.broken("title-ascii"):
            return title.encode("ascii", "replace").decode()
        return title

    def _access_list(self, call: Call) -> list[str]:
        raw = call.parameters.texts("accessList")
        if call.broken("guid-lower-only") and any(guid != guid.lower() for guid in raw):
            raise Refused(400, "accessList: not a Guid.")
        return call.parameters.guids("accessList")

    def _set_access(self, call: Call, case: Record, is_private: bool, access: list[str]) -> None:
        """Private only with isPrivate true and a list (OO-57); the caller stands in it in any case (OO-58)."""
        if not is_private or not access:
            if not call.broken("stays-private"):
                case["private"], case["access"] = False, []
            return
        if call.broken("stays-public"):
            return
        known = [user for user in access if self.store.current("user", user) is not None]
        if call.broken("first-user-only"):
            known = known[:1]
        if call.broken("access-added"):
            known = [*case["access"], *known]
        case["private"], case["access"] = True, list(dict.fromkeys([*known, call.caller]))

    def _set_members(self, call: Call, case: Record, members: list[int]) -> None:
        """The members are replaced by those of the list that the caller can see (OO-61)."""
        if call.broken("members-lost"):
            return
        if call.broken("first-member-only"):
            members = members[:1]
        case["members"] = [key for key in dict.fromkeys(map(str, members)) if self._seen_contact(call, key) is not None]

    def _set_values(self, call: Call, case: Record, pairs: list[tuple[int, str]]) -> None:
        """Values that are not empty, of fields that cases have, are set; all others stay (OO-62)."""
        if call.broken("first-field-only"):
            pairs = pairs[:1]
        for number, value in pairs:
            field = self.store.current("field", str(number))
            if field is None or field["entity"] != "case" or not value.strip():
                continue
            if call.broken("date-field-lost") and field["type"] == DATE:
                continue
            case["values"][str(number)] = value.strip()

    # --- contacts of a case ---

    def add_case_contact(self, call: Call) -> Record:
        """Add a contact, which may be there already (OO-66)."""
        key, case, contact_key, contact = self._case_and_contact(call)
        if call.broken("full-at-three") and len(case["members"]) >= 3:
            raise Refused(400, "The case is full.")
        if call.broken("made-public"):
            case["private"], case["access"] = False, []
        if call.broken("closes"):
            case["closed"] = True
        if call.broken("replaces"):
            case["members"] = []
        if contact_key not in case["members"] and not call.broken("not-added"):
            case["members"].append(contact_key)
        self.write_case(call, key, case)
        if call.broken("next-case"):
            self._add_to_next(key, contact_key)
        if call.broken("answers-case"):
            return self.case_view(call, key, case)
        view = self.whole_contact(call, contact_key, contact)
        if call.broken("case-id"):
            view["id"] = int(key)
        return view

    def remove_case_contact(self, call: Call) -> Record:
        """Take a contact from the case."""
        key, case, contact_key, contact = self._case_and_contact(call)
        case["members"] = [member for member in case["members"] if member != contact_key]
        self.store.put("case", key, case)
        return self.whole_contact(call, contact_key, contact)

    def get_case_contacts(self, call: Call) -> list[Record]:
        """The contacts of the case that the caller can see; of a case that is not there, none (OO-65)."""
        key = self.case_key(call)
        self.let_in(call)
        case, shown = self.store.current("case", key), self.store.shown("case", key)
        if case is None or shown is None:
            return []
        if not self.may_see(call.caller, case):
            if self.ways.unseen == 403:
                raise Refused(403, "Access Denied")
            return []
        views = []
        for contact_key in shown["members"]:
            contact = self.store.shown("contact", contact_key)
            if contact is None or not self.may_see_contact(call.caller, contact):
                continue
            view = self.whole_contact(call, contact_key, contact)
            if not self.ways.page_members_only:
                view.update(_of_person_or_company(contact))
            views.append(view)
        return views

    def _case_and_contact(self, call: Call) -> tuple[str, Record, str, Record]:
        contact_id = call.parameters.number("contactid")
        if call.broken("number-refused") and isinstance(call.parameters.raw("contactid"), int):
            raise Refused(400, "contactid: not a string.")
        if call.broken("other-spelling") and "contactid" in call.parameters.in_body:
            contact_id = 0
        self.let_in(call)
        if call.broken("contactid-optional") and call.parameters.raw("contactid") is None:
            contact_id = int(next(iter(self.store.all_current("contact"))))
        if contact_id <= 0:
            raise Refused(400, "Value does not fall within the expected range.")
        key, case = self.case_to_change(call)
        if not self.may_see(call.caller, case):
            raise Refused(404, "Not found")
        if call.broken("private-refused") and case["private"] and not self.user(call.caller)["admin"]:
            raise Refused(403, "Access Denied")
        contact = self._seen_contact(call, str(contact_id))
        if contact is None or (call.broken("companies-refused") and contact["company"]):
            raise Refused(404, "Not found")
        return key, case, str(contact_id), contact

    def _seen_contact(self, call: Call, key: str) -> Record | None:
        contact = self.store.current("contact", key)
        return contact if contact is not None and self.may_see_contact(call.caller, contact) else None

    def _add_to_next(self, key: str, contact_key: str) -> None:
        neighbour = self.store.current("case", str(int(key) + 1))
        if neighbour is not None and contact_key not in neighbour["members"]:
            neighbour["members"].append(contact_key)
            self.store.put("case", str(int(key) + 1), neighbour)

    # --- views ---

    def case_view(self, call: Call, key: str, case: Record) -> Record:
        """The ten members of the page; the access list of a public case is empty."""
        view = self.read_without(call, self.whole_case(call, key, case), ("accessList",))
        return without(view, ("canEdit",)) if call.broken("can-edit-missing") else view

    def whole_contact(self, call: Call, key: str, contact: Record) -> Record:
        """The contact with the 24 members of the page; no status or type where the contact has none (OO-68)."""
        view: Record = {
            "addresses": [self._address(call, address) for address in contact["addresses"]],
            "createBy": self.user_view(call, contact["creator"]),
            "created": self.created(call, contact),
            "about": None if call.broken("about-null") else contact["about"],
            "industry": contact["industry"],
            "contactStatus": self._status(call, contact["status"]),
            "contactType": contact["type"],
            "commonData": [self._datum(call, datum) for datum in contact["data"]],
            "customFields": self.fields_view(call, "contact", key, contact["values"]),
            "tags": contact["tags"],
            "taskCount": contact["tasks"],
            "haveLateTasks": contact["late"],
            **self.contact_base(call, key, contact),
        }
        if call.broken("name-missing"):
            del view["displayName"]
        view = without(view, [name for name in ("contactStatus", "contactType") if view[name] is None])
        return self.read_without(call, view, _OPTIONAL_IN_CONTACT)

    def _address(self, call: Call, address: Record) -> Record:
        return {**address, "zip": len(address["zip"])} if call.broken("zip-number") else address

    def _status(self, call: Call, status: Record | None) -> Record | None:
        bare = status is not None and call.broken("color-bare")
        return {**status, "color": status["color"].lstrip("#")} if status is not None and bare else status

    def _datum(self, call: Call, datum: Record) -> Record:
        words = {0: "Phone", 1: "Email", 2: "Website"}
        return {**datum, "infoType": words[datum["infoType"]]} if call.broken("info-type-text") else datum


def _of_person_or_company(contact: Record) -> Record:
    """The members that real contacts have beyond the page's (OO-67)."""
    if contact["company"]:
        return {"companyName": contact["name"]}
    return {"firstName": contact["first"], "lastName": contact["last"]}
