"""
What the APIs promise: the only code that reads contracts and ledgers.

Imports go down this list only:

derived_ledger   a foreign document with the statements that are derived from it
loading          the way in, from an API's folder to its contract; foreign: any other OpenAPI document
unenforced       what of such a document nothing of ours enforces
compiling        a document as a `Contract`
translating      OpenAPI schemas as JSON Schema
contract         what one API promises, as frozen values
editions         declared differences between the documented contract and another; foreign_schemas: of foreign documents
validation       judges a value by a schema, and names the statements that broke or showed
statements       the ledger; foreign_files: what foreign documents refer to
references       local `$ref`s; roles: what probes ask of a target; shapes: the rough shape of our documents
source           finds and reads our YAML
flaws            what can be wrong with a document; formats, schema, shortening and values know nothing else of it
"""

from specs.contract import Contract, Operation
from specs.flaws import CasepactError, FlawedDocument
from specs.loading import load_contract, load_ledger
from specs.source import apis
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
