"""The string formats: each one that a contract may use is enforced."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from specs.formats import (
    OPAQUE_FORMATS,
    OWN_FORMATS,
    STANDARD_FORMATS,
    QuickValidator,
    is_byte,
    is_space_date_time,
    judge,
    validator,
)

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


MOMENTS = st.datetimes().map(lambda moment: f"{moment.isoformat(' ', 'seconds')}")
NEARLY = st.builds(
    "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format,
    st.sampled_from([0, 1, 1900, 2000, 2023, 2024, 9999]),
    *(st.integers(0, 13), st.integers(0, 32), st.integers(22, 25), st.integers(58, 61), st.integers(58, 61)),
)
WIDE = st.text(st.sampled_from("aд\u0800🙂"), min_size=1, max_size=6)
TEXTS = WIDE | st.text(st.sampled_from("a\n\x7f\x80\u07ff\uffff"), max_size=9) | MOMENTS | NEARLY
LIMITS = st.integers(0, 12).map(lambda limit: {"x-max-bytes": limit})
KEYWORDS = st.fixed_dictionaries(
    {"x-max-bytes": st.integers(0, 12)},
    optional={
        "type": st.sampled_from(["string", ["string", "null"], "integer"]),
        "format": st.sampled_from(["space-date-time", "byte", "date"]),
        "maxLength": st.integers(0, 5),
    },
)
LEAVES = LIMITS | st.just({"format": "space-date-time"}) | KEYWORDS
REQUIRED = st.lists(st.sampled_from(["a", "b"]), unique=True)


def holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas that hold such schemas, in places where strict stays strict and where it turns lenient."""
    several = st.lists(inner, min_size=1, max_size=2)
    objects = st.fixed_dictionaries(
        {"properties": st.dictionaries(st.sampled_from(["a", "b", "not"]), inner)},
        optional={"required": REQUIRED, "additionalProperties": inner | st.booleans()},
    )
    places = st.sampled_from(["allOf", "anyOf", "oneOf"])
    return st.one_of(
        objects,
        inner.map(lambda part: {"items": part}),
        st.builds(lambda place, parts: {place: parts}, places, several),
        inner.map(lambda part: {"not": part}),
    )


REFERRING = st.just({"$ref": "#/$defs/X"})
SCHEMAS = st.builds(
    lambda schema, definition: {**schema, "$defs": {"X": definition}},
    LEAVES | holding(LEAVES | REFERRING) | st.recursive(LEAVES | REFERRING, holding, max_leaves=4),
    LEAVES | holding(LEAVES),
)
NAMES = st.sampled_from(["a", "b", "not"])
VALUES = st.one_of(
    TEXTS,
    st.dictionaries(NAMES, WIDE, min_size=1),
    st.lists(TEXTS, min_size=1, max_size=2),
    st.recursive(
        TEXTS | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner),
        max_leaves=5,
    ),
)


def reported(asked: jsonschema_rs.Draft202012Validator | QuickValidator, value: Any) -> list[Any]:
    """What a judge says of each flaw."""
    return [
        (error.message, error.instance_path, error.evaluation_path, error.kind.name)
        for error in asked.iter_errors(value)
    ]


@given(st.integers(0, 20), WIDE)
def test_limit_in_bytes_is_met_exactly(limit: int, text: str) -> None:
    """
    A text fits when its UTF-8 is no longer than the limit, whatever its characters are.
    """
    assert judge({"x-max-bytes": limit}).is_valid(text) is (len(text.encode()) <= limit)


@given(SCHEMAS, VALUES)
def test_quick_judge_admits_what_the_exact_one_admits(schema: dict[str, Any], value: Any) -> None:
    """
    Whether a value fits does not depend on which of the two judges tells it.
    """
    assert judge(schema).is_valid(value) is validator(schema).is_valid(value)


@given(SCHEMAS, VALUES)
def test_quick_judge_finds_the_flaws_that_the_exact_one_finds(schema: dict[str, Any], value: Any) -> None:
    """
    The flaws of a value, their places and their order do not depend on which of the two judges tells them.
    """
    assert reported(judge(schema), value) == reported(validator(schema), value)


@given(TEXTS)
def test_space_date_time_is_what_the_calendar_has(text: str) -> None:
    """
    A text is of the format exactly when it is how some moment is written.
    """
    try:
        written = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        assert not is_space_date_time(text)
    else:
        assert is_space_date_time(text) is (text == written.isoformat(" "))


@given(st.integers(0, 365 * 400))
def test_every_day_of_the_calendar_is_a_space_date_time(days: int) -> None:
    """
    No day of four hundred years is refused, whichever judge is asked.
    """
    moment = datetime(1800, 1, 1, 23, 59, 59) + timedelta(days=days)

    assert judge({"format": "space-date-time"}).is_valid(f"{moment}")


@pytest.mark.parametrize("key", ["not", "oneOf", "if", "contains", "patternProperties"])
def test_schema_that_turns_strict_into_lenient_has_no_quick_judge(key: str) -> None:
    """
    Below a negation a stricter part admits more, so such a schema has the exact judge alone.
    """
    inner: Any = {"x-max-bytes": 4}
    part = [inner] if key == "oneOf" else {"a": inner} if key == "patternProperties" else inner

    assert not isinstance(judge({"properties": {"a": {key: part}, "b": inner}}), QuickValidator)


def test_schema_without_own_keywords_has_one_judge() -> None:
    """
    Where nothing calls Python there is nothing to be quicker than.
    """
    assert isinstance(judge({"type": "string", "format": "date"}), jsonschema_rs.Draft202012Validator)
