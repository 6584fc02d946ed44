"""The control API's operations: what a running mock shows of itself, and how it is steered (specs/control)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mock_server.explanations.explaining import RefusalBook, explain
from mock_server.explanations.redaction import HIDDEN, may_hold_secret
from mock_server.http.journal_view import JournalView, Shown, matching
from mock_server.http.traffic_settings import read_traffic, shown_traffic
from mock_server.negotiation import choose
from mock_server.reply import Behaviour, Call, Refusal, Reply
from mock_server.worlds.clock import MACHINE, Clock
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.records import Change, Records
from mock_server.worlds.relations import holders, references
from mock_server.worlds.seeding import (
    DanglingReferences,
    as_fixture,
    fixture_sets,
    fixture_text,
    records_of,
    seed_records,
)
from mock_server.worlds.store import DEFAULT, MOST_SNAPSHOTS, Snapshot, World, WorldStore, escaped_name
from specs.contract import Contract
from specs.flaws import CasepactError, FlawedDocument, did_you_mean
from specs.shortening import listed, shorten
from specs.source import CONTROL_BASE

_YAML = "application/yaml"
_COMPARED = 500
"""Ids of a collection that are compared with one that is missing."""
_LONGEST_FLAW = 300
"""Characters that are shown of one flaw of a fixture."""


class Absent(Exception):
    """What a request names is not there; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the control API steers: the worlds, the refusals, and where fixture sets come from."""

    contracts: Mapping[str, Contract]
    worlds: WorldStore
    book: RefusalBook
    fixtures: Path | None

    # The mock itself

    def get_health(self, call: Call) -> Reply:
        """Alive is whoever answers."""
        return Reply({"status": "ok"})

    def get_readiness(self, call: Call) -> Reply:
        """The APIs that are served, once their worlds are at hand."""
        self.worlds.find(DEFAULT)
        apis = [
            {
                "api": contract.api,
                "title": contract.title,
                "edition": contract.edition,
                "operations": len(contract.operations),
            }
            for contract in self.contracts.values()
        ]
        return Reply({"ready": True, "apis": apis})

    # Worlds

    def list_worlds(self, call: Call) -> Reply:
        """Every world that is there."""
        idle = self.worlds.idle
        return Reply(
            {
                "worlds": [_shown(world) for world in self.worlds],
                "limit": self.worlds.limit,
                "idleSeconds": None if idle is None else int(idle),
                "strict": self.worlds.strict,
            }
        )

    def create_world(self, call: Call) -> Reply | Refusal:
        """A world as the fixtures are, or as another world is just now."""
        name = escaped_name(call.body["name"])
        if self.worlds.find(name) is not None:
            return _conflict("CTL-16", f"there is a world named '{name}' already", "/name")
        origin = self._world(call.body["from"]) if "from" in call.body else None
        made = self.worlds.create(name, origin)
        return Reply(_shown(made), status=201, headers={"location": f"{CONTROL_BASE}/worlds/{name}"})

    def get_world(self, call: Call) -> Reply:
        """One world."""
        return Reply(_shown(self._named(call)))

    def delete_world(self, call: Call) -> Reply | Refusal:
        """Drop a world with all it holds."""
        world = self._named(call)
        if world.name == DEFAULT:
            return _conflict("CTL-19", "the default world stays; reset it instead")
        self.worlds.delete(world.name)
        return Reply(status=204)

    def reset_world(self, call: Call) -> Reply:
        """Back to the start; a world that nobody has used is made."""
        world = self._made(call)
        self.worlds.reset(world)
        return Reply(_shown(world))

    # Snapshots

    def list_snapshots(self, call: Call) -> Reply:
        """The snapshots of a world, in the order they were first taken, and how many there can be."""
        found = self._named(call).snapshots.items()
        listed = [{"name": name, "taken": _instant(taken.taken)} for name, taken in found]
        return Reply({"snapshots": listed, "limit": MOST_SNAPSHOTS})

    def take_snapshot(self, call: Call) -> Reply | Refusal:
        """Keep the records under a name, while there is room for one more."""
        name, world = call.arguments["snapshot"], self._named(call)
        if name not in world.snapshots and len(world.snapshots) >= MOST_SNAPSHOTS:
            detail = f"'{world.name}' has {len(world.snapshots)} snapshots, as many as it can have; delete one first"
            return _conflict("CTL-34", detail)
        taken = world.take_snapshot(name)
        return Reply({"name": name, "taken": _instant(taken.taken)})

    def restore_snapshot(self, call: Call) -> Reply:
        """Back to the records of a snapshot."""
        world = self._named(call)
        world.restore(self._snapshot(world, call))
        return Reply(_shown(world))

    def delete_snapshot(self, call: Call) -> Reply:
        """Forget a snapshot."""
        world = self._named(call)
        self._snapshot(world, call)
        del world.snapshots[call.arguments["snapshot"]]
        return Reply(status=204)

    # Clock and traffic

    def get_clock(self, call: Call) -> Reply:
        """What a world takes for the present."""
        return Reply(_clock(self._named(call).clock))

    def set_clock(self, call: Call) -> Reply | Refusal:
        """Run, stand still, or run so far ahead."""
        world, wanted = self._named(call), call.body
        try:
            if wanted["mode"] == "frozen":
                clock = Clock(frozen_at=_moment(wanted["at"]))
            elif wanted["mode"] == "shifted":
                shift = timedelta(seconds=wanted["bySeconds"])
                MACHINE.now() + shift
                clock = Clock(shift=shift)
            else:
                clock = Clock()
        except (ValueError, OverflowError):
            member = "at" if wanted["mode"] == "frozen" else "bySeconds"
            return Refusal("invalid", ("CTL-43",), f"/{member}: leads out of the years 1 to 9999", f"/{member}", member)
        world.clock = clock
        return Reply(_clock(clock))

    def get_traffic(self, call: Call) -> Reply:
        """How a world answers."""
        return Reply(shown_traffic(self._named(call)))

    def set_traffic(self, call: Call) -> Reply | Refusal:
        """Replace how a world answers, as a whole."""
        world, traffic = self._named(call), read_traffic(call.body, self.contracts)
        if isinstance(traffic, Refusal):
            return traffic
        world.set_traffic(traffic)
        return Reply(shown_traffic(world))

    # Fixtures and records

    def list_fixture_sets(self, call: Call) -> Reply:
        """The fixture files there are, by API."""
        return Reply({"sets": {api: self._sets(api) for api in self.contracts}})

    def load_fixture_set(self, call: Call) -> Reply | Refusal:
        """The records and actors of a fixture file, for one API or every one that has such a file."""
        name = call.body["set"]
        if "api" in call.body:
            self._contract(call.body["api"])
        chosen = [call.body["api"]] if "api" in call.body else list(self.contracts)
        having = [api for api in chosen if name in self._sets(api)]
        if not having:
            known = {item for api in chosen for item in self._sets(api)}
            raise Absent(f"there is no fixture set named '{name}'.{did_you_mean(name, known)}")
        try:
            loaded = {api: seed_records(self.contracts[api], self.fixtures, name) for api in having}
        except CasepactError as error:
            return Refusal("invalid", (), _in_one_line(error), "/set", "set")
        world = self._made(call)
        world.records = {**world.records, **loaded}
        return Reply(_shown(world))

    def get_fixtures(self, call: Call) -> Reply:
        """A world's records and actors as a fixture file has them, as JSON or as YAML."""
        contract = self._contract(call.arguments["api"])
        document = as_fixture(contract, self._named(call).records[contract.api])
        offered = tuple(call.operation.responses[200].content)
        if choose(call.headers.get("accept", "*/*"), offered) == _YAML:
            return Reply(fixture_text(document))
        return Reply(document)

    def replace_fixtures(self, call: Call) -> Reply | Refusal:
        """Other records for one API; its actors stay unless the body has some."""
        contract = self._contract(call.arguments["api"])
        found = self.worlds.find(escaped_name(call.arguments["world"]))
        before = found.records if found is not None else self.worlds.seed
        actors = as_fixture(contract, before[contract.api])["actors"]
        try:
            records = records_of(contract, {"api": contract.api, "actors": actors, **call.body}, "the body")
        except CasepactError as error:
            statement = "CTL-68" if isinstance(error, DanglingReferences) else "CTL-65"
            return Refusal("invalid", (statement,), _in_one_line(error))
        world = self._made(call)
        world.records = {**world.records, contract.api: records}
        return Reply(_shown(world))

    def get_records(self, call: Call) -> Reply:
        """Every record of a collection."""
        records, collection, _ = self._collection(call)
        return Reply({"records": dict(sorted(records.snapshot()[collection].items()))})

    def get_record(self, call: Call) -> Reply:
        """One record."""
        records, collection, _ = self._collection(call)
        return Reply(dict(self._record(records, collection, call.arguments["id"])))

    def replace_record(self, call: Call) -> Reply | Refusal:
        """Put a record in place of one, or where none was."""
        records, collection, contract = self._collection(call)
        id, record = call.arguments["id"], call.body
        schema = contract.records[collection]
        if schema.says_another(id, record):
            key = schema.key
            detail = f"/{key}: is {record[key]!r}, but the path says {id}"
            return Refusal("invalid", ("CTL-65",), detail, f"/{key}", key)
        flaws = schema.flaws(record)
        if flaws:
            detail = listed([f"{flaw.pointer or 'the record'}: {flaw.message[:150]}" for flaw in flaws], separator="; ")
            return Refusal("invalid", ("CTL-65",), detail, flaws[0].pointer)
        for reference in references(schema, record):
            asked = (reference.collection, reference.id)
            if asked != (collection, id) and records.find(*asked) is None:
                detail = reference.missing(records.ids(reference.collection, _COMPARED))
                return Refusal("invalid", ("CTL-68",), detail, reference.pointer)
        records.commit([Change(collection, id, record)])
        return Reply(dict(record))

    def delete_record(self, call: Call) -> Reply | Refusal:
        """Take a record away, unless others ask for it."""
        records, collection, contract = self._collection(call)
        id = call.arguments["id"]
        self._record(records, collection, id)
        if held := holders(contract, records, collection, id):
            more = f", and {len(held) - 1} more places ask for it" if len(held) > 1 else ""
            detail = (
                f"{held[0]} asks for it at {held[0].reference.pointer}{more}; change or delete what asks for it first, "
                f"or replace all of them: PUT {CONTROL_BASE}/worlds/{call.arguments['world']}/fixtures/{contract.api}"
            )
            return _conflict("CTL-69", detail)
        records.commit([Change(collection, id, None)])
        return Reply(status=204)

    # What happened

    def get_journal(self, call: Call) -> Reply:
        """The last exchanges of a world, narrowed as the query says, the newest last."""
        wanted = call.arguments
        entries = [
            entry
            for entry in self._entries(call)
            if wanted.get("operation") in (None, entry["operation"])
            and wanted.get("outcome") in (None, entry["outcome"])
            and (wanted.get("statement") is None or wanted["statement"] in entry["statements"])
        ]
        return Reply({"entries": entries[-wanted.get("last", len(entries) or 1) :]})

    def find_requests(self, call: Call) -> Reply:
        """The requests that fit a pattern, counted; where none does, the nearest one."""
        return Reply(matching(self._entries(call), call.body))

    def clear_journal(self, call: Call) -> Reply:
        """Forget what happened in a world."""
        self._named(call).journal.clear()
        return Reply(status=204)

    def get_refusal(self, call: Call) -> Reply:
        """Why a request was refused, and one that would have passed."""
        id = call.arguments["refusal"]
        refused = self.book.find(id)
        if refused is None:
            raise Absent(f"no refusal has the id {id}; only the last ones are remembered")
        return Reply(explain(id, refused))

    def shown_entries(self, world: World, after: int = 0) -> list[Shown]:
        """The exchanges of a world with higher numbers than `after`, as a reader may see them, the newest last."""
        view = JournalView(self.contracts)
        numbered = [(number, entry) for number, entry in world.journal.numbered() if number > after]
        details = self.book.details(entry.refusal for _, entry in numbered if entry.refusal)
        return [view.shown(number, entry, _detail(entry, details)) for number, entry in numbered]

    def _entries(self, call: Call) -> list[Shown]:
        return self.shown_entries(self._named(call))

    # What a request names

    def _named(self, call: Call) -> World:
        return self._world(call.arguments["world"])

    def _made(self, call: Call) -> World:
        """The world that a request names, which is made if it is not there; also where unknown ones are refused."""
        name = escaped_name(call.arguments["world"])
        return self.worlds.find(name) or self.worlds.create(name)

    def _world(self, text: str) -> World:
        name = escaped_name(text)
        found = self.worlds.find(name)
        if found is None:
            raise Absent(f"no world is named '{name}'.{did_you_mean(name, self.worlds.names())}")
        return found

    def _snapshot(self, world: World, call: Call) -> Snapshot:
        name = call.arguments["snapshot"]
        if name not in world.snapshots:
            raise Absent(f"'{world.name}' has no snapshot named '{name}'.{did_you_mean(name, world.snapshots)}")
        return world.snapshots[name]

    def _contract(self, api: str) -> Contract:
        if api not in self.contracts:
            raise Absent(f"this mock serves no API '{api}'; it serves {', '.join(self.contracts)}")
        return self.contracts[api]

    def _collection(self, call: Call) -> tuple[Records, str, Contract]:
        contract, collection = self._contract(call.arguments["api"]), call.arguments["collection"]
        if collection not in contract.records:
            known = ", ".join(contract.records) or "nothing"
            raise Absent(f"{contract.api} stores no '{collection}'; it stores {known}")
        return self._named(call).records[contract.api], collection, contract

    def _record(self, records: Records, collection: str, id: str) -> Mapping[str, Any]:
        found = records.find(collection, id)
        if found is None:
            raise Absent(f"no record of {collection} has the id '{id}'")
        return found

    def _sets(self, api: str) -> list[str]:
        return fixture_sets(self.fixtures, api)


