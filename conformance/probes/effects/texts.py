"""What a text suffers on the way: it is read back as it was sent, and stays so when something else is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.effects.values import BLANKS, LONG, LONGEST, fit, is_text, long, texts
from conformance.probes.effects.writing import Unreadable, Writer, needed, served, speaking, writing
from conformance.target.drafting import body_members
from specs.contract import Contract, Operation


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation with texts: all of them at once, with what programs mistake, with blanks, and long."""
    for operation, alone in writing(contract):
        members = body_members(operation, next(iter(operation.body), ""))
        if any(is_text(member) for member in members):
            needs = needed(operation)
            yield Probe(
                "texts", operation.id, served(operation, alone), _worded(operation), needs, most=(40, 0), usual=(16, 0)
            )
            for name, keywords, run in (("blanks", tuple(BLANKS), _blanks), ("long", ("length",), _long)):
                if charged := speaking(operation, *keywords):
                    yield Probe(f"texts: {name}", operation.id, charged, run(operation), needs, most=(16, 0))


def _worded(operation: Operation) -> Callable[[ProbeContext], None]:
    def write(writer: Writer) -> None:
        members = {pointer: member for pointer, member in writer.members.items() if is_text(member)}
        waiting = {pointer: texts(member) for pointer, member in members.items()}
        for pointer, member in members.items():
            if "length" in member.charges:
                waiting[pointer].append(long(LONG))
        while any(waiting.values()):
            # What has no text left is not sent; it has to keep the one that it has.
            sent = {pointer: left.pop(0) for pointer, left in waiting.items() if left}
            if not writer.write(sent, (), f"texts of every kind: {', '.join(pointer[1:] for pointer in sent)}"):
                return
        plain = {pointer: fit("Casepact", member) for pointer, member in list(members.items())[:1]}
        writer.write(plain, (), "a plain text beside others")

    return _with_writer(operation, write)


def _blanks(operation: Operation) -> Callable[[ProbeContext], None]:
    def write(writer: Writer) -> None:
        for keyword, text in BLANKS.items():
            members = {pointer: member for pointer, member in writer.members.items() if keyword in member.charges}
            charged = tuple(dict.fromkeys(name for member in members.values() for name in member.charges[keyword]))
            if members:
                writer.write(dict.fromkeys(members, text), charged, f"texts with {keyword}", stored=charged)

    return _with_writer(operation, write)


def _long(operation: Operation) -> Callable[[ProbeContext], None]:
    def write(writer: Writer) -> None:
        for pointer, member in writer.members.items():
            if charged := member.charges.get("length"):
                what = f"{pointer[1:]} of {LONGEST} characters"
                writer.write({pointer: long(LONGEST)}, charged, what, stored=charged)

    return _with_writer(operation, write)


def _with_writer(operation: Operation, write: Callable[[Writer], None]) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        try:
            writer = Writer(ctx, operation)
            write(writer)
        except Unreadable:
            return

    return run
