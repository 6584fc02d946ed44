"""A world that one act works on, and what the act does to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from mock_server.worlds.clock import MACHINE
from mock_server.worlds.journal import Journal, JournalEntry, shortened
from mock_server.worlds.records import Actors, Change, Records, Shelf
from mock_server.worlds.shared.entries import entry_value
from mock_server.worlds.shared.fields import (
    BORN,
    CLOCK,
    TRAFFIC,
    Patch,
    RecordKey,
    actors_key,
    born_value,
    clock_value,
    record_key,
    record_value,
    snapshot_key,
    traffic_value,
)
from mock_server.worlds.shared.image import ABSENT, Image, Seed, records_patch, snapshot_field
from mock_server.worlds.store import Activity, World
from mock_server.worlds.traffic import NO_SHAPING, NO_TRAFFIC, TrafficShaper, Treatment

Need = tuple[str, ...]
"""What has to be looked up before an act can go on: the kind, and what it is about."""


class NotLoaded(BaseException):
    """
    An act asks for what this process has not read yet; it is run again when that is there.

    No `Exception`, so that nothing on the way takes it for a mistake of the act.
    """

    def __init__(self, needs: Iterable[Need]) -> None:
        super().__init__()
        self.needs = tuple(needs)


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What an act does to one world. `before` is the image that it worked on, `after` the one that it leaves.

    `after` is None for a world that is gone then; it is `before` itself where the state stays as it was.
    """

    name: str
    before: Image
    after: Image | None
    patch: Patch
    used: bool = False
    requests: int = 0
    cleared: bool = False
    entries: tuple[bytes, ...] = ()


class WorkingRecords(Records):
    """Records that note which of them were changed."""

    __slots__ = ("changed",)

    def __init__(self, collections: Mapping[str, Shelf], actors: Actors) -> None:
        super().__init__(collections, actors)
        self.changed: dict[tuple[str, str], None] = {}

    @classmethod
    def on(cls, records: Records) -> WorkingRecords:
        """The same records, to be changed."""
        return cls(records._collections, records.known)

    def commit(self, changes: Iterable[Change]) -> None:
        """Carry out all changes, and note their places."""
        taken = list(changes)
        super().commit(taken)
        for change in taken:
            self.changed[change.collection, change.id] = None


