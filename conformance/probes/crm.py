"""What no schema can say of the CRM: who is known, what closing does, in which order checks come."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.judgement import broken, kept
from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import roles
from conformance.target.exchange import FORM, Exchange, Request
from specs.contract import Contract, Operation
from specs.statements import Side

CLOSE, REOPEN, READ, TOKEN = "closeCase", "reopenCase", "getCase", "authenticate"
OPEN, OTHER, PRIVATE = "case.open", "case.other", "case.private"
LOGIN = ("actor:admin.userName", "actor:admin.password")
UNKNOWN_CASE = 2_000_000_007
UNKNOWN_TOKEN = "casepact-unknown-token"
UNKNOWN_CREDENTIALS = (
    ("Authorization", UNKNOWN_TOKEN),
    ("Authorization", f"Bearer {UNKNOWN_TOKEN}"),
    ("Cookie", f"asc_auth_key={UNKNOWN_TOKEN}"),
)
"""The ways to send a token (OO-16), with one that nobody has; passwords are not guessed."""

_MOST = (24, 0)
"""How many requests one of these probes sends at most."""

_MANY = {
    "nobody closes": 6,
    "closing closes this case only, also again": 9,
    "who may close": 7,
    "caseid 0 and unknown": 6,
    "token for a password": 3,
}
"""How many requests those send that send more than two while they find nothing."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The hand-written probes of the CRM that ONLYOFFICE and R7-Office share."""
    for probe in _probes(contract):
        yield replace(probe, most=_MOST, usual=(_MANY.get(probe.name, 2), 0))


def _probes(contract: Contract) -> Iterator[Probe]:
    yield Probe("nobody closes", CLOSE, ("R7-03", "OO-19", "OO-20", "OO-53"), _nobody, (OPEN,), unauthorized=True)
    for scheme in contract.security_schemes:
        needs = (OPEN, f"actor:{contract.default_actor}.{scheme}")
        yield Probe(f"credential by {scheme}", READ, ("OO-16", "OO-9"), _by_scheme(scheme), needs, writes=False)
    only = ("R7-04", "R7-51", "R7-11", "R7-19", "R7-21", "OO-25", "OO-69")
    yield Probe("closing closes this case only, also again", CLOSE, only, _closing, (OPEN, OTHER))
    yield Probe("who may close", CLOSE, ("R7-04", "OO-69", "OO-53"), _who_may, (OPEN, PRIVATE, "actor:outsider"))
    yield Probe("who may close a private case", CLOSE, ("R7-04", "OO-69"), _let_in, (PRIVATE, "actor:colleague"))
    yield Probe("without a caseid", CLOSE, ("R7-14",), _no_caseid, ())
    yield Probe("caseid of letters", READ, ("OO-7", "D-10"), _letters, (), writes=False)
    for operation in contract.operations.values():
        yield Probe(
            "suffix .json", operation.id, ("OO-8",), _json_suffix(operation), roles(operation), operation.writes
        )
    yield Probe("unknown path", READ, ("D-10",), _no_route, (), writes=False)
    yield Probe("undeclared method", READ, ("OO-15",), _wrong_verb, (OPEN,))
    yield Probe("caseid 0 and unknown", CLOSE, ("OO-53",), _refusals, ())
    yield Probe("number beyond every id", CLOSE, ("OO-32",), _beyond_int32, ())
    yield Probe("token for a password", TOKEN, ("OO-21", "OO-26"), _token, (OPEN, *LOGIN))
    yield Probe("refusal as XML", READ, ("OO-51",), _refusal_as_xml, (), writes=False)
    yield Probe("wrong password", TOKEN, ("OO-23",), _wrong_password, LOGIN)


def member(value: Any, name: str) -> Any:
    """
    A member of an answer by its camelCase name, also where the answer writes its first letter large.

    How names are spelt is a promise of its own, which the check of names judges. None for what is not there.
    """
    if not isinstance(value, dict):
        return None
    return value.get(name, value.get(name[:1].upper() + name[1:]))


def promise(
    ctx: ProbeContext,
    statement: str,
    held: bool,
    exchange: Exchange,
    title: str,
    documented: str,
    received: str = "",
    *,
    side: Side = Side.ACCEPT,
    due: Container[int] = (),
) -> bool:
    """
    Promise something of an answer; what was received is its status and media type unless it is said.

    `due` are statuses that it may have: then something else is wrong with it.
    """
    status = 0 if received or exchange.response.status in due else exchange.response.status
    shown = received or _form(exchange)
    return ctx.promise(
        [statement], held, exchange, title=title, received=shown, documented=documented, side=side, status=status
    )


