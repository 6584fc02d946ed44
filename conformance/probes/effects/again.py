"""One write after another: the same again, another one to the same record, one to another record."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.effects.writing import Unreadable, Writer, needed, served, writing
from conformance.target.drafting import roles
from specs.contract import Contract, LeftAlone, Operation


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation that says what it leaves alone: several requests in a row."""
    for operation, alone in writing(contract):
        yield Probe(
            name="one after another",
            operation=operation.id,
            serves=tuple(dict.fromkeys([*served(operation, alone), *alone.again])),
            run=_in_a_row(operation, alone),
            needs=needed(operation),
            most=(30, 0),
            usual=(20, 0),
        )


def _in_a_row(operation: Operation, alone: LeftAlone) -> Callable[[ProbeContext], None]:
    other = f"{roles(operation)[0].partition('.')[0]}.other"

    def run(ctx: ProbeContext) -> None:
        try:
            writer = Writer(ctx, operation)
            values = writer.plain()
            if not writer.write(values, (), "a request"):
                return
            if alone.again:
                writer.write(values, alone.again, "the same request again")
            if values:
                writer.write(writer.plain(), (), "another request about the same record")
            if other in ctx.target.api.records:
                second = Writer(ctx, operation, other)
                # Whether the caller may change that record too is not known.
                second.write(second.plain(), (), "a request about another record", may_refuse=True)
                second.others_kept()
        except Unreadable:
            return

    return run
