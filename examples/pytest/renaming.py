"""The code under test: a small client of AICC."""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class NotSaved(Exception):
    """The server did not take a change."""


class Cases:
    """The cases of AICC below a base URL."""

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = f"{base}/service/AICC__Case/1.0.0/openapi/case", token

    def read(self, id: str) -> dict[str, object]:
        """One case."""
        answer = self._send("GET", f"/{id}")
        found: dict[str, object] = answer["result"][0]["caseInfo"]
        return found

    def rename(self, id: str, title: str) -> None:
        """Give a case another title; raises `NotSaved`."""
        case = self.read(id)
        info = {"id": id, "title": title, "description": case["description"], "creatorId": case["creatorId"]}
        try:
            self._send("POST", "/modify", {"caseInfo": info})
        except HTTPError as error:
            raise NotSaved(f"{error.code}") from error

    def _send(self, method: str, path: str, value: object = None) -> dict[str, list[dict[str, dict[str, object]]]]:
        headers = {"access-token": self._token, "Content-Type": "application/json"}
        body = None if value is None else json.dumps(value).encode()
        with urlopen(Request(self._base + path, body, headers, method=method), timeout=10) as answer:
            found: dict[str, list[dict[str, dict[str, object]]]] = json.load(answer)
        return found
