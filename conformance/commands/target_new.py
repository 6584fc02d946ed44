"""`casepact target new` and `check`: profiles, written and held against the contracts."""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.commands.document_profile import document_section
from conformance.probes import probes_of
from conformance.probes.context import Probe
from conformance.target.contracts import contract_for, derived
from conformance.target.needs import asked_actors, asked_records, lacking
from conformance.target.profile import FILL_IN, ApiTarget, Profile, load_profile, profile_file
from specs.contract import Contract, Operation
from specs.document_schemas import modeline
from specs.flaws import CasepactError, Flaw, FlawedDocument, Place, UnknownName, did_you_mean
from specs.loading import load_contract
from specs.project import apis, project
from specs.roles import Entry, Role, kind_of, load_roles
from specs.source import Document, name_of, read


def check(options: argparse.Namespace) -> int:
    """The command: 0 when the profile is in order; raises `CasepactError` with its flaws."""
    path = profile_file(options.target)
    profile = load_profile(str(path))
    flaws = list(contract_flaws(profile, read(path)))
    if flaws:
        raise FlawedDocument(flaws)
    held = sum(len(api.actors) for api in profile.apis.values())
    known = sum(len(api.records) for api in profile.apis.values())
    print(f"{options.target}: in order; APIs {', '.join(profile.apis)}, {held} actors, {known} records")
    for api in profile.apis.values():
        if unknown := unreadable(api):
            print(f"  {api.api}: no operation shows {'; '.join(unknown)}. Probes presume it.")
    return 0


def unreadable(api: ApiTarget) -> list[str]:
    """What probes presume of the records of a profile, and no operation of the contract lets anybody read."""
    roles = load_roles(api.api).records
    return list(dict.fromkeys(roles[role].unknown for role in api.records if role in roles and roles[role].unknown))


def contract_flaws(profile: Profile, document: Document) -> Iterator[Flaw]:
    """What a profile names and the contracts do not have: APIs, editions, security schemes, operations, statements."""

    def flaw(pointer: tuple[str | int, ...], kind: str, name: str, known: Any) -> Flaw:
        hint = did_you_mean(name, known) or f" Known: {', '.join(sorted(known)[:20])}."
        return Flaw(document.place(pointer), "", f"no {kind} is named '{name}'.{hint}")

    statements: set[str] = set()
    whole = True
    for name, api in profile.apis.items():
        try:
            contract = contract_for(api)
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
        yield from _role_flaws(api, contract, document, flaw)
    for index, waiver in enumerate(profile.waivers):
        if whole and waiver.statement not in statements:
            yield flaw(("waivers", index, "statement"), "statement", waiver.statement, statements)


def _role_flaws(api: ApiTarget, contract: Contract, document: Document, flaw: Callable[..., Flaw]) -> Iterator[Flaw]:
    """What the actors and records of a profile are not, or lack."""
    asked, roles = asked_roles(contract), load_roles(contract.api)
    for role in api.records.keys() - asked:
        yield flaw(("apis", api.api, "records", role), "role that a probe asks for", role, asked)
    for role, held in api.records.items():
        described = roles.records.get(role)
        for entry in lacking(described, held):
            assert described is not None, "only a role that is described lacks something"
            yield _lack(document.place(("apis", api.api, "records", role)), role, entry, described.entries[entry])
    for actor, credentials in api.actors.items():
        pointer = ("apis", api.api, "actors", actor)
        described = roles.actors.get(actor)
        entries = described.entries if described else {}
        known = {*contract.security_schemes, *entries}
        from_seed = "seed" in document.data["apis"][api.api]["actors"][actor]
        for scheme in () if from_seed else credentials.keys() - known:
            yield flaw((*pointer, scheme), "security scheme, or entry of this actor,", scheme, known)
        given = {*credentials, *api.tokens.get(actor, ())}
        for entry in lacking(described, dict.fromkeys(given, True)):
            yield _lack(document.place(pointer), f"actor {actor}", entry, entries[entry])
        if not given and known:
            yield Flaw(document.place(pointer), actor, f"holds no credential; give {' or '.join(sorted(known))}.")


def _lack(place: Place, role: str, name: str, entry: Entry) -> Flaw:
    return Flaw(place, role, f"needs `{name}`: {entry.says} For example: {name}: {entry.example}")


def new(options: argparse.Namespace) -> int:
    """The command: writes a profile where there is none; raises `CasepactError` where there is."""
    name: str = options.name
    if not name.replace("-", "").replace("_", "").isalnum():
        raise CasepactError(f"'{name}' is not a name for a profile; use letters, digits, - and _.")
    path = _folder() / f"{name}.yaml"
    if options.spec is not None:
        if options.api:
            raise CasepactError("--spec goes without --api: the profile is of the API of that document.")
        contract = derived(str(options.spec.resolve()), name_of(options.spec))
        text = document_template(contract, os.path.relpath(options.spec.resolve(), path.parent.resolve()), options.url)
    elif options.url:
        raise CasepactError("--url goes with --spec.")
    else:
        text = template([load_contract(api) for api in tuple(dict.fromkeys(options.api)) or apis()])
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(f"{modeline('profile', path.parent)}\n{text}")
    except FileExistsError:
        raise CasepactError(f"{path} is there already; it was not touched.") from None
    print(f"{path} written; fill it in, then: casepact target check {name}; casepact target probe {name}")
    return 0


def _folder() -> Path:
    """Where profiles are written: the folder of the project, or ./fixtures/targets where there is none."""
    found = project()
    if found.builtin:
        return Path("fixtures") / "targets"
    return found.targets.relative_to(Path.cwd()) if found.targets.is_relative_to(Path.cwd()) else found.targets


