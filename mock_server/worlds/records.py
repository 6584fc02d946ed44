"""One API's records in one world. Records are never changed in place, so copies are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rpds import HashTrieMap

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may call, with the attributes the behaviours read; credentials stay out of `repr`."""

    name: str
    attributes: Mapping[str, Any]
    credentials: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A record to store under an id, or None to remove it."""

    collection: str
    id: str
    record: Record | None


class Records:
    """The mutable shelf: which immutable record stands under which id just now."""

    __slots__ = ("_collections", "actors")

    def __init__(self, collections: HashTrieMap[str, HashTrieMap[str, Record]], actors: Mapping[str, Actor]) -> None:
        self._collections = collections
        self.actors = actors

    def find(self, collection: str, id: str) -> Record | None:
        """The record under this id, or None."""
        return self._collections[collection].get(id)

    def all(self, collection: str) -> Iterable[Record]:
        """Every record of a collection, in no particular order."""
        return self._collections[collection].values()

    def commit(self, changes: Iterable[Change]) -> None:
        """Carry out all changes; the one place where a write becomes state."""
        for change in changes:
            stored = self._collections[change.collection]
            changed = stored.remove(change.id) if change.record is None else stored.insert(change.id, change.record)
            self._collections = self._collections.insert(change.collection, changed)

    def fork(self) -> Records:
        """A copy that shares every record and sees no later change of this one."""
        return Records(self._collections, self.actors)

    def snapshot(self) -> dict[str, dict[str, Record]]:
        """Every record by collection and id, as plain values."""
        return {name: dict(stored.items()) for name, stored in sorted(self._collections.items())}
