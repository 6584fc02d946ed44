"""Which operation a path leads to."""

from __future__ import annotations

import pytest

from mock_server.http.routing import RouteIndex

DIGITS = {"id": "[0-9]+"}


@pytest.fixture
def index() -> RouteIndex[str]:
    """Paths with a literal, with parameters and with suffixes."""
    made: RouteIndex[str] = RouteIndex()
    made.add("/case/{id}", "GET", "read as xml", DIGITS, ".xml")
    made.add("/case/{id}", "GET", "read", DIGITS)
    made.add("/case/{id}/close", "PUT", "close as xml", DIGITS, ".xml")
    made.add("/case/{id}/close", "PUT", "close", DIGITS)
    made.add("/case/modify", "POST", "modify", {})
    made.add("/note/{name}", "GET", "note", {})
    made.add("/note/{name}", "DELETE", "remove note", {})
    return made


def methods(index: RouteIndex[str], path: str) -> dict[str, str] | None:
    """What each method of a path leads to, or None for a path that nothing has."""
    route = index.find(path)
    return dict(route.methods) if route else None


def test_path_with_parameter_is_found(index: RouteIndex[str]) -> None:
    """
    A segment that the parameter's pattern matches leads to the operation.
    """
    assert methods(index, "/case/7/close") == {"PUT": "close"}


def test_parameter_text_is_handed_over(index: RouteIndex[str]) -> None:
    """
    The text of a path parameter comes with the route.
    """
    route = index.find("/case/0071/close")

    assert route and route.texts == {"id": "0071"}


def test_literal_segment_goes_before_parameter(index: RouteIndex[str]) -> None:
    """
    A path that stands in the contract as it is wins over a template that matches too.
    """
    assert methods(index, "/case/modify") == {"POST": "modify"}


def test_dead_end_behind_literal_falls_back_to_parameter() -> None:
    """
    A literal segment that leads nowhere does not hide the parameter beside it.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/case/new/draft", "GET", "draft", {})
    index.add("/case/{id}/close", "PUT", "close", {})

    assert methods(index, "/case/new/close") == {"PUT": "close"}


def test_suffix_after_parameter_chooses_its_target(index: RouteIndex[str]) -> None:
    """
    A suffix is cut off before the parameter is read.
    """
    route = index.find("/case/7.xml")

    assert route and (dict(route.methods), route.texts) == ({"GET": "read as xml"}, {"id": "7"})


def test_suffix_after_literal_chooses_its_target(index: RouteIndex[str]) -> None:
    """
    A suffix belongs to the last segment, be it a literal.
    """
    assert methods(index, "/case/7/close.xml") == {"PUT": "close as xml"}


def test_suffix_goes_before_a_parameter_that_would_take_it(index: RouteIndex[str]) -> None:
    """
    A suffix is seen also where the parameter could hold it, in whatever order the two were added.
    """
    index.add("/note/{name}", "GET", "note as xml", {}, ".xml")

    assert methods(index, "/note/a.xml") == {"GET": "note as xml"}


def test_pattern_of_digits_means_ascii_digits() -> None:
    """
    The digits of other scripts do not match a pattern's class of digits.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/case/{id}", "GET", "read", {"id": r"\d+"})

    assert methods(index, "/case/٧") is None


def test_suffix_in_the_middle_is_no_route(index: RouteIndex[str]) -> None:
    """
    A suffix stands at the end of the path only.
    """
    assert methods(index, "/case/7.xml/close") is None


@pytest.mark.parametrize(
    "path", ["/case/x", "/case/-7", "/case/7a", "/case/٧", "/case/", "/case", "/case/7/", "//case/7"]
)
def test_path_that_no_template_matches_is_no_route(index: RouteIndex[str], path: str) -> None:
    """
    Other characters than the pattern's, missing, empty and additional segments lead nowhere.
    """
    assert methods(index, path) is None


def test_percent_encoded_segment_is_decoded(index: RouteIndex[str]) -> None:
    """
    A percent-encoded character is the character (RFC 3986 section 2.4).
    """
    route = index.find("/note/na%C3%AFve%20one")

    assert route and route.texts == {"name": "naïve one"}


def test_encoded_slash_stays_in_its_segment(index: RouteIndex[str]) -> None:
    """
    %2F is part of a parameter, not a separator.
    """
    route = index.find("/note/a%2Fb")

    assert route and route.texts == {"name": "a/b"}


def test_bytes_that_are_no_utf8_are_replaced(index: RouteIndex[str]) -> None:
    """
    A segment of any bytes is still a text.
    """
    route = index.find("/note/%FF")

    assert route and route.texts == {"name": "\ufffd"}


def test_encoded_line_break_matches_open_parameter(index: RouteIndex[str]) -> None:
    """
    A parameter without a pattern takes every character.
    """
    route = index.find("/note/a%0Ab")

    assert route and route.texts == {"name": "a\nb"}


def test_path_lists_all_its_methods(index: RouteIndex[str]) -> None:
    """
    A route knows every method that the path has.
    """
    assert methods(index, "/note/x") == {"GET": "note", "DELETE": "remove note"}


def test_path_added_twice_keeps_its_first_target(index: RouteIndex[str]) -> None:
    """
    Where two APIs share a path, the one added first has it.
    """
    index.add("/case/{id}", "GET", "another", DIGITS)

    assert methods(index, "/case/7") == {"GET": "read"}
