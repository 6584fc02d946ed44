"""Operations of the control API, called from within the process: admitted and carried out as a request is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mock_server.operations.compiled import CompiledOperation, admit, carry_out
from mock_server.operations.request import Request
from mock_server.reply import Refusal


class NotDone(Exception):
    """The control API refuses what was asked; `kind` is that of the first refusal."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__("; ".join(refusal.detail for refusal in refusals))
        self.refusals = refusals

    @property
    def kind(self) -> str:
        """The kind of the first refusal."""
        return self.refusals[0].kind


class ControlCalls:
    """The operations of the control API by operationId. Who calls was asked before."""

    def __init__(self, operations: Mapping[str, CompiledOperation]) -> None:
        self._operations = operations

    def call(self, id: str, texts: Mapping[str, str] | None = None, body: Any = None) -> Any:
        """
        What the operation answers; `texts` are its path parameters, a body of bytes is sent as it is.

        Raises `NotDone`.
        """
        compiled = self._operations[id]
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        headers = {"content-type": "application/json"} if raw else {}
        request = Request(compiled.operation.method, compiled.base + compiled.operation.path, "", headers)
        world = compiled.world
        assert world is not None, "the control API has a world of its own"
        records = world.records[compiled.contract.api]
        call, refusals = admit(compiled, request, texts or {}, raw, None, records, world.clock.now())
        if refusals:
            raise NotDone(refusals)
        outcome = carry_out(compiled, call)
        if isinstance(outcome, Refusal):
            raise NotDone([outcome])
        return outcome.value
