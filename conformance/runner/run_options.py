"""What the command line asked of `casepact check`, and which servers of ours that takes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.runner.sharding import Shard
from conformance.target.profile import Profile
from specs.project import CONTROL, apis

REPORTS = Path("reports")
"""The folder of the reports of all targets."""

MOCK = "mock"
"""The target that a run takes when none is named."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asked for."""

    apis: tuple[str, ...] = ()
    target: str = ""
    url: str = ""
    specs: Mapping[str, str] = field(default_factory=dict)
    """Files of foreign documents by the name of their API, where no profile names them."""
    seed: int | None = None
    level: str = "default"
    strict: bool = False
    reports: Path = REPORTS / "mock"
    statement: str = ""
    operation: str = ""
    keyword: str = ""
    failed_only: bool = False
    workers: int = 1
    max_requests: int = 0
    max_seconds: float = 0.0
    baseline: Path | None = None
    triage: bool = False
    resume: bool = False
    allow_unverified: bool = False
    journal_dir: Path | None = None
    shard: Shard | None = None
    shard_server: str = ""

    @property
    def on_mock(self) -> bool:
        """Whether the run takes the profile of our mock, which names no addresses of its own."""
        return not self.url and self.target in ("", MOCK)

    def as_json(self) -> dict[str, Any]:
        """The options that were given, as JSON types; those that were left out are not there."""
        named = {item.name: (getattr(self, item.name), item.default) for item in fields(self)}
        return {
            name: value if isinstance(value, bool | int | float | str) else _listed(value)
            for name, (value, default) in named.items()
            if value and value != default
        }

    def chosen(self, profile: Profile) -> tuple[str, ...]:
        """The APIs that the run is about: those asked for, else all of the profile."""
        if self.specs and not self.apis:
            return tuple(self.specs)
        return self.apis or tuple(
            api for api, target in profile.apis.items() if target.spec or api in (*apis(), CONTROL)
        )


def default_folder(target: str, url: str, shard: Shard | None = None) -> Path:
    """
    Where reports go unless the command line says otherwise: a folder for each target, of each host, of the mock.

    That of a shard ends with its number, as `reports/staging-2`.
    """
    name = Path(target).stem if target else (urlsplit(url).hostname or "url") if url else MOCK
    return REPORTS / (re.sub(r"[^\w.-]+", "-", name) + (f"-{shard.index}" if shard else ""))


def _listed(value: Any) -> Any:
    return str(value) if isinstance(value, Path | Shard) else dict(value) if isinstance(value, Mapping) else list(value)


def without_address(profile: Profile, chosen: Sequence[str]) -> list[str]:
    """Those of the APIs that the profile knows and names no address for: a mock is to serve them."""
    return [api for api in chosen if api in profile.apis and not profile.apis[api].url]
