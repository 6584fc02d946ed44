"""Values as JSON, XML and text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from mock_server.representation.representation import UnreadableBody, XmlWriter, read_json, writer
from specs.contract import XmlStyle

R7 = XmlStyle("result", "lower", "pair", {})
ONLYOFFICE = XmlStyle("result", "title", "single", {})
# XML 1.0 section 2.2, Char.
WRITABLE = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def nested(levels: int) -> Any:
    """A value inside so many arrays."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("text", ["<b>&amp;</b>", "a < b && c > d", "]]>", "<!-- x -->", "<?x?>", "'\"", "Россия €😀"])
def test_text_survives_the_way_through_xml(text: str) -> None:
    """
    A parser reads from XML the text that was written.
    """
    document = ElementTree.fromstring(XmlWriter(R7)({"title": text}))

    assert document.findtext("title") == text


@pytest.mark.parametrize("text", ["a\rb", "a\r\nb", "a\nb\tc"])
def test_line_breaks_survive_the_way_through_xml(text: str) -> None:
    """
    A carriage return is written so that a parser does not turn it into a line feed.
    """
    document = ElementTree.fromstring(XmlWriter(R7)({"title": text}))

    assert document.findtext("title") == text


@pytest.mark.parametrize("character", ["\0", "\x08", "\x0b", "\x1f", "\ud800", "\udfff", "\ufffe", "\uffff"])
def test_character_that_xml_cannot_hold_is_replaced(character: str) -> None:
    """
    What XML 1.0 has no way to write becomes U+FFFD, and the document can still be parsed.
    """
    document = ElementTree.fromstring(XmlWriter(R7)({"title": f"a{character}b"}))

    assert document.findtext("title") == "a\ufffdb"


@given(st.text(st.characters() | st.sampled_from("&<>\r\n\t\0\ud800\ufffe\xa0\xad")))
def test_text_is_written_character_by_character(text: str) -> None:
    """
    What a character becomes does not depend on those beside it.
    """
    special = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
    each = [special.get(character) or (character if WRITABLE.match(character) else "\ufffd") for character in text]

    assert XmlWriter(R7)(text).decode() == f"<result>{''.join(each)}</result>"


@pytest.mark.parametrize(("style", "written"), [(R7, b"true"), (ONLYOFFICE, b"True")])
def test_boolean_is_written_as_the_style_says(style: XmlStyle, written: bytes) -> None:
    """
    True and False are spelt the vendor's way.
    """
    assert XmlWriter(style)({"isClosed": True}) == b"<result><isClosed>" + written + b"</isClosed></result>"


@pytest.mark.parametrize("empty", ["", None])
def test_empty_element_is_a_pair_of_tags(empty: str | None) -> None:
    """
    Empty text and null are an opening and a closing tag where the vendor writes them so (R7-48).
    """
    assert XmlWriter(R7)({"mask": empty}) == b"<result><mask></mask></result>"


@pytest.mark.parametrize("empty", ["", None])
def test_empty_element_is_a_single_tag(empty: str | None) -> None:
    """
    Empty text and null are one tag where the vendor writes them so.
    """
    assert XmlWriter(ONLYOFFICE)({"mask": empty}) == b"<result><mask /></result>"


def test_empty_object_is_a_single_tag() -> None:
    """
    An object without members is an empty element like any other.
    """
    assert XmlWriter(ONLYOFFICE)({"data": {}}) == b"<result><data /></result>"


def test_array_is_a_repeated_element() -> None:
    """
    The items of an array follow each other without an element around them (R7-49).
    """
    assert XmlWriter(R7)({"id": [1, 2]}) == b"<result><id>1</id><id>2</id></result>"


def test_empty_array_disappears() -> None:
    """
    An array without items leaves no trace in XML (OO-48).
    """
    assert XmlWriter(R7)({"members": []}) == b"<result></result>"


@pytest.mark.parametrize(("number", "written"), [(0, b"0"), (-2146233088, b"-2146233088"), (1.5, b"1.5")])
def test_number_is_written_in_digits(number: float, written: bytes) -> None:
    """
    A number is the text that JSON has for it.
    """
    assert XmlWriter(R7)(number) == b"<result>" + written + b"</result>"


def test_root_is_named_by_the_style() -> None:
    """
    The outermost element bears the contract's name.
    """
    assert XmlWriter(replace(R7, root="answer"))({}) == b"<answer></answer>"


def test_value_as_deep_as_a_request_may_be_is_written() -> None:
    """
    What the reader lets in, the XML writer writes.
    """
    value: Any = "x"
    for _ in range(128):
        value = {"a": value}

    assert XmlWriter(R7)(value).count(b"<a>") == 128


@pytest.mark.parametrize(
    ("media", "written"),
    [
        ("application/json", b'{"a":1}'),
        ("application/problem+json", b'{"a":1}'),
        ("text/xml", b"<result><a>1</a></result>"),
    ],
)
def test_writer_follows_the_media_type(media: str, written: bytes) -> None:
    """
    The media type says how a value is written.
    """
    assert writer(media, R7)({"a": 1}) == written


def test_plain_text_is_written_as_it_is() -> None:
    """
    A text/plain body is the text in UTF-8.
    """
    assert writer("text/plain", None)("Nö") == "Nö".encode()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"nope", b"{", b"{}x", b'{"a":1,}', b"'a'", b"01", b"NaN", b"[Infinity]", b"-Infinity", b"1e999"),
        *(b"\xff", b'"\xc3"', b'"\\ud800"', b"\xef\xbb\xbf{}", '{"a": 1}'.encode("utf-16")),
    ],
)
def test_bytes_that_are_no_json_are_unreadable(body: bytes) -> None:
    """
    Only RFC 8259 in UTF-8 is JSON: no NaN, no byte order mark, no lone surrogate, no invalid byte.
    """
    with pytest.raises(UnreadableBody):
        read_json(body)


@pytest.mark.parametrize("body", [b"[" * 5000 + b"]" * 5000, b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 5000])
def test_very_deep_json_is_unreadable(body: bytes) -> None:
    """
    Nesting of thousands of levels is refused without exhausting the stack.
    """
    with pytest.raises(UnreadableBody):
        read_json(body)


def test_json_of_one_level_too_many_is_unreadable() -> None:
    """
    A body of 129 levels could not be written inside an answer.
    """
    with pytest.raises(UnreadableBody, match="nested deeper than 128 levels"):
        read_json(b"[" * 129 + b"1" + b"]" * 129)


def test_json_of_128_levels_is_read() -> None:
    """
    The limit itself is allowed.
    """
    assert read_json(b"[" * 128 + b"1" + b"]" * 128) == nested(128)


def test_many_brackets_are_not_depth() -> None:
    """
    A wide body is not taken for a deep one.
    """
    assert read_json(b"[" + b"[]," * 500 + b'"[[[{"]') == [*[[]] * 500, "[[[{"]
