"""
A reader finds a finding in index.html, opens it and repeats it, with a keyboard or a mouse, on a phone or a desk.

The pages are opened from the file system, as an artifact of CI is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.reports import REPORTERS
from conformance.verdict.exchange_log import Exchanges
from tests.conformance.brought import full, judged
from tests.conformance.reports.pages import crowded, failure, page, recorded, run

pytestmark = pytest.mark.browser


class Reader:
    """A page of a report with what its reader does; `complaints` are errors of the console and requests elsewhere."""

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.address = page, (folder / "index.html").as_uri()
        self.complaints: list[str] = []
        page.set_default_timeout(20_000)
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._requested)

    def _requested(self, request: Any) -> None:
        if request.url.partition("#")[0] != self.address:
            self.complaints.append(request.url)

    def opens(self, fragment: str = "") -> Any:
        """The page, opened anew at a fragment."""
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        return self.page

    def waits_for(self, condition: str) -> None:
        """Until an expression is true; Playwright's own way needs `eval`, which the policy of the page forbids."""
        deadline = time.monotonic() + 20
        while not self.page.evaluate(condition):
            assert time.monotonic() < deadline, condition
            self.page.wait_for_timeout(50)

    def shown(self) -> list[str]:
        """The ids of the statements that are shown."""
        found: list[str] = self.page.eval_on_selector_all(
            "details.statement", "all => all.filter(item => item.checkVisibility()).map(item => item.id)"
        )
        return found

    def counted(self) -> str:
        """The count that is announced."""
        text: str = self.page.locator("#shown").inner_text()
        return text


@pytest.fixture
def reader(browser: Any, violated: Path) -> Iterator[Reader]:
    """A reader of the report of broken servers, who may use the clipboard."""
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    reader = Reader(context.new_page(), violated)
    yield reader
    context.close()
    assert reader.complaints == []


