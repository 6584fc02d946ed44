"""Documents of foreign contracts, served as they are: Connexion follows each `$ref` in what it gets, even in data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from connexion.middleware.abstract import SpecMiddleware

from mock_server.http.request import App, Receive, Scope, Send
from specs.contract import Contract


def stub(contract: Contract) -> dict[str, Any]:
    """What Connexion gets to see of a foreign contract: enough for the page of Swagger UI."""
    return {"openapi": "3.0.3", "info": {"title": contract.title, "version": contract.version}, "paths": {}}


class ForeignDocuments(SpecMiddleware):
    """Answers `/<api>/openapi.json` for foreign contracts; each is written when it is first asked for."""

    def __init__(self, app: App, *, contracts: Iterable[Contract]) -> None:
        self.app = app
        self._contracts = {f"/{contract.api}/openapi.json": contract for contract in contracts if contract.foreign}
        self._written: dict[str, bytes] = {}

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers each document here; the true ones are known already."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", "")).removeprefix(scope.get("root_path", ""))
        contract = self._contracts.get(path)
        if scope["type"] != "http" or contract is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        if path not in self._written:
            shown = {key: value for key, value in contract.document.items() if key != "x-refusals"}
            self._written[path] = orjson.dumps({**shown, "servers": [{"url": f"/{contract.api}"}]})
        body = self._written[path]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})
