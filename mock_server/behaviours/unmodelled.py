"""
What the operations of a foreign contract answer: documented examples, or values made from the schemas.

No rule is known and nothing is stored here (`by_shape` does that), so an answer depends on the operation, its status,
the media type and the seed, and on nothing else that a request says. Every answer fits its schema.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from mock_server.negotiation import choose_named
from mock_server.reply import Behaviour, Call, Refusal, Reply, Shown, ShownList
from mock_server.synthesis.answers import BODILESS, answer_headers, answer_value, telling
from mock_server.synthesis.synthesis import Impossible
from specs.contract import Contract, Media, Operation, RefusalKind, Response
from specs.flaws import Flaw
from specs.validation import Schema

_INVALID = (400, 422)
# RFC 9110 section 15.5 and the IANA registry of HTTP status codes.
_OF_THEIR_OWN = frozenset((*range(401, 418), 421, *range(423, 427), 428, 429, 431, 451))
"""Client errors that mean something else than an invalid request."""
_ANSWERED_BY: Mapping[str, tuple[int, ...]] = {
    "unauthenticated": (401, 403),
    "no-route": (404,),
    "method": (405,),
    "not-acceptable": (406,),
    "too-large": (413, 400),
    "media-type": (415, 400, 422),
    "not-modelled": (501,),
    "conflict": (409,),
    **dict.fromkeys(("unreadable", "missing-body", "invalid", "parameter", "unknown-parameter"), _INVALID),
}
"""The documented statuses that may answer each kind of refusal, the best first."""

_OTHERWISE_INVALID = frozenset(range(400, 500)) - _OF_THEIR_OWN
"""Statuses of a vendor's own, which a document may have for every invalid request."""

_CHALLENGES = {"basic": 'Basic realm="casepact"', "bearer": "Bearer"}


def behaviours(contract: Contract, seed: int | str = 0) -> Mapping[str, Behaviour]:
    """
    What each operation of a foreign contract does: it gives its lowest documented success.

    One that could not be read says why.
    """
    return {
        id: Behaviour(_Unread(contract.unread[id]) if id in contract.unread else DocumentedAnswer(operation, seed))
        for id, operation in contract.operations.items()
    }


def refusing(contract: Contract, seed: int | str = 0) -> Contract:
    """
    The contract with refusals as its operations document them.

    The body of a documented refusal is its example, else made from its schema, with the reason in it where there
    is a member for that; kinds that an operation documents no answer for keep our own problem details.
    """
    writer = Refusals(contract, seed)
    operations = {
        id: replace(operation, refusals=writer.of(operation)) for id, operation in contract.operations.items()
    }
    return replace(contract, operations=operations)


class DocumentedAnswer:
    """
    One success of an operation; its values are made when they are first asked for, and kept.

    `status` is None for the one that the operation gives by itself. Called, it is a behaviour that knows nothing else.
    """

    __slots__ = ("_headers", "_offered", "_operation", "_response", "_seed", "_values")

    def __init__(self, operation: Operation, seed: int | str, status: int | None = None) -> None:
        self._operation, self._seed = operation, seed
        self._response = operation.responses[operation.success_status() if status is None else status]
        self._offered = tuple(self._response.content)
        self._values: dict[str, Any] = {}
        self._headers: dict[str, str] | None = None

    def __call__(self, call: Call) -> Reply | Refusal:
        status = self._response.status
        try:
            headers = self.headers()
            media = self.media(call)
            if not media:
                return Reply(status=status, headers=headers)
            return Reply(self.value(media), status=status, headers=headers)
        except Impossible as error:
            return Refusal("not-modelled", (), f"{self._operation.place}: no answer {status} can be made: {error}")

    @property
    def status(self) -> int:
        """Its status."""
        return self._response.status

    def media(self, call: Call) -> str:
        """The representation that a client likes best; "" where the answer has no body."""
        if not self._offered or self._response.status in BODILESS:
            return ""
        return choose_named(call.headers.get("accept", "*/*"), self._offered) or self._offered[0]

    def headers(self) -> Mapping[str, str]:
        """The documented headers; raises `Impossible`."""
        if self._headers is None:
            status = self._response.status
            self._headers = answer_headers(self._response, f"{self._seed} {self._operation.id} {status}")
            if not 200 <= status < 400:
                detail = f"the document names no success of {self._operation.id}, so this is its answer"
                self._headers["x-casepact-detail"] = detail.encode("ascii", "replace").decode()
        return self._headers

    def value(self, media: str) -> Any:
        """The value in one representation; raises `Impossible`."""
        if media not in self._values:
            self._values[media] = self._made(media)
        found = self._values[media]
        if isinstance(found, Impossible):
            raise found
        return found

    def _made(self, media: str) -> Any:
        """A value, or why there is none: to look for one that there is not takes seconds."""
        try:
            seed = f"{self._seed} {self._operation.id} {self._response.status} {media}"
            value = answer_value(self._response.content[media], seed)
            if isinstance(value, dict):
                return Shown(value)
            return ShownList(value) if isinstance(value, list) else value
        except Impossible as error:
            return error


