"""A refused request as a draft that can be changed, and a draft as the request that it would be."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mock_server.negotiation import FORM, media_type
from mock_server.operations.compiled import CompiledOperation
from mock_server.operations.request import Request
from mock_server.reply import Refusal
from mock_server.representation.representation import UnreadableBody, read_json
from mock_server.worlds.records import Actor, Records
from mock_server.worlds.store import DEFAULT

Pairs = tuple[tuple[str, str], ...]
"""Query parameters: the name of each, and how it stands in the address."""


@dataclass(frozen=True, slots=True)
class Attempted:
    """A refused request, why it was refused, and the name, the records and the instant of its world."""

    compiled: CompiledOperation
    request: Request
    texts: Mapping[str, str]
    raw: bytes
    body: Any
    refusals: tuple[Refusal, ...]
    records: Records
    now: datetime
    world: str = DEFAULT
    made: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False)
    """What was made up so far, by place: making a value takes longer than trying a request."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A request on its way to being admitted."""

    texts: Mapping[str, str]
    query: Pairs
    headers: Mapping[str, str]
    body: Any
    actor: Actor | None

    def key(self) -> bytes:
        """The same for drafts that are the same request."""
        actor = self.actor.name if self.actor is not None else ""
        return _written([dict(self.texts), self.query, dict(self.headers), self.body, actor])


def sent_body(attempted: Attempted) -> Any:
    """The body that was sent, as a value that can be changed; None where there was none or it cannot be read."""
    if attempted.body is not None:
        return copy.deepcopy(attempted.body)
    try:
        return read_json(attempted.raw) if attempted.raw else None
    except UnreadableBody:
        return None if _is_read(media_of(attempted.compiled)) else attempted.raw.decode("utf-8", "replace")


def example_bodies(compiled: CompiledOperation) -> Iterator[Any]:
    """The documented examples of the operation's bodies, as far as its requests can hold them."""
    texts = not _is_read(media_of(compiled))
    for media in compiled.operation.body.values():
        yield from (example for example in media.examples.values() if texts or not isinstance(example, str))


def as_request(compiled: CompiledOperation, draft: Draft) -> tuple[Request, bytes]:
    """The request that a draft would be, and the bytes of its body."""
    headers = dict(draft.headers)
    raw = b""
    if draft.body is not None and compiled.readers:
        headers["content-type"] = media = media_of(compiled)
        raw = _encoded(media, draft.body)
    query = "&".join(part for _, part in draft.query)
    path = compiled.base + compiled.operation.path
    for name, text in draft.texts.items():
        path = path.replace(f"{{{name}}}", quote(text, safe="!$&'()*+,;=:@~"))
    return Request(compiled.operation.method, path, query, headers), raw


def query_pair(name: str, value: str) -> tuple[str, str]:
    """A query parameter as a draft has it."""
    return name, f"{quote(name, safe='$')}={quote(value, safe=',')}"


def media_of(compiled: CompiledOperation) -> str:
    """The media type in which a draft's body is sent: JSON where the operation takes it; "" where it takes none."""
    return next((media for media in compiled.readers if "json" in media), next(iter(compiled.readers), ""))


def plain_name(name: str) -> str:
    """A name without what ways of writing it differ in: "client_id" and "clientId" are one."""
    return name.replace("_", "").replace("-", "").lower()


def _encoded(media: str, body: Any) -> bytes:
    if media_type(media) == FORM and isinstance(body, dict):
        return urlencode(body, doseq=True).encode()
    return body.encode() if isinstance(body, str) and not _is_read(media) else _written(body)


def _written(value: Any) -> bytes:
    """A value as JSON, whatever its numbers: orjson takes none beyond 64 bits."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _is_read(media: str) -> bool:
    """Whether bodies of this type become values; others are taken as the texts that they are."""
    return "json" in media or media_type(media) == FORM
