"""Where each API is served: below its name, and one of them at the root when that was asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from specs.contract import Contract
from specs.flaws import CasepactError
from specs.source import CONTROL_BASE

CONTROL_NAME = CONTROL_BASE.split("/")[1]
"""What the paths of the mock's own begin with."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """
    The base path of each API, and the API that has the root; "" for none.

    The base of an API is "" where it is served at the root alone. `kept_out` is the path that keeps an API which is
    served by itself from the root: there it would lie below the API's own name.
    """

    bases: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    kept_out: str = ""

    def base(self, api: str) -> str:
        """Where the paths of an API begin."""
        return self.bases.get(api, f"/{api}")


def addresses_of(contracts: Mapping[str, Contract], at_root: str | None) -> Addresses:
    """
    The addresses of these contracts when `at_root` is asked for; None asks for nothing.

    What stands behind the name of an API belongs to it. So an API whose paths begin with its own name ("/tickets/{id}"
    of `tickets`) has one address: at the root where that was asked for, else below its name. An API that is served by
    itself is at the root without being asked for, where nothing of it collides. Raises `CasepactError` for an API that
    is not served, and for one that cannot be at the root.
    """
    if at_root is None:
        if len(contracts) != 1:
            return Addresses()
        (contract,) = contracts.values()
        kept_out = _path_below(contract, {contract.api, CONTROL_NAME})
        return Addresses(kept_out=kept_out) if kept_out else Addresses(root=contract.api)
    if at_root not in contracts:
        raise CasepactError(
            f"--at-root {at_root}: this mock serves no API '{at_root}'; it serves {', '.join(contracts)}."
        )
    contract = contracts[at_root]
    if path := _path_below(contract, {*contracts, CONTROL_NAME} - {at_root}):
        name = first_segment(path)
        raise CasepactError(
            f"--at-root {at_root}: its path {path} cannot be at the root, where /{name} leads elsewhere. "
            f"Leave --at-root out, and send requests to /{at_root}{path}."
        )
    return Addresses({at_root: ""} if _path_below(contract, {at_root}) else {}, at_root)


def first_segment(path: str) -> str:
    """ "tickets" of "/tickets/{id}"."""
    return path[1:].partition("/")[0]


def _path_below(contract: Contract, names: Collection[str]) -> str:
    """The first path of a contract that begins with one of the names, or as the prefix of a world does; "" for none."""
    for operation in contract.operations.values():
        segment = first_segment(operation.path)
        if segment in names or segment.startswith("~"):
            return operation.path
    return ""
