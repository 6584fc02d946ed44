"""The state of a world at one stamp: its differences from the seed, and what they make of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from rpds import HashTrieMap

from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actors, Change, Records
from mock_server.worlds.shared.errors import UnreadableState
from mock_server.worlds.shared.fields import (
    BORN,
    CLOCK,
    TRAFFIC,
    Fields,
    Patch,
    RecordKey,
    SnapshotText,
    actors_key,
    actors_value,
    clock_value,
    read_actors,
    read_actors_key,
    read_born,
    read_clock,
    read_record,
    read_record_key,
    read_snapshot,
    read_snapshot_key,
    read_traffic,
    record_key,
    record_value,
    snapshot_key,
    snapshot_value,
)
from mock_server.worlds.store import Snapshot, forked
from mock_server.worlds.traffic import NO_SHAPING, NO_TRAFFIC, Traffic, TrafficState

NOTHING: HashTrieMap[bytes, bytes] = HashTrieMap()
ABSENT = b""
"""The stamp of a world that is not there."""


class Seed(NamedTuple):
    """What worlds start with: the records of each API, and the clock."""

    records: Mapping[str, Records]
    clock: Clock


@dataclass(frozen=True, slots=True)
class Image:
    """
    A world as it is at a stamp. `records` are never changed: whoever works on them takes forks.

    `places` gives the order of the snapshots: the number of each in its field.
    """

    stamp: bytes
    fields: HashTrieMap[bytes, bytes]
    records: Mapping[str, Records]
    clock: Clock
    traffic: Traffic = NO_SHAPING
    state: TrafficState = NO_TRAFFIC
    snapshots: Mapping[str, Snapshot] | None = None
    places: Mapping[str, int] | None = None
    created: float = 0.0
    forked_from: str = ""

    @classmethod
    def start(cls, seed: Seed) -> Image:
        """A world as the seed is, which is nowhere yet."""
        return cls(ABSENT, NOTHING, seed.records, seed.clock)

    def patched(self, patch: Patch, stamp: bytes, seed: Seed) -> Image:
        """
        The world after these changes of its fields.

        Raises `UnreadableState` for a field that this version does not know, or that names what the seed lacks.
        """
        fields = self.fields
        for name, value in patch.items():
            fields = fields.insert(name, value) if value is not None else fields.discard(name)
        records = with_fields(self.records, patch, seed)
        made = replace(self, stamp=stamp, fields=fields, records=records)
        other = {name: value for name, value in patch.items() if not name.startswith((b"=r", b"=a"))}
        return made._with_others(other, seed) if other else made

    def _with_others(self, patch: Patch, seed: Seed) -> Image:
        """The same with other clocks, traffic settings and snapshots."""
        made = self
        snapshots, places = dict(self.snapshots or {}), dict(self.places or {})
        for name, value in patch.items():
            if name == CLOCK:
                made = replace(made, clock=seed.clock if value is None else read_clock(value))
            elif name == TRAFFIC:
                traffic, state = (NO_SHAPING, NO_TRAFFIC) if value is None else read_traffic(value)
                made = replace(made, traffic=traffic, state=state)
            elif name == BORN and value is not None:
                created, origin = read_born(value)
                made = replace(made, created=created, forked_from=origin)
            elif (snapshot := read_snapshot_key(name)) is not None:
                snapshots.pop(snapshot, None)
                places.pop(snapshot, None)
                if value is not None:
                    places[snapshot], text = read_snapshot(value)
                    snapshots[snapshot] = _snapshot(text, seed)
            else:
                raise UnreadableState(
                    f"a world has a field {name[:20].decode('latin-1')!r} that this version does not know"
                )
        in_order = {name: snapshots[name] for name in sorted(snapshots, key=lambda name: places[name])}
        return replace(made, snapshots=in_order, places=places)


def with_fields(records: Mapping[str, Records], patch: Patch, seed: Seed) -> Mapping[str, Records]:
    """The records with those changed that are among these fields; None puts back what the seed has."""
    changes: dict[str, list[Change]] = {}
    known: dict[str, Actors] = {}
    try:
        for name, value in patch.items():
            if (key := read_record_key(name)) is not None:
                api, collection, id = key
                record = read_record(value) if value is not None else seed.records[api].find(collection, id)
                changes.setdefault(api, []).append(Change(collection, id, record))
            elif (named := read_actors_key(name)) is not None:
                known[named] = read_actors(value) if value is not None else seed.records[named].known
        if not changes and not known:
            return records
        made = dict(records)
        for api in changes.keys() | known.keys():
            made[api] = records[api].fork()
            made[api].commit(changes.get(api, ()))
            made[api].known = known.get(api, made[api].known)
    except (KeyError, ValueError, TypeError):
        raise UnreadableState("a world has records that this mock does not serve") from None
    return made


def records_patch(records: Mapping[str, Records], seed: Seed) -> dict[bytes, bytes]:
    """The fields of all records and actors that are not the seed's."""
    fields: dict[bytes, bytes] = {}
    for api, shelf in records.items():
        origin = seed.records[api]
        fields |= changed_fields(api, shelf.differences(origin))
        if shelf.known is not origin.known:
            fields[actors_key(api)] = actors_value(shelf.known)
    return fields


def changed_fields(api: str, changes: Iterable[Change]) -> dict[bytes, bytes]:
    """The fields of records that are not the seed's."""
    return {record_key(RecordKey(api, change.collection, change.id)): record_value(change.record) for change in changes}


def snapshot_field(name: str, snapshot: Snapshot, place: int, seed: Seed) -> tuple[bytes, bytes]:
    """The field of a snapshot."""
    clock = None if snapshot.clock is seed.clock else clock_value(snapshot.clock)
    text = SnapshotText(snapshot.taken, clock, records_patch(snapshot.records, seed))
    return snapshot_key(name), snapshot_value(text, place)


def _snapshot(text: SnapshotText, seed: Seed) -> Snapshot:
    clock = seed.clock if text.clock is None else read_clock(text.clock)
    return Snapshot(text.taken, with_fields(forked(seed.records), dict(text.fields), seed), clock)


def reached_back(fields: Fields, changes: Iterable[tuple[bytes, bytes, bytes]]) -> dict[bytes, bytes]:
    """The fields as they were before changes, each with name, new and old value, the last one first."""
    found = dict(fields)
    for name, _, old in changes:
        if old:
            found[name] = old
        else:
            found.pop(name, None)
    return found
