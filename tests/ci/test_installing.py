"""The steps that install casepact do so, by pip, from a copy of the checkout; `make test-ci` runs this."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.ci.steps import ROOT, SHELL, Job, bash, find, gitlab_job, own_environment

pytestmark = pytest.mark.slow

NO_DEPENDENCIES = {"PIP_NO_DEPS": "1"}
"""For pip: the packages that casepact depends on are those of this environment."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that are installed, in a folder that pip may build in."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("conformance", "mock_server", "specs", "fixtures"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "constraints.txt", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


def version_of(venv: Path) -> str:
    """What the installed command says of itself."""
    find(venv)
    command = [venv / "bin" / "casepact", "--version"]
    done = subprocess.run(command, cwd=venv, env=own_environment(), capture_output=True, text=True, check=True)
    return done.stdout


def test_action_installs_its_own_checkout(checkout: Path, tmp_path: Path) -> None:
    """A second use of the action in the same job finds what the first has installed."""
    job = Job(tmp_path, tmp_path, checkout, {}, NO_DEPENDENCIES).run("Set up Python", "Name the cache", "Install")
    version = version_of(tmp_path / "casepact")
    again = Job(tmp_path, tmp_path, tmp_path / "nowhere", {}, NO_DEPENDENCIES).run("Install", "Version")

    assert (job.code, again.code, again.log) == (0, 0, version), job.log + again.log


def test_gitlab_installs_its_package(checkout: Path) -> None:
    """`before_script` installs what PACKAGE names, with pip's cache where the job keeps it."""
    job = gitlab_job("contracts")
    named = {name: text.replace("$CI_PROJECT_DIR", str(checkout)) for name, text in job["variables"].items()}
    done = bash("\n".join(job["before_script"]), checkout, {**own_environment(), **named, **NO_DEPENDENCIES})

    assert done.returncode == 0, done.stderr
    assert version_of(checkout / ".venv-casepact").startswith("casepact ")
    assert job["cache"]["paths"] == [".cache/pip"]
    assert named["PIP_CACHE_DIR"] == str(checkout / ".cache/pip")


def test_shell_installs_where_nothing_is_installed(checkout: Path, tmp_path: Path) -> None:
    """A first run on a machine makes the environment by itself, from the package that is named."""
    environment = {**own_environment(), **NO_DEPENDENCIES, "PACKAGE": str(checkout), "RETRIES": "0"}
    subprocess.run(["sh", SHELL], cwd=tmp_path, env=environment, capture_output=True, check=False)

    assert version_of(tmp_path / ".venv-casepact").startswith("casepact ")
