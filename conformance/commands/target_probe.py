"""`casepact target probe`: a server seen with reads only."""

from __future__ import annotations

import argparse
import socket
import ssl
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.commands.target_new import asked_roles, contract_flaws
from conformance.rollback.guard import asking
from conformance.rollback.preconditions import Preconditions
from conformance.runner.preflight import known_records
from conformance.target.client import Target
from conformance.target.connections import untrusted
from conformance.target.contracts import contract_for
from conformance.target.errors import Unreachable
from conformance.target.exchange import Exchange
from conformance.target.profile import Profile, load_profile, profile_file
from conformance.target.rate_limit import Overloaded, Pacer, Rate
from conformance.target.request_parts import RequestParts
from conformance.target.tokens import CredentialsRefused
from conformance.verdict.outcomes import Exit
from specs.contract import Contract, Operation
from specs.flaws import CasepactError, UnknownName
from specs.project import CONTROL
from specs.roles import load_roles
from specs.source import read

SKEW = 5.0
"""A clock that differs by more seconds than this is reported: tokens and due dates depend on it."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one API showed, line by line, and the worst that it means for a run."""

    lines: tuple[str, ...]
    exit: Exit


def probe(options: argparse.Namespace) -> int:
    """The command: prints what it saw of each API, and ends with what that means for a run."""
    profile = load_profile(options.target)
    chosen = tuple(dict.fromkeys(options.api)) or tuple(api for api in profile.apis if api != CONTROL)
    for api in chosen:
        if api not in profile.apis:
            raise UnknownName("API of this target", api, profile.apis)
        if not profile.apis[api].url:
            raise CasepactError(f"the target '{options.target}' names no url for {api}.")
    flaws = len(list(contract_flaws(profile, read(profile_file(options.target)))))
    worst = Exit.NOT_ENOUGH if flaws else Exit.KEPT
    if flaws:
        many = "1 flaw" if flaws == 1 else f"{flaws} flaws"
        print(f"{options.target}: {many}; see casepact target check {options.target}")
    pacer = Pacer.fresh(rate=profile.rate or Rate(10, 1))
    for api in chosen:
        contract = contract_for(profile.apis[api])
        print(f"{contract.title}   {profile.apis[api].url}")
        looked = look(contract, profile, pacer)
        for line in looked.lines:
            print(f"  {line}")
        worst = max(worst, looked.exit, key=[*ADVICE].index)
    print(f"{worst}: {ADVICE[worst].format(name=options.target)}")
    return worst.code


ADVICE = {
    Exit.KEPT: "the target can be tested: casepact check --target {name} --plan",
    Exit.NOT_ENOUGH: "roles are filled in wrongly; what needs them will not be exercised.",
    Exit.ENVIRONMENT: "start the server, or mend what the lines above name.",
}
"""How a look ends, the worst last, and what to do."""


def look(contract: Contract, profile: Profile, pacer: Pacer | None = None) -> Looked:
    """Look at a server with reads only; whatever is wrong with it becomes a line."""
    target = Target(contract, profile, run="target probe", pacer=pacer)
    lines: list[str] = []
    try:
        end = _looked(target, lines)
    except (Unreachable, Overloaded, CredentialsRefused) as error:
        lines.append(_line("environment", str(error)))
        end = Exit.ENVIRONMENT
    finally:
        target.close()
    return Looked(tuple(target.hidden(line) for line in lines), end)


def _looked(target: Target, lines: list[str]) -> Exit:
    started = time.monotonic()
    target.wait(0)
    lines.append(_line("address", f"connected in {_milliseconds(time.monotonic() - started)}"))
    lines.append(_line("TLS", _tls(target)))
    exchanges: list[tuple[Exchange, float]] = []
    refused = [line for actor in target.api.actors if (line := _actor(target, actor, lines, exchanges))]
    wrong = _records(target, lines, exchanges)
    if exchanges:
        lines.append(_line("clock", _skew(exchanges[-1][0])))
        median = statistics.median(seconds for _, seconds in exchanges)
        lines.append(_line("latency", f"{_milliseconds(median)}, median of {len(exchanges)} reads"))
    return Exit.ENVIRONMENT if refused else Exit.NOT_ENOUGH if wrong else Exit.KEPT


