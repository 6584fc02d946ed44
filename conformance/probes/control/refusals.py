"""Refusals: why a request was refused, how it would be carried out, and what is not shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import orjson

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.control.cases import WRITE, send_untitled
from conformance.probes.control.own_world import AICC, JSON, NOWHERE, SEEDED, OwnWorld, in_own_world, served_apis
from conformance.probes.control.promises import member_of, promise, shows
from conformance.target.decoding import decoded
from conformance.target.exchange import Exchange, Request
from specs.contract import Contract
from specs.references import at, split
from specs.schema import SchemaView
from specs.source import PACKAGE

TOKEN = "getToken"
PLANTED = "casepact-planted"
"""What a planted secret begins with."""

_PLACE = re.compile(r"(.+\.yaml):(\d+)\Z")
_CREDENTIAL = re.compile(r"\[credential of (.+)\]\Z")


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of refusals."""
    yield Probe(
        "a refusal is explained", "getRefusal", ("CTL-80", "CTL-81", "CTL-82"), in_own_world(_explained), SEEDED
    )
    yield Probe("corrected requests", "getRefusal", ("CTL-82",), in_own_world(_corrected))
    yield Probe("secrets", "getRefusal", ("CTL-83",), in_own_world(_secrets), SEEDED)


def _explained(ctx: ProbeContext, world: OwnWorld) -> None:
    within = world.within(AICC)
    refused = send_untitled(within)
    entries = member_of(world.steer("getJournal"), "entries", [])
    id = f"{entries[-1]['refusal']}" if entries else NOWHERE
    found = ctx.call("getRefusal", path={"refusal": id})
    if not ctx.accepted(["CTL-80"], found, "the refusal that the journal names"):
        return
    linked = f"/refusals/{id}>" in refused.response.header("link")
    promise(ctx, "CTL-80", linked, found, "The Link of a refusal", id, refused.response.header("link"), chain=[refused])
    shown = tuple(found.value[name] for name in ("refusal", "world", "api", "operation"))
    due = (id, world.name, AICC, WRITE)
    promise(ctx, "CTL-80", shown == due, found, "Another refusal", f"{due}", f"{shown}", chain=[refused])
    shows(ctx, "CTL-80", found, {"status": refused.response.status}, "the answer that was given", "answer")
    _violations(ctx, within.contract, found, refused)
    corrected = found.value["corrected"]
    promise(ctx, "CTL-82", corrected is not None, found, "No corrected request", "one with a title", chain=[refused])
    _try(ctx, world, within, found, refused)


def _corrected(ctx: ProbeContext, world: OwnWorld) -> None:
    """Every operation with a body, sent without each member that must be there."""
    for api in served_apis(ctx):
        within = world.within(api)
        for operation in within.contract.documented():
            media = operation.body.get(JSON)
            if media is None or media.schema is None:
                continue
            made = within.draft(operation.id)
            for pointer in _required(made.body, media.schema.view):
                refused = within.send(made.without_member(pointer), operation.id)
                entries = member_of(world.steer("getJournal", query={"last": 1}), "entries", [])
                if refused.response.status >= 400 and entries and entries[-1]["refusal"]:
                    found = ctx.call("getRefusal", path={"refusal": entries[-1]["refusal"]})
                    if ctx.accepted(["CTL-80"], found, "the refusal that the journal names"):
                        _try(ctx, world, within, found, refused)


def _secrets(ctx: ProbeContext, world: OwnWorld) -> None:
    within = world.within(AICC)
    actor = within.target.credentials.of(within.operation(WRITE), within.contract.default_actor)
    own = actor.headers[0][1] if actor is not None else NOWHERE
    planted: list[tuple[str, dict[str, Any]]] = [
        (WRITE, {"headers": {"access-token": f"{PLANTED}-1"}, "body": {}, "actor": None}),
        (WRITE, {"headers": {"Cookie": f"session={PLANTED}-2", "X-Api-Key": f"{PLANTED}-3"}, "body": {}}),
        (WRITE, {"headers": {"Authorization": f"Basic {PLANTED}-4"}, "body": {}}),
        (WRITE, {"query": {"password": f"{PLANTED}-5", "access_token": f"{PLANTED}-6"}, "body": {}}),
        (WRITE, {"body": {"caseInfo": {"clientSecret": f"{PLANTED}-7", "deep": [{"password": f"{PLANTED}-8"}]}}}),
        (WRITE, {"raw": f'{{"password": "{PLANTED}-9"'.encode(), "media": JSON}),
        (
            TOKEN,
            {
                "raw": f"grant_type=x&client_id=y&client_secret={PLANTED}-10".encode(),
                "media": "application/x-www-form-urlencoded",
            },
        ),
        (
            TOKEN,
            {"raw": f"client_id=y&client%5Fsecret={PLANTED}-11".encode(), "media": "application/x-www-form-urlencoded"},
        ),
    ]
    for name, request in planted:
        if "body" in request:
            request["media"] = JSON
        refused = within.call(name, **request)
        read = world.steer("getJournal", query={"last": 1})
        entries = member_of(read, "entries", [])
        id = entries[-1]["refusal"] if entries else None
        if refused.response.status < 400 or id is None:
            continue
        found = ctx.call("getRefusal", path={"refusal": id})
        for shown in (found, read):
            text = shown.response.body.decode("utf-8", "replace")
            leaked = [secret for secret in (PLANTED, own) if secret in text]
            what = ", ".join(sorted(request))
            title = f"A secret is shown: {name} with {what}"
            promise(ctx, "CTL-83", not leaked, shown, title, "no secret", f"{leaked}", chain=[refused])


