"""Settings → everything a mock serves: contracts, what behaves for them, and the records they start with."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.addresses import Addresses, addresses_of
from mock_server.reply import Behaviour
from mock_server.settings import Settings
from mock_server.worlds.records import Actors, Records
from mock_server.worlds.seeding import adds_sets, fixture_sets, seed_records
from specs.contract import Contract
from specs.flaws import CasepactError, Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.loading import load_contract
from specs.project import CONTROL, PROJECT_FILE, apis, files_of, project, unmodelled_documents
from specs.source import PACKAGE, display_name, name_of


@dataclass(frozen=True, slots=True)
class Assembly:
    """
    What a mock serves, each by API, and where; `control` is our own contract.

    `kept` has the behaviours of the operations of foreign contracts that keep records.
    """

    contracts: Mapping[str, Contract]
    seeds: Mapping[str, Records]
    control: Contract
    addresses: Addresses
    kept: Mapping[str, Mapping[str, Behaviour]] = field(default_factory=dict)


def assemble(settings: Settings, *, with_ledger: bool = False) -> Assembly:
    """
    Read all that the settings name.

    Raises `CasepactError`, or `FlawedDocument` with file and line, for whatever cannot be served.
    """
    for api in settings.apis:
        if api not in apis():
            raise UnknownName("API", api, apis())
    contracts = {api: load_contract(api, with_ledger=with_ledger) for api in settings.apis}
    sets = dict(_chosen_sets(settings))
    seeds = {api: seed_records(contract, settings.fixtures, sets[api]) for api, contract in contracts.items()}
    foreign = dict(_foreign(settings, contracts))
    kept: dict[str, Mapping[str, Behaviour]] = {}
    if foreign:
        from mock_server.behaviours.by_shape.keeping import Kept
        from mock_server.behaviours.unmodelled import refusing
        from specs.foreign import load_foreign

        for name, path in foreign.items():
            with _uncollected():
                contract = refusing(load_foreign(path, name, strict=settings.strict_spec), settings.seed)
                if settings.stateless:
                    contracts[name], seeds[name] = contract, Records({}, Actors({}))
                else:
                    resources = Kept(contract, settings.seed)
                    contracts[name], seeds[name] = resources.contract, resources.records()
                    kept[name] = resources.behaviours()
    addresses = addresses_of(contracts, settings.at_root)
    return Assembly(contracts, seeds, load_contract(CONTROL, with_ledger=with_ledger), addresses, kept)


@contextmanager
def _uncollected() -> Iterator[None]:
    """
    Keep the collector of cyclic garbage from looking for some.

    Of a document nearly all stays, and to look through millions of objects again and again takes much of the start.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def behaviours_of(assembly: Assembly, settings: Settings) -> Mapping[str, Mapping[str, Behaviour]]:
    """
    What each operation does, by API: the written behaviours, and answers made of the document for foreign ones.

    Raises `CasepactError` for a built-in API of whose code nothing is said, and `FlawedDocument` with file and line of
    every operation that has none.
    """
    from mock_server.behaviours import BEHAVIOURS

    for contract in assembly.contracts.values():
        if contract.dialect.modelled and (unsaid := _unsaid(contract.api)):
            raise CasepactError(unsaid)
    if flaws := [flaw for contract in assembly.contracts.values() for flaw in _without_behaviour(contract, BEHAVIOURS)]:
        raise FlawedDocument(flaws)
    foreign = [contract for contract in assembly.contracts.values() if not contract.dialect.modelled]
    if not foreign:
        return BEHAVIOURS
    from mock_server.behaviours.unmodelled import behaviours

    made = {
        contract.api: {**behaviours(contract, settings.seed), **assembly.kept.get(contract.api, {})}
        for contract in foreign
    }
    return {**BEHAVIOURS, **made}


def _without_behaviour(contract: Contract, known: Mapping[str, Mapping[str, Behaviour]]) -> Iterator[Flaw]:
    """The operations of a modelled contract that nothing is written for."""
    if not contract.dialect.modelled:
        return
    files = [display_name(Path(name)) for name in files_of(contract.api).behaviours]
    where = f"BEHAVIOURS of {', '.join(files)}" if files else f"a file behaviours/{contract.api}.py"
    written = known.get(contract.api, {})
    for operation in contract.operations.values():
        if operation.id not in written:
            hint = did_you_mean(operation.id, written.keys() - contract.operations.keys())
            yield Flaw(operation.place, operation.id, f"it has no behaviour; write one for it in {where}.{hint}")


def watched(settings: Settings) -> Iterator[Path]:
    """The folders whose files decide what is served."""
    yield PACKAGE
    found = project()
    for api in settings.apis:
        if found.apis[api].contract.parent != PACKAGE:
            yield found.apis[api].contract
        if found.apis[api].fixtures.is_dir():
            yield found.apis[api].fixtures
    if settings.fixtures is not None:
        yield settings.fixtures
    for path in settings.specs:
        yield path.resolve().parent


def _chosen_sets(settings: Settings) -> Iterator[tuple[str, str]]:
    """For each API the fixture set that its worlds start with: the one that was chosen, where it has that."""
    folder = settings.fixtures
    if folder is not None and settings.apis and not any(adds_sets(folder, api) for api in settings.apis):
        files = ", ".join(f"{api}/default.yaml" for api in settings.apis)
        raise CasepactError(f"--fixtures {folder} holds no fixtures of what is served, such as {files}.")
    known = {api: fixture_sets(settings.fixtures, api) for api in settings.apis}
    chosen = settings.fixture_set
    if known and not any(chosen in names for names in known.values()):
        raise UnknownName("fixture set", chosen, {name for names in known.values() for name in names})
    for api, names in known.items():
        yield api, chosen if chosen in names else "default"


def _unsaid(api: str) -> str:
    """That the list of the built-in APIs does not say where the code of one of them is; an empty text where it does."""
    found = project().apis[api]
    home = found.contract
    if found.behaviours or home.parent != PACKAGE:
        return ""
    return (
        f"{display_name(home)}/ is an API, but {display_name(home.parent / PROJECT_FILE)} says nothing of its code; "
        f"add `{api}: {{behaviours: …}}` to its `apis`."
    )


def _foreign(settings: Settings, contracts: Mapping[str, Contract]) -> Iterator[tuple[str, Path]]:

    names = set(contracts)
    for path in settings.specs:
        name = name_of(path)
        if name in names:
            raise CasepactError(f"--spec {path}: an API named '{name}' is served already; rename the file.")
        names.add(name)
        yield name, path
    if not settings.specs and set(settings.apis) == set(apis()):
        # Nobody narrowed what is served.
        yield from unmodelled_documents().items()
