"""What one probe saw, as plain JSON: it travels from worker processes and stands in the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any

import orjson

from conformance.checks.judgement import Judged
from conformance.probes.context import Probe, ProbeContext
from conformance.target.exchange import Exchange
from conformance.verdict.exchange_log import ExchangeLog
from conformance.verdict.reproduction import chain, commands

MOST_INSTANCES = 30
"""How many requests of one finding are named."""

FindingKey = tuple[str, str, str, str]
"""Statement, side, operation and title: two findings that agree in them are one."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """
    A statement that held: how often, by which check, and one exchange that showed it.

    `exchange` is the id of that exchange, `operation` the operation that was held to it; `seconds` is how long the
    answers took that showed it.
    """

    statement: str
    side: str
    check: str
    times: int
    shown: str
    operation: str = ""
    exchange: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Instance:
    """One request that a statement did not hold for: the id of its exchange, and what was received."""

    exchange: str
    request: str
    received: str


@dataclass(frozen=True, slots=True)
class Failure:
    """
    A statement that did not hold; `repeat` holds the commands that show it again, in order.

    `stability` says how often it was seen when the probe was run again ("stable 3/3"), or why it was not run again;
    `flaky` that it was not seen each time.
    `unstable` says that it was not seen each time on a server that others use too: that accuses nobody.
    `beside` are other statements that the same check held the same thing in the same exchange against: one cause.
    `status`, `refusal` and `ordinary` are those of the judgement. `exchanges` are the ids of those that `repeat` was
    made from, `instances` the first requests that the finding was seen in, and `seconds` how long their answers took.
    """

    statement: str
    side: str
    check: str
    operation: str
    request: str
    title: str
    received: str
    documented: str
    repeat: tuple[str, ...]
    times: int = 1
    stability: str = ""
    flaky: bool = False
    unstable: bool = False
    beside: tuple[str, ...] = ()
    status: int = 0
    refusal: str = ""
    ordinary: bool = False
    exchanges: tuple[str, ...] = ()
    instances: tuple[Instance, ...] = ()
    seconds: float = 0.0

    @property
    def key(self) -> FindingKey:
        """What makes two of them one finding."""
        return (self.statement, self.side, self.operation, self.title)

    def with_more(self, other: Failure) -> Failure:
        """The same finding, seen as often as both."""
        beside = tuple(dict.fromkeys((*self.beside, *other.beside)))
        return replace(
            self,
            times=self.times + other.times,
            beside=beside,
            instances=(*self.instances, *other.instances)[:MOST_INSTANCES],
            seconds=self.seconds + other.seconds,
        )


class UnmetKind(StrEnum):
    """What kept a probe from running to its end."""

    NEED = "need"
    """The target lacks something, or its records are not as the probe presumes."""
    FORBIDDEN = "writes forbidden"
    """The target must not be written to, or not in this way."""
    LIMIT = "limit"
    """A bound of the plan, the profile or the run was reached."""
    ENVIRONMENT = "environment"
    """Something between the probe and the server cut in."""
    UNCONFIRMED = "unconfirmed"
    """It found something on records that it or others changed, and there are no others to see it on."""


@dataclass(frozen=True, slots=True)
class Unmet:
    """Why a probe did not run to its end: the kind, which a verdict rests on, and the text of reports."""

    kind: UnmetKind
    text: str


def forbidden(reason: str = "") -> Unmet:
    """That writes are forbidden, and what makes this one so."""
    return Unmet(UnmetKind.FORBIDDEN, f"writes forbidden ({reason})" if reason else "writes forbidden")


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    All that one probe brought; `unmet` says why it did not run, `crashed` why it could not finish.

    `expected` are operations that it had reason to see succeed. `unsettled` holds, by statement, why the answer to one
    of its requests leaves open whether the statement is kept. `started` is when the probe was begun, in UTC (RFC 3339),
    and `seconds` how long it took. `position` is its place among all probes of the run.
    """

    api: str
    probe: str
    operation: str
    serves: tuple[str, ...]
    exchanges: int = 0
    seen: tuple[Confirmation, ...] = ()
    against: tuple[Failure, ...] = ()
    statuses: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    successes: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    unsettled: Mapping[str, str] = field(default_factory=dict)
    unmet: Unmet | None = None
    crashed: str = ""
    unreachable: str = ""
    started: str = ""
    seconds: float = 0.0
    position: int = 0

    @property
    def forbidden(self) -> bool:
        """Whether the probe stopped short of a write that the target forbids."""
        return self.unmet is not None and self.unmet.kind is UnmetKind.FORBIDDEN

    def as_json(self) -> dict[str, Any]:
        """The evidence as JSON types."""
        written: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return written


