"""What the operations of a resource do with its records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import quote

from mock_server.behaviours.by_shape.composing import Composer
from mock_server.behaviours.by_shape.identity import DIVIDER, EVERY_PARENT, is_key, key_of, new_id, prefix_of
from mock_server.behaviours.by_shape.listing import Query
from mock_server.behaviours.by_shape.recognition import Part, Resource
from mock_server.behaviours.by_shape.showing import BY_SHAPE, DETAIL, Answers
from mock_server.negotiation import media_type
from mock_server.reply import Call, Refusal, Reply, in_header
from mock_server.synthesis.answers import fits
from mock_server.synthesis.synthesis import Impossible
from mock_server.worlds.records import Change, Record, Shelf

_SHARED = f"{EVERY_PARENT}{DIVIDER}"
_MERGE_PATCH = "application/merge-patch+json"
_NUMBER = re.compile(r"([0-9]+)")


class Keeper:
    """One operation of a resource, as a behaviour; `order` gives the place of each id of the seed in the document."""

    def __init__(
        self,
        resource: Resource,
        part: Part,
        composer: Composer,
        order: Callable[[], Mapping[str, int]],
        seed: int | str,
    ) -> None:
        self._resource, self._part, self._composer, self._seed = resource, part, composer, seed
        self._act = {
            "create": self._create,
            "read": self._read,
            "list": self._list,
            "replace": self._replace,
            "update": self._update,
            "delete": self._delete,
        }[part.role]
        self._order = order
        self._location = part.operation.responses.get(201)

    @cached_property
    def _answers(self) -> Answers:
        return Answers(self._part, self._seed)

    @cached_property
    def _query(self) -> Query:
        return Query.of(self._part.operation, self._resource.record)

    def __call__(self, call: Call) -> Reply | Refusal:
        parents = [call.arguments.get(name) for name in self._part.parents]
        if not all(map(is_key, parents)):
            return self._answers.stateless(call)
        above = self._resource.above
        if above is not None and self._is_gone(call, above, key_of(parents[: above.parents], parents[above.parents])):
            return self._absent(f"{above.name} {parents[above.parents]} was deleted in this world")
        return self._act(call, parents)

    # The roles

    def _read(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        id = call.arguments.get(self._part.parameter)
        found = self._find(call, parents, id)
        return self._missing(call, parents, id) if found is None else self._answers.one(call, found)

    def _list(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        page = self._query.page_of(self._records(call, parents), call.arguments, call.query)
        return self._answers.many(call, page)

    def _create(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        sent = self._sent(call)
        if sent is None:
            return self._answers.stateless(call, "the body is not an object")
        resource = self._resource
        given = self._composer.sendable(sent).get(resource.key)
        if resource.keeps(given) and fits(resource.member, given):
            if self._part.documents_conflict and self._find(call, parents, given) is not None:
                return Refusal("conflict", (), f"{resource.name} has a record with the {resource.key} {given}")
            return self._store_new(call, parents, given, sent)
        try:
            id = new_id(
                resource.member, resource.parameter, self._taken(call, parents), f"{self._seed} {resource.name}"
            )
        except Impossible as error:
            return self._answers.stateless(call, str(error))
        return self._store_new(call, parents, id, sent)

    def _replace(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        sent = self._sent(call)
        id = self._named(call, sent)
        if sent is None or not self._resource.keeps(id):
            return self._answers.stateless(call, "the body names no record")
        stored = self._find(call, parents, id)
        if stored is None and 201 in self._part.operation.responses:
            of_key = id if fits(self._resource.member, id) else str(id)
            return self._store_new(call, parents, of_key, sent)
        if stored is None:
            return self._missing(call, parents, id)
        record = self._composer.replaced(self._part, stored, sent, call.now)
        return self._store_changed(call, parents, id, sent, record)

    def _update(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        sent = self._sent(call)
        id = self._named(call, sent)
        if sent is None or not self._resource.keeps(id):
            return self._answers.stateless(call, "the body names no record")
        stored = self._find(call, parents, id)
        if stored is None:
            return self._missing(call, parents, id)
        removing = media_type(call.headers.get("content-type", "")) == _MERGE_PATCH
        record = self._composer.updated(self._part, stored, sent, call.now, removing=removing)
        return self._store_changed(call, parents, id, sent, record)

    def _delete(self, call: Call, parents: Sequence[Any]) -> Reply | Refusal:
        id = call.arguments.get(self._part.parameter)
        stored = self._find(call, parents, id)
        if stored is None:
            if self._is_gone(call, self._resource, key_of(parents, id)) and not self._part.documents_absence:
                # RFC 9110 section 9.2.2: to delete twice does no more than to delete once.
                return self._answers.empty(call)
            return self._missing(call, parents, id)
        key = key_of(parents, id)
        note = {"id": str(id), "deleted": call.now.isoformat().replace("+00:00", "Z")}
        changes = (
            *self._taken_over(call, parents),
            Change(self._resource.name, key, None),
            Change(self._resource.gone, key, note),
        )
        return self._answers.one(call, stored, changes)

    # Storing

    def _store_new(self, call: Call, parents: Sequence[Any], id: Any, sent: Mapping[str, Any]) -> Reply | Refusal:
        record = self._composer.created(self._part, sent, id, parents, call.now)
        if record is None:
            return self._answers.stateless(call, "no record near to what was sent fits the schema of what is read")
        status = self._answers.creating
        headers = self._told(sent, record)
        if status == 201 and (place := self._place(call, id)):
            headers["location"] = place
        key = key_of(parents, id)
        changes = (
            *self._taken_over(call, parents),
            Change(self._resource.name, key, record),
            Change(self._resource.gone, key, None),
        )
        return self._answers.one(call, record, changes, status, headers)

    def _store_changed(
        self, call: Call, parents: Sequence[Any], id: Any, sent: Mapping[str, Any], record: Record | None
    ) -> Reply | Refusal:
        if record is None:
            return self._answers.stateless(call, "no record near to what was sent fits the schema of what is read")
        changes = (*self._taken_over(call, parents), Change(self._resource.name, key_of(parents, id), record))
        return self._answers.one(call, record, changes, self._answers.changing, self._told(sent, record))

    def _taken_over(self, call: Call, parents: Sequence[Any]) -> Iterator[Change]:
        """What a parent without records of its own gets before the first of them is written: those of every parent."""
        if self._resource.parents and not self._has_own(call, parents):
            prefix = prefix_of(parents)
            for key, record in self._shelf(call).items():
                if key.startswith(_SHARED):
                    yield Change(self._resource.name, prefix + key.removeprefix(_SHARED), record)

    def _told(self, sent: Mapping[str, Any], record: Record) -> dict[str, str]:
        """Which members that were sent are not in the record as they were sent."""
        lost = ", ".join(self._composer.not_kept(sent, record))
        return {DETAIL: in_header(f"not kept: {lost}")[:300]} if lost.isprintable() and lost else {}

    # Finding

    def _find(self, call: Call, parents: Sequence[Any], id: Any) -> Record | None:
        if not self._resource.keeps(id):
            return None
        found = call.records.find(self._resource.name, key_of(parents, id))
        if found is None and self._resource.parents and not self._has_own(call, parents):
            return call.records.find(self._resource.name, f"{_SHARED}{id}")
        return found

    def _records(self, call: Call, parents: Sequence[Any]) -> list[Record]:
        """The records of these parents: the seed in the order of the document, then the others by their ids."""
        shelf = self._shelf(call)
        prefix = prefix_of(parents)
        if self._resource.parents and not self._has_own(call, parents):
            prefix = _SHARED
        order = self._order()
        found = [(key.removeprefix(prefix), record) for key, record in shelf.items() if key.startswith(prefix)]
        found.sort(key=lambda item: (order.get(item[0], len(order)), _natural(item[0])))
        return [record for _, record in found]

    def _has_own(self, call: Call, parents: Sequence[Any]) -> bool:
        """Whether anything was ever written below these parents."""
        prefix = prefix_of(parents)
        shelves = (self._shelf(call), call.records.shelf(self._resource.gone))
        return any(key.startswith(prefix) for shelf in shelves for key in shelf)

    def _taken(self, call: Call, parents: Sequence[Any]) -> set[str]:
        """The ids that records below these parents have or had."""
        prefix = prefix_of(parents)
        own = {
            key.removeprefix(prefix)
            for shelf in (self._shelf(call), call.records.shelf(self._resource.gone))
            for key in shelf
            if key.startswith(prefix)
        }
        return own | {key.removeprefix(_SHARED) for key in self._shelf(call) if key.startswith(_SHARED)}

    def _shelf(self, call: Call) -> Shelf:
        return call.records.shelf(self._resource.name)

    def _is_gone(self, call: Call, resource: Resource, key: str) -> bool:
        return call.records.find(resource.gone, key) is not None

    # Reading the request, and refusing it

    def _sent(self, call: Call) -> dict[str, Any] | None:
        """The members of a record that the body has; None where it has no such object."""
        at = self._part.sent.get(media_type(call.headers.get("content-type", "")))
        value = call.body
        for name in next(iter(self._part.sent.values()), ()) if at is None else at:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else None

    def _named(self, call: Call, sent: Mapping[str, Any] | None) -> Any:
        """The id of the record that is meant: that in the path, else that in the body."""
        if self._part.parameter:
            return call.arguments.get(self._part.parameter)
        return (sent or {}).get(self._resource.key)

    def _missing(self, call: Call, parents: Sequence[Any], id: Any) -> Reply | Refusal:
        """The answer for a record that is not there; one that never was is only missed where the document has a 404."""
        if self._is_gone(call, self._resource, key_of(parents, id)):
            return self._absent(f"{self._resource.name} {id} was deleted in this world")
        if self._part.documents_absence:
            return self._absent(f"{self._resource.name} has no record with the {self._resource.key} {id}")
        return self._answers.stateless(call, f"no record has the {self._resource.key} {id}, and no 404 is documented")

    def _absent(self, detail: str) -> Refusal:
        return Refusal("not-found", (), detail, name=self._part.parameter, headers=BY_SHAPE)

    def _place(self, call: Call, id: Any) -> str:
        """The address of a new record, in the first form that the schema of the header takes."""
        path = call.path.rstrip("/")
        if not self._part.parameter:
            path = f"{path}/{quote(str(id), safe='')}"
        host = call.headers.get("host", "")
        documented = self._location.headers.get("location") if self._location is not None else None
        for text in (f"http://{host}{path}" if host else "", path, str(id)):
            if text and text == in_header(text) and (documented is None or fits(documented.schema, text)):
                return text
        return ""


def _natural(text: str) -> list[tuple[int, int | str]]:
    """What sorts "item 9" before "item 10"."""
    return [(0, int(part)) if part.isdecimal() and len(part) <= 18 else (1, part) for part in _NUMBER.split(text)]
