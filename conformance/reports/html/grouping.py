"""Findings of a statement as entries: those that differ in a value only are one, with a row for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from conformance.checks import status
from conformance.probes.context import PROMISE
from conformance.reports.document import FindingReport, NamedStatement
from conformance.reports.html.differences import Difference, cut, difference
from conformance.reports.html.evidence import Evidence
from conformance.reports.text import standing_line, steps

MOST_ROWS = 30
"""How many rows of an entry are shown."""

_OF_VALUES = (PROMISE, status.NAME)
"""The checks that find something in what a request made the server do; others look at the answer alone."""

_FEW = 3
_MOST_EXCHANGES = 5
_MOST_TEXT = 300
_MOST_SENT = 3
_MOST_VALUE = 80
_MOST_COMMANDS = 16_000


class Row(NamedTuple):
    """
    What was received for one value: `what` is the part of the title that is its own.

    `sent` are the members of its request that other rows send otherwise; `times` is how often the row was seen.
    """

    what: str
    sent: list[tuple[str, str]]
    request: str
    received: str
    documented: str
    times: int
    exchanges: list[str]


class Repeat(NamedTuple):
    """
    How to see it again: each command with how often it is run.

    `text` is all of it for the clipboard, where that is not what is shown; None if what is shown was cut.
    """

    what: str
    commands: list[tuple[int, str]]
    text: str | None


class Entry(NamedTuple):
    """Findings that a reader takes in as one; `tags` are single words about them, `note` a label and a text."""

    title: str
    operation: str
    request: str
    side: str
    standing: str
    check: str
    tags: list[str]
    difference: Difference
    rows: list[Row]
    more_rows: int
    times: int
    seconds: float
    stability: str
    triage: str
    note: tuple[str, str]
    also: list[NamedStatement]
    under: str
    repeats: list[Repeat]
    evidence: list[str]


def entries(findings: Sequence[FindingReport], evidence: Evidence) -> list[Entry]:
    """The findings of one statement, grouped, in their order."""
    groups: dict[tuple[object, ...], list[FindingReport]] = {}
    for finding in findings:
        groups.setdefault(_group(finding), []).append(finding)
    return [_entry(items, evidence) for items in groups.values()]


def _group(finding: FindingReport) -> tuple[object, ...]:
    """What findings agree in that are one entry: all but the value, which stands in a title behind the colon."""
    return (
        finding["operation"],
        finding["side"],
        finding["check"],
        finding["title"].partition(": ")[0],
        finding["fails_the_run"],
        finding["change"],
        finding["known"],
        finding["reported_under"],
        finding["triage"],
        standing_line(finding),
    )


def _entry(findings: Sequence[FindingReport], evidence: Evidence) -> Entry:
    first = findings[0]
    rows = _rows(findings, evidence)
    most = MOST_ROWS if evidence.takes(sum(map(_length, rows[_FEW:MOST_ROWS]))) else _FEW
    label, _, text = standing_line(first).partition(" ")
    stable = dict.fromkeys(item["stability"] for item in findings if item["stability"])
    also = {item["statement"]: item for finding in findings for item in finding["also_breaks"]}
    # A finding that stands under another statement has its evidence there.
    under = first["reported_under"] or ""
    return Entry(
        title=first["title"] if len(findings) == 1 else f"{first['title']}, and {len(findings) - 1} more",
        operation=first["operation"],
        request=first["request"],
        side=first["side"],
        standing=first["standing"],
        check=first["check"],
        tags=_tags(first),
        difference=difference(first["received"], first["documented"]),
        rows=rows[:most],
        more_rows=max(0, len(rows) - most),
        times=sum(item["times"] for item in findings),
        seconds=sum(item["seconds"] for item in findings),
        stability=", ".join(stable),
        triage=first["triage"],
        note=(label, text.strip()),
        also=list(also.values()),
        under=under,
        repeats=[] if under else _repeats(findings, evidence),
        evidence=[] if under else _exchanges(first, rows[:most]),
    )


def _tags(finding: FindingReport) -> list[str]:
    tags = [finding["change"]] if finding["change"] == "new" else []
    if finding["known"]:
        tags.append("in the baseline")
    if finding["expired"]:
        tags.append("waiver ended")
    if finding["stability"].startswith("flaky"):
        tags.append("flaky")
    return tags


def _rows(findings: Sequence[FindingReport], evidence: Evidence) -> list[Row]:
    """A row for each value; instances that agree in all that is shown are one."""
    names = [item["exchange"] for finding in findings for item in finding["instances"]]
    about_values = findings[0]["check"] in _OF_VALUES
    differing = _differing([evidence.sent(name) for name in names if name in evidence]) if about_values else []
    rows: dict[tuple[object, ...], Row] = {}
    for finding in findings:
        what = _what(finding, len(findings))
        for item in finding["instances"]:
            sent = evidence.sent(item["exchange"])
            written = [(place, _short(sent.get(place, "not sent"))) for place in differing if sent]
            key = (what, tuple(written), item["request"], item["received"])
            received, documented = cut(item["received"], _MOST_TEXT), cut(finding["documented"], _MOST_TEXT)
            empty = Row(what, written, item["request"], received, documented, 0, [])
            held = rows.get(key, empty)
            rows[key] = held._replace(times=held.times + 1, exchanges=[*held.exchanges, item["exchange"]])
    return list(rows.values())


def _differing(sent: Sequence[Mapping[str, str]]) -> list[str]:
    """A few places of requests in which not all say the same: those of the body, then the address, else headers."""
    places = dict.fromkeys(place for item in sent for place in item)
    found = [place for place in places if len({item.get(place) for item in sent}) > 1]
    ordered = sorted(found, key=lambda place: not place.startswith("/"))
    return ([place for place in ordered if not place.startswith("header ")] or ordered)[:_MOST_SENT]


def _short(value: str) -> str:
    return value if len(value) <= _MOST_VALUE else f"{value[:_MOST_VALUE]}… ({len(value)} characters)"


def _length(row: Row) -> int:
    """About how many characters of markup a row takes."""
    return 200 + sum(map(len, (row.what, row.received, row.documented, *(value for _, value in row.sent))))


def _repeats(findings: Sequence[FindingReport], evidence: Evidence) -> list[Repeat]:
    first, *others = [_repeat(item, len(findings)) for item in findings[:MOST_ROWS]]
    length = sum(400 + len(command) for item in others for _, command in item.commands)
    return [first, *(others if evidence.takes(length) else ())]


def _repeat(finding: FindingReport, of: int) -> Repeat:
    commands = list(steps(finding["repeat"]))
    text = "\n".join(finding["repeat"])
    if len(text) > _MOST_COMMANDS:
        return Repeat(_what(finding, of), list(_cut_commands(commands)), None)
    return Repeat(_what(finding, of), commands, text if len(commands) < len(finding["repeat"]) else "")


def _cut_commands(commands: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    for times, command in commands[:10]:
        yield times, command[:1000] + ("…" if len(command) > 1000 else "")


def _what(finding: FindingReport, of: int) -> str:
    return finding["title"].partition(": ")[2] if of > 1 else ""


def _exchanges(first: FindingReport, rows: Sequence[Row]) -> list[str]:
    """What led to the first finding, then one exchange of each other row."""
    others = [row.exchanges[0] for row in rows[1 : _MOST_EXCHANGES + 1]]
    return list(dict.fromkeys((*first["exchanges"], *others)))
