"""What a world remembers of the requests to it."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.worlds.journal import ADMITTED, LONGEST_BODY, REFUSED, Journal, JournalEntry
from tests.mock_server.client import Client
from tests.mock_server.provoked import AICC_CASE, CASE_INFO, CREDENTIALS, MODIFY, as_json
from tests.mock_server.whole import Whole, build, running


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


@pytest.fixture
def lived(whole: Whole) -> Client:
    """A world with four exchanges: read, refused for its title, carried out, refused for everything."""
    client = whole.fresh().under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    client.get(AICC_CASE.format("c6m800000142mS63Voa8"))
    for body in ({"caseInfo": {**CASE_INFO, "title": "x" * 200}}, {"caseInfo": CASE_INFO}, {}):
        sent = as_json(body)
        client.send("POST", MODIFY, sent["headers"], sent["body"])
    return client


def entries(whole: Whole, client: Client, query: str = "") -> list[dict[str, Any]]:
    """What the control API tells of a world's journal."""
    found: list[dict[str, Any]] = whole.steer("GET", f"/worlds/{client.world}/journal{query}").json()["entries"]
    return found


def note(journal: Journal, count: int) -> None:
    """So many exchanges."""
    for _ in range(count):
        journal.note(JournalEntry(0.0, 0.0, "GET", "/", "api", "read", 200, outcome=ADMITTED))


def test_journal_keeps_the_last() -> None:
    """
    The oldest makes room, the numbers go on.
    """
    journal = Journal(3)
    note(journal, 5)

    assert [number for number, _ in journal.numbered()] == [3, 4, 5]


def test_cleared_journal_numbers_on() -> None:
    """
    A number never stands for two exchanges of a world.
    """
    journal = Journal(3)
    note(journal, 2)
    journal.clear()
    note(journal, 1)

    assert [number for number, _ in journal.numbered()] == [3]


def test_length_of_the_journal_is_that_of_the_store() -> None:
    """
    --journal says how much each world remembers.
    """
    mock = build(journal=2)
    client = mock.fresh().under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    for _ in range(4):
        client.get(AICC_CASE.format("x"))

    assert [entry["number"] for entry in entries(mock, client)] == [3, 4]


def test_exchanges_are_reported_in_order(whole: Whole, lived: Client) -> None:
    """
    The newest last, with number, status and outcome.
    """
    reported = [(entry["number"], entry["status"], entry["outcome"]) for entry in entries(whole, lived)]

    assert reported == [(1, 200, "admitted"), (2, 400, "refused"), (3, 200, "admitted"), (4, 400, "refused")]


def test_refused_exchange_names_what_it_broke(whole: Whole, lived: Client) -> None:
    """
    Statements, detail and the id of its explanation.
    """
    entry = entries(whole, lived)[1]

    assert (entry["statements"], entry["detail"].startswith("/caseInfo/title"), entry["refusal"][:5]) == (
        ["HW-21", "D-30"],
        True,
        "test-",
    )


def test_admitted_exchange_names_nothing(whole: Whole, lived: Client) -> None:
    """
    There is nothing to say against it.
    """
    entry = entries(whole, lived)[0]

    assert (entry["statements"], entry["detail"], entry["refusal"]) == ([], "", None)


def test_refusal_of_an_entry_can_be_looked_up(whole: Whole, lived: Client) -> None:
    """
    Its id leads to the explanation of just this request.
    """
    entry = entries(whole, lived)[1]
    reported = whole.steer("GET", f"/refusals/{entry['refusal']}").json()

    assert reported["request"]["body"]["caseInfo"]["title"] == "x" * 200


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4]),
        ("?operation=modifyCase", [2, 3, 4]),
        ("?operation=getCase", [1]),
        ("?operation=unknown", []),
        ("?outcome=refused", [2, 4]),
        ("?outcome=admitted", [1, 3]),
        ("?statement=HW-21", [2]),
        ("?statement=HW-2", []),
        ("?operation=modifyCase&outcome=refused", [2, 4]),
        ("?operation=getCase&outcome=refused", []),
        ("?last=1", [4]),
        ("?last=1000", [1, 2, 3, 4]),
        ("?outcome=admitted&last=1", [3]),
        ("?outcome=admitted&statement=HW-21", []),
        ("?last=2&outcome=refused&operation=modifyCase", [2, 4]),
    ],
)
def test_journal_can_be_narrowed(whole: Whole, lived: Client, query: str, numbers: list[int]) -> None:
    """
    Filters narrow together; `last` counts what the others leave.
    """
    assert [entry["number"] for entry in entries(whole, lived, query)] == numbers


