"""The state of a world and its journal as bytes, and back."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_server.worlds.clock import Clock
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.records import Actor, Actors
from mock_server.worlds.shared import fields
from mock_server.worlds.shared.entries import entry_value, read_entry
from mock_server.worlds.shared.errors import UnreadableState
from mock_server.worlds.traffic import RateLimit, SimulatedFailure, Traffic, TrafficShaper

# Any character, halves of surrogate pairs included: JSON can name them.
TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(TEXTS, VALUES, max_size=5)
# Names of APIs and collections come from files and documents.
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=9)


def typed(value: Any) -> Any:
    """A value with its types: in Python 1, 1.0 and True are equal, and 0.0 is -0.0."""
    if isinstance(value, dict):
        return {name: typed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), value, math.copysign(1, value) if isinstance(value, float) else 0


@given(RECORDS)
def test_record_is_read_as_it_was_written(record: dict[str, Any]) -> None:
    """
    Every JSON value keeps its type, numbers of any size and halves of surrogate pairs included.
    """
    assert typed(fields.read_record(fields.record_value(record))) == typed(record)


@given(NAMES, NAMES, TEXTS)
def test_key_of_a_record_names_it(api: str, collection: str, id: str) -> None:
    """
    An id may hold anything, also what divides the parts of a key.
    """
    key = fields.RecordKey(api, collection, id)

    assert fields.read_record_key(fields.record_key(key)) == key


def test_removed_record_is_not_one_without_members() -> None:
    """
    That the seed's record is gone is another value than an empty record.
    """
    assert fields.read_record(fields.record_value(None)) is None
    assert fields.read_record(fields.record_value({})) == {}


@given(
    st.lists(st.tuples(NAMES, RECORDS, st.dictionaries(NAMES, TEXTS, max_size=2)), max_size=3, unique_by=lambda a: a[0])
)
def test_actors_are_read_in_their_order(written: list[tuple[str, dict[str, Any], dict[str, str]]]) -> None:
    """
    With attributes and credentials.
    """
    actors = Actors({name: Actor(name, attributes, credentials) for name, attributes, credentials in written})
    read = fields.read_actors(fields.actors_value(actors))

    assert list(read.by_name.items()) == list(actors.by_name.items())


@given(
    st.builds(Clock, st.none() | st.datetimes(timezones=st.just(UTC)), st.none() | st.timedeltas())
    | st.builds(Clock, shift=st.timedeltas(timedelta(microseconds=-5), timedelta(microseconds=5)))
)
def test_clock_is_read_as_it_was_set(clock: Clock) -> None:
    """
    To the microsecond.
    """
    assert fields.read_clock(fields.clock_value(clock)) == clock


FAILURES = st.builds(
    SimulatedFailure, st.sampled_from(["reset", "status"]), NAMES, NAMES, st.integers(400, 599), st.integers(0, 9)
)
TRAFFIC = st.builds(
    Traffic,
    latency=st.integers(0, 99),
    jitter=st.integers(0, 99),
    error_rate=st.floats(0, 1),
    rate_limit=st.none() | st.builds(RateLimit, st.integers(1, 5), st.floats(0.1, 20)),
    seed=st.integers(-(2**63), 2**63 - 1),
    failures=st.lists(
        st.builds(replace, FAILURES, times=st.none() | st.integers(1, 9), share=st.floats(0.01, 1)), max_size=3
    ).map(tuple),
)


@given(TRAFFIC, st.integers(0, 9))
def test_traffic_goes_on_where_another_process_has_left_it(traffic: Traffic, steps: int) -> None:
    """
    What was drawn, counted and noted is read as it was written: the next outcomes are those of a shaper that went on.
    """
    shaper = TrafficShaper(traffic)
    for step in range(steps):
        shaper.treatment("api", "operation", float(step))
    read = TrafficShaper(*fields.read_traffic(fields.traffic_value(shaper.traffic, shaper.state())))

    later = [[one.treatment("api", "operation", 10.0 + step) for step in range(9)] for one in (shaper, read)]
    assert later[0] == later[1]


@given(st.floats(0, 1e10), st.none() | st.binary(max_size=9).map(lambda text: text.hex().encode()))
def test_snapshot_is_read_as_it_was_taken(taken: float, clock: bytes | None) -> None:
    """
    With its place among the others, its clock and the fields that it keeps.
    """
    key = fields.record_key(fields.RecordKey("api", "cases", "ä\ud800"))
    text = fields.SnapshotText(taken, clock, {key: fields.record_value({"title": "ä\ud800"})})

    assert fields.read_snapshot(fields.snapshot_value(text, 7)) == (7, text)


@given(
    st.builds(
        JournalEntry,
        at=st.floats(0, 1e10),
        took=st.floats(0, 99),
        method=TEXTS,
        path=TEXTS,
        api=NAMES,
        operation=NAMES,
        status=st.integers(0, 599),
        outcome=st.sampled_from(["admitted", "refused", "simulated"]),
        statements=st.lists(NAMES, max_size=3).map(tuple),
        headers=st.dictionaries(NAMES, NAMES, max_size=3),
        body=st.binary(max_size=99),
        answer_headers=st.dictionaries(NAMES, NAMES, max_size=3),
        answer_body=st.binary(max_size=99),
        body_left_out=st.integers(0, 2**32 - 1),
        answer_left_out=st.integers(0, 2**32 - 1),
    )
)
def test_exchange_is_read_as_it_was_noted(entry: JournalEntry) -> None:
    """
    Bodies of any bytes, and what is left out of them; what no header and no answer can hold is replaced.
    """
    read = read_entry(entry_value(entry))
    printable = {name: getattr(entry, name).encode("utf-8", "replace").decode() for name in ("method", "path")}

    assert read == replace(entry, **printable)


@pytest.mark.parametrize("value", [b"", b"{", b"!", b'{"a": nan}', b"\xff"])
def test_what_is_not_json_is_refused(value: bytes) -> None:
    """
    A field that something else has written is no traceback.
    """
    with pytest.raises(UnreadableState):
        fields.decode(value)


@pytest.mark.parametrize("value", [b"", b"1234", b"\0" * 16, b"\0" * 16 + b"[1]", b"\0" * 16 + b"{}"])
def test_what_is_not_an_exchange_is_refused(value: bytes) -> None:
    """
    Likewise an entry of a journal.
    """
    with pytest.raises(UnreadableState):
        read_entry(value)
