"""Which casepact this is."""

from __future__ import annotations


def installed_version() -> str:
    """The version of casepact that is installed; "unknown" in a checkout that is not."""
    # It takes longer to import than most commands run, and one option alone asks for it.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("casepact")
    except PackageNotFoundError:
        return "unknown"
