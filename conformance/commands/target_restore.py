"""`casepact target restore NAME`: finish what a run that was killed could not put back."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from conformance.rollback.guard import put_back
from conformance.rollback.inverses import INVERSES
from conformance.rollback.write_journal import Entry, WriteJournal, journals_of
from conformance.target.client import Target
from conformance.target.profile import Profile, load_profile
from specs.flaws import CasepactError
from specs.loading import load_contract


def restore(options: argparse.Namespace) -> int:
    """The command: 0 when everything is as it was found."""
    target: str = options.target
    entries: list[Entry] = []
    left: list[str] = []
    for journal in journals_of(target, urls_of(load_profile(target)), options.journal_dir):
        with journal.held():
            entries += journal.unfinished()
            left += put_back_entries(target, journal)
            journal.forget()
    for line in left:
        print(f"casepact: could not put back: {line}", file=sys.stderr)
    if not left:
        print(f"{target}: {_records(entries)} as found" if entries else f"{target}: nothing is left to put back")
    return 2 if left else 0


def urls_of(profile: Profile) -> dict[str, str]:
    """The address of each API of a profile."""
    return {api: known.url for api, known in profile.apis.items()}


def put_back_entries(target: str, journal: WriteJournal) -> list[str]:
    """Put back what the unfinished entries of a journal hold, the latest first; what could not be is returned."""
    return [line for entry in reversed(journal.unfinished()) for line in _restored(target, journal, entry)]


def not_put_back(journal: WriteJournal, target: str, folder: Path | None = None) -> str:
    """What to say of a target whose journal is not finished; `folder` is where the command line says it is."""
    entries = journal.unfinished()
    probes = ", ".join(dict.fromkeys(entry.probe for entry in entries))
    return (
        f"records of '{target}' are not as they were before the probe {probes}: {_records(entries)}. "
        f"Run: casepact target restore {target}{f' --journal-dir {folder}' if folder else ''}"
    )


def _restored(name: str, journal: WriteJournal, entry: Entry) -> list[str]:
    """Put back one entry; what could not be is returned, and the entry stays open."""
    profile = load_profile(name)
    if entry.api not in profile.apis:
        raise CasepactError(f"the target '{name}' has no API '{entry.api}', whose records are to be put back.")
    target = Target(
        load_contract(entry.api, profile.apis[entry.api].edition), profile.with_urls({entry.api: entry.url})
    )
    target.gate = lambda _: nullcontext()
    try:
        with target.putting_back():
            left = put_back(target, INVERSES[entry.api], entry.found)
    finally:
        target.close()
    if not left:
        journal.done(entry)
    return [f"{entry.api} {line}" for line in left]


def _records(entries: list[Entry]) -> str:
    return "; ".join(f"{entry.api} {', '.join(entry.found)}" for entry in entries)
