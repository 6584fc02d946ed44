"""Requests that change a case, and what they leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.probes.crm import OPEN, PRIVATE, promise
from conformance.probes.onlyoffice.records import id_of, ids_of, path_to
from conformance.probes.onlyoffice.states import State, state_of, unchanged
from conformance.target.exchange import Exchange
from specs.statements import Side

WRITE, ADD, REMOVE = "updateCase", "addCaseContact", "removeCaseContact"
JSON = "application/json"

Charged = tuple[str, ...]
"""The statements that say the same."""

ASPECTS: Mapping[str, Charged] = {
    "title": ("OU-17",),
    "closed": ("OO-56", "OU-04"),
    "private": ("OO-57",),
    "access": ("OO-57",),
    "members": ("OO-61",),
    "contacts": ("OO-61",),
    "fields": ("OO-62",),
}
"""What a state consists of, and the rule that says what becomes of it when a request does not speak of it."""

_OF_THE_PAGE: Mapping[str, Charged] = {"OO-56": ("OU-04",)}
"""By rule of the vendor's source, the sentence of the page that says the same in general."""

ASPECTS_BY_CALL: Mapping[str, str] = {ADD: "OC-04", REMOVE: "OO-65", "closeCase": "OO-69", "reopenCase": "OO-69"}
"""What an operation changes that is not an update; it says nothing else of the case, so the rest stays by it, too."""

ASPECTS_OF_OTHERS: Mapping[str, Charged] = {"private": ("OO-59",), "access": ("OO-59",)}
"""The rules that differ when the caller is neither administrator nor the creator of the case."""

OWNERS = ("", "admin", "creator")
"""Who may make a case private or public; the creator only in probes of cases that are the creator's own."""


def carried_out(
    ctx: ProbeContext,
    statement: str,
    what: str,
    wanted: State | None = None,
    *,
    name: str = WRITE,
    role: str = OPEN,
    taken: str = "",
    **request: Any,
) -> Exchange | None:
    """
    Promise that a request is carried out, and that the case is then as `wanted` and otherwise as it was before.

    A difference that `wanted` does not speak of is charged to the rule of the aspect; of `fields` it names only those
    that change, and the others are as before, or without a value when the request has a new list. `taken` is charged
    in place of `statement` when the request is refused. Returns the exchange when it was accepted.
    """
    before = state_of(ctx, role)
    exchange = send(ctx, name, role, **request)
    if not ctx.accepted([taken or statement], exchange, what):
        return None
    named = _completed(dict(wanted or {}))
    rules = _rules(name, request.get("actor", ""))
    rest = (statement,) if "fields" in named else rules["fields"]
    changed = named.pop("fields", None) or {}
    actor = request.get("actor", "")
    expected = {**before, **_implied(name, request.get("body"), actor), **named}
    after = state_of(ctx, role)
    for aspect in (name for name in ASPECTS if name != "fields"):
        charged = (
            tuple(dict.fromkeys([statement, *_OF_THE_PAGE.get(statement, ())])) if aspect in named else rules[aspect]
        )
        _left(ctx, charged, aspect, after[aspect], expected[aspect], what, exchange)
    if before["fields"] is not None and after["fields"] is not None:
        listed = {field: after["fields"].get(field) for field in changed}
        _left(ctx, (statement,), "custom fields", listed, changed, what, exchange)
        others, kept = (_valued(state["fields"], but=changed) for state in (after, before))
        if changed and _lists_fields(request.get("body")):
            _left(ctx, ("D-41",), "custom fields that are not listed", others, {}, what, exchange)
        else:
            _left(ctx, rest, "other custom fields", others, kept, what, exchange)
    return exchange


def _rules(name: str, actor: str) -> Mapping[str, Charged]:
    """By aspect, who says that a request which does not speak of it leaves it as it was."""
    if name in ASPECTS_BY_CALL:
        return dict.fromkeys(ASPECTS, (ASPECTS_BY_CALL[name],))
    return ASPECTS if actor in OWNERS else {**ASPECTS, **ASPECTS_OF_OTHERS}


