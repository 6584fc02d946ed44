"""The compiled contract: what one API promises, as frozen values. No file is read here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from specs.flaws import Flaw, Place, UnknownName
from specs.references import at, split
from specs.statements import Charges, Ledger
from specs.validation import RecordSchema, Schema

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_BEFORE_QUERY = re.compile(r"(?:[^{}?#]|\{[^{}]*\}|[{}])*")
_IN_PATH = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    One path, query, header or cookie parameter.

    `style` and `explode` say how its value is written (OpenAPI 3.0.3, Style Values); `media` is set instead where the
    value is a text of that media type (`content`). What `may_be_empty` can be sent by its name alone.
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
    may_be_empty: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """
    How one member of a form is written (OpenAPI 3.0.3, Encoding Object).

    `media` are the types and ranges that a part may have, `headers` those it has, by lower-case name. A `style` or
    `explode` that is not given is "" or None.
    """

    media: tuple[str, ...] = ()
    headers: Mapping[str, Header] = field(default_factory=dict)
    style: str = ""
    explode: bool | None = None


SEQUENCES = ("application/jsonl", "application/x-ndjson", "application/json-seq", "text/event-stream")
"""Media types whose bodies are one item after the other (OpenAPI 3.2, Sequential Media Types)."""


@dataclass(frozen=True, slots=True)
class Media:
    """
    One representation of a request body or of an answer; `examples` are by name, as are the encodings of a form.

    With `sequence` the body is one item after the other, and its value the array of them (OpenAPI 3.2, `itemSchema`).
    `dividers` are of the members of a form that are arrays in one text: what stands between the items, by member.
    """

    name: str
    schema: Schema | None
    examples: Mapping[str, Any]
    charges: Charges
    encoding: Mapping[str, Encoding] = field(default_factory=dict)
    dividers: Mapping[str, str] = field(default_factory=dict)
    sequence: bool = False

    @property
    def essence(self) -> str:
        """The media type without its parameters."""
        return self.name.partition(";")[0].rstrip()

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
    """
    One documented header of an answer; `examples` are its own, in their order.

    An object is written as `explode` says, and what has a `media` is a text of that media type (`content`).
    """

    schema: Schema
    required: bool
    statements: tuple[str, ...]
    examples: tuple[Any, ...] = ()
    explode: bool = False
    media: str = ""


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
    """
    How the vendor words one kind of refusal; `body` holds {detail} and {name} to be filled in.

    `form` is the documented representation that a foreign document has for it, and None where it has none.
    """

    name: str
    status: int
    media: str
    body: Any
    headers: Mapping[str, str]
    challenge: str
    statement: str
    form: Media | None = None


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
    ranges: Mapping[str, Response] = field(default_factory=dict)
    """What a foreign document has for the statuses of a range ("2XX") and for all others ("default")."""

    server_paths: tuple[str, ...] = ()
    """The paths of the servers of a foreign document, which stand before its own: "/v3"."""

    @property
    def asks_for_credential(self) -> bool:
        """Whether nobody may call it without one; an empty alternative is none at all (OpenAPI 3.0.3, `security`)."""
        return bool(self.security) and all(self.security)

    @property
    def writes(self) -> bool:
        """Whether it may change what the server stores (RFC 9110 section 9.2.1: GET and HEAD are safe, and QUERY)."""
        return self.method not in ("GET", "HEAD", "QUERY")

    @property
    def gives_token(self) -> bool:
        """Whether it is called to be let in: it takes a password or a client secret, and belongs to no record."""
        return self.supporting and not self.security

    def response(self, status: int) -> Response | None:
        """What is documented for a status, if it is: by itself, in its range, or by `default`."""
        if (found := self.responses.get(status)) is not None:
            return found
        found = self.ranges.get(f"{status // 100}XX") or self.ranges.get("default")
        return None if found is None else replace(found, status=status)

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

    Of a parameter that is sent twice both values are judged, and the last counts, or with `first_counts` the first; an
    integer in a parameter has at most so many `digits`.

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


CALLER = "caller"
"""The actor of a profile whose credentials requests carry where the contract names none itself."""

DERIVED = replace(FOREIGN, ledger=True)
"""That of such a document whose statements were derived from itself (`specs.derived_ledger`)."""


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

    def charged(self, check: str, operation: Operation) -> tuple[str, ...]:
        """
        The statement that a general check is charged to at an operation; none where the contract has none for it.

        A policy that names `{operation}/status` charges each operation by itself.
        """
        policy = self.checks.get(check)
        if policy is None or not policy.statement:
            return ()
        return (policy.statement.replace("{operation}", operation.id),)

    def documented(self) -> tuple[Operation, ...]:
        """The operations that the vendor's pages describe, without the supporting ones."""
        return tuple(operation for operation in self.operations.values() if not operation.supporting)


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """A refusal's body with its {detail} and {name} filled in; other braces are kept."""
    if isinstance(template, str):
        # In one pass: what is filled in may hold braces of a client's own.
        return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), template)
    if isinstance(template, dict):
        return {key: fill(member, values) for key, member in template.items()}
    if isinstance(template, list):
        return [fill(item, values) for item in template]
    return template


def placeholders(path: str) -> list[str]:
    """The parameters of a path template: "/diff/{base}...{head}" has base and head; those behind ? or # are none."""
    found = _BEFORE_QUERY.match(path)
    return _IN_PATH.findall(found[0]) if found is not None else []
