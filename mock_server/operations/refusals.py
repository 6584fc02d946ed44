"""A refusal in the vendor's own format, with the statements it rests on beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import orjson

from mock_server.reply import Refusal, in_header
from mock_server.representation.documented import content_type, documented_writer
from mock_server.representation.representation import writer
from specs.contract import RefusalKind, XmlStyle, fill
from specs.flaws import UnknownName
from specs.shortening import shorten

_PLACEHOLDER = re.compile(rb"\{(detail|name)\}")

# A vendor's message has an end of its own (255 characters at eGain); x-casepact-detail has the rest.
_LONGEST = 180
_LONGEST_HEADER = 800
_LONGEST_PROBLEM = 2000

Fill = Callable[[str, str], bytes]
"""(detail, name) → the body of a refusal."""


class RefusalWriter:
    """The compiled `x-refusals` of one operation or API."""

    __slots__ = ("_bodies", "_headers", "_kinds", "_xml")

    def __init__(self, kinds: Mapping[str, RefusalKind], xml: XmlStyle | None) -> None:
        self._kinds, self._xml = kinds, xml
        self._bodies: dict[tuple[str, str], Fill] = {}
        self._headers = {
            name: {key.lower(): value for key, value in kind.headers.items()} for name, kind in kinds.items()
        }

    @property
    def kinds(self) -> Mapping[str, RefusalKind]:
        """The kinds by name."""
        return self._kinds

    def write(
        self, refusals: Sequence[Refusal], media: str, request_headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """
        Status, headers and body that answer the first refusal; the headers name the statements of all.

        `media` is the representation a success would have had: an error follows it where the vendor has it. Raises
        `UnknownName` for a kind that `x-refusals` does not have.
        """
        first = refusals[0]
        try:
            kind = self._kinds[first.kind]
        except KeyError:
            # A mistake of the behaviour: the log names the kind, and whoever called gets the mock's own 500.
            raise UnknownName("refusal kind", first.kind, self._kinds) from None
        follows = kind.media == "application/json" and media.endswith("/xml") and kind.form is None
        chosen = media if follows else kind.media
        body = self._bodies.get((kind.name, chosen))
        if body is None:
            body = self._bodies[kind.name, chosen] = self._filled(kind, chosen)
        statements = self.statements(refusals)
        headers = {"content-type": content_type(chosen), **self._headers[kind.name], **first.headers}
        if statements:
            headers["x-casepact-statement"] = ", ".join(statements)
        detail = first.detail if len(refusals) == 1 else "; ".join([refusal.detail for refusal in refusals])
        headers["x-casepact-detail"] = in_header(detail[:_LONGEST_HEADER])
        if kind.challenge and "authorization" in request_headers:
            host = in_header(request_headers.get("host", ""), "").replace('"', "")
            headers["www-authenticate"] = kind.challenge.replace("{host}", host)
        # A problem (RFC 9457) has room for all that is to be said.
        most = _LONGEST_PROBLEM if chosen == "application/problem+json" else _LONGEST
        return kind.status, headers, body(shorten(first.detail, most), first.name[:_LONGEST])

    def statements(self, refusals: Sequence[Refusal]) -> list[str]:
        """The statements that the refusals rest on; none where a contract has no ledger."""
        if len(refusals) == 1 and refusals[0].statements:
            return [*refusals[0].statements]
        named = list(dict.fromkeys([id for refusal in refusals for id in refusal.statements]))
        return named or [id for id in (self._kinds[refusals[0].kind].statement,) if id]

    def _filled(self, kind: RefusalKind, media: str) -> Fill:
        """How the body of a kind is written: once, with places left open, where it is JSON."""
        write = writer(media, self._xml) if kind.form is None else documented_writer(kind.form)
        if not media.endswith("json"):
            return lambda detail, name: write(fill(kind.body, {"detail": detail, "name": name}))
        parts = _PLACEHOLDER.split(write(kind.body))
        if len(parts) == 1:
            return lambda detail, name: parts[0]

        def filled(detail: str, name: str) -> bytes:
            texts = {b"detail": orjson.dumps(detail)[1:-1], b"name": orjson.dumps(name)[1:-1]}
            return b"".join([texts[part] if index % 2 else part for index, part in enumerate(parts)])

        return filled
