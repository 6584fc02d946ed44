"""The requests that the vendors' pages print."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import Draft, roles, sample_roles
from specs.contract import Contract, Operation, Sample


def probes(contract: Contract) -> Iterator[Probe]:
    """One probe per printed request: it is carried out, and what it wrote can be read back."""
    for operation in contract.operations.values():
        for sample in operation.samples:
            yield Probe(
                name=f"sample {sample.name}",
                operation=operation.id,
                serves=sample.statements,
                run=_shown(operation, sample),
                needs=(*roles(operation), *sample_roles(sample)),
                writes=operation.writes,
                printed=True,
            )


def _shown(operation: Operation, sample: Sample) -> Callable[[ProbeContext], None]:
    first = sample is operation.samples[0]

    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id, sample)
        exchange = ctx.send(made, operation.id, **_beside(sample))
        done = operation.succeeded(exchange.response.status, exchange.value)
        charged = () if done else _at_fault(ctx, operation, made, sample)
        what = f"the request as the page prints it ({sample.name})"
        if ctx.accepted(sample.statements, exchange, what, printed=first, charged=charged):
            ctx.read_back(exchange)

    return run


def _beside(sample: Sample) -> dict[str, Any]:
    return {"query": sample.query, "headers": dict(sample.headers), "actor": sample.actor or ""}


def _at_fault(ctx: ProbeContext, operation: Operation, made: Draft, sample: Sample) -> tuple[str, ...]:
    """
    What the page says of the one header or member without which the request is carried out; empty where none is.

    Of a body with one member that is carried out as a text, and of none where an empty object is, what it says of the
    body.
    """
    ledger, body = ctx.contract.ledger, made.body if isinstance(made.body, dict) else {}
    beside = _beside(sample)

    def about(place: str) -> tuple[str, ...]:
        return tuple(id for id in sample.statements if ledger[id].about == place)

    for name in sample.headers:
        rest = {**beside, "headers": {**beside["headers"], name: None}}
        if about(f"header {name}") and ctx.carries_out(operation, made, **rest):
            return about(f"header {name}")
    if len(body) < 2 and about("body"):
        otherwise = Draft(made.path, made.media or "application/json", {name: str(body[name]) for name in body})
        if otherwise.body != body or (not body and made.body is None):
            return about("body") if ctx.carries_out(operation, otherwise, **beside) else ()
    for name in body if len(body) > 1 else ():
        if about(f"body {name}") and ctx.carries_out(operation, made.without_member(f"/{name}"), **beside):
            return about(f"body {name}")
    return ()
