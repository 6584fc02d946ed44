"""
What a write does to a record: what it stores, what it leaves alone, and what comes of the next write.

kept      what a write leaves alone
members   each member on its own, to every value and in every form
texts     what a text suffers on the way
again     one write after another

They work with writing (one record, written, read and compared), comparing (when two records are equal), least (requests
that hold no more than they must) and values (what members are set to).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.probes.context import Probe
from conformance.probes.effects import again, kept, members, texts
from specs.contract import Contract

MAKERS: tuple[Callable[[Contract], Iterator[Probe]], ...] = (
    kept.probes,
    members.probes,
    texts.probes,
    again.probes,
)
"""The makers of these probes; any contract gives rise to them that says what its operations leave alone."""