def control_behaviours(control: Control) -> Mapping[str, Behaviour]:
    """The behaviours of the control contract, by operationId."""
    acts: Sequence[tuple[str, Callable[[Call], Reply | Refusal]]] = (
        ("getHealth", control.get_health),
        ("getReadiness", control.get_readiness),
        ("listWorlds", control.list_worlds),
        ("createWorld", control.create_world),
        ("getWorld", control.get_world),
        ("deleteWorld", control.delete_world),
        ("resetWorld", control.reset_world),
        ("listSnapshots", control.list_snapshots),
        ("takeSnapshot", control.take_snapshot),
        ("restoreSnapshot", control.restore_snapshot),
        ("deleteSnapshot", control.delete_snapshot),
        ("getClock", control.get_clock),
        ("setClock", control.set_clock),
        ("getTraffic", control.get_traffic),
        ("setTraffic", control.set_traffic),
        ("listFixtureSets", control.list_fixture_sets),
        ("loadFixtureSet", control.load_fixture_set),
        ("getFixtures", control.get_fixtures),
        ("replaceFixtures", control.replace_fixtures),
        ("getRecords", control.get_records),
        ("getRecord", control.get_record),
        ("replaceRecord", control.replace_record),
        ("deleteRecord", control.delete_record),
        ("getJournal", control.get_journal),
        ("findRequests", control.find_requests),
        ("clearJournal", control.clear_journal),
        ("getRefusal", control.get_refusal),
    )
    return {name: Behaviour(_answering(act)) for name, act in acts}


