"""
The parts of a world's state as bytes, and back.

A world is a map of fields: one for each record that differs from the seed ("=r", API, collection and id), for the
actors of each API that are not the seed's ("=a"), for each snapshot ("=s"), for the clock ("=c"), for the traffic
("=t") and for where the world comes from ("=b"). Values are JSON (RFC 8259); what orjson does not write is written by
the standard library, after an exclamation mark: numbers beyond 64 bits, and halves of surrogate pairs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actor, Actors, Record
from mock_server.worlds.shared.errors import UnreadableState
from mock_server.worlds.traffic import RateLimit, SimulatedFailure, Traffic, TrafficState

FORMAT = 1
"""Raised with each change of what is written; a mock reads no other."""

BORN, CLOCK, TRAFFIC = b"=b", b"=c", b"=t"
REMOVED = b"-"
"""The value of a record of the seed that is not there."""

_RECORD, _ACTORS, _SNAPSHOT = b"=r", b"=a", b"=s"
_PLAIN = b"!"
_DIVIDER = b"\0"

Fields = Mapping[bytes, bytes]
Patch = Mapping[bytes, bytes | None]
"""Fields that change; None for one that goes."""


class RecordKey(NamedTuple):
    """Which record a field is of."""

    api: str
    collection: str
    id: str


class SnapshotText(NamedTuple):
    """A snapshot as it is kept: the clock, and of the records and actors the fields that differ from the seed."""

    taken: float
    clock: bytes | None
    fields: Fields


def encode(value: Any) -> bytes:
    """A JSON value as bytes, whatever JSON allows in it."""
    try:
        return orjson.dumps(value, default=_as_dict)
    except (TypeError, ValueError, RecursionError):
        return _PLAIN + json.dumps(value, default=_as_dict).encode("ascii")


def decode(text: bytes) -> Any:
    """The value of these bytes; raises `UnreadableState`."""
    try:
        return json.loads(text[1:]) if text[:1] == _PLAIN else orjson.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableState("a field of a world is not JSON") from None


def record_key(key: RecordKey) -> bytes:
    """The name of the field of a record."""
    return _DIVIDER.join((_RECORD, *(part.encode("utf-8", "surrogatepass") for part in key)))


def read_record_key(name: bytes) -> RecordKey | None:
    """The record that a field is of, None for another field."""
    if not name.startswith(_RECORD):
        return None
    api, collection, id = (part.decode("utf-8", "surrogatepass") for part in name.split(_DIVIDER, 3)[1:])
    return RecordKey(api, collection, id)


def record_value(record: Record | None) -> bytes:
    """The value of the field of a record; None for one of the seed that is not there."""
    return REMOVED if record is None else encode(record)


def read_record(value: bytes) -> Record | None:
    """The record that a field holds."""
    if value == REMOVED:
        return None
    record: Record = decode(value)
    return record


def actors_key(api: str) -> bytes:
    """The name of the field of an API's actors."""
    return _DIVIDER.join((_ACTORS, api.encode()))


def read_actors_key(name: bytes) -> str | None:
    """The API whose actors a field has, None for another field."""
    return name.partition(_DIVIDER)[2].decode() if name.startswith(_ACTORS) else None


def actors_value(actors: Actors) -> bytes:
    """The actors of an API, in their order."""
    return encode([[actor.name, actor.attributes, actor.credentials] for actor in actors.by_name.values()])


def read_actors(value: bytes) -> Actors:
    """The actors that a field holds."""
    return Actors({name: Actor(name, attributes, credentials) for name, attributes, credentials in decode(value)})


def snapshot_key(name: str) -> bytes:
    """The name of the field of a snapshot."""
    return _DIVIDER.join((_SNAPSHOT, name.encode("utf-8", "surrogatepass")))


def read_snapshot_key(name: bytes) -> str | None:
    """The snapshot that a field is, None for another field."""
    return name.partition(_DIVIDER)[2].decode("utf-8", "surrogatepass") if name.startswith(_SNAPSHOT) else None


def snapshot_value(snapshot: SnapshotText, number: int) -> bytes:
    """A snapshot; the `number` gives its place among those of its world."""
    clock = None if snapshot.clock is None else snapshot.clock.decode()
    texts = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in snapshot.fields.items()]
    return encode([number, snapshot.taken, clock, texts])


def read_snapshot(value: bytes) -> tuple[int, SnapshotText]:
    """The place of a snapshot, and the snapshot."""
    number, taken, clock, texts = decode(value)
    fields = {name.encode("latin-1"): text.encode("latin-1") for name, text in texts}
    return number, SnapshotText(taken, None if clock is None else clock.encode(), fields)


def born_value(created: float, forked_from: str, tag: bytes) -> bytes:
    """When a world was made, in seconds since 1970, and of which one; the `tag` is that of no other world."""
    return encode([created, forked_from, tag.decode()])


def read_born(value: bytes) -> tuple[float, str]:
    """When a world was made, and of which one."""
    created, forked_from, _ = decode(value)
    return created, forked_from


def clock_value(clock: Clock) -> bytes:
    """A clock that somebody has set."""
    frozen = None if clock.frozen_at is None else clock.frozen_at.isoformat()
    shift = None if clock.shift is None else [clock.shift.days, clock.shift.seconds, clock.shift.microseconds]
    return encode([frozen, shift])


def read_clock(value: bytes) -> Clock:
    """The clock that a field holds."""
    frozen, shift = decode(value)
    return Clock(
        None if frozen is None else datetime.fromisoformat(frozen).astimezone(UTC),
        None if shift is None else timedelta(*shift),
    )


def traffic_value(traffic: Traffic, state: TrafficState) -> bytes:
    """Traffic settings, and how far the traffic has come."""
    return encode({"traffic": asdict(traffic), "state": asdict(state)})


def read_traffic(value: bytes) -> tuple[Traffic, TrafficState]:
    """The same, read."""
    found = decode(value)
    traffic, state = found["traffic"], found["state"]
    limit = traffic["rate_limit"]
    failures = tuple(SimulatedFailure(**failure) for failure in traffic["failures"])
    settings = {**traffic, "rate_limit": RateLimit(**limit) if limit is not None else None, "failures": failures}
    parts: dict[str, Any] = {name: tuple(part) if isinstance(part, list) else part for name, part in state.items()}
    return Traffic(**settings), TrafficState(**parts)


def records_fields(fields: Fields) -> Iterator[tuple[bytes, bytes]]:
    """Those of records and actors, which a snapshot keeps."""
    return ((name, value) for name, value in fields.items() if name.startswith((_RECORD, _ACTORS)))


def _as_dict(value: Any) -> Any:
    """Objects of JSON that are no dictionaries."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")
