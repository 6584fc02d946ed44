"""What a person reads at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from conformance.reports.document import ApiReport, Changes, FindingReport, Report, StatementReport, causes_of
from conformance.target.exchange import visible
from conformance.verdict.outcomes import Outcome


def render(report: Report, folder: str, *, verbose: bool) -> str:
    """The tables, every finding, and the last word; `folder` is where the reports are."""
    return "\n".join(_lines(report, folder, verbose)) + "\n"


def table(api: ApiReport) -> list[list[str]]:
    """Counts of outcomes: a row for the statements of the pages, one per standing of the facts beside them."""
    columns = list(api["counts"][0]["outcomes"])
    rows = [[row["of"], str(row["statements"]), *map(str, row["outcomes"].values())] for row in api["counts"]]
    return [["", "statements", *columns], *rows]


def finding_lines(finding: FindingReport, statement: StatementReport) -> list[str]:
    """A finding in its fixed order: title, operation, what else it breaks, received, documented, how to repeat it."""
    side = ", the refused side" if finding["side"] == "refuse" else ""
    named = f"statement {finding['statement']} ({finding['standing']}{side})"
    lines = [finding["title"], f"  {finding['operation']}  {finding['request']}   {named}"]
    if finding["also_breaks"]:
        also = dict.fromkeys(f"{item['statement']} ({item['standing']})" for item in finding["also_breaks"])
        lines.append(f"  also breaks {', '.join(also)}")
    place = f"   {statement['ledger']}" if statement["derived"] else ""
    lines.append(f"  says        {statement['says']}{place}")
    lines.append(f"  received    {finding['received']}")
    if finding["stability"]:
        lines.append(f"  repeated    {finding['stability']}")
    lines.append(f"  documented  {finding['documented']}")
    lines += _steps(finding["repeat"])
    if finding["triage"]:
        lines.append(f"  triage      {finding['triage']}")
    if line := standing_line(finding):
        lines.append(f"  {line}")
    # What a server answered must not steer the reader's terminal.
    return [visible(line) for line in lines]


def standing_line(finding: FindingReport) -> str:
    """Why the finding does not fail the run, or why its waiver no longer keeps it from that."""
    if waiver := finding["waived"]:
        return f"waived      until {waiver['until']} by {waiver['owner']}: {waiver['reason']}"
    expired = finding["expired"]
    ended = f"its waiver ended on {expired['until']} ({expired['owner']}: {expired['reason']})" if expired else ""
    if finding["known"]:
        return f"known       it stands in the baseline; it does not fail the run{'; ' if ended else ''}{ended}"
    if ended:
        return f"expired     {ended}"
    if not finding["fails_the_run"]:
        return "note        no page promises this; it does not fail the run (--strict makes it)"
    return ""


def changes_line(changes: Changes) -> str:
    """What is otherwise than in the run before, of what fails a run."""
    counts = [f"{len(changes['new'])} new", f"{changes['known']} as before", f"{len(changes['gone'])} gone"]
    return f"beside the run of {changes['time']}: {', '.join(counts)}"


def steps(commands: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The commands in their order; one that follows itself comes once, with how often it is to be run."""
    for command, same in groupby(commands):
        yield len(list(same)), command


def _steps(commands: Sequence[str]) -> Iterator[str]:
    word = "repeat"
    for times, command in steps(commands):
        yield f"  {f'{word} {times} times' if times > 1 else word:<11} {command}"
        word = "then"


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _lines(report: Report, folder: str, verbose: bool) -> Iterator[str]:
    for api in report["apis"].values():
        yield ""
        yield visible(f"{api['title']}   {api['url']}   edition {api['edition']}")
        for line in aligned(table(api)):
            yield f"  {line}"
    for api in report["apis"].values():
        for finding in causes_of(api):
            yield ""
            yield from finding_lines(finding, api["statements"][finding["statement"]])
    for name, api in report["apis"].items():
        for reason in api["vacuous"]:
            yield f"not enough: {name}: {reason}"
        for reason in api["crashed"]:
            yield visible(f"a probe could not finish: {name}: {reason}")
    for remark in report["remarks"]:
        yield visible(remark)
    if verbose:
        yield from _open(report)
    yield ""
    if report["changes"] is not None:
        yield changes_line(report["changes"])
    ran = f"{report['exchanges']} exchanges in {report['seconds']:.1f} s, seed {report['seed']}"
    yield f"{ran}; reports in {folder}/: open index.html"
    yield f"{report['exit']['shown']}: {report['exit']['advice']}"


def _open(report: Report) -> Iterator[str]:
    yield ""
    for api in report["apis"].values():
        for name, verdict in api["statements"].items():
            if verdict["outcome"] in (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION):
                yield f"  {name:<8} {verdict['outcome']}: {verdict['reason']}"
            elif verdict["not_by"]:
                yield visible(f"  {name:<8} {verdict['outcome']}, but not by {'; '.join(verdict['not_by'])}")
