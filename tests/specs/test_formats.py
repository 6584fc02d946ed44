"""The string formats: each one that a contract may use is enforced."""

from __future__ import annotations

import pytest

from specs.formats import OPAQUE_FORMATS, OWN_FORMATS, STANDARD_FORMATS, is_byte, is_space_date_time, validator

WRONG = {
    "date-time": "2022-10-07 10:00:00",
    "date": "2022-02-30",
    "time": "10:00",
    "uuid": "4f2c",
    "uri": "/cases/7",
    "uri-reference": "a b",
    "email": "nobody",
    "ipv4": "256.0.0.1",
    "ipv6": "12345::",
    "space-date-time": "2022-10-07T10:00:00Z",
    "byte": "aGk",
    "duration": "3 days",
    "uri-template": "/cases/{id",
    "iri": "/fälle/7",
    "iri-reference": "ä b",
    "idn-email": "niemand",
    "hostname": "-example.com",
    "idn-hostname": "-bücher.example",
    "json-pointer": "caseInfo",
    "relative-json-pointer": "/caseInfo",
    "regex": "[a-",
}
RIGHT = {
    "date-time": "2022-10-07T10:00:00+03:00",
    "date": "2024-02-29",
    "time": "10:00:00Z",
    "uuid": "4f2c0000-0000-4000-8000-000000000000",
    "uri": "https://example.com/cases/7",
    "uri-reference": "/cases/7",
    "email": "nobody@example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "space-date-time": "2022-10-07 10:00:00",
    "byte": "aGk=",
    "duration": "P3DT4H",
    "uri-template": "/cases/{id}",
    "iri": "https://example.com/fälle/7",
    "iri-reference": "/fälle/7",
    "idn-email": "jürgen@example.com",
    "hostname": "www.example.com",
    "idn-hostname": "bücher.example",
    "json-pointer": "/caseInfo/0",
    "relative-json-pointer": "1/caseInfo",
    "regex": "^[a-z]+$",
}


@pytest.mark.parametrize("name", sorted(STANDARD_FORMATS | set(OWN_FORMATS)))
def test_wrong_text_is_refused_by_its_format(name: str) -> None:
    """
    Every format that contracts may use refuses a text that is none of its own.
    """
    assert not validator({"type": "string", "format": name}).is_valid(WRONG[name])


@pytest.mark.parametrize("name", sorted(STANDARD_FORMATS | set(OWN_FORMATS)))
def test_right_text_is_admitted_by_its_format(name: str) -> None:
    """
    Every format that contracts may use admits a text of its own.
    """
    assert validator({"type": "string", "format": name}).is_valid(RIGHT[name])


@pytest.mark.parametrize("name", ["phone", *sorted(OPAQUE_FORMATS)])
def test_format_without_a_judge_is_no_schema(name: str) -> None:
    """
    A format that nothing enforces is refused when the schema is compiled.
    """
    with pytest.raises(ValueError, match=name):
        validator({"type": "string", "format": name})


@pytest.mark.parametrize(
    "text",
    ["", "2022-10-07", "2022-13-07 10:00:00", "2022-02-30 10:00:00", "2022-10-07 24:00:00", "2022-10-07 10:00:00Z"],
)
def test_space_date_time_that_is_no_moment_is_refused(text: str) -> None:
    """
    A month 13, an hour 24, a missing time or a zone make it something else.
    """
    assert not is_space_date_time(text)


@pytest.mark.parametrize(
    "text", ["2022-10-07 10:00:00\n", " 2022-10-07 10:00:00", "2022-10-7 10:00:00", "٢٠٢٢-10-07 10:00:00"]
)
def test_space_date_time_spelt_otherwise_is_refused(text: str) -> None:
    """
    Blanks around it, a missing zero and other digits than ASCII are refused.
    """
    assert not is_space_date_time(text)


@pytest.mark.parametrize("text", ["aGk", "aG k=", "aGk=\n", "a-_=", "ä==="])
def test_byte_that_is_no_base64_is_refused(text: str) -> None:
    """
    Missing padding, blanks and the alphabet for URLs are no base64 of RFC 4648 section 4.
    """
    assert not is_byte(text)


@pytest.mark.parametrize(
    ("text", "fits"), [("abcd", True), ("abcde", False), ("дд", True), ("ддд", False), ("🙂", True)]
)
def test_length_is_counted_in_bytes(text: str, fits: bool) -> None:
    """
    `x-max-bytes` counts the bytes of UTF-8, not the characters.
    """
    assert validator({"x-max-bytes": 4}).is_valid(text) is fits


def test_length_of_a_number_is_not_judged() -> None:
    """
    What is no text is another keyword's matter.
    """
    assert validator({"x-max-bytes": 1}).is_valid(12345)
