"""
The records of the ONLYOFFICE opponent: users, custom fields, contacts and cases, and who is who (KNOWN).

Numbers stand here without what big identifiers add.
"""

from __future__ import annotations

from typing import Any

from tests.opponents.crm import DATE, HEADING, identified
from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

KNOWN = """
Base path /api/2.0. JSON, or XML with the suffix .xml (then no body of type application/json). Bodies: JSON, form, XML.
Users (name, GUID; tokens and passwords in credentials()):
  admin      Ines Varga         5e0c9f3a-71d4-4b86-a2ce-90b7d1f4e8a1  administrator, sees and may do everything
  creator    Bruno Keller       c84b2d60-1fa9-47e3-8b5d-3e6f0a92cd17  made most cases and contacts; no administrator
  colleague  Chioma Eze         2ad7f4be-c309-4e1d-96f8-b15c7e083af2  stands in access lists; made case 4831
  second     Dmitri Lindqvist   f3b1e6c8-5d27-4a90-8e4c-6a7d09b2f5ce  stands in access lists
  outsider   Esme Faulkner      81c6da4f-e2b5-4390-b7a8-d4f9063e1c5b  in no access list; sees public cases only
  guest      Gorm Halvorsen     9b7e3f12-6ac8-4d05-9c1e-e8f0b4a2d763  may not use the CRM: 403 everywhere
  elsewhere  Farid Osei         d05a8c97-b4e1-4f62-83d9-2c7b6e1f90a4  changes cases 4891 to 4894 when busy
Custom fields of cases: 71 "Budget note" text, 72 "Opening day" date, 73 "Logistics" heading (always shown, no value),
  74 "Remarks" text area, 75 "Hall" select box, 76 "Catering" check box. Of contacts, not cases: 81 "Badge name" text,
  82 "Birthday" date. 79 is no field.
Contacts: 3101 Agnes Molnár, person, shared to write, with status, type, tags, two addresses, e-mail and phone, fields;
  3102 Björn Åkesson, person, shared, without status, type, tags, addresses, fields; 3103 Carla Nuñez, person, shared
  to read only; 3104 "Façade & Söhne GmbH", company, shared, with status and tags; 3105 "Harbour Works", company, no
  type, no status; 3106 Dalia Haddad, person, hidden, access list creator and colleague; 3107 Egon Wolff, person,
  hidden, only its creator and the admin see it; 3108 Faye Chan, person, no currency (null); 3109 to 3116 persons,
  shared, plain. 3199 is no contact.
Cases (made by creator where nothing else is said):
  4821 open, public, members 3101 and 3104, fields 71 and 72        4822 open, public, member 3102
  4823 open, public, no members, no fields                          4824 closed, public, member 3101, field 71
  4825 open, private: creator, colleague; members 3101, 3102        4826 open, private: creator alone
  4827 open, private, made by admin: admin, colleague, second; creator may not see it
  4828 closed, private: creator, colleague                          4829 open, public, twelve members
  4830 open, public, members 3101 and the hidden 3107               4831 open, public, made by colleague, member 3109
  4832 open, private, made by colleague: colleague, creator         4833 closed, public, no members
  4841 to 4848 open, public, no members, for nobody in particular   4851 to 4854 open, private: creator, colleague
  4861 and 4862 closed, public, for nobody in particular            4899 and 9999 are no cases
Refused: PUT or close of a private case the caller does not see 403, of an unknown case 404; GET case and POST contact
of either 404; id 0, contact id 0 and an empty title 400; a contact the caller does not see 404.
Contacts of an unknown case: an empty list; of an unseen case: the same, or 403 where unseen is 403.
"""

_USERS = {
    "admin": ("5e0c9f3a-71d4-4b86-a2ce-90b7d1f4e8a1", "Ines Varga", "Head of events", "ines.varga"),
    "creator": ("c84b2d60-1fa9-47e3-8b5d-3e6f0a92cd17", "Bruno Keller", "Account lead", "bruno.keller"),
    "colleague": ("2ad7f4be-c309-4e1d-96f8-b15c7e083af2", "Chioma Eze", "Planner", "chioma.eze"),
    "second": ("f3b1e6c8-5d27-4a90-8e4c-6a7d09b2f5ce", "Dmitri Lindqvist", "Buyer", "dmitri.lindqvist"),
    "outsider": ("81c6da4f-e2b5-4390-b7a8-d4f9063e1c5b", "Esme Faulkner", "Trainee", "esme.faulkner"),
    "guest": ("9b7e3f12-6ac8-4d05-9c1e-e8f0b4a2d763", "Gorm Halvorsen", "Visitor", "gorm.halvorsen"),
    "elsewhere": ("d05a8c97-b4e1-4f62-83d9-2c7b6e1f90a4", "Farid Osei", "Sales, north", "farid.osei"),
}


