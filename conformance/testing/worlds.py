"""A running mock and its worlds, steered over the control API; nothing but the standard library is needed."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

_CONTROL_BASE = "/_casepact/v1"
_SECONDS = 30
"""How long an answer of the control API is waited for."""


class ControlError(Exception):
    """The mock did not do what it was asked for: the request, the status of the answer, and the reason it gives."""

    def __init__(self, method: str, path: str, status: int, reason: str) -> None:
        super().__init__(f"{method} {path}: {status} {reason}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    A request that a world was sent, and how it was answered.

    `path` holds the query; `status` is 0 where there was no answer; `outcome` is "admitted", "refused" or "simulated",
    `statements` are those that the request broke. Headers are by lower-case name; secrets are hidden, and a body is a
    JSON value where it is JSON, else its text.
    """

    number: int
    method: str
    path: str
    api: str
    operation: str
    status: int
    outcome: str
    statements: tuple[str, ...]
    detail: str
    headers: Mapping[str, str]
    body: Any
    answer_headers: Mapping[str, str]
    answer_body: Any

    def __str__(self) -> str:
        shown = f"{self.method} {self.path} {self.status}"
        return f"{shown} ({self.detail})" if self.detail else shown


@dataclass(frozen=True, slots=True)
class Mock:
    """A running mock: its address, and the token that its control API asks for, if any."""

    address: str
    token: str = field(default="", repr=False)

    def world(self, name: str) -> World:
        """
        A fresh world, in place of one of this name.

        Any text is a name; what a world's name cannot hold is escaped by the mock. Raises `ControlError`.
        """
        asked = World(self, name)
        try:
            asked.delete()
        except ControlError as error:
            # 404: nobody has used it yet. 409: the default world stays.
            if error.status not in (404, 409):
                raise
        return World(self, asked._control("POST", "/reset")["name"])

    def apis(self) -> tuple[str, ...]:
        """The APIs that are served."""
        return tuple(item["api"] for item in self.control("GET", "/ready")["apis"])

    def control(self, method: str, path: str, value: Any = None) -> Any:
        """What the control API answers; None for an answer without a body. Raises `ControlError`, and `OSError`."""
        parts = urlsplit(self.address)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = None
        if value is not None:
            body, headers["Content-Type"] = json.dumps(value), "application/json"
        try:
            connection.request(method, f"{parts.path.rstrip('/')}{_CONTROL_BASE}{path}", body, headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        finally:
            connection.close()
        try:
            found = json.loads(text) if text else None
        except ValueError:
            found = {"detail": text[:200].decode("utf-8", "replace")}
        if status >= 300:
            raise ControlError(method, path, status, str(found.get("detail", "")) if isinstance(found, dict) else "")
        return found


@dataclass(frozen=True, slots=True)
class World:
    """
    One world of a mock.

    A client is led into it by `url`, below which each API stands under its name, or by `headers` beside the address of
    the mock.
    """

    mock: Mock
    name: str

    @property
    def url(self) -> str:
        """The address of this world: f"{world.url}/aicc" is the base URL of AICC in it."""
        return f"{self.mock.address.rstrip('/')}/~{quote(self.name, safe='')}"

    @property
    def headers(self) -> dict[str, str]:
        """The headers that lead a request to the mock into this world."""
        return {"X-Casepact-World": quote(self.name, safe="")}

    def requests(self, operation: str | None = None, **pattern: Any) -> list[Recorded]:
        """
        The requests this world was sent that fit a pattern, the newest last.

        `pattern` may have `api`, `method`, `path`, `status`, `outcome`, `statement`, and as parts that must be there
        `query`, `headers` and `body`: requests("modifyCase", body={"caseInfo": {"title": "x"}}).
        """
        return [_recorded(entry) for entry in self._found(operation, pattern)["entries"]]

    def assert_requested(self, operation: str | None = None, *, times: int | None = None, **pattern: Any) -> None:
        """
        Assert that requests of this pattern were sent: at least one, or as many as `times` says.

        Raises `AssertionError`, which names the nearest request and what differs in it where none fits.
        """
        found = self._found(operation, pattern)
        count = found["count"]
        if count == times or (times is None and count):
            return
        wanted = f"{times} requests" if times is not None else "a request"
        shown = json.dumps(_pattern(operation, pattern), ensure_ascii=False)
        lines = [f"{wanted} like {shown} expected in the world '{self.name}'; {count} found"]
        if (nearest := found["nearest"]) is not None:
            lines.append(f"nearest: {_recorded(nearest['entry'])}")
            lines += [f"  {difference}" for difference in nearest["differences"]]
        elif not count:
            lines.append("it was sent no request at all")
        lines += [f"found: {_recorded(entry)}" for entry in found["entries"]]
        raise AssertionError("\n".join(lines))

    def put(self, record: Mapping[str, Any], *, api: str = "", collection: str = "", id: str = "") -> None:
        """
        Put a record in place of the one of its id, or add it.

        `api` and `collection` may be left out where there is only one to choose; `id` where the record has one. Raises
        `ValueError` where something is missing, and `ControlError` for a record that does not fit.
        """
        kept = self._control("GET", "")["records"]
        places = [
            (one, other)
            for one, collections in kept.items()
            for other in collections
            if api in ("", one) and collection in ("", other)
        ]
        if len(places) != 1:
            stored = ", ".join(f"{one}/{other}" for one, collections in kept.items() for other in collections)
            raise ValueError(f"say with api= and collection= where the record belongs; there are {stored}")
        id = id or str(record.get("id", ""))
        if not id:
            raise ValueError("the record has no id; say it with id=")
        parts = "/".join(quote(part, safe="") for part in (*places[0], id))
        self._control("PUT", f"/records/{parts}", dict(record))

    def record(self, api: str, collection: str, id: str) -> dict[str, Any]:
        """A record as it is stored; raises `ControlError` where there is none."""
        parts = "/".join(quote(part, safe="") for part in (api, collection, id))
        return dict(self._control("GET", f"/records/{parts}"))

    def load(self, fixture_set: str, api: str = "") -> None:
        """Load a fixture set, of one API or of each that has one of this name."""
        self._control("POST", "/fixtures", {"set": fixture_set, **({"api": api} if api else {})})

    def freeze(self, at: datetime | str) -> None:
        """Let the clock stand still, at a moment or at its text by RFC 3339; a moment without a zone is in UTC."""
        if isinstance(at, datetime):
            at = (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat()
        self._control("PUT", "/clock", {"mode": "frozen", "at": at})

    def shift(self, seconds: int) -> None:
        """Let the clock run so many seconds ahead; below zero, behind."""
        self._control("PUT", "/clock", {"mode": "shifted", "bySeconds": seconds})

    def run(self) -> None:
        """Let the clock run with the machine's."""
        self._control("PUT", "/clock", {"mode": "running"})

    def traffic(self, **settings: Any) -> None:
        """
        Replace the traffic settings as a whole: traffic(latencyMilliseconds=300, errorRate=0.1).

        Simulated failures are a list: traffic(failures=[{"kind": "status", "status": 503, "operation": "modifyCase",
        "times": 2}]); the other kinds are "delay", "reset", "empty", "truncated" and "timeout". Raises `ControlError`
        for what the mock does not serve.
        """
        self._control("PUT", "/traffic", settings)

    def forget(self) -> None:
        """Empty the journal, so that later assertions count from here."""
        self._control("DELETE", "/journal")

    def reset(self) -> None:
        """Records, clock and traffic as at the start, the journal empty."""
        self._control("POST", "/reset")

    def delete(self) -> None:
        """Give the world up with all it holds."""
        self._control("DELETE", "")

    def _control(self, method: str, path: str, value: Any = None) -> Any:
        return self.mock.control(method, f"/worlds/{quote(self.name, safe='')}{path}", value)

    def _found(self, operation: str | None, pattern: Mapping[str, Any]) -> Any:
        return self._control("POST", "/journal/matches", _pattern(operation, pattern))


def _pattern(operation: str | None, pattern: Mapping[str, Any]) -> dict[str, Any]:
    named = {} if operation is None else {"operation": operation}
    return {**named, **pattern}


def _recorded(entry: Mapping[str, Any]) -> Recorded:
    statements: Sequence[str] = entry["statements"]
    return Recorded(
        number=entry["number"],
        method=entry["method"],
        path=entry["path"],
        api=entry["api"],
        operation=entry["operation"],
        status=entry["status"],
        outcome=entry["outcome"],
        statements=tuple(statements),
        detail=entry["detail"],
        headers=entry["request"]["headers"],
        body=entry["request"]["body"],
        answer_headers=entry["answer"]["headers"],
        answer_body=entry["answer"]["body"],
    )
