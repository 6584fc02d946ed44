"""One API's records in one world. Records are never changed in place, so copies are free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from rpds import HashTrieMap

Record = Mapping[str, Any]
Shelf: TypeAlias = "HashTrieMap[str, Record]"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may call, with the attributes the behaviours read; credentials stay out of `repr`."""

    name: str
    attributes: Mapping[str, Any]
    credentials: Mapping[str, str] = field(repr=False)


class Actors:
    """The actors of an API by name, and by (security scheme, credential)."""

    __slots__ = ("by_credential", "by_name")

    def __init__(self, by_name: Mapping[str, Actor]) -> None:
        self.by_name = by_name
        self.by_credential = {
            (scheme, credential): actor
            for actor in by_name.values()
            for scheme, credential in actor.credentials.items()
        }


class Change(NamedTuple):
    """
    A record to store under an id, or None to remove it.

    `written` holds the members in which it may differ from the one that stands there; None where any may.
    """

    collection: str
    id: str
    record: Record | None
    written: Record | None = None


def rewritten(collection: str, id: str, stored: Record, written: Record) -> Change:
    """The change that writes some members of a stored record and keeps the others."""
    return Change(collection, id, {**stored, **written}, written)


class Records:
    """The mutable shelf: which immutable record stands under which id just now, and who may call."""

    __slots__ = ("_collections", "known")

    def __init__(self, collections: Mapping[str, HashTrieMap[str, Record]], actors: Actors) -> None:
        # Never changed in place: copies share it.
        self._collections = collections
        self.known = actors

    @property
    def actors(self) -> Mapping[str, Actor]:
        """The actors by name."""
        return self.known.by_name

    def find(self, collection: str, id: str) -> Record | None:
        """The record under this id, or None."""
        return self._collections[collection].get(id)

    def shelf(self, collection: str) -> Shelf:
        """The records of a collection by id, as they are now; a later change makes another shelf."""
        return self._collections[collection]

    def entries(self, collection: str) -> Iterable[tuple[str, Record]]:
        """Every record of a collection with its id, in no particular order."""
        return self._collections[collection].items()

    def ids(self, collection: str, most: int) -> list[str]:
        """The ids of a collection in no particular order, no more than `most`."""
        return list(islice(self._collections[collection], most))

    def commit(self, changes: Iterable[Change]) -> None:
        """Carry out all changes; the one place where a write becomes state."""
        for change in changes:
            stored = self._collections[change.collection]
            if change.record is not None:
                changed = stored.insert(change.id, change.record)
            elif change.id in stored:
                changed = stored.remove(change.id)
            else:
                continue
            self._collections = {**self._collections, change.collection: changed}

    def fork(self) -> Records:
        """A copy that shares every record and sees no later change of this one."""
        return Records(self._collections, self.known)

    def sizes(self) -> dict[str, int]:
        """How many records each collection holds."""
        return {name: len(stored) for name, stored in sorted(self._collections.items())}

    def snapshot(self) -> dict[str, dict[str, Record]]:
        """Every record by collection and id, as plain values."""
        return {name: dict(stored.items()) for name, stored in sorted(self._collections.items())}

    def reshaped(self, other: Records) -> Records:
        """
        These records on the shelf of another start: its collections and its actors.

        A collection that only the other has comes with the other's records; one that it no longer has is left behind.
        """
        ours = self._collections
        merged = {name: ours.get(name, stored) for name, stored in other._collections.items()}
        return Records(merged, other.known)
