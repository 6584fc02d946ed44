"""Bodies of foreign contracts: JSON, XML and forms are judged in full, other types taken as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.admission.bodies import body_reader
from mock_server.representation.representation import UnreadableBody
from tests.foreign.contracts import foreign, only

FORM = (
    "{type: object, required: [n], properties: {n: {type: integer}, tags: {type: array, items: {type: integer}}, "
    "owner: {type: object, properties: {age: {type: integer}}}, file: {type: string, format: binary}}}"
)
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n5\r\n'
    b'--b\r\nContent-Disposition: form-data; name="owner"\r\nContent-Type: application/json\r\n\r\n{"age": 3}\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n\xff\x00\r\n--b--\r\n'
)


def read(folder: Path, media: str, schema: str, body: bytes) -> tuple[Any, bool]:
    """The value of a body, and whether it fits its schema, if one judges it."""
    content = f"{{{media}: {{schema: {schema}}}}}"
    contract = foreign(folder, f"/a:\n  post:\n    requestBody: {{content: {content}}}\n    responses: {{'200': {{}}}}")
    reader, judge = body_reader(only(contract).body[media])
    value = reader(body)
    return value, judge is None or judge.is_valid(value)


@pytest.mark.parametrize(
    ("body", "value", "fits"),
    [
        (b"n=5", {"n": 5}, True),
        (b"n=x", {"n": "x"}, False),
        (b"", {}, False),
        (b"n=1&tags=3&tags=4", {"n": 1, "tags": [3, 4]}, True),
        (b"n=1&tags%5B%5D=3", {"n": 1, "tags": [3]}, True),
        (b"n=1&owner%5Bage%5D=7", {"n": 1, "owner": {"age": 7}}, True),
        (b"n=1&owner=%7B%22age%22%3A7%7D", {"n": 1, "owner": {"age": 7}}, True),
        (b"n=1&other=1", {"n": 1, "other": "1"}, True),
    ],
)
def test_form_is_read_as_its_schema_asks(tmp_path: Path, body: bytes, value: Any, fits: bool) -> None:
    """
    Fields of a form become numbers, lists and objects where the schema has them.
    """
    assert read(tmp_path, "application/x-www-form-urlencoded", FORM, body) == (value, fits)


def test_multipart_is_read_as_its_schema_asks(tmp_path: Path) -> None:
    """
    Parts may be texts, JSON and files.
    """
    assert read(tmp_path, "multipart/form-data", FORM, PARTS) == (
        {"n": 5, "owner": {"age": 3}, "file": "\ufffd\x00"},
        True,
    )


def test_multipart_without_parts_is_empty(tmp_path: Path) -> None:
    """
    A form of no field is a form.
    """
    assert read(tmp_path, "multipart/form-data", "{type: object}", b"--b--\r\n") == ({}, True)


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b"{"),
        ("application/merge-patch+json", b"{"),
        ("application/x-www-form-urlencoded", b"\xff"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data", b"--b\r\n\r\nx\r\n--b--\r\n"),
    ],
)
def test_body_that_is_not_what_it_says_is_unreadable(tmp_path: Path, media: str, body: bytes) -> None:
    """
    Bytes that are nothing of their media type are told.
    """
    with pytest.raises(UnreadableBody):
        read(tmp_path, media, FORM, body)


@pytest.mark.parametrize(("body", "fits"), [(b"abc", True), (b"a", False)])
def test_text_is_judged_as_text(tmp_path: Path, body: bytes, fits: bool) -> None:
    """
    A text that the schema describes as text is judged.
    """
    assert read(tmp_path, "text/plain", "{type: string, minLength: 2}", body) == (body.decode(), fits)


INSTANCE = b"http://www.w3.org/2001/XMLSchema-instance"
PET = """{type: object, required: [id, photoUrls], additionalProperties: false, xml: {name: pet}, properties: {
id: {type: integer, xml: {attribute: true}}, name: {type: string, minLength: 2}, sold: {type: boolean, nullable: true},
photoUrls: {type: array, minItems: 1, xml: {wrapped: true}, items: {type: string, xml: {name: url}}},
tags: {type: array, items: {type: object, properties: {n: {type: integer}}, xml: {name: tag}}},
owner: {type: object, required: [age], xml: {name: keeper}, properties: {age: {type: integer}}},
code: {oneOf: [{type: integer}, {type: string, pattern: "^x"}]}}}""".replace("\n", " ")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (
            b'<pet id="7"><name>Rex</name><photoUrls><url>a</url><url>b</url></photoUrls><tag><n>1</n></tag></pet>',
            {"id": 7, "name": "Rex", "photoUrls": ["a", "b"], "tags": [{"n": 1}]},
        ),
        (
            b'<?xml version="1.0"?>\n<pet id="7">\n<photoUrls><url/></photoUrls> <keeper><age>3\n</age></keeper></pet>',
            {"id": 7, "photoUrls": [""], "owner": {"age": 3}},
        ),
        (
            b'<p:pet xmlns:p="urn:x" id="7"><p:photoUrls><p:url>a</p:url></p:photoUrls><sold/></p:pet>',
            {"id": 7, "photoUrls": ["a"], "sold": None},
        ),
        (
            b'<pet id="7" xmlns:i="%s"><photoUrls><url>a</url></photoUrls><sold i:nil="true"/></pet>' % INSTANCE,
            {"id": 7, "photoUrls": ["a"], "sold": None},
        ),
        (
            b'<pet id="7"><photoUrls><url>a</url></photoUrls><code>5</code></pet>',
            {"id": 7, "photoUrls": ["a"], "code": 5},
        ),
        (
            b'<pet id="7"><photoUrls><url>a</url></photoUrls><code>x5</code></pet>',
            {"id": 7, "photoUrls": ["a"], "code": "x5"},
        ),
    ],
)
def test_xml_is_read_as_its_schema_asks(tmp_path: Path, body: bytes, value: Any) -> None:
    """
    Attributes, wrapped and bare lists, other names, namespaces, nothing, and numbers with blanks around them.
    """
    assert read(tmp_path, "application/xml", PET, body) == (value, True)


@pytest.mark.parametrize(
    "body",
    [
        b"<pet><photoUrls><url>a</url></photoUrls></pet>",
        b'<pet id="x"><photoUrls><url>a</url></photoUrls></pet>',
        b'<pet id="7"><photoUrls/></pet>',
        b'<pet id="7"><url>a</url></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><name>R</name></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><name>Rex</name><name>Max</name></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><other>1</other></pet>',
        b'<pet id="7" other="1"><photoUrls><url>a</url></photoUrls></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><keeper/></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><tag><n>x</n></tag></pet>',
        b'<pet id="7"><photoUrls><url>a</url></photoUrls><code>5x</code></pet>',
        b'<pet id="7"><photoUrls><url><b/></url></photoUrls></pet>',
        b"<pet>text</pet>",
        b"<pet/>",
    ],
)
def test_xml_that_breaks_its_schema_does_not_fit(tmp_path: Path, body: bytes) -> None:
    """
    Missing, doubled, unknown and mistyped members are found in XML as they are in JSON.
    """
    assert not read(tmp_path, "text/xml", PET, body)[1]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<pet", "the body is not XML"),
        (b"", "the body is not XML"),
        (b'<!DOCTYPE p [<!ENTITY e "x">]><pet>&e;</pet>', "document types are not read"),
        (b'<dog id="7"><photoUrls><url>a</url></photoUrls></dog>', "the body is <pet> in XML, not <dog>"),
        (b'<pet id="7"><photoUrls><photo>a</photo></photoUrls></pet>', "<photoUrls> holds <url>, not <photo>"),
        (b'<pet id="7">' + b"<a>" * 200 + b"</a>" * 200 + b"</pet>", "nested deeper than 128 levels"),
        (b'<?xml version="1.0" encoding="nonsense"?><pet/>', "the body is not XML"),
    ],
)
def test_body_that_is_not_the_xml_of_its_schema_is_unreadable(tmp_path: Path, body: bytes, told: str) -> None:
    """
    What is no XML, has a document type, nests too deep, or has another root or list element, is told.
    """
    with pytest.raises(UnreadableBody, match=told):
        read(tmp_path, "application/xml", PET, body)


def test_namespace_of_the_schema_is_judged(tmp_path: Path) -> None:
    """
    Where the schema names one, an element of another is not what was asked for.
    """
    schema = "{type: object, xml: {name: pet, namespace: 'urn:x', prefix: p}}"

    assert read(tmp_path, "application/xml", schema, b'<pet xmlns="urn:x"/>') == ({}, True)
    with pytest.raises(UnreadableBody, match="of the namespace urn:x, not of urn:y"):
        read(tmp_path, "application/xml", schema, b'<q:pet xmlns:q="urn:y"/>')


@pytest.mark.parametrize("form", ["5", "[]", "{wrapped: 1, name: 5}"])
def test_xml_keyword_that_says_nothing_is_ignored(tmp_path: Path, form: str) -> None:
    """
    A document is served although its hints about XML are none.
    """
    schema = f"{{type: object, xml: {form}, properties: {{n: {{type: integer}}}}}}"

    assert read(tmp_path, "application/xml", schema, b"<a><n>5</n></a>") == ({"n": 5}, True)


def test_xml_without_a_schema_must_be_xml(tmp_path: Path) -> None:
    """
    Nothing else is asked of it.
    """
    content = "{application/xml: {}}"
    contract = foreign(
        tmp_path, f"/a:\n  post:\n    requestBody: {{content: {content}}}\n    responses: {{'200': {{}}}}"
    )
    reader, judge = body_reader(only(contract).body["application/xml"])

    assert (reader(b"<a/>"), judge) == ("<a/>", None)
    with pytest.raises(UnreadableBody):
        reader(b"<a>")


@pytest.mark.parametrize("called", ["category", "Category"])
def test_member_may_have_the_name_of_its_component(tmp_path: Path, called: str) -> None:
    """
    A component's own name in XML may stand in place of the member's; documents mean both.
    """
    paths = "/a:\n  post:\n    requestBody: {content: {application/xml: {schema: {$ref: '#/components/schemas/Pet'}}}}"
    pet = "    Pet: {type: object, properties: {category: {$ref: '#/components/schemas/Category'}}}\n"
    category = "    Category: {type: object, properties: {id: {type: integer}}, xml: {name: Category}}\n"
    rest = f"components:\n  schemas:\n{pet}{category}"
    contract = foreign(tmp_path, f"{paths}\n    responses: {{'200': {{}}}}", rest)
    reader, _ = body_reader(only(contract).body["application/xml"])

    assert reader(f"<Pet><{called}><id>5</id></{called}></Pet>".encode()) == {"category": {"id": 5}}