def _answering(act: Callable[[Call], Reply | Refusal]) -> Callable[[Call], Reply | Refusal]:
    def answer(call: Call) -> Reply | Refusal:
        if call.unknown_query:
            name = call.unknown_query[0]
            return Refusal("unknown-parameter", (), f"{call.operation.id} has no query parameter '{name}'", name=name)
        try:
            return act(call)
        except Absent as error:
            return Refusal("not-found", (), str(error))

    return answer


def _detail(entry: JournalEntry, details: Mapping[str, str]) -> str:
    """The detail of an entry as a reader may see it; that of a refusal may repeat what was sent."""
    if not entry.refusal:
        return entry.detail
    if entry.refusal in details:
        return details[entry.refusal]
    return HIDDEN if may_hold_secret(entry.detail) else entry.detail


def _in_one_line(error: CasepactError) -> str:
    """What is wrong with a fixture; of many flaws the first, and how many more there are."""
    if not isinstance(error, FlawedDocument):
        return str(error).replace("\n", "; ")
    return listed([shorten(str(flaw), _LONGEST_FLAW) for flaw in error.flaws], separator="; ")


def _conflict(statement: str, detail: str, pointer: str = "") -> Refusal:
    return Refusal("conflict", (statement,), detail, pointer, pointer[1:])


