"""What is installed is complete: the wheel holds every document, and works where there is no checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
PACKAGES = ("conformance", "mock_server", "specs")


def run(*words: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that the checkout stays as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    for package in (*PACKAGES, "fixtures"):
        shutil.copytree(PROJECT / package, folder / "src" / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in [PROJECT / "pyproject.toml", PROJECT / "setup.py", *PROJECT.glob("README.md")]:
        shutil.copy(file, folder / "src")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, folder / "src", cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The programs of a fresh environment in which the wheel is installed.

    What the wheel depends on is found where this test runs, by a .pth file. The editable checkout is not: a .pth file
    of a folder that another .pth file names is not read (`site`).
    """
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", wheel, cwd=folder)
    (library,) = folder.glob("lib/python*/site-packages")
    (library / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing in it but what a run leaves there."""
    return tmp_path_factory.mktemp("empty")


@pytest.fixture(scope="module")
def checked(environment: Path, empty: Path) -> subprocess.CompletedProcess[str]:
    """A run of the installed command in the empty folder."""
    return run(environment / "casepact", "check", "--quick", "--api", "aicc", "-k", "sample", cwd=empty)


def test_wheel_holds_every_document(wheel: Path) -> None:
    """Each file of the packages that a program reads at run time is in the wheel, at its place."""
    kinds = ("*.py", "*.yaml", "*.xml", "*.json", "*.ini", "README.md")
    needed = {
        path.relative_to(PROJECT).as_posix()
        for package in PACKAGES
        for kind in kinds
        for path in (PROJECT / package).rglob(kind)
    }

    assert needed - set(zipfile.ZipFile(wheel).namelist()) == set()


@pytest.mark.parametrize(
    "name",
    [
        "specs/aicc/openapi.yaml",
        "specs/r7office/statements.yaml",
        "specs/http/statements.yaml",
        "specs/r7office/examples/page-case.xml",
        "specs/fixtures/aicc/default.yaml",
        "specs/fixtures/targets/mock.yaml",
        "conformance/pytest.ini",
        "specs/schemas/profile.schema.json",
    ],
)
def test_wheel_holds_a_document_of_each_kind(wheel: Path, name: str) -> None:
    """Contracts, ledgers, examples, seeds, profiles and pytest's own settings travel with the code."""
    assert name in zipfile.ZipFile(wheel).namelist()


def test_wheel_holds_no_tests(wheel: Path) -> None:
    """What only the checkout needs is not installed."""
    packages = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {name for name in packages if not name.endswith(".dist-info")} == set(PACKAGES)


def test_installed_package_is_the_one_of_the_wheel(environment: Path, tmp_path: Path) -> None:
    """The environment of these tests does not fall back on the checkout."""
    done = run(environment / "python", "-c", "import specs; print(specs.__file__)", cwd=tmp_path)

    assert Path(done.stdout.strip()).is_relative_to(environment.parent)


def test_installed_check_works_outside_the_checkout(checked: subprocess.CompletedProcess[str]) -> None:
    """In an empty folder, the installed command starts its own mock, probes it and finds the contract kept."""
    assert (checked.returncode, checked.stdout.splitlines()[-1].partition(":")[0]) == (0, "kept")


def test_installed_check_writes_nothing_but_its_reports(checked: subprocess.CompletedProcess[str], empty: Path) -> None:
    """A run leaves behind the folder that it names."""
    assert [path.name for path in empty.iterdir()] == ["reports"]
