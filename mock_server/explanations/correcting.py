"""A refused request → the nearest one that the contract and its rules admit."""

from __future__ import annotations

import copy
import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from itertools import count, islice
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

import orjson

from mock_server.explanations.redaction import HIDDEN, is_secret, safe_headers, safe_target, secret_queries
from mock_server.negotiation import media_type
from mock_server.operations.authentication import credential_header, credential_headers
from mock_server.operations.compiled import WORLD_HEADER, CompiledOperation, admit, breaches, caller, carry_out
from mock_server.operations.request import Request
from mock_server.reply import Call, Refusal, Reply
from mock_server.representation.representation import UnreadableBody, read_json
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from mock_server.worlds.records import Actor, Records
from mock_server.worlds.store import DEFAULT
from specs.compiling import source_of
from specs.contract import Parameter, Schema
from specs.references import at, split
from specs.schema import SchemaView

_TRIES, _LARGE = 400, 4096
"""Requests that are tried at most; fewer for bodies of more than so many bytes."""
_IDS = 8
"""Ids of records that are tried in one place, from each collection."""
_SEARCHED = 500
"""Ids of a collection that are compared with what was sent."""

# What a change costs: the nearest request is the one whose changes cost least.
_MEMBER, _HEADER, _QUERY, _ACTOR, _PATH, _OPTIONAL, _EXAMPLE, _SAMPLE = 1.0, 1.0, 1.0, 2.0, 2.5, 3.0, 5.0, 8.0
_NEXT = 0.01
"""What each further choice in one place costs more than the one before."""

_LEFT_OUT = frozenset(
    {
        *("content-length", "content-type", "content-encoding", "transfer-encoding", "host", "connection"),
        *("user-agent", "accept-encoding", "prefer"),
    }
)
_CLOSED = frozenset({"format", "enum", "const", "pattern", "anyOf", "oneOf"})
"""What says of a text that it is no id."""
_UNREAD = frozenset({"parameter", "unreadable", "media-type", "missing-body"})
"""Refusals of requests of which no rule can be asked."""
_FORM = "application/x-www-form-urlencoded"
_NOTHING = object()

Pairs = tuple[tuple[str, str], ...]
"""Query parameters: the name of each, and how it stands in the address."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """A refused request, why it was refused, and the name, the records and the instant of its world."""

    compiled: CompiledOperation
    request: Request
    texts: Mapping[str, str]
    raw: bytes
    body: Any
    refusals: tuple[Refusal, ...]
    records: Records
    now: datetime
    world: str = DEFAULT
    made: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)
    """What was made up so far, by place: making a value takes longer than trying a request."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A request on its way to being admitted."""

    texts: Mapping[str, str]
    query: Pairs
    headers: Mapping[str, str]
    body: Any
    actor: Actor | None

    def key(self) -> bytes:
        """The same for drafts that are the same request."""
        actor = self.actor.name if self.actor is not None else ""
        return _written([dict(self.texts), self.query, dict(self.headers), self.body, actor])


Choice = tuple[float, _Draft]
"""A draft, and what the changes cost that led to it."""


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
            return _shown(attempted, draft)
        for more, mended in _mended(attempted, draft, refusals):
            heapq.heappush(waiting, (cost + more, next(numbers), mended))
    return None


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
    start = _Draft(attempted.texts, query, headers, _sent(attempted), actor)
    yield 0.0, start
    for index, example in enumerate(_examples(compiled)):
        yield _EXAMPLE + index * _NEXT, replace(start, body=copy.deepcopy(example))
    for index, sample in enumerate(compiled.operation.samples):
        texts = {**attempted.texts, **{name: str(value) for name, value in sample.path.items()}}
        media = compiled.operation.body.get(sample.media)
        body = copy.deepcopy(media.examples.get(sample.body)) if media is not None else None
        if not isinstance(body, str):
            yield _SAMPLE + index * _NEXT, _Draft(texts, (), {}, body, actor)


def _sent(attempted: Attempted) -> Any:
    if attempted.body is not None:
        return copy.deepcopy(attempted.body)
    try:
        return read_json(attempted.raw) if attempted.raw else None
    except UnreadableBody:
        return None if _is_read(_media(attempted.compiled)) else attempted.raw.decode("utf-8", "replace")


