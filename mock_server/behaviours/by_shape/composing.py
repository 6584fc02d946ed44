"""What is stored for a body that was sent: its members, and those that a server gives by itself."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from mock_server.behaviours.by_shape.identity import words_of
from mock_server.behaviours.by_shape.recognition import Part, Resource
from mock_server.behaviours.by_shape.slots import fitted
from mock_server.behaviours.unmodelled import DocumentedAnswer
from mock_server.synthesis.answers import fits
from mock_server.synthesis.merging import is_nothing
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from specs.schema import SchemaView

_WHEN = r"(?:_?(?:at|on|date|time|timestamp))?\Z"
_MADE = re.compile(rf"(?:date_?)?(?:created|creation|inserted){_WHEN}", re.IGNORECASE)
_CHANGED = re.compile(rf"(?:date_?|last_?)?(?:updated?|modified|changed){_WHEN}", re.IGNORECASE)
_DEFAULT = "default"


class Composer:
    """Makes the records of one resource; what it knows of their schema it finds when the first is made."""

    def __init__(self, resource: Resource, seed: int | str) -> None:
        self._resource, self._seed = resource, seed
        self._sendable: dict[str, frozenset[str]] = {}

    @cached_property
    def sample(self) -> Mapping[str, Any]:
        """A record as the document shows one, or made of its schema; empty where none can be had."""
        for role in ("read", "list", "create", "replace", "update"):
            if (part := self._resource.part(role)) is not None:
                for record in shown_by(part, self._seed):
                    if (found := fitted(self._resource.record, record, {})[0]) is not None:
                        return found
        try:
            made = Synthesizer(self._resource.record, f"{self._seed} {self._resource.name}").value()
        except Impossible:
            made = {}
        return made if isinstance(made, dict) else {}

    @cached_property
    def _members(self) -> Mapping[str, SchemaView]:
        return self._resource.record.view.members()

    @cached_property
    def given(self) -> frozenset[str]:
        """The members that only the server writes."""
        return frozenset(name for name, view in self._members.items() if view.says("readOnly") is True)

    @cached_property
    def _defaults(self) -> Mapping[str, Any]:
        return {
            name: view.says(_DEFAULT)
            for name, view in self._members.items()
            if view.says(_DEFAULT) is not None and name != self._resource.key
        }

    def created(
        self, part: Part, sent: Mapping[str, Any], id: Any, parents: Sequence[Any], now: datetime
    ) -> dict[str, Any] | None:
        """A new record of this id; None where none that is near to what was sent fits."""
        stamps = self._stamps(part, now, (_MADE, _CHANGED))
        record = {**copy.deepcopy(dict(self._defaults)), **self._above(part, parents), **self.sendable(sent), **stamps}
        return self._finished({**record, self._resource.key: id}, {}, id)

    def replaced(
        self, part: Part, stored: Mapping[str, Any], sent: Mapping[str, Any], now: datetime
    ) -> dict[str, Any] | None:
        """The record with what was sent in place of all that clients write."""
        sendable = self._sendable_by(part)
        kept = {name: stored[name] for name in stored if name in self.given or name not in sendable}
        record = {**copy.deepcopy(dict(self._defaults)), **kept, **self.sendable(sent)}
        return self._finished(self._changed(part, record, stored, now), stored, stored.get(self._resource.key))

    def updated(
        self, part: Part, stored: Mapping[str, Any], sent: Mapping[str, Any], now: datetime, *, removing: bool
    ) -> dict[str, Any] | None:
        """
        The record with what was sent merged in (RFC 7396).

        Unless null is `removing`, it is the value of a member that may be null.
        """
        record = _merged(stored, self.sendable(sent), self._resource.record.view, removing=removing)
        return self._finished(self._changed(part, record, stored, now), stored, stored.get(self._resource.key))

    def not_kept(self, sent: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
        """The members that were sent and that the record has otherwise, or not; what is write-only is not missed."""
        return [
            name
            for name, value in self.sendable(sent).items()
            if name != self._resource.key
            and (name not in self._members or not is_nothing(self._members[name].node))
            and (name not in record or record[name] != value)
            and not (value is None and name not in record)
        ]

    def sendable(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """What a client may write of what it sent."""
        return {name: value for name, value in sent.items() if name not in self.given}

    def _changed(
        self, part: Part, record: Mapping[str, Any], stored: Mapping[str, Any], now: datetime
    ) -> dict[str, Any]:
        key = self._resource.key
        stamps = {name: value for name, value in self._stamps(part, now, (_CHANGED,)).items() if name in stored}
        return {**record, **stamps, **({key: stored[key]} if key in stored else {})}

    def _finished(self, record: Mapping[str, Any], stored: Mapping[str, Any], id: Any) -> dict[str, Any] | None:
        found, _ = fitted(self._resource.record, record, {**self.sample, **stored})
        return found if found is not None and found.get(self._resource.key) == id else None

    def _stamps(self, part: Part, now: datetime, kinds: Sequence[re.Pattern[str]]) -> dict[str, Any]:
        """The times that a server notes by itself: of members that no client writes."""
        found: dict[str, Any] = {}
        sendable = self._sendable_by(part)
        for name, view in self._members.items():
            if (name in self.given or name not in sendable) and any(kind.match(name) for kind in kinds):
                format = view.says("format")
                if format == "date-time":
                    found[name] = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
                elif format == "date":
                    found[name] = now.date().isoformat()
                elif view.kind() == "number" or view.kind() == "integer":
                    found[name] = int(now.timestamp())
        return found

    def _sendable_by(self, part: Part) -> frozenset[str]:
        if part.operation.id not in self._sendable:
            self._sendable[part.operation.id] = part.sendable()
        return self._sendable[part.operation.id]

    def _above(self, part: Part, parents: Sequence[Any]) -> dict[str, Any]:
        """The members that name the parents: shopId or shop_id of what is below /shops/{shopId}."""
        by_words = {words_of(name): name for name in self._members}
        found = {}
        for parameter, value in zip(part.parents, parents, strict=True):
            member = by_words.get(words_of(parameter))
            if member is not None and member != self._resource.key:
                found[member] = value
        return found


def shown_by(part: Part, seed: int | str, *, examples: bool = False) -> list[dict[str, Any]]:
    """The records in the answer of an operation as it is without any kept, or in all its `examples`."""
    status = part.operation.success_status()
    found: list[dict[str, Any]] = []
    for name, slot in part.slots.get(status, {}).items():
        media = part.operation.responses[status].content[name]
        values = [value for value in media.examples.values() if fits(media.schema, value)] if examples else []
        if not examples:
            try:
                values = [DocumentedAnswer(part.operation, seed, status).value(name)]
            except Impossible:
                continue
        for value in values:
            held = slot.read(value)
            found += [
                item for item in (held if slot.many and isinstance(held, list) else [held]) if isinstance(item, dict)
            ]
        if found:
            break
    return found


def _merged(stored: Any, sent: Mapping[str, Any], view: SchemaView, *, removing: bool) -> dict[str, Any]:
    record = dict(stored) if isinstance(stored, Mapping) else {}
    members = view.members()
    for name, value in sent.items():
        member = members.get(name)
        if value is None and (removing or member is None or not member.nullable):
            record.pop(name, None)
        elif isinstance(value, dict) and member is not None:
            record[name] = _merged(record.get(name), value, member, removing=removing)
        else:
            record[name] = value
    return record
