"""
What no schema can say of the control API: what steering a mock does to its worlds, and what it shows of them.

service, worlds, snapshots, clock, traffic, fixtures, journal and refusals have the probes of what their names say.
They work with own_world (worlds of their own), cases (requests in those) and promises (what an answer is held to).
"""

from __future__ import annotations

from collections.abc import Iterator

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


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of the control API, in the order of `MAKERS`."""
    for make in MAKERS:
        yield from make(contract)
