"""Document → `Contract`. Every flaw is collected and reported together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from specs.contract import (
    OURS,
    CheckPolicy,
    Contract,
    Dialect,
    Encoding,
    Header,
    LeftAlone,
    Link,
    Media,
    MemberNames,
    Operation,
    Parameter,
    RefusalKind,
    Response,
    Sample,
    SecurityScheme,
    TokenPlaces,
    XmlStyle,
    fill,
    placeholders,
)
from specs.document_schemas import misfits
from specs.flaws import Flaw, FlawedDocument, Place, did_you_mean
from specs.path_templates import shape
from specs.references import at, is_data, split
from specs.source import Document, Pointer
from specs.statements import WHOLE, Charges, Ledger
from specs.translating import Translator, charges

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
METHODS_OF_3_2 = (*METHODS, "query")
MORE_METHODS = "additionalOperations"
"""Where a path of OpenAPI 3.2 has the operations of other methods, each by its method as it is sent."""
ENGINE_REFUSALS = (
    *("unauthenticated", "no-route", "method", "media-type", "unreadable", "missing-body", "invalid", "parameter"),
    *("unknown-parameter", "not-acceptable", "too-large", "not-modelled"),
)
# The components that may stand in an operation by reference; schemas are the translator's.
_REFERRED = {"parameters", "requestBodies", "responses", "headers", "examples", "links"}
_STATUS = re.compile(r"[1-5][0-9][0-9]\Z")
_CLIENT_ERRORS = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429)
_SERVER_ERRORS = (500, 501, 503)
RANGES = {
    "1XX": (),
    "2XX": (200,),
    "3XX": (302,),
    "4XX": _CLIENT_ERRORS,
    "5XX": _SERVER_ERRORS,
    "default": _CLIENT_ERRORS + _SERVER_ERRORS,
}
"""What the response of a range, or the `default` one, is there for in a foreign document."""
# OpenAPI 3.0.3, Style Values.
_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
# Swagger 2.0 divides arrays otherwise in paths and headers too; `cookie` is of OpenAPI 3.2.
_STYLES_OF_OTHERS = {
    "path": ("spaceDelimited", "tabDelimited", "pipeDelimited"),
    "query": ("tabDelimited",),
    "header": ("spaceDelimited", "tabDelimited", "pipeDelimited"),
    "cookie": ("cookie",),
}
DIVIDERS = {"spaceDelimited": " ", "tabDelimited": "\t", "pipeDelimited": "|"}
"""Between the items of an array in one text, by its style; commas otherwise."""


Unread = Mapping[Pointer, Sequence[Flaw]]
"""What is wrong with single operations of a document, by their pointers."""


def compile_contract(
    document: Document,
    ledger: Ledger,
    api: str,
    edition: str,
    dialect: Dialect = OURS,
    unread: Unread | None = None,
) -> Contract:
    """
    The contract that the document and its ledger state.

    Raises `FlawedDocument` with every flaw found: unknown keywords and formats, doubled operation ids, references to
    statements that the ledger does not have, examples and refusals that break their schema. Where an element has
    another type than `contract.schema.json` asks for, what does not fit that schema is all that is reported.

    The shape of a document in another dialect than ours has been seen to (`specs.foreign`); the dialect says to what it
    is held then. With `unread`, which says what was wrong with operations before, a flaw costs only the operation that
    it is found in: it stands among the `unread` of the contract.
    """
    compiler = _Compiler(document, ledger, dialect, unread)
    found = misfits("contract", document.data) if dialect is OURS else []
    for misfit in found:
        compiler._complain(misfit.pointer, misfit.message)
    contract = None if any(misfit.misshapen for misfit in found) else compiler.contract(api, edition)
    if contract is None or compiler.flaws:
        raise FlawedDocument(compiler.flaws)
    return contract


class _Compiler:
    def __init__(self, document: Document, ledger: Ledger, dialect: Dialect, unread: Unread | None) -> None:
        self.document, self.ledger, self.dialect, self.known = document, ledger, dialect, unread
        self.unread: dict[str, tuple[Flaw, ...]] = {}
        self._positions: dict[tuple[str, ...], dict[str, int]] = {}
        """Where paths that differ by the names of their parameters alone have each of them."""
        self.data: dict[str, Any] = document.data if isinstance(document.data, dict) else {}
        self.flaws: list[Flaw] = []
        self.carried: dict[str, list[Place]] = {}

    def contract(self, api: str, edition: str) -> Contract:
        version = str(self.data.get("openapi", ""))
        self.translator = Translator(
            self._map("components", "schemas"),
            self._complain,
            late=self.dialect.late,
            modern=not version.startswith("3.0"),
        )
        if not version.startswith(self.dialect.versions):
            self._complain(("openapi",), "only OpenAPI 3.0.x documents are read.")
        if self.dialect.ledger:
            self._carry()
        refusals = self._refusals(self.data.get("x-refusals") or {}, ("x-refusals",))
        operations = {operation.id: operation for operation in self._operations(refusals)}
        asked = any(operation.asks_for_credential for operation in operations.values())
        for kind in set(ENGINE_REFUSALS) - set(refusals):
            if kind != "unauthenticated" or asked:
                self._complain(("x-refusals",), f"says nothing about the refusal '{kind}'.")
        self._check_links(operations)
        self._check_relations()
        info = self.data.get("info") or {}
        return Contract(
            api=api,
            edition=edition,
            title=str(info.get("title", api)),
            version=str(info.get("version", "")),
            operations=operations,
            security_schemes=self._security_schemes(),
            records={
                name: self.translator.record_schema(schema, ("x-records", name))
                for name, schema in self._map("x-records").items()
            },
            actors=self.translator.schema(self.data["x-actors"], ("x-actors",)) if "x-actors" in self.data else None,
            suffixes=self._map("x-format-suffixes"),
            default_actor=str(self.data.get("x-default-actor", "")),
            member_names=self._member_names(),
            xml=self._xml(),
            binding=self._binding(),
            refusals=refusals,
            checks=dict(self._checks()),
            ledger=self.ledger,
            carried={statement: tuple(places) for statement, places in self.carried.items()},
            document=self.data,
            dialect=self.dialect,
            unread=self.unread,
        )

    def _carry(self) -> None:
        """Note where each statement id is carried, and complain about ids that the ledger does not have."""
        for pointer, ids in _carriers(self.data, ()):
            for statement in ids:
                self._carry_one(pointer, statement)

    def _carry_one(self, pointer: Pointer, statement: str) -> None:
        self.carried.setdefault(statement, []).append(self.document.place(pointer))
        self._must_know(pointer, statement)

    def _must_know(self, pointer: Pointer, statement: str) -> None:
        if not self.ledger.statements or statement in self.ledger.statements:
            return
        if statement in self.ledger.ids():
            self._complain(pointer, f"'{statement}' is a statement of another edition.")
        else:
            hint = did_you_mean(statement, self.ledger.statements)
            self._complain(pointer, f"no statement is named '{statement}'.{hint}")

    def _operations(self, refusals: Mapping[str, RefusalKind]) -> Iterator[Operation]:
        seen: dict[str, Place] = {}
        for path, item in self._map("paths").items():
            shared = [
                self._parameter(source, ("paths", path, "parameters", index))
                for index, source in enumerate(item.get("parameters", []))
            ]
            for where in operations_of(item):
                pointer: Pointer = ("paths", path, *where)
                before = len(self.flaws)
                if self.known is None or pointer not in self.known:
                    operation = self._operation(at(item, where), pointer, shared, refusals)
                    if operation.id in seen:
                        self._complain(pointer, f"operationId '{operation.id}' stands at {seen[operation.id]} too.")
                if self.known is not None and (wrong := (*self.known.get(pointer, ()), *self.flaws[before:])):
                    del self.flaws[before:]
                    operation = self._unread(pointer, seen, refusals)
                    self.unread[operation.id] = wrong
                seen[operation.id] = operation.place
                yield operation

    def _unread(self, pointer: Pointer, seen: Mapping[str, Place], refusals: Mapping[str, RefusalKind]) -> Operation:
        """An operation of which nothing but method and path is known; its id is its own."""
        data, path, method = at(self.data, pointer), str(pointer[1]), str(pointer[-1])
        wanted = name = str(data.get("operationId") or f"{method} {path}") if isinstance(data, dict) else method + path
        number = 2
        while name in seen:
            name, number = f"{wanted}-{number}", number + 1
        return Operation(
            id=name,
            method=method.upper() if pointer[2] == method else method,
            path=path,
            parameters=(),
            body={},
            body_required=False,
            responses={501: Response(501, {}, {}, (), {})},
            security=(),
            supporting=False,
            effect=(),
            samples=(),
            success={},
            refusals=refusals,
            place=self.document.place(pointer),
        )

    def _operation(
        self, data: dict[str, Any], pointer: Pointer, shared: list[Parameter], inherited: Mapping[str, RefusalKind]
    ) -> Operation:
        name = str(data.get("operationId", ""))
        path, method = str(pointer[1]), str(pointer[-1])
        method = method.upper() if pointer[2] == method else method
        if not name:
            self._complain(pointer, "needs an operationId.")
        own = [
            self._parameter(item, (*pointer, "parameters", index))
            for index, item in enumerate(data.get("parameters", []))
        ]
        # OpenAPI 3.0.3, Path Item Object: an operation's parameter overrides the path's of the same name and place.
        parameters = tuple({(item.name, item.location): item for item in (*shared, *own)}.values())
        self._check_template(path, pointer)
        named = {parameter.name for parameter in parameters if parameter.location == "path"}
        if named != (wanted := set(placeholders(path))):
            self._complain(pointer, f"the path names {sorted(wanted)}, the path parameters are {sorted(named)}.")
        body, body_at = self._follow(data.get("requestBody") or {}, (*pointer, "requestBody"))
        contents = self._contents(body.get("content") or {}, (*body_at, "content"))
        responses = {
            status: self._response(item, (*pointer, "responses", documented), status)
            for documented, item in sorted((data.get("responses") or {}).items(), key=_generality)
            for status in self._statuses(documented, data["responses"], pointer)
        }
        ranges = {
            documented.upper() if documented.endswith("XX") else documented: self._response(
                item, (*pointer, "responses", documented), 0
            )
            for documented, item in (data.get("responses") or {}).items()
            if not self.dialect.complete and not _STATUS.match(documented)
        }
        if self.dialect.complete and not any(200 <= status < 300 for status in responses):
            self._complain(pointer, "documents no success; add a response with a 2xx status.")
        refusals = {**inherited, **self._refusals(data.get("x-refusals") or {}, (*pointer, "x-refusals"))}
        operation = Operation(
            id=name,
            method=method,
            path=path,
            parameters=parameters,
            body=contents,
            body_required=bool(body.get("required", False)),
            responses=responses,
            security=self._security(data, pointer),
            supporting=data.get("x-supporting") is True,
            effect=charges(data.get("x-statement")).get("effect", ()),
            samples=tuple(
                self._sample(key, sample, (*pointer, "x-samples", key), contents)
                for key, sample in (data.get("x-samples") or {}).items()
            ),
            success=data.get("x-success", self.data.get("x-success")) or {},
            refusals=refusals,
            place=self.document.place(pointer),
            headers=data.get("x-headers") or {},
            leaves_alone=self._left_alone(data, pointer, {*(item.name for item in parameters), *_named_in(contents)}),
            token=self._token(data.get("x-token") or {}),
            ranges=ranges,
            server_paths=tuple(self._map("server-paths").get(name, ())),
        )
        if self.dialect.complete:
            self._check_refusals(operation, pointer)
        return operation

    def _check_template(self, path: str, pointer: Pointer) -> None:
        """A path names each parameter once, and in the order of others that are the same path to a server."""
        names = placeholders(path)
        if twice := next((name for name in names if names.count(name) > 1), ""):
            self._complain(pointer, f"the path names '{twice}' twice; give each of its parameters a name of its own.")
            return
        known = self._positions.get(seen := shape(path), {})
        if any(known.get(name, position) != position for position, name in enumerate(names)):
            self._complain(pointer, "another path is this one with its parameters in another order; rename one's.")
            return
        self._positions[seen] = {**known, **{name: position for position, name in enumerate(names)}}

    def _token(self, data: Mapping[str, str]) -> TokenPlaces:
        if not self.dialect.ledger:
            return TokenPlaces()
        return TokenPlaces(data.get("token", ""), data.get("expires", ""))

    def _left_alone(self, data: dict[str, Any], pointer: Pointer, arguments: set[str]) -> LeftAlone | None:
        if not self.dialect.ledger or "x-leaves-alone" not in data:
            return None
        kept, pointer = data["x-leaves-alone"], (*pointer, "x-leaves-alone")
        members = charges(kept.get("members") or {})
        spoken = {key: charges(kept.get(key)).get(WHOLE, ()) for key in ("record", "others", "again", "done")}
        for ids in (*spoken.values(), *members.values()):
            for statement in ids:
                self._must_know(pointer, statement)
        sets = kept.get("sets") or {}
        for place in (*sets, kept.get("within") or "/"):
            if not place.startswith("/"):
                self._complain(pointer, f"a place looks like /members/{{contactid}}, not '{place}'.")
            for name in {*placeholders(place)} - arguments:
                hint = did_you_mean(name, arguments)
                self._complain(pointer, f"'{place}' names '{name}', which is not an argument of the operation.{hint}")
        return LeftAlone(
            record=spoken["record"],
            others=spoken["others"],
            members=members,
            again=spoken["again"],
            done=spoken["done"],
            sets=sets,
            within=str(kept.get("within", "")),
            also=tuple(kept.get("also", ())),
        )

    def _parameter(self, source: Any, source_at: Pointer) -> Parameter:
        data, pointer = self._follow(source, source_at)
        location = str(data.get("in", ""))
        if location not in ("path", "query", "header", "cookie"):
            self._complain(pointer, f"`in` is path, query, header or cookie, not {location!r}.")
        if location == "header" and str(data.get("name", "")).lower() in ("accept", "content-type", "authorization"):
            self._complain(pointer, f"OpenAPI 3.0 ignores the header parameter '{data['name']}'; make it a rule.")
        try:
            re.compile(str(data.get("x-path-pattern", "")))
        except re.error as error:
            self._complain((*pointer, "x-path-pattern"), f"is not a regular expression: {error}.")
        style = str(data.get("style", "form" if location in ("query", "cookie") else "simple"))
        others = () if self.dialect.complete else _STYLES_OF_OTHERS.get(location, ())
        if style not in (*_STYLES.get(location, (style,)), *others):
            self._complain((*pointer, "style"), f"is {' or '.join(_STYLES[location])} in a {location}, not '{style}'.")
        media, schema, schema_at = _described(data, pointer)
        return Parameter(
            name=str(data.get("name", "")),
            location=location,
            required=data.get("required") is True,
            schema=self.translator.schema(schema, schema_at),
            charges=charges(data.get("x-statement")),
            role=str(data.get("x-role", "")),
            pattern=str(data.get("x-path-pattern", "")),
            style=style,
            explode=bool(data.get("explode", style == "form")),
            media=media,
            may_be_empty=location == "query" and data.get("allowEmptyValue") is True,
        )

    def _contents(self, data: dict[str, Any], pointer: Pointer) -> dict[str, Media]:
        return {name: self._media(name, item, (*pointer, name)) for name, item in data.items()}

    def _media(self, name: str, data: dict[str, Any], pointer: Pointer) -> Media:
        schema = self.translator.schema(data["schema"], (*pointer, "schema")) if "schema" in data else None
        if "itemSchema" in data:
            schema = self.translator.sequence(data, pointer)
        examples = {}
        for key, item in (data.get("examples") or {}).items():
            example, example_at = self._follow(item, (*pointer, "examples", key))
            examples[key] = example.get("value")
            if schema is not None and "json" in name and self.dialect.complete:
                for flaw in schema.flaws(examples[key]):
                    self._complain(
                        example_at, f"example '{key}' breaks its schema at {flaw.pointer or '/'}: {flaw.message}."
                    )
        return Media(
            name,
            schema,
            examples,
            charges(data.get("x-statement")),
            encoding={key: self._encoding(item, (*pointer, "encoding", key)) for key, item in _encodings_of(data)},
            dividers=dict(_dividers(data.get("encoding") or {})),
            sequence="itemSchema" in data,
        )

    def _encoding(self, data: dict[str, Any], pointer: Pointer) -> Encoding:
        content_types = str(data.get("contentType", "")).split(",")
        return Encoding(
            media=tuple(name.strip().lower() for name in content_types if name.strip()),
            headers=self._headers(data.get("headers") or {}, (*pointer, "headers")),
            style=str(data.get("style", "")),
            explode=data.get("explode"),
        )

    def _response(self, source: Any, source_at: Pointer, status: int) -> Response:
        data, pointer = self._follow(source, source_at)
        headers = self._headers(data.get("headers") or {}, (*pointer, "headers"))
        links = []
        for name, item in (data.get("links") or {}).items():
            link, _ = self._follow(item, (*pointer, "links", name))
            links.append(
                Link(name, str(link.get("operationId", "")), link.get("parameters") or {}, link.get("x-state") or {})
            )
        return Response(
            status=status,
            content=self._contents(data.get("content") or {}, (*pointer, "content")),
            headers=headers,
            links=tuple(links),
            charges=charges(data.get("x-statement")),
            unprovokable=str(data.get("x-unprovokable", "")),
        )

    def _headers(self, data: Mapping[str, Any], pointer: Pointer) -> dict[str, Header]:
        headers: dict[str, Header] = {}
        for name, item in data.items():
            header, header_at = self._follow(item, (*pointer, name))
            media, schema, schema_at = _described(header, header_at)
            headers[name.lower()] = Header(
                self.translator.schema(schema, schema_at),
                header.get("required") is True,
                charges(header.get("x-statement")).get(WHOLE, ()),
                examples=tuple(_examples_of(header)),
                explode=header.get("explode") is True,
                media=media,
            )
        return headers

    def _sample(self, name: str, data: dict[str, Any], pointer: Pointer, body: Mapping[str, Media]) -> Sample:
        media, example = str(data.get("media", "")), str(data.get("body", ""))
        if example and (media not in body or example not in body[media].examples):
            self._complain(
                pointer, f"sends the example '{example}' as {media or 'nothing'}, which the body does not have."
            )
        statements = charges(data.get("x-statement")).get("*", ())
        if not statements:
            self._complain(pointer, "a sample needs the statements it shows (x-statement).")
        return Sample(
            name=name,
            statements=statements,
            path=data.get("path") or {},
            query=data.get("query") or {},
            headers=data.get("headers") or {},
            media=media,
            body=example,
            actor=str(data.get("actor", "")),
            records=data.get("records") or {},
        )

    def _refusals(self, data: dict[str, Any], pointer: Pointer) -> dict[str, RefusalKind]:
        kinds = {}
        for name, item in data.items():
            if "statement" in item and self.dialect.ledger:
                self._carry_one((*pointer, name), str(item["statement"]))
            if item.get("status") not in range(100, 600) or "statement" not in item:
                self._complain((*pointer, name), "a refusal needs `status`, `statement` and `body`.")
                continue
            kinds[name] = RefusalKind(
                name=name,
                status=int(item["status"]),
                media=str(item.get("media", "application/json")),
                body=item.get("body"),
                headers=item.get("headers") or {},
                challenge=str(item.get("challenge", "")),
                statement=str(item["statement"]),
            )
        return kinds

    def _security(self, data: dict[str, Any], pointer: Pointer) -> tuple[tuple[str, ...], ...]:
        declared = data.get("security", self.data.get("security")) or []
        known = self._map("components", "securitySchemes")
        for alternative in declared:
            for name in alternative.keys() - known.keys():
                self._complain(pointer, f"no security scheme is named '{name}'.{did_you_mean(name, known)}")
        return tuple(tuple(alternative) for alternative in declared)

    def _security_schemes(self) -> dict[str, SecurityScheme]:
        schemes = {}
        for name, item in self._map("components", "securitySchemes").items():
            kind = str(item.get("type", ""))
            if kind == "apiKey":
                schemes[name] = SecurityScheme(name, kind, str(item.get("in", "")), str(item.get("name", "")))
            elif kind == "http":
                schemes[name] = SecurityScheme(name, str(item.get("scheme", "")).lower(), "header", "Authorization")
            elif kind == "oauth2":
                schemes[name] = SecurityScheme(name, "bearer", "header", "Authorization")
            else:
                self._complain(("components", "securitySchemes", name), f"the type '{kind}' is not supported.")
        return schemes

    def _member_names(self) -> MemberNames | None:
        data = self._map("x-member-names")
        if not data:
            return None
        return MemberNames(
            str(data.get("style")), frozenset(data.get("except") or ()), charges(data.get("x-statement")).get("*", ())
        )

    def _xml(self) -> XmlStyle | None:
        data = self._map("x-xml")
        if not data:
            return None
        return XmlStyle(
            str(data.get("root", "")),
            str(data.get("booleans")),
            str(data.get("empty")),
            charges(data.get("x-statement")),
        )

    def _checks(self) -> Iterator[tuple[str, CheckPolicy]]:
        for name, rule in self._map("x-checks").items():
            if isinstance(rule, str):
                self._carry_one(("x-checks", name), rule)
                yield name, CheckPolicy(rule, "")
            else:
                yield name, CheckPolicy("", str(rule.get("off", "")))

    def _binding(self) -> Charges | None:
        data = self._map("x-binding")
        return charges(data.get("x-statement")) if data else None

    def _check_refusals(self, operation: Operation, pointer: Pointer) -> None:
        for kind in operation.refusals.values():
            response = operation.responses.get(kind.status)
            media = response.content.get(kind.media) if response else None
            if media is None or media.schema is None or kind.media == "text/plain":
                continue
            shown = fill(kind.body, {"detail": "detail", "name": "name"})
            for flaw in media.schema.flaws(shown):
                self._complain(pointer, f"the refusal '{kind.name}' breaks the {kind.status} schema: {flaw.message}.")

    def _check_links(self, operations: Mapping[str, Operation]) -> None:
        for operation in operations.values():
            for response in operation.responses.values():
                for link in response.links:
                    if link.operation not in operations:
                        hint = did_you_mean(link.operation, operations)
                        self.flaws.append(
                            Flaw(
                                operation.place,
                                operation.id,
                                f"link '{link.name}' leads to '{link.operation}', which does not exist.{hint}",
                            )
                        )

    def _check_relations(self) -> None:
        """What a stored schema refers to must be a collection that is stored."""
        stored = self._map("x-records")
        for pointer, key, target in _relations(self.data, ()):
            collection = target.partition("/")[0] if key == "x-refers-to" else target
            if collection not in stored and self.dialect.complete:
                hint = did_you_mean(collection, stored)
                self._complain((*pointer, key), f"x-records stores no '{collection}'.{hint}")

    def _follow(self, item: Any, pointer: Pointer) -> tuple[dict[str, Any], Pointer]:
        """A component in place of a reference to it, with where it stands."""
        start, passed = pointer, set()
        while "$ref" in item:
            target = str(item["$ref"])
            pointer = tuple(split(target[1:]))
            if len(pointer) != 3 or pointer[0] != "components" or pointer[1] not in _REFERRED or pointer in passed:
                self._complain(start, f"$ref {target} leads to no component that could stand here.")
                return {}, start
            passed.add(pointer)
            try:
                item = at(self.data, pointer)
            except LookupError:
                self._complain(start, f"$ref leads nowhere: there is no {target}.")
                return {}, start
        return item, pointer

    def _map(self, *path: str) -> dict[str, Any]:
        value = self.data
        for part in path:
            value = value.get(part, {})
        return value

    def _statuses(self, documented: str, responses: Mapping[str, Any], pointer: Pointer) -> tuple[int, ...]:
        """
        The statuses that a documented one stands for.

        Where ranges and `default` are allowed, they stand for those that a mock answers with; `default` is a success
        too where no other is documented.
        """
        if _STATUS.match(documented):
            return (int(documented),)
        covered = RANGES.get(documented.upper() if documented.endswith("XX") else documented)
        if self.dialect.complete or covered is None:
            self._complain((*pointer, "responses", documented), "is not a single status code.")
            return ()
        if documented == "default" and not any(status.startswith("2") for status in responses):
            covered = (200, *covered)
        explicit = {int(status) for status in responses if _STATUS.match(status)}
        ranges = set() if documented != "default" else {status[0] for status in responses if status.endswith("XX")}
        return tuple(status for status in covered if status not in explicit and str(status)[0] not in ranges)

    def _complain(self, pointer: Pointer, message: str) -> None:
        subject = ""
        if len(pointer) > 2 and pointer[0] == "paths":
            operation = at(self.data, pointer[: 4 if pointer[2] == MORE_METHODS else 3])
            subject = str(operation.get("operationId", "")) if isinstance(operation, dict) else ""
        subject = subject or "/".join(map(str, pointer[:3]))
        self.flaws.append(Flaw(self.document.place(pointer), subject, message))


def operations_of(item: Mapping[str, Any]) -> Iterator[Pointer]:
    """Where a path has its operations: ("get",), or ("additionalOperations", "COPY")."""
    yield from ((method,) for method in METHODS_OF_3_2 if method in item)
    yield from ((MORE_METHODS, method) for method in item.get(MORE_METHODS, ()))


def source_of(document: Mapping[str, Any], operation: Operation) -> Mapping[str, Any]:
    """What a document says of an operation."""
    item: Mapping[str, Any] = document["paths"][operation.path]
    more: Mapping[str, Any] = item.get(MORE_METHODS, {})
    found: Mapping[str, Any] = more[operation.method] if operation.method in more else item[operation.method.lower()]
    return found


def _described(data: Mapping[str, Any], pointer: Pointer) -> tuple[str, Any, Pointer]:
    """The schema of a parameter or header, or of its `content` under the media type that it names."""
    for media, item in (data.get("content") or {}).items():
        return media, item.get("schema") or {}, (*pointer, "content", media, "schema")
    return "", data.get("schema") or {}, (*pointer, "schema")


def _examples_of(data: Mapping[str, Any]) -> Iterator[Any]:
    """The examples of a header, which may be those of its `content`."""
    for item in (data, *(data.get("content") or {}).values()):
        if "example" in item:
            yield item["example"]
        for example in (item.get("examples") or {}).values():
            if "value" in example:
                yield example["value"]


def _encodings_of(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The encodings of a media type by member."""
    found = data.get("encoding")
    for name, item in found.items() if isinstance(found, dict) else ():
        if isinstance(item, dict):
            yield name, item


