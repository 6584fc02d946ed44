"""The honest mock is never accused, whatever is drawn."""

from pathlib import Path

import pytest

from tests.commands import casepact


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_mock_keeps_every_statement_whatever_is_drawn(seed: int, tmp_path: Path) -> None:
    """
    A strict run over all APIs ends with exit 0 for this seed.
    """
    done = casepact("check", "--strict", "--seed", str(seed), reports=tmp_path, timeout=600)

    assert done.code == 0, done.out + done.err