def _examples(compiled: CompiledOperation) -> Iterator[Any]:
    texts = not _is_read(_media(compiled))
    for media in compiled.operation.body.values():
        yield from (example for example in media.examples.values() if texts or not isinstance(example, str))


def _refusals(attempted: Attempted, draft: _Draft) -> list[Refusal]:
    """What still speaks against the draft."""
    compiled = attempted.compiled
    request, raw = _as_request(compiled, draft)
    try:
        call, refusals = admit(compiled, request, draft.texts, raw, draft.actor, attempted.records, attempted.now)
        if refusals:
            return all_refusals(compiled, call, refusals)
        if compiled.world is not None:
            # What lives in no named world may do more than change records: it is admitted, not carried out.
            return []
        outcome = carry_out(compiled, call)
    except AssertionError as error:
        # Records that somebody put may lead to others that are not there.
        return [Refusal("invalid", (), str(error))]
    return [outcome] if isinstance(outcome, Refusal) else []


def _as_request(compiled: CompiledOperation, draft: _Draft) -> tuple[Request, bytes]:
    headers = dict(draft.headers)
    raw = b""
    if draft.body is not None and compiled.readers:
        headers["content-type"] = media = _media(compiled)
        raw = _encoded(media, draft.body)
    query = "&".join(part for _, part in draft.query)
    path = compiled.base + compiled.operation.path
    for name, text in draft.texts.items():
        path = path.replace(f"{{{name}}}", quote(text, safe="!$&'()*+,;=:@~"))
    return Request(compiled.operation.method, path, query, headers), raw


def _pair(name: str, value: str) -> tuple[str, str]:
    return name, f"{quote(name, safe='$')}={quote(value, safe=',')}"


def _media(compiled: CompiledOperation) -> str:
    return next((media for media in compiled.readers if "json" in media), next(iter(compiled.readers), ""))


def _encoded(media: str, body: Any) -> bytes:
    if media_type(media) == _FORM and isinstance(body, dict):
        return urlencode(body, doseq=True).encode()
    return body.encode() if isinstance(body, str) and not _is_read(media) else _written(body)


