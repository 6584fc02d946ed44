"""
What every exchange with an operation is judged by: one promise each.

status               the status is documented
media                the media type is documented
body                 the body fits its schema
headers              the documented headers are there and fit
names                members are spelt in the style of the contract
xml_form             XML is written as the contract says
openapi_core_check   openapi-core agrees
judgement            what each of them says: kept, or broken and how
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from conformance.checks import body, headers, media, names, openapi_core_check, status, xml_form
from conformance.checks.judgement import Judgement
from conformance.target.exchange import Exchange
from specs.contract import Contract, Operation

Check = Callable[[Contract, Operation, Exchange], list[Judgement]]

CHECKS: Mapping[str, Check] = {
    "status": status.check,
    "media": media.check,
    "body": body.check,
    "headers": headers.check,
    "names": names.check,
    "xml": xml_form.check,
    "cross-check": openapi_core_check.check,
}

_CACHE_SIZE = 512
_MAX_CACHED_BODY = 10_000
"""How many bytes of a body are worth keeping, to know it again."""


def judge(contract: Contract, operation: Operation, exchange: Exchange) -> list[Judgement]:
    """
    Every check's judgement of an exchange.

    Checks look at the answer and at the representation that was asked for. Many answers came before, byte for byte in
    body and documented headers: those are judged once.
    """
    answer = _Answer(contract, operation, exchange)
    return list(_judged(answer) if len(exchange.response.body) < _MAX_CACHED_BODY else _found(answer))


def forget_answers() -> None:
    """Judge what comes next as if nothing had come before; for whoever measures how long that takes."""
    _judged.cache_clear()


class _Answer:
    """An exchange that equals every other with the same answer to the same operation."""

    def __init__(self, contract: Contract, operation: Operation, exchange: Exchange) -> None:
        self.contract, self.operation, self.exchange = contract, operation, exchange
        response = exchange.response
        # What an answer to HEAD lacks is not a flaw.
        self._identity = (
            id(contract),
            operation.id,
            exchange.request.method == "HEAD",
            wanted.name if (wanted := media.wanted_media(contract, operation, exchange)) is not None else "",
            response.status,
            response.header("content-type"),
            headers.documented_headers(operation, response),
            response.body,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Answer) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)


@lru_cache(maxsize=_CACHE_SIZE)
def _judged(answer: _Answer) -> tuple[Judgement, ...]:
    return _found(answer)


def _found(answer: _Answer) -> tuple[Judgement, ...]:
    return tuple(
        judgement
        for check in CHECKS.values()
        for judgement in check(answer.contract, answer.operation, answer.exchange)
    )
