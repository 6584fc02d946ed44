"""What a run would send, before it sends anything: for each operation an upper bound, and whether it may write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.probes.context import Probe
from conformance.runner.plugin import puts_back, unmet_need
from conformance.runner.preflight import reads_at_start
from conformance.runner.reruns import TIMES
from conformance.runner.selection import LEVELS, Selection
from conformance.target.client import ROLLBACK_BUDGET, Target
from conformance.target.profile import Profile, Writes
from specs.contract import Operation

_PUT_BACK = 6
"""How many requests put back what one run of a probe changed, on an average, with the reads before and after."""


@dataclass(frozen=True, slots=True)
class Planned:
    """
    The probes of one operation: how many run, how many do not, and whether any may write.

    `once` bounds the requests while nothing is found; `most` when each probe finds something, is searched for the least
    value that shows it, and runs again.
    """

    api: str
    operation: Operation
    probes: int
    left_out: int
    once: int
    most: int
    writes: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A run before it starts.

    `looking` are the requests that look whether credentials and records are right, tokens included. `putting_back` is
    for what probes change where there are no worlds, `putting_back_once` for that while nothing is found. `spending`
    names the probes that may leave a record changed.
    """

    operations: tuple[Planned, ...]
    looking: int
    putting_back: int
    putting_back_once: int
    spending: tuple[str, ...] = ()

    @property
    def most(self) -> int:
        """The upper bound of all requests, which a run keeps whatever it finds."""
        return sum(planned.most for planned in self.operations) + self.looking + self.putting_back

    @property
    def once(self) -> int:
        """The upper bound of all requests while nothing is found."""
        return sum(planned.once for planned in self.operations) + self.looking + self.putting_back_once


def plan(selection: Selection, workers: int) -> Plan:
    """The plan of a run, or of its shard, by so many processes; nothing is sent and nothing started."""
    operations: list[Planned] = []
    looking = putting_back = putting_back_once = 0
    spending: list[str] = []
    here: dict[str, list[tuple[Probe, int]]] = {}
    for contract, probe, seeds in selection.runs_here():
        if seeds:
            here.setdefault(contract.api, []).append((probe, seeds))
    for api in selection.urls:
        contract, profile = selection.contract(api), selection.profile(api)
        target = Target(contract, profile)
        probes: dict[str, list[tuple[Probe, int]]] = {}
        for probe, seeds in here.get(api, ()):
            probes.setdefault(probe.operation, []).append((probe, seeds))
        for operation in contract.operations.values():
            planned, owed, owed_once = _planned(selection, target, operation, probes.get(operation.id, []))
            operations.append(planned)
            putting_back, putting_back_once = putting_back + owed, putting_back_once + owed_once
        if not profile.worlds:
            runs = [probe for probe, _ in here.get(api, ()) if not unmet_need(probe, target)]
            spending += [f"{api} {probe.name}" for probe in runs if probe.spends]
        # The run looks once, and each process that probes does.
        looking += (1 + workers) * (reads_at_start(target) + _tokens(profile, api))
    kept = tuple(item for item in operations if item.probes or item.left_out)
    return Plan(kept, looking, putting_back, putting_back_once, tuple(spending))


def table(made: Plan, profile: str, writes: Writes) -> str:
    """The plan as text."""
    rows = [("", "", "probes", "not run", "requests", "with findings", "")]
    for item in made.operations:
        name = f"{item.operation.id}  {item.operation.method} {item.operation.path}"
        probes, left_out, once, most = map(str, (item.probes, item.left_out, item.once, item.most))
        rows.append((item.api, name, probes, left_out, once, most, _may(item)))
    looking, back, back_once = map(str, (made.looking, made.putting_back, made.putting_back_once))
    rows.append(("", "look at credentials and records", "", "", looking, looking, "reads only"))
    if made.putting_back:
        rows.append(("", "put back what was found", "", "", back_once, back, "may write"))
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    lines = "".join(f"  {_row(row, widths)}\n" for row in rows)
    return (
        f"plan for {profile}, writes: {writes}; nothing was sent\n\n{lines}\n"
        f"at most {made.once} requests while nothing is found. A probe that finds something looks for the least that "
        f"shows\nit and runs {TIMES} times, if it can: {made.most} if each does, and never more. "
        "A probe of an operation also calls\nthose that read or undo its effect.\n" + _spent(made)
    )


def _spent(made: Plan) -> str:
    """What may stay changed, on which records."""
    if not made.spending:
        return ""
    names = "".join(f"  {name}\n" for name in made.spending)
    return f"\nWhat these change may stay changed; they run last, on spare records:\n{names}"


def _planned(
    selection: Selection, target: Target, operation: Operation, probes: Sequence[tuple[Probe, int]]
) -> tuple[Planned, int, int]:
    level = LEVELS[selection.level]
    once = most = owed = owed_once = run = left_out = 0
    writes = False
    for probe, seeds in probes:
        if unmet_need(probe, target):
            left_out += seeds
            continue
        times = seeds * _times(target, probe.writes)
        run += seeds
        once += seeds * probe.usual_bound(level.examples)
        most += times * probe.bound(level.examples)
        may_write = probe.writes and target.profile.writes is not Writes.NONE
        writes = writes or may_write
        if may_write and puts_back(target.profile, target.contract.api):
            owed += times * ROLLBACK_BUDGET
            owed_once += seeds * _PUT_BACK
    return Planned(target.contract.api, operation, run, left_out, once, most, writes), owed, owed_once


def _times(target: Target, writes: bool) -> int:
    """How often a probe runs at most: one with a finding runs again, unless its writes stay."""
    profile = target.profile
    stays = writes and profile.writes is Writes.ALLOWED and not (profile.worlds or puts_back(profile, target.api.api))
    return 1 if stays else TIMES


def _tokens(profile: Profile, api: str) -> int:
    return sum(len(sources) for sources in profile.apis[api].tokens.values())


def _may(item: Planned) -> str:
    return "may write" if item.writes else "reads only" if item.probes else ""


def _row(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(_cells(row, widths)).rstrip()


def _cells(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for column, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.rjust(width) if column in (2, 3, 4, 5) else text.ljust(width)
