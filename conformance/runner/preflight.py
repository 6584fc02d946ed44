"""Before the first probe: are the target's credentials taken, and are its known records really there?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from conformance.target.client import Target
from conformance.target.exchange import Response
from conformance.target.profile import Profile
from conformance.target.rate_limit import Pacer
from conformance.target.request_parts import RequestParts
from conformance.target.tokens import CredentialsRefused
from specs.contract import Contract, Operation
from specs.roles import kind_of, load_roles

_TRIED = 3
"""How many reads of a foreign document are tried at the start, to find one that works."""


def present(contract: Contract, profile: Profile, world: str, *, run: str = "", pacer: Pacer | None = None) -> Profile:
    """
    The profile without the records that the target does not have, as far as a read can tell.

    Raises `Unreachable`, or `CredentialsRefused` when the default actor's credential is answered 401.
    """
    target = Target(contract, profile, run=run, pacer=pacer)
    try:
        target.wait()
        readable, roles = known_records(contract, profile), load_roles(contract.api)
        kept: dict[str, Mapping[str, Any]] = dict(target.api.records)
        for role, (operation, parameter) in readable.items():
            exchange = target.exchange(operation, RequestParts(path={parameter: kept[role]["id"]}), world=world)
            if exchange.response.status == 401:
                raise CredentialsRefused(
                    f"{target.api.url} refuses the credential of '{contract.default_actor}' (401 to {operation.id}). "
                    "Check the actors of the target's profile."
                )
            described = roles.records.get(role)
            hidden = described is not None and described.hidden
            if not operation.succeeded(exchange.response.status, exchange.value) and not hidden:
                del kept[role]
        return replace(profile, apis={**profile.apis, contract.api: replace(target.api, records=kept)})
    finally:
        target.close()


def harmless_read(target: Target) -> Callable[[], Response] | None:
    """
    A read that works at the start, as the default actor: of a record of the profile; None where it knows no record.

    By a foreign document it is an operation that only reads, requires nothing and is not answered with a server error.
    """
    for role, (operation, parameter) in known_records(target.contract, target.profile).items():
        parts = RequestParts(path={parameter: target.api.records[role]["id"]})
        return lambda: target.exchange(operation, parts).response
    if target.contract.dialect.modelled:
        return None
    for operation in _tried(target):
        if target.exchange(operation).response.status < 500:
            return partial(_read, target, operation)
    return None


def reads_at_start(target: Target) -> int:
    """How many reads look at the known records of a target, or for one that works where a document names none."""
    known = known_records(target.contract, target.profile)
    return len(known) if known or target.contract.dialect.modelled else len(_tried(target))


def _tried(target: Target) -> list[Operation]:
    """The operations of a foreign document that only read and require nothing, as many as are tried."""
    lists = (
        operation
        for operation in target.contract.operations.values()
        if not operation.writes and not any(item.required for item in operation.parameters)
        if not operation.security or target.credentials.of(operation, target.contract.default_actor)
    )
    return list(islice(lists, _TRIED))


def _read(target: Target, operation: Operation) -> Response:
    return target.exchange(operation).response


def known_records(contract: Contract, profile: Profile) -> dict[str, tuple[Operation, str]]:
    """For each role of the profile that can be looked at: the operation that reads it, and the parameter for its id."""
    api = profile.apis[contract.api]
    for operation in contract.operations.values():
        if operation.asks_for_credential and contract.default_actor not in api.actors:
            continue
        for parameter in operation.parameters:
            if not operation.writes and parameter.location == "path" and parameter.role:
                kind = kind_of(parameter.role)
                return {role: (operation, parameter.name) for role in api.records if kind_of(role) == kind}
    return {}


__all__ = ["CredentialsRefused", "harmless_read", "known_records", "present", "reads_at_start"]
