"""Which records a list shows, and what the object around them says of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mock_server.behaviours.by_shape.slots import schema_at
from mock_server.synthesis.answers import fits
from specs.contract import Operation
from specs.validation import Schema

_SIZE = ("limit", "perpage", "pagesize")
_OFFSET = ("offset", "skip")
_PAGE = ("page",)
_TOTAL = re.compile(
    r"(?:total|total_?(?:count|items|elements|results|records)|(?:item|result|record)s?_?count)\Z", re.IGNORECASE
)
_COUNT = re.compile(r"(?:count|size|number_?of_?elements)\Z", re.IGNORECASE)
_MORE = re.compile(r"has_?(?:more|next|next_?page)\Z", re.IGNORECASE)
_NEXT = re.compile(r"next(?:_?(?:page|link|url|cursor|token|page_?token))*\Z", re.IGNORECASE)
_UNFILTERED = ("", "all", "any", "*")
"""Values of a filter that ask for no less than everything."""


class Page(NamedTuple):
    """The records of one answer, how many there are in all, and whether another page would have more."""

    records: Sequence[Mapping[str, Any]]
    total: int
    more: bool


@dataclass(frozen=True, slots=True)
class Query:
    """
    What the query of a list asks for, as far as the names of its parameters leave no doubt.

    `filters` are members of the records that a parameter has the name of; `first` is the number of the first page.
    """

    filters: Mapping[str, Schema]
    size: str = ""
    offset: str = ""
    page: str = ""
    first: int = 1

    @classmethod
    def of(cls, operation: Operation, record: Schema) -> Query:
        """The query of an operation that lists such records."""
        found: dict[str, str] = {}
        filters: dict[str, Schema] = {}
        first = 1
        for parameter in operation.parameters:
            if parameter.location != "query":
                continue
            name = re.sub(r"[^a-z]", "", parameter.name.lower())
            integer = "integer" in parameter.schema.view.types() and parameter.schema.view.kind() in (
                "number",
                "integer",
            )
            kind = next(
                (key for key, names in (("size", _SIZE), ("offset", _OFFSET), ("page", _PAGE)) if name in names), ""
            )
            if kind and integer:
                found.setdefault(kind, parameter.name)
                view = parameter.schema.view
                if kind == "page" and 0 in (view.says("default"), view.says("minimum")):
                    first = 0
            elif (member := record.view.members().get(parameter.name)) is not None:
                filters[parameter.name] = schema_at(record, member)
        return cls(filters, **found, first=first)

    def page_of(self, records: Sequence[Mapping[str, Any]], arguments: Mapping[str, Any], query: str) -> Page:
        """The page that the arguments ask for; `query` is the query string, as filters by default are none."""
        for name, member in self.filters.items():
            if name in arguments and name in query:
                records = [record for record in records if _keeps(record.get(name), arguments[name], member)]
        total, start = len(records), 0
        size = arguments.get(self.size) if self.size else None
        if not isinstance(size, int) or size < 1:
            return Page(records, total, more=False)
        if self.offset and isinstance(offset := arguments.get(self.offset), int):
            start = max(0, offset)
        elif self.page and isinstance(page := arguments.get(self.page), int):
            start = max(0, page - self.first) * size
        elif not self.offset and not self.page:
            # What is beyond could not be asked for.
            return Page(records[:size], total, more=False)
        return Page(records[start : start + size], total, more=start + size < total)


def with_page(value: Any, at: tuple[str, ...], page: Page, schema: Schema) -> Any:
    """
    The answer with the object around the records saying how many there are, as far as its schema lets it.

    Totals and counts are those of the records, and where there is no more nothing leads on.
    """
    if not at:
        return value
    counted = any(_TOTAL.match(name) for name in _holder(value, at))
    for name, member in _holder(value, at).items():
        for better in _better(name, member, page, counted=counted):
            changed = _with(value, at[:-1], name, better)
            if fits(schema, changed):
                value = changed
                break
    return value


def _better(name: str, member: Any, page: Page, *, counted: bool) -> tuple[Any, ...]:
    """What a member had better say, the best first; `_LEFT_OUT` where it had better not be there."""
    number = isinstance(member, int) and not isinstance(member, bool)
    if number and _TOTAL.match(name):
        return (page.total,)
    if number and _COUNT.match(name):
        return (len(page.records) if counted else page.total,)
    if isinstance(member, bool) and _MORE.match(name):
        return (page.more,)
    if _NEXT.match(name) and not page.more and not isinstance(member, dict | list):
        return (None, _LEFT_OUT, "")
    return ()


_LEFT_OUT = object()


def _holder(value: Any, at: tuple[str, ...]) -> Mapping[str, Any]:
    for name in at[:-1]:
        value = value[name]
    return dict(value)


def _with(value: Any, at: tuple[str, ...], name: str, member: Any) -> Any:
    if at:
        return {**value, at[0]: _with(value[at[0]], at[1:], name, member)}
    if member is _LEFT_OUT:
        return {key: item for key, item in value.items() if key != name}
    return {**value, name: member}


def _keeps(value: Any, wanted: Any, member: Schema) -> bool:
    """Whether a record whose member has this value is among those asked for; what cannot be compared is."""
    asked = wanted if isinstance(wanted, list) else [wanted]
    comparable = [item for item in asked if not isinstance(item, dict | list) and item not in _UNFILTERED]
    if len(comparable) < len(asked) or not asked or not all(fits(member, item) for item in asked):
        return True
    return any(type(item) is type(value) and item == value for item in asked)
