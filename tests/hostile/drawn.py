"""Requests that break the contracts on purpose, drawn by Schemathesis, as bytes."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings

from specs import apis, load_contract
from tests.hostile.garbage import AICC, EGAIN, ONLYOFFICE, R7, Header, Target, message
from tests.hostile.shots import Shot

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis
    from schemathesis.generation import GenerationMode

CREDENTIALS: dict[str, Header] = {"aicc": AICC, "egain": EGAIN, "onlyoffice": ONLYOFFICE, "r7office": R7}
_SCHEMATHESIS_OWN = (
    "user-agent",
    "accept-encoding",
    "connection",
    "x-schemathesis-testcaseid",
    "content-length",
    "host",
)


def operations() -> int:
    """How many operations are drawn for."""
    return sum(len(load_contract(api, with_ledger=False).operations) for api in apis())


def drawn(number: int, of: int) -> Iterator[tuple[Target, bytes | None]]:
    """For each operation of every API up to `of` requests, drawn from the seed `number`, each once."""
    for api in apis():
        document: Any = load_contract(api, with_ledger=False).document
        config = schemathesis.Config.from_dict({"generation": {"database": "none"}})
        served = {**document, "servers": [{"url": f"http://mock/{api}"}]}
        schema = schemathesis.openapi.from_dict(served, config=config)
        for found in schema.get_all_operations():
            yield from _of(found.ok(), api, number, of)


def _of(operation: Any, api: str, number: int, of: int) -> Iterator[tuple[Target, bytes | None]]:
    cases: list[Any] = []

    @seed(number)
    @settings(
        max_examples=of,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    seen = set()
    for case in cases:
        made = _request(case, api)
        if made not in seen:
            seen.add(made)
            yield made


def _request(case: Any, api: str) -> tuple[Target, bytes | None]:
    prepared = requests.Request(**case.as_transport_kwargs(base_url=f"http://mock/{api}")).prepare()
    headers = tuple(
        (_bytes(name), _bytes(value))
        for name, value in prepared.headers.items()
        if name.lower() not in _SCHEMATHESIS_OWN
    )
    body = prepared.body
    target = Target(_bytes(prepared.method), _bytes(prepared.path_url), (CREDENTIALS[api], *headers))
    return target, None if body is None else _bytes(body)


def _bytes(text: str | bytes | None) -> bytes:
    return text if isinstance(text, bytes) else (text or "").encode("utf-8", "surrogatepass")


def shot(target: Target, body: bytes | None, world: str) -> Shot:
    """The request as it goes to a world; the contract refuses it, but a lenient vendor may not."""
    return Shot("drawn", (message(target, world, body=body),), accepted=True)
