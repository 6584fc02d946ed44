"""A corrected request as a command to paste: with credentials, and without what browsers add by themselves."""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from mock_server.http.pages.credentials import credential, credentials_of
from mock_server.negotiation import FORM, media_type
from mock_server.worlds.records import Actor
from specs.contract import Contract

_NOISE = frozenset(
    (
        *("accept-encoding", "accept-language", "cache-control", "connection", "content-length", "cookie", "dnt"),
        *("expect", "host", "if-modified-since", "if-none-match", "keep-alive", "origin", "pragma", "priority"),
        *("referer", "te", "transfer-encoding", "upgrade-insecure-requests", "user-agent", "x-requested-with"),
    )
)
"""What browsers and programs add of their own accord; a header that an operation declares is kept."""
_ANYTHING = "[credential]"


def as_curl(
    root: str, corrected: Mapping[str, Any], contracts: Iterable[Contract], actors: Mapping[str, Mapping[str, Actor]]
) -> str:
    """
    The command for a corrected request of an explanation, to the mock at `root`.

    `contracts` are those that the request may be of, `actors` those of the world by API and name: their credentials
    stand in place of "[credential of admin]".
    """
    contracts = list(contracts)
    declared = {
        item.name.lower()
        for contract in contracts
        for operation in contract.operations.values()
        for item in operation.parameters
        if item.location == "header"
    }
    method, path, body = corrected["method"], corrected["path"], corrected["body"]
    parts = [f"curl -i {shlex.quote(root + path.replace(_ANYTHING, 'anything'))}"]
    if method != ("GET" if body is None else "POST"):
        parts.append(f"-X {shlex.quote(method)}")
    for name, value in corrected["headers"].items():
        shown = _value(name, value, contracts, actors)
        if shown != value or not _is_noise(name, value, declared, body is not None):
            parts.append(f"-H {shlex.quote(f'{name}: {shown}')}")
    if body is not None:
        parts.append(f"--data-raw {shlex.quote(_body(corrected['media'], body))}")
    return " \\\n  ".join(parts)


def _is_noise(name: str, value: str, declared: Collection[str], has_body: bool) -> bool:
    if name == "content-type":
        return not has_body
    if name in declared:
        return False
    return name in _NOISE or name.startswith(("sec-", "access-control-")) or value == "*/*"


def _value(name: str, value: str, contracts: Iterable[Contract], actors: Mapping[str, Mapping[str, Actor]]) -> str:
    """A header's value, the credential that it stands for put in its place."""
    if value == _ANYTHING:
        schemes = [scheme for contract in contracts for scheme in contract.security_schemes.values()]
        found = [credential(scheme, "anything") for scheme in schemes]
    elif value.startswith("[credential of ") and value.endswith("]"):
        wanted = value.removeprefix("[credential of ").removesuffix("]")
        known = [(contract, actors.get(contract.api, {}).get(wanted)) for contract in contracts]
        found = [item for contract, actor in known if actor is not None for item in credentials_of(contract, actor)]
    else:
        return value
    return next((item.value for item in found if item.name.lower() == name), value)


def _body(media: str, body: Any) -> str:
    if isinstance(body, str) and "json" not in media:
        return body
    if media_type(media) == FORM and isinstance(body, dict):
        return urlencode(body, doseq=True, quote_via=quote)
    return json.dumps(body, ensure_ascii=False)
