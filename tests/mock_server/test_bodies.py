"""Bodies of our own contracts are read as their media type says, whether or not a vendor is lenient."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.admission.bodies import body_reader
from mock_server.http.app import build_app
from mock_server.reply import Behaviour, Reply
from mock_server.representation.representation import UnreadableBody
from mock_server.worlds.records import Actors, Records
from specs.contract import Contract
from specs.validation import Schema
from tests.mock_server.client import Client
from tests.specs.small_api import CONTRACT, changed, contract

FORM = "application/x-www-form-urlencoded"
ITEM = """{type: object, required: [title], properties: {
              title: {type: string}, price: {type: integer, xml: {name: cost}},
              sizes: {type: array, items: {$ref: '#/components/schemas/Size'}}}}"""

PARTS = (
    b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nink\r\n'
    b'--x\r\nContent-Disposition: form-data; name="price"\r\n\r\n5\r\n'
    b'--x\r\nContent-Disposition: form-data; name="sizes"\r\nContent-Type: application/json\r\n\r\n[1, 2]\r\n--x--\r\n'
)


def item_contract(media: str, schema: str = ITEM) -> Contract:
    """A contract without `x-binding` whose one body is of this media type."""
    text = changed(
        CONTRACT,
        """application/json:
            schema: {$ref: "#/components/schemas/Item"}
            examples:
              page: {value: {title: ink}}
""",
        f"{media}:\n            schema: {schema}\n",
    )
    text = changed(text, "          media: application/json\n          body: page\n", "")
    text = changed(text, "security:\n  - token: []\n", "")
    text = changed(text, "      properties:\n        code: {type: string}\n", "")
    return contract(changed(text, "  schemas:\n", "  schemas:\n    Size: {type: integer}\n"))


def read(media: str, body: bytes, schema: str = ITEM) -> tuple[Any, Schema | None]:
    """The value of a body, and the schema that judges it."""
    (found,) = item_contract(media, schema).operation("changeItem").body.values()
    reader, judge = body_reader(found)
    return reader(body), judge


@pytest.mark.parametrize(
    ("media", "content_type", "body"),
    [
        (FORM, FORM, b"title=ink&price=5&sizes=1"),
        ("text/xml", "text/xml; charset=utf-8", b"<item><title>ink</title><cost>5</cost><sizes>1</sizes></item>"),
        ("multipart/form-data", "multipart/form-data; boundary=x", PARTS.replace(b"[1, 2]", b"[1]")),
    ],
)
def test_body_reaches_the_behaviour_as_a_value(media: str, content_type: str, body: bytes) -> None:
    """
    The mock serves an operation of our own whose body is no JSON.
    """
    served = item_contract(media)
    acts = {"changeItem": Behaviour(lambda call: Reply(call.body)), "readItem": Behaviour(lambda call: Reply())}
    client = Client(build_app([served], {"shop": acts}, {"shop": Records({}, Actors({}))}))
    answer = client.send("PUT", "/shop/items/7", [("content-type", content_type)], body)

    assert (answer.status, answer.json()) == (200, {"title": "ink", "price": 5, "sizes": [1]})


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b'{"title": "ink", "price": 5, "sizes": [1, 2]}'),
        (FORM, b"title=ink&price=5&sizes=1&sizes=2"),
        ("text/xml", b"<item><title>ink</title><cost>5</cost><sizes>1</sizes><sizes>2</sizes></item>"),
        ("multipart/form-data", PARTS),
    ],
)
def test_body_is_read_by_its_media_type_and_schema(media: str, body: bytes) -> None:
    """
    The same item comes as JSON, form, XML and multipart, and its schema judges it.
    """
    value, judge = read(media, body)

    assert judge is not None
    assert (value, judge.flaws(value)) == ({"title": "ink", "price": 5, "sizes": [1, 2]}, [])


@pytest.mark.parametrize(
    ("media", "body"),
    [("application/xml", b"<item>"), ("multipart/form-data", b"title=ink"), ("application/json", b"<item/>")],
)
def test_body_of_another_form_is_unreadable(media: str, body: bytes) -> None:
    """
    What is not of the declared type is refused as unreadable.
    """
    with pytest.raises(UnreadableBody):
        read(media, body)


def test_body_of_text_is_judged_as_text() -> None:
    """
    A body of plain text is the text that was sent.
    """
    value, judge = read("text/plain", "Größe 5".encode(), "{type: string, maxLength: 5}")

    assert judge is not None
    assert (value, [flaw.keyword for flaw in judge.flaws(value)]) == ("Größe 5", ["maxLength"])


def test_form_fields_are_decoded() -> None:
    """
    Plus signs and percent-encoded UTF-8 are read as what they stand for.
    """
    assert read(FORM, b"title=a+b&name=%C3%A9&empty=")[0] == {"title": "a b", "name": "é", "empty": ""}


def test_doubled_form_field_keeps_its_first_value() -> None:
    """
    Of a name sent twice the first value counts.
    """
    assert read(FORM, b"title=1&b=x&title=2")[0] == {"title": "1", "b": "x"}


@pytest.mark.parametrize(("body", "value"), [(b"title[a]=1", {"title[a]": "1"}), (b"sizes[]=1", {"sizes": [1]})])
def test_brackets_lead_into_what_can_hold_them(body: bytes, value: Any) -> None:
    """
    Brackets behind the name of a text are part of the name, behind that of a list they are not.
    """
    assert read(FORM, body)[0] == value


@pytest.mark.parametrize("body", [b"a=%FF", b"a=\xff", b"%FF=1", b"a=%C3", b"&".join([b"a=1"] * 1001)])
def test_form_that_cannot_be_read_is_unreadable(body: bytes) -> None:
    """
    Invalid UTF-8, encoded or not, and more than 1000 fields are refused.
    """
    with pytest.raises(UnreadableBody):
        read(FORM, body)
