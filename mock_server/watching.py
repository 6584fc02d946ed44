"""`--watch`: contracts, ledgers and fixtures are read again when they change; worlds stay."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from mock_server.assembly import Assembly, assemble, watched
from mock_server.console import LOGGER
from mock_server.settings import Settings
from mock_server.worlds.relations import withdraw_dangling_actors
from mock_server.worlds.store import WorldStore
from specs.compiling import source_of
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.shortening import shorten
from specs.source import display_name

logger = logging.getLogger(LOGGER)

_READ = (".yaml", ".yml", ".json", ".xml")
_LISTED = 10
_LONGEST = 200


class Swapping:
    """An app that can be exchanged between two requests."""

    def __init__(self, app: Any) -> None:
        self.app = app

    @property
    def path(self) -> Any:
        """The request path of the app that is there now."""
        return self.app.path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


async def watch(
    settings: Settings,
    start: Assembly,
    swapping: Swapping,
    store: WorldStore,
    build: Callable[[Assembly], Any],
) -> None:
    """Rebuild the app after each change until cancelled; a broken edit leaves the last good one in place."""
    from watchfiles import awatch

    current = start
    folders = sorted({folder for folder in watched(settings) if folder.is_dir()})
    async for changes in awatch(*folders, watch_filter=lambda _, path: path.endswith(_READ), debounce=200):
        files = sorted({display_name(Path(path)) for _, path in changes})
        current = await reload(settings, files, current, swapping, store, build)


async def reload(
    settings: Settings,
    files: Iterable[str],
    current: Assembly,
    swapping: Swapping,
    store: WorldStore,
    build: Callable[[Assembly], Any],
) -> Assembly:
    """What is served from now on: all that the settings name read again, or as until now where that is flawed."""
    changed = ", ".join(files)
    try:
        found = await asyncio.to_thread(assemble, settings, with_ledger=True)
        app = await asyncio.to_thread(build, found)
    except CasepactError as error:
        logger.warning("%s changed; the last good contracts stay in use: %s", changed, error)
        return current
    except Exception:
        # A document that we should have refused must not end the watching.
        logger.exception("%s changed and could not be read; the last good contracts stay in use", changed)
        return current
    store.reseed(found.seeds)
    swapping.app = app
    logger.info(
        "%s changed; %s", changed, "; ".join(_differences(current, found)) or "nothing that is served is different"
    )
    misfits = [*withdrawn_actors(store, found), *misfit_records(store, found)]
    for misfit in misfits[:_LISTED]:
        logger.warning("%s", misfit)
    if len(misfits) > _LISTED:
        logger.warning("and %s more that no longer fit", len(misfits) - _LISTED)
    return found


def misfit_records(store: WorldStore, assembly: Assembly) -> Iterator[str]:
    """The records that break the schemas they are now under, each reported once, with the first of its worlds."""
    seen: set[tuple[str, str, int]] = set()
    for world in store:
        for api, records in world.records.items():
            for collection, stored in records.snapshot().items():
                schema = assembly.contracts[api].records[collection]
                for name, record in stored.items():
                    key = (api, collection, id(record))
                    if key in seen:
                        continue
                    seen.add(key)
                    for flaw in schema.flaws(record)[:1]:
                        message = shorten(flaw.message, _LONGEST)
                        yield f"world {world.name}, {api} {collection} {name}: {flaw.pointer or '/'} {message}"


def withdrawn_actors(store: WorldStore, assembly: Assembly) -> Iterator[str]:
    """
    Take from the worlds, and their snapshots, the actors who ask for records that are not there; each is reported.

    Actors come with the new fixtures, records stay: a user who is new to both is not known in an older world.
    """
    for world in store:
        for api, contract in assembly.contracts.items():
            for snapshot in world.snapshots.values():
                withdraw_dangling_actors(contract, snapshot.records[api])
            for held in withdraw_dangling_actors(contract, world.records[api]):
                missing = held.reference.missing(())
                yield f"world {world.name}, {api}: {held} may not call before the world is reset; {missing}"


def _differences(old: Assembly, new: Assembly) -> Iterator[str]:
    for api in sorted({*old.contracts, *new.contracts}):
        before, after = old.contracts.get(api), new.contracts.get(api)
        if before is None or after is None:
            yield f"{api} is {'new' if before is None else 'gone'}"
            continue
        parts = list(_operations(before, after))
        if not parts and before.document != after.document:
            parts = ["the document changed"]
        if old.seeds[api].snapshot() != new.seeds[api].snapshot() or old.seeds[api].actors != new.seeds[api].actors:
            parts.append("worlds made from now on start with the new fixtures")
        if parts:
            yield f"{api}: {', '.join(parts)}"


def _operations(before: Contract, after: Contract) -> Iterator[str]:
    for id in sorted({*before.operations, *after.operations}):
        if id not in before.operations:
            yield f"{id} is new"
        elif id not in after.operations:
            yield f"{id} is gone"
        elif _stated(before, id) != _stated(after, id):
            yield f"{id} changed"


def _stated(contract: Contract, id: str) -> Any:
    operation = contract.operations[id]
    return operation.path, operation.method, source_of(contract.document, operation)
