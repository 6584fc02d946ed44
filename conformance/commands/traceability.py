"""Traceability: page statements, contract elements, mock rules and probes must speak of the same ids."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.checks.openapi_core_check import misread
from conformance.probes import probes_of
from conformance.runner.mock_process import describe_mock
from conformance.target.contracts import derived
from specs.contract import Contract
from specs.editions import editions
from specs.flaws import Flaw, Place, did_you_mean
from specs.loading import load_contract, load_shared
from specs.project import CONTROL, apis, files_of, project
from specs.source import display_name, name_of
from specs.statements import Ledger, Proof, Statement


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of one API, of whatever edition, with all that carries, enforces and proves it."""

    api: str
    statement: Statement
    elements: tuple[Place, ...]
    rules: tuple[str, ...]
    probes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TraceMatrix:
    """The entries of every API, and the contracts they come from."""

    contracts: Mapping[str, Contract]
    entries: tuple[Entry, ...]
    described: Mapping[str, Any] = field(default_factory=dict)
    """What the mock says of itself, by API: its operations, rules, actors and records."""

    def of(self, api: str) -> tuple[Entry, ...]:
        """The entries of one API."""
        return tuple(entry for entry in self.entries if entry.api == api)


def trace(names: tuple[str, ...] = ()) -> TraceMatrix:
    """The matrix of these APIs (all, if none is named); raises the flaws of documents that cannot be read."""
    chosen = names or (*apis(), CONTROL)
    contracts = {api: load_contract(api) for api in chosen}
    vendors = [api for api in chosen if api != CONTROL]
    described = json.loads(describe_mock(vendors)) if vendors else {}
    # The control API has no rules beyond its contract.
    entries = []
    for api in chosen:
        rules = described.get(api, {"rules": ()})
        entries += [*_entries(contracts[api], rules), *_entries_elsewhere(contracts[api], rules)]
    return TraceMatrix(contracts, tuple(entries), described)


def trace_document(path: Path) -> TraceMatrix:
    """The matrix of the statements that are derived from a foreign document; raises as `load_checked` does."""
    contract = derived(str(path.resolve()), name_of(path))
    return TraceMatrix({contract.api: contract}, tuple(_entries(contract, {"rules": ()})))


def flaws(matrix: TraceMatrix) -> list[Flaw]:
    """Where ids differ: unproved without a reason, proof that is not there, pages that two ledgers claim."""
    shared = load_shared().statements
    # A statement that holds for every API need not bear on each of them.
    found = [flaw for entry in matrix.entries if entry.statement.id not in shared for flaw in _flaws(entry)]
    found += _doubled_pages(matrix)
    found += _misread(matrix)
    elsewhere = (load_contract(api) for api in (*apis(), CONTROL) if api not in matrix.contracts)
    ledgers = [contract.ledger for contract in (*matrix.contracts.values(), *elsewhere)]
    found += unknown_ids(ledgers, project().code)
    return sorted(set(found))


def unknown_ids(ledgers: Sequence[Ledger], folders: Iterable[Path]) -> Iterator[Flaw]:
    """
    Ids in the Python files of these folders that no ledger has: a slip of the pen there would judge nothing.

    What an id looks like the ledgers say: with a statement ZZ-1 in one of them, ZZ-10 in the code is an id.
    """
    known = {name for ledger in ledgers for name in (*ledger.ids(), *(item.id for item in ledger.contradictions))}
    prefixes = sorted({re.escape(name.rpartition("-")[0]) for name in known})
    named = re.compile(rf"\b(?:{'|'.join(prefixes)})-\d+[a-z]?\b")
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for name in named.findall(line):
                    if name not in known:
                        hint = did_you_mean(name, known)
                        yield Flaw(Place(display_name(path), number), "", f"no ledger has '{name}'.{hint}")


def _entries(contract: Contract, described: Mapping[str, Any]) -> Iterator[Entry]:
    probes: dict[str, list[str]] = {}
    for probe in probes_of(contract):
        if probe.generated:
            continue
        for name in probe.serves:
            probes.setdefault(name, []).append(f"{probe.operation} {probe.name}")
    rules: dict[str, list[str]] = {}
    for rule in described["rules"]:
        rules.setdefault(rule["statement"], []).append(f"{rule['rule']} ({rule['at']})")
    for statement in contract.ledger.statements.values():
        yield Entry(
            contract.api,
            statement,
            contract.carried.get(statement.id, ()),
            tuple(rules.get(statement.id, ())),
            tuple(dict.fromkeys(probes.get(statement.id, ()))),
        )


def _entries_elsewhere(contract: Contract, described: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of statements of other editions, from the contract of one that has them; else with nothing."""
    others = [
        load_contract(contract.api, name)
        for name in editions(files_of(contract.api).contract)
        if name != contract.edition
    ]
    found = {entry.statement.place: entry for other in others for entry in _entries(other, described)}
    for statement in contract.ledger.elsewhere:
        yield found.get(statement.place, Entry(contract.api, statement, (), (), ()))


def _flaws(entry: Entry) -> Iterator[Flaw]:
    statement = entry.statement
    if statement.proof is Proof.CONTRACT and not entry.elements:
        yield _flaw(entry, "says `proof: contract`, but no x-statement of the contract carries it.")
    if statement.proof is Proof.PROBE and not entry.probes:
        yield _flaw(entry, "says `proof: probe`, but no probe serves it.")
    if statement.proof is Proof.NONE and entry.probes:
        yield _flaw(entry, f"says `proof: none`, but the probe '{entry.probes[0]}' serves it.")


def _flaw(entry: Entry, message: str) -> Flaw:
    return Flaw(entry.statement.place, f"{entry.api} {entry.statement.id}", message)


def _misread(matrix: TraceMatrix) -> Iterator[Flaw]:
    """Documents that openapi-core does not take for OpenAPI; nothing but this asks it."""
    for api, contract in matrix.contracts.items():
        if complaint := misread(contract):
            yield Flaw(
                Place(display_name(files_of(api).contract / "openapi.yaml"), 1), api, f"openapi-core says: {complaint}"
            )


def _doubled_pages(matrix: TraceMatrix) -> Iterator[Flaw]:
    owners: dict[str, Entry] = {}
    for entry in matrix.entries:
        if entry.statement.of_page:
            known = owners.setdefault(entry.statement.id, entry)
            if known.api != entry.api:
                yield _flaw(entry, f"stands in the ledger of {known.api} too.")
