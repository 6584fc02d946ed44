"""
The records of the R7-Office opponent: users, custom fields, contacts and cases, and who is who (KNOWN).

Numbers stand here without what big identifiers add.
"""

from __future__ import annotations

from typing import Any

from tests.opponents.crm import DATE, HEADING, identified
from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

KNOWN = """
Base path /api/2.0. JSON, or XML with the suffix .xml (then no Content-Type application/json).
Users (name, GUID; tokens and passwords in credentials()):
  admin      Зоя Крылова         3f9a1c75-d286-4eb0-9c47-0be5f8d13a62  administrator, sees and may do everything
  creator    Пётр Ларин          a7e40d18-6b3c-45f9-8d21-cf57930e6ab4  made most cases; no administrator
  colleague  Римма Усова         64c2fb09-8e15-4d7a-b3f6-2a9d41c07e58  stands in access lists; made case 90213
  outsider   Кирилл Жданов       e185d3b6-40fa-4c29-97be-7d06c2f8915a  in no access list; sees public cases only
  guest      Гость Портала       0d6b8e24-f7c1-4a53-8e9d-b41f5a72c3e6  may not use the CRM: 403 everywhere
  elsewhere  Олег Юрьев          b92f50ce-1d84-4367-a0cb-93e6d7f28415  changes cases 90281 to 90284 when busy
Custom fields of cases: 41 "Смета" text, 42 "День открытия" date, 43 "Логистика" heading (always shown, no value),
  44 "Заметки" text area with a mask. Contacts: 5201 to 5203 persons, 5204 a company, 5205 hidden from all but creator.
Cases (made by creator where nothing else is said):
  90201 open, public, members 5201 and 5204, fields 41 and 42        90202 open, public, member 5202
  90203 open, public, no members, no fields with a value             90204 closed, public, field 41
  90205 open, private: creator, colleague; field 42                  90206 open, private: creator alone
  90207 open, private, made by admin: admin, colleague; creator may not see it
  90208 closed, private: creator, colleague                          90209 open, public, title with ' " & < >
  90210 open, public, a title of 240 characters                      90211 closed, public
  90212 open, public, member 5201 and the hidden 5205                90213 open, public, made by colleague
  90214 open, private, made by colleague: colleague, creator
  90231 to 90240 open, public, for nobody in particular              90251 to 90254 open, private: creator, colleague
  90261 and 90262 closed, public, for nobody in particular           90299 and 99999 are no cases
Refused: close or reopen of a case the caller does not see 403 (GET: 404), of an unknown case 404, of case 0 400.
Closing a closed case answers 200 and leaves it closed. The facts settle every answer for unseen records, so the way
unseen changes nothing here. Members and access list are in the answer as far as X-38 says, not with page_members_only.
"""

_USERS = {
    "admin": ("3f9a1c75-d286-4eb0-9c47-0be5f8d13a62", "Зоя Крылова", "Директор", "krylova"),
    "creator": ("a7e40d18-6b3c-45f9-8d21-cf57930e6ab4", "Пётр Ларин", "Ведущий менеджер", "larin"),
    "colleague": ("64c2fb09-8e15-4d7a-b3f6-2a9d41c07e58", "Римма Усова", "Менеджер", "usova"),
    "outsider": ("e185d3b6-40fa-4c29-97be-7d06c2f8915a", "Кирилл Жданов", "Стажёр", "zhdanov"),
    "guest": ("0d6b8e24-f7c1-4a53-8e9d-b41f5a72c3e6", "Гость Портала", "", "gost"),
    "elsewhere": ("b92f50ce-1d84-4367-a0cb-93e6d7f28415", "Олег Юрьев", "Отдел «Север»", "yuriev"),
}


def credentials(ways: Ways) -> dict[str, dict[str, str]]:
    """Who there is: id, user name, password and the fixed token of each user, which never ends."""
    return {
        who: {
            "id": key,
            "userName": f"{login}@vystavka.example",
            "password": f"Пароль-{who}",
            "token": f"r7-{who}-Q8m1",
        }
        for who, (key, _name, _title, login) in _USERS.items()
    }


def seed(ways: Ways) -> dict[str, dict[str, Record]]:
    """The records at the start."""
    known = credentials(ways)
    return {
        "user": {
            key: {
                "name": name,
                "title": title,
                "userName": known[who]["userName"],
                "password": known[who]["password"],
                "admin": who == "admin",
                "crm": who != "guest",
            }
            for who, (key, name, title, _login) in _USERS.items()
        },
        "token": {entry["token"]: {"user": entry["id"], "left": None} for entry in known.values()},
        "field": _fields(ways),
        "contact": _contacts(ways),
        "case": _cases(ways),
        "waiting": {},
    }


