"""What no schema can say of updating a case and of its contacts: what absence means, who may do it, what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.bench import Bench, Probe
from conformance.exchange import Exchange
from conformance.probes.crm import CLOSE, OPEN, OTHER, PRIVATE, READ, REOPEN, UNKNOWN_CASE, member
from specs.contract import Contract
from specs.statements import Side

WRITE, ADD, REMOVE, LIST = "updateCase", "addCaseContact", "removeCaseContact", "getCaseContacts"
CLOSED, FULL = "case.closed", "case.full"
JSON, FORM, XML = "application/json", "application/x-www-form-urlencoded", "text/xml"
UNKNOWN_CONTACT, UNKNOWN_FIELD = 2_000_000_007, 2_000_000_007
HEADING = 4

PERSON, PLAIN_PERSON = "contact.person", "contact.plain-person"
COMPANY, PLAIN_COMPANY = "contact.company", "contact.plain-company"
HIDDEN, READ_ONLY = "contact.hidden", "contact.read-only"
CONTACTS = (PERSON, PLAIN_PERSON, COMPANY, PLAIN_COMPANY)
FIELDS = ("field.text", "field.date", "field.heading", "field.of-contacts")
USERS = ("user.creator", "user.colleague", "user.outsider")
ACTORS = ("actor:admin", "actor:creator", "actor:colleague", "actor:outsider")
RIGHTS = (OPEN, PRIVATE, *USERS, *ACTORS)

ASPECTS: Mapping[str, str] = {
    "title": "OU-17",
    "closed": "OO-56",
    "private": "OO-57",
    "access": "OO-57",
    "members": "OO-61",
    "contacts": "OO-61",
    "fields": "OO-62",
}
"""What a state consists of, and the rule that says what becomes of it when a request does not speak of it."""

ASPECTS_OF_OTHERS: Mapping[str, str] = {"private": "OO-59", "access": "OO-59"}
"""The rules that differ when the caller is neither administrator nor the creator of the case."""

OWNERS = ("", "admin", "creator")
"""Who may make a case private or public; the creator only in probes of cases that are the creator's own."""

