"""The compiled contract: what one API promises, as frozen values. No file is read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import jsonschema_rs

from specs.flaws import Flaw, Place, UnknownName
from specs.references import at, join, split
from specs.schema import IN_PLACE, SchemaView
from specs.statements import Ledger

Charges = Mapping[str, tuple[str, ...]]
"""Statement ids by keyword; "*" stands for the element as a whole, its presence included."""

WHOLE = "*"

_Element = tuple[tuple[str | int, ...], str | None, tuple[str | int, ...] | None]
"""Path of a keyword, the member that it misses, and where the value stands if the path does not tell the way."""

_REMEMBERED = 1000
_TOLD = 10
"""Branches of a choice whose flaws are told."""

Trail = list[tuple[Mapping[str, Any], int]]
"""Schemas on the way to the one that a value breaks, each with how deep in the value it judges."""


class SchemaFlaw(NamedTuple):
    """One way in which a value breaks a schema, and the statements that broke with it."""

    keyword: str
    pointer: str
    message: str
    statements: tuple[str, ...]
    member: str = ""


class Judge(Protocol):
    """What tells whether a value fits a schema: a compiled validator, or one that is compiled when first asked."""

    def is_valid(self, instance: Any) -> bool:
        """Whether the value fits."""

    def iter_errors(self, instance: Any) -> Iterator[jsonschema_rs.ValidationError]:
        """Every way in which it does not."""

    def validate(self, instance: Any) -> None:
        """Raises `jsonschema_rs.ValidationError` for the first way in which it does not."""

    def evaluate(self, instance: Any) -> jsonschema_rs.Evaluation:
        """The annotations of the schemas that it fits."""


def _member_names(node: Any) -> Iterator[str]:
    """The names of all members that a schema and what it refers to declare."""
    if isinstance(node, dict):
        declared = node.get("properties")
        if isinstance(declared, dict):
            yield from declared
        for part in node.values():
            yield from _member_names(part)
    elif isinstance(node, list):
        for part in node:
            yield from _member_names(part)


@dataclass(frozen=True, slots=True)
class Schema:
    """
    A JSON Schema of 2020-12 with every format enforced.

    `document` is the translated schema with what it refers to under `$defs`; `validator` judges values by it.
    """

    document: Mapping[str, Any] = field(repr=False)
    validator: Judge = field(repr=False)
    _charges: dict[_Element, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """The statements of elements that were broken before: to find them takes longer than to find the flaw."""
    _names: set[str] = field(default_factory=set, init=False, repr=False, compare=False)
    among: SchemaView | None = field(default=None, repr=False, compare=False, kw_only=True)
    """A view of the same source, with which it shares those of its nodes; None for a schema that stands alone."""
    view: SchemaView = field(init=False, repr=False, compare=False)
    """What it says, seen through its references."""

    def __post_init__(self) -> None:
        view = SchemaView.of(self.document) if self.among is None else self.among.at(self.document)
        object.__setattr__(self, "view", view)

    def is_valid(self, value: Any) -> bool:
        """Whether the value fits; the cheap question, asked on the request path."""
        return self.validator.is_valid(value)

    def first_flaw(self, value: Any) -> list[SchemaFlaw]:
        """The first way in which the value does not fit; told in no time, however many there are."""
        try:
            self.validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [self._flaw(error)]
        return []

    def flaws(self, value: Any) -> list[SchemaFlaw]:
        """Every way in which the value does not fit, in the order of the schema."""
        return [self._flaw(error) for error in self.validator.iter_errors(value)]

    def names(self, member: str) -> bool:
        """Whether a member of this name stands anywhere in the schema, whatever its letter case."""
        if not self._names:
            self._names.update(name.lower() for name in _member_names(self.document))
        return member.lower() in self._names

    def exercised(self, value: Any) -> set[str]:
        """
        The statements whose elements a fitting value really holds.

        Empty for a value that does not fit: evidence comes only from answers that could have failed and did not.
        """
        found: set[str] = set()
        for item in self.validator.evaluate(value).annotations():
            annotations = item["annotations"]
            if isinstance(annotations, dict) and isinstance(charges := annotations.get("x-statement"), dict):
                for keyword, statements in charges.items():
                    if keyword != "effect":
                        found.update(map(str, statements if isinstance(statements, list) else ()))
        return found

    def whole(self) -> tuple[str, ...]:
        """The statements that a value breaks which is not there at all, or is of another kind altogether."""
        return next(filter(None, (_charged([(node, 0)], "type") for node in self._referred(self.document))), ())

    def _flaw(self, error: jsonschema_rs.ValidationError) -> SchemaFlaw:
        path, value_at = error.evaluation_path, tuple(error.instance_path)
        keyword, member = str(path[-1]) if path else "", None
        if keyword == "required":
            member = str(error.kind.as_dict()["property"])
        # jsonschema-rs leaves the `$ref`s out of the path of our own keywords, so there the value tells the way.
        searched = value_at if path[:1] == ["$defs"] else None
        element = (tuple(path), member, searched)
        statements = self._charges.get(element)
        if statements is None:
            statements = self._statements(path[:-1], keyword, member, searched)
            if len(self._charges) < _REMEMBERED:
                self._charges[element] = statements
        pointer = f"/{join(value_at)}" if value_at else ""
        return SchemaFlaw(keyword, pointer, _message(error), statements, member or "")

    def _statements(
        self, path: list[str | int], keyword: str, member: str | None, searched: tuple[str | int, ...] | None
    ) -> tuple[str, ...]:
        """The statements of a keyword, and of a missing member; `searched` is where the path does not tell the way."""
        trail = self._trail(path)
        if searched is not None:
            trail = self._search(self.document, trail[-1][0], searched, 0) or trail
        if member is not None:
            holder, depth = trail[-1]
            trail += [(node, depth + 1) for node in self._referred(holder.get("properties", {}).get(member))]
        return _charged(trail, keyword)

    def _trail(self, path: list[str | int]) -> Trail:
        """The schemas that the path passes, the outermost first; `$ref` leads on."""
        node: Any = self.document
        depth, trail = 0, [(node, 0)]
        parts = iter(path)
        for part in parts:
            node = self._definition(node["$ref"]) if part == "$ref" else node[part]
            if part in ("properties", "$defs", *IN_PLACE):
                if (name := next(parts, None)) is None:
                    break
                node = node[name]
            depth += part in ("properties", "items", "additionalProperties")
            if isinstance(node, dict):
                trail.append((node, depth))
        return trail

    def _search(self, node: Any, target: Mapping[str, Any], value_at: tuple[str | int, ...], depth: int) -> Trail:
        """The schemas that lead from `node` to `target`, which judges the element at `value_at`; empty when none do."""
        for item in self._referred(node):
            if item is target and not value_at:
                return [(item, depth)]
            ways = [(branch, value_at, depth) for key in IN_PLACE for branch in item.get(key, ())]
            ways.append((item.get("not"), value_at, depth))
            if value_at:
                name = value_at[0]
                rest = "items" if isinstance(name, int) else "additionalProperties"
                below = item.get("properties", {}).get(name, item.get(rest))
                ways.append((below, value_at[1:], depth + 1))
            for way in ways:
                if found := self._search(way[0], target, *way[1:]):
                    return [(item, depth), *found]
        return []

    def _referred(self, node: Any) -> list[Mapping[str, Any]]:
        """The schema and what its `$ref` leads to, when there is one."""
        nodes: list[Mapping[str, Any]] = []
        while isinstance(node, dict) and node not in nodes:
            nodes.append(node)
            node = self._definition(node["$ref"]) if "$ref" in node else None
        return nodes

    def _definition(self, reference: str) -> Any:
        return at(self.document, tuple(split(reference[1:])))


_MEMBERWISE = frozenset({"type", "properties", "required", "additionalProperties", "$defs", "description", "title"})


@dataclass(frozen=True, slots=True)
class RecordSchema(Schema):
    """
    The schema of what is stored in a collection.

    `members` judges objects that lack members; it is None where what one member may be depends on another.
    """

    members: Judge | None = field(default=None, repr=False)

    def is_valid_with(self, written: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
        """
        Whether a record fits that came of another one, which fits, by writing some of its members.

        Only these are judged, so changing a large record costs no more than changing a small one.
        """
        return self.members.is_valid(written) if self.members is not None else self.is_valid(record)


def without_required(document: Mapping[str, Any] | bool) -> Mapping[str, Any] | None:
    """
    The schema that asks nothing of missing members, or None where members depend on each other.

    `document` is a translated schema; what its own keyword `x-max-bytes` asks of texts asks nothing of objects.
    """
    root: Any = document
    while isinstance(root, dict) and "$ref" in root and root.keys() <= {"$ref", "$defs"}:
        root = at(document, tuple(split(str(root["$ref"])[1:])))
    if not isinstance(root, dict) or root.get("type") != "object":
        return None
    if any(key not in _MEMBERWISE and not key.startswith("x-") for key in root):
        return None
    definitions = document.get("$defs", {}) if isinstance(document, Mapping) else {}
    return {**{key: value for key, value in root.items() if key != "required"}, "$defs": definitions}


def _message(error: jsonschema_rs.ValidationError) -> str:
    """
    What is wrong; of a value that fits none of several branches, what is wrong by all of them or by the one meant.

    A branch was meant if it is the only one of which no member has a value that is not listed. Where every branch lists
    other values of one member, those are told.
    """
    branches = error.kind.as_dict().get("context") if error.kind.name in ("oneOf", "anyOf") else None
    if not branches or not all(branches):
        return error.message
    meant = [branch for branch in branches if not any(map(_is_choice, branch))]
    told = [item for item in branches[0] if all(_told(item) in map(_told, branch) for branch in branches)][:1]
    if not told and len(meant) == 1:
        told = meant[0][:1]
    elif not told and not meant:
        choices = [item for branch in branches for item in branch if _is_choice(item)]
        told = choices if len({tuple(item.instance_path) for item in choices}) == 1 else []
    start = len(error.instance_path)
    parts = []
    for item in told[:_TOLD]:
        below = tuple(item.instance_path)[start:]
        parts.append(f"/{join(below)}: {item.message}" if below else item.message)
    return f"fits none of the forms that {error.kind.name} allows: {'; '.join(parts)}" if parts else error.message


def _is_choice(error: jsonschema_rs.ValidationError) -> bool:
    return error.kind.name in ("enum", "const")


def _told(error: jsonschema_rs.ValidationError) -> tuple[tuple[str | int, ...], str]:
    return tuple(error.instance_path), error.message


def _charged(trail: Trail, keyword: str) -> tuple[str, ...]:
    here = trail[-1][1]
    for node, depth in reversed(trail):
        charges: Charges = node.get("x-statement") or {}
        if depth == here and keyword in charges:
            return tuple(charges[keyword])
        if WHOLE in charges:
            return tuple(charges[WHOLE])
        if depth == here and keyword == "required" and "type" in charges:
            return tuple(charges["type"])
    return ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One path, query, header or cookie parameter.

    `style` and `explode` say how its value is written (OpenAPI 3.0.3, Style Values); `media` is set instead where the
    value is a text of that media type (`content`).
    """

    name: str
    location: str
    required: bool
    schema: Schema
    charges: Charges
    role: str = ""
    pattern: str = ""
    style: str = "simple"
    explode: bool = False
    media: str = ""


