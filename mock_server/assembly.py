"""Settings → everything a mock serves: contracts, what behaves for them, and the records they start with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mock_server.addresses import Addresses, addresses_of
from mock_server.reply import Behaviour
from mock_server.settings import Settings
from mock_server.worlds.records import Actors, Records
from mock_server.worlds.seeding import seed_records
from specs.contract import Contract
from specs.flaws import CasepactError, UnknownName
from specs.loading import load_contract
from specs.project import CONTROL, PROJECT_FILE, apis, project, unmodelled_documents
from specs.source import PACKAGE, display_name


@dataclass(frozen=True, slots=True)
class Assembly:
    """What a mock serves, each by API, and where; `control` is our own contract."""

    contracts: Mapping[str, Contract]
    seeds: Mapping[str, Records]
    control: Contract
    addresses: Addresses


def assemble(settings: Settings, *, with_ledger: bool = False) -> Assembly:
    """
    Read all that the settings name.

    Raises `CasepactError`, or `FlawedDocument` with file and line, for whatever cannot be served.
    """
    for api in settings.apis:
        if api not in apis():
            raise UnknownName("API", api, apis())
    contracts = {api: load_contract(api, with_ledger=with_ledger) for api in settings.apis}
    seeds = {
        api: seed_records(contract, settings.fixtures, settings.fixture_set) for api, contract in contracts.items()
    }
    foreign = dict(_foreign(settings, contracts))
    if foreign:
        from mock_server.behaviours.unmodelled import refusing
        from specs.foreign import load_foreign

        for name, path in foreign.items():
            contracts[name] = refusing(load_foreign(path, name), settings.seed)
            seeds[name] = Records({}, Actors({}))
    addresses = addresses_of(contracts, settings.at_root)
    return Assembly(contracts, seeds, load_contract(CONTROL, with_ledger=with_ledger), addresses)


def behaviours_of(assembly: Assembly, settings: Settings) -> Mapping[str, Mapping[str, Behaviour]]:
    """
    What each operation does, by API: the written behaviours, and answers made of the document for foreign ones.

    Raises `CasepactError` for an API with a ledger that has no behaviours.
    """
    from mock_server.behaviours import BEHAVIOURS

    for contract in assembly.contracts.values():
        if contract.dialect.modelled and not project().apis[contract.api].behaviours:
            raise CasepactError(_without_behaviours(contract.api))
    foreign = [contract for contract in assembly.contracts.values() if not contract.dialect.modelled]
    if not foreign:
        return BEHAVIOURS
    from mock_server.behaviours.unmodelled import behaviours

    return {**BEHAVIOURS, **{contract.api: behaviours(contract, settings.seed) for contract in foreign}}


def watched(settings: Settings) -> Iterator[Path]:
    """The folders whose files decide what is served."""
    yield PACKAGE
    found = project()
    for api in settings.apis:
        if found.apis[api].contract.parent != PACKAGE:
            yield found.apis[api].contract
        if settings.fixtures is None and found.apis[api].fixtures.is_dir():
            yield found.apis[api].fixtures
    if settings.fixtures is not None:
        yield settings.fixtures
    for path in settings.specs:
        yield path.resolve().parent


def _without_behaviours(api: str) -> str:
    """That an API has no behaviours, and where they would be."""
    home = project().apis[api].contract
    described = home.parent / PROJECT_FILE
    if home.parent == PACKAGE:
        return (
            f"{display_name(home)}/ is an API, but {display_name(described)} says nothing of its code; "
            f"add `{api}: {{behaviours: …}}` to its `apis`."
        )
    return f"{display_name(project().code[0] / f'{api}.py')} is missing: it says what the operations of {api} do."


def _foreign(settings: Settings, contracts: Mapping[str, Contract]) -> Iterator[tuple[str, Path]]:
    names = set(contracts)
    for path in settings.specs:
        name = path.resolve().parent.name if path.stem.lower() in ("openapi", "swagger", "api") else path.stem
        name = "".join(part if part.isalnum() or part in "-_" else "-" for part in name.lower()) or "api"
        if name in names:
            raise CasepactError(f"--spec {path}: an API named '{name}' is served already; rename the file.")
        names.add(name)
        yield name, path
    if not settings.specs and set(settings.apis) == set(apis()):
        # Nobody narrowed what is served.
        yield from unmodelled_documents().items()
