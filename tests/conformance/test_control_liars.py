"""A control API that is wrong in one way is caught, and blamed on the right statement."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specs.source import CONTROL_BASE
from tests.broken_control import LIARS, control_app
from tests.commands import casepact
from tests.servers import serving

ROOT = Path(__file__).resolve().parent.parent.parent

# The written and derived probes; what Schemathesis generates judges no more than what they break.
SELECTED = ("--api", "control", "--quick", "--strict", "--seed", "1", "-n", "1", "-k", "not generated")


QUICK = ("an operation asks for no token", "a copy shares its records", "a refusal tells the credential")
"""The liars that every run of the tests meets; each of the others takes several seconds too."""


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in LIARS]
)
def test_liar_is_blamed_on_its_statement_alone(name: str, tmp_path: Path) -> None:
    """A mock that steers wrongly in one way gives exit 1 and findings for just the statement it breaks."""
    liar = LIARS[name]

    with serving(liar.app()) as address:
        done = casepact("check", "--url", f"{address}{CONTROL_BASE}", *SELECTED, reports=tmp_path)

    assert (done.code, done.broken("control")) == (1, {liar.blamed}), done.out + done.err


def test_honest_mock_is_not_accused(tmp_path: Path) -> None:
    """The mock itself, served in the way the liars are, gives exit 0 and no finding."""
    with serving(control_app()) as address:
        done = casepact("check", "--url", f"{address}{CONTROL_BASE}", *SELECTED, reports=tmp_path)

    assert (done.code, done.broken("control")) == (0, set()), done.out + done.err


@pytest.mark.parametrize("harness", ["here", "linked"])
def test_honest_control_api_is_not_accused_where_the_project_is_a_link(harness: str, tmp_path: Path) -> None:
    """
    Files have other names for whoever looks through links; the places that refusals name are right all the same.

    The console script finds the harness where it was installed, and the mock that it starts where it is called from.
    """
    for name in ("specs", "mock_server", "conformance", "fixtures"):
        (tmp_path / name).symlink_to(ROOT / name)
    words = ("check", "--strict", "--quick", "--api", "control", "--statement", "CTL-81", "--reports", "reports")
    start = [str(Path(sys.executable).with_name("casepact"))]
    if harness == "linked":
        start = [sys.executable, "-m", "conformance"]

    done = subprocess.run([*start, *words], cwd=tmp_path, capture_output=True, text=True, check=False)

    report = json.loads((tmp_path / "reports" / "report.json").read_text())
    verdict = report["apis"]["control"]["statements"]["CTL-81"]["outcome"]
    assert (done.returncode, verdict) == (0, "verified"), done.stdout + done.stderr
