"""What a running probe works with: it sends, promises, and everything it saw is kept as evidence."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from conformance.checks import body, judge, status
from conformance.checks.judgement import Judged, Judgement, brief, broken, kept
from conformance.probes.derived_drafts import Source, derived_draft
from conformance.target.client import Target
from conformance.target.drafting import Draft, body_members, draft, evaluate, filled
from conformance.target.errors import BoundReached, CredentialMissing, WriteForbidden
from conformance.target.exchange import Exchange
from conformance.target.needs import Known, UnmetNeed
from conformance.target.request_parts import RequestParts
from conformance.target.settling import Settling
from specs.contract import Contract, Link, Operation, Sample
from specs.shortening import shorten
from specs.statements import Side

UNAVAILABLE = (502, 503, 504)
"""What is answered when a server cannot be reached or has too much to do (RFC 9110 sections 15.6.3 to 15.6.5)."""


class ProbeMistake(Exception):
    """A probe contradicts the contract; that is never the server's fault."""


PROMISE = "probe"
"""The check of what a probe itself promises."""


@dataclass(frozen=True, slots=True)
class Probe:
    """
    Requests that show whether statements are kept.

    `needs` names records by role (`case.open`), actors as `actor:NAME`, what an actor must have as
    `actor:NAME.ENTRY`, or `https`; what the records must be like stands with the roles (`specs/<api>/roles.yaml`).
    `spends` names those of them that may stay changed where there are no worlds, because nothing can put them back:
    such probes run last, on spare records where the profile has some. `run` sends and promises.
    `unauthorized` says that it starts with requests that are refused before their body is read, for want of a
    credential that counts: those are sent where nothing may be written, too. `generated` says that its requests are
    drawn from the contract alone, `printed` that its request is one that a page prints.
    `most` bounds its requests: so many, and so many more for each value that it may draw. `usual` is, in the same form,
    what it sends at most while it finds nothing, for a run's plan; None leaves that to whoever lists the probes.
    """

    name: str
    operation: str
    serves: tuple[str, ...]
    run: Callable[[ProbeContext], None]
    needs: tuple[str, ...] = ()
    writes: bool = True
    spends: tuple[str, ...] = ()
    unauthorized: bool = False
    generated: bool = False
    printed: bool = False
    most: tuple[int, int] = (120, 3)
    usual: tuple[int, int] | None = None

    def bound(self, examples: int) -> int:
        """How many requests one run of the probe sends at most when it draws so many values; more are not sent."""
        fixed, by_example = self.most
        return fixed + by_example * examples

    def usual_bound(self, examples: int) -> int:
        """How many requests one run of the probe sends at most while it finds nothing."""
        fixed, by_example = self.usual or self.most
        return min(fixed + by_example * examples, self.bound(examples))


class Fuzzing(StrEnum):
    """Where whole requests are drawn at random."""

    NOWHERE = "nowhere"
    UNTRIED = "where a body has members whose limits no probe tries"
    EVERYWHERE = "everywhere"


