"""The compiled request path: route, authenticate, admit, call, represent."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from mock_server.console import LOGGER
from mock_server.explanations.explaining import RefusalBook, Refused
from mock_server.http import problems
from mock_server.http.connection_failures import KINDS, BrokenAnswer
from mock_server.http.pages.gate import Gate
from mock_server.http.recording import help_link, record_refusal
from mock_server.http.served_paths import Endpoint, ServedPaths
from mock_server.http.unmatched_answers import UnmatchedAnswers
from mock_server.operations.compiled import WORLD_HEADER, CompiledOperation, admit, caller, carry_out
from mock_server.operations.preferences import UnmetPreference, read_preferences
from mock_server.operations.request import LONGEST_HEADERS, Answer, Request, read_text
from mock_server.operations.routing import Route
from mock_server.operations.simulated import SIMULATED
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds import journal
from mock_server.worlds.clock import MACHINE
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.store import DEFAULT, LONGEST_TEXT, World, WorldStore, escaped_name, is_world_name
from mock_server.worlds.traffic import Treatment

logger = logging.getLogger(LOGGER)

_NO_ANSWER: Answer = (0, {}, b"")


class Delayed(NamedTuple):
    """An answer, or a failure, that the client gets so many seconds after its request has been carried out."""

    seconds: float
    answer: Answer | BrokenAnswer


Outcome = Answer | BrokenAnswer | Delayed
"""What a transport is to do."""


class Target(NamedTuple):
    """What a request is for: its route, None where no operation has the path, and the name of its world."""

    route: Route[Endpoint] | None
    world: str
    """Empty where what was sent cannot name any."""


class Simulation(NamedTuple):
    """Why an answer is not the one that its request would get: what the header says, and what the journal says."""

    cause: str
    detail: str


@dataclass(slots=True)
class MatchedRequest:
    """
    A request with its operation, its world and the representation it asks for; `started` is in seconds since 1970.

    `sent` is the body, None where it is too long; `body` is what of it was read for the answer. `simulated` is set
    where the answer is. Nothing else is changed; every request makes one, and freezing it takes longer than filling it.
    """

    compiled: CompiledOperation
    texts: Mapping[str, str]
    request: Request
    world: World
    media: str
    started: float
    sent: bytes | None
    body: bytes = b""
    simulated: Simulation | None = None

    def entry(
        self,
        answer: Answer,
        outcome: journal.Outcome = journal.ADMITTED,
        statements: tuple[str, ...] = (),
        detail: str = "",
        refusal: str = "",
    ) -> JournalEntry:
        """How the request, answered now, stands in the journal of its world."""
        if self.simulated is not None:
            outcome, detail, answer = journal.SIMULATED, detail or self.simulated.detail, self._as_sent(answer)
        status, headers, body = answer
        ended, request, compiled = MACHINE.seconds(), self.request, self.compiled
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

    def marked(self, answer: Answer) -> Answer:
        """A simulated answer with the header that says what simulated it."""
        assert self.simulated is not None
        status, headers, body = answer
        return status, {**headers, SIMULATED: self.simulated.cause}, body

    def cut_off(self, whole: Answer) -> BrokenAnswer:
        """An answer that is to be cut off within its body; where it has none, the client gets nothing at all."""
        if not whole[2] or self.request.method == "HEAD":
            return BrokenAnswer("empty")
        return BrokenAnswer("truncated", *self.marked(whole))

    def _as_sent(self, answer: Answer) -> Answer:
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


class RequestPath:
    """
    Answers every request that `ServedPaths` has, whatever server it came by: a request in, an answer out, no waiting.

    Read from `answer` down: what the client prefers, what the world's traffic settings do, and the operation itself.
    """

    def __init__(
        self,
        *,
        operations: Sequence[CompiledOperation],
        paths: ServedPaths,
        worlds: WorldStore,
        max_body: int,
        book: RefusalBook,
        pages: Gate | None = None,
    ) -> None:
        self.worlds, self.max_body, self.book, self.pages = worlds, max_body, book, pages
        self._paths = paths
        self._unmatched = UnmatchedAnswers(paths, operations, worlds, book)

    def target(self, request: Request) -> Target | None:
        """What a request is for; None for a page, which others answer. The prefix of a world leaves the path."""
        path, world_name = request.path, request.headers.get(WORLD_HEADER, DEFAULT)
        if path.startswith("/~"):
            world_name, _, rest = path[2:].partition("/")
            request.path, request.prefix = f"/{rest}", f"/~{world_name}"
            path = request.path
        route = self._paths.route(path)
        if route is None and (self.is_for_pages(request) or self._paths.is_page(path)):
            return None
        if world_name != DEFAULT and not is_world_name(world_name):
            text = read_text(world_name)
            world_name = escaped_name(text) if 0 < len(text) <= LONGEST_TEXT else ""
        return Target(route, world_name)

    def is_for_pages(self, request: Request) -> bool:
        """Whether a request that no operation takes is for the mock's own page."""
        return self.pages is not None and self.pages.takes(request.path, request)

    def answer(self, request: Request, target: Target, body: bytes | None) -> Outcome:
        """
        The answer to a request; it has been carried out then.

        `body` is None where it is longer than `max_body` bytes. An unexpected exception is logged and becomes a 500.
        """
        try:
            route, world_name = target
            if not world_name:
                return problems.invalid_world_name()
            if route is None:
                if request.path == "/":
                    return self._paths.index_page(request.prefix)
                return self._unmatched.no_route(request, world_name)
            endpoint = route.methods.get(request.method)
            if endpoint is None and request.method == "HEAD":
                endpoint = route.methods.get("GET")
            if endpoint is None:
                return self._unmatched.no_method(request, route, world_name)
            compiled = endpoint.compiled
            world = compiled.world or self.worlds.world(world_name)
            if world is None:
                return problems.unknown_world(world_name, self.worlds.names())
            world.count_request()
            media = endpoint.media or compiled.choose(request.headers.get("accept", "*/*"), compiled.offered)
            media = media or compiled.default
            matched = MatchedRequest(compiled, route.texts, request, world, media, MACHINE.seconds(), body)
            if "prefer" in request.headers:
                return self._preferred(matched)
            if world.shaper is not None:
                return self._shaped(matched)
            return self._answered(matched, self._carry_out(matched))
        except Exception:
            logger.exception("%s %s: a mistake of the mock's own, please report it", request.method, request.path)
            return problems.internal_error()

    async def carry_out(self, request: Request, target: Target, body: bytes | None) -> Outcome:
        """The same, after the wait for worlds that are kept elsewhere; 503 where they cannot be had."""
        try:
            return await self.worlds.run(partial(self.answer, request, target, body))
        except WorldsUnavailable as error:
            return problems.worlds_unavailable(str(error), error.retry_after)

    def _preferred(self, matched: MatchedRequest) -> Outcome:
        """The answer that the client prefers, or the one it gets anyhow; after the delay it asks for."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        try:
            preferences = read_preferences(request.headers["prefer"])
            chosen = None
            if preferences.chooses:
                chosen = compiled.choices.answer(preferences, matched.media, request.headers)
        except UnmetPreference as error:
            detail = f"Prefer cannot be kept: {error}"
            answer = _marked(problems.unmet_preference(detail), compiled.marks)
            world.journal.note(matched.entry(answer, journal.REFUSED, detail=detail))
            return answer
        if chosen is not None:
            matched.simulated = Simulation("preference", "preferred by the request")
            found: Outcome = self._simulated(matched, chosen)
        elif world.shaper is None:
            found = self._answered(matched, self._carry_out(matched))
        else:
            found = self._shaped(matched)
        seconds, sent = found if isinstance(found, Delayed) else Delayed(0, found)
        applied = preferences.applied()
        if applied and not isinstance(sent, BrokenAnswer):
            sent = _marked(sent, {"preference-applied": applied})
        return _after(seconds + preferences.delay / 1000, sent)

    def _shaped(self, matched: MatchedRequest) -> Outcome:
        """What the traffic settings of the world make of a request: limited, failed, or held back."""
        compiled = matched.compiled
        treatment = matched.world.treatment(compiled.contract.api, compiled.operation.id)
        return _after(treatment.delay, self._treated(matched, treatment))

    def _treated(self, matched: MatchedRequest, treatment: Treatment) -> Answer | BrokenAnswer:
        compiled, kind = matched.compiled, treatment.kind
        if kind in ("", "delay"):
            return self._answered(matched, self._carry_out(matched))
        if kind in KINDS:
            if not matched.request.breakable:
                answer = _marked(problems.unavailable_failure(kind), compiled.marks)
                detail = f"the server of this app cannot simulate the failure '{kind}'"
                matched.world.journal.note(matched.entry(answer, journal.REFUSED, detail=detail))
                return answer
            return self._broken(matched, kind)
        detail, media, sent = "simulated by this world's traffic settings", matched.media, matched.request.headers
        if kind == "rate-limit":
            detail = f"this world takes no more requests for {treatment.wait} s"
            matched.simulated = Simulation(kind, detail)
            retry_after = {"retry-after": str(treatment.wait)}
            if "rate-limited" in compiled.refusals.kinds:
                matched.body = matched.sent or b""
                stopped = Stopped([Refusal("rate-limited", (), detail, headers=retry_after)])
                return matched.marked(self._refused(matched, stopped))
            status, headers, body = compiled.choices.error(429, detail, media, sent)
            return self._simulated(matched, (status, {**headers, **retry_after}, body))
        matched.simulated = Simulation(kind, detail)
        if kind == "error-rate":
            return self._simulated(matched, compiled.choices.failure(detail, media, sent))
        error = compiled.choices.error(treatment.status, detail, media, sent)
        return self._simulated(matched, error)

    def _broken(self, matched: MatchedRequest, kind: str) -> BrokenAnswer:
        """The failure of the connection that a request meets; one whose answer is cut off is carried out before."""
        matched.simulated = Simulation(kind, f"simulated by this world's traffic settings: {kind}")
        if kind == "truncated":
            whole = self._answered(matched, self._carry_out(matched))
            return matched.cut_off(whole)
        matched.body = matched.sent or b""
        matched.world.journal.note(matched.entry(_NO_ANSWER))
        return BrokenAnswer(kind)

    def _simulated(self, matched: MatchedRequest, chosen: Answer) -> Answer:
        """An answer that the request does not decide; it is read, and the journal has it."""
        matched.body = matched.sent or b""
        answer = _marked(chosen, matched.compiled.marks)
        matched.world.journal.note(matched.entry(answer))
        return matched.marked(answer)

    def _carry_out(self, matched: MatchedRequest) -> Reply | Stopped:
        """Everything between the route and the answer; the world is changed only by a `Reply`."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        api = compiled.contract.api
        records = world.records[api]
        actor, refusals = caller(compiled, request, records)
        if refusals:
            return Stopped(refusals)
        raw = b""
        if compiled.readers:
            if matched.sent is None:
                return Stopped([Refusal("too-large", (), f"the body is larger than {self.max_body} bytes")])
            matched.body = raw = matched.sent
        call, refusals = admit(compiled, request, matched.texts, raw, actor, records, world.clock.now())
        if refusals:
            return Stopped(refusals, raw, call)
        outcome = carry_out(compiled, call)
        if isinstance(outcome, Refusal):
            return Stopped([outcome], raw, call)
        if outcome.changes:
            records.commit(outcome.changes)
        return outcome

    def _answered(self, matched: MatchedRequest, outcome: Reply | Stopped) -> Answer:
        """What became of a request as the answer that is sent; the journal has it from now on."""
        if isinstance(outcome, Reply):
            answer = matched.compiled.represent(outcome, matched.media)
            matched.world.journal.note(matched.entry(answer))
            return answer
        return self._refused(matched, outcome)

    def _refused(self, matched: MatchedRequest, stopped: Stopped) -> Answer:
        """The refusal in the vendor's format, with a link to its explanation; the request is kept for that."""
        compiled, request, world = matched.compiled, matched.request, matched.world
        status, headers, body = compiled.refusals.write(stopped.refusals, matched.media, request.headers)
        # Records as they are now, for whoever asks later; taking them costs nothing.
        records = world.records[compiled.contract.api].fork()
        refused = Refused(
            MACHINE.seconds(),
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
        answer = _marked((status, headers, body), compiled.marks)
        entry = matched.entry(answer, journal.REFUSED, statements, headers["x-casepact-detail"], id)
        record_refusal(entry, world, refused, self.worlds)
        return answer


def _after(seconds: float, answer: Answer | BrokenAnswer) -> Outcome:
    return Delayed(seconds, answer) if seconds else answer


def _marked(answer: Answer, marks: Mapping[str, str]) -> Answer:
    """The answer with the marks of its operation; one that it has itself stands in place of the operation's."""
    if not marks:
        return answer
    status, headers, body = answer
    return status, {**marks, **headers}, body
