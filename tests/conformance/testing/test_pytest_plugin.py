"""The pytest plugin: a mock for the run, a world for each test, and no cost to those who use neither."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from conformance.runner.mock_process import running_mock

ROOT = Path(__file__).resolve().parents[3]
PLUGIN = "conformance.testing.pytest_plugin"


def run(folder: Path, text: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a test file with the plugin, as the project of somebody else."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_a.py").write_text(text, encoding="utf-8")
    return pytest_in(folder, *words, **more)


def pytest_in(folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a folder; what is named is added to the environment."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("CASEPACT_", "PYTEST_"))}
    environment: Mapping[str, str] = {**known, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}
    command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-W", "error", "-p", "no:cacheprovider", *words, "tests"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


WORLDS = """
from http.client import HTTPConnection
from urllib.parse import urlsplit
import pytest

CASE = "/aicc/service/AICC__Case/1.0.0/openapi/case/c6m800000142mS63Voa8"


def get(url, headers):
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port)
    connection.request("GET", parts.path, headers={"access-token": "aicc-operator-token-0001", **headers})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


@pytest.mark.parametrize("id", ["1", "a b"])
def test_b(casepact_world, id):
    assert casepact_world.requests() == []
    assert get(casepact_world.url + CASE, {}) == 200
    assert get(casepact_world.mock.address + CASE, casepact_world.headers) == 200
    assert [request.operation for request in casepact_world.requests()] == ["getCase", "getCase"]
"""


@pytest.mark.parametrize("arguments", ["", "--api aicc --api r7office"])
def test_each_test_has_a_world_of_its_own(tmp_path: Path, arguments: str) -> None:
    """Its address and its headers lead there, and it starts empty; the mock is started for the run."""
    (tmp_path / "pytest.ini").write_text(f"[pytest]\ncasepact_mock_arguments = {arguments}\n")
    done = run(tmp_path, WORLDS)

    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr


FAILING = """
from http.client import RemoteDisconnected
import pytest
from conformance.testing.worlds import ControlError


def test_b(casepact_world):
    read = casepact_world.url + CASE
    failures = [{"kind": kind, "operation": "getCase", "times": 1} for kind in ("status", "empty")]
    casepact_world.traffic(failures=failures)
    assert get(read, {}) == 500
    with pytest.raises(RemoteDisconnected):
        get(read, {})
    assert get(read, {}) == 200
    outcomes = [(request.status, request.outcome) for request in casepact_world.requests()]
    assert outcomes == [(500, "simulated"), (0, "simulated"), (200, "admitted")]
    with pytest.raises(ControlError, match="/failures/0/operation: no served API has an operation 'getcase'"):
        casepact_world.traffic(failures=[{"kind": "empty", "operation": "getcase"}])
"""


def test_failures_are_simulated(tmp_path: Path) -> None:
    """A world's traffic settings take them, requests meet them, and what cannot be is refused by name."""
    done = run(tmp_path, WORLDS.partition("@pytest")[0] + FAILING)

    assert done.returncode == 0, done.stdout + done.stderr


def test_world_is_named_after_its_test(tmp_path: Path) -> None:
    """The node id of a test, escaped, is the name of its world."""
    text = "def test_b(casepact_world):\n    assert casepact_world.name.startswith('tests-test_a.py-test_b-')\n"
    done = run(tmp_path, text)

    assert done.returncode == 0, done.stdout + done.stderr


def test_mock_that_runs_already_is_used(tmp_path: Path) -> None:
    """CASEPACT_MOCK_URL names it, CASEPACT_CONTROL_TOKEN opens it; the world is fresh however often the test runs."""
    with running_mock(["aicc", "r7office"], token="secret") as port:
        address = f"http://127.0.0.1:{port}"
        environment = {"CASEPACT_MOCK_URL": f"{address}/", "CASEPACT_CONTROL_TOKEN": "secret"}
        first = run(tmp_path, WORLDS, **environment)
        again = pytest_in(tmp_path, **environment)

    assert (first.returncode, again.returncode) == (0, 0), first.stdout + again.stdout


def test_mock_that_does_not_start_says_why(tmp_path: Path) -> None:
    """Its own words stand in the error of the test."""
    (tmp_path / "pytest.ini").write_text("[pytest]\ncasepact_mock_arguments = --api nosuch\n")
    done = run(tmp_path, "def test_b(casepact_world):\n    pass\n")

    assert (done.returncode, "nosuch" in done.stdout) == (1, True), done.stdout


def test_run_that_uses_no_mock_pays_for_none(tmp_path: Path) -> None:
    """The plugin loads neither contracts nor an HTTP client, nor what else of ours takes time."""
    text = """
import sys

def test_b():
    heavy = ("specs", "mock_server", "conformance.runner", "jsonschema_rs", "connexion", "urllib3", "yaml")
    assert [name for name in heavy if name in sys.modules] == []
"""
    done = run(tmp_path, text)

    assert done.returncode == 0, done.stdout


def test_own_runs_of_the_harness_do_without_the_plugin() -> None:
    """`casepact check` runs pytest for its probes, and they are no users of it."""
    from conformance.commands.check import _UNUSED

    assert "casepact" in _UNUSED


def test_plugin_is_an_entry_point_of_pytest() -> None:
    """Whoever installs casepact has it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")

    assert f'[project.entry-points.pytest11]\ncasepact = "{PLUGIN}"' in text
