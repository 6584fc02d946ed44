"""Where requests come from. Each probe says which statements it serves, what it needs and whether it writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from conformance.probes import (
    aicc,
    control,
    crm,
    derived,
    edges,
    effects,
    egain,
    generated,
    onlyoffice,
    protocol,
    representations,
    samples,
    semantics,
)
from conformance.probes.context import Probe
from specs.contract import Contract

GENERAL: tuple[Callable[[Contract], Iterator[Probe]], ...] = (
    samples.probes,
    derived.probes,
    edges.probes,
    representations.probes,
    protocol.probes,
    semantics.probes,
    *effects.MAKERS,
    generated.probes,
)
"""Probes that any contract gives rise to."""

MOST: Mapping[Callable[[Contract], Iterator[Probe]], tuple[int, int]] = {
    samples.probes: (10, 0),
    edges.probes: (20, 3),
    representations.probes: (12, 0),
    protocol.probes: (20, 0),
    semantics.probes: (12, 0),
    aicc.probes: (12, 0),
    crm.probes: (24, 0),
}
"""How many requests the probes of a maker send at most, where the usual bound (`Probe.most`) is far too high."""

WRITTEN: Mapping[str, tuple[Callable[[Contract], Iterator[Probe]], ...]] = {
    "aicc": (aicc.probes,),
    "control": control.MAKERS,
    "egain": egain.MAKERS,
    "onlyoffice": (crm.probes, *onlyoffice.MAKERS),
    "r7office": (crm.probes,),
}
"""Probes written by hand, by API, for what OpenAPI cannot say."""


def probes_of(contract: Contract) -> list[Probe]:
    """
    Every statement probe of an API, in a fixed order.

    Modules that serve a family of APIs name the statements of all; those this ledger does not have are left out.
    """
    found = []
    made = [
        (probe, maker)
        for maker in (*GENERAL, *(WRITTEN.get(contract.api, ()) if contract.dialect.modelled else ()))
        for probe in maker(contract)
    ]
    for probe, maker in made:
        serves = tuple(name for name in probe.serves if name in contract.ledger.statements)
        if serves and probe.operation in contract.operations:
            found.append(replace(probe, serves=serves, most=MOST.get(maker, probe.most)))
            if not contract.dialect.modelled:
                # Its requests to an operation that only reads are reads.
                found[-1] = replace(found[-1], writes=contract.operation(probe.operation).writes)
    return found
