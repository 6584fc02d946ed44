"""Which operations of a document are about the same records: by the form of their paths, its links, or as it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_server.behaviours.by_shape.identity import DIVIDER, id_member, is_key
from mock_server.behaviours.by_shape.slots import Members, Slot, find_slot, record_schema, schema_at
from specs.compiling import source_of
from specs.contract import Contract, Media, Operation, Response, placeholders
from specs.flaws import Flaw
from specs.path_templates import shape
from specs.schema import SchemaView
from specs.validation import RecordSchema, Schema

GONE = ".deleted"
"""Ends the name of the collection that says which records of another were deleted."""

_AT_ITEM = {"GET": "read", "HEAD": "read", "PUT": "replace", "PATCH": "update", "DELETE": "delete", "POST": "update"}
_AT_COLLECTION = {"GET": "list", "POST": "create", "PUT": "replace", "PATCH": "update"}
_WRITES = frozenset({"create", "replace", "update", "delete"})
_TAKES = frozenset({"create", "replace", "update"})

Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """
    What one operation does with the records of a resource: its `role`.

    `parents` are the path parameters before the one of the id, and `parameter` is that one, "" where the path has none.
    `slots` says by success status and media type where answers have records, `sent` by media type where bodies do.
    """

    operation: Operation
    role: str
    parents: tuple[str, ...]
    parameter: str
    slots: Mapping[int, Mapping[str, Slot]] = field(repr=False)
    sent: Mapping[str, Members] = field(repr=False)
    documents_conflict: bool
    """Whether it has an answer of its own, not that of `default`, for a record that is there already."""

    def sendable(self) -> frozenset[str]:
        """The members of a record that a body may have."""
        return frozenset(
            member
            for media, at in self.sent.items()
            if (schema := self.operation.body[media].schema) is not None
            for member in _view_at(schema.view, at).members()
        )

    @property
    def documents_absence(self) -> bool:
        """Whether the document has an answer of this operation for a record that is not there."""
        return 404 in self.operation.responses


@dataclass(frozen=True, slots=True)
class Resource:
    """
    Records that operations share, kept in the collection `name` by the value of their member `key`.

    `parameter` is the schema of the path parameter that names one. Where records have `parents`, their keys begin with
    them. `above` is the resource that these parents are of, if it is one.
    """

    name: str
    key: str
    parameter: Schema = field(repr=False)
    record: RecordSchema = field(repr=False)
    member: Schema = field(repr=False)
    parents: int
    parts: Mapping[str, Part] = field(repr=False)
    above: Resource | None = field(default=None, repr=False)

    @property
    def gone(self) -> str:
        """The collection that says which records were deleted."""
        return self.name + GONE

    def keeps(self, id: Any) -> bool:
        """Whether a record can be kept under this id."""
        return is_key(id) and not (self.parents and DIVIDER in str(id))

    def part(self, role: str) -> Part | None:
        """The first operation of a role whose answers have records."""
        return next((part for part in self.parts.values() if part.role == role and part.slots), None)


@dataclass(slots=True)
class _Group:
    """Operations that may be about the same records; `key` is the member that the document names as their id."""

    name: str
    item: Shape = ()
    key: str = ""
    placed: dict[str, tuple[Operation, str, str]] = field(default_factory=dict)
    """By id: the operation, its role and its parameter of the id."""


def recognised(contract: Contract) -> tuple[Resource, ...]:
    """
    The resources of a foreign contract, those above others first.

    `/pets` and `/pets/{petId}` are one if answers show records, a member of which is what the parameter stands for, and
    one of the operations writes. What is not certain is left out.
    """
    groups = _groups(contract)
    found: dict[Shape, Resource] = {}
    taken: set[str] = set()
    resources = []
    for group in sorted(groups, key=lambda group: len(group.item)):
        above = next(
            (found[group.item[:end]] for end in range(len(group.item) - 1, 0, -1) if group.item[:end] in found), None
        )
        resource = _resource(contract, group, taken, above)
        if resource is not None:
            resources.append(resource)
            taken.add(resource.name)
            found.setdefault(group.item, resource)
    return tuple(resources)


def misplaced(contract: Contract, resources: Sequence[Resource]) -> Iterator[Flaw]:
    """The operations that the document says to serve records and that cannot: nothing in them is such a record."""
    placed = {id for resource in resources for id in resource.parts}
    for operation in contract.operations.values():
        if operation.id in contract.unread or operation.id in placed:
            continue
        if declared := source_of(contract.document, operation).get("x-casepact-resource"):
            reason = (
                f"`x-casepact-resource` makes it serve {declared['name']}, but its path, body and answers have no such "
                "record, or nothing both shows and writes one; it keeps nothing."
            )
            yield Flaw(operation.place, operation.id, reason)


def _groups(contract: Contract) -> list[_Group]:
    by_path: dict[str, list[Operation]] = {}
    said: dict[str, Any] = {}
    for operation in contract.operations.values():
        if operation.id in contract.unread:
            continue
        declared = source_of(contract.document, operation).get("x-casepact-resource")
        if declared is not None:
            said[operation.id] = declared
        if declared is not False:
            by_path.setdefault(operation.path, []).append(operation)
    by_shape: dict[Shape, list[Operation]] = {}
    for path, operations in by_path.items():
        by_shape.setdefault(_shape(path), []).extend(operations)
    groups: dict[Shape, _Group] = {}
    for item, operations in by_shape.items():
        if item[-1] != "{}" or len(item) < 2 or item[:-1] not in by_shape:
            continue
        group = groups[item] = _Group(next((part for part in reversed(item) if "{}" not in part), ""), item)
        for operation in operations:
            if operation.method in _AT_ITEM:
                last = placeholders(operation.path)[-1]
                group.placed[operation.id] = operation, _AT_ITEM[operation.method], last
        for operation in by_shape[item[:-1]]:
            if operation.method in _AT_COLLECTION:
                group.placed[operation.id] = operation, _AT_COLLECTION[operation.method], ""
    _follow_links(contract, [*groups.values()])
    return [*_with_said(contract, list(groups.values()), said)]


def _shape(path: str) -> Shape:
    """The segments of a path whatever its parameters are called; /pets/ is /pets."""
    return shape(path.rstrip("/") or "/")


def _follow_links(contract: Contract, groups: Sequence[_Group]) -> None:
    """Take in what links to a record of a group: an operation that makes one, and the member of its id."""
    items = {id: (group, parameter) for group in groups for id, (_, _, parameter) in group.placed.items() if parameter}
    placed = {id for group in groups for id in group.placed}
    for operation in contract.operations.values():
        for response in source_of(contract.document, operation).get("responses", {}).values():
            for link in response.get("x-casepact-links", ()):
                group, parameter = items.get(link["operationId"], (None, ""))
                expression = str(link["parameters"].get(parameter, link["parameters"].get(f"path.{parameter}", "")))
                if group is None or not expression.startswith("$response.body#/"):
                    continue
                group.key = group.key or expression.rpartition("/")[2]
                if operation.method == "POST" and operation.id not in placed:
                    group.placed[operation.id] = operation, "create", ""


def _with_said(contract: Contract, groups: list[_Group], said: Mapping[str, Any]) -> Iterator[_Group]:
    """The groups as `x-casepact-resource` completes them, and those that only it makes."""
    by_name = {group.name: group for group in reversed(groups)}
    for id, declared in said.items():
        if declared is False:
            continue
        operation = contract.operations[id]
        for group in groups:
            group.placed.pop(id, None)
        names = placeholders(operation.path)
        ends = names[-1] if names and _shape(operation.path)[-1] == "{}" else ""
        parameter = str(declared.get("parameter", ends))
        table = _AT_ITEM if parameter else _AT_COLLECTION
        role = str(declared.get("role", table.get(operation.method, "")))
        name = str(declared["name"])
        if name not in by_name:
            by_name[name] = _Group(name)
            groups.append(by_name[name])
        group = by_name[name]
        group.key = str(declared.get("member", group.key))
        if role:
            group.placed[id] = operation, role, parameter
        if parameter and not group.item:
            group.item = _shape(operation.path)
    yield from groups


def _resource(contract: Contract, group: _Group, taken: set[str], above: Resource | None) -> Resource | None:
    """The resource of a group, if answers show its records and something writes them."""
    roles = {role for _, role, _ in group.placed.values()}
    if not roles & _WRITES:
        return None
    shown = _record(group)
    if shown is None:
        return None
    key, record, parameter, parents = shown
    parts = {}
    patched = roles & {"replace"} or any(operation.method == "PATCH" for operation, *_ in group.placed.values())
    for id, (operation, role, name) in group.placed.items():
        if operation.method == "POST" and role == "update" and patched:
            continue
        documented = source_of(contract.document, operation).get("responses", {})
        part = _part(operation, role, name, key, group.name, record.view, documented)
        if part is not None and len(part.parents) == parents:
            parts[id] = part
    readable = any(part.role in ("read", "list") and part.slots for part in parts.values())
    if not readable or not any(part.role in _WRITES for part in parts.values()):
        return None
    return Resource(
        name=_free_name(group, taken),
        key=key,
        parameter=parameter,
        record=record_schema(record, key, nested=parents > 0),
        member=schema_at(record, record.view.members()[key]),
        parents=parents,
        parts=parts,
        above=above,
    )


def _record(group: _Group) -> tuple[str, Schema, Schema, int] | None:
    """The member that is the id, the schema of a record, that of the path parameter, and how many parents there are."""
    named = next(
        (
            (operation, name, item.schema)
            for operation, _, name in group.placed.values()
            for item in operation.parameters
            if name and item.location == "path" and item.name == name
        ),
        None,
    )
    if named is None:
        return None
    operation, name, parameter = named
    parents = len(placeholders(operation.path)) - 1

    def key(view: SchemaView) -> str | None:
        if "object" not in view.types():
            return None
        if group.key:
            return group.key if group.key in view.members() else None
        return id_member(view, parameter, name, group.name)

    for role in ("read", "list", "create", "replace", "update"):
        for found, own, _ in group.placed.values():
            status = found.success_status()
            if own != role or found.method == "HEAD" or not 200 <= status < 300:
                continue
            for media in _shown(found.responses[status]):
                assert media.schema is not None, "what shows values has a schema"
                slot = find_slot(media.schema, lambda view: key(view) is not None, many=role == "list", name=group.name)
                if slot is not None and (member := key(slot.record.view)) is not None:
                    return member, slot.record, parameter, parents
    return None


def _part(
    operation: Operation,
    role: str,
    parameter: str,
    key: str,
    name: str,
    record: SchemaView,
    documented: Mapping[str, Any],
) -> Part | None:
    """An operation as it serves a resource, or None where nothing says how; `documented` are its responses."""
    success = operation.success_status()
    if not 200 <= success < 300:
        return None

    def holds(view: SchemaView) -> bool:
        return "object" in view.types() and key in view.members()

    slots: dict[int, dict[str, Slot]] = {}
    for status, response in operation.responses.items():
        if 200 <= status < 300:
            for media in _shown(response) if operation.method != "HEAD" else ():
                assert media.schema is not None, "what shows values has a schema"
                slot = find_slot(media.schema, holds, many=role == "list", name=name)
                if slot is not None:
                    slots.setdefault(status, {})[media.name] = slot
    sent = dict(_sent(operation, record)) if role in _TAKES else {}
    parents = tuple(item for item in placeholders(operation.path) if item != parameter)
    part = Part(operation, role, parents, parameter, slots, sent, "409" in documented)
    return part if _is_told(part, key, success) else None


def _is_told(part: Part, key: str, success: int) -> bool:
    """Whether what the operation takes and answers is that of its role."""
    content = part.operation.responses[success].content
    if part.role in ("read", "list"):
        return success in part.slots or part.operation.method == "HEAD"
    if part.role == "create":
        return bool(part.sent) and (success in part.slots or not content or success in (201, 202))
    if part.role == "delete":
        return bool(part.parameter)
    if not part.sent or (not part.parameter and key not in part.sendable()):
        return False
    # A POST at a record may do anything with it; one that answers with the record changes it.
    return part.operation.method != "POST" or success in part.slots


def _shown(response: Response) -> Iterator[Media]:
    """The representations that write values by a schema."""
    for media in response.content.values():
        if media.schema is not None and not media.sequence and media.essence.endswith(("json", "xml")):
            yield media


def _sent(operation: Operation, record: SchemaView) -> Iterator[tuple[str, Members]]:
    """By media type where a body has the members of a record: itself, or one object in it."""
    names = record.members().keys()
    for media in operation.body.values():
        if media.schema is None or media.essence == "application/json-patch+json":
            continue
        view = media.schema.view
        if "object" not in view.types():
            continue
        members = view.members()
        if not members or names & members.keys():
            yield media.name, ()
            continue
        within = [name for name, member in members.items() if names & member.members().keys()]
        if len(within) == 1 and "object" in members[within[0]].types():
            yield media.name, (within[0],)


def _view_at(view: SchemaView, at: Members) -> SchemaView:
    for name in at:
        view = view.members()[name]
    return view


def _free_name(group: _Group, taken: set[str]) -> str:
    """The name of a collection: the last word of its path, more of them where that is taken."""
    words = [part for part in group.item if "{}" not in part]
    for start in range(len(words) - 1, -1, -1):
        if (name := "-".join(words[start:])) and name not in taken and start != len(words) - 1:
            return name
        if start == len(words) - 1 and group.name and group.name not in taken:
            return group.name
    name, number = group.name or "records", 2
    while name in taken:
        name, number = f"{group.name or 'records'}-{number}", number + 1
    return name
