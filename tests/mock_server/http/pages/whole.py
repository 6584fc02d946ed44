"""A mock with its page, and what a browser does with it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from mock_server.behaviours import BEHAVIOURS
from mock_server.http.app import build_app
from mock_server.worlds.seeding import seed_records
from specs import load_contract
from specs.project import CONTROL
from specs.source import FIXTURES
from tests.mock_server.client import Answer, Client

HOME = "/_casepact/"
CASES = "/aicc/service/AICC__Case/1.0.0/openapi/case"
CASE = "c6m800000142mS63Voa8"
OPERATOR = ("access-token", "aicc-operator-token-0001")
BROWSER = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
FORM = ("content-type", "application/x-www-form-urlencoded")


def app(apis: tuple[str, ...] = ("aicc", "egain"), **options: Any) -> Any:
    """A mock of some APIs with the control API and so with its page."""
    contracts = [load_contract(api) for api in apis]
    seeds = {contract.api: seed_records(contract, FIXTURES) for contract in contracts}
    return build_app(contracts, BEHAVIOURS, seeds, control=load_contract(CONTROL), **options)


def acted(client: Client, action: str, *headers: tuple[str, str], **fields: str) -> Answer:
    """A form that is sent from the page."""
    sent = (FORM, ("sec-fetch-site", "same-origin"), ("host", "mock"), *headers)
    return client.send("POST", f"{HOME}act", sent, urlencode({"action": action, **fields}).encode())


def control(client: Client, path: str) -> Any:
    """What the control API answers."""
    return client.get(f"/_casepact/v1{path}").json()


def page(client: Client, **query: str) -> str:
    """The page as text."""
    answer = client.send("GET", f"{HOME}?{urlencode(query)}", (("host", "mock:8080"),))
    assert answer.status == 200, answer.body
    return answer.body.decode()