class SharedJournal(Journal):
    """A journal that others note in too: what an act notes is kept apart, what it reads is looked up before."""

    __slots__ = ("cleared", "name", "noted", "read")

    def __init__(self, name: str, read: Journal | None) -> None:
        self.name, self.read = name, read
        self.noted: list[JournalEntry] = []
        self.cleared = False

    @property
    def last(self) -> int:
        """The number of the newest exchange."""
        return self._looked_up().last

    @property
    def first(self) -> int:
        """The number of the oldest exchange that is kept."""
        return self._looked_up().first

    def numbered(self) -> Iterator[tuple[int, JournalEntry]]:
        """The exchanges that are kept."""
        return self._looked_up().numbered()

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange."""
        self.noted.append(shortened(entry))

    def clear(self) -> None:
        """Forget every exchange."""
        self.noted.clear()
        self.cleared = True

    def _looked_up(self) -> Journal:
        if self.read is None:
            raise NotLoaded([("journal", self.name)])
        return self.read


class SharedWorld(World):
    """A world as one act finds it; it lives no longer than the act."""

    __slots__ = ("_activity", "_given", "image", "is_used", "noted", "requests_counted")

    def __init__(
        self, name: str, image: Image, activity: Activity | None = None, journal: Journal | None = None
    ) -> None:
        self.name, self.image = name, image
        self._given = {api: WorkingRecords.on(records) for api, records in image.records.items()}
        self.records = dict(self._given)
        self.clock, self.created, self.forked_from = image.clock, image.created, image.forked_from
        self.shaper = TrafficShaper(image.traffic, image.state) if image.traffic is not NO_SHAPING else None
        self.snapshots = dict(image.snapshots) if image.snapshots else {}
        self.noted = SharedJournal(name, journal)
        self.journal = self.noted
        self._activity, self.is_used, self.requests_counted = activity, False, 0

    def count_request(self) -> None:
        """Note that a request came."""
        self.requests_counted += 1

    def activity(self) -> Activity:
        """How it has been used so far, by whatever process."""
        if self._activity is None:
            raise NotLoaded([("activity", self.name)])
        return self._activity

    def treatment(self, api: str, operation: str) -> Treatment:
        """What the traffic settings make of a request that comes now, by the clock that all processes follow."""
        assert self.shaper is not None, "a world without traffic settings treats no request"
        return self.shaper.treatment(api, operation, MACHINE.seconds())

    def effect(self, seed: Seed, tag: bytes) -> Effect | None:
        """What became of it, None where nothing did but that it was looked at; `tag` is that of the new stamp."""
        noted = self.noted
        patch, after = self._changes(seed)
        touched = self.is_used or self.requests_counted > 0 or noted.noted or noted.cleared
        if self.image.stamp == ABSENT and (touched or patch):
            # What is used is made.
            patch[BORN] = born_value(self.created, self.forked_from, tag)
        if patch:
            number = int(self.image.stamp.partition(b":")[0] or 0) + 1
            fields = self.image.fields
            for name, value in patch.items():
                fields = fields.insert(name, value) if value is not None else fields.discard(name)
            after = replace(after, stamp=b"%d:%b" % (number, tag), fields=fields)
        elif not touched:
            return None
        entries = tuple(map(entry_value, noted.noted))
        return Effect(self.name, self.image, after, patch, self.is_used, self.requests_counted, noted.cleared, entries)

    def _changes(self, seed: Seed) -> tuple[dict[bytes, bytes | None], Image]:
        """The fields that change, and the image with what they stand for."""
        image, patch = self.image, dict[bytes, bytes | None]()
        if self._put_records(patch, seed):
            image = replace(image, records=self.records)
        if self.clock is not image.clock:
            patch[CLOCK] = None if self.clock is seed.clock else clock_value(self.clock)
            image = replace(image, clock=self.clock)
        traffic, state = NO_SHAPING, NO_TRAFFIC
        if self.shaper is not None:
            traffic, state = self.shaper.traffic, self.shaper.state()
        if traffic is not image.traffic or state != image.state:
            patch[TRAFFIC] = None if traffic is NO_SHAPING else traffic_value(traffic, state)
            image = replace(image, traffic=traffic, state=state)
        if self.snapshots or image.snapshots:
            image = self._put_snapshots(patch, image, seed)
        if image.stamp == ABSENT:
            image = replace(image, created=self.created, forked_from=self.forked_from)
        return patch, image

    def _put_records(self, patch: dict[bytes, bytes | None], seed: Seed) -> bool:
        """Add the fields of the records that changed; False where none did."""
        changed = False
        for api, records in self.records.items():
            given = self._given.get(api)
            if records is given:
                origin = seed.records[api]
                for collection, id in given.changed:
                    changed = True
                    self._put_record(patch, RecordKey(api, collection, id), given, origin)
            else:
                changed = True
                self._put_shelf(patch, api, records, seed)
        return changed

    def _put_record(self, patch: dict[bytes, bytes | None], key: RecordKey, records: Records, origin: Records) -> None:
        name, record = record_key(key), records.find(key.collection, key.id)
        value = None if record is origin.find(key.collection, key.id) else record_value(record)
        if value != self.image.fields.get(name):
            patch[name] = value

    def _put_shelf(self, patch: dict[bytes, bytes | None], api: str, records: Records, seed: Seed) -> None:
        """The fields of an API whose records were replaced as a whole."""
        wanted = records_patch({api: records}, seed)
        start, actors = record_key(RecordKey(api, "", ""))[:-1], actors_key(api)
        known = {name for name in self.image.fields if name.startswith(start) or name == actors}
        for name in known - wanted.keys():
            patch[name] = None
        patch |= {name: value for name, value in wanted.items() if self.image.fields.get(name) != value}

    def _put_snapshots(self, patch: dict[bytes, bytes | None], image: Image, seed: Seed) -> Image:
        before, places = image.snapshots or {}, dict(image.places or {})
        if len(before) == len(self.snapshots) and all(before.get(n) is kept for n, kept in self.snapshots.items()):
            return image
        for name in before.keys() - self.snapshots.keys():
            patch[snapshot_key(name)] = None
            places.pop(name, None)
        for name, kept in self.snapshots.items():
            if before.get(name) is not kept:
                places.setdefault(name, max(places.values(), default=0) + 1)
                field, value = snapshot_field(name, kept, places[name], seed)
                patch[field] = value
        return replace(image, snapshots=dict(self.snapshots), places=places)
