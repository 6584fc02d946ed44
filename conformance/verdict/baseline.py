"""What was already broken: a file of findings that do not fail a run, so that only new ones do."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from conformance.verdict.json_file import read_json
from specs.flaws import CasepactError

FORMAT = 1
# What a target or a seed decides; a key that held it would be new in every run.
_CHANGING = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}|\d{5,}")

EXAMPLES = """examples:
  casepact check --target staging                        find what is broken today
  casepact baseline update staging.json                  take it as known, from the last reports
  casepact check --target staging --baseline staging.json
                                                         fails on what is new only
"""


_WHOLE = ("kept", "violated", "not enough verified")
"""How a run ends that came to its end."""


class Origin(NamedTuple):
    """The run that a report is of, and a baseline was taken from; `time` is in UTC (RFC 3339)."""

    run: str
    target: str
    time: str


class Key(NamedTuple):
    """What makes two findings of different runs the same: never a value that was drawn."""

    api: str
    statement: str
    operation: str
    where: str
    kind: str


def key_of(*, api: str, statement: str, operation: str, title: str, check: str, side: str) -> Key:
    """
    The key of a finding.

    `where` is its title, which holds the contract pointer of what is wrong; `kind` the check and, for what was to be
    refused, the side.
    """
    kind = check if side == "accept" else f"{check}, {side}"
    return Key(api, statement, operation, _CHANGING.sub("#", title), kind)


def load(path: Path) -> frozenset[Key]:
    """The keys that a baseline holds; raises `CasepactError` for a file that is none."""
    return _read(path)[0]


def _read(path: Path) -> tuple[frozenset[Key], Origin | None]:
    """The keys of a baseline and the run that it was last taken from, where it says that."""
    data = read_json(path, f"there is no baseline {path}. `casepact baseline update {path}` writes one.")
    if not isinstance(data, dict) or data.get("baseline") != FORMAT or not isinstance(data.get("findings"), list):
        raise CasepactError(f"{path}: is not a baseline; `casepact baseline update {path}` writes one.")
    keys = set()
    for number, item in enumerate(data["findings"]):
        if not isinstance(item, dict) or item.keys() != set(Key._fields) or not all(map(_is_text, item.values())):
            raise CasepactError(f"{path}: findings/{number} needs the texts {', '.join(Key._fields)}, and no more.")
        keys.add(Key(**item))
    return frozenset(keys), _origin(data.get("from"))


def as_text(keys: Collection[Key], origin: Origin | None = None) -> str:
    """A baseline file: one finding a line, in an order that depends on nothing else, so that diffs are short."""
    lines = [json.dumps(key._asdict(), ensure_ascii=False) for key in sorted(set(keys))]
    inner = ",\n    ".join(lines)
    findings = f"[\n    {inner}\n  ]" if lines else "[]"
    taken = f'  "from": {json.dumps(origin._asdict(), ensure_ascii=False)},\n' if origin else ""
    return f'{{\n  "baseline": {FORMAT},\n{taken}  "findings": {findings}\n}}\n'


def updated(known: Collection[Key], report: Mapping[str, Any]) -> frozenset[Key]:
    """
    The baseline after a run, from its report.json: what the run found, and what it had no occasion to find again.

    Waived findings stay out, their waiver speaks for them; so do notes, which fail nothing.
    """
    judged: set[tuple[str, str]] = set()
    found: set[Key] = set()
    for api, verdicts in report["apis"].items():
        for statement, verdict in verdicts["statements"].items():
            if verdict["outcome"] not in ("not exercised", "documentation only"):
                judged.add((api, statement))
            for item in verdict.get("findings", ()):
                if item["fails_the_run"] or item["known"]:
                    named = {name: item[name] for name in ("operation", "title", "check", "side")}
                    found.add(key_of(api=api, statement=statement, **named))
    whole = not report.get("partial", False) and not report.get("shard") and _end(report) in _WHOLE
    kept = {key for key in known if key not in found and not (whole and (key.api, key.statement) in judged)}
    return frozenset(found | kept)


def gone(known: Iterable[Key], found: Collection[Key], exercised: Collection[tuple[str, str]]) -> Iterator[str]:
    """A line for each finding of the baseline that did not come again though its statement was exercised."""
    for key in sorted(known):
        if key not in found and (key.api, key.statement) in exercised:
            yield f"no longer found: {key.api} {key.statement} {key.operation}: {key.where}; update the baseline."


def add_parser(commands: Any) -> None:
    """Give `casepact` the command `baseline`."""
    parser = commands.add_parser(
        "baseline",
        help="record the findings of the last run as known",
        description="Take what a run found as known: `casepact check --baseline FILE` then fails on what is new.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    update = actions.add_parser(
        "update",
        help="write what the last run found",
        description="Write what the last run found. Statements that it did not exercise keep what the file says.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    update.add_argument("file", type=Path, metavar="FILE", help="the baseline; made when it is not there")
    update.add_argument(
        "--reports",
        type=Path,
        default=Path("reports"),
        metavar="DIR",
        help="the reports of the run; of several below the folder, the last (default: %(default)s)",
    )
    update.add_argument(
        "--force",
        action="store_true",
        help="take a report of another target, an older one, or one of a run that did not come to its end",
    )
    update.set_defaults(run=_update)


def _update(options: argparse.Namespace) -> int:
    path = _latest(options.reports)
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(report.get("apis"), dict):
            raise CasepactError(f"{path} is not a report of `casepact check`.")
    except FileNotFoundError:
        raise CasepactError(f"there is no {path}; run `casepact check` first, or name its --reports.") from None
    except (json.JSONDecodeError, AttributeError, UnicodeDecodeError):
        raise CasepactError(f"{path} is not a report of `casepact check`.") from None
    known, last = _read(options.file) if options.file.exists() else (frozenset[Key](), None)
    origin = _origin(report)
    if origin is None:
        raise CasepactError(f"{path} does not say which run it is of; run `casepact check` again.")
    if not options.force and report.get("shard"):
        raise CasepactError(f"{path} is of one shard of a run. Join them (casepact report join), or give --force.")
    if not options.force and (objection := _objection(origin, _end(report), last)):
        raise CasepactError(f"{path} is of {_named(origin)}, {objection} --force takes it all the same.")
    after = updated(known, report)
    try:
        options.file.write_text(as_text(after, origin), encoding="utf-8")
    except OSError as error:
        raise CasepactError(f"{options.file} cannot be written: {error.strerror}.") from None
    print(f"{options.file}: {len(after)} findings; {len(after - known)} new, {len(known - after)} gone")
    print(f"from {path}: {_named(origin)}")
    if report.get("partial", False) or report.get("shard") or _end(report) not in _WHOLE:
        print("that run was of a part of the probes only: no finding was taken out of the baseline")
    return 0


def _latest(folder: Path) -> Path:
    """The report.json that was written last, in the folder or one of a target below it."""
    found = [path for path in (*folder.glob("report.json"), *folder.glob("*/report.json")) if path.is_file()]
    return max(found, key=lambda path: path.stat().st_mtime, default=folder / "report.json")


def _objection(origin: Origin, end: str, last: Origin | None) -> str:
    """Why a report must not be taken into a baseline that was last taken from another run, or an empty text."""
    if end not in _WHOLE:
        return f"which did not come to its end ({end}). Finish it with --resume, or run `casepact check` again."
    if last is not None and last.target != origin.target:
        return f"and the baseline is of {last.target}. Name another file, or the --reports of that target."
    if last is not None and last.run != origin.run and last.time > origin.time:
        return f"and the baseline was taken from a later run, {_named(last)}. Run `casepact check` again."
    return ""


def _end(report: Mapping[str, Any]) -> str:
    """The word for how the run of a report ended; a report without one is of a run that did."""
    return str(report.get("exit", {}).get("word", _WHOLE[0]))


def _origin(data: Any) -> Origin | None:
    """The run that a report or a baseline names, None where it does not."""
    names = Origin._fields
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) and data[name] for name in names):
        return None
    return Origin(**{name: data[name] for name in names})


def _named(origin: Origin) -> str:
    return f"run {origin.run} of {origin.target}, {origin.time}"


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