def template(contracts: list[Contract]) -> str:
    """A commented profile for these APIs, with every actor and role that probes ask for."""
    sections = [line for contract in contracts for line in _section(contract)]
    return "\n".join([*_head(_a_statement(contracts)), *sections]) + "\n"


def document_template(contract: Contract, spec: str, url: str) -> str:
    """A commented profile for a server that is to keep a foreign document, named as the profile is to name it."""
    lines = _head(_a_statement([contract]))
    for kind, text in document_section(contract, spec, url, list(_ways(contract))):
        lines += [text] if kind == "line" else _comment(text, " " * (8 if kind == "inner" else 6))
    return "\n".join(lines) + "\n"


def _head(waived: str) -> list[str]:
    """The lines of a profile above its APIs; `waived` is the id of a statement for an example."""
    return [
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
        "# How long it may take until a read shows what was written.",
        "# settles: 2s",
        "# How many logins with a wrong password a run may try at most; real systems lock accounts.",
        "wrongLogins: 3",
        "# tls: {ca: company-ca.pem}",
        "# proxy: http://${PROXY_USER}:${PROXY_PASSWORD}@proxy.example:3128",
        "# waivers:",
        f"#   - {{statement: {waived}, reason: known; fixed in 7.2, owner: Anna Berg, until: 2027-01-31}}",
        "apis:",
    ]


def _a_statement(contracts: list[Contract]) -> str:
    """The id of a statement of these APIs, one of a page where there is one."""
    ledgers = [contract.ledger for contract in contracts]
    pages = (statement.id for ledger in ledgers for statement in ledger.page_statements())
    return next(pages, next((name for ledger in ledgers for name in ledger.statements), "HTTP-01"))


def _section(contract: Contract) -> Iterator[str]:
    roles, probes = load_roles(contract.api), probes_of(contract)
    yield f"  {contract.api}:"
    yield f"    url: https://staging.example/{contract.api}"
    yield "    edition: documented"
    if contract.security_schemes:
        schemes = ", ".join(contract.security_schemes)
        yield f"    # Security schemes of this API: {schemes}. A token can be asked for, too:"
        yield from (f"    #   {line}" for line in _ways(contract))
    for relation in roles.relations:
        yield from _comment(f"Between them: {relation}", "    ")
    yield "    # What is commented out is not needed: statements that ask for it are then not exercised."
    asked = asked_actors(contract, (need for probe in probes for need in probe.needs))
    yield "    actors:" if {*asked, *roles.actors} else "    actors: {}   # no operation asks for a credential"
    for actor in dict.fromkeys([*asked, *roles.actors]):
        role = roles.actors.get(actor)
        served = _served(probes, "" if actor == contract.default_actor else f"actor:{actor}")
        yield from _comment(_said(role, served), "      ")
        example = role.example if role else dict.fromkeys([*contract.security_schemes][:1], "${CREDENTIAL}")
        line = f"{actor}: {_inline(example)}"
        yield f"      {'' if actor == contract.default_actor else '# '}{line}"
        for entry, it in role.entries.items() if role else ():
            if entry not in example:
                yield from _comment(f"  {entry}: {it.says} For example: {it.example}", "      ")
    yield "    # Records that are there for testing, by the role that probes ask for."
    yield "    records:"
    for number, name in enumerate(asked_roles(contract)):
        role = roles.records.get(name)
        served = _spending(probes, name) if role is not None and role.spare else _served(probes, name)
        yield from _comment(_said(role, served), "      ")
        entries = {entry: FILL_IN for entry, it in (role.entries if role else {}).items() if it.required}
        yield f"      {'' if number == 0 else '# '}{name}: {_inline({'id': FILL_IN, **entries})}"
        for entry, it in (role.entries if role else {}).items():
            yield from _comment(f"  {entry}: {it.says} For example: {it.example}", "      ")


def _said(role: Role | None, served: int) -> str:
    """What a role is, with an example and how many statements ask for it."""
    if role is None:
        return f"Asked for by {served} statements."
    example = f" For example: {role.example}." if isinstance(role.example, str | int) and role.example != "" else ""
    return f"{role.says}{example} Statements that ask for it: {served}."


def _served(probes: Sequence[Probe], need: str) -> int:
    """How many statements the probes that need a role serve; all of them for an empty need."""
    asking = (
        probe
        for probe in probes
        if not need or any(item == need or item.startswith(f"{need}.") for item in probe.needs)
    )
    return len({name for probe in asking for name in probe.serves})


def _spending(probes: Sequence[Probe], spare: str) -> int:
    """How many statements the probes serve that may use up spare records of this kind."""
    asking = (probe for probe in probes if any(kind_of(role) == kind_of(spare) for role in probe.spends))
    return len({name for probe in asking for name in probe.serves})


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(text, 116, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _inline(values: Mapping[str, Any]) -> str:
    """A mapping on one line of YAML."""
    pairs = (f'{name}: "{value}"' if "$" in str(value) else f"{name}: {value}" for name, value in values.items())
    return f"{{{', '.join(pairs)}}}"


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


def asked_roles(contract: Contract) -> list[str]:
    """
    The records that probes of a contract ask for, in the order of the probes, and those that help to use them.

    Probes of a foreign document ask for them by the names of its parameters.
    """
    if not contract.dialect.modelled:
        parameters = (one for operation in contract.operations.values() for one in operation.parameters)
        return list(dict.fromkeys(parameter.name for parameter in parameters))
    asked = asked_records(contract, (need for probe in probes_of(contract) for need in probe.needs))
    return list(dict.fromkeys([*asked, *load_roles(contract.api).records]))
