"""The compiled request path: route, authenticate, admit, call, represent."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import orjson
from connexion.middleware.abstract import SpecMiddleware

from mock_server.http.admission import Arguments, body_refusals
from mock_server.http.authentication import Authenticate, authenticator, by_credential, credential_headers
from mock_server.http.binding import Binder, binder, read_members, read_query
from mock_server.http.refusals import RefusalWriter
from mock_server.http.representation import UnreadableBody, reader, writer
from mock_server.http.routing import Route, RouteIndex
from mock_server.http.spelling import Spell, speller
from mock_server.negotiation import choose, media_type
from mock_server.reply import Behaviour, Call, Refusal, Reply
from mock_server.worlds.records import Actor, Change
from mock_server.worlds.store import DEFAULT, WORLD_NAME, World, WorldStore
from specs.contract import Contract, Operation, Schema

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger("casepact.mock")

WORLD_HEADER = "x-casepact-world"
_SINGLE = frozenset({"content-type", "content-length", "host", WORLD_HEADER})
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """Everything a request to one operation needs, made at start."""

    contract: Contract
    operation: Operation
    behaviour: Behaviour
    authenticate: Authenticate | None
    actors: Mapping[tuple[str, str], Actor]
    arguments: Arguments
    readers: Mapping[str, tuple[Callable[[bytes], Any], Schema | None]]
    success: int
    offered: tuple[str, ...]
    default: str
    writers: Mapping[str, Callable[[Any], bytes]]
    refusals: RefusalWriter
    spell: Spell | None
    bound: tuple[Binder, Schema] | None
    single_headers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A compiled operation at one address; `media` is fixed where a path suffix says it."""

    compiled: CompiledOperation
    media: str | None


def compile_operation(
    contract: Contract, operation: Operation, behaviour: Behaviour, actors: Mapping[str, Actor]
) -> CompiledOperation:
    """The compiled form of one operation."""
    success = operation.success_status()
    offered = tuple(operation.responses[success].content)
    return CompiledOperation(
        contract=contract,
        operation=operation,
        behaviour=behaviour,
        authenticate=authenticator(contract, operation),
        actors=by_credential(actors),
        arguments=Arguments(operation),
        readers={media_type(name): (reader(media_type(name)), media.schema) for name, media in operation.body.items()},
        success=success,
        offered=offered,
        default=offered[0] if offered else "application/json",
        writers={media: writer(media, contract.xml) for media in offered},
        refusals=RefusalWriter(operation.refusals, contract.xml),
        spell=_speller(operation, success),
        bound=_bound(contract, operation),
        single_headers=_SINGLE | credential_headers(contract),
    )


