"""Requests go to the profile's address, by declared methods, again only where that is safe, and say whose they are."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from conformance.target.client import Target
from conformance.target.errors import BoundReached, GatewayAnswer, Undeclared, Unreachable
from conformance.target.exchange import Request
from conformance.target.profile import Profile, TokenCall, Writes, load_profile
from conformance.target.rate_limit import Overloaded, Rate
from specs import CasepactError
from tests.conformance.answers import contract_of
from tests.servers import serving

BASE = "http://127.0.0.1:9/aicc"
CASE = "/service/AICC__Case/1.0.0/openapi/case/1"


def profile(url: str = BASE, **changes: object) -> Profile:
    """A profile of a server that is no mock of ours."""
    return replace(load_profile("mock").with_urls({"aicc": url}), worlds=False, **changes)  # type: ignore[arg-type] # fields of Profile


def target(url: str = BASE, **changes: object) -> Target:
    return Target(contract_of("aicc"), profile(url, **changes), run="check-abc")


class Answering:
    """An ASGI app that gives each of these answers once, and the last for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers, self.agents = list(answers), list[str]()

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        assert isinstance(scope, dict) and callable(send)
        if scope["type"] != "http":
            return
        self.agents.append(dict(scope["headers"]).get(b"user-agent", b"").decode())
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": [*pairs, (b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:90/aicc/a",
        "http://127.0.0.1:9/aiccx/a",
        "http://127.0.0.1:9/other",
        "http://127.0.0.1:9/aicc/../other",
        "http://127.0.0.1:9@evil.example/aicc/a",
        "https://127.0.0.1:9/aicc/a",
        "http://localhost:9/aicc/a",
    ],
)
def test_other_address_is_refused(url: str) -> None:
    """Another port, path, scheme or host than the profile's is not asked, however alike it looks."""
    with pytest.raises(CasepactError, match="outside the target"):
        target().check(Request("GET", url, ()))


@pytest.mark.parametrize("method", ["DELETE", "OPTIONS", "PATCH", "POST"])
def test_method_that_is_not_declared_is_not_sent(method: str) -> None:
    """At the path of getCase the contract has GET only."""
    with pytest.raises(Undeclared):
        target().check(Request(method, BASE + CASE, ()))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_declared_method_is_sent(method: str) -> None:
    """HEAD is part of GET (RFC 9110 section 9.3.2)."""
    target().check(Request(method, BASE + CASE, ()))


def test_redirect_is_not_followed() -> None:
    """A redirect is an answer; where it leads is not asked."""
    app = Answering((302, {"location": "http://127.0.0.1:9/elsewhere"}))
    with serving(app) as address:
        response = target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))

    assert (response.status, len(app.agents)) == (302, 1)


def test_request_names_the_run() -> None:
    """The server's log shows which run a request belongs to."""
    app = Answering((200, {}))
    with serving(app) as address:
        target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))

    assert "run check-abc" in app.agents[0]


def test_request_is_sent_again_when_the_server_asked_to_wait() -> None:
    """A 429 is no verdict: the request is sent again after the wait."""
    app = Answering((429, {"retry-after": "0"}), (200, {}))
    with serving(app) as address:
        response = target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))

    assert (response.status, len(app.agents)) == (200, 2)


def test_server_that_keeps_asking_to_wait_is_left_alone() -> None:
    """After a few waits the run ends, and says what to change."""
    with serving(Answering((429, {"retry-after": "0"}))) as address, pytest.raises(Overloaded, match="lower `rate`"):
        target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))


def test_bound_of_a_probe_is_kept() -> None:
    """The request after the last that a probe may send does not leave."""
    app = Answering((200, {}))
    with serving(app) as address:
        asked, request = target(f"{address}/aicc"), Request("GET", f"{address}/aicc{CASE}", ())
        with asked.bounded(2), pytest.raises(BoundReached):
            for _ in range(3):
                asked.send(request)

    assert len(app.agents) == 2


def test_failed_connection_is_tried_again_as_often_as_the_profile_says() -> None:
    """Three retries are three more attempts, and then the server does not answer."""
    asked = target(retries=3, rate=Rate(100, 1))
    with pytest.raises(Unreachable):
        asked.send(Request("GET", BASE + CASE, ()))

    assert asked.pacer.sent == 4


@contextmanager
def hanging_up(times: int) -> Iterator[str]:
    """The address of a server that closes the first connections without an answer, and answers 200 afterwards."""
    listener, closed = socket.create_server(("127.0.0.1", 0)), threading.Event()

    def serve() -> None:
        left = times
        while not closed.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                if not left:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                left = max(0, left - 1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        closed.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_read_is_sent_again_when_a_connection_breaks() -> None:
    """Servers and balancers close connections that were kept; that is no outage."""
    with hanging_up(times=2) as address:
        answer = target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))

    assert answer.status == 200


def test_server_that_breaks_every_connection_does_not_answer() -> None:
    """Where no repetition helps, that is what is reported."""
    with hanging_up(times=100) as address, pytest.raises(Unreachable):
        target(f"{address}/aicc").send(Request("GET", f"{address}/aicc{CASE}", ()))


def test_write_is_not_sent_again_when_its_connection_breaks() -> None:
    """What became of it nobody knows, as when a gateway answers."""
    with hanging_up(times=1) as address, pytest.raises(GatewayAnswer, match="the connection broke after POST"):
        request = Request("POST", f"{address}/aicc/service/AICC__Case/1.0.0/openapi/case/modify", (), b"{}")
        target(f"{address}/aicc", writes=Writes.ALLOWED).send(request)


@pytest.mark.parametrize("writes", [Writes.NONE, Writes.REVERSIBLE])
def test_token_call_is_no_write(writes: Writes) -> None:
    """A profile that forbids writing still gets its tokens: `getToken` is declared and changes nothing."""
    with serving(Answering((400, {}))) as address, pytest.raises(CasepactError, match="gets no token"):
        api = profile(f"{address}/aicc").apis["aicc"]
        held = replace(api, tokens={"operator": {"accessToken": TokenCall("getToken", {})}})
        changed = replace(profile(f"{address}/aicc", writes=writes), apis={"aicc": held})
        Target(contract_of("aicc"), changed).credentials.by_scheme("accessToken", "operator")
