"""The cross-check: openapi-core judges, too, and where it disagrees with us, the fault is ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import orjson
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError
from urllib3 import HTTPHeaderDict

from conformance.checks import headers
from conformance.checks.judgement import Judgement, broken, kept
from conformance.target.exchange import Exchange, Response
from specs.contract import Contract, Operation

NAME = "cross-check"


class _Request:
    """The protocol class openapi-core asks for."""

    def __init__(self, operation: Operation) -> None:
        self.host_url = ""
        self.path = self.path_pattern = operation.path
        self.method = operation.method.lower()
        self.parameters = RequestParameters()
        self.content_type = ""
        self.body: bytes | None = None


class _Response:
    """The protocol class openapi-core asks for."""

    def __init__(self, response: Response) -> None:
        self.status_code = response.status
        self.content_type = response.media
        # openapi-core asks for a header by the spelling of the document.
        self.headers = HTTPHeaderDict(response.headers)
        self.data = response.body


def check(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Ask openapi-core about a JSON answer that our judge found in order.

    One exchange of each operation, status and shape is asked about: openapi-core takes about a millisecond for each.
    """
    charged = contract.charged("judges_agree", operation) or contract.charged("response_schema_conformance", operation)
    response = operation.responses.get(exchange.response.status)
    media = response.content.get(exchange.response.media) if response else None
    if not charged or media is None or media.schema is None:
        return []
    if "json" not in media.name or exchange.broken or not media.schema.is_valid(exchange.value):
        return []
    if not all(judged.held for judged in headers.check(contract, operation, exchange)):
        return []
    complaint = _complaint(_Key(contract, operation, exchange))
    if complaint:
        return broken(charged, NAME, "The two judges disagree", "kept, by our schema", complaint)
    return kept(charged, NAME)


def misread(contract: Contract) -> str:
    """Why openapi-core takes the document of a contract for none, or an empty text."""
    try:
        validate(dict(contract.document))
    except OpenAPIValidationError as error:
        return str(error.message).partition("\n")[0][:300]
    return ""


class _Key:
    """An exchange that equals every other of its operation, status, documented headers and shape."""

    def __init__(self, contract: Contract, operation: Operation, exchange: Exchange) -> None:
        self.contract, self.operation, self.exchange = contract, operation, exchange
        self._identity = (
            contract.api,
            contract.edition,
            operation.id,
            exchange.response.status,
            headers.documented_headers(operation, exchange.response),
            _shape(exchange.value),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


@lru_cache(maxsize=512)
def _complaint(key: _Key) -> str:
    try:
        _judge(key.contract.api, key.contract.edition, key.contract).validate_response(
            _Request(key.operation),
            _Response(key.exchange.response),
        )
    except OpenAPIError as error:
        causes = getattr(error.__cause__, "schema_errors", ())
        return "; ".join(str(cause.message) for cause in causes)[:300] or str(error)[:300]
    return ""


_JUDGES: dict[tuple[str, str], OpenAPI] = {}


def _judge(api: str, edition: str, contract: Contract) -> OpenAPI:
    if (api, edition) not in _JUDGES:
        document: Any = {**contract.document, "servers": [{"url": ""}]}
        media = {name for item in contract.operations.values() for name in _json_types(item)}
        # Of the types that end in +json openapi-core knows one. Whether the document is OpenAPI is for `casepact lint`.
        config = Config(extra_media_type_deserializers=dict.fromkeys(media, orjson.loads), spec_validator_cls=None)
        _JUDGES[api, edition] = OpenAPI.from_dict(document, config=config)
    return _JUDGES[api, edition]


def _json_types(operation: Operation) -> Iterator[str]:
    for response in operation.responses.values():
        yield from (name for name in response.content if name.endswith("+json"))


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((name, _shape(member)) for name, member in value.items()))
    if isinstance(value, list):
        return ("list", _shape(value[0])) if value else ("list",)
    return type(value).__name__
