"""Parameters as OpenAPI writes them (3.0.3, Style Values): arrays, objects, cookies, and texts of a media type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

from mock_server.admission.conversion import INTEGER, NUMBER, Convert, conversion
from specs.compiling import DIVIDERS
from specs.contract import Parameter
from specs.schema import EVERY_TYPE, SchemaView
from specs.translating import LateValidator

_ENCODED_DIVIDERS = {"spaceDelimited": r"%20|\+| ", "tabDelimited": "%09|\t", "pipeDelimited": r"\||%7[Cc]"}
ABSENT = object()
"""What is found of a parameter that was not sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Names and texts of the query and of the cookies as they stand, still encoded."""

    query: Sequence[tuple[str, str]]
    cookies: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, query: str, cookie: str) -> Sent:
        """What a query string and a Cookie header hold."""
        return cls(_pairs(query, "&"), _pairs(cookie, ";"))


Gather = Callable[[Sent], Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """
    How a parameter is found that is not one text under its own name; `ABSENT` when it is not there.

    `names` are those that it has in the query, and `in_brackets` says that others follow its own in brackets.
    """

    find: Gather
    names: frozenset[str] = frozenset()
    in_brackets: bool = False


def from_text(parameter: Parameter, digits: int) -> Convert:
    """
    How the text that stands for a parameter in a path, a header or under its name in the query becomes its value.

    An integer alone has at most so many `digits`.
    """
    view = parameter.schema.view
    if parameter.media:
        return _of_media(parameter)
    if _is(view, "object"):
        return _objects(parameter, view)
    if _is(view, "array"):
        return _arrays(parameter, _of_items(view))
    return _single(parameter, view.types(), digits)


def is_list(parameter: Parameter) -> bool:
    """Whether its value is written as a list of texts, so that several headers of its name are one."""
    view = parameter.schema.view
    return not parameter.media and (_is(view, "object") or _is(view, "array"))


def gathered(parameter: Parameter, digits: int, others: frozenset[str] = frozenset()) -> Gathered | None:
    """
    How an array or object in the query and any cookie is found; None for what `from_text` is enough for.

    `others` are the names of the other parameters in the same place: an object of any members has none of them.
    """
    view, cookie = parameter.schema.view, parameter.location == "cookie"
    if parameter.location not in ("query", "cookie"):
        return None
    if not parameter.media and _is(view, "object") and (parameter.location == "query" or parameter.explode):
        return _object_in(parameter, view, others)
    if not parameter.media and _is(view, "array"):
        names = frozenset({parameter.name})
        return Gathered(_listed(parameter, _of_items(view)), names, in_brackets=True)
    return Gathered(_cookie(parameter, from_text(parameter, digits))) if cookie else None


def is_sent_empty(parameter: Parameter, sent: Sent) -> bool:
    """Whether a parameter that may be empty (`allowEmptyValue`) is in the query by its name alone, without a value."""
    texts = [text for key, text in sent.query if unquote_plus(key) == parameter.name]
    return parameter.may_be_empty and bool(texts) and not any(texts)


def judged(view: SchemaView, values: Sequence[Any]) -> Any:
    """Of several values that were sent for one the first that the schema does not admit, else the first of all."""
    if len(values) == 1:
        return values[0]
    judge = _judge(view)
    return next((value for value in values if not judge.is_valid(value)), values[0])


def nested(view: SchemaView, entries: Sequence[tuple[Sequence[str], str]]) -> Any:
    """The value of which these texts were sent, each with the names in brackets that lead to it."""
    if not any(way for way, _ in entries):
        return _value(view, [text for _, text in entries])
    below: dict[str, list[tuple[Sequence[str], str]]] = {}
    for index, (way, text) in enumerate(entries):
        listed = _is(view, "array") and (not way or not way[0])
        below.setdefault(f"[{index}]" if listed else way[0] if way else "", []).append((way[1:], text))
    if _is(view, "array"):
        return [nested(view.items(), inner) for inner in below.values()]
    return {name: nested(_member(view, name), inner) for name, inner in below.items()}


@lru_cache(maxsize=512)
def _judge(view: SchemaView) -> LateValidator:
    node = view.node if isinstance(view.node, Mapping) else {"not": {}} if view.node is False else {}
    return LateValidator({**node, "$defs": view.definitions})


def _is(view: SchemaView, kind: str) -> bool:
    types = view.types()
    return kind in types and "string" not in types


def _of_items(view: SchemaView) -> Callable[[Sequence[str]], list[Any]]:
    """How the texts of items become their values."""
    rest = conversion(view.items().types())
    placed = [conversion(place.types()) for place in view.places()]
    if not placed:
        return lambda texts: [rest(text) for text in texts]
    return lambda texts: [(placed[at] if at < len(placed) else rest)(text) for at, text in enumerate(texts)]


def _value(view: SchemaView, texts: Sequence[str]) -> Any:
    """The value of a member of which these texts were sent; several are the items of an array."""
    if _is(view, "array"):
        return _of_items(view)(texts)
    convert = conversion(view.types())
    return judged(view, [convert(text) for text in texts])


def _object(view: SchemaView, pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The object of these members, each as its schema asks."""
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        texts.setdefault(name, []).append(text)
    return {name: _value(_member(view, name), found) for name, found in texts.items()}


