"""Requests that the mock refuses, one for each refusal kind and rule of every API, and how to call it as an actor."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from tests.mock_server.client import Header

MODIFY = "/service/AICC__Case/1.0.0/openapi/case/modify"
AICC_CASE = "/service/AICC__Case/1.0.0/openapi/case/{}"
TOKEN = "/baas/auth/v1.0/oauth2/token"
EDIT = "/core/casemgr/v3/case"
CRM = "/api/2.0/crm/case/{}"
LOGIN = "/api/2.0/authentication"

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

SECRET_SENT = "s3cret-that-nobody-may-see"
"""What stands wherever a provoked request holds a secret that is not an actor's."""

CREDENTIALS: Mapping[str, Mapping[str, Header]] = {
    "aicc": {
        name: ("access-token", f"aicc-{name}-token-000{number}")
        for number, name in enumerate(("operator", "supervisor"), 1)
    },
    "egain": {
        **{
            name: ("authorization", f"Bearer egain-{name}-token-0001")
            for name in (
                *("agent", "colleague", "visitor", "viewer", "outsider", "unlicensed", "reader", "integration"),
            )
        },
        "webApplication": ("authorization", "Bearer egain-web-application-token-0001"),
    },
    "onlyoffice": {
        name: ("authorization", f"oo-{name}-token-0001") for name in ("admin", "creator", "colleague", "outsider")
    },
    "r7office": {name: ("authorization", f"r7-{name}-token-0001") for name in ("admin", "manager", "outsider")},
}
"""The header that each actor of the default fixtures sends."""


@dataclass(frozen=True, slots=True)
class Provoked:
    """
    A request that is refused with this kind; `rule` names the function that refuses it, where one does.

    `traffic` is what its world is set to, `attributes` is what the actor's are changed to beforehand.
    """

    name: str
    api: str
    operation: str
    kind: str
    method: str
    path: str
    actor: str = ""
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    rule: str = ""
    traffic: Mapping[str, Any] | None = None
    attributes: Mapping[str, Any] | None = None

    @property
    def id(self) -> str:
        """How the tests call it."""
        return f"{self.api} {self.operation} {self.name}"

    @property
    def sent_headers(self) -> tuple[Header, ...]:
        """All headers, the credential of the actor first."""
        credential = (CREDENTIALS[self.api][self.actor],) if self.actor else ()
        return (*credential, *self.headers)

    def having(self, name: str, kind: str, **changes: Any) -> Provoked:
        """The same request with these differences, refused for another reason."""
        return replace(self, name=name, kind=kind, **changes)


def as_json(value: Any) -> dict[str, Any]:
    """Header and body of a JSON value."""
    return {"headers": (("content-type", JSON),), "body": json.dumps(value).encode()}


def as_form(value: Mapping[str, Any]) -> dict[str, Any]:
    """Header and body of a form."""
    return {"headers": (("content-type", FORM),), "body": urlencode(value, doseq=True).encode()}


def as_xml(text: str) -> dict[str, Any]:
    """Header and body of an XML text."""
    return {"headers": (("content-type", "text/xml"),), "body": text.encode()}


def provoked() -> list[Provoked]:
    """All of them."""
    return [*_aicc(), *_egain(), *_onlyoffice(), *_r7office()]


def _bodies(good: Provoked) -> Iterator[Provoked]:
    """What no operation with a JSON body takes."""
    yield good.having("no body", "missing-body", body=b"")
    yield good.having("half a body", "unreadable", body=good.body[:-1])
    yield good.having("a body that is not UTF-8", "unreadable", body=b'{"a": "\xff"}')
    yield good.having("a body that is nested deeply", "unreadable", body=b"[" * 500 + b"]" * 500)
    yield good.having("a compressed body", "media-type", headers=(*good.headers, ("content-encoding", "gzip")))
    yield good.having("a body in other words", "media-type", headers=(("content-type", "text/plain"),))
    yield good.having("a body of no declared type", "media-type", headers=())
    yield good.having("a large body", "too-large", body=b" " * (2**20 + 1))
    yield good.having("a list for a body", "invalid", body=b"[1]")
    yield good.having("a text for a body", "invalid", body=b'"x"')
    yield good.having("null for a body", "invalid", body=b"null")


