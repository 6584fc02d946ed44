"""
Worlds never see each other: requests to many worlds, interleaved, against each world's requests alone.

A state machine sends requests to several worlds of one mock. At the end every world is lived once more in a mock of
its own, to which nothing else was ever sent, and each answer has to be the same, byte for byte.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

import pytest
from connexion.apps.asynchronous import AsyncApp
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    rule,
    run_state_machine_as_test,
)

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.settings import FIXTURES
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.seeding import seed_records
from mock_server.worlds.store import DEFAULT, WORLD_NAME
from specs import Contract, apis, load_contract
from tests.mock_server.client import Answer, Client, Header

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
JSON: Header = ("content-type", "application/json")
FORM: Header = ("content-type", "application/x-www-form-urlencoded")
WORLD = "x-casepact-world"


# What is sent: reads, writes that are carried out, writes that are refused


@dataclass(frozen=True, slots=True)
class Request:
    """One request below the address of an API, without the world that it is sent to."""

    api: str
    method: str
    path: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""

    @property
    def address(self) -> str:
        """The path with the API before it."""
        return f"/{self.api}{self.path}"


WORDS = st.sampled_from(["a", "Stand at the fair", "Ярмарка", "q" * 200]) | st.text(min_size=1, max_size=8)
NO_CASE = "999"
CRM_CASES = ("1234", "1235", "1236", "1237", "1238")
CONTACTS = (1234, 1235, 1236, 1237, 1238, 1239)
AICC_CASES = ("c6m800000142mS63Voa8", "c6m800000147rF58Yqd2", "c6m800000153nT74Wpb9", "c6m800000131kQ42Uma7")
EGAIN_CASES = ("1001", "1002", "1004", "1006", "1013")
EGAIN_AGENT: Header = ("authorization", "Bearer egain-agent-token-0001")
ONLYOFFICE_ADMIN: Header = ("authorization", "oo-admin-token-0001")
R7_ADMIN: Header = ("authorization", "r7-admin-token-0001")
AICC_OPERATOR: Header = ("access-token", "aicc-operator-token-0001")
LAST_MODIFIED_AT_FIRST = "2015-07-30T13:07:40.000Z"
AICC_CASE = "/service/AICC__Case/1.0.0/openapi/case"
EDIT = "/core/casemgr/v3/case"
CRM = "/api/2.0/crm/case"

Drawn = TypeVar("Drawn")


def mostly(usual: Drawn | Sequence[Drawn], *others: Drawn) -> st.SearchStrategy[Drawn]:
    """One of the usual values five times out of six, else one of the others."""
    usually = st.sampled_from(usual) if isinstance(usual, (list, tuple)) else st.just(usual)
    return st.sampled_from([*[usually] * 5, st.sampled_from(others)]).flatmap(lambda strategy: strategy)


def json_body(value: Any) -> bytes:
    """A value as the body of a request."""
    return json.dumps(value).encode()


@st.composite
def aicc_requests(draw: st.DrawFn) -> Request:
    """A case is modified or read; now and then without a title, without a token, or as no JSON."""
    headers = (("access-token", draw(mostly(AICC_OPERATOR[1], "nobody"))), JSON)
    case = draw(mostly(AICC_CASES, NO_CASE))
    if draw(mostly(False, True)):
        return Request("aicc", "GET", f"{AICC_CASE}/{case}", headers)
    info = {"id": case, "title": draw(WORDS), "description": draw(WORDS), "creatorId": "c"}
    missing = draw(mostly("", "title", "creatorId"))
    body = json_body({"caseInfo": {name: value for name, value in info.items() if name != missing}})
    cut = draw(mostly(0, 1))
    return Request("aicc", "POST", f"{AICC_CASE}/modify", headers, body[: len(body) - cut])


@st.composite
def egain_requests(draw: st.DrawFn) -> Request:
    """Cases are read, or one is edited as if nobody had edited it before."""
    actor = draw(mostly("agent", "viewer", "outsider", "nobody"))
    headers = (("authorization", f"Bearer egain-{actor}-token-0001"),)
    if draw(mostly(False, True)):
        ids = draw(st.lists(mostly(EGAIN_CASES, NO_CASE), min_size=1, max_size=3, unique=True))
        return Request("egain", "GET", f"{EDIT}/{','.join(ids)}?$attribute=all", headers)
    edit = {"id": draw(st.sampled_from(EGAIN_CASES)), "lastModified": LAST_MODIFIED_AT_FIRST, **draw(egain_changes())}
    return Request("egain", "PATCH", EDIT, (*headers, JSON), json_body(edit))


@st.composite
def egain_changes(draw: st.DrawFn) -> dict[str, Any]:
    """Members to edit: a text, a severity, relations, a date; some of them are none."""
    linked = draw(mostly(("2001", "2002", "2003"), NO_CASE))
    changes: dict[str, Any] = {
        "subject": draw(WORDS),
        "severity": {"value": draw(mostly(("low", "high", "urgent"), "never"))},
        "dueDate": draw(mostly(("2095-11-30T18:30:00.000Z", ""), "2015-11-30T18:30:00.000Z")),
        "relatedCases": {
            "link": [{"rel": "case", "href": f"{EDIT}/{linked}"}],
            "unlink": [{"rel": "case", "href": f"{EDIT}/{draw(st.sampled_from(('1001', '2001')))}"}],
        },
    }
    names = draw(st.lists(st.sampled_from(sorted(changes)), max_size=2, unique=True))
    return {name: changes[name] for name in names}


@st.composite
def crm_requests(draw: st.DrawFn, api: str, admin: Header) -> Request:
    """A case is closed, reopened or read, as JSON or XML, by somebody who may or may not."""
    outsider = admin[1].replace("admin", "outsider")
    credential = ("authorization", draw(mostly(admin[1], outsider, "nobody")))
    case = draw(mostly(CRM_CASES, NO_CASE))
    suffix = draw(st.sampled_from(["", ".xml"]))
    usual = [("GET", ""), ("PUT", "/close"), ("PUT", "/reopen"), ("PUT", "/close")]
    method, rest = draw(mostly(usual, ("DELETE", "/close")))
    return Request(api, method, f"{CRM}/{case}{rest}{suffix}", (credential,))


@st.composite
def onlyoffice_requests(draw: st.DrawFn) -> Request:
    """A case gets another title and privacy, or contacts come and go; some of what is sent is refused."""
    actors = ("oo-creator-token-0001", "oo-colleague-token-0001", "oo-outsider-token-0001", "nobody")
    credential = ("authorization", draw(mostly(ONLYOFFICE_ADMIN[1], *actors)))
    case = f"{CRM}/{draw(mostly(CRM_CASES, NO_CASE))}"
    contact = draw(mostly(CONTACTS, 999))
    what = draw(st.sampled_from(["update", "update by form", "add", "remove", "contacts"]))
    if what == "contacts":
        return Request("onlyoffice", "GET", f"{case}/contact", (credential,))
    if what == "remove":
        return Request("onlyoffice", "DELETE", f"{case}/contact/{contact}", (credential,))
    if what == "add":
        sent = draw(mostly({"contactid": contact}, {"contactid": "nobody"}, {}))
        return Request("onlyoffice", "POST", f"{case}/contact", (credential, JSON), json_body(sent))
    update: dict[str, Any] = {
        "title": draw(WORDS),
        "members": draw(st.lists(st.sampled_from(CONTACTS), max_size=3)),
        "isPrivate": draw(st.booleans()),
        "accessList": ["9924256a-739c-462b-af15-e652a3b1b6eb"],
    }
    left_out = draw(st.sets(mostly(("members", "isPrivate", "accessList"), "title"), max_size=2))
    update = {name: value for name, value in update.items() if name not in left_out}
    if what == "update by form":
        return Request("onlyoffice", "PUT", case, (credential, FORM), urlencode(update, doseq=True).encode())
    return Request("onlyoffice", "PUT", case, (credential, JSON), json_body(update))


REQUESTS = st.one_of(
    aicc_requests(),
    egain_requests(),
    onlyoffice_requests(),
    crm_requests("onlyoffice", ONLYOFFICE_ADMIN),
    crm_requests("r7office", R7_ADMIN),
)

REVIEW: tuple[Request, ...] = (
    *(Request("aicc", "GET", f"{AICC_CASE}/{id}", (AICC_OPERATOR,)) for id in AICC_CASES),
    Request("egain", "GET", f"{EDIT}/{','.join(EGAIN_CASES)}?$attribute=all", (EGAIN_AGENT,)),
    *(Request("onlyoffice", "GET", f"{CRM}/{id}", (ONLYOFFICE_ADMIN,)) for id in CRM_CASES),
    *(Request("r7office", "GET", f"{CRM}/{id}", (R7_ADMIN,)) for id in CRM_CASES),
)
"""Reads every case that the requests may have changed."""


# To which world it is sent

LOOKALIKES = (("alice", "Alice", "alice.1"), ("b" * 64, "b" * 63, "Default"))
"""Names that a careless mock may take for one another, or for one of the next two."""

OTHERS = (DEFAULT, "bob")

NO_NAMES = ("", "-a", "a b", "é", "b" * 65, "alice/../bob")


@dataclass(frozen=True, slots=True)
class Way:
    """How a client says which world it means: by a header, by a prefix, by both (the prefix counts), or not at all."""

    prefix: bool
    header: str | None

    def address(self, world: str, request: Request) -> str:
        """The target of the request line."""
        return f"/~{world}{request.address}" if self.prefix else request.address

    def headers(self, world: str) -> tuple[Header, ...]:
        """The header that names the world, or another one where the prefix names it."""
        if self.header is not None:
            return ((WORLD, self.header.replace("{world}", world)),)
        return ()


BY_HEADER, BY_PREFIX, UNNAMED = Way(False, "{world}"), Way(True, None), Way(False, None)
WAYS = (BY_HEADER, BY_PREFIX, Way(True, "{world}"), Way(True, "carol"), UNNAMED)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it goes to a world of any name; `UNNAMED` leads to the default world only."""

    request: Request
    way: Way

    def arguments(self, world: str) -> tuple[str, str, tuple[Header, ...], tuple[bytes, ...]]:
        """Method, target, headers and the body in two pieces."""
        way = BY_HEADER if self.way == UNNAMED and world != DEFAULT else self.way
        headers = (*way.headers(world), *self.request.headers)
        half = len(self.request.body) // 2
        pieces = (self.request.body[:half], self.request.body[half:])
        return self.request.method, way.address(world, self.request), headers, pieces


