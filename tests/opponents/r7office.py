"""
A portal with R7-Office's CRM as its page has it: closeCase.

Names are camelCase, booleans in XML are true and false, an empty element has two tags. Read with getCase, undone
with reopenCase; tokens come from authenticate. Users, contacts and cases: KNOWN.
"""

from __future__ import annotations

from datetime import timedelta

from starlette.applications import Starlette

from tests.opponents.crm import Call, Dialect, Kind, Operation, Portal, shared_faults, without
from tests.opponents.crm_requests import Refused
from tests.opponents.r7office_records import KNOWN, credentials, seed, stir
from tests.opponents.store import Record, Store
from tests.opponents.ways import Fault, Ways

__all__ = ["FAULTS", "KNOWN", "build", "credentials", "seed", "stir"]


def build(ways: Ways, fault: str | None, store: Store) -> Starlette:
    """The server, with its ways, and one fault or none."""
    return R7Office(ways, fault, store).app()


def _close(statements: str, kind: Kind, sentence: str) -> Fault:
    return Fault("closeCase", tuple(statements.split()), kind, sentence)


FAULTS: dict[str, Fault] = {
    "closeCase-not-closed": _close("R7-51 R7-04", "state", "The answer shows a closed case, the case stays open."),
    "closeCase-private-not-closed": _close("R7-51 R7-04", "state", "A private case stays open, answered as closed."),
    "closeCase-neighbours": _close("R7-04 R7-13", "state", "All cases of the same creator are closed."),
    "closeCase-values-lost": _close("R7-04", "state", "The custom fields lose their values by closing."),
    "closeCase-made-public": _close("R7-04", "state", "A private case becomes public by closing."),
    "closeCase-body-required": _close("R7-21", "rule", "A request without a body is refused with 400."),
    "closeCase-json-type-refused": _close("R7-19", "rule", "Content-Type application/json is refused with 415."),
    "closeCase-colleague-refused": _close("R7-04", "rule", "Only creator and admin may close, others get 403."),
    "closeCase-quote-500": _close("R7-04", "rule", "A case with quotes in its title is answered 500."),
    "closeCase-pascal": _close("R7-43", "form", "Members of the Case begin with capital letters."),
    "closeCase-field-id-text": _close("R7-41", "form", "The id of a custom field is a text."),
    "closeCase-private-text": _close("R7-32", "form", "isPrivate is a text."),
    "closeCase-field-type-text": _close("R7-38", "form", "The fieldType of a date field is a word."),
    "closeCase-mask-null": _close("R7-40", "form", "An empty mask is null."),
    "closeCase-create-by-name": _close("R7-23", "form", "createBy is the user's name."),
    "closeCase-can-edit-missing": _close("R7-33", "form", "The Case has no canEdit."),
    "closeCase-xml-capitals": _close("R7-47", "form", "Booleans in XML are True and False."),
    "closeCase-xml-empty-lost": _close("R7-48 R7-50", "form", "Elements with an empty text are left out of the XML."),
    **shared_faults(
        "closeCase",
        {
            "no-token": "R7-03",
            "any-token": "R7-03",
            "written-without-token": "R7-03",
            "body-id": "R7-11 R7-16",
            "late": "R7-51 R7-04",
            "html-type": "R7-06",
            "status-text": "R7-22",
            "status-missing": "R7-22",
            "created-number": "R7-29",
            "xml-root": "R7-45",
            "xml-wrapped": "R7-49",
        },
    ),
}


class R7Office(Portal):
    """The portal of R7-Office."""

    dialect = Dialect(pascal=False, true="true", false="false", short_empty_elements=False, zone=timedelta(hours=3))
    faults = FAULTS

    def operations(self) -> list[Operation]:
        """The operations, that of the page first."""
        case = "/crm/case/{caseid}"
        return [
            Operation("closeCase", "PUT", f"{case}/close", self.close_case),
            Operation("getCase", "GET", case, self.get_case),
            Operation("reopenCase", "PUT", f"{case}/reopen", self.reopen_case),
            Operation("authenticate", "POST", "/authentication", self.authenticate, 201, for_all=True, plain=True),
        ]

    def close_case(self, call: Call) -> Record:
        """Close the case; one that is closed stays so (OO-69)."""
        key, case = self.case_to_change(call)
        if not self.may_see(call.caller, case):
            raise Refused(403, "Access Denied")
        if call.broken("colleague-refused") and not self.owns(call.caller, case):
            raise Refused(403, "Access Denied")
        if call.broken("quote-500") and any(quote in case["title"] for quote in "'\""):
            raise Refused(500, "Object reference not set to an instance of an object.")
        if call.broken("values-lost"):
            case["values"] = {}
        if call.broken("made-public"):
            case["private"], case["access"] = False, []
        if call.broken("neighbours"):
            for other, neighbour in self.others_of_creator(key).items():
                self.store.put("case", other, {**neighbour, "closed": True})
        case["closed"] = True
        if not call.broken("not-closed") and not (call.broken("private-not-closed") and case["private"]):
            self.write_case(call, key, case)
        return self.case_view(call, key, case)

    def case_view(self, call: Call, key: str, case: Record) -> Record:
        """The members of the page, and members and accessList, the latter of private cases only (X-38)."""
        view = self.whole_case(call, key, case)
        if call.broken("create-by-name"):
            view["createBy"] = view["createBy"]["displayName"]
        if call.broken("can-edit-missing"):
            del view["canEdit"]
        if self.ways.page_members_only:
            return without(view, ("members", "accessList"))
        if not case["private"]:
            view = without(view, ("accessList",))
        return self.read_without(call, view, ("members", "accessList"))

    def contact_base(self, call: Call, key: str, contact: Record) -> Record:
        """The contact as it stands in a case; only a private one has an access list."""
        view = super().contact_base(call, key, contact)
        return view if contact["share"] == 0 else without(view, ("accessList",))
