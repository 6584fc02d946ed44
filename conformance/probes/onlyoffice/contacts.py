"""Contacts of a case: added, removed, shown, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.crm import OPEN, OTHER, PRIVATE, REOPEN, UNKNOWN_CASE, member, promise
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
from conformance.probes.onlyoffice.requests import ADD, REMOVE, WRITE, carried_out, hidden_case, refused, send, titled
from conformance.probes.onlyoffice.states import LIST, numbers, response_of, state_of, unchanged
from conformance.target.exchange import Exchange
from conformance.target.needs import UnmetNeed
from specs.contract import Contract

_NAMES = ("firstName", "lastName", "company", "title", "companyName", "personsCount")
_NAMES_OF: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    PERSON: (("firstName", "lastName"), ("companyName",)),
    PLAIN_PERSON: (("firstName", "lastName"), ("companyName",)),
    COMPANY: (("companyName",), ("firstName", "lastName")),
    PLAIN_COMPANY: (("companyName",), ("firstName", "lastName")),
}
"""By role: the members that tell a person from a company, and those that it has not."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of contacts of a case."""
    yield Probe("the contact takes part", ADD, ("OC-04", "OC-54"), _contact_added, (OPEN, OTHER, *CONTACTS))
    needs = (OTHER, PLAIN_COMPANY, "user.colleague", "actor:colleague")
    yield Probe("a private case stays as it is", ADD, ("OC-04",), _to_private_case, needs)
    yield Probe("the case of the path", ADD, ("OC-10", "OO-29"), _case_of_path, (OPEN, OTHER, PLAIN_COMPANY))
    rights = (FULL, PERSON, PLAIN_PERSON, HIDDEN, READ_ONLY, *RIGHTS)
    yield Probe("access to case and contact", ADD, ("OO-65",), _access, rights)
    yield Probe("contact added twice", ADD, ("OO-66",), _added_twice, (FULL, *CONTACTS))
    yield Probe("the page's members", ADD, ("OC-35", "OC-38", "OC-53"), _page_members, (FULL, *CONTACTS))
    yield Probe("person and company", LIST, ("OO-67",), _person_and_company, (FULL, *CONTACTS), writes=False)
    yield Probe("person and company", REMOVE, ("OO-67",), _removed, (OPEN, *CONTACTS))
    yield Probe("contacts of a closed case", ADD, ("OO-72",), _contacts_of_closed_case, (CLOSED, PLAIN_PERSON))
    yield Probe("what contacts show", LIST, ("OO-73", "OO-77", "OO-78", "D-39"), _contacts, (FULL, *CONTACTS))


def _contact_added(ctx: ProbeContext) -> None:
    others = state_of(ctx, OTHER)
    for role in (PLAIN_COMPANY, PERSON, COMPANY, PLAIN_PERSON):
        contact = id_of(ctx, role)
        before = state_of(ctx, OPEN)["members"]
        wanted = {} if before is None else {"members": sorted({*before, contact})}
        exchange = carried_out(ctx, "OC-04", f"adding a {role}", wanted, name=ADD, body={"contactid": contact})
        if exchange is not None:
            shown = member(exchange.value["response"], "id")
            title = "Another contact was answered"
            promise(ctx, "OC-54", shown == contact, exchange, title, f"id {contact}", received=f"id {shown}")
    unchanged(ctx, "OC-04", others, OTHER, "another case")


def _to_private_case(ctx: ProbeContext) -> None:
    """
    An ordinary user on the access list adds to a case that is private and open, and it stays both.

    It is made so here: a case that an earlier request closed or showed to all would hide that this one does.
    """
    body = titled(ctx, isPrivate=True, accessList=ids_of(ctx, "user.colleague"))
    send(ctx, WRITE, OTHER, body=body)
    send(ctx, REOPEN, OTHER)
    _adding(ctx, OTHER, PLAIN_COMPANY, "colleague")


def _adding(ctx: ProbeContext, role: str, contact: str, actor: str) -> Exchange | None:
    """Promise that an ordinary user who sees case and contact adds the one to the other."""
    members, number = state_of(ctx, role)["members"], id_of(ctx, contact)
    wanted = {} if members is None else {"members": sorted({*members, number})}
    body, what = {"contactid": number}, f"adding to {role} by {actor}"
    return carried_out(ctx, "OC-04", what, wanted, name=ADD, role=role, actor=actor, body=body)