SENT = st.builds(Sent, REQUESTS, st.sampled_from(WAYS))


# A mock, and what it answers

Build = Callable[[], Any]


@cache
def contracts_and_seeds() -> tuple[tuple[Contract, ...], Mapping[str, Records]]:
    """All APIs; Connexion's pages, which take long to make and which nobody asks for here, are left out."""
    contracts = tuple(load_contract(api) for api in apis())
    seeds = {contract.api: seed_records(contract, FIXTURES) for contract in contracts}
    pages = {"openapi": "3.0.3", "info": {"title": "no pages", "version": "1"}, "paths": {}}
    return tuple(replace(contract, document=pages) for contract in contracts), seeds


def fresh_app() -> AsyncApp:
    """A mock of all APIs that nothing was sent to, at noon for ever."""
    contracts, seeds = contracts_and_seeds()
    return build_app(contracts, BEHAVIOURS, seeds, clock=Clock(NOON))


class Unhurried:
    """An app whose clients take their time: other requests get their turn before each piece of a body comes."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def late() -> Any:
            await asyncio.sleep(0)
            return await receive()

        await self.app(scope, late, send)


def answers_at_once(app: Any, sent: Iterable[tuple[str, Sent]]) -> list[Answer]:
    """What the app answers to requests that are all under way at the same time, each in its world."""
    client = Client(Unhurried(app))

    async def all_at_once() -> list[Answer]:
        return await asyncio.gather(*(client._exchange(*item.arguments(world)) for world, item in sent))

    return [comparable(answer) for answer in asyncio.run(all_at_once())]


def answers_in_turn(app: Any, world: str, sent: Iterable[Sent]) -> list[Answer]:
    """What the app answers to requests to one world, each sent when the one before it was answered."""
    client = Client(app)

    async def in_turn() -> list[Answer]:
        return [await client._exchange(*item.arguments(world)) for item in sent]

    return [comparable(answer) for answer in asyncio.run(in_turn())]


def comparable(answer: Answer) -> Answer:
    """The answer without what may differ from one mock to the next: the number that a refusal is kept under."""
    headers = tuple((name, re.sub(r"/refusals/[\w-]+", "/refusals/…", value)) for name, value in answer.headers)
    return replace(answer, headers=headers)


# The machine


class Interleaving(RuleBasedStateMachine):
    """One mock that many clients use at once, each in a world of its own."""

    build: Build = staticmethod(fresh_app)
    tally: ClassVar[Counter[tuple[str, str]]] = Counter()
    worlds = Bundle("worlds")

    def __init__(self) -> None:
        super().__init__()
        self.shared = self.build()
        self.lived: dict[str, list[tuple[Sent, Answer]]] = {}

    @initialize(target=worlds, names=st.sampled_from(LOOKALIKES))
    def open(self, names: tuple[str, ...]) -> Any:
        """The worlds that this example is about; none of them but the default one exists before its first request."""
        self.lived = {name: [] for name in (*names, *OTHERS)}
        return multiple(*self.lived)

    @rule(world=worlds, sent=SENT)
    def one_request(self, world: str, sent: Sent) -> None:
        """A request that is answered before the next one is sent."""
        self.carry_out([(world, sent)])

    @rule(batch=st.lists(st.tuples(worlds, SENT), min_size=2, max_size=4, unique_by=lambda pair: pair[0]))
    def requests_at_once(self, batch: list[tuple[str, Sent]]) -> None:
        """Requests to different worlds that are all under way at the same time."""
        self.carry_out(batch)

    @rule(world=worlds, way=st.sampled_from(WAYS), case=st.sampled_from(EGAIN_CASES), changes=egain_changes())
    def edit_as_last_seen(self, world: str, way: Way, case: str, changes: dict[str, Any]) -> None:
        """A case of eGain is read and edited with the instant that was read, as a careful client does."""
        read = Request("egain", "GET", f"{EDIT}/{case}?$attribute=all", (EGAIN_AGENT,))
        (answer,) = self.carry_out([(world, Sent(read, way))])
        edit = {"id": case, "lastModified": answer.json()["case"][0]["lastModified"], **changes}
        self.carry_out([(world, Sent(Request("egain", "PATCH", EDIT, (EGAIN_AGENT, JSON), json_body(edit)), way))])

    @rule(name=st.sampled_from(NO_NAMES), request=REQUESTS)
    def no_world(self, name: str, request: Request) -> None:
        """A request to what is no world is refused, and no world has it in its life."""
        (answer,) = answers_at_once(self.shared, [(name, Sent(request, BY_HEADER))])

        assert 400 <= answer.status < 500

    def carry_out(self, batch: Iterable[tuple[str, Sent]]) -> list[Answer]:
        """The answers of the shared mock, which become part of the lives of their worlds."""
        pairs = list(batch)
        got = answers_at_once(self.shared, pairs)
        for (world, sent), answer in zip(pairs, got, strict=True):
            self.lived[world].append((sent, answer))
            self.tally[sent.request.api, kind_of(sent, answer)] += 1
        return got

    def teardown(self) -> None:
        """Every world, lived once more with nobody beside it, has the same answers and ends with the same cases."""
        for world in self.lived:
            self.carry_out((world, Sent(request, BY_HEADER)) for request in REVIEW)
        for world, life in self.lived.items():
            again = answers_in_turn(fresh_app(), world, (sent for sent, _ in life))
            for number, ((sent, answer), alone) in enumerate(zip(life, again, strict=True)):
                assert answer == alone, f"request {number} of the world {world}: {sent.arguments(world)}"


def kind_of(sent: Sent, answer: Answer) -> str:
    """Read, accepted write or refused write, by the header or by the prefix."""
    way = "prefix" if sent.way.prefix else "header"
    if sent.request.method == "GET":
        return f"read by {way}"
    return f"{'accepted' if answer.status < 300 else 'refused'} write by {way}"


def interleave(examples: int, *, steps: int = 25, build: Build = fresh_app, **options: Any) -> Counter[tuple[str, str]]:
    """Run the machine over so many examples against a mock that `build` makes; what was answered, counted."""

    class Machine(Interleaving):
        tally: ClassVar[Counter[tuple[str, str]]] = Counter()

    Machine.build = staticmethod(build)
    given = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        **options,
    )
    run_state_machine_as_test(Machine, settings=given)
    return Machine.tally


# Mocks that leak: the machine has to notice each


def world_of(scope: Any) -> tuple[str | None, dict[str, Any]]:
    """The world that a request means, None where it has no proper name, and the request without it."""
    headers = [pair for pair in scope["headers"] if pair[0] != WORLD.encode()]
    named = [value.decode("latin-1") for name, value in scope["headers"] if name == WORLD.encode()]
    name, path, raw = (named or [DEFAULT])[0], scope["path"], scope["raw_path"]
    if path.startswith("/~"):
        name, _, path = path[2:].partition("/")
        path, raw = f"/{path}", b"/" + raw.partition(b"/~")[2].partition(b"/")[2]
    plain = {**scope, "headers": headers, "path": path, "raw_path": raw}
    return name if WORLD_NAME.match(name) else None, plain


def into(scope: Mapping[str, Any], world: str) -> dict[str, Any]:
    """The request, with a header that names this world."""
    return {**scope, "headers": [*scope["headers"], (WORLD.encode(), world.encode())]}


class Misnaming:
    """Takes the names of some worlds for others."""

    def __init__(self, app: Any, taken_for: Callable[[str], str]) -> None:
        self.app, self.taken_for = app, taken_for

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name, plain = world_of(scope)
        await self.app(scope if name is None else into(plain, self.taken_for(name)), receive, send)


class HeaderFirst:
    """Lets the header have its way where a prefix names another world."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        _, plain = world_of(scope)
        doubly = len(plain["headers"]) < len(scope["headers"]) and plain["path"] != scope["path"]
        kept = {**plain, "headers": scope["headers"]}
        await self.app(kept if doubly else scope, receive, send)