def _nobody(ctx: ProbeContext) -> None:
    """Nobody and unknown tokens close nothing; the same request by somebody known does."""
    statement = _known(ctx, "R7-03", "OO-53")
    bare = _close(ctx, actor=None)
    refusals = [bare]
    if ctx.refused([statement], bare, "a request without any credential"):
        held = bare.response.status == 401 and bare.response.body == b"Unauthorized"
        promise(ctx, "OO-19", held, bare, "Refusal of an unknown caller", "401 with the text Unauthorized", due=(401,))
    if bare.response.status == 401:
        challenge = bare.response.header("www-authenticate")
        promise(ctx, "OO-20", not challenge, bare, "Challenge to no Authorization", "no WWW-Authenticate", challenge)
    for name, value in UNKNOWN_CREDENTIALS:
        exchange = _close(ctx, actor=None, headers={name: value})
        refusals.append(exchange)
        held = ctx.refused([statement], exchange, f"an unknown credential, in {name}")
        if held and value == UNKNOWN_TOKEN:
            challenge = exchange.response.header("www-authenticate")
            promise(ctx, "OO-20", challenge.startswith("Basic "), exchange, "Challenge", "Basic", challenge or "none")
    if all(map(ctx.turned_down, refusals)):
        _still(ctx, statement, OPEN, False, refusals)
    ctx.accepted([statement], _close(ctx), "the same request by a caller who is known")


def _by_scheme(scheme: str) -> Callable[[ProbeContext], None]:
    def run(ctx: ProbeContext) -> None:
        credential = ctx.target.credentials.by_scheme(scheme, ctx.contract.default_actor)
        read = ctx.call(READ, path=_path(ctx, OPEN), actor=None, credentials=credential)
        ctx.accepted(["OO-16"], read, f"a credential by {scheme}")
        promise(ctx, "OO-9", "json" in read.response.media, read, "Default representation", "application/json")

    return run


def _closing(ctx: ProbeContext) -> None:
    """Close, close again, reopen twice, and close as the page prints it: with the type of a body, without a body."""
    before = _read(ctx, OTHER)
    if member(before, "isClosed") is True:
        # Whether another case is closed too shows on one that is open.
        ctx.call(REOPEN, path=_path(ctx, OTHER))
        before = _read(ctx, OTHER)
    exchange = _without_body(ctx)
    if not ctx.accepted(["R7-51"], exchange, "closing an open case"):
        return
    shown = _read(ctx, OPEN)
    closed, last = member(shown, "isClosed"), ctx.history[-1]
    if promise(ctx, "R7-51", closed is True, last, "Not closed afterwards", "isClosed: true", f"isClosed: {closed}"):
        other = _read(ctx, OTHER)
        named = shown.get("id") == ctx.record(OPEN)["id"] and other == before
        promise(ctx, "R7-04", named, ctx.history[-1], "Another case was closed", "only the case of the path")
        before = other
    _switched(ctx, CLOSE, True, exchange)
    _switched(ctx, CLOSE, True, _naming_another(ctx, member(before, "isClosed")))
    if not all(_switched(ctx, REOPEN, False, ctx.call(REOPEN, path=_path(ctx, OPEN))) for _ in range(2)):
        # Closing a case that may be closed still shows nothing of the header.
        return
    typed = _close(ctx, headers={"Content-Type": "application/json"})
    ctx.accepted([_known(ctx, "R7-19", "OO-69")], typed, "closing with the type of a body and without a body")


def _switched(ctx: ProbeContext, name: str, closed: bool, exchange: Exchange) -> bool:
    if not ctx.accepted(["OO-69"], exchange, f"{name}, also when nothing is left to do"):
        return False
    shown = member(exchange.value["response"], "isClosed")
    title = f"{name} answers with the old state"
    return promise(ctx, "OO-69", shown is closed, exchange, title, f"isClosed: {closed}", f"isClosed: {shown}")


