"""The measurements: that they measure what they say, and say what is missing."""

from __future__ import annotations

import asyncio
import cProfile
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks import comparison, generated, latency, mock, scaling, serve, transports
from benchmarks.bare import bare_asgi, bare_rsgi, read_answer, write_answer
from benchmarks.kinds import KINDS, Kind
from benchmarks.load import Answer, Load, Server, ask, on_the_wire
from benchmarks.machine import ROOT, CannotMeasure, with_children
from benchmarks.open_loop import Latencies, constant_rate
from benchmarks.peers import PRISM, PRISM_LOGGING, WIREMOCK, _mockoon_environment, _stubs, missing
from benchmarks.request_cost import STAGES, _stage
from benchmarks.rsgi import rsgi_app
from mock_server.http.app import MockApp
from mock_server.operations.request import Request
from tests.foreign.contracts import keeping
from tests.mock_server.client import Client

ANSWERS = {kind.name: Answer(kind.status, (("content-type", kind.media),), kind.name.encode()) for kind in KINDS}


@pytest.fixture(scope="module")
def measured() -> MockApp:
    """The mock that is measured."""
    return serve.casepact()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_mock_answers_each_kind_as_the_measurement_expects(measured: MockApp, kind: Kind) -> None:
    """A measured request gets the status and media type that its kind names."""
    headers = [(name.lower(), value) for name, value in kind.headers.items()]
    answer = Client(measured).send(kind.method, f"/{kind.api}{kind.path}", headers, kind.body)

    assert (answer.status, (answer.header("content-type") or "").partition(";")[0]) == (kind.status, kind.media)


def test_ratio_is_the_median_of_pairs() -> None:
    """Each run of a peer is compared with our run just before it, not with our median."""
    item = comparison.Measured(KINDS[0], {PRISM: _loads(100, 200, 400)}, {PRISM: _loads(50, 100, 400)})

    assert item.ratio(PRISM) == 0.5


def test_ratio_of_processor_time_counts_what_each_answer_took() -> None:
    """A server on two processors that is as fast as ours but takes twice our processor time is at half our cost."""
    item = comparison.Measured(KINDS[0], {WIREMOCK: [Load(100, 1.0, 2.0)]}, {WIREMOCK: [Load(100, 1.0, 1.0)]})

    assert (item.ratio(WIREMOCK), item.ratio_of_processor_time(WIREMOCK)) == (1, 2)


def test_a_ratio_of_processor_time_needs_every_run() -> None:
    """Where one run could not tell its processor time there is no ratio."""
    item = comparison.Measured(KINDS[0], {PRISM: _loads(1)}, {PRISM: [Load(1, 1.0, 1.0)]})

    assert item.ratio_of_processor_time(PRISM) is None


@pytest.mark.parametrize(
    ("status", "targets"),
    [(200, (">= 6", ">= 12", ">= 1.0")), (400, (">= 4", ">= 12", ""))],
    ids=["accepted", "refused"],
)
def test_targets_depend_on_what_is_asked(status: int, targets: tuple[str, ...]) -> None:
    """A refusal has a target of its own beside silent Prism, and none beside WireMock."""
    kind = replace(KINDS[0], status=status)

    assert tuple(comparison.target(kind, name) for name in (PRISM, PRISM_LOGGING, WIREMOCK)) == targets


def test_processor_time_is_that_of_a_process_and_what_it_started() -> None:
    """Workers of workers count, and nobody else."""
    assert with_children([10], {10: 1, 11: 10, 12: 11, 20: 1, 21: 20}) == {10, 11, 12}


def test_missing_tools_are_named_with_the_way_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a tool is not found the line says what installs it."""
    monkeypatch.setenv("PATH", "")

    assert "wrk is missing: sudo apt-get install wrk" in missing()


def test_only_what_is_measured_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without peers neither Node nor Java is needed."""
    monkeypatch.setenv("PATH", "")

    assert missing([]) == ["wrk is missing: sudo apt-get install wrk"]


@pytest.mark.parametrize(("part", "line"), [("peers", "java is missing"), ("workers", "redis-server is missing")])
def test_a_missing_tool_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], part: str, line: str
) -> None:
    """Without the tools of a part nothing is measured, and the exit code is 2."""
    monkeypatch.setenv("PATH", "")

    assert (mock.main(["--part", part]), line in capsys.readouterr().err) == (2, True)


def test_wiremock_refuses_what_does_not_fit_the_schema() -> None:
    """Of two stubs at one path the one with the schema is tried first, and the one that refuses has none."""
    accepting, refusing = [stub for stub in _stubs(KINDS, ANSWERS) if stub["request"]["urlPath"].endswith("modify")]

    assert (accepting["priority"], "bodyPatterns" in accepting["request"]) == (1, True)
    assert (refusing["priority"], "bodyPatterns" in refusing["request"]) == (5, False)