def _written(value: Any) -> bytes:
    """A value as JSON, whatever its numbers: orjson takes none beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _is_read(media: str) -> bool:
    """Whether bodies of this type become values; others are taken as the texts that they are."""
    return "json" in media or media_type(media) == _FORM


def all_refusals(compiled: CompiledOperation, call: Call, refusals: Sequence[Refusal]) -> list[Refusal]:
    """The refusals, and where a rule is behind them every other rule that the call breaks too."""
    if any(refusal.kind in _UNREAD for refusal in refusals) or not _fits_schema(compiled, call):
        return list(refusals)
    broken = breaches(compiled, call)
    if refusals[0] not in broken:
        return list(refusals)
    return [*refusals, *(item for item in broken if item not in refusals)]


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


# What can be changed.


def _mended(attempted: Attempted, draft: _Draft, refusals: Sequence[Refusal]) -> Iterator[Choice]:
    """Drafts in which a violation may be gone: all mended at once, then the first one in each way there is."""
    cost, mended = 0.0, draft
    for refusal in refusals if len(refusals) > 1 else ():
        found = next(_located(attempted, mended, refusal), None)
        if found is not None:
            cost, mended = cost + found[0], found[1]
    if mended is not draft:
        yield cost, mended
    yield from _located(attempted, draft, refusals[0])
    yield from _elsewhere(attempted, draft)
    for refusal in refusals[1:4]:
        yield from islice(_located(attempted, draft, refusal), 1, 4)


def _located(attempted: Attempted, draft: _Draft, refusal: Refusal) -> Iterator[Choice]:
    """Changes of what the refusal names: a parameter, a header, or a place in the body."""
    compiled = attempted.compiled
    names = {refusal.name.lower(), *(name.strip().lower() for name in refusal.name.split(","))} - {""}
    for parameter in compiled.operation.parameters:
        if parameter.name.lower() in names and (refusal.kind == "parameter" or not compiled.readers):
            yield from _with_parameter(attempted, draft, parameter)
    known = {parameter.name.lower() for parameter in compiled.operation.parameters}
    for name in draft.headers:
        if name in names and name not in known:
            kept = {key: value for key, value in draft.headers.items() if key != name}
            yield _HEADER, replace(draft, headers=kept)
    unknown = [name for name, _ in draft.query if name.lower() in names - known]
    if unknown:
        yield _QUERY, replace(draft, query=tuple(pair for pair in draft.query if pair[0] not in unknown))
    if refusal.kind != "parameter":
        for index, body in enumerate(_bodies(attempted, draft, refusal)):
            yield _MEMBER + index * _NEXT, replace(draft, body=body)


def _elsewhere(attempted: Attempted, draft: _Draft) -> Iterator[Choice]:
    """Changes of whatever a rule may rest on: who asks, for which resource, with which options."""
    compiled = attempted.compiled
    for index, name in enumerate(dict.fromkeys(name for name, _ in draft.query)):
        query = tuple(pair for pair in draft.query if pair[0] != name)
        yield _QUERY + index * _NEXT, replace(draft, query=query)
    actors = attempted.records.actors.values()
    if compiled.authenticate is not None:
        for index, actor in enumerate(actors):
            yield _ACTOR + index * _NEXT, replace(draft, actor=actor)
    if isinstance(draft.body, dict):
        for index, body in enumerate(_with_attributes(actors, draft.body)):
            yield _ACTOR + index * _NEXT, replace(draft, body=body)
        for index, name in enumerate(draft.body):
            rest = {key: value for key, value in draft.body.items() if key != name}
            yield _OPTIONAL + index * _NEXT, replace(draft, body=rest)
    for parameter in compiled.operation.parameters:
        if parameter.location == "path":
            yield from _with_parameter(attempted, draft, parameter)


def _with_attributes(actors: Iterable[Actor], body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with an actor's name and secret in the members that are named so; who fits most of them first."""
    found = []
    for actor in actors:
        own = {_plain(name): value for name, value in actor.attributes.items()}
        told = {name: own[_plain(name)] for name in body if _plain(name) in own}
        if told:
            found.append((sum(body[name] == value for name, value in told.items()), {**body, **told}))
    yield from (changed for _, changed in sorted(found, key=lambda item: -item[0]))


def _plain(name: str) -> str:
    """A name without what spellings differ in: "client_id" and "clientId" are one."""
    return name.replace("_", "").replace("-", "").lower()


# Parameters.


def _with_parameter(attempted: Attempted, draft: _Draft, parameter: Parameter) -> Iterator[Choice]:
    """The draft with another value of a parameter; an optional one is left out first."""
    name, location = parameter.name, parameter.location
    if location == "path":
        for index, text in enumerate(_texts(attempted, parameter)):
            yield _PATH + index * _NEXT, replace(draft, texts={**draft.texts, name: text})
    elif location == "query":
        rest = tuple(pair for pair in draft.query if pair[0] != name and not pair[0].startswith(f"{name}["))
        if not parameter.required:
            yield _QUERY, replace(draft, query=rest)
        for index, text in enumerate(_texts(attempted, parameter), 1):
            yield _QUERY + index * _NEXT, replace(draft, query=(*rest, _pair(name, text)))
    elif location == "header":
        kept = {key: value for key, value in draft.headers.items() if key != name.lower()}
        if not parameter.required:
            yield _HEADER, replace(draft, headers=kept)
        for index, text in enumerate(_texts(attempted, parameter), 1):
            yield _HEADER + index * _NEXT, replace(draft, headers={**kept, name.lower(): text})


def _texts(attempted: Attempted, parameter: Parameter) -> Iterator[str]:
    """Values of a parameter: those of samples, its example, one that the schema allows, and ids of records."""
    compiled = attempted.compiled
    values: list[Any] = [
        sample.path[parameter.name]
        for sibling in (compiled, *compiled.siblings.values())
        for sample in sibling.operation.samples
        if parameter.name in sample.path
    ]
    values.append(_example(compiled, parameter))
    values.append(
        _made(
            attempted, parameter.schema, parameter.schema.document, (f"{parameter.location} parameter", parameter.name)
        )
    )
    if parameter.location == "path":
        values += _ids(attempted, attempted.texts.get(parameter.name, ""))
    plain = (value for value in values if isinstance(value, str | int | float) and not isinstance(value, bool))
    yield from (text for text in dict.fromkeys(map(str, plain)) if text)


