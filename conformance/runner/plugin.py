"""pytest plugin: every probe is an item, whatever process runs it; its evidence travels with the report."""

from __future__ import annotations

import json
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.probes.context import Probe, ProbeContext, ProbeMistake
from conformance.rollback.guard import RollbackGuard, asking, carried_out
from conformance.rollback.interrupts import Interrupts
from conformance.rollback.inverses import INVERSES, State
from conformance.rollback.preconditions import Preconditions, failing
from conformance.rollback.write_journal import WriteJournal
from conformance.runner.preflight import harmless_read, present
from conformance.runner.reruns import IRREVERSIBLE, confirmed, repeated
from conformance.runner.selection import LEVELS, Selection, from_text
from conformance.target.client import Target
from conformance.target.errors import (
    BoundReached,
    CredentialMissing,
    EngineFailure,
    GatewayAnswer,
    LoginsSpent,
    Undeclared,
    Unreachable,
    WriteForbidden,
)
from conformance.target.needs import UnmetNeed, missing_needs
from conformance.target.profile import Profile, Writes
from conformance.target.rate_limit import Overloaded, Pacer, Spent
from conformance.target.tokens import CredentialsRefused
from conformance.verdict.evidence import Evidence, Unmet, UnmetKind, forbidden, from_json, gathered
from conformance.verdict.exchange_log import FILE, ExchangeLog
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.roles import Role, ids_of, kind_of, load_roles
from specs.statements import Side

ANCHOR = Path(__file__).parents[1] / "probes" / "__init__.py"
"""The file that stands for all probes on pytest's command line."""

PROPERTY = "casepact"

ENVIRONMENT = (Unreachable, Overloaded, CredentialsRefused)
"""What ends a run without a verdict."""

_WALKED_INTO = (LookupError, TypeError, AttributeError)
"""What comes of an answer that has not the members that a probe looks for."""

