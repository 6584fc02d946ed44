"""`casepact lint FILE`: what is wrong with an OpenAPI document, and what nothing of ours would enforce."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs
from openapi_spec_validator.schemas import schema_v2, schema_v30, schema_v31

from specs.contract import Contract, Media, Operation
from specs.derived_ledger import as_written, is_json, with_derived_ledger
from specs.flaws import Flaw, FlawedDocument
from specs.foreign import read_foreign
from specs.foreign_files import File
from specs.source import Document, Pointer, name_of
from specs.statements import Standing
from specs.unenforced import unenforced

_SCHEMAS: Mapping[str, Any] = {"2.0": schema_v2, "3.0": schema_v30, "3.1": schema_v31}
"""The schemas of the OpenAPI Initiative, by version."""


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in a document; `notes` are about what is right and not enforced."""

    flaws: tuple[Flaw, ...]
    notes: tuple[Flaw, ...]
    operations: int = 0
    statements: int = 0


def lint_document(path: Path) -> Linted:
    """
    Judge a document by the schema of its version, by what reads it, and by its own examples.

    Raises `CasepactError` for a file that cannot be read.
    """
    file = File(path)
    flaws: list[Flaw] = []
    contract: Contract | None = None
    try:
        read, document = read_foreign(path, name_of(path))
        flaws += _examples(read, document)
        flaws += _alike(read)
        contract = with_derived_ledger(read, document)
    except FlawedDocument as error:
        flaws += error.flaws
    known = {flaw.place for flaw in flaws}
    flaws += [flaw for flaw in _misfits(file) if flaw.place not in known]
    statements = contract.ledger.statements.values() if contract else ()
    return Linted(
        tuple(sorted(set(flaws))),
        tuple(unenforced(path)) if isinstance(file.data, dict) else (),
        len(contract.operations) if contract else 0,
        sum(statement.standing is not Standing.HTTP for statement in statements),
    )


def render(path: Path, found: Linted) -> str:
    """The lines of a report: flaws, notes, and a count of both."""
    lines = [str(flaw) for flaw in found.flaws]
    lines += [f"{note.place}: note: {note.message}" for note in found.notes]
    counts = f"{_counted(len(found.flaws), 'flaw')}, {_counted(len(found.notes), 'note')} on what is not enforced"
    read = f"{_counted(found.operations, 'operation')}, {_counted(found.statements, 'statement')}; "
    return "\n".join([*lines, f"{path}: {read if found.operations else ''}{counts}"]) + "\n"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _examples(contract: Contract, document: Document) -> Iterator[Flaw]:
    """Examples that their own schema does not allow; the mock never sends them."""
    for operation in contract.operations.values():
        pointer: Pointer = ("paths", operation.path, operation.method.lower())
        data = as_written(contract, operation)
        for index, item in enumerate(data.get("parameters", ())):
            parameter = next(p for p in operation.parameters if (p.name, p.location) == (item["name"], item["in"]))
            if "example" in item and not parameter.media and not parameter.schema.is_valid(item["example"]):
                flaw_text = parameter.schema.first_flaw(item["example"])[0].message
                place = document.place((*pointer, "parameters", index, "example"))
                yield Flaw(place, operation.id, f"the example of the parameter '{parameter.name}': {flaw_text}.")
        yield from _of_contents(operation, operation.body, document, (*pointer, "requestBody"))
        for status, response in data.get("responses", {}).items():
            numbers = [number for number in operation.responses if str(number) == status]
            contents = operation.responses[numbers[0]].content if numbers else {}
            if response.get("content"):
                yield from _of_contents(operation, contents, document, (*pointer, "responses", status))


def _of_contents(
    operation: Operation, contents: Mapping[str, Media], document: Document, pointer: Pointer
) -> Iterator[Flaw]:
    for media in contents.values():
        if media.schema is None or not is_json(media.name):
            continue
        for name, value in media.examples.items():
            for flaw in media.schema.first_flaw(value):
                holder = ("example",) if name == "example" else ("examples", name)
                place = document.place((*pointer, "content", media.name, *holder))
                where = f" at {flaw.pointer}" if flaw.pointer else ""
                yield Flaw(place, operation.id, f"the example '{name}' breaks its schema{where}: {flaw.message}.")


def _alike(contract: Contract) -> Iterator[Flaw]:
    """Paths that differ in the names of their parameters alone (OpenAPI 3.0.3, Paths Object)."""
    seen: dict[str, Operation] = {}
    for operation in contract.operations.values():
        shape = "/".join("{}" if part.startswith("{") else part for part in operation.path.split("/"))
        first = seen.setdefault(shape, operation)
        if first.path != operation.path:
            message = f"the path {operation.path} differs from {first.path} in a parameter's name alone."
            yield Flaw(operation.place, operation.id, message)


def _misfits(file: File) -> Iterator[Flaw]:
    """What does not fit the schema of the document's version."""
    data = file.data if isinstance(file.data, dict) else {}
    schema = _SCHEMAS.get(str(data.get("openapi", data.get("swagger", "")))[:3])
    if schema is None:
        return
    for error in jsonschema_rs.validator_for(dict(schema)).iter_errors(data):
        for leaf in _leaves(error):
            pointer = _as_keys(data, leaf.instance_path)
            unexpected = leaf.kind.as_dict().get("unexpected", ()) if leaf.kind.name == "additionalProperties" else ()
            for key in unexpected:
                yield Flaw(file.place((*pointer, key)), _named(pointer), f"has an unknown key '{key}'.")
            if not unexpected:
                yield Flaw(file.place(pointer), _named(pointer), f"{leaf.message[:300]}.")


def _leaves(error: Any) -> Sequence[Any]:
    """The errors that explain one: for a choice, those of the best-fitting branch that is not a reference."""
    branches = error.kind.as_dict().get("context") if error.kind.name in ("oneOf", "anyOf") else None
    meant = [branch for branch in branches or () if branch and not any("$ref" in item.message[:8] for item in branch)]
    if not meant:
        return [error]
    nearest = min(meant, key=len)
    return [leaf for item in nearest[:3] for leaf in _leaves(item)][:3]


def _as_keys(data: Any, path: Sequence[str | int]) -> Pointer:
    """The pointer with texts where it leads through mappings: a status is a key, and not an index."""
    pointer: list[str | int] = []
    for part in path:
        if isinstance(data, list) and isinstance(part, int):
            pointer.append(part)
            data = data[part]
        else:
            pointer.append(str(part))
            data = data.get(str(part)) if isinstance(data, dict) else None
    return tuple(pointer)


def _named(pointer: Pointer) -> str:
    return "/".join(map(str, pointer[:3]))
