"""What a request to an operation consists of, and how that is written: URL, headers and body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from conformance.target.exchange import FORM, Pairs, Request
from specs.contract import Operation

_UNESCAPED = "!$&'()*+,;=:@~"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The headers that say who calls, and how a reader may write them; `query` holds what stands there."""

    headers: Pairs = field(repr=False)
    shown: Mapping[str, str]
    query: Pairs = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class RequestParts:
    """
    What a request says; what is left out is as the contract has it.

    `template` stands for the path of the operation, and `suffix` comes behind it. `actor` None sends no credential
    but `credentials`, "" that of the contract's default actor. `body` is encoded as `media` says; `raw` is sent as it
    stands. `headers` come beside those that the contract says a request must hold; None leaves one of these, or the
    Content-Type, out.
    """

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    media: str = ""
    body: Any = None
    raw: bytes | None = None
    actor: str | None = ""
    credentials: Credentials | None = None
    method: str = ""
    template: str = ""
    suffix: str = ""

    def request(self, operation: Operation, base: str, credentials: Credentials | None) -> Request:
        """The request to an operation of the API at `base`, with these credentials; `headers` win over them."""
        url = base + _expanded(self.template or operation.path, self.path) + self.suffix
        if query := {**(dict(credentials.query) if credentials else {}), **self.query}:
            url += f"?{urlencode(query, doseq=True)}"
        named = {name.lower() for name in self.headers}
        sent = dict(credentials.headers) if credentials else {}
        sent |= {name: value for name, value in operation.headers.items() if name.lower() not in named}
        for name, value in self.headers.items():
            if value is not None:
                # A request has one Cookie header (RFC 6265 section 5.4): cookies of credentials stay beside others.
                sent[name] = f"{sent[name]}; {value}" if name == "Cookie" and name in sent else value
        if self.media and "content-type" not in named:
            sent["Content-Type"] = self.media
        body = self.raw if self.raw is not None else encode(self.media, self.body) if self.body is not None else None
        shown = credentials.shown if credentials else {}
        return Request(self.method or operation.method, url, tuple(sent.items()), body, shown)


PLAIN = RequestParts()
"""A request with nothing but what the contract says of it."""


def encode(media: str, value: Any) -> bytes:
    """A value as the body of a request in this media type."""
    if media == FORM:
        return urlencode(list(_fields(value, ""))).encode()
    if isinstance(value, str) and "json" not in media:
        return value.encode()
    return orjson.dumps(value)


def _fields(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """The fields of a form: a list of texts repeats its name, objects in lists are written a[0][b]."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _fields(member, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _fields(item, f"{name}[{index}]" if isinstance(item, dict) else name)
    elif value is not None:
        yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _expanded(template: str, arguments: Mapping[str, Any]) -> str:
    for name, value in arguments.items():
        template = template.replace(f"{{{name}}}", quote(str(value), safe=_UNESCAPED))
    return template