GATEWAY_RUNS = 3
"""How often a probe is begun again because a gateway answered in place of the server."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the selection as one option, so that worker processes get it too."""
    parser.addoption("--casepact", default="", help="the selection, as JSON")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the probes where pytest was pointed at the anchor."""
    text = parent.config.getoption("--casepact")
    if file_path == ANCHOR and text:
        return ProbeFile.from_parent(parent, path=file_path, selection=from_text(text))
    return None


class ProbeFile(pytest.File):
    """All probes of a run."""

    def __init__(self, *, selection: Selection, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.selection = selection

    def collect(self) -> Iterator[pytest.Item]:
        """
        One item per probe and API, named so that `-k` finds API, operation and member.

        Probes of one name, as of two limits of a member, are numbered: worlds and ids of exchanges go by the name.
        """
        times: Counter[str] = Counter()
        position = 0
        workshops = {api: ApiSession(self.selection, self.selection.contract(api)) for api in self.selection.urls}
        for seed in self.selection.seeds():
            for api, api_session in workshops.items():
                for probe in self._made(api_session.contract):
                    key = f"{api} {probe.operation} {probe.name}"
                    name = key if seed == self.selection.seed else f"{key} (seed {seed})"
                    times[name] += 1
                    if times[name] > 1:
                        name = f"{name} #{times[name]}"
                    position += 1
                    yield ProbeItem.from_parent(
                        self,
                        name=name,
                        probe=probe,
                        api_session=api_session,
                        key=key,
                        seed=seed,
                        position=position,
                    )

    def _made(self, contract: Contract) -> list[Probe]:
        """The probes of one API; what goes wrong where they are made is reported with its line."""
        try:
            return self.selection.probes(contract)
        except CasepactError:
            raise
        except Exception as error:
            raise self.CollectError(f"{contract.api}: {_described(error)}") from error


class ApiSession:
    """What the probes of one API share in a process: the target, looked at once before the first of them."""

    def __init__(self, selection: Selection, contract: Contract) -> None:
        self.selection, self.contract = selection, contract
        self.in_turn = contract.api if selection.profile(contract.api).apis[contract.api].serial else ""
        self.preconditions: Preconditions | None = None
        self.roles = load_roles(contract.api)
        self._target: Target | None = None
        self._lost: CasepactError | None = None

    def target(self) -> Target:
        """The target; raises `Unreachable`, `Overloaded` or `CredentialsRefused`."""
        if self._lost is not None:
            raise self._lost
        if self._target is None:
            profile: Profile = self.selection.profile(self.contract.api)
            world = f"{self.selection.run}-preflight"
            run, pacer = self.selection.run, Pacer.shared(Path(self.selection.pacer)) if self.selection.pacer else None
            try:
                known = present(self.contract, profile, world, run=run, pacer=pacer)
                self._target = Target(self.contract, known, run=run, pacer=pacer)
                if not profile.worlds:
                    self._target.harmless_read = harmless_read(self._target)
                    self.preconditions = Preconditions(self._target.api, self.roles, asking(self._target))
            except ENVIRONMENT as error:
                self._lost = error
                raise
        return self._target

    def records_for(
        self, probe: Probe, changed: frozenset[str] = frozenset(), *, fresh: bool = False
    ) -> Mapping[str, Mapping[str, Any]]:
        """
        The records that a probe runs on: the profile's, or a spare one for each that it may leave changed.

        `changed` are ids of records that an earlier run of the probe left otherwise than it found them: on those it
        would find something else, so a spare one stands in, if there is one. So it does for the record that the spare
        ones are like, if that is not as it must be, and with `fresh` in any case. Raises `UnmetNeed` where the target
        has no worlds and no spare record is left that fits a role which the probe spends, or the one that a fresh
        record is asked for.
        """
        assert self._target is not None, "a probe runs after the target was looked at"
        records = dict(self._target.api.records)
        if self.preconditions is None:
            return records
        self._require_spares(probe, records, fresh=fresh)
        like = [role.spare for role in self.roles.spares() if role.name in records]
        must = [*probe.spends, *(([role for role in like if role in probe.needs] or like[:1]) if fresh else [])]
        free = {
            kind: [(id, type(records[role.name]["id"])) for role in roles for id in ids_of(records.get(role.name, {}))]
            for kind, roles in _by_kind(self.roles.spares()).items()
        }
        free = {kind: [item for item in ids if item[0] not in changed] for kind, ids in free.items()}
        worn = [role for role, held in records.items() if kind_of(role) in free and str(held["id"]) in changed]
        # An earlier probe could not put it back, or somebody else changed it.
        worn += [role for role in like if role in {*probe.needs} & records.keys() and self.preconditions.unmet([role])]
        for role in dict.fromkeys([*must, *worn]):
            for id, type_ in free.get(kind_of(role), ()):
                stand_in = {**records, role: {**records.get(role, {}), "id": type_(id)}}
                if not self.preconditions.unmet([role], api=replace(self._target.api, records=stand_in)):
                    records = stand_in
                    free[kind_of(role)].remove((id, type_))
                    break
            else:
                if role in must:
                    raise UnmetNeed(self._no_spare(role))
        return records

    def _require_spares(self, probe: Probe, records: Mapping[str, Any], *, fresh: bool) -> None:
        """Raise `UnmetNeed` where the profile has no records that the probe may use up, or be run on once more."""
        for role in probe.spends:
            spares = self.roles.spares(kind_of(role))
            if not any(spare.name in records for spare in spares):
                spare = next((spare.name for spare in spares), f"{kind_of(role)}.spare")
                raise UnmetNeed(f"needs record {spare}: what it changes of {', '.join(probe.spends)} may stay changed")
        if fresh and not any(role.name in records for role in self.roles.spares()):
            raise UnmetNeed("needs spare records to be run on")

    def _no_spare(self, role: str) -> str:
        """That no spare record is as this role must be, and what to do."""
        spares = " or ".join(spare.name for spare in self.roles.spares(kind_of(role)))
        return f"needs another {spares} that is as {role} must be; none is left, so give it more ids as `others`"

    def hidden(self, text: str) -> str:
        """A text as a reader may see it."""
        return self._target.hidden(text) if self._target else text

    def without_secrets(self, evidence: Evidence) -> Evidence:
        """Evidence in which every text is as a reader may see it: it goes to reports, and to other processes before."""
        if self._target is None:
            return evidence
        # The kind is a word of ours, and stays one that can be read even where a secret is the same word.
        unmet = evidence.unmet and replace(evidence.unmet, text=self.hidden(evidence.unmet.text))
        shown = self._target.redactor.json(replace(evidence, unmet=None).as_json())
        return replace(from_json(shown), unmet=unmet)


class ProbeItem(pytest.Item):
    """One probe."""

    def __init__(
        self, *, probe: Probe, api_session: ApiSession, key: str, seed: int, position: int, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.probe, self.api_session, self.key, self.seed = probe, api_session, key, seed
        self.position = position
        """Its place among all probes of the run, whichever of them run here."""
        self._left: list[str] = []
        self._runs = 0
        self._changed: frozenset[str] = frozenset()
        self._stays: frozenset[str] = frozenset()
        """Ids of records that the last run left changed, though it put back what it could."""
        self._changed_meanwhile = self._doubt = ""
        self._found: Mapping[str, State] = {}
        self.in_turn = api_session.in_turn
        """What the worker processes ask: items of the same text run one after the other."""
        self.piece = api_session.selection.piece(api_session.contract, probe, in_turn=bool(self.in_turn))

    def runtest(self) -> None:
        """Run the probe, again when it brought a finding; fails when a finding fails the run."""
        evidence = self._undisturbed()
        if evidence.against and not self.session.shouldstop:
            others = not self.api_session.selection.profile(self.api_session.contract.api).worlds
            obstacle = self._obstacle()
            if self._doubt:
                evidence = confirmed(evidence, self._elsewhere, self._doubt, obstacle)
            else:
                evidence = repeated(
                    evidence, self._undisturbed, obstacle, elsewhere=self._elsewhere if others else None
                )
        evidence = self.api_session.without_secrets(replace(evidence, position=self.position))
        self.user_properties.append((PROPERTY, json.dumps(evidence.as_json())))
        if evidence.unreachable or evidence.crashed or self._fails(evidence):
            raise ProbeFailed(evidence)

    def teardown(self) -> None:
        """Let go of the evidence, which has been handed on by now: a long run must not hold all of it."""
        self.user_properties = []

    def _elsewhere(self, turn: int) -> Evidence:
        """What the probe brings on a record that none of its runs has touched yet."""
        return self._undisturbed(turn, fresh=True)

    def _undisturbed(self, turn: int = 1, *, fresh: bool = False) -> Evidence:
        """What the probe brings when it is run for the nth time; begun again when a gateway cut in."""
        for _ in range(GATEWAY_RUNS):
            evidence, disturbed = self._once(turn, fresh=fresh)
            if not disturbed:
                break
        return evidence

    def _once(self, turn: int, *, fresh: bool = False) -> tuple[Evidence, bool]:
        """What one run of the probe brings, in a world of its own, and whether a gateway cut in."""
        selection, contract = self.api_session.selection, self.api_session.contract
        bodies = Path(selection.reports) / "bodies"
        ctx: ProbeContext | None = None
        unmet: Unmet | None = None
        crashed = unreachable = ""
        disturbed = False
        started, began = datetime.now(UTC).isoformat(timespec="milliseconds"), time.monotonic()
        self._left, self._found, self._changed_meanwhile, self._doubt = [], {}, "", ""
        self._stays = frozenset()
        try:
            target = self.api_session.target()
            ctx = ProbeContext(
                target,
                self._world(turn),
                key=self.key,
                seed=self.seed,
                examples=LEVELS[selection.level].examples,
                fuzzing=LEVELS[selection.level].fuzzing,
                # What the first run finds for want of patience, the others do not.
                patient=turn > 1,
            )
            unmet = unmet_need(self.probe, target)
            if unmet is None:
                self._on_records(ctx, turn, fresh=fresh)
        except (GatewayAnswer, EngineFailure) as error:
            unmet, disturbed = Unmet(UnmetKind.ENVIRONMENT, f"environment: {error}"), True
        except (UnmetNeed, CredentialMissing, Undeclared) as error:
            unmet = Unmet(UnmetKind.NEED, str(error))
        except (BoundReached, LoginsSpent, Spent) as error:
            unmet = Unmet(UnmetKind.LIMIT, str(error))
        except WriteForbidden as error:
            unmet = forbidden(error.reason)
        except ENVIRONMENT as error:
            unreachable = str(error)
            self.session.shouldstop = "the target does not answer"
        except ProbeMistake as error:
            crashed = f"{error} ({_place(error)})"
        except Exception as error:  # noqa: BLE001 # whatever a probe does wrong is reported as its mistake
            if isinstance(error, _WALKED_INTO) and ctx is not None and ctx.left_out:
                unmet = forbidden(f"cannot be put back: {'; '.join(dict.fromkeys(ctx.left_out.values()))}")
            # A probe that walks into an answer which the checks have found broken says nothing more.
            elif not isinstance(error, _WALKED_INTO) or ctx is None or all(item.judgement.held for item in ctx.judged):
                crashed = _described(error)
        probe = self.probe
        if ctx is None:
            empty = Evidence(contract.api, probe.name, probe.operation, probe.serves, unmet=unmet, crashed=crashed)
            return replace(empty, unreachable=unreachable, started=started), disturbed
        if disturbed or self._changed_meanwhile:
            for judged in ctx.judged:
                if not judged.judgement.held:
                    # Neither a finding nor verified: nobody knows.
                    ctx.unsettled.setdefault(judged.judgement.statement, unmet.text if unmet else "")
                    if self._changed_meanwhile:
                        ctx.unsettled[judged.judgement.statement] = self._changed_meanwhile
            ctx.judged = [judged for judged in ctx.judged if judged.judgement.held]
        log = ExchangeLog(ctx.target, f"{probe.operation} {probe.name}", self._log_key())
        evidence = gathered(probe, ctx, bodies, log, unmet=unmet, crashed=crashed, unreachable=unreachable)
        log.write(Path(selection.reports) / FILE)
        return replace(evidence, started=started, seconds=time.monotonic() - began), disturbed

    def _on_records(self, ctx: ProbeContext, turn: int, *, fresh: bool) -> None:
        """Run the probe on the records that it presumes; raises `UnmetNeed` where there are none, or no longer."""
        target = ctx.target
        if turn == 1:
            self._changed = frozenset()
        records = self.api_session.records_for(self.probe, self._changed, fresh=fresh)
        if fresh:
            known = target.api.records
            self._changed |= {str(held["id"]) for role, held in records.items() if held != known.get(role)}
        with target.on_records(records):
            self._require()
            with target.bounded(self.probe.bound(ctx.examples)):
                self._run(ctx)
            if any(not judged.judgement.held for judged in ctx.judged):
                # A finding rests on what the probe presumes; if that changed meanwhile, on nothing.
                self._require_still(ctx, again=turn > 1 and not fresh)

    def _require(self) -> None:
        """Read what the probe presumes of its records where others use them; raises `UnmetNeed` where it is not so."""
        preconditions = self.api_session.preconditions
        if preconditions is not None:
            reason = preconditions.unmet(self.probe.needs, api=self.api_session.target().api)
            if reason:
                raise UnmetNeed(reason)

    def _require_still(self, ctx: ProbeContext, *, again: bool) -> None:
        """
        Read once more what the probe presumes; raises `UnmetNeed` where others have changed it since.

        What the probe's own writes are said to change, or the run has seen left changed, counts as it was before the
        first of them. What a write that was carried out changes without a word of the contract is in doubt: others may
        have done it, or the server. Where the probe is run `again`, that counts as changed by others.
        """
        preconditions, api = self.api_session.preconditions, ctx.target.api
        written = carried_out(ctx.target, ctx.history)
        if preconditions is None or (self._left and not self._stays and written.described):
            return
        unfit = preconditions.unfit(self.probe.needs, fresh=True, api=api)
        others, doubted = [], []
        for item in unfit:
            if written.described and item.id in self._stays:
                # The probe itself left it changed, which the run says already.
                continue
            before = self._found.get(item.id)
            if item.id not in written.ids or before is None or failing(item.condition, before, api.records):
                others.append(item)
            elif item.member not in written.members:
                doubted.append(item)
        if again:
            others += doubted
        if others:
            self._changed_meanwhile = "dropped: " + "; ".join(dict.fromkeys(item.changed for item in others))
            raise UnmetNeed("; ".join(dict.fromkeys(f"needs {item}" for item in others)))
        self._doubt = "dropped: " + "; ".join(dict.fromkeys(item.changed for item in doubted)) if doubted else ""

    def _run(self, ctx: ProbeContext) -> None:
        """Run the probe; on a server without worlds, put back what it changed, also after Ctrl-C or SIGTERM."""
        profile = ctx.target.profile
        if not self.probe.writes or not puts_back(profile, ctx.contract.api):
            self.probe.run(ctx)
            return
        with Interrupts() as interrupts:
            journal = WriteJournal(Path(self.api_session.selection.journal))
            guard = RollbackGuard(
                ctx.target, journal, interrupts, self.name, self.probe.needs, self.api_session.preconditions
            )
            ctx.without_obstacles, ctx.left_out = guard.without_obstacles, guard.forbidden
            try:
                with guard.rolling_back():
                    self.probe.run(ctx)
            finally:
                self._left, self._found = guard.left, guard.found
                self._stays = guard.changed if guard.left else frozenset()
                self._changed |= guard.changed
                if guard.left and profile.writes is Writes.REVERSIBLE:
                    # Nothing more is done to records that are not as they were; the journal has the rest.
                    self.session.shouldstop = "records could not be put back"
        if interrupts.pending:
            raise interrupts.stop

    def _obstacle(self) -> str:
        """Why the probe must not be run a second time, or an empty text."""
        profile = self.api_session.selection.profile(self.api_session.contract.api)
        stays = self._left or not puts_back(profile, self.api_session.contract.api)
        again = profile.worlds or not self.probe.writes or profile.writes is not Writes.ALLOWED or not stays
        return "" if again else IRREVERSIBLE

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One line, without secrets; the findings are printed at the end of the run."""
        return self.api_session.hidden(str(excinfo.value))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the item stands."""
        return self.path, None, self.name

    def _world(self, turn: int) -> str:
        world = f"{self.api_session.selection.run}-{zlib.crc32(self.name.encode()):08x}"
        return world if turn == 1 else f"{world}-{turn}"

    def _log_key(self) -> str:
        """What sets the exchanges of this run of the probe apart, the same with the same seed."""
        self._runs += 1
        name, part = f"{zlib.crc32(self.name.encode()):08x}", self.api_session.selection.part
        if part > 1:
            name = f"{name}r{part}"
        return name if self._runs == 1 else f"{name}.{self._runs}"

    def _fails(self, evidence: Evidence) -> bool:
        ledger, strict = self.api_session.contract.ledger, self.api_session.selection.strict
        return any(
            not item.unstable and (strict or ledger[item.statement].standing_of(Side(item.side)).binds)
            for item in evidence.against
        )


class ProbeFailed(Exception):
    """A probe brought findings; its text names them."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        super().__init__(
            evidence.unreachable
            or evidence.crashed
            or "; ".join(f"{item.statement}: {item.title}" for item in evidence.against)
        )


