"""The records of the AICC opponent, who may use them, and what other users do meanwhile."""

from __future__ import annotations

import hashlib
import string

from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

KNOWN = """
The service desk of Nordhafen, a tenant with a second one (Suedkai) beside it. The names below stand for ids;
known(ways) gives the id of each: 20 ASCII characters, with big_ids 20 digits. getCase shows all cases of a tenant to
each token of it.

Users (for ownerId, creatorId): operator_amara, operator_bohdan, operator_chiyo, supervisor_dario. Of Suedkai: stranger.
Contacts: contact_ines, contact_jonas, contact_keiko. Of Suedkai: contact_foreign.

Who may modify: every token of the tenant modifies each case of it that is not completed. Another ownerId than the
present one may be given by the present owner, the supervisor and the machine token (the one that getToken issues).

Cases of Nordhafen that are open:
  open_full      every optional member set; owner and creator operator_amara
  open_bare      no optional member but owner (operator_bohdan) and priority; creator supervisor_dario
  open_unicode   texts with Greek, Chinese, combining characters, emoji, quotes, line feeds; owner operator_chiyo
  open_long      title of exactly 128 bytes, description of exactly 20,000 bytes; owner operator_amara
  open_queue     owned by a queue, not by a user
  open_overdue   dueDate in the past; owner operator_bohdan
  open_cancelled cancelled, could be resumed; may be modified
  open_template  its type has a template: AICC__serialNo__CST and AICC__room__CST are set, AICC__visit__CST is null
  template_blank same type, no extension field set
  spare_1 to spare_8   owner and creator operator_amara, contact_ines; nobody else uses them
Completed, so not to be modified: completed, completed_template.
Of the other tenant: foreign_open, foreign_completed.
Other users change traffic_1 to traffic_5 (busy).

An absent (or null, or "") dueDate, contactId, contactPhone or attachment is cleared: the body replaces the case. An
absent ownerId or priority and absent extension fields keep their values. A priority may be in any case of letters.
creatorId says who makes the change: any user of the tenant; the creator of the case stays.
Refused input is answered HTTP 200 with another resCode than "0"; a bad token 401, an unknown case 404, another
tenant's case 404 or 403 (unseen), a change of owner that is not the caller's to make 403, another media type 415,
broken JSON 400.
"""

_PREFIXES = {
    "case": "c6m8",
    "user": "10gg",
    "contact": "ciIy",
    "type": "cvmC",
    "queue": "q0Ux",
}
_NAMES = {
    "user": ("operator_amara", "operator_bohdan", "operator_chiyo", "supervisor_dario", "stranger"),
    "contact": ("contact_ines", "contact_jonas", "contact_keiko", "contact_foreign"),
    "type": ("type_plain", "type_repair", "type_foreign"),
    "queue": ("queue_second_level",),
    "case": (
        *("open_full", "open_bare", "open_unicode", "open_long", "open_queue", "open_overdue", "open_cancelled"),
        *("open_template", "template_blank", *(f"spare_{number}" for number in range(1, 9))),
        *("completed", "completed_template", "foreign_open", "foreign_completed"),
        *(f"traffic_{number}" for number in range(1, 6)),
    ),
}
_TOKENS = {
    "amara": "nh-Qm9yZWFsaXM0MTdBTUFSQQ==",
    "bohdan": "nh-Vml0cmlvbDkwMkJPSERBTg==",
    "dario": "nh-S2VzdHJlbDU1NURBUklP",
    "foreign": "sk-T3NwcmV5MDA4U1RSQU5HRVI=",
}


def known(ways: Ways) -> dict[str, str]:
    """The id of every named record."""
    return {name: _id(kind, name, ways) for kind, names in _NAMES.items() for name in names}


