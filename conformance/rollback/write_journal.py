"""
What a run found before it wrote, on disk, so that it can be put back even after the process was killed.

One file per profile, `<name>-<hash of its path>.writes.jsonl` in the user's folder for state, `CASEPACT_STATE` or
`--journal-dir`. Each line is an entry, or says that an entry is done. An entry is on the disk (fsync) before a write to
its records is sent. It holds records as the server showed them, so only the owner may read the file, and never a
credential.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.target.profile import profile_file
from conformance.target.user_folders import STATE, state_folder
from specs.flaws import CasepactError

WORKING = Path(".casepact")
"""Where journals stood before they had a place of their own: an unfinished one is put back from there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Records as they were found before a probe; `found` maps the id of each to its state."""

    id: str
    api: str
    url: str
    probe: str
    time: str
    found: Mapping[str, Any]


class WriteJournal:
    """The journal of one target. The one mutable thing about it is the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, api: str, url: str, probe: str, found: Mapping[str, Any]) -> Entry:
        """Put on disk what was found; when this returns, a crash loses nothing of it."""
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(uuid.uuid4().hex[:12], api, url, probe, moment, found)
        self._append({"entry": asdict(entry)})
        return entry

    def done(self, entry: Entry) -> None:
        """Note that everything of an entry is as it was found."""
        self._append({"done": entry.id})

    def unfinished(self) -> list[Entry]:
        """
        The entries that are not done, the oldest first.

        A last line that was cut off by a crash is left out: nothing was written after it. Raises `CasepactError` for
        any other line that cannot be read.
        """
        found: dict[str, Entry] = {}
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        for number, line in enumerate(lines, 1):
            try:
                data = json.loads(line)
                if "done" in data:
                    found.pop(data["done"], None)
                else:
                    entry = Entry(**data["entry"])
                    found[entry.id] = entry
            except (ValueError, KeyError, TypeError):
                if number < len(lines):
                    raise CasepactError(
                        f"{self.path}:{number}: this line of the write journal cannot be read. It holds records as "
                        "they were before a write: put them back by hand, then delete the line."
                    ) from None
        return list(found.values())

    def forget(self) -> None:
        """Delete the file when everything in it is done, and with it the folder if that is in the working one."""
        if self.unfinished():
            return
        self.path.unlink(missing_ok=True)
        if self.path.parent == WORKING.absolute():
            self._lock_file.unlink(missing_ok=True)
            with suppress(OSError):
                self.path.parent.rmdir()

    @contextmanager
    def held(self) -> Iterator[None]:
        """
        Keep other runs off the target meanwhile.

        Raises `CasepactError` when one is at work; the lock goes with the process, however it ends.
        """
        self._make_folder()
        try:
            lock = os.open(self._lock_file, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise CasepactError(
                    f"another run writes to this target ({self.path}); wait until it has ended."
                ) from None
            yield
        finally:
            os.close(lock)

    def _append(self, data: Mapping[str, Any]) -> None:
        self._make_folder()
        created = not self.path.exists()
        file = os.open(self.path, os.O_CREAT | os.O_APPEND | os.O_RDWR, 0o600)
        try:
            written = os.pread(file, os.fstat(file).st_size, 0)
            # A line that a crash cut off was never acted on.
            os.ftruncate(file, written.rfind(b"\n") + 1)
            os.write(file, (json.dumps(data) + "\n").encode())
            os.fsync(file)
        finally:
            os.close(file)
        if created:
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _make_folder(self) -> None:
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from None

    @property
    def _lock_file(self) -> Path:
        return self.path.with_suffix(".lock")

    def _unwritable(self, error: OSError) -> CasepactError:
        return CasepactError(
            f"{self.path.parent}: the write journal cannot be kept there: {error.strerror}. "
            f"Name another folder with --journal-dir or {STATE}."
        )


def journals_of(target: str, urls: Mapping[str, str], folder: Path | None = None) -> list[WriteJournal]:
    """
    The journals that matter to a target: the last is its own, those before it are unfinished and are put back first.

    `target` is the name or file of a profile, `urls` its address of each API. `folder` is where journals are, None for
    the usual place. The name of a journal holds the path of the profile, so that two projects do not share one; a
    workspace that was checked out elsewhere is recognised by an unfinished entry for the same address.
    """
    stem, place = Path(target).stem, (folder or state_folder()).absolute()
    path = hashlib.sha256(str(profile_file(target).resolve()).encode()).hexdigest()[:12]
    own = WriteJournal(place / f"{stem}-{path}.writes.jsonl")
    elsewhere = [WriteJournal(file) for file in sorted(place.glob("*.writes.jsonl")) if file != own.path]
    same = [journal for journal in elsewhere if any(urls.get(entry.api) == entry.url for entry in _readable(journal))]
    working = WriteJournal(WORKING.absolute() / f"{stem}.writes.jsonl")
    return [*([working] if working.unfinished() else []), *same, own]


def _readable(journal: WriteJournal) -> list[Entry]:
    """The unfinished entries of a journal; of one that is another target's and cannot be read, none."""
    try:
        return journal.unfinished()
    except (CasepactError, OSError):
        return []
