"""How a request is read: its members, where they stand, how they are written and converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.crm import OPEN, OTHER, member, promise
from conformance.probes.onlyoffice.records import (
    COMPANY,
    CONTACTS,
    FIELDS,
    PERSON,
    PLAIN_COMPANY,
    PLAIN_PERSON,
    USERS,
    id_of,
    ids_of,
    path_to,
)
from conformance.probes.onlyoffice.requests import ADD, JSON, WRITE, carried_out, pair, refused, send, titled
from conformance.probes.onlyoffice.states import state_of, unchanged
from conformance.target.drafting import Draft
from conformance.target.exchange import FORM
from specs.contract import Contract

XML = "text/xml"

_TYPES: Mapping[str, Callable[[ProbeContext], tuple[list[dict[str, Any]], list[dict[str, Any]]]]] = {
    "OU-23": lambda ctx: ([{"members": ids_of(ctx, PERSON)}, {"members": ids_of(ctx, PERSON, COMPANY)}], []),
    "OU-24": lambda ctx: ([{"members": ids_of(ctx, COMPANY)}], [{"members": ["abc"]}, {"members": [[]]}]),
    "OU-29": lambda ctx: ([{"customFieldList": [pair(ctx, "field.text")]}], []),
    "OU-30": lambda ctx: ([{"customFieldList": [pair(ctx, "field.text"), pair(ctx, "field.date")]}], []),
    "OU-31": lambda ctx: (
        [{"customFieldList": [pair(ctx, "field.text")]}],
        [{"customFieldList": [{"Key": "abc", "Value": "x"}]}],
    ),
    "OU-32": lambda ctx: ([{"customFieldList": [pair(ctx, "field.text", "Zürich 界")]}], []),
    "OU-39": lambda ctx: ([{"isPrivate": True}, {"isPrivate": False}], []),
    "OU-45": lambda ctx: ([{"accessList": ids_of(ctx, *USERS)}], []),
    "OU-46": lambda ctx: (
        [{"accessList": ids_of(ctx, "user.colleague")}],
        [{"accessList": ["nobody"]}, {"accessList": ["9924256a-739c-462b-af15"]}],
    ),
    "OU-52": lambda ctx: ([{"isNotify": True}, {"isNotify": False}], []),
}
"""By statement: members that are accepted, and members that are refused."""

_OPTIONAL = {
    "members": "OU-22",
    "customFieldList": "OU-28",
    "isPrivate": "OU-38",
    "accessList": "OU-44",
    "isNotify": "OU-51",
}


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of how a request is read."""
    yield Probe("members of each type", WRITE, tuple(_TYPES), _types, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("each optional member absent", WRITE, tuple(_OPTIONAL.values()), _absent, (OPEN, *CONTACTS, *USERS))
    yield Probe("path, query, body", WRITE, ("OO-25", "OU-10", "OU-57"), _first_counts, (OPEN, OTHER))
    yield Probe("query before body", ADD, ("OO-25",), _query_names_the_contact, (OPEN, PLAIN_COMPANY, PLAIN_PERSON))
    yield Probe("same request in each media type", WRITE, ("OO-26",), _media_types, (OPEN, *CONTACTS, *FIELDS))
    yield Probe("body without its Content-Type", WRITE, ("OO-26",), _no_content_type, (OPEN,))
    yield Probe("JSON that is not an object", WRITE, ("OO-27",), _no_object, (OPEN,))
    yield Probe("letter case of names", WRITE, ("OO-28",), _letter_case, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("letter case of contactid", ADD, ("OO-28", "OC-20"), _contact_letter_case, (OPEN, *CONTACTS))
    yield Probe("unknown members", WRITE, ("OO-29",), _unknown_members, (OPEN,))
    yield Probe("missing values", WRITE, ("OO-30",), _missing_values, (OPEN, "user.colleague"))
    yield Probe("text for numbers and booleans", WRITE, ("OO-31",), _texts, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("values that cannot be converted", WRITE, ("OO-31", "OO-32"), _unconvertible, (OPEN, "field.text"))
    yield Probe("one value for a list", WRITE, ("OO-33",), _single_values, (OPEN, *CONTACTS, *USERS))
    yield Probe("forms of customFieldList", WRITE, ("OO-34",), _pairs, (OPEN, *FIELDS))


def _types(ctx: ProbeContext) -> None:
    for statement, members in _TYPES.items():
        right, wrong = members(ctx)
        for sent in right:
            ctx.accepted([statement], send(ctx, WRITE, OPEN, body=titled(ctx, **sent)), f"{sent}")
        for sent in wrong:
            refused(ctx, statement, 400, f"{sent}", body=titled(ctx, **sent))


def _absent(ctx: ProbeContext) -> None:
    whole = {
        "members": ids_of(ctx, PERSON),
        "customFieldList": [pair(ctx, "field.text")],
        "isPrivate": True,
        "accessList": ids_of(ctx, "user.colleague"),
        "isNotify": False,
    }
    control = Draft(path_to(ctx, OPEN), JSON, titled(ctx, **whole))
    for name, statement in _OPTIONAL.items():
        rest = {key: value for key, value in whole.items() if key != name}
        exchange = send(ctx, WRITE, OPEN, body=titled(ctx, **rest))
        ctx.accepted([statement], exchange, f"all members but {name}", control=control)


def _first_counts(ctx: ProbeContext) -> None:
    other = id_of(ctx, OTHER)
    before = state_of(ctx, OTHER)
    carried_out(ctx, "OU-10", "a caseid in the body", taken="OU-57", body=titled(ctx, caseid=other))
    unchanged(ctx, "OU-10", before, OTHER, "the case that the body names")
    carried_out(ctx, "OO-25", "a caseid in the query", body=titled(ctx), query={"caseid": other})
    body = titled(ctx)
    named = f"{body['title']} in the query"
    carried_out(ctx, "OO-25", "a title in the query too", {"title": named}, body=body, query={"title": named})
    unchanged(ctx, "OO-25", before, OTHER, "the case that body and query name")


def _query_names_the_contact(ctx: ProbeContext) -> None:
    first, second = ids_of(ctx, PLAIN_COMPANY, PLAIN_PERSON)
    exchange = send(ctx, ADD, OPEN, body={"contactid": second}, query={"contactid": first})
    if ctx.accepted(["OO-25"], exchange, "a contactid in the query and in the body"):
        shown = member(exchange.value["response"], "id")
        promise(ctx, "OO-25", shown == first, exchange, "Another contactid counted", f"the {first} of the query")


def _media_types(ctx: ProbeContext) -> None:
    person, company = ids_of(ctx, PERSON, COMPANY)
    field = id_of(ctx, "field.text")
    for media in (JSON, FORM, XML, "application/json; charset=utf-8"):
        body = titled(ctx, members=[person, company], customFieldList=[{"Key": field, "Value": f"by {media}"}])
        wanted = {"title": body["title"], "members": [person, company], "fields": {field: f"by {media}"}}
        xml = (
            f"<anything><title>{body['title']}</title><members>{person}</members><members>{company}</members>"
            f"<customFieldList><Key>{field}</Key><Value>by {media}</Value></customFieldList></anything>"
        )
        carried_out(ctx, "OO-26", f"an update as {media}", wanted, body=xml if media == XML else body, media=media)


def _no_content_type(ctx: ProbeContext) -> None:
    refused(ctx, "OO-26", 400, "JSON without a Content-Type", raw=b'{"title": "x"}', media="")
    title = titled(ctx)["title"]
    form = f"title={title}".encode()
    carried_out(ctx, "OO-26", "a form without a Content-Type", {"title": title}, raw=form, media="")


def _no_object(ctx: ProbeContext) -> None:
    for raw in (b"{", b'{"title": }', b"[]", b'"title"', b"1"):
        refused(ctx, "OO-27", 400, f"the body {raw.decode()}", raw=raw)
    title = titled(ctx)["title"]
    carried_out(ctx, "OO-27", "an empty body", {"title": title}, raw=b"", query={"title": title})
    refused(ctx, "OO-27", 400, "an empty body and no contactid", name=ADD, raw=b"")


def _letter_case(ctx: ProbeContext) -> None:
    title, person = titled(ctx)["title"], id_of(ctx, PLAIN_PERSON)
    body = {"TITLE": title, "Members": [person], "ISPRIVATE": True, "accesslist": ids_of(ctx, "user.colleague")}
    wanted = {"title": title, "members": [person], "private": True}
    carried_out(ctx, "OO-28", "names in other letter case", wanted, body=body)
    kept = {"fields": state_of(ctx, OPEN)["fields"]}
    exact = titled(ctx, customfieldlist=[pair(ctx, "field.text", "in the wrong letter case")])
    carried_out(ctx, "OO-28", "customfieldlist in small letters", kept, body=exact)


def _contact_letter_case(ctx: ProbeContext) -> None:
    for name, role in (("contactId", PLAIN_COMPANY), ("CONTACTID", COMPANY)):
        exchange = send(ctx, ADD, OPEN, body={name: id_of(ctx, role)})
        if ctx.accepted(["OO-28"], exchange, f"contactid as {name}"):
            # Only where another spelling is taken does a refusal of the page's speak of the spelling.
            spelt = send(ctx, ADD, OPEN, body={"contactid": id_of(ctx, role)})
            ctx.accepted(["OC-20"], spelt, "contactid as the page spells it")


def _unknown_members(ctx: ProbeContext) -> None:
    body = titled(ctx, isClosed=True, id=7, casepact={"unknown": [1, None]}, createBy="nobody")
    carried_out(ctx, "OO-29", "undeclared members", {"closed": False}, body=body)
    carried_out(ctx, "OO-29", "an undeclared parameter", body=titled(ctx), query={"casepact": "unknown"})


def _missing_values(ctx: ProbeContext) -> None:
    carried_out(ctx, "OO-30", "an update with a title alone", body=titled(ctx))
    users = ids_of(ctx, "user.colleague")
    carried_out(ctx, "OO-30", "accessList without isPrivate", {"private": False}, body=titled(ctx, accessList=users))
    refused(ctx, "OO-30", 400, "an update without a title", body={"isNotify": False})
    refused(ctx, "OO-30", 400, "a contact without a number", name=ADD, body={})


def _texts(ctx: ProbeContext) -> None:
    person, users, field = id_of(ctx, PLAIN_PERSON), ids_of(ctx, "user.colleague"), id_of(ctx, "field.text")
    for text, private in (("true", True), ("false", False), ("TRUE", True), ("True", True), ("False", False)):
        body = titled(ctx, isPrivate=text, isNotify="false", accessList=users)
        carried_out(ctx, "OO-31", f"isPrivate as the text {text}", {"private": private}, body=body)
    body = titled(ctx, members=[str(person)], customFieldList=[{"Key": str(field), "Value": "by text"}])
    wanted = {"members": [person], "fields": {field: "by text"}}
    carried_out(ctx, "OO-31", "numbers as text", wanted, body=body)
    exchange = send(ctx, ADD, OPEN, body={"contactid": str(id_of(ctx, PLAIN_COMPANY))})
    ctx.accepted(["OO-31"], exchange, "contactid as text")


def _unconvertible(ctx: ProbeContext) -> None:
    wrong: dict[str, list[dict[str, Any]]] = {
        "OO-31": [
            *({"isPrivate": value} for value in (1, 0, "1", "0")),
            *({"members": [value]} for value in (12.5, "12.5")),
            *({"accessList": [value]} for value in ("nobody", 1234)),
            {"isNotify": 1},
        ],
        "OO-32": [
            *({"members": value} for value in (["abc"], [2**63], "abc")),
            *({"customFieldList": [{"Key": key, "Value": "x"}]} for key in ("abc", 2**63)),
            *({"isPrivate": "perhaps"}, {"isNotify": "perhaps"}),
        ],
    }
    for statement, members in wrong.items():
        for sent in members:
            refused(ctx, statement, 400, f"{sent}", body=titled(ctx, **sent))
    for statement, number in (("OO-31", 12.5), ("OO-31", "12.5"), ("OO-32", "abc"), ("OO-32", 2**63)):
        refused(ctx, statement, 400, f"contactid {number!r}", name=ADD, body={"contactid": number})
    refused(ctx, "OO-32", 400, "a caseid beyond every number", path={"caseid": 2**63}, body=titled(ctx))


def _single_values(ctx: ProbeContext) -> None:
    person, colleague = id_of(ctx, PLAIN_PERSON), id_of(ctx, "user.colleague")
    carried_out(ctx, "OO-33", "one number as members", {"members": [person]}, body=titled(ctx, members=person))
    body = titled(ctx, isPrivate=True, accessList=colleague)
    carried_out(ctx, "OO-33", "one GUID as accessList", {"private": True}, body=body)
    kept = {"fields": state_of(ctx, OPEN)["fields"]}
    carried_out(ctx, "OO-33", "an empty list of fields", kept, body=titled(ctx, customFieldList=[]))
    for name in ("members", "accessList"):
        refused(ctx, "OO-33", 400, f"{name} null", body=titled(ctx, **{name: None}))
        refused(ctx, "OO-33", 400, f"null within {name}", body=titled(ctx, **{name: [None]}))


def _pairs(ctx: ProbeContext) -> None:
    field = id_of(ctx, "field.text")
    forms: list[tuple[str, str, Callable[[str], Any]]] = [
        ("Key and Value", JSON, lambda value: [{"Key": field, "Value": value}]),
        ("key and value", JSON, lambda value: [{"key": field, "value": value}]),
        ("one pair without the list", JSON, lambda value: {"Key": field, "Value": value}),
        ("names with brackets", FORM, lambda value: [{"Key": field, "Value": value}]),
    ]
    for what, media, pairs in forms:
        body = titled(ctx, customFieldList=pairs(f"by {what}"))
        carried_out(ctx, "OO-34", what, {"fields": {field: f"by {what}"}}, body=body, media=media)
    kept = {"fields": state_of(ctx, OPEN)["fields"]}
    body = titled(ctx, customFieldList=[{str(field): "by its number"}])
    carried_out(ctx, "OO-34", "the number as name", kept, body=body)
