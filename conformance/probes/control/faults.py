"""The faults that a world is told to have."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bench import Bench, Probe
from conformance.probes.control.own_world import NOWHERE, OwnWorld, in_own_world
from conformance.probes.control.promises import refuses, shows
from specs.contract import Contract


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of faults."""
    yield Probe("faults", "setWorldFaults", ("CTL-91", "CTL-92"), in_own_world(_faults))


def _faults(bench: Bench, world: OwnWorld) -> None:
    shows(bench, "CTL-91", world.steer("getWorldFaults"), [], "the faults of a new world", "faults")
    refuses(bench, "CTL-92", 400, world.steer("setWorldFaults", body={"faults": [NOWHERE]}), "an unknown fault")
    shows(bench, "CTL-92", world.steer("getWorldFaults"), [], "the faults after a refused one", "faults")
    bench.accepted(["CTL-91"], world.steer("setWorldFaults", body={"faults": []}), "no fault")
