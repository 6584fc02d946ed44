"""The compiled request path: route, authenticate, admit, call, represent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from connexion.middleware.abstract import SpecMiddleware
from starlette.middleware.cors import CORSMiddleware

from mock_server.addresses import first_segment
from mock_server.console import LOGGER
from mock_server.explanations.explaining import RefusalBook, Refused
from mock_server.explanations.unmatched import UnmatchedRequest
from mock_server.negotiation import choose
from mock_server.operations.compiled import WORLD_HEADER, CompiledOperation, admit, caller, carry_out
from mock_server.operations.preferences import Answer, Preferences, UnmetPreference, read_preferences
from mock_server.operations.refusals import RefusalWriter
from mock_server.operations.request import (
    App,
    HeaderLines,
    Receive,
    Request,
    Scope,
    Send,
    encoded,
    read_body,
    read_request,
)
from mock_server.operations.routing import Route, RouteIndex
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds.clock import Clock
from mock_server.worlds.store import DEFAULT, WORLD_NAME, World, WorldStore, forked
from mock_server.worlds.traffic import TrafficShaper
from specs.source import CONTROL_BASE

logger = logging.getLogger(LOGGER)

# A cache must not hand an answer without CORS headers to a browser.
_VARY: HeaderLines = ((b"vary", b"Origin"),)
_REMEMBERED = 4096
"""Routes; a path as it was sent may be anything."""
_CALM = Preferences()

Encoded = tuple[int, HeaderLines, bytes]
"""An answer as it is sent: status, headers without the length of the body, body."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A compiled operation at one address; `media` is fixed where a path suffix says it."""

    compiled: CompiledOperation
    media: str | None


