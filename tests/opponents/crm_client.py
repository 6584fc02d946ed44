"""A client of a CRM opponent in the same process."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

import httpx

from tests.opponents.store import Store
from tests.opponents.ways import Ways


class Client:
    """A fresh server of a CRM opponent and what is asked of it."""

    def __init__(self, opponent: ModuleType, fault: str | None = None, ways: Ways | None = None) -> None:
        ways = ways or Ways()
        self.who: dict[str, dict[str, str]] = opponent.credentials(ways)
        self.store = Store(opponent.seed(ways), lag=ways.settles)
        self._transport = httpx.ASGITransport(app=opponent.build(ways, fault, self.store))

    def call(self, method: str, path: str, who: str = "creator", **more: Any) -> httpx.Response:
        """The response to a request of a user, of nobody (""), or with another text as Authorization."""
        authorization = self.who[who]["token"] if who in self.who else who
        headers = {"Authorization": authorization} if authorization else {}
        return self.plain(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    def plain(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The response to a request as it is given."""
        return asyncio.run(self._sent(method, path, more))

    def case(self, case: int, who: str = "admin") -> Any:
        """The Case as getCase answers it."""
        return self.call("GET", f"crm/case/{case}", who).json()["response"]

    async def _sent(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        base = "http://portal.example/api/2.0/"
        async with httpx.AsyncClient(transport=self._transport, base_url=base, trust_env=False) as client:
            return await client.request(method, path, **more)
