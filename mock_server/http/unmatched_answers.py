"""The answers to requests that no operation takes: another path, another method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mock_server.explanations.explaining import RefusalBook
from mock_server.explanations.unmatched import UnmatchedRequest
from mock_server.http import problems
from mock_server.http.recording import help_link, record_refusal
from mock_server.http.served_paths import Endpoint, ServedPaths
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.request import LONGEST_HEADERS, Answer, Request
from mock_server.operations.routing import Route
from mock_server.reply import Refusal
from mock_server.worlds.clock import MACHINE, Clock
from mock_server.worlds.journal import REFUSED, JournalEntry
from mock_server.worlds.store import WorldStore, forked


class UnmatchedAnswers:
    """Answers what no operation takes as the API does that the path is of; each such request can be asked why."""

    def __init__(
        self, paths: ServedPaths, operations: Sequence[CompiledOperation], worlds: WorldStore, book: RefusalBook
    ) -> None:
        self._paths, self._worlds, self._book = paths, worlds, book
        self._vendors = [item for item in operations if item.world is None]

    def no_route(self, request: Request, world_name: str) -> Answer:
        """The answer to a path that no operation has."""
        detail = f"no operation has the path {request.path[:200]}"
        served = self._paths.api_of(request.path)
        if served is None:
            detail += f"; {self._paths.elsewhere(request.path)}"
            served = self._paths.root
        if served is None:
            refusal = Refusal("no-route", (), f"{detail}.")
            return self._unmatched(
                problems.unknown_path(refusal.detail), request, world_name, refusal, self._vendors, api=""
            )
        refusal = Refusal("no-route", (), detail)
        status, headers, body = served.refusals.write([refusal], "application/json", request.headers)
        answer = status, {**headers, **served.marks}, body
        return self._unmatched(answer, request, world_name, refusal, served.operations, api=served.api)

    def no_method(self, request: Request, route: Route[Endpoint], world_name: str) -> Answer:
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
        api = compiled.contract.api
        return self._unmatched(answer, request, world_name, refusal, candidates, api=api, texts=route.texts)

    def _unmatched(
        self,
        answer: Answer,
        request: Request,
        world_name: str,
        refusal: Refusal,
        candidates: Sequence[CompiledOperation],
        *,
        api: str,
        texts: Mapping[str, str] | None = None,
    ) -> Answer:
        """The same answer with a link to its explanation; the request is kept for that, and in the journal."""
        status, headers, body = answer
        now, world = MACHINE.seconds(), candidates[0].world or self._worlds.world(world_name)
        if world is not None:
            world.count_request()
        header = headers.get("x-casepact-statement", "")
        refusal = refusal._replace(statements=tuple(header.split(", ")) if header else ())
        records, clock = (forked(world.records), world.clock) if world is not None else ({}, Clock())
        unmatched = UnmatchedRequest(now, world_name, request, status, api, refusal, candidates, texts, records, clock)
        id = self._book.keep(unmatched)
        headers = {**headers, "link": help_link(id)}
        entry = JournalEntry(
            at=now,
            took=MACHINE.seconds() - now,
            method=request.method,
            path=request.target,
            api=api,
            operation="",
            status=status,
            outcome=REFUSED,
            statements=refusal.statements,
            detail=refusal.detail,
            refusal=id,
            headers=request.headers if request.header_bytes <= LONGEST_HEADERS else {},
            answer_headers=headers,
            answer_body=body,
        )
        record_refusal(entry, world, unmatched, self._worlds)
        return status, headers, body