def _valued(fields: Mapping[Any, str], but: Mapping[Any, str]) -> dict[Any, str]:
    """The fields that have a value, without those named; headings have none."""
    return {field: value for field, value in fields.items() if value and field not in but}


def _lists_fields(body: Any) -> bool:
    """Whether an update holds a new list of custom fields: a pair at least that says which field it means."""
    pairs = body.get("customFieldList") if isinstance(body, dict) else None
    return any("Key" in pair or "key" in pair for pair in (pairs if isinstance(pairs, list) else [pairs]) if pair)


def _left(
    ctx: ProbeContext, charged: Charged, aspect: str, shown: Any, due: Any, what: str, exchange: Exchange
) -> None:
    """Promise one aspect of what a request leaves behind; what answers do not show is not judged."""
    if shown is not None and due is not None:
        ctx.promise(
            charged,
            shown == due,
            ctx.history[-1],
            title=f"The case is not as it should be afterwards: {aspect}",
            received=f"{shown} after {what}",
            documented=f"{due}",
            chain=[exchange],
        )


def refused(
    ctx: ProbeContext, statement: str, status: int, what: str, *, name: str = WRITE, role: str = OPEN, **request: Any
) -> None:
    """
    Promise that a request is refused with this status, and that the case is as before (OO-53).

    Who is not served (401) changes nothing either: that is the same statement.
    """
    before = state_of(ctx, role)
    exchange = send(ctx, name, role, **request)
    if not ctx.refused([statement], exchange, what):
        # What it changed follows from its being accepted.
        return
    if exchange.response.status < 500:
        held = exchange.response.status == status
        promise(ctx, statement, held, exchange, f"Refused with another status: {what}", f"{status}", side=Side.REFUSE)
    charged = statement if status == 401 else "OO-53"
    unchanged(ctx, charged, before, role, f"the case after a refusal ({what})", exchange)


def send(ctx: ProbeContext, name: str, role: str, **request: Any) -> Exchange:
    """The request about the case of this role; a body is JSON unless `media` says otherwise."""
    path = {**path_to(ctx, role), **request.pop("path", {})}
    if "media" not in request and (request.get("body") is not None or "raw" in request):
        request["media"] = JSON
    return ctx.call(name, path=path, **request)


def _implied(name: str, body: Any, actor: str) -> State:
    """What an update says by itself: its title, and whether the case is private if the caller may say so (OO-57)."""
    if name != WRITE or not isinstance(body, dict):
        return {}
    implied: State = {"title": body["title"]} if "title" in body else {}
    if actor in OWNERS:
        private = body.get("isPrivate") is True
        implied |= {"private": True, "access": None} if private else {"private": False, "access": []}
    return implied


def _completed(wanted: State) -> State:
    """The same with the list of contacts that follows from the members; members are sorted."""
    if wanted.get("members") is not None:
        members = sorted(wanted["members"])
        wanted |= {"members": members, "contacts": members}
    # Whose list it is that a private case has, the caller says with it.
    if wanted.get("private") is True and "access" not in wanted:
        wanted["access"] = None
    return wanted


def hidden_case(ctx: ProbeContext) -> None:
    """The private case, private again whatever came before: for its creator and the colleague."""
    body = titled(ctx, isPrivate=True, accessList=ids_of(ctx, "user.colleague"))
    send(ctx, WRITE, PRIVATE, body=body, actor="creator")


def titled(ctx: ProbeContext, **members: Any) -> dict[str, Any]:
    """An update with a title that no case has yet, and these members."""
    return {"title": f"Casepact {ctx.random.randrange(10**9)}", **members}


def pair(ctx: ProbeContext, role: str, value: str = "Casepact") -> dict[str, Any]:
    """The custom field of this role with a value, as customFieldList holds it."""
    return {"Key": id_of(ctx, role), "Value": value}
