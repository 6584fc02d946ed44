"""What an update does: to members, custom fields, privacy and access, and by whom it may be sent."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.crm import OPEN, OTHER, PRIVATE, READ, member, promise
from conformance.probes.onlyoffice.records import (
    ACTORS,
    CLOSED,
    COMPANY,
    CONTACTS,
    FIELDS,
    FULL,
    HIDDEN,
    PERSON,
    PLAIN_COMPANY,
    RIGHTS,
    UNKNOWN_CONTACT,
    USERS,
    id_of,
    ids_of,
    path_to,
)
from conformance.probes.onlyoffice.requests import WRITE, carried_out, hidden_case, pair, refused, send, titled
from conformance.probes.onlyoffice.states import State, response_of, state_of, unchanged
from conformance.target.needs import UnmetNeed
from specs.contract import Contract

UNKNOWN_FIELD = 2_000_000_007
HEADING = 4


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of what an update does."""
    yield Probe(
        "this case and no other", WRITE, ("OU-04", "OU-69"), _this_case_only, (OPEN, OTHER, FULL, *CONTACTS, *FIELDS)
    )
    yield Probe("members are contacts", WRITE, ("OU-25",), _members, (OPEN, *CONTACTS))
    yield Probe("a custom field's new value", WRITE, ("OU-35",), _field_value, (OPEN, *FIELDS))
    yield Probe("private and public", WRITE, ("OU-40", "OU-42", "OU-72", "D-42"), _private_and_public, RIGHTS)
    yield Probe("access list", WRITE, ("OU-47", "OU-48"), _access_list, RIGHTS)
    yield Probe("titles of blanks", WRITE, ("OO-54",), _blank_titles, (OPEN,))
    yield Probe("who may update", WRITE, ("OO-55",), _who_may_update, RIGHTS)
    yield Probe("closed case", WRITE, ("OO-56",), _closed_case, (OPEN, CLOSED))
    yield Probe("privacy set anew", WRITE, ("OO-57",), _privacy_anew, RIGHTS)
    yield Probe("caller on the access list", WRITE, ("OO-58",), _caller_joins, RIGHTS)
    yield Probe("privacy by others", WRITE, ("OO-59",), _privacy_by_others, RIGHTS)
    yield Probe(
        "members replaced, never cleared", WRITE, ("OO-61",), _members_replaced, (FULL, HIDDEN, *CONTACTS, *ACTORS)
    )
    yield Probe("custom fields replaced", WRITE, ("OU-35", "OO-62", "D-41"), _fields_replaced, (OPEN, *FIELDS))
    yield Probe("what CustomFields shows", READ, ("OO-74", "OO-74b"), _custom_fields, (OPEN, OTHER, *FIELDS))


def _this_case_only(ctx: ProbeContext) -> None:
    others = {role: state_of(ctx, role) for role in (OTHER, FULL)}
    body = titled(ctx, members=ids_of(ctx, PERSON), customFieldList=[pair(ctx, "field.text")])
    exchange = send(ctx, WRITE, OPEN, body=body)
    if ctx.accepted(["OU-04"], exchange, "an update"):
        shown = member(exchange.value["response"], "title")
        if shown is not None:
            title = "Another title was answered"
            promise(ctx, "OU-69", shown == body["title"], exchange, title, body["title"], received=f"{shown}")
        ctx.read_back(exchange)
        for role, before in others.items():
            unchanged(ctx, "OU-04", before, role, "another case")


def _members(ctx: ProbeContext) -> None:
    for sent in (ids_of(ctx, PLAIN_COMPANY), ids_of(ctx, PERSON, COMPANY), ids_of(ctx, *CONTACTS)):
        carried_out(ctx, "OU-25", "an update with members", {"members": sorted(sent)}, body=titled(ctx, members=sent))


def _field_value(ctx: ProbeContext) -> None:
    field = id_of(ctx, "field.text")
    for value in ("Hall 4", "Hall 5: <b>&amp; 界</b>"):
        body = titled(ctx, customFieldList=[{"Key": field, "Value": value}])
        carried_out(ctx, "OU-35", "an update with a custom field", {"fields": {field: value}}, body=body)


