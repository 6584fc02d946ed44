"""A body laid out for reading, and cut."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import orjson

from conformance.verdict.exchange_log import Body

MOST = 4000
"""How many characters of a body are shown."""

KEPT = 8000
"""How many characters of a body are looked at; divisible by four, as base64 is."""

_DEEPEST = 20
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+')


def shown(body: Body | None) -> str:
    """The body as text: JSON laid out, anything else as it is; what no UTF-8 is, with an escape for each such byte."""
    if body is None:
        return ""
    if "base64" in body:
        return base64.b64decode(body["base64"])[:MOST].decode("utf-8", "backslashreplace")[:MOST]
    text = body.get("text", "")
    cut = text[:MOST]
    if not _is_json(text, cut=body.get("cut", False)):
        return cut
    lines = laid_out(cut)
    return lines if len(lines) <= 3 * MOST else cut


def trimmed(body: Body | None) -> Body | None:
    """The start of a body, which is all that the page needs of it."""
    if body is None or len(body.get("text", "")) <= KEPT >= len(body.get("base64", "")):
        return body
    kept: Body = {"bytes": body.get("bytes", 0), "cut": True}
    if "text" in body:
        kept["text"] = body["text"][:KEPT]
    if "base64" in body:
        kept["base64"] = body["base64"][:KEPT]
    return kept


def left_out(body: Body | None) -> int:
    """How many bytes of a body `shown` leaves out."""
    if body is None:
        return 0
    length, text = body.get("bytes", 0), body.get("text", "")
    if "text" in body and len(text) <= MOST and not body.get("cut"):
        return 0
    return max(0, length - (len(text[:MOST].encode()) if text else MOST))


def laid_out(text: str) -> str:
    """
    JSON with a member or item a line.

    Its tokens stay as they are, which reading and writing it would not do: a member that comes twice, 1.0, an escape.
    """
    return "".join(_laid_out(text))


def _laid_out(text: str) -> Iterator[str]:
    depth, after = 0, ""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "}]":
            depth -= 1
            if after not in "{[":
                yield _line(depth)
        elif after and after in "{[,":
            yield _line(depth)
        yield ": " if token == ":" else token
        if token in "{[":
            depth += 1
        after = token


def _line(depth: int) -> str:
    return "\n" + "  " * min(max(depth, 0), _DEEPEST)


def _is_json(text: str, *, cut: bool) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    if cut:
        return True
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
