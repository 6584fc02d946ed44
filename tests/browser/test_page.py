"""
A front-end developer works with the mock's page beside an app: reads refusals, steers a world, watches requests arrive.

With scripts and without them; whatever a request holds.
"""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

pytestmark = pytest.mark.browser

CASES = "/aicc/service/AICC__Case/1.0.0/openapi/case"
CASE = "c6m800000142mS63Voa8"
OPERATOR = {"access-token": "aicc-operator-token-0001"}
JSON = {"content-type": "application/json"}
HOSTILE = "</script><script>alert(1)</script><img src=//evil.example/x onerror=alert(1)>\x1b[2J\u202e\u0000"


class Reader:
    """A page of the mock with what its reader does; `complaints` are errors of the console and requests elsewhere."""

    def __init__(self, page: Any, mock: str, world: str) -> None:
        self.page, self.mock, self.world = page, mock, world
        self.complaints: list[str] = []
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(mock) or self.complaints.append(request.url))

    def opens(self, query: str = "") -> Any:
        """The page of the world."""
        self.page.goto(f"{self.mock}/_casepact/?world={self.world}{query}")
        return self.page

    def sends(self, method: str, path: str, headers: Mapping[str, str] = OPERATOR, body: str | None = None) -> int:
        """A request to the world, as an app sends it; the status of the answer."""
        connection = http.client.HTTPConnection(self.mock.removeprefix("http://"), timeout=20)
        sent = body.encode() if body is not None else None
        connection.request(method, path, sent, {"x-casepact-world": self.world, **headers})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def title(self) -> str:
        """The title of the case in the world."""
        connection = http.client.HTTPConnection(self.mock.removeprefix("http://"), timeout=20)
        connection.request("GET", f"/_casepact/v1/worlds/{self.world}/records/aicc/cases/{CASE}")
        title: str = json.loads(connection.getresponse().read())["title"]
        connection.close()
        return title

    def waits_for(self, condition: Callable[[], bool]) -> None:
        """Until a condition holds."""
        deadline = time.monotonic() + 15
        while not condition():
            assert time.monotonic() < deadline
            self.page.wait_for_timeout(50)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def reader(browser: Any, mock: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader in a world that was just made, who may use the clipboard."""
    yield from _reader(browser, mock, request, java_script_enabled=request.param)


@pytest.fixture
def scripted(browser: Any, mock: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A reader whose browser runs scripts."""
    yield from _reader(browser, mock, request, permissions=["clipboard-read", "clipboard-write"])


def _reader(browser: Any, mock: str, request: pytest.FixtureRequest, **options: Any) -> Iterator[Reader]:
    context = browser.new_context(**options)
    reader = Reader(context.new_page(), mock, re.sub(r"\W+", "-", request.node.name).strip("-")[:60])
    reader.sends("GET", f"{CASES}/{CASE}")
    yield reader
    context.close()
    assert reader.complaints == []


def test_root_leads_to_the_page(reader: Reader) -> None:
    """
    Who opens the address that the banner prints sees the page.
    """
    reader.page.goto(f"{reader.mock}/~{reader.world}/")

    assert reader.page.url == f"{reader.mock}/_casepact/?world={reader.world}"
    assert reader.page.get_by_role("heading", name=f"World {reader.world}", exact=True).is_visible()


def test_world_is_reset(reader: Reader) -> None:
    """
    An edited record is back after a click on Reset.
    """
    before = reader.title()
    page = reader.opens(f"&collection=aicc/cases&id={CASE}")
    text = page.get_by_label("Record, as JSON")
    text.fill(text.input_value().replace(before, "Edited on the page"))
    page.get_by_role("button", name="Store the record").click()
    page.get_by_text("The record was stored.").wait_for()
    edited = reader.title()
    page.get_by_role("button", name="Reset", exact=True).click()
    page.get_by_text("The world is as the fixtures are.").wait_for()

    assert (edited, reader.title()) == ("Edited on the page", before)


def test_flaw_of_a_record_is_shown_beside_it(browser: Any, mock: str) -> None:
    """
    The place of the flaw is named, and what was typed is still there.
    """
    page = browser.new_page()
    page.goto(f"{mock}/_casepact/?world=flawed")
    page.get_by_role("button", name="Create flawed").click()
    page.goto(f"{mock}/_casepact/?world=flawed&collection=aicc/cases&id={CASE}")
    page.get_by_label("Record, as JSON").fill('{"id": "another"}')
    page.get_by_role("button", name="Store the record").click()
    alert = page.locator("#records [role=alert]").inner_text()
    typed = page.get_by_label("Record, as JSON").input_value()
    page.close()

    assert ("/id" in alert, typed) == (True, '{"id": "another"}')


def test_world_is_frozen_kept_and_forked(reader: Reader) -> None:
    """
    The clock, snapshots, forks and failures, each by its form.
    """
    page = reader.opens()
    page.get_by_label("Freeze at").fill("2015-07-30T13:07:40Z")
    page.get_by_role("button", name="Freeze").click()
    page.get_by_text("frozen: 2015-07-30 13:07:40 UTC").wait_for()
    page.get_by_label("New snapshot").fill("noon")
    page.get_by_role("button", name="Take").click()
    page.get_by_role("button", name="Restore noon").wait_for()
    page.get_by_role("combobox", name="Operation").fill("getCase")
    page.get_by_role("textbox", name="Status").fill("503")
    page.get_by_role("textbox", name="Times").fill("1")
    page.get_by_role("button", name="Simulate").click()
    page.get_by_text("status 503 for getCase, 1 of 1 left").wait_for()
    failed = [reader.sends("GET", f"{CASES}/{CASE}") for _ in range(2)]
    page.get_by_label("Fork as").fill(f"{reader.world[:50]}-2")
    page.get_by_role("button", name="Fork", exact=True).click()
    page.get_by_text("forked from").wait_for()

    assert failed == [503, 200]


def test_refusal_is_read_and_corrected(scripted: Reader) -> None:
    """
    From the journal to the reason, and to a command that the clipboard takes and a shell runs.
    """
    wrong = json.dumps({"caseInfo": {"id": CASE, "title": "it's \u202e $HOME `x`"}})
    scripted.sends("POST", f"{CASES}/modify", {**OPERATOR, **JSON, "sec-fetch-mode": "cors"}, wrong)
    page = scripted.opens()
    page.get_by_role("link", name="Why was POST modifyCase refused?").click()
    page.get_by_text("The description must be sent.").wait_for()
    page.get_by_role("button", name="Copy corrected request").click()
    page.get_by_role("button", name="Copy corrected request").get_by_text("Copied").wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=20, check=True)

    assert done.stdout.startswith("HTTP/1.1 200 ") and scripted.title() == "it's \u202e $HOME `x`"


