"""Parameters as OpenAPI writes them (3.0.3, Style Values): arrays, objects, cookies, and texts of a media type."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

from mock_server.admission.conversion import INTEGER, NUMBER, Convert, conversion
from specs.compiling import DIVIDERS
from specs.contract import Parameter
from specs.schema import EVERY_TYPE, SchemaView

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
        return _objects(parameter, _of_members(view))
    if _is(view, "array"):
        return _arrays(parameter, _of_items(view))
    return _single(parameter, view.types(), digits)


def gathered(parameter: Parameter, digits: int) -> Gathered | None:
    """How an array or object in the query and any cookie is found; None for what `from_text` is enough for."""
    view, cookie = parameter.schema.view, parameter.location == "cookie"
    if parameter.location not in ("query", "cookie"):
        return None
    if not parameter.media and not cookie and _is(view, "object"):
        return _query_object(parameter, view)
    if not parameter.media and _is(view, "array"):
        names = frozenset({parameter.name})
        return Gathered(_listed(parameter, _of_items(view)), names, in_brackets=True)
    return Gathered(_cookie(parameter, from_text(parameter, digits))) if cookie else None


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


def _of_members(view: SchemaView) -> Callable[[str, str], Any]:
    """How the text of a member, by its name, becomes its value."""
    members = {name: conversion(member.types()) for name, member in view.members().items()}
    return lambda name, text: members[name](text) if name in members else text


def _cookie(parameter: Parameter, read: Convert) -> Gather:
    """Of a doubled cookie the first counts; one of the style `cookie` (OpenAPI 3.2) is not encoded."""
    decode = str if parameter.style == "cookie" else unquote

    def find(sent: Sent) -> Any:
        return next((read(decode(text)) for key, text in sent.cookies if decode(key) == parameter.name), ABSENT)

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
    def read(text: str) -> Any:
        plain = _plain(parameter, text)
        if parameter.style == "matrix" and parameter.explode:
            parts = re.split(f";{re.escape(parameter.name)}=", plain)
        elif parameter.style == "label" and (parameter.explode or "," not in plain):
            parts = plain.split(".")
        else:
            parts = plain.split(DIVIDERS.get(parameter.style, ","))
        return convert(parts) if plain else []

    return read


def _objects(parameter: Parameter, convert: Callable[[str, str], Any]) -> Convert:
    def read(text: str) -> Any:
        if parameter.style == "matrix" and parameter.explode:
            parts = text.removeprefix(";").split(";")
        else:
            plain = _plain(parameter, text)
            dotted = parameter.style == "label" and (parameter.explode or "," not in plain)
            parts = plain.split("." if dotted else ",")
        if parameter.explode:
            pairs = [part.partition("=")[::2] for part in parts if part]
        else:
            pairs = list(zip(parts[::2], parts[1::2], strict=False))
        return {name: convert(name, value) for name, value in pairs}

    return read


def _listed(parameter: Parameter, convert: Callable[[Sequence[str]], list[Any]]) -> Gather:
    """An array in the query or in cookies: a name that stands several times, or one text that is divided."""
    decode = unquote_plus if parameter.location == "query" else unquote
    divider = {
        "spaceDelimited": r"%20|\+| ",
        "tabDelimited": "%09|\t",
        "pipeDelimited": r"\||%7[Cc]",
    }.get(parameter.style, ",")

    def find(sent: Sent) -> Any:
        pairs = sent.query if parameter.location == "query" else sent.cookies
        texts = [text for key, text in pairs if decode(key) in (parameter.name, f"{parameter.name}[]")]
        if not texts:
            return ABSENT
        if not parameter.explode or parameter.location == "cookie":
            texts = re.split(divider, texts[0]) if texts[0] else []
        return convert([decode(text) for text in texts])

    return find


def _query_object(parameter: Parameter, view: SchemaView) -> Gathered | None:
    """An object in the query: its members as parameters of their own or in brackets; None for one in one text."""
    convert, members = _of_members(view), frozenset(view.members())
    if parameter.style == "deepObject":

        def find(sent: Sent) -> Any:
            found = {}
            for key, text in sent.query:
                name, bracket, rest = unquote_plus(key).partition("[")
                if name == parameter.name and bracket and rest.endswith("]"):
                    found[rest[:-1]] = convert(rest[:-1], unquote_plus(text))
            return found or ABSENT

        return Gathered(find, frozenset({parameter.name}), in_brackets=True)
    if not parameter.explode:
        return None

    def gather(sent: Sent) -> Any:
        pairs = [(unquote_plus(key), unquote_plus(text)) for key, text in sent.query]
        found = {name: convert(name, text) for name, text in pairs if name in members or not members}
        return found or ABSENT

    return Gathered(gather, members)


def _pairs(text: str, divider: str) -> list[tuple[str, str]]:
    """Names and texts as they stand, still encoded."""
    parts = (part.strip().partition("=") for part in text.split(divider))
    return [(name, value) for name, equals, value in parts if name or equals]