def _case_of_path(ctx: ProbeContext) -> None:
    others = state_of(ctx, OTHER)
    contact, members = id_of(ctx, PLAIN_COMPANY), state_of(ctx, OPEN)["members"]
    wanted = {} if members is None else {"members": sorted({*members, contact})}
    body = {"contactid": contact, "caseid": id_of(ctx, OTHER), "casepact": {"unknown": [1, None]}}
    carried_out(ctx, "OC-10", "a caseid in the body", wanted, taken="OO-29", name=ADD, body=body)
    unchanged(ctx, "OC-10", others, OTHER, "the case that the body names")


def _access(ctx: ProbeContext) -> None:
    hidden_case(ctx)
    contact = id_of(ctx, READ_ONLY)
    before = state_of(ctx, PRIVATE)["members"] or []
    wanted = {"members": sorted({*before, contact})}
    rights = {"role": PRIVATE, "actor": "colleague"}
    what = "a contact that may be read only"
    carried_out(ctx, "OO-65", f"adding {what}", wanted, name=ADD, body={"contactid": contact}, **rights)
    wanted = {"members": sorted({*before} - {contact})}
    carried_out(ctx, "OO-65", f"removing {what}", wanted, name=REMOVE, path={"contactid": contact}, **rights)
    if _adding(ctx, OPEN, PLAIN_PERSON, "outsider") is None:
        raise UnmetNeed("needs an outsider who may add what he sees; else a refusal says nothing of what is hidden")
    hidden = id_of(ctx, HIDDEN)
    for role, number, who in ((PRIVATE, contact, "from a hidden case"), (FULL, hidden, "that is hidden")):
        actor = {"role": role, "actor": "outsider"}
        refused(ctx, "OO-65", 404, f"adding a contact {who}", name=ADD, body={"contactid": number}, **actor)
        refused(ctx, "OO-65", 404, f"removing a contact {who}", name=REMOVE, path={"contactid": number}, **actor)
    seen = ctx.call(LIST, path={"caseid": id_of(ctx, FULL)}, actor="outsider")
    shown = numbers(response_of(ctx, seen))
    all_ = state_of(ctx, FULL)["contacts"] or []
    if shown is not None:
        seen_by_all = {*ids_of(ctx, PLAIN_PERSON, PLAIN_COMPANY)} & {*all_}
        held = hidden not in shown and seen_by_all <= {*shown}
        title, wanted_ids = "Reading contacts as somebody who may not see all", sorted(seen_by_all)
        promise(ctx, "OO-65", held, seen, title, f"{wanted_ids}, not {hidden}", received=f"{shown}")
    none = ctx.call(LIST, path={"caseid": UNKNOWN_CASE})
    if ctx.accepted(["OO-65"], none, "reading the contacts of an unknown case"):
        promise(ctx, "OO-65", not none.value["response"], none, "An unknown case has contacts", "none")


def _added_twice(ctx: ProbeContext) -> None:
    before = state_of(ctx, FULL)["members"] or []
    contact = before[0] if before else id_of(ctx, PLAIN_PERSON)
    for _ in range(2):
        wanted = {"members": sorted({*before, contact})}
        what = "adding a contact that takes part"
        exchange = carried_out(ctx, "OO-66", what, wanted, name=ADD, role=FULL, body={"contactid": contact})
        if exchange is not None:
            promise(ctx, "OO-66", exchange.response.status == 201, exchange, "A contact added again", "201")


