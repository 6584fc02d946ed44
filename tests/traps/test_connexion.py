"""What Connexion does to documents, where our wiring works around it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from connexion.apps.asynchronous import AsyncApp
from connexion.exceptions import InvalidSpecification
from connexion.resolver import Resolver


async def nothing(*_: Any, **__: Any) -> None:
    """Stand in for a handler that is never called."""


def document(title: str = "Items", version: str = "3.0.3") -> dict[str, Any]:
    """A document with one operation."""
    item = {"get": {"operationId": "readItems", "responses": {"200": {"description": "Items."}}}}
    return {"openapi": version, "info": {"title": title, "version": "1"}, "paths": {"/items": item}}


def recursive() -> dict[str, Any]:
    """A document with a schema that refers to itself, used or not."""
    tree = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}}
    return {**document(), "components": {"schemas": {"Tree": tree}}}


def empty_app() -> AsyncApp:
    """An app without a document."""
    return AsyncApp("traps", resolver=Resolver(function_resolver=lambda _: nothing))


def shown(app: AsyncApp, base_path: str) -> tuple[int, Any]:
    """The document that the app shows to Swagger UI."""
    with app.test_client() as client:
        reply = client.get(f"{base_path}/openapi.json")
    return reply.status_code, reply.json()


def test_document_given_as_a_dict_is_no_template() -> None:
    """
    Braces in a vendor's text survive when the document is handed over as data.
    """
    app = empty_app()
    app.add_api(document("{{7*7}} {{caseId}}"), base_path="/shop")

    assert shown(app, "/shop")[1]["info"]["title"] == "{{7*7}} {{caseId}}"


def test_document_given_as_a_file_is_a_template(tmp_path: Path) -> None:
    """
    A file is rendered with Jinja, which corrupts texts and runs code: the reason why no file is handed over.
    """
    (tmp_path / "openapi.json").write_text(json.dumps(document("{{7*7}} {{caseId}}")), encoding="utf-8")
    app = empty_app()
    app.add_api(tmp_path / "openapi.json", base_path="/shop")

    assert shown(app, "/shop")[1]["info"]["title"] == "49 "


def test_openapi_3_1_is_refused() -> None:
    """
    Contracts stay 3.0, because 3.1 is refused when it is added.
    """
    with pytest.raises(InvalidSpecification):
        empty_app().add_api(document(version="3.1.0"), base_path="/shop")


def test_documents_on_base_paths_of_their_own_are_both_shown() -> None:
    """
    Each API keeps its page under a base path of its own.
    """
    app = empty_app()
    app.add_api(document("one"), base_path="/one")
    app.add_api(document("two"), base_path="/two")

    assert [shown(app, path)[1]["info"]["title"] for path in ("/one", "/two")] == ["one", "two"]


def test_documents_on_one_base_path_lose_one() -> None:
    """
    Of two documents on one base path only one is shown.
    """
    app = empty_app()
    app.add_api(document("one"), base_path="/shop")
    app.add_api(document("two"), base_path="/shop")

    assert shown(app, "/shop")[1]["info"]["title"] == "two"


def test_recursive_document_cannot_be_shown() -> None:
    """
    A schema that refers to itself makes Swagger UI's document a 500: a recursive contract needs a page of our own.
    """
    app = empty_app()
    app.add_api(recursive(), base_path="/shop")

    assert shown(app, "/shop")[0] == 500


def test_our_import_of_connexion_warns_of_nothing() -> None:
    """
    What Connexion's imports warn of is silenced where we import it first, even when warnings are errors.
    """
    command = [sys.executable, "-W", "error", "-c", "import mock_server.http, connexion"]

    assert subprocess.run(command, check=False, capture_output=True, text=True).stderr == ""
