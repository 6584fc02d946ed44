"""Mocks whose control API is wrong in one way each, with the statement that they break."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.reply import Behaviour, Call, Refusal, Reply
from mock_server.worlds.clock import Clock
from mock_server.worlds.journal import ADMITTED, SIMULATED, Journal, JournalEntry
from mock_server.worlds.records import Record, Records
from mock_server.worlds.seeding import seed_records
from mock_server.worlds.store import Snapshot, World, WorldStore
from mock_server.worlds.traffic import Traffic
from specs import Contract, load_contract
from specs.project import CONTROL
from specs.source import FIXTURES
from tests.servers import with_bytes

SERVED = ("aicc", "egain")
"""What the steered mock serves: the APIs that the probes ask."""

TOKEN = "casepact-control-token-0001"
"""The token of fixtures/control/default.yaml."""

Change = Callable[[Contract], Contract]


@dataclass(frozen=True, slots=True)
class Liar:
    """A mock wrong in one way: what to blame, and how it is made."""

    blamed: str
    app: Callable[[], Any]


def control_app(
    change: Change = lambda contract: contract,
    store: type[WorldStore] = WorldStore,
    behaviours: Mapping[str, Mapping[str, Behaviour]] = BEHAVIOURS,
    served: Change = lambda contract: contract,
    shelf: Callable[[Records], Records] = lambda records: records,
) -> Any:
    """
    A mock with its control API, which asks for a token.

    Its contract, worlds, behaviours, the contracts of the served APIs or the records may be others.
    """
    contracts = [served(load_contract(api)) for api in SERVED]
    seeds = {contract.api: shelf(seed_records(contract, FIXTURES)) for contract in contracts}
    worlds = store(seeds, Clock())
    return build_app(contracts, behaviours, seeds, worlds=worlds, control=change(load_contract(CONTROL)), token=TOKEN)


class SharingStore(WorldStore):
    """A copy has the very records of the world it was made from."""

    def create(self, name: str, origin: World | None = None) -> World:
        """The world, its records those of the other."""
        made = super().create(name, origin)
        if origin is not None:
            made.records = origin.records
        return made


class HalfResettingStore(WorldStore):
    """A reset leaves the records as they are."""

    def reset(self, world: World) -> None:
        """All is reset but the records."""
        records = world.records
        super().reset(world)
        world.records = records


class ClearingStore(WorldStore):
    """A reset drops the snapshots too."""

    def reset(self, world: World) -> None:
        """All is reset, the snapshots too."""
        super().reset(world)
        world.snapshots.clear()


class WearingWorld(World):
    """A snapshot that was restored changes with the world from then on."""

    __slots__ = ()

    def restore(self, snapshot: Snapshot) -> None:
        """The records of the snapshot become those of the world."""
        records: Any = snapshot.records
        self.records, self.clock = records, snapshot.clock


class FaithfulWorld(World):
    """A snapshot of a name that is taken already is not taken again."""

    __slots__ = ()

    def take_snapshot(self, name: str) -> Snapshot:
        """The first snapshot of this name."""
        return self.snapshots[name] if name in self.snapshots else super().take_snapshot(name)


class StickyWorld(World):
    """Traffic that names no latency keeps the one before."""

    __slots__ = ()

    def set_traffic(self, traffic: Traffic) -> None:
        """The settings, with the earlier latency for none."""
        super().set_traffic(replace(traffic, latency=traffic.latency or self.traffic.latency))


class MoodyWorld(World):
    """The seed decides nothing."""

    __slots__ = ()

    def set_traffic(self, traffic: Traffic) -> None:
        """The settings, with other chances each time."""
        super().set_traffic(traffic)
        if self.shaper is not None:
            self.shaper._failures = random.randrange(2**32)


class EndlessWorld(World):
    """Simulated failures never end."""

    __slots__ = ()

    def set_traffic(self, traffic: Traffic) -> None:
        """The settings, of which no times are counted."""
        super().set_traffic(traffic)
        if self.shaper is not None:
            self.shaper.times_left = [None for _ in traffic.failures]


class WholeWorld(World):
    """No connection is broken."""

    __slots__ = ()

    def set_traffic(self, traffic: Traffic) -> None:
        """The settings, with nothing but delays for failures of the connection."""
        failures = [item if item.kind == "status" else replace(item, kind="delay") for item in traffic.failures]
        super().set_traffic(replace(traffic, failures=tuple(failures)))


class HidingRecords(Records):
    """Nobody sees what the records say of each other."""

    __slots__ = ()

    def entries(self, collection: str) -> Iterable[tuple[str, Record]]:
        """No record at all."""
        return ()

    def fork(self) -> Records:
        """A copy that hides as much."""
        return _hiding(self)


class UncountedJournal(Journal):
    """Every entry has the same number."""

    def numbered(self) -> Iterator[tuple[int, JournalEntry]]:
        """Each exchange as the first."""
        return ((1, entry) for _, entry in super().numbered())


class StraightJournal(Journal):
    """Requests that no operation takes are not kept."""

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange with an operation."""
        if entry.operation:
            super().note(entry)


