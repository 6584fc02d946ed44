"""Profiles of the opponents, as a stranger fills in what `casepact target new` writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.opponents import aicc, egain, onlyoffice, r7office
from tests.opponents.ways import Ways

BIG = 2**33
"""What `big_ids` adds to a number."""


@dataclass(frozen=True)
class Filled:
    """The part of a profile about one API, and the environment variables that its credentials stand in."""

    api: dict[str, Any]
    variables: dict[str, str]


def profile(api: str, url: str, writes: str, ways: Ways) -> tuple[dict[str, Any], dict[str, str]]:
    """A whole profile of an opponent at an address, and the variables that it refers to."""
    filled = FILLED[api](ways)
    if ways.token_life:
        _asked_for(api, url, filled)
    data: dict[str, Any] = {
        "summary": f"An opponent of {api}.",
        "writes": writes,
        "apis": {api: {"url": url, **filled.api}},
    }
    if ways.settles:
        data["settles"] = "2s"
    return data, filled.variables


def _asked_for(api: str, url: str, filled: Filled) -> None:
    """Let the default actor (eGain's client application) ask for its token, as the fixed ones never end."""
    actors = filled.api["actors"]
    if api == "aicc":
        send = {"client_id": "${AICC_CLIENT_CLIENTID}", "client_secret": "${AICC_CLIENT_CLIENTSECRET}"}
        actors["operator"] = {"accessToken": {"operation": "getToken", "send": send}}
    elif api == "egain":
        filled.variables.update({"EGAIN_CLIENT_ID": "sync-client", "EGAIN_CLIENT_SECRET": "sync-secret-5aa1"})
        oauth = {"clientId": "${EGAIN_CLIENT_ID}", "clientSecret": "${EGAIN_CLIENT_SECRET}", "scope": ".default"}
        token_url = f"{url}/global/harbour/oauth2/v2.0/token"
        actors["integration"] = {"oAuthClient": {"oauth": {"tokenUrl": token_url, **oauth}}}
    else:
        names = {"userName": "USERNAME", "password": "PASSWORD"}
        send = {name: f"${{{api.upper()}_ADMIN_{variable}}}" for name, variable in names.items()}
        actors["admin"]["authToken"] = {"operation": "authenticate", "send": send}


def _actors(api: str, held: dict[str, dict[str, str]], variables: dict[str, str]) -> dict[str, dict[str, str]]:
    """Actors whose credentials are variables; the values are put into `variables`."""
    actors: dict[str, dict[str, str]] = {}
    for actor, entries in held.items():
        actors[actor] = {}
        for name, value in entries.items():
            variable = f"{api}_{actor}_{name}".upper()
            variables[variable] = value
            actors[actor][name] = f"${{{variable}}}"
    return actors


def _aicc(ways: Ways) -> Filled:
    known, variables = aicc.credentials(ways), dict[str, str]()
    actors = {
        "operator": {"accessToken": known["token of operator_amara"]},
        "supervisor": {"accessToken": known["token of supervisor_dario (may give every case another owner)"]},
        "stranger": {"accessToken": known["token of stranger (of the tenant Suedkai)"]},
        "client": {"clientId": "nordhafen-desk", "clientSecret": "tern&gull=71"},
    }
    records: dict[str, dict[str, Any]] = {
        "case.open": {"id": known["spare_1"]},
        "case.other": {"id": known["spare_2"]},
        "case.templated": {"id": known["template_blank"], "field": "AICC__room__CST"},
        "case.completed": {"id": known["completed"]},
        "case.spare": {"id": known["spare_3"], "others": " ".join(known[f"spare_{n}"] for n in range(4, 9))},
        "user.owner": {"id": known["operator_bohdan"]},
        "user.creator": {"id": known["operator_amara"]},
        "contact": {"id": known["contact_jonas"]},
        "foreign.case": {"id": known["foreign_open"]},
    }
    return Filled({"actors": _actors("aicc", actors, variables), "records": records}, variables)


def _egain(ways: Ways) -> Filled:
    known, variables = egain.credentials(ways), dict[str, str]()
    users = {
        "agent": "ines",
        "colleague": "jonas",
        "visitor": "nils",
        "viewer": "rosa",
        "outsider": "mona",
        "unlicensed": "lars",
        "reader": "ines-reads",
        "webApplication": "widget",
        "stranger": "umar",
    }
    actors = {actor: {"oAuthUser": known[name].token} for actor, name in users.items()}
    actors["integration"] = {"oAuthClient": known["sync"].token}

    def number(value: int) -> str:
        return str(value + (BIG if ways.big_ids else 0))

    cases = {
        "open": 51192,
        "bare": 51136,
        "related": 51293,
        "other": 51101,
        "closed": 51181,
        "pullable": 51121,
        "unpullable": 51131,
        "foreign": 51141,
        "shared": 51151,
        "half-shared": 51171,
        "unreachable": 51161,
        "almost-full": 51191,
        "full": 51190,
    }
    people = {
        "self": 2711,
        "other": 2712,
        "foreign": 2716,
        "elsewhere": 2715,
        "disabled": 2713,
        "unlicensed": 2714,
        "untransferable": 2717,
    }
    records: dict[str, dict[str, Any]] = {f"case.{role}": {"id": number(id)} for role, id in cases.items()}
    records["case.linkable"] = {
        "id": number(51276),
        "others": " ".join(map(number, [*range(51277, 51293), *range(51201, 51276)])),
    }
    records["case.spare"] = {"id": number(51102), "others": " ".join(map(number, range(51103, 51111)))}
    records |= {f"user.{role}": {"id": number(id)} for role, id in people.items()}
    records["attribute.options"] = {"id": "berth_type", "one": "dry", "another": "quay"}
    records["attribute.text"] = {"id": "work_order"}
    return Filled({"actors": _actors("egain", actors, variables), "records": records}, variables)


def _crm(module: Any, api: str, ways: Ways, numbers: dict[str, int], users: tuple[str, ...]) -> Filled:
    known, variables = module.credentials(ways), dict[str, str]()
    schemes = ("authToken", "authCookie", "authBearer")
    actors: dict[str, dict[str, str]] = {}
    for user in users:
        held = known[user]
        actors[user] = dict.fromkeys(schemes, held["token"]) | {"authBasic": f"{held['userName']}:{held['password']}"}
    actors["admin"] |= {name: known["admin"][name] for name in ("userName", "password")}
    records: dict[str, dict[str, Any]] = {
        role: {"id": number + (BIG if ways.big_ids else 0)} for role, number in numbers.items()
    }
    spares = range(4841, 4849) if api == "onlyoffice" else range(90231, 90241)
    first, *others = (number + (BIG if ways.big_ids else 0) for number in spares)
    records["case.spare"] = {"id": first, "others": " ".join(map(str, others))}
    if api == "onlyoffice":
        records |= {f"user.{user}": {"id": known[user]["id"]} for user in ("creator", "colleague", "outsider")}
    return Filled({"actors": _actors(api, actors, variables), "records": records}, variables)


def _onlyoffice(ways: Ways) -> Filled:
    numbers = {
        "case.open": 4821,
        "case.other": 4822,
        "case.closed": 4824,
        "case.private": 4825,
        "case.full": 4829,
        "contact.person": 3101,
        "contact.plain-person": 3102,
        "contact.company": 3104,
        "contact.plain-company": 3105,
        "contact.hidden": 3107,
        "contact.read-only": 3103,
        "field.text": 71,
        "field.date": 72,
        "field.heading": 73,
        "field.of-contacts": 81,
    }
    return _crm(onlyoffice, "onlyoffice", ways, numbers, ("admin", "creator", "colleague", "outsider"))


def _r7office(ways: Ways) -> Filled:
    numbers = {
        "case.open": 90201,
        "case.other": 90202,
        "case.closed": 90204,
        "case.private": 90205,
        "case.worded": 90209,
    }
    return _crm(r7office, "r7office", ways, numbers, ("admin", "outsider", "colleague"))


FILLED = {"aicc": _aicc, "egain": _egain, "onlyoffice": _onlyoffice, "r7office": _r7office}
"""How the profile of each opponent is filled in."""
