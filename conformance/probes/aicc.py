"""What the AICC page says and no schema can: headers, the token, the id, and what an answer leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import Draft
from conformance.target.exchange import FORM, Exchange
from conformance.target.needs import UnmetNeed
from conformance.target.request_parts import Credentials
from specs.contract import Contract
from specs.statements import Side

WRITE, READ, TOKEN = "modifyCase", "getCase", "getToken"
FOREIGN = "foreign.case"
TOKEN_SCHEME, UNKNOWN_TOKEN = "accessToken", "casepact-unknown-token"
ROLES = ("case.open", "user.owner", "user.creator", "contact")

_MOST, _USUAL = (12, 0), (7, 0)
"""How many requests one of these probes sends at most, and while it finds nothing."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of AICC."""
    for probe in _probes(contract):
        yield replace(probe, most=_MOST, usual=_USUAL)


def _probes(contract: Contract) -> Iterator[Probe]:
    yield Probe("over https", WRITE, ("HW-03",), _over_https, ("https", *ROLES))
    yield Probe("no Content-Type", WRITE, ("HW-07",), _no_content_type, ROLES)
    yield Probe("no access-token", WRITE, ("HW-10", "HW-12"), _no_token, ROLES, unauthorized=True)
    yield Probe("unknown access-token", WRITE, ("HW-11",), _unknown_token, ROLES, unauthorized=True)
    yield Probe(
        "access-token of another tenant", WRITE, ("HW-11",), _another_tenant, (*ROLES, FOREIGN, "actor:stranger")
    )
    yield Probe("refused and not stored", WRITE, ("HW-33", "HW-38"), _refused_not_stored, ROLES)
    yield Probe("unknown records", WRITE, ("D-33",), _unknown_relations, ROLES)
    yield Probe(
        "token of getToken",
        TOKEN,
        ("D-26",),
        _token_works,
        ("actor:client.clientId", "actor:client.clientSecret", *ROLES),
    )
    yield Probe("id selects the case and stays", WRITE, ("HW-19",), _id_stays, (*ROLES, "case.other"))
    yield Probe("no result in the answer", WRITE, ("HW-58",), _no_result, ROLES)
    yield Probe("absent members are kept", WRITE, ("D-34",), _absent_is_kept, ROLES)
    yield Probe("extension fields", WRITE, ("HW-56", "D-31", "HWF-17"), _extension_fields, (*ROLES, "case.templated"))
    yield Probe("completed case", WRITE, ("D-36",), _completed_case, (*ROLES, "case.completed"))
    yield Probe("unknown case", WRITE, ("D-33",), _unknown_case, ROLES)


def _over_https(ctx: ProbeContext) -> None:
    ctx.accepted(["HW-03"], _sent(ctx), "a request over https")


def _no_content_type(ctx: ProbeContext) -> None:
    ctx.refused(["HW-07"], _sent(ctx, headers={"Content-Type": None}), "a body without Content-Type")


def _no_token(ctx: ProbeContext) -> None:
    """Without access-token, or with the token in Authorization instead, nothing is modified; with it, it is."""
    held = ctx.target.credentials.by_scheme(TOKEN_SCHEME, ctx.contract.default_actor)
    if held is None:
        raise UnmetNeed(f"needs {TOKEN_SCHEME} of actor {ctx.contract.default_actor}")
    token = held.headers[0][1]
    shown = {"authorization": f"Bearer {next(iter(held.shown.values()))}"}
    elsewhere = Credentials((("Authorization", f"Bearer {token}"),), shown)
    for what, credentials in (("a request without access-token", None), ("the token in Authorization", elsewhere)):
        _not_let_in(ctx, "HW-10", what, actor=None, credentials=credentials)
    ctx.accepted(["HW-12", "HW-10"], _sent(ctx), "the two headers of the page and no more")


def _unknown_token(ctx: ProbeContext) -> None:
    _not_let_in(ctx, "HW-11", "an unknown token", actor=None, headers={"access-token": UNKNOWN_TOKEN})
    ctx.accepted(["HW-11"], _sent(ctx), "the token of a user")


