"""Send requests to the server under test, and only there."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.util import SKIP_HEADER

from conformance.target.connections import is_gateway, is_within, pool, reason, user_agent, wait_for_listener
from conformance.target.credentials import ActorCredentials, redactor_of
from conformance.target.decoding import decoded
from conformance.target.errors import (
    BoundReached,
    CredentialMissing,
    GatewayAnswer,
    LoginsSpent,
    Undeclared,
    Unreachable,
    WriteForbidden,
)
from conformance.target.exchange import Exchange, Pairs, Request, Response
from conformance.target.profile import ApiTarget, Profile, Writes
from conformance.target.rate_limit import Overloaded, Pacer
from conformance.target.request_parts import PLAIN, RequestParts
from specs.contract import Contract, Operation
from specs.flaws import CasepactError

WORLD_HEADER = "X-Casepact-World"
# RFC 9110 section 9.2.1.
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""

ROLLBACK_BUDGET = 200
"""How many requests the putting back of what one probe changed takes at most; what is left then is reported."""

GATEWAY_RETRIES = 3
"""How often a request that changes nothing is repeated when a gateway answers in place of the server."""

PULSE_WAITS = (0.0, 0.5, 1.0, 2.0)
"""Seconds before each try of the harmless read, after many server errors in a row."""

Gate = Callable[[Request], AbstractContextManager[None]]
"""What a request passes through; raises `WriteForbidden` for one that must not be sent, and spans the others."""


class Target:
    """
    One API of a target, with connections kept open; `exchanges` counts what was answered.

    `latency` is how many seconds the latest answer took. `run` names the run to the server (User-Agent). `pacer` gives
    each request leave; without one there is no budget but the rate of the profile.
    """

    def __init__(self, contract: Contract, profile: Profile, *, run: str = "", pacer: Pacer | None = None) -> None:
        self.contract, self.profile = contract, profile
        self.api: ApiTarget = profile.apis[contract.api]
        self.exchanges = 0
        self.gate: Gate = self._no_write
        self.pacer = pacer or Pacer.fresh(rate=profile.rate, endures_errors=profile.worlds)
        self.user_agent = user_agent(run)
        self.redactor = redactor_of(profile)
        self.credentials = ActorCredentials(contract, self.api, self.redactor, self._obtain)
        self._pool = pool(profile)
        self._lock = threading.Lock()
        self.latency = 0.0
        self.harmless_read: Callable[[], Response] | None = None
        """A read that worked at the start of the run: while it works, server errors are no outage."""
        self.settled_in: list[float] = []
        """How many seconds each write took to show, where that takes time."""
        self._wrong_logins = 0
        self._asking_pulse = False
        self._left: int | None = None
        self._left_to_put_back = 0
        self._bound = 0
        self._putting_back = False
        self._paths = [
            (
                re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]*", re.escape(operation.path)) + r"(?:\.\w+)?"),
                operation.method,
            )
            for operation in contract.operations.values()
        ]

    def hidden(self, text: str) -> str:
        """A text with every secret as a reader may see it."""
        return self.redactor.text(text)

    def answered(self, text: str) -> str:
        """A piece of an answer as a reader may see it."""
        return text if self.profile.worlds else self.redactor.answer(text)

    def exchange(self, operation: Operation, parts: RequestParts = PLAIN, *, world: str = "") -> Exchange:
        """
        Call an operation and read its answer by the contract.

        Raises what `send` raises, and `CredentialMissing` where the actor has no credential for the operation.
        """
        credentials = parts.credentials
        if parts.actor is not None:
            actor = parts.actor or self.contract.default_actor
            credentials = self.credentials.of(operation, actor)
            if credentials is None and operation.asks_for_credential:
                raise CredentialMissing(operation, actor)
        request = parts.request(operation, self.api.url, credentials)
        response = self.send(request, world)
        value, broken = decoded(operation, response)
        return Exchange(operation.id, request, response, value, broken, {**parts.path, **parts.query}, parts.body)

    def send(self, request: Request, world: str = "") -> Response:
        """
        Send one request as it stands, within the profile's address, methods, rate and budgets.

        Raises `Unreachable`, `Overloaded`, `Spent`, `BoundReached`, `Undeclared`, `WriteForbidden`, `GatewayAnswer`,
        `LoginsSpent`.
        """
        self.check(request)
        started = time.time()
        with self.gate(request):
            headers = list(request.headers)
            if world and self.profile.worlds:
                headers.append((WORLD_HEADER, world))
            answer = self.forward(request.method, request.url, tuple(headers), request.body)
        with self._lock:
            self.exchanges += 1
        return Response(answer.status, tuple(answer.headers.items()), answer.data, started, self.latency)

    def check(self, request: Request) -> None:
        """Refuse a request to another address, or by a method that the contract does not declare there."""
        if not is_within(request.url, self.api.url):
            raise CasepactError(f"{request.url} is outside the target {self.api.url}; nothing was sent.")
        if self.profile.worlds:
            return
        if not self._declares(request):
            raise Undeclared(request.method)
        if self.credentials.is_wrong_login(request):
            if self._wrong_logins >= self.profile.wrong_logins:
                raise LoginsSpent(self.profile.wrong_logins)
            self._wrong_logins += 1

    def forward(self, method: str, url: str, headers: Pairs, body: bytes | None) -> urllib3.BaseHTTPResponse:
        """
        Let a checked request go when it may, and again where that is due.

        That is: with a new token when one that worked is refused; later when the server asks to wait; and on a new
        connection as often as the profile says, where nothing was sent or nothing can have been written.
        """
        tokens, renewed, gateway_answers = self.credentials.token_cache, False, 0
        while True:
            current = tokens.current(headers)
            answer = self._attempt(method, url, current, body)
            if answer is None:
                continue
            if not self.profile.worlds and is_gateway(answer):
                gateway_answers += 1
                if method not in SAFE or gateway_answers > GATEWAY_RETRIES:
                    where = f"{method} {self.hidden(url)}"
                    raise GatewayAnswer(f"a gateway answered {answer.status} to {where} in place of the server")
                time.sleep(0.1 * gateway_answers)
                continue
            if not self.profile.worlds:
                self.redactor.notice_answer(answer.headers.getlist("Set-Cookie"), answer.data)
            if answer.status != 401:
                tokens.worked(current)
                return answer
            if renewed or not tokens.refused(current):
                return answer
            renewed = True

    def wait(self, seconds: float = 3.0) -> None:
        """Return once something listens at the address (or at the proxy); raises `Unreachable` when nothing does."""
        wait_for_listener(self.api.url, self.profile, seconds)

    @contextmanager
    def bounded(self, most: int) -> Iterator[None]:
        """
        While this lasts, `most` requests are sent and no more; raises `BoundReached` instead of sending another.

        Those that put back are counted apart, up to `ROLLBACK_BUDGET`.
        """
        self._left, self._left_to_put_back, self._bound = most, ROLLBACK_BUDGET, most
        try:
            yield
        finally:
            self._left = None

    @contextmanager
    def on_records(self, records: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
        """While this lasts, these stand for the known records of the profile."""
        before, self.api = self.api, replace(self.api, records=records)
        try:
            yield
        finally:
            self.api = before

    @contextmanager
    def putting_back(self) -> Iterator[None]:
        """While this lasts, requests put back what a run changed: no budget holds them, the rate still does."""
        before, self._putting_back = self._putting_back, True
        try:
            yield
        finally:
            self._putting_back = before

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()

    def _attempt(self, method: str, url: str, headers: Pairs, body: bytes | None) -> urllib3.BaseHTTPResponse | None:
        """The answer to one request; None when the server asks to send it again later."""
        sent = urllib3.HTTPHeaderDict({"User-Agent": self.user_agent, "Accept-Encoding": SKIP_HEADER})
        for name, value in headers:
            if name.lower() != "user-agent":
                sent.add(name, value)
        tries, broken = self.profile.retries, 0
        while True:
            self._count()
            try:
                ticket = self.pacer.enter(putting_back=self._putting_back)
            except Overloaded as error:
                raise Overloaded(f"{self.api.url} cannot be tested further: {error}.") from None
            status, retry_after, started = 0, "", time.monotonic()
            try:
                answer = self._pool.request(
                    method, url, body=body, headers=sent, redirect=False, retries=False, preload_content=True
                )
                status, retry_after = answer.status, answer.headers.get("Retry-After", "")
                self.latency = time.monotonic() - started
            except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
                self.pacer.unsent(ticket)
                if not tries:
                    raise Unreachable(self.api.url, self.hidden(reason(error))) from None
            except urllib3.exceptions.HTTPError as error:
                cut_off, shared = isinstance(error, urllib3.exceptions.ProtocolError), not self.profile.worlds
                if cut_off and shared and method not in SAFE:
                    raise GatewayAnswer(f"the connection broke after {method} {self.hidden(url)} was sent") from None
                # A connection that was kept may be closed by the server just when it is used again.
                due = max(self.profile.retries, GATEWAY_RETRIES if shared else 0)
                if not cut_off or method not in SAFE or broken == due:
                    raise Unreachable(self.api.url, self.hidden(reason(error))) from None
                broken += 1
                continue
            finally:
                asked_to_wait = self.pacer.leave(ticket, status, retry_after)
            if status:
                if self.pacer.suspects_outage:
                    self._take_pulse(method, url)
                return None if asked_to_wait else answer
            tries -= 1

    def _take_pulse(self, method: str, url: str) -> None:
        """
        After many server errors in a row: repeat the read that worked at the start, to tell errors from an outage.

        Raises `Overloaded` when that fails too, several times over some seconds.
        """
        if self._asking_pulse:
            return
        since = self.pacer.errors_since
        if self.harmless_read is not None:
            self._asking_pulse = True
            try:
                for wait in PULSE_WAITS:
                    time.sleep(wait)
                    if self.harmless_read().status < 500:
                        self.pacer.trust()
                        return
            except (GatewayAnswer, Unreachable):
                pass
            finally:
                self._asking_pulse = False
        self.pacer.stop_for_errors()
        raise Overloaded(
            f"{self.api.url} cannot be tested further: since request {since} of the run it answers with server errors, "
            f"last to {method} {self.hidden(url)}"
            + (", and the read that worked at the start fails too" if self.harmless_read else "")
            + "."
        )

    def _count(self) -> None:
        with self._lock:
            if self._left is None:
                return
            if self._putting_back:
                if self._left_to_put_back == 0:
                    raise BoundReached(ROLLBACK_BUDGET)
                self._left_to_put_back -= 1
            elif self._left == 0:
                raise BoundReached(self._bound)
            else:
                self._left -= 1

    def _obtain(self, request: Request) -> Response:
        """The answer to a request for a token: that is sent whatever the target may be written, and changes nothing."""
        answer = self.forward(request.method, request.url, request.headers, request.body)
        return Response(answer.status, tuple(answer.headers.items()), answer.data)

    def _declares(self, request: Request) -> bool:
        path = urlsplit(request.url).path.removeprefix(urlsplit(self.api.url).path)
        method = "GET" if request.method == "HEAD" else request.method
        return any(method == declared and pattern.fullmatch(path) for pattern, declared in self._paths)

    def _no_write(self, request: Request) -> AbstractContextManager[None]:
        """
        The gate of a target where nothing is put back: writes need `allowed`.

        A request without any credential of the profile is refused before its body is read, so it may pass.
        """
        forbidden = request.method not in SAFE and self.profile.writes is not Writes.ALLOWED
        if forbidden and self.credentials.are_in(request):
            raise WriteForbidden(request.method, request.url)
        return nullcontext()
