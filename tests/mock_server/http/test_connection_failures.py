"""Simulated failures as a client on a real connection meets them, and how they end."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from mock_server.http.connection_failures import BrokenAnswer, break_answer
from tests.mock_server.http.test_graceful import mock
from tests.mock_server.provoked import AICC_CASE, CASE_INFO, MODIFY
from tests.mock_server.whole import build
from tests.servers import serving

READ = f"/aicc{AICC_CASE.format('c6m800000142mS63Voa8')}"
TOKEN = {"access-token": "aicc-operator-token-0001"}
_numbers = count(1)

BROKEN = {"reset": httpx.ReadError, "empty": httpx.RemoteProtocolError, "truncated": httpx.RemoteProtocolError}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A mock of all APIs on loopback."""
    with serving(build().client.app) as found:
        yield found


class World:
    """A world of one test, asked over connections of its own."""

    def __init__(self, address: str) -> None:
        self.name = f"w{next(_numbers)}"
        self.steering = f"{address}/_casepact/v1/worlds/{self.name}"
        self.client = httpx.Client(base_url=f"{address}/~{self.name}", headers=TOKEN, timeout=20)
        self.reset()

    def steer(self, method: str, path: str, value: Any = None) -> httpx.Response:
        """One request to the control API about this world."""
        return httpx.request(method, f"{self.steering}{path}", json=value, timeout=20)

    def fail(self, *failures: dict[str, Any], **more: Any) -> None:
        """Set the failures of this world."""
        answer = self.steer("PUT", "/traffic", {"failures": failures, **more})
        assert answer.status_code == 200, answer.text

    def reset(self) -> None:
        """As at the start."""
        assert self.steer("POST", "/reset").status_code == 200

    def journal(self) -> list[dict[str, Any]]:
        """The entries."""
        found: list[dict[str, Any]] = self.steer("GET", "/journal").json()["entries"]
        return found

    def left(self) -> list[int | None]:
        """How often each failure can still happen."""
        return [item["timesLeft"] for item in self.steer("GET", "/traffic").json()["failures"]]

    def title(self) -> str:
        """The title of the case that tests change."""
        found: str = self.client.get(READ).json()["result"][0]["caseInfo"]["title"]
        return found

    def modify(self, title: str) -> httpx.Response:
        """A change of that case."""
        return self.client.post(f"/aicc{MODIFY}", json={"caseInfo": {**CASE_INFO, "title": title}})


@pytest.fixture
def world(address: str) -> Iterator[World]:
    """A world of its own."""
    made = World(address)
    with made.client:
        yield made


@pytest.mark.parametrize("kind", BROKEN)
def test_connection_breaks(world: World, kind: str) -> None:
    """
    The client's library reports a broken connection, and the next request is answered.
    """
    world.fail({"kind": kind, "times": 1})
    with pytest.raises(BROKEN[kind]):
        world.client.get(READ)

    assert world.client.get(READ).status_code == 200


@pytest.mark.parametrize("kind", ["reset", "empty"])
def test_request_on_a_broken_connection_is_not_carried_out(world: World, kind: str) -> None:
    """
    What the client gets no answer to has changed nothing.
    """
    before = world.title()
    world.fail({"kind": kind, "times": 1})
    with pytest.raises(httpx.TransportError):
        world.modify("Never")

    assert world.title() == before


def test_request_with_a_truncated_answer_is_carried_out(world: World) -> None:
    """
    The change is stored although its answer is lost.
    """
    world.fail({"kind": "truncated", "operation": "modifyCase"})
    with pytest.raises(httpx.RemoteProtocolError):
        world.modify("Stored")

    assert world.title() == "Stored"


