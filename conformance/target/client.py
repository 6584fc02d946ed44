"""Send requests to the server under test, and only there."""

from __future__ import annotations

import base64
import platform
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode, urlsplit

import orjson
import urllib3
from urllib3.util import SKIP_HEADER, make_headers, parse_url

from conformance.target.decoding import Undecodable, decode
from conformance.target.drafting import own_entries
from conformance.target.exchange import Exchange, Pairs, Request, Response
from conformance.target.profile import ApiTarget, Credential, OAuth, Profile, TokenCall, TokenSource, Writes
from conformance.target.rate_limit import Overloaded, Pacer
from conformance.target.redaction import Redactor
from conformance.target.tokens import TokenCache, TokenKey, oauth_request, read_token, sent_to, variable
from specs.contract import Contract, Media, Operation, SecurityScheme, TokenPlaces
from specs.flaws import CasepactError

WORLD_HEADER = "X-Casepact-World"
# RFC 9110 section 9.2.1.
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
_KEPT = "!$&'()*+,;=:@~"

ROLLBACK_BUDGET = 200
"""How many requests the putting back of what one probe changed takes at most; what is left then is told."""

GATEWAY_RETRIES = 3
"""How often a request that changes nothing is repeated when a gateway answers in place of the server."""

PULSE_WAITS = (0.0, 0.5, 1.0, 2.0)
"""Seconds before each try of the harmless read, after many server errors in a row."""

SECRET_ENTRIES = ("password", "clientSecret")
"""The entries of actors that prove who they are, in a request for a token."""

Gate = Callable[[Request], AbstractContextManager[None]]
"""What a request passes through; raises `WriteForbidden` for one that must not be sent, and spans the others."""


class Unreachable(CasepactError):
    """The server does not answer: the environment's fault, never a verdict."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} does not answer: {reason}. Start the server, or give another --url.")


class WriteForbidden(CasepactError):
    """A request that could write, on a target that does not allow it; it was not sent. `reason` says more, if any."""

    def __init__(self, method: str, url: str, reason: str = "") -> None:
        self.reason = reason
        super().__init__(f"{method} {url} could write, which the target forbids{reason and f' ({reason})'}; not sent.")


class Undeclared(CasepactError):
    """A method that the contract does not have at that path; it was not sent, as the target is not a mock of ours."""

    def __init__(self, method: str) -> None:
        super().__init__(f"{method} where the contract does not declare it, which only a mock of ours is sent")


class CredentialMissing(CasepactError):
    """An actor of the profile has no credential that an operation takes; the request was not sent."""

    def __init__(self, operation: Operation, actor: str) -> None:
        ways = " or ".join(" with ".join(alternative) for alternative in operation.security)
        super().__init__(f"needs a credential of actor {actor} by {ways} for {operation.id}")


class GatewayAnswer(CasepactError):
    """A gateway answered in place of the server, or cut it off: nothing is known of what became of the request."""


class EngineFailure(CasepactError):
    """The engine that draws requests could not go on; nothing of that is the server's."""


class LoginsSpent(CasepactError):
    """A login that must fail, beyond those that the profile allows; it was not sent, as real systems lock accounts."""

    def __init__(self, most: int) -> None:
        super().__init__(f"the profile allows {most} wrong logins a run (`wrongLogins`)")


