"""
What no schema can say of editing a case: what must hold, who may, the lock, relations, headers, error codes.

preconditions, rights, lock, relations, values, headers and reading have the probes of what their names say. They work
with cases (the records), bodies (what is sent) and edits (how an edit is tried, and what is promised of it).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.probes.context import Probe
from conformance.probes.egain import headers, lock, preconditions, reading, relations, rights, values
from specs.contract import Contract

MAKERS = (
    preconditions.probes,
    rights.probes,
    lock.probes,
    relations.probes,
    values.probes,
    headers.probes,
    reading.probes,
)
"""The hand-written probes of eGain, by their ideas, in the order in which they run."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of eGain, in the order of `MAKERS`."""
    for make in MAKERS:
        yield from make(contract)
