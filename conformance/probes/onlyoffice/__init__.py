"""
What no schema can say of updating a case and of its contacts: what absence means, who may do it, what is stored.

order_of_checks, request_reading, updates, contacts and journeys have the probes of what their names say. They work
with records (which ones are named), requests (what changes a case) and states (how a case is, and that it stays so).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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

_MANY: Mapping[str, tuple[int, int]] = {
    "nobody changes nothing": (25, 0),
    "order of checks": (61, 0),
    "members of each type": (38, 0),
    "JSON that is not an object": (35, 0),
    "text for numbers and booleans": (31, 0),
    "values that cannot be converted": (105, 0),
    "one value for a list": (37, 0),
    "forms of customFieldList": (27, 0),
    "who may update": (29, 0),
    "privacy set anew": (48, 0),
    "privacy by others": (38, 0),
    "members replaced, never cleared": (59, 0),
    "custom fields replaced": (43, 0),
    "the contact takes part": (32, 0),
    "access to case and contact": (44, 0),
    "update, add, update, remove": (35, 0),
    "close, update, reopen": (32, 0),
}
"""How many requests, for the values that they may draw too, those send that send many while they find nothing."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of ONLYOFFICE alone, in the order of `MAKERS`."""
    for make in MAKERS:
        for probe in make(contract):
            yield replace(probe, usual=_MANY.get(probe.name))
