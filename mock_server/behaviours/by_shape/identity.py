"""Which member of a record a path parameter names, under which key the record is kept, and ids of new records."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from mock_server.synthesis.answers import fits
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from specs.schema import SchemaView
from specs.validation import Schema

EVERY_PARENT = "*"
"""Stands in a key for each parent that has no records of its own."""

DIVIDER = ":"
"""Between the parents and the id in a key."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDS = ("id", "uuid", "guid")
_SCALARS = frozenset({"string", "integer"})
_ATTEMPTS = 50


def id_member(record: SchemaView, parameter: Schema, name: str, collection: str) -> str | None:
    """
    The member of a record that a path parameter of this name stands for, or None where none does for certain.

    `petId` stands for petId, pet_id or id, `petName` for petName or name, `id` and `uuid` for each other; `pet` in
    /pets/{pet} for pet or id. The member must have a type that the parameter has too.
    """
    members = record.members()
    by_words = {words_of(member): member for member in members}
    words = words_of(name)
    wanted = [words[start:] for start in range(len(words))]
    if words[-1:] and words[-1] in _IDS:
        wanted += [(other,) for other in _IDS]
    elif words and words == _singular(words_of(collection)):
        wanted.insert(1, ("id",))
    for candidate in wanted:
        member = by_words.get(candidate)
        if member is not None and _agree(members[member], parameter.view):
            return member
    return None


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in lower case: "petId", "pet_id" and "PetID" are pet and id."""
    return tuple(word.lower() for word in _WORD.findall(name))


def key_of(parents: Sequence[Any], id: Any) -> str:
    """
    The key of a record: its id as text, after those of its parents.

    `key_of((), 7)` is "7", `key_of(("eu", 3), 7)` is "eu:3:7".
    """
    return f"{prefix_of(parents)}{id}" if parents else str(id)


def prefix_of(parents: Sequence[Any]) -> str:
    """How the keys of all records with these parents begin."""
    return "".join(f"{quote(str(parent), safe='')}{DIVIDER}" for parent in parents)


def is_key(value: Any) -> bool:
    """Whether the value of a member can be an id."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def new_id(member: Schema, parameter: Schema, taken: Mapping[str, Any] | set[str], seed: str) -> Any:
    """
    An id that none of the keys in `taken` has: the next number, or a text by the schema.

    Both the member and the path parameter take it. Raises `Impossible` where no such id is found.
    """
    for candidate in _candidates(member, taken, seed):
        if str(candidate) not in taken and fits(member, candidate) and _names(parameter, candidate):
            return candidate
    raise Impossible("no id was found that is not taken")


def _candidates(member: Schema, taken: Mapping[str, Any] | set[str], seed: str) -> Iterator[Any]:
    numbers = [int(key) for key in taken if key.isdecimal() and len(key) <= 18]
    following = max(numbers, default=0) + 1
    if "integer" in member.view.types():
        yield following
        yield from (number for number in range(1, _ATTEMPTS) if str(number) not in taken)
    elif len(numbers) == len(taken):
        yield str(following)
    # Version 4 as RFC 9562 has it; the last group counts, so that ids sort in the order in which they were given out.
    yield from (
        str(UUID(int=(0x4 << 76) | (0x8 << 60) | number)) for number in range(len(taken) + 1, len(taken) + _ATTEMPTS)
    )
    document = _without_offers(member.document)
    for attempt in range(_ATTEMPTS):
        try:
            yield Synthesizer.of(document, f"{seed} {len(taken)} {attempt}").value()
        except Impossible:
            break
    yield from (Random(f"{seed} {len(taken)} {attempt}").getrandbits(31) for attempt in range(_ATTEMPTS))


def _without_offers(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema without values of its own, each of which could be the id of one record only."""
    return {key: value for key, value in document.items() if key not in ("example", "examples", "default")}


def _names(parameter: Schema, id: Any) -> bool:
    """Whether a path can hold the id."""
    if fits(parameter, id):
        return True
    if isinstance(id, int):
        return fits(parameter, str(id))
    return id.isdecimal() and fits(parameter, int(id))


def _agree(member: SchemaView, parameter: SchemaView) -> bool:
    """Whether a member and a parameter have a type in common; what is said of neither is not known."""
    types = member.types() & _SCALARS
    if "object" in member.types() or "array" in member.types():
        return False
    asked = parameter.types() & _SCALARS
    return bool(types & asked) and _format(member) in ("", _format(parameter) or _format(member))


def _format(view: SchemaView) -> str:
    name = view.says("format")
    return name if isinstance(name, str) else ""


def _singular(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a collection as they are of one of its items: "pets" is pet, "categories" category."""
    if not words:
        return ()
    last = words[-1]
    for plural, singular in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("s", "")):
        if last.endswith(plural):
            return (*words[:-1], last.removesuffix(plural) + singular)
    return words
