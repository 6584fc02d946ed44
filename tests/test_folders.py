"""The docstring of each folder says what is in it: every module and folder, and nothing that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FOLDERS = [
    path.parent.relative_to(PROJECT)
    for package in ("specs", "mock_server", "conformance")
    for path in sorted((PROJECT / package).rglob("__init__.py"))
]
ASIDE = {"__init__", "__main__"}


def described(folder: Path) -> str:
    """The docstring of a folder."""
    return ast.get_docstring(ast.parse((PROJECT / folder / "__init__.py").read_text(encoding="utf-8"))) or ""


def modules(folder: Path) -> set[str]:
    """The names of its modules and of the packages in it."""
    found = {path.stem for path in (PROJECT / folder).glob("*.py")} - ASIDE
    return found | {path.parent.name for path in (PROJECT / folder).glob("*/__init__.py")}


def test_there_are_folders_to_look_at() -> None:
    """The test below looks at the three packages and what is in them."""
    assert len(FOLDERS) > 20


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_docstring_names_every_module(folder: Path) -> None:
    """Whoever opens a folder reads there what each file is for."""
    words = set(re.findall(r"[a-z_0-9]+", described(folder)))

    assert modules(folder) - words == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_docstring_lists_nothing_that_is_gone(folder: Path) -> None:
    """A name at the begin of a line of the list is that of a module or folder."""
    listed = {
        name
        for line in described(folder).splitlines()
        if (match := re.match(r"([a-z_0-9]+)/?(?:, ([a-z_0-9]+)/?)? {2,}\S", line))
        for name in match.groups()
        if name
    }

    assert {name for name in listed if not any((PROJECT / folder).glob(f"{name}*"))} == set()