def test_mockoon_refuses_what_lacks_a_member() -> None:
    """The default answer at the path of a refused write is the refusal."""
    routes = _mockoon_environment(KINDS, ANSWERS, 1)["routes"]
    (route,) = [route for route in routes if route["endpoint"].endswith("modify")]

    assert [(item["statusCode"], item["default"]) for item in route["responses"]] == [(200, False), (400, True)]


def test_a_request_on_the_wire_is_whole() -> None:
    """What the constant-rate client sends has the path below the API, the headers of the kind and the body's length."""
    kind = KINDS[1]
    head, _, body = on_the_wire(Server("ours", (1,), 80, "/aicc"), kind).partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")

    assert lines[0] == f"POST /aicc{kind.path} HTTP/1.1"
    assert {f"{name}: {value}" for name, value in kind.headers.items()} < set(lines)
    assert (f"Content-Length: {len(kind.body)}" in lines, body) == (True, kind.body)


class TestBareApps:
    """The apps that do nothing send the given answer, by whatever interface."""

    ANSWER = Answer(201, (("a", "b"),), b"body")

    def test_by_asgi(self) -> None:
        """Status, headers and body are as given; the length is told."""
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"x", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        async def exchange() -> None:
            await bare_asgi(self.ANSWER)({"type": "http"}, receive, send)

        asyncio.run(exchange())

        assert [(item.get("status"), item.get("body")) for item in sent] == [(201, None), (None, b"body")]
        assert sent[0]["headers"] == [(b"a", b"b"), (b"content-length", b"4")]

    def test_by_rsgi(self) -> None:
        """Status, headers and body are as given."""
        assert _by_rsgi(bare_rsgi(self.ANSWER), KINDS[0]) == [(201, [("a", "b")], b"body")]

    def test_by_the_direct_transport(self) -> None:
        """The server stands where the mock's does, and returns the bytes of the mock."""
        kind = KINDS[1]
        answer = Answer(kind.status, (("vary", "Origin"), ("content-type", kind.media)), b"body")
        with transports.bare_direct(kind, answer) as server:
            found = ask(server, kind)

        assert found == replace(answer, headers=(*answer.headers, ("content-length", "4")))

    def test_its_answer_comes_by_a_file(self, tmp_path: Path) -> None:
        """The process that serves it reads what the measurement wrote, without the length that each server states."""
        answer = replace(self.ANSWER, headers=(("a", "b"), ("content-length", "4")), body="ü".encode())
        write_answer(answer, tmp_path / "answer.json")

        assert read_answer(tmp_path / "answer.json") == replace(answer, headers=(("a", "b"),))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_mock_answers_alike_behind_rsgi(measured: MockApp, kind: Kind) -> None:
    """Status, body and the names of headers are those that ASGI gives."""
    headers = [(name.lower(), value) for name, value in kind.headers.items()]
    client = Client(measured)
    client.send(kind.method, f"/{kind.api}{kind.path}", headers, kind.body)
    answer = client.send(kind.method, f"/{kind.api}{kind.path}", headers, kind.body)

    ((status, lines, body),) = _by_rsgi(rsgi_app(measured.path), kind)

    assert (status, body) == (answer.status, answer.body)
    assert {name for name, _ in lines} == {name for name, _ in answer.headers} - {"content-length"}


class TestGrowth:
    """The documents of any size, and what is said of how the cost grows."""

    @pytest.mark.parametrize("operations", [5, 50])
    def test_documents_have_as_many_operations_as_asked_for(self, operations: int) -> None:
        """Each is an operation of its own."""
        paths = generated.document(operations)["paths"]
        ids = [item["operationId"] for path in paths.values() for name, item in path.items() if name != "parameters"]

        assert len(set(ids)) == operations

    def test_each_write_is_kept(self, tmp_path: Path) -> None:
        """The mock accepts the write to each thing, and shows it afterwards: it takes it for a record."""
        file = tmp_path / "things.json"
        file.write_text(json.dumps(generated.document(15)), encoding="utf-8")
        client, _ = keeping(file)
        writes = generated.writes("things", 15)
        for kind in writes:
            sent = [(name.lower(), value) for name, value in kind.headers.items() if name != "X-Casepact-World"]
            assert client.send("PUT", kind.path, sent, kind.body).status == kind.status

        shown = [client.send("GET", kind.path, [("authorization", "x")], b"") for kind in writes]

        assert [answer.json() for answer in shown] == [{"id": 1, **json.loads(kind.body)} for kind in writes]
        assert {answer.header("x-casepact-unmodelled") for answer in shown} == {"by-shape"}

    @pytest.mark.parametrize("operations", [5, 50])
    def test_a_write_takes_as_many_calls_in_a_larger_contract(self, tmp_path: Path, operations: int) -> None:
        """What README.md says of growth: more operations are more memory, and not more to do."""

        def calls(count: int) -> int:
            file = tmp_path / f"of-{count}.json"
            file.write_text(json.dumps(generated.document(count)), encoding="utf-8")
            client, _ = keeping(file)
            path, kind = client.app.path, generated.writes("x", count)[-1]
            headers = {name.lower(): value for name, value in kind.headers.items()}

            def ask() -> None:
                request = Request(kind.method, kind.path, "", headers)
                target = path.target(request)
                assert target is not None
                assert cast(tuple[int, Any, bytes], path.answer(request, target, kind.body))[0] == kind.status

            for _ in range(3):
                ask()
            return _calls(ask)

        assert calls(operations) == calls(100)

    def test_growth_is_more_than_one(self) -> None:
        """Half the rate at three times the processor time is a time of 2 and a processor time of 3."""
        assert scaling.ratios([Load(200, 1.0, 1.0)], [Load(100, 1.0, 1.5)]) == (2, 3)