def _callers(good: Provoked) -> Iterator[Provoked]:
    """What no operation takes that asks for a credential."""
    header, value = CREDENTIALS[good.api][good.actor]
    yield good.having("no credential", "unauthenticated", actor="")
    yield good.having("an unknown credential", "unauthenticated", actor="", headers=(*good.headers, (header, "x")))
    yield good.having("two credentials", "parameter", headers=(*good.headers, (header, value)))


# Huawei AICC

CASE_INFO = {
    "id": "c6m800000142mS63Voa8",
    "title": "testOpenApi11",
    "description": "test111",
    "creatorId": "10gg0000013wljxK5XX6",
}


def _aicc() -> Iterator[Provoked]:
    modify = Provoked("", "aicc", "modifyCase", "", "POST", MODIFY, "operator", **as_json({"caseInfo": CASE_INFO}))
    yield from _callers(modify)
    yield from _bodies(modify)
    for name in CASE_INFO:
        rest = {key: value for key, value in CASE_INFO.items() if key != name}
        yield modify.having(f"without {name}", "invalid", **as_json({"caseInfo": rest}))
    yield modify.having("without anything", "invalid", **as_json({}))
    yield modify.having("with a member beside caseInfo", "invalid", **as_json({"caseInfo": CASE_INFO, "more": 1}))
    for name, value in {
        "id": "x" * 21,
        "title": "é" * 65,
        "description": "x" * 20_001,
        "ownerId": 7,
        "contactId": ["x"],
        "dueDate": "tomorrow",
        "creatorId": None,
        "contactPhone": 15151515152,
        "priority": "Highest",
    }.items():
        yield modify.having(f"with a bad {name}", "invalid", **as_json({"caseInfo": {**CASE_INFO, name: value}}))
    yield modify.having(
        "with everything bad", "invalid", **as_json({"caseInfo": {"id": 1, "title": "", "dueDate": 5}, "more": 1})
    )
    unknown = {"caseInfo": {**CASE_INFO, "id": "c6m80000014200000000"}}
    yield modify.having("an unknown case", "not-found", rule="sent_case_exists", **as_json(unknown))
    get = Provoked("", "aicc", "getCase", "", "GET", AICC_CASE.format("c6m800000142mS63Voa8"), "operator")
    yield from _callers(get)
    yield get.having("an unknown case", "not-found", path=AICC_CASE.format("unknown"), rule="named_case_exists")
    grant = {
        "grant_type": "client_credentials",
        "client_id": "aicc-operator-client",
        "client_secret": "aicc-operator-secret",
    }
    token = Provoked("", "aicc", "getToken", "", "POST", TOKEN, **as_form(grant))
    yield token.having("another secret", "token-refused", **as_form({**grant, "client_secret": SECRET_SENT}))
    yield token.having("another client", "token-refused", **as_form({**grant, "client_id": "nobody"}))
    yield token.having("another grant", "invalid.enum", **as_form({**grant, "grant_type": "password"}))
    for name in grant:
        yield token.having(
            f"without {name}", "invalid", **as_form({key: value for key, value in grant.items() if key != name})
        )
    yield token.having("no body", "missing-body", body=b"")
    yield token.having("a body in JSON", "media-type", **as_json(grant))
    yield token.having("a body that is not UTF-8", "unreadable", body=b"a=%ff")
    yield token.having("a large body", "too-large", body=b"a" * (2**20 + 1))


# eGain

EDITION = {"id": "1013", "lastModified": "2015-07-30T13:07:40.000Z", "subject": "Phone does not charge"}


def _seen(id: str) -> dict[str, Any]:
    """An edit of another case; those of the fixtures were modified in the minute of their number."""
    return {"id": id, "lastModified": f"2015-07-02T10:{id[2:]}:00.000Z", "subject": "Phone does not charge"}


def _owner(id: Any) -> dict[str, Any]:
    return {**EDITION, "owner": {"user": {"id": id}}}


def _links(*ids: str) -> dict[str, Any]:
    return {"link": [{"rel": "case", "href": f"/core/casemgr/v3/case/{id}"} for id in ids]}


def _attribute(name: str, *values: str) -> dict[str, Any]:
    held = {"attribName": name, "attribValues": {"attribValue": [{"value": value} for value in values]}}
    return {**EDITION, "customAttributes": {"customAttribute": [held]}}


