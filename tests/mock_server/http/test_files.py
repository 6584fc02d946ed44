"""Files that the mock serves beside its APIs: the client for tests in JavaScript, and no icon."""

from __future__ import annotations

import pytest

from tests.mock_server.whole import Whole, build, running

CLIENT = "/_casepact/client.mjs"


@pytest.fixture(scope="module")
def whole() -> Whole:
    """The mock that tests share."""
    return running()


@pytest.mark.parametrize("prefix", ["", "/~alice"])
def test_client_is_a_module_that_browsers_take(whole: Whole, prefix: str) -> None:
    """
    It has the media type of a script, and pages of any origin may import it.
    """
    answer = whole.client.send("GET", f"{prefix}{CLIENT}", (("origin", "http://localhost:3000"),))

    assert (answer.status, answer.header("content-type")) == (200, "text/javascript; charset=UTF-8")
    assert answer.header("access-control-allow-origin") == "*"
    assert b"export async function freshWorld" in answer.body


def test_client_needs_no_token() -> None:
    """
    It is no secret, and what it asks the mock for needs one.
    """
    assert build(token="secret").client.get(CLIENT).status == 200


@pytest.mark.parametrize("prefix", ["", "/~icons"])
def test_browser_that_asks_for_an_icon_is_not_refused(whole: Whole, prefix: str) -> None:
    """
    Every browser asks by itself; no journal has it.
    """
    answer = whole.client.get(f"{prefix}/favicon.ico")

    assert (answer.status, answer.body, answer.header("link")) == (204, b"", None)
    assert [world.name for world in whole.store if world.name == "icons"] == []


@pytest.mark.parametrize("path", [CLIENT, "/favicon.ico", "/aicc/openapi.json", "/aicc/openapi.yaml"])
def test_files_and_documents_are_read_only(whole: Whole, path: str) -> None:
    """
    Another method than GET and HEAD is answered with 405.
    """
    answer = whole.client.send("DELETE", path)

    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")
