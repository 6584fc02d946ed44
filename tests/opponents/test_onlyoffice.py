"""The ONLYOFFICE opponent keeps its pages' rules, and each of its faults breaks one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from tests.opponents import onlyoffice
from tests.opponents.crm import BIG
from tests.opponents.crm_client import Client
from tests.opponents.onlyoffice import FAULTS, credentials, stir
from tests.opponents.ways import Ways

WHO = credentials(Ways())
FULL: dict[str, Any] = {"title": "Autumn fair", "members": [3101], "customFieldList": [{"Key": 71, "Value": "plenty"}]}


class Portal(Client):
    """A client of a fresh server."""

    def __init__(self, fault: str | None = None, ways: Ways | None = None) -> None:
        super().__init__(onlyoffice, fault, ways)

    def update(self, case: int, who: str = "creator", **body: Any) -> Any:
        """The response to updateCase with a JSON body."""
        return self.call("PUT", f"crm/case/{case}", who, json=body)

    def add(self, case: int, contact: int, who: str = "creator") -> Any:
        """The response to addCaseContact with a JSON body."""
        return self.call("POST", f"crm/case/{case}/contact", who, json={"contactid": contact})

    def members(self, case: int) -> list[int]:
        """The contacts of the case."""
        return [contact["id"] for contact in self.call("GET", f"crm/case/{case}/contact", "admin").json()["response"]]

    def values(self, case: int) -> dict[int, str]:
        """The values of the case's custom fields."""
        return {field["id"]: field["FieldValue"] for field in self.case(case)["CustomFields"] if field["FieldValue"]}

    def access(self, case: int) -> list[str]:
        """Who stands in the access list of the case."""
        names = {entry["id"]: who for who, entry in WHO.items()}
        return [names[user["Id"]] for user in self.case(case)["AccessList"]]


def _update_xml(portal: Portal, case: int, title: str) -> Any:
    return fromstring(portal.call("PUT", f"crm/case/{case}.xml", data={"title": title}).content)


def _after(act: Callable[[Portal], Any], look: Callable[[Portal], Any]) -> Callable[[Portal], Any]:
    def seen(portal: Portal) -> Any:
        act(portal)
        return look(portal)

    return seen


def _status(act: Callable[[Portal], Any]) -> Callable[[Portal], Any]:
    return lambda portal: act(portal).status_code


def _answer(act: Callable[[Portal], Any]) -> Callable[[Portal], Any]:
    return lambda portal: act(portal).json()["response"]


def _update(case: int, who: str = "creator", **body: Any) -> Callable[[Portal], Any]:
    return lambda portal: portal.update(case, who, **body)


def _add(case: int, contact: int, who: str = "creator") -> Callable[[Portal], Any]:
    return lambda portal: portal.add(case, contact, who)


def _title(case: int) -> Callable[[Portal], Any]:
    return lambda portal: portal.case(case)["Title"]


def _kind(name: str, act: Callable[[Portal], Any]) -> Callable[[Portal], Any]:
    """The type of a member of the answer."""
    return lambda portal: type(act(portal).json()["response"].get(name)).__name__


CASE_MEMBERS = "Members CreateBy Created Title IsClosed IsPrivate AccessList CanEdit CustomFields id"
CONTACT_MEMBERS = (
    "Addresses CreateBy Created About Industry ContactStatus ContactType CommonData CustomFields Tags TaskCount "
    "HaveLateTasks id SmallFotoUrl MediumFotoUrl DisplayName IsCompany AccessList IsPrivate IsShared ShareType "
    "Currency CanEdit CanDelete"
)
LONG = "A title of more than a hundred characters " * 4
COLLEAGUE, SECOND = WHO["colleague"]["id"], WHO["second"]["id"]

