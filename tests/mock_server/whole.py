"""The mock as a user runs it, in this process: every API, the control API, and what stands behind them in reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from mock_server.assembly import Assembly, assemble, behaviours_of
from mock_server.explanations.explaining import RefusalBook
from mock_server.http.app import build_app
from mock_server.settings import Settings
from mock_server.worlds.clock import Clock
from mock_server.worlds.store import WorldStore
from specs.project import apis
from specs.source import FIXTURES
from tests.mock_server.client import Answer, Client

CONTROL = "/_casepact/v1"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_numbers = count(1)


@dataclass(frozen=True, slots=True, repr=False)
class Whole:
    """A mock with its worlds and its book of refusals."""

    client: Client
    assembly: Assembly
    store: WorldStore
    book: RefusalBook

    def fresh(self) -> Client:
        """A client in a world that no other test uses, below no API."""
        return self.client.in_world(f"x{next(_numbers)}")

    def steer(self, method: str, path: str, value: Any = None, *headers: tuple[str, str]) -> Answer:
        """One request to the control API, with a JSON value or nothing for a body."""
        if value is None:
            return self.client.send(method, f"{CONTROL}{path}", headers)
        kind = ("content-type", "application/json")
        return self.client.send(method, f"{CONTROL}{path}", (kind, *headers), json.dumps(value).encode())

    def explained(self, answer: Answer) -> dict[str, Any]:
        """What the control API says of a refusal."""
        link = answer.header("link") or ""
        found: dict[str, Any] = self.client.get(link.partition(">")[0].removeprefix("<")).json()
        return found

    def make(self, name: str, **more: Any) -> Answer:
        """A world, made through the control API."""
        return self.steer("POST", "/worlds", {"name": name, **more})


def build(
    *,
    fixtures: Path = FIXTURES,
    frozen: datetime | None = NOON,
    token: str = "",
    with_ledger: bool = False,
    **store: Any,
) -> Whole:
    """A mock of its own; what is left goes to its `WorldStore`."""
    settings = Settings(apis=apis(), fixtures=fixtures)
    assembly = assemble(settings, with_ledger=with_ledger)
    worlds = WorldStore(assembly.seeds, Clock(frozen), **store)
    book = RefusalBook("test")
    app = build_app(
        assembly.contracts.values(),
        behaviours_of(assembly, settings),
        assembly.seeds,
        worlds=worlds,
        control=assembly.control,
        fixtures=fixtures,
        token=token,
        book=book,
    )
    client = Client(app)
    client.get("/")
    return Whole(client, assembly, worlds, book)


@cache
def running() -> Whole:
    """The one mock that tests share; each has a world of its own in it."""
    return build()


def as_actor(client: Client, api: str, header: tuple[str, str]) -> Client:
    """The client below an API, with a credential."""
    return client.under(f"/{api}").with_headers(header)


def credentials_of(whole: Whole, api: str, actor: str) -> Mapping[str, str]:
    """The credentials of an actor of the default fixtures, by security scheme."""
    return whole.assembly.seeds[api].actors[actor].credentials
