"""Which representation a client gets."""

from __future__ import annotations

import pytest

from mock_server.negotiation import choose, media_type

JSON, XML = "application/json", "text/xml"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("*/*", JSON),
        ("text/xml", XML),
        ("TEXT/XML", XML),
        ("text/*", XML),
        ("text/xml, application/json", JSON),
        ("text/xml;q=0.5, application/json", JSON),
        ("text/xml, application/json;q=0.9", XML),
        ("text/xml ; q=0.8 , application/json ; q=0.7", XML),
        ("application/json;q=0, */*", XML),
        ("*/*;q=0.1, text/xml;q=0.2", XML),
        ("text/*;q=0.3, text/xml;q=0.9, application/json;q=0.5", XML),
        ("text/xml;q=0.1, text/*;q=1, application/json;q=0.5", JSON),
        ("application/json;charset=utf-8;q=0.2, text/xml;q=0.1", JSON),
        ("text/xml;q=7, application/json", JSON),
        ("application/json;q=nan, text/xml;q=0.1", XML),
        ("application/json;q=high, text/xml;q=0.1", XML),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        (",,text/xml,", XML),
    ],
)
def test_best_liked_representation_is_chosen(accept: str, chosen: str) -> None:
    """
    The highest quality of the most specific range wins, the first offered among equals.
    """
    assert choose(accept, (JSON, XML)) == chosen


@pytest.mark.parametrize(
    "accept", ["", "image/png", "application/json;q=0", "text/xml;q=0, application/*;q=0.0", ";q=1"]
)
def test_nothing_acceptable_gives_none(accept: str) -> None:
    """
    A header that accepts none of the offered representations chooses none.
    """
    assert choose(accept, (JSON, XML)) is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("text/xml;charset=utf-8", XML),
        (" text/xml ", XML),
        ("", ""),
    ],
)
def test_media_type_is_read_without_parameters(header: str, name: str) -> None:
    """
    Case and parameters of a Content-Type do not matter.
    """
    assert media_type(header) == name
