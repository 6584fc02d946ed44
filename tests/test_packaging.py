"""What is installed is complete: the wheel holds every document, and works where there is no checkout."""

from __future__ import annotations

import re
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
    for file in (PROJECT / name for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE")):
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
    kinds = ("*.py", "*.yaml", "*.xml", "*.json", "*.ini", "*.mjs", "*.txt", "py.typed", "README.md")
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


def test_metadata_says_what_the_package_is(wheel: Path) -> None:
    """Licence with its text, types and the versions of Python stand in the wheel; no address is promised."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()

    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert "License-Expression: Apache-2.0\n" in text
    assert "Classifier: Typing :: Typed\n" in text
    assert "Project-URL" not in text


def test_a_project_works_from_the_wheel_alone(environment: Path, tmp_path: Path) -> None:
    """From an empty folder: init, lint and check are green with nothing but what is installed."""
    run(environment / "casepact", "init", "mine", cwd=tmp_path)
    lint = run(environment / "casepact", "lint", cwd=tmp_path / "mine")
    check = run(environment / "casepact", "check", "--quick", "--strict", cwd=tmp_path / "mine")

    assert lint.stdout.startswith("2 contracts")
    assert check.stdout.splitlines()[-1].startswith("kept")


TUTORIAL = PROJECT / "docs" / "adding-an-api.md"


def test_the_tutorial_runs_from_an_empty_folder(environment: Path, tmp_path: Path) -> None:
    """
    Every command of docs/adding-an-api.md, in its order, with nothing but the wheel.

    The mock is stopped again, and the profile that is new has values that are still to be filled in.
    """
    blocks = re.findall(r"```sh\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    script = "set -e\n" + "".join(blocks)
    for line, instead in (
        ("casepact mock\n", "timeout --preserve-status --signal INT 5 casepact mock --port 0\n"),
        ("casepact target check staging\n", "! casepact target check staging\n"),
    ):
        assert line in script
        script = script.replace(line, instead)

    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{environment}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept: every statement" in done.stdout
    assert "TK-9" in done.stdout
    assert "FILL-IN" in done.stderr


def test_what_the_tutorial_shows_is_in_the_project(environment: Path, tmp_path: Path) -> None:
    """The functions that it explains are those that a reader finds in the files."""
    run(environment / "casepact", "init", "mine", cwd=tmp_path)
    code = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "mine").rglob("*.py"))
    shown = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in shown for line in block.splitlines() if line.startswith(("def ", '    """'))]

    assert len(lines) >= 4
    assert [line for line in lines if line not in code] == []


def test_a_package_called_fixtures_may_stand_beside_it(environment: Path, tmp_path: Path) -> None:
    """PyPI has a package of that name; both are imported from one environment, and ours still finds its records."""
    (library,) = environment.parent.glob("lib/python*/site-packages")
    (library / "fixtures").mkdir()
    (library / "fixtures" / "__init__.py").write_text("OTHER = True\n")
    try:
        other = run(environment / "python", "-c", "import fixtures; print(fixtures.OTHER)", cwd=tmp_path)
        ours = run(environment / "casepact", "mock", "--api", "aicc", "--describe", cwd=tmp_path)
    finally:
        shutil.rmtree(library / "fixtures")

    assert other.stdout.strip() == "True"
    assert "c6m800000142mS63Voa8" in ours.stdout


def test_installed_plugin_gives_each_test_a_world(environment: Path, tmp_path: Path) -> None:
    """pytest finds the fixtures by the wheel alone, without a warning, and the mock that they start."""
    (tmp_path / "test_a.py").write_text("def test_b(casepact_world):\n    assert casepact_world.requests() == []\n")
    words = ("-m", "pytest", "-W", "error", "-p", "no:schemathesis", "test_a.py")
    done = run(environment / "python", *words, cwd=tmp_path)

    assert "1 passed" in done.stdout
