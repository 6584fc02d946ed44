"""Values for the members of a request: every listed one, every form of one, and texts that programs mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.target.drafting import Member

FORMS: Mapping[str, tuple[str, ...]] = {
    "date-time": (
        "2098-11-30T18:30:00Z",
        "2098-12-01T07:05:09.250Z",
        "2098-02-28T23:59:59.000+05:30",
        "2098-07-04T00:00:00-08:00",
    ),
    "space-date-time": ("2031-01-01 00:00:00", "2028-02-29 23:59:59", "1999-12-31 07:08:09", "1999-12-31 19:20:21"),
}
"""
Moments in every form that a format admits; those with a zone lie in the future, as some servers want.

Two without a zone are of one day, next to each other: a server that drops the time shows that nothing changed.
"""

PIECES = (
    "Grüße Ωλ",
    "界面",
    "😀🎉",
    'it\'s "so"',
    "<b>x</b>",
    "&amp; &lt;é&#39;",
    "C:\\new\\table",
    "100%25 + #1?",
    "one\ntwo",
)
"""What becomes another text when it is escaped, unescaped, quoted, cut in bytes or written in a narrower alphabet."""

BLANKS: Mapping[str, str] = {"blanks": "  blanks around  ", "blankAtEnd": "Casepact: "}
"""A text with blanks at its ends, or at one, by the keyword under which a member says that they stay."""

LONG, LONGEST = 250, 4000
"""Characters that any text may have whose length nobody limits, and so many that a server may well refuse them."""


def is_text(member: Member) -> bool:
    """Whether a member is text of any kind: no choice, no date, no id."""
    schema = member.schema
    choice = any(key in schema for key in ("enum", "anyOf", "oneOf", "format", "x-role", "x-current", "pattern"))
    return schema.get("type") == "string" and not choice


def form_of(member: Member) -> str:
    """The format of a member, also where it is one choice of several; empty when it has none that we can write."""
    choices = [member.schema, *member.schema.get("anyOf", ())]
    return next((str(choice["format"]) for choice in choices if choice.get("format") in FORMS), "")


def values_of(ctx: ProbeContext, member: Member) -> Iterator[tuple[Any, str]]:
    """
    Values to try one after the other, each with the keyword that admits it; none when nobody can say what fits.

    The record that a member names may be another one only if the contract has a second role for it and the profile a
    record in that role: not everyone can be given a case and have it taken back.
    """
    schema = member.schema
    if "x-current" in schema:
        return
    if "enum" in schema and member.schema.get("type") == "string":
        yield from ((value, "enum") for value in schema["enum"])
    elif member.role:
        yield from ((id, "type") for id in _named(ctx, schema))
    elif form := form_of(member):
        keyword = "format" if schema.get("format") == form else "anyOf"
        yield from ((value, keyword) for value in FORMS[form])
    elif is_text(member):
        yield fit(f"Casepact {ctx.random.randrange(10**6)}", member), "type"
    elif schema.get("type") == "array" and "x-role" in schema.get("items", {}):
        ids = list(_named(ctx, schema["items"]))
        yield ids, "type"
        if len(ids) > 1:
            yield ids[1:], "type"
            yield ids[:1], "type"


def texts(member: Member) -> list[str]:
    """All pieces, in as few texts as the length of the member allows."""
    found: list[str] = []
    for piece in PIECES:
        joined = f"{found[-1]} {piece}" if found else piece
        if found and fit(joined, member) == joined:
            found[-1] = joined
        elif fit(piece, member) == piece:
            found.append(piece)
    return found


def long(count: int) -> str:
    """A text of so many characters, in which no part is like another."""
    return "".join(f"{number:06d} a " for number in range(count // 9 + 1))[: count - 1] + "."


def fit(text: str, member: Member) -> str:
    """As much of a text as the member has room for."""
    text = text[: member.schema.get("maxLength", len(text))]
    most = member.schema.get("x-max-bytes", len(text.encode()))
    return text.encode()[:most].decode("utf-8", "ignore")


def _named(ctx: ProbeContext, schema: Mapping[str, Any]) -> Iterator[Any]:
    records = ctx.target.api.records
    for key in ("x-second-role", "x-role"):
        if schema.get(key) in records:
            yield records[schema[key]]["id"]
