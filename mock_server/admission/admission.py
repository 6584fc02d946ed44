"""Is this request one that the contract admits; every violation is collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from mock_server.admission.styles import ABSENT, Sent, from_text, gathered, is_list, is_sent_empty
from mock_server.reply import Refusal, remembered
from specs.contract import OURS, Dialect, Operation, Parameter
from specs.shortening import shorten
from specs.validation import Schema, SchemaFlaw

_NONE: Mapping[str, Sequence[str]] = {}


class Arguments:
    """The compiled parameters of one operation; how they are read where OpenAPI leaves it open, the dialect says."""

    __slots__ = (
        *("_by_name", "_defaults", "_first_counts", "_gathered", "_headers", "_in_brackets", "_known", "_lists"),
        *("_of_path", "_path", "_required", "_with_cookies"),
    )

    def __init__(self, operation: Operation, dialect: Dialect = OURS) -> None:
        self._first_counts, digits = dialect.first_counts, dialect.digits
        by_place: dict[str, list[Parameter]] = {"path": [], "query": [], "header": [], "cookie": []}
        for parameter in operation.parameters:
            by_place[parameter.location].append(parameter)
        found = [
            (parameter, gathered(parameter, digits, _names(by_place[place]) - {parameter.name}))
            for place in ("query", "cookie")
            for parameter in by_place[place]
        ]
        self._gathered = [(parameter, gather) for parameter, gather in found if gather is not None]
        self._path = [(parameter, from_text(parameter, digits)) for parameter in by_place["path"]]
        self._by_name = {item.name: (item, from_text(item, digits)) for item, gather in found if gather is None}
        self._headers = [(item.name.lower(), item, from_text(item, digits)) for item in by_place["header"]]
        self._lists = {item.name.lower() for item in by_place["header"] if is_list(item)}
        self._with_cookies = bool(by_place["cookie"])
        self._required = [item for place in ("query", "header", "cookie") for item in by_place[place] if item.required]
        self._known = self._by_name.keys() | {name for _, gather in self._gathered for name in gather.names}
        self._in_brackets = {item.name for item, gather in self._gathered if gather.in_brackets}
        self._of_path = remembered(self._read_path)
        self._defaults = {
            parameter.name: default
            for parameter in operation.parameters
            if (default := parameter.schema.view.says("default", ABSENT)) is not ABSENT
        }

    def read(
        self,
        texts: Mapping[str, str],
        query: str,
        headers: Mapping[str, str],
        doubled: Mapping[str, Sequence[str]] = _NONE,
    ) -> tuple[Mapping[str, Any], list[Refusal]]:
        """
        The converted arguments with defaults applied, and what is wrong with them.

        `texts` are those of a route; like what is returned they are never changed. `doubled` has all values of the
        headers that were sent more than once; where the first counts, each of them is judged too.
        """
        of_path, wrong = self._of_path(texts)
        if not (query or self._headers or self._required or self._with_cookies):
            return of_path, [*wrong]
        values, refusals = {**of_path}, [*wrong]
        sent: set[int] = set()
        if query:
            for name, text in parse_qsl(query, keep_blank_values=True, errors="replace"):
                if name in self._by_name:
                    parameter, convert = self._by_name[name]
                    counts = not (self._first_counts and id(parameter) in sent)
                    sent.add(id(parameter))
                    if not (parameter.may_be_empty and not text):
                        _take(parameter, convert(text), values if counts else {}, refusals)
        for name, parameter, convert in self._headers:
            if (held := headers.get(name)) is not None:
                sent.add(id(parameter))
                if self._first_counts and name in doubled:
                    for index, line in enumerate(self._lines(name, doubled[name])):
                        _take(parameter, convert(line), {} if index else values, refusals)
                else:
                    _take(parameter, convert(held), values, refusals)
        if self._gathered:
            whole = Sent.of(query, headers.get("cookie", ""))
            for parameter, gather in self._gathered:
                if parameter.may_be_empty and is_sent_empty(parameter, whole):
                    sent.add(id(parameter))
                elif (value := gather.find(whole)) is not ABSENT:
                    sent.add(id(parameter))
                    _take(parameter, value, values, refusals)
        for parameter in self._required:
            if id(parameter) not in sent:
                detail = f"the {parameter.location} parameter {parameter.name} is missing"
                refusals.append(
                    Refusal("parameter", parameter.charges.get("required", ()), detail, name=parameter.name)
                )
        return values, refusals

    def _lines(self, name: str, lines: Sequence[str]) -> Sequence[str]:
        """The values of a header that was sent more than once; lines of a list are one (RFC 9110 section 5.3)."""
        return [",".join(lines)] if name in self._lists else lines

    def _read_path(self, texts: Mapping[str, str]) -> tuple[dict[str, Any], list[Refusal]]:
        """The arguments that the path alone gives, with every default."""
        values = dict(self._defaults)
        refusals: list[Refusal] = []
        for parameter, convert in self._path:
            _take(parameter, convert(texts[parameter.name]), values, refusals)
        return values, refusals

    def unknown(self, query: str) -> list[str]:
        """The names in the query string that no parameter has."""
        return [
            name
            for name, _ in parse_qsl(query, keep_blank_values=True)
            if name not in self._known and name.partition("[")[0] not in self._in_brackets
        ]


_LARGE = 65_536
"""Bytes of a body of which only the first flaw is reported: to find all three hundred thousand of them takes 20 s."""


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
            place + shorten(flaw.message, 200, tail=90),
            flaw.pointer,
            name,
            bool(flaw.member),
        )


def _names(parameters: Iterable[Parameter]) -> frozenset[str]:
    return frozenset(parameter.name for parameter in parameters)


def _take(parameter: Parameter, value: Any, values: dict[str, Any], refusals: list[Refusal]) -> None:
    if parameter.schema.is_valid(value):
        values[parameter.name] = value
        return
    flaws = parameter.schema.flaws(value)
    statements: Sequence[str] = next(
        (parameter.charges[flaw.keyword] for flaw in flaws if flaw.keyword in parameter.charges),
        parameter.charges.get("*", ()),
    )
    detail = f"{parameter.name}{flaws[0].pointer}: {shorten(flaws[0].message, 200, tail=90)}"
    refusals.append(Refusal("parameter", tuple(statements), detail, name=parameter.name))