def _shown(world: World) -> dict[str, Any]:
    activity = world.activity()
    return {
        "name": world.name,
        "created": _instant(world.created),
        "used": _instant(activity.used),
        "requests": activity.requests,
        "forkedFrom": world.forked_from or None,
        "clock": _clock(world.clock),
        "traffic": shown_traffic(world),
        "snapshots": list(world.snapshots),
        "records": {api: records.sizes() for api, records in world.records.items()},
    }


def _clock(clock: Clock) -> dict[str, Any]:
    now = _text(clock.now())
    if clock.frozen_at is not None:
        return {"mode": "frozen", "at": now, "now": now}
    if clock.shift is not None:
        return {"mode": "shifted", "bySeconds": round(clock.shift.total_seconds()), "now": now}
    return {"mode": "running", "now": now}


def _moment(text: str) -> datetime:
    """A date-time (RFC 3339) in UTC, a leap second as the one after it; raises `ValueError` and `OverflowError`."""
    text = text.upper()
    leap = text[16:19] == ":60"
    moment = datetime.fromisoformat(f"{text[:16]}:59{text[19:]}" if leap else text).astimezone(UTC)
    return moment + timedelta(seconds=1 if leap else 0)


def _instant(seconds: float) -> str:
    return _text(datetime.fromtimestamp(seconds, UTC))


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
