"""Records → the answers of an operation, each as its schema has it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.behaviours.by_shape.listing import Page, with_page
from mock_server.behaviours.by_shape.recognition import Part
from mock_server.behaviours.by_shape.slots import Slot, declared, fitted
from mock_server.behaviours.unmodelled import DocumentedAnswer
from mock_server.reply import Call, Refusal, Reply, in_header
from mock_server.synthesis.answers import BODILESS, fits
from mock_server.synthesis.merging import without_forbidden
from mock_server.synthesis.synthesis import Impossible
from mock_server.worlds.records import Change
from specs.contract import Operation

MARK = "x-casepact-unmodelled"
BY_SHAPE = {MARK: "by-shape"}
"""Tells answers that show or change records from those that are made up."""
DETAIL = "x-casepact-detail"

_TOTAL = re.compile(r"(?:x-)?total(?:-count)?\Z")
_ADAPTED = "what the records lack, or have otherwise than this answer, is made up"


class Answers:
    """The successes of one operation, filled with records where the document has a place for them."""

    __slots__ = ("_documented", "_part", "_usual")

    def __init__(self, part: Part, seed: int | str) -> None:
        self._part, operation = part, part.operation
        self._usual = operation.success_status()
        self._documented = {
            status: DocumentedAnswer(operation, seed, status)
            for status in operation.responses
            if status == self._usual or _is_sent_alike(operation, status, self._usual)
        }

    @property
    def creating(self) -> int:
        """The status for a record that was not there: 201 where it is documented and can be given."""
        return 201 if 201 in self._documented else self._usual

    @property
    def changing(self) -> int:
        """The status for a record that was there."""
        return next((status for status in sorted(self._documented) if status != 201), self._usual)

    def stateless(self, call: Call, reason: str = "") -> Reply | Refusal:
        """The answer that a request would get if nothing were kept, with the reason why it does."""
        reply = self._documented[self._usual](call)
        if isinstance(reply, Refusal) or not reason:
            return reply
        detail = f"not by the records: {reason}".encode("ascii", "replace").decode()
        return reply._replace(headers={**reply.headers, DETAIL: in_header(detail)[:300]})

    def empty(self, call: Call, status: int | None = None, **more: Any) -> Reply | Refusal:
        """The answer as it is documented, to an operation of which it shows no record."""
        reply = self._documented[self._usual if status is None else status](call)
        return reply if isinstance(reply, Refusal) else _marked(reply, **more)

    def one(
        self,
        call: Call,
        record: Mapping[str, Any],
        changes: tuple[Change, ...] = (),
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | Refusal:
        """The answer with a record in it, or as it is documented where it has no place for one."""
        status = self._usual if status is None else status
        documented = self._documented[status]
        media = documented.media(call)
        slot = self._part.slots.get(status, {}).get(media)
        if slot is None:
            return self.empty(call, status, changes=changes, headers=headers)
        base = _base(documented, media)
        spare = slot.read(base)
        shown, adapted = fitted(slot.record, record, spare if isinstance(spare, dict) else {})
        value = slot.write(base, shown)
        if shown is None or not fits(slot.whole, value):
            return self._unshown(call, changes)
        return _filled(documented, value, changes=changes, headers=headers, adapted=adapted)

    def many(self, call: Call, page: Page) -> Reply | Refusal:
        """The answer with an array of records in it."""
        documented = self._documented[self._usual]
        media = documented.media(call)
        slot = self._part.slots.get(self._usual, {}).get(media)
        if slot is None:
            return self.stateless(call)
        base = _base(documented, media)
        view = slot.record.view
        held: list[Any] = [without_forbidden(view, declared(view, record)) for record in page.records]
        value, adapted = slot.write(base, held), False
        if not fits(slot.whole, value):
            held, adapted = _adapted(slot, base, page.records), True
            value = slot.write(base, held)
            if not fits(slot.whole, value):
                return self._unshown(call, ())
        counted = self._counted(page)
        return _filled(documented, with_page(value, slot.at, page, slot.whole), headers=counted, adapted=adapted)

    def _counted(self, page: Page) -> dict[str, str]:
        """The documented headers that say how many records there are."""
        headers = self._part.operation.responses[self._usual].headers
        return {
            name: str(page.total)
            for name, header in headers.items()
            if _TOTAL.match(name) and fits(header.schema, page.total)
        }

    def _unshown(self, call: Call, changes: tuple[Change, ...]) -> Reply | Refusal:
        """The documented answer where none with the records fits its schema; what was written is kept."""
        reply = self.stateless(call, "none with them fits the schema of this answer")
        return reply if isinstance(reply, Refusal) else reply._replace(changes=changes)


def _is_sent_alike(operation: Operation, status: int, usual: int) -> bool:
    """Whether another success can be given: with the representations of the usual one, or without a body."""
    if not 200 <= status < 300:
        return False
    content = operation.responses[status].content
    return not content or status in BODILESS or content.keys() == operation.responses[usual].content.keys()


def _base(documented: DocumentedAnswer, media: str) -> Any:
    """What stands around records; nothing where no answer can be made up."""
    try:
        return documented.value(media)
    except Impossible:
        return {}


def _adapted(slot: Slot, base: Any, records: Sequence[Mapping[str, Any]]) -> list[Any]:
    """The records as items of an answer: without those that do not fit, and no more than may stand there."""
    found = slot.read(base)
    spare = found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}
    held = [shown for record in records if (shown := fitted(slot.record, record, spare)[0]) is not None]
    array = slot.whole.view
    for name in slot.at:
        array = array.members()[name]
    most = array.says("maxItems")
    return held[:most] if isinstance(most, int) else held


def _filled(
    documented: DocumentedAnswer,
    value: Any,
    *,
    changes: tuple[Change, ...] = (),
    headers: Mapping[str, str] | None = None,
    adapted: bool = False,
) -> Reply:
    detail = {DETAIL: _ADAPTED} if adapted else {}
    try:
        own = documented.headers()
    except Impossible as error:
        own, detail = {}, {DETAIL: in_header(f"a header is left out: {error}")[:300]}
    return Reply(value, changes, documented.status, {**own, **BY_SHAPE, **detail, **(headers or {})})


def _marked(reply: Reply, *, changes: tuple[Change, ...] = (), headers: Mapping[str, str] | None = None) -> Reply:
    return reply._replace(changes=changes, headers={**reply.headers, **BY_SHAPE, **(headers or {})})
