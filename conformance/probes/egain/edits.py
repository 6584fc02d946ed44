"""How an edit is tried: carried out and read back, or refused, and what is promised of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.probes.context import PROMISE, UNAVAILABLE, Probe, ProbeContext
from conformance.probes.egain.bodies import JSON, Sent, body_of, owned_by
from conformance.probes.egain.cases import OPEN, Shown, hidden, later, read_case, related_ids
from conformance.target.exchange import Exchange
from specs.statements import Side

EDIT = "editCase"

Code = str | tuple[str, ...]
"""The code of a refusal, or several where the vendor names more than one that fits; "" for any."""

NOT_FOUND = ("400-194", "400-152")
"""What fits an id in the body, other than the case's own, that nobody has: the vendor's examples name both (D-15)."""

CODES: Mapping[str, str] = {
    **dict.fromkeys(("400-101", "400-146", "400-152", "400-194", "400-264"), "EGF-20"),
    **dict.fromkeys(("401-101", "403-178", "406-100"), "EGF-22"),
    "400-147": "EGF-24",
    "400-253": "EGF-23",
    "409-100": "EGF-21",
}
"""The fact that gives each code, unless it was our choice to give it here (D-15 and others)."""

STATUSES: Mapping[int, str] = {400: "EG-70", 401: "EG-71", 403: "EG-72", 406: "EG-73", 409: "EG-74"}
"""The statement of the page about each status of a refusal."""


def edit_probe(name: str, serves: tuple[str, ...], run: Callable[[ProbeContext], None], *needs: str) -> Probe:
    """A probe of edits; all of them ask for the open case."""
    return Probe(name, EDIT, serves, run, (OPEN, *needs))


def owner_probe(name: str, serves: tuple[str, ...], run: Callable[[ProbeContext], None], *needs: str) -> Probe:
    """A probe that gives the open case to other owners, whom it cannot be taken back from in each case."""
    return replace(edit_probe(name, serves, run, *needs), spends=(OPEN,))


def edited(
    ctx: ProbeContext,
    statements: Sequence[str],
    what: str,
    sent: Sent,
    *,
    case: str = OPEN,
    stored: Sequence[str] = (),
    **request: Any,
) -> Shown | None:
    """
    Promise that an edit is carried out, shows when read and moves `lastModified` on (D-16).

    `stored` says who promises that it shows, where it is not the members that were sent. Returns the case afterwards;
    None when a promise broke, so that what follows from it is not charged again.
    """
    before = read_case(ctx, case)
    body = body_of(before, sent, str(ctx.record(case)["id"]))
    exchange = ctx.call(EDIT, media=JSON, body=body, **request)
    if not ctx.accepted(statements, exchange, what):
        return None
    mark = len(ctx.judged)
    read = ctx.read_back(exchange, stored)
    if read is None or broken_promise(ctx, mark):
        return None
    after: Shown = read.value["case"][0]
    links = sent.get("relatedCases", {})
    gone = [link["href"] for link in links.get("unlink", ()) if link not in links.get("link", ())]
    if not hidden("relatedCases", before, after):
        kept = _as_sent(ctx, "EG-86", after, [link["href"] for link in links.get("link", ())], related=True)
        if not (kept and _as_sent(ctx, "EG-61", after, gone, related=False)):
            return None
    moved = ctx.promise(
        ["D-16"],
        later(before, after),
        read,
        title="lastModified is not later after an edit",
        received=str(after.get("lastModified")),
        documented=f"later than {before.get('lastModified')}",
        chain=[exchange],
    )
    return after if moved else None


def refused(
    ctx: ProbeContext,
    statements: Sequence[str],
    what: str,
    sent: Sent,
    code: Code = "",
    coded: str = "",
    *,
    case: str = OPEN,
    reader: str = "",
    **request: Any,
) -> Exchange:
    """
    Promise that an edit is refused, with this code (or one of these) if one is named, and that it changed nothing.

    `coded` is charged with a wrong code; otherwise the fact in `CODES`. `reader` is the actor who can see the case.
    """
    before = read_case(ctx, case, reader)
    body = body_of(before, sent, str(ctx.record(case)["id"]))
    # Of a case that cannot be read nobody knows lastModified, so it may be refused for that as well.
    code = code if before else ""
    exchange = refused_as_is(ctx, statements, what, code, coded, media=JSON, body=body, **request)
    if not ctx.operation(EDIT).succeeded(exchange.response.status, exchange.value):
        after = read_case(ctx, case, reader)
        changed = sorted(name for name in before.keys() | after if before.get(name) != after.get(name))
        ctx.promise(
            statements if not changed else statements[:1],
            not changed,
            ctx.history[-1],
            title="A refused request changed the case",
            received=f"changed: {', '.join(changed)}",
            documented="nothing changed",
            side=Side.REFUSE,
            chain=[exchange],
        )
    return exchange


def refused_as_is(
    ctx: ProbeContext, statements: Sequence[str], what: str, code: Code, coded: str = "", **request: Any
) -> Exchange:
    """Promise that a request to edit is refused, with this code (or one of these) if one is named."""
    exchange = ctx.call(EDIT, **request)
    codes = (code,) if isinstance(code, str) else code
    if ctx.refused(statements, exchange, what) and code:
        named, fact = " or ".join(codes), coded or CODES[codes[0]]
        if ctx.contract.ledger[fact].standing.binds:
            _with_status(ctx, exchange, int(codes[0][:3]), what)
        due = int(codes[0][:3])
        says(ctx, exchange, fact, code_of(exchange) in codes, f"Another code than {named}", named, due=due)
    elif code and exchange.response.status >= 500 and exchange.response.status not in UNAVAILABLE:
        # To fail is no word for a request that is wrong, whatever code fits it best.
        _with_status(ctx, exchange, int(codes[0][:3]), what)
    return exchange


def _with_status(ctx: ProbeContext, exchange: Exchange, status: int, what: str) -> None:
    """Promise that a refusal has the status that the page has for it."""
    ctx.promise(
        [STATUSES[status]],
        exchange.response.status == status,
        exchange,
        title="Server error" if exchange.response.status >= 500 else f"Another status than {status}",
        received=str(exchange.response.status),
        documented=f"{status}, for {what}",
        status=exchange.response.status,
    )


def broken_promise(ctx: ProbeContext, mark: int) -> bool:
    """Whether a promise of a probe broke since then; what the checks saw beside it stops nothing."""
    return any(not item.judgement.held and item.judgement.check == PROMISE for item in ctx.judged[mark:])


def _as_sent(ctx: ProbeContext, statement: str, shown: Shown, addresses: Sequence[str], *, related: bool) -> bool:
    """Promise that the cases at these addresses are related now, or no longer."""
    found = set(related_ids(shown))
    wrong = [address for address in addresses if (address.rpartition("/")[2] in found) is not related]
    title = "Not related after link" if related else "Still related after unlink"
    return not addresses or shows(ctx, statement, wrong, [], title)


def assigned(ctx: ProbeContext, statement: str, role: str, what: str, **request: Any) -> None:
    """Promise that the case is assigned to the user of this role, and shows so when read."""
    shown = edited(ctx, [statement], what, owned_by(ctx, role), **request)
    if shown is not None and not hidden("owner", shown):
        owner = shown.get("owner", {}).get("user", {}).get("id")
        shows(ctx, statement, owner, ctx.record(role)["id"], f"The owner after {what}")


def shows(ctx: ProbeContext, statement: str, shown: Any, expected: Any, title: str) -> bool:
    """Promise what the last answer shows, the exchange before it being what led there."""
    return ctx.promise(
        [statement],
        shown == expected,
        ctx.history[-1],
        title=title,
        received=repr(shown)[:160],
        documented=repr(expected)[:160],
        chain=ctx.history[-2:-1],
    )


def says(
    ctx: ProbeContext, exchange: Exchange, statement: str, held: bool, title: str, documented: str, *, due: int = 0
) -> None:
    """
    Promise how a refusal or an answer without a body is worded; a server error is charged elsewhere.

    `due` is the status of that answer, where it is part of the promise.
    """
    status = exchange.response.status
    if status >= 500:
        ctx.unsettle([statement], exchange)
        return
    received = f"{status} {exchange.response.media} {code_of(exchange)} {message_of(exchange)}"[:160].strip()
    other = status if status != due else 0
    ctx.promise([statement], held, exchange, title=title, received=received, documented=documented, status=other)


def code_of(exchange: Exchange) -> str:
    """The code of a refusal; empty where there is none."""
    return str(exchange.value.get("code", "")) if isinstance(exchange.value, dict) else ""


def message_of(exchange: Exchange) -> str:
    """The message of a refusal for developers; empty where there is none."""
    return str(exchange.value.get("developerMessage", "")) if isinstance(exchange.value, dict) else ""