SEQUENCES = ("application/jsonl", "application/x-ndjson", "application/json-seq", "text/event-stream")
"""Media types whose bodies are one item after the other (OpenAPI 3.2, Sequential Media Types)."""


@dataclass(frozen=True, slots=True)
class Media:
    """
    One representation of a request body or of an answer; `examples` are by name.

    With `sequence` the body is one item after the other, and its value the array of them (OpenAPI 3.2, `itemSchema`).
    `dividers` are of the members of a form that are arrays in one text: what stands between the items, by member.
    """

    name: str
    schema: Schema | None
    examples: Mapping[str, Any]
    charges: Charges
    dividers: Mapping[str, str] = field(default_factory=dict)
    sequence: bool = False

    def admits(self, example: Any) -> bool:
        """Whether an example can be shown; text of another type than JSON is not judged."""
        judged = self.sequence or "json" in self.name
        return self.schema is None or not judged or self.schema.is_valid(example)


@dataclass(frozen=True, slots=True)
class Link:
    """Where a success answer leads: the operation, its arguments and what it must show then."""

    name: str
    operation: str
    parameters: Mapping[str, Any]
    state: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Header:
    """One documented header of an answer."""

    schema: Schema
    required: bool
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """One documented answer of an operation; header names are in lower case."""

    status: int
    content: Mapping[str, Media]
    headers: Mapping[str, Header]
    links: tuple[Link, ...]
    charges: Charges
    unprovokable: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """
    A request as the vendor's page prints it; `body` names an example of the request body.

    `records` says which of its values name records: for a pointer into the body, the text that stands there, with
    `{role#entry}` for what the target's record has, as "/core/casemgr/v3/case/{case.other#id}".
    """

    name: str
    statements: tuple[str, ...]
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    media: str
    body: str
    actor: str
    records: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """
    What an operation leaves as it was, with the statements that say so.

    `record` is about the members of the record that a request does not send, `members` about single ones by the name
    that reads show, `others` about other records, `again` about the same request sent twice.

    `sets` are places of the record that the operation sets by itself, with `{name}` for an argument, and what they hold
    then: a value, whether a list has the entry, or None where nobody can tell; `done` says so, or else the operation's
    effect. `within` is where the body holds the record. `also` names by role further records that the operation takes.
    """

    record: tuple[str, ...]
    others: tuple[str, ...]
    members: Charges
    again: tuple[str, ...]
    done: tuple[str, ...]
    sets: Mapping[str, Any]
    within: str
    also: tuple[str, ...]

    def kept_by(self, member: str) -> tuple[str, ...]:
        """The statements that say that a member of the record stays."""
        return self.members.get(member, self.record)


