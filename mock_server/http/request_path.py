"""The compiled request path: route, authenticate, admit, call, represent."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from connexion.middleware.abstract import SpecMiddleware
from starlette.middleware.cors import CORSMiddleware

from mock_server.console import LOGGER
from mock_server.explanations.explaining import RefusalBook, Refused
from mock_server.http import problems
from mock_server.http.connection_failures import KINDS, BrokenAnswer, break_answer, connection_of
from mock_server.http.pages.gate import Gate
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
from mock_server.operations.simulated import SIMULATED
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds import journal
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.store import DEFAULT, LONGEST_TEXT, World, WorldStore, escaped_name, is_world_name
from mock_server.worlds.traffic import Treatment

logger = logging.getLogger(LOGGER)

# A cache must not hand an answer without CORS headers to a browser.
_VARY: HeaderLines = ((b"vary", b"Origin"),)

Encoded = tuple[int, HeaderLines, bytes]
"""An answer as it is sent: status, headers without the length of the body, body."""
_NO_ANSWER: Encoded = (0, (), b"")


class Simulation(NamedTuple):
    """Why an answer is not the one that its request would get: what the header says, and what the journal says."""

    cause: str
    detail: str


@dataclass(slots=True)
class MatchedRequest:
    """
    A request with its operation, its world and the representation it asks for; `started` is in seconds since 1970.

    `body` is empty until it has been read. `simulated` is set where the answer is. Nothing else is changed; every
    request makes one, and to freeze it takes longer than to fill it.
    """

    compiled: CompiledOperation
    texts: Mapping[str, str]
    request: Request
    world: World
    media: str
    started: float
    body: bytes = b""
    simulated: Simulation | None = None

    def entry(
        self,
        answer: Encoded,
        outcome: journal.Outcome = journal.ADMITTED,
        statements: tuple[str, ...] = (),
        detail: str = "",
        refusal: str = "",
    ) -> JournalEntry:
        """How the request, answered now, stands in the journal of its world."""
        if self.simulated is not None:
            outcome, detail, answer = journal.SIMULATED, detail or self.simulated.detail, self._as_sent(answer)
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
            outcome,
            statements,
            detail,
            refusal,
            request.headers if request.header_bytes <= LONGEST_HEADERS else {},
            self.body,
            headers,
            body,
        )

    def marked(self, answer: Encoded) -> Encoded:
        """A simulated answer with the header that says what simulated it."""
        assert self.simulated is not None
        status, headers, body = answer
        return status, [*headers, *encoded({SIMULATED: self.simulated.cause})], body

    def cut_off(self, whole: Encoded) -> BrokenAnswer:
        """An answer that is to be cut off within its body; where it has none, the client gets nothing at all."""
        if not whole[2] or self.request.method == "HEAD":
            return BrokenAnswer("empty")
        return BrokenAnswer("truncated", *self.marked(whole))

    def _as_sent(self, answer: Encoded) -> Encoded:
        """A simulated answer as the client gets it."""
        if self.simulated is not None and self.simulated.cause == "truncated":
            broken = self.cut_off(answer)
            return broken.status, broken.headers, broken.sent
        return self.marked(answer) if answer is not _NO_ANSWER else answer


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
        pages: Gate | None = None,
    ) -> None:
        self._pages = pages
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
            request.path, request.prefix = f"/{rest}", f"/~{world_name}"
            path = request.path
            # Connexion's pages below a prefix name it in their own links (ASGI: root_path).
            scope = {**scope, "root_path": request.prefix}
        route = self._paths.route(path)
        if route is None:
            if self._pages is not None and self._pages.takes(path, request):
                await self._pages(scope, receive, send, request)
                return
            if self._paths.is_page(path):
                await self.app(scope, receive, send)
                return
        if world_name != DEFAULT and not is_world_name(world_name):
            text = read_text(world_name)
            world_name = escaped_name(text) if 0 < len(text) <= LONGEST_TEXT else ""
        if not world_name:
            answer = _encoded(problems.invalid_world_name())
        elif route is not None:
            found = await self._answer(scope, receive, route, request, world_name)
            if isinstance(found, BrokenAnswer):
                await self._break(found, scope, receive, send, headers)
                return
            answer = found
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

    async def _break(
        self, broken: BrokenAnswer, scope: Scope, receive: Receive, send: Send, headers: HeaderLines
    ) -> None:
        connection = connection_of(scope)
        assert connection is not None, "such a failure is only decided on where the server can do it"
        await break_answer(replace(broken, headers=[*headers, *broken.headers]), connection, receive, send)

    async def _answer(
        self, scope: Scope, receive: Receive, route: Route[Endpoint], request: Request, world_name: str
    ) -> Encoded | BrokenAnswer:
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
                return await self._preferred(matched, scope, receive)
            if world.shaper is not None:
                return await self._shaped(matched, scope, receive)
            return self._answered(matched, await self._carry_out(matched, receive))
        except Exception:
            logger.exception("%s %s: a mistake of the mock's own, please report it", request.method, request.path)
            return _encoded(problems.internal_error())

    async def _preferred(self, matched: MatchedRequest, scope: Scope, receive: Receive) -> Encoded | BrokenAnswer:
        """The answer that the client prefers, or the one it gets anyhow; after the delay it asks for."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        try:
            preferences = read_preferences(request.headers["prefer"])
            chosen = None
            if preferences.chooses:
                chosen = compiled.choices.answer(preferences, matched.media, request.headers)
        except UnmetPreference as error:
            detail = f"Prefer cannot be kept: {error}"
            answer = _encoded(problems.unmet_preference(detail), compiled.marks)
            world.journal.note(matched.entry(answer, journal.REFUSED, detail=detail))
            return answer
        if chosen is not None:
            matched.simulated = Simulation("preference", "preferred by the request")
            return await _delayed(await self._simulated(matched, receive, chosen), preferences)
        if world.shaper is None:
            return await _delayed(self._answered(matched, await self._carry_out(matched, receive)), preferences)
        shaped = await self._shaped(matched, scope, receive)
        if isinstance(shaped, BrokenAnswer):
            await asyncio.sleep(preferences.delay / 1000)
            return shaped
        return await _delayed(shaped, preferences)

    async def _shaped(self, matched: MatchedRequest, scope: Scope, receive: Receive) -> Encoded | BrokenAnswer:
        """What the traffic settings of the world make of a request: limited, failed, or held back."""
        compiled, shaper = matched.compiled, matched.world.shaper
        assert shaper is not None
        treatment = shaper.treatment(compiled.contract.api, compiled.operation.id, time.monotonic())
        answer = await self._treated(matched, treatment, scope, receive)
        await asyncio.sleep(treatment.delay)
        return answer

    async def _treated(
        self, matched: MatchedRequest, treatment: Treatment, scope: Scope, receive: Receive
    ) -> Encoded | BrokenAnswer:
        compiled, kind = matched.compiled, treatment.kind
        if kind in ("", "delay"):
            return self._answered(matched, await self._carry_out(matched, receive))
        if kind in KINDS:
            if connection_of(scope) is None:
                answer = _encoded(problems.unavailable_failure(kind), compiled.marks)
                detail = f"the server of this app cannot simulate the failure '{kind}'"
                matched.world.journal.note(matched.entry(answer, journal.REFUSED, detail=detail))
                return answer
            return await self._broken(matched, kind, receive)
        detail, media, sent = "simulated by this world's traffic settings", matched.media, matched.request.headers
        if kind == "rate-limit":
            detail = f"this world takes no more requests for {treatment.wait} s"
            matched.simulated = Simulation(kind, detail)
            retry_after = {"retry-after": str(treatment.wait)}
            if "rate-limited" in compiled.refusals.kinds:
                matched.body = await read_body(sent, receive, self.max_body) or b""
                stopped = Stopped([Refusal("rate-limited", (), detail, headers=retry_after)])
                return matched.marked(self._refused(matched, stopped))
            status, headers, body = compiled.choices.error(429, detail, media, sent)
            return await self._simulated(matched, receive, (status, {**headers, **retry_after}, body))
        matched.simulated = Simulation(kind, detail)
        if kind == "error-rate":
            return await self._simulated(matched, receive, compiled.choices.failure(detail, media, sent))
        error = compiled.choices.error(treatment.status, detail, media, sent)
        return await self._simulated(matched, receive, error)

    async def _broken(self, matched: MatchedRequest, kind: str, receive: Receive) -> BrokenAnswer:
        """The failure of the connection that a request meets; one whose answer is cut off is carried out before."""
        matched.simulated = Simulation(kind, f"simulated by this world's traffic settings: {kind}")
        if kind == "truncated":
            whole = self._answered(matched, await self._carry_out(matched, receive))
            return matched.cut_off(whole)
        matched.body = await read_body(matched.request.headers, receive, self.max_body) or b""
        matched.world.journal.note(matched.entry(_NO_ANSWER))
        return BrokenAnswer(kind)

    async def _simulated(self, matched: MatchedRequest, receive: Receive, chosen: Answer) -> Encoded:
        """An answer that the request does not decide; it is read, and the journal has it."""
        matched.body = await read_body(matched.request.headers, receive, self.max_body) or b""
        answer = _encoded(chosen, matched.compiled.marks)
        matched.world.journal.note(matched.entry(answer))
        return matched.marked(answer)

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

    def _answered(self, matched: MatchedRequest, outcome: Reply | Stopped) -> Encoded:
        """What became of a request as the answer that is sent; the journal has it from now on."""
        if isinstance(outcome, Reply):
            answer = matched.compiled.represent(outcome, matched.media)
            matched.world.journal.note(matched.entry(answer))
            return answer
        return self._refused(matched, outcome)

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
        record_refusal(
            matched.entry(answer, journal.REFUSED, statements, headers["x-casepact-detail"], id), world, refused
        )
        return answer


async def _delayed(answer: Encoded, preferences: Preferences) -> Encoded:
    """The answer after the delay that was preferred, with the preferences that were applied in its headers."""
    applied = preferences.applied()
    if not applied:
        return answer
    status, headers, body = answer
    await asyncio.sleep(preferences.delay / 1000)
    return status, [*headers, *encoded({"preference-applied": applied})], body


def _encoded(answer: Answer, marks: Mapping[str, str] | None = None) -> Encoded:
    """The answer as it is sent; a mark that it has itself stands in place of the operation's."""
    status, headers, body = answer
    return status, encoded({**marks, **headers} if marks else headers), body
