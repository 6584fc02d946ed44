"""Code that a project names: found, imported once, and reported with its line where that fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from specs.code import CodeByApi, named
from specs.flaws import CasepactError
from specs.project import VARIABLE


def write(folder: Path, text: str, name: str = "tickets.py") -> Path:
    """A file of Python code."""
    (folder / name).write_text(text)
    return folder / name


def test_a_file_gives_its_usual_attribute_or_the_one_that_is_named(tmp_path: Path) -> None:
    """`file.py` has the usual one, `file.py:NAME` another."""
    file = write(tmp_path, "BEHAVIOURS = 1\nOTHER = 2\n")

    assert named(str(file), "BEHAVIOURS") == 1
    assert named(f"{file}:OTHER", "BEHAVIOURS") == 2


def test_a_module_gives_it_as_well() -> None:
    """What is installed is named as it is imported."""
    assert named("specs.project:VARIABLE", "x") == VARIABLE


def test_a_file_is_imported_once_and_can_be_found_by_pickle(tmp_path: Path) -> None:
    """Two attributes are of one module, and its classes know where they are from."""
    file = write(tmp_path, "class Here: pass\nMADE = Here()\n")

    assert type(named(f"{file}:MADE", "x")) is named(f"{file}:Here", "x")
    assert named(f"{file}:Here", "x").__module__.startswith("casepact_project.")


def test_files_of_one_name_in_two_projects_are_two_modules(tmp_path: Path) -> None:
    """Whoever works in two projects in one process gets the code of each."""
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        write(tmp_path / str(number), f"VALUE = {number}\n")

    assert [named(str(tmp_path / str(number) / "tickets.py"), "VALUE") for number in (1, 2)] == [1, 2]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\ny = (\n", r"tickets\.py:2: cannot be imported: SyntaxError"),
        ("x = 1\nraise ValueError('no')\n", r"tickets\.py:2: cannot be imported: ValueError: no"),
        ("import no_such_module\n", r"tickets\.py:1: cannot be imported: ModuleNotFoundError"),
        ("BEHAVIOUR = {}\n", r"tickets\.py: has no BEHAVIOURS\. Did you mean 'BEHAVIOUR'\?"),
    ],
)
def test_what_fails_is_reported_with_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    """No traceback: the line of the user's file, and what went wrong there."""
    with pytest.raises(CasepactError, match=message):
        named(str(write(tmp_path, text)), "BEHAVIOURS")


def test_code_by_api_names_the_reference_of_a_value_with_a_flaw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a file holds is looked at before it is used."""
    (tmp_path / "casepact.yaml").write_text("contracts: specs\n")
    for folder in ("specs/tickets", "probes"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "specs" / "tickets" / "openapi.yaml").write_text("")
    write(tmp_path / "probes", "probes = 7\n")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    found: CodeByApi[Any] = CodeByApi("probes", "probes", lambda value: "" if callable(value) else "is wrong.", list)

    assert list(found) == ["tickets"]
    assert len(found) == 1
    with pytest.raises(CasepactError, match=r"tickets\.py: probes is wrong\."):
        found["tickets"]
    with pytest.raises(KeyError):
        found["other"]