def _dividers(encoding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stands between the items of a form's arrays that are one text (OpenAPI 3.0.3, Encoding Object)."""
    for name, item in encoding.items():
        if isinstance(item, dict) and item.get("explode", item.get("style", "form") == "form") is False:
            yield name, DIVIDERS.get(str(item.get("style", "form")), ",")


def _named_in(contents: Mapping[str, Media]) -> set[str]:
    """The members of bodies that are objects, the outermost only."""
    return {name for media in contents.values() if media.schema for name in media.schema.view.members()}


def _generality(documented: tuple[str, Any]) -> int:
    """Single statuses before ranges, ranges before `default`; otherwise the order of the document."""
    return 2 if documented[0] == "default" else 1 if documented[0].upper().endswith("XX") else 0


def _relations(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str, str]]:
    """Where a schema says that a value names a record, by which key, and what it says."""
    if isinstance(value, dict):
        for key, member in value.items():
            if key in ("x-refers-to", "x-keys-refer-to") and isinstance(member, str):
                yield pointer, key, member
            elif not is_data(key, pointer):
                yield from _relations(member, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _relations(item, (*pointer, index))


def _carriers(value: Any, pointer: Pointer) -> Iterator[tuple[Pointer, tuple[str, ...]]]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == "x-statement":
                for ids in charges(member).values():
                    yield (*pointer, key), ids
            elif not is_data(key, pointer) and key != "x-refusals":
                yield from _carriers(member, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _carriers(item, (*pointer, index))
