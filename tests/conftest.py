"""What all tests share: write journals of runs are no part of the user's own."""

from __future__ import annotations

import pytest

from conformance.target.user_folders import STATE


@pytest.fixture(scope="session", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Runs that tests start, in this process or another, keep their state apart from the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE, str(tmp_path_factory.mktemp("state")))
        yield
