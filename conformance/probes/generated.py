"""Schemathesis: examples, coverage, fuzzing and stateful walks over the links. The only module that knows it."""

from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from conformance.checks.judgement import broken, kept
from conformance.probes import derived, edges
from conformance.probes.context import Fuzzing, Probe, ProbeContext
from conformance.probes.target_adapter import TargetAdapter
from conformance.target.client import WORLD_HEADER
from conformance.target.decoding import decoded
from conformance.target.drafting import body_members, roles
from conformance.target.errors import EngineFailure, Unreachable
from conformance.target.exchange import Exchange, Request, Response
from specs.contract import Contract, Operation
from specs.shortening import shorten
from specs.statements import Refusal, Side

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis
    from schemathesis.engine import Status, StopReason, events, from_schema
    from schemathesis.engine.recorder import Interaction, ScenarioRecorder
    from schemathesis.schemas import BaseSchema
    from schemathesis.specs.openapi.coverage import _schema as coverage_values
    from schemathesis.transport.requests import REQUESTS_TRANSPORT

# What a check of ours judges statement by statement is not judged a second time under a general statement.
_OURS = ("status_code_conformance", "content_type_conformance", "response_schema_conformance")
# Documents rarely say all that makes a request good; the accepted side of every limit has its own probe (edges.py).
_TOO_EAGER = ("positive_data_acceptance",)
# Requests with methods that no operation declares are left to the protocol probe: they could write.
_UNDECLARED = ("unsupported_method", "allow_header_conformance")
_KNOWN = (
    *("not_a_server_error", "negative_data_rejection", "missing_required_header", "ignored_auth"),
    *("use_after_free", "ensure_resource_availability", "response_headers_conformance", "object_level_authorization"),
)
_NEGATIVE = "negative_data_rejection"
CHECK = "generated"

schemathesis.openapi.format(
    "space-date-time",
    st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 12, 31)).map(
        lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S")
    ),
)
# Hypothesis describes a lambda by parsing the file it stands in, once in each thread, and Schemathesis starts a thread
# for each operation and phase: a quarter of a second each time, for a text that nobody reads. Without lines it cannot.
linecache.cache[coverage_values.__file__] = (0, None, [], coverage_values.__file__)


def probes(contract: Contract) -> Iterator[Probe]:
    """One probe per operation for generated requests, and one per API that follows links."""
    enabled = [name for name in contract.checks if _enabled(contract, name)]
    for operation in contract.operations.values():
        serves = tuple(sorted({name for check in enabled for name in contract.charged(check, operation)}))
        yield Probe(
            "generated requests",
            operation.id,
            serves,
            _run(operation),
            needs=roles(operation),
            writes=operation.writes,
            generated=True,
            most=(40 + 20 * _places(operation), 2),
            usual=(50 + 14 * _places(operation), 2) if operation.body else (6 + 11 * _places(operation), 0),
        )
    if any(
        link for operation in contract.operations.values() for r in operation.responses.values() for link in r.links
    ):
        first = contract.documented()[0]
        serves = tuple(sorted({name for check in enabled for name in contract.charged(check, first)}))
        walks = "generated walks over links"
        run, needs = _run(None), roles(first)
        yield Probe(walks, first.id, serves, run, needs=needs, generated=True, most=(50, 10), usual=(20, 7))


def _places(operation: Operation) -> int:
    """How many values a request holds; the coverage phase tries a few of each."""
    return len(operation.parameters) + sum(len(body_members(operation, media)) for media in operation.body)


