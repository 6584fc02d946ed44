"""A comparison for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract_diff.as_text import excuse, label, places, shortened
from conformance.contract_diff.change import Change
from conformance.contract_diff.comparing import ApiComparison, Comparison
from conformance.target.exchange import visible

MOST_ROWS = 500
"""Rows of one table; a comment on GitHub may have 65,536 characters, a step summary 1 MiB."""


def render(found: Comparison) -> str:
    """The summary, then a table for each API, in GitHub's Markdown."""
    lines = ["# Contract changes", "", _cell(found.summary), "", f"`{found.old}` → `{found.new}`"]
    for api in found.apis:
        if api.changes:
            lines += ["", *_api(api)]
    if found.remarks:
        lines += ["", "## Remarks", "", *(f"- {_cell(remark)}" for remark in found.remarks)]
    return "\n".join(lines) + "\n"


def _api(api: ApiComparison) -> Iterator[str]:
    yield from (f"## {_cell(api.api)}", "", _cell(api.summary), "")
    yield "| level | operation | what | why | where |"
    yield "| --- | --- | --- | --- | --- |"
    listed, left_out = shortened(list(api.changes))
    for change in listed[:MOST_ROWS]:
        yield _row(change)
    left_out += max(0, len(listed) - MOST_ROWS)
    if left_out:
        yield from ("", f"… and {left_out} more.")


def _row(change: Change) -> str:
    level = f"~~{label(change)}~~ waived" if change.waiver else f"**{label(change)}**"
    why = f"{change.why}; {excused}" if (excused := excuse(change)) else change.why
    cells = (level, _cell(change.where), _cell(change.what), _cell(why), f"`{_cell(places(change))}`")
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text that cannot end a cell or become markup."""
    plain = visible(" ".join(text.split()))
    for character in ("\\", "|", "<", "*", "_", "`", "["):
        plain = plain.replace(character, f"\\{character}")
    return plain
