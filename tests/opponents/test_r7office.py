"""The R7-Office opponent keeps its page's rules, and each of its faults breaks one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from tests.opponents import r7office
from tests.opponents.crm import BIG
from tests.opponents.crm_client import Client
from tests.opponents.r7office import FAULTS, stir
from tests.opponents.ways import Ways

JSON: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
CASE_MEMBERS = "createBy created title isClosed isPrivate canEdit customFields id"


class Portal(Client):
    """A client of a fresh server."""

    def __init__(self, fault: str | None = None, ways: Ways | None = None) -> None:
        super().__init__(r7office, fault, ways)

    def close(self, case: int, who: str = "creator", suffix: str = "", **more: Any) -> Any:
        """The response to closeCase."""
        return self.call("PUT", f"crm/case/{case}/close{suffix}", who, **more)

    def closed(self, case: int) -> bool:
        """Whether the case is closed."""
        return bool(self.case(case)["isClosed"])


def _status(case: int, who: str = "creator", **more: Any) -> Callable[[Portal], Any]:
    return lambda portal: portal.close(case, who, **more).status_code


def _member(name: str, case: int = 90201) -> Callable[[Portal], Any]:
    """The type of a member of the answer."""
    return lambda portal: type(portal.close(case).json()["response"].get(name)).__name__


def _field(number: int, name: str) -> Callable[[Portal], Any]:
    """A member of a custom field of the answer."""

    def seen(portal: Portal) -> Any:
        fields = {field["id"]: field for field in portal.close(90201).json()["response"]["customFields"]}
        return fields[number][name]

    return seen


def _xml(look: Callable[[Any], Any]) -> Callable[[Portal], Any]:
    return lambda portal: look(fromstring(portal.close(90201, suffix=".xml").content))


def _closed_after(closing: int, *, looking: int, who: str = "creator", **more: Any) -> Callable[[Portal], Any]:
    def seen(portal: Portal) -> Any:
        portal.close(closing, who, **more)
        return portal.closed(looking)

    return seen


def _changed(case: int, name: str) -> Callable[[Portal], Any]:
    """Whether closing changes a member of the case."""

    def seen(portal: Portal) -> Any:
        before = portal.case(case)[name]
        portal.close(case)
        return portal.case(case)[name] != before

    return seen


PROVOKED: dict[str, tuple[Callable[[Portal], Any], Any]] = {
    "closeCase-not-closed": (_closed_after(90201, looking=90201), True),
    "closeCase-private-not-closed": (_closed_after(90205, looking=90205), True),
    "closeCase-neighbours": (_closed_after(90201, looking=90202), False),
    "closeCase-values-lost": (_changed(90201, "customFields"), False),
    "closeCase-made-public": (_changed(90205, "isPrivate"), False),
    "closeCase-body-required": (_status(90201), 200),
    "closeCase-json-type-refused": (_status(90201, **JSON), 200),
    "closeCase-colleague-refused": (_status(90205, "colleague"), 200),
    "closeCase-quote-500": (_status(90209), 200),
    "closeCase-pascal": (_member("createBy"), "dict"),
    "closeCase-field-id-text": (
        lambda portal: portal.close(90201).json()["response"]["customFields"][0]["id"],
        41,
    ),
    "closeCase-private-text": (_member("isPrivate"), "bool"),
    "closeCase-field-type-text": (_field(42, "fieldType"), 5),
    "closeCase-mask-null": (_field(42, "mask"), ""),
    "closeCase-create-by-name": (_member("createBy"), "dict"),
    "closeCase-can-edit-missing": (_member("canEdit"), "bool"),
    "closeCase-xml-capitals": (_xml(lambda root: root.findtext("response/isClosed")), "true"),
    "closeCase-xml-empty-lost": (_xml(lambda root: len(root.findall("response/customFields/mask"))), 3),
    "closeCase-no-token": (_status(90201, ""), 401),
    "closeCase-any-token": (_status(90201, "nobody-has-this"), 401),
    "closeCase-written-without-token": (_closed_after(90201, looking=90201, who=""), False),
    "closeCase-body-id": (_closed_after(90201, looking=90202, json={"caseid": 90202}), False),
    "closeCase-late": (_closed_after(90201, looking=90201), True),
    "closeCase-html-type": (
        lambda portal: portal.close(90201).headers["content-type"],
        "application/json; charset=UTF-8",
    ),
    "closeCase-status-text": (lambda portal: portal.close(90201).json()["status"], 0),
    "closeCase-status-missing": (lambda portal: portal.close(90201).json().get("status"), 0),
    "closeCase-created-number": (_member("created"), "str"),
    "closeCase-xml-root": (_xml(lambda root: root.tag), "result"),
    "closeCase-xml-wrapped": (_xml(lambda root: len(root.findall("response/customFields"))), 3),
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
    assert _tour(Portal(fault)) == _tour(Portal())


def test_faults_are_enough_of_each_kind() -> None:
    """
    There are at least nine faults, a third of them rules and states.
    """
    kinds = [fault.kind for fault in FAULTS.values()]

    assert len(kinds) >= 9
    assert kinds.count("rule") + kinds.count("state") >= len(kinds) // 3


def test_closing_is_repeated_and_undone() -> None:
    """
    Closing twice leaves a closed case, reopening an open one.
    """
    portal = Portal()
    answers = [portal.close(90201).json()["response"]["isClosed"] for _ in range(2)]
    before = portal.closed(90201)
    portal.call("PUT", "crm/case/90201/reopen")

    assert (answers, before, portal.closed(90201)) == ([True, True], True, False)


@pytest.mark.parametrize(
    ("status", "act"),
    [
        (403, _status(90207)),
        (403, _status(90206, "colleague")),
        (403, _status(90201, "guest")),
        (200, _status(90201, "outsider")),
        (404, _status(90299)),
        (400, _status(0)),
        (401, _status(90201, "")),
        (404, lambda portal: portal.call("GET", "crm/case/90207").status_code),
        (404, lambda portal: portal.call("POST", "crm/case/90201/close").status_code),
        (404, lambda portal: portal.call("PUT", "crm/case/x/close").status_code),
        (500, lambda portal: portal.call("POST", "authentication", "", json={"userName": "x"}).status_code),
    ],
)
def test_refusals_have_the_status_of_the_vendor(status: int, act: Callable[[Portal], Any]) -> None:
    """
    What cannot be done is refused with the status of the vendor's source; what can be done is done.
    """
    assert act(Portal()) == status


def test_xml_of_the_page() -> None:
    """
    XML has camelCase names, small booleans, two tags for empty elements and no wrapper; JSON bodies get JSON.
    """
    answer = Portal().close(90203, suffix=".xml")
    json_answer = Portal().close(90203, suffix=".xml", **JSON)

    assert answer.headers["content-type"] == "text/xml; charset=UTF-8"
    assert "<fieldValue></fieldValue>" in answer.text
    assert "<isClosed>true</isClosed>" in answer.text
    assert json_answer.headers["content-type"].startswith("application/json")


def test_ways_change_what_they_say() -> None:
    """
    Each way of an honest server shows in its answers.
    """
    bare = Portal(ways=Ways(page_members_only=True))
    lagging = Portal(ways=Ways(settles=30.0))
    big = Portal(ways=Ways(big_ids=True))

    assert sorted(bare.close(90205).json()["response"]) == sorted(CASE_MEMBERS.split())
    assert "members" not in Portal(ways=Ways(hides_optional=True)).case(90205)
    assert "members" in Portal().case(90205)
    assert "revision" in Portal(ways=Ways(more_members=True)).case(90201)["createBy"]
    assert Portal(ways=Ways(other_dates=True)).case(90201)["created"] == "2025-02-06T14:58:27.0913574+03:00"
    assert lagging.close(90201).json()["response"]["isClosed"] is True
    assert lagging.closed(90201) is False
    assert big.close(90201 + BIG).json()["response"]["id"] == 90201 + BIG
    assert big.closed(90201 + BIG) is True


def test_token_of_the_token_operation_ends() -> None:
    """
    An issued token is refused after so many requests.
    """
    portal = Portal(ways=Ways(token_life=1))
    login = {name: portal.who["creator"][name] for name in ("userName", "password")}
    token = portal.call("POST", "authentication", "", json=login).json()["response"]["token"]

    assert [portal.close(90201, token).status_code for _ in range(2)] == [200, 401]


def test_stirring_leaves_what_the_page_speaks_of_alone() -> None:
    """
    Another user changes cases of his own, and of the known records the photos of contacts only.
    """
    portal = Portal()
    before = portal.store.all_current("case")
    for turn in range(40):
        stir(portal.store, turn)
    changed = {key for key, case in portal.store.all_current("case").items() if case != before[key]}

    assert changed <= {"90281", "90282", "90283", "90284"}
    assert changed
    assert portal.store.all_current("contact")["5201"]["photo"] == 2


def _tour(portal: Portal) -> list[Any]:
    """The answers of all operations but closeCase."""
    answers = [
        portal.call("GET", "crm/case/90205"),
        portal.call("GET", "crm/case/90209.xml"),
        portal.call("PUT", "crm/case/90208/reopen"),
        portal.call("GET", "crm/case/90208.json"),
        portal.call("GET", "crm/case/90201", ""),
        portal.call("GET", "crm/case/90201", "nobody-has-this"),
        portal.call("POST", "authentication", "", json={}),
    ]
    return [(answer.status_code, answer.headers.get("content-type"), answer.content) for answer in answers]