PROVOKED: dict[str, tuple[Callable[[Portal], Any], Any]] = {
    "updateCase-title-kept": (_after(_update(4841, title="New"), _title(4841)), "New"),
    "updateCase-title-cut": (_after(_update(4841, title=LONG), _title(4841)), LONG),
    "updateCase-title-ascii": (_after(_update(4841, title="Été à Łódź"), _title(4841)), "Été à Łódź"),
    "updateCase-title-optional": (_status(_update(4841, members=[3101])), 400),
    "updateCase-quote-500": (_status(_update(4841, title="Editor's day")), 200),
    "updateCase-members-lost": (
        _after(_update(4841, title="x", members=[3101]), lambda portal: portal.members(4841)),
        [3101],
    ),
    "updateCase-first-member-only": (
        _after(_update(4841, title="x", members=[3102, 3104]), lambda portal: portal.members(4841)),
        [3102, 3104],
    ),
    "updateCase-members-required": (_status(_update(4841, title="x")), 200),
    "updateCase-first-field-only": (
        _after(
            _update(4841, title="x", customFieldList=[{"Key": 71, "Value": "a"}, {"Key": 74, "Value": "b"}]),
            lambda portal: portal.values(4841),
        ),
        {71: "a", 74: "b"},
    ),
    "updateCase-date-field-lost": (
        _after(
            _update(4841, title="x", customFieldList=[{"Key": 72, "Value": "2026-05-01"}]),
            lambda portal: portal.values(4841),
        ),
        {72: "2026-05-01"},
    ),
    "updateCase-fields-required": (_status(_update(4841, title="x")), 200),
    "updateCase-stays-public": (
        _after(
            _update(4841, title="x", isPrivate=True, accessList=[COLLEAGUE]),
            lambda portal: portal.case(4841)["IsPrivate"],
        ),
        True,
    ),
    "updateCase-stays-private": (
        _after(_update(4851, title="x", isPrivate=False), lambda portal: portal.case(4851)["IsPrivate"]),
        False,
    ),
    "updateCase-access-added": (
        _after(_update(4851, title="x", isPrivate=True, accessList=[SECOND]), lambda portal: portal.access(4851)),
        ["second", "creator"],
    ),
    "updateCase-first-user-only": (
        _after(
            _update(4841, title="x", isPrivate=True, accessList=[COLLEAGUE, SECOND]),
            lambda portal: portal.access(4841),
        ),
        ["colleague", "second", "creator"],
    ),
    "updateCase-guid-lower-only": (
        _status(_update(4841, title="x", isPrivate=True, accessList=[COLLEAGUE.upper()])),
        200,
    ),
    "updateCase-notify-500": (
        _status(_update(4841, title="x", isPrivate=True, accessList=[COLLEAGUE], isNotify=True)),
        200,
    ),
    "updateCase-neighbours": (_after(_update(4821, title="x"), _title(4822)), "Harbour open day"),
    "updateCase-reopens": (_after(_update(4824, title="x"), lambda portal: portal.case(4824)["IsClosed"]), True),
    "updateCase-closed-text": (_kind("IsClosed", _update(4824, title="x")), "bool"),
    "updateCase-can-edit-missing": (_kind("CanEdit", _update(4824, title="x")), "bool"),
    "updateCase-label-misspelt": (
        lambda portal: portal.update(4821, title="x").json()["response"]["CustomFields"][0].get("Label"),
        "Budget note",
    ),
    "updateCase-member-id-text": (
        lambda portal: portal.update(4821, title="x").json()["response"]["Members"][0]["id"],
        3101,
    ),
    "updateCase-currency-text": (
        lambda portal: type(portal.update(4821, title="x").json()["response"]["Members"][0]["Currency"]),
        dict,
    ),
    "updateCase-xml-ascii": (
        lambda portal: _update_xml(portal, 4821, "x").findtext("response/Members/Currency/Symbol"),
        "¥",
    ),
    "updateCase-no-token": (_status(_update(4841, "", title="x")), 401),
    "updateCase-any-token": (_status(_update(4841, "nobody-has-this", title="x")), 401),
    "updateCase-written-without-token": (_after(_update(4841, "", title="x"), _title(4841)), "Workshop 1"),
    "updateCase-body-id": (_after(_update(4841, title="x", caseid=4842), _title(4842)), "Workshop 2"),
    "updateCase-late": (_after(_update(4841, title="x"), _title(4841)), "x"),
    "updateCase-html-type": (
        lambda portal: portal.update(4841, title="x").headers["content-type"],
        "application/json; charset=UTF-8",
    ),
    "updateCase-status-text": (lambda portal: portal.update(4841, title="x").json()["status"], 0),
    "updateCase-created-number": (_kind("Created", _update(4841, title="x")), "str"),
    "updateCase-xml-root": (lambda portal: _update_xml(portal, 4841, "x").tag, "result"),
    "updateCase-xml-wrapped": (lambda portal: len(_update_xml(portal, 4821, "x").findall("response/Members")), 2),
    "addCaseContact-not-added": (_after(_add(4823, 3101), lambda portal: portal.members(4823)), [3101]),
    "addCaseContact-replaces": (_after(_add(4822, 3101), lambda portal: portal.members(4822)), [3102, 3101]),
    "addCaseContact-next-case": (_after(_add(4821, 3108), lambda portal: portal.members(4822)), [3102]),
    "addCaseContact-made-public": (
        _after(_add(4851, 3101), lambda portal: portal.case(4851)["IsPrivate"]),
        True,
    ),
    "addCaseContact-closes": (_after(_add(4841, 3101), lambda portal: portal.case(4841)["IsClosed"]), False),
    "addCaseContact-companies-refused": (_status(_add(4841, 3104)), 201),
    "addCaseContact-number-refused": (_status(_add(4841, 3101)), 201),
    "addCaseContact-other-spelling": (_status(_add(4841, 3101)), 201),
    "addCaseContact-contactid-optional": (
        lambda portal: portal.call("POST", "crm/case/4841/contact", json={}).status_code,
        400,
    ),
    "addCaseContact-full-at-three": (_status(_add(4829, 3108)), 201),
    "addCaseContact-private-refused": (_status(_add(4851, 3101)), 201),
    "addCaseContact-answers-case": (lambda portal: "Title" in portal.add(4841, 3101).json()["response"], False),
    "addCaseContact-case-id": (lambda portal: portal.add(4841, 3101).json()["response"]["id"], 3101),
    "addCaseContact-name-missing": (_kind("DisplayName", _add(4841, 3101)), "str"),
    "addCaseContact-company-flag-text": (_kind("IsCompany", _add(4841, 3101)), "bool"),
    "addCaseContact-color-bare": (
        lambda portal: portal.add(4841, 3101).json()["response"]["ContactStatus"]["Color"],
        "#E8A317",
    ),
    "addCaseContact-info-type-text": (
        lambda portal: portal.add(4841, 3101).json()["response"]["CommonData"][0]["InfoType"],
        1,
    ),
    "addCaseContact-zip-number": (
        lambda portal: portal.add(4841, 3101).json()["response"]["Addresses"][0]["Zip"],
        "1052",
    ),
    "addCaseContact-about-null": (_kind("About", _add(4841, 3102)), "str"),
    "addCaseContact-no-token": (_status(_add(4841, 3101, "")), 401),
    "addCaseContact-any-token": (_status(_add(4841, 3101, "nobody-has-this")), 401),
    "addCaseContact-written-without-token": (
        _after(_add(4841, 3101, ""), lambda portal: portal.members(4841)),
        [],
    ),
    "addCaseContact-body-id": (
        _after(
            lambda portal: portal.call("POST", "crm/case/4841/contact", json={"contactid": 3101, "caseid": 4842}),
            lambda portal: portal.members(4842),
        ),
        [],
    ),
    "addCaseContact-late": (_after(_add(4841, 3101), lambda portal: portal.members(4841)), [3101]),
    "addCaseContact-html-type": (
        lambda portal: portal.add(4841, 3101).headers["content-type"],
        "application/json; charset=UTF-8",
    ),
    "addCaseContact-status-missing": (lambda portal: portal.add(4841, 3101).json().get("status"), 0),
    "addCaseContact-created-number": (_kind("Created", _add(4841, 3101)), "str"),
    "addCaseContact-xml-wrapped": (
        lambda portal: len(
            fromstring(portal.call("POST", "crm/case/4841/contact.xml", data={"contactid": 3101}).content).findall(
                "response/Addresses"
            )
        ),
        2,
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_breaks_what_the_honest_server_keeps(fault: str) -> None:
    """
    What a fault breaks is as the page says on the honest server, and otherwise with the fault.
    """
    observed, promised = PROVOKED[fault]

    assert (observed(Portal()) == promised, observed(Portal(fault)) == promised) == (True, False)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_leaves_the_other_operations_honest(fault: str) -> None:
    """
    The operations that a fault is not about answer as without it.
    """
    other = "addCaseContact" if FAULTS[fault].operation == "updateCase" else "updateCase"

    assert _tour(Portal(fault), other) == _tour(Portal(), other)


def test_faults_are_enough_of_each_kind() -> None:
    """
    There are at least 12 and 11 faults of the two operations, half of them rules and states.
    """
    operations = [fault.operation for fault in FAULTS.values()]
    kinds = [fault.kind for fault in FAULTS.values()]

    assert operations.count("updateCase") >= 12
    assert operations.count("addCaseContact") >= 11
    assert kinds.count("rule") + kinds.count("state") >= len(kinds) // 2


def test_answers_hold_the_members_of_the_pages() -> None:
    """
    A Case has its ten members, a contact its 24, when all of them have a value.
    """
    portal = Portal()
    case = portal.update(4821, **FULL).json()["response"]
    contact = portal.add(4821, 3101)

    assert contact.status_code == 201
    assert sorted(case) == sorted(CASE_MEMBERS.split())
    assert sorted(contact.json()["response"]) == sorted(CONTACT_MEMBERS.split())


def test_bodies_in_json_form_and_xml_mean_the_same() -> None:
    """
    The same update as JSON, as a form and as XML leaves the same case.
    """
    form = {
        "title": "Autumn & fair",
        "members[]": ["3101", "3104"],
        "customFieldList[0][Key]": "71",
        "customFieldList[0][Value]": "x",
        "isPrivate": "TRUE",
        "accessList": COLLEAGUE,
    }
    xml = (
        "<r><title>Autumn &amp; fair</title><members>3101</members><members>3104</members><customFieldList><Key>71"
        f"</Key><Value>x</Value></customFieldList><isPrivate>true</isPrivate><accessList>{COLLEAGUE}</accessList></r>"
    )
    json = {
        "title": "Autumn & fair",
        "members": ["3101", 3104],
        "customFieldList": {"key": 71, "value": "x"},
        "isPrivate": True,
        "accessList": [COLLEAGUE],
    }
    left = []
    for more in ({"data": form}, {"content": xml, "headers": {"Content-Type": "text/xml"}}, {"json": json}):
        portal = Portal()
        assert portal.call("PUT", "crm/case/4841", **more).status_code == 200
        left.append(portal.case(4841))

    assert left[0] == left[1] == left[2]
    assert [member["id"] for member in left[0]["Members"]] == [3101, 3104]


def test_what_is_absent_follows_the_three_rules() -> None:
    """
    Without them members and fields stay; privacy ends.
    """
    portal = Portal()
    portal.update(4825, title="x")
    case = portal.case(4825)

    assert ([member["id"] for member in case["Members"]], case["IsPrivate"]) == ([3101, 3102], False)


def test_privacy_by_one_who_neither_made_nor_administers_is_ignored() -> None:
    """
    A colleague in the access list changes the title and not the privacy.
    """
    portal = Portal()
    portal.update(4825, "colleague", title="x", isPrivate=False)
    case = portal.case(4825)

    assert (case["Title"], case["IsPrivate"]) == ("x", True)


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (400, _update(4841, title="")),
        (400, _update(0, title="x")),
        (404, _update(4899, title="x")),
        (403, _update(4827, title="x")),
        (403, _update(4841, "guest", title="x")),
        (400, _update(4841, title="x", isPrivate=1)),
        (400, _update(4841, title="x", accessList=["nobody"])),
        (400, lambda portal: portal.call("PUT", "crm/case/4841", content="{", headers={"Content-Type": "text/xml"})),
        (404, _add(4827, 3101)),
        (404, _add(4841, 3107, "colleague")),
        (404, _add(4841, 3199)),
        (400, _add(4841, 0)),
        (404, lambda portal: portal.call("PATCH", "crm/case/4841")),
        (404, lambda portal: portal.call("GET", "crm/case/x")),
        (404, lambda portal: portal.call("GET", "crm/case/4827")),
        (401, lambda portal: portal.call("GET", "crm/case/4821", "")),
        (500, lambda portal: portal.call("POST", "authentication", json={"userName": "x", "password": "y"})),
    ],
)
def test_refusals_have_the_status_of_the_vendor(status: int, act: Callable[[Portal], Any]) -> None:
    """
    What cannot be done is refused with the status of the vendor's source.
    """
    assert act(Portal()).status_code == status