def _described(error: Exception) -> str:
    """An exception in one line, with the place at which it came up."""
    return f"{type(error).__name__}: {' '.join(str(error).split())} ({_place(error)})"


def _place(error: Exception) -> str:
    """The line of a probe at which an exception came up, or the innermost line where no probe's is among them."""
    frames = traceback.extract_tb(error.__traceback__)
    of_probes = [frame for frame in frames if "probes" in Path(frame.filename).parts[:-1]]
    frame = (of_probes or frames)[-1]
    return f"{'/'.join(Path(frame.filename).parts[-3:])}:{frame.lineno}"


def puts_back(profile: Profile, api: str) -> bool:
    """Whether what probes change is put back: on any server that may be written to and has no worlds."""
    if profile.writes is Writes.REVERSIBLE:
        return True
    return profile.writes is Writes.ALLOWED and not profile.worlds and api in INVERSES


def _by_kind(spares: Iterable[Role]) -> dict[str, list[Role]]:
    """Roles of spare records by kind."""
    found: dict[str, list[Role]] = {}
    for role in spares:
        found.setdefault(kind_of(role.name), []).append(role)
    return found


def unmet_need(probe: Probe, target: Target) -> Unmet | None:
    """What keeps this probe from being begun on the target, None where nothing does."""
    profile = target.profile
    if probe.writes and not probe.unauthorized and profile.writes is Writes.NONE:
        return forbidden()
    if probe.writes and probe.generated and profile.writes is Writes.REVERSIBLE:
        return forbidden("generated requests are not confined to what can be put back")
    if probe.generated and not profile.worlds and target.contract.operation(probe.operation).gives_token:
        return Unmet(UnmetKind.LIMIT, "no passwords are drawn for a server that may lock accounts")
    contract = target.contract
    # Where nobody is asked for a credential, nobody needs one.
    asked = contract.operation(probe.operation).asks_for_credential
    default = (f"actor:{contract.default_actor}",) if asked else ()
    missing = missing_needs((*probe.needs, *default), target.api, load_roles(contract.api))
    if missing and not contract.dialect.modelled:
        schemes = " or ".join(" and ".join(names) for names in contract.operation(probe.operation).security)
        return Unmet(UnmetKind.NEED, f"needs a credential ({schemes}) of actor {contract.default_actor} in a profile")
    return Unmet(UnmetKind.NEED, f"needs {', '.join(missing)}") if missing else None
