"""exchanges.har: the exchanges in HTTP Archive 1.2, for the network panel of a browser and tools that import it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

import orjson

from conformance.reports.document import Report
from conformance.verdict.exchange_log import Body, Exchanges, Message, Recorded

_PHRASES = {int(status): status.phrase for status in HTTPStatus}


def chunks(report: Report, exchanges: Exchanges) -> Iterator[bytes]:
    """The archive piece by piece, an entry each, so that a long run is never whole in memory."""
    creator = {"name": report["tool"]["name"], "version": report["tool"]["version"]}
    yield b'{"log":{"version":"1.2","creator":' + json.dumps(creator).encode() + b',"entries":['
    for number, item in enumerate(exchanges):
        yield (b",\n" if number else b"\n") + orjson.dumps(_entry(item))
    yield b"\n]}}\n"


def _entry(item: Recorded) -> dict[str, Any]:
    milliseconds = round(item["seconds"] * 1000, 3)
    return {
        "startedDateTime": item["started"],
        "time": milliseconds,
        "request": _request(item["request"]),
        "response": _response(item["response"]),
        "cache": {},
        # When sending ended and receiving began is not measured.
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": f"{item['id']} {item['probe']}",
    }


def _request(request: Message) -> dict[str, Any]:
    body = request["body"]
    query = parse_qsl(request["url"].partition("#")[0].partition("?")[2], keep_blank_values=True)
    written: dict[str, Any] = {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(request),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": body["bytes"] if body else 0,
    }
    if body is not None:
        written["postData"] = {"mimeType": _media(request), "text": body.get("text", body.get("base64", ""))}
        if comment := _comment(body):
            written["postData"]["comment"] = comment
    return written


def _response(response: Message) -> dict[str, Any]:
    body, status = response["body"], response["status"]
    content: dict[str, Any] = {"size": body["bytes"] if body else 0, "mimeType": _media(response)}
    if body is not None:
        content["text"] = body.get("text", body.get("base64", ""))
        if "base64" in body:
            content["encoding"] = "base64"
        if body.get("cut"):
            content["comment"] = "only the beginning was kept"
    return {
        "status": status,
        "statusText": _PHRASES.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(response),
        "content": content,
        "redirectURL": _header(response, "location"),
        "headersSize": -1,
        "bodySize": body["bytes"] if body else 0,
    }


def _comment(body: Body) -> str:
    said = ["in base64"] if "base64" in body else []
    said += ["only the beginning was kept"] if body.get("cut") else []
    return ", ".join(said)


def _headers(message: Message) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in message["headers"]]


def _media(message: Message) -> str:
    return _header(message, "content-type")


def _header(message: Message, wanted: str) -> str:
    return next((value for name, value in message["headers"] if name.lower() == wanted), "")