def _private_and_public(ctx: ProbeContext) -> None:
    users = ids_of(ctx, "user.colleague")
    hidden, open_ = titled(ctx, isPrivate=True, accessList=users), titled(ctx, isPrivate=False, accessList=users)
    exchange = carried_out(
        ctx, "OU-40", "isPrivate true", {"private": True}, role=PRIVATE, body=hidden, actor="creator"
    )
    if exchange is not None:
        case = exchange.value["response"]
        listed = isinstance(member(case, "accessList"), list)
        promise(ctx, "OU-72", listed, exchange, "A private case without its AccessList", "a list of users")
        _may_read(ctx, "OU-40", "outsider", False, "a private case")
    exchange = carried_out(
        ctx, "OU-40", "isPrivate false", {"private": False}, role=PRIVATE, body=open_, actor="creator"
    )
    if exchange is not None:
        case = exchange.value["response"]
        shown = member(case, "isPrivate")
        title = "isPrivate false was not answered with IsPrivate false"
        promise(ctx, "OU-42", shown in (False, None), exchange, title, "False", received=f"{shown}")
        listed = isinstance(member(case, "accessList"), list)
        promise(ctx, "OU-72", listed, exchange, "A public case without its AccessList", "a list, which may be empty")
        _may_read(ctx, "OU-40", "outsider", True, "a public case")
        # Of the case that is public now; the first one may have been private all the time.
        carried_out(ctx, "OU-40", "isPrivate true again", {"private": True}, role=PRIVATE, body=hidden, actor="creator")
    alone = titled(ctx, isPrivate=True)
    what = "isPrivate true without accessList"
    carried_out(ctx, "D-42", what, {"private": True}, role=PRIVATE, body=alone, actor="creator")


def _access_list(ctx: ProbeContext) -> None:
    creator, colleague, outsider = ids_of(ctx, *USERS)
    for named, actor, other in ((colleague, "colleague", "outsider"), (outsider, "outsider", "colleague")):
        body = titled(ctx, isPrivate=True, accessList=[named])
        wanted = {"access": sorted([named, creator])}
        if (
            carried_out(ctx, "OU-48", "another access list", wanted, role=PRIVATE, body=body, actor="creator")
            is not None
        ):
            _may_read(ctx, "OU-47", actor, True, "a private case with the caller on its list")
            _may_read(ctx, "OU-47", other, False, "a private case without the caller on its list")
    body = titled(ctx, isPrivate=True, accessList=[outsider, colleague])
    wanted = {"access": sorted([outsider, colleague, creator])}
    if carried_out(ctx, "OU-48", "a list of two", wanted, role=PRIVATE, body=body, actor="creator") is not None:
        for actor in ("colleague", "outsider"):
            _may_read(ctx, "OU-47", actor, True, "a private case with the caller and another on its list")


def _blank_titles(ctx: ProbeContext) -> None:
    for title in (" ", "   ", "  blanks around  "):
        carried_out(ctx, "OO-54", f"the title {title!r}", {"title": title}, body={"title": title})


def _who_may_update(ctx: ProbeContext) -> None:
    users = ids_of(ctx, "user.colleague")
    for actor in ("colleague", "creator", "admin"):
        hidden_case(ctx)
        body = titled(ctx, isPrivate=True, accessList=users)
        carried_out(ctx, "OO-55", f"a private case, by {actor}", {}, role=PRIVATE, body=body, actor=actor)
    if carried_out(ctx, "OO-55", "a public case, by outsider", {}, body=titled(ctx), actor="outsider") is None:
        raise UnmetNeed("needs an outsider who may update a public case; else a refusal says nothing of a private one")
    hidden_case(ctx)
    body = titled(ctx, isPrivate=False, members=[])
    refused(ctx, "OO-55", 403, "a private case, by outsider", role=PRIVATE, body=body, actor="outsider")


def _closed_case(ctx: ProbeContext) -> None:
    for sent in ({}, {"isClosed": False}):
        carried_out(ctx, "OO-56", "a closed case", {"closed": True}, role=CLOSED, body=titled(ctx, **sent))
    for sent in ({}, {"isClosed": True}):
        carried_out(ctx, "OO-56", "an open case", {"closed": False}, body=titled(ctx, **sent))


def _privacy_anew(ctx: ProbeContext) -> None:
    users = ids_of(ctx, "user.colleague")
    for actor in ("creator", "admin"):
        for what, sent, private in (
            ("neither isPrivate nor accessList", {}, False),
            ("accessList alone", {"accessList": users}, False),
            ("isPrivate false and a list", {"isPrivate": False, "accessList": users}, False),
            ("isPrivate true and a list", {"isPrivate": True, "accessList": users}, True),
        ):
            hidden_case(ctx)
            wanted: State = {"private": private} if private else {"private": private, "access": []}
            carried_out(ctx, "OO-57", what, wanted, role=PRIVATE, body=titled(ctx, **sent), actor=actor)


def _caller_joins(ctx: ProbeContext) -> None:
    creator, colleague, outsider = ids_of(ctx, *USERS)
    for sent in ([colleague], [colleague, creator], [colleague, colleague.upper(), outsider, creator, creator.upper()]):
        body = titled(ctx, isPrivate=True, accessList=sent)
        wanted = {"private": True, "access": sorted({creator, *map(str.lower, sent)})}
        carried_out(
            ctx, "OO-58", "a list with and without the caller", wanted, role=PRIVATE, body=body, actor="creator"
        )


