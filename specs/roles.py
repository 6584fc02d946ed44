"""What probes ask of a target: its actors and records by role, what each must be like, and how a reader learns that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from specs.document_schemas import misfits
from specs.flaws import Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.project import files_of
from specs.source import Document, Pointer, read


class Comparison(StrEnum):
    """How a condition looks at a member of a record."""

    IS = "is"
    NOT = "not"
    SAME_AS = "same-as"
    HOLDS = "holds"
    LACKS = "lacks"
    AT_MOST = "at-most"
    AT_LEAST = "at-least"


@dataclass(frozen=True, slots=True)
class Condition:
    """
    One thing that must be true of a record before a probe uses it.

    `pointer` names a member of the record as the supporting operations show it; letter case does not count. `value` is
    compared as `test` says: `is` and `not` with any of a list of values; `same-as` with the id of the record of another
    role; `holds` and `lacks` look for the id of a role's record in a list; `at-most` and `at-least` count a list. `of`
    names the role whose record is looked at where it is another one than the role that presumes it.
    """

    pointer: str
    test: Comparison
    value: Any
    says: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of a role in a profile besides the id of a record or the credential of an actor."""

    says: str
    example: str
    required: bool


@dataclass(frozen=True, slots=True)
class Role:
    """
    An actor or a record that probes ask for.

    `says` describes it for whoever fills in a profile, `example` shows an id (of a record) or credentials (of an actor,
    by scheme). `unknown` says what of it the contract has no way to read. `spare` names the role that these records are
    like: one may stand in for it, and probes may use them up, one after the other. `hidden` says that the default actor
    may not see the record.
    """

    name: str
    says: str
    example: Any
    entries: Mapping[str, Entry]
    presumes: tuple[Condition, ...]
    unknown: str
    spare: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Roles:
    """All roles of an API; `relations` are sentences about what they must be to each other."""

    actors: Mapping[str, Role]
    records: Mapping[str, Role]
    relations: tuple[str, ...]

    def spares(self, kind: str = "") -> tuple[Role, ...]:
        """The roles whose records stand in for others and may be used up; of this kind, where one is given."""
        return tuple(role for role in self.records.values() if role.spare and kind in ("", kind_of(role.name)))


def kind_of(role: str) -> str:
    """What kind of record a role is played by: `ticket` for `ticket.open`."""
    return role.partition(".")[0]


def ids_of(record: Mapping[str, Any]) -> list[str]:
    """The ids that a record of a profile stands for: its own, and those of its `others`, which are in one text."""
    return [id for id in (str(record.get("id", "")), *str(record.get("others") or "").split()) if id]


_NONE = Roles({}, {}, ())


@cache
def load_roles(api: str, *, folder: Path | None = None) -> Roles:
    """
    The roles of an API, from `roles.yaml` beside its contract; none where there is no such file, or no such API in the
    project: a foreign document has none.

    Raises `FlawedDocument` with everything that does not fit `roles.schema.json`, and every role that is named and not
    there.
    """
    try:
        path = (files_of(api).contract if folder is None else folder / api) / "roles.yaml"
    except UnknownName:
        return _NONE
    if not path.is_file():
        return _NONE
    document = read(path)
    found = misfits("roles", document.data)
    flaws = [Flaw(document.place(misfit.pointer), misfit.path, misfit.message) for misfit in found]
    roles = _NONE if any(misfit.misshapen for misfit in found) else _roles(document.data)
    flaws += _dangling(document, roles.records)
    if flaws:
        raise FlawedDocument(flaws)
    return roles


def _roles(data: Mapping[str, Any]) -> Roles:
    actors, records = (
        {name: _role(name, item) for name, item in (data.get(kind) or {}).items()} for kind in ("actors", "records")
    )
    return Roles(actors, records, tuple(data.get("relations") or ()))


def _role(name: str, item: Mapping[str, Any]) -> Role:
    return Role(
        name=name,
        says=item.get("says", ""),
        example=item.get("example", ""),
        entries={key: _entry(value) for key, value in (item.get("entries") or {}).items()},
        presumes=tuple(map(_condition, item.get("presumes") or ())),
        unknown=item.get("unknown") or "",
        spare=item.get("spare") or "",
        hidden=item.get("hidden", False),
    )


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(item.get("says", ""), str(item.get("example", "")), item.get("required", True))


def _condition(item: Mapping[str, Any]) -> Condition:
    test = next((test for test in Comparison if test in item), Comparison.IS)
    return Condition(item.get("at", ""), test, item.get(test), item.get("says", ""), item.get("of") or "")


def _dangling(document: Document, records: Mapping[str, Role]) -> Iterator[Flaw]:
    """Where a record names a role that no record has."""
    for name, role in records.items():
        named: list[tuple[Pointer, str]] = [(("records", name, "spare"), role.spare)]
        for index, condition in enumerate(role.presumes):
            pointer: Pointer = ("records", name, "presumes", index)
            named.append((pointer, condition.of))
            if condition.test in (Comparison.SAME_AS, Comparison.HOLDS, Comparison.LACKS):
                named.append((pointer, condition.value))
        for pointer, other in named:
            if other and other not in records:
                hint = did_you_mean(other, records)
                subject = "/".join(map(str, pointer))
                yield Flaw(document.place(pointer), subject, f"no record has the role '{other}'.{hint}")
