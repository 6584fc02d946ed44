"""What tests of shared worlds leave as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mock_server.worlds.clock import MACHINE


@pytest.fixture(autouse=True)
def _own_time() -> Iterator[None]:
    """The clock of this process, which follows that of Redis, is its own again."""
    yield
    MACHINE.ahead = 0.0
