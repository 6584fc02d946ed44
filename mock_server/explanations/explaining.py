"""Why a request was refused, in full, with a request beside it that would have passed."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from mock_server.explanations.correcting import all_refusals, corrected_request
from mock_server.explanations.drafts import Attempted
from mock_server.explanations.redaction import (
    HIDDEN,
    holds_secret,
    is_secret,
    safe_body,
    safe_headers,
    safe_target,
    secret_queries,
)
from mock_server.explanations.unmatched import UnmatchedRequest
from mock_server.operations.authentication import credential_headers
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.request import Request
from mock_server.reply import Call, Refusal
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from specs.contract import Contract
from specs.flaws import CasepactError, Place
from specs.loading import load_ledger, load_shared
from specs.references import at, split
from specs.statements import Ledger

_LONGEST_BODY = 16_384
"""Bytes of a body that are kept; five hundred refusals of the largest bodies would be gigabytes."""


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
    size: int = 0
    """Bytes of a body that was too long to be kept."""
    is_exact: bool = True
    """Whether the records are those of the moment; else they are those of now."""

    def __repr__(self) -> str:
        return f"Refused({self.status}, {self.compiled.operation.id!r}, world={self.world!r})"

    def attempted(self) -> Attempted:
        """What the request tried, for mending it."""
        now = self.call.now if self.call is not None else self.clock.now()
        body = self.call.body if self.call is not None else None
        refusals = tuple(self.refusals)
        return Attempted(
            self.compiled, self.request, self.texts, self.raw, body, refusals, self.records, now, self.world
        )

    def first_detail(self) -> str:
        """How the first violation is reported on one line; without the value of a secret."""
        return self.detail(self.refusals[0])

    def details(self) -> str:
        """How all that was found before the answer is reported; without the values of secrets."""
        return "; ".join(self.detail(refusal) for refusal in self.refusals)

    def detail(self, refusal: Refusal) -> str:
        """How a violation is reported; without the value of a secret, which a message of a schema would repeat."""
        names = (refusal.name, *refusal.pointer.split("/"))
        if any(map(is_secret, names)) or self._travels_in_cookie(refusal) or self._repeats_secret(refusal):
            return f"{refusal.pointer or refusal.name}: is not as the contract wants it ({HIDDEN})"
        return refusal.detail

    def _travels_in_cookie(self, refusal: Refusal) -> bool:
        parameters = self.compiled.operation.parameters
        return any(item.location == "cookie" and item.name == refusal.name for item in parameters)

    def _repeats_secret(self, refusal: Refusal) -> bool:
        if refusal.missing or self.call is None:
            return False
        try:
            return holds_secret(at(self.call.body, tuple(split(refusal.pointer))))
        except LookupError:
            return False


class RefusalBook:
    """The last refused requests by id; ids of one start of the mock never name requests of another."""

    def __init__(self, prefix: str, length: int = 500) -> None:
        self._prefix, self._length = prefix, length
        self._numbers = itertools.count(1)
        self._kept: OrderedDict[str, Refused | UnmatchedRequest] = OrderedDict()

    def serve(self, operations: Iterable[CompiledOperation]) -> None:
        """The operations that refuse requests from now on; what is kept here knows its own."""

    def new_id(self) -> str:
        """An id that no request has yet."""
        return f"{self._prefix}-{next(self._numbers)}"

    def keep(self, refused: Refused | UnmatchedRequest) -> str:
        """The id under which the request is found from now on."""
        id = self.new_id()
        self._kept[id] = bounded(refused) if isinstance(refused, Refused) else refused
        if len(self._kept) > self._length:
            self._kept.popitem(last=False)
        return id

    def find(self, id: str) -> Refused | UnmatchedRequest | None:
        """The request, or None when there was none of this id or it has been forgotten."""
        return self._kept.get(id)

    def details(self, ids: Iterable[str]) -> Mapping[str, str]:
        """What is reported of those of these requests that are still known, without the values of secrets."""
        found = {id: self.find(id) for id in ids}
        return {id: refused.details() for id, refused in found.items() if refused is not None}


def bounded(refused: Refused) -> Refused:
    """The request without a body that is too long to be kept."""
    if len(refused.raw) <= _LONGEST_BODY:
        return refused
    return refused._replace(raw=b"", call=None, size=len(refused.raw))


def explain(id: str, refused: Refused | UnmatchedRequest) -> dict[str, Any]:
    """
    The explanation of a refusal: every violation with its place in request and contract, and a request that passes.

    Secrets are hidden. The corrected request has been run through admission and rules, on the records of the moment of
    the refusal; None, with a note that says so, when none was found.
    """
    if isinstance(refused, UnmatchedRequest):
        return _explained_unmatched(id, refused)
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
            "path": safe_target(request.target, secret_queries(compiled.contract)),
            "headers": safe_headers(request.headers, credential_headers(compiled.contract)),
            "body": safe_body(refused.raw, request.headers.get("content-type", ""), refused.size),
        },
        "answer": {"status": refused.status},
        "violations": [_violation(refused, refusal) for refusal in found],
        "corrected": corrected,
        "note": _noted(_NOTE if corrected is not None else _NO_NOTE, refused),
    }


_NOTE = (
    "The corrected request was run through the contract and its rules; [credential of …] stands for that actor's own, "
    f"{HIDDEN} for what was sent."
)
_UNMATCHED_NOTE = "No operation that is near to this request was found; /API/ui/ shows those of each API."
_NO_NOTE = "No request near to this one was found that the contract admits; see the samples of the operation."


_INEXACT_NOTE = (
    "The world has changed too often since, or is gone: this rests on the records of now, not on those of the refusal."
)


def _noted(note: str, refused: Refused | UnmatchedRequest) -> str:
    return note if refused.is_exact else f"{note} {_INEXACT_NOTE}"


def _explained_unmatched(id: str, refused: UnmatchedRequest) -> dict[str, Any]:
    """What was asked for and is not there; what was sent as a body was never read."""
    request, contracts = refused.request, {item.contract.api: item.contract for item in refused.candidates}
    hidden = {name for contract in contracts.values() for name in credential_headers(contract)}
    secrets = {name for contract in contracts.values() for name in secret_queries(contract)}
    corrected = refused.corrected()
    contract = contracts.get(refused.api)
    ledger = _ledger(contract) if contract is not None else load_shared()
    statements = list(refused.refusal.statements)
    places = [place for name in statements for place in (contract.carried.get(name, ()) if contract else ())]
    if refused.texts is not None:
        places.append(refused.candidates[0].operation.place)
    violation = {
        "statements": statements,
        "says": [ledger[name].says for name in statements if ledger is not None and name in ledger.statements],
        "detail": refused.details(),
        "pointer": "",
        "contract": str(places[0]) if places else None,
    }
    return {
        "refusal": id,
        "at": datetime.fromtimestamp(refused.at, UTC).isoformat().replace("+00:00", "Z"),
        "world": refused.world,
        "api": refused.api,
        "operation": "",
        "request": {
            "method": request.method,
            "path": safe_target(request.target, secrets),
            "headers": safe_headers(request.headers, hidden),
            "body": None,
        },
        "answer": {"status": refused.status},
        "violations": [violation],
        "corrected": corrected,
        "note": _noted(_NOTE if corrected is not None else _UNMATCHED_NOTE, refused),
    }


def _all_refusals(refused: Refused) -> list[Refusal]:
    """What was found before the answer, and what the remaining rules have against the request."""
    if refused.call is None:
        return list(refused.refusals)
    return all_refusals(refused.compiled, replace(refused.call, records=refused.records), refused.refusals)


def _violation(refused: Refused, refusal: Refusal) -> dict[str, Any]:
    compiled = refused.compiled
    statements = compiled.refusals.statements([refusal])
    ledger = _ledger(compiled.contract)
    return {
        "statements": statements,
        "says": [ledger[name].says for name in statements if ledger is not None and name in ledger.statements],
        "detail": refused.detail(refusal),
        "pointer": refusal.pointer,
        "contract": str(_place(compiled, refusal, statements)),
    }


def _place(compiled: CompiledOperation, refusal: Refusal, statements: list[str]) -> Place:
    """
    Where the contract carries the first of these statements that it carries at all.

    Of several places one within this operation is chosen. Then, for what the refusal itself names, one in what
    operations share, which stands behind them; for what its kind names, the kind, which stands before them. The
    operation itself where a rule alone carries the statement.
    """
    start = compiled.operation.place
    starts = sorted(item.place for item in compiled.contract.operations.values())
    end = next((place for place in starts if place > start), Place(start.file, 10**9))
    for name in statements:
        places = sorted(compiled.contract.carried.get(name, ()))
        within = [place for place in places if start <= place < end]
        before = [place for place in places if place < starts[0]]
        behind = [place for place in places if place > starts[-1]]
        if places:
            return (within or (behind or before if refusal.statements else before) or places)[0]
    return start


def _ledger(contract: Contract) -> Ledger | None:
    """The ledger, read when somebody first asks why unless the contract has it; a foreign contract has none."""
    return contract.ledger if contract.ledger.statements else _read_ledger(contract.api, contract.edition)


@cache
def _read_ledger(api: str, edition: str) -> Ledger | None:
    try:
        return load_ledger(api, edition)
    except CasepactError:
        return None
