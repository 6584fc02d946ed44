"""The status of an answer is one that the contract documents, and no server error."""

from __future__ import annotations

from conformance.exchange import Exchange
from conformance.judgement import Judgement, broken, kept
from specs.contract import WHOLE, Contract, Operation

NAME = "status"


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Judge the status code, and charge a documented one to its own statements."""
    status = exchange.response.status
    response = operation.responses.get(status)
    crash = contract.checks.get("not_a_server_error")
    judgements: list[Judgement] = []
    if status >= 500 and response is None and crash and crash.statement:
        documented = ", ".join(map(str, operation.responses))
        return broken([crash.statement], NAME, "Server error", str(status), documented)
    if response is not None:
        judgements += kept(response.charges.get(WHOLE, ()), NAME)
    else:
        policy = contract.checks.get("status_code_conformance")
        if policy and policy.statement:
            documented = ", ".join(map(str, operation.responses))
            return broken([policy.statement], NAME, "Undocumented status code", str(status), documented)
    if crash and crash.statement and status < 500:
        judgements += kept([crash.statement], NAME)
    return judgements