class CarelessJournal(Journal):
    """What was answered is not kept."""

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange without its answer."""
        super().note(replace(entry, answer_body=b""))


class TrustingJournal(Journal):
    """What was simulated passes for admitted."""

    def note(self, entry: JournalEntry) -> None:
        """Keep an exchange, as if no answer was simulated."""
        super().note(replace(entry, outcome=ADMITTED) if entry.outcome == SIMULATED else entry)


class TrustingWorld(World):
    """A world with such a journal."""

    __slots__ = ()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.journal = TrustingJournal()


class CarelessWorld(World):
    """A world with such a journal."""

    __slots__ = ()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.journal = CarelessJournal()


class StraightWorld(World):
    """A world with such a journal."""

    __slots__ = ()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.journal = StraightJournal()


class UncountingWorld(World):
    """A world with such a journal."""

    __slots__ = ()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.journal = UncountedJournal()


def worlds_of(kind: type[World]) -> type[WorldStore]:
    """A store whose worlds are of this kind."""

    class Store(WorldStore):
        def _make(self, name: str, origin: World | None = None) -> World:
            made = super()._make(name, origin)
            other = kind(name, _records(made), made.clock, forked_from=made.forked_from)
            other.set_traffic(made.traffic)
            return other

    return Store


def _records(world: World) -> Mapping[str, Records]:
    return world.records


def _other_status(contract: Contract) -> Contract:
    refused = {**contract.refusals["not-found"].body, "status": 400}
    operations = {
        name: replace(item, refusals={**item.refusals, "not-found": replace(item.refusals["not-found"], body=refused)})
        for name, item in contract.operations.items()
    }
    return replace(contract, operations=operations)


def _hiding(records: Records) -> Records:
    return HidingRecords(records._collections, records.known)


def _owned_by_anybody(contract: Contract) -> Contract:
    """The owner of eGain's cases is any text."""
    if contract.api != "egain":
        return contract
    cases = contract.records["cases"]
    known = cases.document["$defs"]["CaseRecord"]
    loose = {**known, "properties": {**known["properties"], "ownerId": {"type": "string"}}}
    document = {**cases.document, "$defs": {**cases.document["$defs"], "CaseRecord": loose}}
    return replace(contract, records={**contract.records, "cases": replace(cases, document=document)})


def _unguarded(contract: Contract) -> Contract:
    open_ = replace(contract.operations["listFixtureSets"], security=())
    return replace(contract, operations={**contract.operations, "listFixtureSets": open_})


def _living_now() -> Any:
    """eGain takes the machine's time for the present, whatever clock its world has."""
    edit = BEHAVIOURS["egain"]["editCase"]

    def now(call: Call) -> Call:
        return replace(call, now=datetime.now(UTC))

    def act(call: Call) -> Reply | Refusal:
        return edit.act(now(call))

    rules = tuple(replace(rule, breach=lambda call, rule=rule: rule.breach(now(call))) for rule in edit.rules)
    egain = {**BEHAVIOURS["egain"], "editCase": replace(edit, act=act, rules=rules)}
    return control_app(behaviours={**BEHAVIOURS, "egain": egain})


def _headers(app: Any, name: bytes, value: bytes | None) -> Any:
    """The same app with one header of each answer that has it written otherwise, or left out."""

    async def changing(scope: Any, receive: Any, send: Any) -> None:
        async def changed(message: Any) -> None:
            if message["type"] == "http.response.start":
                pairs = [(key, value if key.lower() == name else old) for key, old in message["headers"]]
                message = {**message, "headers": [pair for pair in pairs if pair[1] is not None]}
            await send(message)

        await app(scope, receive, changed if scope["type"] == "http" else send)

    return changing


