"""summary.md: what a reviewer wants to see first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.reports.document import ApiReport, Report, causes_of
from conformance.reports.text import changes_line, finding_lines, table
from conformance.target.exchange import visible
from conformance.verdict.outcomes import Outcome

# GitHub takes 1 MiB a step.
LIMIT = 1000 * 1000
"""How many bytes a summary has at most."""

_MOST = 40
"""How many findings of an API are written in full."""


def render(report: Report) -> str:
    """The tables, the findings and what was not shown, in GitHub's Markdown, within the limit of a step summary."""
    head = [f"# Conformance: {report['exit']['shown']}", "", _plain(report["exit"]["advice"]), ""]
    head += [f"Seed {report['seed']}, {report['exchanges']} exchanges, {report['seconds']:.0f} s.", ""]
    if report["changes"] is not None:
        line = changes_line(report["changes"])
        head += [f"{line[:1].upper()}{line[1:]}.", ""]
    text = "\n".join(head)
    for part in _parts(report):
        if len((text + part).encode("utf-8", "backslashreplace")) > LIMIT - 200:
            text += (
                "\n\nThe rest is left out: a summary has at most 1 MB. `report.json` and `index.html` have all of it.\n"
            )
            break
        text += "\n" + part
    return text.rstrip() + "\n"


def _parts(report: Report) -> Iterator[str]:
    for api in report["apis"].values():
        head, *rows = table(api)
        lines = [f"## {_plain(api['title'])}", "", f"`{api['url']}`, edition {api['edition']}", ""]
        lines += [_row(head), _row(["---", *["---:"] * (len(head) - 1)]), *(_row(row) for row in rows), ""]
        yield "\n".join(lines)
        yield from _findings(api)
        shown = (Outcome.NOT_EXERCISED, Outcome.DOCUMENTATION)
        unseen = [(name, item) for name, item in api["statements"].items() if item["outcome"] in shown]
        if unseen:
            lines = ["<details><summary>Not shown on the wire</summary>", "", "| statement | why |", "| --- | --- |"]
            lines += [f"| {name} | {item['outcome']}: {_plain(item['reason'])} |" for name, item in unseen]
            yield "\n".join([*lines, "", "</details>", ""])
        lines = [f"- not enough: {_plain(reason)}" for reason in api["vacuous"]]
        lines += [f"- a probe could not finish: {_plain(reason)}" for reason in api["crashed"]]
        if lines:
            yield "\n".join([*lines, ""])
    if report["remarks"]:
        yield "\n".join(["## Remarks", "", *(f"- {_plain(remark)}" for remark in report["remarks"])])


def _findings(api: ApiReport) -> Iterator[str]:
    causes = causes_of(api)
    if causes:
        yield "### Findings\n"
    for finding in causes[:_MOST]:
        lines = finding_lines(finding, api["statements"][finding["statement"]])
        # No line of a server's may end the block.
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        yield "\n".join([fence, *lines, fence, ""])
    if len(causes) > _MOST:
        rest = [f"- {item['statement']} {item['operation']}: {_plain(item['title'])}" for item in causes[_MOST:]]
        yield "\n".join([f"{len(rest)} more, in full in `index.html`:", "", *rest, ""])


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _plain(text: str) -> str:
    """A text of a server's or a ledger's that is no markup, in one line."""
    return re.sub(r"([\\<>|*_`\[\]])", r"\\\1", " ".join(visible(text).split()))
