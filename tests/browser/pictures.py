"""
Pictures of the pages, for the documents: `python -m tests.browser.pictures` (make images).

They are written to docs/images/, or to the folder that is named, with as few colours as they need. Folders of reports
that are named with --reports are taken instead of running anything.
"""

from __future__ import annotations

import argparse
import http.client
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.runner.mock_process import running_mock
from specs import apis
from tests.browser import recorded_runs
from tests.browser.chromium import launched

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
SIZES = {360: 780, 1440: 1100}
SCHEMES = ("light", "dark")


def report_pictures(browser: Any, kept: Path, violated: Path, folder: Path) -> Iterator[Path]:
    """The head of each report, and a finding with its evidence."""
    for scheme in SCHEMES:
        for width, height in SIZES.items():
            with _page(browser, scheme, width, height) as page:
                page.goto((violated / "index.html").as_uri())
                yield _taken(page, folder / f"report-{scheme}-{width}.png")
                page.goto((violated / "index.html").as_uri() + "#EG-74")
                page.locator("#EG-74 .exchange summary").last.click()
                yield _taken(page, folder / f"report-finding-{scheme}-{width}.png")
    with _page(browser, "light", 1440, 1100) as page:
        page.goto((kept / "index.html").as_uri())
        yield _taken(page, folder / "report-kept-light-1440.png")


def mock_pictures(browser: Any, folder: Path) -> Iterator[Path]:
    """The page of a mock after some requests, with a refusal explained, and its records."""
    with running_mock(apis()) as port:
        address = f"http://127.0.0.1:{port}"
        _some_requests(port)
        for scheme in SCHEMES:
            for width, height in SIZES.items():
                with _page(browser, scheme, width, height) as page:
                    page.goto(f"{address}/_casepact/?world=alice&collection=aicc/cases&id=c6m800000142mS63Voa8")
                    page.get_by_text("Live: requests appear as they arrive.").wait_for()
                    yield _taken(page, folder / f"mock-{scheme}-{width}.png")
                    page.get_by_role("link", name="Why was POST modifyCase refused?").click()
                    page.get_by_role("button", name="Copy corrected request").wait_for()
                    yield _taken(page, folder / f"mock-refusal-{scheme}-{width}.png")


def _some_requests(port: int) -> None:
    """What an app might send to a world."""
    cases, case = "/aicc/service/AICC__Case/1.0.0/openapi/case", "c6m800000142mS63Voa8"
    operator, agent = {"access-token": "aicc-operator-token-0001"}, {"authorization": "Bearer egain-agent-token-0001"}
    json_type = {"content-type": "application/json"}
    sent: tuple[tuple[str, str, dict[str, str], str | None], ...] = (
        ("GET", "/r7office/api/2.0/crm/case/1234", {}, None),
        ("GET", "/egain/core/casemgr/v3/case/1013", agent, None),
        ("GET", f"{cases}/{case}", operator, None),
        ("POST", f"{cases}/modify", {**operator, **json_type}, f'{{"caseInfo": {{"id": "{case}", "title": "New"}}}}'),
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    for method, path, headers, body in sent:
        connection.request(method, path, body, {"x-casepact-world": "alice", **headers})
        connection.getresponse().read()
    connection.close()


@contextmanager
def _page(browser: Any, scheme: str, width: int, height: int) -> Iterator[Any]:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    try:
        yield context.new_page()
    finally:
        context.close()


def _taken(page: Any, file: Path) -> Path:
    page.screenshot(path=file)
    return file


def main() -> None:
    """Make the pictures, and name each with its size."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES)
    parser.add_argument("--reports", nargs=2, type=Path, metavar=("KEPT", "VIOLATED"))
    parser.add_argument("--only", choices=("mock", "reports"), help="make no others")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, launched() as browser:
        if options.only != "mock":
            kept, violated = options.reports or (recorded_runs.kept(Path(made)), recorded_runs.violated(Path(made)))
            _named(report_pictures(browser, kept, violated, options.folder))
        if options.only != "reports":
            _named(mock_pictures(browser, options.folder))


def _named(pictures: Iterable[Path]) -> None:
    for file in pictures:
        print(f"{file}  {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
