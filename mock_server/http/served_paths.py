"""Which path leads to which operation: every API below its base, one at the root, and Connexion's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from mock_server.addresses import first_segment
from mock_server.http.documents import FILES
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.refusals import RefusalWriter
from mock_server.operations.request import Answer
from mock_server.operations.routing import Route, RouteIndex
from specs.flaws import CasepactError
from specs.path_templates import routed

_CACHE_SIZE = 4096
"""Routes; a path as it was sent may be anything."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A compiled operation at one address; `media` is fixed where a path suffix says it."""

    compiled: CompiledOperation
    media: str | None


class ServedApi:
    """The operations of one API below one base path, and how what no operation takes there is refused."""

    def __init__(self, operations: Sequence[CompiledOperation]) -> None:
        first = operations[0]
        self.operations, self.api, self.marks = operations, first.contract.api, first.marks
        self.refusals = RefusalWriter(first.contract.refusals, first.contract.xml)


class ServedPaths:
    """
    Every path that a mock answers.

    What stands behind the name of an API is that API's; everything else is the root's, where the API `root` is served,
    or none. An operation whose base is "" is at the root alone. `pages` are the paths below which there are documents
    and Swagger UI.
    """

    def __init__(self, operations: Sequence[CompiledOperation], root: str, pages: Iterable[str]) -> None:
        self._pages = tuple(pages)
        by_base: dict[str, list[CompiledOperation]] = {}
        for item in operations:
            if item.base:
                by_base.setdefault(item.base, []).append(item)
        self._apis = {base: ServedApi(items) for base, items in by_base.items()}
        self._names = {first_segment(base) for base in by_base}
        self._below: RouteIndex[Endpoint] = RouteIndex()
        for base, items in by_base.items():
            _add_all(self._below, base, items)
        rooted = [item for item in operations if item.world is None and item.contract.api == root]
        self._root = ServedApi(rooted) if rooted else None
        self._at_root: RouteIndex[Endpoint] = RouteIndex()
        _add_all(self._at_root, "", rooted)
        self._routes: dict[str, Route[Endpoint]] = {}

    def route(self, path: str) -> Route[Endpoint] | None:
        """The route of a path; those found last are remembered, so that finding one again costs a look."""
        route = self._routes.get(path)
        if route is None:
            route = self._find(path)
            if route is not None:
                if len(self._routes) >= _CACHE_SIZE:
                    self._routes.clear()
                self._routes[path] = route
        return route

    def is_page(self, path: str) -> bool:
        """Whether it is served behind the operations: documents, Swagger UI and files."""
        return self._is_document(path) or path in FILES

    def api_of(self, path: str) -> ServedApi | None:
        """The API whose base a path begins with, although it may have no such path."""
        for base, served in self._apis.items():
            if path == base or path.startswith(f"{base}/"):
                return served
        return None

    @property
    def root(self) -> ServedApi | None:
        """The API at the root, which every path without a base is of."""
        return self._root

    def elsewhere(self, path: str) -> str:
        """Where a path that is not at the root is served, or where the APIs are, as a clause."""
        there = [f"{base}{path[:200]}" for base in self._apis if self._below.find(f"{base}{path}")]
        if there:
            return f"{' and '.join(there)} {'is' if len(there) == 1 else 'are'} served"
        bases = [*self._apis, *([""] if self._root is not None else [])]
        return f"the APIs are served under {', '.join(f'{base}/' for base in bases)}"

    def index_page(self, prefix: str) -> Answer:
        """For whoever opens the address in a browser, or that of a world (`prefix`): where the APIs are."""
        rows = ""
        for page in self._pages:
            bases = [f"{prefix}{page}"] if page in self._apis else []
            if self._root is not None and page == f"/{self._root.api}":
                bases.append(prefix or "/")
            rows += f'<li><a href="{prefix}{page}/ui/">{page[1:]}</a> base URL {" and ".join(bases)}</li>'
        page = f"<!doctype html><title>casepact mock</title><h1>casepact mock</h1><ul>{rows}</ul>"
        return 200, {"content-type": "text/html; charset=UTF-8"}, page.encode()

    def _find(self, path: str) -> Route[Endpoint] | None:
        if unquote(first_segment(path)) in self._names:
            return self._below.find(path)
        # An API that is at the root alone has its pages below its name, where its own paths may be too.
        return None if self._is_document(path) else self._at_root.find(path)

    def _is_document(self, path: str) -> bool:
        for page in ("/openapi.json", "/openapi.yaml", "/ui"):
            base, found, rest = path.partition(page)
            if found and base in self._pages and (not rest or (page == "/ui" and rest[0] == "/")):
                return True
        return False


def _add_all(index: RouteIndex[Endpoint], base: str, items: Sequence[CompiledOperation]) -> None:
    """
    Add the operations of one API: those whose paths are as requests have them first, those with flaws last.

    The paths of a document's servers ("https://api.example/v3") stand before its own paths too.
    """
    for item in sorted(items, key=lambda item: (_is_unread(item), routed(item.operation.path) != item.operation.path)):
        _add(index, base, item)
    for item in items:
        for server in item.operation.server_paths:
            # Where that is a path of the document with its parameters in another order, the document's own is served.
            with suppress(CasepactError):
                _add(index, base + server, item)


def _add(index: RouteIndex[Endpoint], base: str, item: CompiledOperation) -> None:
    patterns = {parameter.name: parameter.pattern for parameter in item.operation.parameters if parameter.pattern}
    path, method = base + routed(item.operation.path), item.operation.method
    for suffix, media in item.contract.suffixes.items():
        if media in item.offered:
            index.add(path, method, Endpoint(item, media), patterns, suffix)
    index.add(path, method, Endpoint(item, None), patterns, named=not _is_unread(item))


def _is_unread(item: CompiledOperation) -> bool:
    """Whether a flaw of the operation keeps it from being served: it is answered with 501, whatever is sent."""
    return item.operation.id in item.contract.unread
