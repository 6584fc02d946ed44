"""The body of an answer fits its schema; each flaw is charged to the statement of the element that is wrong."""

from __future__ import annotations

from conformance.decoding import respelt
from conformance.exchange import Exchange
from conformance.judgement import Judgement, broken, kept
from specs.contract import Contract, Operation

NAME = "body"


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """Judge the decoded body; the statements of the elements it holds gain evidence."""
    response = operation.responses.get(exchange.response.status)
    media = response.content.get(exchange.response.media) if response else None
    if media is None or media.schema is None or not exchange.response.body:
        return []
    policy = contract.checks.get("response_schema_conformance")
    fallback = (policy.statement,) if policy and policy.statement else ()
    if exchange.broken:
        return broken(fallback, NAME, "Unreadable body", exchange.broken, media.name)
    value = exchange.value
    if contract.member_names is not None and operation.succeeded(exchange.response.status, value):
        # Names in another style are the business of the check of names, and no reason to miss every member too.
        value = respelt(media.schema, value)
    flaws = media.schema.flaws(value)
    judgements: list[Judgement] = []
    for flaw in flaws:
        title = f"Answer breaks its schema at {flaw.pointer or '/'}"
        if flaw.keyword == "required":
            title = f"Member missing: {flaw.pointer}/{flaw.member}"
        documented = f"{flaw.keyword} of {exchange.operation} {exchange.response.status} {media.name}"
        judgements += broken(flaw.statements or fallback, NAME, _general(title), _short(flaw.message), documented)
    if not flaws:
        judgements += kept(sorted(media.schema.exercised(value)) or fallback, NAME)
    return judgements


def _general(title: str) -> str:
    """A title that is the same for each item of a list, so that one cause is one finding."""
    return "/".join("*" if part.isdigit() else part for part in title.split("/"))


def _short(message: str) -> str:
    return message if len(message) <= 160 else f"{message[:75]} … {message[-75:]}"
