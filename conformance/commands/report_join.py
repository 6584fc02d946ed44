"""`casepact report join`: the shards of a run → one verdict, as if one machine had run all of it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from conformance.reports import WRITTEN, writing
from conformance.reports.document import FILE, Report, load, previous_of
from conformance.reports.run_result import JoinedShard, RunResult
from conformance.reports.shards import ShardReport
from conformance.runner.run_options import MOCK
from conformance.runner.run_verdict import remarks, said, suppressions_of, verdicts_of
from conformance.runner.selection import Selection
from conformance.runner.sharding import OWN, SHARED, digest
from conformance.target.contracts import digest_of
from conformance.target.profile import is_loopback
from conformance.verdict import exchange_log
from conformance.verdict.evidence import Evidence, from_json, together
from conformance.verdict.exchange_log import Exchanges
from conformance.verdict.outcomes import ApiVerdict, Exit, exit_of
from specs.flaws import CasepactError
from specs.project import unmodelled_documents, without_ledger
from specs.version import installed_version

_OF_A_MACHINE = frozenset(
    ("shard", "reports", "workers", "journal_dir", "max_requests", "max_seconds", "resume", "specs", "target", "url")
)
"""Options that may differ from shard to shard, or that are compared by what came of them."""

_CUT_SHORT = (Exit.ENVIRONMENT, Exit.TERMINATED, Exit.INTERRUPTED)

_BODIES = "bodies"
_BODY = re.compile(r"[0-9a-f]{16}\.bin")


@dataclass(frozen=True, slots=True)
class ShardRead:
    """A shard's report as it was read from a file."""

    file: Path
    report: Report
    shard: ShardReport = field(repr=False)

    @property
    def number(self) -> str:
        """The shard as its option names it, "2/5"."""
        return f"{self.shard['index']}/{self.shard['total']}"

    @property
    def exchanges(self) -> Path:
        """The file with its exchanges."""
        return self.file.parent / self.report["exchange_file"]

    @property
    def end(self) -> Exit:
        """How it ended."""
        return Exit(self.report["exit"]["word"])


def read_shards(paths: Sequence[Path]) -> list[ShardRead]:
    """
    The shards of one run, in their order; a folder stands for the report.json in it.

    Raises `CasepactError` for a file that is not a shard's report, and for shards that do not make up one run.
    """
    shards = sorted(map(_read, paths), key=lambda item: item.shard["index"])
    _require_each_once(shards)
    _require_alike(shards)
    _require_in_turn(shards)
    return shards


def join(
    shards: Sequence[ShardRead], folder: Path, *, baseline: Path | None = None, allow_unverified: bool = False
) -> RunResult:
    """
    The run that these shards make, with its reports in this folder.

    `baseline` and `allow_unverified` are those of the shards where they are not given. Raises `CasepactError` where
    contracts or profile are not here as the shards had them.
    """
    first = shards[0].report
    options = {
        name: value for name, value in first["options"].items() if name not in ("shard", "shard_server", "reports")
    }
    selection = replace(_selection(shards[0], folder), run=_run_name(shards))
    _require_here(selection, shards[0])
    evidence = together(_evidence(shards, folder))
    if not evidence:
        raise CasepactError("no probe fits the selection; `casepact ledger` names statements and operations.")
    known = baseline or (Path(str(options["baseline"])) if "baseline" in options else None)
    suppressions = suppressions_of(selection, known, date.today())
    verdicts = verdicts_of(selection, evidence, suppressions)
    end, advice = _end(selection, shards, verdicts, allow_unverified or bool(options.get("allow_unverified")))
    lines = remarks(selection, verdicts, suppressions)
    if selection.target == MOCK and not options.get("apis"):
        lines = (*lines, *(str(without_ledger(name)) for name in unmodelled_documents()))
    return RunResult(
        selection,
        verdicts,
        end,
        advice,
        sum(item.report["seconds"] for item in shards),
        (*lines, _remark(shards)),
        max(item.report["time"] for item in shards),
        min(item.report["started"] for item in shards),
        previous_of(folder),
        options,
        joined=tuple(map(_joined, shards)),
    )


def gather(shards: Sequence[ShardRead], folder: Path) -> tuple[str, ...]:
    """
    Put the exchanges and bodies of all shards into the folder of the joined reports, and clear it of older ones.

    Returns the shards of which exchanges are missing. Raises `CasepactError` where the folder is that of a shard, or
    cannot be written.
    """
    if folder.resolve() in {item.file.parent.resolve() for item in shards}:
        raise CasepactError(f"{folder} holds the report of a shard; give another folder with -o.")
    found: set[str] = set()
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in WRITTEN:
            (folder / name).unlink(missing_ok=True)
        with (folder / exchange_log.FILE).open("wb") as written:
            for file in dict.fromkeys(item.exchanges.resolve() for item in shards):
                for exchange in Exchanges(file):
                    if exchange["id"] not in found:
                        found.add(exchange["id"])
                        written.write(orjson.dumps(exchange) + b"\n")
        for body in (body for item in shards for body in (item.file.parent / _BODIES).glob("*.bin")):
            if _BODY.fullmatch(body.name) and body.is_file():
                (folder / _BODIES).mkdir(exist_ok=True)
                shutil.copyfile(body, folder / _BODIES / body.name)
    return tuple(item.number for item in shards if not _named_in(item) <= found)


