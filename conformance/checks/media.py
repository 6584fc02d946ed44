"""The media type of an answer is one that the contract documents for its status."""

from __future__ import annotations

from conformance.exchange import Exchange
from conformance.judgement import Judgement, broken, kept
from specs.contract import WHOLE, Contract, Operation

NAME = "media type"


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Judge the Content-Type of an answer that has a body."""
    response = operation.responses.get(exchange.response.status)
    if response is None or exchange.request.method == "HEAD":
        return []
    policy = contract.checks.get("content_type_conformance")
    statement = [policy.statement] if policy and policy.statement else []
    if not exchange.response.body:
        if not response.content:
            return kept(statement, NAME)
        return broken(statement, NAME, "Answer without its body", "no body", " or ".join(response.content))
    media = response.content.get(exchange.response.media)
    if media is None:
        documented = " or ".join(response.content) or "no body"
        return broken(statement, NAME, "Undocumented media type", exchange.response.media or "none", documented)
    return kept(media.charges.get(WHOLE, ()), NAME)
