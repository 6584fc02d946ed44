"""The smallest opponent: one note that can be read and written. It shows what serving.py does around it."""

from __future__ import annotations

import os

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tests.opponents.store import Record, Store
from tests.opponents.ways import Fault, Ways

FAULTS = {"deaf": Fault("writeNote", ("NOTE-1",), "state", "What is written to the note is lost.")}
KNOWN = "There is one note, /note, which anybody may read and write."


def build(ways: Ways, fault: str | None, store: Store) -> Starlette:
    """GET /note answers the note and the process that reads it; POST /note adds one to it."""

    async def read(request: Request) -> JSONResponse:
        return JSONResponse({"note": store.shown("note", "1"), "process": os.getpid()})

    async def write(request: Request) -> JSONResponse:
        with store.alone():
            note = store.current("note", "1") or {}
            if fault != "deaf":
                store.put("note", "1", {**note, "written": note["written"] + 1})
        return JSONResponse({"process": os.getpid()})

    return Starlette(routes=[Route("/note", read, methods=["GET"]), Route("/note", write, methods=["POST"])])


def seed(ways: Ways) -> dict[str, dict[str, Record]]:
    """The note, not written yet."""
    return {"note": {"1": {"written": 0, "stirred": 0}}}


def stir(store: Store, turn: int) -> None:
    """Count in the note."""
    with store.alone():
        note = store.current("note", "1") or {}
        store.put("note", "1", {**note, "stirred": turn})


def credentials(ways: Ways) -> dict[str, str]:
    """Nobody needs any."""
    return {"anybody": "no token"}
