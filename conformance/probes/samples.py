"""The requests that the vendors' pages print."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.bench import Bench, Probe
from conformance.drafting import Draft, roles, sample_roles
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


def _shown(operation: Operation, sample: Sample) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        made = bench.draft(operation.id, sample)
        exchange = bench.send(
            made, operation.id, query=sample.query, headers=dict(sample.headers), actor=sample.actor or ""
        )
        what = f"the request as the page prints it ({sample.name})"
        charged = (
            () if operation.succeeded(exchange.response.status, exchange.value) else _at_fault(bench, made, sample)
        )
        if bench.accepted(sample.statements, exchange, what, printed=True, charged=charged):
            bench.read_back(exchange)

    def _at_fault(bench: Bench, made: Draft, sample: Sample) -> tuple[str, ...]:
        """What the page says of the one member without which the request is carried out, or that it consists of."""
        ledger, body = bench.contract.ledger, made.body if isinstance(made.body, dict) else {}
        for name in body:
            about = tuple(id for id in sample.statements if ledger[id].about == f"body {name}")
            if len(body) == 1:
                whole = (id for id in sample.statements if ledger[id].about == "body")
                return tuple(dict.fromkeys([*sample.statements[:1], *whole, *about]))
            if about and bench.carries_out(operation, made.without_member(f"/{name}")):
                return about
        return ()

    return run
