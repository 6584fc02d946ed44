"""The honest mock is never accused, whatever is drawn, and it does not matter how many processes draw it."""

from pathlib import Path

import pytest

from specs.project import CONTROL, apis
from tests.commands import Done, casepact

APIS = (*apis(), CONTROL)


def verdicts(done: Done) -> dict[str, dict[str, str]]:
    """API → statement → outcome."""
    return {api: done.outcomes(api) for api in APIS}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_mock_keeps_every_statement_in_one_process_and_in_two(seed: int, tmp_path: Path) -> None:
    """
    Strict quick runs over all APIs with one process and with two both end with exit 0, and with the same verdicts.
    """
    one, two = (
        casepact("check", "--strict", "--quick", "--seed", str(seed), "-n", n, reports=tmp_path / n, timeout=1800)
        for n in ("1", "2")
    )

    assert (one.code, two.code, verdicts(one)) == (0, 0, verdicts(two)), one.out + one.err + two.out + two.err


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_mock_keeps_every_statement_whatever_is_drawn(seed: int, tmp_path: Path) -> None:
    """
    A strict run over all APIs, at the default depth, ends with exit 0 for this seed.
    """
    done = casepact("check", "--strict", "--seed", str(seed), reports=tmp_path, timeout=1800)

    assert done.code == 0, done.out + done.err
