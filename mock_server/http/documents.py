"""The documents of the served APIs, as they are: all was compiled already, so Connexion need not read them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import orjson
import yaml
from connexion.middleware.abstract import SpecMiddleware

from mock_server.addresses import CONTROL_NAME
from mock_server.http.asgi_messages import App, HeaderLines, Receive, Scope, Send
from mock_server.http.swagger_ui import for_the_page
from specs.contract import Contract

Document = Mapping[str, Any]


def _as_yaml(document: Document) -> bytes:
    return yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=120).encode()


def _as_written(contract: Contract) -> Document:
    """The document as its author wrote it: how a foreign API refuses, and where it is served, was added by us."""
    if contract.dialect.modelled:
        return contract.document
    return {key: value for key, value in contract.document.items() if key not in ("x-refusals", "server-paths")}


def _of_the_page(contract: Contract) -> Document:
    return for_the_page(_as_written(contract))


JSON, YAML = "application/json", "application/yaml"
PAGE_DOCUMENT = "openapi.json"
"""What the page of Swagger UI shows, beside it."""

WRITERS: Mapping[str, tuple[str, Callable[[Contract], Document], Callable[[Document], bytes]]] = {
    "/openapi.json": (JSON, _as_written, orjson.dumps),
    "/openapi.yaml": (YAML, _as_written, _as_yaml),
    f"/ui/{PAGE_DOCUMENT}": (JSON, _of_the_page, orjson.dumps),
}
"""Media type (RFC 9512 for YAML), document and writer by the path below the name of an API."""


FILES: Mapping[str, tuple[tuple[tuple[bytes, bytes], ...], bytes]] = {
    f"/{CONTROL_NAME}/client.mjs": (
        ((b"content-type", b"text/javascript; charset=UTF-8"), (b"cache-control", b"no-cache")),
        files("mock_server.http").joinpath("client.mjs").read_bytes(),
    ),
    # Every browser asks for it by itself; there is none, and that is nobody's mistake.
    "/favicon.ico": (((b"cache-control", b"max-age=3600"),), b""),
}
"""Headers and content by path; what has no content is answered with 204."""


def stub(contract: Contract) -> dict[str, Any]:
    """
    What Connexion gets to see of a contract: enough for the page of Swagger UI.

    It would judge the whole document at each start, slowly, which `casepact lint` does better, and follow each `$ref`
    in it, even in data.
    """
    return {"openapi": "3.0.3", "info": {"title": contract.title, "version": contract.version}, "paths": {}}


class Documents(SpecMiddleware):
    """
    Answers the documents of each contract, which `contracts` has by the path that stands before them.

    `bases` says where the operations begin, where that is another path.
    """

    def __init__(self, app: App, *, contracts: Mapping[str, Contract], bases: Mapping[str, str] | None = None) -> None:
        self.app = app
        self._written = {
            f"{home}{name}": ((bases or {}).get(home, home), contract, *writer)
            for home, contract in contracts.items()
            for name, writer in WRITERS.items()
        }
        self._kept: dict[str, bytes] = {}
        """By path; only those outside of worlds, whose names are for clients to choose."""

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers its stubs here; the true documents are known already."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        root: str = scope.get("root_path", "")
        path = str(scope.get("path", "")).removeprefix(root)
        file, found = FILES.get(path), self._written.get(path)
        if scope["type"] != "http" or (file is None and found is None):
            await self.app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _send(send, scope, ((b"allow", b"GET, HEAD"),), b"", 405)
            return
        if found is None:
            assert file is not None
            await _send(send, scope, *file)
            return
        base, contract, media, shown, write = found
        body = self._kept.get(scope["path"])
        if body is None:
            # What a reader tries out on the page of a world belongs into that world.
            document = {**shown(contract), "servers": [{"url": f"{root}{base}" or "/"}]}
            # A document of megabytes takes seconds as YAML; other requests go on meanwhile.
            body = await asyncio.to_thread(write, document)
            if not root:
                self._kept[scope["path"]] = body
        await _send(send, scope, ((b"content-type", media.encode()),), body)


async def _send(send: Send, scope: Scope, headers: HeaderLines, body: bytes, status: int = 0) -> None:
    lines = [*headers, (b"content-length", b"%d" % len(body))] if body or status else headers
    await send({"type": "http.response.start", "status": status or (200 if body else 204), "headers": lines})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
