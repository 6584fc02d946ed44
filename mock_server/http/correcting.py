"""A refused request → the nearest one that the contract and its rules admit."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from mock_server.http.authentication import credential_header, credential_headers
from mock_server.http.compiled import CompiledOperation, admit, caller, carry_out
from mock_server.http.redaction import HIDDEN, safe_headers, safe_target, safe_value
from mock_server.http.request import Request
from mock_server.negotiation import media_type
from mock_server.reply import Call, Refusal, Reply
from mock_server.synthesis import Impossible, Synthesizer
from mock_server.worlds.records import Actor, Records
from specs.contract import Schema
from specs.references import at, split

_ROUNDS = 8
"""How often a request is mended before another start is tried."""

_LEFT_OUT = frozenset(
    {
        *("content-length", "content-type", "content-encoding", "transfer-encoding", "host", "connection"),
        *("user-agent", "accept-encoding", "prefer"),
    }
)
_NOTHING = object()


@dataclass(frozen=True, slots=True)
class Attempted:
    """A refused request, why it was refused, and the records and instant of that moment."""

    compiled: CompiledOperation
    request: Request
    texts: Mapping[str, str]
    raw: bytes
    body: Any
    refusals: tuple[Refusal, ...]
    records: Records
    now: datetime


@dataclass(frozen=True, slots=True)
class _Draft:
    """A request on its way to being admitted."""

    texts: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    actor: Actor | None


def corrected_request(attempted: Attempted) -> dict[str, Any] | None:
    """
    Method, path, headers and body of a request that passes, with as little changed as need be; None if none was found.

    It has been run through admission, rules and behaviour; credentials and other secrets are named, not shown.
    """
    for start in _starts(attempted):
        draft = start
        for _ in range(_ROUNDS):
            refusals = _refusals(attempted, draft)
            if not refusals:
                return _shown(attempted, draft)
            mended = draft
            for refusal in refusals:
                mended = _mended(attempted, mended, refusal)
            if mended == draft:
                break
            draft = mended
    return None


def _starts(attempted: Attempted) -> Iterator[_Draft]:
    """The request itself, then with the operation's examples as its body, then the samples of the page."""
    compiled = attempted.compiled
    actor, _ = caller(compiled, attempted.request, attempted.records)
    if actor is None and compiled.authenticate is not None:
        actors = attempted.records.actors
        actor = actors.get(compiled.contract.default_actor) or next(iter(actors.values()), None)
    known = {item.name for item in compiled.operation.parameters if item.location == "query"}
    pairs = parse_qsl(attempted.request.query, keep_blank_values=True)
    query = {name: value for name, value in pairs if name in known}
    yield _Draft(attempted.texts, query, _sent(attempted), actor)
    for example in _examples(compiled):
        yield _Draft(attempted.texts, query, copy.deepcopy(example), actor)
    for sample in compiled.operation.samples:
        texts = {**attempted.texts, **{name: str(value) for name, value in sample.path.items()}}
        media = compiled.operation.body.get(sample.media)
        body = copy.deepcopy(media.examples.get(sample.body)) if media is not None else None
        yield _Draft(texts, {}, body, actor)


def _sent(attempted: Attempted) -> Any:
    if attempted.body is not None:
        return copy.deepcopy(attempted.body)
    try:
        return orjson.loads(attempted.raw) if attempted.raw else None
    except orjson.JSONDecodeError:
        return None


def _examples(compiled: CompiledOperation) -> Iterator[Any]:
    for media in compiled.operation.body.values():
        yield from (example for example in media.examples.values() if not isinstance(example, str))


def _refusals(attempted: Attempted, draft: _Draft) -> list[Refusal]:
    """What still speaks against the draft."""
    compiled = attempted.compiled
    request, raw = _as_request(attempted, draft)
    call, refusals = admit(compiled, request, draft.texts, raw, draft.actor, attempted.records, attempted.now)
    if refusals or compiled.world is not None:
        # What lives in no named world may do more than change records: it is admitted, not carried out.
        return refusals
    outcome = carry_out(compiled, call)
    return [outcome] if isinstance(outcome, Refusal) else []


def _as_request(attempted: Attempted, draft: _Draft) -> tuple[Request, bytes]:
    compiled = attempted.compiled
    left_out = _LEFT_OUT | {refusal.name.lower() for refusal in attempted.refusals}
    headers = {name: value for name, value in attempted.request.headers.items() if name not in left_out}
    raw = b""
    if draft.body is not None and compiled.readers:
        headers["content-type"] = media = _media(compiled)
        raw = _encoded(media, draft.body)
    query = "&".join(f"{quote(name, safe='$')}={quote(value)}" for name, value in draft.query.items())
    path = compiled.base + compiled.operation.path
    for name, text in draft.texts.items():
        path = path.replace(f"{{{name}}}", quote(text, safe="!$&'()*+,;=:@~"))
    return Request(compiled.operation.method, path, query, headers), raw


def _media(compiled: CompiledOperation) -> str:
    return next((media for media in compiled.readers if "json" in media), next(iter(compiled.readers), ""))


def _encoded(media: str, body: Any) -> bytes:
    if media_type(media) == "application/x-www-form-urlencoded" and isinstance(body, dict):
        return "&".join(f"{quote(str(name))}={quote(str(value))}" for name, value in body.items()).encode()
    return orjson.dumps(body)


