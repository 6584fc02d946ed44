"""ASGI's messages as requests."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.http.asgi_messages import read_request


@pytest.mark.parametrize(
    ("scope", "path", "query"),
    [
        ({"raw_path": b"/a%20b", "path": "/a b", "query_string": b"c=%C3%A4"}, "/a%20b", "c=%C3%A4"),
        ({"raw_path": None, "path": "/a", "query_string": b""}, "/a", ""),
        ({"raw_path": b"/\xff", "path": "/\xff", "query_string": b"\xff"}, "/\ufffd", "\ufffd"),
    ],
)
def test_path_and_query_are_as_they_were_sent(scope: dict[str, Any], path: str, query: str) -> None:
    """
    Nothing is decoded; what is no ASCII cannot be matched by any route.
    """
    request = read_request({"method": "GET", "headers": [], **scope})

    assert (request.path, request.query) == (path, query)
