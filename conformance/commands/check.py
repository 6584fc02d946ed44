"""`casepact check`: start or find the server, run the probes, weigh what they brought."""

from __future__ import annotations

import random
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.target_restore import not_put_back, put_back_entries, urls_of
from conformance.reports import WRITTEN, writing
from conformance.reports.document import checked, previous_of
from conformance.reports.run_result import RunResult
from conformance.rollback.interrupts import was_terminated
from conformance.rollback.write_journal import WriteJournal, journals_of
from conformance.runner import resuming
from conformance.runner.forked_workers import ForkedWorkers
from conformance.runner.managed_mocks import OwnMocks
from conformance.runner.plugin import ANCHOR, ProbeItem, puts_back
from conformance.runner.preflight import CredentialsRefused, present
from conformance.runner.progress import Progress
from conformance.runner.request_plan import plan, table
from conformance.runner.run_options import MOCK, RunOptions, without_address
from conformance.runner.run_verdict import remarks, said, suppressions_of, verdicts_of
from conformance.runner.selection import Selection
from conformance.runner.sharding import PartOfRun
from conformance.target.contracts import contract_for, contract_of, derived
from conformance.target.credentials import redactor_of
from conformance.target.errors import Unreachable
from conformance.target.profile import Profile, Writes, check_url, load_profile
from conformance.target.rate_limit import Overloaded, Pacer
from conformance.verdict import exchange_log, triage
from conformance.verdict.evidence import Evidence
from conformance.verdict.outcomes import ApiVerdict, Exit, exit_of
from conformance.verdict.triage import attributed
from specs.contract import Contract
from specs.flaws import CasepactError, UnknownName
from specs.project import unmodelled_documents, without_ledger

_UNUSED = (
    *("schemathesis", "hypothesispytest", "anyio", "xdist", "junitxml", "doctest", "logging", "warnings", "casepact"),
    # These three tidy up at the end of each process, for half a second.
    *("unraisableexception", "threadexception", "tmpdir"),
)
"""Plugins of pytest that probes have no use for."""


