"""Parameters as OpenAPI writes them (3.0.3, Style Values): arrays, objects, cookies, and texts of a media type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

from mock_server.http.admission import Arguments
from mock_server.reply import Refusal
from specs.contract import Operation, Parameter, Schema

Convert = Callable[[str], Any]

_ABSENT = object()
_INTEGER = re.compile(r"-?[0-9]{1,300}\Z", re.ASCII)
_NUMBER = re.compile(r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?\Z", re.ASCII)
_EVERY_TYPE = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


@dataclass(frozen=True, slots=True)
class Sent:
    """What of a request holds parameters: path texts, query pairs as they stand in the address, headers, cookies."""

    texts: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    cookies: Sequence[tuple[str, str]]


class StyledArguments(Arguments):
    """Like `Arguments`, for any parameter that OpenAPI can describe; two places may have a parameter of one name."""

    __slots__ = ("_parameters",)

    def __init__(self, operation: Operation) -> None:
        self._parameters = [(parameter, _reader(parameter)) for parameter in operation.parameters]

    def read(
        self, texts: Mapping[str, str], query: str, headers: Mapping[str, str]
    ) -> tuple[dict[str, Any], list[Refusal]]:
        """The arguments as values, with defaults where nothing was sent, and what is wrong with them."""
        sent = Sent(texts, _pairs(query, "&"), headers, _pairs(headers.get("cookie", ""), ";"))
        values: dict[str, Any] = {}
        refusals = []
        for parameter, read in self._parameters:
            value = read(sent)
            if value is _ABSENT:
                if parameter.required:
                    detail = f"the {parameter.location} parameter {parameter.name} is missing"
                    refusals.append(Refusal("parameter", (), detail, name=parameter.name))
                elif "default" in parameter.schema.document:
                    values.setdefault(parameter.name, parameter.schema.document["default"])
            elif flaws := parameter.schema.flaws(value):
                detail = f"{parameter.name}{flaws[0].pointer}: {flaws[0].message[:200]}"
                refusals.append(Refusal("parameter", (), detail, name=parameter.name))
            else:
                values[parameter.name] = value
        return values, refusals

    def unknown(self, query: str) -> list[str]:
        """The names in the query string that no parameter has."""
        known = {parameter.name for parameter, _ in self._parameters if parameter.location == "query"}
        return [
            decoded
            for name, _ in _pairs(query, "&")
            if (decoded := unquote_plus(name)) not in known and decoded.partition("[")[0] not in known
        ]


class Types:
    """What types the values of a schema may have, seen through its references."""

    def __init__(self, schema: Schema | None) -> None:
        self._definitions: Mapping[str, Any] = schema.document.get("$defs", {}) if schema is not None else {}

    def of(self, node: Any, passed: frozenset[str] = frozenset()) -> frozenset[str]:
        """The types of a node's values; all of them where nothing is said."""
        if not isinstance(node, Mapping):
            return _EVERY_TYPE
        types = _EVERY_TYPE
        if "type" in node:
            declared = node["type"]
            named = {declared} if isinstance(declared, str) else set(declared)
            types &= named | {"integer"} if "number" in named else named
        if "$ref" in node and (name := str(node["$ref"]).rsplit("/", 1)[-1]) not in passed:
            types &= self.of(self._definitions[name], passed | {name})
        for part in node.get("allOf", ()):
            types &= self.of(part, passed)
        for keyword in ("anyOf", "oneOf"):
            if keyword in node:
                types &= frozenset().union(*(self.of(branch, passed) for branch in node[keyword]))
        return types

    def members(self, node: Any, passed: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The schemas of a node's members by name."""
        found: dict[str, Any] = {}
        if not isinstance(node, Mapping):
            return found
        if "$ref" in node and (name := str(node["$ref"]).rsplit("/", 1)[-1]) not in passed:
            found |= self.members(self._definitions[name], passed | {name})
        for keyword in ("allOf", "anyOf", "oneOf"):
            for part in node.get(keyword, ()):
                found |= self.members(part, passed)
        found.update(node.get("properties", {}))
        return found

    def items(self, node: Any, passed: frozenset[str] = frozenset()) -> Any:
        """The schema of a node's items."""
        if not isinstance(node, Mapping):
            return True
        if "items" in node:
            return node["items"]
        if "$ref" in node and (name := str(node["$ref"]).rsplit("/", 1)[-1]) not in passed:
            return self.items(self._definitions[name], passed | {name})
        parts = [part for keyword in ("allOf", "anyOf", "oneOf") for part in node.get(keyword, ())]
        return next((found for part in parts if (found := self.items(part, passed)) is not True), True)

    def read(self, text: str, node: Any) -> Any:
        """A text as the single value that it stands for: "3" is 3 where a number may stand and no text."""
        types = self.of(node)
        if "string" in types:
            return text
        if "integer" in types and _INTEGER.match(text):
            return int(text)
        if "number" in types and _NUMBER.match(text):
            return float(text)
        if "boolean" in types and text in ("true", "false"):
            return text == "true"
        return None if "null" in types and text in ("", "null") else text


def _reader(parameter: Parameter) -> Callable[[Sent], Any]:
    """How the value of a parameter is found in what was sent; `_ABSENT` when it is not there."""
    node = parameter.schema.document
    types = Types(parameter.schema)
    kinds = types.of(node)
    if parameter.media:
        read = _of_media(parameter)
    elif "object" in kinds and "string" not in kinds:
        members = types.members(node)
        read = _objects(parameter, lambda name, text: types.read(text, members.get(name, True)))
        if parameter.location == "query":
            return _query_object(parameter, members, read, lambda name, text: types.read(text, members.get(name, True)))
    elif "array" in kinds and "string" not in kinds:
        item = types.items(node)
        read = _arrays(parameter, lambda text: types.read(text, item))
        if parameter.location in ("query", "cookie"):
            return _listed(parameter, lambda text: types.read(text, item))
    else:
        read = _single(parameter, node, types)
    return _found(parameter, read)


def _found(parameter: Parameter, read: Convert) -> Callable[[Sent], Any]:
    """Where the text of a parameter stands; of a doubled one the first counts."""
    name = parameter.name

    def find(sent: Sent) -> Any:
        if parameter.location == "path":
            return read(sent.texts[name])
        if parameter.location == "header":
            text = sent.headers.get(name.lower())
            return _ABSENT if text is None else read(text)
        pairs = sent.query if parameter.location == "query" else sent.cookies
        decode = unquote_plus if parameter.location == "query" else unquote
        for key, text in pairs:
            if decode(key) == name:
                return read(decode(text))
        return _ABSENT

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


def _single(parameter: Parameter, node: Any, types: Types) -> Convert:
    if parameter.style not in ("label", "matrix"):
        mixed = types.of(node)
        if "string" in mixed and mixed != _EVERY_TYPE and len(mixed) > 1:
            return _one_of(parameter, mixed)
        return lambda text: types.read(text, node)
    return lambda text: types.read(_plain(parameter, text), node)


def _one_of(parameter: Parameter, kinds: frozenset[str]) -> Convert:
    """A text where a number may stand too: what the schema admits, the number first."""

    def read(text: str) -> Any:
        candidates: list[Any] = []
        if _INTEGER.match(text):
            candidates.append(int(text))
        if _NUMBER.match(text):
            candidates.append(float(text))
        if text in ("true", "false"):
            candidates.append(text == "true")
        if text in ("", "null") and "null" in kinds:
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


def _arrays(parameter: Parameter, convert: Convert) -> Convert:
    def read(text: str) -> Any:
        plain = _plain(parameter, text)
        if parameter.style == "matrix" and parameter.explode:
            parts = re.split(f";{re.escape(parameter.name)}=", plain)
        elif parameter.style == "label" and (parameter.explode or "," not in plain):
            parts = plain.split(".")
        else:
            parts = plain.split(",")
        return [convert(part) for part in parts] if plain else []

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


def _listed(parameter: Parameter, convert: Convert) -> Callable[[Sent], Any]:
    """An array in the query or in cookies: a name that stands several times, or one text that is divided."""
    decode = unquote_plus if parameter.location == "query" else unquote
    divider = {"spaceDelimited": r"%20|\+| ", "pipeDelimited": r"\||%7[Cc]"}.get(parameter.style, ",")

    def read(sent: Sent) -> Any:
        pairs = sent.query if parameter.location == "query" else sent.cookies
        texts = [text for key, text in pairs if decode(key) in (parameter.name, f"{parameter.name}[]")]
        if not texts:
            return _ABSENT
        if not parameter.explode or parameter.location == "cookie":
            texts = re.split(divider, texts[0]) if texts[0] else []
        return [convert(decode(text)) for text in texts]

    return read


def _query_object(
    parameter: Parameter, members: Mapping[str, Any], read: Convert, convert: Callable[[str, str], Any]
) -> Callable[[Sent], Any]:
    """An object in the query: its members as parameters of their own, in brackets, or in one text."""
    if parameter.style == "deepObject":

        def find(sent: Sent) -> Any:
            found = {}
            for key, text in sent.query:
                name, bracket, rest = unquote_plus(key).partition("[")
                if name == parameter.name and bracket and rest.endswith("]"):
                    found[rest[:-1]] = convert(rest[:-1], unquote_plus(text))
            return found or _ABSENT

        return find
    if not parameter.explode:
        return _found(parameter, read)

    def gather(sent: Sent) -> Any:
        pairs = [(unquote_plus(key), unquote_plus(text)) for key, text in sent.query]
        found = {name: convert(name, text) for name, text in pairs if name in members or not members}
        return found or _ABSENT

    return gather


def _pairs(text: str, divider: str) -> list[tuple[str, str]]:
    """Names and texts as they stand, still encoded."""
    parts = (part.strip().partition("=") for part in text.split(divider))
    return [(name, value) for name, equals, value in parts if name or equals]