def _run(operation: Operation | None) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        by_label = {f"{item.method} {item.path}": item for item in ctx.contract.operations.values()}
        document: Any = {**ctx.contract.document, "servers": [{"url": ctx.target.api.url}]}
        config = schemathesis.Config.from_dict(_config(ctx, operation))
        schema: BaseSchema = schemathesis.openapi.from_dict(document, config=config)
        if operation is not None:
            schema = schema.include(operation_id=operation.id)
        elif not ctx.target.profile.worlds:
            # No passwords are drawn for a server that may lock accounts.
            for item in ctx.contract.operations.values():
                schema = schema.exclude(operation_id=item.id) if item.gives_token else schema
        outlet = TargetAdapter(ctx.target)
        _send_through(schema, outlet)
        stream = from_schema(schema).execute()
        # It waits for threads of its own where it ends; the collector might end it in one of these.
        with closing(stream.generator):
            for event in stream:
                if outlet.stopped is not None:
                    stream.stop()
                    if isinstance(event, events.ScenarioFinished):
                        _take(ctx, by_label, event.recorder)
                    raise outlet.stopped
                if isinstance(event, events.ScenarioFinished):
                    _take(ctx, by_label, event.recorder)
                elif isinstance(event, events.Interrupted):
                    # Schemathesis keeps Ctrl-C to itself.
                    raise KeyboardInterrupt
                elif isinstance(event, events.NonFatalError | events.FatalError):
                    ctx.target.wait(0.5)
                    raise EngineFailure(f"Schemathesis could not go on: {_message(event)}")
                elif isinstance(event, events.EngineFinished) and event.stop_reason is StopReason.SERVER_UNAVAILABLE:
                    raise Unreachable(ctx.target.api.url, "it stopped answering")

    return run


def _send_through(schema: BaseSchema, outlet: TargetAdapter) -> None:
    """
    Let every request of a schema leave through the outlet.

    Schemathesis asks the schema's class for the transport, and checks send by it too; hooks see only a part of that.
    """

    class Transport:
        def __getattr__(self, name: str) -> Any:
            return getattr(REQUESTS_TRANSPORT, name)

        def send(self, case: Any, *, session: Any = None, **kwargs: Any) -> Any:
            return REQUESTS_TRANSPORT.send(case, session=outlet.through(session), **kwargs)

    kind = type(schema)
    schema.__class__ = type(kind.__name__, (kind,), {"transport": property(lambda self: Transport())})


def _config(ctx: ProbeContext, operation: Operation | None) -> dict[str, Any]:
    """The settings for one operation; for walks over all of them where none is named."""
    contract, target, stateful = ctx.contract, ctx.target, operation is None
    found = (target.credentials.of(item, contract.default_actor) for item in contract.operations.values())
    credentials = next(filter(None, found), None)
    headers = dict(credentials.headers) if credentials else {}
    for item in [operation] if operation else contract.operations.values():
        headers |= item.headers
    if target.profile.worlds:
        headers[WORLD_HEADER] = ctx.world
    checks = {name: {"enabled": False} for name in (*_OURS, *_TOO_EAGER, *_UNDECLARED)}
    checks |= {name: {"enabled": _enabled(contract, name)} for name in _KNOWN}
    dictionaries, parameters = _known_values(ctx)
    deep = operation is not None and _fuzzed(ctx, operation)
    return {
        "seed": ctx.random.getrandbits(32),
        "base-url": target.api.url,
        "headers": headers,
        "continue-on-failure": True,
        "request-timeout": target.profile.read_timeout,
        "max-redirects": 0,
        "request-retries": 0,
        "cache": {"enabled": False},
        "auth": {"auto-signup": False},
        "output": {"sanitization": {"enabled": False}},
        "analysis": {"constants": {"enabled": False}},
        "warnings": False,
        "generation": {
            "max-examples": ctx.examples,
            "database": "none",
            "no-shrink": True,
            "with-security-parameters": False,
        },
        "checks": checks,
        "dictionaries": dictionaries,
        "parameters": parameters,
        "phases": {
            # The pages' own examples have probes of their own (samples.py, representations.py), at every level.
            "examples": {"enabled": deep},
            "coverage": {"enabled": not stateful, "unexpected-methods": []},
            "fuzzing": {"enabled": deep, "error-feedback": {"enabled": False}},
            "stateful": {"enabled": stateful, "inference": {"algorithms": []}},
        },
    }


def _fuzzed(ctx: ProbeContext, operation: Operation) -> bool:
    """Whether whole requests are drawn at random: where probes try each member of a body, they hardly add to that."""
    if ctx.fuzzing is Fuzzing.UNTRIED:
        return not edges.tries_each_member(ctx.contract, operation)
    return ctx.fuzzing is Fuzzing.EVERYWHERE


