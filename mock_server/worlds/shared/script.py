"""The script that Redis carries out as a whole."""

from __future__ import annotations

from importlib.resources import files

TEXT = files(__package__).joinpath("worlds.lua").read_text(encoding="utf-8")
"""What it takes and gives is described at its begin; `wire` speaks it."""
