"""Requests that a foreign document gives rise to: its examples, what it just allows, what it does not allow."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from conformance.checks.judgement import broken, kept
from conformance.probes.context import PROMISE, Probe, ProbeContext
from conformance.probes.derived_drafts import (
    example_drafts,
    with_parameter,
    without_parameter,
)
from conformance.target.drafting import Draft
from conformance.target.exchange import Exchange
from conformance.target.needs import UnmetNeed
from specs.contract import Contract, Media, Operation, Parameter
from specs.derived_ledger import is_json
from specs.formats import FORMATS_OF_OPENAPI, INTEGER_FORMATS, is_of_openapi
from specs.references import at
from specs.schema import SchemaView
from specs.shortening import shorten
from specs.statements import WHOLE, Refusal, Side
from specs.validation import Schema, SchemaFlaw

UNWELCOME = (400, 422)
"""What says that a request is not valid (RFC 9110 sections 15.5.1 and 15.5.21); others say that it does not fit now."""
LONGEST = 4000
"""The longest text that is tried: a longer one may be refused for the length of its request."""
_DEEPEST = 3
_MOST = 40
_ODD = "casepact-odd"

Value = tuple[str, Any]
"""What is tried, in words that hold no drawn value, and the value."""


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation of a document that comes with no ledger of its own: valid requests, and one probe a part."""
    if contract.dialect.modelled:
        return
    for operation in sorted(contract.operations.values(), key=lambda item: item.method == "DELETE"):
        yield Probe("valid requests", operation.id, _answers(contract, operation), _valid(operation), most=(40, 0))
        for parameter in operation.parameters:
            yield Probe(
                f"{parameter.location} {parameter.name}",
                operation.id,
                parameter.charges[WHOLE],
                _parameter(operation, parameter),
                most=(_MOST, 0),
            )
        for media in operation.body.values():
            if is_json(media.name) and media.schema is not None:
                yield Probe(
                    f"body of {media.name}",
                    operation.id,
                    media.charges[WHOLE],
                    _body(operation, media, media.schema),
                    most=(2 * _MOST, 0),
                )


def is_promised(flaw: SchemaFlaw) -> bool:
    """
    Whether a flaw of a request is one that whoever refuses invalid requests must see.

    A format that OpenAPI does not define is open to the server, and so are the bounds of an integer's format.
    """
    if flaw.keyword == "format":
        return is_of_openapi(flaw.message)
    if flaw.keyword in ("minimum", "maximum"):
        return not any(flaw.message.endswith(f" {bound}") for bounds in INTEGER_FORMATS.values() for bound in bounds)
    return True


def odd_parts(operation: Operation, exchange: Exchange) -> Mapping[str, SchemaFlaw]:
    """
    Of a request that somebody drew, the flaw that the server had to see, by the statement of the part that has it.

    Texts of parameters can be read in more than one way, so only bodies of JSON are looked at; and of those no member
    that is only read, which a server may ignore (JSON Schema 2020-12 Validation, section 9.4).
    """
    media = operation.body.get(exchange.request.media)
    if media is None or media.schema is None or not is_json(media.name) or not exchange.request.body:
        return {}
    try:
        body = orjson.loads(exchange.request.body)
    except orjson.JSONDecodeError:
        return {}
    body = _without_read_only(media.schema.view, body)
    found = [flaw for flaw in media.schema.flaws(body) if is_promised(flaw)]
    return {media.charges[WHOLE][0]: found[0]} if found else {}


