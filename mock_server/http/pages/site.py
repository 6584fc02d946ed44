"""What a request to the page gets: the page, what one of its forms does, or what happens in a world."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

from mock_server.addresses import Addresses
from mock_server.console import LOGGER
from mock_server.http.asgi_messages import Receive, Scope, Send, encoded, read_body, send_answer
from mock_server.http.control import Control
from mock_server.http.pages.access import Access, is_from_elsewhere
from mock_server.http.pages.control_calls import ControlCalls, NotDone
from mock_server.http.pages.filters import Filter
from mock_server.http.pages.forms import BadField, Fields, step
from mock_server.http.pages.gate import ACT, ASSETS, EVENTS, HOME, SIGN_IN
from mock_server.http.pages.live import MOST_LISTENERS, Watch, filter_and_since, listen
from mock_server.http.pages.rendering import asset, render, render_entry, render_sign_in
from mock_server.http.pages.view import Chosen, Failed, View
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.request import Request
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.store import DEFAULT

logger = logging.getLogger(LOGGER)

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Mapping[str, str] = {
    "cache-control": "no-store",
    "content-security-policy": _POLICY,
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
_HTML = {**_HEADERS, "content-type": "text/html; charset=utf-8"}
_STATUS: Mapping[str, int] = {"not-found": 404, "conflict": 409, "too-large": 413}


class Page(NamedTuple):
    """An answer: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Site:
    """The page of a mock and what belongs to it, under `/_casepact/`, beside the control API."""

    def __init__(
        self,
        control: Control,
        operations: Mapping[str, CompiledOperation],
        addresses: Addresses,
        token: str,
        max_body: int,
    ) -> None:
        self._worlds, self._calls, self._access = control.worlds, ControlCalls(operations), Access(token)
        self._view = View(control, self._calls, addresses)
        # A form writes a character of a record as up to three.
        self._max_body = 3 * max_body
        self._listeners = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        """Answer a request that the gate lets through; an unexpected exception is logged and becomes a 500."""
        if request.path == EVENTS and request.method == "GET":
            await self._listen(scope, receive, send, request)
            return
        try:
            answer = await self._answer(scope, receive, request)
        except WorldsUnavailable as error:
            text = f"The worlds of this mock cannot be had just now: {error}. Reload the page in a moment."
            answer = _plain(503, text, {"retry-after": str(error.retry_after)})
        except Exception:
            logger.exception("%s %s: a mistake of the mock's own, please report it", request.method, request.path)
            answer = _plain(500, "internal error in the mock; see its log")
        await _send(send, request, answer)

    async def _answer(self, scope: Scope, receive: Receive, request: Request) -> Page:
        path, world = request.path, unquote(scope.get("root_path", "")[2:]) or DEFAULT
        if path in (ACT, SIGN_IN):
            return await self._posted(scope, receive, request)
        if request.method not in ("GET", "HEAD"):
            return _plain(405, f"{path} is a page; ask with GET.", {"allow": "GET, HEAD"})
        if path in ASSETS:
            return Page(
                200,
                {**_HEADERS, "content-type": ASSETS[path], "cache-control": "no-cache"},
                asset(path.removeprefix(HOME)),
            )
        if path != HOME:
            # The one address of the page, which keeps the world that a prefix names.
            target = HOME if world == DEFAULT else Chosen(world).address()
            return Page(302, {**_HEADERS, "location": target, "vary": "Accept"})
        query = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace"))
        return await self._worlds.run(partial(self._page, _root(scope, request), request, Chosen.of(query, world)))

    def _page(self, root: str, request: Request, chosen: Chosen, failed: Failed | None = None) -> Page:
        if not self._access.admits(request.headers):
            return Page(401, _HTML, render_sign_in({"wrong": False, "then": chosen.address()}))
        status = _STATUS.get(failed.refusals[0].kind, 400) if failed is not None else 200
        return Page(status, _HTML, render(self._view.values(root, chosen, failed)))

    async def _posted(self, scope: Scope, receive: Receive, request: Request) -> Page:
        if request.method != "POST":
            return Page(303, {**_HEADERS, "location": HOME})
        if is_from_elsewhere(request.headers):
            return _plain(403, "This form was sent from a page of another site. Open the page of the mock itself.")
        raw = await read_body(request.headers, receive, self._max_body)
        if raw is None:
            return _plain(413, "What was sent is too large for this mock; start it with a larger --max-body.")
        fields = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, errors="replace"))
        if request.path == SIGN_IN:
            return self._signed_in(fields)
        fields.setdefault("world", DEFAULT)
        if not self._access.admits(request.headers):
            return self._page("", request, Chosen.of({"world": fields["world"]}))
        return await self._worlds.run(partial(self._act, _root(scope, request), request, fields))

    def _act(self, root: str, request: Request, fields: Fields) -> Page:
        """Carry out a form, and go to the page that shows what became of it."""
        try:
            wanted = step(fields, self._calls)
            self._calls.call(wanted.operation, wanted.texts, wanted.body)
        except (NotDone, BadField) as error:
            refusals = error.refusals if isinstance(error, NotDone) else [error.refusal]
            chosen = Chosen.of({name: fields.get(name, "") for name in ("world", "collection", "id")})
            return self._page(root, request, chosen, Failed(fields, tuple(refusals)))
        then = replace(Chosen.of({"world": wanted.world or fields["world"]}), filter=Filter.of({}))
        address = then.address(**wanted.keeps, done=fields["action"])
        return Page(303, {**_HEADERS, "location": f"{address}#{wanted.anchor}"})

    def _signed_in(self, fields: Fields) -> Page:
        then = fields.get("then", HOME)
        # Nothing but the page itself, whatever the form was made to say.
        then = then if then.startswith(f"{HOME}?") and then.isascii() and then.isprintable() else HOME
        cookie = self._access.cookie(fields.get("token", ""))
        if cookie is None:
            return Page(401, _HTML, render_sign_in({"wrong": True, "then": then}))
        return Page(303, {**_HEADERS, "location": then, "set-cookie": cookie})

    async def _listen(self, scope: Scope, receive: Receive, send: Send, request: Request) -> None:
        if is_from_elsewhere(request.headers) or not self._access.admits(request.headers):
            await _send(send, request, _plain(403, "Only the page of this mock listens here."))
            return
        if self._listeners >= MOST_LISTENERS:
            text = f"{MOST_LISTENERS} pages listen already; close one and reload this one."
            await _send(send, request, _plain(503, text))
            return
        query = dict(parse_qsl(request.query, keep_blank_values=True, errors="replace"))
        filter, seen = filter_and_since(query, request.headers)
        chosen = Chosen(Chosen.of(query).world, filter)
        try:
            watch = await self._worlds.run(partial(Watch, self._worlds, self._view, chosen, seen, render_entry))
        except WorldsUnavailable as error:
            await _send(send, request, _plain(503, f"The worlds of this mock cannot be had just now: {error}."))
            return
        self._listeners += 1
        try:
            await listen(watch, scope, receive, send, encoded(_HEADERS))
        finally:
            self._listeners -= 1


def _root(scope: Scope, request: Request) -> str:
    """How the mock is addressed by this request."""
    return f"{scope.get('scheme', 'http')}://{request.headers.get('host', 'localhost')}"


def _plain(status: int, text: str, headers: Mapping[str, str] | None = None) -> Page:
    return Page(status, {**_HEADERS, "content-type": "text/plain; charset=utf-8", **(headers or {})}, text.encode())


async def _send(send: Send, request: Request, answer: Page) -> None:
    await send_answer(send, request.method, answer.status, encoded(answer.headers), answer.body)
