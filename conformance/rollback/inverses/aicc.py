"""AICC: a case is put back by modifying the members that differ; one without a value cannot be emptied again."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State

_SENT = (
    *("id", "title", "description", "creatorId"),
    *("ownerId", "priority", "dueDate", "contactId", "contactPhone", "attachment"),
)
"""The members that an update names: where an absent one is emptied (D-34), all have to be sent."""


def read(ask: Ask, ids: Sequence[str]) -> dict[str, State]:
    """Each case as getCase shows it."""
    found: dict[str, State] = {}
    for id in ids:
        exchange = ask("getCase", path={"id": id})
        try:
            found[id] = dict(exchange.value["result"][0]["caseInfo"])
        except (LookupError, TypeError, ValueError):
            raise NotRead(f"getCase of {id} answered {exchange.response.status} without a case") from None
    return found


def named(sent: Sent) -> frozenset[str]:
    """The id that the body names."""
    info = sent.body.get("caseInfo") if isinstance(sent.body, dict) else None
    id = info.get("id") if isinstance(info, dict) else None
    return frozenset([id] if isinstance(id, str) and id else ())


def obstacles(sent: Sent, found: State) -> dict[str, str]:
    """Members that hold nothing now, as no update takes a value away (D-34), and those that getCase does not show."""
    return {
        f"/caseInfo/{name}": f"{name} has no value now, and a value cannot be taken away again"
        if name in found
        else f"{name} is not shown by getCase"
        for name, value in sent.body["caseInfo"].items()
        if value is not None and found.get(name) is None
    }


def mend(ask: Ask, id: str, found: State, now: State) -> None:
    """Modify the case with all that an update may name and it had, and the members that differ."""
    changed = {name: value for name, value in found.items() if now.get(name) != value and value is not None}
    info = {**{name: found[name] for name in _SENT if found.get(name) is not None}, **changed, "id": id}
    ask("modifyCase", media="application/json", body={"caseInfo": info})


INVERSE = Inverse(read, named, obstacles, mend, ("case",))
