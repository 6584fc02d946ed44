"""Bodies as foreign documents describe them: media ranges, and the encodings of forms, on the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.foreign.contracts import serving, taking

NUMBER = "{type: object, required: [n], properties: {n: {type: integer}}}"
BYTES = "{type: string, format: binary}"
VERSIONS = f"{{application/a+json; v=1: {{schema: {{}}}}, application/a+json; v=2: {{schema: {NUMBER}}}}}"
NEARER = f"{{'*/*': {{schema: {{not: {{}}}}}}, application/*: {{schema: {NUMBER}}}}}"
NEAREST = f"{{application/*: {{schema: {{not: {{}}}}}}, application/json: {{schema: {NUMBER}}}}}"
FORM = "application/x-www-form-urlencoded"


def status(folder: Path, content: str, content_type: str, body: bytes) -> int:
    """The status of the answer to a body of a documented content."""
    headers = [("content-type", content_type)] if content_type else []
    return (
        taking(folder, f"requestBody: {{required: true, content: {content}}}").send("POST", "/a", headers, body).status
    )


@pytest.mark.parametrize(
    ("content", "content_type", "body", "expected"),
    [
        (f"{{image/*: {{schema: {BYTES}}}}}", "image/png", b"\x89PNG", 200),
        (f"{{image/*: {{schema: {BYTES}}}}}", "IMAGE/PNG; x=1", b"\x89PNG", 200),
        (f"{{image/*: {{schema: {BYTES}}}}}", "text/plain", b"x", 400),
        (f"{{image/*: {{schema: {BYTES}}}}}", "", b"x", 400),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "application/json", b'{"n": 1}', 200),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "application/json", b'{"n": "x"}', 400),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "application/merge-patch+json", b'{"n": "x"}', 400),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "application/xml", b"<a><n>x</n></a>", 400),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "application/xml", b"<a><n>1</n></a>", 200),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", FORM, b"n=x", 400),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", FORM, b"n=1", 200),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "", b'{"n": 1}', 200),
        (f"{{'*/*': {{schema: {NUMBER}}}}}", "", b'{"n": "x"}', 400),
        (f"{{'*/*': {{schema: {BYTES}}}}}", "", b"\xff", 200),
        ("{'*/*': {}}", "a/b", b"x", 200),
        (f"{{application/*: {{schema: {NUMBER}}}}}", "application/json", b'{"n": "x"}', 400),
        (f"{{application/*+json: {{schema: {NUMBER}}}}}", "application/vnd.a+json", b'{"n": "x"}', 400),
        (f"{{application/*+json: {{schema: {NUMBER}}}}}", "application/vnd.a+json", b'{"n": 1}', 200),
        (NEARER, "application/json", b'{"n": 1}', 200),
        (NEAREST, "application/json", b'{"n": 1}', 200),
        (f"{{application/json: {{schema: {NUMBER}}}, '*/*': {{}}}}", "application/json", b'{"n": "x"}', 400),
        (f"{{application/json: {{schema: {NUMBER}}}, '*/*': {{}}}}", "text/plain", b"x", 200),
        (VERSIONS, "application/a+json;v=2", b"{}", 400),
        (VERSIONS, "application/a+json;v=1", b"{}", 200),
        (f"{{application/json; v=1: {{schema: {NUMBER}}}}}", "application/json", b'{"n": 1}', 200),
        (f"{{multipart/*: {{schema: {NUMBER}}}}}", "multipart/form-data", b"--X--\r\n", 400),
    ],
)
def test_media_range_takes_what_is_of_it(
    tmp_path: Path, content: str, content_type: str, body: bytes, expected: int
) -> None:
    """
    A range takes each type that it spans, and judges it as that type is judged; the nearest range counts.
    """
    assert status(tmp_path, content, content_type, body) == expected


def test_type_outside_of_a_range_is_415(tmp_path: Path) -> None:
    """
    What no range spans is of an unsupported media type.
    """
    body = f"requestBody: {{content: {{image/*: {{schema: {BYTES}}}}}}}"
    client = serving(tmp_path, f"/a: {{post: {{{body}, responses: {{'204': {{}}}}}}}}")

    assert client.send("POST", "/a", [("content-type", "text/plain")], b"x").status == 415


def part(name: str, text: str, *headers: str) -> str:
    """One part of a multipart body whose boundary is X."""
    lines = [f'Content-Disposition: form-data; name="{name}"; filename="f"', *headers]
    return "--X\r\n" + "".join(f"{line}\r\n" for line in lines) + f"\r\n{text}\r\n"


PICTURE = "{type: object, required: [pic], properties: {pic: {type: string, format: binary}}}"
ENCODED = f"{{multipart/form-data: {{schema: {PICTURE}, encoding: {{pic: {{contentType: 'image/png, image/jpeg'}}}}}}}}"
RANGED = f"{{multipart/form-data: {{schema: {PICTURE}, encoding: {{pic: {{contentType: image/*}}}}}}}}"
HEADED = (
    f"{{multipart/form-data: {{schema: {PICTURE}, encoding: {{pic: {{headers: {{X-Size: {{required: true, schema: "
    "{type: integer}}, X-Ids: {schema: {type: array, items: {type: integer}}}}}}}}"
)
META = (
    "{multipart/form-data: {schema: {type: object, properties: {meta: "
    f"{NUMBER}, all: {{type: array, items: {NUMBER}}}, ids: {{type: array, items: {{type: integer}}}}}}}}, "
    "encoding: {meta: {contentType: application/json}}}}"
)
MULTIPART = "multipart/form-data; boundary=X"


@pytest.mark.parametrize(
    ("content", "content_type", "body", "expected"),
    [
        (ENCODED, "multipart/form-data", part("pic", "x", "Content-Type: image/png") + "--X--\r\n", 400),
        (ENCODED, "multipart/form-data; boundary=", part("pic", "x", "Content-Type: image/png") + "--X--\r\n", 400),
        (ENCODED, "multipart/form-data; boundary=Y", part("pic", "x", "Content-Type: image/png") + "--X--\r\n", 400),
        (ENCODED, 'multipart/form-data; boundary="X"', part("pic", "x", "Content-Type: image/png") + "--X--\r\n", 200),
        (ENCODED, MULTIPART, "preamble\r\n" + part("pic", "x", "Content-Type: image/jpeg") + "--X--\r\n", 200),
        (ENCODED, MULTIPART, part("pic", "x", "Content-Type: image/gif") + "--X--\r\n", 400),
        (ENCODED, MULTIPART, part("pic", "x", "Content-Type: IMAGE/PNG; a=b") + "--X--\r\n", 200),
        (ENCODED, MULTIPART, part("pic", "x") + "--X--\r\n", 200),
        (ENCODED, MULTIPART, "--X--\r\n", 400),
        (RANGED, MULTIPART, part("pic", "x", "Content-Type: image/gif") + "--X--\r\n", 200),
        (RANGED, MULTIPART, part("pic", "x", "Content-Type: text/plain") + "--X--\r\n", 400),
        (HEADED, MULTIPART, part("pic", "x", "X-Size: 4") + "--X--\r\n", 200),
        (HEADED, MULTIPART, part("pic", "x", "X-Size: b") + "--X--\r\n", 400),
        (HEADED, MULTIPART, part("pic", "x") + "--X--\r\n", 400),
        (HEADED, MULTIPART, part("pic", "x", "X-Size: 4", "X-Ids: 1, b") + "--X--\r\n", 400),
        (META, MULTIPART, part("meta", '{"n": 1}', "Content-Type: application/json") + "--X--\r\n", 200),
        (META, MULTIPART, part("meta", '{"n": "x"}', "Content-Type: application/json") + "--X--\r\n", 400),
        (META, MULTIPART, part("meta", '{"n": "x"}') + "--X--\r\n", 400),
        (META, MULTIPART, part("meta", "<a/>", "Content-Type: application/xml") + "--X--\r\n", 400),
        (META, MULTIPART, part("all", '{"n": 1}') + part("all", '{"n": "x"}') + "--X--\r\n", 400),
        (META, MULTIPART, part("all", '{"n": 1}') + part("all", '{"n": 2}') + "--X--\r\n", 200),
        (META, MULTIPART, part("ids", "[1, 2]", "Content-Type: application/json") + "--X--\r\n", 200),
        (META, MULTIPART, part("ids", "1") + part("ids", "b") + "--X--\r\n", 400),
    ],
)
def test_parts_are_encoded_as_documented(
    tmp_path: Path, content: str, content_type: str, body: str, expected: int
) -> None:
    """
    The boundary is that of Content-Type, and each part has a documented type and the documented headers.
    """
    assert status(tmp_path, content, content_type, body.encode()) == expected


def test_part_of_another_type_is_named(tmp_path: Path) -> None:
    """
    The refusal says which part is wrong and what it may be.
    """
    client = taking(tmp_path, f"requestBody: {{content: {ENCODED}}}")
    body = part("pic", "x", "Content-Type: image/gif") + "--X--\r\n"
    refused = client.send("POST", "/a", [("content-type", MULTIPART)], body.encode())

    assert refused.header("x-casepact-detail") == "the part pic is image/gif; send image/png or image/jpeg"


STYLED = (
    f"{{{FORM}: {{schema: {{type: object, properties: {{tags: {{type: array, items: {{type: string, enum: [a, b]}}}}, "
    "ids: {type: array, items: {type: integer}}, deep: {type: object, properties: {n: {type: integer}}}, "
    "flat: {type: object, properties: {x: {type: integer}}}, list: {type: array, items: {type: integer}}, "
    "n: {type: integer}, json: {type: object, properties: {n: {type: integer}}}}, additionalProperties: "
    "{type: integer}}, encoding: {tags: {style: form, explode: false}, ids: {style: pipeDelimited}, "
    "deep: {style: deepObject, explode: true}, flat: {style: form}}}}"
)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("tags=a,b", 200),
        ("tags=a%2Cb", 200),
        ("tags=a,c", 400),
        ("ids=1%7C2", 200),
        ("ids=1|b", 400),
        ("deep%5Bn%5D=1", 200),
        ("deep[n]=b", 400),
        ("x=1", 200),
        ("x=b", 400),
        ("list=1&list=2", 200),
        ("list=1&list=b", 400),
        ("list=1,2", 400),
        ("n=1&n=b", 400),
        ("n=1&n=2", 200),
        ("json=%7B%22n%22%3A1%7D", 200),
        ("json=%7B%22n%22%3A%22b%22%7D", 400),
        ("json[n]=b", 400),
        ("other=5", 200),
        ("other=b", 400),
        ("n=%20", 400),
    ],
)
def test_fields_are_encoded_as_documented(tmp_path: Path, body: str, expected: int) -> None:
    """
    A field is written in the style that the document gives it, and each value of a repeated one is judged.
    """
    assert status(tmp_path, STYLED, FORM, body.encode()) == expected
