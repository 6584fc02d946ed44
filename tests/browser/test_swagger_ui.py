"""
What a reader types in Authorize on the page of Swagger UI is what the mock accepts.

SCREENSHOTS names a folder for a picture of each page after its call.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytestmark = pytest.mark.browser


class Typed(NamedTuple):
    """A scheme of an API as the page names it, what is typed there, and an operation that reads."""

    api: str
    scheme: str
    typed: tuple[str, ...]
    operation: str


TYPED = (
    Typed("aicc", "accessToken", ("aicc-operator-token-0001",), "getCase"),
    Typed("egain", "bearerToken", ("egain-agent-token-0001",), "getCasesByIds"),
    Typed("egain", "bearerToken", ("egain-integration-token-0001",), "getCasesByIds"),
    Typed("onlyoffice", "authToken", ("oo-admin-token-0001",), "getCase"),
    Typed("onlyoffice", "authBearer", ("oo-admin-token-0001",), "getCase"),
    Typed("onlyoffice", "authBasic", ("anna.berg@example.com", "admin-password-0001"), "getCase"),
    Typed("r7office", "authToken", ("r7-admin-token-0001",), "getCase"),
    Typed("r7office", "authBearer", ("r7-admin-token-0001",), "getCase"),
)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page that has shown nothing yet."""
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.set_default_timeout(20_000)
    yield page
    page.close()


def authorize(page: Any, scheme: str, typed: tuple[str, ...]) -> None:
    """Type a credential into the dialog that the button Authorize opens."""
    page.click(".scheme-container button.authorize")
    asked = page.locator(".auth-container", has=page.locator("h4", has_text=scheme)).first
    for field, text in zip(asked.locator("input[type=text], input[type=password]").all(), typed, strict=True):
        field.fill(text)
    asked.locator("button.authorize").click()
    page.click(".modal-ux-header .close-modal")


def execute(page: Any, operation: str) -> tuple[int, str]:
    """Try out an operation with the values that its form has already; the status and the body of the answer."""
    block = page.locator(f"[id$=-{operation}].opblock")
    block.locator(".opblock-summary").first.click()
    block.locator("button.try-out__btn").click()
    with page.expect_response(lambda answer: "/ui/" not in answer.url) as answered:
        block.locator("button.execute").click()
    shown = block.locator(".live-responses-table .response-col_status").last
    shown.wait_for()
    assert shown.inner_text().split()[0] == str(answered.value.status)
    return answered.value.status, answered.value.text()


def picture(page: Any, name: str) -> None:
    """Keep what the page shows, where that is asked for."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("call", TYPED, ids=lambda call: f"{call.api} {call.scheme} {call.typed[0]}")
def test_reader_who_authorizes_reads_a_case(page: Any, mock: str, call: Typed) -> None:
    """
    Authorize, try out, execute: 200.
    """
    page.goto(f"{mock}/{call.api}/ui/")
    authorize(page, call.scheme, call.typed)
    status, body = execute(page, call.operation)
    picture(page, f"{call.api}-{call.scheme}-{call.typed[0]}")

    assert status == 200, body


@pytest.mark.parametrize("call", TYPED[:4:2] + TYPED[3::3], ids=lambda call: call.api)
def test_reader_who_does_not_authorize_is_refused(page: Any, mock: str, call: Typed) -> None:
    """
    The credential is what opens the operation, so the test above can fail.
    """
    page.goto(f"{mock}/{call.api}/ui/")

    assert execute(page, call.operation)[0] == 401


@pytest.mark.parametrize(
    ("api", "schemes"),
    [
        ("aicc", ["accessToken"]),
        ("egain", ["bearerToken", "oAuthUser", "oAuthClient"]),
        ("onlyoffice", ["authToken", "authBasic", "authBearer"]),
        ("r7office", ["authToken", "authBasic", "authBearer"]),
    ],
)
def test_dialog_offers_what_can_be_sent(page: Any, mock: str, api: str, schemes: list[str]) -> None:
    """
    No field of it leads nowhere but those of the vendor's own OAuth flows.
    """
    page.goto(f"{mock}/{api}/ui/")
    page.click(".scheme-container button.authorize")
    page.locator(".auth-container").first.wait_for()
    picture(page, f"{api}-dialog")

    assert [title.split()[0] for title in page.locator(".auth-container h4").all_inner_texts()] == schemes


def test_page_of_a_world_reads_that_world(page: Any, mock: str) -> None:
    """
    What is tried out below /~name goes there.
    """
    page.goto(f"{mock}/~painter/egain/ui/")
    authorize(page, "bearerToken", ("egain-agent-token-0001",))
    with page.expect_request(lambda request: "/core/" in request.url) as sent:
        execute(page, "getCasesByIds")

    assert sent.value.url.startswith(f"{mock}/~painter/egain/core/")
