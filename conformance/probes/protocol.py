"""What HTTP itself asks of every server: unknown paths and methods, media types, sizes, bytes that are not text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from conformance.checks import media
from conformance.checks.judgement import broken, kept
from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import roles
from conformance.target.exchange import Exchange, Request
from conformance.target.request_parts import RequestParts
from specs.contract import Contract, Operation
from specs.derived_ledger import is_json

UNREADABLE = (b"{", b'{"a": "\xff\xfe"}', b"[" * 5000, b'{"a": NaN}', b"\x00\x01")


def probes(contract: Contract) -> Iterator[Probe]:
    """The HTTP probes of one API, on its documented operations."""
    first = contract.documented()[0]
    yield Probe("unknown path", first.id, ("HTTP-01",), _unknown_path, writes=False)
    for operation in contract.operations.values():
        if operation.asks_for_credential:
            statement = operation.refusals["unauthenticated"].statement
            yield Probe(
                "request without a credential",
                operation.id,
                (statement,),
                _nobody(operation, statement),
                roles(operation),
                unauthorized=True,
            )
        shared = {item.method for item in contract.operations.values() if item.path == operation.path}
        if operation.refusals["method"].status == 405 and "GET" not in shared:
            yield Probe(
                "method that the path does not have",
                operation.id,
                ("HTTP-02",),
                _wrong_method(operation),
                roles(operation),
            )
        yield Probe(
            "Accept without a documented type", operation.id, ("HTTP-05",), _accept(operation), roles(operation)
        )
        if operation.body:
            media = next(iter(operation.body))
            if operation.refusals["media-type"].status == 415:
                yield Probe(
                    "body of an undocumented type", operation.id, ("HTTP-03",), _media_type(operation), roles(operation)
                )
            if contract.dialect.modelled or is_json(media):
                # To a body of another type, in a document that nobody modelled, these bytes may be readable.
                yield Probe(
                    "body that cannot be read",
                    operation.id,
                    ("HTTP-06", "HTTP-08"),
                    _unreadable(operation, media),
                    roles(operation),
                    usual=(6, 0),
                )
            yield Probe(
                "body of 2 MiB", operation.id, ("HTTP-04", "HTTP-08"), _large(operation, media), roles(operation)
            )


def _unknown_path(ctx: ProbeContext) -> None:
    request = Request("GET", f"{ctx.target.api.url}/casepact-no-such-path", ())
    exchange = Exchange("no operation", request, ctx.target.send(request, ctx.world))
    _status(ctx, exchange, "HTTP-01", "Unknown path", "404", exchange.response.status == 404)


def _nobody(operation: Operation, statement: str) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        exchange = ctx.send(ctx.draft(operation.id), operation.id, actor=None)
        ctx.refused([statement], exchange, "a request without a credential")

    return run


def _wrong_method(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        path = operation.path
        for name, value in made.path.items():
            path = path.replace(f"{{{name}}}", str(value))
        # A safe method, so that a server which has it after all changes nothing.
        method = "GET"
        credentials = ctx.target.credentials.of(operation, ctx.contract.default_actor)
        request = Request(
            method,
            ctx.target.api.url + path,
            credentials.headers if credentials else (),
            secrets=credentials.shown if credentials else {},
        )
        exchange = Exchange(operation.id, request, ctx.target.send(request, ctx.world))
        allowed = {item.strip() for item in exchange.response.header("allow").split(",")}
        held = exchange.response.status == 405 and operation.method in allowed and method not in allowed
        received = f"{exchange.response.status}, Allow: {exchange.response.header('allow') or 'none'}"
        _status(
            ctx,
            exchange,
            "HTTP-02",
            f"{method} on a path without it",
            f"405, Allow: {operation.method}",
            held,
            received,
        )

    return run


def _accept(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        parts = RequestParts(path=made.path, query=made.query, headers=made.headers, media=made.media, body=made.body)
        picky = replace(parts, headers={**made.headers, "Accept": "image/png"})
        exchange = ctx.target.exchange(operation, picky, world=ctx.world)
        carried_out = 200 <= exchange.response.status < 300
        # Another status in place of the documented one is the business of the check of statuses.
        response = operation.responses.get(exchange.response.status, operation.responses[operation.success_status()])
        shown = exchange.response.media
        represented = shown in response.content or not (shown or response.content)
        held = exchange.response.status == 406 or (carried_out and represented)
        if carried_out and not held and (wrong := media.check(ctx.contract, operation, exchange)):
            first = wrong[0]
            also = broken(["HTTP-05"], first.check, first.title, first.received, f"406, or {first.documented}")
            ctx.note([*wrong, *also], exchange)
            return
        if not held and 400 <= exchange.response.status < 500:
            # What is refused in the same way without Accept was not refused for it.
            plain = ctx.target.exchange(operation, parts, world=ctx.world)
            if plain.response.status == exchange.response.status:
                return
        _status(ctx, exchange, "HTTP-05", "Accept: image/png", "406, or a documented representation", held)

    return run


def _media_type(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        headers = {**made.headers, "Content-Type": "text/plain"}
        exchange = ctx.call(operation.id, path=made.path, query=made.query, raw=b"some text", headers=headers)
        _status(ctx, exchange, "HTTP-03", "Body of type text/plain", "415", exchange.response.status == 415)

    return run


def _unreadable(operation: Operation, media: str) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        for body in UNREADABLE:
            exchange = ctx.call(
                operation.id, path=made.path, query=made.query, headers=made.headers, raw=body, media=media
            )
            held = 400 <= exchange.response.status < 500 or (
                200 <= exchange.response.status < 300
                and not operation.succeeded(exchange.response.status, exchange.value)
            )
            _status(ctx, exchange, "HTTP-06", "Body that cannot be read", "a 4xx", held)

    return run


def _large(operation: Operation, media: str) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        large = b'{"a": "' + b"x" * 2**21 + b'"}'
        exchange = ctx.call(
            operation.id, path=made.path, query=made.query, headers=made.headers, raw=large, media=media
        )
        held = 400 <= exchange.response.status < 500 or operation.succeeded(exchange.response.status, exchange.value)
        _status(ctx, exchange, "HTTP-04", "Body of 2 MiB", "413, or an ordinary answer", held)

    return run


def _status(
    ctx: ProbeContext, exchange: Exchange, statement: str, what: str, documented: str, held: bool, received: str = ""
) -> None:
    status = exchange.response.status
    shown = received or str(status)
    against = broken([statement], "protocol", what, shown, documented, status=status)
    ctx.note(kept([statement], "protocol") if held else against, exchange)
