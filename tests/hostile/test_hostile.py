"""
A mock under fire stays upright: no 5xx, no traceback, and no record changed by what is refused.

A failure shows the bytes that were sent. The same seed sends the same bytes again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.seeding import seed_records
from specs import apis, load_contract
from specs.project import CONTROL
from specs.source import FIXTURES
from tests.hostile.garbage import KINDS, garbage
from tests.hostile.shots import Shot, fire
from tests.hostile.siege import Siege, answers_soon, besiege, everything, offences, prepare, slow_clients
from tests.mocks import mock_process
from tests.servers import serving

SEED = 4
REFUSAL_LINE = re.compile(
    r"\d{3} (?:\w+|-) \S* [A-Z][A-Z0-9]*-\d+(, [A-Z][A-Z0-9]*-\d+)*: .*  \(/_casepact/v1/refusals/[\w-]+\)"
)


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What is there after a siege: what the server did, what stands on its console, and whether it answers."""

    siege: Siege
    console: tuple[str, ...]
    alive: bool


@pytest.fixture(scope="module", params=[2_000, pytest.param(100_000, marks=pytest.mark.slow)])
def aftermath(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """A mock that so many hostile requests were sent to, while slow clients held connections."""
    folder = tmp_path_factory.mktemp("hostile")
    siege = Siege()
    with mock_process(folder) as mock:
        before = prepare(mock.port)
        with slow_clients(mock.port):
            besiege(mock.port, everything(mock.port, SEED, request.param, siege), siege, before)
        alive = mock.process.poll() is None and answers_soon(mock.port)
    console = mock.console.read_bytes().decode("utf-8", "backslashreplace")
    yield Aftermath(siege, tuple(console.split("\n")[:-1]), alive)


def test_mock_stays_upright(aftermath: Aftermath) -> None:
    """
    Every request gets the answer that is due, none of 500 or above but 501; no traceback, no changed record.
    """
    assert aftermath.siege.offences == []


def test_mock_is_alive_afterwards(aftermath: Aftermath) -> None:
    """
    The process runs on and answers within a second.
    """
    assert aftermath.alive


def test_console_tells_refusals_and_nothing_else(aftermath: Aftermath) -> None:
    """
    Each line of the console is that of a refused request: no traceback, no line that a client made up.
    """
    assert [line for line in aftermath.console if not REFUSAL_LINE.fullmatch(line) or not line.isprintable()] == []


def test_every_kind_was_sent(aftermath: Aftermath) -> None:
    """
    The run consists of all kinds of garbage, and of drawn requests, as many as were promised.
    """
    kinds = {kind for kind, _ in aftermath.siege.hits}

    assert len(kinds) == len(KINDS) + 1


def test_same_seed_sends_the_same_bytes() -> None:
    """
    A run can be repeated: seed and place tell every byte.
    """
    assert [*garbage(7, 300)] == [*garbage(7, 100), *garbage(7, 200, start=100)]


# Servers that do what none may; the siege has to notice each


class Failing:
    """Fails on a path that is no UTF-8."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and b"%ff" in scope["raw_path"]:
            raise ValueError("a mistake of ours")
        await self.app(scope, receive, send)


class Telling:
    """Shows a traceback to whoever sends XML that is none."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def altered(message: Any) -> None:
            if message.get("body") and (b"content-type", b"text/xml") in scope["headers"]:
                text = b'Traceback (most recent call last):\n  File "x.py", line 1'
                message = {**message, "body": text[: len(message["body"])].ljust(len(message["body"]))}
            await send(message)

        await self.app(scope, receive, altered if scope["type"] == "http" else send)


class Careless:
    """Closes a case before it has seen who asks for it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/close") and "1234" in scope["path"]:
            credential = (b"authorization", b"r7-admin-token-0001")
            scope = {**scope, "headers": [*(h for h in scope["headers"] if h[0] != b"authorization"), credential]}
        await self.app(scope, receive, send)


class Splitting:
    """Lets a line break of the path begin a header."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def altered(message: Any) -> None:
            if message["type"] == "http.response.start":
                lines = [line.partition(":") for line in scope["path"].splitlines()[1:]]
                added = [(name.encode(), value.encode()) for name, _, value in lines if name.isascii() and value]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self.app(scope, receive, altered if scope["type"] == "http" else send)


class Unpacking:
    """Takes a compressed body for what it is when it is unpacked: here, for nothing to complain of."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and any(name == b"content-encoding" for name, _ in scope["headers"]):
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)


LIARS: Mapping[str, tuple[Any, str]] = {
    "failing": (Failing, "answered 500"),
    "telling": (Telling, "the answer holds a traceback"),
    "careless": (Careless, "records of .* changed"),
    "splitting": (Splitting, "the client has added a header"),
    "unpacking": (Unpacking, "answered .* not one of"),
}


@pytest.fixture
def honest() -> Any:
    """The app of all APIs with the control API, in this process."""
    contracts = {api: load_contract(api, with_ledger=False) for api in apis()}
    seeds = {api: seed_records(contract, FIXTURES) for api, contract in contracts.items()}
    return build_app(contracts.values(), BEHAVIOURS, seeds, control=load_contract(CONTROL, with_ledger=False))


@pytest.mark.parametrize("liar", LIARS)
def test_siege_notices(honest: Any, liar: str) -> None:
    """
    A server that does what none may is told by what it does.
    """
    wrap, told = LIARS[liar]
    siege = Siege()
    with serving(wrap(honest)) as address:
        port = int(address.rpartition(":")[2])
        besiege(port, garbage(SEED, 1_500), siege, prepare(port), most=1)

    assert re.search(told, "\n".join(siege.offences)), siege.offences


def test_siege_notices_a_silent_server() -> None:
    """
    A server that takes a request and does not answer is told.
    """

    async def silent(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http", "there is nothing to start"
        await asyncio.Event().wait()

    request = Shot("silence", (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",))
    with serving(silent) as address:
        hit = fire(int(address.rpartition(":")[2]), request, patience=0.2)

    assert [*offences(request, hit)] == ["0 answers instead of 1", "the connection was kept open"]
