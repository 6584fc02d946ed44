"""Why a request was refused, in full, with a request beside it that would have passed."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import orjson

from mock_server.http.authentication import credential_headers
from mock_server.http.compiled import CompiledOperation, breaches
from mock_server.http.correcting import Attempted, corrected_request
from mock_server.http.redaction import HIDDEN, is_secret, safe_headers, safe_target, safe_value
from mock_server.http.request import Request
from mock_server.reply import Call, Refusal
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from specs.flaws import CasepactError
from specs.loading import load_ledger
from specs.statements import Ledger

_LONGEST_BODY = 16_384
"""Bytes of a body that are kept."""


class Refused(NamedTuple):
    """
    A refused request as it came, with the records and the clock of that moment; `call` is None if it was not read.

    What a client sent stays out of `repr`: it may be secret.
    """

    at: float
    world: str
    compiled: CompiledOperation
    request: Request
    texts: Mapping[str, str]
    raw: bytes
    status: int
    refusals: Sequence[Refusal]
    call: Call | None
    records: Records
    clock: Clock

    def __repr__(self) -> str:
        return f"Refused({self.status}, {self.compiled.operation.id!r}, world={self.world!r})"

    def attempted(self) -> Attempted:
        """What the request tried, for mending it."""
        now = self.call.now if self.call is not None else self.clock.now()
        body = self.call.body if self.call is not None else None
        return Attempted(
            self.compiled, self.request, self.texts, self.raw, body, tuple(self.refusals), self.records, now
        )

    def first_detail(self) -> str:
        """How the first violation is told on one line; without the value of a secret."""
        return _detail(self.refusals[0])


class RefusalBook:
    """The last refused requests by id; ids of one start of the mock never name requests of another."""

    def __init__(self, prefix: str, length: int = 500) -> None:
        self._prefix, self._length = prefix, length
        self._numbers = itertools.count(1)
        self._kept: OrderedDict[str, Refused] = OrderedDict()

    def keep(self, refused: Refused) -> str:
        """The id under which the request is found from now on."""
        id = f"{self._prefix}-{next(self._numbers)}"
        self._kept[id] = refused
        if len(self._kept) > self._length:
            self._kept.popitem(last=False)
        return id

    def find(self, id: str) -> Refused | None:
        """The request, or None when there was none of this id or it has been forgotten."""
        return self._kept.get(id)


def explain(id: str, refused: Refused) -> dict[str, Any]:
    """
    The explanation of a refusal: every violation with its place in request and contract, and a request that passes.

    Secrets are hidden. The corrected request has been run through admission and rules, on the records of the moment of
    the refusal; None, with a note that says so, when none was found.
    """
    compiled, request = refused.compiled, refused.request
    corrected = corrected_request(refused.attempted())
    found = _all_refusals(refused)
    return {
        "refusal": id,
        "at": datetime.fromtimestamp(refused.at, UTC).isoformat().replace("+00:00", "Z"),
        "world": refused.world,
        "api": compiled.contract.api,
        "operation": compiled.operation.id,
        "request": {
            "method": request.method,
            "path": safe_target(request.target),
            "headers": safe_headers(request.headers, credential_headers(compiled.contract)),
            "body": _shown_body(refused.raw),
        },
        "answer": {"status": refused.status},
        "violations": [_violation(compiled, refusal) for refusal in found],
        "corrected": corrected,
        "note": _NOTE if corrected is not None else _NO_NOTE,
    }


_NOTE = (
    "The corrected request was run through the contract and its rules; [credential of …] stands for that actor's own."
)
_NO_NOTE = "No request near to this one was found that the contract admits; see the samples of the operation."


def _all_refusals(refused: Refused) -> list[Refusal]:
    """What was found before the answer, and what the remaining rules have against it."""
    found = list(refused.refusals)
    schema_holds = not any(_kind(refusal) in _BEFORE_RULES for refusal in found)
    if refused.call is not None and schema_holds:
        known = {(refusal.kind, refusal.detail) for refusal in found}
        found += [
            item
            for item in breaches(refused.compiled, replace(refused.call, records=refused.records))
            if (item.kind, item.detail) not in known
        ]
    return found


_BEFORE_RULES = frozenset({"invalid", "parameter", "unreadable", "media-type", "missing-body"})


def _kind(refusal: Refusal) -> str:
    return refusal.kind.partition(".")[0]


def _violation(compiled: CompiledOperation, refusal: Refusal) -> dict[str, Any]:
    kind = compiled.refusals.kinds[refusal.kind]
    statements = list(refusal.statements) or [kind.statement]
    ledger = _ledger(compiled.contract.api)
    return {
        "statements": statements,
        "says": [ledger[name].says for name in statements if ledger is not None and name in ledger.statements],
        "detail": _detail(refusal),
        "pointer": refusal.pointer,
        "contract": _place(compiled, statements),
    }


def _place(compiled: CompiledOperation, statements: list[str]) -> str | None:
    """The line of the contract that carries the first of these statements; of several the one in this operation."""
    places = [place for name in statements for place in compiled.contract.carried.get(name, ())]
    start = compiled.operation.place
    inside = [place for place in places if place.file == start.file and place.line >= start.line]
    chosen = min(inside) if inside else next(iter(places), start)
    return str(chosen)


@cache
def _ledger(api: str) -> Ledger | None:
    """The ledger, read when somebody first asks why; a foreign contract has none."""
    try:
        return load_ledger(api)
    except CasepactError:
        return None


def _detail(refusal: Refusal) -> str:
    last = refusal.pointer.rsplit("/", 1)[-1]
    if is_secret(refusal.name) or is_secret(last):
        return f"{refusal.pointer or refusal.name}: is not as the contract wants it ({HIDDEN})"
    return refusal.detail


def _shown_body(raw: bytes) -> Any:
    if not raw:
        return None
    if len(raw) > _LONGEST_BODY:
        return f"[{len(raw)} bytes]"
    try:
        return safe_value(orjson.loads(raw))
    except orjson.JSONDecodeError:
        text = raw.decode("utf-8", "replace")
        return HIDDEN if is_secret(text) else text