def _answers(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """The statements about what an operation answers, whatever it is asked."""
    about = (statement for statement in contract.ledger.statements.values() if statement.about == operation.id)
    own = (f"{operation.id}/status", f"{operation.id}/refusals", f"{operation.id}/accepts", f"{operation.id}/formats")
    return tuple(item.id for item in about if item.id in own or item.id.startswith(f"{operation.id}/response/"))


def _valid(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        _accepted(ctx, operation, ctx.send(made, operation.id))
        for media in list(operation.responses[operation.success_status()].content)[1:4]:
            ctx.send(replace(made, headers={**made.headers, "Accept": media}), operation.id)
        for name, shown in example_drafts(operation, ctx.derived):
            exchange = ctx.send(shown, operation.id)
            _accepted(ctx, operation, exchange, f"the document's example '{name}'")
        whole = made
        for parameter in operation.parameters:
            if not parameter.required:
                try:
                    whole = with_parameter(whole, parameter, ctx.derived.value(operation, parameter))
                except UnmetNeed:
                    continue
        if whole != made:
            ctx.send(whole, operation.id)

    return run


def _accepted(ctx: ProbeContext, operation: Operation, exchange: Exchange, what: str = "") -> bool:
    """
    Note that a request was carried out, or that one which the document shows was called invalid.

    Any other refusal may be right: the record is not there, or what is there does not fit the request.
    """
    ctx.expected.add(operation.id)
    status = exchange.response.status
    statement = [f"{operation.id}/accepts"]
    if 200 <= status < 300:
        ctx.note(kept(statement, PROMISE), exchange)
    elif status in UNWELCOME and what:
        received = f"{status} {shorten(exchange.response.body.decode('utf-8', 'replace'), 120)}"
        documented = str(operation.success_status())
        ctx.note(broken(statement, PROMISE, f"Refused: {what}", received, documented, status=status), exchange)
    return 200 <= status < 300


def _parameter(operation: Operation, parameter: Parameter) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        tries: list[tuple[str, Draft]] = []
        if parameter.required and (left := without_parameter(made, parameter)) != made:
            tries.append(("left out", left))
        tries += [(what, with_parameter(made, parameter, value)) for what, value in _odd_texts(parameter)]
        good = [(what, with_parameter(made, parameter, value)) for what, value in _limits(parameter.schema)]
        name = f"{parameter.name} in {parameter.location}"
        _tried(
            ctx, operation, parameter.charges[WHOLE], made, name, tries, good if parameter.location != "path" else []
        )

    return run


def _body(operation: Operation, media: Media, schema: Schema) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        if made.media != media.name:
            shown = next(
                (draft for _, draft in example_drafts(operation, ctx.derived) if draft.media == media.name), None
            )
            if shown is None:
                raise UnmetNeed(f"needs an example of a body of {media.name}")
            made = shown
        tries = [
            (what, replace(made, body=value))
            for what, value in _odd_bodies(schema, made.body)
            if any(is_promised(flaw) for flaw in schema.flaws(value))
        ]
        if operation.body_required:
            tries.append(("left out", replace(made, media="", body=None)))
        good = [
            (what, replace(made, body=value))
            for what, value in _good_bodies(schema.view, made.body)
            if schema.is_valid(value)
        ]
        _tried(ctx, operation, media.charges[WHOLE], made, "the body", tries[:_MOST], good[: _MOST // 2])

    return run


def _tried(
    ctx: ProbeContext,
    operation: Operation,
    statements: Sequence[str],
    made: Draft,
    part: str,
    odd: Sequence[tuple[str, Draft]],
    good: Sequence[tuple[str, Draft]],
) -> None:
    """
    Send what the document does not allow, then the ordinary request, then what it allows at its limits.

    That something was refused is evidence only where the ordinary request is carried out; and only there is it worth a
    note that something allowed was not.
    """
    refused: list[Exchange] = []
    promised = all(ctx.contract.ledger[name].refusal is Refusal.PROMISED for name in statements)
    for what, draft in odd:
        exchange = ctx.send(draft, operation.id)
        if 200 <= exchange.response.status < 300:
            ctx.promise(
                statements,
                False,
                exchange,
                title=f"Accepted: {part} {what}",
                received=f"{exchange.response.status}",
                documented="a refusal, as 400",
                side=Side.REFUSE,
            )
            if not promised:
                # One note is enough for what nobody promised.
                break
        elif 400 <= exchange.response.status < 500:
            refused.append(exchange)
    ordinary = _accepted(ctx, operation, ctx.send(made, operation.id))
    for exchange in refused if ordinary else ():
        ctx.note(kept(statements, PROMISE, Side.REFUSE), exchange)
    for what, draft in good:
        exchange = ctx.send(draft, operation.id)
        if _accepted(ctx, operation, exchange, f"{part} {what}" if ordinary else ""):
            ctx.note(kept(statements, PROMISE), exchange)


def _odd_texts(parameter: Parameter) -> Iterator[Value]:
    """Values of a parameter that its schema does not allow, however the text on the wire is read."""
    schema = parameter.schema
    inner = schema.view.items() if schema.view.kind() == "array" else schema.view
    if parameter.media or parameter.location == "cookie" or inner.kind() in ("object", "array", ""):
        return
    for what, value in _odd_scalars(inner, texts_only=True):
        if value == "":
            # Nothing says whether an empty text is a value, or none.
            continue
        whole = [value] if schema.view.kind() == "array" else value
        if any(is_promised(flaw) for flaw in schema.flaws(whole)):
            yield what, whole


def _limits(schema: Schema) -> Iterator[Value]:
    """Values of a schema without members that are just allowed."""
    for what, value in _good_scalars(schema.view):
        if schema.is_valid(value) and value != "":
            yield what, value


def _odd_scalars(view: SchemaView, *, texts_only: bool = False) -> Iterator[Value]:
    kind = view.kind()
    low, high = view.says("minimum"), view.says("maximum")
    if kind in ("integer", "number"):
        yield "that is not a number", _ODD
        if low is not None:
            yield "below its minimum", low - 1
        if high is not None:
            yield "above its maximum", high + 1
        if kind == "integer":
            yield "with a fraction", (low or 0) + 0.5
    elif kind == "boolean":
        yield "that is no boolean", _ODD
    elif kind == "string":
        least, most = view.says("minLength") or 0, view.says("maxLength")
        if values := view.says("enum"):
            yield "that is not listed", _ODD
            near = str(values[0]) + "x"
            if near not in values:
                yield "that is nearly listed", near
        if least:
            yield "that is too short", "a" * (least - 1)
        if most is not None and most < LONGEST:
            yield "that is too long", "a" * (most + 1)
        if view.says("format") in FORMATS_OF_OPENAPI:
            yield "in another format", _ODD + "!"
        if view.says("pattern"):
            yield "that does not match its pattern", "\u00a4 casepact \u00a4" if not texts_only else _ODD + "~"
        if not texts_only:
            yield "that is not a string", {"casepact": "odd"}
    elif kind in ("array", "object") and not texts_only:
        yield f"that is no {kind}", _ODD
    if kind and not view.nullable and not texts_only:
        yield "that is null", None


def _good_scalars(view: SchemaView) -> Iterator[Value]:
    kind = view.kind()
    if values := view.says("enum"):
        for number, value in enumerate(values[:10]):
            if value is not None:
                yield f"that is value {number + 1} of its list", value
    elif kind in ("integer", "number"):
        for what, keyword in (("at its minimum", "minimum"), ("at its maximum", "maximum")):
            bound = view.says(keyword)
            if bound is not None and bound not in {b for bounds in INTEGER_FORMATS.values() for b in bounds}:
                yield what, bound
    elif kind == "boolean":
        yield "that is true", True
        yield "that is false", False
    elif kind == "string" and not view.says("pattern") and not view.says("format"):
        least, most = view.says("minLength") or 1, view.says("maxLength")
        if most is not None and most <= LONGEST:
            yield "of its greatest length", "a" * most
        if view.says("minLength"):
            yield "of its least length", "a" * least


def _odd_bodies(schema: Schema, body: Any) -> Iterator[Value]:
    """Bodies that differ from a valid one in one thing that the schema does not allow."""
    if (kind := schema.view.kind()) in ("object", "array"):
        yield f"that is no {kind}", _ODD if kind == "array" else [_ODD]
    for pointer, view, required in _members(schema.view, body, ()):
        name = "/".join(map(str, pointer))
        if required:
            yield f"without {name}", _without(body, pointer)
        for what, value in _odd_scalars(view):
            yield f"with {name} {what}", _with(body, pointer, value)


def _good_bodies(view: SchemaView, body: Any) -> Iterator[Value]:
    for pointer, member, _ in _members(view, body, ()):
        for what, value in _good_scalars(member):
            yield f"with {'/'.join(map(str, pointer))} {what}", _with(body, pointer, value)


def _members(
    view: SchemaView, body: Any, pointer: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], SchemaView, bool]]:
    """The members that a request may hold, where the body holds their object; and whether they must be there."""
    if not isinstance(body, dict) or len(pointer) >= _DEEPEST:
        return
    required = {name for part in view.parts() for name in part.get("required") or ()}
    for name, member in view.members().items():
        if member.says("readOnly") is True:
            continue
        yield (*pointer, name), member, name in required and name in body
        if name in body:
            yield from _members(member, body[name], (*pointer, name))


def _without_read_only(view: SchemaView, value: Any) -> Any:
    if isinstance(value, list):
        return [_without_read_only(view.items(), item) for item in value]
    if not isinstance(value, dict):
        return value
    members = view.members()
    return {
        name: _without_read_only(members[name], member) if name in members else member
        for name, member in value.items()
        if name not in members or members[name].says("readOnly") is not True
    }


def _with(body: Any, pointer: tuple[str, ...], value: Any) -> Any:
    changed = copy.deepcopy(body)
    holder: dict[str, Any] = at(changed, pointer[:-1])
    holder[pointer[-1]] = value
    return changed


def _without(body: Any, pointer: tuple[str, ...]) -> Any:
    changed = copy.deepcopy(body)
    holder: dict[str, Any] = at(changed, pointer[:-1])
    holder.pop(pointer[-1], None)
    return changed
