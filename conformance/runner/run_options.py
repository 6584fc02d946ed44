"""What the command line asked of `casepact check`, and which servers of ours that takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.target.profile import Profile
from specs.project import CONTROL, apis

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
    reports: Path = Path("reports")
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

    @property
    def on_mock(self) -> bool:
        """Whether the run takes the profile of our mock, which names no addresses of its own."""
        return not self.url and self.target in ("", MOCK)

    def chosen(self, profile: Profile) -> tuple[str, ...]:
        """The APIs that the run is about: those asked for, else all of the profile."""
        if self.specs and not self.apis:
            return tuple(self.specs)
        return self.apis or tuple(
            api for api, target in profile.apis.items() if target.spec or api in (*apis(), CONTROL)
        )


def without_address(profile: Profile, chosen: Sequence[str]) -> list[str]:
    """Those of the APIs that the profile knows and names no address for: a mock is to serve them."""
    return [api for api in chosen if api in profile.apis and not profile.apis[api].url]