def _member(view: SchemaView, name: str) -> SchemaView:
    members = view.members()
    return members[name] if name in members else view.at(view.says("additionalProperties", True))


def _fitting(parameter: Parameter, readings: Iterable[Any]) -> Any:
    """The first of several readings that the schema admits, or else the first of all."""
    first = ABSENT
    for value in readings:
        if parameter.schema.is_valid(value):
            return value
        first = value if first is ABSENT else first
    return first


def _cookie(parameter: Parameter, read: Convert) -> Gather:
    """Of a doubled cookie the first counts, and each is judged; one of the style `cookie` (3.2) is not encoded."""
    decode = _decoder(parameter)

    def find(sent: Sent) -> Any:
        values = [read(decode(text)) for key, text in sent.cookies if decode(key) == parameter.name]
        return judged(parameter.schema.view, values) if values else ABSENT

    return find


def _of_media(parameter: Parameter) -> Convert:
    def read(text: str) -> Any:
        if "json" not in parameter.media:
            return text
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text

    return read


def _single(parameter: Parameter, types: frozenset[str], digits: int) -> Convert:
    convert = conversion(types, digits)
    if parameter.style in ("label", "matrix"):
        return lambda text: convert(_plain(parameter, text))
    if "string" in types and types != EVERY_TYPE and len(types) > 1:
        return _one_of(parameter, types)
    return convert


def _one_of(parameter: Parameter, types: frozenset[str]) -> Convert:
    """A text where a number may stand too: what the schema admits, the number first."""

    def read(text: str) -> Any:
        candidates: list[Any] = []
        if INTEGER.match(text):
            candidates.append(int(text))
        if NUMBER.match(text):
            candidates.append(float(text))
        if text in ("true", "false"):
            candidates.append(text == "true")
        if text in ("", "null") and "null" in types:
            candidates.append(None)
        return next((value for value in candidates if parameter.schema.is_valid(value)), text)

    return read


def _plain(parameter: Parameter, text: str) -> str:
    """The text without what its style puts before it: ".5" and ";id=5" are "5"."""
    if parameter.style == "label":
        return text.removeprefix(".")
    if parameter.style == "matrix":
        return text.removeprefix(f";{parameter.name}").removeprefix("=")
    return text


def _arrays(parameter: Parameter, convert: Callable[[Sequence[str]], list[Any]]) -> Convert:
    """
    Arrays in a path or a header.

    A divider that was sent percent-encoded looks like one that was not, so a text that is no array of its
    parts may be one item. Blanks around the parts of a header mean nothing, nor do empty ones (RFC 9110 section 5.6.1).
    """
    header, divider = parameter.location == "header", DIVIDERS.get(parameter.style, ",")
    exploded = re.compile(f";{re.escape(parameter.name)}(?:=|(?=;|$))")

    def readings(plain: str) -> Iterator[list[Any]]:
        if parameter.style == "matrix" and parameter.explode:
            parts = exploded.split(plain)
        elif parameter.style == "label" and (parameter.explode or "," not in plain):
            parts = plain.split(".")
        else:
            parts = plain.split(divider)
        parts = [part.strip(" \t") for part in parts] if header else parts
        yield convert(parts)
        yield convert([part for part in parts if part]) if header else convert([plain])

    def read(text: str) -> Any:
        plain = _plain(parameter, text)
        return _fitting(parameter, readings(plain)) if plain.strip() else []

    return read


def _objects(parameter: Parameter, view: SchemaView) -> Convert:
    """Objects in a path, a header or one cookie; a text that is none stays as it is, so that its schema refuses it."""
    header = parameter.location == "header"

    def read(text: str) -> Any:
        if parameter.style == "matrix" and parameter.explode:
            parts = text.removeprefix(";").split(";")
        else:
            plain = _plain(parameter, text)
            dotted = parameter.style == "label" and (parameter.explode or "," not in plain)
            parts = plain.split("." if dotted else ",") if plain.strip() else []
        parts = [part.strip(" \t") for part in parts] if header else parts
        pairs = _members_in(parts, parameter.explode)
        return text if pairs is None else _object(view, pairs)

    return read


