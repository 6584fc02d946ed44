"""The direct transport: what it makes of bytes as they come, and that it agrees with that of ASGI."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_server.http.app import MockApp
from tests.mock_server.client import Client
from tests.mock_server.direct_connection import Connection, read_answers, request_bytes
from tests.mock_server.provoked import AICC_CASE, CASE_INFO, MODIFY
from tests.mock_server.whole import Whole, build

TOKEN = ("access-token", "aicc-operator-token-0001")
JSON = ("content-type", "application/json")
READ = f"/aicc{AICC_CASE.format('c6m800000142mS63Voa8')}"
WRITE = f"/aicc{MODIFY}"


@pytest.fixture(scope="module")
def whole() -> Whole:
    """A mock with its control API."""
    return build()


def titled(text: str) -> bytes:
    """The body of a write."""
    return json.dumps({"caseInfo": {**CASE_INFO, "title": text}}).encode()


def run(app: MockApp, act: Callable[[Connection], Awaitable[Any]]) -> Any:
    """What becomes of a connection to the mock."""

    async def connected() -> Any:
        connection = Connection(app)
        try:
            return await act(connection)
        finally:
            connection.drop()

    return asyncio.run(connected())


def sent(method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> bytes:
    """A request as one piece."""
    return b"".join(request_bytes(method, target, (TOKEN, JSON, *headers), [body]))


def statuses(written: bytes) -> list[int]:
    """The statuses of all whole answers."""
    return [status for status, _, _ in read_answers(written)]


def titles(written: bytes) -> list[str]:
    """The titles of all cases in the answers to reads."""
    bodies = [json.loads(body) for _, _, body in read_answers(written)]
    return [body["result"][0]["caseInfo"]["title"] for body in bodies if "result" in body]


async def answered(connection: Connection, count: int) -> bytes:
    """What was written once there are so many answers; raises `TimeoutError` after ten seconds."""
    async with asyncio.timeout(10):
        while len(statuses(bytes(connection.written))) < count:
            await asyncio.sleep(0.01)
    return bytes(connection.written)


@given(cuts=st.lists(st.integers(0, 400), max_size=6))
@settings(max_examples=60, deadline=None)
def test_request_may_come_in_any_pieces(whole: Whole, cuts: list[int]) -> None:
    """
    Wherever the network divides a request, its answer is the same.
    """
    world = ("x-casepact-world", "pieces")
    content = sent("POST", WRITE, world, body=titled("in pieces")) + sent("GET", READ, world)
    marks = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})

    async def act(connection: Connection) -> bytes:
        for start, end in pairwise(marks):
            connection.protocol.data_received(content[start:end])
        return await connection.settled()

    written = run(whole.client.app, act)
    assert (statuses(written), titles(written)) == ([200, 200], ["in pieces"])


@pytest.mark.parametrize(
    "slow", [{"latencyMilliseconds": 30}, {"failures": [{"kind": "delay", "delayMilliseconds": 30, "times": 1}]}]
)
def test_answers_come_in_the_order_of_their_requests(whole: Whole, slow: dict[str, Any]) -> None:
    """
    What is sent after a request whose answer is held back is carried out and answered after it (RFC 9112, 9.3.2).
    """
    client = whole.fresh()
    whole.make(client.world)
    assert whole.steer("PUT", f"/worlds/{client.world}/traffic", slow).status == 200
    world = ("x-casepact-world", client.world)

    async def act(connection: Connection) -> bytes:
        for text in ("one", "two"):
            connection.protocol.data_received(sent("POST", WRITE, world, body=titled(text)) + sent("GET", READ, world))
        return await answered(connection, 4)

    written = run(whole.client.app, act)
    assert (statuses(written), titles(written)) == ([200] * 4, ["one", "two"])


def test_pages_and_operations_share_a_connection(whole: Whole) -> None:
    """
    What goes by ASGI and what does not is answered in order.
    """

    async def act(connection: Connection) -> bytes:
        for target in ("/aicc/openapi.json", READ, "/_casepact/page.css", READ):
            connection.protocol.data_received(sent("GET", target))
        return await answered(connection, 4)

    assert statuses(run(whole.client.app, act)) == [200] * 4


def test_body_that_is_declared_too_long_is_not_waited_for(whole: Whole) -> None:
    """
    It is refused before it comes, and nobody is asked to send it.
    """

    async def act(connection: Connection) -> bytes:
        lines = (("expect", "100-continue"), ("content-length", str(2**20 + 1)))
        connection.protocol.data_received(sent("POST", WRITE, *lines))
        return await connection.settled()

    assert statuses(run(whole.client.app, act)) == [413]


def test_body_that_turns_out_too_long_is_dropped_and_the_connection_lives(whole: Whole) -> None:
    """
    Once refused, the rest of it is read and forgotten.
    """
    pieces = [b"x" * 2**18] * 6

    async def act(connection: Connection) -> tuple[bytes, bytes]:
        for piece in request_bytes("POST", WRITE, (TOKEN, JSON), pieces):
            connection.protocol.data_received(piece)
        first = await connection.settled()
        connection.written.clear()
        connection.protocol.data_received(sent("GET", READ))
        return first, await connection.settled()

    first, second = run(whole.client.app, act)
    assert (statuses(first), statuses(second)) == ([413], [200])


def test_body_is_asked_for(whole: Whole) -> None:
    """
    A client that waits for leave gets it (RFC 9110 section 10.1.1).
    """
    content = sent("POST", WRITE, ("expect", "100-continue"), body=titled("asked"))
    head, body = content[: -len(titled("asked"))], titled("asked")

    async def act(connection: Connection) -> tuple[bytes, bytes]:
        connection.protocol.data_received(head)
        await asyncio.sleep(0)
        before = bytes(connection.written)
        connection.protocol.data_received(body)
        return before, (await connection.settled())[len(before) :]

    before, after = run(whole.client.app, act)
    assert (before, statuses(after)) == (b"HTTP/1.1 100 Continue\r\n\r\n", [200])


@pytest.mark.parametrize(
    ("content", "last"),
    [
        (sent("GET", READ, ("connection", "close")), True),
        (sent("GET", READ).replace(b"HTTP/1.1", b"HTTP/1.0"), True),
        (sent("GET", READ), False),
    ],
)
def test_connection_ends_where_it_is_asked_to(whole: Whole, content: bytes, last: bool) -> None:
    """
    The answer says so, and what is sent behind it is not carried out.
    """

    async def act(connection: Connection) -> tuple[bytes, bool]:
        connection.protocol.data_received(content + content)
        return await connection.settled(), connection.closed

    written, closed = run(whole.client.app, act)
    assert (statuses(written), closed) == ([200] if last else [200, 200], last)
    assert (b"connection: close" in written) == last


def test_head_has_the_length_and_no_body(whole: Whole) -> None:
    """
    Length and headers are those of GET (RFC 9110 section 9.3.2).
    """

    async def act(connection: Connection) -> bytes:
        connection.protocol.data_received(sent("HEAD", READ))
        return await connection.settled()

    written = run(whole.client.app, act)
    [(status, headers, body)] = read_answers(written, "HEAD")
    assert (status, body, written.endswith(b"\r\n\r\n")) == (200, b"", True)
    assert int(dict(headers)["content-length"]) > 0


def test_request_that_comes_in_while_the_server_stops_is_answered(whole: Whole) -> None:
    """
    Its connection ends after it; one that is idle ends at once.
    """
    content = sent("POST", WRITE, body=titled("last"))

    async def act(connection: Connection) -> tuple[bytes, bool]:
        connection.protocol.data_received(content[:-10])
        connection.protocol.shutdown()
        before = connection.closed
        connection.protocol.data_received(content[-10:])
        return await connection.settled(), before

    async def idle(connection: Connection) -> bool:
        connection.protocol.shutdown()
        return connection.closed

    written, before = run(whole.client.app, act)
    assert (statuses(written), before, b"connection: close" in written) == ([200], False, True)
    assert run(whole.client.app, idle)


def test_client_that_does_not_read_gets_no_more_answers(whole: Whole) -> None:
    """
    Requests wait until what was answered has been read; then all are answered.
    """

    async def act(connection: Connection) -> tuple[int, int]:
        connection.protocol.data_received(sent("GET", READ))
        connection.protocol.pause_writing()
        for _ in range(50):
            connection.protocol.data_received(sent("GET", READ))
        await asyncio.sleep(0.05)
        while_paused = len(statuses(bytes(connection.written)))
        connection.protocol.resume_writing()
        return while_paused, len(statuses(await answered(connection, 51)))

    assert run(whole.client.app, act) == (1, 51)


def test_answers_of_one_turn_are_sent_together(whole: Whole) -> None:
    """
    Nothing is sent before all that came in is answered, and nothing waits longer, nor for more than 64 KiB.
    """

    async def act(connection: Connection) -> tuple[int, int, int]:
        for _ in range(3):
            connection.protocol.data_received(sent("GET", READ))
        before = len(connection.written)
        await asyncio.sleep(0)
        together = len(statuses(bytes(connection.written)))
        for _ in range(200):
            connection.protocol.data_received(sent("GET", READ))
        return before, together, len(connection.written)

    before, together, much = run(whole.client.app, act)
    assert (before, together, much > 65_536) == (0, 3, True)


def test_what_waits_is_sent_before_the_connection_ends(whole: Whole) -> None:
    """
    An answer, and the end of the connection in the same turn.
    """

    async def act(connection: Connection) -> bytes:
        connection.protocol.data_received(sent("GET", READ))
        connection.protocol.shutdown()
        return bytes(connection.written)

    assert statuses(run(whole.client.app, act)) == [200]


def test_idle_connection_is_closed(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    After a while in which nothing came, and not while a request comes in slowly.
    """

    async def act(connection: Connection) -> tuple[bool, bool]:
        connection.protocol.timeout_keep_alive = 0
        connection.protocol.data_received(sent("GET", READ) + b"GET ")
        await asyncio.sleep(0.05)
        while_sending = connection.closed
        connection.protocol.data_received(sent("GET", READ)[4:])
        await asyncio.sleep(0.05)
        return while_sending, connection.closed

    assert run(whole.client.app, act) == (False, True)


