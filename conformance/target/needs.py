"""What a probe asks of a profile, and what of it a profile lacks: never a crash, never a finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.target.drafting import roles
from conformance.target.profile import ApiTarget
from specs.contract import Contract
from specs.flaws import CasepactError
from specs.roles import Role, Roles

HTTPS = "https"
"""The need of an address that is reached by TLS."""

_ACTOR = "actor:"


class UnmetNeed(CasepactError):
    """The target lacks something that a probe needs; its statements are then not exercised."""


class Known(Mapping[str, Any]):
    """A record of the profile; what it does not hold is a need, not a `KeyError`."""

    def __init__(self, role: str, entries: Mapping[str, Any]) -> None:
        self._role, self._entries = role, entries

    def __getitem__(self, name: str) -> Any:
        try:
            return self._entries[name]
        except KeyError:
            raise UnmetNeed(f"needs {name} of record {self._role}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, name: str, default: Any = None) -> Any:
        """The entry, or the default where the profile has none."""
        return self._entries.get(name, default)


def missing_needs(needs: tuple[str, ...], api: ApiTarget, roles: Roles) -> list[str]:
    """What of these needs a profile lacks, as a reader sees it: records by role, actors, entries of both."""
    missing: list[str] = []
    for need in needs:
        if need == HTTPS:
            if not api.url.startswith("https:"):
                missing.append("an https address")
        elif need.startswith(_ACTOR):
            actor, _, entry = need.removeprefix(_ACTOR).partition(".")
            held = {*api.actors.get(actor, ()), *api.tokens.get(actor, ())}
            if not held:
                missing.append(f"actor {actor}")
            elif entry and entry not in held:
                missing.append(f"{entry} of actor {actor}")
        elif need not in api.records:
            missing.append(f"record {need}")
        else:
            missing += [f"{name} of record {need}" for name in lacking(roles.records.get(need), api.records[need])]
    return list(dict.fromkeys(missing))


def lacking(role: Role | None, held: Mapping[str, Any]) -> list[str]:
    """The entries that a role must have and these do not hold."""
    if role is None:
        return []
    return [name for name, entry in role.entries.items() if entry.required and held.get(name) in (None, "")]


def asked_records(contract: Contract, needs: Iterator[str]) -> list[str]:
    """The records among the needs of probes, and those that drafts name, in the order in which they are asked for."""
    drafts = (role for operation in contract.operations.values() for role in roles(operation))
    named = (need for need in (*needs, *drafts) if need != HTTPS and not need.startswith(_ACTOR))
    return list(dict.fromkeys(named))


def asked_actors(contract: Contract, needs: Iterator[str]) -> list[str]:
    """The actors among the needs of probes, the default one first, where there is one."""
    named = (need.removeprefix(_ACTOR).partition(".")[0] for need in needs if need.startswith(_ACTOR))
    return [name for name in dict.fromkeys([contract.default_actor, *named]) if name]
