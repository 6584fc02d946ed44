"""The APIs of a run for the page: per API its statements in the order of the ledger, under the page that says them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from conformance.reports.document import ApiReport, PageReport, Report, StatementReport
from conformance.reports.html.evidence import Evidence
from conformance.reports.html.grouping import Entry, entries
from conformance.verdict.outcomes import Outcome

ORDER = (
    Outcome.VIOLATED,
    Outcome.NOTED,
    Outcome.WAIVED,
    Outcome.VERIFIED,
    Outcome.NOT_EXERCISED,
    Outcome.DOCUMENTATION,
)
"""The outcomes as a reader looks for them."""

MARKS: Mapping[str, str] = {
    Outcome.VIOLATED: "✕",
    Outcome.NOTED: "!",
    Outcome.WAIVED: "~",
    Outcome.VERIFIED: "✓",
    Outcome.NOT_EXERCISED: "–",
    Outcome.DOCUMENTATION: "¶",
}
"""A mark beside the word of each outcome, so that colour is not all that sets them apart."""

_SHORTEST, _GAP = 14, 3

Anchors = Mapping[tuple[str, str], str]
"""The anchor of each statement, by API and id."""


class Held(NamedTuple):
    """An operation in which a statement held; `exchange` is one that showed it."""

    operation: str
    outcome: str
    times: int
    example: str
    exchange: str
    seconds: float


class StatementView(NamedTuple):
    """A statement and what the run says of it; `operations` are for the filter, `tags` stand beside the verdict."""

    id: str
    anchor: str
    report: StatementReport
    operations: list[str]
    tags: list[str]
    entries: list[Entry]
    held: list[Held]


class Group(NamedTuple):
    """Statements that stand together: those of a page, or facts of one standing."""

    title: str
    address: str
    statements: list[StatementView]


class Bar(NamedTuple):
    """A piece of the bar of an API, in thousandths of its length."""

    outcome: str
    start: float
    length: float


class Section(NamedTuple):
    """An API."""

    name: str
    report: ApiReport
    bars: list[Bar]
    counts: list[tuple[str, int]]
    groups: list[Group]


def sections(report: Report, evidence: Evidence, anchors: Anchors) -> list[Section]:
    """The APIs in the order of the report; what their findings show is reserved."""
    return [_section(name, api, evidence, anchors) for name, api in report["apis"].items()]


def anchors_of(report: Report) -> Anchors:
    """`EG-42` for a statement that one API alone has, else `egain/HTTP-05`."""
    shared = Counter(statement for api in report["apis"].values() for statement in api["statements"])
    return {
        (name, statement): _anchor(statement if shared[statement] == 1 else f"{name}/{statement}")
        for name, api in report["apis"].items()
        for statement in api["statements"]
    }


def exchanges_of(report: Report) -> set[str]:
    """The ids of all exchanges that statements and findings refer to."""
    found: set[str] = set()
    for api in report["apis"].values():
        for statement in api["statements"].values():
            found |= {item["exchange"] for item in statement["operations"]}
            for finding in statement["findings"]:
                found |= {*finding["exchanges"], *(item["exchange"] for item in finding["instances"])}
    return found - {""}


def totals(report: Report) -> list[tuple[str, int]]:
    """How many statements of the run have each outcome."""
    return _counts([item for api in report["apis"].values() for item in api["statements"].values()])


def _anchor(name: str) -> str:
    """An id of HTML has no white space, and a fragment with `?` in it is one with filters."""
    return "_".join(name.split()).replace("?", "_")


def _section(name: str, api: ApiReport, evidence: Evidence, anchors: Anchors) -> Section:
    counts = _counts(list(api["statements"].values()))
    views = [
        (_group(statement, verdict, api["pages"]), _view(statement, verdict, api, evidence, anchors[name, statement]))
        for statement, verdict in api["statements"].items()
    ]
    groups = [
        Group(title, address, [view for _, view in found])
        for (title, address), found in groupby(views, key=lambda item: item[0])
    ]
    return Section(name, api, _bars(counts), counts, groups)


def _counts(statements: list[StatementReport]) -> list[tuple[str, int]]:
    found = Counter(item["outcome"] for item in statements)
    return [(str(outcome), found[outcome]) for outcome in ORDER]


def _bars(counts: list[tuple[str, int]]) -> list[Bar]:
    """A piece for each outcome that there is, none too short to be seen."""
    whole = max(1, sum(count for _, count in counts))
    lengths = {outcome: max(_SHORTEST, 1000 * count / whole) for outcome, count in counts if count}
    scale, start, found = 1000 / max(1, sum(lengths.values())), 0.0, []
    for outcome, length in lengths.items():
        found.append(Bar(outcome, round(start, 2), round(length * scale - _GAP, 2)))
        start += length * scale
    return found


def _group(statement: str, verdict: StatementReport, pages: list[PageReport]) -> tuple[str, str]:
    page = _page(statement, verdict, pages)
    if page is not None:
        return (f"{page['title']} ({page['operation']})" if page["operation"] else page["title"], page["address"])
    return ("Derived from the document" if verdict["derived"] else "Facts beside the pages", "")


def _page(statement: str, verdict: StatementReport, pages: list[PageReport]) -> PageReport | None:
    if not verdict["page"]:
        return None
    return next((page for page in pages if page["prefix"] == statement.rpartition("-")[0]), None)


def _view(statement: str, verdict: StatementReport, api: ApiReport, evidence: Evidence, anchor: str) -> StatementView:
    page = _page(statement, verdict, api["pages"])
    operations = [item["operation"] for item in verdict["operations"]]
    found = entries(verdict["findings"], evidence)
    for entry in found:
        evidence.reserve(entry.evidence)
    return StatementView(
        id=statement,
        anchor=anchor,
        report=verdict,
        operations=operations or ([page["operation"]] if page and page["operation"] else []),
        tags=list(dict.fromkeys(tag for entry in found for tag in entry.tags)),
        entries=found,
        held=[
            Held(
                item["operation"],
                item["outcome"],
                item["shown"],
                item["for_example"],
                item["exchange"],
                item["seconds"],
            )
            for item in verdict["operations"]
            if item["shown"]
        ],
    )
