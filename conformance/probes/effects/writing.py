"""One record, written again and again: each write is read back, and everything it did not speak of is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from conformance.checks.judgement import brief
from conformance.probes.context import ProbeContext
from conformance.probes.effects.comparing import changed, comparable, entry, found
from conformance.probes.effects.least import about, holds, least, put, sent
from conformance.probes.effects.values import fit, is_text
from conformance.rollback.inverses import INVERSES, NotRead
from conformance.target.drafting import Draft, Member, body_members, evaluate, roles
from conformance.target.errors import WriteForbidden
from conformance.target.exchange import Exchange
from specs.contract import Contract, LeftAlone, Operation
from specs.flaws import UnknownName
from specs.references import at, split
from specs.roles import kind_of
from specs.shortening import listed

Values = Mapping[str, Any]
"""What a request sends beside what it must: the value of each member, by the member's JSON pointer."""


class Unreadable(Exception):
    """The record cannot be read; that is judged where it is read, and nothing follows from it."""


def writing(contract: Contract) -> Iterator[tuple[Operation, LeftAlone]]:
    """The operations of which the contract says what they leave alone, if their records can be read."""
    if contract.api in INVERSES:
        for operation in contract.operations.values():
            if operation.leaves_alone is not None:
                yield operation, operation.leaves_alone


def needed(operation: Operation) -> tuple[str, ...]:
    """The records without which nothing can be written: the one that is changed, and those that must be named."""
    in_path = [parameter.role for parameter in operation.parameters if parameter.location == "path"]
    in_body = [member.role for member in body_members(operation, next(iter(operation.body), "")) if member.required]
    return tuple(role for role in roles(operation) if role in (*in_path, *in_body))


def speaking(operation: Operation, *keywords: str) -> tuple[str, ...]:
    """The statements that the members of a request carry under these keywords."""
    members = body_members(operation, next(iter(operation.body), ""))
    carried = (name for member in members for keyword in keywords for name in member.charges.get(keyword, ()))
    return tuple(dict.fromkeys(carried))


def served(operation: Operation, alone: LeftAlone, *keywords: str) -> tuple[str, ...]:
    """The statements that a plain request shows, and those that its members carry under these keywords."""
    kept = (name for ids in alone.members.values() for name in ids)
    effects = (*operation.effect, *speaking(operation, "effect", *keywords))
    return tuple(dict.fromkeys([*effects, *alone.done, *alone.record, *kept, *alone.others]))


