"""What clients of all APIs send: reads, writes that are carried out, writes that are refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from hypothesis import strategies as st

from tests.mock_server.client import Header

JSON: Header = ("content-type", "application/json")
FORM: Header = ("content-type", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the address of an API, without the world that it is sent to."""

    api: str
    method: str
    path: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""

    @property
    def address(self) -> str:
        """The path with the API before it."""
        return f"/{self.api}{self.path}"


WORDS = st.sampled_from(["a", "Stand at the fair", "Ярмарка", "q" * 200]) | st.text(min_size=1, max_size=8)
NO_CASE = "999"
CRM_CASES = ("1234", "1235", "1236", "1237", "1238")
CONTACTS = (1234, 1235, 1236, 1237, 1238, 1239)
AICC_CASES = ("c6m800000142mS63Voa8", "c6m800000147rF58Yqd2", "c6m800000153nT74Wpb9", "c6m800000131kQ42Uma7")
EGAIN_CASES = ("1001", "1002", "1004", "1006", "1013")
EGAIN_AGENT: Header = ("authorization", "Bearer egain-agent-token-0001")
ONLYOFFICE_ADMIN: Header = ("authorization", "oo-admin-token-0001")
R7_ADMIN: Header = ("authorization", "r7-admin-token-0001")
AICC_OPERATOR: Header = ("access-token", "aicc-operator-token-0001")
LAST_MODIFIED_AT_FIRST = "2015-07-30T13:07:40.000Z"
AICC_CASE = "/service/AICC__Case/1.0.0/openapi/case"
EDIT = "/core/casemgr/v3/case"
CRM = "/api/2.0/crm/case"

Drawn = TypeVar("Drawn")


def mostly(usual: Drawn | Sequence[Drawn], *others: Drawn) -> st.SearchStrategy[Drawn]:
    """One of the usual values five times out of six, else one of the others."""
    usually = st.sampled_from(usual) if isinstance(usual, (list, tuple)) else st.just(usual)
    return st.sampled_from([*[usually] * 5, st.sampled_from(others)]).flatmap(lambda strategy: strategy)


def json_body(value: Any) -> bytes:
    """A value as the body of a request."""
    return json.dumps(value).encode()


@st.composite
def aicc_requests(draw: st.DrawFn) -> Request:
    """A case is modified or read; now and then without a title, without a token, or as no JSON."""
    headers = (("access-token", draw(mostly(AICC_OPERATOR[1], "nobody"))), JSON)
    case = draw(mostly(AICC_CASES, NO_CASE))
    if draw(mostly(False, True)):
        return Request("aicc", "GET", f"{AICC_CASE}/{case}", headers)
    info = {"id": case, "title": draw(WORDS), "description": draw(WORDS), "creatorId": "c"}
    missing = draw(mostly("", "title", "creatorId"))
    body = json_body({"caseInfo": {name: value for name, value in info.items() if name != missing}})
    cut = draw(mostly(0, 1))
    return Request("aicc", "POST", f"{AICC_CASE}/modify", headers, body[: len(body) - cut])


@st.composite
def egain_requests(draw: st.DrawFn) -> Request:
    """Cases are read, or one is edited as if nobody had edited it before."""
    actor = draw(mostly("agent", "viewer", "outsider", "nobody"))
    headers = (("authorization", f"Bearer egain-{actor}-token-0001"),)
    if draw(mostly(False, True)):
        ids = draw(st.lists(mostly(EGAIN_CASES, NO_CASE), min_size=1, max_size=3, unique=True))
        return Request("egain", "GET", f"{EDIT}/{','.join(ids)}?$attribute=all", headers)
    edit = {"id": draw(st.sampled_from(EGAIN_CASES)), "lastModified": LAST_MODIFIED_AT_FIRST, **draw(egain_changes())}
    return Request("egain", "PATCH", EDIT, (*headers, JSON), json_body(edit))


