"""How what a probe wrote is undone, by API: one module per family, made of supporting operations alone."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.rollback.inverses import aicc, crm, egain
from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State

INVERSES: Mapping[str, Inverse] = {
    "aicc": aicc.INVERSE,
    "egain": egain.INVERSE,
    "onlyoffice": crm.INVERSE,
    "r7office": crm.INVERSE,
}
"""By API; one that is not here cannot be tested with `writes: reversible`."""

__all__ = ["INVERSES", "Ask", "Inverse", "NotRead", "Sent", "State"]