def report_of(folder: Path) -> dict[str, Any]:
    """The report that the page was made from."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_reader_filters_by_verdict(reader: Reader, violated: Path) -> None:
    """
    Only violated statements are shown, their number is announced, and the address keeps the filter.
    """
    page = reader.opens()
    page.locator("input[name=verdict][value=violated]").check()
    page.wait_for_url("**#?verdict=violated")
    apis = report_of(violated)["apis"].values()
    broken = {name for api in apis for name, item in api["statements"].items() if item["outcome"] == "violated"}
    every = sum(len(api["statements"]) for api in apis)

    assert (set(reader.shown()), reader.counted()) == (broken, f"{len(broken)} of {every} statements")


def test_reader_searches(reader: Reader) -> None:
    """
    Each word must be in the id, the statement or the title of a finding.
    """
    page = reader.opens()
    page.get_by_label("text").fill("conflict NOT reported")
    page.wait_for_url("**#?text=*")

    assert reader.shown() == ["EG-74"]


def test_reader_filters_by_operation_api_and_standing(reader: Reader) -> None:
    """
    Filters hold together, and "Show all" removes them.
    """
    page = reader.opens()
    page.get_by_label("operation").select_option("aicc/getCase")
    page.get_by_label("standing").select_option("http")
    page.wait_for_url("**#?*standing=http*")
    filtered = reader.shown()
    page.get_by_label("API", exact=True).select_option("egain")
    page.wait_for_url("**#?api=egain*")
    contradicting = reader.shown()
    page.get_by_role("button", name="Show all").click()
    reader.waits_for("!location.hash")

    assert filtered and {name.partition("-")[0] for name in filtered} == {"aicc/HTTP"}
    assert (contradicting, page.locator("details.statement:visible").count() > 600) == ([], True)


def test_address_with_filters_can_be_shared(reader: Reader) -> None:
    """
    Who opens it sees what its sender saw.
    """
    page = reader.opens("#?verdict=noted&verdict=violated&api=onlyoffice&text=custom")

    assert (reader.shown(), page.get_by_label("API", exact=True).input_value()) == (["D-41"], "onlyoffice")


def test_count_in_the_chart_filters(reader: Reader) -> None:
    """
    A click on "1 waived" shows the waived statement.
    """
    page = reader.opens()
    page.get_by_role("link", name="1 waived").click()
    reader.waits_for("location.hash.includes('waived')")

    assert reader.shown() == ["EGF-21"]


@pytest.mark.parametrize("fragment", ["#EG-42", "#EG-42?verdict=violated&api=aicc"])
def test_link_of_a_statement_opens_it(reader: Reader, fragment: str) -> None:
    """
    It is open, in sight and has the focus, also where the filters would leave it out.
    """
    page = reader.opens(fragment)
    reader.waits_for("document.activeElement.closest('details')?.id === 'EG-42'")
    place = "document.querySelector('#EG-42 > summary').getBoundingClientRect()"
    reader.waits_for(f"0 <= {place}.top && {place}.bottom <= innerHeight")

    assert page.locator("#EG-42 .body").is_visible()


def test_link_in_the_page_opens_a_statement_that_is_filtered_away(reader: Reader) -> None:
    """
    The list at the top leads to its findings whatever is filtered.
    """
    page = reader.opens("#?verdict=waived")
    page.locator(".causes a", has_text="EG-74").click()
    page.locator("#EG-74 .finding").wait_for()

    assert reader.shown() == ["EG-74", "EGF-21"]
    assert "and the one that the link names" in reader.counted()


def test_reader_opens_the_evidence_by_keyboard(reader: Reader) -> None:
    """
    Enter opens a statement, Tab leads to its exchanges, Enter opens one.
    """
    page = reader.opens("#?text=EG-74")
    page.locator("#EG-74 > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    exchange = page.locator("#EG-74 .exchange").first
    exchange.locator("pre").first.wait_for()

    assert "GET " in exchange.locator("pre").first.inner_text()
    assert "200 OK" in exchange.locator("pre").last.inner_text()


def test_reader_copies_the_commands(reader: Reader, violated: Path) -> None:
    """
    The clipboard has the chain as report.json has it, and a screen reader says so.
    """
    page = reader.opens("#EG-74")
    page.locator("#EG-74 button.copy").first.click()
    page.get_by_text("The commands are on the clipboard.").wait_for()
    [finding] = report_of(violated)["apis"]["egain"]["statements"]["EG-74"]["findings"]

    assert page.evaluate("navigator.clipboard.readText()") == "\n".join(finding["repeat"])


def test_page_is_readable_without_javascript(browser: Any, violated: Path) -> None:
    """
    Everything is in the markup: only filters and buttons are missing, and nothing that does nothing is shown.
    """
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((violated / "index.html").as_uri())
    page.locator("#EG-74 > summary").click()
    found = page.locator("#EG-74 .finding").inner_text()
    buttons = page.locator("button:visible, input:visible, select:visible").count()
    context.close()

    assert ("A conflict that is not reported" in found, "curl -i" in found, buttons) == (True, True, 0)


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Any, violated: Path, scheme: str, width: int) -> None:
    """
    Neither in the overview nor in open statements; the page is no wider than the window.
    """
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto((violated / "index.html").as_uri() + "#EG-74?verdict=violated&verdict=noted&verdict=waived")
    page.evaluate("for (const item of document.querySelectorAll('details:not([hidden])')) item.open = !item.hidden")
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()

    assert ([item for item in found if item["impact"] in ("serious", "critical")], wide) == ([], width)


def test_hostile_answer_runs_nothing(browser: Any, tmp_path: Path) -> None:
    """
    What a server answered is text: no script of it runs, and the page stays whole.
    """
    evil = "</pre></script><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">"
    shown = failure("HW-21", f"Refused: {evil}", "a-1", received=evil, repeat=(f"curl '{evil}'",))
    page(tmp_path, run(judged(full(against=(shown,)))), recorded("a-1", answer={"text": evil, "bytes": len(evil)}))
    context = browser.new_context()
    reader = Reader(context.new_page(), tmp_path)
    opened = reader.opens("#HW-21")
    opened.locator("#HW-21 .exchange summary").click()
    seen, title = opened.locator("#HW-21").inner_text(), opened.title()
    scripts = opened.locator("script, img").count()
    context.close()

    assert (reader.complaints, scripts, "owned" in title, seen.count("document.title = 'owned'") >= 4) == (
        [],
        1,
        False,
        True,
    )


def test_report_of_twenty_thousand_exchanges_opens_at_once(browser: Any, tmp_path: Path) -> None:
    """
    The best of three times: what this test measures beside others that run is not the page.
    """
    answer = {"text": json.dumps({"items": ["y" * 50] * 100}), "bytes": 5400}
    log = tmp_path / "exchanges.ndjson"
    log.write_text(
        "".join(
            json.dumps(recorded(f"a-{number}", title=f"t{number}", answer=answer)) + "\n" for number in range(20_000)
        )
    )
    with (tmp_path / "index.html").open("wb") as file:
        file.writelines(REPORTERS["index.html"](crowded(run(judged(full()))), Exchanges(log)))
    opened = browser.new_page()
    times = []
    for _ in range(3):
        opened.goto((tmp_path / "index.html").as_uri())
        times.append(opened.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
    opened.close()

    assert (min(times) < 2000, (tmp_path / "index.html").stat().st_size < 10_000_000) == (True, True)