def _example(compiled: CompiledOperation, parameter: Parameter) -> Any:
    """The example that the document has beside the schema of a parameter."""
    document = compiled.contract.document
    item = document["paths"][compiled.operation.path]
    shared = (*item.get("parameters", ()), *source_of(document, compiled.operation).get("parameters", ()))
    for found in shared:
        declared = at(document, tuple(split(str(found["$ref"])[1:]))) if "$ref" in found else found
        if declared.get("name") == parameter.name and declared.get("in") == parameter.location:
            return declared.get("example", _NOTHING)
    return _NOTHING


def _ids(attempted: Attempted, sent: str) -> Iterator[str]:
    """Ids of records: of each collection those that are most like what was sent, then the first ones."""
    for collection in attempted.records.sizes():
        ids = sorted(attempted.records.ids(collection, most=_SEARCHED))
        yield from dict.fromkeys([*get_close_matches(sent[:64], ids, 2, 0.7), *ids[:_IDS]])


# Bodies.


def _bodies(attempted: Attempted, draft: _Draft, refusal: Refusal) -> Iterator[Any]:
    """The body of the draft with something else at the place of the refusal, the likeliest first."""
    compiled = attempted.compiled
    media = compiled.operation.body.get(_media(compiled))
    if media is None or media.schema is None:
        return
    if not isinstance(draft.body, dict):
        yield from (copy.deepcopy(example) for example in (*_examples(compiled), {}))
        return
    parts = tuple(split(refusal.pointer))
    if refusal.missing:
        parts = (*parts, refusal.name)
    elif (rest := _without_unknown(media.schema, draft.body, parts)) is not None:
        yield rest
    if not parts:
        return
    for value in _replacements(attempted, media.schema, parts, draft):
        body = copy.deepcopy(draft.body)
        try:
            holder = at(body, parts[:-1])
        except LookupError:
            return
        if isinstance(holder, dict):
            if value is _NOTHING:
                holder.pop(parts[-1], None)
            else:
                holder[parts[-1]] = copy.deepcopy(value)
        elif isinstance(holder, list) and parts[-1].isdecimal():
            index = int(parts[-1])
            holder[index : index + 1] = [] if value is _NOTHING else [copy.deepcopy(value)]
        else:
            return
        yield body


def _replacements(attempted: Attempted, schema: Schema, parts: tuple[str, ...], draft: _Draft) -> Iterator[Any]:
    """What may stand at this place: what is current, what examples have, what the schema allows, an id, nothing."""
    node, here = _node(schema, parts), _found(draft.body, parts)
    if node is not None and "x-current" in node:
        current = _current(node["x-current"], attempted, draft)
        if current is not _NOTHING:
            yield current
    for example in _examples(attempted.compiled):
        value = _found(example, parts)
        if value is not _NOTHING and value != here:
            yield value
    if node is not None:
        if (made := _made(attempted, schema, node, parts)) is not _NOTHING:
            yield made
        # A value that the schema admits and a rule refuses may have to name another record.
        kind = node.get("type") if _CLOSED.isdisjoint(node) else None
        if isinstance(here, str | int) and kind in ("string", "integer") and schema.is_valid(draft.body):
            yield from (id if kind == "string" else int(id) for id in _ids(attempted, str(here)) if _fits(kind, id))
    yield _NOTHING


def _fits(kind: str, id: str) -> bool:
    return kind == "string" or (id.isdecimal() and id.isascii())


def _without_unknown(schema: Schema, body: Any, parts: tuple[str, ...]) -> Any:
    """The body without the members at this place that the schema forbids; None where it forbids none."""
    node, value = _node(schema, parts), _found(body, parts)
    if node is None or node.get("additionalProperties") is not False or not isinstance(value, dict):
        return None
    place = _place(schema, parts)
    known = place.members().keys() if place is not None else frozenset()
    if value.keys() <= known:
        return None
    rest = copy.deepcopy(body)
    holder = at(rest, parts)
    for name in value.keys() - known:
        del holder[name]
    return rest