def _read(path: Path) -> ShardRead:
    file = path / FILE if path.is_dir() else path
    report = load(file)
    shard = report.get("shard")
    if shard is None:
        what = "joined shards already" if report.get("joined") else "a whole run"
        raise CasepactError(f"{file} is the report of {what}, not of a shard (casepact check --shard).")
    if shard["index"] > shard["total"]:
        raise CasepactError(f"{file} is of shard {shard['index']}/{shard['total']}, which there cannot be.")
    return ShardRead(file, report, shard)


def _require_each_once(shards: Sequence[ShardRead]) -> None:
    first, total = shards[0], shards[0].shard["total"]
    by_index: dict[int, ShardRead] = {}
    for item in shards:
        if item.shard["total"] != total:
            raise CasepactError(
                f"{first.file} is shard {first.number}, {item.file} is shard {item.number}: they are not of one run."
            )
        other = by_index.setdefault(item.shard["index"], item)
        if other is not item:
            raise CasepactError(f"shard {item.number} is there twice: {other.file} and {item.file}. Leave one out.")
    missing = [f"{index}/{total}" for index in range(1, total + 1) if index not in by_index]
    if missing:
        raise CasepactError(
            f"shard {', '.join(missing)} is missing; the verdict is that of all {total}. Run and name each."
        )


def _require_alike(shards: Sequence[ShardRead]) -> None:
    """Raise `CasepactError` where two shards differ in what makes a run the same run."""
    for what, of, advice in _SAME:
        first = of(shards[0])
        for item in shards[1:]:
            if (other := of(item)) != first:
                raise CasepactError(
                    f"shards {shards[0].number} and {item.number} have different {what}: {_brief(first)} "
                    f"({shards[0].file}) and {_brief(other)} ({item.file}). {advice}"
                )


def _require_in_turn(shards: Sequence[ShardRead]) -> None:
    """Raise `CasepactError` where shards worked on the records of one server at the same time, or in another order."""
    if not shards[0].shard["shares_records"] or shards[0].shard["server"] != SHARED:
        return
    for one, other in pairwise(shards):
        ended, began = one.report["time"], other.report["started"]
        if _moment(other, began) < _moment(one, ended):
            raise CasepactError(
                f"shard {other.number} began at {began}, before shard {one.number} ended at {ended}: on a shared "
                "server each may have found the other's changes. Run them one after the other, 1 first, or give each a "
                "server of its own (--shard-server own)."
            )


