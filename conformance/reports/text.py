"""What a person reads at the end of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from conformance.reports.run_result import RunResult
from conformance.target.exchange import visible
from conformance.verdict.outcomes import ApiVerdict, Finding, Outcome
from specs.statements import Side, Standing

_ALWAYS = (Outcome.VERIFIED, Outcome.VIOLATED, Outcome.NOTED, Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION)


def render(result: RunResult, *, verbose: bool) -> str:
    """The tables, every finding, and the last word."""
    return "\n".join(_lines(result, verbose)) + "\n"


def table(api: ApiVerdict) -> list[list[str]]:
    """Counts of outcomes: a row for the statements of the pages, one per standing of the facts beside them."""
    columns = [column for column in Outcome if column in _ALWAYS or api.count(column)]
    rows = [["", "statements", *map(str, columns)]]
    rows.append(_row("of the page", [v.outcome for v in api.verdicts.values() if v.statement.of_page], columns))
    for standing in Standing:
        outcomes = [
            v.outcome for v in api.verdicts.values() if not v.statement.of_page and v.statement.standing is standing
        ]
        if outcomes:
            rows.append(_row(f"facts: {standing}", outcomes, columns))
    return rows


def finding_lines(finding: Finding, also_breaks: str = "") -> list[str]:
    """A finding in its fixed order: title, operation, what else it breaks, received, documented, how to repeat it."""
    against, statement = finding.against, finding.statement
    side = ", the refused side" if against.side == "refuse" else ""
    standing = statement.standing_of(Side(against.side))
    lines = [
        against.title,
        f"  {against.operation}  {against.request}   statement {statement.id} ({standing}{side})",
        f"  says        {statement.says}{f'   {statement.place}' if statement.derived else ''}",
        f"  received    {against.received}",
        f"  documented  {against.documented}",
    ]
    lines += _steps(against.repeat)
    if against.stability:
        lines.insert(5, f"  repeated    {against.stability}")
    if also_breaks:
        lines.insert(3, f"  also breaks {also_breaks}")
    if finding.triage:
        lines.append(f"  triage      {finding.triage}")
    if line := _standing_line(finding):
        lines.append(line)
    # What a server answered must not steer the reader's terminal.
    return [visible(line) for line in lines]


def _steps(commands: Sequence[str]) -> Iterator[str]:
    """The commands in their order; one that follows itself is printed once, with how often it is to be run."""
    word = "repeat"
    for command, same in groupby(commands):
        times = len(list(same))
        yield f"  {f'{word} {times} times' if times > 1 else word:<11} {command}"
        word = "then"


def _standing_line(finding: Finding) -> str:
    """Why the finding does not fail the run, or why its waiver no longer keeps it from that."""
    if waiver := finding.waiver_match.waiver:
        return f"  waived      until {waiver.until} by {waiver.owner}: {waiver.reason}"
    expired = finding.waiver_match.expired
    ended = f"its waiver ended on {expired.until} ({expired.owner}: {expired.reason})" if expired else ""
    if finding.known:
        return f"  known       it stands in the baseline; it does not fail the run{'; ' if ended else ''}{ended}"
    if ended:
        return f"  expired     {ended}"
    if not finding.binds:
        return "  note        no page promises this; it does not fail the run (--strict makes it)"
    return ""


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows in columns: the first to the left, the others to the right."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def _lines(result: RunResult, verbose: bool) -> Iterator[str]:
    for api in result.apis:
        yield ""
        yield f"{api.contract.title}   {api.url}   edition {api.contract.edition}"
        for line in aligned(table(api)):
            yield f"  {line}"
    for api in result.apis:
        for cause in api.causes():
            yield ""
            yield from finding_lines(cause.finding, cause.also_breaks)
    for api in result.apis:
        for reason in api.vacuous:
            yield f"not enough: {api.contract.api}: {reason}"
        for reason in api.crashed:
            yield visible(f"a probe could not finish: {api.contract.api}: {reason}")
    for remark in result.remarks:
        yield visible(remark)
    if verbose:
        yield from _open(result)
    yield ""
    seed, reports = result.selection.seed, result.selection.reports
    yield f"{result.exchanges} exchanges in {result.seconds:.1f} s, seed {seed}; reports in {reports}/"
    yield f"{result.word}: {result.advice}"


def _open(result: RunResult) -> Iterator[str]:
    yield ""
    for api in result.apis:
        for verdict in api.verdicts.values():
            if verdict.outcome in (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION):
                yield f"  {verdict.statement.id:<8} {verdict.outcome}: {' '.join(verdict.reason.split())}"


def _row(name: str, outcomes: Sequence[Outcome], columns: Sequence[Outcome]) -> list[str]:
    return [name, str(len(outcomes)), *(str(outcomes.count(column)) for column in columns)]
