"""What a reader must not see of a request: credentials, and members that are named like secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

HIDDEN = "[redacted]"

_SECRET = re.compile(r"passw|secret|token|credential|api[-_]?key|authori[sz]ation", re.IGNORECASE)
_CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie"})


def is_secret(name: str) -> bool:
    """Whether a member or parameter of this name holds a secret: "client_secret", "userPassword", "x-api-key"."""
    return bool(_SECRET.search(name))


def safe_headers(headers: Mapping[str, str], credentials: Collection[str] = ()) -> dict[str, str]:
    """The headers, by lower-case name, with those that hold credentials hidden."""
    hidden = {*_CREDENTIAL_HEADERS, *credentials}
    return {name: HIDDEN if name in hidden or is_secret(name) else value for name, value in headers.items()}


def safe_value(value: Any) -> Any:
    """A JSON value with the members that hold secrets hidden, at any depth."""
    if isinstance(value, dict):
        return {key: HIDDEN if is_secret(key) else safe_value(member) for key, member in value.items()}
    if isinstance(value, list):
        return [safe_value(item) for item in value]
    return value


def safe_target(target: str) -> str:
    """A path with its query, the secrets in the query hidden."""
    path, mark, query = target.partition("?")
    if not mark or not _SECRET.search(query):
        return target
    pairs = parse_qsl(query, keep_blank_values=True)
    return f"{path}?{urlencode([(name, HIDDEN if is_secret(name) else value) for name, value in pairs])}"
