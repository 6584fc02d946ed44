"""The media type of an answer is one that the contract documents for its status, in UTF-8 where it is text."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from conformance.checks.judgement import Judgement, broken, kept
from conformance.target.exchange import Exchange, Response
from specs.contract import Contract, Media, Operation
from specs.statements import WHOLE

NAME = "media type"
LABEL = "media"
"""The key of `x-statement` in a response for statements that say of which media types its body may be."""
_CHARSET = re.compile(r";\s*charset=\"?([^\s;\"]+)", re.IGNORECASE)


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Judge the Content-Type of an answer that has a body.

    A body that is not there, or is said to be something else, is charged to the statements of the body that is missing
    as well as to that of the contract for all media types. Of a body that is there under another label only a page that
    prints it says what it is; what vendors say of its members may hold all the same.
    """
    response = operation.responses.get(exchange.response.status)
    if response is None or exchange.request.method == "HEAD":
        return []
    if not contract.dialect.complete and not (response.content and _may_have_body(response.status)):
        # Nobody says that there is no body where a document describes none, as few do for errors.
        return kept(response.charges.get(LABEL, ()), NAME)
    general = response.charges.get(LABEL, ()) or contract.charged("content_type_conformance", operation)
    wanted = wanted_media(contract, operation, exchange)
    if not exchange.response.body:
        if not response.content:
            return kept(general, NAME)
        charged = stood_for(wanted)
        charged = (*charged, *general) if contract.dialect.complete or not charged else charged
        return broken(_once(charged), NAME, "Answer without its body", "no body", " or ".join(response.content))
    media = response.content.get(exchange.response.media)
    if media is None:
        # What carries no label may still be the documented body; what bears another one is said not to be.
        bears_another = exchange.response.media and contract.dialect.complete
        missed = _printed(contract, wanted) if bears_another else _labelled(wanted)
        documented = " or ".join(response.content) or "no body"
        received = exchange.response.media or "none"
        return broken(_once((*missed, *general)), NAME, "Undocumented media type", received, documented)
    if "%3b" in exchange.response.header("content-type").lower():
        received, documented = exchange.response.header("content-type"), f"{media.name}; charset=UTF-8"
        return broken(general, NAME, "Media type that HTTP does not know", received, documented)
    if charset := _other_charset(exchange.response):
        documented = f"{media.name} in UTF-8"
        printed = _printed(contract, media) if contract.dialect.complete else _labelled(media)
        return broken(_once((*printed, *general)), NAME, "Another charset", charset, documented)
    return kept(media.charges.get(WHOLE, ()) or response.charges.get(LABEL, ()), NAME)


def wanted_media(contract: Contract, operation: Operation, exchange: Exchange) -> Media | None:
    """The documented representation that the request asked for by path suffix or Accept; else the first one."""
    response = operation.responses.get(exchange.response.status)
    if response is None or not response.content:
        return None
    path = urlsplit(exchange.request.url).path
    accept = next((value for name, value in exchange.request.headers if name.lower() == "accept"), "")
    asked = [media for suffix, media in contract.suffixes.items() if path.endswith(suffix)] or [accept.strip().lower()]
    return response.content.get(asked[0]) or next(iter(response.content.values()))


def stood_for(media: Media | None) -> tuple[str, ...]:
    """The statements that stand behind a representation as a whole: that there is one, and what its body is."""
    return (*_labelled(media), *(media.schema.whole() if media is not None and media.schema is not None else ()))


def _may_have_body(status: int) -> bool:
    """Whether HTTP lets an answer of this status have a body (RFC 9110 section 6.4.1)."""
    return status >= 200 and status not in (204, 304)


def _printed(contract: Contract, media: Media | None) -> tuple[str, ...]:
    """The statements of the label, and those of pages that print such a body."""
    labelled = _labelled(media)
    return (*labelled, *(name for name in stood_for(media) if name not in labelled and contract.ledger[name].of_page))


def _labelled(media: Media | None) -> tuple[str, ...]:
    return media.charges.get(WHOLE, ()) if media is not None else ()


def _once(statements: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(statements))


def _other_charset(response: Response) -> str:
    """A charset that is named and is not UTF-8, in which JSON travels (RFC 8259 section 8.1); ASCII is part of it."""
    if not response.media.endswith(("json", "/xml")):
        return ""
    found = _CHARSET.search(response.header("content-type"))
    name = found[1].lower() if found else "utf-8"
    fits = name in ("utf-8", "utf8") or (name in ("us-ascii", "ascii") and response.body.isascii())
    return "" if fits else name
