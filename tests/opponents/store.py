"""The records of an opponent: dictionaries, read with a lag where writes need time to settle."""

from __future__ import annotations

import copy
import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_Versions = list[tuple[float, Record | None]]


class Store:
    """
    Records by kind and id, kept in this process or, where several processes serve, in one file.

    `shown` is what a read answers: the newest version that is at least `lag` seconds old (the first one always
    counts). `current` is what the rules of the server see. Both give copies. `put` and `drop` write.
    Several calls that belong together stand in `with store.alone():`.
    """

    def __init__(self, seed: dict[str, dict[str, Record]], lag: float = 0.0, file: Path | None = None) -> None:
        self._lag = lag
        self._file = file
        self._depth = 0
        self._kinds: dict[str, dict[str, _Versions]] = {
            kind: {key: [(0.0, copy.deepcopy(record))] for key, record in records.items()}
            for kind, records in seed.items()
        }
        if file is not None and not file.exists():
            file.write_text(json.dumps(self._kinds), encoding="utf-8")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out until the end of the block; what was written is there for them afterwards."""
        if self._file is None or self._depth:
            yield
            return
        with self._file.open("r+", encoding="utf-8") as shared:
            fcntl.flock(shared, fcntl.LOCK_EX)
            self._kinds = json.load(shared)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                shared.seek(0)
                shared.truncate()
                json.dump(self._kinds, shared)

    def shown(self, kind: str, key: str) -> Record | None:
        """The record as a read shows it; None where there is none (yet)."""
        with self.alone():
            return self._shown(self._kinds[kind].get(key, []))

    def all_shown(self, kind: str) -> dict[str, Record]:
        """Every record of a kind as reads show them, by id, in the order in which they were made."""
        with self.alone():
            found = {key: self._shown(versions) for key, versions in self._kinds[kind].items()}
            return {key: record for key, record in found.items() if record is not None}

    def current(self, kind: str, key: str) -> Record | None:
        """The newest state of the record; None where there is none."""
        with self.alone():
            versions = self._kinds[kind].get(key)
            return copy.deepcopy(versions[-1][1]) if versions else None

    def all_current(self, kind: str) -> dict[str, Record]:
        """The newest state of every record of a kind, by id."""
        with self.alone():
            newest = {key: versions[-1][1] for key, versions in self._kinds[kind].items()}
            return {key: copy.deepcopy(record) for key, record in newest.items() if record is not None}

    def put(self, kind: str, key: str, record: Record) -> None:
        """Write a record as a whole."""
        with self.alone():
            self._append(kind, key, copy.deepcopy(record))

    def drop(self, kind: str, key: str) -> None:
        """Remove a record."""
        with self.alone():
            self._append(kind, key, None)

    def _append(self, kind: str, key: str, record: Record | None) -> None:
        now = time.time()
        versions = self._kinds[kind].setdefault(key, [])
        # Of what has settled only the newest version can still be shown.
        settled = [version for version in versions if version[0] <= now - self._lag]
        fresh = [version for version in versions if version[0] > now - self._lag]
        self._kinds[kind][key] = [*settled[-1:], *fresh, (now, record)]

    def _shown(self, versions: _Versions) -> Record | None:
        old_enough = [record for written, record in versions if written <= time.time() - self._lag]
        return copy.deepcopy(old_enough[-1]) if old_enough else None