def _violations(ctx: ProbeContext, contract: Contract, found: Exchange, refused: Exchange) -> None:
    """Each violation names known statements in their words, a place in the request and a line that carries one."""
    violations = found.value["violations"]
    named = {name for item in violations for name in item["statements"]}
    due = {*refused.response.header("x-casepact-statement").split(", ")}
    promise(
        ctx,
        "CTL-81",
        due <= named and bool(due),
        found,
        "Statements that are not named",
        f"{due}",
        f"{named}",
        chain=[refused],
    )
    for item in violations:
        known = [
            contract.ledger.statements[name].says for name in item["statements"] if name in contract.ledger.statements
        ]
        promise(
            ctx,
            "CTL-81",
            item["says"] == known != [],
            found,
            "Statements in other words",
            f"{known}",
            f"{item['says']}",
            chain=[refused],
        )
        lines = {str(place) for name in item["statements"] for place in contract.carried.get(name, ())}
        lines.add(str(contract.operation(refused.operation).place))
        place = _PLACE.match(item["contract"] or "")
        carried = place is not None and item["contract"] in lines and (PACKAGE.parent / place[1]).is_file()
        promise(
            ctx,
            "CTL-81",
            carried,
            found,
            "A place in the contract",
            ", ".join(sorted(lines)),
            f"{item['contract']}",
            chain=[refused],
        )
        held = _is_there(refused.sent, item["pointer"])
        promise(
            ctx,
            "CTL-81",
            held,
            found,
            "A place in the request",
            "a place that is there",
            item["pointer"],
            chain=[refused],
        )


def _try(ctx: ProbeContext, world: OwnWorld, within: ProbeContext, found: Exchange, refused: Exchange) -> None:
    """Send the corrected request, if there is one, with the credentials that it speaks of."""
    corrected = found.value["corrected"]
    if corrected is None:
        return
    operation = within.operation(refused.operation)
    headers = {}
    for name, value in corrected["headers"].items():
        spoken = _CREDENTIAL.match(value)
        credentials = within.target.credentials.of(operation, spoken[1]) if spoken else None
        known = {key.lower(): text for key, text in credentials.headers} if credentials else {}
        headers[name] = known.get(name.lower(), value)
    body = None if corrected["body"] is None else orjson.dumps(corrected["body"])
    if corrected["media"] == "application/x-www-form-urlencoded":
        body = urlencode(corrected["body"]).encode()
    root = within.target.api.url.removesuffix(f"/{within.contract.api}")
    request = Request(corrected["method"], root + corrected["path"], tuple(headers.items()), body)
    title = f"The corrected {operation.id} of {within.contract.api} is refused"
    if not request.url.startswith(within.target.api.url):
        documented = f"a path below /{within.contract.api}"
        promise(ctx, "CTL-82", False, found, title, documented, corrected["path"], chain=[refused])
        return
    again = within.target.send(request)
    tried = Exchange(operation.id, request, again, decoded(operation, again)[0])
    held = operation.succeeded(again.status, tried.value)
    received = f"{again.status} {again.body[:120].decode('utf-8', 'replace')}"
    documented = f"{operation.success_status()}"
    promise(ctx, "CTL-82", held, found, title, documented, received, chain=[refused, tried])


def _is_there(body: Any, pointer: str) -> bool:
    try:
        at(body, tuple(split(pointer)))
    except LookupError:
        return False
    return True


def _required(body: Any, schema: SchemaView, pointer: str = "") -> Iterator[str]:
    """The members of this body that its schema requires."""
    if not isinstance(body, dict):
        return
    yield from (f"{pointer}/{name}" for name in schema.says("required", ()) if name in body)
    for name, member in schema.members().items():
        if name in body:
            yield from _required(body[name], member, f"{pointer}/{name}")
