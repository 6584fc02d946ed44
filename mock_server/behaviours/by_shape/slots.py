"""Where an answer or a body holds records, and what of a record fits there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mock_server.synthesis.answers import fits
from mock_server.synthesis.merging import is_nothing, without_forbidden
from specs.schema import SchemaView
from specs.translating import LateValidator
from specs.validation import RecordSchema, Schema

_DEEPEST = 2
"""Members that lead to records at most: {"data": {"items": [...]}}."""
_LIKELY = ("data", "items", "results", "result", "records", "entries", "values", "content")
_REPAIRS = 4

Members = tuple[str, ...]
"""The names of members that lead to a value, the outermost first."""

Holds = Callable[[SchemaView], bool]
"""Whether a schema may be that of a record."""


@dataclass(frozen=True, slots=True)
class Slot:
    """
    Where a value of `whole` has its record, or with `many` the array of its records.

    `record` is the schema of one of them there, which may be another one than that of what is stored.
    """

    at: Members
    many: bool
    whole: Schema = field(repr=False)
    record: Schema = field(repr=False)

    def read(self, value: Any) -> Any:
        """What stands there; None where nothing does."""
        for name in self.at:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def write(self, value: Any, held: Any) -> Any:
        """The value with something else there."""
        return _written(value, self.at, held)


def find_slot(whole: Schema, holds: Holds, *, many: bool, name: str = "") -> Slot | None:
    """
    The one place of a schema where a record stands, or an array of records; None where several are as likely.

    A record itself comes before one in an object around it; of several arrays one that is called `name`, or as such
    arrays are, comes first.
    """
    nearest: list[tuple[Members, SchemaView]] = []
    places: list[tuple[Members, SchemaView]] = [((), whole.view)]
    for _ in range(_DEEPEST + 1):
        nearest = [(at, view) for at, view in places if _is_place(view, holds, many=many)]
        if nearest:
            break
        places = [
            ((*at, name), member)
            for at, view in places
            if view.kind() == "object"
            for name, member in view.members().items()
        ]
    if not nearest:
        return None
    for wanted in (name, *_LIKELY) if len(nearest) > 1 else ():
        if named := [(at, view) for at, view in nearest if at[-1].lower() == wanted.lower()]:
            nearest = named
            break
    if len(nearest) > 1:
        return None
    at, view = nearest[0]
    return Slot(at, many, whole, schema_at(whole, view.items() if many else view))


def schema_at(whole: Schema, view: SchemaView) -> Schema:
    """The schema of a part of a value, compiled when it is first asked."""
    if view.node is whole.view.node:
        return whole
    node = dict(view.node) if isinstance(view.node, Mapping) else {} if view.node else {"not": {}}
    document = {**node, "$defs": view.definitions}
    return Schema(document, LateValidator(document), among=view, charged=False)


def record_schema(schema: Schema, key: str, *, nested: bool) -> RecordSchema:
    """The same schema as that of what is stored in a collection."""
    return RecordSchema(schema.document, schema.validator, None, key, nested, among=schema.view, charged=False)


def declared(view: SchemaView, record: Mapping[str, Any]) -> dict[str, Any]:
    """
    What a schema speaks of in a record; all of it where the schema is open on purpose, or names no members.

    A server does not answer with members that its document does not have.
    """
    members = view.members()
    branches = view.branches()
    opened = any(
        branch.get("additionalProperties", False) not in (False, {"not": {}}) or "patternProperties" in branch
        for branch in branches
    )
    # In the order of the document.
    shown = {name: record[name] for name, view in members.items() if name in record and not is_nothing(view.node)}
    if not members or opened:
        shown |= {name: value for name, value in record.items() if name not in members}
    return shown


def fitted(schema: Schema, record: Mapping[str, Any], spare: Mapping[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """
    The record as it fits the schema, and whether it had to be changed; None where nothing near it fits.

    What is required and missing, and what does not fit, is taken from `spare`, which fits, or else left out.
    """
    shown = without_forbidden(schema.view, declared(schema.view, record))
    if fits(schema, shown):
        return shown, False
    for _ in range(_REPAIRS):
        for flaw in schema.flaws(shown):
            name = flaw.pointer[1:].partition("/")[0].replace("~1", "/").replace("~0", "~")
            name = name or (flaw.member if flaw.keyword == "required" else "")
            if name in spare:
                shown[name] = spare[name]
            elif name:
                shown.pop(name, None)
            elif flaw.keyword in ("additionalProperties", "unevaluatedProperties"):
                shown = {key: value for key, value in shown.items() if key in spare or key in schema.view.members()}
        if fits(schema, shown):
            return shown, True
    return None, True


def _is_place(view: SchemaView, holds: Holds, *, many: bool) -> bool:
    if not many:
        return "array" not in view.types() and holds(view)
    return view.kind() == "array" and holds(view.items())


def _written(value: Any, at: Members, held: Any) -> Any:
    if not at:
        return held
    whole = value if isinstance(value, dict) else {}
    return {**whole, at[0]: _written(whole.get(at[0]), at[1:], held)}
