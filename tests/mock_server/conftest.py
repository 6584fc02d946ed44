"""The mock with both APIs, built once; each test gets a world of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count

import pytest

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.seeding import seed_records
from specs.contract import Contract
from specs.loading import load_contract
from specs.source import FIXTURES
from tests.mock_server.client import Client

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_numbers = count(1)


@pytest.fixture(scope="session")
def contracts() -> Mapping[str, Contract]:
    """The contracts of both APIs."""
    return {api: load_contract(api) for api in ("aicc", "r7office")}


@pytest.fixture(scope="session")
def seeds(contracts: Mapping[str, Contract]) -> Mapping[str, Records]:
    """The records of the default fixtures."""
    return {api: seed_records(contract, FIXTURES) for api, contract in contracts.items()}


@pytest.fixture(scope="session", params=["direct", "asgi"])
def running(contracts: Mapping[str, Contract], seeds: Mapping[str, Records], request: pytest.FixtureRequest) -> Client:
    """A client of the running mock by each of its transports, in the default world and without credentials."""
    app = build_app(contracts.values(), BEHAVIOURS, seeds, clock=Clock(NOON))
    client = Client(app, transport=request.param)
    client.get("/")
    return client


@pytest.fixture
def client(running: Client) -> Client:
    """A client in a world that no other test uses."""
    return running.in_world(f"w{next(_numbers)}")


@pytest.fixture
def aicc(client: Client) -> Client:
    """The AICC operator."""
    return client.under("/aicc").with_headers(("access-token", "aicc-operator-token-0001"))


@pytest.fixture
def crm(client: Client) -> Client:
    """The R7-Office administrator."""
    return client.under("/r7office").with_headers(("authorization", "r7-admin-token-0001"))
