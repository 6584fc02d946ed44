"""Errors that an operation does not document, in the format of those that its contract has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_server.negotiation import choose_named
from mock_server.operations.refusals import RefusalWriter
from mock_server.reply import Refusal
from mock_server.synthesis.answers import BODILESS, answer_value, fits, telling
from mock_server.synthesis.synthesis import Impossible
from specs.contract import Media, Operation, RefusalKind, Response, XmlStyle

SIMULATED = "x-casepact-simulated"
"""The header of an answer that the mock was asked to give, whatever the request deserved; it says by what."""
ALWAYS = "408, 429 and 500 to 599"
"""The statuses that `is_always_available` knows, in words."""

_KIND = "simulated"
_MODEL = "not-modelled"
"""The kind of refusal that every contract has, with a status of its own: an error of the server."""


def is_always_available(status: int) -> bool:
    """Whether an error of this status can be simulated where it is not documented: any part of a network gives it."""
    return status in (408, 429) or 500 <= status <= 599


class SimulatedErrors:
    """
    The undocumented errors of one operation; how one is written is compiled when it is first asked for, and kept.

    A modelled contract has its format in the refusal `not-modelled`. A foreign document has it in the operation's
    nearest error of the server, or else its first error of the client; where it documents neither, the answer is a
    problem (RFC 9457).
    """

    __slots__ = ("_modelled", "_operation", "_writers", "_xml")

    def __init__(self, operation: Operation, xml: XmlStyle | None, *, modelled: bool) -> None:
        self._operation, self._xml, self._modelled = operation, xml, modelled
        self._writers: dict[tuple[int, str], RefusalWriter] = {}

    def answer(
        self, status: int, detail: str, media: str, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """
        Status, headers and body of an error.

        `media` is the representation that a success would have, `headers` are those of the request, by lower-case name.
        """
        model = None if self._modelled else self._nearest(status)
        chosen = ""
        if model is not None:
            chosen = choose_named(headers.get("accept", "*/*"), tuple(model.content)) or next(iter(model.content))
        writer = self._writers.get((status, chosen))
        if writer is None:
            kind = self._own(status) if model is None else self._documented(model, status, chosen)
            writer = self._writers[status, chosen] = RefusalWriter({_KIND: kind}, self._xml)
        return writer.write([Refusal(_KIND, (), detail)], media, {})

    def _nearest(self, status: int) -> Response | None:
        """The documented error whose format a foreign operation has for errors of the server."""
        documented = {**self._operation.responses}
        for name, response in self._operation.ranges.items():
            if name in ("4XX", "5XX"):
                documented.setdefault(int(name[0]) * 100, response)
        having = {at: response for at, response in documented.items() if response.content and at not in BODILESS}
        server = [at for at in having if 500 <= at <= 599]
        client = [at for at in having if 400 <= at <= 499]
        if server:
            return having[min(server, key=lambda at: (abs(at - status), at))]
        return having[min(client)] if client else None

    def _own(self, status: int) -> RefusalKind:
        if not self._modelled:
            body = {"status": status, "title": "Simulated error", "detail": "{detail}"}
            return RefusalKind(_KIND, status, "application/problem+json", body, {}, "", "")
        kind = self._operation.refusals[_MODEL]
        return replace(kind, name=_KIND, status=status, body=_restated(kind.body, kind.status, status), statement="")

    def _documented(self, response: Response, status: int, chosen: str) -> RefusalKind:
        """As a foreign document shows the error, in the media type that was chosen or another one that it has."""
        for media in (response.content[chosen], *response.content.values()):
            try:
                body = _body(media, f"{self._operation.id} {response.status}", response.status, status)
            except Impossible:
                continue
            return RefusalKind(_KIND, status, media.name, body, {}, "", "", media)
        return self._own(status)


def _body(media: Media, seed: str, old: int, new: int) -> Any:
    value = answer_value(media, seed)
    restated = _renumbered(value, old, new)
    return telling(restated if fits(media.schema, restated) else value, media.schema)


def _restated(value: Any, old: int, new: int) -> Any:
    """
    The body of a refusal with another status, and with the reason alone where it words one.

    {"code": "501-100", "message": "This is not modelled. {detail}"} as a 503 has "503-100" and "{detail}".
    """
    if isinstance(value, dict):
        return {name: _restated(member, old, new) for name, member in value.items()}
    if isinstance(value, list):
        return [_restated(item, old, new) for item in value]
    if isinstance(value, str):
        if "{detail}" in value:
            return "{detail}"
        return f"{new}{value.removeprefix(str(old))}" if value.startswith(str(old)) else value
    return _renumbered(value, old, new)


def _renumbered(value: Any, old: int, new: int) -> Any:
    """The value with each number that is the old status as the new one."""
    if isinstance(value, dict):
        return {name: _renumbered(member, old, new) for name, member in value.items()}
    if isinstance(value, list):
        return [_renumbered(item, old, new) for item in value]
    return new if type(value) is int and value == old else value
