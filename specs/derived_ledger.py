"""A foreign document → a contract with a ledger: each thing that the document says is a statement of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from specs.compiling import source_of
from specs.contract import (
    CALLER,
    DERIVED,
    CheckPolicy,
    Contract,
    Header,
    Media,
    Operation,
    Parameter,
    Response,
)
from specs.flaws import CasepactError
from specs.foreign import read_foreign
from specs.formats import FORMATS_OF_OPENAPI
from specs.loading import load_shared
from specs.project import CONTROL, apis
from specs.schema import SchemaView
from specs.source import Document, Pointer
from specs.statements import WHOLE, Ledger, Proof, Refusal, Standing, Statement
from specs.translating import LateValidator
from specs.validation import Schema

JUDGES = "judges"
"""The statement that a disagreement of our two judges of bodies is charged to."""

_INVALID = (400, 422)
"""What a server answers to a request that is not valid; a document that has one of them promises refusals."""
_CHECKS = {
    "status_code_conformance": "{operation}/status",
    "not_a_server_error": "{operation}/status",
    "undocumented_refusal": "{operation}/refusals",
    "negative_data_rejection": "{operation}/accepts",
    "judges_agree": JUDGES,
    "formats_beside_openapi": "{operation}/formats",
}
_MOST_LISTED = 12


def load_checked(path: Path, name: str) -> Contract:
    """
    The contract that a foreign document states, with a ledger that is derived from the document. Operations that have
    flaws stand among its `unread` alone.

    Raises what `load_foreign` raises, and `CasepactError` for a name that an API of ours has.
    """
    if name in (*apis(), CONTROL):
        raise CasepactError(f"{path}: an API named '{name}' comes with casepact; give this one another name.")
    contract, document = read_foreign(path, name, strict=False)
    return with_derived_ledger(_readable(contract), document)


def _readable(contract: Contract) -> Contract:
    """The contract without the operations that have flaws: nothing can be promised of them."""
    known = {name: operation for name, operation in contract.operations.items() if name not in contract.unread}
    return replace(contract, operations=known)


def with_derived_ledger(contract: Contract, document: Document) -> Contract:
    """
    The contract with statements derived from its document, which stand at its lines and bind as a page does.

    Their ids are made of the operation's id and the place: `listPets/status`, `listPets/query/limit`, `listPets/body`,
    `listPets/response/200/body`, `listPets/response/200/header/X-Next`. That invalid values are refused is promised
    where the document has a 400, a 422 or a range of them. Bodies of other types than JSON are not judged, since only
    their vendor knows how they are written.
    """
    deriver = _Deriver(contract, document)
    operations = {operation.id: deriver.operation(operation) for operation in contract.operations.values()}
    ledger = Ledger(contract.api, (), deriver.statements, ())
    return replace(
        contract,
        operations=operations,
        default_actor=CALLER,
        checks={name: CheckPolicy(statement, "") for name, statement in _CHECKS.items()},
        ledger=ledger.with_shared(load_shared()),
        dialect=DERIVED,
    )


def is_json(media: str) -> bool:
    """Whether a body of this media type is one JSON text (RFC 6839 section 3.1)."""
    return media in ("application/json", "text/json") or media.endswith("+json")


def as_written(contract: Contract, operation: Operation) -> Mapping[str, Any]:
    """What the document has of an operation of a foreign contract."""
    return source_of(contract.document, operation)


@dataclass(frozen=True)
class DocumentedResponses(Mapping[int, Response]):
    """
    The responses of an operation by status, with those that ranges and `default` stand for.

    A status that no response has by itself is answered by its range, or by `default`, which stands for no server error:
    nobody documents those by it. Single statuses are listed, and 200 where only a range or `default` has a success.
    """

    single: Mapping[int, Response]
    ranges: Mapping[int, Response] = field(default_factory=dict)
    """By first digit."""
    default: Response | None = None

    def __getitem__(self, status: int) -> Response:
        found = self.single.get(status) or self.ranges.get(status // 100)
        if found is None and self.default is not None and 100 <= status < 500:
            found = self.default
        if found is None:
            raise KeyError(status)
        return found if found.status == status else replace(found, status=status)

    def __iter__(self) -> Iterator[int]:
        yield from self.single
        if not any(200 <= status < 300 for status in self.single) and 200 in self:
            yield 200

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __contains__(self, status: object) -> bool:
        try:
            return isinstance(status, int) and self[status] is not None
        except KeyError:
            return False


@dataclass(frozen=True)
class DocumentedContent(Mapping[str, Media]):
    """The representations of a body by media type, with those that a range such as `image/*` stands for."""

    single: Mapping[str, Media]
    ranges: Mapping[str, Media]
    """By what a media type begins with: `image/`, or nothing for any."""

    def __getitem__(self, name: str) -> Media:
        if name in self.single:
            return self.single[name]
        for start in sorted(self.ranges, key=len, reverse=True):
            if name and name.startswith(start):
                found = self.ranges[start]
                return replace(found, name=name, schema=found.schema if is_json(name) else None)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.single)

    def __len__(self) -> int:
        return len(self.single)


class _Deriver:
    def __init__(self, contract: Contract, document: Document) -> None:
        self._contract, self._document = contract, document
        self.statements: dict[str, Statement] = {}
        self._formats: dict[int, bool] = {}
        """By the identity of a schema's node, which the document keeps alive."""
        self._state(
            JUDGES,
            "",
            (),
            "Our two judges of bodies, jsonschema-rs and openapi-core, agree.",
            standing=Standing.ASSUMED,
        )

    def operation(self, operation: Operation) -> Operation:
        """The operation with the ids of the statements that stand behind its elements."""
        pointer: Pointer = ("paths", operation.path, operation.method.lower())
        data = as_written(self._contract, operation)
        written = data.get("responses", {})
        promised = Refusal.PROMISED if _promises_refusals(written) else Refusal.ASSUMED
        self._state(
            f"{operation.id}/status",
            operation.id,
            (*pointer, "responses"),
            f"The status is documented ({', '.join(map(str, written))}), and no server error that is not.",
        )
        self._state(
            f"{operation.id}/refusals",
            operation.id,
            (*pointer, "responses"),
            "What is refused is refused with a documented status.",
            standing=Standing.ASSUMED,
        )
        self._state(
            f"{operation.id}/accepts",
            operation.id,
            pointer,
            "What the document allows is accepted.",
            standing=Standing.ASSUMED,
        )
        security = () if () in operation.security else operation.security
        refusals = operation.refusals
        if security:
            refusals = {
                **refusals,
                "unauthenticated": replace(refusals["unauthenticated"], statement=self._guarded(operation, written)),
            }
        return replace(
            operation,
            parameters=tuple(
                self._parameter(operation, parameter, (*pointer, "parameters", index), promised)
                for index, parameter in enumerate(operation.parameters)
            ),
            body=self._body(operation, (*pointer, "requestBody"), promised),
            responses=self._responses(operation, written, (*pointer, "responses")),
            security=security,
            refusals=refusals,
        )

    def _guarded(self, operation: Operation, written: Mapping[str, Any]) -> str:
        names = " or ".join(" and ".join(alternative) for alternative in operation.security)
        known = any(status in written for status in ("401", "403", "4XX", "4xx", "default"))
        return self._state(
            f"{operation.id}/security",
            operation.id,
            ("paths", operation.path, operation.method.lower(), "security"),
            f"A request needs a credential ({names}).",
            refusal=Refusal.PROMISED if known else Refusal.ASSUMED,
            standing=Standing.PAGE if known else Standing.ASSUMED,
        )

    def _parameter(self, operation: Operation, parameter: Parameter, pointer: Pointer, refusal: Refusal) -> Parameter:
        needed = "must be there and " if parameter.required and parameter.location != "path" else ""
        statement = self._state(
            f"{operation.id}/{parameter.location}/{parameter.name}",
            operation.id,
            pointer,
            f"{parameter.name} {needed}is {described(parameter.schema.view)}.",
            refusal=refusal,
        )
        return replace(parameter, charges={WHOLE: (statement,)})

    def _body(self, operation: Operation, pointer: Pointer, refusal: Refusal) -> Mapping[str, Media]:
        if not operation.body:
            return operation.body
        needed = "must be there and " if operation.body_required else ""
        kinds = "; ".join(
            f"{name}: {described(media.schema.view) if media.schema else 'anything'}"
            for name, media in operation.body.items()
        )
        statement = self._state(
            f"{operation.id}/body", operation.id, pointer, f"The body {needed}is {kinds}.", refusal=refusal
        )
        return {name: replace(media, charges={WHOLE: (statement,)}) for name, media in operation.body.items()}

    def _responses(self, operation: Operation, written: Mapping[str, Any], pointer: Pointer) -> DocumentedResponses:
        explicit = {int(status) for status in written if status.isdigit()}
        single: dict[int, Response] = {}
        ranges: dict[int, Response] = {}
        default: Response | None = None
        for status, data in written.items():
            if status.isdigit():
                single[int(status)] = self._response(operation, operation.responses[int(status)], status, data, pointer)
                continue
            digit = 0 if status == "default" else int(status[0])
            others = {int(name[0]) for name in written if name[1:].upper() == "XX"} if not digit else set()
            stands_for = [
                number
                for number in operation.responses
                if number not in explicit and (number // 100 == digit if digit else number // 100 not in others)
            ]
            if not stands_for:
                continue
            response = self._response(operation, operation.responses[stands_for[0]], status, data, pointer)
            if digit:
                ranges[digit] = response
            else:
                default = response
        return DocumentedResponses(single, ranges, default)

    def _response(
        self, operation: Operation, response: Response, status: str, data: Mapping[str, Any], pointer: Pointer
    ) -> Response:
        id, pointer = f"{operation.id}/response/{status}", (*pointer, status)
        content, written = response.content, data.get("content") or {}
        named = [item.get("x-media-range", name) for name, item in written.items()]
        label = self._state(
            f"{id}/media" if named else id,
            operation.id,
            (*pointer, "content"),
            f"The answer {status} is of type {' or '.join(named)}." if named else f"There is an answer {status}.",
        )
        judged = {name: self._answer(operation, name, media, id, pointer) for name, media in content.items()}
        if any(media.schema is not None and self._names_formats(media.schema.view) for media in judged.values()):
            self._state(
                f"{operation.id}/formats",
                operation.id,
                (*pointer, "content"),
                "Texts of answers are in the formats that the document names beside those of OpenAPI itself.",
                standing=Standing.ASSUMED,
            )
        spans = {
            item["x-media-range"].partition("*")[0]: judged[name]
            for name, item in written.items()
            if "x-media-range" in item and name in judged
        }
        return replace(
            response,
            content=DocumentedContent(judged, spans),
            headers={
                name: self._header(operation, _spelt(name, data), header, id, pointer)
                for name, header in response.headers.items()
            },
            charges={"media": (label,)},
        )

    def _answer(self, operation: Operation, name: str, media: Media, id: str, pointer: Pointer) -> Media:
        if media.schema is None or not is_json(name):
            return replace(media, schema=None)
        statement = self._state(
            f"{id}/body",
            operation.id,
            (*pointer, "content", name),
            f"The body is {described(media.schema.view)}.",
        )
        return replace(media, schema=_charging(media.schema, statement))

    def _header(self, operation: Operation, name: str, header: Header, id: str, pointer: Pointer) -> Header:
        view = header.schema.view
        statement = self._state(
            f"{id}/header/{name}",
            operation.id,
            (*pointer, "headers", name),
            f"The header {name} {'is there and ' if header.required else ''}is {described(view)}.",
        )
        # How lists and objects are written in a header, servers read in more than one way.
        schema = header.schema if view.kind() not in ("array", "object") else _ANYTHING
        return replace(header, schema=schema, statements=(statement,))

    def _names_formats(self, view: SchemaView, passed: frozenset[int] = frozenset()) -> bool:
        """Whether a schema asks for a format of texts that OpenAPI does not define."""
        key = id(view.node)
        if key in passed:
            return False
        if key not in self._formats:
            passed |= {key}
            self._formats[key] = view.says("format") not in (None, *FORMATS_OF_OPENAPI) or any(
                self._names_formats(inner, passed) for inner in (*view.members().values(), view.items())
            )
        return self._formats[key]

    def _state(
        self,
        id: str,
        about: str,
        pointer: Pointer,
        says: str,
        *,
        standing: Standing = Standing.PAGE,
        refusal: Refusal = Refusal.NONE,
    ) -> str:
        place = self._document.place(pointer)
        if id not in self.statements:
            self.statements[id] = Statement(
                id=id,
                says=says,
                standing=standing,
                proof=Proof.CONTRACT,
                place=place,
                about=about,
                lines=str(place.line) if standing is Standing.PAGE else "",
                refusal=refusal,
                derived=True,
            )
        return id


_ANYTHING = Schema({}, LateValidator({}))


def described(view: SchemaView) -> str:
    """What a schema asks for, in a few words: "an integer from 1 to 100", "an object with id and name"."""
    kinds = view.types() - {"null"}
    kind = view.kind()
    parts = [_KINDS.get(kind, " or ".join(sorted(kinds)) if len(kinds) < len(_KINDS) else "any value")]
    if values := view.says("enum"):
        shown = [str(value) for value in values]
        more = f" and {len(shown) - _MOST_LISTED} more" if len(shown) > _MOST_LISTED else ""
        parts = [f"one of {', '.join(shown[:_MOST_LISTED])}{more}"]
    low = view.says("minimum", view.says("exclusiveMinimum"))
    high = view.says("maximum", view.says("exclusiveMaximum"))
    if low is not None:
        parts.append(f"from {low}" if view.says("minimum") is not None else f"above {low}")
    if high is not None:
        parts.append(f"to {high}" if view.says("maximum") is not None else f"below {high}")
    for keyword, words in _LENGTHS.items():
        if (value := view.says(keyword)) is not None:
            parts.append(words.format(value))
    if name := view.says("format"):
        parts.append(f"in the format {name}")
    if pattern := view.says("pattern"):
        parts.append(f"that matches {pattern}")
    if kind == "array":
        parts.append(f"whose items are {_KINDS.get(view.items().kind(), 'any value')}")
    required = [str(name) for part in view.parts() for name in part.get("required") or ()]
    if required:
        more = f" and {len(required) - _MOST_LISTED} more" if len(required) > _MOST_LISTED else ""
        parts.append(f"with {', '.join(required[:_MOST_LISTED])}{more}")
    return " ".join(parts) + (", or null" if view.nullable and kinds and len(kinds) < len(_KINDS) else "")


_KINDS = {
    "array": "a list",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}
_LENGTHS = {
    "minLength": "of at least {} characters",
    "maxLength": "of at most {} characters",
    "minItems": "of at least {} items",
    "maxItems": "of at most {} items",
}


def _promises_refusals(written: Mapping[str, Any]) -> bool:
    """Whether a document says what an invalid request is answered; `default` does so beside a success."""
    if any(str(status) in written for status in _INVALID) or any(status.upper() == "4XX" for status in written):
        return True
    return "default" in written and any(status.startswith("2") for status in written)


def _spelt(name: str, data: Mapping[str, Any]) -> str:
    """The name of a header as the document spells it."""
    return next((written for written in data.get("headers") or {} if written.lower() == name), name)


def _charging(schema: Schema, statement: str) -> Schema:
    """The schema whose every flaw, and whose keeping, is charged to a statement."""
    judged = schema.document if isinstance(schema.document, Mapping) else {} if schema.document else {"not": {}}
    document = {**judged, "x-statement": {WHOLE: [statement]}}
    return Schema(document, LateValidator(document), among=schema.view)
