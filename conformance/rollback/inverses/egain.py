"""eGain: a case is put back by an edit of the members that differ, under the `lastModified` that it has by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State

_TEXTS = ("subject", "description", "solution")
_AT_ONCE = 75


def read(ask: Ask, ids: Sequence[str]) -> dict[str, State]:
    """The cases, whole, 75 at once (EGF-34); attributes by name and relations by id, as their order means nothing."""
    found: dict[str, State] = {}
    for start in range(0, len(ids), _AT_ONCE):
        asked = ids[start : start + _AT_ONCE]
        exchange = ask("getCasesByIds", path={"ids": ",".join(asked)}, query={"$attribute": "all"})
        cases = exchange.value.get("case") if isinstance(exchange.value, dict) else None
        shown = {str(case.get("id")): _ordered(case) for case in cases or () if isinstance(case, dict)}
        missing = [id for id in asked if id not in shown]
        if missing:
            raise NotRead(f"getCasesByIds answered {exchange.response.status} without {', '.join(missing)}")
        found |= {id: shown[id] for id in asked}
    return found


def named(sent: Sent) -> frozenset[str]:
    """
    The id of the body and, as a relation may show on both sides, the cases that are related or unrelated.

    Of a list, which no server should take, those of every edit in it; none when one of them names no case.
    """
    edits = _edits(sent)
    if not all(isinstance(edit, dict) and isinstance(edit.get("id"), str) for edit in edits):
        return frozenset()
    return frozenset(id for edit in edits for id in (edit["id"], *_linked(edit.get("relatedCases"))))


def obstacles(sent: Sent, found: State) -> dict[str, str]:
    """Members without an inverse: a new owner, a due date over one that has passed, what nobody may set."""
    return {
        f"/{name}": reason
        for edit in _edits(sent)
        for name, value in edit.items()
        if name not in ("id", "lastModified") and (reason := _obstacle(name, value, found))
    }


def mend(ask: Ask, id: str, found: State, now: State) -> None:
    """
    Edit the case with the members that differ.

    What was absent is sent empty, which removes it (EG-67, EGF-16, EGF-17); a due date that has passed stays changed.
    Where not all is taken at once, the first single member that is taken is sent.
    """
    body: dict[str, Any] = {}
    for name in (*_TEXTS, "dueDate"):
        if found.get(name) != now.get(name) and (name != "dueDate" or _settable(found.get(name))):
            body[name] = found.get(name) or ""
    if found.get("severity") != now.get("severity") and found.get("severity"):
        body["severity"] = {"value": found["severity"]["value"]}
    if _owner(found) != _owner(now) and _owner(found):
        body["owner"] = {"user": {"id": _owner(found)}}
    before_related, after_related = _related(found), _related(now)
    if before_related != after_related:
        lists = {
            "unlink": [other for other in after_related if other not in before_related],
            "link": [other for other in before_related if other not in after_related],
        }
        body["relatedCases"] = {
            name: [{"rel": "case", "href": f"/core/casemgr/v3/case/{other}"} for other in ids]
            for name, ids in lists.items()
            if ids
        }
    before, after = _attributes(found), _attributes(now)
    if before != after:
        body["customAttributes"] = {
            "customAttribute": [
                {
                    "attribName": name,
                    "attribValues": {"attribValue": [{"value": value} for value in before.get(name) or [""]]},
                }
                for name in sorted(before.keys() | after)
                if before.get(name) != after.get(name)
            ]
        }
    for part in [body, *({name: value} for name, value in body.items() if len(body) > 1)] if body else ():
        edit = {"id": id, "lastModified": now.get("lastModified"), **part}
        if ask("editCase", media="application/json", body=edit).response.status < 300:
            return


INVERSE = Inverse(read, named, obstacles, mend, ("case",))


def _edits(sent: Sent) -> list[Any]:
    return sent.body if isinstance(sent.body, list) else [sent.body]


def _ordered(case: dict[str, Any]) -> dict[str, Any]:
    ordered = dict(case)
    if held := case.get("customAttributes", {}).get("customAttribute"):
        attributes = sorted(held, key=lambda item: str(item.get("attribName")))
        ordered["customAttributes"] = {**case["customAttributes"], "customAttribute": attributes}
    if related := case.get("relatedCases", {}).get("case"):
        # What else a relation shows is of the other case.
        ordered["relatedCases"] = {
            "case": sorted(({"id": item["id"]} for item in related), key=lambda item: item["id"])
        }
    return ordered


def _obstacle(name: str, value: Any, found: State) -> str:
    if name in (*_TEXTS, "customAttributes", "relatedCases"):
        return ""
    if name == "severity":
        return "" if found.get("severity") else "severity has no value now, and it cannot be taken away again"
    if name == "owner":
        same = isinstance(value, dict) and isinstance(value.get("user"), dict) and value["user"].get("id")
        kept = bool(same) and same == _owner(found)
        return "" if kept else "owner, because the next owner may be one whom the case cannot be taken back from"
    if name == "dueDate":
        return "" if _settable(found.get("dueDate")) else "dueDate has passed and could not be set again"
    return f"{name} is not a member that can be set back"


def _settable(due: Any) -> bool:
    """Whether a due date will be taken again: absent, or in the future for some time yet (EG-42)."""
    if not due:
        return True
    try:
        return datetime.fromisoformat(due) > datetime.now(UTC) + timedelta(days=1)
    except (TypeError, ValueError):
        return False


def _linked(relations: Any) -> Iterator[str]:
    for links in relations.values() if isinstance(relations, dict) else ():
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and isinstance(link.get("href"), str):
                yield link["href"].rpartition("/")[2]


def _owner(case: State) -> str:
    return str(case.get("owner", {}).get("user", {}).get("id", ""))


def _related(case: State) -> list[str]:
    return [item["id"] for item in case.get("relatedCases", {}).get("case", ())]


def _attributes(case: State) -> dict[str, list[str]]:
    held = case.get("customAttributes", {}).get("customAttribute", ())
    return {item["attribName"]: [value["value"] for value in item["attribValues"]["attribValue"]] for item in held}
