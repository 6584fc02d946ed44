"""Which requests are for the page. What answers them is imported with the first, so that a start takes no longer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mock_server.http.asgi_messages import Receive, Scope, Send
from mock_server.negotiation import choose
from mock_server.operations.request import Request
from specs.source import CONTROL_BASE

if TYPE_CHECKING:
    from mock_server.http.pages.site import Site

HOME = f"{CONTROL_BASE.rpartition('/')[0]}/"
"""The address of the page."""
EVENTS, ACT, SIGN_IN = f"{HOME}events", f"{HOME}act", f"{HOME}sign-in"
ASSETS: Mapping[str, str] = {
    f"{HOME}page.css": "text/css; charset=utf-8",
    f"{HOME}page.js": "text/javascript; charset=utf-8",
}
"""Media types of the files that the page loads, by path."""
_PATHS = frozenset({HOME, HOME[:-1], EVENTS, ACT, SIGN_IN, *ASSETS})


class Gate:
    """The way to the page, which `make` makes when somebody first asks for it."""

    def __init__(self, make: Callable[[], Site]) -> None:
        self._make = make
        self._site: Site | None = None

    def takes(self, path: str, request: Request) -> bool:
        """Whether a request that no operation takes is for the page; the root is, where a browser asks for it."""
        if path == "/":
            return request.method in ("GET", "HEAD") and _is_browser(request.headers)
        return path in _PATHS

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        """Answer a request that `takes` has accepted."""
        if self._site is None:
            self._site = self._make()
        await self._site(scope, receive, send, request)


def _is_browser(headers: Mapping[str, str]) -> bool:
    """Whether a page is preferred; programs accept anything, which is no preference."""
    return choose(headers.get("accept", "*/*"), ("application/json", "text/html")) == "text/html"
