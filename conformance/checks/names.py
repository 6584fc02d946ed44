"""The members of an answer are spelt in the style of the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.judgement import Judgement, broken, kept
from conformance.target.exchange import Exchange
from specs.contract import Contract, Operation
from specs.shortening import listed

NAME = "member names"
STYLES = {"camelCase": re.compile(r"[a-z][A-Za-z0-9]*\Z"), "PascalCase": re.compile(r"[A-Z][A-Za-z0-9]*\Z")}


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Judge every member name of a JSON success that the contract has in some spelling; others are the server's own."""
    names = contract.member_names
    if names is None or "json" not in exchange.response.media or not isinstance(exchange.value, dict):
        return []
    if not operation.succeeded(exchange.response.status, exchange.value):
        return []
    response = operation.responses[exchange.response.status]
    media = response.content.get(exchange.response.media)
    if media is None or media.schema is None:
        return []
    known = {name for name in members(exchange.value) if media.schema.names(name)}
    wrong = sorted({name for name in known if not STYLES[names.style].match(name)} - names.exceptions)
    if wrong:
        return broken(names.charges, NAME, "Member names in another style", listed(wrong), names.style)
    return kept(names.charges, NAME)


def members(value: Any) -> Iterator[str]:
    """Every member name at any depth."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from members(member)
    elif isinstance(value, list):
        for item in value:
            yield from members(item)
