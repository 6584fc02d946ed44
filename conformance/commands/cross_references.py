"""What one part of a project names and another does not have: operations, roles, actors, records, lines of pages."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance.commands.target_new import contract_flaws
from conformance.commands.traceability import TraceMatrix
from conformance.probes import probes_of
from conformance.probes.context import Probe
from conformance.rollback.inverses import INVERSES
from conformance.target.drafting import roles
from conformance.target.needs import HTTPS
from conformance.target.profile import Profile, load_profile, profile_file, profiles
from specs.code import shown_references
from specs.contract import Contract
from specs.flaws import Flaw, Place, did_you_mean
from specs.project import CONTROL, apis, files_of, project
from specs.roles import Roles, ids_of, kind_of, load_roles
from specs.source import Document, display_name, read

_ACTOR = "actor:"

MOCK = "mock"
"""The profile of the mock, by which `casepact check` runs without a target."""


def dangling(matrix: TraceMatrix) -> list[Flaw]:
    """The flaws of the APIs of a matrix, in the order of their places."""
    found: list[Flaw] = []
    for api, contract in matrix.contracts.items():
        found += _roles_flaws(contract, load_roles(api))
        if api != CONTROL:
            found += _behaviours(contract, matrix.described[api])
            found += _default_actor(contract, matrix.described[api])
            found += _pages(contract)
    found += _mock_profile(matrix)
    return sorted(set(found))


def _behaviours(contract: Contract, described: Mapping[str, Any]) -> Iterator[Flaw]:
    """Behaviours of operations that the contract does not have; the mock itself says which operations have none."""
    references = files_of(contract.api).behaviours
    where = shown_references(references, "BEHAVIOURS")
    for name in described["operations"]:
        if name not in contract.operations:
            hint = did_you_mean(name, contract.operations)
            files = [reference.partition(":")[0] for reference in references]
            place = next((found for file in files if (found := _line_of(name, Path(file)))), None)
            yield Flaw(
                place or Place(where.partition(":")[0], 1), "BEHAVIOURS", f"no operation is named '{name}'.{hint}"
            )


def _line_of(name: str, file: Path) -> Place | None:
    """Where a file of code first names this in quotes; None where it does not, or is no file."""
    if file.suffix != ".py" or not file.is_file():
        return None
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if f'"{name}"' in line or f"'{name}'" in line:
            return Place(display_name(file), number)
    return None


def _roles_flaws(contract: Contract, known: Roles) -> Iterator[Flaw]:
    """Roles that parameters, members, probes or the inverse name and roles.yaml lacks."""
    path = files_of(contract.api).contract / "roles.yaml"
    document = display_name(path)
    probes = probes_of(contract)
    if not path.is_file():
        named = sorted({need for probe in probes for need in _needs(probe)})
        if named:
            yield Flaw(Place(document, 1), "", f"is missing: probes ask for {', '.join(named[:5])}.")
        return
    for operation in contract.operations.values():
        for role in roles(operation):
            if missing := _missing(role, contract, known):
                yield Flaw(operation.place, operation.id, f"`x-role` names {missing}")
    drafted = {role for operation in contract.operations.values() for role in roles(operation)}
    for probe in probes:
        for need in _needs(probe):
            if need not in drafted and (missing := _missing(need, contract, known)):
                yield Flaw(_place_of(probe, document), f"{probe.operation} {probe.name}", f"needs {missing}")
    inverse = INVERSES.get(contract.api)
    kinds = {kind_of(role) for role in known.records}
    for kind in inverse.kinds if inverse is not None else ():
        if kind not in kinds:
            message = f"the inverse reads the kind '{kind}', and no record has a role '{kind}.…'."
            yield Flaw(Place(document, 1), "", f"{message}{did_you_mean(kind, kinds)}")


def _needs(probe: Probe) -> tuple[str, ...]:
    """The records and actors that a probe asks for."""
    return tuple(need for need in dict.fromkeys((*probe.needs, *probe.spends)) if need != HTTPS)


def _missing(need: str, contract: Contract, known: Roles) -> str:
    """A record or an actor that is asked for and has no role, as the end of a sentence; empty where it has one."""
    if need.startswith(_ACTOR):
        name, held = need.removeprefix(_ACTOR).partition(".")[0], [*known.actors, contract.default_actor]
    else:
        name, held = need, [*known.records]
    return "" if name in held else f"'{name}', which roles.yaml lacks.{did_you_mean(name, held)}"


def _place_of(probe: Probe, otherwise: str) -> Place:
    """The code of a probe, where it is a function of a file."""
    code = getattr(probe.run, "__code__", None)
    return Place(display_name(Path(code.co_filename)), code.co_firstlineno) if code else Place(otherwise, 1)


def _default_actor(contract: Contract, described: Mapping[str, Any]) -> Iterator[Flaw]:
    """A contract that does not say whom probes act as, or names somebody who is not in the fixtures."""
    asking = next((operation for operation in contract.operations.values() if operation.asks_for_credential), None)
    document = read(files_of(contract.api).contract / "openapi.yaml")
    if asking is not None and not contract.default_actor:
        yield Flaw(document.place(()), "", f"needs an `x-default-actor`: {asking.id} asks for a credential.")
    elif asking is not None and contract.default_actor not in described["actors"]:
        hint = did_you_mean(contract.default_actor, described["actors"])
        message = f"no actor of the fixtures is named '{contract.default_actor}'.{hint}"
        yield Flaw(document.place(("x-default-actor",)), "x-default-actor", message)


def _pages(contract: Contract) -> Iterator[Flaw]:
    """Pages that are files of the project and are another text than was read, and lines that they do not have."""
    document = read(files_of(contract.api).contract / "statements.yaml")
    for index, page in enumerate(document.data.get("pages") or ()):
        file = project().root / str(page["address"])
        if "://" in str(page["address"]) or not file.is_file():
            continue
        raw = file.read_bytes()
        found = hashlib.sha256(raw).hexdigest()
        if found != page["sha256"]:
            message = f"{display_name(file)} is another text than the one that was read; its checksum is {found}."
            yield Flaw(document.place(("pages", index, "sha256")), "sha256", message)
        last = len(raw.decode("utf-8", "replace").splitlines())
        for statement in contract.ledger.statements.values():
            if statement.id.rpartition("-")[0] != page["prefix"]:
                continue
            if any(int(number) > last for number in re.findall(r"\d+", statement.lines)):
                message = f"`lines: {statement.lines}` is beyond the end of {display_name(file)}, which has {last}."
                yield Flaw(statement.place, statement.id, message)


def _mock_profile(matrix: TraceMatrix) -> Iterator[Flaw]:
    """What the profile of the mock names and contracts or fixtures lack, and the APIs that it lacks."""
    if MOCK not in profiles():
        yield Flaw(Place(display_name(project().targets / f"{MOCK}.yaml"), 1), "", "is missing: the mock's profile.")
        return
    document = read(profile_file(MOCK))
    profile = load_profile(MOCK, with_secrets=False)
    for api in apis():
        if api not in profile.apis:
            message = f"has no '{api}', so `casepact check` leaves that API out."
            yield Flaw(document.place(("apis",)), "apis", message)
    yield from contract_flaws(profile, document)
    for api in matrix.contracts.keys() & profile.apis.keys() - {CONTROL}:
        yield from _seeded(api, profile, document, matrix.described[api]["records"])


def _seeded(api: str, profile: Profile, document: Document, records: Mapping[str, Any]) -> Iterator[Flaw]:
    """The records of the mock's profile that no fixture has, of the kinds that can be read."""
    inverse = INVERSES.get(api)
    known = {str(id) for collection in records.values() for id in collection}
    for role, held in profile.apis[api].records.items():
        if inverse is None or kind_of(role) not in inverse.kinds or profile.apis[api].url:
            continue
        for id in ids_of(held):
            if id not in known:
                message = f"no fixture has a record '{id}'.{did_you_mean(id, known)}"
                yield Flaw(document.place(("apis", api, "records", role)), role, message)
