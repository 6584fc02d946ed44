"""Contracts as a run uses them: loaded once in a process, however often it asks."""

from __future__ import annotations

from functools import cache

from specs.contract import Contract
from specs.editions import DOCUMENTED
from specs.loading import load_contract


@cache
def contract_of(api: str, edition: str = DOCUMENTED) -> Contract:
    """The contract of one API in one edition; raises as `specs.loading.load_contract` does."""
    return load_contract(api, edition)
