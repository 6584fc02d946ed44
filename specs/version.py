"""Which casepact this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """The version of casepact that is installed; "unknown" in a checkout that is not."""
    try:
        return version("casepact")
    except PackageNotFoundError:
        return "unknown"
