"""Requests of foreign documents that a server should carry out: the document's examples, else values of its schemas."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from conformance.target.drafting import Draft, Records
from conformance.target.exchange import FORM, Exchange
from conformance.target.needs import UnmetNeed
from specs.contract import Contract, Media, Operation, Parameter
from specs.derived_ledger import as_written, is_json
from specs.schema import CHOICES, SchemaView
from specs.validation import Schema

_TEXTS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "email": "anna@example.org",
    "idn-email": "anna@example.org",
    "hostname": "example.org",
    "idn-hostname": "example.org",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.org/",
    "url": "https://example.org/",
    "iri": "https://example.org/",
    "uri-reference": "/example",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "byte": "Q2FzZXBhY3Q=",
    "duration": "P1D",
}
_DEEPEST = 12
_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}


@dataclass
class Source:
    """
    Where the values of requests come from: the records of the profile, by the name of a parameter, and the server.

    `send` sends a draft of an operation. What a list of the server answered is asked for once in each probe.
    """

    contract: Contract
    records: Records
    send: Callable[[Draft, str], Exchange]
    _listed: dict[str, Sequence[Any]] = field(default_factory=dict)

    def value(self, operation: Operation, parameter: Parameter) -> Any:
        """
        What a request holds for a parameter.

        That is the record of the profile; for the last parameter of a path what the list before it shows; else what the
        document shows, or a value of the schema. Raises `UnmetNeed` where there is none of these.
        """
        known = self.records.get(parameter.name)
        if known is not None and "id" in known:
            return known["id"]
        if parameter.location == "path" and (listed := self._from_list(operation, parameter)) is not None:
            return listed
        shown = shown_of(self.contract, operation, parameter)
        if shown is not None and parameter.schema.is_valid(shown):
            return shown
        return sample(parameter.schema, f"a value for {parameter.name}")

    def _from_list(self, operation: Operation, parameter: Parameter) -> Any:
        """An id that the collection lists: the first, or the last for an operation that deletes it."""
        listing = listing_of(self.contract, operation, parameter)
        if listing is None:
            return None
        if listing.id not in self._listed:
            # What leads to itself finds nothing.
            self._listed[listing.id] = ()
            self._listed[listing.id] = self._items(listing)
        order = -1 if operation.method == "DELETE" else 1
        for item in self._listed[listing.id][::order]:
            value = _id_of(item, parameter.name)
            if value is not None and (parameter.schema.is_valid(value) or parameter.schema.is_valid(str(value))):
                return value
        return None

    def _items(self, operation: Operation) -> Sequence[Any]:
        try:
            exchange = self.send(derived_draft(operation, self), operation.id)
        except UnmetNeed:
            return ()
        if not 200 <= exchange.response.status < 300:
            return ()
        held = [exchange.value, *(exchange.value.values() if isinstance(exchange.value, dict) else ())]
        return next((value for value in held if isinstance(value, list)), ())


def derived_draft(operation: Operation, source: Source) -> Draft:
    """
    A request with what an operation requires and nothing else, its body the document's first example.

    Raises `UnmetNeed` where a value cannot be had: then the profile or the document must give it.
    """
    made = Draft({}, "", None)
    for parameter in operation.parameters:
        if parameter.required or parameter.location == "path":
            made = with_parameter(made, parameter, source.value(operation, parameter))
    if not operation.body or not (operation.body_required or operation.method in ("POST", "PUT", "PATCH")):
        return made
    media = _chosen(operation)
    if media is None:
        if not operation.body_required:
            return made
        raise UnmetNeed(f"needs a body of {' or '.join(operation.body)}, which is drawn by Schemathesis alone")
    shown = next((value for _, value in _examples(media)), None)
    body = sample(media.schema, f"a body of {operation.id}") if shown is None and media.schema else shown
    return replace(made, media=media.name, body=copy.deepcopy(body))


def example_drafts(operation: Operation, source: Source) -> Iterator[tuple[str, Draft]]:
    """A request for each valid example of a body, by its name, with what else the operation requires."""
    made = derived_draft(operation, source)
    for media in operation.body.values():
        if is_json(media.name) or media.name == FORM:
            for name, value in _examples(media):
                yield name, replace(made, media=media.name, body=copy.deepcopy(value))


def with_parameter(made: Draft, parameter: Parameter, value: Any) -> Draft:
    """The request with a parameter, written in its style (OpenAPI 3.0.3, Style Values)."""
    if parameter.media:
        value = orjson.dumps(value).decode()
    if parameter.location == "query":
        return replace(made, query={**made.query, **_in_query(parameter, value)})
    text = _simple(value, parameter.explode)
    if parameter.location == "path":
        if parameter.style == "label":
            text = "." + (text.replace(",", ".") if parameter.explode else text)
        elif parameter.style == "matrix":
            text = f";{parameter.name}={text}"
        return replace(made, path={**made.path, parameter.name: text})
    if parameter.location == "cookie":
        earlier = f"{made.headers['Cookie']}; " if made.headers.get("Cookie") else ""
        return replace(made, headers={**made.headers, "Cookie": f"{earlier}{parameter.name}={text}"})
    return replace(made, headers={**made.headers, parameter.name: text})


def without_parameter(made: Draft, parameter: Parameter) -> Draft:
    """
    The request without a parameter of query, headers or cookies.

    One that is written as its members has no name of its own there, and stays.
    """
    query = {
        name: value
        for name, value in made.query.items()
        if name != parameter.name and not name.startswith(f"{parameter.name}[")
    }
    left_out = "Cookie" if parameter.location == "cookie" else parameter.name
    headers = {name: value for name, value in made.headers.items() if name.lower() != left_out.lower()}
    return replace(made, query=query, headers=headers) if parameter.location != "path" else made


def sample(schema: Schema, what: str) -> Any:
    """A value that a schema allows, small and always the same; raises `UnmetNeed` where none is found."""
    value = _sampled(schema.view, 0)
    if schema.is_valid(value):
        return value
    raise UnmetNeed(f"needs {what}: the document shows none, and none was found")


def _chosen(operation: Operation) -> Media | None:
    """The representation in which a body is sent: JSON, else a form."""
    found = [media for media in operation.body.values() if is_json(media.name)]
    found += [media for media in operation.body.values() if media.name == FORM]
    return found[0] if found else None


def _examples(media: Media) -> Iterator[tuple[str, Any]]:
    for name, value in media.examples.items():
        if value is not None and (media.schema is None or media.schema.is_valid(value)):
            yield name, value


def listing_of(contract: Contract, operation: Operation, parameter: Parameter) -> Operation | None:
    """The operation that lists the collection before a path parameter: GET /pets for the petId of /pets/{petId}."""
    collection, _, rest = operation.path.partition(f"/{{{parameter.name}}}")
    lists = [item for item in contract.operations.values() if item.path == collection and item.method == "GET"]
    if (not rest.startswith("/") and rest) or not lists or lists[0].id == operation.id:
        return None
    return lists[0]


def shown_of(contract: Contract, operation: Operation, parameter: Parameter) -> Any:
    """The example that the document has of a parameter, or None."""
    for item in as_written(contract, operation).get("parameters", ()):
        if (item["name"], item["in"]) == (parameter.name, parameter.location):
            return item.get("example")
    return None


def _id_of(item: Any, parameter: str) -> Any:
    """The member of a listed record that a path names it by: as the parameter is called, or its id."""
    if not isinstance(item, dict):
        return item if isinstance(item, str | int) and not isinstance(item, bool) else None
    wanted = parameter.replace("_", "").replace("-", "").lower()
    members = {name.replace("_", "").replace("-", "").lower(): value for name, value in item.items()}
    endings = [name for name in members if wanted.endswith(name) and len(name) > 1]
    for name in (wanted, *sorted(endings, key=len, reverse=True), "id"):
        value = members.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            return value
    return None


def _in_query(parameter: Parameter, value: Any) -> dict[str, Any]:
    name = parameter.name
    if isinstance(value, dict):
        if parameter.style == "deepObject":
            return {f"{name}[{key}]": _text(member) for key, member in value.items()}
        if parameter.explode:
            return {key: _text(member) for key, member in value.items()}
        return {name: ",".join(text for key, member in value.items() for text in (key, _text(member)))}
    if isinstance(value, list):
        texts = [_text(item) for item in value]
        return {name: texts if parameter.explode else _SEPARATORS.get(parameter.style, ",").join(texts)}
    return {name: _text(value)}


def _simple(value: Any, explode: bool) -> str:
    if isinstance(value, dict):
        between = "=" if explode else ","
        return ",".join(f"{key}{between}{_text(member)}" for key, member in value.items())
    return ",".join(map(_text, value)) if isinstance(value, list) else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return "" if value is None else str(value)


def _sampled(view: SchemaView, depth: int) -> Any:
    for keyword in ("const", "example", "default"):
        found = view.says(keyword)
        if found is not None:
            return found
    if values := view.says("enum"):
        return next((value for value in values if value is not None), None)
    if depth > _DEEPEST:
        return None
    for part in view.parts():
        for keyword in CHOICES:
            branches = [branch for branch in part.get(keyword, ()) if branch != {"type": "null"}]
            if len(branches) > 1:
                merged = {key: value for key, value in part.items() if key not in (keyword, "discriminator")}
                base = _made(view.at(merged), depth)
                chosen = _sampled(view.at(branches[0]), depth + 1)
                return {**base, **chosen} if isinstance(base, dict) and isinstance(chosen, dict) else chosen
    return _made(view, depth)


def _made(view: SchemaView, depth: int) -> Any:
    kind = view.kind() or ("object" if view.members() else "")
    if kind == "object":
        required = {str(name) for part in view.parts() for name in part.get("required") or ()}
        members = view.members()
        return {
            name: _sampled(members[name], depth + 1) if name in members else "casepact"
            for name in [*(name for name in members if name in required), *sorted(required - members.keys())]
        }
    if kind == "array":
        return [_sampled(view.items(), depth + 1) for _ in range(view.says("minItems") or 0)]
    if kind in ("integer", "number"):
        return _number(view, whole=kind == "integer")
    return True if kind == "boolean" else _letters(view)


def _number(view: SchemaView, *, whole: bool) -> Any:
    low, above = view.says("minimum"), view.says("exclusiveMinimum")
    high, below = view.says("maximum"), view.says("exclusiveMaximum")
    step = view.says("multipleOf") or 1
    start = low if low is not None else above + step if above is not None else min(1, high if high is not None else 1)
    if below is not None and start >= below:
        start = below - step if above is None else (above + below) / 2
    value = -(-start // step) * step if whole or view.says("multipleOf") else start
    return int(value) if whole else value


def _letters(view: SchemaView) -> str:
    pattern, form = view.says("pattern"), view.says("format")
    if form in _TEXTS and not pattern:
        return _TEXTS[form]
    least, most = view.says("minLength") or 0, view.says("maxLength")
    if pattern:
        drawn = _matching(pattern, least, most)
        if drawn is not None:
            return drawn
    text = "casepact" * (least // 8 + 1)
    return text[: max(least, 8)][:most]


def _matching(pattern: str, least: int, most: int | None) -> str | None:
    try:
        return find(
            st.from_regex(pattern).filter(lambda text: least <= len(text) <= (most or 10**6) and text.isprintable()),
            lambda _: True,
            settings=settings(
                database=None, max_examples=200, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
            ),
            random=random.Random(0),
        )
    except (HypothesisException, ValueError):
        return None
