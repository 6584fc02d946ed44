"""
What the mock itself refuses, in a format of its own (RFC 9457): here no vendor's format applies.

Each is named by what is wrong with the request or with the mock, and gives the whole answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import orjson

from mock_server.operations.request import Answer
from mock_server.worlds.store import LONGEST_TEXT
from specs.source import CONTROL_BASE

_LISTED_WORLDS = 20
"""How many worlds an answer names at most."""


def invalid_world_name() -> Answer:
    """400: what stands where a world is named is empty or too long."""
    return _problem(400, f"the name of a world has 1 to {LONGEST_TEXT} characters.")


def unknown_world(name: str, known: Iterable[str]) -> Answer:
    """404: a strict mock has no world of this name; `known` are the names of those that it has."""
    listed = ", ".join(islice(known, _LISTED_WORLDS))
    return _problem(
        404,
        f"no world is named '{name}', and this mock runs with --strict-worlds, so none is made by naming it. "
        f'There are: {listed}. Make one: POST {CONTROL_BASE}/worlds with {{"name": "{name}"}}.',
    )


def unknown_path(detail: str) -> Answer:
    """404: the path is that of no API (HTTP-01)."""
    return _problem(404, detail, statement="HTTP-01")


def unmet_preference(detail: str) -> Answer:
    """400: `Prefer` asks for an answer that is not documented."""
    return _problem(400, f"{detail}.")


def unavailable_failure(kind: str) -> Answer:
    """501: the transport by which the request came cannot do to its connection what the world's settings ask for."""
    return _problem(
        501,
        f"this world simulates the failure '{kind}' here, which takes a server that can break connections: run "
        "`casepact mock`, or give the app's server `mock_server.http.protocol`. Nothing was carried out.",
    )


def worlds_unavailable(reason: str, retry_after: int) -> Answer:
    """503: what keeps the worlds of several mocks cannot be reached, or does not do what it is asked."""
    status, headers, body = _problem(
        503, f"the worlds of this mock cannot be had just now: {reason}. Send the request again in a moment."
    )
    return status, {**headers, "retry-after": str(retry_after)}, body


def internal_error() -> Answer:
    """500: a mistake of the mock's own."""
    return _problem(500, "internal error in the mock; see its log")


def _problem(status: int, detail: str, *, statement: str = "") -> Answer:
    body = orjson.dumps({"status": status, "title": "Not served by this mock", "detail": detail})
    headers = {"content-type": "application/problem+json"}
    return status, {**headers, "x-casepact-statement": statement} if statement else headers, body