def _another_tenant(ctx: ProbeContext) -> None:
    """A token opens the space of its own tenant: it shows the cases of that one, and those of no other."""
    own, foreign = ctx.record("case.open")["id"], ctx.record(FOREIGN)["id"]
    control = ctx.call(READ, path={"id": foreign}, actor="stranger")
    if not ctx.operation(READ).succeeded(control.response.status, control.value):
        raise UnmetNeed(f"needs a stranger who may read {FOREIGN}; a token that opens nothing is refused everywhere")
    _not_let_in(ctx, "HW-11", "a token of another tenant", actor="stranger")
    for id, actor in ((own, "stranger"), (foreign, "")):
        ctx.refused(["HW-11"], ctx.call(READ, path={"id": id}, actor=actor), "reading a case of another tenant")
    ctx.accepted(["HW-11"], _sent(ctx), "the same request with a token of this tenant")


def _refused_not_stored(ctx: ProbeContext) -> None:
    """A body with one wrong member stores the others neither; without the wrong member all is stored."""
    for statement, wrong in (("HW-33", {"priority": "Casepact"}), ("HW-38", {"dueDate": "the day after"})):
        _not_stored(ctx, statement, f"{wrong}", wrong)
    ctx.accepted(["HW-33"], _sent(ctx), "the same request with a priority of the page")


def _unknown_relations(ctx: ProbeContext) -> None:
    """Whether ids that nobody has are refused is not said (D-33); if they are, nothing of the request is stored."""
    for name in ("ownerId", "contactId"):
        made = ctx.draft(WRITE)
        before = _case(ctx, made.body["caseInfo"]["id"])
        made = _new(ctx, made).with_member(f"/caseInfo/{name}", "c6m8casepactunknown0")
        exchange = ctx.send(made, WRITE)
        after = _case(ctx, made.body["caseInfo"]["id"])
        if ctx.turned_down(exchange):
            _unchanged(ctx, "D-33", before, after, exchange, f"an unknown {name}")


def _not_let_in(ctx: ProbeContext, statement: str, what: str, **request: Any) -> None:
    """Promise that a request by this caller is refused, and that nothing of it is stored."""
    made = _new(ctx, ctx.draft(WRITE))
    _refused(ctx, statement, what, made, **request)


def _not_stored(ctx: ProbeContext, statement: str, what: str, wrong: Mapping[str, Any]) -> None:
    """Promise that a request with these members is refused, and that nothing of it is stored."""
    made = _new(ctx, ctx.draft(WRITE))
    for name, value in wrong.items():
        made = made.with_member(f"/caseInfo/{name}", value)
    _refused(ctx, statement, what, made)


def _refused(ctx: ProbeContext, statement: str, what: str, made: Draft, **request: Any) -> None:
    id = made.body["caseInfo"]["id"]
    before = _case(ctx, id)
    exchange = ctx.send(made, WRITE, **request)
    after = _case(ctx, id)
    if ctx.refused([statement], exchange, what):
        _unchanged(ctx, statement, before, after, exchange, what)


def _new(ctx: ProbeContext, made: Draft) -> Draft:
    """The request with texts that no case has yet, so that it shows whether they were stored."""
    for name in ("title", "description"):
        made = made.with_member(f"/caseInfo/{name}", f"Casepact {ctx.random.randrange(10**9)}")
    return made


def _unchanged(
    ctx: ProbeContext,
    statement: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    exchange: Exchange,
    what: str,
) -> None:
    """Promise that a case has the texts that it had before a refused request; what is not shown is not judged."""
    texts = [name for name in ("title", "description") if name in before and name in after]
    stored = [name for name in texts if after[name] == exchange.sent["caseInfo"][name] != before[name]]
    ctx.promise(
        [statement],
        not stored,
        ctx.history[-1],
        title=f"Refused, and stored all the same: {what}",
        received=", ".join(f"{name} {after[name]!r}" for name in stored),
        documented="nothing is written",
        side=Side.REFUSE,
        chain=[exchange],
    )


def _token_works(ctx: ProbeContext) -> None:
    body = {
        "grant_type": "client_credentials",
        "client_id": ctx.entry("client", "clientId"),
        "client_secret": ctx.entry("client", "clientSecret"),
    }
    exchange = ctx.call(TOKEN, media=FORM, body=body, actor=None)
    if not ctx.accepted(["D-26"], exchange, "client credentials"):
        return
    headers = {"access-token": exchange.value["access_token"]}
    read = ctx.call(READ, path={"id": ctx.record("case.open")["id"]}, actor=None, headers=headers)
    ctx.accepted(["D-26"], read, "a token that getToken gave")


