"""
What no schema can say of the control API: what steering a mock does to its worlds, and what it shows of them.

service, worlds, snapshots, clock, traffic, fixtures, journal and refusals have the probes of what their names say.
They work with own_world (worlds of their own), cases (requests in those) and promises (what an answer is held to).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from conformance.probes.context import Probe
from conformance.probes.control import clock, fixtures, journal, refusals, service, snapshots, traffic, worlds
from specs.contract import Contract

MAKERS = (
    service.probes,
    worlds.probes,
    snapshots.probes,
    clock.probes,
    traffic.probes,
    fixtures.probes,
    journal.probes,
    refusals.probes,
)
"""The hand-written probes of the control API. Each steers worlds of its own and leaves the others alone."""

_MANY: Mapping[str, tuple[int, int]] = {
    "a world is reset": (30, 0),
    "snapshots beyond the limit": (64, 0),
    "errors": (56, 0),
    "rate limit": (44, 0),
    "a record that is asked for": (99, 0),
    "the journal narrowed": (46, 0),
    "corrected requests": (60, 0),
    "secrets": (32, 0),
    "names": (101, 0),
    "texts that stand for worlds": (90, 0),
    "requests that fit": (32, 0),
}
"""How many requests, for the values that they may draw too, those send that send many while they find nothing."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of the control API, in the order of `MAKERS`."""
    for make in MAKERS:
        for probe in make(contract):
            yield replace(probe, usual=_MANY.get(probe.name))