class Forgetful:
    """Keeps the world of the request in one place for all requests while a body is on its way."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.world = DEFAULT

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        name, plain = world_of(scope)
        if name is None:
            await self.app(scope, receive, send)
            return
        self.world = name
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())

        async def again() -> Any:
            return messages.pop(0)

        await self.app(into(plain, self.world), again, send)


class Echoing:
    """Carries out each accepted write in the world bob, too."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        messages: list[Any] = []
        statuses: list[int] = []

        async def recorded() -> Any:
            messages.append(await receive())
            return messages[-1]

        async def noted(message: Any) -> None:
            statuses.append(message.get("status", 0))
            await send(message)

        async def again() -> Any:
            return messages.pop(0)

        async def unheard(_: Any) -> None:
            return None

        await self.app(scope, recorded, noted)
        if statuses[0] < 300 and scope["method"] != "GET":
            messages = messages or [{"type": "http.request", "body": b""}]
            await self.app(into(world_of(scope)[1], "bob"), again, unheard)


class OneShelf:
    """Records whose copies are themselves."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def fork(self) -> OneShelf:
        """Not a copy."""
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.records, name)


def with_one_shelf_of_r7() -> AsyncApp:
    """A mock whose worlds share the records of one API."""
    contracts, seeds = contracts_and_seeds()
    shelf: Any = OneShelf(seeds["r7office"].fork())
    return build_app(contracts, BEHAVIOURS, {**seeds, "r7office": shelf}, clock=Clock(NOON))


LEAKS: Mapping[str, Build] = {
    "names that differ in case alone": lambda: Misnaming(fresh_app(), str.lower),
    "names cut off": lambda: Misnaming(fresh_app(), lambda name: name[:63]),
    "names up to a dot": lambda: Misnaming(fresh_app(), lambda name: name.partition(".")[0]),
    "header before prefix": lambda: HeaderFirst(fresh_app()),
    "world forgotten while a body comes": lambda: Forgetful(fresh_app()),
    "writes carried out twice": lambda: Echoing(fresh_app()),
    "records that are no copies": with_one_shelf_of_r7,
}


@pytest.mark.parametrize("leak", LEAKS)
def test_leak_is_caught(leak: str) -> None:
    """
    A mock that leaks from one world into another in this way does not pass.
    """
    with pytest.raises(AssertionError, match="of the world"):
        interleave(200, build=LEAKS[leak], derandomize=True, phases=[Phase.generate], report_multiple_bugs=False)


# The honest mock


def test_every_world_answers_as_if_it_were_alone() -> None:
    """
    Whatever is sent to other worlds in between, a world answers as it does without them.
    """
    interleave(30, derandomize=True)


@pytest.mark.slow
def test_every_world_answers_as_if_it_were_alone_in_500_examples() -> None:
    """
    The same over 500 examples, drawn anew in each run.
    """
    interleave(500, steps=40, print_blob=True)


def test_worlds_are_read_and_written_in_every_way() -> None:
    """
    Each API is read, written and refused, by header and by prefix.
    """
    tally = interleave(40, derandomize=True)
    kinds = [f"{kind} by {way}" for kind in ("read", "accepted write", "refused write") for way in ("header", "prefix")]

    assert [(api, kind) for api in apis() for kind in kinds if not tally[api, kind]] == []