def credentials(ways: Ways) -> dict[str, str]:
    """Who there is, with the text to send; and the id behind each name of KNOWN."""
    return {
        "token of operator_amara": _TOKENS["amara"],
        "token of operator_bohdan": _TOKENS["bohdan"],
        "token of supervisor_dario (may give every case another owner)": _TOKENS["dario"],
        "token of stranger (of the tenant Suedkai)": _TOKENS["foreign"],
        "getToken (may do what the supervisor may)": "client_id nordhafen-desk, client_secret tern&gull=71",
        "getToken of the tenant Suedkai": "client_id suedkai-desk, client_secret heron/72",
        **known(ways),
    }


def seed(ways: Ways) -> dict[str, dict[str, Record]]:
    """The records at the start."""
    ids = known(ways)

    def by_id(records: dict[str, Record]) -> dict[str, Record]:
        return {ids[name]: record for name, record in records.items()}

    user: dict[str, Record] = {
        name: {"tenant": "suedkai" if name == "stranger" else "nordhafen"} for name in _NAMES["user"]
    }
    contact: dict[str, Record] = {
        "contact_ines": {"tenant": "nordhafen", "name": "Inês Carvalho", "phone": "00351911222333"},
        "contact_jonas": {"tenant": "nordhafen", "name": "Jonas Brandt", "phone": "04021009"},
        "contact_keiko": {"tenant": "nordhafen", "name": "佐藤 恵子", "phone": None},
        "contact_foreign": {"tenant": "suedkai", "name": "Lothar Wenz", "phone": "0711300"},
    }
    fields = ["AICC__serialNo__CST", "AICC__room__CST", "AICC__visit__CST"]
    types: dict[str, Record] = {
        "type_plain": {"tenant": "nordhafen", "name": "Enquiry", "fields": []},
        "type_repair": {"tenant": "nordhafen", "name": "Repair on site", "fields": fields},
        "type_foreign": {"tenant": "suedkai", "name": "Anfrage", "fields": []},
    }
    tokens: dict[str, Record] = {
        _TOKENS["amara"]: {"tenant": "nordhafen", "user": ids["operator_amara"], "any_owner": False, "left": None},
        _TOKENS["bohdan"]: {"tenant": "nordhafen", "user": ids["operator_bohdan"], "any_owner": False, "left": None},
        _TOKENS["dario"]: {"tenant": "nordhafen", "user": ids["supervisor_dario"], "any_owner": True, "left": None},
        _TOKENS["foreign"]: {"tenant": "suedkai", "user": ids["stranger"], "any_owner": True, "left": None},
    }
    return {
        "user": by_id(user),
        "contact": by_id(contact),
        "type": by_id(types),
        "token": tokens,
        "client": {
            "nordhafen-desk": {"secret": "tern&gull=71", "tenant": "nordhafen"},
            "suedkai-desk": {"secret": "heron/72", "tenant": "suedkai"},
        },
        "case": by_id(_cases(ids)),
    }


