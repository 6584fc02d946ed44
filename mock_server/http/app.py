"""The wiring: contracts + behaviours + worlds → one Connexion app."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connexion.apps.asynchronous import AsyncApp
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.swagger_ui import SwaggerUIMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver

from mock_server.addresses import Addresses
from mock_server.explanations.explaining import RefusalBook
from mock_server.http.asgi import AsgiTransport
from mock_server.http.asgi_messages import Receive, Scope, Send
from mock_server.http.control import Control, control_behaviours
from mock_server.http.documents import PAGE_DOCUMENT, Documents, stub
from mock_server.http.pages.gate import Gate
from mock_server.http.request_path import RequestPath
from mock_server.http.served_paths import ServedPaths
from mock_server.operations.compiled import CompiledOperation, compile_operation
from mock_server.reply import Behaviour
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actor, Actors, Records
from mock_server.worlds.store import World, WorldStore
from specs.code import shown_references
from specs.contract import Contract
from specs.flaws import CasepactError, did_you_mean
from specs.project import project
from specs.source import CONTROL_BASE

if TYPE_CHECKING:
    from mock_server.http.pages.site import Site

DEFAULT_MAX_BODY = 2**20
UNMODELLED = {"x-casepact-unmodelled": "true"}
"""What marks each answer that was made from a document alone, by nothing that knows the vendor."""


@dataclass(frozen=True, slots=True)
class MockApp:
    """An ASGI app, and the request path in it, which a transport may call directly."""

    path: RequestPath
    connexion: AsyncApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by ASGI."""
        await self.connexion(scope, receive, send)


def build_app(
    contracts: Iterable[Contract],
    behaviours: Mapping[str, Mapping[str, Behaviour]],
    seeds: Mapping[str, Records],
    *,
    clock: Clock | None = None,
    max_body: int = DEFAULT_MAX_BODY,
    worlds: WorldStore | None = None,
    control: Contract | None = None,
    token: str = "",
    fixtures: Path | None = None,
    book: RefusalBook | None = None,
    addresses: Addresses | None = None,
) -> MockApp:
    """
    The app that serves the contracts.

    `behaviours` and `seeds` are by API; each is below its name unless `addresses` say otherwise. `worlds` and the
    `book` of refusals outlive the app when they are given. `control` is the contract of the control API, left out where
    it is None; `token` is what it asks for, if anything. Raises `CasepactError` for an operation that nobody behaves
    for.
    """
    served = {contract.api: contract for contract in contracts}
    store = worlds if worlds is not None else WorldStore(seeds, clock or Clock())
    book = book or new_book(store)
    addresses = addresses or Addresses()
    operations: list[CompiledOperation] = []
    for api, contract in served.items():
        marks = {} if contract.dialect.modelled else UNMODELLED
        operations += _compiled(contract, behaviours.get(api, {}), addresses.base(api), marks=marks)
    documents = {f"/{api}": contract for api, contract in served.items()}
    pages = None
    if control is not None:
        steered = Control(served, store, book, fixtures)
        world = _control_world(control, token)
        acts = _compiled(_guarded(control, token), control_behaviours(steered), CONTROL_BASE, world=world)
        operations += acts
        documents[CONTROL_BASE] = control
        pages = Gate(partial(_site, steered, acts, addresses, token, max_body))
    book.serve(operations)
    path = RequestPath(
        operations=operations,
        paths=ServedPaths(operations, addresses.root, documents),
        worlds=store,
        max_body=max_body,
        book=book,
        pages=pages,
    )
    bases = {f"/{api}": base for api, base in addresses.bases.items()}
    return MockApp(path, _connexion_app(path, partial(Documents, contracts=documents, bases=bases), documents))


def _site(
    control: Control, operations: Iterable[CompiledOperation], addresses: Addresses, token: str, max_body: int
) -> Site:
    """What answers requests to the page."""
    from mock_server.http.pages.site import Site

    return Site(control, {item.operation.id: item for item in operations}, addresses, token, max_body)


def new_book(worlds: WorldStore | None = None) -> RefusalBook:
    """A book of refusals whose ids no other start of the mock gives out, nor any other process with these worlds."""
    if worlds is not None and worlds.is_shared:
        # Of no use to a mock whose worlds are its own.
        from mock_server.explanations.shared_book import SharedRefusalBook
        from mock_server.worlds.shared.store import SharedWorldStore

        assert isinstance(worlds, SharedWorldStore)
        return SharedRefusalBook(worlds)
    return RefusalBook(secrets.token_hex(2))


def _connexion_app(path: RequestPath, documents: Any, contracts: Mapping[str, Contract]) -> AsyncApp:
    """The two middlewares of ours among those of Connexion, which serves the pages of the contracts, by their paths."""
    app = AsyncApp(
        "casepact",
        middlewares=[
            partial(AsgiTransport, path=path),
            ExceptionMiddleware,
            documents,
            SwaggerUIMiddleware,
            LifespanMiddleware,
        ],
        resolver=Resolver(function_resolver=lambda _: _unreachable),
        # Relative to the page, so that a page below the prefix of a world shows that world's document.
        swagger_ui_options=SwaggerUIOptions(
            swagger_ui=True, swagger_ui_template_arguments={"openapi_spec_url": PAGE_DOCUMENT}
        ),
    )
    for base, contract in contracts.items():
        app.add_api(stub(contract), base_path=base, name=contract.api)
    return app


def _compiled(
    contract: Contract,
    behaviours: Mapping[str, Behaviour],
    base: str,
    *,
    world: World | None = None,
    marks: Mapping[str, str] | None = None,
) -> list[CompiledOperation]:
    siblings: dict[str, CompiledOperation] = {}
    for operation in contract.operations.values():
        behaviour = behaviours.get(operation.id)
        if behaviour is None:
            known = project().apis.get(contract.api)
            where = shown_references(known.behaviours if known else (), "BEHAVIOURS") or contract.api
            raise CasepactError(f"{where} has no '{operation.id}'.{did_you_mean(operation.id, behaviours)}")
        siblings[operation.id] = compile_operation(
            contract, operation, behaviour, base=base, world=world, marks=marks, siblings=siblings
        )
    return list(siblings.values())


def _guarded(control: Contract, token: str) -> Contract:
    """The control contract as it is kept by a mock that was started with a token, or without one."""
    if token:
        return control
    return replace(control, operations={id: replace(item, security=()) for id, item in control.operations.items()})


def _control_world(control: Contract, token: str) -> World:
    """Where the control API lives: in no world that a request can name."""
    scheme = next(iter(control.security_schemes))
    owner = {"owner": Actor("owner", {}, {scheme: token})} if token else {}
    return World("", {control.api: Records({}, Actors(owner))}, Clock())


async def _unreachable(*_: Any, **__: Any) -> None:
    raise AssertionError("the request path answers every operation itself")
