"""Servers whose writes do more, less or something else than they should, with the statement that each breaks."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mock_server.behaviours import BEHAVIOURS
from mock_server.reply import Call, Refusal, Reply
from mock_server.worlds.records import Change
from tests.broken_servers import Liar
from tests.servers import mock_app

Record = dict[str, Any]
Alter = Callable[[Call, Record, Record], Record]
"""The request, the record as it was and as it should be → what is stored instead."""


def storing(api: str, operation: str, alter: Alter, more: Callable[[Call], list[Change]] = lambda call: []) -> Any:
    """The mock of an API in which one operation stores another record than it should, or further ones."""
    behaviour = BEHAVIOURS[api][operation]

    def act(call: Call) -> Reply | Refusal:
        outcome = behaviour.act(call)
        if not isinstance(outcome, Reply):
            return outcome
        changes = [_altered(call, change, alter) for change in outcome.changes]
        return outcome._replace(changes=(*changes, *more(call)))

    return mock_app(api, {operation: replace(behaviour, act=act)})


def _altered(call: Call, change: Change, alter: Alter) -> Change:
    before = dict(call.records.find(change.collection, change.id) or {})
    record = alter(call, before, dict(change.record or {}))
    return Change(change.collection, change.id, record)


def _lying(api: str, operation: str, blamed: str, alter: Alter) -> Liar:
    return Liar(api, blamed, lambda: storing(api, operation, alter))


def _faithful(call: Call, before: Record, after: Record) -> Record:
    return after


def _emptying(name: str) -> Alter:
    """The member is null afterwards when it is not sent."""
    return lambda call, before, after: after if name in _sent(call) else {**after, name: None}


def _removing(name: str) -> Alter:
    """The member is gone afterwards when it is not sent."""
    return lambda call, before, after: (
        after if name in _sent(call) else {key: value for key, value in after.items() if key != name}
    )


def _setting(**members: Any) -> Alter:
    return lambda call, before, after: {**after, **members}


def _ignoring(name: str) -> Alter:
    """The member keeps the value it had."""
    return lambda call, before, after: {**after, name: before.get(name)}


def _texts(bend: Callable[[str], str]) -> Alter:
    """Every text that is sent is stored bent."""

    def alter(call: Call, before: Record, after: Record) -> Record:
        sent = _sent(call)
        texts = ("title", "description", "attachment", "contactPhone", "subject", "solution")
        return {**after, **{name: bend(after[name]) for name in texts if isinstance(sent.get(name), str)}}

    return alter


def _bending(name: str, bend: Callable[[str], str]) -> Alter:
    return lambda call, before, after: {**after, name: bend(after[name])} if name in _sent(call) else after


def _sent(call: Call) -> Mapping[str, Any]:
    body = call.body if isinstance(call.body, dict) else {}
    info: Mapping[str, Any] = body.get("caseInfo", body)
    return info


def _to_others(api: str, operation: str, blamed: str, name: str, value: Callable[[Call], Any]) -> Liar:
    """What one case gets every other case gets too."""

    def more(call: Call) -> list[Change]:
        id = str(call.arguments.get("caseid") or _sent(call).get("id"))
        others = [(key, dict(record)) for key, record in call.records.entries("cases") if key != id]
        return [Change("cases", key, {**record, name: value(call)}) for key, record in others]

    return Liar(api, blamed, lambda: storing(api, operation, _faithful, more))


def _delayed(api: str, operation: str, blamed: str) -> Liar:
    """Of several changes of one case only the first is stored."""

    def made() -> Any:
        seen: set[tuple[int, str]] = set()

        def alter(call: Call, before: Record, after: Record) -> Record:
            key = (id(call.records), str(after["id"]))
            if key not in seen:
                seen.add(key)
                return after
            return {**before, "lastModified": after["lastModified"]} if "lastModified" in after else before

        return storing(api, operation, alter)

    return Liar(api, blamed, made)


def _mixing(api: str, operation: str, blamed: str, name: str) -> Liar:
    """A change is written to the case of the request before, too."""

    def made() -> Any:
        last: list[str] = []

        def more(call: Call) -> list[Change]:
            id = str(call.arguments.get("caseid") or _sent(call).get("id"))
            earlier = [key for key in last if key != id]
            last[:] = [id]
            return [
                Change("cases", key, {**record, name: _sent(call)[name]})
                for key in earlier
                if (record := call.records.find("cases", key)) is not None and name in _sent(call)
            ]

        return storing(api, operation, _faithful, more)

    return Liar(api, blamed, made)


def _refusing_again(api: str, operation: str, blamed: str) -> Liar:
    """A request that changes nothing is refused."""
    behaviour = BEHAVIOURS[api][operation]

    def act(call: Call) -> Reply | Refusal:
        outcome = behaviour.act(call)
        if isinstance(outcome, Reply) and all(
            call.records.find(change.collection, change.id) == change.record for change in outcome.changes
        ):
            return Refusal("invalid", (blamed,), "nothing would change", "", "")
        return outcome

    return Liar(api, blamed, lambda: mock_app(api, {operation: replace(behaviour, act=act)}))


def _narrow(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def _day_only(text: str) -> str:
    return f"{text[:10]} 00:00:00"


def _due(call: Call) -> Record:
    """The due date that was sent with its offset cut off, if it has one."""
    text = _sent(call).get("dueDate", "")
    return {"dueDate": f"{text[:19]}.000Z"} if text and not text.endswith("Z") else {}


KEPT: Mapping[str, Liar] = {
    "AICC clears the origin": _lying("aicc", "modifyCase", "HW-05", _setting(origin=None)),
    "AICC closes what is changed": _lying("aicc", "modifyCase", "HW-05", _setting(closedDate="2024-01-01 00:00:00")),
    "AICC clears a due date that is not sent": _lying("aicc", "modifyCase", "D-34", _emptying("dueDate")),
    "AICC writes the description to every case": _to_others(
        "aicc", "modifyCase", "HW-19", "description", lambda call: _sent(call)["description"]
    ),
    "eGain removes a solution that is not sent": _lying("egain", "editCase", "EG-67", _removing("solution")),
    "eGain removes a due date that is not sent": _lying("egain", "editCase", "D-21", _removing("dueDate")),
    "eGain drops custom attributes": _lying("egain", "editCase", "EGF-16", _setting(customAttributes={})),
    "eGain drops relations": _lying("egain", "editCase", "EG-61", _setting(related=[])),
    "eGain changes the channel": _lying("egain", "editCase", "EG-33", _setting(originatingChannel="Chat")),
    "eGain sets every case to low": _to_others("egain", "editCase", "EG-04", "severity", lambda call: "urgent"),
    "ONLYOFFICE opens closed cases by an update": _lying("onlyoffice", "updateCase", "OO-56", _setting(isClosed=False)),
    "ONLYOFFICE drops members by an update": _lying(
        "onlyoffice",
        "updateCase",
        "OO-61",
        lambda call, before, after: after if "members" in call.body else {**after, "members": []},
    ),
    "ONLYOFFICE gives a title to every case": _to_others(
        "onlyoffice", "updateCase", "OU-04", "title", lambda call: _sent(call)["title"]
    ),
    "ONLYOFFICE closes by adding a contact": _lying("onlyoffice", "addCaseContact", "OO-72", _setting(isClosed=True)),
    "ONLYOFFICE publishes by adding a contact": _lying(
        "onlyoffice", "addCaseContact", "OC-04", _setting(isPrivate=False, accessList=[])
    ),
    "ONLYOFFICE replaces contacts by adding one": _lying(
        "onlyoffice", "addCaseContact", "OC-04", lambda call, before, after: {**after, "members": after["members"][-1:]}
    ),
    "ONLYOFFICE removes all contacts": _lying("onlyoffice", "removeCaseContact", "OO-65", _setting(members=[])),
    "ONLYOFFICE empties fields by closing": _lying("onlyoffice", "closeCase", "OO-69", _setting(fieldValues={})),
    "ONLYOFFICE publishes by reopening": _lying(
        "onlyoffice", "reopenCase", "OO-69", _setting(isPrivate=False, accessList=[])
    ),
    "R7 empties fields by closing": _lying("r7office", "closeCase", "R7-04", _setting(fieldValues={})),
    "R7 publishes by closing": _lying("r7office", "closeCase", "R7-04", _setting(isPrivate=False, accessList=[])),
    "R7 closes every case": _to_others("r7office", "closeCase", "R7-04", "isClosed", lambda call: True),
    "R7 bends titles by closing": _lying(
        "r7office", "closeCase", "R7-04", lambda call, before, after: {**after, "title": html.unescape(after["title"])}
    ),
    "R7 leaves private cases open": _lying(
        "r7office", "closeCase", "R7-51", lambda call, before, after: before if before["isPrivate"] else after
    ),
}
"""Writes that change what they should leave alone, or nothing."""

BENT: Mapping[str, Liar] = {
    f"{api} {what}": _lying(api, operation, blamed, _texts(bend))
    for api, operation, blamed in (
        ("aicc", "modifyCase", "HW-05"),
        ("egain", "editCase", "EG-03"),
        ("onlyoffice", "updateCase", "OU-17"),
    )
    for what, bend in (
        ("escapes texts", html.escape),
        ("unescapes texts", html.unescape),
        ("writes texts in ASCII", _narrow),
        ("writes texts in one line", _one_line),
        ("loses backslashes", lambda text: text.replace("\\", "")),
    )
}
"""Texts that are stored as other texts; AICC's contactPhone and attachment have statements of their own."""

