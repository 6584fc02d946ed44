"""Contracts as a run uses them: loaded once in a process, however often it asks."""

from __future__ import annotations

from functools import cache

from specs.contract import Contract
from specs.editions import DOCUMENTED
from specs.loading import load_contract


def contract_of(api: str, edition: str = DOCUMENTED) -> Contract:
    """The contract of one API in one edition; raises as `specs.loading.load_contract` does."""
    return _loaded(api, edition)


# Remembered by position: a cache takes an argument that is left out for another one than its default.
_loaded = cache(load_contract)