def test_refusal_is_read_without_scripts(reader: Reader) -> None:
    """
    Everything is there as a page, the bodies of the exchange too.
    """
    reader.sends("POST", f"{CASES}/modify", {**OPERATOR, **JSON}, '{"caseInfo": {"title": "a title of mine"}}')
    page = reader.opens("&outcome=refused")
    page.locator(".entry summary").first.click()
    body = page.locator(".entry").first.get_by_label("request: body", exact=True).inner_text()
    page.get_by_role("link", name="Why was POST modifyCase refused?").click()

    assert "a title of mine" in body and page.get_by_label("corrected request", exact=True).inner_text().startswith(
        "curl -i http"
    )


def test_request_arrives(scripted: Reader) -> None:
    """
    An app's request is there within a second, without a reload, with its bodies, and its number is announced.
    """
    page = scripted.opens()
    page.get_by_text("Live: requests appear as they arrive.").wait_for()
    scripted.sends("GET", f"{CASES}/nobody")
    started = time.monotonic()
    page.get_by_text("/case/nobody").first.wait_for()
    took = time.monotonic() - started
    page.locator(".entry summary").first.click()
    page.locator("#news").get_by_text("1 new request").wait_for(state="attached")
    scripted.waits_for(lambda: page.locator("#requests").inner_text() == "2")

    assert (
        took < 1,
        "resCode" in page.locator(".entry").first.get_by_label("response: body", exact=True).inner_text(),
    ) == (
        True,
        True,
    )


