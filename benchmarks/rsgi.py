"""
The mock behind Granian's RSGI interface, to be measured, not used.

RSGI hands over the path with its percent-encoding undone, so that `/a%2Fb` and `/a/b` are the same to an app, and has
no connection that a simulated failure could break. Pages, delays and such failures are not served here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from mock_server.http.connection_failures import BrokenAnswer
from mock_server.http.request_path import Delayed, RequestPath
from mock_server.operations.request import Request


def rsgi_app(path: RequestPath) -> Callable[[Any, Any], Awaitable[None]]:
    """An RSGI app that has each request answered by the request path of a mock."""

    async def app(scope: Any, protocol: Any) -> None:
        headers = dict(scope.headers.items())
        request = Request(scope.method, scope.path, scope.query_string, headers)
        target = path.target(request)
        if target is None:
            raise NotImplementedError(f"{scope.path} is a page, which only ASGI serves")
        outcome = path.answer(request, target, await protocol())
        if isinstance(outcome, Delayed | BrokenAnswer):
            raise NotImplementedError(f"{scope.path}: delays and failures of connections are not served by RSGI")
        status, lines, body = outcome
        protocol.response_bytes(status, [("vary", "Origin"), *lines.items()], body)

    return app
