"""What one run does, as a frozen value that worker processes read from their command line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.probes import probes_of
from conformance.probes.context import Fuzzing, Probe
from conformance.runner.run_options import MOCK
from conformance.runner.sharding import Piece, Shard, cut, dealt
from conformance.target.contracts import contract_for, derived
from conformance.target.profile import (
    Profile,
    Writes,
    bare_profile,
    is_loopback,
    load_profile,
    profile_file,
    spec_profile,
)
from conformance.target.rate_limit import Rate
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
    already, and `part` counts the runs that it was resumed in: exchanges of each have ids of their own. `shard` is the
    part of the run that this machine does, None for all of it, and `shard_server` what the command line says of the
    servers of the shards. Without `secrets` the profile is read for what it says, and no variable is looked at.
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
    shard: Shard | None = None
    shard_server: str = ""
    secrets: bool = True

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
            return load_profile(self.target, with_secrets=self.secrets).with_urls({api: self.urls[api]})
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

    @property
    def profile_digest(self) -> str:
        """What two machines agree in that have the same profile; empty where nothing is known of an address."""
        if not self.target and not all(map(is_loopback, self.urls.values())):
            return ""
        return hashlib.sha256(profile_file(self.target or MOCK).read_bytes()).hexdigest()

    @property
    def rate(self) -> Rate | None:
        """How often requests are sent: as the profile says, or a shard's part of that while others may send too."""
        rate = self.profile(next(iter(self.urls))).rate
        if rate is None or self.shard is None or self.shard_server:
            return rate
        return replace(rate, per_seconds=rate.per_seconds * self.shard.total)

    @property
    def shares_records(self) -> bool:
        """Whether the probes write to records that they share, on a server without worlds."""
        profiles = [self.profile(api) for api in self.urls]
        return any(not profile.worlds and profile.writes is not Writes.NONE for profile in profiles)

    def piece(self, contract: Contract, probe: Probe, *, in_turn: bool) -> Piece:
        """
        A probe as it is dealt out to the shards.

        Probes of an API that go one after the other (`in_turn`) stay together; so do those that log in, because wrong
        logins are counted; so does a probe with all its seeds.
        """
        logs_in = contract.operation(probe.operation).gives_token
        group = "one after the other" if in_turn else "logins" if logs_in else f"{probe.operation} {probe.name}"
        weight = probe.usual_bound(LEVELS[self.level].examples)
        return Piece(f"{contract.api} {group}", weight, first=logs_in)

    def mine(self, pieces: Sequence[Piece]) -> list[bool]:
        """Which of all pieces of the run, in their order, this machine does."""
        if self.shard is None:
            return [True] * len(pieces)
        divide = cut if self.shares_records else dealt
        return [shard == self.shard.index for shard in divide(pieces, self.shard.total)]

    def runs_here(self) -> Iterator[tuple[Contract, Probe, int]]:
        """Each probe of the run, and with how many seeds it runs on this machine."""
        made = [(contract, self.probes(contract)) for contract in map(self.contract, self.urls)]
        serial = {api: self.profile(api).apis[api].serial for api in self.urls}
        pieces = [
            self.piece(contract, probe, in_turn=serial[contract.api]) for contract, probes in made for probe in probes
        ]
        seeds = len(self.seeds())
        mine = self.mine(pieces * seeds)
        turn = 0
        for contract, probes in made:
            for probe in probes:
                yield contract, probe, sum(mine[turn :: len(pieces)])
                turn += 1


def from_text(text: str) -> Selection:
    """The selection that `as_text` wrote."""
    data = json.loads(text)
    return Selection(**{**data, "done": tuple(data["done"]), "shard": data["shard"] and Shard(**data["shard"])})
