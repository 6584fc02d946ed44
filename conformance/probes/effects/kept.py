"""What a write must leave alone: the rest of the record, whatever state it is in, and other records."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.effects.writing import Unreadable, Writer, needed, served, writing
from conformance.target.errors import WriteForbidden
from specs.contract import Contract, LeftAlone, Operation


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation that says what it leaves alone: one plain request to each record that it takes."""
    for operation, alone in writing(contract):
        yield Probe(
            name="the rest stays",
            operation=operation.id,
            serves=served(operation, alone),
            run=_plain(operation, alone),
            needs=needed(operation),
            most=(12 * (1 + len(alone.also)), 0),
        )


def _plain(operation: Operation, alone: LeftAlone) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        for role in ("", *alone.also):
            if role and role not in ctx.target.api.records:
                continue
            try:
                writer = Writer(ctx, operation, role)
                writer.write(writer.plain(), (), f"a request about {role or 'a record'}")
                writer.others_kept()
            except Unreadable:
                continue
            except WriteForbidden:
                # What this one record does not allow, the others may.
                if not role:
                    raise

    return run