CUT: Mapping[str, Liar] = {
    "AICC trims texts": _lying("aicc", "modifyCase", "D-44", _texts(str.strip)),
    "eGain trims texts": _lying("egain", "editCase", "D-44", _texts(str.strip)),
    "ONLYOFFICE trims titles": _lying("onlyoffice", "updateCase", "OO-54", _texts(str.strip)),
    "ONLYOFFICE cuts titles at 100": _lying("onlyoffice", "updateCase", "OU-17", _texts(lambda text: text[:100])),
    "ONLYOFFICE cuts titles at 255": _lying("onlyoffice", "updateCase", "D-11", _texts(lambda text: text[:255])),
    "AICC cuts attachments at 2000": _lying(
        "aicc", "modifyCase", "D-45", _bending("attachment", lambda text: text[:2000])
    ),
}
"""Texts that are stored as parts of themselves."""

ALONE: Mapping[str, Liar] = {
    "AICC keeps the owner": _lying("aicc", "modifyCase", "HW-29", _ignoring("ownerId")),
    "AICC keeps the contact": _lying("aicc", "modifyCase", "HW-42", _ignoring("contactId")),
    "AICC stores Critical as High": _lying(
        "aicc", "modifyCase", "HW-05", _bending("priority", lambda text: text.replace("Critical", "High"))
    ),
    "AICC stores days": _lying("aicc", "modifyCase", "HW-37", _bending("dueDate", _day_only)),
    "eGain ignores offsets": _lying(
        "egain",
        "editCase",
        "EG-43",
        lambda call, before, after: {**after, **_due(call)},
    ),
    "eGain stores urgent as high": _lying(
        "egain", "editCase", "EGF-13", _bending("severity", lambda text: text.replace("urgent", "high"))
    ),
    "ONLYOFFICE stores one member": _lying(
        "onlyoffice",
        "updateCase",
        "OU-25",
        lambda call, before, after: {**after, "members": after["members"][:1]} if "members" in call.body else after,
    ),
}
"""Members that are stored otherwise when they are sent alone."""

