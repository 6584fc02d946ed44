"""Servers of a foreign document: what is wrong is found and charged to the right statement, what is right is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import Done, casepact
from tests.foreign.contracts import DOCUMENTS
from tests.foreign.pets_server import FAULTS, HABITS, KEY, Fault, Habit, Pets
from tests.servers import serving

PETS = DOCUMENTS / "pets" / "pets.yaml"


@contextmanager
def target(folder: Path, fault: Fault | None = None, habit: Habit | None = None) -> Iterator[Path]:
    """The profile of a server of the document."""
    with serving(Pets(fault, habit).app()) as url:
        yield profile(folder, url)


def profile(folder: Path, url: str, more: str = "") -> Path:
    path = folder / "pets-target.yaml"
    lines = [
        "writes: allowed",
        "apis:",
        f"  pets: {{url: '{url}', spec: {PETS}, actors: {{caller: {{key: '${{PETS_KEY}}'}}}}}}",
    ]
    path.write_text("\n".join([*lines, more]), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credential that profiles refer to."""
    monkeypatch.setenv("PETS_KEY", KEY)


def checked(where: Path, folder: Path, *more: str) -> Done:
    return casepact("check", "--target", str(where), "--seed", "1", *more, reports=folder / "reports")


def violated(done: Done) -> set[str]:
    return {name for name, outcome in done.outcomes("pets").items() if outcome == "violated"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found_and_charged_to_its_statement(name: str, tmp_path: Path) -> None:
    """A server that is wrong in one way ends the run with exit 1, and with that statement alone."""
    with target(tmp_path, FAULTS[name]) as where:
        done = checked(where, tmp_path, "--quick")

    assert (done.code, violated(done)) == (1, {FAULTS[name].statement}), done.out + done.err


def test_honest_server_is_not_accused_twice_in_a_row(tmp_path: Path) -> None:
    """A server that keeps the document is found to keep it, and so it is after what the first run left."""
    with target(tmp_path) as where:
        runs = [checked(where, tmp_path) for _ in range(2)]

    assert [(done.code, violated(done)) for done in runs] == [(0, set()), (0, set())], runs[0].out + runs[1].out


@pytest.mark.parametrize("name", HABITS)
def test_honest_server_has_habits_of_its_own(name: str, tmp_path: Path) -> None:
    """What the document leaves open is held against nobody: notes at most, and no statement is violated."""
    with target(tmp_path, habit=HABITS[name]) as where:
        done = checked(where, tmp_path, "--quick")

    assert (done.code, violated(done)) == (0, set()), done.out + done.err
