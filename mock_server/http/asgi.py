"""Requests that come by an ASGI server: the way of tests, of other servers, and of what the direct transport leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from connexion.middleware.abstract import SpecMiddleware
from starlette.middleware.cors import CORSMiddleware

from mock_server.http.asgi_messages import (
    App,
    HeaderLines,
    Receive,
    Scope,
    Send,
    encoded,
    read_body,
    read_request,
    send_answer,
)
from mock_server.http.connection_failures import BrokenAnswer, break_answer, connection_of
from mock_server.http.request_path import Delayed, Outcome, RequestPath
from mock_server.operations.request import Request

VARY: HeaderLines = ((b"vary", b"Origin"),)
"""What every answer without CORS headers has: a cache must not hand it to a browser."""


class AsgiTransport(SpecMiddleware):
    """Has the request path answer what it takes; the mock's own page, and what Connexion serves, go on to them."""

    def __init__(self, app: App, *, path: RequestPath) -> None:
        self.app, self.path = app, path
        self._cors = CORSMiddleware(
            self._from_browser, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
        )

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers each document here; what it holds was compiled already."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        if scope["type"] != "http":
            return self.app(scope, receive, send)
        request = _request(scope)
        if "origin" in request.headers:
            # Only browsers send it, and only they read what this adds.
            return self._cors(scope, receive, send)
        return self._serve(scope, receive, send, request, VARY)

    def _from_browser(self, scope: Scope, receive: Receive, send: Send) -> Coroutine[Any, Any, None]:
        return self._serve(scope, receive, send, _request(scope))

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, request: Request, before: HeaderLines = ()
    ) -> None:
        """Send the answer to a request, with the headers `before` its own, or hand the request on."""
        target = self.path.target(request)
        if target is None:
            # Pages below the prefix of a world name it in their own links (ASGI: root_path).
            below = {**scope, "root_path": request.prefix} if request.prefix else scope
            if self.path.pages is not None and self.path.is_for_pages(request):
                await self.path.pages(below, receive, send, request)
            else:
                await self.app(below, receive, send)
            return
        body = await read_body(request.headers, receive, self.path.max_body)
        await send_outcome(await self.path.carry_out(request, target, body), request, scope, receive, send, before)


async def send_outcome(
    outcome: Outcome, request: Request, scope: Scope, receive: Receive, send: Send, before: HeaderLines = ()
) -> None:
    """Do what the request path has decided on, with the headers `before` those of the answer."""
    if isinstance(outcome, Delayed):
        seconds, outcome = outcome
        await asyncio.sleep(seconds)
    if isinstance(outcome, BrokenAnswer):
        connection = connection_of(scope)
        assert connection is not None, "such a failure is only decided on where the server can do it"
        await break_answer(outcome, connection, receive, send, before)
        return
    status, headers, body = outcome
    await send_answer(send, request.method, status, [*before, *encoded(headers)], body, with_length=status != 204)


def _request(scope: Scope) -> Request:
    return read_request(scope, breakable=connection_of(scope) is not None)
