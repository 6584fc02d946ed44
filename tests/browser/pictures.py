"""
Pictures of the pages, for the documents: `python -m tests.browser.pictures` (make images).

They are written to docs/images/, or to the folder that is named, with as few colours as they need. Folders of reports
that are named with --reports are taken instead of running anything.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made, launched() as browser:
        kept, violated = options.reports or (recorded_runs.kept(Path(made)), recorded_runs.violated(Path(made)))
        for file in report_pictures(browser, kept, violated, options.folder):
            print(f"{file}  {file.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
