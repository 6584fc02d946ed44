"""The bytes of an answer are read as their media type and schema say, and never more kindly."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.target.decoding import Undecodable, decode, decoded
from conformance.target.exchange import Response
from specs.contract import Media
from tests.conformance.answers import contract_of, page_json, page_xml
from tests.specs.small_api import CONTRACT, changed, contract

CONTACT = (
    "<members><displayName></displayName><isCompany>true</isCompany><isPrivate>false</isPrivate>"
    "<isShared>false</isShared><shareType>0</shareType><currency></currency><canEdit>true</canEdit>"
    "<canDelete>true</canDelete><id>502</id></members>"
)


def media(name: str, status: int = 200) -> Media:
    return contract_of("r7office").operation("closeCase").responses[status].content[name]


def case_of(xml: str) -> Any:
    """The case that an XML answer of R7 holds."""
    return decode(media("text/xml"), xml.encode())["response"]


def test_xml_and_json_of_the_page_are_one_value() -> None:
    """The page's two samples differ in form only: read by the schema, they are equal."""
    assert decode(media("text/xml"), page_xml().encode()) == page_json()


@pytest.mark.parametrize(
    ("name", "value"),
    [("canEdit", True), ("isClosed", False), ("id", 0), ("title", "Exhibition organization")],
    ids=["true", "false", "number", "text"],
)
def test_xml_text_becomes_what_its_schema_says(name: str, value: object) -> None:
    """XML has no types; a boolean, a number and a text come out as the schema types them."""
    shown = case_of(page_xml())[name]

    assert (shown, type(shown)) == (value, type(value))


@pytest.mark.parametrize(
    ("old", "new", "name", "value"),
    [
        ("<position>10<", "<position>ten<", "position", "ten"),
        ("<position>10<", "<position>1.5<", "position", "1.5"),
        ("<position>10<", "<position><", "position", ""),
    ],
    ids=["a word", "a fraction", "nothing"],
)
def test_xml_text_that_is_no_number_stays_text(old: str, new: str, name: str, value: str) -> None:
    """What cannot be read as its type is left as it stands, so that the body check condemns it."""
    assert case_of(page_xml(old, new))["customFields"][0][name] == value


def test_xml_text_that_is_no_boolean_stays_text() -> None:
    """A digit in place of a boolean is not taken for one."""
    assert case_of(page_xml("<isPrivate>false<", "<isPrivate>0<"))["isPrivate"] == "0"


def test_xml_text_that_looks_like_a_number_stays_text_where_text_is_due() -> None:
    """A title of digits is a text, zeros in front included."""
    assert case_of(page_xml("Exhibition organization", "007"))["title"] == "007"


def test_element_of_a_list_that_stands_once_is_a_list_of_one() -> None:
    """Whether there is a list is for the schema to say, not for the number of elements."""
    assert [field["id"] for field in case_of(page_xml())["customFields"]] == [0]


def test_repeated_element_is_a_list_in_its_order() -> None:
    """Repeated elements are the items of a list, first things first."""
    field = page_xml()[page_xml().index("<customFields>") : page_xml().index("</customFields>")]
    second = field.replace("<position>10<", "<position>20<")
    shown = case_of(page_xml("<customFields>", f"{second}</customFields><customFields>"))

    assert [field["position"] for field in shown["customFields"]] == [20, 10]


def test_required_list_without_elements_is_empty() -> None:
    """A list that must be there and has no element is an empty one (OO-48)."""
    start, end = page_xml().index("<customFields>"), page_xml().index("</customFields>") + len("</customFields>")

    assert case_of(page_xml()[:start] + page_xml()[end:])["customFields"] == []


def test_other_element_that_is_missing_stays_missing() -> None:
    """Only a list may be shown by its absence; a missing text is missing."""
    assert "title" not in case_of(page_xml("<title>Exhibition organization</title>", ""))


def test_empty_element_that_may_be_null_is_null() -> None:
    """Where the schema admits null, an empty element stands for it."""
    assert case_of(page_xml("<canEdit>", f"{CONTACT}<canEdit>"))["members"][0]["displayName"] is None


def test_empty_element_of_a_text_is_an_empty_text() -> None:
    """Where the schema admits no null, an empty element is the empty text."""
    assert case_of(page_xml())["createBy"]["profileUrl"] == ""


