"""exchanges.ndjson: every request of a run and its answer, one a line, as a reader may see them."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import orjson

from conformance.target.client import Target
from conformance.target.exchange import Exchange, Pairs
from specs.flaws import CasepactError

FILE = "exchanges.ndjson"
"""Its name in the folder of the reports."""

MOST = 64 * 1024
"""How many bytes of a body are kept."""


class Body(TypedDict, total=False):
    """
    A body: `text` if it is UTF-8, else `base64`.

    `bytes` is its whole length; `cut` says that only its start was kept.
    """

    text: str
    base64: str
    bytes: int
    cut: bool


class Message(TypedDict, total=False):
    """A request (`method`, `url`) or a response (`status`)."""

    method: str
    url: str
    status: int
    headers: list[list[str]]
    body: Body | None


class Recorded(TypedDict):
    """One line; `started` is in UTC (RFC 3339), `seconds` how long the answer took."""

    id: str
    api: str
    probe: str
    operation: str
    started: str
    seconds: float
    request: Message
    response: Message


class ExchangeLog:
    """
    The exchanges of one run of a probe, each with an id that depends on nothing but the probe and its place in it.

    `key` is what sets this run of the probe apart from others.
    """

    def __init__(self, target: Target, probe: str, key: str) -> None:
        self._target, self._probe, self._key = target, probe, key
        self._numbers: dict[int, int] = {}
        self._exchanges: list[Exchange] = []

    def id_of(self, exchange: Exchange) -> str:
        """The id by which a report refers to this exchange."""
        number = self._numbers.get(id(exchange))
        if number is None:
            self._exchanges.append(exchange)
            number = self._numbers[id(exchange)] = len(self._exchanges)
        return f"{self._key}-{number}"

    def write(self, file: Path) -> None:
        """
        Append the exchanges to a file, as one piece: several processes may write to the same.

        Raises `OSError`.
        """
        if not self._exchanges:
            return
        lines = b"".join(orjson.dumps(self._recorded(item)) + b"\n" for item in self._exchanges)
        file.parent.mkdir(parents=True, exist_ok=True)
        held = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            while lines:
                lines = lines[os.write(held, lines) :]
        finally:
            os.close(held)

    def _recorded(self, exchange: Exchange) -> Recorded:
        target, request, response = self._target, exchange.request, exchange.response
        return {
            "id": self.id_of(exchange),
            "api": target.contract.api,
            "probe": self._probe,
            "operation": exchange.operation,
            "started": datetime.fromtimestamp(response.started, UTC).isoformat(timespec="milliseconds"),
            "seconds": round(response.seconds, 6),
            "request": {
                "method": request.method,
                "url": _written(target.hidden(request.url)),
                "headers": self._headers(request.shown_headers(), answer=False),
                "body": self._body(request.body, answer=False),
            },
            "response": {
                "status": response.status,
                "headers": self._headers(response.headers, answer=True),
                "body": self._body(response.body or None, answer=True),
            },
        }

    def _headers(self, headers: Pairs, *, answer: bool) -> list[list[str]]:
        return [[_written(name), _written(self._shown(value, answer=answer))] for name, value in headers]

    def _body(self, body: bytes | None, *, answer: bool) -> Body | None:
        if body is None:
            return None
        kept: Body = {"bytes": len(body)}
        if len(body) > MOST:
            kept["cut"] = True
        # A secret that the cut goes through is hidden before it.
        piece = body[: MOST + _OVERLAP]
        try:
            kept["text"] = self._shown(piece.decode("utf-8"), answer=answer)[:MOST]
        except UnicodeDecodeError as error:
            if len(body) > MOST and error.start > len(piece) - 4:
                kept["text"] = self._shown(piece[: error.start].decode("utf-8"), answer=answer)[:MOST]
            else:
                kept["base64"] = base64.b64encode(self._shown_bytes(piece, answer=answer)[:MOST]).decode()
        return kept

    def _shown_bytes(self, data: bytes, *, answer: bool) -> bytes:
        """Bytes that are no text; a secret in them may be in UTF-8 or in Latin-1, which keep the others as they are."""
        text = self._shown(data.decode("utf-8", "surrogateescape"), answer=answer)
        data = text.encode("utf-8", "surrogateescape")
        return self._shown(data.decode("latin-1"), answer=answer).encode("latin-1", "replace")

    def _shown(self, text: str, *, answer: bool) -> str:
        return self._target.answered(self._target.hidden(text)) if answer else self._target.hidden(text)


_OVERLAP = 4096


class Exchanges:
    """The exchanges that a run recorded in a file; one that is missing holds none."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __iter__(self) -> Iterator[Recorded]:
        """Each line, in the order in which the probes ended; raises `CasepactError` for one that is not an exchange."""
        if not self.file.exists():
            return
        try:
            lines = self.file.open("rb")
        except OSError as error:
            raise CasepactError(f"{self.file}: cannot be read: {error.strerror}.") from None
        with lines:
            for number, line in enumerate(lines, 1):
                try:
                    item = orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise CasepactError(f"{self.file}:{number}: is not JSON: {error}.") from None
                if not _is_recorded(item):
                    raise CasepactError(f"{self.file}:{number}: is not an exchange that `casepact check` recorded.")
                yield item

    def named(self, ids: set[str]) -> dict[str, Recorded]:
        """Those with these ids."""
        return {item["id"]: item for item in self if item["id"] in ids} if ids else {}


def _is_recorded(item: Any) -> bool:
    texts = ("id", "api", "probe", "operation", "started")
    return (
        isinstance(item, dict)
        and all(isinstance(item.get(name), str) for name in texts)
        and isinstance(item.get("seconds"), int | float)
        and _is_message(item.get("request"), {"method": str, "url": str})
        and _is_message(item.get("response"), {"status": int})
    )


def _is_message(message: Any, members: Mapping[str, type]) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("headers"), list) or "body" not in message:
        return False
    if not all(isinstance(message.get(name), kind) for name, kind in members.items()):
        return False
    pairs, body = message["headers"], message["body"]
    return all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in pairs) and (
        body is None
        or (
            isinstance(body, dict)
            and isinstance(body.get("bytes"), int)
            and isinstance(body.get("text", body.get("base64")), str)
        )
    )


def _written(text: Any) -> str:
    """A text that UTF-8 can hold."""
    return str(text).encode("utf-8", "backslashreplace").decode("utf-8")
