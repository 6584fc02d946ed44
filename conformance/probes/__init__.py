"""
Where requests come from. Each probe says which statements it serves, what it needs and whether it writes.

What a probe works with:

context           a running probe: it sends, promises, and keeps what it saw
drawing           values drawn by Hypothesis
target_adapter    where the requests that Schemathesis makes leave

For any contract:

samples           the requests that the pages print
edges             both sides of every limit on a request
representations   JSON and XML say the same
protocol          what HTTP asks of every server: unknown paths and methods, media types, sizes
semantics         what HTTP says of HEAD, OPTIONS, charset, percent-encoding, the qualities of Accept
effects/          what a write stores and what it leaves alone
derived           what a foreign document documents, with derived_drafts (requests from its examples and lists)
generated         Schemathesis

By family of APIs, what no schema can say: aicc, crm, egain/, onlyoffice/ and control/, our own API.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.probes import (
    control,
    derived,
    edges,
    effects,
    generated,
    protocol,
    representations,
    samples,
    semantics,
)
from conformance.probes.context import Probe
from specs.code import CodeByApi
from specs.contract import Contract
from specs.project import CONTROL

Maker = Callable[[Contract], Iterator[Probe]]

GENERAL: tuple[Maker, ...] = (
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

MOST: Mapping[Maker, tuple[int, int]] = {
    samples.probes: (10, 0),
    edges.probes: (20, 3),
    representations.probes: (12, 0),
    protocol.probes: (20, 0),
    semantics.probes: (12, 0),
}
"""How many requests the probes of a maker send at most, where the usual bound (`Probe.most`) is far too high."""

USUAL: Mapping[Maker, tuple[int, int]] = {
    samples.probes: (3, 0),
    representations.probes: (2, 0),
    protocol.probes: (2, 0),
    semantics.probes: (2, 0),
}
"""How many requests the probes of a maker send at most while they find nothing, where a probe does not say."""

WRITTEN_USUALLY = (24, 0)
"""The same of the probes that are written by hand for one API."""


def _flaw(value: Any) -> str:
    return "" if callable(value) else "is not a function that takes a contract and yields probes."


WRITTEN: Mapping[str, tuple[Maker, ...]] = CodeByApi("probes", "probes", _flaw, tuple)
"""Probes written by hand for the APIs of the project, for what OpenAPI cannot say."""


def probes_of(contract: Contract) -> list[Probe]:
    """
    Every statement probe of an API, in a fixed order.

    Modules that serve a family of APIs name the statements of all; those this ledger does not have are left out.
    """
    found = []
    written = (control.probes,) if contract.api == CONTROL else WRITTEN.get(contract.api, ())
    if not contract.dialect.modelled:
        written = ()
    made = [(probe, maker) for maker in (*GENERAL, *written) for probe in maker(contract)]
    for probe, maker in made:
        serves = tuple(name for name in probe.serves if name in contract.ledger.statements)
        if serves and probe.operation in contract.operations:
            usual = probe.usual or USUAL.get(maker) or (WRITTEN_USUALLY if maker in written else None)
            found.append(replace(probe, serves=serves, most=MOST.get(maker, probe.most), usual=usual))
            if not contract.dialect.modelled:
                # Its requests to an operation that only reads are reads.
                found[-1] = replace(found[-1], writes=contract.operation(probe.operation).writes)
    return found