def test_contact_is_added_once_and_removed() -> None:
    """
    Adding twice adds once, also to a closed case; removing takes it away.
    """
    portal = Portal()
    statuses = [portal.add(4824, 3109).status_code, portal.add(4824, 3109).status_code]
    before = portal.members(4824)
    portal.call("DELETE", "crm/case/4824/contact/3109")

    assert (statuses, before, portal.members(4824)) == ([201, 201], [3101, 3109], [3101])


def test_xml_of_the_page() -> None:
    """
    XML has the page's names, capital booleans, short empty elements and repeated elements for lists.
    """
    text = Portal().call("POST", "crm/case/4841/contact.xml", data={"contactid": "3101"}).text

    assert "<Tags>speaker</Tags><Tags>early bird</Tags>" in text
    assert "<City />" in text
    assert "<IsCompany>False</IsCompany>" in text


def test_tokens_end_after_their_life() -> None:
    """
    An issued token is refused after so many requests, whatever the scheme; a fixed one never is.
    """
    portal = Portal(ways=Ways(token_life=2))
    login = {name: WHO["creator"][name] for name in ("userName", "password")}
    issued = portal.call("POST", "authentication", "", json=login)
    token = issued.json()["response"]["token"]
    statuses = [portal.call("GET", "crm/case/4821", f"Bearer {token}").status_code for _ in range(3)]

    assert (issued.status_code, statuses) == (201, [200, 200, 401])
    assert all(portal.call("GET", "crm/case/4821").status_code == 200 for _ in range(5))


