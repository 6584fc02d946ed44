"""Whose credential a request carries."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

from mock_server.worlds.records import Actor
from specs.contract import Contract, Operation, SecurityScheme

Headers = Mapping[str, str]
Authenticate = Callable[[Headers, str, Mapping[tuple[str, str], Actor]], Actor | None]
"""(headers, query string, actors by scheme and credential) → the actor, or None."""


Extract = Callable[[Headers, str], str | None]
"""(headers, query string) → the credential of one scheme, or None."""

_ANYBODY = Actor("anybody", {}, {})


def authenticator(contract: Contract, operation: Operation) -> Authenticate | None:
    """
    How this operation finds out who calls, tried alternative by alternative in the order of the contract.

    None for an operation that asks for no credential.
    """
    if not _asks(operation):
        return None
    if not contract.dialect.modelled:
        alternatives = _alternatives(contract, operation)
        # Who may call is not known, so whoever shows all credentials of one alternative may.
        return lambda headers, query, actors: next(
            (_ANYBODY for needed in alternatives if all(extract(headers, query) for _, extract in needed)), None
        )
    extractors = [
        (name, _extractor(contract.security_schemes[name]))
        for alternative in operation.security
        for name in alternative
    ]

    def authenticate(headers: Headers, query: str, actors: Mapping[tuple[str, str], Actor]) -> Actor | None:
        for name, extract in extractors:
            credential = extract(headers, query)
            if credential is not None and (actor := actors.get((name, credential))) is not None:
                return actor
        return None

    return authenticate


def missing_credential(contract: Contract, operation: Operation, headers: Headers, query: str) -> str:
    """What a request without a known credential lacks, or has in the wrong form; no credential is repeated."""
    if not contract.dialect.modelled:
        return _lacking(contract, operation, headers, query)
    names = dict.fromkeys(name for alternative in operation.security for name in alternative)
    schemes = [contract.security_schemes[name] for name in names]
    if unknown := [scheme for scheme in schemes if _extractor(scheme)(headers, query) is not None]:
        return f"the credential in {_place(unknown[0])} is that of no actor in this world"
    shown = ", or ".join(dict.fromkeys(map(_form, schemes)))
    if sent := [scheme for scheme in schemes if scheme.location == "header" and scheme.key.lower() in headers]:
        return f"{_place(sent[0])} is not in the form that is asked for; send {shown}"
    return f"no credential was sent; send {shown}"


def credential_headers(contract: Contract) -> frozenset[str]:
    """The headers, in lower case, that hold credentials of this API."""
    return frozenset(
        scheme.key.lower() if scheme.location == "header" else "cookie"
        for scheme in contract.security_schemes.values()
        if scheme.location in ("header", "cookie")
    )


def credential_header(contract: Contract, operation: Operation, actor: Actor) -> str:
    """The header in which an actor sends what it can prove itself with to an operation."""
    for alternative in operation.security:
        for name in alternative:
            if name in actor.credentials:
                scheme = contract.security_schemes[name]
                return scheme.key.lower() if scheme.location == "header" else "cookie"
    return "authorization"


def _lacking(contract: Contract, operation: Operation, headers: Headers, query: str) -> str:
    """Which credentials are missing, of the alternative that lacks least; their names only."""
    lacks = [
        [_form(scheme) for scheme, extract in needed if not extract(headers, query)]
        for needed in _alternatives(contract, operation)
    ]
    least = min(map(len, lacks))
    ways = [" and ".join(missing) for missing in lacks if len(missing) == least]
    return f"credentials are missing; send {', or '.join(dict.fromkeys(ways))}"


def _asks(operation: Operation) -> bool:
    return bool(operation.security) and all(operation.security)


def _alternatives(contract: Contract, operation: Operation) -> list[list[tuple[SecurityScheme, Extract]]]:
    schemes = contract.security_schemes
    return [[(schemes[name], _extractor(schemes[name])) for name in names] for names in operation.security]


def _place(scheme: SecurityScheme) -> str:
    place = {"query": "the query parameter", "cookie": "the cookie"}.get(scheme.location, "the header")
    return f"{place} {scheme.key}"


def _form(scheme: SecurityScheme) -> str:
    word = {"bearer": "Bearer TOKEN", "basic": "Basic with user name and password"}.get(scheme.kind, "TOKEN")
    return f"{scheme.key}: {word}" if scheme.location == "header" else f"{_place(scheme)} with TOKEN"


def _extractor(scheme: SecurityScheme) -> Extract:
    key = scheme.key.lower()
    if scheme.kind == "basic":
        return lambda headers, query: _basic(headers.get("authorization", ""))
    if scheme.kind == "bearer":
        return lambda headers, query: _after("bearer ", headers.get("authorization", ""))
    if scheme.location == "cookie":
        return lambda headers, query: _cookie(headers.get("cookie", ""), scheme.key)
    if scheme.location == "query":
        return lambda headers, query: dict(parse_qsl(query)).get(scheme.key)
    return lambda headers, query: headers.get(key)


def _after(prefix: str, value: str) -> str | None:
    return value[len(prefix) :].strip() if value.lower().startswith(prefix) else None


def _basic(value: str) -> str | None:
    encoded = _after("basic ", value)
    if encoded is None:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8")
    except ValueError:
        return None


def _cookie(header: str, name: str) -> str | None:
    for pair in header.split(";") if header else ():
        key, _, value = pair.strip().partition("=")
        if key == name:
            return value
    return None