class ProbeContext:
    """
    One run of one probe, in a world of its own where the target has worlds.

    Every exchange is judged by every check as it comes in. `examples` bounds what a probe draws; `seed` and
    `key`, the probe's name, decide it. `fuzzing` says where Schemathesis draws whole requests at random.
    `patient` gives writes all the time that the profile says they take to show.

    `expected` are the operations of which a success was promised. `unsettled` says of statements why the answer to one
    of their requests shows neither that they hold nor that they do not: whatever else shows, they are not verified.

    Drafts pass `without_obstacles`; what it leaves out, it explains in `left_out`.
    """

    def __init__(
        self,
        target: Target,
        world: str,
        *,
        key: str,
        seed: int,
        examples: int,
        fuzzing: Fuzzing = Fuzzing.EVERYWHERE,
        patient: bool = True,
    ) -> None:
        self.target, self.world, self.examples, self.fuzzing = target, world, examples, fuzzing
        self.contract: Contract = target.contract
        self.random = random.Random(f"{seed} {key}")
        self.judged: list[Judged] = []
        self.history: list[Exchange] = []
        self.statuses: dict[str, dict[int, int]] = {}
        self.successes: set[str] = set()
        self.settling = Settling(target, patient=patient)
        self.expected: set[str] = set()
        self.unsettled: dict[str, str] = {}
        self._denied: dict[str, bool] = {}
        self.derived = Source(self.contract, self.target.api.records, lambda made, name: self.send(made, name))
        self.without_obstacles: Callable[[Operation, Draft], Draft] = lambda _, made: made
        self.left_out: Mapping[str, str] = {}

    def operation(self, name: str) -> Operation:
        """The operation of the contract."""
        return self.contract.operation(name)

    def record(self, role: str) -> Known:
        """A known record of the target; raises `UnmetNeed`, as looking for an entry does that it does not hold."""
        try:
            return Known(role, self.target.api.records[role])
        except KeyError:
            raise UnmetNeed(f"needs record {role}") from None

    def entry(self, actor: str, name: str) -> str:
        """What an actor of the profile logs in with, as a user name; raises `UnmetNeed`."""
        try:
            return self.target.api.actors[actor][name].value
        except KeyError:
            raise UnmetNeed(f"needs {name} of actor {actor}") from None

    def draft(self, name: str, sample: Sample | None = None) -> Draft:
        """
        A request that should be carried out, valid by the contract.

        Raises `UnmetNeed` when the target lacks a record it names, or what is left of it could not be accepted.
        """
        if not self.contract.dialect.modelled:
            return derived_draft(self.operation(name), self.derived)
        made = draft(self.operation(name), self.target.api.records, sample, self.entry)
        if made is None:
            raise UnmetNeed(f"needs the records that {name} names")
        if sample is None:
            # What a page prints is sent as it stands, or not at all.
            made = self.without_obstacles(self.operation(name), made)
        for member in body_members(self.operation(name), made.media):
            current = member.schema.get("x-current")
            if current is not None and member.schema.get("x-role") is None:
                made = made.with_member(member.pointer, self._current(current, made))
        content = self.operation(name).body.get(made.media)
        if sample is None and content and content.schema and not content.schema.is_valid(made.body):
            reasons = "; ".join(dict.fromkeys(self.left_out.values()))
            place = self.operation(name).place
            wanted = f"needs an example of the body of {name} that the contract allows ({place})"
            raise UnmetNeed(f"cannot be put back: {reasons}" if reasons else wanted)
        return made

    def call(self, name: str, **request: Any) -> Exchange:
        """
        Call an operation with these `RequestParts`, and judge the answer by every check.

        Where writes take time to show, a read after one is repeated until it shows something new or the time is over.
        """
        operation = self.operation(name)
        exchange = self.settling.exchange(operation, RequestParts(**request), world=self.world)
        self.take(operation, exchange)
        return exchange

    def send(self, made: Draft, name: str, **request: Any) -> Exchange:
        """Call an operation with a draft."""
        whole = {"path": made.path, "query": made.query, "headers": made.headers, **request}
        return self.call(name, media=made.media, body=made.body, **whole)

    def take(self, operation: Operation, exchange: Exchange) -> None:
        """Judge an exchange that somebody sent."""
        self.history.append(exchange)
        counts = self.statuses.setdefault(operation.id, {})
        counts[exchange.response.status] = counts.get(exchange.response.status, 0) + 1
        if _documented(operation, exchange) and operation.succeeded(exchange.response.status, exchange.value):
            self.successes.add(operation.id)
        self.note(judge(self.contract, operation, exchange), exchange)

    def note(self, judgements: Sequence[Judgement], exchange: Exchange, chain: Sequence[Exchange] = ()) -> None:
        """Keep judgements with the exchange that decided them, and what led there."""
        exchanges = (*chain, exchange)
        self.judged += [Judged(judgement, exchange.operation, exchanges) for judgement in judgements]

    def promise(
        self,
        statements: Sequence[str],
        held: bool,
        exchange: Exchange,
        *,
        title: str,
        received: str,
        documented: str,
        side: Side = Side.ACCEPT,
        chain: Sequence[Exchange] = (),
        status: int = 0,
    ) -> bool:
        """
        Note whether statements held, with what was received and documented if not.

        `status` is that of the answer where another one was due.
        """
        if held:
            self.note(kept(statements, PROMISE, side), exchange, chain)
        else:
            led = chain or self._writes_before(exchange)
            self.note(broken(statements, PROMISE, title, received, documented, side, status=status), exchange, led)
        return held

    def _writes_before(self, exchange: Exchange) -> list[Exchange]:
        """What a read shows is owed to the writes before it; for a write nothing went before that matters."""
        if self.contract.operations[exchange.operation].writes:
            return []
        earlier = self.history[: next((i for i, item in enumerate(self.history) if item is exchange), 0)]
        return [item for item in earlier if self.contract.operations[item.operation].writes][-3:]

    def accepted(
        self,
        statements: Sequence[str],
        exchange: Exchange,
        what: str,
        *,
        control: Draft | None = None,
        printed: bool = False,
        charged: Sequence[str] = (),
    ) -> bool:
        """
        Promise that a request is carried out.

        A refusal is charged to the first of the statements, or to `charged` where its sender knows better. With a
        `control`, the same request without what it is about, it is charged only if that is carried out. `printed` says
        that it is a request as a page has it: if that is refused, so are others for no reason of their own.

        A server error is charged as a refusal is, unless a gateway may have caused it. A 2xx whose body is wrong is
        charged where the checks saw it. One that says in its body that it is none is a refusal, too, unless the server
        says the same of ordinary requests; then its word for success is wrong.
        """
        operation = self.operation(exchange.operation)
        self._require_valid(operation, exchange, what)
        self.expected.add(operation.id)
        got = exchange.response.status
        if operation.succeeded(got, exchange.value):
            return self.promise(statements, True, exchange, title="", received="", documented="")
        charged = charged or statements[:1]
        pointer = body.denied(operation, exchange)
        if pointer and self._always_denied(operation):
            title, halves = f"{body.NO_SUCCESS} {pointer}", body.denial(operation, exchange, pointer)
            constant = _constant(operation, exchange, pointer) or tuple(statements[:1])
            self.note(broken(constant, body.NAME, title, *halves), exchange)
        elif control is not None and self.carries_out(operation, control) is False:
            self.unsettle(statements, exchange, "the same request without what it is about was refused too")
        elif got >= 500 or pointer or not 200 <= got < 300 or not self.held_against(exchange):
            # With a control of its own, what an ordinary request is answered explains nothing.
            signature = "" if control is not None or got >= 500 else f"{got} {_without_numbers(exchange)}"
            documented = str(operation.success_status())
            found = (
                self._failure(charged, exchange, f"{documented}, for {what}", Side.ACCEPT)
                if got >= 500
                else broken(charged, PROMISE, f"Refused: {what}", _answer(exchange), documented, status=got)
            )
            led = self._writes_before(exchange) if got < 500 else ()
            self.note([replace(item, refusal=signature, ordinary=printed) for item in found], exchange, led)
        self.unsettle(statements, exchange)
        return False

    def carries_out(self, operation: Operation, made: Draft, **request: Any) -> bool | None:
        """Send a draft, and say whether it is carried out; None where it may not be sent. Nothing is promised of it."""
        try:
            answer = self.send(made, operation.id, **request)
        except (WriteForbidden, CredentialMissing):
            return None
        # A success that is worded wrongly is none of the request's fault.
        return 200 <= answer.response.status < 300 and not body.denied(operation, answer)

    def _require_valid(self, operation: Operation, exchange: Exchange, what: str) -> None:
        """
        Raise `ProbeMistake` for a request that the contract refuses and a probe wants carried out.

        A contract that binds values leniently takes more than its schemas say, so there is nothing to hold it against.
        """
        content = operation.body.get(exchange.request.media)
        lenient = self.contract.binding is not None
        if lenient or content is None or content.schema is None or not isinstance(exchange.sent, dict | list):
            return
        for flaw in content.schema.first_flaw(exchange.sent):
            raise ProbeMistake(f"{operation.id}: the contract refuses {what}, which is to be accepted: {flaw.message}")

    def refused(self, statements: Sequence[str], exchange: Exchange, what: str) -> bool:
        """
        Promise that a request is refused, however the server says so.

        A server error is not a refusal: it is charged to the first of the statements, unless a gateway may have caused
        it. A 2xx with a broken body is neither a refusal nor a success, and leaves the statements open.
        """
        operation = self.operation(exchange.operation)
        if exchange.response.status >= 500:
            self.note(self._failure(statements[:1], exchange, f"a refusal of {what}", Side.REFUSE), exchange)
            self.unsettle(statements, exchange)
            return False
        held = not operation.succeeded(exchange.response.status, exchange.value)
        if held and not self.turned_down(exchange):
            self.unsettle(statements, exchange)
            return False
        self.promise(
            statements if held else statements[:1],
            held,
            exchange,
            title=f"Accepted: {what}",
            received=_answer(exchange),
            documented="not a success",
            side=Side.REFUSE,
        )
        if not held:
            self.unsettle(statements, exchange)
        return held

    def turned_down(self, exchange: Exchange) -> bool:
        """
        Whether an answer says that its request was not carried out: by its status, or a 2xx in its body.

        A server whose word for success is wrong says nothing by it; to know that may take another request.
        """
        operation = self.operation(exchange.operation)
        if body.denied(operation, exchange):
            return not self._always_denied(operation)
        return not 200 <= exchange.response.status < 300

    def _failure(self, statements: Sequence[str], exchange: Exchange, documented: str, side: Side) -> list[Judgement]:
        """
        What a server error breaks, under the title by which the check of statuses knows it.

        Where a caller proves himself in the body, it may be the name or the password that is not taken.
        """
        got = exchange.response.status
        if got in UNAVAILABLE or not self.operation(exchange.operation).security:
            return []
        return broken(statements, status.NAME, status.SERVER_ERROR, str(got), documented, side, status=got)

    def _always_denied(self, operation: Operation) -> bool:
        """
        Whether ordinary requests, too, are answered with a 2xx that says it is none; asked once in a probe.

        Those are the request as probes send it, and the same with every member for which the contract has a value.
        """
        if operation.id not in self._denied:
            self._denied[operation.id] = False
            with suppress(UnmetNeed, BoundReached, WriteForbidden, CredentialMissing):
                least = self.draft(operation.id)
                fullest = filled(operation, least, self.target.api.records)
                self._denied[operation.id] = all(
                    body.denied(operation, self.send(made, operation.id)) for made in (least, fullest)
                )
        return self._denied[operation.id]

    def unsettle(self, statements: Sequence[str], exchange: Exchange, reason: str = "") -> None:
        """
        Keep that an exchange settles nothing about statements, why, and where it is charged.

        What a gateway answers (502, 504) says nothing of the server.
        """
        got = exchange.response.status
        if got in UNAVAILABLE and got != 503:
            return
        charged = self.contract.ledger.strongest(item.statement for item in self.held_against(exchange))
        reason = f"{reason or f'its request was answered {got}'}{f', charged to {charged}' if charged else ''}"
        for statement in statements:
            self.unsettled.setdefault(statement, reason)

    def held_against(self, exchange: Exchange) -> list[Judgement]:
        """What was held against an exchange so far."""
        return [item.judgement for item in self.judged if item.exchanges[-1] is exchange and not item.judgement.held]

    def read_back(self, exchange: Exchange, stored: Sequence[str] = ()) -> Exchange | None:
        """
        Follow the link that shows the state after a write, and promise that it shows what was sent.

        A member that the read does not show is not judged. `stored` says who promises it, where it is not each member.
        """
        operation = self.operation(exchange.operation)
        response = operation.responses.get(exchange.response.status)
        link = next((link for link in response.links if link.state), None) if response else None
        if link is None or not operation.succeeded(exchange.response.status, exchange.value):
            return None
        read = self.call(link.operation, **self._parameters(link, exchange))
        if read.response.status in UNAVAILABLE:
            self.unsettle(operation.effect, read)
            return read
        if not self.operation(link.operation).succeeded(read.response.status, read.value):
            self.promise(
                operation.effect,
                False,
                read,
                title="Written, but cannot be read back",
                received=_answer(read),
                documented=str(self.operation(link.operation).success_status()),
                chain=[exchange],
                status=read.response.status,
            )
            return read
        members = {member.pointer: member for member in body_members(operation, next(iter(operation.body), ""))}
        for left, right in link.state.items():
            base = left.partition("#")[2] if left.startswith("$request.body") else "-"
            for pointer, sent, shown in _compared(self._values(left, right, exchange, read)):
                member = members.get(base + pointer)
                by = stored or (member.stored_by(operation.effect, sent, shown) if member else operation.effect)
                if _same(sent, shown):
                    self.note(kept(by, PROMISE), read, [exchange])
                    continue
                in_bytes = member is not None and member.in_bytes
                received, documented = (brief(value, 100, in_bytes=in_bytes) for value in (shown, sent))
                found = broken(by, PROMISE, f"Not stored as sent: {base + pointer}", received, documented)
                self.note([replace(item, member=base + pointer) for item in found], read, [exchange])
        return read

    def _current(self, current: Mapping[str, Any], made: Draft) -> Any:
        """What the server holds just now, read as the contract's `x-current` says."""
        path = {name: evaluate(value, made.path, made.body, None) for name, value in current["path"].items()}
        read = self.call(current["read"], path=path)
        try:
            return evaluate(current["value"], path, made.body, read.value)
        except LookupError:
            raise UnmetNeed(f"an answer of {current['read']} that shows {current['value']}") from None

    def _parameters(self, link: Link, exchange: Exchange) -> dict[str, dict[str, Any]]:
        places = {parameter.name: parameter.location for parameter in self.operation(link.operation).parameters}
        found: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
        for key, value in link.parameters.items():
            place, _, name = key.rpartition(".")
            chosen = place if place in found else places.get(name, "path")
            found[chosen][name] = evaluate(value, exchange.arguments, exchange.sent, exchange.value)
        return found

    def _values(self, left: str, right: str, write: Exchange, read: Exchange) -> tuple[Any, Any]:
        try:
            return (
                evaluate(left, write.arguments, write.sent, write.value),
                evaluate(right, read.arguments, read.sent, read.value),
            )
        except LookupError:
            return None, None