def _made(attempted: Attempted, schema: Schema, node: Mapping[str, Any], parts: tuple[str, ...]) -> Any:
    """A value that this part of a schema allows."""
    if parts not in attempted.made:
        try:
            document = {**node, "$defs": schema.document.get("$defs", {})}
            attempted.made[parts] = Synthesizer.of(document, parts[-1]).value()
        except (Impossible, ValueError):
            attempted.made[parts] = _NOTHING
    return attempted.made[parts]


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
    except (LookupError, AssertionError):
        return _NOTHING


def _node(schema: Schema, parts: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The schema of the value at this place, with what it is put together from; None where nothing is declared."""
    place = _place(schema, parts)
    if place is None:
        return None
    merged: dict[str, Any] = {}
    for candidate in place.branches():
        merged = {**candidate, **merged}
    return {key: value for key, value in merged.items() if key != "$ref"}


def _place(schema: Schema, parts: tuple[str, ...]) -> SchemaView | None:
    """The schema that stands for this place of a value, as it is written; None where nothing is declared."""
    place = schema.view
    for part in parts:
        if (member := place.members().get(part)) is not None:
            place = member
        elif part.isdecimal() and any("items" in branch for branch in place.branches()):
            place = place.items()
        else:
            return None
    return place


# What is shown.


def _shown(attempted: Attempted, draft: _Draft) -> dict[str, Any]:
    compiled = attempted.compiled
    request, _ = _as_request(compiled, draft)
    declared = {item.name.lower() for item in compiled.operation.parameters if item.location == "header"}
    shown = safe_headers(request.headers, credential_headers(compiled.contract))
    headers = {name: value for name, value in shown.items() if value != HIDDEN or name in declared}
    if compiled.world is None and attempted.world != DEFAULT:
        headers[WORLD_HEADER] = attempted.world
    target = safe_target(request.target, secret_queries(compiled.contract))
    if compiled.authenticate is not None and draft.actor is not None:
        headers[_credential_header(attempted, draft.actor)] = f"[credential of {draft.actor.name}]"
    elif compiled.authenticate is not None:
        # Whoever shows any credential may call a foreign contract.
        scheme = compiled.contract.security_schemes[compiled.operation.security[0][0]]
        if scheme.location == "query":
            target += f"{'&' if request.query else '?'}{scheme.key}=[credential]"
        else:
            headers[scheme.key.lower() if scheme.location == "header" else "cookie"] = "[credential]"
    return {
        "method": request.method,
        "path": target,
        "headers": headers,
        "media": headers.get("content-type", ""),
        "body": _shown_value(draft.body, attempted.records.actors.values()),
    }


def _credential_header(attempted: Attempted, actor: Actor) -> str:
    """The header that a known actor used, if it is one; else the first in which this actor can prove itself."""
    compiled, request = attempted.compiled, attempted.request
    if compiled.authenticate is not None:
        for name in sorted(credential_headers(compiled.contract) & request.headers.keys()):
            alone = {name: request.headers[name]}
            if compiled.authenticate(alone, "", attempted.records.known.by_credential) is not None:
                return name
    return credential_header(compiled.contract, compiled.operation, actor)


def _shown_value(value: Any, actors: Iterable[Actor], name: str = "") -> Any:
    """A value with its secrets named: what is an actor's own as "[password of admin]", any other as redacted."""
    if name and is_secret(name):
        for actor in actors:
            if value in actor.credentials.values() or value == actor.attributes.get(name, _NOTHING):
                return f"[{name} of {actor.name}]"
            own = {_plain(key): held for key, held in actor.attributes.items()}
            if own.get(_plain(name), _NOTHING) == value:
                return f"[{name} of {actor.name}]"
        return HIDDEN
    if isinstance(value, dict):
        return {key: _shown_value(member, actors, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_shown_value(item, actors) for item in value]
    return value
