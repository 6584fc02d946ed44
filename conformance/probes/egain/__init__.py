"""
What no schema can say of editing a case: what must hold, who may, the lock, relations, headers, error codes.

preconditions, rights, lock, relations, values, headers and reading have the probes of what their names say. They work
with cases (the records), bodies (what is sent) and edits (how an edit is tried, and what is promised of it).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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

_MANY: Mapping[str, tuple[int, int]] = {
    "closed case": (27, 0),
    "one element alone": (32, 0),
    "forms of a link": (87, 0),
    "due date past and future": (30, 0),
    "due date that is none": (27, 0),
    "wrong custom attributes": (54, 0),
    "members that cannot be edited": (54, 0),
    "a case with nothing optional": (27, 0),
    "Accept": (33, 0),
    "Accept-Language": (90, 0),
    "query parameter": (0, 3),
}
"""How many requests, for the values that they may draw too, those send that send many while they find nothing."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of eGain, in the order of `MAKERS`."""
    for make in MAKERS:
        for probe in make(contract):
            yield replace(probe, usual=_MANY.get(probe.name))