def stir(store: Store, turn: int) -> None:
    """Let another user change one of Oleg Yuryev's cases, every tenth time the photo of a contact of known cases."""
    with store.alone():
        if turn % 10 == 9:
            contacts = store.all_current("contact")
            key = list(contacts)[turn // 10 % len(contacts)]
            store.put("contact", key, {**contacts[key], "photo": contacts[key]["photo"] + 1})
            return
        elsewhere = _USERS["elsewhere"][0]
        cases = {key: case for key, case in store.all_current("case").items() if case["creator"] == elsewhere}
        key = list(cases)[turn % len(cases)]
        case = cases[key]
        if turn % 3 == 0:
            case["title"] = f"Северная встреча {turn}"
        else:
            case["closed"] = not case["closed"]
        store.put("case", key, case)


def _fields(ways: Ways) -> dict[str, Record]:
    rows = [
        (41, "Смета", 0, 15, '{"size":"60"}'),
        (42, "День открытия", DATE, 35, ""),
        (43, "Логистика", HEADING, 25, ""),
        (44, "Заметки", 1, 45, '{"rows":"3","cols":"20"}'),
    ]
    return {
        identified(ways, number): {"entity": "case", "label": label, "type": kind, "position": position, "mask": mask}
        for number, label, kind, position, mask in rows
    }


def _contacts(ways: Ways) -> dict[str, Record]:
    def contact(**members: Any) -> Record:
        plain = {"company": False, "share": 1, "access": [], "creator": _USERS["creator"][0], "currency": "RUB"}
        return {**plain, "photo": 1, **members}

    contacts = {
        5201: contact(first="Анна", last="Белова"),
        5202: contact(first="Тимур", last="Сафин", share=2, currency=None),
        5203: contact(first="Вера", last="Дёмина"),
        5204: contact(company=True, name="ООО «Причал»", currency="KZT"),
        5205: contact(first="Лев", last="Громов", share=0, access=[_USERS["creator"][0]]),
    }
    return {identified(ways, number): record for number, record in contacts.items()}


def _cases(ways: Ways) -> dict[str, Record]:
    def case(title: str, creator: str = "creator", access: str = "", closed: bool = False, **more: Any) -> Record:
        return {
            "title": title,
            "closed": closed,
            "private": bool(access),
            "access": [_USERS[who][0] for who in access.split()],
            "members": [identified(ways, number) for number in more.get("members", [])],
            "creator": _USERS[creator][0],
            "created": "2025-02-06T11:58:27.0913574Z",
            "values": {identified(ways, number): value for number, value in more.get("values", {}).items()},
        }

    opening = "2025-09-01T00:00:00.0000000Z"
    cases = {
        90201: case("Книжная ярмарка", members=[5201, 5204], values={41: "Ушло 40 %", 42: opening}),
        90202: case("День порта", members=[5202]),
        90203: case("Выезд отдела"),
        90204: case("Зимний базар", closed=True, values={41: "Закрыта"}),
        90205: case("Переговоры о слиянии", access="creator colleague", members=[5201], values={42: opening}),
        90206: case("Пересмотр окладов", access="creator"),
        90207: case("Аудит, второй круг", creator="admin", access="admin colleague"),
        90208: case("Спор о патенте", access="creator colleague", closed=True),
        90209: case("Конкурс 'Фото & \"свет\"' <2025>", values={44: "две строки\nи <тег>"}),
        90210: case("Очень длинное название " * 10 + "и ещё немного"[:10]),
        90211: case("Стенд постеров", closed=True),
        90212: case("Забег", members=[5201, 5205]),
        90213: case("Фотоконкурс", creator="colleague", members=[5203]),
        90214: case("Переезд офиса", creator="colleague", access="colleague creator"),
    }
    cases |= {number: case(f"Семинар {number - 90230}") for number in range(90231, 90241)}
    cases |= {number: case(f"Совет {number - 90250}", access="creator colleague") for number in range(90251, 90255)}
    cases |= {number: case(f"Экскурсия {number - 90260}", closed=True) for number in (90261, 90262)}
    cases |= {number: case(f"Северная встреча {number}", creator="elsewhere") for number in range(90281, 90285)}
    return {identified(ways, number): record for number, record in cases.items()}
