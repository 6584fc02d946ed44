"""`casepact target`: write a profile, check it, and look at the server it describes."""

from __future__ import annotations

import argparse
import socket
import ssl
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance import restoring
from conformance.drafting import roles
from conformance.exchange import Exchange
from conformance.pacing import Overloaded, Pacer, Rate
from conformance.preflight import known_records
from conformance.probes import probes_of
from conformance.profile import Profile, load_profile, profile_file
from conformance.target import Target, Unreachable
from conformance.tokens import CredentialsRefused
from conformance.verdict import Exit
from specs.contract import Contract, Operation
from specs.flaws import CasepactError, Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.loading import load_contract
from specs.source import CONTROL, Document, apis, read

SKEW = 5.0
"""A clock that differs by more seconds than this is told: tokens and due dates depend on it."""


def add_parser(commands: Any) -> None:
    """Add `target` with its own commands."""
    parser = commands.add_parser("target", help="profiles of servers to test: new, check, probe, restore")
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    new = inner.add_parser("new", help="write a commented profile to ./fixtures/targets/NAME.yaml")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    new.set_defaults(run=_new)
    check = inner.add_parser("check", help="is a profile in order? Sends nothing")
    check.add_argument("name", metavar="NAME", help="a profile: fixtures/targets/NAME.yaml, or a file")
    check.set_defaults(run=_check)
    probe = inner.add_parser(
        "probe",
        help="look at the server with reads only: address, TLS, credentials, clock, latency, known records",
        epilog="exit codes: 0 in order, 2 the profile is flawed, 3 environment, 4 roles are wrong or missing",
    )
    probe.add_argument("name", metavar="NAME", help="a profile: fixtures/targets/NAME.yaml, or a file")
    probe.add_argument("--api", action="append", default=[], metavar="NAME", help="only this API; again for more")
    probe.set_defaults(run=_probe)
    restoring.add_parser(inner)


def _check(options: argparse.Namespace) -> int:
    path = profile_file(options.name)
    profile = load_profile(str(path))
    flaws = list(contract_flaws(profile, read(path)))
    if flaws:
        raise FlawedDocument(flaws)
    held = sum(len(api.actors) for api in profile.apis.values())
    known = sum(len(api.records) for api in profile.apis.values())
    print(f"{options.name}: in order; APIs {', '.join(profile.apis)}, {held} actors, {known} records")
    return 0


def contract_flaws(profile: Profile, document: Document) -> Iterator[Flaw]:
    """What a profile names and the contracts do not have: APIs, editions, security schemes, operations, statements."""

    def flaw(pointer: tuple[str | int, ...], kind: str, name: str, known: Any) -> Flaw:
        hint = did_you_mean(name, known) or f" Known: {', '.join(sorted(known)[:20])}."
        return Flaw(document.place(pointer), "", f"no {kind} is named '{name}'.{hint}")

    statements: set[str] = set()
    whole = True
    for name, api in profile.apis.items():
        try:
            contract = load_contract(name, api.edition)
        except UnknownName as error:
            key = "edition" if error.kind == "edition" else ""
            yield flaw(("apis", name, key) if key else ("apis", name), error.kind, error.name, error.known)
            whole = False
            continue
        statements |= set(contract.ledger.statements)
        for actor, schemes in api.tokens.items():
            for scheme, source in schemes.items():
                pointer = ("apis", name, "actors", actor, scheme)
                if scheme not in contract.security_schemes:
                    yield flaw(pointer, "security scheme", scheme, contract.security_schemes)
                operation = getattr(source, "operation", "")
                if operation and operation not in contract.operations:
                    yield flaw((*pointer, "operation"), "operation", operation, contract.operations)
        asked = asked_roles(contract)
        for role in api.records.keys() - asked:
            yield flaw(("apis", name, "records", role), "role that a probe asks for", role, asked)
    for index, waiver in enumerate(profile.waivers):
        if whole and waiver.statement not in statements:
            yield flaw(("waivers", index, "statement"), "statement", waiver.statement, statements)


def _new(options: argparse.Namespace) -> int:
    name: str = options.name
    if not name.replace("-", "").replace("_", "").isalnum():
        raise CasepactError(f"'{name}' is no name for a profile; use letters, digits, - and _.")
    chosen = tuple(dict.fromkeys(options.api)) or apis()
    text = template([load_contract(api) for api in chosen])
    path = Path("fixtures") / "targets" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise CasepactError(f"{path} is there already; it was not touched.") from None
    print(f"{path} written; fill it in, then: casepact target check {name}; casepact target probe {name}")
    return 0


def template(contracts: list[Contract]) -> str:
    """A commented profile for these APIs, with every actor and role that probes ask for."""
    lines = [
        "# A server to test. `casepact target check` looks at this file, `casepact target probe` at the server.",
        "# A secret never stands here: ${VARIABLE} names an environment variable.",
        "summary: The staging system.",
        "# none: nothing is changed. reversible: what can be put back, and it is. allowed: known records change.",
        "writes: none",
        "# At most so many requests in any so many seconds.",
        "rate: {requests: 5, perSeconds: 1}",
        "timeouts: {connect: 5, read: 30}",
        "# How often a request is tried again when no connection can be made.",
        "retries: 1",
        "# tls: {ca: company-ca.pem}",
        "# proxy: http://${PROXY_USER}:${PROXY_PASSWORD}@proxy.example:3128",
        "# waivers:",
        "#   - {statement: EG-42, reason: known; fixed in 7.2, owner: Anna Berg, until: 2027-01-31}",
        "apis:",
    ]
    for contract in contracts:
        lines += list(_section(contract))
    return "\n".join(lines) + "\n"