State = dict[str, Any]
"""The aspects of a case as administrators see them; one that the answers do not show is None and is not judged."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of ONLYOFFICE alone."""
    # Who is served, and in which order requests are looked at.
    yield Probe("nobody changes nothing", WRITE, ("OU-03", "OO-53"), _nobody_updates, (OPEN,), unauthorized=True)
    yield Probe("nobody adds nothing", ADD, ("OC-03", "OO-53"), _nobody_adds, (OPEN, PLAIN_COMPANY), unauthorized=True)
    yield Probe("order of checks", WRITE, ("OO-53", "OO-55"), _order_of_update, RIGHTS)
    yield Probe("order of checks", ADD, ("OO-53",), _order_of_contacts, (OPEN, PLAIN_PERSON))
    yield Probe("without a caseid", ADD, ("OC-13",), _no_caseid, (PLAIN_PERSON,))
    yield Probe("numbers of letters", REMOVE, ("OO-7",), _letters, (OPEN,))
    yield Probe("refusals as XML", WRITE, ("OO-51",), _refused_as_xml, RIGHTS)
    # How a request is read.
    yield Probe("members of each type", WRITE, tuple(_TYPES), _types, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("each optional member absent", WRITE, tuple(_OPTIONAL.values()), _absent, (OPEN, *CONTACTS, *USERS))
    yield Probe("path, query, body", WRITE, ("OO-25",), _first_counts, (OPEN, OTHER))
    yield Probe("query before body", ADD, ("OO-25",), _query_names_the_contact, (OPEN, PLAIN_COMPANY, PLAIN_PERSON))
    yield Probe("same request in each media type", WRITE, ("OO-26",), _media_types, (OPEN, *CONTACTS, *FIELDS))
    yield Probe("body without its Content-Type", WRITE, ("OO-26",), _no_content_type, (OPEN,))
    yield Probe("JSON that is no object", WRITE, ("OO-27",), _no_object, (OPEN,))
    yield Probe("letter case of names", WRITE, ("OO-28",), _letter_case, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("letter case of contactid", ADD, ("OO-28",), _contact_letter_case, (OPEN, *CONTACTS))
    yield Probe("unknown members", WRITE, ("OO-29",), _unknown_members, (OPEN,))
    yield Probe("missing values", WRITE, ("OO-30",), _missing_values, (OPEN, "user.colleague"))
    yield Probe("text for numbers and booleans", WRITE, ("OO-31",), _texts, (OPEN, *CONTACTS, *FIELDS, *USERS))
    yield Probe("values that cannot be converted", WRITE, ("OO-31", "OO-32"), _unconvertible, (OPEN, "field.text"))
    yield Probe("one value for a list", WRITE, ("OO-33",), _single_values, (OPEN, *CONTACTS, *USERS))
    yield Probe("forms of customFieldList", WRITE, ("OO-34",), _pairs, (OPEN, *FIELDS))
    # What an update does.
    yield Probe(
        "this case and no other", WRITE, ("OU-04", "OU-69"), _this_case_only, (OPEN, OTHER, FULL, *CONTACTS, *FIELDS)
    )
    yield Probe("members are contacts", WRITE, ("OU-25",), _members, (OPEN, *CONTACTS))
    yield Probe("a custom field's new value", WRITE, ("OU-35",), _field_value, (OPEN, *FIELDS))
    yield Probe("private and public", WRITE, ("OU-40", "OU-42", "OU-72", "D-39"), _private_and_public, RIGHTS)
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
    yield Probe("custom fields merged", WRITE, ("OO-62",), _fields_merged, (OPEN, *FIELDS))
    yield Probe("what CustomFields shows", READ, ("OO-74",), _custom_fields, (OPEN, OTHER, *FIELDS))
    # Contacts of a case.
    yield Probe("the contact takes part", ADD, ("OC-04", "OC-54"), _contact_added, (OPEN, OTHER, *CONTACTS))
    yield Probe("access to case and contact", ADD, ("OO-65",), _access, (FULL, PERSON, HIDDEN, READ_ONLY, *RIGHTS))
    yield Probe("contact added twice", ADD, ("OO-66",), _added_twice, (FULL, *CONTACTS))
    yield Probe("person and company", ADD, ("OO-67", "OO-68"), _person_and_company, (OPEN, *CONTACTS))
    yield Probe("contacts of a closed case", ADD, ("OO-72",), _contacts_of_closed_case, (CLOSED, PLAIN_PERSON))
    yield Probe("what contacts show", LIST, ("OO-73", "OO-77", "OO-78", "D-39"), _contacts, (FULL, *CONTACTS))
    # Journeys.
    yield Probe("update, add, update, remove", ADD, ("OC-04", "OO-61", "OO-65"), _contact_journey, (OPEN, *CONTACTS))
    yield Probe("close, update, reopen", CLOSE, ("OO-56", "OO-69"), _closing_journey, (OPEN, PLAIN_PERSON))


# Who is served, and in which order requests are looked at.


def _nobody_updates(bench: Bench) -> None:
    _refused(bench, "OU-03", 401, "an update by nobody", body=_body(bench), actor=None)
    unknown = {"Authorization": "casepact-unknown-token"}
    _refused(bench, "OU-03", 401, "an update by an unknown token", body=_body(bench), actor=None, headers=unknown)
    _carried_out(bench, "OU-03", "an update by somebody known", body=_body(bench))


def _nobody_adds(bench: Bench) -> None:
    body = {"contactid": _id(bench, PLAIN_COMPANY)}
    unknown = {"Authorization": "casepact-unknown-token"}
    _refused(bench, "OC-03", 401, "a contact from nobody", name=ADD, body=body, actor=None)
    _refused(bench, "OC-03", 401, "a contact by an unknown token", name=ADD, body=body, actor=None, headers=unknown)
    bench.accepted(["OC-03"], _sent(bench, ADD, OPEN, body=body), "a contact from somebody known")


def _order_of_update(bench: Bench) -> None:
    _hidden_case(bench)
    unknown, zero = {"caseid": UNKNOWN_CASE}, {"caseid": 0}
    good, untitled = _body(bench), {"isNotify": False}
    _refused(bench, "OO-53", 401, "nobody's body that cannot be read", raw=b"{", actor=None)
    _refused(bench, "OO-53", 400, "the number 0", path=zero, body=good)
    _refused(
        bench,
        "OO-53",
        400,
        "an unknown case and members that are no numbers",
        path=unknown,
        body=_body(bench, members=["x"]),
    )
    _refused(bench, "OO-53", 400, "an unknown case and no title", path=unknown, body=untitled)
    _refused(bench, "OO-53", 404, "an unknown case", path=unknown, body=good)
    for what, body in (("no title", untitled), ("an empty title", {"title": ""}), ("title null", {"title": None})):
        _refused(bench, "OO-53", 400, what, body=body)
        _refused(bench, "OO-53", 400, f"{what} for a hidden case", role=PRIVATE, body=body, actor="outsider")
    _refused(bench, "OO-55", 403, "a hidden case", role=PRIVATE, body=good, actor="outsider")


def _order_of_contacts(bench: Bench) -> None:
    unknown, zero = {"caseid": UNKNOWN_CASE}, {"caseid": 0}
    contact = _id(bench, PLAIN_PERSON)
    for number, status, what in ((0, 400, "contactid 0"), (UNKNOWN_CONTACT, 404, "an unknown contact")):
        _refused(bench, "OO-53", status, f"adding {what}", name=ADD, body={"contactid": number})
        _refused(bench, "OO-53", status, f"removing {what}", name=REMOVE, path={"contactid": number})
    _refused(bench, "OO-53", 400, "adding a contactid below 0", name=ADD, body={"contactid": -1})
    for path, status, what in ((zero, 400, "caseid 0"), (unknown, 404, "an unknown case")):
        _refused(bench, "OO-53", status, f"adding to {what}", name=ADD, path=path, body={"contactid": contact})
        _refused(bench, "OO-53", status, f"removing from {what}", name=REMOVE, path={**path, "contactid": contact})
    _refused(bench, "OO-53", 400, "an unknown case and contactid 0", name=ADD, path=unknown, body={"contactid": 0})


def _no_caseid(bench: Bench) -> None:
    body = {"contactid": _id(bench, PLAIN_PERSON)}
    bench.refused(["OC-13"], bench.call(ADD, path={"caseid": ""}, media=JSON, body=body), "adding without a caseid")


def _letters(bench: Bench) -> None:
    for name, path in ((WRITE, {"caseid": "12a"}), (ADD, {"caseid": "abc"}), (REMOVE, {"contactid": "abc"})):
        exchange = _sent(bench, name, OPEN, path=path, body={"title": "x", "contactid": 1} if name != REMOVE else None)
        held = exchange.response.status == 404 and not isinstance(exchange.value, dict)
        _promise(bench, "OO-7", held, exchange, f"{name}: a number of letters", "404 without the envelope", Side.REFUSE)


def _refused_as_xml(bench: Bench) -> None:
    _hidden_case(bench)
    unknown = {"caseid": UNKNOWN_CASE}
    tried: list[tuple[int, str, str, dict[str, Any]]] = [
        (400, WRITE, OPEN, {"body": {"isNotify": False}}),
        (404, WRITE, OPEN, {"body": _body(bench), "path": unknown}),
        (403, WRITE, PRIVATE, {"body": _body(bench), "actor": "outsider"}),
        (400, ADD, OPEN, {"body": {"contactid": 0}}),
        (404, ADD, OPEN, {"body": {"contactid": UNKNOWN_CONTACT}}),
        (404, REMOVE, OPEN, {"path": {"contactid": UNKNOWN_CONTACT}}),
        (403, CLOSE, PRIVATE, {"actor": "outsider"}),
    ]
    for status, name, role, request in tried:
        media = {"media": FORM} if "body" in request else {}
        exchange = _sent(bench, name, role, suffix=".xml", **media, **request)
        held = exchange.response.status == status and exchange.response.media == "text/xml"
        _promise(bench, "OO-51", held, exchange, f"{name}: refusal of a request for XML", f"{status}, text/xml")


# How a request is read.

_TYPES: Mapping[str, Callable[[Bench], tuple[list[dict[str, Any]], list[dict[str, Any]]]]] = {
    "OU-23": lambda bench: ([{"members": _ids(bench, PERSON)}, {"members": _ids(bench, PERSON, COMPANY)}], []),
    "OU-24": lambda bench: ([{"members": _ids(bench, COMPANY)}], [{"members": ["abc"]}, {"members": [[]]}]),
    "OU-29": lambda bench: ([{"customFieldList": [_pair(bench, "field.text")]}], []),
    "OU-30": lambda bench: ([{"customFieldList": [_pair(bench, "field.text"), _pair(bench, "field.date")]}], []),
    "OU-31": lambda bench: (
        [{"customFieldList": [_pair(bench, "field.text")]}],
        [{"customFieldList": [{"Key": "abc", "Value": "x"}]}],
    ),
    "OU-32": lambda bench: ([{"customFieldList": [_pair(bench, "field.text", "Zürich 界")]}], []),
    "OU-39": lambda bench: ([{"isPrivate": True}, {"isPrivate": False}], []),
    "OU-45": lambda bench: ([{"accessList": _ids(bench, *USERS)}], []),
    "OU-46": lambda bench: (
        [{"accessList": _ids(bench, "user.colleague")}],
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


def _types(bench: Bench) -> None:
    for statement, members in _TYPES.items():
        right, wrong = members(bench)
        for sent in right:
            bench.accepted([statement], _sent(bench, WRITE, OPEN, body=_body(bench, **sent)), f"{sent}")
        for sent in wrong:
            _refused(bench, statement, 400, f"{sent}", body=_body(bench, **sent))


def _absent(bench: Bench) -> None:
    whole = {
        "members": _ids(bench, PERSON),
        "customFieldList": [_pair(bench, "field.text")],
        "isPrivate": True,
        "accessList": _ids(bench, "user.colleague"),
        "isNotify": False,
    }
    for name, statement in _OPTIONAL.items():
        rest = {key: value for key, value in whole.items() if key != name}
        bench.accepted([statement], _sent(bench, WRITE, OPEN, body=_body(bench, **rest)), f"all members but {name}")


def _first_counts(bench: Bench) -> None:
    other = _id(bench, OTHER)
    before = _state(bench, OTHER)
    _carried_out(bench, "OO-25", "a caseid in the body", body=_body(bench, caseid=other))
    _carried_out(bench, "OO-25", "a caseid in the query", body=_body(bench), query={"caseid": other})
    body = _body(bench)
    named = f"{body['title']} in the query"
    _carried_out(bench, "OO-25", "a title in the query too", {"title": named}, body=body, query={"title": named})
    _same(bench, "OO-25", before, OTHER, "the case that body and query name")


def _query_names_the_contact(bench: Bench) -> None:
    first, second = _ids(bench, PLAIN_COMPANY, PLAIN_PERSON)
    exchange = _sent(bench, ADD, OPEN, body={"contactid": second}, query={"contactid": first})
    if bench.accepted(["OO-25"], exchange, "a contactid in the query and in the body"):
        shown = member(exchange.value["response"], "id")
        _promise(bench, "OO-25", shown == first, exchange, "Another contactid counted", f"the {first} of the query")


def _media_types(bench: Bench) -> None:
    person, company = _ids(bench, PERSON, COMPANY)
    field = _id(bench, "field.text")
    for media in (JSON, FORM, XML, "application/json; charset=utf-8"):
        body = _body(bench, members=[person, company], customFieldList=[{"Key": field, "Value": f"by {media}"}])
        wanted = {"title": body["title"], "members": [person, company], "fields": {field: f"by {media}"}}
        xml = (
            f"<anything><title>{body['title']}</title><members>{person}</members><members>{company}</members>"
            f"<customFieldList><Key>{field}</Key><Value>by {media}</Value></customFieldList></anything>"
        )
        _carried_out(bench, "OO-26", f"an update as {media}", wanted, body=xml if media == XML else body, media=media)


def _no_content_type(bench: Bench) -> None:
    _refused(bench, "OO-26", 400, "JSON without a Content-Type", raw=b'{"title": "x"}', media="")
    title = _body(bench)["title"]
    form = f"title={title}".encode()
    _carried_out(bench, "OO-26", "a form without a Content-Type", {"title": title}, raw=form, media="")


def _no_object(bench: Bench) -> None:
    for raw in (b"{", b'{"title": }', b"[]", b'"title"', b"1"):
        _refused(bench, "OO-27", 400, f"the body {raw.decode()}", raw=raw)
    title = _body(bench)["title"]
    _carried_out(bench, "OO-27", "an empty body", {"title": title}, raw=b"", query={"title": title})
    _refused(bench, "OO-27", 400, "an empty body and no contactid", name=ADD, raw=b"")


def _letter_case(bench: Bench) -> None:
    title, person = _body(bench)["title"], _id(bench, PLAIN_PERSON)
    body = {"TITLE": title, "Members": [person], "ISPRIVATE": True, "accesslist": _ids(bench, "user.colleague")}
    wanted = {"title": title, "members": [person], "private": True}
    _carried_out(bench, "OO-28", "names in other letter case", wanted, body=body)
    kept = {"fields": _state(bench, OPEN)["fields"]}
    exact = _body(bench, customfieldlist=[_pair(bench, "field.text", "in the wrong letter case")])
    _carried_out(bench, "OO-28", "customfieldlist in small letters", kept, body=exact)


def _contact_letter_case(bench: Bench) -> None:
    for name, role in (("contactId", PLAIN_COMPANY), ("CONTACTID", COMPANY)):
        exchange = _sent(bench, ADD, OPEN, body={name: _id(bench, role)})
        bench.accepted(["OO-28"], exchange, f"contactid as {name}")


def _unknown_members(bench: Bench) -> None:
    body = _body(bench, isClosed=True, id=7, casepact={"unknown": [1, None]}, createBy="nobody")
    _carried_out(bench, "OO-29", "members that nobody knows", {"closed": False}, body=body)
    _carried_out(bench, "OO-29", "a parameter that nobody knows", body=_body(bench), query={"casepact": "unknown"})


def _missing_values(bench: Bench) -> None:
    _carried_out(bench, "OO-30", "an update with a title alone", body=_body(bench))
    users = _ids(bench, "user.colleague")
    _carried_out(
        bench, "OO-30", "accessList without isPrivate", {"private": False}, body=_body(bench, accessList=users)
    )
    _carried_out(bench, "OO-30", "isPrivate without accessList", {"private": False}, body=_body(bench, isPrivate=True))
    _refused(bench, "OO-30", 400, "an update without a title", body={"isNotify": False})
    _refused(bench, "OO-30", 400, "a contact without a number", name=ADD, body={})


def _texts(bench: Bench) -> None:
    person, users, field = _id(bench, PLAIN_PERSON), _ids(bench, "user.colleague"), _id(bench, "field.text")
    for text, private in (("true", True), ("false", False), ("TRUE", True), ("True", True), ("False", False)):
        body = _body(bench, isPrivate=text, isNotify="false", accessList=users)
        _carried_out(bench, "OO-31", f"isPrivate as the text {text}", {"private": private}, body=body)
    body = _body(bench, members=[str(person)], customFieldList=[{"Key": str(field), "Value": "by text"}])
    wanted = {"members": [person], "fields": {field: "by text"}}
    _carried_out(bench, "OO-31", "numbers as text", wanted, body=body)
    exchange = _sent(bench, ADD, OPEN, body={"contactid": str(_id(bench, PLAIN_COMPANY))})
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
            *({"members": value} for value in (["abc"], [2**31], "abc")),
            *({"customFieldList": [{"Key": key, "Value": "x"}]} for key in ("abc", 2**31)),
            *({"isPrivate": "perhaps"}, {"isNotify": "perhaps"}),
        ],
    }
    for statement, members in wrong.items():
        for sent in members:
            _refused(bench, statement, 400, f"{sent}", body=_body(bench, **sent))
    for statement, number in (("OO-31", 12.5), ("OO-31", "12.5"), ("OO-32", "abc"), ("OO-32", 2**31)):
        _refused(bench, statement, 400, f"contactid {number!r}", name=ADD, body={"contactid": number})
    _refused(bench, "OO-32", 400, "a caseid beyond int32", path={"caseid": 2**31}, body=_body(bench))


def _single_values(bench: Bench) -> None:
    person, colleague = _id(bench, PLAIN_PERSON), _id(bench, "user.colleague")
    _carried_out(bench, "OO-33", "one number as members", {"members": [person]}, body=_body(bench, members=person))
    body = _body(bench, isPrivate=True, accessList=colleague)
    _carried_out(bench, "OO-33", "one GUID as accessList", {"private": True}, body=body)
    kept = {"fields": _state(bench, OPEN)["fields"]}
    _carried_out(bench, "OO-33", "an empty list of fields", kept, body=_body(bench, customFieldList=[]))
    for name in ("members", "accessList"):
        _refused(bench, "OO-33", 400, f"{name} null", body=_body(bench, **{name: None}))
        _refused(bench, "OO-33", 400, f"null within {name}", body=_body(bench, **{name: [None]}))


def _pairs(bench: Bench) -> None:
    field = _id(bench, "field.text")
    forms: list[tuple[str, str, Callable[[str], Any]]] = [
        ("Key and Value", JSON, lambda value: [{"Key": field, "Value": value}]),
        ("key and value", JSON, lambda value: [{"key": field, "value": value}]),
        ("one pair without the list", JSON, lambda value: {"Key": field, "Value": value}),
        ("names with brackets", FORM, lambda value: [{"Key": field, "Value": value}]),
    ]
    for what, media, pairs in forms:
        body = _body(bench, customFieldList=pairs(f"by {what}"))
        _carried_out(bench, "OO-34", what, {"fields": {field: f"by {what}"}}, body=body, media=media)
    kept = {"fields": _state(bench, OPEN)["fields"]}
    body = _body(bench, customFieldList=[{str(field): "by its number"}])
    _carried_out(bench, "OO-34", "the number as name", kept, body=body)


# What an update does.


def _this_case_only(bench: Bench) -> None:
    others = {role: _state(bench, role) for role in (OTHER, FULL)}
    body = _body(bench, members=_ids(bench, PERSON), customFieldList=[_pair(bench, "field.text")])
    exchange = _sent(bench, WRITE, OPEN, body=body)
    if bench.accepted(["OU-04"], exchange, "an update"):
        shown = member(exchange.value["response"], "title")
        if shown is not None:
            title = "Another title was answered"
            _promise(bench, "OU-69", shown == body["title"], exchange, title, body["title"], received=f"{shown}")
        bench.read_back(exchange)
        for role, before in others.items():
            _same(bench, "OU-04", before, role, "another case")


def _members(bench: Bench) -> None:
    for sent in (_ids(bench, PLAIN_COMPANY), _ids(bench, PERSON, COMPANY), _ids(bench, *CONTACTS)):
        _carried_out(
            bench, "OU-25", "an update with members", {"members": sorted(sent)}, body=_body(bench, members=sent)
        )


def _field_value(bench: Bench) -> None:
    field = _id(bench, "field.text")
    for value in ("Hall 4", "Hall 5: <b>&amp; 界</b>"):
        body = _body(bench, customFieldList=[{"Key": field, "Value": value}])
        _carried_out(bench, "OU-35", "an update with a custom field", {"fields": {field: value}}, body=body)


def _private_and_public(bench: Bench) -> None:
    users = _ids(bench, "user.colleague")
    hidden, open_ = _body(bench, isPrivate=True, accessList=users), _body(bench, isPrivate=False, accessList=users)
    exchange = _carried_out(
        bench, "OU-40", "isPrivate true", {"private": True}, role=PRIVATE, body=hidden, actor="creator"
    )
    if exchange is not None:
        case = exchange.value["response"]
        listed = isinstance(member(case, "accessList"), list)
        _promise(bench, "OU-72", listed, exchange, "A private case without its AccessList", "a list of users")
        _promise(bench, "D-39", listed, exchange, "A private case without its AccessList", "a list of users")
        _may_read(bench, "OU-40", "outsider", False, "a private case")
    exchange = _carried_out(
        bench, "OU-40", "isPrivate false", {"private": False}, role=PRIVATE, body=open_, actor="creator"
    )
    if exchange is not None:
        case = exchange.value["response"]
        shown = member(case, "isPrivate")
        title = "isPrivate false was not answered with IsPrivate false"
        _promise(bench, "OU-42", shown in (False, None), exchange, title, "False", received=f"{shown}")
        absent = member(case, "accessList") is None
        _promise(bench, "D-39", absent, exchange, "AccessList of a case that is not private", "left out")
        _may_read(bench, "OU-40", "outsider", True, "a public case")


def _access_list(bench: Bench) -> None:
    creator, colleague, outsider = _ids(bench, *USERS)
    for named, actor, other in ((colleague, "colleague", "outsider"), (outsider, "outsider", "colleague")):
        body = _body(bench, isPrivate=True, accessList=[named])
        wanted = {"access": sorted([named, creator])}
        if (
            _carried_out(bench, "OU-48", "another access list", wanted, role=PRIVATE, body=body, actor="creator")
            is not None
        ):
            _may_read(bench, "OU-47", actor, True, "a private case with the caller on its list")
            _may_read(bench, "OU-47", other, False, "a private case without the caller on its list")


def _blank_titles(bench: Bench) -> None:
    for title in (" ", "   ", "  blanks around  "):
        _carried_out(bench, "OO-54", f"the title {title!r}", {"title": title}, body={"title": title})


def _who_may_update(bench: Bench) -> None:
    users = _ids(bench, "user.colleague")
    for actor in ("colleague", "creator", "admin"):
        _hidden_case(bench)
        body = _body(bench, isPrivate=True, accessList=users)
        _carried_out(bench, "OO-55", f"a private case, by {actor}", {}, role=PRIVATE, body=body, actor=actor)
    _carried_out(bench, "OO-55", "a public case, by outsider", {}, body=_body(bench), actor="outsider")
    _hidden_case(bench)
    body = _body(bench, isPrivate=False, members=[])
    _refused(bench, "OO-55", 403, "a private case, by outsider", role=PRIVATE, body=body, actor="outsider")


def _closed_case(bench: Bench) -> None:
    for sent in ({}, {"isClosed": False}):
        _carried_out(bench, "OO-56", "a closed case", {"closed": True}, role=CLOSED, body=_body(bench, **sent))
    for sent in ({}, {"isClosed": True}):
        _carried_out(bench, "OO-56", "an open case", {"closed": False}, body=_body(bench, **sent))


def _privacy_anew(bench: Bench) -> None:
    users = _ids(bench, "user.colleague")
    for actor in ("creator", "admin"):
        for what, sent, private in (
            ("neither isPrivate nor accessList", {}, False),
            ("isPrivate true alone", {"isPrivate": True}, False),
            ("isPrivate true and an empty list", {"isPrivate": True, "accessList": []}, False),
            ("accessList alone", {"accessList": users}, False),
            ("isPrivate false and a list", {"isPrivate": False, "accessList": users}, False),
            ("isPrivate true and a list", {"isPrivate": True, "accessList": users}, True),
        ):
            _hidden_case(bench)
            wanted: State = {"private": private} if private else {"private": private, "access": []}
            _carried_out(bench, "OO-57", what, wanted, role=PRIVATE, body=_body(bench, **sent), actor=actor)


def _caller_joins(bench: Bench) -> None:
    creator, colleague, outsider = _ids(bench, *USERS)
    for sent in ([colleague], [colleague, creator], [colleague, colleague.upper(), outsider, creator, creator.upper()]):
        body = _body(bench, isPrivate=True, accessList=sent)
        wanted = {"private": True, "access": sorted({creator, *map(str.lower, sent)})}
        _carried_out(
            bench, "OO-58", "a list with and without the caller", wanted, role=PRIVATE, body=body, actor="creator"
        )


def _privacy_by_others(bench: Bench) -> None:
    outsider = _ids(bench, "user.outsider")
    _hidden_case(bench)
    kept = {aspect: value for aspect, value in _state(bench, PRIVATE).items() if aspect in ("private", "access")}
    for sent in (
        *({}, {"isPrivate": False}, {"isPrivate": True}, {"accessList": outsider}),
        *({"isPrivate": True, "accessList": outsider, "isNotify": True}, {"isPrivate": False, "accessList": []}),
    ):
        body = _body(bench, **sent)
        _carried_out(
            bench, "OO-59", "privacy by somebody on the list", kept, role=PRIVATE, body=body, actor="colleague"
        )
    body = _body(bench, isPrivate=True, accessList=outsider)
    public = {"private": False, "access": []}
    _carried_out(bench, "OO-59", "privacy of a public case by another", public, body=body, actor="outsider")


def _members_replaced(bench: Bench) -> None:
    person, plain, company, _ = _ids(bench, *CONTACTS)
    hidden = _id(bench, HIDDEN)
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
        body = _body(bench) if sent is None else _body(bench, members=sent)
        wanted = {"members": _state(bench, FULL)["members"] if left is None else left}
        _carried_out(bench, "OO-61", what, wanted, role=FULL, body=body, actor=actor)


def _fields_merged(bench: Bench) -> None:
    text, date, _, of_contacts = _ids(bench, *FIELDS)
    for what, pairs, changed in (
        ("one field", [(text, "first")], {text: "first"}),
        ("another field", [(date, "2026-11-02")], {date: "2026-11-02"}),
        ("an empty value", [(text, "")], {}),
        ("a field that nobody knows", [(UNKNOWN_FIELD, "x")], {}),
        ("a field of contacts", [(of_contacts, "x")], {}),
        ("an unknown field beside one of cases", [(UNKNOWN_FIELD, "x"), (text, "second")], {text: "second"}),
        ("a value with blanks around", [(text, "  third ")], {text: "third"}),
        ("no pair", [], {}),
    ):
        body = _body(bench, customFieldList=[{"Key": key, "Value": value} for key, value in pairs])
        _carried_out(bench, "OO-62", what, {"fields": changed}, body=body)
    _carried_out(bench, "OO-62", "no customFieldList", body=_body(bench))


def _custom_fields(bench: Bench) -> None:
    heading = _id(bench, "field.heading")
    body = _body(bench, customFieldList=[_pair(bench, "field.text"), _pair(bench, "field.date", "2026-11-02")])
    _sent(bench, WRITE, OPEN, body=body)
    for role in (OPEN, OTHER):
        read = bench.call(READ, path={"caseid": _id(bench, role)})
        fields = member(_response(bench, read), "customFields")
        if not isinstance(fields, list):
            continue
        places = [member(field, "position") for field in fields]
        ordered = None in places or places == sorted(places)
        _promise(bench, "OO-74", ordered, read, "CustomFields in another order", "by position", received=f"{places}")
        empty = [field for field in fields if not member(field, "fieldValue") and member(field, "fieldType") != HEADING]
        _promise(
            bench, "OO-74", not empty, read, "A field without a value is shown", "headings only", received=f"{empty}"
        )
        shown = heading in [member(field, "id") for field in fields]
        _promise(bench, "OO-74", shown, read, "A heading is not shown", f"the heading {heading}")
        owners = {member(field, "entityId") for field in fields} - {None}
        held = owners <= {_id(bench, role)}
        _promise(bench, "OO-74", held, read, "EntityId of another record", f"{_id(bench, role)}", received=f"{owners}")


# Contacts of a case.


def _contact_added(bench: Bench) -> None:
    others = _state(bench, OTHER)
    for role in (PLAIN_COMPANY, PERSON):
        contact = _id(bench, role)
        before = _state(bench, OPEN)["members"]
        wanted = {} if before is None else {"members": sorted({*before, contact})}
        exchange = _carried_out(bench, "OC-04", f"adding a {role}", wanted, name=ADD, body={"contactid": contact})
        if exchange is not None:
            shown = member(exchange.value["response"], "id")
            title = "Another contact was answered"
            _promise(bench, "OC-54", shown == contact, exchange, title, f"id {contact}", received=f"id {shown}")
    _same(bench, "OC-04", others, OTHER, "another case")


def _access(bench: Bench) -> None:
    _hidden_case(bench)
    contact = _id(bench, READ_ONLY)
    before = _state(bench, PRIVATE)["members"] or []
    wanted = {"members": sorted({*before, contact})}
    rights = {"role": PRIVATE, "actor": "colleague"}
    what = "a contact that may be read only"
    _carried_out(bench, "OO-65", f"adding {what}", wanted, name=ADD, body={"contactid": contact}, **rights)
    wanted = {"members": sorted({*before} - {contact})}
    _carried_out(bench, "OO-65", f"removing {what}", wanted, name=REMOVE, path={"contactid": contact}, **rights)
    hidden = _id(bench, HIDDEN)
    for role, number, who in ((PRIVATE, contact, "from a hidden case"), (FULL, hidden, "that is hidden")):
        actor = {"role": role, "actor": "outsider"}
        _refused(bench, "OO-65", 404, f"adding a contact {who}", name=ADD, body={"contactid": number}, **actor)
        _refused(bench, "OO-65", 404, f"removing a contact {who}", name=REMOVE, path={"contactid": number}, **actor)
    seen = bench.call(LIST, path={"caseid": _id(bench, FULL)}, actor="outsider")
    shown = _numbers(_response(bench, seen))
    all_ = _state(bench, FULL)["contacts"] or []
    if shown is not None:
        wanted_ids = sorted({*all_} - {*_ids(bench, PERSON, HIDDEN)})
        title = "Reading contacts as somebody who may not see all"
        _promise(bench, "OO-65", shown == wanted_ids, seen, title, f"{wanted_ids}", received=f"{shown}")
    none = bench.call(LIST, path={"caseid": UNKNOWN_CASE})
    if bench.accepted(["OO-65"], none, "reading the contacts of an unknown case"):
        _promise(bench, "OO-65", not none.value["response"], none, "An unknown case has contacts", "none")


def _added_twice(bench: Bench) -> None:
    before = _state(bench, FULL)["members"] or []
    contact = before[0] if before else _id(bench, PLAIN_PERSON)
    for _ in range(2):
        wanted = {"members": sorted({*before, contact})}
        what = "adding a contact that takes part"
        exchange = _carried_out(bench, "OO-66", what, wanted, name=ADD, role=FULL, body={"contactid": contact})
        if exchange is not None:
            _promise(bench, "OO-66", exchange.response.status == 201, exchange, "A contact added again", "201")


def _person_and_company(bench: Bench) -> None:
    for role, names, others in (
        (PERSON, ("firstName", "lastName", "company", "title"), ("companyName",)),
        (PLAIN_PERSON, ("firstName", "lastName"), ("companyName", "company")),
        (COMPANY, ("companyName", "personsCount"), ("firstName", "lastName")),
        (PLAIN_COMPANY, ("companyName",), ("firstName", "lastName", "personsCount")),
    ):
        exchange = _sent(bench, ADD, OPEN, body={"contactid": _id(bench, role)})
        contact = _response(bench, exchange)
        missing = [name for name in names if member(contact, name) is None]
        wrong = [name for name in others if member(contact, name) is not None]
        if contact is not None:
            title, received = f"The names of a {role}", f"without {missing}, with {wrong}"
            _promise(bench, "OO-67", not missing and not wrong, exchange, title, ", ".join(names), received=received)
            extra = [name for name in ("tags", "contactType") if member(contact, name)]
            title = "Adding shows what only reading shows"
            _promise(bench, "OO-68", not extra, exchange, title, "neither Tags nor ContactType", received=f"{extra}")
    tags = [member(contact, "tags") for contact in _response(bench, bench.call(LIST, path=_path(bench, OPEN))) or ()]
    _promise(
        bench, "OO-68", any(tags), bench.history[-1], "Reading contacts shows no Tags", "Tags of those that have some"
    )


def _contacts_of_closed_case(bench: Bench) -> None:
    contact = _id(bench, PLAIN_PERSON)
    before = _state(bench, CLOSED)["members"] or []
    wanted = {"members": sorted({*before, contact}), "closed": True}
    what = "a contact for a closed case"
    _carried_out(bench, "OO-72", what, wanted, name=ADD, role=CLOSED, body={"contactid": contact})
    wanted = {"members": sorted({*before} - {contact}), "closed": True}
    _carried_out(bench, "OO-72", what, wanted, name=REMOVE, role=CLOSED, path={"contactid": contact})


def _contacts(bench: Bench) -> None:
    read = bench.call(LIST, path=_path(bench, FULL))
    for contact in _response(bench, read) or ():
        number, is_company = member(contact, "id"), member(contact, "isCompany")
        share, private, shared = (member(contact, name) for name in ("shareType", "isPrivate", "isShared"))
        if None not in (share, private, shared):
            held = private is (share == 0) and shared is (share in (1, 2))
            received = f"ShareType {share}, IsPrivate {private}, IsShared {shared}"
            _promise(
                bench, "OO-73", held, read, "Privacy and ShareType disagree", "private only with 0", received=received
            )
            held = (member(contact, "accessList") is not None) is (share == 0)
            _promise(
                bench, "D-39", held, read, "AccessList of a contact", "only of a private contact", received=received
            )
        for name, size in (("smallFotoUrl", "1"), ("mediumFotoUrl", "2")):
            address = member(contact, name)
            if address is not None:
                wanted = {"action": ["contactphotoulr"], "cid": [f"{number}"], "isc": [f"{is_company}"], "ps": [size]}
                parts = urlsplit(address)
                held = parts.path.endswith("HttpHandlers/filehandler.ashx") and parse_qs(parts.query) == wanted
                _promise(bench, "OO-77", held, read, "Address of a picture", f"{wanted}", received=address)
        shown, first, last = (member(contact, name) for name in ("displayName", "firstName", "lastName"))
        if is_company is False and None not in (shown, first, last):
            title = "DisplayName of a person"
            _promise(bench, "OO-78", shown == f"{first} {last}", read, title, f"{first} {last}", received=f"{shown}")


# Journeys.


def _contact_journey(bench: Bench) -> None:
    person, plain, company, _ = _ids(bench, *CONTACTS)
    steps: list[tuple[str, str, dict[str, Any], list[int]]] = [
        ("OO-61", WRITE, {"body": _body(bench, members=[plain])}, [plain]),
        ("OC-04", ADD, {"body": {"contactid": company}}, [plain, company]),
        ("OO-61", WRITE, {"body": _body(bench)}, [plain, company]),
        ("OO-61", WRITE, {"body": _body(bench, members=[person, company])}, [person, company]),
        ("OO-65", REMOVE, {"path": {"contactid": person}}, [company]),
        ("OO-65", REMOVE, {"path": {"contactid": person}}, [company]),
        ("OO-65", REMOVE, {"path": {"contactid": company}}, []),
    ]
    for statement, name, request, members in steps:
        _carried_out(bench, statement, f"{name} on the way", {"members": members}, name=name, **request)


def _closing_journey(bench: Bench) -> None:
    contact = {"contactid": _id(bench, PLAIN_PERSON)}
    members = sorted({*(_state(bench, OPEN)["members"] or []), contact["contactid"]})
    steps: list[tuple[str, str, dict[str, Any], State]] = [
        ("OO-69", CLOSE, {}, {"closed": True}),
        ("OO-56", WRITE, {"body": _body(bench)}, {"closed": True}),
        ("OO-72", ADD, {"body": contact}, {"closed": True, "members": members}),
        ("OO-69", CLOSE, {}, {"closed": True}),
        ("OO-69", REOPEN, {}, {"closed": False}),
        ("OO-56", WRITE, {"body": _body(bench)}, {"closed": False}),
    ]
    for statement, name, request, wanted in steps:
        _carried_out(bench, statement, f"{name} on the way", wanted, name=name, **request)


# Requests and what they leave behind.


def _carried_out(
    bench: Bench,
    statement: str,
    what: str,
    wanted: State | None = None,
    *,
    name: str = WRITE,
    role: str = OPEN,
    **request: Any,
) -> Exchange | None:
    """
    Promise that a request is carried out, and that the case is then as `wanted` and otherwise as it was before.

    A difference that `wanted` does not speak of is charged to the rule of the aspect; of `fields` it names only those
    that change. Returns the exchange when the request was accepted.
    """
    before = _state(bench, role)
    exchange = _sent(bench, name, role, **request)
    if not bench.accepted([statement], exchange, what):
        return None
    named = _completed(dict(wanted or {}))
    changed = named.pop("fields", None) or {}
    actor = request.get("actor", "")
    expected = {**before, **_implied(name, request.get("body"), actor), **named}
    rules = ASPECTS if actor in OWNERS else {**ASPECTS, **ASPECTS_OF_OTHERS}
    after = _state(bench, role)
    for aspect in (name for name in ASPECTS if name != "fields"):
        charged = statement if aspect in named else rules[aspect]
        _left(bench, charged, aspect, after[aspect], expected[aspect], what, exchange)
    if before["fields"] is not None and after["fields"] is not None:
        listed = {field: after["fields"].get(field) for field in changed}
        _left(bench, statement, "custom fields", listed, changed, what, exchange)
        others, kept = ({**fields, **changed} for fields in (after["fields"], before["fields"]))
        _left(bench, ASPECTS["fields"], "other custom fields", others, kept, what, exchange)
    return exchange


def _left(bench: Bench, statement: str, aspect: str, shown: Any, due: Any, what: str, exchange: Exchange) -> None:
    """Promise one aspect of what a request leaves behind; what answers do not show is not judged."""
    if shown is not None and due is not None:
        bench.promise(
            [statement],
            shown == due,
            bench.history[-1],
            title=f"The case is not as it should be afterwards: {aspect}",
            received=f"{shown} after {what}",
            documented=f"{due}",
            chain=[exchange],
        )


def _refused(
    bench: Bench, statement: str, status: int, what: str, *, name: str = WRITE, role: str = OPEN, **request: Any
) -> None:
    """Promise that a request is refused with this status, and that the case is as before (OO-53)."""
    before = _state(bench, role)
    exchange = _sent(bench, name, role, **request)
    if bench.refused([statement], exchange, what) and exchange.response.status < 500:
        held = exchange.response.status == status
        _promise(bench, statement, held, exchange, f"Refused with another status: {what}", f"{status}", Side.REFUSE)
    _same(bench, "OO-53", before, role, f"the case after a refusal ({what})", exchange)


def _same(bench: Bench, statement: str, before: State, role: str, what: str, *chain: Exchange) -> None:
    """Promise that a case is as it was."""
    after = _state(bench, role)
    changed = [
        aspect for aspect, value in after.items() if None not in (value, before[aspect]) and value != before[aspect]
    ]
    bench.promise(
        [statement],
        not changed,
        bench.history[-1],
        title=f"Changed: {what}",
        received=", ".join(f"{aspect} {after[aspect]}" for aspect in changed),
        documented=", ".join(f"{aspect} {before[aspect]}" for aspect in changed),
        chain=chain,
    )


def _sent(bench: Bench, name: str, role: str, **request: Any) -> Exchange:
    """The request about the case of this role; a body is JSON unless `media` says otherwise."""
    path = {**_path(bench, role), **request.pop("path", {})}
    if "media" not in request and (request.get("body") is not None or "raw" in request):
        request["media"] = JSON
    return bench.call(name, path=path, **request)


def _implied(name: str, body: Any, actor: str) -> State:
    """What an update says by itself: its title, and that the case is public if the caller may say so (OO-57)."""
    if name != WRITE or not isinstance(body, dict):
        return {}
    implied: State = {"title": body["title"]} if "title" in body else {}
    if actor in OWNERS:
        private = body.get("isPrivate") is True and body.get("accessList")
        implied |= {"private": True, "access": None} if private else {"private": False, "access": []}
    return implied


def _completed(wanted: State) -> State:
    """The same with the list of contacts that follows from the members; members are sorted."""
    if wanted.get("members") is not None:
        members = sorted(wanted["members"])
        wanted |= {"members": members, "contacts": members}
    # Whose list it is that a private case has, the caller says with it.
    if wanted.get("private") is True and "access" not in wanted:
        wanted["access"] = None
    return wanted


def _state(bench: Bench, role: str) -> State:
    """The case as an administrator sees it."""
    case = _response(bench, bench.call(READ, path=_path(bench, role)))
    contacts = _response(bench, bench.call(LIST, path=_path(bench, role)))
    access = member(case, "accessList")
    fields = member(case, "customFields")
    return {
        "title": member(case, "title"),
        "closed": member(case, "isClosed"),
        "private": member(case, "isPrivate"),
        "access": sorted(f"{member(user, 'id')}".lower() for user in access or ()) if case else None,
        "members": _numbers(member(case, "members")),
        "contacts": _numbers(contacts),
        "fields": {member(field, "id"): member(field, "fieldValue") or "" for field in fields}
        if isinstance(fields, list)
        else None,
    }


def _response(bench: Bench, exchange: Exchange) -> Any:
    """What a success answers; None for anything else, which other probes charge."""
    succeeded = bench.operation(exchange.operation).succeeded(exchange.response.status, exchange.value)
    return exchange.value.get("response") if succeeded else None


def _hidden_case(bench: Bench) -> None:
    """The private case, private again whatever came before: for its creator and the colleague."""
    body = _body(bench, isPrivate=True, accessList=_ids(bench, "user.colleague"))
    _sent(bench, WRITE, PRIVATE, body=body, actor="creator")


def _may_read(bench: Bench, statement: str, actor: str, may: bool, what: str) -> None:
    read = bench.call(READ, path=_path(bench, PRIVATE), actor=actor)
    if may:
        bench.accepted([statement], read, f"reading {what}, as {actor}")
    else:
        bench.refused([statement], read, f"reading {what}, as {actor}")


def _body(bench: Bench, **members: Any) -> dict[str, Any]:
    """An update with a title that no case has yet, and these members."""
    return {"title": f"Casepact {bench.random.randrange(10**9)}", **members}


def _pair(bench: Bench, role: str, value: str = "Casepact") -> dict[str, Any]:
    return {"Key": _id(bench, role), "Value": value}


def _numbers(records: Any) -> list[int] | None:
    return sorted(member(record, "id") for record in records) if isinstance(records, list) else None


def _id(bench: Bench, role: str) -> Any:
    return bench.record(role)["id"]


def _ids(bench: Bench, *roles: str) -> list[Any]:
    return [_id(bench, role) for role in roles]


def _path(bench: Bench, role: str) -> dict[str, Any]:
    return {"caseid": _id(bench, role)}


def _promise(
    bench: Bench,
    statement: str,
    held: bool,
    exchange: Exchange,
    title: str,
    documented: str,
    side: Side = Side.ACCEPT,
    received: str = "",
) -> None:
    shown = received or f"{exchange.response.status} {exchange.response.media}"
    bench.promise([statement], held, exchange, title=title, received=shown, documented=documented, side=side)