class BoundReached(CasepactError):
    """A probe that would send more requests than it declared; it was stopped."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than the {most} requests that the plan allows this probe")


@dataclass(frozen=True, slots=True)
class Credentials:
    """The headers that say who calls, and how a reader may write them."""

    headers: Pairs = field(repr=False)
    shown: Mapping[str, str]


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
        self.redactor = _redactor(profile)
        sources = {
            (actor, scheme): source for actor, held in self.api.tokens.items() for scheme, source in held.items()
        }
        self.token_cache = TokenCache(sources, self._ask)
        self._pool = _pool(profile)
        self._lock = threading.Lock()
        self.latency = 0.0
        self.harmless_read: Callable[[], Response] | None = None
        """A read that worked at the start of the run: while it works, server errors are no outage."""
        self.settled_in: list[float] = []
        """How many seconds each write took to show, where that takes time."""
        self._logins = [operation for operation in contract.operations.values() if operation.gives_token]
        self._wrong_logins = 0
        self._asking_pulse = False
        self._left: int | None = None
        self._left_owed = 0
        self._bound = 0
        self._owed = False
        self._paths = [
            (
                re.compile(re.sub(r"\\\{[^/]*?\\\}", "[^/]*", re.escape(operation.path)) + r"(?:\.\w+)?"),
                operation.method,
            )
            for operation in contract.operations.values()
        ]

    def credentials(self, operation: Operation, actor: str) -> Credentials | None:
        """How an actor proves itself to an operation: the first alternative it has a credential for."""
        held = self.api.actors.get(actor)
        if held is None or not operation.security:
            return None
        for alternative in operation.security:
            if all(name in held or self.token_cache.has(actor, name) for name in alternative):
                pairs = [
                    _carried(self.contract.security_schemes[name], self._held(actor, name)) for name in alternative
                ]
                return Credentials(
                    tuple((name, value) for name, value, _ in pairs),
                    {name.lower(): shown for name, _, shown in pairs},
                )
        return None

    def hidden(self, text: str) -> str:
        """A text with every secret as a reader may see it."""
        return self.redactor.text(text)

    def answered(self, text: str) -> str:
        """A piece of an answer as a reader may see it."""
        return text if self.profile.worlds else self.redactor.answer(text)

    def credential(self, scheme: str, actor: str) -> Credentials | None:
        """How an actor proves itself by this security scheme; None when it has no credential for it."""
        if scheme not in self.api.actors.get(actor, {}) and not self.token_cache.has(actor, scheme):
            return None
        name, value, shown = _carried(self.contract.security_schemes[scheme], self._held(actor, scheme))
        return Credentials(((name, value),), {name.lower(): shown})

    def exchange(
        self,
        operation: Operation,
        *,
        method: str = "",
        template: str = "",
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        media: str = "",
        body: Any = None,
        raw: bytes | None = None,
        actor: str | None = "",
        credentials: Credentials | None = None,
        suffix: str = "",
        world: str = "",
    ) -> Exchange:
        """
        Call an operation and read its answer by the contract.

        `template` stands for the path of the operation. `actor` None sends no credential but `credentials`, "" the
        contract's default actor. `body` is encoded as `media` says; `raw` is sent as it stands. `headers` come beside
        those that the contract says a request must hold; None leaves one of these, or the Content-Type, out.

        Raises what `send` raises, and `CredentialMissing` where the actor has no credential for the operation.
        """
        arguments = dict(path or {})
        url = self.api.url + _expanded(template or operation.path, arguments) + suffix
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        given = headers or {}
        named = {name.lower() for name in given}
        sent = {name: value for name, value in operation.headers.items() if name.lower() not in named}
        sent |= {name: value for name, value in given.items() if value is not None}
        if media and "content-type" not in named:
            sent["Content-Type"] = media
        shown: Mapping[str, str] = {}
        if actor is not None:
            actor = actor or self.contract.default_actor
            credentials = self.credentials(operation, actor)
            if credentials is None and operation.security:
                raise CredentialMissing(operation, actor)
        if credentials is not None:
            sent = {**dict(credentials.headers), **sent}
            shown = credentials.shown
        data = raw if raw is not None else encode(media, body) if body is not None else None
        request = Request(method or operation.method, url, tuple(sent.items()), data, shown)
        response = self.send(request, world)
        value, broken = decoded(operation, response)
        return Exchange(operation.id, request, response, value, broken, {**arguments, **(query or {})}, body)

    def send(self, request: Request, world: str = "") -> Response:
        """
        Send one request as it stands, within the profile's address, methods, rate and budgets.

        Raises `Unreachable`, `Overloaded`, `Spent`, `BoundReached`, `Undeclared`, `WriteForbidden`, `GatewayAnswer`,
        `LoginsSpent`.
        """
        self.check(request)
        with self.gate(request):
            headers = list(request.headers)
            if world and self.profile.worlds:
                headers.append((WORLD_HEADER, world))
            answer = self.forward(request.method, request.url, tuple(headers), request.body)
        with self._lock:
            self.exchanges += 1
        return Response(answer.status, tuple(answer.headers.items()), answer.data)

    def check(self, request: Request) -> None:
        """Refuse a request to another address, or by a method that the contract does not declare there."""
        if not _within(request.url, self.api.url):
            raise CasepactError(f"{request.url} is outside the target {self.api.url}; nothing was sent.")
        if self.profile.worlds:
            return
        if not self._declares(request):
            raise Undeclared(request.method)
        if self._is_wrong_login(request):
            if self._wrong_logins >= self.profile.wrong_logins:
                raise LoginsSpent(self.profile.wrong_logins)
            self._wrong_logins += 1

    def forward(self, method: str, url: str, headers: Pairs, body: bytes | None) -> urllib3.BaseHTTPResponse:
        """
        Let a checked request go when it may, and again where that is due.

        That is: with a new token when one that worked is refused; later when the server asks to wait; and on a new
        connection as often as the profile says, where nothing was sent or nothing can have been written.
        """
        renewed, gateway_answers = False, 0
        while True:
            current = self.token_cache.current(headers)
            answer = self._attempt(method, url, current, body)
            if answer is None:
                continue
            if not self.profile.worlds and _is_gateway(answer):
                gateway_answers += 1
                if method not in SAFE or gateway_answers > GATEWAY_RETRIES:
                    where = f"{method} {self.hidden(url)}"
                    raise GatewayAnswer(f"a gateway answered {answer.status} to {where} in place of the server")
                time.sleep(0.1 * gateway_answers)
                continue
            if not self.profile.worlds:
                self.redactor.notice_answer(answer.headers.getlist("Set-Cookie"), answer.data)
            if answer.status != 401:
                self.token_cache.worked(current)
                return answer
            if renewed or not self.token_cache.refused(current):
                return answer
            renewed = True

    @contextmanager
    def bounded(self, most: int) -> Iterator[None]:
        """
        While this lasts, `most` requests are sent and no more; raises `BoundReached` instead of sending another.

        Those that put back are counted apart, up to `ROLLBACK_BUDGET`.
        """
        self._left, self._left_owed, self._bound = most, ROLLBACK_BUDGET, most
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
    def owing(self) -> Iterator[None]:
        """While this lasts, requests put back what a run changed: no budget holds them, the rate still does."""
        before, self._owed = self._owed, True
        try:
            yield
        finally:
            self._owed = before

    def token(self, actor: str, scheme: str) -> str:
        """The token of an actor, asked for if need be; raises `CredentialsRefused`, `Unreachable`."""
        return self.token_cache.value((actor, scheme))

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
                ticket = self.pacer.enter(owed=self._owed)
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
                    raise Unreachable(self.api.url, self.hidden(_reason(error))) from None
            except urllib3.exceptions.HTTPError as error:
                cut_off, shared = isinstance(error, urllib3.exceptions.ProtocolError), not self.profile.worlds
                if cut_off and shared and method not in SAFE:
                    raise GatewayAnswer(f"the connection broke after {method} {self.hidden(url)} was sent") from None
                # A connection that was kept may be closed by the server just when it is used again.
                due = max(self.profile.retries, GATEWAY_RETRIES if shared else 0)
                if not cut_off or method not in SAFE or broken == due:
                    raise Unreachable(self.api.url, self.hidden(_reason(error))) from None
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

    def _is_wrong_login(self, request: Request) -> bool:
        """Whether a request asks for a token with a secret that is not the profile's."""
        path = urlsplit(request.url).path.removeprefix(urlsplit(self.api.url).path)
        operation = next((item for item in self._logins if path.startswith(item.path)), None)
        if operation is None or request.method != operation.method or not request.body:
            return False
        fields = unquote_plus(request.body.decode("utf-8", "replace"))
        asks = any(name in fields for name in own_entries(operation))
        return asks and not any(secret in fields for secret in self._login_secrets())

    def _login_secrets(self) -> Iterator[str]:
        """What the profile's actors log in with."""
        for actor, held in self.api.actors.items():
            for operation in self._logins:
                for entry in own_entries(operation).values():
                    if entry.actor == actor and entry.name in held and entry.name in SECRET_ENTRIES:
                        yield held[entry.name].value
        for sources in self.api.tokens.values():
            for source in sources.values():
                if isinstance(source, TokenCall):
                    yield from (credential.value for credential in source.send.values())

    def _count(self) -> None:
        with self._lock:
            if self._left is None:
                return
            if self._owed:
                if self._left_owed == 0:
                    raise BoundReached(ROLLBACK_BUDGET)
                self._left_owed -= 1
            elif self._left == 0:
                raise BoundReached(self._bound)
            else:
                self._left -= 1

    def _ask(self, holder: TokenKey, source: TokenSource) -> tuple[str, float | None]:
        """Obtain a token. That is a POST which changes nothing, so it is sent whatever the target may be written."""
        actor, _ = holder
        places: TokenPlaces | None = None
        if isinstance(source, OAuth):
            request = oauth_request(source)
            self.redactor.learn(dict(request.headers).get("Authorization", "").removeprefix("Basic "))
        else:
            operation = self.contract.operation(source.operation)
            places = operation.token
            media = next(iter(operation.body), "")
            body = encode(media, sent_to(operation, source.send))
            request = Request(operation.method, self.api.url + operation.path, (("Content-Type", media),), body)
        answer = self.forward(request.method, request.url, request.headers, request.body)
        response = Response(answer.status, tuple(answer.headers.items()), answer.data)
        value, seconds = read_token(source, response, f"'{actor}' of {self.api.url}", documented=places)
        self.redactor.learn(value, f"${{{variable(self.contract.api, actor)}}}")
        return value, seconds

    def _held(self, actor: str, scheme: str) -> Credential:
        if self.token_cache.has(actor, scheme):
            shown = f"${{{variable(self.contract.api, actor)}}}"
            return Credential(self.token_cache.value((actor, scheme)), shown)
        return self.api.actors[actor][scheme]

    def _declares(self, request: Request) -> bool:
        path = urlsplit(request.url).path.removeprefix(urlsplit(self.api.url).path)
        method = "GET" if request.method == "HEAD" else request.method
        return any(method == declared and pattern.fullmatch(path) for pattern, declared in self._paths)

    def _no_write(self, request: Request) -> AbstractContextManager[None]:
        """
        The gate of a target where nothing is put back: writes need `allowed`.

        A request without any credential of the profile is refused before its body is read, so it may pass.
        """
        if request.method not in SAFE and self.profile.writes is not Writes.ALLOWED and self._authorized(request):
            raise WriteForbidden(request.method, request.url)
        return nullcontext()

    def _authorized(self, request: Request) -> bool:
        if request.secrets:
            return True
        sent = [value for _, value in request.headers] + [(request.body or b"").decode("latin-1"), request.url]
        held = [credential.value for actor in self.api.actors.values() for credential in actor.values()]
        for value in (*held, *self.token_cache.values()):
            basic = base64.b64encode(value.encode()).decode()
            if value and any(value in text or basic in text for text in sent):
                return True
        return False

    def wait(self, seconds: float = 3.0) -> None:
        """Return once something listens at the address (or at the proxy); raises `Unreachable` when nothing does."""
        parts = urlsplit(self.profile.proxy.url if self.profile.proxy else self.api.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        deadline = time.monotonic() + seconds
        while True:
            try:
                socket.create_connection((parts.hostname or "", port), self.profile.connect_timeout).close()
                return
            except OSError as error:
                if time.monotonic() > deadline:
                    raise Unreachable(self.api.url, _reason(error)) from None
                time.sleep(0.05)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()


def user_agent(run: str) -> str:
    """What a server's log shows of a request, so that its owner can ask about the run."""
    return f"casepact/0.1 ({f'run {run}' if run else 'conformance run'}; Python {platform.python_version()})"


def encode(media: str, value: Any) -> bytes:
    """A value as the body of a request in this media type."""
    if media == "application/x-www-form-urlencoded":
        return urlencode(list(_fields(value, ""))).encode()
    if isinstance(value, str) and "json" not in media:
        return value.encode()
    return orjson.dumps(value)


def _fields(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """The fields of a form: a list of texts repeats its name, objects in lists are written a[0][b]."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _fields(member, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, f"{name}[{index}]" if isinstance(item, dict) else name)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def decoded(operation: Operation, response: Response) -> tuple[Any, str]:
    """The value of an answer as its documented representation reads it, and why it cannot be read."""
    if not response.body:
        return None, ""
    documented = operation.responses.get(response.status)
    media = documented.content.get(response.media) if documented else None
    try:
        return decode(media or Media(response.media, None, {}, {}), response.body), ""
    except Undecodable as error:
        return None, str(error)


def _is_gateway(answer: urllib3.BaseHTTPResponse) -> bool:
    """
    Whether an answer is not the server's own (RFC 9110 sections 15.6.3 and 15.6.5): 502 or 504.

    A 503 in HTML is taken for one too: it is a balancer's page. A 503 with Retry-After never comes here.
    """
    media = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return answer.status in (502, 504) or (answer.status == 503 and media == "text/html")


def _pool(profile: Profile) -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=profile.connect_timeout, read=profile.read_timeout)
    settings: dict[str, Any] = {"retries": False, "timeout": timeout, "maxsize": 4, "headers": {}}
    if profile.ca:
        settings |= {"ca_certs": profile.ca, "cert_reqs": "CERT_REQUIRED"}
    if profile.proxy is None:
        return urllib3.PoolManager(**settings)
    user, password = profile.proxy.user, profile.proxy.password
    pair = f"{user.value}:{password.value if password else ''}" if user else None
    headers = make_headers(proxy_basic_auth=pair) if pair else None
    return urllib3.ProxyManager(profile.proxy.url, proxy_headers=headers, **settings)


def _redactor(profile: Profile) -> Redactor:
    """Knows the secrets of every API of the profile: a server may show those of another."""
    held = [
        credential for api in profile.apis.values() for actor in api.actors.values() for credential in actor.values()
    ]
    for api in profile.apis.values():
        for source in (source for sources in api.tokens.values() for source in sources.values()):
            held += (source.client_id, source.client_secret) if isinstance(source, OAuth) else source.send.values()
    proxy = profile.proxy
    held += [part for part in (proxy.user, proxy.password) if part] if proxy else []
    public = frozenset(credential.value for credential in held if credential.value == credential.shown)
    return Redactor({credential.value: credential.shown for credential in held}, public)


def _within(url: str, base: str) -> bool:
    """Whether an address lies at or below another, as the connection will be made (RFC 3986 section 6.2.2)."""
    try:
        asked, allowed = parse_url(url), _parsed_base(base)
    except urllib3.exceptions.LocationParseError:
        return False
    if (asked.scheme, asked.host, _port(asked)) != (allowed.scheme, allowed.host, _port(allowed)) or asked.auth:
        return False
    path, root = asked.path or "", (allowed.path or "").rstrip("/")
    return path == root or path.startswith(f"{root}/")


_parsed_base = lru_cache(maxsize=64)(parse_url)


def _port(url: urllib3.util.Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _carried(scheme: SecurityScheme, credential: Credential) -> tuple[str, str, str]:
    """Header name, value, and the value as a reader may write it."""
    if scheme.kind == "basic":
        encoded = base64.b64encode(credential.value.encode()).decode()
        public = credential.shown == credential.value
        return "Authorization", f"Basic {encoded}", f"Basic {encoded}" if public else f"Basic {credential.shown}"
    if scheme.kind == "bearer":
        return "Authorization", f"Bearer {credential.value}", f"Bearer {credential.shown}"
    if scheme.location == "cookie":
        return "Cookie", f"{scheme.key}={credential.value}", f"{scheme.key}={credential.shown}"
    return scheme.key, credential.value, credential.shown


def _expanded(template: str, arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        template = template.replace(f"{{{name}}}", quote(str(value), safe=_KEPT))
    return template


def untrusted(error: ssl.SSLCertVerificationError) -> str:
    """Why a certificate is not taken, and what to do where nobody known has signed it."""
    way_out = "; name its CA in the profile: tls: {ca: FILE}" if error.verify_code in _UNKNOWN_SIGNERS else ""
    return f"its certificate is not trusted: {error.verify_message}{way_out}"


# X509_V_ERR_… of OpenSSL: self-signed, self-signed in the chain, no issuer here, no first certificate to check by.
_UNKNOWN_SIGNERS = frozenset({18, 19, 20, 21})


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    text = str(cause)
    for told in (cause, *error.args):
        if isinstance(told, ssl.SSLCertVerificationError):
            return untrusted(told)
    if "refused" in text.lower():
        return "the connection was refused"
    if "timed out" in text.lower():
        return "it took too long"
    if "getaddrinfo" in text or "resolve" in text.lower() or isinstance(cause, socket.gaierror):
        return "its name cannot be resolved"
    return text.splitlines()[0][:200]