def raw(address: str, world: World, method: str = "GET", linger: float = 10) -> tuple[bytes, str]:
    """All bytes that come, and how the connection ended: "closed", "reset" or "open" after `linger` seconds."""
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=linger) as connection:
        lines = [f"{method} /~{world.name}{READ} HTTP/1.1", "Host: x", f"access-token: {TOKEN['access-token']}", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except ConnectionResetError:
            return received, "reset"
        except TimeoutError:
            return received, "open"
        return received, "closed"


@pytest.mark.parametrize(
    ("kind", "method", "ended"),
    [
        ("reset", "GET", "reset"),
        ("reset", "HEAD", "reset"),
        ("empty", "GET", "closed"),
        ("empty", "HEAD", "closed"),
        ("truncated", "HEAD", "closed"),
    ],
)
def test_not_a_byte_is_sent(address: str, world: World, kind: str, method: str, ended: str) -> None:
    """
    A reset is one of TCP and an empty answer is none; an answer without a body cannot be cut off within it.
    """
    world.fail({"kind": kind})

    assert raw(address, world, method) == (b"", ended)


def test_truncated_answer_promises_more_than_it_sends(address: str, world: World) -> None:
    """
    The head is whole and marked, Content-Length that of the whole body, and half of it comes.
    """
    whole = world.client.get(READ).content
    world.fail({"kind": "truncated"})
    received, ended = raw(address, world)
    head, _, body = received.partition(b"\r\n\r\n")

    assert (ended, body) == ("closed", whole[: len(whole) // 2])
    assert f"content-length: {len(whole)}".encode() in head and b"x-casepact-simulated: truncated" in head


def test_timeout_leaves_the_client_waiting(world: World) -> None:
    """
    No answer comes within the client's own time; the next request is answered.
    """
    world.fail({"kind": "timeout", "times": 1})
    with pytest.raises(httpx.ReadTimeout):
        world.client.get(READ, timeout=0.3)

    assert world.client.get(READ).status_code == 200


def test_timeout_sends_nothing_and_keeps_the_connection(address: str, world: World) -> None:
    """
    The connection stays open without a byte.
    """
    world.fail({"kind": "timeout"})

    assert raw(address, world, linger=0.5) == (b"", "open")


def test_timeout_has_an_end(address: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After the longest silence the connection is closed.
    """
    monkeypatch.setattr("mock_server.http.connection_failures.LONGEST_SILENCE", 0.2)
    world.fail({"kind": "timeout"})

    assert raw(address, world) == (b"", "closed")


def test_failures_wait_for_their_delay(world: World) -> None:
    """
    The delay of a failure comes before it, and alone with the kind of that name.
    """
    world.fail({"kind": "empty", "delayMilliseconds": 200, "times": 1}, {"kind": "delay", "delayMilliseconds": 200})
    took = []
    for _ in range(2):
        started = time.perf_counter()
        try:
            status = world.client.get(READ).status_code
        except httpx.RemoteProtocolError:
            status = 0
        took.append((status, time.perf_counter() - started >= 0.2))

    assert took == [(0, True), (200, True)]


def test_other_world_is_unaffected(address: str, world: World) -> None:
    """
    A failure is one of its world alone.
    """
    other = World(address)
    world.fail({"kind": "reset"})
    with other.client:
        assert other.client.get(READ).status_code == 200


def test_other_operations_are_unaffected(world: World) -> None:
    """
    A failure is one of its operation alone.
    """
    world.fail({"kind": "reset", "api": "aicc", "operation": "getCase"}, {"kind": "reset", "api": "egain"})

    assert world.modify("Another").status_code == 200


def test_times_are_exact_under_concurrency(address: str, world: World) -> None:
    """
    Of forty requests at once seven fail, as many as shall.
    """
    world.fail({"kind": "reset", "times": 7})

    def fails(_: int) -> bool:
        try:
            return httpx.get(f"{address}/~{world.name}{READ}", headers=TOKEN, timeout=20).status_code != 200
        except httpx.TransportError:
            return True

    with ThreadPoolExecutor(8) as pool:
        failed = sum(pool.map(fails, range(40)))

    assert (failed, world.left()) == (7, [0])


@pytest.mark.parametrize("kind", [*BROKEN, "timeout"])
def test_journal_says_that_it_was_simulated(world: World, kind: str) -> None:
    """
    The entry has the request, the outcome `simulated`, and as its answer what the client got.
    """
    world.fail({"kind": kind})
    with pytest.raises(httpx.TransportError):
        world.client.post(f"/aicc{MODIFY}", json={"caseInfo": {"title": "Sent"}}, timeout=0.5)
    entry = world.journal()[-1]
    status = 400 if kind == "truncated" else 0

    assert (entry["outcome"], entry["status"]) == ("simulated", status)
    assert entry["request"]["body"] == {"caseInfo": {"title": "Sent"}}
    assert entry["answer"]["headers"].get("x-casepact-simulated") == ("truncated" if status else None)


def test_answer_to_a_browser_breaks_too(world: World) -> None:
    """
    A request with Origin takes another way to the same failure.
    """
    world.fail({"kind": "truncated"})
    with pytest.raises(httpx.RemoteProtocolError):
        world.client.get(READ, headers={"origin": "https://front.end"})


def test_preferred_delay_does_not_keep_the_failure_off(world: World) -> None:
    """
    Prefer: delay waits, then the world's failure comes.
    """
    world.fail({"kind": "empty"})
    with pytest.raises(httpx.RemoteProtocolError):
        world.client.get(READ, headers={"prefer": "delay=10"})


def test_reset_of_the_world_ends_the_failures(world: World) -> None:
    """
    A reset takes the traffic settings back; a restored snapshot leaves them alone.
    """
    world.steer("PUT", "/snapshots/before")
    world.fail({"kind": "status", "times": 3})
    world.client.get(READ)
    world.steer("POST", "/snapshots/before/restore")
    left = world.left()
    world.reset()

    assert (left, world.left(), world.client.get(READ).status_code) == ([2], [], 200)


class FakeConnection:
    """A connection whose end shows as soon as the mock ends it, of a server that stops or does not."""

    def __init__(self, stops: bool) -> None:
        self.ended = asyncio.Event()
        self._stops = stops

    def reset(self) -> None:
        """End it."""
        self.ended.set()

    def close(self) -> None:
        """End it."""
        self.ended.set()

    async def stopping(self) -> None:
        """Return at once, or never."""
        if not self._stops:
            await asyncio.Event().wait()

    async def receive(self) -> dict[str, Any]:
        """The end."""
        await self.ended.wait()
        return {"type": "http.disconnect"}


@pytest.mark.parametrize("stops", [True, False])
def test_timeout_ends_with_the_client_and_with_the_server(stops: bool) -> None:
    """
    Whichever goes first, nothing waits on, and nothing was sent.
    """

    async def run() -> list[Any]:
        connection, sent = FakeConnection(stops), list[Any]()
        if not stops:
            asyncio.get_running_loop().call_later(0.05, connection.ended.set)

        async def send(message: Any) -> None:
            sent.append(message)

        async with asyncio.timeout(5):
            await break_answer(BrokenAnswer("timeout"), connection, connection.receive, send)
        return [*sent, *(task for task in asyncio.all_tasks() if task is not asyncio.current_task())]

    assert asyncio.run(run()) == []


def test_mock_goes_on_after_clients_that_reset(address: str, world: World) -> None:
    """
    Clients that go away while they wait do not disturb the next one.
    """
    world.fail({"kind": "timeout", "times": 5})
    host, _, port = address.removeprefix("http://").partition(":")
    for _ in range(5):
        connection = socket.create_connection((host, int(port)), timeout=5)
        connection.sendall(f"GET /~{world.name}{READ} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        time.sleep(0.02)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    assert (world.left(), world.client.get(READ).status_code) == ([0], 200)


def test_server_that_cannot_break_connections_says_so() -> None:
    """
    An app in another ASGI server answers with 501, carries nothing out, and stands as refused in the journal.
    """
    whole = build()
    client = whole.fresh().by_asgi()
    whole.make(client.world)
    whole.steer("PUT", f"/worlds/{client.world}/traffic", {"failures": [{"kind": "truncated"}]})
    before = client.snapshot()
    answer = client.with_headers(("access-token", TOKEN["access-token"])).send("GET", READ)
    entry = whole.steer("GET", f"/worlds/{client.world}/journal").json()["entries"][-1]

    assert (answer.status, "break connections" in answer.json()["detail"]) == (501, True)
    assert (entry["outcome"], entry["status"], client.snapshot()) == ("refused", 501, before)


@pytest.mark.parametrize("kind", ["timeout", "empty"])
def test_mock_stops_while_a_client_waits(tmp_path: Any, kind: str) -> None:
    """
    A graceful stop does not wait for a client that is never answered, and says nothing of it.
    """
    with mock(tmp_path, "--quiet") as running:
        base = f"http://127.0.0.1:{running.port}"
        failures = {"failures": [{"kind": kind}]}
        assert httpx.put(f"{base}/_casepact/v1/worlds/default/traffic", json=failures).status_code == 200
        waiting = threading.Thread(target=_ask, args=(f"{base}{READ}",))
        waiting.start()
        time.sleep(0.5)
        started = time.monotonic()
        running.process.terminate()
        code = running.process.wait(timeout=10)
        took = time.monotonic() - started
        waiting.join()

    assert (code, took < 2, running.console.read_text()) == (0, True, "")


def _ask(url: str) -> None:
    try:
        asyncio.run(_get(url))
    except httpx.TransportError:
        return


async def _get(url: str) -> None:
    async with httpx.AsyncClient(timeout=20) as client:
        await client.get(url, headers=TOKEN)
