"""Contacts of a case: added, removed, shown, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from conformance.bench import Bench, Probe
from conformance.probes.crm import OPEN, OTHER, PRIVATE, UNKNOWN_CASE, member
from conformance.probes.onlyoffice.records import (
    CLOSED,
    COMPANY,
    CONTACTS,
    FULL,
    HIDDEN,
    PERSON,
    PLAIN_COMPANY,
    PLAIN_PERSON,
    READ_ONLY,
    RIGHTS,
    id_of,
    ids_of,
    path_to,
)
from conformance.probes.onlyoffice.requests import ADD, REMOVE, carried_out, hidden_case, promise, refused, send
from conformance.probes.onlyoffice.states import LIST, numbers, response_of, state_of, unchanged
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of contacts of a case."""
    yield Probe("the contact takes part", ADD, ("OC-04", "OC-54"), _contact_added, (OPEN, OTHER, *CONTACTS))
    yield Probe("access to case and contact", ADD, ("OO-65",), _access, (FULL, PERSON, HIDDEN, READ_ONLY, *RIGHTS))
    yield Probe("contact added twice", ADD, ("OO-66",), _added_twice, (FULL, *CONTACTS))
    yield Probe("person and company", ADD, ("OO-67", "OO-68"), _person_and_company, (OPEN, *CONTACTS))
    yield Probe("contacts of a closed case", ADD, ("OO-72",), _contacts_of_closed_case, (CLOSED, PLAIN_PERSON))
    yield Probe("what contacts show", LIST, ("OO-73", "OO-77", "OO-78", "D-39"), _contacts, (FULL, *CONTACTS))


def _contact_added(bench: Bench) -> None:
    others = state_of(bench, OTHER)
    for role in (PLAIN_COMPANY, PERSON):
        contact = id_of(bench, role)
        before = state_of(bench, OPEN)["members"]
        wanted = {} if before is None else {"members": sorted({*before, contact})}
        exchange = carried_out(bench, "OC-04", f"adding a {role}", wanted, name=ADD, body={"contactid": contact})
        if exchange is not None:
            shown = member(exchange.value["response"], "id")
            title = "Another contact was answered"
            promise(bench, "OC-54", shown == contact, exchange, title, f"id {contact}", received=f"id {shown}")
    unchanged(bench, "OC-04", others, OTHER, "another case")


def _access(bench: Bench) -> None:
    hidden_case(bench)
    contact = id_of(bench, READ_ONLY)
    before = state_of(bench, PRIVATE)["members"] or []
    wanted = {"members": sorted({*before, contact})}
    rights = {"role": PRIVATE, "actor": "colleague"}
    what = "a contact that may be read only"
    carried_out(bench, "OO-65", f"adding {what}", wanted, name=ADD, body={"contactid": contact}, **rights)
    wanted = {"members": sorted({*before} - {contact})}
    carried_out(bench, "OO-65", f"removing {what}", wanted, name=REMOVE, path={"contactid": contact}, **rights)
    hidden = id_of(bench, HIDDEN)
    for role, number, who in ((PRIVATE, contact, "from a hidden case"), (FULL, hidden, "that is hidden")):
        actor = {"role": role, "actor": "outsider"}
        refused(bench, "OO-65", 404, f"adding a contact {who}", name=ADD, body={"contactid": number}, **actor)
        refused(bench, "OO-65", 404, f"removing a contact {who}", name=REMOVE, path={"contactid": number}, **actor)
    seen = bench.call(LIST, path={"caseid": id_of(bench, FULL)}, actor="outsider")
    shown = numbers(response_of(bench, seen))
    all_ = state_of(bench, FULL)["contacts"] or []
    if shown is not None:
        seen_by_all = {*ids_of(bench, PLAIN_PERSON, PLAIN_COMPANY)} & {*all_}
        held = hidden not in shown and seen_by_all <= {*shown}
        title, wanted_ids = "Reading contacts as somebody who may not see all", sorted(seen_by_all)
        promise(bench, "OO-65", held, seen, title, f"{wanted_ids}, not {hidden}", received=f"{shown}")
    none = bench.call(LIST, path={"caseid": UNKNOWN_CASE})
    if bench.accepted(["OO-65"], none, "reading the contacts of an unknown case"):
        promise(bench, "OO-65", not none.value["response"], none, "An unknown case has contacts", "none")


