"""What is made of records is made once, and never given for another record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.behaviours import BEHAVIOURS
from mock_server.reply import Call, Reply, remembered
from mock_server.worlds.records import Change, Records
from specs.contract import Contract


class Counted:
    """A function that counts its calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *records: Any) -> list[Any]:
        self.calls += 1
        return [*records]


def test_what_was_made_of_a_record_is_made_once() -> None:
    """
    The second question about the same objects is answered from memory.
    """
    counted, record = Counted(), {"id": 1}
    ask = remembered(lambda record, flag: counted(record, flag))

    assert (ask(record, True) is ask(record, True), counted.calls) == (True, 1)


def test_equal_records_are_told_apart() -> None:
    """
    A record that only equals the one asked about is looked at afresh.
    """
    counted = Counted()
    ask = remembered(lambda record: counted(record))

    assert (ask({"id": 1}) == ask({"id": 1}), counted.calls) == (True, 2)


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=30))
def test_memory_gives_what_the_function_gives(questions: list[tuple[int, bool]]) -> None:
    """
    Each answer is that to the objects asked about, in whatever order they come again.
    """
    records = [{"id": number} for number in range(4)]
    ask = remembered(lambda record, flag: (record["id"], flag))

    assert [ask(records[number], flag) for number, flag in questions] == questions


def test_objects_that_came_and_went_are_not_confused() -> None:
    """
    Thousands of objects that live for one question only are each answered by what they are, and not all are held.
    """
    ask = remembered(lambda record: record["id"])

    assert [ask({"id": number}) for number in range(3000)] == list(range(3000))


def test_memory_is_bounded() -> None:
    """
    What was asked about long ago is made again: not everything is held for ever.
    """
    counted = Counted()
    ask = remembered(lambda record: counted(record))
    records = [[number] for number in range(3000)]
    for record in records:
        ask(record)
    ask(records[0])

    assert counted.calls == 3001


def creator(records: Records, contract: Contract) -> Any:
    """Whom getCase shows as the creator of case 1234."""
    operation = contract.operations["getCase"]
    actor = records.actors["admin"]
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    call = Call(operation, {"caseid": 1234}, None, actor, records, moment)
    reply = BEHAVIOURS["r7office"]["getCase"].act(call)
    assert isinstance(reply, Reply)
    return reply.value["response"]["createBy"]["displayName"]


def test_user_renamed_in_one_world_keeps_the_name_in_another(
    contracts: Mapping[str, Contract], seeds: Mapping[str, Records]
) -> None:
    """
    What answers show of a user is that of the world which is asked, whichever world was asked before.
    """
    here, there = seeds["r7office"].fork(), seeds["r7office"].fork()
    contract = contracts["r7office"]
    before = creator(here, contract)
    case = here.find("cases", "1234") or {}
    user = here.find("users", case["createBy"]) or {}
    here.commit([Change("users", case["createBy"], {**user, "displayName": "Renamed"})])

    assert (creator(here, contract), creator(there, contract)) == ("Renamed", before)