def _egain() -> Iterator[Provoked]:
    edit = Provoked("", "egain", "editCase", "", "PATCH", EDIT, "agent", **as_json(EDITION))
    yield from _callers(edit)
    yield from _bodies(edit)
    for name in ("id", "lastModified"):
        rest = {key: value for key, value in EDITION.items() if key != name}
        yield edit.having(f"without {name}", "invalid.required", **as_json(rest))
    yield edit.having("with an unknown member", "invalid.additionalProperties", **as_json({**EDITION, "more": 1}))
    for name, value in {
        "id": 1013,
        "lastModified": "yesterday",
        "dueDate": "tomorrow",
        "owner": "1002",
        "severity": {"value": "Urgent"},
        "subject": "x" * 1025,
        "description": None,
        "solution": ["x"],
        "relatedCases": [],
        "customAttributes": {"customAttribute": []},
    }.items():
        yield edit.having(f"with a bad {name}", "invalid", **as_json({**EDITION, name: value}))
    deep = {**_links("1001"), "unlink": [{"rel": "2", "href": 5}]}
    yield edit.having("with a bad link", "invalid", **as_json({**EDITION, "relatedCases": deep}))
    for actor, rule in {
        "reader": "caller_may_manage_cases",
        "webApplication": "application_is_of_type_api",
        "unlicensed": "caller_has_a_licence",
        "viewer": "user_may_edit_cases",
        "outsider": "case_is_in_the_users_reach",
    }.items():
        yield edit.having(f"by {actor}", "forbidden", actor=actor, rule=rule)
    accept, language = ("accept", "image/png"), ("accept-language", "tlh")
    yield edit.having("Accept", "not-acceptable", headers=(*edit.headers, accept), rule="edit_is_acceptable")
    yield edit.having("language", "not-acceptable", headers=(*edit.headers, language), rule="language_is_known")
    yield edit.having("with a query", "unknown-parameter", path=f"{EDIT}?x=1&y=2", rule="no_query_is_sent")
    yield edit.having("an unknown case", "not-found", rule="case_exists", **as_json({**EDITION, "id": "9"}))
    yield edit.having("a closed case", "closed", rule="case_is_open", **as_json(_seen("1003")))
    alone = {"id": "1013", "lastModified": EDITION["lastModified"]}
    yield edit.having("nothing to edit", "nothing-to-edit", rule="something_is_edited", **as_json(alone))
    stale = {**EDITION, "lastModified": "2015-07-30T13:07:41.000Z"}
    yield edit.having("stale", "stale", rule="case_is_as_last_seen", **as_json(stale))
    past = {**EDITION, "dueDate": "2015-11-30T18:30:00.000Z"}
    yield edit.having("due in the past", "invalid", rule="due_date_is_in_the_future", **as_json(past))
    yield edit.having("an unknown owner", "invalid", rule="new_owner_exists", **as_json(_owner("9")))
    for id, kind, rule in (
        ("1007", "forbidden", "user_may_transfer"),
        ("1004", "forbidden", "case_is_in_the_new_owners_reach"),
        ("1005", "invalid", "new_owner_is_enabled"),
        ("1006", "invalid", "new_owner_has_a_licence"),
    ):
        yield edit.having(f"the owner {id}", kind, rule=rule, **as_json(_owner(id)))
    yield edit.having("not pullable", "forbidden", rule="user_may_pull", **as_json(_seen("1005")))
    many = [str(number) for number in range(2001, 2077)]
    related: dict[str, tuple[dict[str, Any], str, str]] = {
        "address of no case": ({"link": [{"rel": "case", "href": "/x"}]}, "invalid", "links_name_cases"),
        "unknown case": (_links("9"), "not-found", "related_cases_exist"),
        "case out of reach": (_links("1009"), "forbidden", "related_cases_are_in_reach"),
        "case itself": (_links("1013"), "invalid", "case_is_not_its_own_relation"),
        "76 cases": (_links(*many), "invalid", "request_relates_few_enough"),
    }
    for name, (links, kind, rule) in related.items():
        yield edit.having(f"related to the {name}", kind, rule=rule, **as_json({**EDITION, "relatedCases": links}))
    full = {**_seen("1012"), "relatedCases": _links("2080")}
    yield edit.having("a full case", "invalid", rule="case_has_few_enough_relations", **as_json(full))
    yield edit.having(
        "an attribute that is not configured",
        "invalid",
        rule="custom_attributes_are_configured",
        **as_json(_attribute("colour", "red")),
    )
    yield edit.having(
        "no option", "invalid", rule="custom_values_are_options", **as_json(_attribute("customer_rating", "6"))
    )
    read = Provoked("", "egain", "getCasesByIds", "", "GET", f"{EDIT}/1013", "agent")
    yield from _callers(read)
    yield read.having("by webApplication", "forbidden", actor="webApplication", rule="application_is_of_type_api")
    yield read.having("by unlicensed", "forbidden", actor="unlicensed", rule="caller_has_a_licence")
    writing = {"scopes": ["core.casemgr.manage"]}
    yield read.having("without the scope", "forbidden", attributes=writing, rule="caller_may_read_cases")
    yield read.having("Accept", "not-acceptable", headers=(accept,), rule="cases_are_acceptable")
    yield read.having("language", "not-acceptable", headers=(language,), rule="language_is_known")
    for name, query, kind, rule in (
        ("an unknown query", "x=1", "unknown-parameter", "only_known_queries_are_sent"),
        ("an unknown member", "$attribute=colour", "unsupported-attribute", "members_are_known"),
        ("an order alone", "$order=asc", "order-without-sort", "order_has_its_sort"),
        ("a bad order", "$sort=id&$order=up", "parameter", ""),
        ("a bad sort", "$sort=colour", "parameter", ""),
    ):
        yield read.having(name, kind, path=f"{EDIT}/1013?{query}", rule=rule)
    yield read.having("too many", "too-many-ids", path=f"{EDIT}/{','.join(many)}", rule="few_enough_are_read")
    yield read.having("an unknown case", "not-found", path=f"{EDIT}/1013,9", rule="all_cases_exist")