class TestConstantRate:
    """The client that sends at a constant rate."""

    def test_percentile_is_the_nearest_rank(self) -> None:
        """99 % of 200 latencies do not exceed the 198th."""
        found = Latencies([float(number) for number in range(1, 201)], 0.0)

        assert (found.percentile(50), found.percentile(99), found.percentile(100)) == (100, 198, 200)

    def test_a_stall_is_seen_by_every_request_that_was_due_in_it(self) -> None:
        """While the server stalls 60 requests are due; the 44 beyond its 16 connections count too."""
        with _served(stalls_at=20, stall=0.2) as port:
            found = constant_rate(port, b"GET / HTTP/1.1\r\n\r\n", 200, rate=300, seconds=0.5)

        assert len(found.ascending) == 150
        assert sum(latency > 0.01 for latency in found.ascending) > 3 * 16

    def test_another_status_ends_the_measurement(self) -> None:
        """What was not answered as expected is no figure."""
        with _served() as port, pytest.raises(CannotMeasure, match="answered 200, not 400"):
            constant_rate(port, b"GET / HTTP/1.1\r\n\r\n", 400, rate=100, seconds=0.1)

    def test_latencies_are_compared_within_a_round(self) -> None:
        """The ratio is the median of those of the rounds."""
        ours = [latency.HalfLoad(1.0, Latencies([seconds], 0.0)) for seconds in (1.0, 2.0, 4.0)]
        theirs = [latency.HalfLoad(1.0, Latencies([seconds], 0.0)) for seconds in (3.0, 4.0, 8.0)]

        assert latency.ratio(theirs, ours, 50) == 2


@pytest.mark.parametrize(("part", "function"), [(part, name) for part, name, _ in STAGES if "mock_server/" in part])
def test_stages_name_code_that_exists(part: str, function: str) -> None:
    """A stage of the cost table names a folder, file or function of the mock: no line of it stays empty unnoticed."""
    file = ROOT / (part if part.endswith((".py", "/")) else f"{part}.py")
    assert file.is_dir() or (file.is_file() and (not function or f"def {function}(" in file.read_text("utf-8")))


def test_an_unknown_function_belongs_to_no_stage() -> None:
    """What no stage claims is left to the function that called it."""
    assert _stage(test_an_unknown_function_belongs_to_no_stage.__code__) == ""


def _calls(run: Callable[[], object]) -> int:
    """How many functions are called, in Python and C."""
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(entry.callcount for entry in profile.getstats())


def _loads(*rates: int) -> list[Load]:
    return [Load(rate, 1.0, None) for rate in rates]


@dataclass(frozen=True, slots=True)
class _RsgiScope:
    """What Granian hands over for a request."""

    method: str
    path: str
    headers: dict[str, str]
    query_string: str = ""


@dataclass(frozen=True, slots=True)
class _RsgiProtocol:
    """What Granian hands over to read the body and to answer."""

    body: bytes
    sent: list[tuple[int, list[tuple[str, str]], bytes]] = field(default_factory=list)

    async def __call__(self) -> bytes:
        return self.body

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer."""
        self.sent.append((status, headers, body))


def _by_rsgi(app: Callable[[Any, Any], Awaitable[None]], kind: Kind) -> list[tuple[int, list[tuple[str, str]], bytes]]:
    """What an RSGI app answers to a request."""
    headers = {name.lower(): value for name, value in kind.headers.items()}
    protocol = _RsgiProtocol(kind.body)

    async def exchange() -> None:
        await app(_RsgiScope(kind.method, f"/{kind.api}{kind.path}", headers), protocol)

    asyncio.run(exchange())
    return protocol.sent


@contextmanager
def _served(stalls_at: int = 0, stall: float = 0.0) -> Iterator[int]:
    """The port of a server of one thread that answers 200, and once does nothing at all for some seconds."""
    ready, port, answered = threading.Event(), 0, 0
    loop = asyncio.new_event_loop()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport: Any = transport

        def data_received(self, data: bytes) -> None:
            nonlocal answered
            answered += 1
            if answered == stalls_at:
                time.sleep(stall)
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async def run() -> None:
        nonlocal port
        server = await loop.create_server(Protocol, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        ready.set()
        await stopped.wait()
        server.close()

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=[run()])
    thread.start()
    ready.wait(10)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(10)
        loop.close()
