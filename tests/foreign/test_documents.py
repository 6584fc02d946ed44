"""The documents of foreign contracts are served without Connexion reading them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from mock_server.http.documents import Documents, stub
from specs.contract import Contract
from tests.foreign.contracts import foreign

# A member of data that is called $ref, as documents about documents have it; Connexion would look for that file.
DATA = "/a:\n  get:\n    responses: {'200': {content: {application/json: {example: {$ref: /nowhere.yaml}}}}}"


@pytest.fixture
def shop(tmp_path: Path) -> Contract:
    """A contract with a `$ref` in its data."""
    return foreign(tmp_path, DATA)


def sent(contract: Contract, path: str, method: str = "GET", root: str = "") -> tuple[int, bytes]:
    """Status and body of an answer; 418 is what stands behind."""
    messages: list[Any] = []

    async def behind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        messages.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    app = Documents(behind, contracts={f"/{contract.api}": contract})
    scope = {"type": "http", "method": method, "path": path, "root_path": root}
    asyncio.run(app(scope, receive, send))
    return messages[0]["status"], messages[1]["body"]


@pytest.mark.parametrize(("path", "root"), [("/shop/openapi.json", ""), ("/~alice/shop/openapi.json", "/~alice")])
def test_document_is_served_as_it_is(shop: Contract, path: str, root: str) -> None:
    """
    Data stays data, also below the prefix of a world.
    """
    status, body = sent(shop, path, root=root)
    media = json.loads(body)["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]

    assert (status, media["examples"]["example"]["value"]) == (200, {"$ref": "/nowhere.yaml"})


def test_served_document_names_the_mock_as_its_server(shop: Contract) -> None:
    """
    Swagger UI sends its requests here, and sees nothing of our own refusals.
    """
    document = json.loads(sent(shop, "/shop/openapi.json")[1])

    assert (document["servers"], "x-refusals" in document) == ([{"url": "/shop"}], False)


def test_head_has_no_body(shop: Contract) -> None:
    """
    RFC 9110 section 9.3.2.
    """
    assert sent(shop, "/shop/openapi.json", "HEAD") == (200, b"")


def test_pages_of_swagger_ui_go_on(shop: Contract) -> None:
    """
    They are Connexion's.
    """
    assert sent(shop, "/shop/ui/", "GET")[0] == 418


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_document_is_read_only(shop: Contract, method: str) -> None:
    """
    RFC 9110 section 15.5.6.
    """
    assert sent(shop, "/shop/openapi.json", method)[0] == 405


def test_connexion_sees_no_paths(shop: Contract) -> None:
    """
    What Connexion gets has nothing in it that it could follow.
    """
    assert stub(shop)["paths"] == {}
