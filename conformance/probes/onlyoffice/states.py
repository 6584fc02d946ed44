"""What state a case is in, and that it stays in it."""

from __future__ import annotations

from typing import Any

from conformance.probes.context import ProbeContext
from conformance.probes.crm import READ, member
from conformance.probes.onlyoffice.records import path_to
from conformance.target.exchange import Exchange

LIST = "getCaseContacts"

State = dict[str, Any]
"""The aspects of a case as administrators see them; one that the answers do not show is None and is not judged."""


def state_of(ctx: ProbeContext, role: str) -> State:
    """The case as an administrator sees it."""
    case = response_of(ctx, ctx.call(READ, path=path_to(ctx, role)))
    contacts = response_of(ctx, ctx.call(LIST, path=path_to(ctx, role)))
    access = member(case, "accessList")
    fields = member(case, "customFields")
    return {
        "title": member(case, "title"),
        "closed": member(case, "isClosed"),
        "private": member(case, "isPrivate"),
        "access": sorted(f"{member(user, 'id')}".lower() for user in access or ()) if case else None,
        "members": numbers(member(case, "members")),
        "contacts": numbers(contacts),
        "fields": {member(field, "id"): member(field, "fieldValue") or "" for field in fields}
        if isinstance(fields, list)
        else None,
    }


def unchanged(ctx: ProbeContext, statement: str, before: State, role: str, what: str, *chain: Exchange) -> None:
    """Promise that a case is as it was."""
    after = state_of(ctx, role)
    changed = [
        aspect for aspect, value in after.items() if None not in (value, before[aspect]) and value != before[aspect]
    ]
    ctx.promise(
        [statement],
        not changed,
        ctx.history[-1],
        title=f"Changed: {what}",
        received=", ".join(f"{aspect} {after[aspect]}" for aspect in changed),
        documented=", ".join(f"{aspect} {before[aspect]}" for aspect in changed),
        chain=chain,
    )


def response_of(ctx: ProbeContext, exchange: Exchange) -> Any:
    """What a success answers; None for anything else, which other probes charge."""
    succeeded = ctx.operation(exchange.operation).succeeded(exchange.response.status, exchange.value)
    return exchange.value.get("response") if succeeded else None


def numbers(records: Any) -> list[int] | None:
    """The ids of records that an answer lists, sorted; None for what is not a list."""
    return sorted(member(record, "id") for record in records) if isinstance(records, list) else None