def _saying(part: str, old: bytes, new: bytes) -> Callable[[], Any]:
    """Answers to requests with this part in their path say something else."""

    def made() -> Any:
        app = control_app()
        altered = with_bytes(app, old, new)

        async def saying(scope: Any, receive: Any, send: Any) -> None:
            inner = altered if part in scope.get("path", "") and scope.get("method") != "HEAD" else app
            await inner(scope, receive, send)

        return saying

    return made


def _telling_secrets() -> Any:
    """What is hidden in a refusal is the last access-token that anybody sent."""
    last = b"casepact-nobody"
    app = control_app()

    async def telling(scope: Any, receive: Any, send: Any) -> None:
        nonlocal last
        last = dict(scope.get("headers", ())).get(b"access-token", last)
        inner = with_bytes(app, b"[redacted]", last) if "/refusals/" in scope.get("path", "") else app
        await inner(scope, receive, send)

    return telling


LIARS: Mapping[str, Liar] = {
    "an operation asks for no token": Liar("CTL-03", lambda: control_app(_unguarded)),
    "a 401 asks for no scheme": Liar("CTL-03", lambda: _headers(control_app(), b"www-authenticate", None)),
    "a refusal tells another status": Liar("CTL-04", lambda: control_app(_other_status)),
    "Location leads to all worlds": Liar(
        "CTL-12", lambda: _headers(control_app(), b"location", b"/_casepact/v1/worlds")
    ),
    "a copy shares its records": Liar("CTL-15", lambda: control_app(store=SharingStore)),
    "a reset keeps the records": Liar("CTL-21", lambda: control_app(store=HalfResettingStore)),
    "a reset drops the snapshots": Liar("CTL-23", lambda: control_app(store=ClearingStore)),
    "a snapshot is taken once": Liar("CTL-31", lambda: control_app(store=worlds_of(FaithfulWorld))),
    "a snapshot wears out": Liar("CTL-32", lambda: control_app(store=worlds_of(WearingWorld))),
    "a clock shifted by nothing says that it runs": Liar(
        "CTL-42", _saying("/clock", b'"mode":"shifted","bySeconds":0,', b'"mode":"running",')
    ),
    "snapshots have no end": Liar("CTL-34", _saying("/snapshots", b'"limit":50', b'"limit":5')),
    "a case may have an owner who is not there": Liar("CTL-68", lambda: control_app(served=_owned_by_anybody)),
    "what is asked for is deleted": Liar("CTL-69", lambda: control_app(shelf=_hiding)),
    "an API lives in the present of the machine": Liar("CTL-44", _living_now),
    "traffic keeps its latency": Liar("CTL-50", lambda: control_app(store=worlds_of(StickyWorld))),
    "nobody says how long to wait": Liar("CTL-53", lambda: _headers(control_app(), b"retry-after", None)),
    "errors come by chance": Liar("CTL-54", lambda: control_app(store=worlds_of(MoodyWorld))),
    "failures have no end": Liar("CTL-56", lambda: control_app(store=worlds_of(EndlessWorld))),
    "a simulated error does not say so": Liar("CTL-57", lambda: _headers(control_app(), b"x-casepact-simulated", None)),
    "no connection breaks": Liar("CTL-58", lambda: control_app(store=worlds_of(WholeWorld))),
    "a refused failure is named otherwise": Liar("CTL-59", _saying("/traffic", b"/failures/0/", b"/elsewhere/0/")),
    "what is simulated passes for admitted": Liar("CTL-78", lambda: control_app(store=worlds_of(TrustingWorld))),
    "YAML says something else": Liar("CTL-63", _saying("/fixtures/", b'"records":\n', b'"shelves":\n')),
    "entries are not counted": Liar("CTL-70", lambda: control_app(store=worlds_of(UncountingWorld))),
    "what goes astray is forgotten": Liar("CTL-70", lambda: control_app(store=worlds_of(StraightWorld))),
    "an entry holds no answer": Liar("CTL-75", lambda: control_app(store=worlds_of(CarelessWorld))),
    "one request more is counted": Liar("CTL-76", _saying("/matches", b'"count":2', b'"count":3')),
    "another member is said to differ": Liar("CTL-77", _saying("/matches", b"/caseInfo/title", b"/caseInfo/other")),
    "the corrected request leads nowhere": Liar("CTL-82", _saying("/refusals/", b'"path":"/', b'"path":"/nowhere/')),
    "a refusal tells the credential": Liar("CTL-83", _telling_secrets),
}
"""Every liar is blamed on its statement and on no other."""
