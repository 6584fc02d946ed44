"""Servers whose answers are not those that the page prints: blamed on the page, not on a guess of ours alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from mock_server.behaviours import aicc
from mock_server.reply import Behaviour, Call, Refusal, Reply
from specs.contract import Contract
from tests.broken_servers import Liar, recompiled
from tests.honest_servers import with_body
from tests.servers import Headers, altering, mock_app, with_header, with_reply

PATH = "/case/modify"
MODIFY = aicc.BEHAVIOURS["modifyCase"]


def _answering(alter: Callable[[int, Headers], tuple[int, Headers]]) -> Callable[[], Any]:
    """AICC with status and headers of every success of modifyCase altered."""

    def altered(scope: Any, status: int, headers: Headers) -> tuple[int, Headers]:
        return alter(status, headers) if status == 200 and scope["path"].endswith(PATH) else (status, headers)

    return lambda: altering(mock_app("aicc"), answer=altered)


def _typed(value: bytes) -> Callable[[], Any]:
    return _answering(lambda status, headers: (status, with_header(headers, b"content-type", value)))


def _writing(change: Callable[[bytes], bytes]) -> Callable[[], Any]:
    """AICC with the body of every success of modifyCase written in another way."""
    return lambda: with_body(mock_app("aicc"), lambda body, _: change(body) if body.startswith(DONE) else body)


DONE = b'{"resCode":"0","resMsg":"Success"}'


def _with(modify: Behaviour, **others: Behaviour) -> Callable[[], Any]:
    """AICC with other behaviours, whose answers may hold what its contract forbids."""

    def anything(contract: Contract) -> Contract:
        free = recompiled(contract, "/components/schemas/Done/properties/resCode/enum", None)
        return recompiled(free, "/components/schemas/CaseDetails/properties/result/items", {}) if others else free

    return lambda: mock_app("aicc", {"modifyCase": modify, **others}, anything)


def _saying(**members: Any) -> Behaviour:
    """Other members in every success of modifyCase."""
    return with_reply(MODIFY, lambda reply: reply._replace(value={**reply.value, **members}))


def _refusing(member: str, character: str, refusal: Refusal) -> Behaviour:
    """A text with this character is refused."""

    def act(call: Call) -> Reply | Refusal:
        return refusal if character in call.body["caseInfo"][member] else MODIFY.act(call)

    return replace(MODIFY, act=act)


def _refusing_in_a_200(size: int) -> Behaviour:
    """A title of so many bytes is refused, under the status of a success."""

    def act(call: Call) -> Reply | Refusal:
        outcome = MODIFY.act(call)
        if isinstance(outcome, Refusal) or len(call.body["caseInfo"]["title"].encode()) != size:
            return outcome
        return outcome._replace(value={"resCode": "400001", "resMsg": "Too long."}, changes=())

    return replace(MODIFY, act=act)


def _misspelt(reply: Reply) -> Reply:
    first = reply.value["result"][0]
    shown = {("caseNumber" if name == "caseNo" else name): value for name, value in first["caseInfo"].items()}
    return reply._replace(value={**reply.value, "result": [{**first, "caseInfo": shown}]})


FAILED = Refusal("not-modelled", (), "the column holds no such character")
INVALID = Refusal("invalid", (), "letters are a to z")
READ_MISSPELT = with_reply(aicc.BEHAVIOURS["getCase"], _misspelt)

LIARS: Mapping[str, Liar] = {
    "AICC answers 202": Liar("aicc", "HW-57", _answering(lambda status, headers: (202, headers)), ("D-33",)),
    "AICC says 200 in resCode": Liar("aicc", "HW-63", _with(_saying(resCode="200")), ("D-33",)),
    "AICC answers with no body": Liar("aicc", "HW-62", _writing(lambda body: b""), ("D-28",)),
    "AICC answers with a list": Liar("aicc", "HW-62", _writing(lambda body: b"[" + body + b"]")),
    "AICC writes single quotes": Liar(
        "aicc", "HW-62", _writing(lambda body: body.replace(b'"', b"'")), ("D-28", "D-33")
    ),
    "AICC calls its answer HTML": Liar("aicc", "HW-62", _typed(b"text/html; charset=utf-8"), ("D-28", "HTTP-05")),
    "AICC answers in Latin-1": Liar("aicc", "HW-62", _typed(b"application/json; charset=ISO-8859-1"), ("D-28",)),
    "AICC fails at an emoji": Liar(
        "aicc", "HW-23", _with(_refusing("description", "😀", FAILED)), ("HW-05", "HW-24", "HTTP-08")
    ),
    "AICC refuses 128 bytes under 200": Liar("aicc", "HW-21", _with(_refusing_in_a_200(128)), ("D-33",)),
    "AICC refuses é and misspells caseNo": Liar(
        "aicc", "HW-20", _with(_refusing("title", "é", INVALID), getCase=READ_MISSPELT), ("HW-05", "D-43")
    ),
}
"""Every liar is blamed on its statement, and on those that say the same of every answer or of the same member."""