def _id_stays(ctx: ProbeContext) -> None:
    named, other = ctx.record("case.open")["id"], ctx.record("case.other")["id"]
    before = _case(ctx, other)
    exchange = _sent(ctx)
    if not ctx.accepted(["HW-19"], exchange, "a change of the case that the id names"):
        return
    changed = _case(ctx, named)
    ctx.promise(
        ["HW-19"],
        changed.get("id") == named,
        ctx.history[-1],
        title="The id changed",
        received=str(changed.get("id")),
        documented=named,
        chain=[exchange],
    )
    ctx.promise(
        ["HW-19"],
        _case(ctx, other) == before,
        ctx.history[-1],
        title="Another case changed too",
        received="a difference",
        documented=f"{other} as before",
        chain=[exchange],
    )


def _no_result(ctx: ProbeContext) -> None:
    exchange = _sent(ctx)
    if ctx.operation(WRITE).succeeded(exchange.response.status, exchange.value):
        ctx.promise(
            ["HW-58"],
            "result" not in exchange.value,
            exchange,
            title="The answer carries a result",
            received=str(exchange.value.get("result"))[:80],
            documented="resCode and resMsg only",
        )


def _absent_is_kept(ctx: ProbeContext) -> None:
    first = _sent(ctx)
    made = ctx.draft(WRITE)
    required = {"id", "title", "description", "creatorId"}
    body = {"caseInfo": {name: value for name, value in made.body["caseInfo"].items() if name in required}}
    exchange = ctx.call(WRITE, media=made.media, body=body)
    if not ctx.accepted(["D-34"], exchange, "the mandatory members alone"):
        return
    shown = _case(ctx, body["caseInfo"]["id"])
    lost = sorted(
        name
        for name, value in made.body["caseInfo"].items()
        if name not in required and name in shown and shown[name] != value
    )
    ctx.promise(
        ["D-34"],
        not lost,
        ctx.history[-1],
        title="Members that were not sent changed",
        received=", ".join(lost),
        documented="kept",
        chain=[first, exchange],
    )


def _extension_fields(ctx: ProbeContext) -> None:
    """That a field is taken is of the page; how reads show it is not, unless they show that it stayed what it was."""
    record, value = ctx.record("case.templated"), f"Casepact {ctx.random.randrange(10**6)}"
    before, made = _case(ctx, record["id"]), ctx.draft(WRITE)
    body = {"caseInfo": {**made.body["caseInfo"], "id": record["id"], record["field"]: value}}
    exchange = ctx.call(WRITE, media=made.media, body=body)
    if ctx.accepted(["HW-56"], exchange, "an extension field of the case's template"):
        shown = _case(ctx, record["id"])
        lost = record["field"] in before and shown.get(record["field"]) == before[record["field"]]
        ctx.promise(
            ["HW-56", "D-31", "HWF-17"] if lost else ["D-31", "HWF-17"],
            shown.get(record["field"]) == value,
            ctx.history[-1],
            title="The extension field was not stored",
            received=repr(shown.get(record["field"])),
            documented=repr(value),
            chain=[exchange],
        )


def _completed_case(ctx: ProbeContext) -> None:
    made = ctx.draft(WRITE).with_member("/caseInfo/id", ctx.record("case.completed")["id"])
    ctx.accepted(["D-36"], ctx.send(made, WRITE), "a change of a completed case")


def _unknown_case(ctx: ProbeContext) -> None:
    made = ctx.draft(WRITE).with_member("/caseInfo/id", "c6m8casepactunknown0")
    ctx.refused(["D-33"], ctx.send(made, WRITE), "a change of a case that does not exist")
    read = ctx.call(READ, path={"id": "c6m8casepactunknown0"})
    ctx.refused(["D-33"], read, "reading a case that does not exist")


def _sent(ctx: ProbeContext, **request: Any) -> Exchange:
    return ctx.send(ctx.draft(WRITE), WRITE, **request)


def _case(ctx: ProbeContext, id: str) -> dict[str, Any]:
    """The case as a read shows it; empty when it cannot be read, which other probes charge."""
    read = ctx.call(READ, path={"id": id})
    if not ctx.operation(READ).succeeded(read.response.status, read.value):
        return {}
    shown: dict[str, Any] = read.value["result"][0]["caseInfo"]
    return shown