def check(options: RunOptions, mocks: OwnMocks) -> RunResult:
    """
    Run the probes and weigh the evidence; mocks that the run needs are started where `mocks` has none.

    A run that the environment cuts short ends with what was done until then. Raises `CasepactError` when the run cannot
    start, `Unreachable`, `Overloaded` or `CredentialsRefused` when the environment is why it cannot.
    """
    run = _Begun(options, datetime.now(UTC), time.monotonic(), previous_of(options.reports))
    if options.triage and options.on_mock:
        raise CasepactError("--triage holds a server beside our mock; name one with --target or --url.")
    if options.shard is not None:
        _check_shard(options)
    if options.reports.exists() and not options.reports.is_dir():
        raise CasepactError(f"--reports {options.reports} is a file; give a folder.")
    with ExitStack() as stack:
        selection, earlier = _selection(options, mocks), list[Evidence]()
        _check_servers(selection)
        if options.resume:
            selection, earlier, before = resuming.resumed(options.reports, selection)
            run = replace(run, previous=before and checked(before, options.reports / resuming.FILE))
        journal = _journal(selection, options, stack)
        selection = replace(selection, journal=str(journal.path) if journal is not None else "")
        suppressions = suppressions_of(selection, options.baseline, date.today())
        selection, pacer = _paced(selection, options, stack)
        _clear(options)
        for contract in (selection.contract(api) for api in selection.urls):
            profile, world = selection.profile(contract.api), f"{selection.run}-preflight"
            present(contract, profile, world, run=selection.run, pacer=pacer)
        with writing(options.reports):
            options.reports.mkdir(parents=True, exist_ok=True)
            (options.reports / exchange_log.FILE).touch()
        progress = Progress(earlier=earlier)
        code = pytest.main(_pytest_arguments(selection, options), plugins=_plugins(progress, selection, options))
        progress.clear()
    run = replace(run, evidence=tuple(progress.evidence), collected=tuple(progress.collected))
    if progress.errors:
        raise CasepactError("the probes could not be run: " + "; ".join(dict.fromkeys(progress.errors)))
    if code == pytest.ExitCode.USAGE_ERROR:
        raise CasepactError(f"-k '{options.keyword}' is not an expression; it looks like 'title and not generated'.")
    if code == pytest.ExitCode.NO_TESTS_COLLECTED and not earlier and selection.shard is None:
        raise CasepactError("no probe fits the selection; `casepact ledger` names statements and operations.")
    everything = selection.failed_only and progress.none_failed
    if everything:
        selection = replace(selection, failed_only=False)
    verdicts = verdicts_of(selection, progress.evidence, suppressions)
    owed = (
        not_put_back(journal, selection.target, options.journal_dir)
        if journal is not None and journal.unfinished()
        else ""
    )
    if owed and not progress.unreachable:
        return run.ended(selection, verdicts, Exit.COULD_NOT_RUN, owed)
    stopped = Exit.TERMINATED if was_terminated() else Exit.INTERRUPTED
    cut_short = Exit.ENVIRONMENT if progress.unreachable else stopped
    end = (
        cut_short
        if progress.unreachable or code == pytest.ExitCode.INTERRUPTED
        else exit_of(verdicts, shard=selection.shard is not None)
    )
    if end is cut_short:
        done = (*selection.done, *progress.done)
        resuming.save(options.reports, selection, done, progress.evidence, run.previous)
    else:
        resuming.forget(options.reports)
    end, advice = said(
        selection, verdicts, end, allow_unverified=options.allow_unverified, unreachable=progress.unreachable
    )
    advice += f" Then: {owed}" if owed else ""
    lines = remarks(selection, verdicts, suppressions)
    if options.on_mock and not options.apis:
        lines = (*lines, *(str(without_ledger(name)) for name in unmodelled_documents()))
    if everything:
        lines = ("--lf: no probe failed in the last run with these reports, so all were run.", *lines)
    if options.triage and end is not cut_short:
        attributions = _attributions(selection, options, progress.evidence)
        verdicts, lines = attributed(verdicts, attributions), (*lines, *triage.remarks(verdicts, attributions))
    return run.ended(selection, verdicts, end, advice, lines)


def _check_shard(options: RunOptions) -> None:
    """Raise `CasepactError` where a shard lacks what all shards must have in common, or has what they cannot have."""
    if options.seed is None and not options.resume:
        raise CasepactError(
            f"--shard {options.shard} needs --seed N, the same for each shard: it decides what is drawn."
        )
    if options.failed_only:
        raise CasepactError("--shard goes without --lf: which probes failed last time, each machine knows of its own.")
    if options.triage:
        raise CasepactError("--shard goes without --triage; run that alone, with -k and the seed of the shards.")


def _check_servers(selection: Selection) -> None:
    """Raise `CasepactError` for a shard that might work on records which another shard changes meanwhile."""
    if selection.shard is not None and selection.shares_records and not selection.shard_server:
        raise CasepactError(
            f"--shard {selection.shard}: probes write to this server, and without worlds shards that run at once "
            "would find each other's changes. Say --shard-server own where each shard has a server of its own, or "
            "--shard-server shared and run them one after the other, 1 first."
        )


