"""State and cache are where the system has them, unless somebody says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.target.user_folders import cache_folder, state_folder


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user with a home folder who has set none of the variables, on Linux."""
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", "/home/anna")
    for name in ("CASEPACT_STATE", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_folders_are_below_the_home_folder() -> None:
    """Without any variable, state and cache are where the XDG specification has them."""
    assert (state_folder(), cache_folder()) == (
        Path("/home/anna/.local/state/casepact"),
        Path("/home/anna/.cache/casepact"),
    )


def test_macos_has_folders_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS both are in the Library."""
    monkeypatch.setattr("sys.platform", "darwin")

    assert (state_folder(), cache_folder()) == (
        Path("/home/anna/Library/Application Support/casepact"),
        Path("/home/anna/Library/Caches/casepact"),
    )


@pytest.mark.parametrize(
    ("variable", "value", "folder"),
    [
        ("XDG_STATE_HOME", "/srv/state", "/srv/state/casepact"),
        ("XDG_STATE_HOME", "state", "/home/anna/.local/state/casepact"),
        ("CASEPACT_STATE", "/srv/volume", "/srv/volume"),
    ],
)
def test_variable_names_another_folder(variable: str, value: str, folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG's variable counts if it is absolute, and ours names the folder itself."""
    monkeypatch.setenv(variable, value)

    assert state_folder() == Path(folder)
