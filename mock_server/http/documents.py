"""The documents of the served APIs, as they are: all was compiled already, so Connexion need not read them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import yaml
from connexion.middleware.abstract import SpecMiddleware

from mock_server.http.request import App, Receive, Scope, Send
from specs.contract import Contract


def _as_yaml(document: Mapping[str, Any]) -> bytes:
    return yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120).encode()


WRITERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], bytes]]] = {
    "/openapi.json": ("application/json", orjson.dumps),
    "/openapi.yaml": ("application/yaml", _as_yaml),
}
"""Media type (RFC 9512 for YAML) and writer by the path below an API's base."""


def stub(contract: Contract) -> dict[str, Any]:
    """
    What Connexion gets to see of a contract: enough for the page of Swagger UI.

    It would judge the whole document at each start, slowly, which `casepact lint` does better, and follow each `$ref`
    in it, even in data.
    """
    return {"openapi": "3.0.3", "info": {"title": contract.title, "version": contract.version}, "paths": {}}


class Documents(SpecMiddleware):
    """Answers `openapi.json` and `openapi.yaml` of each contract, which `contracts` has by its base path."""

    def __init__(self, app: App, *, contracts: Mapping[str, Contract]) -> None:
        self.app = app
        self._written = {
            f"{base}{name}": (base, contract, *writer)
            for base, contract in contracts.items()
            for name, writer in WRITERS.items()
        }
        self._kept: dict[str, bytes] = {}
        """By path; only those outside of worlds, whose names are for clients to choose."""

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers its stubs here; the true documents are known already."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root: str = scope.get("root_path", "")
        found = self._written.get(str(scope.get("path", "")).removeprefix(root))
        if scope["type"] != "http" or found is None or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        base, contract, media, write = found
        body = self._kept.get(scope["path"])
        if body is None:
            # What a reader tries out on the page of a world belongs into that world.
            document = {**_shown(contract), "servers": [{"url": f"{root}{base}"}]}
            # A document of megabytes takes seconds as YAML; other requests go on meanwhile.
            body = await asyncio.to_thread(write, document)
            if not root:
                self._kept[scope["path"]] = body
        headers = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


def _shown(contract: Contract) -> Mapping[str, Any]:
    """The document as its author wrote it: how a foreign API refuses was added by us."""
    if not contract.foreign:
        return contract.document
    return {key: value for key, value in contract.document.items() if key != "x-refusals"}
