"""What an actor sends to prove itself, as it is sent."""

from __future__ import annotations

import base64
from typing import NamedTuple

from mock_server.worlds.records import Actor
from specs.contract import Contract, SecurityScheme


class Credential(NamedTuple):
    """A credential of a scheme: where it goes ("header" or "query"), the name there, and the value."""

    place: str
    name: str
    value: str

    @property
    def line(self) -> str:
        """The header, or the part of the query."""
        return f"{self.name}={self.value}" if self.place == "query" else f"{self.name}: {self.value}"


def credentials_of(contract: Contract, actor: Actor) -> list[Credential]:
    """Every credential that an actor of the API has; first what a script of a page can send, as it stands."""
    schemes = contract.security_schemes.items()
    found = [credential(scheme, actor.credentials[name]) for name, scheme in schemes if name in actor.credentials]
    return sorted(found, key=lambda item: (item.name == "Cookie", item.value.startswith("Basic ")))


def credential(scheme: SecurityScheme, secret: str) -> Credential:
    """A secret as a scheme has it sent."""
    if scheme.kind == "basic":
        return Credential("header", "Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
    if scheme.kind == "bearer":
        return Credential("header", "Authorization", f"Bearer {secret}")
    if scheme.location == "cookie":
        return Credential("header", "Cookie", f"{scheme.key}={secret}")
    return Credential(scheme.location, scheme.key, secret)
