"""How a request is read: its members, where they stand, how they are written and converted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.probes.context import Bench, Probe
from conformance.probes.crm import OPEN, OTHER, member
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
from conformance.probes.onlyoffice.requests import (
    ADD,
    FORM,
    JSON,
    WRITE,
    carried_out,
    pair,
    promise,
    refused,
    send,
    titled,
)
from conformance.probes.onlyoffice.states import state_of, unchanged
from conformance.target.drafting import Draft
from specs.contract import Contract

XML = "text/xml"

_TYPES: Mapping[str, Callable[[Bench], tuple[list[dict[str, Any]], list[dict[str, Any]]]]] = {
    "OU-23": lambda bench: ([{"members": ids_of(bench, PERSON)}, {"members": ids_of(bench, PERSON, COMPANY)}], []),
    "OU-24": lambda bench: ([{"members": ids_of(bench, COMPANY)}], [{"members": ["abc"]}, {"members": [[]]}]),
    "OU-29": lambda bench: ([{"customFieldList": [pair(bench, "field.text")]}], []),
    "OU-30": lambda bench: ([{"customFieldList": [pair(bench, "field.text"), pair(bench, "field.date")]}], []),
    "OU-31": lambda bench: (
        [{"customFieldList": [pair(bench, "field.text")]}],
        [{"customFieldList": [{"Key": "abc", "Value": "x"}]}],
    ),
    "OU-32": lambda bench: ([{"customFieldList": [pair(bench, "field.text", "Zürich 界")]}], []),
    "OU-39": lambda bench: ([{"isPrivate": True}, {"isPrivate": False}], []),
    "OU-45": lambda bench: ([{"accessList": ids_of(bench, *USERS)}], []),
    "OU-46": lambda bench: (
        [{"accessList": ids_of(bench, "user.colleague")}],
        [{"accessList": ["nobody"]}, {"accessList": ["9924256a-739c-462b-af15"]}],
    ),
    "OU-52": lambda bench: ([{"isNotify": True}, {"isNotify": False}], []),
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
    yield Probe("JSON that is no object", WRITE, ("OO-27",), _no_object, (OPEN,))
    yield Probe("letter case of names", WRITE, ("OO-28",), _letter_case, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("letter case of contactid", ADD, ("OO-28", "OC-20"), _contact_letter_case, (OPEN, *CONTACTS))
    yield Probe("unknown members", WRITE, ("OO-29",), _unknown_members, (OPEN,))
    yield Probe("missing values", WRITE, ("OO-30",), _missing_values, (OPEN, "user.colleague"))
    yield Probe("text for numbers and booleans", WRITE, ("OO-31",), _texts, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("values that cannot be converted", WRITE, ("OO-31", "OO-32"), _unconvertible, (OPEN, "field.text"))
    yield Probe("one value for a list", WRITE, ("OO-33",), _single_values, (OPEN, *CONTACTS, *USERS))
    yield Probe("forms of customFieldList", WRITE, ("OO-34",), _pairs, (OPEN, *FIELDS))


def _types(bench: Bench) -> None:
    for statement, members in _TYPES.items():
        right, wrong = members(bench)
        for sent in right:
            bench.accepted([statement], send(bench, WRITE, OPEN, body=titled(bench, **sent)), f"{sent}")
        for sent in wrong:
            refused(bench, statement, 400, f"{sent}", body=titled(bench, **sent))


def _absent(bench: Bench) -> None:
    whole = {
        "members": ids_of(bench, PERSON),
        "customFieldList": [pair(bench, "field.text")],
        "isPrivate": True,
        "accessList": ids_of(bench, "user.colleague"),
        "isNotify": False,
    }
    control = Draft(path_to(bench, OPEN), JSON, titled(bench, **whole))
    for name, statement in _OPTIONAL.items():
        rest = {key: value for key, value in whole.items() if key != name}
        exchange = send(bench, WRITE, OPEN, body=titled(bench, **rest))
        bench.accepted([statement], exchange, f"all members but {name}", control=control)


def _first_counts(bench: Bench) -> None:
    other = id_of(bench, OTHER)
    before = state_of(bench, OTHER)
    carried_out(bench, "OU-10", "a caseid in the body", taken="OU-57", body=titled(bench, caseid=other))
    unchanged(bench, "OU-10", before, OTHER, "the case that the body names")
    carried_out(bench, "OO-25", "a caseid in the query", body=titled(bench), query={"caseid": other})
    body = titled(bench)
    named = f"{body['title']} in the query"
    carried_out(bench, "OO-25", "a title in the query too", {"title": named}, body=body, query={"title": named})
    unchanged(bench, "OO-25", before, OTHER, "the case that body and query name")


def _query_names_the_contact(bench: Bench) -> None:
    first, second = ids_of(bench, PLAIN_COMPANY, PLAIN_PERSON)
    exchange = send(bench, ADD, OPEN, body={"contactid": second}, query={"contactid": first})
    if bench.accepted(["OO-25"], exchange, "a contactid in the query and in the body"):
        shown = member(exchange.value["response"], "id")
        promise(bench, "OO-25", shown == first, exchange, "Another contactid counted", f"the {first} of the query")


def _media_types(bench: Bench) -> None:
    person, company = ids_of(bench, PERSON, COMPANY)
    field = id_of(bench, "field.text")
    for media in (JSON, FORM, XML, "application/json; charset=utf-8"):
        body = titled(bench, members=[person, company], customFieldList=[{"Key": field, "Value": f"by {media}"}])
        wanted = {"title": body["title"], "members": [person, company], "fields": {field: f"by {media}"}}
        xml = (
            f"<anything><title>{body['title']}</title><members>{person}</members><members>{company}</members>"
            f"<customFieldList><Key>{field}</Key><Value>by {media}</Value></customFieldList></anything>"
        )
        carried_out(bench, "OO-26", f"an update as {media}", wanted, body=xml if media == XML else body, media=media)


def _no_content_type(bench: Bench) -> None:
    refused(bench, "OO-26", 400, "JSON without a Content-Type", raw=b'{"title": "x"}', media="")
    title = titled(bench)["title"]
    form = f"title={title}".encode()
    carried_out(bench, "OO-26", "a form without a Content-Type", {"title": title}, raw=form, media="")


def _no_object(bench: Bench) -> None:
    for raw in (b"{", b'{"title": }', b"[]", b'"title"', b"1"):
        refused(bench, "OO-27", 400, f"the body {raw.decode()}", raw=raw)
    title = titled(bench)["title"]
    carried_out(bench, "OO-27", "an empty body", {"title": title}, raw=b"", query={"title": title})
    refused(bench, "OO-27", 400, "an empty body and no contactid", name=ADD, raw=b"")


def _letter_case(bench: Bench) -> None:
    title, person = titled(bench)["title"], id_of(bench, PLAIN_PERSON)
    body = {"TITLE": title, "Members": [person], "ISPRIVATE": True, "accesslist": ids_of(bench, "user.colleague")}
    wanted = {"title": title, "members": [person], "private": True}
    carried_out(bench, "OO-28", "names in other letter case", wanted, body=body)
    kept = {"fields": state_of(bench, OPEN)["fields"]}
    exact = titled(bench, customfieldlist=[pair(bench, "field.text", "in the wrong letter case")])
    carried_out(bench, "OO-28", "customfieldlist in small letters", kept, body=exact)


def _contact_letter_case(bench: Bench) -> None:
    for name, role in (("contactId", PLAIN_COMPANY), ("CONTACTID", COMPANY)):
        exchange = send(bench, ADD, OPEN, body={name: id_of(bench, role)})
        if bench.accepted(["OO-28"], exchange, f"contactid as {name}"):
            # Only where another spelling is taken does a refusal of the page's speak of the spelling.
            spelt = send(bench, ADD, OPEN, body={"contactid": id_of(bench, role)})
            bench.accepted(["OC-20"], spelt, "contactid as the page spells it")


def _unknown_members(bench: Bench) -> None:
    body = titled(bench, isClosed=True, id=7, casepact={"unknown": [1, None]}, createBy="nobody")
    carried_out(bench, "OO-29", "members that nobody knows", {"closed": False}, body=body)
    carried_out(bench, "OO-29", "a parameter that nobody knows", body=titled(bench), query={"casepact": "unknown"})


def _missing_values(bench: Bench) -> None:
    carried_out(bench, "OO-30", "an update with a title alone", body=titled(bench))
    users = ids_of(bench, "user.colleague")
    carried_out(
        bench, "OO-30", "accessList without isPrivate", {"private": False}, body=titled(bench, accessList=users)
    )
    refused(bench, "OO-30", 400, "an update without a title", body={"isNotify": False})
    refused(bench, "OO-30", 400, "a contact without a number", name=ADD, body={})


def _texts(bench: Bench) -> None:
    person, users, field = id_of(bench, PLAIN_PERSON), ids_of(bench, "user.colleague"), id_of(bench, "field.text")
    for text, private in (("true", True), ("false", False), ("TRUE", True), ("True", True), ("False", False)):
        body = titled(bench, isPrivate=text, isNotify="false", accessList=users)
        carried_out(bench, "OO-31", f"isPrivate as the text {text}", {"private": private}, body=body)
    body = titled(bench, members=[str(person)], customFieldList=[{"Key": str(field), "Value": "by text"}])
    wanted = {"members": [person], "fields": {field: "by text"}}
    carried_out(bench, "OO-31", "numbers as text", wanted, body=body)
    exchange = send(bench, ADD, OPEN, body={"contactid": str(id_of(bench, PLAIN_COMPANY))})
    bench.accepted(["OO-31"], exchange, "contactid as text")


def _unconvertible(bench: Bench) -> None:
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
            refused(bench, statement, 400, f"{sent}", body=titled(bench, **sent))
    for statement, number in (("OO-31", 12.5), ("OO-31", "12.5"), ("OO-32", "abc"), ("OO-32", 2**63)):
        refused(bench, statement, 400, f"contactid {number!r}", name=ADD, body={"contactid": number})
    refused(bench, "OO-32", 400, "a caseid beyond every number", path={"caseid": 2**63}, body=titled(bench))


def _single_values(bench: Bench) -> None:
    person, colleague = id_of(bench, PLAIN_PERSON), id_of(bench, "user.colleague")
    carried_out(bench, "OO-33", "one number as members", {"members": [person]}, body=titled(bench, members=person))
    body = titled(bench, isPrivate=True, accessList=colleague)
    carried_out(bench, "OO-33", "one GUID as accessList", {"private": True}, body=body)
    kept = {"fields": state_of(bench, OPEN)["fields"]}
    carried_out(bench, "OO-33", "an empty list of fields", kept, body=titled(bench, customFieldList=[]))
    for name in ("members", "accessList"):
        refused(bench, "OO-33", 400, f"{name} null", body=titled(bench, **{name: None}))
        refused(bench, "OO-33", 400, f"null within {name}", body=titled(bench, **{name: [None]}))


def _pairs(bench: Bench) -> None:
    field = id_of(bench, "field.text")
    forms: list[tuple[str, str, Callable[[str], Any]]] = [
        ("Key and Value", JSON, lambda value: [{"Key": field, "Value": value}]),
        ("key and value", JSON, lambda value: [{"key": field, "value": value}]),
        ("one pair without the list", JSON, lambda value: {"Key": field, "Value": value}),
        ("names with brackets", FORM, lambda value: [{"Key": field, "Value": value}]),
    ]
    for what, media, pairs in forms:
        body = titled(bench, customFieldList=pairs(f"by {what}"))
        carried_out(bench, "OO-34", what, {"fields": {field: f"by {what}"}}, body=body, media=media)
    kept = {"fields": state_of(bench, OPEN)["fields"]}
    body = titled(bench, customFieldList=[{str(field): "by its number"}])
    carried_out(bench, "OO-34", "the number as name", kept, body=body)