def test_filter_narrows_without_a_reload(scripted: Reader) -> None:
    """
    What is there and what arrives; the address keeps the filter.
    """
    scripted.sends("GET", f"{CASES}/nobody")
    page = scripted.opens()
    page.get_by_label("Outcome").select_option("refused")
    page.wait_for_url("**outcome=refused**")
    page.get_by_label("Words").fill("NOBODY")
    page.wait_for_url("**text=NOBODY**")
    scripted.waits_for(lambda: page.locator(".entry").count() == 1)
    page.wait_for_timeout(300)
    scripted.sends("GET", f"{CASES}/{CASE}")
    scripted.sends("GET", f"{CASES}/nobody?again")
    page.get_by_text("/case/nobody?again").first.wait_for()

    assert page.locator(".entry").count() == 2


def test_filter_narrows_without_scripts(reader: Reader) -> None:
    """
    The form has a button for it.
    """
    reader.sends("GET", f"{CASES}/nobody")
    page = reader.opens()
    page.get_by_label("Words").fill("nobody")
    page.get_by_role("button", name="Filter", exact=True).click()
    page.wait_for_url("**text=nobody**")
    reader.waits_for(lambda: page.locator(".entry").count() == 1)


def test_state_that_another_changes_is_shown(scripted: Reader) -> None:
    """
    A test that resets the world empties the journal of the page; what is being typed stays.
    """
    page = scripted.opens()
    page.get_by_text("Live: requests appear as they arrive.").wait_for()
    page.get_by_label("Fork as").fill("half a na")
    scripted.sends("POST", f"/_casepact/v1/worlds/{scripted.world}/reset", {})
    page.get_by_text("No request came yet.").wait_for()

    assert (page.locator(".entry").count(), page.get_by_label("Fork as").input_value()) == (0, "half a na")


def test_hostile_request_runs_nothing(scripted: Reader) -> None:
    """
    Neither as part of the page nor when it arrives; complaints would name a request elsewhere.
    """
    dialogs: list[str] = []
    scripted.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    body = json.dumps({"caseInfo": {"id": CASE, "title": HOSTILE}})
    scripted.sends("POST", f"{CASES}/modify?x=<script>", {**OPERATOR, **JSON, "x-own": HOSTILE[:60]}, body)
    page = scripted.opens()
    page.get_by_text("Live: requests appear as they arrive.").wait_for()
    scripted.sends("POST", f"{CASES}/modify?y=<script>", {**OPERATOR, **JSON}, body)
    page.get_by_text("modify?y=<script>").first.wait_for()
    page.get_by_role("link", name="Why was POST").first.click()
    page.get_by_text("What was sent").click()

    assert (dialogs, page.locator("img").count()) == ([], 0)
    assert "\\u001b[2J\\u202e\\u0000" in page.get_by_label("body that was sent", exact=True).inner_text()


def test_keyboard_reaches_everything(scripted: Reader) -> None:
    """
    From the top a link leads to the journal, whose exchanges open by a key.
    """
    page = scripted.opens()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#journal")
    page.locator(".entry summary").first.focus()
    page.keyboard.press("Enter")

    assert page.get_by_label("response: body", exact=True).first.is_visible()


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, mock: str, scheme: str, width: int) -> None:
    """
    With a refusal, a record and every exchange open; the page is no wider than the window.
    """
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    reader = Reader(context.new_page(), mock, f"axe-{scheme}-{width}")
    reader.sends("POST", f"{CASES}/modify", {**OPERATOR, **JSON}, '{"caseInfo": {"title": "' + "x" * 300 + '"}}')
    page = reader.opens(f"&collection=aicc/cases&id={CASE}")
    page.get_by_role("link", name="Why was POST").click()
    page.get_by_text("Live: requests appear as they arrive.").wait_for()
    page.evaluate("for (const item of document.querySelectorAll('details')) item.open = true")
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert ([item for item in found if item["impact"] in ("serious", "critical")], wide) == ([], width)
    assert reader.complaints == []