class Claim:
    """The operations below one base path, and how what no operation takes there is refused."""

    def __init__(self, operations: Sequence[CompiledOperation]) -> None:
        first = operations[0]
        self.operations, self.api, self.marks = operations, first.contract.api, first.marks
        self.refusals = RefusalWriter(first.contract.refusals, first.contract.xml)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A request that is not carried out, and how far it was read."""

    refusals: list[Refusal]
    raw: bytes = b""
    call: Call | None = None


class RequestPath(SpecMiddleware):
    """
    Answers every request that an API's addresses claim; the rest goes on to Connexion's own pages.

    What stands behind the name of an API is answered by that API; everything else is the root's, where the API `root`
    is served, or none. An operation whose base is "" is at the root alone. `pages` are the paths below which there are
    documents and Swagger UI.
    """

    def __init__(
        self,
        app: App,
        *,
        operations: Iterable[CompiledOperation],
        root: str = "",
        pages: Iterable[str] = (),
        worlds: WorldStore,
        max_body: int,
        book: RefusalBook,
    ) -> None:
        self.app, self.worlds, self.max_body, self.book = app, worlds, max_body, book
        self._cors = CORSMiddleware(
            self._from_browser, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
        )
        self._below: RouteIndex[Endpoint] = RouteIndex()
        self._at_root: RouteIndex[Endpoint] = RouteIndex()
        self._routes: dict[str, Route[Endpoint]] = {}
        self._pages = tuple(pages)
        self._compiled = compiled = list(operations)
        by_base: dict[str, list[CompiledOperation]] = {}
        for item in compiled:
            if item.base:
                by_base.setdefault(item.base, []).append(item)
                _add(self._below, item.base, item)
        self._claims = {base: Claim(items) for base, items in by_base.items()}
        self._names = {first_segment(base) for base in by_base}
        rooted = [item for item in compiled if item.world is None and item.contract.api == root]
        self._root = Claim(rooted) if rooted else None
        for item in rooted:
            _add(self._at_root, "", item)

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers each document here; what it holds was compiled already."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        request = read_request(scope)
        if "origin" in request.headers:
            # Only browsers send it, and only they read what this adds.
            return self._cors(scope, receive, send)
        return self._serve(scope, receive, send, request, _VARY)

    def _from_browser(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        return self._serve(scope, receive, send, read_request(scope))

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, request: Request, headers: HeaderLines = ()
    ) -> None:
        """Answer what an API's addresses claim; an unexpected exception is logged and answered with 500."""
        path, name = request.path, request.headers.get(WORLD_HEADER, DEFAULT)
        if path.startswith("/~"):
            name, _, rest = path[2:].partition("/")
            request.path = path = f"/{rest}"
            # Connexion's pages below a prefix name it in their own links (ASGI: root_path).
            scope = {**scope, "root_path": f"/~{name}"}
        route = self._route(path)
        if route is None and self._is_page(path):
            await self.app(scope, receive, send)
            return
        if name != DEFAULT and not WORLD_NAME.match(name):
            answer = _encoded(
                own_problem(400, f"'{name[:80]}' names no world: 1 to 64 letters, digits, '_', '.', '-'.")
            )
        elif route is None:
            prefix = scope.get("root_path", "")
            answer = _encoded(self._index_page(prefix) if path == "/" else self._no_route(request, name))
        else:
            try:
                answer = await self._answer(receive, route, request, name)
            except Exception:
                logger.exception("%s %s: a mistake of the mock's own, please report it", request.method, path)
                answer = _encoded(own_problem(500, "internal error in the mock; see its log"))
        status, lines, body = answer
        lines = [*headers, *lines]
        if status != 204:
            lines.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})

    def _route(self, path: str) -> Route[Endpoint] | None:
        """The route of a path; those found last are remembered, so that finding one again costs a look."""
        route = self._routes.get(path)
        if route is None:
            route = self._found(path)
            if route is not None:
                if len(self._routes) >= _REMEMBERED:
                    self._routes.clear()
                self._routes[path] = route
        return route

    def _found(self, path: str) -> Route[Endpoint] | None:
        if unquote(first_segment(path)) in self._names:
            return self._below.find(path)
        # An API that is at the root alone has its pages below its name, where its own paths may be too.
        return None if self._is_page(path) else self._at_root.find(path)

    async def _answer(self, receive: Receive, route: Route[Endpoint], request: Request, name: str) -> Encoded:
        method = request.method
        endpoint = route.methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            return _encoded(self._no_method(request, route, name))
        started = time.time()
        compiled = endpoint.compiled
        media = endpoint.media or choose(request.headers.get("accept", "*/*"), compiled.offered) or compiled.default
        world = compiled.world or self.worlds.world(name)
        if world is None:
            return _encoded(_no_world(name, self.worlds))
        world.requests += 1
        wanted = _CALM
        if "prefer" in request.headers:
            try:
                wanted = read_preferences(request.headers["prefer"])
                chosen = compiled.choices.answer(wanted, media, request.headers) if wanted.chooses else None
            except UnmetPreference as error:
                told = f"Prefer cannot be kept: {error}"
                _note(compiled, request, world, started, 400, admitted=False, detail=told)
                return _encoded(own_problem(400, f"{told}."), compiled.marks)
            if chosen is not None:
                _note(compiled, request, world, started, chosen[0], detail="preferred by the request")
                await asyncio.sleep(wanted.delay / 1000)
                return _encoded(chosen, {**compiled.marks, "preference-applied": wanted.applied()})
        weather = world.weather
        fate = self._fate(compiled, request, media, weather) if weather is not None else None
        outcome = fate or await self._carry_out(compiled, route.texts, request, receive, world)
        if isinstance(outcome, Reply):
            answer = compiled.represent(outcome, media)
            _note(compiled, request, world, started, answer[0])
        elif isinstance(outcome, Stopped):
            answer = self._refuse(compiled, route.texts, request, world, media, outcome, started)
        else:
            answer = _encoded(outcome, compiled.marks)
            _note(
                compiled,
                request,
                world,
                started,
                answer[0],
                admitted=False,
                detail="error injected by this world's traffic settings",
            )
        if wanted.delay:
            status, headers, body = answer
            answer = status, [*headers, *encoded({"preference-applied": wanted.applied()})], body
        if wanted.delay or weather is not None:
            await asyncio.sleep(wanted.delay / 1000 + (weather.delay() if weather is not None else 0.0))
        return answer

    async def _carry_out(
        self,
        compiled: CompiledOperation,
        texts: Mapping[str, str],
        request: Request,
        receive: Receive,
        world: World,
    ) -> Reply | Stopped:
        """Everything between the route and the answer; the world is changed only by a `Reply`."""
        records = world.records[compiled.contract.api]
        actor, refusals = caller(compiled, request, records)
        if refusals:
            return Stopped(refusals)
        raw = b""
        if compiled.readers:
            body = await read_body(request.headers, receive, self.max_body)
            if body is None:
                return Stopped([Refusal("too-large", (), f"the body is larger than {self.max_body} bytes")])
            # The world may have been reset or restored while the body came in.
            raw = body
            records = world.records[compiled.contract.api]
        call, refusals = admit(compiled, request, texts, raw, actor, records, world.clock.now())
        if refusals:
            return Stopped(refusals, raw, call)
        outcome = carry_out(compiled, call)
        if isinstance(outcome, Refusal):
            return Stopped([outcome], raw, call)
        if outcome.changes:
            records.commit(outcome.changes)
        return outcome

    def _fate(
        self, compiled: CompiledOperation, request: Request, media: str, weather: TrafficShaper
    ) -> Stopped | Answer | None:
        """What the world's traffic settings does to a request instead of carrying it out."""
        if wait := weather.wait(time.monotonic()):
            detail = f"this world takes no more requests for {wait} s"
            if "rate-limited" in compiled.refusals.kinds:
                return Stopped([Refusal("rate-limited", (), detail, headers={"retry-after": str(wait)})])
            status, headers, body = own_problem(429, detail)
            return status, {**headers, "retry-after": str(wait)}, body
        if weather.fails():
            return compiled.choices.failure(media, request.headers) or own_problem(
                500, "this world answers a share of its requests with an error"
            )
        return None

    def _refuse(
        self,
        compiled: CompiledOperation,
        texts: Mapping[str, str],
        request: Request,
        world: World,
        media: str,
        stopped: Stopped,
        started: float,
    ) -> Encoded:
        status, headers, body = compiled.refusals.write(stopped.refusals, media, request.headers)
        # Records as they are now, for whoever asks later; taking them costs nothing.
        records = world.records[compiled.contract.api].fork()
        refused = Refused(
            time.time(),
            world.name,
            compiled,
            request,
            texts,
            stopped.raw,
            status,
            stopped.refusals,
            stopped.call,
            records,
            world.clock,
        )
        id = self.book.keep(refused)
        headers["link"] = f'<{CONTROL_BASE}/refusals/{id}>; rel="help"'
        statements = compiled.refusals.statements(stopped.refusals)
        detail = headers["x-casepact-detail"]
        _note(compiled, request, world, started, status, tuple(statements), detail, id)
        if logger.isEnabledFor(logging.INFO):
            shown = refused.first_detail()
            logger.info(
                "%s %s %s %s: %s  (%s/refusals/%s)",
                status,
                compiled.operation.id,
                world.name,
                ", ".join(statements),
                shown,
                CONTROL_BASE,
                id,
                extra={
                    "casepact": {
                        "status": status,
                        "api": compiled.contract.api,
                        "operation": compiled.operation.id,
                        "world": world.name,
                        "statements": statements,
                        "detail": shown,
                        "refusal": id,
                    }
                },
            )
        return _encoded((status, headers, body), compiled.marks)

    def _is_page(self, path: str) -> bool:
        """Whether Connexion serves it: documents and Swagger UI."""
        for page in ("/openapi.json", "/openapi.yaml", "/ui"):
            base, found, rest = path.partition(page)
            if found and base in self._pages and (not rest or (page == "/ui" and rest[0] == "/")):
                return True
        return False

    def _index_page(self, prefix: str) -> Answer:
        """For whoever opens the address in a browser, or that of a world: where the APIs are."""
        rows = ""
        for page in self._pages:
            bases = [f"{prefix}{page}"] if page in self._claims else []
            if self._root is not None and page == f"/{self._root.api}":
                bases.append(prefix or "/")
            rows += f'<li><a href="{prefix}{page}/ui/">{page[1:]}</a> base URL {" and ".join(bases)}</li>'
        page = f"<!doctype html><title>casepact mock</title><h1>casepact mock</h1><ul>{rows}</ul>"
        return 200, {"content-type": "text/html; charset=UTF-8"}, page.encode()

    def _no_route(self, request: Request, world: str) -> Answer:
        path = request.path
        detail = f"no operation has the path {path[:200]}"
        below = [claim for base, claim in self._claims.items() if path == base or path.startswith(f"{base}/")]
        if not below:
            detail += f"; {self._elsewhere(path)}"
        claim = below[0] if below else self._root
        if claim is not None:
            refusal = Refusal("no-route", (), detail)
            status, headers, body = claim.refusals.write([refusal], "application/json", request.headers)
            answer = status, {**headers, **claim.marks}, body
            return self._astray(answer, request, world, refusal, claim.operations, claim.api)
        refusal = Refusal("no-route", ("HTTP-01",), f"{detail}.")
        candidates = [item for item in self._compiled if item.world is None]
        return self._astray(own_problem(404, refusal.detail, "HTTP-01"), request, world, refusal, candidates, "")

    def _elsewhere(self, path: str) -> str:
        """Where a path that is not at the root is served, or where the APIs are."""
        there = [f"{base}{path[:200]}" for base in self._claims if self._below.find(f"{base}{path}")]
        if there:
            return f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} served"
        bases = [*self._claims, *([""] if self._root is not None else [])]
        return f"the APIs are served under {', '.join(f'{base}/' for base in bases)}"

    def _no_method(self, request: Request, route: Route[Endpoint], world: str) -> Answer:
        """405 with every method the path has, or the vendor's own answer; OPTIONS is answered with the same list."""
        allowed = sorted({*route.methods, "OPTIONS", *(("HEAD",) if "GET" in route.methods else ())})
        allow = {"allow": ", ".join(allowed)}
        if request.method == "OPTIONS":
            return 204, allow, b""
        candidates = [endpoint.compiled for endpoint in route.methods.values()]
        compiled = candidates[0]
        detail = f"this path has {', '.join(sorted(route.methods))}, not {request.method[:40]}"
        refusal = Refusal("method", (), detail)
        status, headers, body = compiled.refusals.write([refusal], "application/json", {})
        headers.update(compiled.marks)
        answer = status, {**headers, **allow} if status == 405 else headers, body
        return self._astray(answer, request, world, refusal, candidates, compiled.contract.api, route.texts)

    def _astray(
        self,
        answer: Answer,
        request: Request,
        name: str,
        refusal: Refusal,
        candidates: Sequence[CompiledOperation],
        api: str,
        texts: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to a request that no operation takes, with a link to its explanation; the journal tells of it."""
        status, headers, body = answer
        now, world = time.time(), candidates[0].world or self.worlds.world(name)
        told = headers.get("x-casepact-statement", "")
        refusal = refusal._replace(statements=tuple(told.split(", ")) if told else ())
        records, clock = (forked(world.records), world.clock) if world is not None else ({}, Clock())
        astray = UnmatchedRequest(now, name, request, status, api, refusal, candidates, texts, records, clock)
        id = self.book.keep(astray)
        if world is not None:
            world.requests += 1
            world.journal.note(
                now,
                time.time() - now,
                request.method,
                request.target,
                api,
                "",
                status,
                False,
                refusal.statements,
                refusal.detail,
                id,
            )
        logger.info(
            "%s - %s %s: %s  (%s/refusals/%s)",
            status,
            name,
            told,
            astray.details(),
            CONTROL_BASE,
            id,
            extra={
                "casepact": {
                    "status": status,
                    "api": api,
                    "operation": "",
                    "world": name,
                    "statements": list(refusal.statements),
                    "detail": astray.details(),
                    "refusal": id,
                }
            },
        )
        return status, {**headers, "link": f'<{CONTROL_BASE}/refusals/{id}>; rel="help"'}, body


def _add(index: RouteIndex[Endpoint], base: str, item: CompiledOperation) -> None:
    patterns = {parameter.name: parameter.pattern for parameter in item.operation.parameters if parameter.pattern}
    path, method = base + item.operation.path, item.operation.method
    for suffix, media in item.contract.suffixes.items():
        if media in item.offered:
            index.add(path, method, Endpoint(item, media), patterns, suffix)
    index.add(path, method, Endpoint(item, None), patterns)


def _note(
    compiled: CompiledOperation,
    request: Request,
    world: World,
    started: float,
    status: int,
    statements: tuple[str, ...] = (),
    detail: str = "",
    refusal: str = "",
    admitted: bool = True,
) -> None:
    """Keep an exchange in the journal of its world."""
    ended = time.time()
    world.journal.note(
        ended,
        ended - started,
        request.method,
        request.target,
        compiled.contract.api,
        compiled.operation.id,
        status,
        admitted and not refusal,
        statements,
        detail,
        refusal,
    )


def own_problem(status: int, detail: str, statement: str = "") -> Answer:
    """An answer of the mock's own, where no vendor's format applies (RFC 9457)."""
    body = orjson.dumps({"status": status, "title": "Not served by this mock", "detail": detail})
    headers = {"content-type": "application/problem+json"}
    return status, {**headers, "x-casepact-statement": statement} if statement else headers, body


def _no_world(name: str, worlds: WorldStore) -> Answer:
    known = ", ".join([world.name for world in worlds][:20])
    return own_problem(
        404,
        f"no world is named '{name}', and this mock runs with --strict-worlds, so none is made by naming it. "
        f'There are: {known}. Make one: POST {CONTROL_BASE}/worlds with {{"name": "{name}"}}.',
    )


def _encoded(answer: Answer, more: Mapping[str, str] | None = None) -> Encoded:
    status, headers, body = answer
    return status, encoded({**headers, **more} if more else headers), body