def _privacy_by_others(ctx: ProbeContext) -> None:
    outsider = ids_of(ctx, "user.outsider")
    hidden_case(ctx)
    kept = {aspect: value for aspect, value in state_of(ctx, PRIVATE).items() if aspect in ("private", "access")}
    for sent in (
        *({}, {"isPrivate": False}, {"isPrivate": True}, {"accessList": outsider}),
        *({"isPrivate": True, "accessList": outsider, "isNotify": True}, {"isPrivate": False, "accessList": []}),
    ):
        body = titled(ctx, **sent)
        carried_out(ctx, "OO-59", "privacy by somebody on the list", kept, role=PRIVATE, body=body, actor="colleague")
    body = titled(ctx, isPrivate=True, accessList=outsider)
    public = {"private": False, "access": []}
    carried_out(ctx, "OO-59", "privacy of a public case by another", public, body=body, actor="outsider")


def _members_replaced(ctx: ProbeContext) -> None:
    person, plain, company, _ = ids_of(ctx, *CONTACTS)
    hidden = id_of(ctx, HIDDEN)
    for what, sent, left, actor in (
        ("no members", None, None, ""),
        ("an empty list", [], None, ""),
        ("one of those before", [plain], [plain], ""),
        ("others than before", [person, company], [person, company], ""),
        ("an empty list", [], [person, company], ""),
        ("no members", None, [person, company], ""),
        ("one that does not exist too", [plain, UNKNOWN_CONTACT], [plain], ""),
        ("one twice", [plain, company, plain], [plain, company], ""),
        ("one that is hidden from the caller", [company, hidden], [company], "outsider"),
        ("none that exists", [UNKNOWN_CONTACT], [], ""),
        ("an empty list where nobody takes part", [], [], ""),
    ):
        body = titled(ctx) if sent is None else titled(ctx, members=sent)
        wanted = {"members": state_of(ctx, FULL)["members"] if left is None else left}
        carried_out(ctx, "OO-61", what, wanted, role=FULL, body=body, actor=actor)


def _fields_replaced(ctx: ProbeContext) -> None:
    text, date, _, of_contacts = ids_of(ctx, *FIELDS)
    for statement, what, pairs, listed in (
        ("OU-35", "one field", [(text, "first")], {text: "first"}),
        ("OU-35", "another field", [(date, "2026-11-02")], {date: "2026-11-02"}),
        ("OU-35", "two fields", [(text, "first"), (date, "2026-11-03")], {text: "first", date: "2026-11-03"}),
        ("OO-62", "an unknown field beside one of cases", [(UNKNOWN_FIELD, "x"), (text, "second")], {text: "second"}),
        ("OO-62", "a field of contacts beside one of cases", [(of_contacts, "x"), (text, "third")], {text: "third"}),
        ("OO-62", "an empty value beside another", [(date, ""), (text, "fourth")], {text: "fourth"}),
        ("OO-62", "a value with blanks around", [(text, "  fifth ")], {text: "fifth"}),
    ):
        body = titled(ctx, customFieldList=[{"Key": key, "Value": value} for key, value in pairs])
        carried_out(ctx, statement, what, {"fields": listed}, body=body)
    carried_out(ctx, "OO-62", "no customFieldList", body=titled(ctx))
    # What such lists leave of the fields before is nowhere said.
    for what, key, value in (
        ("an empty value", text, ""),
        ("an unknown field", UNKNOWN_FIELD, "x"),
        ("a field of contacts", of_contacts, "x"),
    ):
        exchange = send(ctx, WRITE, OPEN, body=titled(ctx, customFieldList=[{"Key": key, "Value": value}]))
        ctx.accepted(["OO-62"], exchange, f"{what} alone")


def _custom_fields(ctx: ProbeContext) -> None:
    heading = id_of(ctx, "field.heading")
    body = titled(ctx, customFieldList=[pair(ctx, "field.text"), pair(ctx, "field.date", "2026-11-02")])
    send(ctx, WRITE, OPEN, body=body)
    for role in (OPEN, OTHER):
        read = ctx.call(READ, path={"caseid": id_of(ctx, role)})
        fields = member(response_of(ctx, read), "customFields")
        if not isinstance(fields, list):
            continue
        places = [member(field, "position") for field in fields]
        ordered = None in places or places == sorted(places)
        promise(ctx, "OO-74", ordered, read, "CustomFields in another order", "by position", received=f"{places}")
        empty = [field for field in fields if not member(field, "fieldValue") and member(field, "fieldType") != HEADING]
        promise(ctx, "OO-74", not empty, read, "A field without a value is shown", "headings only", received=f"{empty}")
        shown = heading in [member(field, "id") for field in fields]
        promise(ctx, "OO-74", shown, read, "A heading is not shown", f"the heading {heading}")
        owners = {member(field, "entityId") for field in fields} - {None}
        held = owners <= {id_of(ctx, role)}
        promise(ctx, "OO-74b", held, read, "EntityId of another record", f"{id_of(ctx, role)}", received=f"{owners}")


def _may_read(ctx: ProbeContext, statement: str, actor: str, may: bool, what: str) -> None:
    read = ctx.call(READ, path=path_to(ctx, PRIVATE), actor=actor)
    if may:
        ctx.accepted([statement], read, f"reading {what}, as {actor}")
    else:
        ctx.refused([statement], read, f"reading {what}, as {actor}")