def _page_members(ctx: ProbeContext) -> None:
    """What reading shows of Tags, adding shows too; the names of a person or a company are a note (X-23, X-26)."""
    read = response_of(ctx, ctx.call(LIST, path=path_to(ctx, FULL))) or ()
    tags = {member(contact, "id"): member(contact, "tags") or [] for contact in read}
    for role in CONTACTS:
        exchange = send(ctx, ADD, FULL, body={"contactid": id_of(ctx, role)})
        contact = response_of(ctx, exchange)
        # An answer about another contact is OC-54's to judge.
        if member(contact, "id") != id_of(ctx, role):
            continue
        known = tags.get(id_of(ctx, role))
        if known:
            shown = member(contact, "tags")
            title = "Adding does not show the Tags that reading shows"
            promise(ctx, "OC-38", shown == known, exchange, title, f"{known}", received=f"{shown}")
        kind = member(contact, "contactType")
        if kind is not None:
            held = isinstance(member(kind, "id"), int)
            promise(ctx, "OC-35", held, exchange, "ContactType is not an entry of a list", "an id", received=f"{kind}")
        more = [name for name in _NAMES if member(contact, name) is not None]
        promise(ctx, "OC-53", not more, exchange, "Members that the page does not show", "none", received=f"{more}")


def _person_and_company(ctx: ProbeContext) -> None:
    read = ctx.call(LIST, path=path_to(ctx, FULL))
    contacts = {member(contact, "id"): contact for contact in response_of(ctx, read) or ()}
    for role in _NAMES_OF:
        if id_of(ctx, role) in contacts:
            _named(ctx, read, role, contacts[id_of(ctx, role)])


def _removed(ctx: ProbeContext) -> None:
    for role in _NAMES_OF:
        exchange = send(ctx, REMOVE, OPEN, path={"contactid": id_of(ctx, role)})
        contact = response_of(ctx, exchange)
        if member(contact, "id") == id_of(ctx, role):
            _named(ctx, exchange, role, contact)


def _named(ctx: ProbeContext, exchange: Exchange, role: str, contact: Any) -> None:
    """Promise the names that a person or a company of this role has, and none of the other."""
    names, others = _NAMES_OF[role]
    missing = [name for name in names if member(contact, name) is None]
    wrong = [name for name in others if member(contact, name) is not None]
    title, received = f"The names of a {role}", f"without {missing}, with {wrong}"
    promise(ctx, "OO-67", not missing and not wrong, exchange, title, ", ".join(names), received=received)


def _contacts_of_closed_case(ctx: ProbeContext) -> None:
    contact = id_of(ctx, PLAIN_PERSON)
    before = state_of(ctx, CLOSED)["members"] or []
    wanted = {"members": sorted({*before, contact}), "closed": True}
    what = "a contact for a closed case"
    carried_out(ctx, "OO-72", what, wanted, name=ADD, role=CLOSED, body={"contactid": contact})
    wanted = {"members": sorted({*before} - {contact}), "closed": True}
    carried_out(ctx, "OO-72", what, wanted, name=REMOVE, role=CLOSED, path={"contactid": contact})


def _contacts(ctx: ProbeContext) -> None:
    read = ctx.call(LIST, path=path_to(ctx, FULL))
    for contact in response_of(ctx, read) or ():
        number, is_company = member(contact, "id"), member(contact, "isCompany")
        share, private, shared = (member(contact, name) for name in ("shareType", "isPrivate", "isShared"))
        if None not in (share, private, shared):
            held = private is (share == 0) and shared is (share in (1, 2))
            received = f"ShareType {share}, IsPrivate {private}, IsShared {shared}"
            promise(
                ctx, "OO-73", held, read, "Privacy and ShareType disagree", "private only with 0", received=received
            )
            held = (member(contact, "accessList") is not None) is (share == 0)
            promise(ctx, "D-39", held, read, "AccessList of a contact", "only of a private contact", received=received)
        for name, size in (("smallFotoUrl", "1"), ("mediumFotoUrl", "2")):
            address = member(contact, name)
            if address is not None:
                wanted = {"action": ["contactphotoulr"], "cid": [f"{number}"], "isc": [f"{is_company}"], "ps": [size]}
                parts = urlsplit(address)
                held = parts.path.endswith("HttpHandlers/filehandler.ashx") and parse_qs(parts.query) == wanted
                promise(ctx, "OO-77", held, read, "Address of a picture", f"{wanted}", received=address)
        shown, first, last = (member(contact, name) for name in ("displayName", "firstName", "lastName"))
        if is_company is False and None not in (shown, first, last):
            title = "DisplayName of a person"
            promise(ctx, "OO-78", shown == f"{first} {last}", read, title, f"{first} {last}", received=f"{shown}")