class Writer:
    """
    Writes to one record and judges what becomes of it.

    A request holds what it must, with the values of the contract's example, and what `write` is given. Afterwards each
    member of it is shown as it was sent, and all the others as before. What no read has shown is not judged.
    """

    def __init__(self, ctx: ProbeContext, operation: Operation, role: str = "") -> None:
        assert operation.leaves_alone is not None, "only what `writing` gives is written"
        self.ctx, self.operation, self.alone = ctx, operation, operation.leaves_alone
        self.effect = operation.effect or self.alone.record
        self._inverse = INVERSES[ctx.contract.api]
        self._subject = roles(operation)[0]
        made = ctx.draft(operation.id)
        self.members = {member.pointer: member for member in body_members(operation, made.media)}
        id = ctx.record(role or self._subject)["id"]
        self._least = about(least(made, self.members), operation, self.members, self._subject, id)
        self._maintained = frozenset(ctx.target.api.maintained)
        self.id = str(id)
        self._writes: list[Exchange] = []
        self._moved: set[str] = set()
        self._other = self._neighbour()
        self._other_shown = self._read(self._other) if self._other else {}
        self._shown = self._read(self.id)
        # Both are readied before one is read again: on a broken server the one may change with the other.
        if any([self._readied(self._other, self._other_shown), self._readied(self.id, self._shown)]):
            self._other_shown = self._read(self._other) if self._other else {}
            self._shown = self._read(self.id)
        self._read_by = ctx.history[-1]
        self._showing = set(self._shown)

    def value(self, pointer: str) -> Any:
        """What the record shows now of a member of the request, comparable; None for what it does not show."""
        return self._value_in(self._shown, pointer)

    def charge(self, member: Member) -> tuple[str, ...]:
        """Who says that a value that is sent is the one that is stored."""
        return member.stored_by(self.effect, None, None)

    def plain(self) -> Values:
        """New values for the texts that must be sent, or for one that may be; none when there are no texts."""
        texts = {pointer: member for pointer, member in self.members.items() if is_text(member)}
        chosen = [pointer for pointer, member in texts.items() if member.required] or list(texts)[:1]
        return {pointer: self._new(texts[pointer]) for pointer in chosen}

    def write(
        self,
        values: Values,
        statements: Sequence[str],
        what: str,
        *,
        stored: Sequence[str] = (),
        may_refuse: bool = False,
    ) -> bool:
        """
        Promise that a request with these values is carried out, stores them and leaves the rest as it was.

        False when it was not carried out; what became of the record is judged, and decides nothing here.

        `statements` are charged when it is refused, `stored` when it stores a text trimmed or cut; otherwise the
        operation and its members say who is. With `may_refuse` a refusal is not judged. Raises `Unreadable`.
        """
        made = self._least
        # What must be sent is new each time: had other records the same, nobody would see that they got it too.
        required = {pointer: self._new(member) for pointer, member in self.members.items() if self._is_required(member)}
        for pointer, value in {**required, **values}.items():
            made = put(made, pointer, value)
        made = self._current(self.ctx.without_obstacles(self.operation, made))
        if values and not any(holds(made, pointer) for pointer in values):
            # It could not be put back (`writes: reversible`).
            return True
        exchange = self.ctx.send(made, self.operation.id)
        if may_refuse and self.ctx.turned_down(exchange):
            return False
        if not self.ctx.accepted(statements or self.effect, exchange, what):
            return False
        self._writes.append(exchange)
        before, self._shown = self._shown, self._read_after(exchange)
        self._stored(made, before, {pointer: stored for pointer in values if stored})
        self._done(made)
        self._kept(made, before)
        return True

    def others_kept(self) -> None:
        """Promise that another record of the same kind is as it was before the first write."""
        if not self._other or not self._writes:
            return
        before, self._other_shown = self._other_shown, self._read(self._other)
        but = {"but": self.id}
        places = changed(comparable(before, **but), comparable(self._other_shown, **but), self._maintained)
        self.ctx.promise(
            self.alone.others,
            not places,
            self.ctx.history[-1],
            title="Another record changed too",
            received=f"{self._other}: {listed(places)}",
            documented=f"{self._other} as before",
            chain=self._writes[-3:],
        )

    def _readied(self, id: str, record: Mapping[str, Any]) -> bool:
        """
        Undo what the operation does by itself, if it is so already: closing shows nothing of a case that is closed.

        The lists of the record that is written to are left as they are, and so is one without the member.
        """
        undone = {**record}
        for place, due in self._set_by(self._least).items():
            _, name, *keys = place.split("/")
            if name not in record or not isinstance(due, bool):
                continue
            if not keys:
                undone[name] = not due
            elif isinstance(record[name], list) and id != self.id:
                others = [item for item in record[name] if entry(item.get("id")) != keys[0]]
                undone[name] = others if due else [*others, {"id": self._argument(keys[0])}]
        return self._mend(id, undone, record)

    def _mend(self, id: str, due: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
        """Make a record what it is due to be, and say whether that took a request."""
        if not changed(comparable(due), comparable(now), self._maintained):
            return False
        with suppress(LookupError, TypeError, AttributeError, UnknownName, WriteForbidden):
            self._inverse.mend(self.ctx.call, id, due, now)
        return True

    def _read(self, id: str) -> dict[str, Any]:
        try:
            return dict(self._inverse.read(self.ctx.call, [id])[id])
        except NotRead as error:
            raise Unreadable(str(error)) from None

    def _read_after(self, exchange: Exchange) -> dict[str, Any]:
        try:
            shown = self._read(self.id)
        except Unreadable as error:
            read = self.ctx.history[-1]
            title, documented = "Written, but cannot be read back", "the record"
            self.ctx.promise(
                self.effect, False, read, title=title, received=str(error), documented=documented, chain=[exchange]
            )
            raise
        self._read_by = self.ctx.history[-1]
        self._showing |= set(shown)
        return shown

    def _stored(self, made: Draft, before: Mapping[str, Any], charged: Mapping[str, Sequence[str]]) -> None:
        """Judge each member that was sent; `charged` says by whom, where it is not the member itself."""
        for pointer, member in self.members.items():
            if not self._is_value(member, made) or self._place(pointer)[0] not in self._showing:
                continue
            due, shown = comparable(sent(made, pointer)), self.value(pointer)
            if isinstance(due, dict):
                # A list of ids; the record shows what they name.
                due, shown = sorted(due), sorted(shown) if isinstance(shown, dict) else shown
            stayed = shown == self._value_in(before, pointer)
            lost = due != shown and stayed
            narrow = charged.get(pointer) if due == shown or _trimmed_or_cut(due, shown) else ()
            statements = narrow or self._charged(member, due, shown, lost=lost)
            title = f"Not stored as sent: {pointer}"
            self._promise(statements, due == shown, title, shown, due, in_bytes=member.in_bytes)
            if not stayed:
                self._moved.add(pointer)

    def _charged(self, member: Member, due: Any, shown: Any, *, lost: bool) -> tuple[str, ...]:
        """
        Who says that a value is stored as it was sent.

        Where another spelling may be honest, the contract has the keyword `lost` for a value that stayed what it was.
        One listed value in place of another is no spelling of it, and where other values were stored, what admits this
        one is broken as well.
        """
        charged = member.charges.get("lost") if lost else None
        charged = charged or member.stored_by(self.effect, due, shown)
        if member.pointer in self._moved if lost else shown in member.schema.get("enum", ()):
            charged = (*charged, *member.charges.get("enum", ()), *member.charges.get("format", ()))
        return tuple(dict.fromkeys(charged))

    def _done(self, made: Draft) -> None:
        """Judge what the operation sets without being sent a value for it."""
        record = comparable(self._shown)
        for place, due in self._set_by(made).items():
            if due is not None and place.split("/")[1] in self._showing:
                shown = found(record, place)
                shown = shown is not None if place.endswith("]") else shown
                self._promise(self.alone.done or self.effect, shown == due, f"Not done: {place}", shown, due)

    def _kept(self, made: Draft, before: Mapping[str, Any]) -> None:
        """Judge each member of the record that the request did not speak of."""
        body = sent(made, self.alone.within) if self.alone.within else made.body
        touched = (*(f"/{name}" for name in body or ()), *self._set_by(made))
        first = comparable(before)
        lost: dict[tuple[str, ...], list[str]] = {}
        for place in changed(first, comparable(self._shown), self._maintained):
            if not _below(place, touched):
                lost.setdefault(self.alone.kept_by(place.split("/")[1]), []).append(place)
        kept = {
            self.alone.kept_by(name)
            for name, value in first.items()
            if value is not None and name not in self._maintained and not _below(f"/{name}", touched)
        }
        for statements in sorted(kept - lost.keys()):
            self._promise(statements, True, "", None, None)
        for statements, places in lost.items():
            were = {place: found(first, place) for place in places[:3]}
            now = {place: found(comparable(self._shown), place) for place in were}
            self._promise(statements, False, "Changed without being sent", now, were)

    def _promise(
        self,
        statements: Sequence[str],
        held: bool,
        title: str,
        received: Any,
        documented: Any,
        *,
        in_bytes: bool = False,
    ) -> None:
        self.ctx.promise(
            statements,
            held,
            self._read_by,
            title=title,
            received=brief(received, 160, in_bytes=in_bytes),
            documented=brief(documented, 160, in_bytes=in_bytes),
            chain=self._writes[-1:],
        )

    def _new(self, member: Member) -> str:
        return fit(f"Casepact {self.ctx.random.randrange(10**9)}", member)

    def _is_required(self, member: Member) -> bool:
        return member.required and is_text(member)

    def _is_value(self, member: Member, made: Draft) -> bool:
        """Whether a member was sent to be stored: not to say which record, nor to hold others."""
        if "x-current" in member.schema or member.role == self._subject or not holds(made, member.pointer):
            return False
        return not isinstance(sent(made, member.pointer), dict)

    def _set_by(self, made: Draft) -> dict[str, Any]:
        """The places of the record that the operation sets by itself, and what they hold then."""
        names = {name: entry(value) for name, value in _arguments(made).items()}
        return {place.format_map(names): due for place, due in self.alone.sets.items()}

    def _argument(self, key: str) -> Any:
        """The argument that names the entry of a list."""
        return next(value for value in _arguments(self._least).values() if entry(value) == key)

    def _current(self, made: Draft) -> Draft:
        """The request with what the record shows now, where the contract asks for that (`x-current`)."""
        for pointer, member in self.members.items():
            if "x-current" in member.schema and holds(made, pointer):
                value = evaluate(member.schema["x-current"]["value"], made.path, made.body, self._read_by.value)
                made = made.with_member(pointer, value)
        return made

    def _neighbour(self) -> str:
        """Another known record of the same kind; empty when there is none."""
        kind, records = kind_of(self._subject), self.ctx.target.api.records
        names = [f"{kind}.other", *(role for role in records if kind_of(role) == kind)]
        ids = (str(records[role]["id"]) for role in names if role in records)
        return next((id for id in ids if id != self.id), "")

    def _value_in(self, record: Mapping[str, Any], pointer: str) -> Any:
        try:
            return comparable(at(record, self._place(pointer)))
        except LookupError:
            return None

    def _place(self, pointer: str) -> tuple[str, ...]:
        return tuple(split(pointer.removeprefix(self.alone.within)))


def _arguments(made: Draft) -> dict[str, Any]:
    """What a request names in its path and at the top of its body."""
    named = {**made.path, **(made.body if isinstance(made.body, dict) else {})}
    return {name: value for name, value in named.items() if not isinstance(value, dict | list)}


def _below(place: str, places: Sequence[str]) -> bool:
    return any(place == other or place.startswith(f"{other}/") for other in places)


def _trimmed_or_cut(due: Any, shown: Any) -> bool:
    return isinstance(shown, str) and (shown.strip() == due.strip() or due.startswith(shown))
