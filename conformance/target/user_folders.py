"""Where Casepact keeps what outlives a run: in the folders that the system has for that, never in the working one."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

STATE = "CASEPACT_STATE"
"""The environment variable that names another folder for the state."""


def state_folder() -> Path:
    """
    The folder of write journals: that of `CASEPACT_STATE`, else `casepact` in the user's folder for state.

    That is $XDG_STATE_HOME or ~/.local/state (XDG Base Directory Specification 0.8), on macOS
    ~/Library/Application Support. It need not exist.
    """
    if given := os.environ.get(STATE):
        return Path(given).expanduser().absolute()
    return _users("XDG_STATE_HOME", ".local/state", "Library/Application Support")


def cache_folder() -> Path:
    """The folder `casepact` in the user's for caches: $XDG_CACHE_HOME, ~/.cache or ~/Library/Caches."""
    return _users("XDG_CACHE_HOME", ".cache", "Library/Caches")


def _users(variable: str, usual: str, on_macos: str) -> Path:
    given = Path(os.environ.get(variable, ""))
    # A relative path in such a variable is invalid and to be ignored, says the specification.
    if given.is_absolute():
        return given / "casepact"
    try:
        home = Path.home()
    except RuntimeError:
        # A container may run as a user whom its system does not know.
        home = Path(tempfile.gettempdir()) / f"casepact-{os.getuid()}"
    return home / (on_macos if sys.platform == "darwin" else usual) / "casepact"
