"""What HTTP says of every server: HEAD, OPTIONS, charset, percent-encoding, the qualities of Accept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import Draft, roles
from conformance.target.exchange import Exchange
from conformance.target.request_parts import RequestParts
from specs.contract import Contract, Operation


def probes(contract: Contract) -> Iterator[Probe]:
    """
    The probes of one API.

    HEAD, OPTIONS and percent-encoding are asked of its first operation that only reads and names a record; the
    qualities of Accept where the vendor leaves the choice of a representation to it.
    """
    reading = [item for item in contract.operations.values() if not item.writes and roles(item)]
    for operation in reading[:1]:
        needs = roles(operation)
        yield Probe("HEAD", operation.id, ("HTTP-09", "HTTP-12"), _head(operation), needs, writes=False)
        yield Probe("OPTIONS", operation.id, ("HTTP-10",), _options(operation, contract), needs, writes=False)
        yield Probe("percent-encoding", operation.id, ("HTTP-13",), _encoded(operation), needs, writes=False)
    for operation in contract.operations.values():
        offered = tuple(operation.responses[operation.success_status()].content)
        if not operation.writes and len(offered) > 1 and not contract.suffixes:
            needs = roles(operation)
            yield Probe("q-values", operation.id, ("HTTP-14",), _qualities(operation, offered), needs, writes=False)
        if "application/json" in operation.body:
            yield Probe("charset", operation.id, ("HTTP-11",), _charset(operation), roles(operation))


def _head(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        get = ctx.call(operation.id, path=ctx.draft(operation.id).path)
        head = _unjudged(ctx, operation, method="HEAD")
        same = (head.response.status, head.response.media) == (get.response.status, get.response.media)
        ctx.promise(
            ["HTTP-09"],
            same and not head.response.body,
            head,
            title="HEAD is not answered as GET is",
            received=f"{head.response.status} {head.response.media}, {len(head.response.body)} bytes",
            documented=f"{get.response.status} {get.response.media}, no body",
            status=head.response.status if head.response.status != get.response.status else 0,
        )
        length = head.response.header("content-length")
        if same and length:
            ctx.promise(
                ["HTTP-12"],
                length == str(len(get.response.body)),
                head,
                title="HEAD has another length than GET",
                received=f"Content-Length: {length}",
                documented=f"Content-Length: {len(get.response.body)}, or none",
            )

    return run


def _options(operation: Operation, contract: Contract) -> Callable[[ProbeContext], None]:
    methods = {item.method for item in contract.operations.values() if item.path == operation.path}

    def run(ctx: ProbeContext) -> None:
        exchange = _unjudged(ctx, operation, method="OPTIONS")
        allowed = exchange.response.header("allow")
        if not 200 <= exchange.response.status < 300:
            return
        ctx.promise(
            ["HTTP-10"],
            methods <= {item.strip() for item in allowed.split(",")},
            exchange,
            title="OPTIONS leaves methods out",
            received=f"Allow: {allowed or 'none'}",
            documented=f"Allow with {', '.join(sorted(methods))}",
        )

    return run


def _encoded(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        plain = ctx.call(operation.id, path=made.path)
        path = operation.path
        for name, value in made.path.items():
            coded = "".join(
                f"%{ord(character):02X}" if character.isalnum() else quote(character) for character in str(value)
            )
            path = path.replace(f"{{{name}}}", coded)
        coded_one = ctx.target.exchange(operation, RequestParts(template=path), world=ctx.world)
        ctx.promise(
            ["HTTP-13"],
            coded_one.response.status == plain.response.status,
            coded_one,
            title="A percent-encoded id is another id",
            received=str(coded_one.response.status),
            documented=f"{plain.response.status}, as for the id as it stands",
            status=coded_one.response.status,
        )

    return run


def _qualities(operation: Operation, offered: tuple[str, ...]) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        path = ctx.draft(operation.id).path
        for wanted in offered:
            others = ", ".join(f"{media};q=0.2" for media in offered if media != wanted)
            exchange = ctx.call(operation.id, path=path, headers={"Accept": f"{others}, {wanted};q=0.9"})
            if 200 <= exchange.response.status < 300:
                ctx.promise(
                    ["HTTP-14"],
                    exchange.response.media == wanted,
                    exchange,
                    title="Another representation is preferred",
                    received=exchange.response.media,
                    documented=wanted,
                )

    return run


def _charset(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        exchange = ctx.call(
            operation.id,
            path=made.path,
            body=made.body,
            media="application/json",
            headers={"Content-Type": "application/json; charset=utf-8"},
        )
        if 400 <= exchange.response.status < 500:
            # What is refused in the same way without a charset was not refused for it.
            plain = ctx.send(Draft(made.path, "application/json", made.body), operation.id)
            if plain.response.status == exchange.response.status:
                return
        ctx.accepted(["HTTP-11"], exchange, "a body of application/json; charset=utf-8")

    return run


def _unjudged(ctx: ProbeContext, operation: Operation, method: str) -> Exchange:
    """An exchange that no contract documents, so no check judges it."""
    path = ctx.draft(operation.id).path
    return ctx.target.exchange(operation, RequestParts(method=method, path=path), world=ctx.world)
