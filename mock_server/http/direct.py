"""
Requests straight from the parser to the request path, and answers straight to the socket.

Between the two there are no messages and no task. What cannot be answered at once goes the way of ASGI: requests to
worlds that are kept elsewhere, pages, requests of browsers from other origins (CORS), answers that are held back,
connections that are to break, and requests that come while an earlier one of their connection waits for its answer.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE
from uvicorn.server import ServerState

from mock_server.console import LOGGER
from mock_server.http import problems
from mock_server.http.asgi import VARY, send_outcome
from mock_server.http.asgi_messages import App, Receive, Scope, Send, is_declared_longer
from mock_server.http.outbox import CollectingTransport, Outbox
from mock_server.http.protocol import MockProtocol
from mock_server.http.request_path import Outcome, RequestPath, Target
from mock_server.operations.request import Request, read_headers

logger = logging.getLogger(LOGGER)

ASGI, READING, ANSWERED = range(3)
"""What becomes of the message that comes in: ASGI has it, its body is read, or nothing any more."""

_NOT_IN_A_HEADER: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f\u0100-\U0010ffff]")
"""RFC 9110 section 5.5; a line break would end the header, and what is not in Latin-1 has no byte there."""


class DirectProtocol(MockProtocol):
    """
    One connection to an app that has its request path as `path`, as `MockApp` does. All of a server share an outbox.

    A connection on which nothing comes is closed after one to two times uvicorn's `timeout_keep_alive`: a timer that is
    looked at when it ends costs nothing per request.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._outbox = outbox or Outbox()
        self._served: Any = self.app
        self._path: RequestPath
        self._request: Request
        self._target: Target
        self._state = ANSWERED
        self._chunks: list[bytes] = []
        self._size = 0
        self._is_receiving = self._is_quiet = self._is_last = False
        self._defaults: object = None
        self._common = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Begin; what is written is sent by way of the outbox."""
        super().connection_made(CollectingTransport(transport, self._outbox))

    def data_received(self, data: bytes) -> None:
        """Let the parser have what came; it calls the methods below."""
        self._is_quiet = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # There is no other protocol to go on with; the request has been answered as it is.
            pass
        except httptools.HttpParserError as error:
            cause = error.__context__
            if cause is None or isinstance(cause, httptools.HttpParserError | UnicodeError):
                self.send_400_response("Invalid HTTP request received.")
            else:
                # It came from a method below, not from what was sent.
                logger.error("a mistake of the mock's own, please report it", exc_info=cause)
                self.transport.write(STATUS_LINE[500] + b"content-length: 0\r\nconnection: close\r\n\r\n")
                self.transport.close()

    def on_message_begin(self) -> None:
        """Start with nothing; a scope is made where ASGI is the way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._is_receiving = True

    def on_headers_complete(self) -> None:
        """Decide on the way of a request."""
        if self.transport.is_closing():
            self._state = ANSWERED
            return
        if self._is_free():
            url = self.url
            # What has another form, or is not a URL at all, is for uvicorn to read.
            if url.startswith(b"/") and url.isascii() and b"#" not in url:
                raw_path, _, raw_query = url.partition(b"?")
                headers, doubled, size = read_headers(self.headers)
                method = self.parser.get_method().decode("ascii")
                request = Request(
                    method, raw_path.decode("ascii"), raw_query.decode("ascii"), headers, doubled, size, True
                )
                path: RequestPath = self._served.path
                if "origin" not in headers and (target := path.target(request)) is not None:
                    self._path, self._request, self._target = path, request, target
                    self._read(headers)
                    return
        self._as_asgi(self._served)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body, or find that there is too much of it."""
        if self._state == READING:
            self._size += len(body)
            if self._size > self._path.max_body:
                self._answer(None)
            else:
                self._chunks.append(body)
        elif self._state == ASGI:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Answer."""
        self._is_receiving = False
        if self._state == READING:
            chunks = self._chunks
            self._answer(chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if self._state == ASGI:
            super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not read its answers; it is not read from either."""
        super().pause_writing()
        self.flow.pause_reading()

    def resume_writing(self) -> None:
        """The client has read on; so do we."""
        super().resume_writing()
        if self._is_free():
            self.flow.resume_reading()

    def shutdown(self) -> None:
        """The server begins to stop: a request that comes in is answered, then the connection ends."""
        if self._state == READING:
            self._is_last = True
        else:
            super().shutdown()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection on which nothing came since the last look, and on which nothing is going on."""
        self.timeout_keep_alive_task = None
        if self.transport.is_closing():
            return
        if self._is_quiet and not self._is_receiving and self._is_free():
            self.transport.close()
        else:
            self._is_quiet = True
            self._look_again()

    def _is_free(self) -> bool:
        """Whether no answer is on its way, and the client reads those it gets."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def _read(self, headers: Mapping[str, str]) -> None:
        self._state = READING
        self._chunks = []
        self._size = 0
        if is_declared_longer(headers, self._path.max_body):
            self._answer(None)
        elif self.expect_100_continue:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _answer(self, body: bytes | None) -> None:
        """Have the request answered; `body` is None where it is too long."""
        self._state = ANSWERED
        self._chunks = []
        if self._path.worlds.is_shared:
            self._wait(body)
            return
        outcome = self._path.answer(self._request, self._target, body)
        # An answer is a plain tuple; the others are classes of their own.
        if type(outcome) is tuple:
            self._write(*outcome)
        else:
            self._do(outcome)

    def _write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a whole answer."""
        parser = self.parser
        is_last = self._is_last or not parser.should_keep_alive() or parser.get_http_version() == "1.0"
        transport, state = self.transport, self.server_state
        if state.default_headers is not self._defaults:
            self._defaults = state.default_headers
            self._common = b"".join([b"%b: %b\r\n" % line for line in (*state.default_headers, *VARY)])
        values = "".join(headers.values())
        if not (values.isascii() and values.isprintable()) and _NOT_IN_A_HEADER.search(values):
            logger.error("%s: the answer has a header that HTTP cannot send", self._request.path)
            status, headers, body = problems.internal_error()
        lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        if status != 204:
            lines += f"content-length: {len(body)}\r\n"
        if is_last:
            lines += "connection: close\r\n"
        if self._request.method == "HEAD":
            body = b""
        transport.write(b"%b%b%b\r\n%b" % (STATUS_LINE[status], self._common, lines.encode("latin-1"), body))
        state.total_requests += 1
        if is_last:
            transport.close()
            return
        if self.timeout_keep_alive_task is None:
            self._look_again()

    def _look_again(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _wait(self, body: bytes | None) -> None:
        """Let ASGI have a request answered whose world is kept elsewhere; nothing holds up other connections."""
        path, request, target = self._path, self._request, self._target

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send_outcome(await path.carry_out(request, target, body), request, scope, receive, send, VARY)

        self._hand_over(app)

    def _do(self, outcome: Outcome) -> None:
        """Let ASGI do what takes time; the request has been carried out."""
        request = self._request

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await send_outcome(outcome, request, scope, receive, send, VARY)

        self._hand_over(app)

    def _hand_over(self, app: App) -> None:
        """Let an app answer a request that has been read."""
        self.expect_100_continue = False
        self._as_asgi(app)

    def _as_asgi(self, app: App) -> None:
        """Let an app have the request in the way of ASGI."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue, self.app = url, expects, app
        # The list of the scope.
        self.headers += headers
        self._state = ASGI
        super().on_headers_complete()