AGAIN: Mapping[str, Liar] = {
    "AICC stores the first change alone": _delayed("aicc", "modifyCase", "HW-05"),
    "eGain stores the first change alone": _delayed("egain", "editCase", "EG-03"),
    "ONLYOFFICE stores the first change alone": _delayed("onlyoffice", "updateCase", "OU-17"),
    "AICC refuses what changes nothing": _refusing_again("aicc", "modifyCase", "HW-05"),
    "ONLYOFFICE refuses what changes nothing": _refusing_again("onlyoffice", "updateCase", "OU-04"),
    "ONLYOFFICE refuses to add again": _refusing_again("onlyoffice", "addCaseContact", "OO-66"),
    "ONLYOFFICE refuses to close again": _refusing_again("onlyoffice", "closeCase", "OO-69"),
    "R7 refuses to close again": _refusing_again("r7office", "closeCase", "OO-69"),
    "AICC mixes up requests": _mixing("aicc", "modifyCase", "HW-19", "title"),
    "eGain mixes up requests": _mixing("egain", "editCase", "EG-04", "subject"),
    "ONLYOFFICE mixes up requests": _mixing("onlyoffice", "updateCase", "OU-04", "title"),
}
"""Writes that are right once, or as long as there is only one case."""

ALSO: Mapping[str, set[str]] = {
    # The members that have a statement of their own, and what is said of a text of a certain kind.
    **{name: {"HW-20", "HW-23", "HW-50", "HW-55"} for name in BENT if name.startswith("aicc")},
    **{name: {"EG-49", "EG-52", "EG-55"} for name in BENT if name.startswith("egain")},
    "AICC stores the first change alone": {"HW-20", "HW-23", "HW-29", "HW-30", "HW-34", "HW-42", "HW-50", "HW-55"},
    "AICC stores Critical as High": {"HW-30", "HW-33"},
    "AICC stores days": {"HW-05", "HW-34", "HW-38"},
    "eGain stores the first change alone": {"EG-33", "EG-43", "EG-46", "EG-47", "EG-49", "EG-52", "EG-55", "EGF-13"},
    "eGain removes a solution that is not sent": {"EG-03"},
    "ONLYOFFICE opens closed cases by an update": {"OU-04"},
    "ONLYOFFICE stores the first change alone": {"OU-25"},
    "ONLYOFFICE cuts titles at 100": {"D-11"},
    "eGain trims texts": {"EG-89"},
    "ONLYOFFICE refuses to add again": {"OC-04"},
}
"""What some of them may be blamed for beside their statement, because they break it too."""

LIARS: Mapping[str, Liar] = {**KEPT, **BENT, **CUT, **ALONE, **AGAIN}
