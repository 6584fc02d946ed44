"""Where openapi-core, the cross-check, is of another mind than ours."""

from __future__ import annotations

from typing import Any

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError


class Request:
    """The protocol class openapi-core asks for."""

    host_url = ""
    path = path_pattern = "/items"
    method = "get"
    content_type = ""
    body: bytes | None = None

    def __init__(self) -> None:
        self.parameters = RequestParameters()


class Response:
    """The protocol class openapi-core asks for."""

    status_code = 200

    def __init__(self, data: bytes, media: str) -> None:
        self.data, self.content_type = data, media
        self.headers: dict[str, str] = {}


def complaints(schema: dict[str, Any], body: bytes, media: str = "application/json") -> list[str]:
    """What openapi-core has against an answer with this body."""
    content = {media: {"schema": schema}}
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": "Items", "version": "1"},
        "servers": [{"url": ""}],
        "paths": {"/items": {"get": {"responses": {"200": {"description": "Items.", "content": content}}}}},
    }
    try:
        OpenAPI.from_dict(document).validate_response(Request(), Response(body, media))
    except OpenAPIError as error:
        return [cause.message for cause in getattr(error.__cause__, "schema_errors", ())]
    return []


def test_path_is_matched_under_an_empty_server() -> None:
    """
    A document whose server is "" is matched by its paths alone, wherever the target really is.
    """
    assert complaints({"type": "string"}, b'"a"') == []


def test_null_is_refused_where_a_nullable_enumeration_lacks_it() -> None:
    """
    `nullable` does not widen `enum`; our translation says the same.
    """
    assert complaints({"type": "string", "nullable": True, "enum": ["a"]}, b"null") == ["None is not one of ['a']"]


def test_null_is_admitted_where_a_nullable_enumeration_has_it() -> None:
    """
    A contract writes null into the enumeration.
    """
    assert complaints({"type": "string", "nullable": True, "enum": ["a", None]}, b"null") == []


def test_whole_float_is_no_integer() -> None:
    """
    1.0 is an integer for our judge and none for this one: answers must write 1.
    """
    assert complaints({"type": "integer"}, b"1.0") == ["1.0 is not of type 'integer'"]


def test_every_flaw_of_an_answer_is_in_the_cause() -> None:
    """
    The error's cause lists all schema errors, which the cross-check prints.
    """
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}

    assert complaints(schema, b'{"a": 1, "b": 2}') == ["1 is not of type 'string'", "2 is not of type 'string'"]


def test_xml_never_fits_an_object() -> None:
    """
    XML is judged as an element, not as an object: the cross-check is about JSON only.
    """
    assert complaints({"type": "object"}, b"<a/>", "application/xml") != []


def test_problem_json_is_not_read_as_json() -> None:
    """
    A `+json` type arrives as bytes: a contract that used one would need a deserializer.
    """
    assert complaints({"type": "object"}, b"{}", "application/problem+json") == ["b'{}' is not of type 'object'"]


def test_format_of_ours_is_not_enforced() -> None:
    """
    A format that openapi-core does not know admits everything, so it cannot contradict our judge.
    """
    assert complaints({"type": "string", "format": "space-date-time"}, b'"today"') == []


def test_key_of_ours_is_not_enforced() -> None:
    """
    `x-` keys in a schema disturb nothing.
    """
    assert complaints({"type": "string", "x-max-bytes": 1, "x-statement": "HW-1"}, b'"long"') == []