def test_basic_and_cookie_let_in() -> None:
    """
    A user name with its password, and a token in the cookie, are credentials too.
    """
    portal = Portal()
    basic = portal.plain("GET", "crm/case/4821", auth=(WHO["creator"]["userName"], WHO["creator"]["password"]))
    cookie = portal.plain("GET", "crm/case/4821", headers={"Cookie": f"asc_auth_key={WHO['creator']['token']}"})

    assert (basic.status_code, cookie.status_code) == (200, 200)


def test_ways_change_what_they_say() -> None:
    """
    Each way of an honest server shows in its answers.
    """
    hidden = Portal(ways=Ways(hides_optional=True))
    bare = Portal(ways=Ways(page_members_only=True))
    more = Portal(ways=Ways(more_members=True))
    dated = Portal(ways=Ways(other_dates=True))
    big = Portal(ways=Ways(big_ids=True))
    lagging = Portal(ways=Ways(settles=30.0))
    strict = Portal(ways=Ways(unseen=403))

    assert "AccessList" not in hidden.case(4825)
    assert "Tags" not in hidden.call("GET", "crm/case/4821/contact").json()["response"][0]
    assert set(bare.call("GET", "crm/case/4821").json()) == {"status", "response"}
    assert "FirstName" not in bare.call("GET", "crm/case/4821/contact").json()["response"][0]
    assert "Revision" in more.case(4821)["Members"][0]["Currency"]
    assert dated.case(4821)["Created"] == "2024-08-19T09:42:13.8046119+02:00"
    assert big.case(4821 + BIG)["Members"][0]["id"] == 3101 + BIG
    assert big.add(4823 + BIG, 3101 + BIG).status_code == 201
    assert lagging.update(4821, title="x").json()["response"]["Title"] == "x"
    assert lagging.case(4821)["Title"] == "Spring book fair"
    assert lagging.add(4821, 3102).status_code == 201
    assert strict.call("GET", "crm/case/4827/contact").status_code == 403