@dataclass(frozen=True, slots=True)
class TokenPlaces:
    """Where an answer holds a token and the end of its life, as JSON pointers; an empty one is not known."""

    token: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """How the vendor words one kind of refusal; `body` holds {detail} and {name} to be filled in."""

    name: str
    status: int
    media: str
    body: Any
    headers: Mapping[str, str]
    challenge: str
    statement: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: what it takes, what it answers and which statements it carries."""

    id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Media]
    body_required: bool
    responses: Mapping[int, Response]
    security: tuple[tuple[str, ...], ...]
    supporting: bool
    effect: tuple[str, ...]
    samples: tuple[Sample, ...]
    success: Mapping[str, Any]
    refusals: Mapping[str, RefusalKind]
    place: Place
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers that every request must hold and OpenAPI 3.0 cannot declare (`x-headers`), with what clients send."""
    leaves_alone: LeftAlone | None = None
    token: TokenPlaces = TokenPlaces()

    @property
    def writes(self) -> bool:
        """Whether it may change what the server stores (RFC 9110 section 9.2.1: GET and HEAD are safe, and QUERY)."""
        return self.method not in ("GET", "HEAD", "QUERY")

    @property
    def gives_token(self) -> bool:
        """Whether it is called to be let in: it takes a password or a client secret, and belongs to no record."""
        return self.supporting and not self.security

    def success_status(self) -> int:
        """
        The lowest documented 2xx status.

        A foreign operation may document none: then it is what else a valid request may get, a redirect or that there is
        nothing, and at last the lowest status of all.
        """
        documented = sorted(self.responses)
        for ranks in (range(200, 300), range(300, 400), (404, 410, 409, 403, 401, 429)):
            for status in documented:
                if status in ranks:
                    return status
        return documented[0]

    def succeeded(self, status: int, value: Any) -> bool:
        """Whether an answer of this status and value says that the request was carried out."""
        if not 200 <= status < 300:
            return False
        for pointer, expected in self.success.items():
            try:
                found = at(value, tuple(split(pointer)))
            except LookupError:
                return False
            if found != expected or type(found) is not type(expected):
                return False
        return True


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """Where a credential travels: an API key in `location` under `name`, or HTTP basic or bearer."""

    name: str
    kind: str
    location: str
    key: str


