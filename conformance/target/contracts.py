"""Contracts as a run uses them: loaded once in a process, however often it asks."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields
from functools import cache
from pathlib import Path

from conformance.target.profile import ApiTarget
from specs.contract import Contract
from specs.editions import DOCUMENTED
from specs.loading import load_contract


def contract_of(api: str, edition: str = DOCUMENTED) -> Contract:
    """The contract of one API in one edition; raises as `specs.loading.load_contract` does."""
    return _loaded(api, edition)


def contract_for(target: ApiTarget) -> Contract:
    """The contract that an API of a target is to keep: ours, or that of a foreign document, with its derived ledger."""
    return derived(target.spec, target.api) if target.spec else contract_of(target.api, target.edition)


def digest_of(contract: Contract) -> str:
    """What two contracts agree in that promise the same: their documents and their statements, wherever those stand."""
    statements = [
        [str(getattr(item, field.name)) for field in fields(item) if field.name != "place"]
        for item in contract.ledger.statements.values()
    ]
    whole = [contract.api, contract.edition, contract.document, statements]
    return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


@cache
def derived(spec: str, api: str) -> Contract:
    """The contract of the foreign document in this file; raises as `specs.derived_ledger.load_checked` does."""
    from specs.derived_ledger import load_checked

    return load_checked(Path(spec), api)


# Remembered by position: a cache takes an argument that is left out for another one than its default.
_loaded = cache(load_contract)
