"""summary.md: what a reviewer wants to see first."""

from __future__ import annotations

from conformance.reports.run_result import RunResult
from conformance.reports.text import finding_lines, table
from conformance.target.exchange import visible
from conformance.verdict.outcomes import Outcome


def render(result: RunResult) -> str:
    """The tables, the findings and what was not shown, in GitHub's Markdown."""
    lines = [f"# Conformance: {result.word}", "", result.advice, ""]
    lines += [f"Seed {result.selection.seed}, {result.exchanges} exchanges, {result.seconds:.0f} s.", ""]
    for api in result.apis:
        lines += [f"## {api.contract.title}", "", f"`{api.url}`, edition {api.contract.edition}", ""]
        head, *rows = table(api)
        lines += [_row(head), _row(["---", *["---:"] * (len(head) - 1)]), *(_row(row) for row in rows), ""]
        if causes := api.causes():
            lines += ["### Findings", ""]
            for cause in causes:
                lines += ["```", *finding_lines(cause.finding, cause.also_breaks), "```", ""]
        open_ones = [v for v in api.verdicts.values() if v.outcome in (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION)]
        if open_ones:
            lines += ["<details><summary>Not shown on the wire</summary>", "", "| statement | why |", "| --- | --- |"]
            lines += [f"| {v.statement.id} | {v.outcome}: {' '.join(v.reason.split())} |" for v in open_ones]
            lines += ["", "</details>", ""]
        lines += [f"- not enough: {reason}" for reason in api.vacuous]
        lines += [f"- a probe could not finish: {visible(reason)}" for reason in api.crashed]
    if result.remarks:
        lines += ["## Remarks", "", *(f"- {visible(remark)}" for remark in result.remarks)]
    return "\n".join(lines).rstrip() + "\n"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
