"""Which operation a path leads to."""

from __future__ import annotations

import pytest

from mock_server.operations.routing import RouteIndex
from specs.flaws import CasepactError

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


@pytest.mark.parametrize(
    ("template", "path", "texts"),
    [
        ("/compare/{base}...{head}", "/compare/main...topic", {"base": "main", "head": "topic"}),
        ("/files/{name}.{kind}", "/files/a.tar.gz", {"name": "a", "kind": "tar.gz"}),
        ("/jobs/{id}:cancel", "/jobs/7:cancel", {"id": "7"}),
        ("/report-{year}.csv", "/report-2026.csv", {"year": "2026"}),
        ("/{a}-{b}-{c}", "/1-2-3", {"a": "1", "b": "2", "c": "3"}),
    ],
)
def test_segment_with_literals_and_parameters_is_taken_apart(template: str, path: str, texts: dict[str, str]) -> None:
    """
    A segment may hold several parameters, and text between, before and after them.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add(template, "GET", "found", {})
    route = index.find(path)

    assert route and route.texts == texts


def test_segment_without_its_literal_is_no_route() -> None:
    """
    What stands between two parameters must be there.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/compare/{base}...{head}", "GET", "compare", {})

    assert methods(index, "/compare/main..topic") is None


def test_segment_with_more_literals_goes_first() -> None:
    """
    A template that says more of a segment wins, in whatever order the two were added.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/jobs/{id}", "GET", "read", {})
    index.add("/jobs/{id}:cancel", "GET", "cancel", {})

    assert methods(index, "/jobs/7:cancel") == {"GET": "cancel"}


def test_templates_that_name_a_parameter_differently_share_their_path() -> None:
    """
    Each method finds the parameter under the name of its own template.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/note/{id}", "GET", "read", {})
    index.add("/note/{name}", "DELETE", "remove", {})
    route = index.find("/note/7")

    assert route and (dict(route.methods), route.texts) == (
        {"GET": "read", "DELETE": "remove"},
        {"id": "7", "name": "7"},
    )


def test_templates_with_parameters_in_another_order_are_refused() -> None:
    """
    A text could not be distinguished from the other one where two templates swap the names of their parameters.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/{a}/{b}", "GET", "read", {})

    with pytest.raises(CasepactError, match="another order"):
        index.add("/{b}/{a}", "PUT", "write", {})


def test_group_in_a_pattern_is_no_parameter() -> None:
    """
    A contract's own pattern may hold groups.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/case/{id}/{part}", "GET", "read", {"id": "(a|b)[0-9]"})
    route = index.find("/case/b7/x")

    assert route and route.texts == {"id": "b7", "part": "x"}


def test_texts_of_a_dead_end_are_forgotten() -> None:
    """
    Parameters met on a way that leads nowhere do not shift those of the way that is found.
    """
    index: RouteIndex[str] = RouteIndex()
    index.add("/{a}-{b}/x", "GET", "first", {})
    index.add("/{c}/y", "GET", "second", {})
    route = index.find("/1-2/y")

    assert route and route.texts == {"c": "1-2"}


def test_find_looks_at_as_many_nodes_with_many_operations_as_with_few() -> None:
    """
    What is looked at on the way to a path does not grow with the number of other paths.
    """
    looked: list[int] = []
    for size in (10, 5000):
        index: RouteIndex[str] = RouteIndex()
        for number in range(size):
            index.add(f"/things{number}/{{id{number}}}/parts/{{part}}", "GET", "read", {})
        looked.append(_nodes_on(index, "/things7/1/parts/2"))

    assert looked[0] == looked[1]


def _nodes_on(index: RouteIndex[str], path: str) -> int:
    """How many children and parameters the nodes on a path offer beyond those of literal segments."""
    node, count = index._root, 0
    for segment in path[1:].split("/"):
        count += len(node.parameters)
        node = node.children[segment] if segment in node.children else node.parameters[0].node
    return count
