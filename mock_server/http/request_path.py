"""The compiled request path: route, authenticate, admit, call, represent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connexion.middleware.abstract import SpecMiddleware
from starlette.middleware.cors import CORSMiddleware

from mock_server.console import LOGGER
from mock_server.explanations.explaining import RefusalBook, Refused
from mock_server.http import problems
from mock_server.http.recording import help_link, record_refusal
from mock_server.http.served_paths import Endpoint, ServedPaths
from mock_server.http.unmatched_answers import UnmatchedAnswers
from mock_server.operations.compiled import WORLD_HEADER, CompiledOperation, admit, caller, carry_out
from mock_server.operations.preferences import Answer, Preferences, UnmetPreference, read_preferences
from mock_server.operations.request import (
    LONGEST_HEADERS,
    App,
    HeaderLines,
    Receive,
    Request,
    Scope,
    Send,
    encoded,
    read_body,
    read_request,
    read_text,
)
from mock_server.operations.routing import Route
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.store import DEFAULT, LONGEST_TEXT, World, WorldStore, escaped_name, is_world_name
from mock_server.worlds.traffic import TrafficShaper

logger = logging.getLogger(LOGGER)

# A cache must not hand an answer without CORS headers to a browser.
_VARY: HeaderLines = ((b"vary", b"Origin"),)

Encoded = tuple[int, HeaderLines, bytes]
"""An answer as it is sent: status, headers without the length of the body, body."""


@dataclass(slots=True)
class MatchedRequest:
    """
    A request with its operation, its world and the representation it asks for; `started` is in seconds since 1970.

    `body` is empty until it has been read. Nothing else is changed; every request makes one, and to freeze it takes
    longer than to fill it.
    """

    compiled: CompiledOperation
    texts: Mapping[str, str]
    request: Request
    world: World
    media: str
    started: float
    body: bytes = b""

    def entry(
        self,
        answer: Encoded,
        admitted: bool = True,
        statements: tuple[str, ...] = (),
        detail: str = "",
        refusal: str = "",
    ) -> JournalEntry:
        """How the request, answered now, stands in the journal of its world."""
        status, headers, body = answer
        ended, request, compiled = time.time(), self.request, self.compiled
        return JournalEntry(
            ended,
            ended - self.started,
            request.method,
            request.target,
            compiled.contract.api,
            compiled.operation.id,
            status,
            admitted,
            statements,
            detail,
            refusal,
            request.headers if request.header_bytes <= LONGEST_HEADERS else {},
            self.body,
            headers,
            body,
        )


@dataclass(frozen=True, slots=True)
class Stopped:
    """A request that is not carried out, and how far it was read."""

    refusals: list[Refusal]
    raw: bytes = b""
    call: Call | None = None


class RequestPath(SpecMiddleware):
    """
    Answers every request that `ServedPaths` has; the rest goes on to Connexion's own pages.

    Read from `_serve` down: the world and the route, what the client prefers, what the world's traffic settings do, and
    the operation itself.
    """

    def __init__(
        self,
        app: App,
        *,
        operations: Sequence[CompiledOperation],
        paths: ServedPaths,
        worlds: WorldStore,
        max_body: int,
        book: RefusalBook,
    ) -> None:
        self.app, self.worlds, self.max_body, self.book = app, worlds, max_body, book
        self._cors = CORSMiddleware(
            self._from_browser, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
        )
        self._paths = paths
        self._unmatched = UnmatchedAnswers(paths, operations, worlds, book)

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
        """Send the answer to a request, with `headers` before its own, or hand the request on to Connexion's pages."""
        path, world_name = request.path, request.headers.get(WORLD_HEADER, DEFAULT)
        if path.startswith("/~"):
            world_name, _, rest = path[2:].partition("/")
            request.path = path = f"/{rest}"
            # Connexion's pages below a prefix name it in their own links (ASGI: root_path).
            scope = {**scope, "root_path": f"/~{world_name}"}
        route = self._paths.route(path)
        if route is None and self._paths.is_page(path):
            await self.app(scope, receive, send)
            return
        if world_name != DEFAULT and not is_world_name(world_name):
            text = read_text(world_name)
            world_name = escaped_name(text) if 0 < len(text) <= LONGEST_TEXT else ""
        if not world_name:
            answer = _encoded(problems.invalid_world_name())
        elif route is not None:
            answer = await self._answer(receive, route, request, world_name)
        elif path == "/":
            answer = _encoded(self._paths.index_page(scope.get("root_path", "")))
        else:
            answer = _encoded(self._unmatched.no_route(request, world_name))
        status, lines, body = answer
        lines = [*headers, *lines]
        if status != 204:
            lines.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})

    async def _answer(self, receive: Receive, route: Route[Endpoint], request: Request, world_name: str) -> Encoded:
        """The answer of the path's operation for this method; an unexpected exception is logged and becomes a 500."""
        endpoint = route.methods.get(request.method)
        if endpoint is None and request.method == "HEAD":
            endpoint = route.methods.get("GET")
        try:
            if endpoint is None:
                return _encoded(self._unmatched.no_method(request, route, world_name))
            started = time.time()
            compiled = endpoint.compiled
            world = compiled.world or self.worlds.world(world_name)
            if world is None:
                return _encoded(problems.unknown_world(world_name, [world.name for world in self.worlds]))
            world.requests += 1
            media = endpoint.media or compiled.choose(request.headers.get("accept", "*/*"), compiled.offered)
            media = media or compiled.default
            matched = MatchedRequest(compiled, route.texts, request, world, media, started)
            if "prefer" in request.headers:
                return await self._preferred(matched, receive)
            if world.shaper is not None:
                return await self._shaped(matched, receive, world.shaper)
            return self._answered(matched, await self._carry_out(matched, receive))
        except Exception:
            logger.exception("%s %s: a mistake of the mock's own, please report it", request.method, request.path)
            return _encoded(problems.internal_error())

    async def _preferred(self, matched: MatchedRequest, receive: Receive) -> Encoded:
        """The documented answer that the client prefers, or the one it gets anyhow; after the delay it asks for."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        try:
            preferences = read_preferences(request.headers["prefer"])
            chosen = None
            if preferences.chooses:
                chosen = compiled.choices.answer(preferences, matched.media, request.headers)
        except UnmetPreference as error:
            detail = f"Prefer cannot be kept: {error}"
            answer = _encoded(problems.unmet_preference(detail), compiled.marks)
            world.journal.note(matched.entry(answer, admitted=False, detail=detail))
            return answer
        if chosen is not None:
            matched.body = await read_body(request.headers, receive, self.max_body) or b""
            answer = _encoded(chosen, compiled.marks)
            world.journal.note(matched.entry(answer, detail="preferred by the request"))
        elif world.shaper is not None:
            answer = await self._shaped(matched, receive, world.shaper)
        else:
            answer = self._answered(matched, await self._carry_out(matched, receive))
        return await _delayed(answer, preferences)

    async def _shaped(self, matched: MatchedRequest, receive: Receive, shaper: TrafficShaper) -> Encoded:
        """The answer as the traffic settings of the world let it through: limited, failed, or held back."""
        injected = self._injected(matched, shaper)
        if injected is not None:
            matched.body = await read_body(matched.request.headers, receive, self.max_body) or b""
        answer = self._answered(matched, injected or await self._carry_out(matched, receive))
        await asyncio.sleep(shaper.delay())
        return answer

    async def _carry_out(self, matched: MatchedRequest, receive: Receive) -> Reply | Stopped:
        """Everything between the route and the answer; the world is changed only by a `Reply`."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        api = compiled.contract.api
        records = world.records[api]
        actor, refusals = caller(compiled, request, records)
        if refusals:
            return Stopped(refusals)
        raw = b""
        if compiled.readers:
            body = await read_body(request.headers, receive, self.max_body)
            if body is None:
                return Stopped([Refusal("too-large", (), f"the body is larger than {self.max_body} bytes")])
            matched.body = raw = body
            # The world may have been reset or restored while the body came in.
            records = world.records[api]
        call, refusals = admit(compiled, request, matched.texts, raw, actor, records, world.clock.now())
        if refusals:
            return Stopped(refusals, raw, call)
        outcome = carry_out(compiled, call)
        if isinstance(outcome, Refusal):
            return Stopped([outcome], raw, call)
        if outcome.changes:
            records.commit(outcome.changes)
        return outcome

    def _injected(self, matched: MatchedRequest, shaper: TrafficShaper) -> Stopped | Answer | None:
        """What the world's traffic settings do to a request instead of carrying it out; None where they let it pass."""
        compiled = matched.compiled
        if wait := shaper.wait(time.monotonic()):
            detail = f"this world takes no more requests for {wait} s"
            if "rate-limited" in compiled.refusals.kinds:
                return Stopped([Refusal("rate-limited", (), detail, headers={"retry-after": str(wait)})])
            return problems.rate_limited(detail, wait)
        if shaper.fails():
            return compiled.choices.failure(matched.media, matched.request.headers) or problems.injected_error()
        return None

    def _answered(self, matched: MatchedRequest, outcome: Reply | Stopped | Answer) -> Encoded:
        """What became of a request as the answer that is sent; the journal has it from now on."""
        compiled = matched.compiled
        if isinstance(outcome, Reply):
            answer = compiled.represent(outcome, matched.media)
            matched.world.journal.note(matched.entry(answer))
            return answer
        if isinstance(outcome, Stopped):
            return self._refused(matched, outcome)
        detail = "error injected by this world's traffic settings"
        answer = _encoded(outcome, compiled.marks)
        matched.world.journal.note(matched.entry(answer, admitted=False, detail=detail))
        return answer

    def _refused(self, matched: MatchedRequest, stopped: Stopped) -> Encoded:
        """The refusal in the vendor's format, with a link to its explanation; the request is kept for that."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        status, headers, body = compiled.refusals.write(stopped.refusals, matched.media, request.headers)
        # Records as they are now, for whoever asks later; taking them costs nothing.
        records = world.records[compiled.contract.api].fork()
        refused = Refused(
            time.time(),
            world.name,
            compiled,
            request,
            matched.texts,
            stopped.raw,
            status,
            stopped.refusals,
            stopped.call,
            records,
            world.clock,
        )
        id = self.book.keep(refused)
        headers["link"] = help_link(id)
        statements = tuple(compiled.refusals.statements(stopped.refusals))
        answer = _encoded((status, headers, body), compiled.marks)
        record_refusal(matched.entry(answer, False, statements, headers["x-casepact-detail"], id), world, refused)
        return answer


async def _delayed(answer: Encoded, preferences: Preferences) -> Encoded:
    """The answer after the delay that was preferred, with the preferences that were applied in its headers."""
    applied = preferences.applied()
    if not applied:
        return answer
    status, headers, body = answer
    await asyncio.sleep(preferences.delay / 1000)
    return status, [*headers, *encoded({"preference-applied": applied})], body


def _encoded(answer: Answer, more: Mapping[str, str] | None = None) -> Encoded:
    status, headers, body = answer
    return status, encoded({**headers, **more} if more else headers), body
