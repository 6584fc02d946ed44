"""A refusal in the vendor's own format, with the statements it rests on beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_server.http.representation import writer
from mock_server.reply import Refusal
from specs.compiling import fill
from specs.contract import RefusalKind, XmlStyle

# A header value holds visible ASCII only (RFC 9110 section 5.5).
_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e]")

# A vendor's message has an end of its own (255 characters at eGain); x-casepact-detail has the rest.
_LONGEST = 180


class RefusalWriter:
    """The compiled `x-refusals` of one operation or API."""

    __slots__ = ("_kinds", "_xml")

    def __init__(self, kinds: Mapping[str, RefusalKind], xml: XmlStyle | None) -> None:
        self._kinds, self._xml = kinds, xml

    @property
    def kinds(self) -> Mapping[str, RefusalKind]:
        """The kinds by name."""
        return self._kinds

    def write(
        self, refusals: Sequence[Refusal], media: str, request_headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """
        Status, headers and body that answer the first refusal; the headers name the statements of all.

        `media` is the representation a success would have had: an error follows it where the vendor has it.
        """
        first = refusals[0]
        kind = self._kinds[first.kind]
        chosen = media if kind.media == "application/json" and media.endswith("/xml") else kind.media
        body: Any = fill(kind.body, {"detail": first.detail[:_LONGEST], "name": first.name[:_LONGEST]})
        statements = list(dict.fromkeys(id for refusal in refusals for id in refusal.statements)) or [kind.statement]
        headers = {
            "content-type": f"{chosen}; charset=UTF-8",
            **{name.lower(): value for name, value in (*kind.headers.items(), *first.headers.items())},
            "x-casepact-statement": ", ".join(statements),
            "x-casepact-detail": _NOT_IN_HEADERS.sub("?", "; ".join(refusal.detail for refusal in refusals))[:800],
        }
        if kind.challenge and "authorization" in request_headers:
            host = _NOT_IN_HEADERS.sub("", request_headers.get("host", "")).replace('"', "")
            headers["www-authenticate"] = kind.challenge.replace("{host}", host)
        return kind.status, headers, writer(chosen, self._xml)(body)
