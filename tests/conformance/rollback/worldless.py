"""Servers without worlds, and projects for them: the help desk of `casepact init`, and passes that are stamped."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from specs.source import read

TOKEN = "agent-token-0001"
"""What the profiles read from the variable WORLDLESS_TOKEN."""

Records = dict[str, dict[str, Any]]
Meanwhile = Callable[[Records], None]


def nobody(records: Records) -> None:
    """Nobody else uses the server."""


def tickets() -> Records:
    """The tickets of a help desk."""
    return {
        "7": {"id": 7, "title": "Printer on fire", "priority": "normal", "status": "open"},
        "8": {"id": 8, "title": "Keyboard without an E", "priority": "low", "status": "open"},
        "9": {"id": 9, "title": "Password lost", "priority": "normal", "status": "closed"},
    }


def help_desk(records: Records, *, closed_change: bool = False, anybody: bool = False) -> Starlette:
    """
    An independent help desk that anybody may call, if so said.

    With `closed_change` it changes closed tickets too, which its page forbids (TK-9).
    """
    limits = {"title": lambda value: isinstance(value, str) and len(value) <= 100}
    limits["priority"] = lambda value: value in ("low", "normal", "high")
    states = {"status": lambda value: value in ("open", "closed")}

    async def show(request: Request) -> Response:
        return _refusal(request, records, anybody=anybody) or JSONResponse(records[request.path_params["id"]])

    async def write(request: Request, limits: dict[str, Callable[[Any], bool]], *, required: bool) -> Response:
        refusal = _refusal(request, records, anybody=anybody)
        if refusal is not None:
            return refusal
        body = await _body(request)
        if isinstance(body, Response):
            return body
        known = {name: value for name, value in body.items() if name in limits}
        if not all(limits[name](value) for name, value in known.items()) or (required and not known):
            return _problem(400)
        ticket = records[request.path_params["id"]]
        if not required and ticket["status"] == "closed" and not closed_change:
            return _problem(409)
        ticket |= known
        return JSONResponse(ticket)

    async def update(request: Request) -> Response:
        return await write(request, limits, required=False)

    async def set_status(request: Request) -> Response:
        return await write(request, states, required=True)

    return Starlette(
        routes=[
            Route("/tickets/{id}", show, methods=["GET"]),
            Route("/tickets/{id}", update, methods=["PATCH"]),
            Route("/tickets/{id}/status", set_status, methods=["PUT"]),
        ]
    )


def help_desk_profile(project: Path, url: str, writes: str) -> str:
    """Write the profile of a help desk without worlds into a project; gives its name."""
    records = {"ticket.open": {"id": 7}, "ticket.other": {"id": 8}, "ticket.closed": {"id": 9}}
    return _profile(project, "helpdesk", url, writes, {"agent": {"bearer": "${WORLDLESS_TOKEN}"}}, records)


def passes() -> Records:
    """Passes, of which one is void; what was stamped stays so."""
    fresh: Records = {str(id): {"id": id, "stamps": 0, "void": False} for id in range(1, 12)}
    return fresh | {"90": {"id": 90, "stamps": 0, "void": True}}


def stamping(records: Records, *, void_too: bool = False, meanwhile: Meanwhile = nobody) -> Starlette:
    """
    A server that stamps passes, each three times at most; with `void_too` void ones as well, which is forbidden (SP-2).

    What somebody does meanwhile is done after each stamp and each refusal of one.
    """

    async def show(request: Request) -> Response:
        return _refusal(request, records) or JSONResponse(records[request.path_params["id"]])

    async def stamp(request: Request) -> Response:
        refusal = _refusal(request, records)
        if refusal is not None:
            return refusal
        found = records[request.path_params["id"]]
        if found["stamps"] == 3 or (found["void"] and not void_too):
            refusal = _problem(409)
        else:
            found["stamps"] += 1
        answer = refusal or JSONResponse(found)
        meanwhile(records)
        return answer

    return Starlette(
        routes=[
            Route("/passes/{id}", show, methods=["GET"]),
            Route("/passes/{id}/stamp", stamp, methods=["POST"]),
        ]
    )


def stamping_project(project: Path, *, shown_as: str = "{}") -> None:
    """Make a project of `casepact init` one of passes instead, with the form of its refusals."""
    folder = project / "specs" / "passes"
    (project / "specs" / "helpdesk").rename(folder)
    for name in ("behaviours", "probes", "inverses"):
        (project / name / "helpdesk.py").unlink()
    (project / "targets" / "mock.yaml").unlink()
    contract = read(folder / "openapi.yaml").data
    (folder / "openapi.yaml").write_text(json.dumps(_stamping_contract(contract)), encoding="utf-8")
    (project / "pages" / "stamp.txt").write_text(_PAGE, encoding="utf-8")
    ledger = _STATEMENTS.replace("SUM", hashlib.sha256(_PAGE.encode()).hexdigest())
    (folder / "statements.yaml").write_text(ledger, encoding="utf-8")
    (folder / "roles.yaml").write_text(_ROLES, encoding="utf-8")
    (project / "probes" / "passes.py").write_text(_PROBES, encoding="utf-8")
    (project / "inverses" / "passes.py").write_text(_INVERSE.replace("SHOWN_AS", shown_as), encoding="utf-8")


def stamping_profile(project: Path, url: str, spare: str = "3 4 5 6 7 8") -> str:
    """Write the profile of a server of passes into a project; gives its name."""
    first, _, others = spare.partition(" ")
    records = {"pass.open": {"id": 1}, "pass.void": {"id": 90}, "pass.spare": {"id": int(first), "others": others}}
    return _profile(project, "passes", url, "allowed", {"agent": {"bearer": "${WORLDLESS_TOKEN}"}}, records)


def _profile(
    project: Path, api: str, url: str, writes: str, actors: dict[str, Any], records: dict[str, dict[str, Any]]
) -> str:
    described = {"url": url, "actors": actors, "records": records}
    profile = {"writes": writes, "rate": {"requests": 500, "perSeconds": 1}, "apis": {api: described}}
    (project / "targets" / "real.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")
    return "real"


def _refusal(request: Request, records: Records, *, anybody: bool = False) -> Response | None:
    if not anybody and request.headers.get("authorization") != f"Bearer {TOKEN}":
        return _problem(401, {"www-authenticate": "Bearer"})
    return None if request.path_params["id"] in records else _problem(404)


async def _body(request: Request) -> dict[str, Any] | Response:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return _problem(415)
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        return _problem(400)
    return body if isinstance(body, dict) else _problem(400)


def _problem(status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"status": status}, status, headers, "application/problem+json")


def _stamping_contract(contract: dict[str, Any]) -> dict[str, Any]:
    """A contract of passes: they are read, and stamped, of which nothing says what it changes but the answer."""
    text = json.dumps(contract).replace('"TK-5"', '"SP-3"').replace('"TK-9"', '"SP-2"').replace('"TK-3"', '"SP-1"')
    changed: dict[str, Any] = json.loads(text.replace("TKD-", "SPD-"))
    parts = changed["components"]
    refused = {str(status): {"$ref": "#/components/responses/Refused"} for status in (400, 401, 404)}
    shown = {"schema": {"$ref": "#/components/schemas/Pass"}}
    shown["examples"] = {"one": {"value": {"id": 1, "stamps": 0, "void": False}}}
    found = {"description": "The pass.", "content": {"application/json": shown}}
    id = {**parts["parameters"]["Id"], "x-role": "pass.open", "example": 1}
    del id["x-statement"]
    parts["parameters"] = {"Id": id}
    parts["responses"] = {"Refused": parts["responses"]["Refused"]}
    members = {"id": {"type": "integer"}, "stamps": {"type": "integer"}, "void": {"type": "boolean"}}
    parts["schemas"] = {
        "Problem": parts["schemas"]["Problem"],
        "Pass": {"type": "object", "required": list(members), "properties": members},
    }
    changed["x-records"] = {"passes": {"$ref": "#/components/schemas/Pass"}}
    named = [{"$ref": "#/components/parameters/Id"}]
    read = {"operationId": "getPass", "x-supporting": True, "responses": {"200": found, **refused}}
    conflict = {"409": {"$ref": "#/components/responses/Refused"}}
    stamp = {"operationId": "stampPass", "responses": {"200": found, **refused, **conflict}}
    changed["paths"] = {
        "/passes/{id}": {"parameters": named, "get": {**read, "summary": "Read a pass"}},
        "/passes/{id}/stamp": {"parameters": named, "post": {**stamp, "summary": "Stamp a pass"}},
    }
    return changed


_PAGE = "POST /passes/{id}/stamp answers with the pass.\n409: void, or stamped three times.\n401: without a token.\n"

_STATEMENTS = textwrap.dedent(
    """\
    api: passes
    pages:
      - page: "1"
        vendor: A railway
        title: Stamp a pass
        address: pages/stamp.txt
        sha256: SUM
        prefix: SP
        operation: stampPass
    statements:
      - {id: SP-1, says: The answer is the pass., lines: "1", about: answer, proof: contract}
      - id: SP-2
        says: A pass that is void, or was stamped three times, is refused with 409.
        lines: "2"
        about: state
        refusal: promised
        refusal_by: SP-2
        proof: probe
      - id: SP-3
        says: A caller without a token is refused.
        lines: "3"
        about: header Authorization
        refusal: promised
        refusal_by: SP-3
        proof: contract
    facts:
      - id: SPD-1
        standing: assumed
        says: An invalid request is refused with 400.
        source: Nothing says it.
        about: answer
        proof: contract
      - id: SPD-2
        standing: assumed
        says: A pass that does not exist is answered with 404.
        source: Nothing says it.
        about: path id
        proof: contract
      - id: SPD-4
        standing: assumed
        says: A refusal is a problem of RFC 9457.
        source: Nothing says it.
        about: answer
        proof: contract
    """
)

_ROLES = textwrap.dedent(
    """\
    actors:
      agent: {says: Whoever stamps., example: {bearer: token}}
    records:
      pass.open:
        says: A pass that was not stamped yet.
        example: 1
        presumes:
          - {at: /void, is: [false], says: not void}
          - {at: /stamps, is: [0], says: not stamped}
      pass.void:
        says: A pass that is void.
        example: 90
        presumes:
          - {at: /void, is: [true], says: void}
      pass.spare:
        says: Passes that may be stamped.
        example: 3
        spare: pass.open
        entries:
          others: {says: More of them., example: "4 5", required: false}
    """
)

_PROBES = textwrap.dedent(
    '''\
    """What nothing but a request shows."""

    from collections.abc import Iterator

    from conformance.authoring import Contract, Exchange, Probe, ProbeContext


    def probes(contract: Contract) -> Iterator[Probe]:
        """One probe: a void pass is refused, another is stamped twice."""
        yield Probe("void pass", "stampPass", ("SP-2",), _void, ("pass.open", "pass.void"), spends=("pass.open",))


    def _void(ctx: ProbeContext) -> None:
        ctx.refused(["SP-2"], _stamp(ctx, "pass.void"), "a stamp on a void pass")
        for turn in ("first", "second"):
            ctx.accepted(["SP-2"], _stamp(ctx, "pass.open"), f"the {turn} stamp on another")


    def _stamp(ctx: ProbeContext, role: str) -> Exchange:
        return ctx.call("stampPass", path={"id": str(ctx.record(role)["id"])})
    '''
)

_INVERSE = textwrap.dedent(
    '''\
    """A pass can be read, and nothing takes a stamp away."""

    from collections.abc import Sequence

    from conformance.authoring import Ask, Inverse, NotRead, Sent, State


    def read(ask: Ask, ids: Sequence[str]) -> dict[str, State]:
        """Each pass as getPass shows it."""
        found: dict[str, State] = {}
        for id in ids:
            exchange = ask("getPass", path={"id": id})
            if exchange.response.status != 200:
                raise NotRead(f"getPass answered {exchange.response.status}")
            found[id] = exchange.value
        return found


    def named(sent: Sent) -> frozenset[str]:
        """The id in the path."""
        return frozenset([sent.arguments["id"]] if "id" in sent.arguments else ())


    def obstacles(sent: Sent, found: State) -> dict[str, str]:
        """A stamp stays."""
        return {"": "no operation takes a stamp away"}


    def mend(ask: Ask, id: str, found: State, now: State) -> None:
        """There is nothing to send."""


    INVERSE = Inverse(read, named, obstacles, mend, kinds=("pass",), shown_as=SHOWN_AS)
    '''
)