# ONLYOFFICE and R7-Office


def _crm(api: str) -> Iterator[Provoked]:
    """What both CRMs have."""
    for operation, method, suffix in (
        ("getCase", "GET", ""),
        ("closeCase", "PUT", "/close"),
        ("reopenCase", "PUT", "/reopen"),
    ):
        good = Provoked("", api, operation, "", method, CRM.format("1234") + suffix, "admin")
        rule = "caller_may_see_it" if operation == "getCase" else "caller_has_access"
        kind = "not-found" if operation == "getCase" else "forbidden"
        yield from _callers(good)
        yield good.having("an unknown case", "not-found", path=CRM.format("9") + suffix, rule="case_exists")
        none = "not-found" if operation == "getCase" else "parameter"
        yield good.having("the number 0", none, path=CRM.format("0") + suffix)
        yield good.having("a large number", "parameter", path=CRM.format("99999999999999999999") + suffix)
        yield good.having("a private case", kind, path=CRM.format("1237") + suffix, actor="outsider", rule=rule)
        yield good.having("in XML", kind, path=CRM.format("1237") + suffix + ".xml", actor="outsider", rule=rule)
        limit = {"rateLimit": {"requests": 1, "perSeconds": 600}}
        yield good.having("more often than allowed", "rate-limited", traffic=limit)
    name = "anna.berg@example.com" if api == "onlyoffice" else "irina.sokolova@example.com"
    login = {"userName": name, "password": "admin-password-0001"}
    good = Provoked("", api, "authenticate", "", "POST", LOGIN, **as_json(login))
    wrong = {**login, "password": SECRET_SENT}
    yield good.having("another password", "bad-credentials", **as_json(wrong))
    yield good.having("another password in a form", "bad-credentials", **as_form(wrong))
    yield good.having("another name", "bad-credentials", **as_json({**login, "userName": "nobody"}))
    required = "invalid.required" if api == "onlyoffice" else "invalid"
    yield good.having("without a password", required, **as_json({"userName": name}))
    yield good.having("without a name", required, **as_json({"password": "admin-password-0001"}))
    yield good.having("half a body", "unreadable", body=good.body[:-1])
    yield good.having("a large body", "too-large", body=b" " * (2**20 + 1))
    yield good.having("a compressed body", "media-type", headers=(*good.headers, ("content-encoding", "br")))


def _r7office() -> Iterator[Provoked]:
    yield from _crm("r7office")


