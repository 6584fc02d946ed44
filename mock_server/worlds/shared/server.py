"""The connection to Redis, by its address. Only a mock with shared worlds imports this module."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ConnectionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)

from mock_server.worlds.shared.address import NO_ADDRESS, shown_address
from mock_server.worlds.shared.errors import WorldsUnavailable
from mock_server.worlds.shared.script import TEXT
from specs.flaws import CasepactError

PREFIX = "casepact:1:"
"""What all keys begin with; the number is that of the layout of keys."""
SECONDS = 1.0
"""How long a connection, and a reply, are waited for."""


class Server:
    """A Redis or Valkey, with one connection. Credentials of its address stay out of every text."""

    def __init__(self, address: str, *, seconds: float = SECONDS) -> None:
        """Raises `CasepactError` for what is not an address of Redis."""
        self.shown = shown_address(address)
        # A socket of the file system has nobody to ask whether the other end is still there.
        options: dict[str, Any] = {} if self.shown.startswith("unix:") else {"socket_keepalive": True}
        try:
            self._redis = Redis.from_url(
                address,
                protocol=3,
                decode_responses=False,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
                retry=Retry(NoBackoff(), 0),
                **options,
            )
        except ValueError:
            raise CasepactError(NO_ADDRESS) from None
        self._sha = ""

    def __repr__(self) -> str:
        return f"Server({self.shown})"

    async def carry_out(self, arguments: list[Any]) -> Any:
        """
        What the script gives for these arguments; sent a second time where no reply came, which does no more than once.

        Raises `WorldsUnavailable`.
        """
        try:
            try:
                return await self._once(arguments)
            except (AuthenticationError, AuthorizationError):
                raise
            except (ConnectionError, TimeoutError):
                return await self._once(arguments)
        except RedisError as error:
            raise WorldsUnavailable(f"{self.shown} {_reason(error)}") from None
        except OSError as error:
            raise WorldsUnavailable(f"{self.shown}: {error.strerror or type(error).__name__}") from None

    async def close(self) -> None:
        """Close the connection."""
        await self._redis.aclose()

    async def _once(self, arguments: list[Any]) -> Any:
        if self._sha:
            try:
                return await self._redis.evalsha(self._sha, 1, PREFIX, *arguments)
            except NoScriptError:
                # It was started again, or somebody let all scripts go.
                self._sha = ""
        reply = await self._redis.script_load(TEXT)
        self._sha = reply.decode() if isinstance(reply, bytes) else reply
        return await self._redis.evalsha(self._sha, 1, PREFIX, *arguments)


def _reason(error: RedisError) -> str:
    if isinstance(error, AuthenticationError | AuthorizationError):
        return "refuses these credentials"
    if isinstance(error, TimeoutError):
        return f"did not answer within {SECONDS:g} s"
    if isinstance(error, ConnectionError):
        return "cannot be reached"
    if isinstance(error, OutOfMemoryError):
        return "has no memory left"
    if isinstance(error, ReadOnlyError):
        return "is a replica, which stores nothing"
    # The text of an error may quote what was sent.
    return f"does not carry it out ({type(error).__name__})"
