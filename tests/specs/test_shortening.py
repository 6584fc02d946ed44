"""What is too long for a line is cut, and shows that it was."""

from __future__ import annotations

import pytest

from specs.shortening import listed, shorten


@pytest.mark.parametrize(
    ("text", "most", "tail", "short"),
    [
        ("", 3, 0, ""),
        ("abc", 3, 0, "abc"),
        ("abcd", 3, 0, "ab…"),
        ("abcdefghij", 10, 2, "abcdefghij"),
        ("abcdefghijkl", 9, 2, "abcd … kl"),
        ("界" * 5, 4, 0, "界界界…"),
    ],
    ids=["empty", "fits", "cut at its end", "fits with a tail", "cut in the middle", "counted in characters"],
)
def test_text_is_as_long_as_is_asked_for_at_most(text: str, most: int, tail: int, short: str) -> None:
    """
    A text that fits stays as it is; of a longer one the beginning stays, and the end where that matters.
    """
    assert shorten(text, most, tail=tail) == short


@pytest.mark.parametrize(
    ("count", "expected"), [(0, ""), (1, "a"), (2, "a, a"), (3, "a, a, … and 1 more"), (24, "a, a, … and 22 more")]
)
def test_list_says_what_it_leaves_out(count: int, expected: str) -> None:
    """
    Nothing is cut silently.
    """
    assert listed(["a"] * count, 2) == expected
