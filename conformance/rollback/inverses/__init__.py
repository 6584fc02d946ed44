"""
How what a probe wrote is undone, by API: one module per family, made of supporting operations alone.

inverse   what there must be: how records are read, named and put back
aicc      Huawei AICC
crm       ONLYOFFICE and R7-Office
egain     eGain
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State
from specs.code import CodeByApi


def _flaw(value: Any) -> str:
    if not isinstance(value, Inverse):
        return "is not an Inverse."
    if isinstance(value.kinds, str) or not value.kinds:
        return "has no kinds: what stands before the dot in the roles of the records it reads, as in ('ticket',)."
    return ""


INVERSES: Mapping[str, Inverse] = CodeByApi("inverses", "INVERSE", _flaw, lambda found: found[-1])
"""By API of the project; one that is not here cannot be tested with `writes: reversible`."""

__all__ = ["INVERSES", "Ask", "Inverse", "NotRead", "Sent", "State"]
