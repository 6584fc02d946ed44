"""Requests that should be carried out: the contract's own example, with the target's records in it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from specs.contract import Operation, Sample
from specs.references import at, split
from specs.schema import SchemaView
from specs.statements import WHOLE, Charges

# What of which record stands in a sample, as {case.other#id}.
_RECORD = re.compile(r"\{([^{}#]+)#([^{}#]+)\}")

Records = Mapping[str, Mapping[str, Any]]

Entries = Callable[[str, str], str]
"""The value of an actor's entry in the profile, by actor and name."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The variable parts of a request."""

    path: Mapping[str, Any]
    media: str
    body: Any
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)

    def with_member(self, pointer: str, value: Any) -> Draft:
        """The same request with one member of the body set."""
        body = copy.deepcopy(self.body)
        parts = split(pointer)
        at(body, tuple(parts[:-1]))[parts[-1]] = value
        return replace(self, body=body)

    def without_member(self, pointer: str) -> Draft:
        """The same request with one member of the body left out."""
        body = copy.deepcopy(self.body)
        parts = split(pointer)
        at(body, tuple(parts[:-1])).pop(parts[-1], None)
        return replace(self, body=body)


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """An entry of an actor in the profile, as a user name or a client secret."""

    actor: str
    name: str

    @property
    def need(self) -> str:
        """What a probe that sends it declares to need."""
        return f"actor:{self.actor}.{self.name}"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a request body: where it stands, what it may hold and which statements say so."""

    pointer: str
    schema: Mapping[str, Any]
    charges: Charges
    required: bool

    @property
    def name(self) -> str:
        """The name of the member itself."""
        return self.pointer.rpartition("/")[2]

    @property
    def role(self) -> str:
        """The known record that its value names, or an empty text."""
        return str(self.schema.get("x-role", ""))

    @property
    def in_bytes(self) -> bool:
        """Whether the limit of its length is one of bytes, and not of characters."""
        return "x-max-bytes" in self.schema

    def stored_by(self, effect: tuple[str, ...], sent: Any, shown: Any) -> tuple[str, ...]:
        """
        Who says that what is shown afterwards is what was sent; `effect` is what the operation says of all members.

        What is said of a member's type goes with that of the operation, where nothing is said of its effect; and with
        the effect, where a number is shown in place of a text or the other way round.
        """
        typed = self.charges.get("type", ())
        own = self.charges.get("effect")
        if own and (type(sent) is type(shown) or not isinstance(shown, str | int | float)):
            return own
        return tuple(dict.fromkeys([*typed, *(own or effect)]))

    @property
    def entry(self) -> OwnEntry | None:
        """What of an actor of the profile its value is, as `x-entry: admin.password` says."""
        actor, _, name = str(self.schema.get("x-entry", "")).partition(".")
        return OwnEntry(actor, name) if name else None


def draft(
    operation: Operation, records: Records, sample: Sample | None = None, entries: Entries | None = None
) -> Draft | None:
    """
    A request that a server which has these records should carry out; None when a record it needs is not known.

    Built from `sample`, or the first sample of the page, or else from the first example of the body; without any, of
    the members that the body must have. `entries` gives
    what the profile's actors log in with; raises what that raises.
    """
    if sample is None and operation.samples:
        sample = operation.samples[0]
    media = sample.media if sample and sample.media else next(iter(operation.body), "")
    body: Any = None
    if media:
        examples = operation.body[media].examples
        body = copy.deepcopy(
            examples.get(sample.body) if sample and sample.body else next(iter(examples.values()), None)
        )
        if not examples:
            body = _made_up(operation, media)
    path: dict[str, Any] = dict(sample.path) if sample else {}
    for parameter in operation.parameters:
        if parameter.location == "path" and parameter.role:
            if parameter.role not in records:
                return None
            path[parameter.name] = records[parameter.role]["id"]
    for member in body_members(operation, media):
        if member.role and (_holds(body, member.pointer) or _is_element(body, member)):
            if member.role not in records:
                return None
            body = _with_record(body, member, records[member.role]["id"])
        if entries is not None and (entry := member.entry) and _holds(body, member.pointer):
            _put(body, member.pointer, entries(entry.actor, entry.name))
    for pointer, text in (sample.records if sample else {}).items():
        if any(name not in records.get(role, ()) for role, name in _RECORD.findall(text)):
            return None
        _put(body, pointer, _RECORD.sub(lambda found: str(records[found[1]][found[2]]), text))
    return Draft(path, media, body)


def filled(operation: Operation, made: Draft, records: Records, pointer: str = "") -> Draft:
    """The request with every member that it lacks and for which a value is known; with `pointer`, that one only."""
    for member in body_members(operation, made.media):
        outer = member.pointer.rpartition("/")[0]
        if _holds(made.body, member.pointer) or not (
            _holds(made.body, outer) if outer else isinstance(made.body, dict)
        ):
            continue
        if pointer and member.pointer != pointer:
            continue
        if member.role:
            if member.role in records and member.schema.get("type") != "array":
                made = made.with_member(member.pointer, records[member.role]["id"])
        elif "example" in member.schema or "enum" in member.schema:
            made = made.with_member(member.pointer, member.schema.get("example", member.schema.get("enum", [None])[0]))
        elif member.schema.get("type") == "string" and not member.schema.keys() & {"format", "pattern"}:
            made = made.with_member(member.pointer, "Casepact")
    return made


def sample_roles(sample: Sample) -> tuple[str, ...]:
    """The records that the values of a sample name."""
    return tuple(dict.fromkeys(found[0] for text in sample.records.values() for found in _RECORD.findall(text)))


def own_entries(operation: Operation) -> dict[str, OwnEntry]:
    """The members of a request that an actor of the profile logs in with, by name."""
    media = next(iter(operation.body), "")
    found = ((member.pointer[1:], member.entry) for member in body_members(operation, media))
    return {name: entry for name, entry in found if entry is not None}


def roles(operation: Operation) -> tuple[str, ...]:
    """What a draft of this operation needs: records by role, and entries of actors."""
    named = [parameter.role for parameter in operation.parameters if parameter.role]
    media = next(iter(operation.body), "")
    named += [member.role for member in body_members(operation, media) if member.role]
    return tuple(dict.fromkeys([*named, *(entry.need for entry in own_entries(operation).values())]))


def body_members(operation: Operation, media: str) -> list[Member]:
    """Every named member of a request body, the outer ones first."""
    content = operation.body.get(media)
    if content is None or content.schema is None:
        return []
    return list(_members(content.schema.view, "", frozenset()))


def evaluate(expression: Any, path: Mapping[str, Any], sent: Any, answered: Any) -> Any:
    """
    An OpenAPI runtime expression: `$request.path.id`, `$request.body#/a/b`, `$response.body#/c`; others are constants.

    Raises `LookupError` when there is nothing at the pointer.
    """
    if not isinstance(expression, str) or not expression.startswith("$"):
        return expression
    if expression.startswith("$request.path."):
        return path[expression.removeprefix("$request.path.")]
    source, _, pointer = expression.partition("#")
    value = {"$request.body": sent, "$response.body": answered}.get(source)
    return at(value, tuple(split(pointer)))


def _members(view: SchemaView, pointer: str, passed: frozenset[int]) -> Iterator[Member]:
    """`passed` are the schemas on the way, by identity: one that holds itself is not entered again."""
    node = view.resolved().node
    if not isinstance(node, Mapping) or id(node) in passed:
        return
    passed |= {id(node)}
    required = set(node.get("required") or ())
    for name, source in (node.get("properties") or {}).items():
        inner = view.at(source).resolved()
        schema = inner.node if isinstance(inner.node, Mapping) else {}
        # A statement beside a reference stands on the wrapper, what it may hold behind the reference.
        charges = {**_charges(schema), **_charges(source)}
        found = Member(f"{pointer}/{name}", schema, charges, name in required)
        yield found
        if schema.get("type") == "object" or "properties" in schema:
            yield from _members(inner, found.pointer, passed)
    for part in node.get("allOf") or ():
        yield from _members(view.at(part), pointer, passed)


def _made_up(operation: Operation, media: str) -> Any:
    """A body of JSON with the members that it must have, where the contract shows none; else nothing."""
    content = operation.body[media]
    if "json" not in media or content.schema is None or content.schema.view.kind() != "object":
        return None
    body: Any = {}
    for member in body_members(operation, media):
        outer = member.pointer.rpartition("/")[0]
        if member.required and (not outer or _holds(body, outer)):
            _put(body, member.pointer, _value_of(member.schema))
    return body


def _value_of(schema: Mapping[str, Any]) -> Any:
    """A value for a member: what its schema shows or lists, else the least of its type."""
    for shown in ("example", "default", "const"):
        if shown in schema:
            return copy.deepcopy(schema[shown])
    if schema.get("enum"):
        return schema["enum"][0]
    kinds = schema.get("type")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "string":
        return "Casepact".ljust(schema.get("minLength", 0), "-")[: schema.get("maxLength", 8)]
    return {"boolean": False, "array": [], "object": {}}.get(str(kind))


def _charges(node: Any) -> dict[str, tuple[str, ...]]:
    found = node.get("x-statement") or {} if isinstance(node, dict) else {}
    return {("type" if key == WHOLE else key): tuple(ids) for key, ids in found.items()}


def _holds(body: Any, pointer: str) -> bool:
    try:
        at(body, tuple(split(pointer)))
    except LookupError:
        return False
    return True


def _is_element(body: Any, member: Member) -> bool:
    """Whether a body of XML, which is a text, has the member as an element."""
    return isinstance(body, str) and f"<{member.name}>" in body


def _with_record(body: Any, member: Member, id: Any) -> Any:
    """The body with the member naming a record."""
    if isinstance(body, str):
        return re.sub(f"<{member.name}>[^<]*</{member.name}>", f"<{member.name}>{id}</{member.name}>", body)
    _put(body, member.pointer, id)
    return body


def _put(body: Any, pointer: str, value: Any) -> None:
    parts = split(pointer)
    at(body, tuple(parts[:-1]))[parts[-1]] = value
