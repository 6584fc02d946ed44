"""Who is served, and in which order requests are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.crm import CLOSE, OPEN, PRIVATE, UNKNOWN_CASE, UNKNOWN_CREDENTIALS, promise
from conformance.probes.onlyoffice.records import PLAIN_COMPANY, PLAIN_PERSON, RIGHTS, UNKNOWN_CONTACT, id_of
from conformance.probes.onlyoffice.requests import (
    ADD,
    JSON,
    REMOVE,
    WRITE,
    carried_out,
    hidden_case,
    refused,
    send,
    titled,
)
from conformance.target.exchange import FORM
from specs.contract import Contract
from specs.statements import Side


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of the order of checks."""
    yield Probe("nobody changes nothing", WRITE, ("OU-03", "OO-53"), _nobody_updates, (OPEN,), unauthorized=True)
    yield Probe("nobody adds nothing", ADD, ("OC-03", "OO-53"), _nobody_adds, (OPEN, PLAIN_COMPANY), unauthorized=True)
    yield Probe("order of checks", WRITE, ("OO-53", "OO-55"), _order_of_update, RIGHTS)
    yield Probe("order of checks", ADD, ("OO-53",), _order_of_contacts, (OPEN, PLAIN_PERSON))
    yield Probe("without a caseid", ADD, ("OC-13",), _no_caseid, (PLAIN_PERSON,))
    yield Probe("numbers of letters", REMOVE, ("OO-7", "D-10"), _letters, (OPEN,))
    yield Probe("refusals as XML", WRITE, ("OO-51",), _refused_as_xml, RIGHTS)


def _nobody_updates(ctx: ProbeContext) -> None:
    refused(ctx, "OU-03", 401, "an update by nobody", body=titled(ctx), actor=None)
    for name, value in UNKNOWN_CREDENTIALS:
        what = f"an update by an unknown token, in {name}"
        refused(ctx, "OU-03", 401, what, body=titled(ctx), actor=None, headers={name: value})
    carried_out(ctx, "OU-03", "an update by somebody known", body=titled(ctx))


def _nobody_adds(ctx: ProbeContext) -> None:
    body = {"contactid": id_of(ctx, PLAIN_COMPANY)}
    refused(ctx, "OC-03", 401, "a contact from nobody", name=ADD, body=body, actor=None)
    for name, value in UNKNOWN_CREDENTIALS:
        what = f"a contact by an unknown token, in {name}"
        refused(ctx, "OC-03", 401, what, name=ADD, body=body, actor=None, headers={name: value})
    ctx.accepted(["OC-03"], send(ctx, ADD, OPEN, body=body), "a contact from somebody known")


def _order_of_update(ctx: ProbeContext) -> None:
    hidden_case(ctx)
    unknown, zero = {"caseid": UNKNOWN_CASE}, {"caseid": 0}
    good, untitled = titled(ctx), {"isNotify": False}
    refused(ctx, "OO-53", 401, "a body that cannot be read, without a credential", raw=b"{", actor=None)
    refused(ctx, "OO-53", 400, "the number 0", path=zero, body=good)
    refused(
        ctx,
        "OO-53",
        400,
        "an unknown case and members that are not numbers",
        path=unknown,
        body=titled(ctx, members=["x"]),
    )
    refused(ctx, "OO-53", 400, "an unknown case and no title", path=unknown, body=untitled)
    refused(ctx, "OO-53", 404, "an unknown case", path=unknown, body=good)
    for what, body in (("no title", untitled), ("an empty title", {"title": ""}), ("title null", {"title": None})):
        refused(ctx, "OO-53", 400, what, body=body)
        refused(ctx, "OO-53", 400, f"{what} for a hidden case", role=PRIVATE, body=body, actor="outsider")
    refused(ctx, "OO-55", 403, "a hidden case", role=PRIVATE, body=good, actor="outsider")


def _order_of_contacts(ctx: ProbeContext) -> None:
    unknown, zero = {"caseid": UNKNOWN_CASE}, {"caseid": 0}
    contact = id_of(ctx, PLAIN_PERSON)
    for number, status, what in ((0, 400, "contactid 0"), (UNKNOWN_CONTACT, 404, "an unknown contact")):
        refused(ctx, "OO-53", status, f"adding {what}", name=ADD, body={"contactid": number})
        refused(ctx, "OO-53", status, f"removing {what}", name=REMOVE, path={"contactid": number})
    refused(ctx, "OO-53", 400, "adding a contactid below 0", name=ADD, body={"contactid": -1})
    for path, status, what in ((zero, 400, "caseid 0"), (unknown, 404, "an unknown case")):
        refused(ctx, "OO-53", status, f"adding to {what}", name=ADD, path=path, body={"contactid": contact})
        refused(ctx, "OO-53", status, f"removing from {what}", name=REMOVE, path={**path, "contactid": contact})
    refused(ctx, "OO-53", 400, "an unknown case and contactid 0", name=ADD, path=unknown, body={"contactid": 0})


def _no_caseid(ctx: ProbeContext) -> None:
    body = {"contactid": id_of(ctx, PLAIN_PERSON)}
    ctx.refused(["OC-13"], ctx.call(ADD, path={"caseid": ""}, media=JSON, body=body), "adding without a caseid")


def _letters(ctx: ProbeContext) -> None:
    for name, path in ((WRITE, {"caseid": "12a"}), (ADD, {"caseid": "abc"}), (REMOVE, {"contactid": "abc"})):
        exchange = send(ctx, name, OPEN, path=path, body={"title": "x", "contactid": 1} if name != REMOVE else None)
        missing, bare = exchange.response.status == 404, not isinstance(exchange.value, dict)
        promise(ctx, "OO-7", missing, exchange, f"{name}: a number of letters", "404", side=Side.REFUSE)
        if missing:
            promise(ctx, "D-10", bare, exchange, f"{name}: a number of letters", "404 without the envelope")


def _refused_as_xml(ctx: ProbeContext) -> None:
    hidden_case(ctx)
    unknown = {"caseid": UNKNOWN_CASE}
    tried: list[tuple[int, str, str, dict[str, Any]]] = [
        (400, WRITE, OPEN, {"body": {"isNotify": False}}),
        (404, WRITE, OPEN, {"body": titled(ctx), "path": unknown}),
        (403, WRITE, PRIVATE, {"body": titled(ctx), "actor": "outsider"}),
        (400, ADD, OPEN, {"body": {"contactid": 0}}),
        (404, ADD, OPEN, {"body": {"contactid": UNKNOWN_CONTACT}}),
        (404, REMOVE, OPEN, {"path": {"contactid": UNKNOWN_CONTACT}}),
        (403, CLOSE, PRIVATE, {"actor": "outsider"}),
    ]
    for status, name, role, request in tried:
        media = {"media": FORM} if "body" in request else {}
        exchange = send(ctx, name, role, suffix=".xml", **media, **request)
        held = exchange.response.status == status and exchange.response.media == "text/xml"
        promise(ctx, "OO-51", held, exchange, f"{name}: refusal of a request for XML", f"{status}, text/xml")
