"""The requests that the vendors' pages print."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.bench import Bench, Probe
from conformance.drafting import roles, sample_roles
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
            )


def _shown(operation: Operation, sample: Sample) -> Callable[[Bench], None]:
    def run(bench: Bench) -> None:
        made = bench.draft(operation.id, sample)
        exchange = bench.send(
            made, operation.id, query=sample.query, headers=dict(sample.headers), actor=sample.actor or ""
        )
        if bench.accepted(sample.statements, exchange, f"the request as the page prints it ({sample.name})"):
            bench.read_back(exchange)

    return run