def from_json(data: Mapping[str, Any]) -> Evidence:
    """The evidence that `as_json` wrote."""
    return Evidence(
        **{
            **data,
            "serves": tuple(data["serves"]),
            "successes": tuple(data["successes"]),
            "expected": tuple(data["expected"]),
            "seen": tuple(Confirmation(**item) for item in data["seen"]),
            "against": tuple(
                Failure(
                    **{
                        **item,
                        **{name: tuple(item[name]) for name in ("repeat", "beside", "exchanges")},
                        "instances": tuple(Instance(**one) for one in item["instances"]),
                    }
                )
                for item in data["against"]
            ),
            "unmet": data["unmet"] and Unmet(UnmetKind(data["unmet"]["kind"]), data["unmet"]["text"]),
        }
    )


def merged(one: Evidence, other: Evidence) -> Evidence:
    """
    What the same probe brought with two seeds, as one: counts are added, the first of each kind is shown.

    That is the one of the probe that stands first in the run, in whatever order they ended.
    """
    one, other = sorted((one, other), key=lambda item: item.position)
    seen: dict[tuple[str, str, str, str], Confirmation] = {}
    for item in (*one.seen, *other.seen):
        key = (item.statement, item.side, item.check, item.operation)
        if held := seen.get(key):
            item = replace(held, times=held.times + item.times, seconds=held.seconds + item.seconds)
        seen[key] = item
    against: dict[tuple[str, str, str, str], Failure] = {}
    for finding in (*one.against, *other.against):
        known = against.get(finding.key)
        against[finding.key] = known.with_more(finding) if known else finding
    statuses = {name: dict(counts) for name, counts in one.statuses.items()}
    for name, counts in other.statuses.items():
        mine = statuses.setdefault(name, {})
        for status, times in counts.items():
            mine[status] = mine.get(status, 0) + times
    return replace(
        one,
        exchanges=one.exchanges + other.exchanges,
        seen=tuple(seen.values()),
        against=tuple(against.values()),
        statuses=statuses,
        successes=tuple(sorted({*one.successes, *other.successes})),
        expected=tuple(sorted({*one.expected, *other.expected})),
        unsettled={**other.unsettled, **one.unsettled},
        unmet=one.unmet or other.unmet,
        crashed=one.crashed or other.crashed,
        unreachable=one.unreachable or other.unreachable,
        seconds=one.seconds + other.seconds,
        position=min(one.position, other.position),
    )


def together(evidence: Iterable[Evidence]) -> list[Evidence]:
    """One evidence for each probe, whatever its seeds, in the order of the run."""
    found: dict[tuple[str, str, str], Evidence] = {}
    for item in sorted(evidence, key=lambda item: item.position):
        key = (item.api, item.operation, item.probe)
        found[key] = merged(found[key], item) if key in found else item
    return list(found.values())


