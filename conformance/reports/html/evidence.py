"""The exchanges that the page shows: each as markup, as many as its size allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
from jinja2 import Template
from markupsafe import Markup

from conformance.reports.html import bodies
from conformance.verdict.exchange_log import Body, Exchanges, Message, Recorded

MOST = 5_000_000
"""How many characters the page spends on exchanges and on rows of findings, so that it stays below 10 MB."""

_MOST_HEADERS = 50
_MOST_VALUE = 500
_DEEPEST = 20

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


class Evidence:
    """
    The exchanges that findings and statements refer to, read in one pass.

    What findings need is reserved first; statements that held get what is left. An exchange is shown in each place
    that refers to it, so that nobody has to jump about.
    """

    def __init__(self, exchanges: Exchanges, named: Collection[str], template: Template, most: int = MOST) -> None:
        self._recorded = {item["id"]: _trimmed(item) for item in exchanges if item["id"] in named} if named else {}
        self._template = template
        self._markup: dict[str, Markup] = {}
        self._sent: dict[str, Mapping[str, str]] = {}
        self._left = most
        self._reserved: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._recorded

    def sent(self, name: str) -> Mapping[str, str]:
        """The members of the request of an exchange, none where it was not recorded."""
        if name not in self._sent:
            self._sent[name] = _members(self._recorded[name]["request"]) if name in self._recorded else {}
        return self._sent[name]

    def reserve(self, names: Sequence[str]) -> None:
        """Keep room for exchanges that are shown in one place."""
        for name in names:
            if name in self._recorded and self._shows(name):
                self._reserved[name] = self._reserved.get(name, 0) + 1

    def markup(self, name: str) -> Markup:
        """The exchange, empty where it was not recorded or has no room."""
        if name not in self._recorded:
            return Markup("")
        if held := self._reserved.get(name, 0):
            self._reserved[name] = held - 1
            return self._made(name)
        return self._made(name) if self._shows(name) else Markup("")

    def _shows(self, name: str) -> bool:
        # What has no room even as it is need not be laid out.
        return self._left > _least(self._recorded[name]) and self.takes(len(self._made(name)))

    def takes(self, length: int) -> bool:
        """Whether there is room for so many characters, which is then taken."""
        if length > self._left:
            return False
        self._left -= length
        return True

    def _made(self, name: str) -> Markup:
        if name not in self._markup:
            self._markup[name] = Markup(self._template.render(_shown(self._recorded[name])))
        return self._markup[name]


def _least(item: Recorded) -> int:
    """How many characters an exchange takes at least."""
    shown = (item["request"]["body"] or {}, item["response"]["body"] or {})
    return 600 + sum(min(bodies.MOST, len(body.get("text", ""))) for body in shown)


def _trimmed(item: Recorded) -> Recorded:
    request: Message = {**item["request"], "body": bodies.trimmed(item["request"]["body"])}
    response: Message = {**item["response"], "body": bodies.trimmed(item["response"]["body"])}
    return {**item, "request": request, "response": response}


def _shown(item: Recorded) -> dict[str, Any]:
    """An exchange as its template wants it."""
    request, response = item["request"], item["response"]
    status, address = response["status"], urlsplit(request["url"])
    return {
        "exchange": item,
        "title": f"{request['method']} {address._replace(scheme='', netloc='').geturl()[:_MOST_VALUE]}",
        "status": status,
        "request": _head(f"{request['method']} {request['url'][:4000]}", request),
        "request_body": bodies.shown(request["body"]),
        "request_rest": bodies.left_out(request["body"]),
        "response": _head(f"{status} {_PHRASES.get(status, '')}".rstrip(), response),
        "response_body": bodies.shown(response["body"]),
        "response_rest": bodies.left_out(response["body"]),
    }


def _head(first: str, message: Message) -> str:
    headers = message["headers"]
    lines = [f"{name[:_MOST_VALUE]}: {_cut(value)}" for name, value in headers[:_MOST_HEADERS]]
    if len(headers) > _MOST_HEADERS:
        lines.append(f"… {len(headers) - _MOST_HEADERS} more")
    return "\n".join([first, *lines])


def _cut(value: str) -> str:
    return value if len(value) <= _MOST_VALUE else f"{value[:_MOST_VALUE]}… ({len(value)} characters)"


def _members(request: Message) -> dict[str, str]:
    """What a request says, by place: its address, its headers and the members of its body."""
    address = urlsplit(request["url"])
    found = {"path": address.path} | {f"header {name}": value for name, value in request["headers"]}
    found |= {f"query {name}": value for name, value in parse_qsl(address.query, keep_blank_values=True)}
    body: Body | None = request["body"]
    text = (body or {}).get("text", "")
    if not body or not text or body.get("cut"):
        return found
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return found | {"body": text}
    _collect(data, "", found, _DEEPEST)
    return found


def _collect(value: Any, place: str, found: dict[str, str], deeper: int) -> None:
    if deeper and isinstance(value, dict) and value:
        for name, item in value.items():
            _collect(item, f"{place}/{name}", found, deeper - 1)
    elif deeper and isinstance(value, list) and value:
        for number, item in enumerate(value):
            _collect(item, f"{place}/{number}", found, deeper - 1)
    else:
        found[place or "/"] = orjson.dumps(value).decode()
