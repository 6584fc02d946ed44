"""What the steps of CI systems start from: an installed casepact, and servers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broken_servers import LIARS
from tests.ci.steps import installed_venv
from tests.servers import mock_app, serving


@pytest.fixture(scope="session")
def temp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """RUNNER_TEMP as the step that installs leaves it."""
    folder = tmp_path_factory.mktemp("temp")
    installed_venv(folder / "casepact")
    return folder


@pytest.fixture(scope="session")
def honest() -> Iterator[str]:
    """The address of a server that keeps the contract of AICC."""
    with serving(mock_app("aicc")) as address:
        yield f"{address}/aicc"


@pytest.fixture(scope="session")
def broken() -> Iterator[str]:
    """The address of a server that breaks one statement of R7-Office."""
    with serving(LIARS["R7 leaves customFields out"].app()) as address:
        yield f"{address}/r7office"


@pytest.fixture(scope="session")
def nobody() -> str:
    """An address at which nothing listens."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{tried.getsockname()[1]}/aicc"
