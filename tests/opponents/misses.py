"""Why a fault of an opponent is not caught, where it is not."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[tuple[str, str], str] = {}
"""By name of the fault and `writes` ("" for any of them)."""