class _Unread:
    """An operation of which the document is flawed."""

    __slots__ = ("_refusal",)

    def __init__(self, flaws: Sequence[Flaw]) -> None:
        others = f" … and {len(flaws) - 1} more" if len(flaws) > 1 else ""
        self._refusal = Refusal("not-modelled", (), f"{flaws[0]}{others}")

    def __call__(self, call: Call) -> Reply | Refusal:
        return self._refusal


class Refusals:
    """Writes refusals; what several operations share is made once."""

    def __init__(self, contract: Contract, seed: int | str) -> None:
        self._contract, self._seed = contract, seed
        # By the schema, which is kept too: an id is only one's own as long as its object exists.
        self._bodies: dict[int, tuple[Schema | None, Any]] = {}

    def of(self, operation: Operation) -> dict[str, RefusalKind]:
        """The refusals of an operation by kind."""
        return {name: self._kind(kind, operation) for name, kind in operation.refusals.items()}

    def documented(self, operation: Operation, kind: str, status: int) -> RefusalKind:
        """How an operation refuses with a status that it documents, of a kind that other operations do not have."""
        body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": "{detail}"}
        return self._kind(RefusalKind(kind, status, "application/problem+json", body, {}, "", ""), operation)

    def _kind(self, kind: RefusalKind, operation: Operation) -> RefusalKind:
        if kind.name == "unauthenticated":
            kind = replace(kind, headers={**kind.headers, "www-authenticate": self._challenge(operation)})
        suitable = _ANSWERED_BY.get(kind.name, ())
        if suitable[:2] == _INVALID:
            # Some documents know one answer to every mistake, whatever its status says.
            suitable += tuple(status for status in sorted(operation.responses) if status in _OTHERWISE_INVALID)
        for status in suitable:
            response = operation.responses.get(status)
            if response is not None:
                return self._documented(kind, operation, response)
        return kind

    def _documented(self, kind: RefusalKind, operation: Operation, response: Response) -> RefusalKind:
        seed = f"{self._seed} {operation.id} {response.status}"
        own = {**kind.body, "status": response.status} if isinstance(kind.body, dict) else kind.body
        try:
            headers = answer_headers(response, seed, kind.headers)
        except Impossible:
            headers = dict(kind.headers)
        kind = replace(kind, status=response.status, body=own, headers=headers)
        for media in response.content.values():
            try:
                body = self._body(media, f"{self._seed} {response.status}")
                return replace(kind, media=media.name, body=body, form=media)
            except Impossible:
                continue
        return kind

    def _body(self, media: Media, seed: str) -> Any:
        if media.examples or media.schema is None:
            return telling(answer_value(media, seed), media.schema)
        if id(media.schema) not in self._bodies:
            try:
                body = telling(answer_value(media, seed), media.schema)
            except Impossible as error:
                body = error
            self._bodies[id(media.schema)] = media.schema, body
        _, found = self._bodies[id(media.schema)]
        if isinstance(found, Impossible):
            raise found
        return found

    def _challenge(self, operation: Operation) -> str:
        """What a 401 says about the credential that is wanted (RFC 9110 section 11.6.1)."""
        names = [name for alternative in operation.security for name in alternative]
        kinds = [self._contract.security_schemes[name].kind for name in names]
        return next((_CHALLENGES[kind] for kind in kinds if kind in _CHALLENGES), 'ApiKey realm="casepact"')
