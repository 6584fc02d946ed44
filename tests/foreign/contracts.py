"""Foreign contracts of a few lines."""

from __future__ import annotations

from pathlib import Path

from mock_server.reply import Call
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actors, Records
from specs.contract import Contract, Operation
from specs.foreign import load_foreign

DOCUMENTS = Path(__file__).parent / "documents"
LIBRARY = DOCUMENTS / "library" / "openapi.yaml"


def foreign(folder: Path, paths: str, rest: str = "") -> Contract:
    """A contract of these paths in YAML, as it stands below `paths:`."""
    below = "".join(f"  {line}\n" for line in paths.splitlines())
    path = folder / "shop.yaml"
    path.write_text(f"openapi: 3.0.3\ninfo: {{title: Shop, version: '1'}}\npaths:\n{below}{rest}", encoding="utf-8")
    return load_foreign(path, "shop")


def only(contract: Contract) -> Operation:
    """The one operation of a contract."""
    (operation,) = contract.operations.values()
    return operation


def call(operation: Operation, **headers: str) -> Call:
    """An admitted request with these headers."""
    return Call(operation, {}, None, None, Records({}, Actors({})), Clock().now(), headers)