def test_stirring_leaves_what_the_pages_speak_of_alone() -> None:
    """
    Another user changes cases of his own, and of the known records the tasks of contacts only.
    """
    portal = Portal()
    cases = {key: case for key, case in portal.store.all_current("case").items() if key < "4891"}
    own = portal.store.all_current("case")["4891"]
    for turn in range(40):
        stir(portal.store, turn)
    after = portal.store.all_current("case")

    assert {key: after[key] for key in cases} == cases
    assert after["4891"] != own
    assert portal.store.all_current("contact")["3101"]["tasks"] == 3


def _tour(portal: Portal, changing: str) -> list[Any]:
    """The answers of all operations but one of the two, with what they leave."""
    change = _update(4841, **FULL) if changing == "updateCase" else _add(4841, 3104)
    answers = [
        change(portal),
        portal.call("GET", "crm/case/4841.xml"),
        portal.call("GET", "crm/case/4841/contact"),
        portal.call("DELETE", "crm/case/4821/contact/3101"),
        portal.call("PUT", "crm/case/4821/close.xml"),
        portal.call("GET", "crm/case/4821"),
        portal.call("PUT", "crm/case/4821/reopen"),
        portal.call("GET", "crm/case/4821", ""),
        portal.call("GET", "crm/case/4821", "nobody-has-this"),
        portal.call("POST", "authentication", "", json={}),
    ]
    return [(answer.status_code, answer.headers.get("content-type"), answer.content) for answer in answers]
