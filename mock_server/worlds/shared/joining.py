"""The start of a mock on worlds that others may serve already."""

from __future__ import annotations

import asyncio

from mock_server.worlds.shared.about import difference
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.shared.server import Server
from mock_server.worlds.shared.store import SharedWorldStore
from mock_server.worlds.shared.transactions import Transactions
from mock_server.worlds.shared.wire import Bounds, OtherMocks, arguments, replies
from specs.flaws import CasepactError


def join(store: SharedWorldStore, address: str, about: bytes) -> None:
    """
    Connect a store with the Redis at this address, which has answered and is fit for a mock that is `about` this.

    Raises `CasepactError`.
    """
    asyncio.run(_ask(address, about))
    Transactions(store, Server(address), about)


async def _ask(address: str, about: bytes) -> None:
    server = Server(address)
    try:
        replies(await server.carry_out(arguments(about, b"", 0, Bounds(0, 1, 1, 1), [], [])))
    except WorldsUnavailable as error:
        raise CasepactError(f"--worlds: {error}. Start Redis or Valkey there, or mend the address.") from None
    except OtherMocks as error:
        raise CasepactError(
            f"--worlds: the worlds in {server.shown} were begun {difference(about, error.about)}. Give all mocks the "
            "same version, --api, --spec, --fixtures and --set, name another database at the end of the address, or "
            "empty this one."
        ) from None
    finally:
        await server.close()
