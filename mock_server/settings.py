"""What a mock is told at start, as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to listen and what to serve. `port` 0 takes a free one; `max_body` is in bytes."""

    apis: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 8080
    fixtures: Path = FIXTURES
    fixture_set: str = "default"
    max_body: int = 2**20
    quiet: bool = False
    port_file: Path | None = None