def _enabled(contract: Contract, name: str) -> bool:
    policy = contract.checks.get(name)
    if policy is None or not policy.statement or name not in _KNOWN:
        return False
    # With several alternatives Schemathesis spoils one credential and still sends another that is good.
    alternatives = {operation.security for operation in contract.operations.values() if operation.security}
    return name != "ignored_auth" or all(len(security) == 1 for security in alternatives)


def _known_values(ctx: ProbeContext) -> tuple[dict[str, Any], dict[str, Any]]:
    """The target's known records, mixed into the generated ids so that requests reach what is there."""
    dictionaries: dict[str, Any] = {}
    parameters: dict[str, Any] = {}
    for operation in ctx.contract.operations.values():
        named = [(f"path.{item.name}", item.role) for item in operation.parameters if item.location == "path"]
        for media in operation.body:
            named += [(f"body.{m.pointer.rsplit('/', 1)[-1]}", m.role) for m in body_members(operation, media)]
        for name, role in named:
            if role in ctx.target.api.records:
                dictionaries[role] = {"values": [ctx.target.api.records[role]["id"]]}
                parameters[name] = {"dictionary": role, "probability": 0.7}
    return dictionaries, parameters


def _take(ctx: ProbeContext, by_label: Mapping[str, Operation], recorder: ScenarioRecorder) -> None:
    for case_id, interaction in recorder.interactions.items():
        operation = by_label.get(recorder.cases[case_id].value.operation.label)
        if operation is None or interaction.response is None:
            continue
        exchange = _exchange(ctx, operation, interaction)
        ctx.target.exchanges += 1
        ctx.take(operation, exchange)
        for node in recorder.checks.get(case_id, ()):
            charged = ctx.contract.charged(node.name, operation)
            if not charged:
                continue
            if not ctx.contract.dialect.modelled:
                if node.name == _NEGATIVE and node.status is not Status.SUCCESS:
                    _take_odd(ctx, operation, exchange)
                continue
            if node.status is Status.SUCCESS:
                ctx.note(kept(charged, CHECK), exchange)
            elif node.failure_info is not None:
                failure = node.failure_info.failure
                received = f"{exchange.response.status}: {' '.join(failure.message.split())[:160]}"
                status = exchange.response.status
                found = broken(charged, CHECK, failure.title, received, node.name, status=status)
                ctx.note(found, exchange)


def _take_odd(ctx: ProbeContext, operation: Operation, exchange: Exchange) -> None:
    """Charge what was accepted to the part of the request that our own judge finds invalid, too."""
    if not 200 <= exchange.response.status < 300:
        return
    for statement, flaw in derived.odd_parts(operation, exchange).items():
        if ctx.contract.ledger[statement].refusal is not Refusal.PROMISED:
            continue
        title = f"Accepted: {flaw.keyword} of {flaw.pointer or 'the body'}"
        received = f"{exchange.response.status} to {shorten(flaw.message, 160, tail=75)}"
        ctx.note(broken([statement], CHECK, title, received, "a refusal, as 400", Side.REFUSE), exchange)


def _exchange(ctx: ProbeContext, operation: Operation, interaction: Interaction) -> Exchange:
    sent, got = interaction.request, interaction.response
    assert got is not None, "only answered requests are taken"
    credentials = ctx.target.credentials.of(operation, ctx.contract.default_actor)
    headers = tuple((name, values[0]) for name, values in sent.headers.items() if name.lower() not in _TRANSPORT)
    own = {value for _, value in credentials.headers} if credentials else set()
    shown = {
        name.lower(): credentials.shown[name.lower()]
        for name, value in headers
        if credentials and value in own and name.lower() in credentials.shown
    }
    response = Response(
        got.status_code,
        tuple((name, ", ".join(values)) for name, values in got.headers.items()),
        got.content,
        interaction.timestamp - got.elapsed,
        got.elapsed,
    )
    value, wrong = decoded(operation, response)
    return Exchange(operation.id, Request(sent.method, sent.uri, headers, sent.body, shown), response, value, wrong)


_TRANSPORT = frozenset({"connection", "content-length", "accept-encoding", "host", "user-agent", WORLD_HEADER.lower()})


def _message(event: events.NonFatalError | events.FatalError) -> str:
    text = str(event.exception) if isinstance(event, events.FatalError) else event.info.message
    return " ".join(text.split())[:300]
