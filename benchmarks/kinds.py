"""The four kinds of requests that `make bench-mock` measures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One request, and the answer it must get.

    `path` stands below the base URL of the API. `documented` is the path in the contract where it is another one: the
    suffix `.xml` is a key of ours that other mocks do not read, so a mock that serves the document alone is sent the
    path without it; `Accept` says the same.
    """

    name: str
    title: str
    api: str
    operation: str
    method: str
    path: str
    credential: tuple[str, str]
    body: bytes
    status: int
    media: str
    documented: str = ""
    world: str = "bench"

    @property
    def headers(self) -> Mapping[str, str]:
        """What is sent with it, to every server alike."""
        declared = {"Content-Type": "application/json"} if self.body else {}
        name, value = self.credential
        return {name: value, "X-Casepact-World": self.world, "Accept": self.media, **declared}


_ADMIN = ("Authorization", "oo-admin-token-0001")
_R7_ADMIN = ("Authorization", "r7-admin-token-0001")
_OPERATOR = ("access-token", "aicc-operator-token-0001")

# The examples that the vendors' pages print for these requests (OU-55, HW-66).
_UPDATE = {
    "title": "some text",
    "members": [1234],
    "customFieldList": [{"Key": 0, "Value": "some text"}],
    "isPrivate": True,
    "accessList": ["9924256A-739C-462b-AF15-E652A3B1B6EB"],
    "isNotify": True,
}
_MODIFY = {
    "id": "c6m800000142mS63Voa8",
    "title": "testOpenApi11",
    "description": "test111",
    "dueDate": "2023-06-20 00:00:00",
    "ownerId": "10gg0000012IpiXMqxzk",
    "contactId": "ciIy0000013w9aru7cDQ",
    "creatorId": "10gg0000013wljxK5XX6",
    "contactPhone": "15151515152",
}


def _body(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _without(value: Mapping[str, object], name: str) -> dict[str, object]:
    return {key: member for key, member in value.items() if key != name}


KINDS: Sequence[Kind] = (
    Kind(
        name="update",
        title="accepted ONLYOFFICE updateCase",
        api="onlyoffice",
        operation="updateCase",
        method="PUT",
        path="/api/2.0/crm/case/1234",
        credential=_ADMIN,
        body=_body(_UPDATE),
        status=200,
        media="application/json",
    ),
    Kind(
        name="modify",
        title="accepted AICC modifyCase",
        api="aicc",
        operation="modifyCase",
        method="POST",
        path="/service/AICC__Case/1.0.0/openapi/case/modify",
        credential=_OPERATOR,
        body=_body({"caseInfo": _MODIFY}),
        status=200,
        media="application/json",
    ),
    Kind(
        name="refused",
        title="refused AICC modifyCase (no title)",
        api="aicc",
        operation="modifyCase",
        method="POST",
        path="/service/AICC__Case/1.0.0/openapi/case/modify",
        credential=_OPERATOR,
        body=_body({"caseInfo": _without(_MODIFY, "title")}),
        status=400,
        media="application/json",
    ),
    Kind(
        name="xml",
        title="R7-Office closeCase answered in XML",
        api="r7office",
        operation="closeCase",
        method="PUT",
        path="/api/2.0/crm/case/1234/close.xml",
        credential=_R7_ADMIN,
        body=b"",
        status=200,
        media="text/xml",
        documented="/api/2.0/crm/case/1234/close",
    ),
)
