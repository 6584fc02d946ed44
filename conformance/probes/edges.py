"""Both sides of every limit that a contract sets on a request: what is allowed works, what is not is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from conformance.checks.judgement import Judgement
from conformance.probes.context import Probe, ProbeContext
from conformance.probes.drawing import for_each, moments, other_types, text_of_bytes, text_of_length
from conformance.target.drafting import Draft, Member, body_members, filled, roles
from specs.contract import Contract, Operation, Parameter
from specs.statements import Refusal, Side

LETTERS = "abc XYZ019-'\"<&é界😀"
"""What texts are drawn from: characters of each length in UTF-8, and what is easily mistaken for markup."""
TRYING = "é界😀'\"<&"
"""The letters at which servers fail, in one text: a run that draws three values would hardly meet them all."""

_KNOWN, _CURRENT = "as the known record's", "as the server has it"
"""The names of probes that send no drawn value."""

Edge = tuple[Side, str, st.SearchStrategy[Any]]


class Instead(Enum):
    """What a request holds instead of a drawn value."""

    ABSENT = "nothing"
    KNOWN = "the id of the record that the target is known to have"


@dataclass(frozen=True, slots=True)
class _Limit:
    """One keyword of one member with the statements behind it."""

    operation: Operation
    member: Member
    media: str
    keyword: str
    statements: tuple[str, ...]


def probes(contract: Contract) -> Iterator[Probe]:
    """A probe for each side of each limit that carries a statement; a side nobody spoke of is not asked for."""
    for operation in contract.documented():
        # The same members in another media type have the same limits; they are tried once.
        for media in tuple(operation.body)[:1]:
            for member in body_members(operation, media):
                for keyword, statements in member.charges.items():
                    if keyword in EDGES:
                        yield from _probes(contract, _Limit(operation, member, media, keyword, statements))
        for parameter in operation.parameters:
            if parameter.location == "path" and "type" in parameter.charges:
                yield from _path_probes(contract, operation, parameter)


def tries_each_member(contract: Contract, operation: Operation) -> bool:
    """Whether each member of an operation's body has a limit with probes of its own."""
    if operation.supporting:
        return not operation.body
    members = (member for media in tuple(operation.body)[:1] for member in body_members(operation, media))
    return all(
        any(
            list(_probes(contract, _Limit(operation, member, "", keyword, statements)))
            for keyword, statements in member.charges.items()
            if keyword in EDGES
        )
        for member in members
    )


def _probes(contract: Contract, limit: _Limit) -> Iterator[Probe]:
    for side, what, values in EDGES[limit.keyword](limit.member):
        statements = limit.statements
        if side is Side.REFUSE:
            statements = tuple(name for name in statements if contract.ledger[name].refusal is not Refusal.NONE)
        if statements:
            yield Probe(
                name=f"{limit.member.pointer[1:]}: {what}",
                operation=limit.operation.id,
                serves=statements,
                run=_tried(limit, side, what, values, statements),
                needs=roles(limit.operation),
                writes=limit.operation.writes,
                usual=_usual(limit, side, what),
            )


def _usual(limit: _Limit, side: Side, what: str) -> tuple[int, int]:
    """How many requests a probe of a limit sends while it finds nothing: what is accepted is read back."""
    if limit.keyword == "required" or what in (_KNOWN, _CURRENT):
        return (3, 0)
    return (0, 3) if side is Side.ACCEPT else (0, 2)


def _tried(
    limit: _Limit, side: Side, what: str, values: st.SearchStrategy[Any], statements: tuple[str, ...]
) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        def show(value: Any) -> bool:
            made = ctx.draft(limit.operation.id)
            made = Draft(made.path, limit.media, made.body)
            pointer = limit.member.pointer
            request = _changed(made, pointer, value)
            exchange = ctx.send(request, limit.operation.id)
            subject = f"{pointer[1:]} {what}"
            if side is Side.REFUSE:
                return ctx.refused(statements, exchange, subject)
            control = None
            if value is Instead.ABSENT:
                whole = filled(limit.operation, made, ctx.target.api.records, pointer)
                # Where no value is known for the member, there is nothing to compare with.
                control = whole if whole.body != request.body else None
            if not ctx.accepted(statements, exchange, subject, control=control):
                return False
            mark = len(ctx.judged)
            read = ctx.read_back(exchange)
            if not any(_under_test(judged.judgement, statements, pointer) for judged in ctx.judged[mark:]):
                return True
            ctx.unsettle(statements, read or exchange, "what its request held was not stored")
            return False

        for_each(ctx, values, show)

    return run


def _under_test(judgement: Judgement, statements: tuple[str, ...], pointer: str) -> bool:
    """Whether what a read-back broke is what the probe is about: its statements, or the member that it varies."""
    return not judgement.held and (judgement.statement in statements or judgement.member == pointer)


