"""ONLYOFFICE servers that are wrong in one way each, with the statement that they break."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from mock_server.behaviours import crm
from mock_server.reply import Behaviour, Call, Refusal, Reply
from specs.contract import Contract, Operation
from tests.broken_servers import Liar
from tests.servers import mock_app, with_reply

SHOWING_A_CASE = ("getCase", "updateCase", "closeCase", "reopenCase")
NOBODY = 2_000_000_007


def _unspelt(contract: Contract) -> Contract:
    """The contract without the schemas of its answers, from which the mock learns to write PascalCase."""
    return replace(contract, operations={name: _bare(item) for name, item in contract.operations.items()})


def _bare(operation: Operation) -> Operation:
    responses = {
        status: replace(
            response, content={name: replace(media, schema=None) for name, media in response.content.items()}
        )
        for status, response in operation.responses.items()
    }
    return replace(operation, responses=responses)


def _small_booleans(contract: Contract) -> Contract:
    assert contract.xml is not None
    return replace(contract, xml=replace(contract.xml, booleans="lower"))


def _untitled(reply: Reply) -> Reply:
    shown = {name: value for name, value in reply.value["response"].items() if name != "title"}
    return reply._replace(value={**reply.value, "response": shown})


def _told(behaviour: Behaviour, alter: Callable[[Call], Call]) -> Behaviour:
    """The same behaviour, which is told of another request than the one that came."""

    def act(call: Call) -> Reply | Refusal:
        return behaviour.act(alter(call))

    return replace(behaviour, act=act)


def _updating(alter: Callable[[Call], Call]) -> Callable[[], Any]:
    return lambda: mock_app("onlyoffice", {"updateCase": _told(crm.ONLYOFFICE["updateCase"], alter)})


def _stays_private(call: Call) -> Call:
    """A private case without isPrivate in the request: as if the request said again who may see it."""
    case = call.records.find("cases", str(call.arguments["caseid"]))
    if case is None or not case["isPrivate"] or "isPrivate" in call.body:
        return call
    return replace(call, body={**call.body, "isPrivate": True, "accessList": case["accessList"]})


def _merges_fields(call: Call) -> Call:
    """Custom fields in the request: as if it named those that the case has as well, the sent ones last."""
    case = call.records.find("cases", str(call.arguments["caseid"]))
    if case is None or not call.body.get("customFieldList"):
        return call
    known = [{"Key": int(key), "Value": value} for key, value in case["fieldValues"].items()]
    return replace(call, body={**call.body, "customFieldList": [*known, *call.body["customFieldList"]]})


def _needing_a_list(call: Call) -> Call:
    """A request that makes a case private without an access list: as if it made it public."""
    return call if call.body.get("accessList") else replace(call, body={**call.body, "isPrivate": False})


def _untagged(reply: Reply) -> Reply:
    shown = {name: value for name, value in reply.value["response"].items() if name != "tags"}
    return reply._replace(value={**reply.value, "response": shown})


def _unlisted(reply: Reply) -> Reply:
    """A case that is not private without its access list."""
    case = reply.value["response"]
    shown = {name: value for name, value in case.items() if name != "accessList" or case["isPrivate"]}
    return reply._replace(value={**reply.value, "response": shown})


def _other_no_route(contract: Contract) -> Contract:
    refused = replace(contract.refusals["no-route"], body="Nothing here")
    return replace(contract, refusals={**contract.refusals, "no-route": refused})


def _updating_without_json_suffix() -> Any:
    """The path of an update with .json after it is another path, which nobody has."""
    app = mock_app("onlyoffice")

    async def unsuffixed(scope: Any, receive: Any, send: Any) -> None:
        if scope.get("method") == "PUT" and re.search(r"/case/\d+\.json\Z", scope["path"]):
            path = f"{scope['path']}x"
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return unsuffixed


def _always_challenging() -> Any:
    """Every 401 asks for Basic, whether or not the request had an Authorization header."""
    app = mock_app("onlyoffice")

    async def challenging(scope: Any, receive: Any, send: Any) -> None:
        async def challenged(message: Any) -> None:
            if message.get("status") == 401:
                others = [pair for pair in message["headers"] if pair[0].lower() != b"www-authenticate"]
                message = {**message, "headers": [*others, (b"www-authenticate", b'Basic Realm="portal"')]}
            await send(message)

        await app(scope, receive, challenged)

    return challenging


def _clearing_members() -> Any:
    """An empty list arrives as one that names nobody: reading a request leaves out lists that are empty."""
    app = mock_app("onlyoffice")

    async def cleared(scope: Any, receive: Any, send: Any) -> None:
        async def receive_changed() -> Any:
            message = await receive()
            if message["type"] == "http.request" and b'"members":[]' in message.get("body", b""):
                body = orjson.loads(message["body"])
                return {**message, "body": orjson.dumps({**body, "members": [NOBODY]})}
            return message

        await app(scope, receive_changed, send)

    return cleared


LIARS: Mapping[str, Liar] = {
    "ONLYOFFICE writes camelCase": Liar("onlyoffice", "OU-108", lambda: mock_app("onlyoffice", change=_unspelt)),
    "ONLYOFFICE writes true in XML": Liar(
        "onlyoffice", "OU-115", lambda: mock_app("onlyoffice", change=_small_booleans)
    ),
    "ONLYOFFICE leaves Title out": Liar(
        "onlyoffice",
        "OU-69",
        lambda: mock_app("onlyoffice", {name: with_reply(crm.ONLYOFFICE[name], _untitled) for name in SHOWING_A_CASE}),
    ),
    "ONLYOFFICE keeps a case private without isPrivate": Liar("onlyoffice", "OO-57", _updating(_stays_private)),
    "ONLYOFFICE clears members by an empty list": Liar("onlyoffice", "OO-61", _clearing_members),
    "ONLYOFFICE merges custom fields": Liar("onlyoffice", "D-41", _updating(_merges_fields)),
    "ONLYOFFICE makes no case private without a list": Liar("onlyoffice", "D-42", _updating(_needing_a_list)),
    "ONLYOFFICE adds contacts without their Tags": Liar(
        "onlyoffice",
        "OC-38",
        lambda: mock_app("onlyoffice", {"addCaseContact": with_reply(crm.ONLYOFFICE["addCaseContact"], _untagged)}),
    ),
    "ONLYOFFICE leaves AccessList out of a public case": Liar(
        "onlyoffice",
        "OU-72",
        lambda: mock_app("onlyoffice", {"updateCase": with_reply(crm.ONLYOFFICE["updateCase"], _unlisted)}),
    ),
    "ONLYOFFICE updates without the suffix .json alone": Liar("onlyoffice", "OO-8", _updating_without_json_suffix),
    "ONLYOFFICE asks for Basic in every 401": Liar("onlyoffice", "OO-20", _always_challenging),
    "ONLYOFFICE answers unknown paths in other words": Liar(
        "onlyoffice", "D-10", lambda: mock_app("onlyoffice", change=_other_no_route)
    ),
}
"""Every liar is blamed on its statement and on no other but the one that `TWINS` names."""

TWINS: Mapping[str, str] = {"OU-108": "OC-83", "OU-115": "OC-80"}
"""What both pages say, each with an id of its own: a server cannot break the one and keep the other."""
