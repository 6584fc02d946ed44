"""Who and what there is on the eGain opponent at the start: departments, people, client applications, cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from tests.opponents.store import Record, Store
from tests.opponents.ways import Ways

TENANT, OTHER_TENANT = "harbour", "meadow"
BIG = 2**33
"""What `big_ids` adds to every identifier."""

REPAIRS, NIGHT_DESK, BILLING, LEGAL, ARCHIVE, MEADOW = 311, 312, 313, 314, 315, 399
INES, JONAS, KIRA, LARS, MONA, NILS, OLGA, ROSA, UMAR = 2711, 2712, 2713, 2714, 2715, 2716, 2717, 2718, 2790

SPARE = tuple(range(51101, 51111))
COLLEAGUES, OUT_OF_REACH, UNOWNED, BARE = (51121, 51122), (51131, 51132), 51135, 51136
FOREIGN, SHARED, UNSHARED, HALF_SHARED = 51141, (51151, 51152), (51161, 51162), (51171, 51172)
CLOSED, CLOSED_COLLEAGUES = (51181, 51182, 51183), 51184
FULL, NEARLY_FULL, THREE_RELATED = 51190, 51191, 51192
POOL = tuple(range(51201, 51296))
TRAFFIC = tuple(range(51401, 51413))
ELSEWHERE = (61001, 61002, 61003)

KNOWN = """
All numbers below are texts on the wire; with `big_ids` every one of them is 8589934592 (2**33) greater.

Departments of the tenant "harbour": 311 Harbour Repairs; 312 Night Desk; 313 Fleet Billing (shared with 311, activity
sharing enabled); 314 Legal (shared with nobody); 315 Archive (shared with 311, but without activity sharing).
Tenant "meadow": 399 Meadow Support.

Users. Home department in brackets; unless told otherwise all have a licence and the 'Edit' action on 'Case', and are
enabled.
  2711 Ines (311, foreign user in 312): the caller of most probes. Has 'Pull Activities' on Jonas and Nils, and
       'Transfer Activities' on Jonas, Kira, Lars, Mona, Nils; neither on Olga or Rosa.
  2712 Jonas (311): has 'Pull' and 'Transfer' on Ines, Nils and Olga. A second editor, and the target to assign to.
  2713 Kira (311): disabled. Otherwise as good a target as Jonas.
  2714 Lars (311): has no licence. As target refused for that alone; as caller refused because of it.
  2715 Mona (314): of another department, foreign user nowhere: no target for cases of 311, and may not edit them.
  2716 Nils (313, foreign user in 311): a target for cases of 311 and 313; may edit cases of 311 (pull: Ines, Jonas).
  2717 Olga (311): Ines may neither transfer to her nor pull from her.
  2718 Rosa (311): lacks the 'Edit' action on 'Case'; pull on Ines and Jonas.
  2790 Umar (399): of the other tenant.

Cases (status open, department 311, owner Ines, all members filled, unless told otherwise):
  51101 to 51110  spare open cases that nobody else uses; each has one custom text and one enumeration
  51121, 51122    owner Jonas (Ines may pull)
  51131, 51132    owner Olga (Ines may not pull, Jonas may)
  51135           has no owner
  51136           bare: no due date, description, solution, custom attributes, relations
  51141           department 312, where Ines is a foreign user
  51151, 51152    department 313: Ines may see and relate them, not edit them; no owner
  51161, 51162    department 314: Ines may neither see, relate nor edit them; no owner (Mona may edit them)
  51171, 51172    department 315: likewise, its sharing does not cover activities; no owner
  51181 to 51183  closed; 51184 closed, owner Jonas
  51190           related to 75 cases (51201 to 51275): full
  51191           related to 74 cases (51201 to 51274): takes one more
  51192           related to three cases (51293 to 51295)
  51201 to 51295  95 cases that Ines may relate and edit: even numbers of Jonas, odd ones without owner
  51401 to 51412  the cases on which other users work all the time (`busy`); keep away
  61001 to 61003  cases of the other tenant, 61001 open and without owner
A case that exists nowhere: 70000 (any number above 69999).

Custom attributes of a case: `berth_type` (enumeration of one value: dry, floating, quay), `spare_parts` (enumeration of
several values: hull, engine, rigging, paint), `work_order` (text up to 255 characters), `crew_size` (integer),
`promised_on` (date-time). No others are configured.