class RequestPath(SpecMiddleware):
    """Answers every request that an API's addresses claim; the rest goes on to Connexion's own pages."""

    def __init__(
        self,
        app: App,
        *,
        operations: Iterable[CompiledOperation],
        root: Iterable[str],
        worlds: WorldStore,
        max_body: int,
    ) -> None:
        self.app, self.worlds, self.max_body = app, worlds, max_body
        self._index: RouteIndex[Endpoint] = RouteIndex()
        self._apis: dict[str, RefusalWriter] = {}
        self._registered: set[str] = set()
        compiled = list(operations)
        for item in compiled:
            self._add(f"/{item.contract.api}", item)
            self._apis[item.contract.api] = RefusalWriter(item.contract.refusals, item.contract.xml)
        for api in root:
            for item in compiled:
                if item.contract.api == api:
                    self._add("", item)

    def add_api(self, specification: Any, **kwargs: Any) -> None:
        """Connexion registers each document here; what it holds was compiled already."""
        self._registered.add(str(kwargs.get("base_path", "")))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, doubled = _headers(scope["headers"])
        raw_path = scope.get("raw_path")
        path: str = raw_path.decode("ascii", "replace").partition("?")[0] if raw_path else scope["path"]
        name = headers.get(WORLD_HEADER, DEFAULT)
        if path.startswith("/~"):
            name, _, rest = path[2:].partition("/")
            path = f"/{rest}"
            # Connexion's pages below a prefix name it in their own links (ASGI: root_path).
            scope = {**scope, "root_path": f"/~{name}"}
        route = self._index.find(path)
        if route is None and self._is_page(path):
            await self.app(scope, receive, send)
            return
        if not WORLD_NAME.match(name):
            problem = _own_problem(400, f"'{name}' names no world: 1 to 64 letters, digits, '_', '.', '-'.")
            await _send(send, problem, scope["method"])
            return
        if route is None:
            answer = self._index_page() if path == "/" else self._no_route(path, headers)
            await _send(send, answer, scope["method"])
            return
        await _send(send, await self._answer(scope, receive, route, headers, doubled, name), scope["method"])

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        route: Route[Endpoint],
        headers: dict[str, str],
        doubled: set[str],
        name: str,
    ) -> Answer:
        method: str = scope["method"]
        endpoint = route.methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            return _no_method(method, route)
        compiled = endpoint.compiled
        media = endpoint.media or choose(headers.get("accept", "*/*"), compiled.offered) or compiled.default
        world = self.worlds.world(name)
        outcome: Reply | list[Refusal]
        if wrong := doubled & compiled.single_headers:
            header = min(wrong)
            outcome = [Refusal("parameter", (), f"the header {header} is sent more than once", name=header)]
        else:
            query = scope["query_string"].decode("ascii", "replace")
            outcome = await self._carry_out(compiled, route.texts, query, headers, receive, world)
        if isinstance(outcome, Reply):
            status = outcome.status or compiled.success
            if outcome.value is None:
                return status, dict(outcome.headers), b""
            answer_headers = {"content-type": f"{media}; charset=UTF-8", **outcome.headers}
            value = compiled.spell(outcome.value) if compiled.spell is not None else outcome.value
            return status, answer_headers, compiled.writers[media](value)
        answer = compiled.refusals.write(outcome, media, headers)
        logger.info(
            "%s %s %s %s: %s",
            answer[0],
            compiled.operation.id,
            name,
            answer[1]["x-casepact-statement"],
            outcome[0].detail,
        )
        return answer

    async def _carry_out(
        self,
        compiled: CompiledOperation,
        texts: Mapping[str, str],
        query: str,
        headers: Mapping[str, str],
        receive: Receive,
        world: World,
    ) -> Reply | list[Refusal]:
        """Everything between the route and the answer; the world is changed only by a `Reply`."""
        records = world.records[compiled.contract.api]
        actor: Actor | None = None
        if compiled.authenticate is not None:
            actor = compiled.authenticate(headers, query, compiled.actors)
            if actor is None:
                return [Refusal("unauthenticated", (), "no credential of a known actor was sent")]
        arguments, refusals = compiled.arguments.read(texts, query, headers)
        body: Any = None
        if compiled.readers:
            raw = await _body(headers, receive, self.max_body)
            if raw is None:
                return [Refusal("too-large", (), f"the body is larger than {self.max_body} bytes")]
            declared = headers.get("content-type", "")
            if compiled.bound is not None:
                body, flaws = _bind(compiled, *compiled.bound, raw, declared, query)
            else:
                body, flaws = _read_body(compiled, raw, declared)
            refusals += flaws
        if refusals:
            return refusals
        unknown = tuple(compiled.arguments.unknown(query)) if query else ()
        call = Call(compiled.operation, arguments, body, actor, records, world.clock.now(), headers, unknown)
        for rule in compiled.behaviour.rules:
            if (breach := rule.breach(call)) is not None:
                return [breach]
        outcome = compiled.behaviour.act(call)
        if isinstance(outcome, Refusal):
            return [outcome]
        if unfit := _unfit(compiled.contract, outcome.changes):
            return [Refusal("invalid", (), unfit)]
        records.commit(outcome.changes)
        return outcome

    def _add(self, prefix: str, item: CompiledOperation) -> None:
        patterns = {parameter.name: parameter.pattern for parameter in item.operation.parameters if parameter.pattern}
        path, method = prefix + item.operation.path, item.operation.method
        for suffix, media in item.contract.suffixes.items():
            if media in item.offered:
                self._index.add(path, method, Endpoint(item, media), patterns, suffix)
        self._index.add(path, method, Endpoint(item, None), patterns)

    def _is_page(self, path: str) -> bool:
        """Whether Connexion serves it: documents and Swagger UI."""
        api, _, rest = path[1:].partition("/")
        pages = ("ui", "openapi.json", "openapi.yaml")
        return api in self._apis and (rest in pages or rest.startswith("ui/"))

    def _index_page(self) -> Answer:
        """For whoever opens the address in a browser: where the APIs are."""
        rows = "".join(f'<li><a href="/{api}/ui/">{api}</a> base URL /{api}</li>' for api in self._apis)
        page = f"<!doctype html><title>casepact mock</title><h1>casepact mock</h1><ul>{rows}</ul>"
        return 200, {"content-type": "text/html; charset=UTF-8"}, page.encode()

    def _no_route(self, path: str, headers: Mapping[str, str]) -> Answer:
        api = path[1:].partition("/")[0]
        detail = f"no operation has the path {path}"
        if api in self._apis:
            return self._apis[api].write([Refusal("no-route", (), detail)], "application/json", headers)
        bases = ", ".join(f"/{name}/" for name in self._apis)
        return _own_problem(404, f"{detail}; the APIs are served under {bases}.", "HTTP-01")


