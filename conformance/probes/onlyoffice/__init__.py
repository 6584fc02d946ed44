"""
What no schema can say of updating a case and of its contacts: what absence means, who may do it, what is stored.

order_of_checks, request_reading, updates, contacts and journeys have the probes of what their names say. They work
with records (which ones are named), requests (what changes a case) and states (how a case is, and that it stays so).
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.probes.context import Probe
from conformance.probes.onlyoffice import contacts, journeys, order_of_checks, request_reading, updates
from specs.contract import Contract

MAKERS = (
    order_of_checks.probes,
    request_reading.probes,
    updates.probes,
    contacts.probes,
    journeys.probes,
)
"""The hand-written probes of ONLYOFFICE alone, in the order in which they run."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of ONLYOFFICE alone, in the order of `MAKERS`."""
    for make in MAKERS:
        yield from make(contract)
