"""Cases and refusals as the eGain opponent shows them."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

from tests.opponents.egain_form import Refusal, instant
from tests.opponents.egain_seed import ATTRIBUTES
from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

BASE = "/core/casemgr/v3"
SUMMARY = [
    *("link", "activities", "department", "status", "lastModified", "lastModifiedBy"),
    *("dueDate", "owner", "customer", "severity", "subject", "id"),
]
ALL = [
    *SUMMARY,
    *("originatingChannel", "created", "createdBy", "description", "solution", "userLastWorked"),
    *("relatedCases", "customAttributes", "notes", "lastClosed"),
]
_ON_THE_PAGE = {
    *("id", "lastModified", "dueDate", "owner", "severity", "subject", "description", "solution"),
    *("relatedCases", "customAttributes", "lastClosed", "status", "department"),
}
"""What the page's body shows, and the two members of which its text speaks."""
_ALWAYS = {"id", "lastModified", "status", "department", "subject", "owner", "severity"}

_ORDER = ("urgent", "high", "medium", "low", "open", "closed")
_WORDS = {
    "en-US": ("Urgent", "High", "Medium", "Low", "Open", "Closed"),
    "es-ES": ("Urgente", "Alta", "Media", "Baja", "Abierto", "Cerrado"),
    "fr-FR": ("Urgente", "Élevée", "Moyenne", "Faible", "Ouvert", "Fermé"),
    "it-IT": ("Urgente", "Alta", "Media", "Bassa", "Aperto", "Chiuso"),
    "de-DE": ("Dringend", "Hoch", "Mittel", "Niedrig", "Offen", "Geschlossen"),
    "nl-NL": ("Dringend", "Hoog", "Gemiddeld", "Laag", "Open", "Gesloten"),
    "pt-BR": ("Urgente", "Alta", "Média", "Baixa", "Aberto", "Fechado"),
    "pt-PT": ("Urgente", "Alta", "Média", "Baixa", "Aberto", "Encerrado"),
    "da-DK": ("Haster", "Høj", "Mellem", "Lav", "Åben", "Lukket"),
    "ru-RU": ("Срочно", "Высокая", "Средняя", "Низкая", "Открыт", "Закрыт"),
    "fr-CA": ("Urgente", "Élevée", "Moyenne", "Faible", "Ouvert", "Fermé"),
    "zh-CN": ("紧急", "高", "中", "低", "未结", "已关闭"),
    "ja-JP": ("緊急", "高", "中", "低", "オープン", "クローズ"),
    "ko-KR": ("긴급", "높음", "중간", "낮음", "열림", "닫힘"),
    "sv-SE": ("Brådskande", "Hög", "Medel", "Låg", "Öppet", "Stängt"),
}
LANGUAGES = tuple(_WORDS)


def shown_case(store: Store, ways: Ways, record: Record, names: list[str], language: str) -> dict[str, Any]:
    """One case with those of its members that are asked for and have a value."""
    kept = [
        name
        for name in names
        if (name in _ON_THE_PAGE or not ways.page_members_only) and (name in _ALWAYS or not ways.hides_optional)
    ]
    values = {name: _member(store, ways, record, name, language) for name in kept}
    case = {name: value for name, value in values.items() if value not in ("", None, {}, [])}
    if ways.more_members:
        case |= {"slaState": {"level": 2, "breached": False}, "queue": None, "revision": len(record["notes"])}
    return case


def attribute_catalogue(ways: Ways) -> dict[str, Any]:
    """What is configured for the custom attributes of cases."""
    found = []
    for name, configured in ATTRIBUTES.items():
        entry: dict[str, Any] = {"name": name, "dataType": configured.data_type, "dataSize": configured.size}
        if configured.options:
            entry["options"] = {"option": [{"value": option} for option in configured.options]}
        found.append(entry | ({"origin": "tenant"} if ways.more_members else {}))
    return {"attribute": found}


