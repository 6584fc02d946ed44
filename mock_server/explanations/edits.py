"""What can be changed in a refused request, and what each change costs."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import islice
from typing import Any

from mock_server.explanations.drafts import Attempted, Draft, example_bodies, media_of, plain_name, query_pair
from mock_server.operations.compiled import CompiledOperation
from mock_server.reply import Call, Refusal, Reply
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from mock_server.worlds.records import Actor
from specs.compiling import source_of
from specs.contract import Parameter
from specs.references import at, split
from specs.schema import SchemaView
from specs.validation import Schema

# What a change costs: the nearest request is the one whose changes cost least.
_MEMBER, _HEADER, _QUERY, _ACTOR, _PATH, _OPTIONAL = 1.0, 1.0, 1.0, 2.0, 2.5, 3.0
NEXT = 0.01
"""What each further choice in one place costs more than the one before."""
Choice = tuple[float, Draft]
"""A draft, and what the changes cost that led to it."""
_IDS = 8
"""Ids of records that are tried in one place, from each collection."""
_SEARCHED = 500
"""Ids of a collection that are compared with what was sent."""
_CLOSED = frozenset({"format", "enum", "const", "pattern", "anyOf", "oneOf"})
"""What says of a text that it is not an id."""
_NOTHING = object()


def edited(attempted: Attempted, draft: Draft, refusals: Sequence[Refusal]) -> Iterator[Choice]:
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


def _located(attempted: Attempted, draft: Draft, refusal: Refusal) -> Iterator[Choice]:
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
            yield _MEMBER + index * NEXT, replace(draft, body=body)


def _elsewhere(attempted: Attempted, draft: Draft) -> Iterator[Choice]:
    """Changes of whatever a rule may rest on: who asks, for which resource, with which options."""
    compiled = attempted.compiled
    for index, name in enumerate(dict.fromkeys(name for name, _ in draft.query)):
        query = tuple(pair for pair in draft.query if pair[0] != name)
        yield _QUERY + index * NEXT, replace(draft, query=query)
    actors = attempted.records.actors.values()
    if compiled.authenticate is not None:
        for index, actor in enumerate(actors):
            yield _ACTOR + index * NEXT, replace(draft, actor=actor)
    if isinstance(draft.body, dict):
        for index, body in enumerate(_with_attributes(actors, draft.body)):
            yield _ACTOR + index * NEXT, replace(draft, body=body)
        for index, name in enumerate(draft.body):
            rest = {key: value for key, value in draft.body.items() if key != name}
            yield _OPTIONAL + index * NEXT, replace(draft, body=rest)
    for parameter in compiled.operation.parameters:
        if parameter.location == "path":
            yield from _with_parameter(attempted, draft, parameter)


def _with_attributes(actors: Iterable[Actor], body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with an actor's name and secret in the members that are named so; who fits most of them first."""
    found = []
    for actor in actors:
        own = {plain_name(name): value for name, value in actor.attributes.items()}
        known = {name: own[plain_name(name)] for name in body if plain_name(name) in own}
        if known:
            found.append((sum(body[name] == value for name, value in known.items()), {**body, **known}))
    yield from (changed for _, changed in sorted(found, key=lambda item: -item[0]))


def _with_parameter(attempted: Attempted, draft: Draft, parameter: Parameter) -> Iterator[Choice]:
    """The draft with another value of a parameter; an optional one is left out first."""
    name, location = parameter.name, parameter.location
    if location == "path":
        for index, text in enumerate(_texts(attempted, parameter)):
            yield _PATH + index * NEXT, replace(draft, texts={**draft.texts, name: text})
    elif location == "query":
        rest = tuple(pair for pair in draft.query if pair[0] != name and not pair[0].startswith(f"{name}["))
        if not parameter.required:
            yield _QUERY, replace(draft, query=rest)
        for index, text in enumerate(_texts(attempted, parameter), 1):
            yield _QUERY + index * NEXT, replace(draft, query=(*rest, query_pair(name, text)))
    elif location == "header":
        kept = {key: value for key, value in draft.headers.items() if key != name.lower()}
        if not parameter.required:
            yield _HEADER, replace(draft, headers=kept)
        for index, text in enumerate(_texts(attempted, parameter), 1):
            yield _HEADER + index * NEXT, replace(draft, headers={**kept, name.lower(): text})


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


def _bodies(attempted: Attempted, draft: Draft, refusal: Refusal) -> Iterator[Any]:
    """The body of the draft with something else at the place of the refusal, the likeliest first."""
    compiled = attempted.compiled
    media = compiled.operation.body.get(media_of(compiled))
    if media is None or media.schema is None:
        return
    if not isinstance(draft.body, dict):
        yield from (copy.deepcopy(example) for example in (*example_bodies(compiled), {}))
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


def _replacements(attempted: Attempted, schema: Schema, parts: tuple[str, ...], draft: Draft) -> Iterator[Any]:
    """What may stand at this place: what is current, what examples have, what the schema allows, an id, nothing."""
    node, here = _node(schema, parts), _found(draft.body, parts)
    if node is not None and "x-current" in node:
        current = _current(node["x-current"], attempted, draft)
        if current is not _NOTHING:
            yield current
    for example in example_bodies(attempted.compiled):
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


def _current(current: Mapping[str, Any], attempted: Attempted, draft: Draft) -> Any:
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
