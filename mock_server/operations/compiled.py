"""An operation as everything a request to it needs, made at start; and the way of a request through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mock_server.admission.admission import Arguments, body_refusals
from mock_server.admission.binding import Binder, binder, read_members, read_query
from mock_server.admission.bodies import body_reader
from mock_server.admission.documented_bodies import DocumentedBodies
from mock_server.negotiation import choose, choose_named, media_type
from mock_server.operations.authentication import Authenticate, authenticator, credential_headers, missing_credential
from mock_server.operations.preferences import Choices
from mock_server.operations.refusals import RefusalWriter
from mock_server.operations.request import Answer, Request
from mock_server.reply import Behaviour, Call, Refusal, Reply, Shown, ShownList, remembered
from mock_server.representation.documented import content_type, documented_writer
from mock_server.representation.member_casing import recaser
from mock_server.representation.representation import UnreadableBody, json_fragment, writer
from mock_server.worlds.records import Actor, Change, Records
from mock_server.worlds.store import World
from specs.contract import Contract, Operation
from specs.validation import Schema

WORLD_HEADER = "x-casepact-world"
_SINGLE = frozenset({"content-type", "content-length", "host", "content-encoding", WORLD_HEADER})


@dataclass(frozen=True, slots=True)
class CompiledOperation:
    """
    One operation, ready to serve under `base`.

    `world` is the one world it is carried out in, whatever a request names; None for the world that the request names.
    `marks` are headers that each of its answers carries. `siblings` are all operations of its API.
    """

    contract: Contract
    operation: Operation
    behaviour: Behaviour
    base: str
    world: World | None
    marks: Mapping[str, str]
    authenticate: Authenticate | None
    arguments: Arguments
    readers: Mapping[str, tuple[Callable[[bytes], Any], Schema | None]]
    success: int
    offered: tuple[str, ...]
    choose: Callable[[str, tuple[str, ...]], str | None]
    """Which of the offered media types an `Accept` header likes best."""
    default: str
    writers: Mapping[str, Callable[[Any], bytes]]
    heads: Mapping[str, Mapping[str, str]]
    """The headers of a success by its media type; "" is that of a success without a body."""
    refusals: RefusalWriter
    choices: Choices
    bound: tuple[Binder, Schema] | None
    single_headers: frozenset[str]
    siblings: Mapping[str, CompiledOperation]

    def represent(self, reply: Reply, media: str) -> Answer:
        """Status, headers and body that answer with a success."""
        value = reply.value
        if value is None:
            head, body = self.heads[""], b""
        else:
            head, body = self.heads[media], self.writers[media](value)
        if reply.headers:
            # A header of the reply stands in the place of the operation's own.
            head = {**head, **reply.headers}
        return reply.status or self.success, head, body


def compile_operation(
    contract: Contract,
    operation: Operation,
    behaviour: Behaviour,
    *,
    base: str,
    world: World | None = None,
    marks: Mapping[str, str] | None = None,
    siblings: Mapping[str, CompiledOperation] | None = None,
) -> CompiledOperation:
    """The compiled form of one operation; `siblings` may fill up afterwards."""
    success = operation.success_status()
    offered = tuple(operation.responses[success].content)
    refusals = RefusalWriter(operation.refusals, contract.xml)
    return CompiledOperation(
        contract=contract,
        operation=operation,
        behaviour=behaviour,
        base=base,
        world=world,
        marks=marks or {},
        authenticate=authenticator(contract, operation),
        arguments=Arguments(operation, contract.dialect),
        readers=_readers(contract, operation),
        success=success,
        offered=offered,
        choose=choose if contract.dialect.modelled else choose_named,
        default=offered[0] if offered else "application/json",
        writers={media: _writer(contract, operation, media) for media in offered},
        heads={
            "": marks or {},
            **{media: {"content-type": content_type(media), **(marks or {})} for media in offered},
        },
        refusals=refusals,
        choices=Choices(operation, refusals, contract.xml, modelled=contract.dialect.modelled),
        bound=_bound(contract, operation),
        single_headers=_SINGLE | credential_headers(contract),
        siblings=siblings if siblings is not None else {},
    )


def caller(compiled: CompiledOperation, request: Request, records: Records) -> tuple[Actor | None, list[Refusal]]:
    """Who calls; what speaks against reading on is known before any body is read."""
    if request.doubled and (wrong := compiled.single_headers.intersection(request.doubled)):
        header = min(wrong)
        return None, [Refusal("parameter", (), f"the header {header} is sent more than once", name=header)]
    if compiled.authenticate is None:
        return None, []
    actor = compiled.authenticate(request.headers, request.query, records.known.by_credential)
    if actor is None:
        detail = missing_credential(compiled.contract, compiled.operation, request.headers, request.query)
        return None, [Refusal("unauthenticated", (), detail)]
    return actor, []


def admit(
    compiled: CompiledOperation,
    request: Request,
    texts: Mapping[str, str],
    raw: bytes,
    actor: Actor | None,
    records: Records,
    now: datetime,
) -> tuple[Call, list[Refusal]]:
    """The request as a call, and every way in which it breaks the contract or, if it breaks none, the first rule."""
    query = request.query
    arguments, refusals = compiled.arguments.read(texts, query, request.headers, request.doubled)
    body: Any = None
    if compiled.readers:
        declared = request.headers.get("content-type", "")
        coding = request.headers.get("content-encoding", "identity").strip().lower()
        if coding != "identity" and raw:
            flaws = [Refusal("media-type", (), f"the body is coded as {coding[:40]}; send it as it is", name="coding")]
        elif compiled.bound is not None:
            body, flaws = _bind(compiled, *compiled.bound, raw, declared, query)
        else:
            body, flaws = _read_body(compiled, raw, declared)
        refusals += flaws
    unknown = tuple(compiled.arguments.unknown(query)) if query else ()
    path = f"{request.prefix}{request.path}" if request.prefix else request.path
    call = Call(compiled.operation, arguments, body, actor, records, now, request.headers, unknown, path, query)
    if not refusals:
        for rule in compiled.behaviour.rules:
            if (breach := rule.breach(call)) is not None:
                return call, [breach]
    return call, refusals


def carry_out(compiled: CompiledOperation, call: Call) -> Reply | Refusal:
    """What the behaviour makes of an admitted call; nothing is stored yet."""
    outcome = compiled.behaviour.act(call)
    if isinstance(outcome, Reply) and outcome.changes:
        unfit = _unfit(compiled.contract, outcome.changes)
        if unfit:
            return Refusal("invalid", (), unfit)
    return outcome


def breaches(compiled: CompiledOperation, call: Call) -> list[Refusal]:
    """
    Every rule that an admitted call breaks.

    A rule may rest on those before it; one that cannot be asked, because what it rests on is broken, is left out.
    """
    found = []
    for rule in compiled.behaviour.rules:
        try:
            breach = rule.breach(call)
        except (AssertionError, LookupError, TypeError, ValueError):
            continue
        if breach is not None:
            found.append(breach)
    return found


def _readers(contract: Contract, operation: Operation) -> Mapping[str, tuple[Callable[[bytes], Any], Schema | None]]:
    if not contract.dialect.modelled:
        return DocumentedBodies(operation.body)
    return {media_type(name): body_reader(media) for name, media in operation.body.items()}


def _writer(contract: Contract, operation: Operation, media: str) -> Callable[[Any], bytes]:
    """How a success is written; its names are those of the JSON form, whatever the representation."""
    if not contract.dialect.modelled:
        return _written_once(documented_writer(operation.responses[operation.success_status()].content[media]))
    write = writer(media, contract.xml)
    form = operation.responses[operation.success_status()].content.get("application/json")
    if form is None or form.schema is None:
        return write
    recase = recaser(form.schema.view, json_fragment) if media.endswith("json") else recaser(form.schema.view)
    return write if recase is None else lambda value: write(recase(value))


def _written_once(write: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
    """The same writer, which writes what is `Shown` once."""
    known = remembered(write)
    return lambda value: known(value) if isinstance(value, Shown | ShownList) else write(value)


def _read_body(compiled: CompiledOperation, raw: bytes, content_type: str) -> tuple[Any, list[Refusal]]:
    if not raw:
        if not compiled.operation.body_required:
            return None, []
        return None, [Refusal("missing-body", (), "the body is missing")]
    found = compiled.readers.get(content_type) or compiled.readers.get(media_type(content_type))
    if found is None:
        known = " or ".join(compiled.readers)
        declared = media_type(content_type)[:80] or "of no declared type"
        return None, [Refusal("media-type", (), f"the body is {declared}; send {known}")]
    read, schema = found
    try:
        value = read(raw)
    except UnreadableBody as error:
        return None, [Refusal("unreadable", (), str(error))]
    return value, body_refusals(schema, value, compiled.refusals.kinds, len(raw)) if schema is not None else []


def _bound(contract: Contract, operation: Operation) -> tuple[Binder, Schema] | None:
    """How requests of a lenient vendor are bound, and the schema that they fit then: the one of the JSON form."""
    media = operation.body.get("application/json")
    if contract.binding is None or media is None or media.schema is None:
        return None
    taken = [parameter.name for parameter in operation.parameters if parameter.location == "path"]
    return binder(media.schema.view, taken), media.schema


def _bind(
    compiled: CompiledOperation, bind: Binder, schema: Schema, raw: bytes, content_type: str, query: str
) -> tuple[Any, list[Refusal]]:
    """Body and query as the members that the operation declares."""
    try:
        bound, flaws = bind.bind(read_members(raw, content_type), read_query(query) if query else {})
    except UnreadableBody as error:
        return None, [Refusal("unreadable", (), str(error))]
    judged = body_refusals(schema, bound, compiled.refusals.kinds, len(raw))
    if not flaws:
        return bound, judged
    refusals = [
        Refusal("invalid", flaw.statements, f"{flaw.pointer}: {flaw.detail}", flaw.pointer, flaw.name) for flaw in flaws
    ]
    unbound = {flaw.name for flaw in flaws}
    return bound, [*refusals, *(refusal for refusal in judged if refusal.name not in unbound)]


def _unfit(contract: Contract, changes: Iterable[Change]) -> str:
    """Why a change must not be stored, or an empty text: no later answer could show such a record by the contract."""
    for collection, id, record, written in changes:
        if record is None:
            continue
        schema = contract.records[collection]
        fits = schema.is_valid(record) if written is None else schema.is_valid_with(written, record)
        if not fits:
            flaw = schema.flaws(record)[0]
            return f"{flaw.pointer or id} cannot be stored: {flaw.message}"[:200]
    return ""