@dataclass(frozen=True, slots=True)
class MemberNames:
    """How the members of answers are spelt."""

    style: str
    exceptions: frozenset[str]
    charges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class XmlStyle:
    """How a value is written as XML."""

    root: str
    booleans: str
    empty: str
    charges: Charges


@dataclass(frozen=True, slots=True)
class CheckPolicy:
    """The statement that a failed generated check is charged to, or why the check is off."""

    statement: str
    off: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    What a document is held to, and how what it leaves open is read.

    `ledger` says that statements stand behind it, and `modelled` that behaviours are written for it: else its answers
    are made up. What is `complete` documents each status by itself and a success for each operation, and its examples,
    refusals and relations fit. Schemas that are compiled `late` are so when they are first asked.

    Of a parameter that is sent twice the last value counts and both are judged, or with `first_counts` the first alone;
    an integer in a parameter has at most so many `digits`.

    `versions` are those of OpenAPI that are compiled, as their numbers begin.
    """

    ledger: bool
    modelled: bool
    complete: bool
    late: bool
    first_counts: bool
    digits: int
    versions: tuple[str, ...] = ("3.0.",)


OURS = Dialect(ledger=True, modelled=True, complete=True, late=False, first_counts=False, digits=30)
"""That of the contracts here."""

FOREIGN = Dialect(
    ledger=False,
    modelled=False,
    complete=False,
    late=True,
    first_counts=True,
    digits=300,
    versions=("3.0", "3.1", "3.2"),
)
"""That of a document that comes with no ledger and no behaviours (`specs.foreign`)."""


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything one API promises, in one edition."""

    api: str
    edition: str
    title: str
    version: str
    operations: Mapping[str, Operation]
    security_schemes: Mapping[str, SecurityScheme]
    records: Mapping[str, RecordSchema]
    suffixes: Mapping[str, str]
    default_actor: str
    member_names: MemberNames | None
    xml: XmlStyle | None
    binding: Charges | None
    refusals: Mapping[str, RefusalKind]
    checks: Mapping[str, CheckPolicy]
    ledger: Ledger
    carried: Mapping[str, tuple[Place, ...]] = field(repr=False)
    document: Mapping[str, Any] = field(repr=False)
    actors: Schema | None = None
    """What an actor of a fixture is, its credentials included; None where the contract leaves it open."""
    dialect: Dialect = OURS
    remarks: tuple[Flaw, ...] = ()
    """What of a document of others is not served, and where it stands."""
    unread: Mapping[str, tuple[Flaw, ...]] = field(default_factory=dict)
    """What is wrong with operations of such a document that are known by method and path alone."""

    def operation(self, name: str) -> Operation:
        """The operation with this id; raises `UnknownName`."""
        try:
            return self.operations[name]
        except KeyError:
            raise UnknownName("operation", name, self.operations) from None

    def documented(self) -> tuple[Operation, ...]:
        """The operations that the vendor's pages describe, without the supporting ones."""
        return tuple(operation for operation in self.operations.values() if not operation.supporting)