def refusal_body(refusal: Refusal, ways: Ways, broken: Any, user_message: bool) -> dict[str, Any]:
    """The error object of a refusal."""
    code: Any = refusal.code
    if broken("code-is-a-number"):
        code = int(refusal.code.replace("-", ""))
    if broken("code-of-other-status") and refusal.status == 400:
        code = "500-100"
    message_name = "developermessage" if broken("developer-message-misspelt") else "developerMessage"
    body: dict[str, Any] = {"code": code, message_name: refusal.message}
    if broken("developer-message-missing"):
        del body[message_name]
    if refusal.details and not ways.page_members_only and not ways.hides_optional:
        body["details"] = [{"key": key, "value": value[:255]} for key, value in refusal.details.items()]
    if user_message and not ways.page_members_only:
        body["userMessage"] = "Your request could not be completed."
    if ways.more_members:
        body |= {"traceId": "4bf92f3577b34da6", "retryable": False, "origin": {"node": "casemgr-2", "zone": None}}
        body["details"] = [entry | {"hint": None} for entry in body.get("details", [])] or [{"key": "trace", "at": 1}]
    return body


def shown_date(text: str, ways: Ways) -> str:
    """A date of the records as answers hold it."""
    if not text or not ways.other_dates:
        return text
    there = instant(text).astimezone(timezone(timedelta(hours=5, minutes=30)))
    return there.isoformat(timespec="microseconds" if there.microsecond else "seconds")


def _member(store: Store, ways: Ways, record: Record, name: str, language: str) -> Any:
    own = f"{BASE}/case/{record['id']}"
    plain = {
        "id": "id",
        "subject": "subject",
        "description": "description",
        "solution": "solution",
        "originatingChannel": "channel",
    }
    dates = {"lastModified": "last_modified", "dueDate": "due_date", "created": "created", "lastClosed": "last_closed"}
    people = {"lastModifiedBy": "last_modified_by", "createdBy": "created_by", "userLastWorked": "user_last_worked"}
    if name in plain:
        return record[plain[name]]
    if name in dates:
        return shown_date(record[dates[name]], ways)
    if name in people or name == "owner":
        return _person(store, ways, record[people.get(name, name)])
    if name in ("severity", "status"):
        return _labelled(record[name], language, ways)
    if name == "link":
        return [{"rel": "self", "href": own}]
    if name == "activities":
        return {"link": [{"rel": "activities", "href": f"/core/interactionmgr/v3/activity?case={record['id']}"}]}
    if name == "notes":
        return [{"link": [{"rel": "note", "href": f"{own}/note/{note}"}]} for note in record["notes"]]
    if name == "department":
        department = store.current("department", record["department"]) or {}
        return {"name": department["name"], "id": department["id"]} | _more(ways, "costCentre", "4711")
    if name == "customer":
        customer = record["customer"]
        link = [{"rel": "customer", "href": f"/core/customermgr/v3/customer/{customer['id']}"}]
        return {"link": link, "customerName": customer["name"], "id": customer["id"]}
    if name == "relatedCases":
        return _related(store, ways, record, language)
    entries = [_attribute(attribute, values, ways) for attribute, values in record["custom"].items() if values]
    return {"customAttribute": entries} if entries else {}


def _attribute(name: str, values: list[str], ways: Ways) -> dict[str, Any]:
    shown = [{"value": value} | _more(ways, "position", 1) for value in values]
    return {"attribName": name, "attribValues": {"attribValue": shown}}


def _person(store: Store, ways: Ways, key: str) -> dict[str, Any] | None:
    user = store.current("user", key) if key else None
    if user is None:
        return None
    person = {"firstName": user["first_name"], "lastName": user["last_name"], "id": user["id"]}
    return {"user": person | _more(ways, "avatar", None)}


def _related(store: Store, ways: Ways, record: Record, language: str) -> dict[str, Any]:
    links, cases = [], []
    for key in record["related"]:
        other = store.shown("case", key) or {}
        links.append({"rel": "case", "href": f"{BASE}/case/{key}"} | _more(ways, "title", None))
        status = _labelled(other["status"], language, ways)
        cases.append({"status": status, "subject": other["subject"], "id": key} | _more(ways, "stale", False))
    return {"link": links, "case": cases} if links else {}


def _labelled(value: str, language: str, ways: Ways) -> dict[str, Any]:
    label = _WORDS[language][_ORDER.index(value)] if value in _ORDER else value
    return {"value": value, "displayValue": label} | _more(ways, "rank", 1)


def _more(ways: Ways, name: str, value: Any) -> dict[str, Any]:
    return {name: value} if ways.more_members else {}
