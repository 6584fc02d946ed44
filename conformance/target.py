"""Send requests to the server under test, and only there."""

from __future__ import annotations

import base64
import platform
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import urllib3
from urllib3.util import SKIP_HEADER

from conformance.decoding import Undecodable, decode
from conformance.exchange import Exchange, Pairs, Request, Response
from conformance.profile import ApiTarget, Credential, Profile, Writes
from specs.contract import Contract, Media, Operation, SecurityScheme
from specs.flaws import CasepactError

WORLD_HEADER = "X-Casepact-World"
USER_AGENT = f"casepact/0.1 (conformance run; Python {platform.python_version()})"
# RFC 9110 section 9.2.1.
SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing."""
_KEPT = "!$&'()*+,;=:@~"

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


@dataclass(frozen=True, slots=True)
class Credentials:
    """The headers that say who calls, and how a reader may write them."""

    headers: Pairs = field(repr=False)
    shown: Mapping[str, str]


class Target:
    """One API of a target, with connections kept open; `exchanges` counts what was sent."""

    def __init__(self, contract: Contract, profile: Profile, *, timeout: float = 30.0) -> None:
        self.contract, self.profile = contract, profile
        self.api: ApiTarget = profile.apis[contract.api]
        self.exchanges = 0
        self.gate: Gate = self._no_write
        self._pool = urllib3.PoolManager(
            retries=False, timeout=urllib3.Timeout(connect=5.0, read=timeout), maxsize=4, headers={}
        )
        self._lock = threading.Lock()

    def credentials(self, operation: Operation, actor: str) -> Credentials | None:
        """How an actor proves itself to an operation: the first alternative it has a credential for."""
        held = self.api.actors.get(actor)
        if held is None or not operation.security:
            return None
        for alternative in operation.security:
            if all(name in held for name in alternative):
                pairs = [_carried(self.contract.security_schemes[name], held[name]) for name in alternative]
                return Credentials(
                    tuple((name, value) for name, value, _ in pairs),
                    {name.lower(): shown for name, _, shown in pairs},
                )
        return None

    def hidden(self, text: str) -> str:
        """A text with every secret of the profile as a reader may see it."""
        for actor in self.api.actors.values():
            for credential in actor.values():
                if credential.value and credential.value != credential.shown:
                    text = text.replace(credential.value, credential.shown)
        return text

    def credential(self, scheme: str, actor: str) -> Credentials | None:
        """How an actor proves itself by this security scheme; None when it has no credential for it."""
        held = self.api.actors.get(actor, {}).get(scheme)
        if held is None:
            return None
        name, value, shown = _carried(self.contract.security_schemes[scheme], held)
        return Credentials(((name, value),), {name.lower(): shown})

    def exchange(
        self,
        operation: Operation,
        *,
        method: str = "",
        template: str = "",
        path: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
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
        contract's default actor. `body` is encoded as `media` says; `raw` is sent as it stands. Raises `Unreachable`.
        """
        arguments = dict(path or {})
        url = self.api.url + _expanded(template or operation.path, arguments) + suffix
        if query:
            url += f"?{urlencode(query, doseq=True)}"
        sent = dict(headers or {})
        if media and not any(name.lower() == "content-type" for name in sent):
            sent["Content-Type"] = media
        shown: Mapping[str, str] = {}
        if actor is not None:
            credentials = self.credentials(operation, actor or self.contract.default_actor)
        if credentials is not None:
            sent = {**dict(credentials.headers), **sent}
            shown = credentials.shown
        data = raw if raw is not None else encode(media, body) if body is not None else None
        request = Request(method or operation.method, url, tuple(sent.items()), data, shown)
        response = self.send(request, world)
        value, broken = decoded(operation, response)
        return Exchange(operation.id, request, response, value, broken, {**arguments, **(query or {})}, body)

    def send(self, request: Request, world: str = "") -> Response:
        """Send one request as it stands; raises `Unreachable`."""
        if not request.url.startswith(self.api.url):
            raise CasepactError(f"{request.url} is outside the target {self.api.url}; nothing was sent.")
        with self.gate(request):
            return self._sent(request, world)

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
        for actor in self.api.actors.values():
            for credential in actor.values():
                basic = base64.b64encode(credential.value.encode()).decode()
                if credential.value and any(credential.value in text or basic in text for text in sent):
                    return True
        return False

    def _sent(self, request: Request, world: str) -> Response:
        headers = urllib3.HTTPHeaderDict({"User-Agent": USER_AGENT, "Accept-Encoding": SKIP_HEADER})
        for name, value in request.headers:
            headers.add(name, value)
        if world and self.profile.worlds:
            headers[WORLD_HEADER] = world
        try:
            answer = self._pool.request(
                request.method, request.url, body=request.body, headers=headers, redirect=False, preload_content=True
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unreachable(self.api.url, _reason(error)) from None
        with self._lock:
            self.exchanges += 1
        return Response(answer.status, tuple(answer.headers.items()), answer.data)

    def wait(self, seconds: float = 3.0) -> None:
        """Return once the server answers anything at all; raises `Unreachable` when it does not."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.send(Request("GET", self.api.url + "/", ()))
                return
            except Unreachable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Let go of the connections."""
        self._pool.clear()


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


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    text = str(cause)
    if "refused" in text.lower():
        return "the connection was refused"
    if "timed out" in text.lower():
        return "it took too long"
    if "getaddrinfo" in text or "resolve" in text.lower():
        return "its name cannot be resolved"
    return text.splitlines()[0][:200]
