"""The status of an answer is one that the contract documents, and no server error."""

from __future__ import annotations

from conformance.checks.judgement import Judgement, broken, kept
from conformance.target.exchange import Exchange
from specs.contract import Contract, Operation
from specs.statements import WHOLE

NAME = "status"
SERVER_ERROR = "Server error"
PRINTED = "status"
"""The key of `x-statement` in a response for statements that print its status: another one in its place breaks them."""


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Judge the status code, and charge a documented one to its own statements.

    A success with a status that is not documented is charged to the statements that print the documented one, too.
    """
    status = exchange.response.status
    response = operation.responses.get(status)
    crash = contract.charged("not_a_server_error", operation)
    judgements: list[Judgement] = []
    documented = ", ".join(map(str, operation.responses))
    if status >= 500 and response is None and crash:
        return broken(crash, NAME, SERVER_ERROR, str(status), documented, status=status)
    if response is not None:
        judgements += kept((*response.charges.get(WHOLE, ()), *response.charges.get(PRINTED, ())), NAME)
        judgements += kept(contract.charged("undocumented_refusal", operation) if 400 <= status < 500 else (), NAME)
    else:
        refusal = contract.charged("undocumented_refusal", operation) if 400 <= status < 500 else ()
        general = refusal or contract.charged("status_code_conformance", operation)
        if statements := [*_instead_of(operation, status), *general]:
            charged = list(dict.fromkeys(statements))
            return broken(charged, NAME, "Undocumented status code", str(status), documented, status=status)
    if crash and status < 500:
        judgements += kept(crash, NAME)
    return judgements


def _instead_of(operation: Operation, status: int) -> tuple[str, ...]:
    """The statements that print the status of a success, when this is another one."""
    if not 200 <= status < 300:
        return ()
    documented = operation.responses.get(operation.success_status())
    return documented.charges.get(PRINTED, ()) if documented is not None else ()