A relation holds both ways: it is seen from either case, and counts for both.
"""


@dataclass(frozen=True)
class CustomAttribute:
    """What is configured for one custom attribute of the case object."""

    data_type: Literal["string", "stringList", "integer", "datetime"]
    options: tuple[str, ...] = ()
    several: bool = False
    size: int = 255


ATTRIBUTES = {
    "berth_type": CustomAttribute("stringList", ("dry", "floating", "quay")),
    "spare_parts": CustomAttribute("stringList", ("hull", "engine", "rigging", "paint"), several=True),
    "work_order": CustomAttribute("string"),
    "crew_size": CustomAttribute("integer", size=9),
    "promised_on": CustomAttribute("datetime", size=30),
}


@dataclass(frozen=True)
class Credential:
    """One caller: a fixed token that never ends, and with what the token operation issues others."""

    token: str
    words: str
    refresh_token: str = ""
    client_id: str = ""
    client_secret: str = ""


def credentials(ways: Ways) -> dict[str, Credential]:
    """Who may call, by a short name; the same for all ways."""
    del ways
    users = {
        "ines": "user 2711 with licence and edit right, home 311, foreign user in 312",
        "jonas": "user 2712 with licence and edit right, home 311; may pull from Ines, Nils and Olga",
        "lars": "user 2714 without a licence, home 311: every operation is refused with 403",
        "mona": "user 2715 with licence and edit right of another department (314)",
        "nils": "user 2716 with licence and edit right, home 313, foreign user in 311",
        "olga": "user 2717 with licence and edit right, home 311",
        "rosa": "user 2718 with licence, but without the 'Edit' action on 'Case', home 311",
        "umar": "user 2790 of the other tenant (meadow), with licence and edit right there",
    }
    found = {
        name: Credential(f"harbour-user-{name}-7f1c", words, refresh_token=f"refresh-{name}-c04e")
        for name, words in users.items()
    }
    found["ines-reads"] = Credential("harbour-user-ines-read-22ab", "user 2711, scope core.casemgr.read only")
    clients = {
        "sync": "client application of type API (oAuthClient): bound to no user and no department",
        "widget": "client application of another type than API: every operation is refused with 403",
        "meadow-sync": "client application of type API of the other tenant (meadow)",
    }
    for name, words in clients.items():
        found[name] = Credential(
            f"client-{name}-90d3", words, client_id=f"{name}-client", client_secret=f"{name}-secret-5aa1"
        )
    return found


def seed(ways: Ways) -> dict[str, dict[str, Record]]:
    """The records at the start, by kind and id."""
    shift = BIG if ways.big_ids else 0

    def name(number: int) -> str:
        return str(number + shift)

    return {
        "department": {name(number): record for number, record in _departments(name).items()},
        "user": {name(number): {"id": name(number), **record} for number, record in _users(name).items()},
        "case": _cases(name),
        "token": _tokens(ways, name),
        "shadow": {},
        "roster": {
            "traffic": {"ids": [name(number) for number in TRAFFIC]},
            "known": {"ids": [name(number) for number in (*SPARE, *COLLEAGUES, *CLOSED, FULL, NEARLY_FULL)]},
        },
    }


def stir(store: Store, turn: int) -> None:
    """
    Make one change by another user.

    Nine times in ten the subject of a case that nobody knows; else a note is put to a known case, which leaves the
    case itself as it is, its last modified date included.
    """
    with store.alone():
        known = turn % 10 == 0
        roster = (store.current("roster", "known" if known else "traffic") or {})["ids"]
        key = roster[(turn // 10 if known else turn) % len(roster)]
        case = store.current("case", key) or {}
        if known:
            case["notes"] = [*case["notes"][-19:], str(880000 + turn)]
        else:
            case["subject"] = f"Berth inspection round {turn}"
            moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=turn)
            case["last_modified"] = moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        store.put("case", key, case)


def _departments(name: Any) -> dict[int, Record]:
    def record(number: int, words: str, tenant: str = TENANT, activities: bool | None = None) -> Record:
        sharing = [] if activities is None else [{"department": name(REPAIRS), "activities": activities}]
        return {"id": name(number), "name": words, "tenant": tenant, "shared_with": sharing}

    return {
        REPAIRS: record(REPAIRS, "Harbour Repairs"),
        NIGHT_DESK: record(NIGHT_DESK, "Night Desk"),
        BILLING: record(BILLING, "Fleet Billing", activities=True),
        LEGAL: record(LEGAL, "Legal"),
        ARCHIVE: record(ARCHIVE, "Archive", activities=False),
        MEADOW: record(MEADOW, "Meadow Support", OTHER_TENANT),
    }


def _users(name: Any) -> dict[int, Record]:
    def record(
        first: str,
        last: str,
        home: int,
        *,
        foreign: tuple[int, ...] = (),
        pull: tuple[int, ...] = (),
        transfer: tuple[int, ...] = (),
        actions: tuple[str, ...] = ("view", "edit"),
        licences: tuple[str, ...] = ("Case Worker",),
        enabled: bool = True,
        tenant: str = TENANT,
    ) -> Record:
        return {
            "first_name": first,
            "last_name": last,
            "home": name(home),
            "foreign": [name(number) for number in foreign],
            "pull": [name(number) for number in pull],
            "transfer": [name(number) for number in transfer],
            "actions": list(actions),
            "licences": list(licences),
            "enabled": enabled,
            "tenant": tenant,
        }

    return {
        INES: record(
            "Ines",
            "Abelard",
            REPAIRS,
            foreign=(NIGHT_DESK,),
            pull=(JONAS, NILS),
            transfer=(JONAS, KIRA, LARS, MONA, NILS),
        ),
        JONAS: record("Jonas", "Brandt", REPAIRS, pull=(INES, NILS, OLGA), transfer=(INES, NILS, OLGA)),
        KIRA: record("Kira", "Castellanos", REPAIRS, enabled=False),
        LARS: record("Lars", "Dahl", REPAIRS, licences=()),
        MONA: record("Mona", "Eriksen", LEGAL),
        NILS: record("Nils", "Fournier", BILLING, foreign=(REPAIRS,), pull=(INES, JONAS), transfer=(INES, JONAS)),
        OLGA: record("Olga", "Grigorieva", REPAIRS),
        ROSA: record("Rosa", "Haddad", REPAIRS, pull=(INES, JONAS), actions=("view",)),
        UMAR: record("Umar", "Iqbal", MEADOW, tenant=OTHER_TENANT),
    }


def _cases(name: Any) -> dict[str, Record]:
    cases: dict[str, Record] = {}

    def add(number: int, owner: int | None = INES, department: int = REPAIRS, **members: Any) -> None:
        minute, second = number // 60 % 60, number % 60
        written = {
            "tenant": TENANT,
            "status": "open",
            "last_modified": f"2026-02-11T09:{minute:02}:{second:02}.{number % 991:03}Z",
            "due_date": f"2031-10-{number % 28 + 1:02}T15:{minute:02}:00.000Z",
            "severity": ("medium", "low", "high")[number % 3],
            "subject": f"Crane no. {number % 100} stops under load [#{number}]",
            "description": f"The crane of berth {number % 40} stops at four tonnes.",
            "solution": "Replace the limit switch and test with a full load.",
            "related": [],
            "custom": {"work_order": [f"WO-{number}"], "berth_type": ["quay"]},
            "notes": [],
            "last_closed": "",
            "customer": {"id": name(90000 + number % 50), "name": f"Shipping line {number % 50}"},
            "channel": "email",
            "created": f"2026-01-09T07:{minute:02}:{second:02}.000Z",
        } | members
        owner_id = name(owner) if owner else ""
        worker = name(owner or JONAS)
        cases[name(number)] = {
            "id": name(number),
            "department": name(department),
            "owner": owner_id,
            "last_modified_by": worker,
            "created_by": worker,
            "user_last_worked": worker,
            **written,
        }

    def relate(number: int, others: tuple[int, ...]) -> None:
        cases[name(number)]["related"] = [name(other) for other in others]
        for other in others:
            cases[name(other)]["related"].append(name(number))

    for number in SPARE:
        add(number)
    for number in COLLEAGUES:
        add(number, JONAS)
    for number in OUT_OF_REACH:
        add(number, OLGA)
    add(UNOWNED, None)
    add(BARE, due_date="", description="", solution="", custom={})
    add(FOREIGN, department=NIGHT_DESK)
    for numbers, department in ((SHARED, BILLING), (UNSHARED, LEGAL), (HALF_SHARED, ARCHIVE)):
        for number in numbers:
            add(number, None, department)
    for number in CLOSED:
        add(number, status="closed", last_closed="2026-02-10T16:00:00.000Z")
    add(CLOSED_COLLEAGUES, JONAS, status="closed", last_closed="2026-02-10T17:30:00.000Z")
    for number in (FULL, NEARLY_FULL, THREE_RELATED):
        add(number)
    for number in POOL:
        add(number, None if number % 2 else JONAS)
    for number in TRAFFIC:
        add(number, JONAS)
    for number in ELSEWHERE:
        add(number, None, MEADOW, tenant=OTHER_TENANT, status="open" if number == ELSEWHERE[0] else "closed")
    relate(FULL, POOL[:75])
    relate(NEARLY_FULL, POOL[:74])
    relate(THREE_RELATED, POOL[-3:])
    return cases


def _tokens(ways: Ways, name: Any) -> dict[str, Record]:
    numbers = {"ines": INES, "jonas": JONAS, "lars": LARS, "mona": MONA, "nils": NILS, "olga": OLGA, "rosa": ROSA}
    tokens: dict[str, Record] = {}
    for who, credential in credentials(ways).items():
        meadow = who in ("umar", "meadow-sync")
        user = "" if credential.client_id else name(UMAR if who == "umar" else numbers[who.removesuffix("-reads")])
        tokens[credential.token] = {
            "user": user,
            "tenant": OTHER_TENANT if meadow else TENANT,
            "api_client": who != "widget",
            "manages": who != "ines-reads",
            "left": None,
        }
    return tokens
