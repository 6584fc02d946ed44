"""A request as the server hands it over."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mock_server.operations.request import read_headers

LINES = st.lists(
    st.tuples(st.sampled_from([b"accept", b"prefer", b"host", b"x-a"]), st.sampled_from([b"", b"1", b"\xe4"])),
    max_size=5,
)


@given(LINES)
def test_headers_are_by_name_with_their_first_value(lines: list[tuple[bytes, bytes]]) -> None:
    """
    Lines of a list are put together in their order (RFC 9110 section 5.3); of another name the first line counts.
    """
    expected: dict[str, str] = {}
    doubled: dict[str, list[str]] = {}
    for raw_name, raw_value in lines:
        name, value = raw_name.decode(), raw_value.decode("latin-1")
        if name in expected and name not in ("accept", "prefer"):
            doubled.setdefault(name, [expected[name]]).append(value)
        else:
            expected[name] = f"{expected[name]},{value}" if name in expected else value

    size = sum(len(name) + len(value) for name, value in lines)
    assert [read_headers(lines), read_headers(lines)] == [(expected, doubled, size)] * 2


def test_pairs_may_be_lists() -> None:
    """
    ASGI lets a server send each header as any two byte strings.
    """
    sent: Any = [[b"host", b"a"], [bytearray(b"host"), b"b"]]

    assert read_headers(sent) == ({"host": "a"}, {"host": ["a", "b"]}, 10)


def test_thousands_of_different_headers_are_not_confused() -> None:
    """
    What is remembered of one request is not given for another, and long headers are not remembered at all.
    """
    sent = [[(b"x-a", b"%d" % number), (b"x-b", b"b" * (number % 2 * 8000))] for number in range(2000)]

    assert [read_headers(lines).values["x-a"] for lines in sent] == [str(number) for number in range(2000)]
