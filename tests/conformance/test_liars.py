"""Every check can fail: a server that is wrong in one way is caught, and blamed on the right statement."""

from pathlib import Path

import pytest

from tests import broken_answers, broken_egain, broken_onlyoffice, broken_servers
from tests.commands import casepact
from tests.servers import mock_app, serving

LIARS = {**broken_servers.LIARS, **broken_onlyoffice.LIARS, **broken_egain.LIARS, **broken_answers.LIARS}

# The written and derived probes; what Schemathesis generates is tested in test_generated.py.
SELECTED = ("--quick", "--strict", "--seed", "1", "-n", "1", "-k", "not generated")


@pytest.mark.parametrize("name", LIARS)
def test_liar_is_blamed_on_its_statement_alone(name: str, tmp_path: Path) -> None:
    """A server wrong in one way gives exit 1 and findings for just the statement it breaks, and what breaks with it."""
    liar = LIARS[name]

    with serving(liar.app()) as address:
        done = casepact("check", "--url", f"{address}/{liar.api}", "--api", liar.api, *SELECTED, reports=tmp_path)

    blamed = {liar.blamed, *liar.also, broken_onlyoffice.TWINS.get(liar.blamed, liar.blamed)}
    assert (done.code, done.broken(liar.api)) == (1, blamed), done.out + done.err


@pytest.mark.parametrize("api", ["aicc", "egain", "onlyoffice", "r7office"])
def test_honest_server_is_not_accused(api: str, tmp_path: Path) -> None:
    """The mock itself, served in the way the liars are, gives exit 0 and no finding."""
    with serving(mock_app(api)) as address:
        done = casepact("check", "--url", f"{address}/{api}", "--api", api, *SELECTED, reports=tmp_path)

    assert (done.code, done.broken(api)) == (0, set()), done.out + done.err
