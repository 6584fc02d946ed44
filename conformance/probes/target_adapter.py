"""Where the requests that Schemathesis makes leave: through the target, with its address, rate, budgets and TLS."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter

from conformance.target.client import Target
from conformance.target.exchange import Request
from specs.flaws import CasepactError


class TargetAdapter(HTTPAdapter):
    """
    Sends what a session of requests was given as the target sends its own.

    `stopped` is what kept a request back; then nothing leaves any more, and whoever drives the engine raises it.
    """

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target
        self.stopped: CasepactError | None = None

    def through(self, session: Session | None) -> Session:
        """The session with this outlet for every address."""
        session = session or Session()
        # A proxy, or a password of ~/.netrc, that the profile does not name must not come in.
        session.trust_env = False
        if session.adapters.get("http://") is not self:
            session.mount("http://", self)
            session.mount("https://", self)
        return session

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """Send one request; raises what keeps it back."""
        if self.stopped is not None:
            raise self.stopped
        body: Any = request.body
        if isinstance(body, str):
            body = body.encode()
        elif body is not None and not isinstance(body, bytes):
            body = b"".join(body)
        headers = tuple((name, _text(value)) for name, value in request.headers.items())
        sent = Request(request.method or "", request.url or "", headers, body)
        try:
            with ExitStack() as stack:
                self.target.check(sent)
                stack.enter_context(self.target.gate(sent))
                answer = self.target.forward(sent.method, sent.url, sent.headers, sent.body)
        except CasepactError as error:
            self.stopped = error
            raise
        response = self.build_response(request, answer)
        # The target has read the body already.
        response._content, response._content_consumed = answer.data, True
        return response


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
