"""
What files of probes and inverses are written with: the public names of the harness.

What is elsewhere in this package may change. A name that stands here keeps its meaning within a major version; one that
goes away is announced in the changelog a minor version before.
"""

from conformance.probes.context import Probe, ProbeContext
from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State
from conformance.target.drafting import Draft
from conformance.target.exchange import Exchange
from conformance.target.needs import UnmetNeed
from conformance.target.request_parts import Credentials
from specs.contract import Contract, Operation
from specs.statements import Side

__all__ = [
    "Ask",
    "Contract",
    "Credentials",
    "Draft",
    "Exchange",
    "Inverse",
    "NotRead",
    "Operation",
    "Probe",
    "ProbeContext",
    "Sent",
    "Side",
    "State",
    "UnmetNeed",
]
