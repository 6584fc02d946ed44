"""From an API's folder to its contract: the one way in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from specs.compiling import compile_contract
from specs.contract import Contract
from specs.editions import DOCUMENTED, apply_edition
from specs.flaws import Flaw, FlawedDocument
from specs.project import files_of
from specs.references import bundle
from specs.source import PACKAGE, read
from specs.statements import Ledger, read_ledger

SHARED = "http"


def load_contract(
    api: str, edition: str = DOCUMENTED, *, folder: Path | None = None, with_ledger: bool = True
) -> Contract:
    """
    The compiled contract of one API in one edition, with the statements that hold in it.

    `folder` holds a folder per API; without it the project says where the API is kept. Without its ledger a contract
    answers requests just the same and is there sooner; whether its statements exist is then left to `casepact lint`.

    Raises `UnknownName` for an API or edition that does not exist and `FlawedDocument` with the flaws of both
    documents: first of all that keeps either from being read, then of what they say.
    """
    home = _home(api, folder)
    flaws: list[Flaw] = []
    try:
        document = apply_edition(bundle(read(home / "openapi.yaml"), home), home, edition)
    except FlawedDocument as error:
        flaws += error.flaws
    try:
        ledger = load_ledger(api, edition, folder=folder) if with_ledger else Ledger(api, (), {}, ())
    except FlawedDocument as error:
        flaws += error.flaws
    if flaws:
        raise FlawedDocument(flaws)
    return compile_contract(document, ledger, api, edition)


def load_ledger(api: str, edition: str = DOCUMENTED, *, folder: Path | None = None) -> Ledger:
    """An API's ledger of one edition, together with the statements of the RFCs that hold for each."""
    document = read(_home(api, folder) / "statements.yaml")
    shared = load_shared()
    ledger = read_ledger(document, edition, shared=shared.statements)
    if ledger.api != api:
        raise FlawedDocument([Flaw(document.place(("api",)), "", f"is the ledger of '{ledger.api}', not of '{api}'.")])
    doubled = [item for item in (*ledger.statements.values(), *ledger.elsewhere) if item.id in shared.statements]
    if doubled:
        raise FlawedDocument([Flaw(item.place, item.id, "stands in the shared ledger too.") for item in doubled])
    return ledger.with_shared(shared)


def load_shared() -> Ledger:
    """The statements of the RFCs, which hold wherever a vendor is silent."""
    return replace(read_ledger(read(PACKAGE / SHARED / "statements.yaml")), api=SHARED)


def _home(api: str, folder: Path | None) -> Path:
    return files_of(api).contract if folder is None else folder / api
