"""What the APIs promise: the only code that reads contracts and ledgers."""

from specs.contract import Contract, Operation
from specs.flaws import CasepactError, FlawedDocument
from specs.loading import load_contract, load_ledger
from specs.project import apis
from specs.statements import Ledger, Statement

__all__ = [
    "CasepactError",
    "Contract",
    "FlawedDocument",
    "Ledger",
    "Operation",
    "Statement",
    "apis",
    "load_contract",
    "load_ledger",
]
