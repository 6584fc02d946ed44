"""What no schema can say of editing a case: what must hold, who may, the lock, relations, headers, error codes."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.bench import Probe
from conformance.probes.egain import headers, lock, preconditions, reading, relations, rights, values
from specs.contract import Contract

_MAKERS = (
    preconditions.probes,
    rights.probes,
    lock.probes,
    relations.probes,
    values.probes,
    headers.probes,
    reading.probes,
)


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of eGain."""
    for maker in _MAKERS:
        yield from maker(contract)
