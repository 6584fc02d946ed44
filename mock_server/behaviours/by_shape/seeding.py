"""The records that a world of a foreign contract starts with: those in the examples of its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rpds import HashTrieMap

from mock_server.behaviours.by_shape.composing import Composer, shown_by
from mock_server.behaviours.by_shape.identity import DIVIDER, EVERY_PARENT, is_key
from mock_server.behaviours.by_shape.recognition import Resource
from mock_server.behaviours.by_shape.slots import fitted
from mock_server.synthesis.answers import fits
from mock_server.worlds.records import Record
from specs.compiling import source_of
from specs.contract import Contract

_MOST = 200
"""Records of a seed."""


def seed_of(resource: Resource, contract: Contract, composer: Composer, seed: int | str) -> Mapping[str, Record]:
    """
    The records of a resource by id: of the examples of its answers, else one that is made up.

    If a path parameter has an example, the record with that id is there too.
    """
    found: dict[str, Record] = {}
    for record in _examples(resource, seed):
        fitting, _ = fitted(resource.record, record, composer.sample)
        id = (fitting or {}).get(resource.key)
        if fitting is not None and resource.keeps(id) and len(found) < _MOST:
            found.setdefault(str(id), fitting)
    for id in _named(resource, contract):
        if str(id) not in found and fits(resource.member, id):
            record = {**composer.sample, resource.key: id}
            if fits(resource.record, record):
                found[str(id)] = record
    return found


def shelf_of(resource: Resource, records: Mapping[str, Record]) -> HashTrieMap[str, Record]:
    """The seed by key: below every parent, where records have parents."""
    prefix = f"{EVERY_PARENT}{DIVIDER}" if resource.parents else ""
    return HashTrieMap({f"{prefix}{id}": record for id, record in records.items()})


def _examples(resource: Resource, seed: int | str) -> Iterator[Mapping[str, Any]]:
    shown = 0
    parts = [part for role in ("list", "read") if (part := resource.part(role)) is not None]
    for part in parts:
        for record in shown_by(part, seed, examples=True):
            shown += 1
            yield record
    for part in parts if not shown else ():
        records = shown_by(part, seed)
        yield from records
        if records:
            return


def _named(resource: Resource, contract: Contract) -> Iterator[Any]:
    """The examples of the path parameter."""
    for part in resource.parts.values():
        for item in source_of(contract.document, part.operation).get("parameters", ()):
            if part.parameter and (item.get("in"), item.get("name")) == ("path", part.parameter):
                for holder in (item, item.get("schema") or {}):
                    if is_key(holder.get("example")):
                        yield holder["example"]
