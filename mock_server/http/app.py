"""The wiring: contracts + behaviours + worlds → one Connexion app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from connexion.apps.asynchronous import AsyncApp
from connexion.middleware.exceptions import ExceptionMiddleware
from connexion.middleware.lifespan import LifespanMiddleware
from connexion.middleware.swagger_ui import SwaggerUIMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolver
from starlette.middleware.cors import CORSMiddleware

from mock_server.http.request_path import RequestPath, compile_operation
from mock_server.reply import Behaviour
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.store import WorldStore
from specs.contract import Contract
from specs.flaws import CasepactError

DEFAULT_MAX_BODY = 2**20


def build_app(
    contracts: Iterable[Contract],
    behaviours: Mapping[str, Mapping[str, Behaviour]],
    seeds: Mapping[str, Records],
    *,
    clock: Clock | None = None,
    max_body: int = DEFAULT_MAX_BODY,
) -> AsyncApp:
    """
    The ASGI app that serves the contracts.

    `behaviours` and `seeds` are by API; the root belongs to the first contract that claims a path. Raises
    `CasepactError` for an operation that nobody behaves for.
    """
    served = list(contracts)
    operations = []
    for contract in served:
        for operation in contract.operations.values():
            behaviour = behaviours.get(contract.api, {}).get(operation.id)
            if behaviour is None:
                raise CasepactError(f"{contract.api}: nothing in mock_server/behaviours is named '{operation.id}'.")
            operations.append(compile_operation(contract, operation, behaviour, seeds[contract.api].actors))
    request_path = partial(
        RequestPath,
        operations=operations,
        root=[contract.api for contract in served],
        worlds=WorldStore(seeds, clock or Clock()),
        max_body=max_body,
    )
    cors = partial(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"])
    app = AsyncApp(
        "casepact",
        middlewares=[
            cors,
            ExceptionMiddleware,
            request_path,
            SwaggerUIMiddleware,
            LifespanMiddleware,
        ],
        resolver=Resolver(function_resolver=lambda _: _unreachable),
        swagger_ui_options=SwaggerUIOptions(swagger_ui=True),
    )
    for contract in served:
        app.add_api(_served_document(contract), base_path=f"/{contract.api}", name=contract.api)
    return app


async def _unreachable(*_: Any, **__: Any) -> None:
    raise AssertionError("the request path answers every operation itself")


def _served_document(contract: Contract) -> dict[str, Any]:
    """The document as a reader of Swagger UI needs it: this mock is its server."""
    return {**contract.document, "servers": [{"url": f"/{contract.api}"}]}