def _actor(target: Target, actor: str, lines: list[str], exchanges: list[tuple[Exchange, float]]) -> str:
    """Whether the server takes an actor's credential; the name of one that it refuses."""
    name = f"actor {actor}"
    readable = _read_operation(target)
    if readable is None or not _can_prove(target, readable[0], actor):
        lines.append(_line(name, "not looked at: it has no credential for an operation that only reads"))
        return ""
    operation, parameter = readable
    roles_known = known_records(target.contract, target.profile)
    id = next((target.api.records[role]["id"] for role in roles_known), 1)
    try:
        exchange = _timed(target, operation, {parameter: id}, actor, exchanges)
    except CredentialsRefused as error:
        lines.append(_line(name, f"refused: {error}"))
        return actor
    status = exchange.response.status
    if status == 401:
        lines.append(_line(name, f"refused: 401 to {operation.id}. Check the variables that the profile names."))
        return actor
    lines.append(_line(name, f"taken ({status} to {operation.id})"))
    return ""


def _records(target: Target, lines: list[str], exchanges: list[tuple[Exchange, float]]) -> bool:
    """Which roles are filled in rightly, as lines; whether any is not."""
    right: list[str] = []
    wrong: dict[str, str] = {}
    for role, (operation, parameter) in known_records(target.contract, target.profile).items():
        exchange = _timed(target, operation, {parameter: target.api.records[role]["id"]}, "", exchanges)
        if operation.succeeded(exchange.response.status, exchange.value):
            right.append(role)
        else:
            wrong[role] = f"{role} ({exchange.response.status} to {target.api.records[role]['id']})"
    lines += _conditions(target, right)
    asked = asked_roles(target.contract)
    groups = {
        "right": right,
        "wrong": [*wrong.values()],
        "unseen": [role for role in target.api.records if role not in right and role not in wrong],
        "missing": [role for role in asked if role not in target.api.records],
    }
    for word, names in groups.items():
        if names:
            lines.append(_line(f"roles {word}", ", ".join(names)))
    return bool(wrong)


def _conditions(target: Target, roles: list[str]) -> list[str]:
    """A line for each record that is not as the probes of its role presume."""
    look = Preconditions(target.api, load_roles(target.contract.api), asking(target))
    found = (look.differing([role]) for role in roles)
    return [_line("role not as presumed", "; ".join(reasons)) for reasons in found if reasons]


def _read_operation(target: Target) -> tuple[Operation, str] | None:
    """The operation that a look reads with, and the parameter that takes an id."""
    for operation in target.contract.operations.values():
        for parameter in operation.parameters:
            if not operation.writes and parameter.location == "path" and parameter.role:
                return operation, parameter.name
    return None


def _can_prove(target: Target, operation: Operation, actor: str) -> bool:
    held = {*target.api.actors[actor], *target.api.tokens.get(actor, ())}
    return not operation.asks_for_credential or any(map(held.issuperset, operation.security))


def _timed(
    target: Target, operation: Operation, path: dict[str, Any], actor: str, exchanges: list[tuple[Exchange, float]]
) -> Exchange:
    exchange = target.exchange(operation, RequestParts(path=path, actor=actor))
    exchanges.append((exchange, target.latency))
    return exchange


def _tls(target: Target) -> str:
    parts = urlsplit(target.api.url)
    if parts.scheme != "https":
        return "none: whoever carries the requests can read the credentials"
    if target.profile.proxy is not None:
        return "through the proxy, checked with each read"
    context = ssl.create_default_context(cafile=target.profile.ca or None)
    host, timeout = parts.hostname or "", target.profile.connect_timeout
    try:
        with (
            socket.create_connection((host, parts.port or 443), timeout) as connection,
            context.wrap_socket(connection, server_hostname=host) as secured,
        ):
            certificate, version = secured.getpeercert() or {}, secured.version()
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(target.api.url, untrusted(error)) from None
    except OSError as error:
        raise Unreachable(target.api.url, f"no TLS: {error}") from None
    return f"{version}, certificate until {certificate.get('notAfter', 'unknown')}"


def _skew(exchange: Exchange) -> str:
    """How far the server's clock is from ours, by the Date of an answer (RFC 9110 section 6.6.1, whole seconds)."""
    text = exchange.response.header("Date")
    if not text:
        return "unknown: answers carry no Date"
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return f"unknown: the Date '{text[:40]}' cannot be read"
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    seconds = (moment - datetime.now(UTC)).total_seconds()
    if abs(seconds) <= SKEW:
        return f"as ours, within {SKEW:g} s"
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} ours: due dates and tokens depend on it"


def _line(name: str, text: str) -> str:
    return f"{name:<18} {text}"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
