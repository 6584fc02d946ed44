"""The cases that are edited and related, and what a read shows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conformance.probes.context import ProbeContext
from specs.roles import ids_of

READ = "getCasesByIds"
OPEN, BARE, LINKABLE = "case.open", "case.bare", "case.linkable"

Shown = dict[str, Any]


def path_to(ctx: ProbeContext, role: str) -> dict[str, Any]:
    """The path parameters of a read of the case of this role."""
    return {"ids": ctx.record(role)["id"]}


def read_case(ctx: ProbeContext, role: str, actor: str = "") -> Shown:
    """The case as a read by this actor shows it whole; empty when it cannot be read, which other probes charge."""
    read = ctx.call(READ, path=path_to(ctx, role), query={"$attribute": "all"}, actor=actor)
    if not ctx.operation(READ).succeeded(read.response.status, read.value):
        return {}
    shown: Shown = read.value["case"][0]
    return shown


def words(shown: Shown) -> tuple[Any, Any]:
    """What a case has for people to read."""
    return shown["status"].get("displayValue"), shown["severity"].get("displayValue")


def related_ids(shown: Shown) -> list[str]:
    """The ids of the cases that a case shows as related."""
    return [item["id"] for item in shown.get("relatedCases", {}).get("case", ())]


def hidden(name: str, *states: Shown) -> bool:
    """Whether none of these states shows a member, so that nothing can be said of it."""
    return not any(name in state for state in states)


def linkable(ctx: ProbeContext) -> list[str]:
    """The cases of the target that may be related to others, by id."""
    return ids_of(ctx.record(LINKABLE))


def later(before: Shown, after: Shown) -> bool:
    """Whether a case was edited later than before."""
    return instant(after["lastModified"]) > instant(before["lastModified"])


def instant(text: str) -> datetime:
    """The moment that a case shows."""
    return datetime.fromisoformat(text)