@pytest.mark.parametrize(
    "query", ["?last=0", "?last=1001", "?last=x", "?last=1.5", "?outcome=maybe", "?outcome=", "?status=400", "?Last=1"]
)
def test_bad_filter_is_refused(whole: Whole, lived: Client, query: str) -> None:
    """
    What is out of bounds, no choice, or no filter at all is answered with 400.
    """
    assert whole.steer("GET", f"/worlds/{lived.world}/journal{query}").status == 400


def test_journal_of_a_world_is_its_own(whole: Whole, lived: Client) -> None:
    """
    Another world has lived nothing.
    """
    other = whole.fresh()
    whole.make(other.world)

    assert entries(whole, other) == []


def test_journal_can_be_cleared(whole: Whole, lived: Client) -> None:
    """
    Afterwards it is empty.
    """
    answer = whole.steer("DELETE", f"/worlds/{lived.world}/journal")

    assert (answer.status, entries(whole, lived)) == (204, [])


def test_reset_empties_the_journal(whole: Whole, lived: Client) -> None:
    """
    A reset world has lived nothing.
    """
    whole.steer("POST", f"/worlds/{lived.world}/reset")

    assert entries(whole, lived) == []


def test_copy_has_a_journal_of_its_own(whole: Whole, lived: Client) -> None:
    """
    What its origin was asked is not its own life.
    """
    copy = whole.fresh()
    whole.make(copy.world, **{"from": lived.world})

    assert entries(whole, copy) == []


def test_requests_to_the_control_api_are_in_no_journal(whole: Whole, lived: Client) -> None:
    """
    Looking at a world leaves no trace in it, not even a refused look.
    """
    before = [entries(whole, lived), entries(whole, whole.client.in_world("default"))]
    whole.steer("GET", f"/worlds/{lived.world}")
    lived.without("access-token").under("").send("GET", "/_casepact/v1/worlds/none")

    assert [entries(whole, lived), entries(whole, whole.client.in_world("default"))] == before


def test_path_is_reported_without_its_world(whole: Whole) -> None:
    """
    The prefix that names a world is no part of the path.
    """
    client = whole.fresh()
    path = AICC_CASE.format("c6m800000142mS63Voa8")
    whole.client.send("GET", f"/~{client.world}/aicc{path}?x=1", (CREDENTIALS["aicc"]["operator"],))

    assert entries(whole, client)[0]["path"] == f"/aicc{path}?x=1"


def test_path_is_reported_as_it_was_sent(whole: Whole) -> None:
    """
    Percent-encoded, so that no character of a client steers a reader's terminal.
    """
    client = whole.fresh()
    client.under("/aicc").send("GET", AICC_CASE.format("%1B%5B31m%E2%80%AE"))

    assert entries(whole, client)[0]["path"].endswith("/%1B%5B31m%E2%80%AE")


def test_long_path_is_cut(whole: Whole) -> None:
    """
    Nobody reads on, and fifty of them in each of a thousand worlds would be gigabytes.
    """
    client = whole.fresh()
    client.under("/aicc").send("GET", AICC_CASE.format("x") + "?" + "y" * 50_000)
    path = entries(whole, client)[0]["path"]

    assert (len(path), path[-2:]) == (2001, "y…")


