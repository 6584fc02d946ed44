"""What it takes to put the records of one family of APIs back as they were found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.target.exchange import Exchange

State = Mapping[str, Any]
"""A record as the supporting operations show it, as JSON types."""

Ask = Callable[..., Exchange]
"""Calls an operation by its name, as `Target.exchange` does."""


class NotRead(Exception):
    """A record could not be read; the text says what was answered."""


@dataclass(frozen=True, slots=True)
class Sent:
    """
    A request as an inverse looks at it.

    `body` is the decoded body, None when there is none; `unread` has the bytes of one that is neither JSON nor a form.
    """

    operation: str
    arguments: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    unread: bytes = b""


@dataclass(frozen=True, slots=True)
class Inverse:
    """
    How records are read, what a request would change of them for good, and how they are put back.

    `named` gives the ids of the records that a request speaks of; none when it speaks of no record. `obstacles` maps
    members of the request (JSON pointers; "" for all of it) to why they could not be put back. `mend` sends what turns
    the second state into the first. `kinds` are those of the records that it reads: what stands before the dot in the
    names of their roles, `ticket` for `ticket.open`.

    `shown_as` maps members of requests to the members of a state that they change, one or several, where those have
    other names; letter case does not count.
    """

    read: Callable[[Ask, Sequence[str]], dict[str, State]]
    named: Callable[[Sent], frozenset[str]]
    obstacles: Callable[[Sent, State], dict[str, str]]
    mend: Callable[[Ask, str, State, State], None]
    kinds: tuple[str, ...]
    shown_as: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)

    def members_shown(self, name: str) -> tuple[str, ...]:
        """The members of a state, in small letters, that a member of a request changes."""
        wanted = name.lower().partition("[")[0]
        for sent, shown in self.shown_as.items():
            if sent.lower() == wanted:
                return tuple(member.lower() for member in ((shown,) if isinstance(shown, str) else shown))
        return (name.lower(),)