def test_fields_after_a_body_are_no_headers(whole: Whole) -> None:
    """
    Who calls is said before the body (RFC 9110 section 6.5.1).
    """
    head, *rest = request_bytes("POST", WRITE, (JSON,), [titled("trailer")[:9], titled("trailer")[9:]])
    content = head + b"".join(rest)[:-2] + b"access-token: aicc-operator-token-0001\r\n\r\n"

    async def act(connection: Connection) -> bytes:
        connection.protocol.data_received(content)
        return await connection.settled()

    assert statuses(run(whole.client.app, act)) == [401]


@pytest.mark.parametrize(
    "content",
    [
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET nowhere HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nx-\xe9: 1\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused(whole: Whole, content: bytes) -> None:
    """
    The connection ends, as nobody knows where the next request would begin.
    """

    async def act(connection: Connection) -> tuple[bytes, bool]:
        connection.protocol.data_received(content)
        return await connection.settled(), connection.closed

    written, closed = run(whole.client.app, act)
    assert (statuses(written), closed) == ([400], True)


def test_mistake_of_ours_is_not_blamed_on_the_client(
    whole: Whole, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    An exception is logged and answered with 500, although the parser meets it.
    """

    def fail(*_: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(type(whole.client.app.path), "target", fail)

    async def act(connection: Connection) -> bytes:
        connection.protocol.data_received(sent("GET", READ))
        return await connection.settled()

    with caplog.at_level(logging.ERROR, "casepact.mock"):
        assert statuses(run(whole.client.app, act)) == [500]
    assert "a mistake" in caplog.text


@pytest.mark.parametrize("value", ["a\r\nx-b: c", "a\x00", "a\x7f", "€"])
def test_header_that_would_divide_the_answer_is_not_sent(
    whole: Whole, value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    RFC 9110 section 5.5; the client gets a 500, the log says why.
    """
    monkeypatch.setattr(type(whole.client.app.path), "answer", lambda *_: (200, {"x-a": value}, b""))

    async def act(connection: Connection) -> bytes:
        connection.protocol.data_received(sent("GET", READ))
        return await connection.settled()

    with caplog.at_level(logging.ERROR, "casepact.mock"):
        written = run(whole.client.app, act)
    assert (statuses(written), b"x-a" in written, "cannot send" in caplog.text) == ([500], False, True)


REQUESTS: Sequence[tuple[str, str, tuple[tuple[str, str], ...], bytes]] = (
    ("GET", READ, (TOKEN,), b""),
    ("HEAD", READ, (TOKEN,), b""),
    ("GET", READ, (), b""),
    ("GET", f"{READ}?x=1&y=%FF", (TOKEN,), b""),
    ("GET", f"/~bob{READ}", (TOKEN,), b""),
    ("GET", "/~/aicc", (TOKEN,), b""),
    ("GET", READ, (TOKEN, TOKEN), b""),
    ("POST", WRITE, (TOKEN, JSON), titled("same")),
    ("POST", WRITE, (TOKEN, JSON), b"{"),
    ("POST", WRITE, (TOKEN, JSON), b"\xff"),
    ("POST", WRITE, (TOKEN,), titled("same")),
    ("OPTIONS", WRITE, (), b""),
    ("OPTIONS", WRITE, (("origin", "http://a"), ("access-control-request-method", "POST")), b""),
    ("GET", READ, (TOKEN, ("origin", "http://a")), b""),
    ("DELETE", WRITE, (TOKEN,), b""),
    ("GET", "/nowhere", (), b""),
    ("GET", "/", (), b""),
    ("GET", "/", (("accept", "text/html"),), b""),
    ("GET", "/aicc/case%2Fa", (TOKEN,), b""),
    ("GET", READ, (TOKEN, ("prefer", "code=503")), b""),
    ("GET", READ, (TOKEN, ("prefer", "delay=5")), b""),
    ("GET", "/aicc/openapi.yaml", (), b""),
)
_DIFFERENT = ("content-length", "link", "x-casepact-refusal", "date", "transfer-encoding")


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda item: f"{item[0]} {item[1]}"[:60])
def test_both_transports_give_the_same_answer(
    whole: Whole, request_: tuple[str, str, tuple[tuple[str, str], ...], bytes]
) -> None:
    """
    Status, headers and body are the same but for the ids of refusals.
    """
    method, target, headers, body = request_

    def shown(client: Client) -> tuple[int, dict[str, str], bytes]:
        answer = client.send(method, target, headers, body)
        return answer.status, {name: value for name, value in answer.headers if name not in _DIFFERENT}, answer.body

    assert shown(whole.client) == shown(whole.client.by_asgi())
