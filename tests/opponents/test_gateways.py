"""What a gateway interrupts shows nothing: neither that a statement holds nor that it does not."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.opponents import r7office
from tests.opponents.judging import judged
from tests.opponents.serving import ThreadSafeStore
from tests.opponents.ways import Ways
from tests.servers import serving

REFUSED_READS = 6
"""More than the harness repeats a read, fewer than would keep it from putting the case back."""


class GatewayAfterWrites:
    """A gateway that answers the reads after each write with 502."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._left = app, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and self._left:
            self._left -= 1
            await Response("<html><h1>502 Bad Gateway</h1></html>", 502, media_type="text/html")(scope, receive, send)
            return
        if scope["type"] == "http" and scope["path"].endswith("/close"):
            self._left = REFUSED_READS
        await self._app(scope, receive, send)


def test_finding_of_an_interrupted_probe_is_neither_charged_nor_forgotten(tmp_path: Path) -> None:
    """
    The server answers a closed case in PascalCase, and no probe that sees it comes to its end.

    The names that reads show are right, so the statement would be verified if the finding were just dropped.
    """
    store = ThreadSafeStore(r7office.seed(Ways()), 0.0)
    app = GatewayAfterWrites(r7office.build(Ways(), "closeCase-pascal", store))
    with serving(app) as url:
        run = judged("r7office", url, "allowed", Ways(), tmp_path, "--quick", "--seed", "3", "-k", "stays or getCase")

    statement = run.report["apis"]["r7office"]["statements"]["R7-43"]
    assert (statement["outcome"], run.violations) == ("not exercised", [])
    assert "502" in statement["reason"]