@st.composite
def egain_changes(draw: st.DrawFn) -> dict[str, Any]:
    """Members to edit: a text, a severity, relations, a date; some of them are none."""
    linked = draw(mostly(("2001", "2002", "2003"), NO_CASE))
    changes: dict[str, Any] = {
        "subject": draw(WORDS),
        "severity": {"value": draw(mostly(("low", "high", "urgent"), "never"))},
        "dueDate": draw(mostly(("2095-11-30T18:30:00.000Z", ""), "2015-11-30T18:30:00.000Z")),
        "relatedCases": {
            "link": [{"rel": "case", "href": f"{EDIT}/{linked}"}],
            "unlink": [{"rel": "case", "href": f"{EDIT}/{draw(st.sampled_from(('1001', '2001')))}"}],
        },
    }
    names = draw(st.lists(st.sampled_from(sorted(changes)), max_size=2, unique=True))
    return {name: changes[name] for name in names}


@st.composite
def crm_requests(draw: st.DrawFn, api: str, admin: Header) -> Request:
    """A case is closed, reopened or read, as JSON or XML, by somebody who may or may not."""
    outsider = admin[1].replace("admin", "outsider")
    credential = ("authorization", draw(mostly(admin[1], outsider, "nobody")))
    case = draw(mostly(CRM_CASES, NO_CASE))
    suffix = draw(st.sampled_from(["", ".xml"]))
    usual = [("GET", ""), ("PUT", "/close"), ("PUT", "/reopen"), ("PUT", "/close")]
    method, rest = draw(mostly(usual, ("DELETE", "/close")))
    return Request(api, method, f"{CRM}/{case}{rest}{suffix}", (credential,))


@st.composite
def onlyoffice_requests(draw: st.DrawFn) -> Request:
    """A case gets another title and privacy, or contacts come and go; some of what is sent is refused."""
    actors = ("oo-creator-token-0001", "oo-colleague-token-0001", "oo-outsider-token-0001", "nobody")
    credential = ("authorization", draw(mostly(ONLYOFFICE_ADMIN[1], *actors)))
    case = f"{CRM}/{draw(mostly(CRM_CASES, NO_CASE))}"
    contact = draw(mostly(CONTACTS, 999))
    what = draw(st.sampled_from(["update", "update by form", "add", "remove", "contacts"]))
    if what == "contacts":
        return Request("onlyoffice", "GET", f"{case}/contact", (credential,))
    if what == "remove":
        return Request("onlyoffice", "DELETE", f"{case}/contact/{contact}", (credential,))
    if what == "add":
        sent = draw(mostly({"contactid": contact}, {"contactid": "nobody"}, {}))
        return Request("onlyoffice", "POST", f"{case}/contact", (credential, JSON), json_body(sent))
    update: dict[str, Any] = {
        "title": draw(WORDS),
        "members": draw(st.lists(st.sampled_from(CONTACTS), max_size=3)),
        "isPrivate": draw(st.booleans()),
        "accessList": ["9924256a-739c-462b-af15-e652a3b1b6eb"],
    }
    left_out = draw(st.sets(mostly(("members", "isPrivate", "accessList"), "title"), max_size=2))
    update = {name: value for name, value in update.items() if name not in left_out}
    if what == "update by form":
        return Request("onlyoffice", "PUT", case, (credential, FORM), urlencode(update, doseq=True).encode())
    return Request("onlyoffice", "PUT", case, (credential, JSON), json_body(update))


REQUESTS = st.one_of(
    aicc_requests(),
    egain_requests(),
    onlyoffice_requests(),
    crm_requests("onlyoffice", ONLYOFFICE_ADMIN),
    crm_requests("r7office", R7_ADMIN),
)

REVIEW: tuple[Request, ...] = (
    *(Request("aicc", "GET", f"{AICC_CASE}/{id}", (AICC_OPERATOR,)) for id in AICC_CASES),
    Request("egain", "GET", f"{EDIT}/{','.join(EGAIN_CASES)}?$attribute=all", (EGAIN_AGENT,)),
    *(Request("onlyoffice", "GET", f"{CRM}/{id}", (ONLYOFFICE_ADMIN,)) for id in CRM_CASES),
    *(Request("r7office", "GET", f"{CRM}/{id}", (R7_ADMIN,)) for id in CRM_CASES),
)
"""Reads every case that the requests may have changed."""
