"""Answers that a server could give, as exchanges with an operation, without any server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.target.client import Target
from conformance.target.decoding import decoded
from conformance.target.exchange import Exchange, Request, Response
from conformance.target.profile import bare_profile
from specs import Contract, load_contract
from specs.source import PACKAGE

NOWHERE = "http://127.0.0.1:9"
"""A loopback address at which nothing listens (RFC 863's port)."""

contract_of = cache(load_contract)

DONE = {"resCode": "0", "resMsg": "Success"}
"""How AICC says that a case was changed."""

PAGE_XML = (PACKAGE / "r7office" / "examples" / "page-case.xml").read_text(encoding="utf-8")
"""The case of R7's page, as XML."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back from one operation; `body` is bytes as they are, text, or a value to be written as JSON."""

    api: str
    operation: str
    status: int
    body: Any
    media: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()

    def exchange(self, contract: Contract | None = None) -> Exchange:
        """The exchange that ended in this answer, read by the contract as the harness reads it."""
        operation = (contract or contract_of(self.api)).operation(self.operation)
        body = self.body if isinstance(self.body, bytes) else _written(self.body)
        reported = (("Content-Type", self.media),) if self.media else ()
        response = Response(self.status, (*reported, *self.headers), body)
        value, broken = decoded(operation, response)
        return Exchange(operation.id, Request(operation.method, NOWHERE + operation.path, ()), response, value, broken)


def page_json(**changes: Any) -> dict[str, Any]:
    """The answer of R7's page as JSON, with members of its case changed; None leaves one out."""
    media = contract_of("r7office").operation("closeCase").responses[200].content["application/json"]
    page = media.examples["page"]
    case = {name: value for name, value in {**page["response"], **changes}.items() if value is not None}
    return {**page, "response": case}


def page_xml(old: str = "", new: str = "") -> str:
    """The answer of R7's page as XML, with a piece of text that it holds replaced wherever it stands."""
    if old not in PAGE_XML:
        raise ValueError(f"{old!r} is not in the page's answer")
    return PAGE_XML.replace(old, new) if old else PAGE_XML


def idle_context(api: str = "aicc", examples: int = 20) -> ProbeContext:
    """A context whose target is nowhere: for what needs no server."""
    contract = contract_of(api)
    return ProbeContext(
        Target(contract, bare_profile(api, NOWHERE)), "a world", key="a probe", seed=1, examples=examples
    )


def _written(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