def _onlyoffice() -> Iterator[Provoked]:
    yield from _crm("onlyoffice")
    update = Provoked("", "onlyoffice", "updateCase", "", "PUT", CRM.format("1234"), "admin", **as_json({"title": "x"}))
    yield from _callers(update)
    yield update.having("an unknown case", "not-found", path=CRM.format("9"), rule="case_exists")
    yield update.having("the number 0", "parameter", path=CRM.format("0"))
    yield update.having(
        "a private case", "forbidden", path=CRM.format("1237"), actor="outsider", rule="caller_may_edit_it"
    )
    yield update.having("no body", "invalid.required", headers=(), body=b"")
    yield update.having("half a body", "unreadable", body=b'{"title": "x"')
    yield update.having("a list for a body", "unreadable", body=b"[1]")
    yield update.having("half XML", "unreadable", **as_xml("<a><title>x</title>"))
    yield update.having("a document type", "unreadable", **as_xml('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'))
    yield update.having("a large body", "too-large", body=b" " * (2**20 + 1))
    yield update.having("a compressed body", "media-type", headers=(*update.headers, ("content-encoding", "br")))
    pair = {"customFieldList[0][Key]": "one", "customFieldList[0][Value]": "x"}
    yield update.having("an empty title", "invalid.minLength", **as_json({"title": ""}))
    yield update.having("no title", "invalid.required", **as_json({"isPrivate": True}))
    for name, value in {
        "members that are not numbers": {"title": "x", "members": ["one"]},
        "a boolean that is none": {"title": "x", "isPrivate": "maybe"},
        "an access list of no ids": {"title": "x", "accessList": ["me"]},
        "a custom field without a number": {"title": "x", "customFieldList": [{"Key": "one", "Value": "x"}]},
        "everything bad": {"members": [None], "isPrivate": 7, "accessList": [1], "isNotify": "perhaps"},
    }.items():
        yield update.having(name, "invalid", **as_json(value))
    yield update.having(
        "a form without a title", "invalid.required", **as_form({"isPrivate": "true", "members": "1235"})
    )
    yield update.having("a form with a bad pair", "invalid", **as_form({"title": "x", **pair}))
    yield update.having("a form with bad members", "invalid", **as_form({"title": "x", "members": ["1235", "one"]}))
    yield update.having("XML without a title", "invalid.required", **as_xml("<c><members>1235</members></c>"))
    yield update.having("XML with bad members", "invalid", **as_xml("<c><title>x</title><members>one</members></c>"))
    yield update.having(
        "a bad query", "invalid", path=CRM.format("1234") + "?title=y&isPrivate=maybe", **as_json({"title": "x"})
    )
    contacts = Provoked("", "onlyoffice", "getCaseContacts", "", "GET", CRM.format("1234") + "/contact", "admin")
    yield from _callers(contacts)
    yield contacts.having("a large number", "parameter", path=CRM.format("99999999999999999999") + "/contact")
    add = Provoked(
        "",
        "onlyoffice",
        "addCaseContact",
        "",
        "POST",
        CRM.format("1234") + "/contact",
        "admin",
        **as_json({"contactid": 1235}),
    )
    yield from _callers(add)
    yield add.having("an unknown case", "not-found", path=CRM.format("9") + "/contact", rule="case_exists")
    yield add.having(
        "a private case",
        "not-found",
        path=CRM.format("1237") + "/contact",
        actor="outsider",
        rule="case_is_there_for_the_caller",
    )
    for name, sent in {
        "an unknown contact": as_json({"contactid": 9}),
        "an unknown contact in XML": as_xml("<a><contactid>9</contactid></a>"),
        "an unknown contact in a form": as_form({"contactid": 9}),
    }.items():
        yield add.having(name, "not-found", rule="contact_is_there_for_the_caller", **sent)
    yield add.having(
        "a hidden contact",
        "not-found",
        actor="outsider",
        rule="contact_is_there_for_the_caller",
        **as_json({"contactid": 1238}),
    )
    for value, kind in ((0, "invalid.minimum"), ("one", "invalid"), (None, "invalid.required"), (10**20, "invalid")):
        yield add.having(f"the contact {value}", kind, **as_json({"contactid": value}))
    yield add.having("no body", "invalid.required", headers=(), body=b"")
    remove = Provoked(
        "", "onlyoffice", "removeCaseContact", "", "DELETE", CRM.format("1234") + "/contact/1234", "admin"
    )
    yield from _callers(remove)
    yield remove.having("an unknown case", "not-found", path=CRM.format("9") + "/contact/1234", rule="case_exists")
    yield remove.having(
        "a private case",
        "not-found",
        path=CRM.format("1237") + "/contact/1235",
        actor="outsider",
        rule="case_is_there_for_the_caller",
    )
    yield remove.having(
        "an unknown contact",
        "not-found",
        path=CRM.format("1234") + "/contact/9",
        rule="contact_is_there_for_the_caller",
    )
    yield remove.having("the contact 0", "parameter", path=CRM.format("1234") + "/contact/0")
