"""
What the APIs promise: the only code that reads contracts and ledgers.

Imports go down this list only:

derived_ledger   a foreign document with the statements that are derived from it
loading          the way in, from an API's folder to its contract; foreign: any other OpenAPI document
unenforced       what of such a document nothing of ours enforces
versions         how each version of OpenAPI is read
compiling        a document as a `Contract`
translating      OpenAPI schemas as JSON Schema; discriminators: schemas in which one decides which branch judges
contract         what one API promises, as frozen values
editions         declared differences between the documented contract and another; foreign_schemas: of foreign documents
swagger2         documents of Swagger 2.0 as OpenAPI 3.0 has them; schema_resources: schemas by what they are called
validation       judges a value by a schema, and names the statements that broke or showed
statements       the ledger; foreign_files: what foreign documents refer to
references       local `$ref`s; roles: what probes ask of a target; code: the Python code that a project names
project          which APIs there are, and where each is kept; command_line: what the command lines of both halves share
document_schemas judges our own YAML by the JSON Schemas of schemas/
source           reads our YAML; fetching: a document by its address
flaws            what can be wrong with a document
byte_lengths     the keyword `x-max-bytes`; formats: string formats, and the validators that judge by both
schema           what a schema says of types and members; shortening and values: texts and JSON values; version: ours
path_templates   the paths of documents as a server meets them
vocabularies     the keywords of schemas in each version of OpenAPI

The folders below are data: a contract and a ledger for each API, crm/ what two of them share, http/ the ledger of the
RFCs, control/ our own API.
"""

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
