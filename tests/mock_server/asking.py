"""Send what `provoked` lists, and the corrected requests that the mock offers for it, as their reader would."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

from mock_server.worlds.records import Actor
from tests.mock_server.client import Answer, Client, Header
from tests.mock_server.provoked import CREDENTIALS, FORM, Provoked
from tests.mock_server.whole import Whole

_CREDENTIAL = re.compile(r"\[credential of (.+)\]")
_OWN = re.compile(r"\[(.+) of (.+)\]")


def refused(whole: Whole, request: Provoked) -> tuple[Client, Answer]:
    """A fresh world as the request needs it, and the answer that the request gets there."""
    client = whole.fresh()
    if request.traffic is not None or request.attributes is not None:
        assert whole.make(client.world).status == 201
    if request.traffic is not None:
        assert whole.steer("PUT", f"/worlds/{client.world}/traffic", request.traffic).status == 200
        assert _send(client, request).status < 300
    if request.attributes is not None:
        address = f"/worlds/{client.world}/fixtures/{request.api}"
        fixtures = whole.steer("GET", address).json()
        fixtures["actors"][request.actor] |= request.attributes
        assert whole.steer("PUT", address, fixtures).status == 200
    return client, _send(client, request)


def corrected(whole: Whole, api: str, shown: dict[str, Any]) -> Answer:
    """What the corrected request gets, with the credentials and secrets of actors put in where they are named."""
    headers: list[Header] = []
    for name, value in shown["headers"].items():
        found = _CREDENTIAL.fullmatch(value)
        headers.append(CREDENTIALS[api][found[1]] if found is not None else (name, value))
    body = _filled(whole, api, shown["body"])
    raw = b""
    if shown["media"]:
        raw = (urlencode(body) if shown["media"] == FORM else json.dumps(body)).encode()
    return whole.client.send(shown["method"], shown["path"], headers, raw)


def succeeded(whole: Whole, api: str, operation: str, answer: Answer) -> bool:
    """Whether the operation's own success test passes."""
    value = answer.json() if "json" in (answer.header("content-type") or "") else None
    contract = whole.assembly.contracts[api].operations[operation]
    return contract.succeeded(answer.status, value) if value is not None else 200 <= answer.status < 300


def _send(client: Client, request: Provoked) -> Answer:
    return client.under(f"/{request.api}").send(request.method, request.path, request.sent_headers, request.body)


def _filled(whole: Whole, api: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _filled(whole, api, member) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(whole, api, item) for item in value]
    found = _OWN.fullmatch(value) if isinstance(value, str) else None
    return _attribute(whole.assembly.seeds[api].actors[found[2]], found[1]) if found is not None else value


def _attribute(actor: Actor, name: str) -> Any:
    """An attribute by the name that a request has for it: "client_secret" is "clientSecret"."""
    return next(value for key, value in actor.attributes.items() if key.lower() == name.replace("_", "").lower())