def _clear(options: RunOptions) -> None:
    """Remove the reports of the run before: one that ends early must not leave them to be read as its own."""
    with writing(options.reports):
        for name in WRITTEN if options.resume else (*WRITTEN, exchange_log.FILE, resuming.FILE):
            (options.reports / name).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run that was begun: what was asked for, when, the report of the run before, and what probes brought since."""

    options: RunOptions
    at: datetime
    clock: float
    previous: Mapping[str, Any] | None
    evidence: tuple[Evidence, ...] = ()
    collected: tuple[str, ...] = ()

    def ended(
        self,
        selection: Selection,
        verdicts: tuple[ApiVerdict, ...],
        end: Exit,
        advice: str,
        lines: tuple[str, ...] = (),
    ) -> RunResult:
        """The run as it ended now."""
        seconds = time.monotonic() - self.clock
        return RunResult(
            selection,
            verdicts,
            end,
            advice,
            seconds,
            lines,
            datetime.now(UTC).isoformat(timespec="seconds"),
            self.at.isoformat(timespec="seconds"),
            self.previous,
            self.options.as_json(),
            redactor_of(selection.profile(next(iter(selection.urls)))),
            self.evidence if selection.shard is not None else (),
            self.collected,
        )


def _attributions(
    selection: Selection, options: RunOptions, evidence: Sequence[Evidence]
) -> dict[str, tuple[triage.Attribution, ...]]:
    """Run the same probes with the same seed on a mock of ours, and say of each finding who is wrong."""
    same = replace(options, target=MOCK, url="", apis=tuple(selection.urls), seed=selection.seed, failed_only=False)
    foreign = {api: selection.profile(api).apis[api].spec for api in selection.urls}
    same = replace(same, specs={api: spec for api, spec in foreign.items() if spec})
    # Apart, so that --lf and the bodies of findings are those of the server.
    same = replace(same, reports=options.reports / "triage", max_requests=0, max_seconds=0.0)
    (same.reports / exchange_log.FILE).unlink(missing_ok=True)
    # The requests name records of the server, which a mock that keeps its own does not have.
    with ExitStack() as stack, OwnMocks(stateless=True) as mocks:
        mock, _ = _paced(_selection(same, mocks), same, stack)
        progress = Progress()
        pytest.main(_pytest_arguments(mock, same), plugins=_plugins(progress, mock, same))
        progress.clear()
    return {api: triage.triage(selection.contract(api), evidence, progress.evidence) for api in selection.urls}


def planned(options: RunOptions) -> str:
    """What a run would send, as text; nothing is sent and no mock started. Raises `CasepactError` as `check` does."""
    selection = _selection(options, None)
    profile = selection.profile(next(iter(selection.urls)))
    return table(plan(selection, options.workers), profile.name, profile.writes)


def _paced(selection: Selection, options: RunOptions, stack: ExitStack) -> tuple[Selection, Pacer]:
    """
    The selection with the pacer that all processes of the run pass.

    On a server that is not a mock of ours the plan's bound is a budget, too: it is kept whatever happens.
    """
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="casepact-"))) / "pace"
    profiles = [selection.profile(api) for api in selection.urls]
    ours = all(profile.worlds for profile in profiles)
    bounds = [options.max_requests, 0 if ours else plan(selection, options.workers).most]
    most = min(filter(None, bounds), default=0)
    pacer = Pacer.fresh(path, rate=selection.rate, most=most, seconds=options.max_seconds, endures_errors=ours)
    stack.callback(pacer.close)
    return replace(selection, pacer=str(path)), pacer


def _selection(options: RunOptions, mocks: OwnMocks | None) -> Selection:
    """What the run does; where nothing will be sent there are no mocks, and any address does."""
    if options.url:
        if len(options.apis) != 1 and not options.specs:
            raise CasepactError("--url needs exactly one --api: which contract does that address promise to keep?")
        url = check_url(options.url)
        target, urls = "", dict.fromkeys(options.specs or options.apis, url)
        _check_names(options, [_contract(options, None, api) for api in urls])
    else:
        target = options.target or MOCK
        profile = load_profile(target)
        chosen = options.chosen(profile)
        _check_names(options, [_contract(options, profile, api) for api in chosen])
        ours = [api for api in chosen if api not in options.specs]
        urls = {api: profile.apis[api].url if api in ours else "" for api in chosen}
        missing = without_address(profile, ours)
        if missing and target != MOCK:
            raise CasepactError(f"the target '{target}' names no url for {', '.join(missing)}.")
        if mocks is None:
            urls |= dict.fromkeys((*missing, *options.specs), "http://127.0.0.1")
        else:
            mocks.start(missing, profile)
            mocks.start_foreign(options.specs)
            urls |= mocks.urls((*missing, *options.specs))
    return Selection(
        target=target,
        urls=urls,
        seed=options.seed if options.seed is not None else random.SystemRandom().randrange(10**6),
        level=options.level,
        strict=options.strict,
        run=f"check-{uuid.uuid4().hex[:6]}",
        reports=str(options.reports),
        statement=options.statement,
        operation=options.operation,
        keyword=options.keyword,
        specs=options.specs,
        failed_only=options.failed_only,
        shard=options.shard,
        shard_server=options.shard_server,
    )


def _contract(options: RunOptions, profile: Profile | None, api: str) -> Contract:
    """The contract of an API of the run; raises `CasepactError` for one that there is not, or that the target lacks."""
    if api in options.specs:
        return derived(options.specs[api], api)
    if profile is not None and api in profile.apis and profile.apis[api].spec:
        return contract_for(profile.apis[api])
    contract = contract_of(api)
    if profile is not None and api not in profile.apis:
        raise CasepactError(
            f"the target '{options.target or MOCK}' has no API '{api}'; it has {', '.join(profile.apis)}."
        )
    return contract


def _journal(selection: Selection, options: RunOptions, stack: ExitStack) -> WriteJournal | None:
    """
    The write journal of a target whose writes are put back, held for this run alone; None for other targets.

    Where any write is allowed, what earlier runs left is put back now. Raises `CasepactError` when that fails, and on
    other targets when an earlier run left records that are not put back: they would be taken for the start.
    """
    writing = [selection.profile(api) for api in selection.urls if puts_back(selection.profile(api), api)]
    if not writing:
        return None
    if options.workers > 1:
        raise CasepactError(
            f"-n {options.workers}: the probes of the target '{selection.target}' share its records, so they run one "
            "after the other. Leave -n out."
        )
    journals = journals_of(selection.target, urls_of(load_profile(selection.target)), options.journal_dir)
    for journal in journals:
        stack.enter_context(journal.held())
        if journal.unfinished() and writing[0].writes is Writes.ALLOWED:
            put_back_entries(selection.target, journal)
        if journal.unfinished():
            raise CasepactError(not_put_back(journal, selection.target, options.journal_dir))
        stack.callback(journal.forget)
    return journals[-1]


def _check_names(options: RunOptions, contracts: Sequence[Contract]) -> None:
    """Refuse a statement or operation that none of these APIs has; without it the run would test nothing."""
    statements = {name for contract in contracts for name in contract.ledger.statements}
    operations = {name for contract in contracts for name in contract.operations}
    if options.statement and options.statement not in statements:
        raise UnknownName("statement", options.statement, statements)
    if options.operation and options.operation not in operations:
        raise UnknownName("operation", options.operation, operations)


def _pytest_arguments(selection: Selection, options: RunOptions) -> list[str]:
    arguments = [str(ANCHOR), "--casepact", selection.as_text(), "-p", "conformance.runner.plugin"]
    arguments += ["-c", str(ANCHOR.parent.parent / "pytest.ini"), "--rootdir", str(ANCHOR.parent.parent)]
    arguments += ["-o", f"cache_dir={Path(selection.reports).resolve() / '.cache'}"]
    # Probes hold no `assert`, for which pytest would compile our modules anew. Output is kept in memory: processes that
    # are forked would share a file.
    arguments += ["--assert", "plain", "--capture", "sys"]
    for plugin in _UNUSED:
        arguments += ["-p", f"no:{plugin}"]
    if selection.keyword:
        arguments += ["-k", selection.keyword]
    if options.failed_only:
        arguments += ["--lf", "--lfnf=all"]
    return arguments


def _plugins(progress: Progress, selection: Selection, options: RunOptions) -> list[object]:
    def mine(items: Sequence[pytest.Item]) -> list[bool]:
        return selection.mine([item.piece for item in items if isinstance(item, ProbeItem)])

    part = PartOfRun(mine, selection.done)
    return [progress, part, *([ForkedWorkers(options.workers)] if options.workers > 1 else [])]


__all__ = ["CredentialsRefused", "Overloaded", "Unreachable", "check", "planned"]