def gathered(
    probe: Probe,
    ctx: ProbeContext,
    bodies: Path,
    log: ExchangeLog,
    *,
    unmet: Unmet | None = None,
    crashed: str = "",
    unreachable: str = "",
) -> Evidence:
    """
    The evidence of a probe.

    Bodies too long for a command line are stored below `bodies`, and `log` names the exchanges. Statements that the
    ledger does not have are left out: a module that serves a family of APIs speaks of all of them.
    """
    known = ctx.contract.ledger.statements
    judged = [item for item in ctx.judged if item.judgement.statement in known]
    for exchange in ctx.history:
        log.id_of(exchange)
    return Evidence(
        api=ctx.contract.api,
        probe=probe.name,
        operation=probe.operation,
        serves=probe.serves,
        exchanges=len(ctx.history),
        seen=tuple(_seen(ctx, judged, log)),
        against=tuple(_against(ctx, judged, bodies, log)),
        statuses={name: {str(status): n for status, n in counts.items()} for name, counts in ctx.statuses.items()},
        successes=tuple(sorted(ctx.successes)),
        expected=tuple(sorted(ctx.expected)),
        unsettled={name: reason for name, reason in ctx.unsettled.items() if name in known},
        unmet=unmet,
        crashed=crashed,
        unreachable=unreachable,
    )


def _seen(ctx: ProbeContext, judged: Iterable[Judged], log: ExchangeLog) -> Iterable[Confirmation]:
    found: dict[tuple[str, str, str, str], list[Exchange]] = {}
    for item in judged:
        if item.judgement.held:
            verdict = item.judgement
            key = (verdict.statement, str(verdict.side), verdict.check, item.operation)
            found.setdefault(key, []).append(item.exchanges[-1])
    for (statement, side, check, operation), exchanges in found.items():
        yield Confirmation(
            statement,
            side,
            check,
            len(exchanges),
            f"{_request(ctx, exchanges[0])} -> {exchanges[0].response.status}",
            operation,
            log.id_of(exchanges[0]),
            sum(exchange.response.seconds for exchange in exchanges),
        )


def _against(ctx: ProbeContext, judged: Iterable[Judged], bodies: Path, log: ExchangeLog) -> Iterable[Failure]:
    found: dict[tuple[str, str, str, str], list[Judged]] = {}
    causes: dict[tuple[int, str, str, str], dict[str, None]] = {}
    for item in judged:
        if not item.judgement.held:
            verdict = item.judgement
            found.setdefault((verdict.statement, str(verdict.side), item.operation, verdict.title), []).append(item)
            causes.setdefault(_cause(item), {})[verdict.statement] = None
    worlds = (f"{ctx.world}-again-{number}" for number in count(1))
    for items in found.values():
        first = items[0].judgement
        steps = chain(ctx, items[0], worlds)
        yield Failure(
            statement=first.statement,
            side=str(first.side),
            check=first.check,
            operation=items[0].operation,
            request=_request(ctx, items[0].exchanges[-1]),
            title=first.title,
            received=ctx.target.answered(first.received),
            documented=first.documented,
            repeat=commands(ctx, steps, bodies),
            times=len(items),
            status=first.status,
            refusal=first.refusal,
            ordinary=first.ordinary,
            exchanges=tuple(map(log.id_of, steps)),
            instances=tuple(_instance(ctx, item, log) for item in items[:MOST_INSTANCES]),
            seconds=sum(item.exchanges[-1].response.seconds for item in items),
            beside=tuple(
                dict.fromkeys(name for item in items for name in causes[_cause(item)] if name != first.statement)
            ),
        )


def _instance(ctx: ProbeContext, item: Judged, log: ExchangeLog) -> Instance:
    exchange = item.exchanges[-1]
    return Instance(log.id_of(exchange), _request(ctx, exchange), ctx.target.answered(item.judgement.received))


def _cause(item: Judged) -> tuple[int, str, str, str]:
    """What two judgements agree in that one thing caused: the exchange, the operation, the title and the check."""
    return (id(item.exchanges[-1]), item.operation, item.judgement.title, item.judgement.check)


def _request(ctx: ProbeContext, exchange: Exchange) -> str:
    operation = ctx.contract.operations.get(exchange.operation)
    path = operation.path if operation else exchange.request.url.removeprefix(ctx.target.api.url)
    return f"{exchange.request.method} {path}"
