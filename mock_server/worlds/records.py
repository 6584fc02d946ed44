"""One API's records in one world. Records are never changed in place, so copies are free."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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


class LateShelves(dict[str, Shelf]):
    """
    Collections of which each is made when it is first asked for, by `make`, which gives the same whenever it is asked.

    What was made is kept, also for all copies that share it. Whoever wants all of them asks for `whole`.
    """

    __slots__ = ("_make", "_names")

    def __init__(self, names: Iterable[str], make: Callable[[str], Shelf], known: Mapping[str, Shelf]) -> None:
        super().__init__(known)
        self._names, self._make = frozenset(names), make

    def __missing__(self, name: str) -> Shelf:
        if name not in self._names:
            raise KeyError(name)
        made = self[name] = self._make(name)
        return made

    @property
    def names(self) -> frozenset[str]:
        """The collections that there are, made or not."""
        return self._names

    def with_changed(self, name: str, shelf: Shelf) -> LateShelves:
        """The same with another shelf in place of one."""
        return LateShelves(self._names, self._make, {**self, name: shelf})

    def whole(self) -> LateShelves:
        """The same with every shelf made."""
        for name in self._names:
            self[name]
        return self


class Records:
    """The mutable shelf: which immutable record stands under which id just now, and who may call."""

    __slots__ = ("_collections", "known")

    def __init__(self, collections: Mapping[str, Shelf], actors: Actors) -> None:
        # Never changed in place but for what is made late: copies share it.
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
            known = self._collections
            if isinstance(known, LateShelves):
                self._collections = known.with_changed(change.collection, changed)
            else:
                self._collections = {**known, change.collection: changed}

    def fork(self) -> Records:
        """A copy that shares every record and sees no later change of this one."""
        return Records(self._collections, self.known)

    def differences(self, origin: Records) -> Iterator[Change]:
        """What has to be changed in records with the same collections so that they hold what these hold."""
        for name, stored in self._collections.items():
            known = origin._collections[name]
            if stored is known:
                continue
            for id, record in stored.items():
                if known.get(id) is not record:
                    yield Change(name, id, record)
            for id in known:
                if id not in stored:
                    yield Change(name, id, None)

    def sizes(self) -> dict[str, int]:
        """How many records each collection holds."""
        return {name: len(stored) for name, stored in sorted(self._whole().items())}

    def snapshot(self) -> dict[str, dict[str, Record]]:
        """Every record by collection and id, as plain values."""
        return {name: dict(stored.items()) for name, stored in sorted(self._whole().items())}

    def reshaped(self, other: Records) -> Records:
        """
        These records on the shelf of another start: its collections and its actors.

        A collection that only the other has comes with the other's records; one that it no longer has is left behind.
        """
        ours = self._collections
        theirs = other._collections
        if isinstance(theirs, LateShelves):
            # What nobody has asked for yet is as the other start has it.
            kept = theirs
            for name in ours.keys() & theirs.names:
                kept = kept.with_changed(name, ours[name])
            return Records(kept, other.known)
        merged = {name: ours.get(name, stored) for name, stored in theirs.items()}
        return Records(merged, other.known)

    def _whole(self) -> Mapping[str, Shelf]:
        """Every collection, also those that nobody has asked for yet."""
        return self._collections.whole() if isinstance(self._collections, LateShelves) else self._collections
