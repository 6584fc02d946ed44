"""What a reader must not see of a request: credentials, and members that are named like secrets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_plus

from mock_server.negotiation import FORM, media_type
from mock_server.representation.representation import UnreadableBody, read_json
from specs.contract import Contract

HIDDEN = "[redacted]"

# "auth" and "x-auth-key", but no "author" and no "authorId".
_NAMES = r"passw|passphrase|passcode|pwd|secret|token|credential|api[-_]?key|private[-_]?key|auth(?!or(?!i[sz]))|jwt"
_SECRET = re.compile(_NAMES, re.IGNORECASE)
_CREDENTIAL_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
# In running text: a secret's name with what is set to it, and credentials with the word of their scheme.
_SET = r"""[\w.%\[\]-]{0,64}["']?\s*[=:]\s*"""
_ASSIGNED = re.compile(rf"((?:{_NAMES}){_SET})(?:\"[^\"]*\"?|'[^']*'?|[^\s&;,]+)", re.IGNORECASE)
_SCHEMES = re.compile(r"\b(bearer|basic|digest|negotiate)(\s+)[\w.~+/=-]{4,}", re.IGNORECASE)
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")


def is_secret(name: str) -> bool:
    """Whether a member or parameter of this name holds a secret: "client_secret", "userPassword", "x-api-key"."""
    return bool(_SECRET.search(name))


def safe_headers(headers: Mapping[str, str], credentials: Collection[str] = ()) -> dict[str, str]:
    """The headers, by lower-case name, with those that hold credentials hidden; so are secrets within the others."""
    hidden = {*_CREDENTIAL_HEADERS, *credentials}
    return {name: HIDDEN if name in hidden or is_secret(name) else safe_text(value) for name, value in headers.items()}


def secret_queries(contract: Contract) -> frozenset[str]:
    """The query parameters that hold credentials of this API."""
    return frozenset(scheme.key for scheme in contract.security_schemes.values() if scheme.location == "query")


def safe_value(value: Any) -> Any:
    """A JSON value with the members that hold secrets hidden, at any depth."""
    if isinstance(value, dict):
        return {key: HIDDEN if is_secret(key) else safe_value(member) for key, member in value.items()}
    if isinstance(value, list):
        return [safe_value(item) for item in value]
    return value


def holds_secret(value: Any) -> bool:
    """Whether any member of a JSON value, at any depth, is named like a secret."""
    if isinstance(value, dict):
        return any(is_secret(key) or holds_secret(member) for key, member in value.items())
    return isinstance(value, list) and any(holds_secret(item) for item in value)


def safe_target(target: str, secrets: Collection[str] = ()) -> str:
    """A path with its query, the secrets in the query hidden; `secrets` names parameters that are one by contract."""
    path, mark, query = target.partition("?")
    return f"{path}?{safe_form(query, secrets)}" if mark else target


def safe_form(text: str, secrets: Collection[str] = ()) -> str:
    """A query string or URL-encoded form with the secrets hidden; as it was sent where it holds none."""
    if not any(_hides(name, secrets) for name, _ in parse_qsl(text, keep_blank_values=True, errors="replace")):
        return text
    pairs = (part.partition("=") for part in text.split("&"))
    return "&".join(
        f"{name}={quote(HIDDEN, safe='[]')}" if _hides(unquote_plus(name), secrets) else f"{name}{equals}{value}"
        for name, equals, value in pairs
    )


def safe_text(text: str) -> str:
    """Running text with what is set to a secret's name hidden: "see ?token=[redacted]", "Bearer [redacted]"."""
    return _SCHEMES.sub(rf"\1\2{HIDDEN}", _ASSIGNED.sub(rf"\1{HIDDEN}", text))


def safe_body(raw: bytes, content_type: str, left_out: int = 0) -> Any:
    """
    A body as a reader may see it: a JSON value where it is JSON, else its text; None where there is none.

    Of one that was not kept the size is named: `left_out` bytes.
    """
    if left_out:
        return f"[{left_out} bytes]"
    if not raw:
        return None
    try:
        return safe_value(read_json(raw))
    except UnreadableBody:
        text = raw.decode("utf-8", "replace")
    if media_type(content_type) == FORM:
        return safe_form(text)
    return HIDDEN if may_hold_secret(text) else text


def may_hold_secret(text: str) -> bool:
    """Whether a text that nobody could read names a secret anywhere, however that name is written."""
    forms = (
        text,
        unquote_plus(text),
        _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text),
        text[::2],
        text[1::2],
    )
    return any(is_secret(form) for form in forms)


def _hides(name: str, secrets: Collection[str]) -> bool:
    return name in secrets or is_secret(name)
