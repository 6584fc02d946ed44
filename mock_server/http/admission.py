"""Is this request one that the contract admits; every violation is collected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from mock_server.reply import Refusal, remembered
from specs.contract import Operation, Parameter, Schema, SchemaFlaw

Converter = Callable[[str], Any]

_NOTHING = object()


class Arguments:
    """The compiled path and query parameters of one operation."""

    __slots__ = ("_defaults", "_headers", "_of_path", "_path", "_query", "_required")

    def __init__(self, operation: Operation) -> None:
        by_place: dict[str, list[Parameter]] = {"path": [], "query": [], "header": [], "cookie": []}
        for parameter in operation.parameters:
            by_place[parameter.location].append(parameter)
        self._path = [(parameter, _converter(parameter.schema)) for parameter in by_place["path"]]
        self._query = {parameter.name: (parameter, _converter(parameter.schema)) for parameter in by_place["query"]}
        self._headers = [(item.name.lower(), item, _converter(item.schema)) for item in by_place["header"]]
        self._required = [item for item in (*by_place["query"], *by_place["header"]) if item.required]
        self._of_path = remembered(self._read_path)
        self._defaults = {
            parameter.name: default
            for parameter in operation.parameters
            if (default := parameter.schema.view.says("default", _NOTHING)) is not _NOTHING
        }

    def read(
        self, texts: Mapping[str, str], query: str, headers: Mapping[str, str]
    ) -> tuple[Mapping[str, Any], list[Refusal]]:
        """
        The converted arguments with defaults applied, and what is wrong with them.

        `texts` are those of a route; like what is returned they are never changed.
        """
        of_path, wrong = self._of_path(texts)
        if not (query or self._headers or self._required):
            return of_path, [*wrong]
        values, refusals = {**of_path}, [*wrong]
        if query:
            for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
                if name in self._query:
                    _take(*self._query[name], text, values, refusals)
        for name, parameter, convert in self._headers:
            if (sent := headers.get(name)) is not None:
                _take(parameter, convert, sent, values, refusals)
        for parameter in self._required:
            if parameter.name not in values and all(refusal.name != parameter.name for refusal in refusals):
                refusals.append(
                    Refusal(
                        "parameter",
                        parameter.charges.get("required", ()),
                        f"the {parameter.location} parameter {parameter.name} is missing",
                        name=parameter.name,
                    )
                )
        return values, refusals

    def _read_path(self, texts: Mapping[str, str]) -> tuple[dict[str, Any], list[Refusal]]:
        """The arguments that the path alone gives, with every default."""
        values = dict(self._defaults)
        refusals: list[Refusal] = []
        for parameter, convert in self._path:
            _take(parameter, convert, texts[parameter.name], values, refusals)
        return values, refusals

    def unknown(self, query: str) -> list[str]:
        """The names in the query string that no parameter has."""
        return [name for name, _ in parse_qsl(query, keep_blank_values=True) if name not in self._query]


_LARGE = 65_536
"""Bytes of a body of which only the first flaw is told: to find all three hundred thousand of them takes 20 s."""


def body_refusals(schema: Schema, value: Any, kinds: Mapping[str, Any], size: int = 0) -> list[Refusal]:
    """Every way in which a body of `size` bytes breaks its schema, the first of a large one; empty when it fits."""
    try:
        if size > _LARGE:
            return [] if schema.is_valid(value) else list(_refusals(schema.first_flaw(value), kinds))
        flaws = schema.flaws(value)
        return list(_refusals(flaws, kinds)) if flaws else []
    except ValueError as error:  # jsonschema-rs gives up on values nested too deep for it.
        return [Refusal("unreadable", (), f"the body cannot be judged: {error}")]


def _refusals(flaws: Iterable[SchemaFlaw], kinds: Mapping[str, Any]) -> Iterator[Refusal]:
    for flaw in flaws:
        specific = f"invalid.{flaw.keyword}"
        name = flaw.member or flaw.pointer.rsplit("/", 1)[-1]
        place = f"{flaw.pointer}: " if flaw.pointer else ""
        yield Refusal(
            specific if specific in kinds else "invalid",
            flaw.statements,
            place + _shortened(flaw.message),
            flaw.pointer,
            name,
            bool(flaw.member),
        )


def _take(parameter: Parameter, convert: Converter, text: str, values: dict[str, Any], refusals: list[Refusal]) -> None:
    value = convert(text)
    if parameter.schema.is_valid(value):
        values[parameter.name] = value
        return
    flaws = parameter.schema.flaws(value)
    statements: Sequence[str] = next(
        (parameter.charges[flaw.keyword] for flaw in flaws if flaw.keyword in parameter.charges),
        parameter.charges.get("*", ()),
    )
    refusals.append(
        Refusal(
            "parameter", tuple(statements), f"{parameter.name}: {_shortened(flaws[0].message)}", name=parameter.name
        )
    )


def _shortened(message: str) -> str:
    """A message that fits a line; jsonschema-rs prints whole values."""
    return message if len(message) <= 200 else f"{message[:90]} … {message[-90:]}"


def _converter(schema: Schema) -> Converter:
    convert = _CONVERT.get(schema.view.kind())
    if convert is None:
        return lambda text: text
    if not schema.view.nullable:
        return convert
    return lambda text: None if text in ("", "null") else convert(text)


def _integer(text: str) -> Any:
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) <= 30 else text


def _number(text: str) -> Any:
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text


def _boolean(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


_CONVERT: Mapping[str, Converter] = {"integer": _integer, "number": _number, "boolean": _boolean}
"""By what a value is; all else is text."""