def credentials(ways: Ways) -> dict[str, dict[str, str]]:
    """Who there is: id, user name, password and the fixed token of each user, which never ends."""
    return {
        who: {"id": key, "userName": f"{login}@fairs.example", "password": f"{who}-Pa55!", "token": f"tok-{who}-k2Vx9"}
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
    """Let another user change one of Farid Osei's cases, every tenth time the tasks of a contact that others use."""
    with store.alone():
        if turn % 10 == 9:
            contacts = store.all_current("contact")
            key = list(contacts)[turn // 10 % len(contacts)]
            contact = {**contacts[key], "tasks": contacts[key]["tasks"] + 1}
            store.put("contact", key, contact)
            return
        elsewhere = _USERS["elsewhere"][0]
        cases = {key: case for key, case in store.all_current("case").items() if case["creator"] == elsewhere}
        key = list(cases)[turn % len(cases)]
        case = cases[key]
        if turn % 3 == 0:
            case["title"] = f"Northern round {turn}"
        elif turn % 3 == 1:
            case["closed"] = not case["closed"]
        else:
            case["members"] = case["members"][1:] or list(store.all_current("contact"))[-4:]
        store.put("case", key, case)


def _fields(ways: Ways) -> dict[str, Record]:
    rows = [
        (71, "case", "Budget note", 0, 20, '{"size":"40"}'),
        (72, "case", "Opening day", DATE, 40, ""),
        (73, "case", "Logistics", HEADING, 50, ""),
        (74, "case", "Remarks", 1, 30, '{"rows":"2","cols":"30"}'),
        (75, "case", "Hall", 2, 60, '["North","South"]'),
        (76, "case", "Catering", 3, 70, ""),
        (81, "contact", "Badge name", 0, 10, ""),
        (82, "contact", "Birthday", DATE, 20, ""),
    ]
    return {
        identified(ways, number): {"entity": entity, "label": label, "type": kind, "position": position, "mask": mask}
        for number, entity, label, kind, position, mask in rows
    }


def _contacts(ways: Ways) -> dict[str, Record]:
    def listed(number: int, title: str, color: str, order: int) -> Record:
        key = int(identified(ways, number))
        return {"id": key, "title": title, "description": f"{title}, as agreed", "color": color, "sortOrder": order}

    def info(number: int, kind: int, category: int, name: str, data: str, primary: bool) -> Record:
        key = int(identified(ways, number))
        kinds = {"infoType": kind, "category": category, "categoryName": name}
        return {**kinds, "data": data, "isPrimary": primary, "id": key}

    def address(street: str, city: str, post: str, country: str, category: int, primary: bool) -> Record:
        name = ("Home", "Postal", "Office")[category]
        place: Record = {"street": street, "city": city, "state": "", "zip": post, "country": country}
        return {**place, "category": category, "categoryName": name, "isPrimary": primary}

    warm = listed(11, "Warm", "#E8A317", 2)
    key_account = listed(21, "Key account", "#3b6ea5", 3)
    supplier = listed(22, "Supplier", "#7a9a01", 0)
    creator, colleague = _USERS["creator"][0], _USERS["colleague"][0]
    text, birthday = identified(ways, 81), identified(ways, 82)
    contacts = {
        3101: _person(
            "Agnes",
            "Molnár",
            about='Speaks at "open days"; prefers tea & e-mail',
            industry="Museums",
            status=warm,
            type=key_account,
            tags=["speaker", "early bird", "Zürich"],
            addresses=[
                address("Váci utca 12/B", "Budapest", "1052", "Hungary", 0, True),
                address("Dock Road 4", "", "E16 2AB", "United Kingdom", 2, False),
            ],
            data=[
                info(9001, 1, 1, "Work", "agnes@molnar.example", True),
                info(9002, 0, 2, "Mobile", "+36 30 555 0101", False),
            ],
            values={text: "Dr. Molnár", birthday: "1979-06-02T00:00:00.0000000Z"},
            currency="JPY",
            tasks=2,
            late=True,
        ),
        3102: _person("Björn", "Åkesson"),
        3103: _person("Carla", "Nuñez", share=2, tags=["press"]),
        3104: _company(
            "Façade & Söhne GmbH",
            status=warm,
            type=supplier,
            tags=["stand builder"],
            industry="Construction",
            addresses=[address("Hafenstraße 9", "Bremen", "28195", "Germany", 1, True)],
            data=[info(9003, 2, 1, "Work", "https://facade.example/", True)],
            tasks=1,
        ),
        3105: _company("Harbour Works", currency="ISK"),
        3106: _person("Dalia", "Haddad", share=0, access=[creator, colleague], type=key_account),
        3107: _person("Egon", "Wolff", share=0, access=[creator]),
        3108: _person("Faye", "Chan", currency=None),
    }
    plain = ["Gus Ito", "Hana Park", "Ivo Brand", "Juno Reyes", "Kofi Mensah", "Lena Vogt", "Milo Sand", "Nora Quist"]
    for number, name in enumerate(plain, start=3109):
        first, last = name.split()
        contacts[number] = _person(first, last)
    return {identified(ways, number): contact for number, contact in contacts.items()}


def _person(first: str, last: str, **members: Any) -> Record:
    return {**_contact(), "company": False, "first": first, "last": last, **members}


def _company(name: str, **members: Any) -> Record:
    return {**_contact(), "company": True, "name": name, **members}


def _contact() -> Record:
    return {
        "share": 1,
        "access": [],
        "creator": _USERS["creator"][0],
        "created": "2023-11-30T16:05:41.2270418Z",
        "about": "",
        "industry": "",
        "status": None,
        "type": None,
        "tags": [],
        "addresses": [],
        "data": [],
        "values": {},
        "currency": "EUR",
        "tasks": 0,
        "late": False,
        "photo": 1,
    }


def _cases(ways: Ways) -> dict[str, Record]:
    text, date = identified(ways, 71), identified(ways, 72)
    cases = {
        4821: _case(
            "Spring book fair",
            members=[3101, 3104],
            values={text: "About 40 % is spent", date: "2025-03-17T09:00:00.0000000Z"},
        ),
        4822: _case("Harbour open day", members=[3102]),
        4823: _case("Staff outing"),
        4824: _case("Winter market 2023", members=[3101], values={text: "Settled"}, closed=True),
        4825: _case("Merger talks", members=[3101, 3102], access=["creator", "colleague"]),
        4826: _case("Salary review", access=["creator"]),
        4827: _case("Audit, second round", creator="admin", access=["admin", "colleague", "second"]),
        4828: _case("Patent dispute", closed=True, access=["creator", "colleague"]),
        4829: _case("Trade congress", members=[3101, 3102, 3103, 3104, *range(3109, 3117)]),
        4830: _case("Charity run", members=[3101, 3107]),
        4831: _case("Photo contest", creator="colleague", members=[3109]),
        4832: _case("Office move", creator="colleague", access=["colleague", "creator"]),
        4833: _case("Poster session", closed=True),
    }
    for number in range(4841, 4849):
        cases[number] = _case(f"Workshop {number - 4840}")
    for number in range(4851, 4855):
        cases[number] = _case(f"Board meeting {number - 4850}", access=["creator", "colleague"])
    for number in (4861, 4862):
        cases[number] = _case(f"Guided tour {number - 4860}", closed=True)
    for number in range(4891, 4895):
        cases[number] = _case(f"Northern round {number}", creator="elsewhere", members=[3110, 3111])
    for case in cases.values():
        case["members"] = [identified(ways, number) for number in case["members"]]
    return {identified(ways, number): case for number, case in cases.items()}


def _case(
    title: str,
    *,
    creator: str = "creator",
    members: list[int] | None = None,
    access: list[str] | None = None,
    values: dict[str, str] | None = None,
    closed: bool = False,
) -> Record:
    return {
        "title": title,
        "closed": closed,
        "private": bool(access),
        "access": [_USERS[who][0] for who in access or []],
        "members": members or [],
        "creator": _USERS[creator][0],
        "created": "2024-08-19T07:42:13.8046119Z",
        "values": values or {},
    }
