"""Before the first probe: are the target's credentials taken, and are its known records really there?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.pacing import Pacer
from conformance.profile import Profile
from conformance.target import Target
from conformance.tokens import CredentialsRefused
from specs.contract import Contract, Operation


def present(contract: Contract, profile: Profile, world: str, *, run: str = "", pacer: Pacer | None = None) -> Profile:
    """
    The profile without the records that the target does not have, as far as a read can tell.

    Raises `Unreachable`, or `CredentialsRefused` when the default actor's credential is answered 401.
    """
    target = Target(contract, profile, run=run, pacer=pacer)
    try:
        target.wait()
        found = reader(contract)
        if found is None or contract.default_actor not in target.api.actors:
            return profile
        operation, parameter, kind = found
        kept: dict[str, Mapping[str, Any]] = {}
        for role, record in target.api.records.items():
            if role.partition(".")[0] != kind:
                kept[role] = record
                continue
            exchange = target.exchange(operation, path={parameter: record["id"]}, world=world)
            if exchange.response.status == 401:
                raise CredentialsRefused(
                    f"{target.api.url} refuses the credential of '{contract.default_actor}' (401 to {operation.id}). "
                    "Check the actors of the target's profile."
                )
            if operation.succeeded(exchange.response.status, exchange.value):
                kept[role] = record
        return replace(profile, apis={**profile.apis, contract.api: replace(target.api, records=kept)})
    finally:
        target.close()


def reader(contract: Contract) -> tuple[Operation, str, str] | None:
    """The operation that reads a record by its id, the parameter that takes it, and the kind of record."""
    for operation in contract.operations.values():
        for parameter in operation.parameters:
            if not operation.writes and parameter.location == "path" and parameter.role:
                return operation, parameter.name, parameter.role.partition(".")[0]
    return None


__all__ = ["CredentialsRefused", "present", "reader"]