def _without_body(ctx: ProbeContext) -> Exchange:
    """Close without a body; a server that closes with one only says by it that a body is needed (R7-21)."""
    bare = _close(ctx)
    if _succeeded(ctx, bare) or bare.response.status >= 500:
        ctx.accepted(["R7-21"], bare, "closing without a body")
        return bare
    filled = _close(ctx, media="application/json", body={})
    if not _succeeded(ctx, filled):
        return bare
    ctx.accepted(["R7-21"], bare, "closing without a body, where one is taken with a body")
    return filled


def _naming_another(ctx: ProbeContext, closed: bool | None) -> Exchange:
    """
    Close again, with the number of another case in the body: whoever takes the body leaves that case alone.

    No page says that a body is taken, so a refusal of it is nothing, and the answer without a body counts.
    """
    exchange = _close(ctx, media="application/json", body={"caseid": ctx.record(OTHER)["id"]})
    if not _succeeded(ctx, exchange):
        return _close(ctx)
    statement, shown = _known(ctx, "R7-11", "OO-25"), member(exchange.value["response"], "id")
    named = shown in (None, ctx.record(OPEN)["id"])
    title = "The caseid of the body counted"
    if promise(ctx, statement, named, exchange, title, "the caseid of the path", f"id {shown}"):
        _still(ctx, statement, OTHER, closed, [exchange])
    return exchange


def _who_may(ctx: ProbeContext) -> None:
    """Whoever sees a case closes it, and nobody else."""
    statement = _known(ctx, "R7-04", "OO-69")
    ordinary = _close(ctx, actor="outsider")
    may = ctx.accepted([statement], ordinary, "closing a case that everybody sees, by an ordinary user")
    if may:
        _still(ctx, statement, OPEN, True, [ordinary])
    closed = member(_read(ctx, PRIVATE), "isClosed")
    refusals = []
    for name, status in ((CLOSE, 403), (REOPEN, 403), (READ, 404)):
        exchange = ctx.call(name, path=_path(ctx, PRIVATE), actor="outsider")
        title = f"{name} of a case that is not there for the caller"
        # What is refused to somebody who is refused everything says nothing of this case.
        if promise(ctx, "OO-69", exchange.response.status == status, exchange, title, str(status)) and not may:
            ctx.unsettle(["OO-69"], exchange, "the same user is refused a case that everybody sees, too")
        refusals += [exchange] if name != READ else []
    if all(map(ctx.turned_down, refusals)):
        _still(ctx, "OO-53", PRIVATE, closed, refusals)


def _let_in(ctx: ProbeContext) -> None:
    statement = _known(ctx, "R7-04", "OO-69")
    exchange = ctx.call(CLOSE, path=_path(ctx, PRIVATE), actor="colleague")
    if ctx.accepted([statement], exchange, "closing a private case, by an ordinary user on its access list"):
        _still(ctx, statement, PRIVATE, True, [exchange])


def _no_caseid(ctx: ProbeContext) -> None:
    exchange = ctx.call(CLOSE, path={"caseid": ""})
    ctx.refused(["R7-14"], exchange, "closing without a caseid")


def _letters(ctx: ProbeContext) -> None:
    exchange = ctx.call(READ, path={"caseid": "abc"})
    if promise(ctx, "OO-7", exchange.response.status == 404, exchange, "caseid of letters", "404"):
        held = not isinstance(exchange.value, dict)
        promise(ctx, "D-10", held, exchange, "Answer to a caseid of letters", "a 404 without the envelope")


def _json_suffix(operation: Operation) -> Callable[[ProbeContext], None]:
    status = operation.success_status()

    def run(ctx: ProbeContext) -> None:
        exchange = ctx.send(ctx.draft(operation.id), operation.id, suffix=".json")
        held = exchange.response.status == status and "json" in exchange.response.media
        promise(ctx, "OO-8", held, exchange, "Path suffix .json", f"{status}, application/json")

    return run


def _no_route(ctx: ProbeContext) -> None:
    request = Request("GET", f"{ctx.target.api.url}/casepact-no-such-path", ())
    exchange = Exchange("no operation", request, ctx.target.send(request, ctx.world))
    held = exchange.response.media == "text/plain" and exchange.response.body.strip() == b"Not Found"
    title, status = "A path that no operation has", exchange.response.status
    against = broken(["D-10"], "probe", title, _form(exchange), "Not Found as text/plain", status=status)
    ctx.note(kept(["D-10"], "probe") if held else against, exchange)