def _added_twice(bench: Bench) -> None:
    before = state_of(bench, FULL)["members"] or []
    contact = before[0] if before else id_of(bench, PLAIN_PERSON)
    for _ in range(2):
        wanted = {"members": sorted({*before, contact})}
        what = "adding a contact that takes part"
        exchange = carried_out(bench, "OO-66", what, wanted, name=ADD, role=FULL, body={"contactid": contact})
        if exchange is not None:
            promise(bench, "OO-66", exchange.response.status == 201, exchange, "A contact added again", "201")


def _person_and_company(bench: Bench) -> None:
    for role, names, others in (
        (PERSON, ("firstName", "lastName", "company", "title"), ("companyName",)),
        (PLAIN_PERSON, ("firstName", "lastName"), ("companyName", "company")),
        (COMPANY, ("companyName", "personsCount"), ("firstName", "lastName")),
        (PLAIN_COMPANY, ("companyName",), ("firstName", "lastName", "personsCount")),
    ):
        exchange = send(bench, ADD, OPEN, body={"contactid": id_of(bench, role)})
        contact = response_of(bench, exchange)
        missing = [name for name in names if member(contact, name) is None]
        wrong = [name for name in others if member(contact, name) is not None]
        if contact is not None:
            title, received = f"The names of a {role}", f"without {missing}, with {wrong}"
            promise(bench, "OO-67", not missing and not wrong, exchange, title, ", ".join(names), received=received)
            extra = [name for name in ("tags", "contactType") if member(contact, name)]
            title = "Adding shows what only reading shows"
            promise(bench, "OO-68", not extra, exchange, title, "neither Tags nor ContactType", received=f"{extra}")
    tags = [
        member(contact, "tags") for contact in response_of(bench, bench.call(LIST, path=path_to(bench, OPEN))) or ()
    ]
    promise(
        bench, "OO-68", any(tags), bench.history[-1], "Reading contacts shows no Tags", "Tags of those that have some"
    )


def _contacts_of_closed_case(bench: Bench) -> None:
    contact = id_of(bench, PLAIN_PERSON)
    before = state_of(bench, CLOSED)["members"] or []
    wanted = {"members": sorted({*before, contact}), "closed": True}
    what = "a contact for a closed case"
    carried_out(bench, "OO-72", what, wanted, name=ADD, role=CLOSED, body={"contactid": contact})
    wanted = {"members": sorted({*before} - {contact}), "closed": True}
    carried_out(bench, "OO-72", what, wanted, name=REMOVE, role=CLOSED, path={"contactid": contact})


def _contacts(bench: Bench) -> None:
    read = bench.call(LIST, path=path_to(bench, FULL))
    for contact in response_of(bench, read) or ():
        number, is_company = member(contact, "id"), member(contact, "isCompany")
        share, private, shared = (member(contact, name) for name in ("shareType", "isPrivate", "isShared"))
        if None not in (share, private, shared):
            held = private is (share == 0) and shared is (share in (1, 2))
            received = f"ShareType {share}, IsPrivate {private}, IsShared {shared}"
            promise(
                bench, "OO-73", held, read, "Privacy and ShareType disagree", "private only with 0", received=received
            )
            held = (member(contact, "accessList") is not None) is (share == 0)
            promise(
                bench, "D-39", held, read, "AccessList of a contact", "only of a private contact", received=received
            )
        for name, size in (("smallFotoUrl", "1"), ("mediumFotoUrl", "2")):
            address = member(contact, name)
            if address is not None:
                wanted = {"action": ["contactphotoulr"], "cid": [f"{number}"], "isc": [f"{is_company}"], "ps": [size]}
                parts = urlsplit(address)
                held = parts.path.endswith("HttpHandlers/filehandler.ashx") and parse_qs(parts.query) == wanted
                promise(bench, "OO-77", held, read, "Address of a picture", f"{wanted}", received=address)
        shown, first, last = (member(contact, name) for name in ("displayName", "firstName", "lastName"))
        if is_company is False and None not in (shown, first, last):
            title = "DisplayName of a person"
            promise(bench, "OO-78", shown == f"{first} {last}", read, title, f"{first} {last}", received=f"{shown}")