def _mended(attempted: Attempted, draft: _Draft, refusal: Refusal) -> _Draft:
    """The draft with this violation taken away, or as it was."""
    compiled = attempted.compiled
    if refusal.kind == "parameter":
        return _with_parameter(compiled, draft, refusal.name)
    media = compiled.operation.body.get(_media(compiled))
    if media is None or media.schema is None:
        return draft
    if not isinstance(draft.body, dict):
        return replace(draft, body=copy.deepcopy(next(_examples(compiled), {})))
    parts = tuple(split(refusal.pointer))
    if refusal.missing:
        parts = (*parts, refusal.name)
    body = copy.deepcopy(draft.body)
    try:
        holder = at(body, parts[:-1]) if parts else None
    except LookupError:
        return draft
    if isinstance(holder, dict):
        holder.pop(parts[-1], None)
        if (value := _replacement(attempted, media.schema, parts, draft)) is not _NOTHING:
            holder[parts[-1]] = value
    elif isinstance(holder, list):
        value = _replacement(attempted, media.schema, parts, draft)
        holder[int(parts[-1]) : int(parts[-1]) + 1] = [] if value is _NOTHING else [value]
    return replace(draft, body=body)


def _with_parameter(compiled: CompiledOperation, draft: _Draft, name: str) -> _Draft:
    """The draft with a parameter as a sample has it or its schema wants it; an optional one is left out."""
    parameter = next((item for item in compiled.operation.parameters if item.name == name), None)
    if parameter is None or parameter.location in ("header", "cookie"):
        return draft
    known = next((sample.path[name] for sample in compiled.operation.samples if name in sample.path), None)
    value = str(known if known is not None else _made(parameter.schema, parameter.schema.document, name))
    if parameter.location == "path":
        return replace(draft, texts={**draft.texts, name: value})
    rest = {key: text for key, text in draft.query.items() if key != name}
    return replace(draft, query={**rest, name: value} if parameter.required else rest)


def _replacement(attempted: Attempted, schema: Schema, parts: tuple[str, ...], draft: _Draft) -> Any:
    """What should stand at this place: what is current, an example's value, one that the schema allows, or nothing."""
    node = _node(schema, parts)
    if node is not None and "x-current" in node:
        current = _current(node["x-current"], attempted, draft)
        if current is not _NOTHING:
            return current
    for example in _examples(attempted.compiled):
        value = _found(example, parts)
        if value is not _NOTHING and value != _found(draft.body, parts):
            return copy.deepcopy(value)
    return _made(schema, node, parts[-1]) if node is not None else _NOTHING


def _made(schema: Schema, node: Mapping[str, Any], name: str) -> Any:
    """A value that this part of a schema allows."""
    try:
        return Synthesizer.of({**node, "$defs": schema.document.get("$defs", {})}, name).value()
    except (Impossible, ValueError):
        return _NOTHING


def _found(body: Any, parts: tuple[str, ...]) -> Any:
    try:
        return at(body, parts)
    except LookupError:
        return _NOTHING


def _current(current: Mapping[str, Any], attempted: Attempted, draft: _Draft) -> Any:
    """What the records hold, read by another operation as the contract's `x-current` says."""
    reader = attempted.compiled.siblings.get(str(current["read"]))
    if reader is None:
        return _NOTHING
    try:
        texts = {
            name: str(at(draft.body, tuple(split(value.partition("#")[2])))) for name, value in current["path"].items()
        }
        arguments, refusals = reader.arguments.read(texts, "", {})
        call = Call(reader.operation, arguments, None, draft.actor, attempted.records, attempted.now)
        if refusals or any(rule.breach(call) for rule in reader.behaviour.rules):
            return _NOTHING
        reply = reader.behaviour.act(call)
        value = reply.value if isinstance(reply, Reply) else None
        return at(value, tuple(split(str(current["value"]).partition("#")[2])))
    except LookupError:
        return _NOTHING


def _node(schema: Schema, parts: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The schema of the value at this place, with what it is put together from; None where nothing is declared."""
    node: Any = schema.document
    for part in parts:
        for candidate in _parts_of(schema, node):
            if part in candidate.get("properties", {}):
                node = candidate["properties"][part]
                break
            if part.isdecimal() and "items" in candidate:
                node = candidate["items"]
                break
        else:
            return None
    merged: dict[str, Any] = {}
    for candidate in _parts_of(schema, node):
        merged = {**candidate, **merged}
    return {key: value for key, value in merged.items() if key != "$ref"}


def _parts_of(schema: Schema, node: Any) -> Iterator[Mapping[str, Any]]:
    seen: list[Any] = []
    while isinstance(node, dict) and node not in seen:
        seen.append(node)
        yield node
        for keyword in ("allOf", "anyOf", "oneOf"):
            for branch in node.get(keyword, ()):
                yield from _parts_of(schema, branch)
        node = at(schema.document, tuple(split(str(node["$ref"])[1:]))) if "$ref" in node else None


def _shown(attempted: Attempted, draft: _Draft) -> dict[str, Any]:
    compiled = attempted.compiled
    request, _ = _as_request(attempted, draft)
    hidden = safe_headers(request.headers, credential_headers(compiled.contract))
    headers = {name: value for name, value in hidden.items() if value != HIDDEN}
    if compiled.authenticate is not None and draft.actor is not None:
        headers[credential_header(compiled.contract, compiled.operation, draft.actor)] = (
            f"[credential of {draft.actor.name}]"
        )
    return {
        "method": request.method,
        "path": safe_target(request.target),
        "headers": headers,
        "media": headers.get("content-type", ""),
        "body": safe_value(draft.body),
    }
