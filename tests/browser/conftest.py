"""
A mock for the pages of headless Chromium, and reports to open.

`make test-browser` runs these tests. They need the packages of the extra `browser` and a Chromium, whose path stands in
the variable CHROMIUM when it is not Debian's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.runner.mock_process import running_mock
from specs import apis
from tests.browser import recorded_runs
from tests.browser.chromium import launched


@pytest.fixture(scope="session")
def mock() -> Iterator[str]:
    """The address of the mock of all APIs, in a process of its own."""
    with running_mock(apis()) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def violated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the reports of a run of broken servers."""
    return recorded_runs.violated(tmp_path_factory.mktemp("violated"))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the reports of a run of the mock."""
    return recorded_runs.kept(tmp_path_factory.mktemp("kept"))
