"""The records of one foreign document: its contract with their collections, the seed, and the behaviours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

from mock_server.behaviours.by_shape.acting import Keeper
from mock_server.behaviours.by_shape.composing import Composer
from mock_server.behaviours.by_shape.recognition import GONE, Part, Resource, misplaced, recognised
from mock_server.behaviours.by_shape.seeding import seed_of, shelf_of
from mock_server.behaviours.unmodelled import Refusals
from mock_server.reply import Behaviour
from mock_server.worlds.records import Actors, LateShelves, Record, Records, Shelf
from specs.contract import Contract, Operation, RefusalKind
from specs.translating import LateValidator
from specs.validation import RecordSchema

_NOTE = {
    "type": "object",
    "required": ["id", "deleted"],
    "properties": {"id": {"type": "string"}, "deleted": {"type": "string", "format": "date-time"}},
}
"""What is kept of a record that was deleted."""


class Kept:
    """
    What a mock keeps for a foreign contract; empty where no resource is recognised.

    `contract` is the one given, with the collections and with refusals for records that are not there. `seed` decides
    what is made up.
    """

    def __init__(self, contract: Contract, seed: int | str) -> None:
        self.resources = recognised(contract)
        self._seed = seed
        self._composers = {resource.name: Composer(resource, seed) for resource in self.resources}
        self.contract = self._completed(contract)
        self._seed_of = cache(self._seed_records)

    def records(self) -> Records:
        """The records that a world starts with; those of a collection are made when it is first asked for."""
        if not self.resources:
            return Records({}, Actors({}))
        return Records(LateShelves(self.contract.records, self._shelf, {}), Actors({}))

    def behaviours(self) -> Mapping[str, Behaviour]:
        """What the operations do that serve a resource."""
        return {
            id: Behaviour(Keeper(resource, part, self._composers[resource.name], order, self._seed))
            for resource in self.resources
            for order in (self._order(resource),)
            for id, part in resource.parts.items()
        }

    def _completed(self, contract: Contract) -> Contract:
        operations, writer = dict(contract.operations), Refusals(contract, self._seed)
        records = dict(contract.records)
        for resource in self.resources:
            records[resource.name] = resource.record
            records[resource.gone] = RecordSchema(
                _NOTE, LateValidator(_NOTE), None, "id", resource.parents > 0, charged=False
            )
            for id, part in resource.parts.items():
                operations[id] = replace(operations[id], refusals=self._refusals(writer, part, operations[id]))
        remarks = (*contract.remarks, *misplaced(contract, self.resources))
        return replace(contract, operations=operations, records=records, remarks=remarks)

    def _refusals(self, writer: Refusals, part: Part, operation: Operation) -> Mapping[str, RefusalKind]:
        """The refusals of an operation, and those for what is not there, or is there already."""
        # A path without an operation has the same answer, as documented or else as a problem.
        found = {**operation.refusals, "not-found": replace(operation.refusals["no-route"], name="not-found")}
        if part.role == "create" and part.documents_conflict:
            found["conflict"] = writer.documented(operation, "conflict", 409)
        return found

    def _order(self, resource: Resource) -> Callable[[], Mapping[str, int]]:
        """What gives the place of each id of the seed in the document."""
        return cache(lambda: {id: place for place, id in enumerate(self._seed_of(resource.name))})

    def _shelf(self, name: str) -> Shelf:
        if name.endswith(GONE) and name not in self._composers:
            return shelf_of(self._resource(name.removesuffix(GONE)), {})
        return shelf_of(self._resource(name), self._seed_of(name))

    def _seed_records(self, name: str) -> Mapping[str, Record]:
        return seed_of(self._resource(name), self.contract, self._composers[name], self._seed)

    def _resource(self, name: str) -> Resource:
        return next(resource for resource in self.resources if resource.name == name)
