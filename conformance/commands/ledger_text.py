"""`casepact ledger`: what is promised, who carries it, what proves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.commands.traceability import Entry, TraceMatrix
from conformance.reports.text import aligned
from specs.editions import DOCUMENTED
from specs.shortening import listed
from specs.statements import Proof, Refusal, Standing, Statement


def table(matrix: TraceMatrix) -> str:
    """Statements per API and in total, by standing and by proof."""
    head = ["", "page", *(str(standing) for standing in Standing), "contract", "probe", "unproved"]
    rows = [head]
    for api in matrix.contracts:
        rows.append(_row(api, matrix.of(api)))
    rows.append(_row("total", matrix.entries))
    note = "page counts the statements of the vendors' pages, contested ones too; the next five columns count facts."
    others = ", ".join(f"{entry.statement.id}{_mark(entry)}" for entry in matrix.entries if _is_elsewhere(entry))
    notes = [note, f"Not counted, for they are of another edition: {others}."] if others else [note]
    return "\n".join([*aligned(rows), "", *notes]) + "\n"


def table_of_document(matrix: TraceMatrix) -> str:
    """The statements that are derived from a document: how many of each operation, what they are about, and where."""
    ((_, contract),) = matrix.contracts.items()
    derived = [entry.statement for entry in matrix.entries if entry.statement.derived]
    rows = [["", "statements", "page", "assumed", *_PARTS, "at"]]
    for operation in contract.operations.values():
        rows.append(
            [*_counts(operation.id, [one for one in derived if one.about == operation.id]), str(operation.place)]
        )
    rows.append([*_counts("all operations", [one for one in derived if not one.about]), ""])
    rows.append([*_counts("total", derived), ""])
    facts = len(matrix.entries) - len(derived)
    notes = [
        "page fails a run, assumed gives notes; the next columns count by what the statements are about.",
        f"To these come {facts} facts of HTTP, which give notes.",
    ]
    if contract.unread:
        names = listed(sorted(contract.unread), most=12)
        notes.append(f"Not counted, for they have flaws (casepact lint FILE): {names}.")
    return "\n".join([*aligned(rows), "", *notes]) + "\n"


_PARTS = {
    "requests": ("path", "query", "header", "cookie", "querystring", "body", "accepts"),
    "responses": ("status", "response", "refusals", "formats"),
    "security": ("security",),
}
"""What a derived statement is about → the parts of ids, after the operation, that say so."""


def _counts(name: str, statements: Sequence[Statement]) -> list[str]:
    """A row: the statements in all, by standing, and by what they are about."""
    standings = [sum(one.standing is standing for one in statements) for standing in (Standing.PAGE, Standing.ASSUMED)]
    kinds = [one.id.removeprefix(f"{one.about}/").partition("/")[0] for one in statements]
    parts = [sum(kind in known for kind in kinds) for known in _PARTS.values()]
    return [name, *map(str, (len(statements), *standings, *parts))]


def unproved(matrix: TraceMatrix) -> str:
    """Every statement that nothing on the wire can show, with the reason."""
    lines = [
        f"{entry.api:<10} {entry.statement.id:<8}{_mark(entry)} {' '.join(entry.statement.reason.split())}"
        for entry in matrix.entries
        if entry.statement.proof is Proof.NONE
    ]
    return "\n".join(lines) + "\n"


def one(matrix: TraceMatrix, entries: Sequence[Entry]) -> str:
    """All that is known of one statement, in each API that has it."""
    return "\n\n".join("\n".join(_one(matrix, entry)) for entry in entries) + "\n"


def as_json(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """The matrix as JSON types."""
    return [
        {
            "api": entry.api,
            "id": entry.statement.id,
            "says": entry.statement.says,
            "standing": str(entry.statement.standing),
            "page": entry.statement.of_page,
            "lines": entry.statement.lines,
            "refusal": str(entry.statement.refusal),
            "proof": str(entry.statement.proof),
            "editions": list(entry.statement.editions),
            "reason": entry.statement.reason,
            "ledger": str(entry.statement.place),
            "elements": [str(place) for place in entry.elements],
            "rules": list(entry.rules),
            "probes": list(entry.probes),
        }
        for entry in entries
    ]


def _one(matrix: TraceMatrix, entry: Entry) -> Iterator[str]:
    statement = entry.statement
    yield f"{statement.id}  {entry.api}  {' '.join(statement.says.split())}"
    yield f"  standing    {statement.standing}" + (
        f", contested by {statement.contested_by}" if statement.contested_by else ""
    )
    if statement.editions:
        yield f"  editions    {', '.join(statement.editions)}"
    page = next(
        (page for page in matrix.contracts[entry.api].ledger.pages if statement.id.rpartition("-")[0] == page.prefix),
        None,
    )
    if statement.lines and page is not None:
        yield f"  page        {page.vendor}, {page.title}, lines {statement.lines}"
        yield f"              {page.address}"
    if statement.source:
        yield f"  source      {' '.join(statement.source.split())}"
    if statement.about:
        yield f"  about       {statement.about}"
    if statement.refusal is not Refusal.NONE:
        by = f" by {statement.refusal_by}" if statement.refusal_by else ""
        yield f"  refusal     {statement.refusal}{by}"
    yield f"  ledger      {statement.place}"
    yield from _listed("contract", list(dict.fromkeys(str(place) for place in entry.elements)))
    yield from _listed("rule", entry.rules)
    yield from _listed("probe", entry.probes)
    if statement.reason:
        yield f"  unproved    {' '.join(statement.reason.split())}"
    for item in matrix.contracts[entry.api].ledger.contradictions:
        if statement.id in (*item.about, *item.against):
            yield f"  {item.id:<11} {' '.join(item.decision.split())}"


def _listed(name: str, values: Sequence[str]) -> Iterator[str]:
    for index, value in enumerate(values):
        yield f"  {name if index == 0 else '':<11} {value}"


def _is_elsewhere(entry: Entry) -> bool:
    return not entry.statement.is_of(DOCUMENTED)


def _mark(entry: Entry) -> str:
    """The editions of a statement that the documented contract does not have."""
    return f" [{', '.join(entry.statement.editions)}]" if _is_elsewhere(entry) else ""


def _row(name: str, every: Sequence[Entry]) -> list[str]:
    entries = [entry for entry in every if not _is_elsewhere(entry)]
    facts = [entry for entry in entries if not entry.statement.of_page]
    pages = len(entries) - len(facts)
    standings = [str(sum(entry.statement.standing is standing for entry in facts)) for standing in Standing]
    proofs = [str(sum(entry.statement.proof is proof for entry in entries)) for proof in Proof]
    return [name, str(pages), *standings, *proofs]
