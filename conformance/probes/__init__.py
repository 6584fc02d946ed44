"""Where requests come from. Each probe says which statements it serves, what it needs and whether it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

from conformance.bench import Probe
from conformance.probes import (
    aicc,
    control,
    crm,
    edges,
    egain,
    generated,
    onlyoffice,
    protocol,
    representations,
    samples,
    semantics,
)
from specs.contract import Contract

GENERAL: tuple[Callable[[Contract], Iterator[Probe]], ...] = (
    samples.probes,
    edges.probes,
    representations.probes,
    protocol.probes,
    semantics.probes,
    generated.probes,
)
"""Probes that any contract gives rise to."""

WRITTEN: Mapping[str, Callable[[Contract], Iterator[Probe]]] = {
    "aicc": aicc.probes,
    "control": control.probes,
    "egain": egain.probes,
    "onlyoffice": lambda contract: chain(crm.probes(contract), onlyoffice.probes(contract)),
    "r7office": crm.probes,
}
"""Probes written by hand, by API, for what OpenAPI cannot say."""


def probes_of(contract: Contract) -> list[Probe]:
    """
    Every statement probe of an API, in a fixed order.

    Modules that serve a family of APIs name the statements of all; those this ledger does not have are left out.
    """
    makers = [*GENERAL, *([WRITTEN[contract.api]] if contract.api in WRITTEN else [])]
    found = []
    for probe in (probe for maker in makers for probe in maker(contract)):
        serves = tuple(name for name in probe.serves if name in contract.ledger.statements)
        if serves and probe.operation in contract.operations:
            found.append(replace(probe, serves=serves))
    return found
