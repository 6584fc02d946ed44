"""What a check says of an exchange: a statement was kept, or it was not and this is how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.target.exchange import Exchange
from specs.shortening import shorten
from specs.statements import Side


@dataclass(frozen=True, slots=True)
class Judgement:
    """
    One statement judged by one check.

    `held` with an exchange that could have failed is evidence. Otherwise `title`, `received` and `documented` say what
    was wrong, and two judgements that agree in statement, side, operation and title are one finding.

    `refusal` is the answer of a refusal where a success was due, without its numbers. `ordinary` says that the request
    was one that a page prints: where such a one is refused with the same answer, others are for no reason of their own.
    `status` is that of the answer where another one was due; 0 where something else is wrong with it.
    `member` points to the member of the request's body that a read showed otherwise than it was sent.
    """

    statement: str
    check: str
    held: bool
    side: Side = Side.ACCEPT
    title: str = ""
    received: str = ""
    documented: str = ""
    status: int = 0
    refusal: str = ""
    ordinary: bool = False
    member: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgement with the exchanges it rests on, in the order they were sent; the last one decides."""

    judgement: Judgement
    operation: str
    exchanges: tuple[Exchange, ...]


def kept(statements: Sequence[str], check: str, side: Side = Side.ACCEPT) -> list[Judgement]:
    """A held judgement for each statement."""
    return [Judgement(statement, check, True, side) for statement in statements]


def broken(
    statements: Sequence[str],
    check: str,
    title: str,
    received: str,
    documented: str,
    side: Side = Side.ACCEPT,
    *,
    status: int = 0,
) -> list[Judgement]:
    """A judgement against each statement; `status` is that of the answer where another one was due."""
    return [Judgement(statement, check, False, side, title, received, documented, status) for statement in statements]


def brief(value: Any, most: int, *, in_bytes: bool = False) -> str:
    """
    A value as a finding shows it: one that is longer than `most` characters is cut, and its length is added.

    The length is what a limit of it counts: the characters of a text, or with `in_bytes` its bytes in UTF-8; of other
    values, the characters of what is shown.
    """
    text = repr(value)
    if len(text) <= most:
        return text
    counted = value if isinstance(value, str) else text
    length = f"{len(counted.encode('utf-8', 'surrogatepass'))} bytes" if in_bytes else f"{len(counted)} characters"
    return f"{shorten(text, most, tail=30)} ({length})"
