"""The headers that the contract documents for an answer are there, and say what they may."""

from __future__ import annotations

from typing import Any

import orjson

from conformance.checks.judgement import Judgement, broken, kept
from conformance.target.exchange import Exchange, Response
from specs.contract import Contract, Operation

NAME = "headers"


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Judge each documented header by its own statements, or by that of the contract for all headers.

    Only one that must be there is evidence: its absence would have been seen.
    """
    response = operation.responses.get(exchange.response.status)
    fallback = contract.charged("response_headers_conformance", operation)
    judgements: list[Judgement] = []
    for name, header in response.headers.items() if response else ():
        statements, text = header.statements or fallback, exchange.response.header(name)
        if not text:
            if header.required:
                judgements += broken(statements, NAME, f"Header missing: {name}", "no such header", name)
        elif header.schema.is_valid(text) or header.schema.is_valid(_plain(text)):
            judgements += kept(statements, NAME) if header.required else []
        else:
            documented = header.schema.flaws(text)[0].message
            judgements += broken(statements, NAME, f"Header breaks its schema: {name}", text[:80], documented)
    return judgements


def documented_headers(operation: Operation, response: Response) -> tuple[str, ...]:
    """The values of the headers that the contract has for such an answer; an empty text for one that is not there."""
    documented = operation.responses.get(response.status)
    return tuple(map(response.header, documented.headers)) if documented is not None else ()


def _plain(text: str) -> Any:
    """The number or boolean that a header's text stands for, if it does (OpenAPI's style `simple`)."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