def _path_probes(contract: Contract, operation: Operation, parameter: Parameter) -> Iterator[Probe]:
    statements = tuple(name for name in parameter.charges["type"] if contract.ledger[name].refusal is not Refusal.NONE)
    if parameter.schema.view.kind() != "integer" or not statements:
        return

    def run(ctx: ProbeContext) -> None:
        made = ctx.draft(operation.id)
        words = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8) | st.sampled_from(
            ["12a", "1.5", "-"]
        )

        def show(word: str) -> bool:
            exchange = ctx.call(
                operation.id, path={**made.path, parameter.name: word}, media=made.media, body=made.body
            )
            return ctx.refused(statements, exchange, f"{parameter.name} that is not a number")

        for_each(ctx, words, show)

    yield Probe(
        name=f"{parameter.name}: no number",
        operation=operation.id,
        serves=statements,
        run=run,
        needs=roles(operation),
        writes=operation.writes,
        usual=(0, 1),
    )


def _type(member: Member) -> list[Edge]:
    declared = member.schema.get("type")
    kinds = declared if isinstance(declared, list) else [declared]
    if not declared or any(key in member.schema for key in ("anyOf", "oneOf")):
        return []
    edges: list[Edge] = [(Side.REFUSE, "of another type", other_types(*kinds))]
    if "string" in kinds and not member.role and "enum" not in member.schema and "format" not in member.schema:
        longest = min(member.schema.get("maxLength", 60), member.schema.get("x-max-bytes", 60))
        shortest = member.schema.get("minLength", 1)
        text = st.text(alphabet=LETTERS, min_size=max(1, shortest), max_size=max(1, longest // 4))
        edges.append((Side.ACCEPT, "as a text", text))
        if shortest <= len(TRYING) and len(TRYING.encode()) <= longest:
            edges.append((Side.ACCEPT, "with wide characters, quotes and markup", st.just(TRYING)))
    elif member.role:
        edges.append((Side.ACCEPT, _KNOWN, st.just(Instead.KNOWN)))
    return edges


def _required(member: Member) -> list[Edge]:
    return [(Side.REFUSE if member.required else Side.ACCEPT, "left out", st.just(Instead.ABSENT))]


def _enum(member: Member) -> list[Edge]:
    values = [value for value in member.schema["enum"] if isinstance(value, str)]
    near = {changed for value in values for changed in (value.swapcase(), f"{value} ", value[:-1], f"{value}s")}
    return [
        (Side.ACCEPT, "one of the listed values", st.sampled_from(values)),
        (Side.REFUSE, "a value that is not listed", st.sampled_from([*sorted(near - set(values)), "", "0"])),
    ]


def _max_length(member: Member) -> list[Edge]:
    if "x-max-bytes" in member.schema:
        return []
    limit = member.schema["maxLength"]
    edges: list[Edge] = [(Side.REFUSE, f"longer than {limit} characters", text_of_length(limit + 1))]
    if not member.role:
        edges.append((Side.ACCEPT, f"of {limit} characters", text_of_length(limit)))
    return edges


def _max_bytes(member: Member) -> list[Edge]:
    limit = member.schema["x-max-bytes"]
    # Wide characters make it longer in bytes than the limit while it is shorter in characters.
    edges: list[Edge] = [
        (Side.REFUSE, f"longer than {limit} bytes", text_of_bytes(limit + 1)),
        (Side.REFUSE, f"longer than {limit} bytes in fewer characters", text_of_bytes(limit + 3, (2, 3, 4))),
    ]
    if member.role:
        edges.append((Side.ACCEPT, _KNOWN, st.just(Instead.KNOWN)))
    else:
        edges.append((Side.ACCEPT, f"of {limit} bytes", text_of_bytes(limit)))
    return edges


def _min_length(member: Member) -> list[Edge]:
    return [(Side.REFUSE, "too short", st.just("a" * (member.schema["minLength"] - 1)))]


def _format(member: Member) -> list[Edge]:
    if member.schema["format"] not in FORMATS:
        return []
    right, wrong = FORMATS[member.schema["format"]]
    if member.role or "x-current" in member.schema:
        return [
            (Side.ACCEPT, _CURRENT, st.just(Instead.KNOWN)),
            (Side.REFUSE, "in another format", wrong),
        ]
    return [(Side.ACCEPT, "in the documented format", right), (Side.REFUSE, "in another format", wrong)]


def _changed(made: Draft, pointer: str, value: Any) -> Draft:
    if value is Instead.KNOWN:
        return made
    return made.without_member(pointer) if value is Instead.ABSENT else made.with_member(pointer, value)


EDGES: Mapping[str, Callable[[Member], list[Edge]]] = {
    "type": _type,
    "required": _required,
    "enum": _enum,
    "maxLength": _max_length,
    "x-max-bytes": _max_bytes,
    "minLength": _min_length,
    "format": _format,
}
"""How each keyword is tried, on both sides."""

FORMATS: Mapping[str, tuple[st.SearchStrategy[str], st.SearchStrategy[str]]] = {
    "space-date-time": (
        moments("%Y-%m-%d %H:%M:%S"),
        moments("%Y-%m-%dT%H:%M:%SZ")
        | moments("%d.%m.%Y %H:%M")
        | st.sampled_from(["2023-02-30 00:00:00", "2023-06-20 24:00:01", "2023-06-20", "soon", "", "2023-6-2 0:0:0"]),
    ),
    "date-time": (
        moments("%Y-%m-%dT%H:%M:%S.000Z"),
        moments("%d.%m.%Y %H:%M") | st.sampled_from(["2023-02-30T00:00:00Z", "2023-06-20", "soon"]),
    ),
}
"""Texts in each format, and texts that only look like it."""
