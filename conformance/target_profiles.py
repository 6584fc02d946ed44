"""`casepact target new` and `check`: profiles, written and held against the contracts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.drafting import roles
from conformance.probes import probes_of
from conformance.profile import Profile, load_profile, profile_file
from specs.contract import Contract, Operation
from specs.flaws import CasepactError, Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.loading import load_contract
from specs.source import Document, apis, read


def check(options: argparse.Namespace) -> int:
    """The command: 0 when the profile is in order; raises `CasepactError` with its flaws."""
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


def new(options: argparse.Namespace) -> int:
    """The command: writes a profile where there is none; raises `CasepactError` where there is."""
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


def asked_roles(contract: Contract) -> list[str]:
    """The records that probes of a contract ask for, in the order of the probes."""
    needs = [need for probe in probes_of(contract) for need in probe.needs]
    drafts = [role for operation in contract.operations.values() for role in roles(operation)]
    named = (need for need in (*needs, *drafts) if need != "https" and not need.startswith("actor:"))
    return list(dict.fromkeys(named))