def _documented(operation: Operation, exchange: Exchange) -> bool:
    """Whether the contract has such an answer: its status, and the media type of its body."""
    response = operation.responses.get(exchange.response.status)
    if response is None:
        return False
    return not exchange.response.body or not response.content or exchange.response.media in response.content


def _constant(operation: Operation, exchange: Exchange, pointer: str) -> tuple[str, ...]:
    """The statements that print the constant of a success which stands there."""
    response = operation.responses.get(exchange.response.status)
    media = response.content.get(exchange.response.media) if response else None
    if media is None or media.schema is None:
        return ()
    return next((flaw.statements for flaw in media.schema.flaws(exchange.value) if flaw.pointer == pointer), ())


def _compared(pair: tuple[Any, Any], pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    """
    The members that both sides hold, with where they stand.

    Lists of records are compared record by record, where both hold the same ones; other lists as a whole.
    """
    left, right = pair
    if _are_records(left) and _are_records(right) and left and _ids(left) == _ids(right):
        others = {_id(item): item for item in right}
        for item in left:
            yield from _compared((item, others[_id(item)]), f"{pointer}/*")
        return
    if isinstance(left, dict) and isinstance(right, dict):
        for name, member in left.items():
            if name in right:
                yield from _compared((member, right[name]), f"{pointer}/{name}")
    elif left is not None or right is not None:
        yield pointer, left, right


def _are_records(value: Any) -> bool:
    """Whether a value is a list of objects with different ids."""
    if not isinstance(value, list) or not all(isinstance(item, dict) and _id(item) is not None for item in value):
        return False
    return len(_ids(value)) == len(value)


def _ids(records: list[dict[str, Any]]) -> set[str]:
    return {str(_id(record)) for record in records}


def _id(record: dict[str, Any]) -> Any:
    return record.get("id", record.get("Id"))


def _same(sent: Any, shown: Any) -> bool:
    """Equal, or two spellings of one instant (RFC 3339)."""
    if sent == shown:
        return True
    try:
        return datetime.fromisoformat(sent) == datetime.fromisoformat(shown)
    except (TypeError, ValueError):
        return False


def _answer(exchange: Exchange) -> str:
    text = exchange.response.body.decode("utf-8", "replace").replace("\n", " ")
    return f"{exchange.response.status} {shorten(text, 120)}".strip()


def _without_numbers(exchange: Exchange) -> str:
    """The body of an answer without what differs from one time to the next: numbers, as of a request or a moment."""
    return re.sub(r"\d+", "#", exchange.response.body[:2000].decode("utf-8", "replace"))
