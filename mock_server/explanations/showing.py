"""A corrected request as the explanation shows it: without a secret."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.explanations.drafts import Attempted, Draft, as_request, plain_name
from mock_server.explanations.redaction import HIDDEN, is_secret, safe_headers, safe_target, secret_queries
from mock_server.operations.authentication import credential_header, credential_headers
from mock_server.operations.compiled import WORLD_HEADER
from mock_server.worlds.records import Actor
from mock_server.worlds.store import DEFAULT

_NOTHING = object()


def shown_request(attempted: Attempted, draft: Draft) -> dict[str, Any]:
    """Method, path, headers, media type and body; a credential as "[credential of admin]"."""
    compiled = attempted.compiled
    request, _ = as_request(compiled, draft)
    declared = {item.name.lower() for item in compiled.operation.parameters if item.location == "header"}
    shown = safe_headers(request.headers, credential_headers(compiled.contract))
    headers = {name: value for name, value in shown.items() if value != HIDDEN or name in declared}
    if compiled.world is None and attempted.world != DEFAULT:
        headers[WORLD_HEADER] = attempted.world
    target = safe_target(request.target, secret_queries(compiled.contract))
    if compiled.authenticate is not None and draft.actor is not None:
        headers[_credential_header(attempted, draft.actor)] = f"[credential of {draft.actor.name}]"
    elif compiled.authenticate is not None:
        # Whoever shows any credential may call a foreign contract.
        scheme = compiled.contract.security_schemes[compiled.operation.security[0][0]]
        if scheme.location == "query":
            target += f"{'&' if request.query else '?'}{scheme.key}=[credential]"
        else:
            headers[scheme.key.lower() if scheme.location == "header" else "cookie"] = "[credential]"
    return {
        "method": request.method,
        "path": target,
        "headers": headers,
        "media": headers.get("content-type", ""),
        "body": _shown_value(draft.body, attempted.records.actors.values()),
    }


def _credential_header(attempted: Attempted, actor: Actor) -> str:
    """The header that a known actor used, if it is one; else the first in which this actor can prove itself."""
    compiled, request = attempted.compiled, attempted.request
    if compiled.authenticate is not None:
        for name in sorted(credential_headers(compiled.contract) & request.headers.keys()):
            alone = {name: request.headers[name]}
            if compiled.authenticate(alone, "", attempted.records.known.by_credential) is not None:
                return name
    return credential_header(compiled.contract, compiled.operation, actor)


def _shown_value(value: Any, actors: Iterable[Actor], name: str = "") -> Any:
    """A value with its secrets named: what is an actor's own as "[password of admin]", any other as redacted."""
    if name and is_secret(name):
        for actor in actors:
            if value in actor.credentials.values() or value == actor.attributes.get(name, _NOTHING):
                return f"[{name} of {actor.name}]"
            own = {plain_name(key): held for key, held in actor.attributes.items()}
            if own.get(plain_name(name), _NOTHING) == value:
                return f"[{name} of {actor.name}]"
        return HIDDEN
    if isinstance(value, dict):
        return {key: _shown_value(member, actors, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_shown_value(item, actors) for item in value]
    return value