def test_element_that_nobody_documented_is_kept() -> None:
    """An unknown element reaches the checks as text."""
    assert case_of(page_xml("<canEdit>", "<mood>fine</mood><canEdit>"))["mood"] == "fine"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<result>",
        b"<result/><result/>",
        b"<result>\xff</result>",
        b'<!DOCTYPE result [<!ENTITY a "a">]><result><title>&a;</title></result>',
        b'<!DOCTYPE result SYSTEM "file:///etc/passwd"><result/>',
        b"<result>&nbsp;</result>",
    ],
    ids=["nothing", "unclosed", "two roots", "no UTF-8", "entity", "document type", "unknown entity"],
)
def test_what_is_no_plain_xml_is_undecodable(body: bytes) -> None:
    """XML that is broken, or that would make the reader fetch or expand something, is not read."""
    with pytest.raises(Undecodable, match=r"\Anot XML: "):
        decode(media("text/xml"), body)


@pytest.mark.parametrize(
    "body",
    [b"{", b'{"a": NaN}', b'{"a": "\xff"}', b"{'a': 1}", b'{"a": 1} {}', b'"\\ud800"', b"\xef\xbb\xbf{}"],
    ids=["unclosed", "NaN", "no UTF-8", "single quotes", "two values", "half a pair", "byte order mark"],
)
def test_what_is_no_json_is_undecodable(body: bytes) -> None:
    """JSON is RFC 8259's, without what some readers let pass."""
    with pytest.raises(Undecodable, match=r"\Anot JSON: "):
        decode(media("application/json"), body)


def test_plain_text_is_read_as_utf8() -> None:
    """A documented plain text is its characters."""
    assert decode(media("text/plain", 404), "Не найдено".encode()) == "Не найдено"


def test_plain_text_in_another_encoding_is_undecodable() -> None:
    """Bytes that are not UTF-8 are not guessed at."""
    with pytest.raises(Undecodable, match=r"\Anot UTF-8: "):
        decode(media("text/plain", 404), "Не найдено".encode("cp1251"))


def test_answer_without_a_body_is_nothing_and_not_broken() -> None:
    """No body is no value; whether there should be one is for the media check."""
    operation = contract_of("r7office").operation("closeCase")

    assert decoded(operation, Response(200, (("Content-Type", "application/json"),), b"")) == (None, "")


def test_answer_of_an_undocumented_type_is_still_read() -> None:
    """An answer in a status nobody documented is read by its own media type."""
    operation = contract_of("r7office").operation("closeCase")

    assert decoded(operation, Response(418, (("Content-Type", "application/json"),), b'{"a": 1}')) == ({"a": 1}, "")


def test_answer_that_cannot_be_read_tells_why() -> None:
    """The reason goes into the exchange instead of stopping the probe."""
    operation = contract_of("r7office").operation("closeCase")
    value, broken = decoded(operation, Response(200, (("Content-Type", "text/xml"),), b"<result>"))

    assert (value, broken.partition(":")[0]) == (None, "not XML")


@pytest.mark.parametrize(
    ("price", "text", "value"),
    [
        ("{$ref: '#/components/schemas/Price'}", "7", 7),
        ("{allOf: [{$ref: '#/components/schemas/Price'}], nullable: true}", "7", 7),
        ("{allOf: [{$ref: '#/components/schemas/Price'}], nullable: true}", "", None),
        ("{allOf: [{$ref: '#/components/schemas/Price'}, {type: integer, minimum: 1}]}", "7", 7),
        ("{oneOf: [{type: string, enum: [free]}, {type: string, enum: [dear]}]}", "free", "free"),
    ],
)
def test_xml_text_is_read_however_its_schema_is_put(price: str, text: str, value: Any) -> None:
    """A number is one behind a reference, beside null and in several parts; a choice of texts is a text."""
    shop = changed(
        CONTRACT, "        price:\n          type: number\n          x-statement: SH-3", f"        price: {price}"
    )
    shop = changed(shop, "  schemas:\n", "  schemas:\n    Price: {type: integer}\n")
    schema = contract(shop).operation("changeItem").body["application/json"].schema

    assert decode(Media("text/xml", schema, {}, {}), f"<item><price>{text}</price></item>".encode()) == {"price": value}
