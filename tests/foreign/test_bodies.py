"""Bodies of foreign contracts: JSON and forms are judged in full, other types taken as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mock_server.http.bodies import body_reader
from mock_server.http.representation import UnreadableBody
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


def test_xml_is_taken_as_it_is(tmp_path: Path) -> None:
    """
    Nobody knows how a foreign schema is written as XML, so it is not judged.
    """
    assert read(tmp_path, "application/xml", FORM, b"<n>x</n>") == ("<n>x</n>", True)
