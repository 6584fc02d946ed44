"""What everything below HTTP takes and returns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from inspect import signature
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from mock_server.worlds.records import Actor, Change, Records
from specs.contract import Operation

_NOTHING: Mapping[str, str] = MappingProxyType({})
# A header value holds visible ASCII only (RFC 9110 section 5.5).
_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e]")


def in_header(text: str, instead: str = "?") -> str:
    """A text as a header can hold it, what it cannot hold replaced."""
    return text if text.isascii() and text.isprintable() else _NOT_IN_HEADERS.sub(instead, text)


@dataclass(slots=True)
class Call:
    """
    An admitted request: arguments converted, body fitting its schema, credential known. It is never changed, and what a
    client sent stays out of `repr`.

    `headers` are by lower-case name; `unknown_query` names what the query string holds and no parameter has. `path` and
    `query` are as they were sent, percent-encoded, the path with the prefix of a world.
    """

    operation: Operation
    arguments: Mapping[str, Any] = field(repr=False)
    body: Any = field(repr=False)
    actor: Actor | None
    records: Records
    now: datetime
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    unknown_query: tuple[str, ...] = ()
    path: str = field(default="", repr=False)
    query: str = field(default="", repr=False)

    @property
    def caller(self) -> Actor:
        """The actor of an operation that asks for a credential."""
        assert self.actor is not None, f"{self.operation.id} was called without an actor"
        return self.actor


class Shown(dict[str, Any]):
    """
    What answers show of records that never change: it is made once and never changed itself.

    So whoever makes something else of it may remember that too.
    """

    __slots__ = ()


class ShownList(list[Any]):
    """The same, as a list."""

    __slots__ = ()


Make = TypeVar("Make", bound=Callable[..., Any])

_CACHE_SIZE = 512


def remembered(make: Make) -> Make:
    """
    The same function, which makes nothing twice of the same objects; they are distinguished by identity.

    `make` must be pure, and its one to three arguments such as never change: records and what they hold, shelves,
    actors, `Shown`. The last few hundred are held, so none of them can give way to another one of the same identity.
    """
    known: dict[Any, tuple[tuple[Any, ...], Any]] = {}

    def learn(key: Any, *sources: Any) -> tuple[tuple[Any, ...], Any]:
        if len(known) >= _CACHE_SIZE:
            known.clear()
        found = known[key] = (sources, make(*sources))
        return found

    # Written out for as many arguments as there are, this costs half of what it would cost for any number.
    def ask_one(one: Any) -> Any:
        key = id(one)
        return (known.get(key) or learn(key, one))[1]

    def ask_two(one: Any, two: Any) -> Any:
        key = (id(one), id(two))
        return (known.get(key) or learn(key, one, two))[1]

    def ask_three(one: Any, two: Any, three: Any) -> Any:
        key = (id(one), id(two), id(three))
        return (known.get(key) or learn(key, one, two, three))[1]

    asks: list[Callable[..., Any]] = [ask_one, ask_two, ask_three]
    return cast(Make, asks[len(signature(make).parameters) - 1])


class Reply(NamedTuple):
    """A success: the value to represent and the records to change before it is sent."""

    value: Any = None
    changes: tuple[Change, ...] = ()
    status: int | None = None
    headers: Mapping[str, str] = _NOTHING


class Refusal(NamedTuple):
    """
    A request not carried out: which statement it breaks, and how.

    `kind` names an entry of the contract's `x-refusals`; `pointer` leads into the body of the request, `name` names the
    member or parameter, which is `missing` below the pointer or stands at it. `headers` come after those of the kind.
    """

    kind: str
    statements: tuple[str, ...]
    detail: str
    pointer: str = ""
    name: str = ""
    missing: bool = False
    headers: Mapping[str, str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement that OpenAPI cannot say, as a function that finds what breaks it."""

    statement: str
    breach: Callable[[Call], Refusal | None]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What an operation does once its rules hold, in the order the vendor checks them."""

    act: Callable[[Call], Reply | Refusal]
    rules: tuple[Rule, ...] = ()
