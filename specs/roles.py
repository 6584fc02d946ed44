"""What probes ask of a target: its actors and records by role, what each must be like, and how a reader learns that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from specs.flaws import Flaw, FlawedDocument, did_you_mean
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


_ROLE_KEYS = {"says", "example", "entries", "presumes", "unknown", "spare", "hidden"}
_NONE = Roles({}, {}, ())


@cache
def load_roles(api: str, *, folder: Path | None = None) -> Roles:
    """
    The roles of an API, from `roles.yaml` beside its contract; none where there is no such file.

    Raises `FlawedDocument` with every unknown key, missing text and condition that is not one.
    """
    path = (files_of(api).contract if folder is None else folder / api) / "roles.yaml"
    if not path.is_file():
        return _NONE
    reader = _Reader(read(path))
    roles = reader.roles()
    if reader.flaws:
        raise FlawedDocument(reader.flaws)
    return roles


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.flaws: list[Flaw] = []

    def roles(self) -> Roles:
        data = self._mapping(self.document.data, ())
        self._keys(data, {"actors", "records", "relations"}, ())
        groups = {
            kind: {
                name: self._role(name, item, (kind, name))
                for name, item in self._mapping(data.get(kind) or {}, (kind,)).items()
            }
            for kind in ("actors", "records")
        }
        for name, role in groups["records"].items():
            if role.spare and role.spare not in groups["records"]:
                hint = did_you_mean(role.spare, groups["records"])
                self._flaw(("records", name, "spare"), f"no record has the role '{role.spare}'.{hint}")
            for index, condition in enumerate(role.presumes):
                named = (
                    [condition.value]
                    if condition.test in (Comparison.SAME_AS, Comparison.HOLDS, Comparison.LACKS)
                    else []
                )
                for other in (*named, *filter(None, [condition.of])):
                    if other not in groups["records"]:
                        hint = did_you_mean(str(other), groups["records"])
                        self._flaw(("records", name, "presumes", index), f"no record has the role '{other}'.{hint}")
        return Roles(groups["actors"], groups["records"], tuple(map(str, data.get("relations") or ())))

    def _role(self, name: str, item: Any, pointer: Pointer) -> Role:
        item = self._mapping(item, pointer)
        self._keys(item, _ROLE_KEYS, pointer)
        entries = {
            key: self._entry(value, (*pointer, "entries", key))
            for key, value in self._mapping(item.get("entries") or {}, (*pointer, "entries")).items()
        }
        presumes = tuple(
            self._condition(value, (*pointer, "presumes", index))
            for index, value in enumerate(item.get("presumes") or ())
        )
        return Role(
            name=name,
            says=self._text(item, "says", pointer),
            example=item.get("example", ""),
            entries=entries,
            presumes=presumes,
            unknown=str(item.get("unknown") or ""),
            spare=str(item.get("spare") or ""),
            hidden=item.get("hidden") is True,
        )

    def _entry(self, item: Any, pointer: Pointer) -> Entry:
        item = self._mapping(item, pointer)
        self._keys(item, {"says", "example", "required"}, pointer)
        return Entry(
            self._text(item, "says", pointer), str(item.get("example", "")), item.get("required", True) is True
        )

    def _condition(self, item: Any, pointer: Pointer) -> Condition:
        item = self._mapping(item, pointer)
        self._keys(item, {"at", "of", "says", *Comparison}, pointer)
        tests = [test for test in Comparison if test in item]
        if len(tests) != 1:
            self._flaw(pointer, f"a condition has one of {', '.join(Comparison)}.")
            tests = [Comparison.IS]
        says = self._text(item, "says", pointer)
        return Condition(self._text(item, "at", pointer), tests[0], item.get(tests[0]), says, str(item.get("of") or ""))

    def _mapping(self, value: Any, pointer: Pointer) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self._flaw(pointer, "is not a mapping.")
        return {}

    def _keys(self, item: dict[str, Any], known: set[str], pointer: Pointer) -> None:
        for key in item.keys() - known:
            self._flaw((*pointer, key), f"has an unknown key '{key}'.{did_you_mean(key, known)}")

    def _text(self, item: dict[str, Any], key: str, pointer: Pointer) -> str:
        if not isinstance(item.get(key), str) or not item[key]:
            self._flaw(pointer, f"needs the text `{key}`.")
            return ""
        return str(item[key])

    def _flaw(self, pointer: Pointer, message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), "/".join(map(str, pointer)), message))