def _moment(item: ShardRead, text: str) -> datetime:
    """A moment of a report; raises `CasepactError` for what is not one."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None:
        raise CasepactError(f"{item.file}: '{text}' is not a moment in UTC, as 2026-03-01T10:00:00+00:00.")
    return moment


def _require_here(selection: Selection, first: ShardRead) -> None:
    """Raise `CasepactError` where this machine would judge by something else than the shards were run by."""
    wrote, here = first.report["tool"]["version"], installed_version()
    if wrote != here:
        raise CasepactError(f"the shards are of casepact {wrote}, this is {here}; join them with {wrote}.")
    if selection.profile_digest != first.shard["profile_digest"]:
        raise CasepactError(
            f"the profile of '{selection.of}' is not here as the shards had it; join them where they ran."
        )
    for api, report in first.report["apis"].items():
        if digest_of(selection.contract(api)) != report.get("digest"):
            raise CasepactError(f"the contract of {api} is not here as the shards had it; join them where they ran.")


def _selection(first: ShardRead, folder: Path) -> Selection:
    report, shard = first.report, first.shard
    options = {name: str(value) for name, value in report["options"].items()}
    if not shard["target"] and len(report["apis"]) != 1:
        raise CasepactError(f"{first.file}: shard/target is empty, but an address has one API.")
    return Selection(
        target=shard["target"],
        urls={name: api["url"] for name, api in report["apis"].items()},
        seed=report["seed"],
        level=report["level"],
        strict=report["strict"],
        run="",
        reports=str(folder),
        statement=options.get("statement", ""),
        operation=options.get("operation", ""),
        keyword=options.get("keyword", ""),
        specs={api: _here(Path(file), api) for api, file in shard["documents"].items()},
        secrets=False,
    )


def _here(file: Path, api: str) -> str:
    """The document of a foreign contract on this machine; raises `CasepactError` where it is not there."""
    if not file.is_file():
        raise CasepactError(f"{file}, the document of {api}, is not here; join the shards where they were run.")
    return str(file.resolve())


def _evidence(shards: Sequence[ShardRead], folder: Path) -> list[Evidence]:
    """What the probes of all shards brought; commands name the bodies where they lie by then."""
    found: list[Evidence] = []
    for item in shards:
        moved = _moving(Path(item.shard["folder"]) / _BODIES, folder / _BODIES)
        for data in item.shard["evidence"]:
            if data["api"] not in item.report["apis"]:
                raise CasepactError(f"{item.file}: shard/evidence names an API '{data['api']}' that the report lacks.")
            one = from_json(data)
            against = tuple(replace(failure, repeat=tuple(map(moved, failure.repeat))) for failure in one.against)
            found.append(replace(one, against=against))
    return found


def _moving(old: Path, new: Path) -> Callable[[str], str]:
    """What writes the new place of a stored body into a command, quoted as a shell wants it."""
    quoted = shlex.quote(str(old)) != str(old)
    name = re.compile(f"{re.escape(str(old))}/({_BODY.pattern})")

    def moved(command: str) -> str:
        def place(match: re.Match[str]) -> str:
            path = str(new / match[1])
            # Where the old path stands in quotes already, the new one does too.
            return path if quoted else shlex.quote(path)

        return name.sub(place, command)

    return moved


def _end(
    selection: Selection, shards: Sequence[ShardRead], verdicts: tuple[ApiVerdict, ...], allow_unverified: bool
) -> tuple[Exit, str]:
    """How the run ends, and what is to be done: one shard that was cut short cuts the run short."""
    for end in _CUT_SHORT:
        for item in shards:
            if item.end is end:
                return end, f"shard {item.number}: {item.report['exit']['advice']}"
    for item in shards:
        if item.end is Exit.COULD_NOT_RUN and not any(api["crashed"] for api in item.report["apis"].values()):
            return item.end, f"shard {item.number}: {item.report['exit']['advice']}"
    return said(selection, verdicts, exit_of(verdicts), allow_unverified=allow_unverified)


def _run_name(shards: Sequence[ShardRead]) -> str:
    """A name for the run that these shards make, the same however often they are joined."""
    return f"join-{digest(item.report['run'] for item in shards)[:6]}"


def _remark(shards: Sequence[ShardRead]) -> str:
    ends = "; ".join(f"{item.number} {item.end} in {item.report['seconds']:.0f} s" for item in shards)
    return f"joined of {len(shards)} shards: {ends}"


def _joined(item: ShardRead) -> JoinedShard:
    report = item.report
    return {
        "shard": item.number,
        "run": report["run"],
        "started": report["started"],
        "time": report["time"],
        "seconds": report["seconds"],
        "exchanges": report["exchanges"],
        "exit": report["exit"]["word"],
    }


def _named_in(item: ShardRead) -> set[str]:
    """The ids of the exchanges that the report of a shard names."""
    named: set[str] = set()
    for evidence in item.shard["evidence"]:
        named |= {held["exchange"] for held in evidence["seen"]}
        named |= {name for failure in evidence["against"] for name in failure["exchanges"]}
    return named - {""}


def _address(item: ShardRead) -> Any:
    """What the shard tested: a profile, or an address, unless each shard has a server at one of its own."""
    if item.shard["server"] == OWN:
        return item.shard["target"]
    urls = {name: "" if is_loopback(api["url"]) else api["url"] for name, api in item.report["apis"].items()}
    return [item.report["target"], urls]


def _contracts(item: ShardRead) -> Mapping[str, tuple[str, ...]]:
    named = item.report["apis"].items()
    return {name: (api["edition"], api.get("version", ""), api.get("digest", "")[:12]) for name, api in named}


def _options(item: ShardRead) -> Mapping[str, Any]:
    return {name: value for name, value in item.report["options"].items() if name not in _OF_A_MACHINE | {"seed"}}


_AGAIN = "Run one of them again."
_SAME: tuple[tuple[str, Callable[[ShardRead], Any], str], ...] = (
    ("versions of casepact", lambda item: item.report["tool"]["version"], "Use one version on every machine."),
    ("seeds", lambda item: item.report["seed"], "Give each shard the same --seed."),
    ("targets", _address, "Shards of one run test the same target."),
    ("APIs", lambda item: sorted(item.report["apis"]), "Give each shard the same --api."),
    ("contracts", _contracts, "Shards of one run keep the same contract."),
    ("profiles", lambda item: item.shard["profile_digest"][:12], "Shards of one run have the same profile."),
    ("options", _options, "Give each shard the same options."),
    ("probes", lambda item: [item.shard["probes"], item.shard["probes_digest"]], _AGAIN),
)
"""What is the same in all shards of a run, how to look at it, and what to do where it is not."""


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 120 else f"{text[:117]}..."