def stir(store: Store, turn: int) -> None:
    """Another user rewrites a case of the traffic; each tenth time the clock of a known case is wound up."""
    with store.alone():
        cases = store.all_current("case")
        traffic = [key for key, case in cases.items() if case["traffic"]]
        known_ones = [key for key, case in cases.items() if not case["traffic"]]
        if turn % 10:
            key = traffic[turn % len(traffic)]
            change = {"description": f"Seen again in turn {turn}.", "priority": ("Low", "High")[turn % 2]}
        else:
            key = known_ones[turn // 10 % len(known_ones)]
            change = {"stayDate": f"2024-11-{turn // 10 % 28 + 1:02d} 08:00:00"}
        store.put("case", key, {**cases[key], **change})


def _id(kind: str, name: str, ways: Ways) -> str:
    alphabet = string.digits if ways.big_ids else string.digits + string.ascii_letters
    characters = [alphabet[byte % len(alphabet)] for byte in hashlib.sha256(name.encode()).digest()]
    return f"9{''.join(characters[:19])}" if ways.big_ids else _PREFIXES[kind] + "".join(characters[:16])


def _cases(ids: dict[str, str]) -> dict[str, Record]:
    amara, bohdan, chiyo = ids["operator_amara"], ids["operator_bohdan"], ids["operator_chiyo"]
    dario, ines, jonas = ids["supervisor_dario"], ids["contact_ines"], ids["contact_jonas"]
    plain: Record = {
        "tenant": "nordhafen",
        "title": "Lamp at berth 4 is dark",
        "description": "Reported by the pilot.",
        "type": ids["type_plain"],
        "status": "In work",
        "state": "Processing",
        "isUpgraded": False,
        "isCanced": False,
        "isSuspend": False,
        "priority": "Low",
        "origin": "Voice",
        "stayDate": "2024-10-01 07:30:00",
        "ownerType": "user",
        "ownerId": amara,
        "creatorId": amara,
        "dueDate": None,
        "contactId": None,
        "contactPhone": None,
        "attachment": None,
        "closedDate": None,
        "createdDate": "2024-09-30 16:05:41",
        "extension": {},
        "trace": [],
        "traffic": False,
    }
    full = {
        "title": "Crane 2 stops under load",
        "description": "Since Monday.\nThe log shows code E-17.",
        "priority": "Medium",
        "dueDate": "2031-05-14 17:45:30",
        "contactId": ines,
        "contactPhone": "00351911222333",
        "attachment": "crane-2-log.pdf",
    }
    unicode = {
        "title": 'Ηλεκτρισμός "A" – 起重机停止 🏗',
        "description": "Kai-Anlage: e\u0301clairage <défaut>\n\tπρώτα & 然后\n'done' ✓",
        "contactId": ids["contact_keiko"],
        "ownerId": chiyo,
        "creatorId": chiyo,
    }
    long = {"title": "Tide table " + "7" * 117, "description": "High water.\n" * 1666 + "12345678"}
    template = {
        **full,
        "title": "Pump in room 12 leaks",
        "type": ids["type_repair"],
        "extension": {"AICC__serialNo__CST": "PX-00417", "AICC__room__CST": "12"},
    }
    completed = {"status": "Done", "state": "Completed", "closedDate": "2024-10-09 10:00:00"}
    foreign = {
        "tenant": "suedkai",
        "type": ids["type_foreign"],
        "title": "Schleuse klemmt",
        "description": "Tor 1",
        "ownerId": ids["stranger"],
        "creatorId": ids["stranger"],
        "contactId": ids["contact_foreign"],
    }
    changes: dict[str, Record] = {
        "open_full": full,
        "open_bare": {"title": "Signpost", "description": "Bent.", "ownerId": bohdan, "creatorId": dario},
        "open_unicode": unicode,
        "open_long": long,
        "open_queue": {"ownerType": "queue", "ownerId": ids["queue_second_level"], "state": "Pending", "status": "New"},
        "open_overdue": {**full, "dueDate": "2024-10-02 12:00:00", "ownerId": bohdan, "contactId": jonas},
        "open_cancelled": {"title": "Never mind the fog horn", "isCanced": True, "contactId": jonas},
        "open_template": template,
        "template_blank": {**template, "title": "Pump in room 14 hums", "extension": {}},
        **{
            f"spare_{number}": {**full, "title": f"Fender {number} is worn", "creatorId": amara, "attachment": None}
            for number in range(1, 9)
        },
        "completed": {**full, **completed, "title": "Ladder at berth 1 repaired"},
        "completed_template": {**template, **completed},
        "foreign_open": foreign,
        "foreign_completed": {**foreign, **completed},
        **{f"traffic_{number}": {"title": f"Traffic {number}", "traffic": True} for number in range(1, 6)},
    }
    return {
        name: {**plain, **changes[name], "caseNo": f"2024093016054100000000{number:08d}"}
        for number, name in enumerate(_NAMES["case"], start=40117)
    }