def test_clock_that_was_set_back_gives_no_negative_time(whole: Whole) -> None:
    """
    How long an answer took is nothing at least, whatever was done to the machine's clock meanwhile.
    """
    client = whole.fresh()
    whole.make(client.world)
    world = whole.store.find(client.world)
    assert world is not None
    world.journal.note(JournalEntry(1000.0, -3600.0, "GET", "/", "aicc", "getCase", 200, outcome=ADMITTED))

    assert entries(whole, client)[0]["milliseconds"] == 0


def test_entry_does_not_repeat_what_was_sent() -> None:
    """
    An entry in a traceback or a log shows neither path nor detail.
    """
    entry = JournalEntry(0.0, 0.0, "GET", "/?token=abc", "api", "read", 400, outcome=REFUSED, detail="abc")

    assert repr(entry) == "JournalEntry(GET 'read', 400)"


def test_bodies_are_kept(whole: Whole) -> None:
    """
    An entry holds what was sent and what was answered, a value where it is JSON.
    """
    client = whole.fresh().under("/aicc")
    sent = {"caseInfo": {**CASE_INFO, "title": "kept"}}
    answer = client.with_headers(CREDENTIALS["aicc"]["operator"]).post(MODIFY, sent)
    entry = entries(whole, client)[0]

    assert (entry["request"]["body"], entry["answer"]["body"]) == (sent, answer.json())
    assert (entry["request"]["headers"]["access-token"], entry["answer"]["headers"]["content-type"]) == (
        "[redacted]",
        "application/json; charset=UTF-8",
    )


@pytest.mark.parametrize("size", [LONGEST_BODY, LONGEST_BODY + 1])
def test_long_body_is_kept_by_its_size(size: int) -> None:
    """
    A thousand worlds shall not hold a thousand megabytes.
    """
    journal = Journal()
    journal.note(JournalEntry(0.0, 0.0, "GET", "/", "api", "read", 200, outcome=ADMITTED, answer_body=b"x" * size))
    ((_, entry),) = journal.numbered()

    assert (len(entry.answer_body), entry.answer_left_out) == ((size, 0) if size <= LONGEST_BODY else (0, size))


def test_oldest_bodies_make_room() -> None:
    """
    Of many long bodies the newest are kept; of the others their sizes.
    """
    journal = Journal(100)
    for _ in range(100):
        body = b"x" * LONGEST_BODY
        journal.note(JournalEntry(0.0, 0.0, "GET", "/", "api", "read", 200, outcome=ADMITTED, body=body))
    kept = [entry.body_left_out == 0 for _, entry in journal.numbered()]

    assert (kept == sorted(kept), kept[-1], 10 <= sum(kept) <= 30) == (True, True, True)


def test_cleared_bodies_take_no_room() -> None:
    """
    After a clear as many bodies are kept as in a new journal.
    """
    journal = Journal(100)
    for bodies in (12, 14):
        journal.clear()
        for _ in range(bodies):
            body = b"x" * LONGEST_BODY
            journal.note(JournalEntry(0.0, 0.0, "GET", "/", "api", "read", 200, outcome=ADMITTED, body=body))

    assert [entry.body_left_out for _, entry in journal.numbered()] == [0] * 14


def test_many_headers_are_not_kept(whole: Whole) -> None:
    """
    Of more than 4 KiB of headers the journal has none; the request is answered all the same.
    """
    client = whole.fresh().under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"], ("x-long", "x" * 5000))
    client.get(AICC_CASE.format("c6m800000142mS63Voa8"))
    entry = entries(whole, client)[0]

    assert (entry["status"], entry["request"]["headers"]) == (200, {})


def test_request_that_meets_an_injected_error_is_kept(whole: Whole) -> None:
    """
    What was sent can be seen where the world failed on purpose, or the request asked for another answer.
    """
    client = whole.fresh()
    whole.make(client.world)
    aicc = client.under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    aicc.send("POST", MODIFY, (("content-type", "application/json"), ("prefer", "code=400")), b'{"a": 1}')
    whole.steer("PUT", f"/worlds/{client.world}/traffic", {"errorRate": 1})
    aicc.post(MODIFY, {"a": 2})

    assert [entry["request"]["body"] for entry in entries(whole, client)] == [{"a": 1}, {"a": 2}]