def _wrong_verb(ctx: ProbeContext) -> None:
    exchange = ctx.call(READ, path=_path(ctx, OPEN), method="PATCH")
    held = exchange.response.status == 404 and isinstance(exchange.value, dict)
    promise(ctx, "OO-15", held, exchange, "PATCH on a case", "404 with the envelope")


def _refusals(ctx: ProbeContext) -> None:
    for path, change, read in (({"caseid": 0}, 400, 404), ({"caseid": UNKNOWN_CASE}, 404, 404)):
        for name, status in ((CLOSE, change), (REOPEN, change), (READ, read)):
            exchange = ctx.call(name, path=path)
            title = f"{name} of a case that is not there for the caller"
            promise(ctx, "OO-53", exchange.response.status == status, exchange, title, str(status))


def _refusal_as_xml(ctx: ProbeContext) -> None:
    exchange = ctx.call(READ, path={"caseid": UNKNOWN_CASE}, suffix=".xml")
    held = exchange.response.media == "text/xml" and exchange.response.status == 404
    promise(ctx, "OO-51", held, exchange, "Refusal of a request for XML", "404, text/xml")


def _beyond_int32(ctx: ProbeContext) -> None:
    # A number of a server with larger ids is no case there, which is as good.
    exchange = ctx.call(CLOSE, path={"caseid": 2**40})
    held = exchange.response.status in (400, 404)
    promise(ctx, "OO-32", held, exchange, "caseid beyond 32 bits", "400, or 404 where numbers are that large")


def _token(ctx: ProbeContext) -> None:
    body = {name: ctx.entry("admin", name) for name in ("userName", "password")}
    form = ctx.call(TOKEN, media=FORM, body=body, actor=None)
    ctx.accepted(["OO-26"], form, "a form with name and password")
    exchange = ctx.call(TOKEN, media="application/json", body=body, actor=None)
    if ctx.accepted(["OO-21", "OO-26"], exchange, "name and password of a user as JSON"):
        headers = {"Authorization": exchange.value["response"]["token"]}
        read = ctx.call(READ, path=_path(ctx, OPEN), actor=None, headers=headers)
        ctx.accepted(["OO-21"], read, "the token just given")


def _wrong_password(ctx: ProbeContext) -> None:
    body = {"userName": ctx.entry("admin", "userName"), "password": "casepact-wrong-password"}
    exchange = ctx.call(TOKEN, media="application/json", body=body, actor=None)
    held = exchange.response.status in (401, 500)
    promise(ctx, "OO-23", held, exchange, "Wrong password", "401, or 500 as the vendor's source has it", due=(401, 500))


def _close(ctx: ProbeContext, **request: Any) -> Exchange:
    return ctx.call(CLOSE, path=_path(ctx, OPEN), **request)


def _path(ctx: ProbeContext, role: str) -> dict[str, Any]:
    return {"caseid": ctx.record(role)["id"]}


def _read(ctx: ProbeContext, role: str) -> dict[str, Any]:
    """The case as a read shows it; empty when it cannot be read, which other probes charge."""
    read = ctx.call(READ, path=_path(ctx, role))
    if not ctx.operation(READ).succeeded(read.response.status, read.value):
        return {}
    shown: dict[str, Any] = read.value["response"]
    return shown


def _still(ctx: ProbeContext, statement: str, role: str, closed: bool | None, chain: Sequence[Exchange]) -> None:
    """Promise that a case is closed, or is not, after requests; what the answer does not show is not judged."""
    shown = member(_read(ctx, role), "isClosed")
    if None not in (shown, closed):
        ctx.promise(
            [statement],
            shown is closed,
            ctx.history[-1],
            title=f"{role} is {'closed' if shown else 'open'} afterwards",
            received=f"isClosed: {shown}",
            documented=f"isClosed: {closed}",
            chain=chain[-3:],
        )


def _succeeded(ctx: ProbeContext, exchange: Exchange) -> bool:
    return ctx.operation(exchange.operation).succeeded(exchange.response.status, exchange.value)


def _known(ctx: ProbeContext, *statements: str) -> str:
    """The first of these that the ledger has: what R7-Office's page says, the ledger of ONLYOFFICE has as facts."""
    return next((name for name in statements if name in ctx.contract.ledger.statements), statements[-1])


def _form(exchange: Exchange) -> str:
    return f"{exchange.response.status} {exchange.response.media}"
