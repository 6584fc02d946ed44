"""The CRM of ONLYOFFICE and R7-Office: a case is updated, closed or reopened back; contacts are added or removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.rollback.inverses.inverse import Ask, Inverse, NotRead, Sent, State

_JSON = "application/json"


def read(ask: Ask, ids: Sequence[str]) -> dict[str, State]:
    """Each case as getCase shows it, by camelCase names; its members are its contacts in their order."""
    found: dict[str, State] = {}
    for id in ids:
        exchange = ask("getCase", path={"caseid": id})
        shown = _camel(exchange.value)
        case = shown.get("response") if isinstance(shown, dict) else None
        if not 200 <= exchange.response.status < 300 or not isinstance(case, dict):
            raise NotRead(f"getCase of {id} answered {exchange.response.status} without a case")
        found[id] = case
    return found


def named(sent: Sent) -> frozenset[str]:
    """The caseid of the path and, where they say another one, of query and body; 0 is nobody's (OO-53)."""
    named = [sent.arguments.get("caseid", ""), *_values(sent.query, "caseid"), *_values(sent.body, "caseid")]
    return frozenset(str(id) for id in named if str(id) not in ("", "0", "None"))


def obstacles(sent: Sent, found: State) -> dict[str, str]:
    """What an update does for good: a notification, a value for an empty custom field, joining an access list."""
    if sent.operation != "updateCase":
        return {}
    if found.get("isPrivate"):
        return {"": "whoever updates a private case joins its access list (OO-58)"}
    if not str(found.get("title") or "").strip():
        return {"": "the case has no title that could be set again"}
    hidden = sent.unread.lower()
    if b"customfieldlist" in hidden or b"isnotify" in hidden:
        return {"": "the body cannot be looked into"}
    reasons: dict[str, str] = {}
    filled = {str(field.get("id")) for field in found.get("customFields") or () if field.get("fieldValue")}
    for source in (sent.body, sent.query):
        for name, value in source.items() if isinstance(source, Mapping) else ():
            if name.lower() == "isnotify" and str(value).lower() not in ("false", "none", ""):
                reasons[f"/{name}"] = "a notification cannot be called back"
            if name.lower().startswith("customfieldlist") and not _keys(name, value, source) <= filled:
                reasons[f"/{name}"] = "a custom field without a value cannot be emptied again (OO-62)"
    return reasons


def mend(ask: Ask, id: str, found: State, now: State) -> None:
    """
    Reopen or close, then update title, privacy, fields and members; members of a case that had none are removed.

    An update of a private case needs its access list; where reads do not show that, contacts alone are put back.
    """
    path = {"caseid": id}
    if found.get("isClosed") != now.get("isClosed"):
        ask("closeCase" if found.get("isClosed") else "reopenCase", path=path)
    if {**found, "isClosed": None} == {**now, "isClosed": None}:
        return
    members, present = _members(found), _members(now)
    users = [user["id"] for user in found.get("accessList") or () if found.get("isPrivate")]
    if found.get("isPrivate") and (not users or _but_contacts(found) == _but_contacts(now)):
        _exchanged(ask, path, members, present)
        return
    fields = [
        {"Key": field["id"], "Value": field["fieldValue"]}
        for field in found.get("customFields") or ()
        if field.get("fieldValue")
    ]
    body = {"title": found["title"], "isPrivate": bool(users), "isNotify": False}
    if users:
        # Whoever updates joins the list, so this puts it back for its own members alone (OO-58).
        body["accessList"] = users
    if members:
        body["members"] = members
    if fields and found.get("customFields") != now.get("customFields"):
        body["customFieldList"] = fields
    ask("updateCase", path=path, media=_JSON, body=body)
    if not members:
        _exchanged(ask, path, members, present)


INVERSE = Inverse(read, named, obstacles, mend, ("case",), {"customFieldList": "customFields", "contactid": "members"})


def _exchanged(ask: Ask, path: Mapping[str, str], members: Sequence[int], present: Sequence[int]) -> None:
    """All contacts out and the former ones in, so that their order is the old one too."""
    if members == present:
        return
    for contact in present:
        ask("removeCaseContact", path={**path, "contactid": contact})
    for contact in members:
        ask("addCaseContact", path=path, media=_JSON, body={"contactid": contact})


def _but_contacts(case: State) -> State:
    return {**case, "isClosed": None, "members": None}


def _members(case: State) -> list[int]:
    return [member["id"] for member in case.get("members") or ()]


def _values(source: Any, name: str) -> Iterator[Any]:
    for key, value in source.items() if isinstance(source, Mapping) else ():
        if key.lower() == name:
            yield value


def _keys(name: str, value: Any, source: Mapping[str, Any]) -> set[str]:
    """The fields that a list of pairs names; "?" for a pair in a form that does not say."""
    if isinstance(value, list):
        return {str(pair.get("Key", "?")) if isinstance(pair, dict) else "?" for pair in value}
    if name.lower().endswith("[key]"):
        return {str(value)}
    keyed = f"{name[: -len('[Value]')]}[Key]"
    return set() if name.lower().endswith("[value]") and keyed in source else {"?"}


def _camel(value: Any) -> Any:
    """The same value with the first letter of every name small: some editions write it large (OO-5)."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _camel(member) for name, member in value.items()}
    return [_camel(item) for item in value] if isinstance(value, list) else value
