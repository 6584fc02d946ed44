"""What records and actors say of other records: the `x-refers-to` and `x-keys-refer-to` of the contract, followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from mock_server.worlds.records import Actors, Records
from specs.contract import Contract
from specs.flaws import did_you_mean
from specs.references import join
from specs.schema import SchemaView
from specs.validation import Schema

ACTORS = "actors"
"""Stands in place of a collection where it is an actor who asks."""

_COMPARED = 500
"""Ids that are compared with one that is missing."""


class Reference(NamedTuple):
    """A place in a record or an actor, by its path, that asks for a record of a collection."""

    path: tuple[str | int, ...]
    collection: str
    id: str

    @property
    def pointer(self) -> str:
        """The place as a JSON pointer."""
        return f"/{join(self.path)}"

    def missing(self, known: Iterable[str]) -> str:
        """The message that the record is not there; `known` are those that are."""
        hint = did_you_mean(self.id, islice(known, _COMPARED))
        return f"{self.pointer} asks for '{self.id}', which is not among the {self.collection}.{hint}"


class Held(NamedTuple):
    """A reference and the record that holds it, or the actor."""

    collection: str
    id: str
    reference: Reference

    def __str__(self) -> str:
        return f"{self.collection} {self.id}"


def references(schema: Schema | None, value: Any) -> Iterator[Reference]:
    """Every record that a value of this schema asks for."""
    if schema is not None:
        yield from _found(schema.view, value, ())


def dangling(contract: Contract, records: Records) -> Iterator[Held]:
    """Every reference to a record that is not there."""
    for held in _held(contract, records):
        if records.find(held.reference.collection, held.reference.id) is None:
            yield held


def holders(contract: Contract, records: Records, collection: str, id: str) -> list[Held]:
    """The references of others to one record, those of actors last."""
    return [
        held
        for held in _held(contract, records)
        if (held.reference.collection, held.reference.id) == (collection, id)
        and (held.collection, held.id) != (collection, id)
    ]


def withdraw_dangling_actors(contract: Contract, records: Records) -> list[Held]:
    """Withdraw the actors who ask for records that are not there, and give what they asked for."""
    lost = [held for held in dangling(contract, records) if held.collection == ACTORS]
    if lost:
        names = {held.id for held in lost}
        records.known = Actors({name: actor for name, actor in records.actors.items() if name not in names})
    return lost


def _held(contract: Contract, records: Records) -> Iterator[Held]:
    # A document of others knows no `x-refers-to`.
    for collection, schema in contract.records.items() if contract.dialect.modelled else ():
        if _refers(schema.document):
            for id, record in records.entries(collection):
                for reference in references(schema, record):
                    yield Held(collection, id, reference)
    for actor in records.actors.values():
        for reference in references(contract.actors, actor.attributes):
            yield Held(ACTORS, actor.name, reference)


def _refers(node: Any) -> bool:
    """Whether a value of the schema can ask for a record; collections whose records cannot need not be searched."""
    if isinstance(node, dict):
        return "x-refers-to" in node or "x-keys-refer-to" in node or any(map(_refers, node.values()))
    return isinstance(node, list) and any(map(_refers, node))


def _found(view: SchemaView, value: Any, path: tuple[str | int, ...]) -> Iterator[Reference]:
    for node in view.branches():
        if "x-refers-to" in node and isinstance(value, str | int) and not isinstance(value, bool):
            collection, _, id = str(node["x-refers-to"]).partition("/")
            yield Reference(path, collection, id or str(value))
        if isinstance(value, dict):
            members = node.get("properties", {})
            for name, member in value.items():
                if "x-keys-refer-to" in node:
                    yield Reference((*path, name), str(node["x-keys-refer-to"]), name)
                inner = members.get(name, node.get("additionalProperties", True))
                yield from _found(view.at(inner), member, (*path, name))
        elif isinstance(value, list):
            items = view.at(node.get("items", True))
            for index, item in enumerate(value):
                yield from _found(items, item, (*path, index))