def _section(contract: Contract) -> Iterator[str]:
    needs = [need for probe in probes_of(contract) for need in probe.needs]
    actors = [contract.default_actor, *(need.partition(":")[2] for need in needs if need.startswith("actor:"))]
    scheme = next(iter(contract.security_schemes), "")
    yield f"  {contract.api}:"
    yield f"    url: https://staging.example/{contract.api}"
    yield "    edition: documented"
    yield f"    # Security schemes of this API: {', '.join(contract.security_schemes)}. A token can be asked for, too:"
    yield from (f"    #   {line}" for line in _ways(contract))
    yield "    actors:"
    for actor in dict.fromkeys(actors):
        variable = f"{contract.api}_{actor}_CREDENTIAL".upper()
        line = f'{actor}: {{{scheme}: "${{{variable}}}"}}'
        yield f"      {'' if actor == contract.default_actor else '# '}{line}"
    yield "    # Records that are there for testing, by the role that probes ask for; others are not exercised."
    yield "    records:"
    for number, role in enumerate(asked_roles(contract)):
        yield f"      {'' if number == 0 else '# '}{role}: {{id: FILL-IN}}"


def _ways(contract: Contract) -> Iterator[str]:
    for scheme in contract.security_schemes.values():
        if scheme.kind == "basic":
            yield f'{contract.default_actor}: {{{scheme.name}: "${{USER_AND_PASSWORD}}"}}   # user:password'
        if scheme.kind == "bearer":
            yield (
                f"{contract.default_actor}: {{{scheme.name}: {{oauth: {{tokenUrl: https://login.example/token, "
                'clientId: "${ID}", clientSecret: "${SECRET}", scope: .default}}}'
            )
    for operation in contract.operations.values():
        if operation.supporting and not operation.security and operation.body:
            scheme_name = next(iter(contract.security_schemes), "")
            yield (
                f"{contract.default_actor}: {{{scheme_name}: {{operation: {operation.id}, "
                f"send: {{{_secrets_of(operation)}}}}}}}"
            )


def _secrets_of(operation: Operation) -> str:
    examples: Any = next(iter(next(iter(operation.body.values())).examples.values()), {})
    names = [name for name in examples if name != "grant_type"] if isinstance(examples, dict) else []
    return ", ".join(f'{name}: "${{{name.upper()}}}"' for name in names)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one API showed, line by line, and the worst that it means for a run."""

    lines: tuple[str, ...]
    exit: Exit


def _probe(options: argparse.Namespace) -> int:
    profile = load_profile(options.name)
    chosen = tuple(dict.fromkeys(options.api)) or tuple(api for api in profile.apis if api != CONTROL)
    for api in chosen:
        if api not in profile.apis:
            raise UnknownName("API of this target", api, profile.apis)
        if not profile.apis[api].url:
            raise CasepactError(f"the target '{options.name}' names no url for {api}.")
    worst = Exit.KEPT
    pacer = Pacer.fresh(rate=profile.rate or Rate(10, 1))
    for api in chosen:
        contract = load_contract(api, profile.apis[api].edition)
        print(f"{contract.title}   {profile.apis[api].url}")
        looked = look(contract, profile, pacer)
        for line in looked.lines:
            print(f"  {line}")
        worst = max(worst, looked.exit, key=[*ADVICE].index)
    print(f"{worst}: {ADVICE[worst].format(name=options.name)}")
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


def _records(target: Target, lines: list[str], exchanges: list[tuple[Exchange, float]]) -> list[str]:
    """Which roles are filled in rightly; the names of those that are not."""
    right: list[str] = []
    wrong: list[str] = []
    for role, (operation, parameter) in known_records(target.contract, target.profile).items():
        exchange = _timed(target, operation, {parameter: target.api.records[role]["id"]}, "", exchanges)
        if operation.succeeded(exchange.response.status, exchange.value):
            right.append(role)
        else:
            wrong.append(f"{role} ({exchange.response.status} to {target.api.records[role]['id']})")
    asked = asked_roles(target.contract)
    groups = {
        "right": right,
        "wrong": wrong,
        "unseen": [role for role in target.api.records if role not in right and not _starts(role, wrong)],
        "missing": [role for role in asked if role not in target.api.records],
    }
    for word, names in groups.items():
        if names:
            lines.append(_line(f"roles {word}", ", ".join(names)))
    return wrong


def asked_roles(contract: Contract) -> list[str]:
    """The records that probes of a contract ask for, in the order of the probes."""
    needs = [need for probe in probes_of(contract) for need in probe.needs]
    drafts = [role for operation in contract.operations.values() for role in roles(operation)]
    named = (need for need in (*needs, *drafts) if need != "https" and not need.startswith("actor:"))
    return list(dict.fromkeys(named))


def _starts(role: str, told: list[str]) -> bool:
    return any(line.startswith(f"{role} (") for line in told)


def _read_operation(target: Target) -> tuple[Operation, str] | None:
    """The operation that a look reads with, and the parameter that takes an id."""
    for operation in target.contract.operations.values():
        for parameter in operation.parameters:
            if not operation.writes and parameter.location == "path" and parameter.role:
                return operation, parameter.name
    return None


def _can_prove(target: Target, operation: Operation, actor: str) -> bool:
    held = {*target.api.actors[actor], *target.api.tokens.get(actor, ())}
    return any(held.issuperset(alternative) for alternative in operation.security)


def _timed(
    target: Target, operation: Operation, path: dict[str, Any], actor: str, exchanges: list[tuple[Exchange, float]]
) -> Exchange:
    exchange = target.exchange(operation, path=path, actor=actor)
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
