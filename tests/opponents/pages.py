"""What was measured on opponents, as the pages of docs/ have it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.opponents.judging import ROOT
from tests.opponents.misses import REASONS, STOPPED
from tests.opponents.ways import Fault

HONEST, BROKEN = (ROOT / "docs" / name for name in ("honest-servers.md", "broken-servers.md"))

PLAIN = "plain"
WAYS: Mapping[str, str] = {
    PLAIN: "",
    "403 for what the caller may not see": "unseen=403",
    "optional members not shown by reads": "hides_optional",
    "the page's members only": "page_members_only",
    "more members": "more_members",
    "another form of dates": "other_dates",
    "a write shows after 300 ms": "settles=0.3",
    "ids beyond 32 bits": "big_ids",
    "other users at work": "busy",
    "tokens that end": "token_life=40",
    "50 ms an answer": "delay=0.05",
    "a gateway's 502 once in 200": "gateway_errors=200",
    "four processes": "workers=4",
}
"""The honest ways that are tried, each by itself."""


@dataclass(frozen=True)
class Caught:
    """What a run said of an opponent with one fault: the statements it broke, and those it noted beyond honest ones."""

    api: str
    name: str
    fault: Fault
    writes: str
    broken: frozenset[str]
    noted: frozenset[str]
    failed: bool
    """Whether the run ended with exit code 1, or with 2 as a record could not be put back."""
    stopped: bool = False
    """Whether it was 2."""

    @property
    def noticed(self) -> bool:
        """Whether anything was said that is not said of the honest opponent."""
        return bool(self.broken or self.noted)

    @property
    def charged(self) -> bool:
        """Whether a statement that the fault breaks is violated; or noted, where nothing is violated."""
        return bool((self.broken or self.noted) & set(self.fault.statements))

    @property
    def word(self) -> str:
        """In a word, what became of the fault."""
        if self.charged:
            return "caught" if self.broken else "caught by a note"
        return "charged elsewhere" if self.broken else "noted elsewhere" if self.noted else "MISSED"

    @property
    def line(self) -> str:
        """One line about it."""
        promised = f"{self.fault.kind}: {', '.join(self.fault.statements)}"
        line = f"{self.word:<17} {self.api} {self.writes} {self.fault.operation} {self.name} ({promised})"
        return line if self.charged else f"{line}  broken: {sorted(self.broken)[:8]} noted: {sorted(self.noted)[:6]}"


def totals(caught: Sequence[Caught]) -> Iterator[str]:
    """How many of how many, by `writes` and kind of fault."""
    for (writes, kind), (faults, noticed, charged, failed) in sorted(_counts(caught, _by_kind).items()):
        yield f"{writes} {kind}: {faults} faults, {noticed} noticed, {charged} charged rightly, {failed} fail the run"


def honest(found: Sequence[Mapping[str, Any]], with_worlds: Mapping[str, int]) -> str:
    """The table of the honest opponents, as Markdown; `with_worlds` counts what our own mock gives, by API."""
    lines = [
        "# Honest servers that share nothing with our mock",
        "",
        "`tests/opponents/` holds servers of the five operations that were written from the vendors' pages alone:",
        "other code, other records, no worlds, no reset. Each can be honest in several ways. The table says what",
        "`casepact check --quick` said of them, run after run against the same process; the last run of the plain",
        "servers under `allowed` has the default level. Statements are counted of the vendors' pages only; notes are",
        "findings that fail no run. A row that is missing was not run. It is made by",
        "",
        "```sh",
        ".venv/bin/python -m tests.opponents.measure honest --page",
        "```",
        "",
        "Our own mock, which gives each probe a world of its own, verifies "
        + ", ".join(f"{count} statements of {api}" for api, count in with_worlds.items())
        + ".",
        "",
        "| API | the server's way | writes | runs | exit | verified | not exercised | violated | notes |",
        "| --- | --- | --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    groups: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for item in found:
        groups.setdefault((item["api"], item["way"], item["writes"]), []).append(item)
    names = list(WAYS)
    for (api, way, writes), runs in sorted(groups.items(), key=lambda g: (g[0][0], names.index(g[0][1]), g[0][2])):
        exits = ", ".join(dict.fromkeys(str(run["exit"]) for run in runs))
        verified, missing = _range(runs, "verified"), _range(runs, "not exercised")
        violated, notes = sum(len(run["violations"]) for run in runs), max(len(run["notes"]) for run in runs)
        lines.append(
            f"| {api} | {way} | {writes} | {len(runs)} | {exits} | {verified} | {missing} | {violated} | {notes} |"
        )
    return "\n".join(lines) + "\n"


def broken(caught: Sequence[Caught]) -> str:
    """What was noticed of each fault, as Markdown; the misses with their reasons."""
    lines = [
        "# Servers that break one promise",
        "",
        "Each server of `tests/opponents/` can break a page in many ways, one at a time. They were chosen from the",
        "pages alone, by authors who had not read the probes. The table says what `casepact check --quick` said of",
        "each:",
        "",
        "* *noticed*: there is a finding that the honest server does not get;",
        "* *caught*: it stands under a statement that the fault breaks. Where no page promises the refusal, as for",
        "  AICC, that is a note;",
        "* *fails the run*: the exit code is 1, or 2 where the fault keeps a record from being put back.",
        "",
        "The page is made by",
        "",
        "```sh",
        ".venv/bin/python -m tests.opponents.measure honest --way plain --results honest.jsonl",
        ".venv/bin/python -m tests.opponents.measure faults --page --honest-results honest.jsonl \\",
        "  --writes allowed --writes reversible",
        "```",
        "",
        "| writes | API | kind | faults | noticed | caught | fails the run |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for (writes, api, kind), (faults, noticed, charged, failed) in sorted(_counts(caught, _by_api).items()):
        lines.append(f"| {writes} | {api} | {kind} | {faults} | {noticed} | {charged} | {failed} |")
    for (writes,), (faults, noticed, charged, failed) in sorted(_counts(caught, lambda item: (item.writes,)).items()):
        shares = (f"{count} ({100 * count / faults:.1f} %)" for count in (noticed, charged, failed))
        lines.append(f"| {writes} | all | all | {faults} | {' | '.join(shares)} |")
    lines += [
        "",
        "What was not caught:",
        "",
        "| writes | API | fault | found | why |",
        "| --- | --- | --- | --- | --- |",
    ]
    for item in caught:
        if not item.charged:
            named = ", ".join(sorted(item.broken or item.noted)) or "nothing"
            known = REASONS.get((item.name, item.writes)) or REASONS.get((item.name, ""))
            reason = known or (STOPPED if item.stopped else "not looked into")
            lines.append(f"| {item.writes} | {item.api} | {item.fault.sentence} | {named} | {reason} |")
    return "\n".join(lines) + "\n"


def _by_kind(item: Caught) -> tuple[str, ...]:
    return (item.writes, item.fault.kind)


def _by_api(item: Caught) -> tuple[str, ...]:
    return (item.writes, item.api, item.fault.kind)


def _counts(caught: Sequence[Caught], by: Callable[[Caught], tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for item in caught:
        counts = found.setdefault(by(item), [0, 0, 0, 0])
        for index, held in enumerate((True, item.noticed, item.charged, item.failed)):
            counts[index] += held
    return found


def _range(runs: Sequence[Mapping[str, Any]], name: str) -> str:
    counts = sorted({run[name] for run in runs})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
