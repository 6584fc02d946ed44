"""The body of an answer fits its schema; each flaw is charged to the statement of the element that is wrong."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any

from conformance.checks.judgement import Judgement, broken, kept
from conformance.checks.media import stood_for
from conformance.target.decoding import recased
from conformance.target.exchange import Exchange
from specs.contract import Contract, Operation
from specs.formats import is_of_openapi
from specs.references import at, split
from specs.shortening import shorten
from specs.validation import Schema

NAME = "body"
NO_SUCCESS = "Answer does not say success at"
MANY = 5
"""An object that lacks so many of its members is another one than the documented."""


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Judge the decoded body; the statements of the elements it holds gain evidence.

    An answer with the status of a success that says in its body that it is none is the answer to something that was
    not done, perhaps rightly so. It is charged to the contract's statement for all bodies; where the request had to be
    carried out, the probe charges the constant of the success (`ProbeContext.accepted`).
    """
    response = operation.responses.get(exchange.response.status)
    media = response.content.get(exchange.response.media) if response else None
    if media is None or media.schema is None or not exchange.response.body:
        return []
    fallback = contract.charged("response_schema_conformance", operation)
    whole = tuple(dict.fromkeys((*stood_for(media), *fallback)))
    if exchange.broken:
        return broken(whole, NAME, "Unreadable body", exchange.broken, media.name)
    value = exchange.value
    if pointer := denied(operation, exchange):
        return broken(fallback, NAME, f"{NO_SUCCESS} {pointer}", *denial(operation, exchange, pointer))
    if contract.member_names is not None and operation.succeeded(exchange.response.status, value):
        # Names in another style are the business of the check of names, and no reason to miss every member too.
        value = recased(media.schema, value)
    flaws = media.schema.flaws(value)
    judgements: list[Judgement] = []
    beside = contract.charged("formats_beside_openapi", operation)
    mistyped = {flaw.pointer for flaw in flaws if flaw.keyword == "type"}
    for flaw in flaws:
        if flaw.keyword == "enum" and flaw.pointer in mistyped:
            # A value of another type is none of the listed ones, either.
            continue
        title = f"Answer breaks its schema at {_general(flaw.pointer) or '/'}"
        if flaw.keyword == "required":
            title = f"Member missing: {_general(f'{flaw.pointer}/{flaw.member}')}"
        documented = f"{flaw.keyword} of {exchange.operation} {exchange.response.status} {media.name}"
        charged = flaw.statements or (fallback if flaw.pointer else whole)
        if beside and flaw.keyword == "format" and not is_of_openapi(flaw.message):
            charged = beside
        judgements += broken(charged, NAME, title, shorten(flaw.message, 160, tail=75), documented)
    for pointer, count in Counter(flaw.pointer for flaw in flaws if flaw.keyword == "required").items():
        if count >= MANY and (charged := _whole(media.schema, value, pointer)):
            title, documented = f"Another object at {_general(pointer)}", "the documented one"
            judgements += broken(charged, NAME, title, f"an object without {count} of its members", documented)
    if not flaws:
        judgements += kept(sorted(media.schema.exercised(value)) or fallback, NAME)
    elif all(flaw.keyword == "additionalProperties" for flaw in flaws):
        # What a server shows beside the documented members hides nothing of those.
        judgements += kept(sorted(media.schema.exercised(_documented(media.schema, value))), NAME)
    return judgements


def _whole(schema: Schema, value: Any, pointer: str) -> tuple[str, ...]:
    """Who says that there is such an object at all: those who are charged when there is nothing in its place."""
    if not pointer:
        return schema.whole()
    holed = copy.deepcopy(value)
    *outer, last = split(pointer)
    at(holed, tuple(outer))[int(last) if isinstance(at(holed, tuple(outer)), list) else last] = None
    return next((flaw.statements for flaw in schema.flaws(holed) if flaw.pointer == pointer), ())


def _documented(schema: Schema, value: Any) -> Any:
    """The value without the members that the schema has nowhere."""
    if isinstance(value, dict):
        return {name: _documented(schema, member) for name, member in value.items() if schema.names(name)}
    return [_documented(schema, item) for item in value] if isinstance(value, list) else value


def denied(operation: Operation, exchange: Exchange) -> str:
    """Where a 2xx says by another value than that of a success that it is none; empty where it does not say so."""
    if not 200 <= exchange.response.status < 300:
        return ""
    for pointer, expected in operation.success.items():
        found = _at(exchange.value, pointer)
        if type(found) is type(expected) and found != expected:
            return pointer
    return ""


def denial(operation: Operation, exchange: Exchange, pointer: str) -> tuple[str, str]:
    """What stands there, and what a success has there."""
    return shorten(repr(_at(exchange.value, pointer)), 160, tail=75), repr(operation.success[pointer])


def _at(value: Any, pointer: str) -> Any:
    try:
        return at(value, tuple(split(pointer)))
    except LookupError:
        return None


def _general(pointer: str) -> str:
    """A pointer that is the same for each item of a list, so that one cause is one finding."""
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))