def _speller(operation: Operation, status: int) -> Spell | None:
    media = operation.responses[status].content.get("application/json")
    return speller(media.schema.document) if media is not None and media.schema is not None else None


def _no_method(method: str, route: Route[Endpoint]) -> Answer:
    """405 with every method the path has, or the vendor's own answer; OPTIONS is answered with the same list."""
    allowed = sorted({*route.methods, "OPTIONS", *(("HEAD",) if "GET" in route.methods else ())})
    allow = {"allow": ", ".join(allowed)}
    if method == "OPTIONS":
        return 204, allow, b""
    compiled = next(iter(route.methods.values())).compiled
    refusal = Refusal("method", (), f"this path has {', '.join(sorted(route.methods))}, not {method}")
    status, headers, body = compiled.refusals.write([refusal], "application/json", {})
    return status, {**headers, **allow} if status == 405 else headers, body


def _read_body(compiled: CompiledOperation, raw: bytes, content_type: str) -> tuple[Any, list[Refusal]]:
    kinds = compiled.refusals.kinds
    if not raw:
        if not compiled.operation.body_required:
            return None, []
        return None, [Refusal("missing-body", (), "the body is missing")]
    declared = media_type(content_type)
    found = compiled.readers.get(declared)
    if found is None:
        known = " or ".join(compiled.readers)
        return None, [Refusal("media-type", (), f"the body is {declared or 'of no declared type'}; send {known}")]
    read, schema = found
    try:
        value = read(raw)
    except UnreadableBody as error:
        return None, [Refusal("unreadable", (), str(error))]
    return value, body_refusals(schema, value, kinds) if schema is not None else []


def _bound(contract: Contract, operation: Operation) -> tuple[Binder, Schema] | None:
    """How requests of a lenient vendor are bound, and the schema that they fit then: the one of the JSON form."""
    media = operation.body.get("application/json")
    if contract.binding is None or media is None or media.schema is None:
        return None
    taken = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
    return binder(media.schema.document, taken), media.schema


def _bind(
    compiled: CompiledOperation, bind: Binder, schema: Schema, raw: bytes, content_type: str, query: str
) -> tuple[Any, list[Refusal]]:
    """Body and query as the members that the operation declares."""
    kinds = compiled.refusals.kinds
    try:
        bound, flaws = bind.bind(read_members(raw, content_type), read_query(query))
    except UnreadableBody as error:
        return None, [Refusal("unreadable", (), str(error))]
    refusals = [
        Refusal("invalid", flaw.statements, f"{flaw.pointer}: {flaw.detail}", flaw.pointer, flaw.name) for flaw in flaws
    ]
    unbound = {flaw.name for flaw in flaws}
    judged = body_refusals(schema, bound, kinds)
    return bound, [*refusals, *(refusal for refusal in judged if refusal.name not in unbound)]


async def _body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None when it is longer than `limit` bytes; a longer one is not read to its end."""
    declared = headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        return None
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _unfit(contract: Contract, changes: Iterable[Change]) -> str:
    """Why a change must not be stored, or an empty text: no later answer could show such a record by the contract."""
    for change in changes:
        schema = contract.records[change.collection]
        if change.record is not None and not schema.is_valid(change.record):
            flaw = schema.flaws(change.record)[0]
            return f"{flaw.pointer or change.id} cannot be stored: {flaw.message}"[:200]
    return ""


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> tuple[dict[str, str], set[str]]:
    """
    Headers by lower-case name, the first value of each, and the names that came more than once.

    Lines of Accept are one list (RFC 9110 section 5.3).
    """
    headers: dict[str, str] = {}
    doubled: set[str] = set()
    for key, value in pairs:
        name = key.decode("latin-1")
        if name == "accept" and name in headers:
            headers[name] += f",{value.decode('latin-1')}"
        elif name in headers:
            doubled.add(name)
        else:
            headers[name] = value.decode("latin-1")
    return headers, doubled


def _own_problem(status: int, detail: str, statement: str = "") -> Answer:
    """An answer of the mock's own, where no vendor's format applies (RFC 9457)."""
    body = orjson.dumps({"status": status, "title": "Not served by this mock", "detail": detail})
    headers = {"content-type": "application/problem+json"}
    return status, {**headers, "x-casepact-statement": statement} if statement else headers, body


async def _send(send: Send, answer: Answer, method: str = "") -> None:
    status, headers, body = answer
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    if status != 204:
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
