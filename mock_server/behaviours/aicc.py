"""Huawei AICC: cases are modified, read back, and every call carries a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.reply import Behaviour, Call, Refusal, Reply, Rule
from mock_server.worlds.records import rewritten

TOKEN_LIFETIME = 1800
"""Seconds for which a token is said to be valid (HWF-4)."""


def modify_case(call: Call) -> Reply:
    """
    Write the members sent over those stored; what is not sent is kept (D-34).

    Extension members of the case's template are members like the others (HW-56).
    """
    sent = call.body["caseInfo"]
    stored = _stored(call, sent["id"])
    return Reply(_done(), (rewritten("cases", sent["id"], stored, sent),))


def get_case(call: Call) -> Reply:
    """The case, wrapped as the vendor's samples show it: an array with one object (HWF-14)."""
    case = _stored(call, call.arguments["id"])
    detail: dict[str, Any] = {"caseInfo": case, "caseTrace": [], "customerInfo": None, "tasks": [], "isFollower": False}
    return Reply({**_done(), "result": [detail]})


def get_token(call: Call) -> Reply | Refusal:
    """The token of the actor whose client id and secret were sent (HWF-3)."""
    for actor in call.records.actors.values():
        known = (actor.attributes.get("clientId"), actor.attributes.get("clientSecret"))
        token = actor.credentials.get("accessToken")
        if token is not None and known == (call.body["client_id"], call.body["client_secret"]):
            return Reply({"access_token": token, "expires_in": TOKEN_LIFETIME, "token_type": "Bearer"})
    return Refusal("token-refused", ("HWF-5",), "no client has this id and secret")


def sent_case_exists(call: Call) -> Refusal | None:
    """The case that `caseInfo.id` names must exist: the id selects it (HW-19)."""
    return _missing(call, call.body["caseInfo"]["id"], "/caseInfo/id")


def named_case_exists(call: Call) -> Refusal | None:
    """The case in the path must exist."""
    return _missing(call, call.arguments["id"])


BEHAVIOURS: Mapping[str, Behaviour] = {
    "modifyCase": Behaviour(modify_case, (Rule("HW-19", sent_case_exists),)),
    "getCase": Behaviour(get_case, (Rule("D-33", named_case_exists),)),
    "getToken": Behaviour(get_token),
}


def _missing(call: Call, id: str, pointer: str = "") -> Refusal | None:
    if call.records.find("cases", id) is not None:
        return None
    return Refusal("not-found", ("D-33",), f"no case has the id {id}", pointer, "id")


def _stored(call: Call, id: str) -> Mapping[str, Any]:
    case = call.records.find("cases", id)
    assert case is not None, "a rule has seen that the case exists"
    return case


def _done() -> dict[str, Any]:
    return {"resCode": "0", "resMsg": "Success"}