def matches(whole: Whole, client: Client, pattern: Any) -> Any:
    """What the control API finds in the world of this client."""
    return whole.steer("POST", f"/worlds/{client.world}/journal/matches", pattern).json()


@pytest.fixture
def asked(whole: Whole) -> Client:
    """A world that was sent a read, a change in JSON, and a change as a form."""
    client = whole.fresh()
    aicc = client.under("/aicc").with_headers(CREDENTIALS["aicc"]["operator"])
    aicc.get(AICC_CASE.format("c6m800000142mS63Voa8") + "?page=2&x=")
    aicc.post(MODIFY, {"caseInfo": {**CASE_INFO, "title": "a"}})
    form = ("content-type", "application/x-www-form-urlencoded")
    crm = client.under("/onlyoffice").with_headers(CREDENTIALS["onlyoffice"]["admin"])
    crm.send("PUT", "/api/2.0/crm/case/1234", (form,), b"title=renamed+case&isPrivate=false")
    return client


@pytest.mark.parametrize(
    ("pattern", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"query": {"page": "2"}}, [1]),
        ({"query": {"x": ""}}, [1]),
        ({"query": {"page": "3"}}, []),
        ({"body": {"caseInfo": {"title": "a"}}}, [2]),
        ({"body": {"title": "renamed case"}}, [3]),
        ({"body": "renamed+case"}, [3]),
        ({"headers": {"Content-Type": "application/json"}}, [2]),
        ({"headers": {"access-token": "aicc-operator-token-0001"}}, []),
        ({"headers": {"access-token": "[redacted]"}}, [1, 2]),
        ({"method": "put"}, [3]),
        ({"status": True}, None),
    ],
)
def test_requests_are_found(whole: Whole, asked: Client, pattern: Any, numbers: list[int] | None) -> None:
    """
    By what they are and by parts of what they hold; secrets are not to be guessed.
    """
    found = matches(whole, asked, pattern)
    shown = [entry["number"] for entry in found["entries"]] if "entries" in found else None

    assert (shown, found.get("count")) == (numbers, None if numbers is None else len(numbers))


@pytest.mark.parametrize(
    ("pattern", "number", "differences"),
    [
        ({"operation": "getCase", "status": 404}, 1, ["status: 200, not 404"]),
        ({"body": {"caseInfo": {"title": "b"}}}, 2, ['body /caseInfo/title: "a", not "b"']),
        ({"body": {"caseInfo": {"none": [1]}}}, 2, ["body /caseInfo/none: missing, not [1]"]),
        ({"method": "PUT", "query": {"q": "1"}}, 3, ['query q: missing, not "1"']),
        ({"method": "PUT", "body": "private"}, 3, ['body: "title=renamed+case&isPrivate=false", without "private"']),
    ],
)
def test_nearest_request_is_named(
    whole: Whole, asked: Client, pattern: Any, number: int, differences: list[str]
) -> None:
    """
    With what is otherwise in it.
    """
    nearest = matches(whole, asked, pattern)["nearest"]

    assert (nearest["entry"]["number"], nearest["differences"]) == (number, differences)


def test_many_differences_are_counted(whole: Whole, asked: Client) -> None:
    """
    What is left out is said.
    """
    wanted = {f"member{number}": number for number in range(12)}
    differences = matches(whole, asked, {"operation": "modifyCase", "body": {"caseInfo": wanted}})["nearest"][
        "differences"
    ]

    assert (len(differences), differences[-1]) == (11, "… and 2 more")


def test_nothing_is_near_where_nothing_was_sent(whole: Whole) -> None:
    """
    An empty journal has no nearest request.
    """
    client = whole.fresh()
    whole.make(client.world)

    assert matches(whole, client, {}) == {"count": 0, "entries": [], "nearest": None}
