"""A refused request → the nearest one that the contract and its rules admit."""

from __future__ import annotations

import copy
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any
from urllib.parse import unquote_plus

from mock_server.explanations.drafts import Attempted, Draft, as_request, example_bodies, sent_body
from mock_server.explanations.edits import NEXT, Choice, edited
from mock_server.explanations.showing import shown_request
from mock_server.negotiation import media_type
from mock_server.operations.authentication import credential_headers
from mock_server.operations.compiled import WORLD_HEADER, CompiledOperation, admit, breaches, caller, carry_out
from mock_server.reply import Call, Refusal
from specs.validation import Schema

_TRIES, _LARGE = 400, 4096
"""Requests that are tried at most; fewer for bodies of more than so many bytes."""
_EXAMPLE, _SAMPLE = 5.0, 8.0
"""What it costs to start from an example, or from a sample of the page; see `edits` for the other costs."""
_LEFT_OUT = frozenset(
    {
        *("content-length", "content-type", "content-encoding", "transfer-encoding", "host", "connection"),
        *("user-agent", "accept-encoding", "prefer"),
    }
)
_UNREAD = frozenset({"parameter", "unreadable", "media-type", "missing-body"})
"""Refusals of requests of which no rule can be asked."""


def corrected_request(attempted: Attempted) -> dict[str, Any] | None:
    """
    Method, path, headers and body of a request that passes, with as little changed as need be; None if none was found.

    It has been run through admission, rules and behaviour; credentials and other secrets are named, not shown.
    """
    tries = max(12, _TRIES * _LARGE // max(_LARGE, len(attempted.raw)))
    numbers = count()
    waiting = [(cost, next(numbers), draft) for cost, draft in _starts(attempted)]
    heapq.heapify(waiting)
    seen: set[bytes] = set()
    while waiting and tries:
        cost, _, draft = heapq.heappop(waiting)
        if (key := draft.key()) in seen:
            continue
        seen.add(key)
        tries -= 1
        refusals = _refusals(attempted, draft)
        if not refusals:
            return shown_request(attempted, draft)
        for more, changed in edited(attempted, draft, refusals):
            heapq.heappush(waiting, (cost + more, next(numbers), changed))
    return None


def all_refusals(compiled: CompiledOperation, call: Call, refusals: Sequence[Refusal]) -> list[Refusal]:
    """The refusals, and where a rule is behind them every other rule that the call breaks too."""
    if any(refusal.kind in _UNREAD for refusal in refusals) or not _fits_schema(compiled, call):
        return list(refusals)
    broken = breaches(compiled, call)
    if refusals[0] not in broken:
        return list(refusals)
    return [*refusals, *(item for item in broken if item not in refusals)]


def _starts(attempted: Attempted) -> Iterator[Choice]:
    """The request itself, with the operation's examples as its body, and the samples of the page."""
    compiled = attempted.compiled
    actor, _ = caller(compiled, attempted.request, attempted.records)
    if actor is None and compiled.authenticate is not None:
        actors = attempted.records.actors
        actor = actors.get(compiled.contract.default_actor) or next(iter(actors.values()), None)
    parts = [part for part in attempted.request.query.split("&") if part]
    # A lenient vendor has read the query as part of the body already.
    left_out = compiled.bound is not None and attempted.body is not None
    query = () if left_out else tuple((unquote_plus(part.partition("=")[0]), part) for part in parts)
    hidden = credential_headers(compiled.contract)
    headers = {
        name: value
        for name, value in attempted.request.headers.items()
        if name not in _LEFT_OUT and name not in hidden and name != WORLD_HEADER
    }
    start = Draft(attempted.texts, query, headers, sent_body(attempted), actor)
    yield 0.0, start
    for index, example in enumerate(example_bodies(compiled)):
        yield _EXAMPLE + index * NEXT, replace(start, body=copy.deepcopy(example))
    for index, sample in enumerate(compiled.operation.samples):
        texts = {**attempted.texts, **{name: str(value) for name, value in sample.path.items()}}
        media = compiled.operation.body.get(sample.media)
        body = copy.deepcopy(media.examples.get(sample.body)) if media is not None else None
        if not isinstance(body, str):
            yield _SAMPLE + index * NEXT, Draft(texts, (), {}, body, actor)


def _refusals(attempted: Attempted, draft: Draft) -> list[Refusal]:
    """What still speaks against the draft."""
    compiled = attempted.compiled
    request, raw = as_request(compiled, draft)
    try:
        call, refusals = admit(compiled, request, draft.texts, raw, draft.actor, attempted.records, attempted.now)
        if refusals:
            return all_refusals(compiled, call, refusals)
        if compiled.world is not None:
            # What is in no named world may do more than change records: it is admitted, not carried out.
            return []
        outcome = carry_out(compiled, call)
    except AssertionError as error:
        # Records that somebody put may lead to others that are not there.
        return [Refusal("invalid", (), str(error))]
    return [outcome] if isinstance(outcome, Refusal) else []


def _fits_schema(compiled: CompiledOperation, call: Call) -> bool:
    if compiled.bound is not None:
        schema: Schema | None = compiled.bound[1]
    else:
        declared = call.headers.get("content-type", "")
        _, schema = compiled.readers.get(declared) or compiled.readers.get(media_type(declared)) or (None, None)
    try:
        return (
            schema is None or (call.body is None and not compiled.operation.body_required) or schema.is_valid(call.body)
        )
    except ValueError:  # jsonschema-rs gives up on values nested too deep for it.
        return False
