"""The AICC opponent keeps the page, and each of its faults shows in an exchange."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.opponents.aicc import FAULTS, build, credentials, known, seed, stir
from tests.opponents.store import Store
from tests.opponents.ways import Ways

PLAIN = Ways()
IDS = known(PLAIN)
WHO = credentials(PLAIN)
AMARA, BOHDAN = WHO["token of operator_amara"], WHO["token of operator_bohdan"]
FOREIGN = WHO["token of stranger (of the tenant Suedkai)"]
BASE = "/service/AICC__Case/1.0.0/openapi/case"
SENT = {
    "id": IDS["open_full"],
    "title": "Crane 2 runs again",
    "description": "New brake.\nTested twice.",
    "creatorId": IDS["operator_amara"],
    "ownerId": IDS["operator_bohdan"],
    "priority": "High",
    "dueDate": "2031-06-01 12:30:15",
    "contactId": IDS["contact_jonas"],
    "contactPhone": "04021009",
    "attachment": "brake.pdf",
}


class Desk:
    """A client of a fresh server."""

    def __init__(self, fault: str | None = None, ways: Ways = PLAIN) -> None:
        self.store = Store(seed(ways), ways.settles)
        self._app = build(ways, fault, self.store)

    def modify(
        self, token: str | None = AMARA, drop: str = "", headers: dict[str, str] | None = None, **change: Any
    ) -> httpx.Response:
        """POST caseInfo: SENT with the change and without the dropped member."""
        info = {name: value for name, value in {**SENT, **change}.items() if name != drop}
        return self.post({"caseInfo": info}, {"access-token": token} if token else {}, headers)

    def post(self, body: Any, token: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
        """POST any body."""
        kind = {"content-type": "application/json"} if headers is None else headers
        return self._send("POST", f"{BASE}/modify", content=json.dumps(body), headers={**token, **kind})

    def read(self, name: str = "open_full", token: str = AMARA, ways: Ways = PLAIN) -> httpx.Response:
        """GET a case by its name."""
        return self._send("GET", f"{BASE}/{known(ways)[name]}", headers={"access-token": token})

    def case(self, name: str = "open_full", ways: Ways = PLAIN) -> dict[str, Any]:
        """The caseInfo of a case."""
        return self.read(name, ways=ways).json()["result"][0]["caseInfo"]

    def token(self, **form: str) -> httpx.Response:
        """POST for a token of the machine user."""
        fields = {"grant_type": "client_credentials", "client_id": "nordhafen-desk", "client_secret": "tern&gull=71"}
        return self._send("POST", "/baas/auth/v1.0/oauth2/token", data={**fields, **form})

    def _send(self, method: str, path: str, **parts: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
                return await client.request(method, path, **parts)

        return asyncio.run(send())


def _repeat(desk: Desk, **change: Any) -> httpx.Response:
    desk.modify()
    return desk.modify(**{"ownerId": IDS["operator_bohdan"], **change}, token=BOHDAN)


Provocation = Callable[[Desk], Any]
PROVOCATIONS: dict[str, Provocation] = {
    "token-optional": lambda desk: desk.modify(token=None),
    "token-unchecked": lambda desk: desk.modify(token="nh-none"),
    "tenant-ignored": lambda desk: desk.modify(token=FOREIGN),
    "content-type-optional": lambda desk: desk.modify(headers={}),
    "caseinfo-optional": lambda desk: desk.post({}, {"access-token": AMARA}),
    "id-optional": lambda desk: desk.modify(drop="id"),
    "title-optional": lambda desk: desk.modify(drop="title"),
    "description-optional": lambda desk: desk.modify(drop="description"),
    "ownerId-required": lambda desk: desk.modify(drop="ownerId"),
    "priority-required": lambda desk: desk.modify(drop="priority"),
    "dueDate-required": lambda desk: desk.modify(drop="dueDate"),
    "contactId-required": lambda desk: desk.modify(drop="contactId"),
    "contactPhone-required": lambda desk: desk.modify(drop="contactPhone"),
    "attachment-required": lambda desk: desk.modify(drop="attachment"),
    "title-129-accepted": lambda desk: desk.modify(title="t" * 129),
    "title-128-refused": lambda desk: desk.modify(title="t" * 126 + "ä"),
    "title-in-characters": lambda desk: desk.modify(title="起" * 43),
    "description-20001-accepted": lambda desk: desk.modify(description="d" * 20_001),
    "description-20000-refused": lambda desk: desk.modify(description="d" * 20_000),
    "contactPhone-21-accepted": lambda desk: desk.modify(contactPhone="1" * 21),
    "contactPhone-20-refused": lambda desk: desk.modify(contactPhone="1" * 20),
    "priority-any": lambda desk: desk.modify(priority="Urgent"),
    "priority-critical-refused": lambda desk: desk.modify(priority="Critical"),
    "dueDate-any": lambda desk: desk.modify(dueDate="2031-06-01T12:30:15Z"),
    "dueDate-midnight-500": lambda desk: desk.modify(dueDate="2023-06-20 00:00:00"),
    "emoji-500": lambda desk: desk.modify(title="Crane 🏗"),
    "extension-refused": lambda desk: desk.modify(id=IDS["open_template"], AICC__room__CST="14"),
    "extension-lost": lambda desk: desk.modify(id=IDS["open_template"], AICC__room__CST="14"),
    "same-again-refused": _repeat,
    "title-lost-if-not-ascii": lambda desk: desk.modify(title="Kran läuft"),
    "title-escaped": lambda desk: desk.modify(title='The "new" <crane>'),
    "title-cut-at-64": lambda desk: desk.modify(title="t" * 65),
    "description-cut-at-4000": lambda desk: desk.modify(description="d" * 4001),
    "priority-critical-as-high": lambda desk: desk.modify(priority="Critical"),
    "refused-yet-written": lambda desk: desk.modify(priority="Urgent"),
    "second-lost": lambda desk: _repeat(desk, title="Crane 2 stops again"),
}
"""What shows a fault; where nothing stands, an ordinary request does."""


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_shows_in_the_answer_or_the_records(fault: str):
    """
    The same requests have another outcome than with the honest server.
    """
    assert _outcome(fault, fault) != _outcome(fault, None)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_the_state_shows_in_the_records(fault: str):
    """
    The records differ where the fault is one of the state or of a rule, as nothing is stored of what is refused.
    """
    without_content = {"caseinfo-optional", "id-optional", "same-again-refused"}
    records_differ = _outcome(fault, fault)[1] != _outcome(fault, None)[1]

    assert records_differ == (FAULTS[fault].kind != "form" and fault not in without_content)


def test_success_is_the_page_sample():
    """
    A modified case is answered 200 with resCode "0" and resMsg "Success".
    """
    answer = Desk().modify()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json;charset=UTF-8"
    assert answer.json() == {"resCode": "0", "resMsg": "Success"}


def test_every_sent_member_is_read_back():
    """
    Each member of the page that was sent is in the case.
    """
    desk = Desk()
    desk.modify()

    assert SENT.items() <= desk.case().items()


def test_one_case_is_modified_and_no_other():
    """
    The other cases stay as they were.
    """
    desk = Desk()
    desk.modify()

    assert {name: desk.case(name) for name in OTHERS} == {name: Desk().case(name) for name in OTHERS}


@pytest.mark.parametrize(
    "change",
    [
        {"title": "t" * 129},
        {"title": " "},
        {"title": None},
        {"title": 7},
        {"title": "half \ud83c"},
        {"priority": "Urgent"},
        {"dueDate": "2031-02-30 00:00:00"},
        {"creatorId": "10gg0000000000000000"},
        {"contactId": IDS["contact_foreign"]},
        {"id": IDS["completed"]},
        {"id": "c6m80000000000000000"},
        {"id": IDS["foreign_open"]},
    ],
)
def test_refused_change_leaves_no_trace(change: dict[str, Any]):
    """
    A refused request has another resCode than "0", and the case is as before.
    """
    desk = Desk()

    assert desk.modify(**change).json()["resCode"] != "0"
    assert desk.case() == Desk().case()
    assert desk.case("completed") == Desk().case("completed")


def test_owner_is_changed_by_the_owner_or_supervisor_only():
    """
    Another operator may modify the case, but not give it away.
    """
    desk = Desk()

    assert desk.modify(token=BOHDAN).status_code == 403
    assert desk.modify(token=BOHDAN, drop="ownerId").json()["resCode"] == "0"


def test_absent_optional_members():
    """
    Absent dueDate, contact, phone and attachment are cleared; owner and priority stay.
    """
    desk = Desk()
    desk.post(
        {"caseInfo": {name: SENT[name] for name in ("id", "title", "description", "creatorId")}},
        {"access-token": AMARA},
    )
    case = desk.case()

    assert [case[name] for name in ("dueDate", "contactId", "contactPhone", "attachment")] == [None] * 4
    assert (case["ownerId"], case["priority"]) == (IDS["operator_amara"], "Medium")


def test_issued_token_ends_and_a_new_one_works():
    """
    With token_life=2 the third request is refused, and a new token is admitted.
    """
    desk = Desk(ways=Ways(token_life=2))
    token = desk.token().json()["access_token"]

    assert [desk.read(token=token).status_code for _ in range(3)] == [200, 200, 401]
    assert desk.read(token=desk.token().json()["access_token"]).status_code == 200
    assert {desk.read().status_code for _ in range(5)} == {200}


def test_wrong_secret_gets_no_token():
    """
    A wrong client_secret is answered 400 unauthorized_client.
    """
    answer = Desk().token(client_secret="guess")

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


@pytest.mark.parametrize("status", [403, 404])
def test_case_of_another_tenant_is_not_seen(status: Any):
    """
    A read and a change of another tenant's case are answered as the way says.
    """
    desk = Desk(ways=Ways(unseen=status))

    assert desk.read("foreign_open").status_code == status
    assert desk.modify(id=IDS["foreign_open"]).status_code == status


def test_members_of_a_case_follow_the_ways():
    """
    hides_optional, page_members_only and more_members decide which members a read has.
    """
    hidden = Desk(ways=Ways(hides_optional=True)).case()
    page = Desk(ways=Ways(page_members_only=True)).case()
    more = Desk(ways=Ways(more_members=True))

    assert "contactPhone" not in hidden
    assert page.keys() == SENT.keys()
    assert "zone" in more.case()
    assert "zone" in more.modify().json()


def test_other_dates_keep_the_page_format_of_the_deadline():
    """
    With other_dates createdDate has a time zone, and dueDate is as the page has it.
    """
    case = Desk(ways=Ways(other_dates=True)).case()

    assert case["createdDate"] == "2024-09-30T16:05:41.000+08:00"
    assert case["dueDate"] == "2031-05-14 17:45:30"


def test_big_ids_are_twenty_digits():
    """
    With big_ids every id is a text of 20 digits, all of them different.
    """
    ids = known(Ways(big_ids=True))

    assert all(len(key) == 20 and key.isdigit() for key in ids.values())
    assert len(set(ids.values())) == len(ids)
    assert Desk(ways=Ways(big_ids=True)).case(ways=Ways(big_ids=True))["id"] == ids["open_full"]


def test_settling_case_is_read_late_but_its_rules_are_not():
    """
    With settles a read shows the old title, and the new owner may already give the case away.
    """
    desk = Desk(ways=Ways(settles=60))
    desk.modify()

    assert desk.case()["title"] == "Crane 2 stops under load"
    assert desk.modify(token=BOHDAN, ownerId=IDS["operator_chiyo"]).json()["resCode"] == "0"


def test_other_users_leave_what_the_page_speaks_of():
    """
    What others change is the traffic, and of the known cases only stayDate.
    """
    desk = Desk()
    for turn in range(1, 400):
        stir(desk.store, turn)
    changed = {
        member for name in OTHERS for member, value in desk.case(name).items() if Desk().case(name)[member] != value
    }

    assert changed == {"stayDate"}
    assert desk.case("traffic_1") != Desk().case("traffic_1")


OTHERS = [
    name for name in IDS if name.startswith(("open_", "template_", "spare_", "completed")) and name != "open_full"
]


def _outcome(provocation: str, fault: str | None) -> tuple[Any, ...]:
    desk = Desk(fault)
    answer = PROVOCATIONS.get(provocation, Desk.modify)(desk)
    watched = ("open_full", "open_template", "open_bare")
    records = [desk.read(name).json().get("result", [{}])[0].get("caseInfo") for name in watched]
    return (answer.status_code, answer.headers.get("content-type"), answer.content), records
