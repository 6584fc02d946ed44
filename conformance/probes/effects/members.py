"""Each member of a request on its own: to every value, in every form, beside nothing but what must be sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.effects.comparing import comparable
from conformance.probes.effects.values import is_text, values_of
from conformance.probes.effects.writing import Unreadable, Writer, needed, served, writing
from conformance.target.drafting import Member, body_members
from specs.contract import Contract, Operation


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation with members that may be left out: every one of them alone."""
    for operation, alone in writing(contract):
        members = body_members(operation, next(iter(operation.body), ""))
        if any(not member.required for member in members):
            yield Probe(
                name="each member alone",
                operation=operation.id,
                serves=served(operation, alone, "type", "enum", "format", "anyOf"),
                run=_alone(operation),
                needs=needed(operation),
                most=(90, 0),
                usual=(40, 0),
            )


def _alone(operation: Operation) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        try:
            writer = Writer(ctx, operation)
            # Texts first, so that they are there to be lost when other members are written.
            for pointer, member in sorted(writer.members.items(), key=lambda item: not is_text(item[1])):
                if pointer != writer.alone.within:
                    _tried(ctx, writer, pointer, member)
            writer.others_kept()
        except Unreadable:
            return

    return run


def _tried(ctx: ProbeContext, writer: Writer, pointer: str, member: Member) -> None:
    """Every value; the one that the record has already comes last, when it is another one again."""
    values, now = list(values_of(ctx, member)), writer.value(pointer)
    values.sort(key=lambda value: comparable(value[0]) == now)
    if len(values) == 1 and comparable(values[0][0]) == now:
        return
    for value, keyword in values:
        statements = member.charges.get(keyword) or writer.charge(member)
        what = f"{pointer[1:]} {value!r} beside nothing else"
        if not writer.write({pointer: value}, statements, what):
            return
