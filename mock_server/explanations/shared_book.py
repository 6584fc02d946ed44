"""Refused requests that any of several processes can explain: kept with the worlds, read when somebody asks."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mock_server.explanations.explaining import RefusalBook, Refused, bounded
from mock_server.explanations.unmatched import UnmatchedRequest
from mock_server.operations.compiled import CompiledOperation, admit, caller
from mock_server.operations.request import Request
from mock_server.reply import Refusal
from mock_server.worlds.clock import Clock
from mock_server.worlds.records import Records
from mock_server.worlds.shared.errors import UnreadableState
from mock_server.worlds.shared.fields import clock_value, decode, encode, read_clock
from mock_server.worlds.shared.image import reached_back, with_fields
from mock_server.worlds.shared.store import SharedWorldStore


class SharedRefusalBook(RefusalBook):
    """
    The last refused requests of all processes.

    Of the records of that moment the stamp of the world is kept, and what has changed since is undone for whoever asks.
    """

    def __init__(self, store: SharedWorldStore) -> None:
        super().__init__("")
        self._store = store
        self._operations: dict[tuple[str, str], CompiledOperation] = {}

    def new_id(self) -> str:
        """An id that no request has yet, of whatever process."""
        return f"{self._store.process}{super().new_id()}"

    def serve(self, operations: Iterable[CompiledOperation]) -> None:
        """The operations that refuse requests from now on."""
        self._operations = {(item.contract.api, item.operation.id): item for item in operations}

    def keep(self, refused: Refused | UnmatchedRequest) -> str:
        """The id under which every process finds the request, once the act counts that has refused it."""
        id = self.new_id()
        if isinstance(refused, UnmatchedRequest):
            kept: dict[str, Any] = {"refusals": [refused.refusal], "api": refused.api, "operation": ""}
            if refused.texts is not None:
                kept["candidates"] = [item.operation.id for item in refused.candidates]
        else:
            refused = bounded(refused)
            compiled = refused.compiled
            kept = {
                "refusals": list(refused.refusals),
                "api": compiled.contract.api,
                "operation": compiled.operation.id,
                "raw": base64.b64encode(refused.raw).decode(),
                "size": refused.size,
                "now": refused.call.now.isoformat() if refused.call is not None else None,
            }
        request = refused.request
        kept |= {
            "at": refused.at,
            "world": refused.world,
            "stamp": self._store.stamp(refused.world).decode(),
            "status": refused.status,
            "texts": refused.texts,
            "clock": clock_value(refused.clock).decode(),
            "details": refused.details(),
            "request": [request.method, request.path, request.query, request.headers, request.doubled],
            "prefix": request.prefix,
        }
        self._store.keep_refusal(id, encode(kept))
        return id

    def details(self, ids: Iterable[str]) -> Mapping[str, str]:
        """What is reported of those of these requests that are still known, without the values of secrets."""
        wanted = list(ids)
        found = self._store.found(*(("refusal", id) for id in wanted))
        return {id: decode(kept)["details"] for id, kept in zip(wanted, found, strict=True) if kept is not None}

    def find(self, id: str) -> Refused | UnmatchedRequest | None:
        """The request, with the records of that moment as far as they can be found again."""
        (text,) = self._store.found(("refusal", id))
        if text is None:
            return None
        try:
            return self._read(decode(text))
        except UnreadableState:
            return None

    def _read(self, kept: Mapping[str, Any]) -> Refused | UnmatchedRequest | None:
        request = Request(*kept["request"])
        request.prefix = kept["prefix"]
        refusals = [_refusal(item) for item in kept["refusals"]]
        clock = read_clock(kept["clock"].encode())
        if not kept["operation"]:
            return self._unmatched(kept, request, refusals[0], clock)
        return self._refused(kept, request, refusals, clock)

    def _refused(
        self, kept: Mapping[str, Any], request: Request, refusals: list[Refusal], clock: Clock
    ) -> Refused | None:
        compiled = self._operations.get((kept["api"], kept["operation"]))
        if compiled is None:
            return None
        records: Mapping[str, Records]
        if compiled.world is not None:
            records, is_exact = compiled.world.records, True
        else:
            records, is_exact = self._past(kept["world"], kept["stamp"])
        raw, texts, mine = base64.b64decode(kept["raw"]), kept["texts"], records[compiled.contract.api]
        call = None
        if kept["now"] is not None:
            actor, _ = caller(compiled, request, mine)
            call, _ = admit(compiled, request, texts, raw, actor, mine, datetime.fromisoformat(kept["now"]))
        return Refused(
            kept["at"],
            kept["world"],
            compiled,
            request,
            texts,
            raw,
            kept["status"],
            refusals,
            call,
            mine,
            clock,
            kept["size"],
            is_exact,
        )

    def _unmatched(
        self, kept: Mapping[str, Any], request: Request, refusal: Refusal, clock: Clock
    ) -> UnmatchedRequest | None:
        api, named = kept["api"], kept.get("candidates")
        of_api = [item for (name, _), item in self._operations.items() if name == api or not api]
        candidates = [item for item in of_api if item.operation.id in named] if named is not None else of_api
        if not api:
            candidates = [item for item in candidates if item.world is None]
        if not candidates:
            return None
        records, is_exact = self._past(kept["world"], kept["stamp"])
        return UnmatchedRequest(
            kept["at"],
            kept["world"],
            request,
            kept["status"],
            api,
            refusal,
            candidates,
            kept["texts"],
            records,
            clock,
            is_exact,
        )

    def _past(self, world: str, stamp: str) -> tuple[Mapping[str, Records], bool]:
        """The records of a world at a stamp; those of now, and False, where too much has changed since."""
        seed = self._store.start
        if not stamp:
            return seed.records, True
        (past,) = self._store.found(("past", world, stamp))
        if past is None:
            found = self._store.find(world)
            return found.records if found is not None else seed.records, False
        fields, changes = past
        kept = {name: value for name, value in reached_back(fields, changes).items() if name.startswith((b"=r", b"=a"))}
        return with_fields(seed.records, dict(kept), seed), True


def _refusal(item: list[Any]) -> Refusal:
    kind, statements, detail, pointer, name, missing, headers = item
    return Refusal(kind, tuple(statements), detail, pointer, name, missing, headers)