def _members_in(parts: Sequence[str], explode: bool) -> list[tuple[str, str]] | None:
    """Names and texts out of "R=100", "G=200" or out of "R", "100", "G", "200"; None for a name without a text."""
    if explode:
        return [part.partition("=")[::2] for part in parts if part]
    return None if len(parts) % 2 else list(zip(parts[::2], parts[1::2], strict=True))


def _decoder(parameter: Parameter) -> Convert:
    """How names and texts are decoded in the place where a parameter stands."""
    if parameter.location == "query":
        return unquote_plus
    return str if parameter.style == "cookie" else unquote


def _sent_in(parameter: Parameter, sent: Sent) -> tuple[Sequence[tuple[str, str]], Convert]:
    """Names and texts of the place where a parameter stands, and how they are decoded there."""
    return sent.query if parameter.location == "query" else sent.cookies, _decoder(parameter)


def _dividers(parameter: Parameter) -> tuple[str, str]:
    """What divides the parts of one text, still encoded and decoded (as regular expressions)."""
    return _ENCODED_DIVIDERS.get(parameter.style, ","), re.escape(DIVIDERS.get(parameter.style, ","))


def _listed(parameter: Parameter, convert: Callable[[Sequence[str]], list[Any]]) -> Gather:
    """
    An array in the query or in cookies: a name that stands several times, or one text that is divided.

    An encoded divider is a part of an item, unless only as a divider it makes an array that the schema admits.
    """
    encoded, plain = _dividers(parameter)
    names = (parameter.name, f"{parameter.name}[]")

    def find(sent: Sent) -> Any:
        pairs, decode = _sent_in(parameter, sent)
        texts = [text for key, text in pairs if decode(key) in names]
        if not texts:
            return ABSENT
        if parameter.explode and parameter.location == "query":
            return convert([decode(text) for text in texts])
        return _fitting(
            parameter,
            (
                convert([part for text in texts if text for part in parts(text)])
                for parts in (
                    lambda text: map(decode, re.split(encoded, text)),
                    lambda text: re.split(plain, decode(text)),
                )
            ),
        )

    return find


def _object_in(parameter: Parameter, view: SchemaView, others: frozenset[str]) -> Gathered:
    """An object in the query or in cookies: its members in brackets, as parameters of their own, or in one text."""
    if parameter.style == "deepObject":
        return Gathered(_deep(parameter, view), frozenset({parameter.name}), in_brackets=True)
    if parameter.explode:
        members = frozenset(view.members())

        def gather(sent: Sent) -> Any:
            pairs, decode = _sent_in(parameter, sent)
            named = [(decode(name), decode(text)) for name, text in pairs]
            taken = [pair for pair in named if (pair[0] in members if members else pair[0] not in others)]
            return _object(view, taken) if taken else ABSENT

        return Gathered(gather, members)
    encoded, plain = _dividers(parameter)

    def find(sent: Sent) -> Any:
        pairs, decode = _sent_in(parameter, sent)
        texts = [text for key, text in pairs if decode(key) == parameter.name]
        if not texts:
            return ABSENT

        def readings(text: str) -> Iterator[Any]:
            for parts in ([*map(decode, re.split(encoded, text))], re.split(plain, decode(text))):
                named = _members_in(parts if text else [], False)
                yield decode(text) if named is None else _object(view, named)

        return judged(view, [_fitting(parameter, readings(text)) for text in texts])

    return Gathered(find, frozenset({parameter.name}))


def _deep(parameter: Parameter, view: SchemaView) -> Gather:
    """Members in brackets: "p[a]=1", and where they hold more "p[a][]=1", "p[a][0]=1", "p[a][b]=1"."""

    def find(sent: Sent) -> Any:
        found = []
        for key, text in sent.query:
            name, bracket, rest = unquote_plus(key).partition("[")
            if name == parameter.name and bracket and rest.endswith("]"):
                found.append((rest[:-1].split("]["), unquote_plus(text)))
        return nested(view, found) if found else ABSENT

    return find


def _pairs(text: str, divider: str) -> list[tuple[str, str]]:
    """Names and texts as they stand, still encoded."""
    parts = (part.strip().partition("=") for part in text.split(divider))
    return [(name, value) for name, equals, value in parts if name or equals]
