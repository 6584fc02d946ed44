"""What one run does, as a frozen value that worker processes read from their command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from conformance.probes import probes_of
from conformance.probes.context import Fuzzing, Probe
from conformance.runner.run_options import MOCK
from conformance.target.contracts import contract_for, derived
from conformance.target.profile import Profile, bare_profile, is_loopback, load_profile, spec_profile
from specs.contract import Contract


@dataclass(frozen=True, slots=True)
class Level:
    """How deep a run goes: values a probe draws, seeds it draws them with, and where Schemathesis fuzzes."""

    examples: int
    fuzzing: Fuzzing
    seeds: int = 1


LEVELS: Mapping[str, Level] = {
    "quick": Level(3, Fuzzing.NOWHERE),
    "default": Level(20, Fuzzing.UNTRIED),
    "thorough": Level(50, Fuzzing.EVERYWHERE, seeds=10),
}
"""
By name. Quick is for every change of a server: each statement, with few values. The default is for what goes out: more
values beyond each limit and near each word of a list, and drawn requests for members without such probes. Thorough is
for a night: what few values in a hundred bring about. Where probes try each member, fuzzing found nothing beside them
(tests/opponents and the liars, 2026).
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """
    Which APIs at which addresses, which probes, how deep, and what decides the drawn values.

    `target` names a profile; empty for bare addresses. `run` sets the worlds of this run apart from those of others.
    `pacer` is the file by which its processes share rate and budgets, or empty; `journal` that of the write journal, or
    empty where nothing is put back. `done` names the items that an earlier run, which this one resumes, has run
    already, and `part` counts the runs that it was resumed in: exchanges of each have ids of their own.
    """

    target: str
    urls: Mapping[str, str]
    seed: int
    level: str
    strict: bool
    run: str
    reports: str
    statement: str = ""
    operation: str = ""
    keyword: str = ""
    failed_only: bool = False
    pacer: str = ""
    specs: Mapping[str, str] = field(default_factory=dict)
    """By API, the file of the foreign document that a bare address or a mock of ours is to keep."""
    journal: str = ""
    done: tuple[str, ...] = ()
    part: int = 1

    @property
    def partial(self) -> bool:
        """Whether only some probes run."""
        return bool(self.statement or self.operation or self.keyword or self.failed_only)

    @property
    def of(self) -> str:
        """What the run is of, for a reader: the profile, or the address; on loopback the host without its port."""
        if self.target:
            return Path(self.target).stem
        (url,) = self.urls.values()
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}" if is_loopback(url) else url

    def seeds(self) -> tuple[int, ...]:
        """The seeds of this run: its own, and at a level with several the numbers after it."""
        return tuple(range(self.seed, self.seed + LEVELS[self.level].seeds))

    def as_text(self) -> str:
        """The selection as one word for a command line."""
        return json.dumps(asdict(self))

    def profile(self, api: str) -> Profile:
        """The profile by which this API is tested."""
        if api in self.specs and self.target in ("", MOCK):
            spec = self.specs[api]
            schemes = derived(spec, api).security_schemes if self.target else None
            return spec_profile(api, self.urls[api], spec, schemes)
        if self.target:
            return load_profile(self.target).with_urls({api: self.urls[api]})
        return bare_profile(api, self.urls[api])

    def contract(self, api: str) -> Contract:
        """The contract of this API in the edition that the target speaks."""
        return contract_for(self.profile(api).apis[api])

    def probes(self, contract: Contract) -> list[Probe]:
        """
        The probes of this run, in a fixed order.

        A statement that every exchange shows (of an answer, say) is served by no probe in particular: then all run.
        """
        found = [probe for probe in probes_of(contract) if not self.operation or probe.operation == self.operation]
        # What may leave a record changed for good comes when nobody needs it any more.
        found.sort(key=lambda probe: bool(probe.spends))
        serving = [probe for probe in found if self.statement in probe.serves]
        return serving if self.statement and serving else found


def from_text(text: str) -> Selection:
    """The selection that `as_text` wrote."""
    return Selection(**json.loads(text))
