"""Servers that are wrong in one way each, with the statement that they break."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_server.behaviours import aicc, crm
from mock_server.reply import Reply
from mock_server.worlds.records import Change as RecordChange
from specs.compiling import compile_contract
from specs.contract import Contract
from specs.references import at, bundle, split
from specs.source import PACKAGE, Document, read
from tests.servers import Headers, altering, echoing_accept, mock_app, with_bytes, with_header, with_reply


@dataclass(frozen=True, slots=True)
class Liar:
    """
    A server wrong in one way: the API it serves, what to blame, and how it is made.

    `also` are statements that cannot be kept beside the one that is broken.
    """

    api: str
    blamed: str
    app: Callable[[], Any]
    also: tuple[str, ...] = ()


def recompiled(contract: Contract, pointer: str, value: Any, *also: tuple[str, Any]) -> Contract:
    """The contract with an element of its document set, and others also; None removes one."""
    folder = PACKAGE / contract.api
    document = bundle(read(folder / "openapi.yaml"), folder)
    data = copy.deepcopy(document.data)
    for place, new in ((pointer, value), *also):
        parts = split(place)
        holder = at(data, tuple(parts[:-1]))
        if new is None:
            del holder[parts[-1]]
        else:
            holder[parts[-1]] = new
    changed = Document(document.file, data, document.lines)
    return compile_contract(changed, contract.ledger, contract.api, contract.edition)


def _response(reply: Reply, **changes: Any) -> Reply:
    return reply._replace(value={**reply.value, "response": {**reply.value["response"], **changes}})


def _without(reply: Reply, member: str) -> Reply:
    kept = {name: value for name, value in reply.value["response"].items() if name != member}
    return reply._replace(value={**reply.value, "response": kept})


def _forgetting(reply: Reply, member: str) -> Reply:
    changes = []
    for change in reply.changes:
        record = dict(change.record or {})
        record[member] = "as it was"
        changes.append(RecordChange(change.collection, change.id, record))
    return reply._replace(changes=tuple(changes))


def _crm(**behaviours: Callable[[Reply], Reply]) -> Callable[[], Any]:
    changed = {name: with_reply(crm.R7OFFICE[name], alter) for name, alter in behaviours.items()}
    return lambda: mock_app("r7office", changed)


def _title_xml(contract: Contract) -> Contract:
    assert contract.xml is not None
    return replace(contract, xml=replace(contract.xml, booleans="title"))


def _aicc_schema(pointer: str, value: Any) -> Callable[[], Any]:
    where = f"/components/schemas/{pointer}"
    return lambda: mock_app("aicc", change=lambda contract: recompiled(contract, where, value))


def _modify(alter: Callable[[Reply], Reply]) -> Callable[[], Any]:
    return lambda: mock_app("aicc", {"modifyCase": with_reply(aicc.BEHAVIOURS["modifyCase"], alter)})


def _is(scope: Mapping[str, Any], method: str) -> bool:
    return bool(scope["method"] == method)


def _only_for(method: str, name: bytes, value: bytes) -> Callable[[Any, int, Headers], tuple[int, Headers]]:
    """Answers to one method carry another value of a header."""
    return lambda scope, status, headers: (status, with_header(headers, name, value) if _is(scope, method) else headers)


def _without_charset(scope: dict[str, Any]) -> dict[str, Any]:
    declared = dict(scope["headers"]).get(b"content-type", b"")
    return {**scope, "headers": with_header(scope["headers"], b"content-type", declared.replace(b"json;", b"text;"))}


def _undecoded(scope: dict[str, Any]) -> dict[str, Any]:
    return {**scope, "raw_path": scope["raw_path"].replace(b"%", b"%25")}


LIARS: Mapping[str, Liar] = {
    "R7 answers with the old state": Liar(
        "r7office", "OO-69", _crm(closeCase=lambda reply: _response(reply, isClosed=False))
    ),
    "R7 writes True in XML": Liar("r7office", "R7-47", lambda: mock_app("r7office", change=_title_xml)),
    "R7 writes null for an empty text": Liar(
        "r7office", "R7-48", lambda: with_bytes(mock_app("r7office"), b"<mask></mask>", b"<mask>null</mask>")
    ),
    "R7 leaves customFields out": Liar(
        "r7office", "R7-34", _crm(closeCase=lambda reply: _without(reply, "customFields"))
    ),
    "R7 answers right and stores nothing": Liar(
        "r7office", "R7-51", _crm(closeCase=lambda reply: reply._replace(changes=())), ("R7-04",)
    ),
    "AICC counts characters": Liar(
        "aicc", "HW-21", _aicc_schema("CaseChange/properties/caseInfo/properties/title/x-max-bytes", None)
    ),
    "AICC asks for no creatorId": Liar(
        "aicc", "HW-45", _aicc_schema("CaseChange/properties/caseInfo/required", ["id", "title", "description"])
    ),
    "AICC answers 0 as a number": Liar(
        "aicc", "HW-63", _modify(lambda reply: reply._replace(value={**reply.value, "resCode": 0}))
    ),
    "AICC calls its answer whatever is accepted": Liar(
        "aicc", "HTTP-05", lambda: echoing_accept(mock_app("aicc")), ("HW-62", "D-28")
    ),
    "AICC does not know HEAD": Liar(
        "aicc",
        "HTTP-09",
        lambda: altering(mock_app("aicc"), answer=lambda scope, status, h: (405 if _is(scope, "HEAD") else status, h)),
    ),
    "AICC leaves methods out of OPTIONS": Liar(
        "aicc", "HTTP-10", lambda: altering(mock_app("aicc"), answer=_only_for("OPTIONS", b"allow", b"OPTIONS"))
    ),
    "AICC does not read bodies with a charset": Liar(
        "aicc", "HTTP-11", lambda: altering(mock_app("aicc"), request=_without_charset)
    ),
    "AICC says another length to HEAD": Liar(
        "aicc", "HTTP-12", lambda: altering(mock_app("aicc"), answer=_only_for("HEAD", b"content-length", b"7"))
    ),
    "AICC does not decode paths": Liar("aicc", "HTTP-13", lambda: altering(mock_app("aicc"), request=_undecoded)),
    "AICC does not store the description": Liar(
        "aicc", "HW-05", _modify(lambda r: _forgetting(r, "description")), ("HW-23",)
    ),
}
"""Every liar is blamed on its statement and on no other but those that break with it."""
