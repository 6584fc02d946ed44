"""What a mock is started with, as one frozen value."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path

from specs.flaws import CasepactError

TOKEN_VARIABLE = "CASEPACT_CONTROL_TOKEN"


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Where to listen and what to serve.

    `port` 0 takes a free one; `max_body` is in bytes, `idle` in seconds; `specs` are foreign documents, and with
    `strict_spec` a flaw in one of their operations is a flaw of the document. `stateless` keeps no records for them.
    `fixtures` is a folder with `<api>/<set>.yaml`, which adds to those of the project; `fixture_set` is taken where an
    API has it. `at_root` is the API that is served at the root too; None asks for none. `worlds` is the address of the
    Redis that keeps the worlds, "" where this process does; `workers` is how many processes answer requests.
    """

    apis: tuple[str, ...]
    specs: tuple[Path, ...] = ()
    strict_spec: bool = False
    stateless: bool = False
    at_root: str | None = None
    host: str = "127.0.0.1"
    port: int = 8080
    fixtures: Path | None = None
    fixture_set: str = "default"
    max_body: int = 2**20
    max_worlds: int = 1000
    idle: float = 43_200.0
    strict_worlds: bool = False
    journal: int = 50
    seed: int = 0
    watch: bool = False
    json_log: bool = False
    quiet: bool = False
    port_file: Path | None = None
    worlds: str = field(default="", repr=False)
    workers: int = 1


def control_token(address: str) -> str:
    """
    The token that the control API asks for on this address; empty where it asks for none.

    Raises `CasepactError` for an address that others can reach while no token is set.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token and not ipaddress.ip_address(address).is_loopback:
        raise CasepactError(
            f"others can reach {address}, and the control API changes records and settings. Set {TOKEN_VARIABLE} to a "
            "token of your choice, or listen on 127.0.0.1."
        )
    if token and not (token.isascii() and token.isprintable() and token == token.strip()):
        raise CasepactError(f"{TOKEN_VARIABLE} holds what a header cannot carry; use letters and digits.")
    return token
