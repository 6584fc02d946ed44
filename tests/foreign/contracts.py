"""Foreign contracts of a few lines."""

from __future__ import annotations

from pathlib import Path

from mock_server.assembly import assemble, behaviours_of
from mock_server.http.app import build_app
from mock_server.reply import Call
from mock_server.settings import Settings
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Actors, Records
from specs.contract import Contract, Operation
from specs.foreign import load_foreign
from tests.mock_server.client import Client

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


def serving(folder: Path, paths: str, rest: str = "", **files: str) -> Client:
    """
    A client of a mock that serves a document of these paths alone, as `casepact mock --spec shop.yaml` does.

    `rest` is what the document holds beside its paths, and `files` are others beside it: `part_yaml` is part.yaml.
    """
    below = "".join(f"  {line}\n" for line in paths.splitlines())
    path = folder / "shop.yaml"
    path.write_text(f"openapi: 3.0.3\ninfo: {{title: Shop, version: '1'}}\npaths:\n{below}{rest}", encoding="utf-8")
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    settings = Settings(apis=(), specs=(path,))
    assembly = assemble(settings)
    app = build_app(
        assembly.contracts.values(), behaviours_of(assembly, settings), assembly.seeds, addresses=assembly.addresses
    )
    return Client(app)


def keeping(document: Path, *, stateless: bool = False) -> tuple[Client, Contract]:
    """A client of a mock that serves a document alone, with the control API; and its contract."""
    settings = Settings(apis=(), specs=(document,), stateless=stateless)
    assembly = assemble(settings)
    (contract,) = assembly.contracts.values()
    app = build_app(
        [contract],
        behaviours_of(assembly, settings),
        assembly.seeds,
        control=assembly.control,
        addresses=assembly.addresses,
    )
    return Client(app, assembly.addresses.base(contract.api) if not assembly.addresses.root else ""), contract


def answering(folder: Path, content: str, rest: str = "", **files: str) -> Client:
    """A client of a mock whose one operation, GET /a, answers 200 with this content (YAML in one line)."""
    return serving(folder, f"/a: {{get: {{responses: {{'200': {{content: {content}}}}}}}}}", rest, **files)


def taking(folder: Path, operation: str, rest: str = "", **files: str) -> Client:
    """A client of a mock whose one operation, POST /a, has these members (YAML in one line) and answers 200 or 400."""
    responses = "responses: {'200': {description: ok}, '400': {description: bad}}"
    return serving(folder, f"/a: {{post: {{{operation}, {responses}}}}}", rest, **files)
