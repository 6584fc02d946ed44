"""Which credential of an actor an operation takes, and how it is carried; tokens are asked for when first needed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import unquote_plus, urlsplit

from conformance.target.drafting import own_entries
from conformance.target.exchange import Request, Response
from conformance.target.profile import ApiTarget, Credential, OAuth, Profile, TokenCall, TokenSource
from conformance.target.redaction import Redactor
from conformance.target.request_parts import Credentials, encode
from conformance.target.tokens import TokenCache, TokenKey, oauth_request, read_token, sent_to, variable
from specs.contract import Contract, Operation, SecurityScheme, TokenPlaces

SECRET_ENTRIES = ("password", "clientSecret")
"""The entries of actors that prove who they are, in a request for a token."""


class ActorCredentials:
    """
    The credentials that the actors of one API have.

    `send` sends a request for a token. Every token is made known to the redactor.
    """

    def __init__(
        self, contract: Contract, api: ApiTarget, redactor: Redactor, send: Callable[[Request], Response]
    ) -> None:
        self._contract, self._api, self._redactor, self._send = contract, api, redactor, send
        sources = {(actor, scheme): source for actor, held in api.tokens.items() for scheme, source in held.items()}
        self.token_cache = TokenCache(sources, self._ask)
        self._logins = [operation for operation in contract.operations.values() if operation.gives_token]

    def of(self, operation: Operation, actor: str) -> Credentials | None:
        """How an actor proves itself to an operation: the first alternative it has a credential for."""
        held = self._api.actors.get(actor)
        if held is None or not operation.security:
            return None
        for alternative in operation.security:
            if all(name in held or self.token_cache.has(actor, name) for name in alternative):
                return self._by([self._contract.security_schemes[name] for name in alternative], actor)
        return None

    def by_scheme(self, scheme: str, actor: str) -> Credentials | None:
        """How an actor proves itself by this security scheme; None when it has no credential for it."""
        if scheme not in self._api.actors.get(actor, {}) and not self.token_cache.has(actor, scheme):
            return None
        return self._by([self._contract.security_schemes[scheme]], actor)

    def _by(self, schemes: Sequence[SecurityScheme], actor: str) -> Credentials:
        """What an actor sends by these schemes together, in headers and in the query; cookies share a header."""
        headers: dict[str, str] = {}
        query: list[tuple[str, str]] = []
        secrets: dict[str, str] = {}
        for scheme in schemes:
            name, value, shown = _carried(scheme, self._held(actor, scheme.name))
            if scheme.location == "query":
                query.append((name, value))
                continue
            earlier = name in headers and scheme.location == "cookie"
            headers[name] = f"{headers[name]}; {value}" if earlier else value
            secrets[name.lower()] = f"{secrets[name.lower()]}; {shown}" if earlier else shown
        return Credentials(tuple(headers.items()), secrets, tuple(query))

    def are_in(self, request: Request) -> bool:
        """Whether a request holds any credential of the profile, wherever it stands."""
        if request.secrets:
            return True
        sent = [value for _, value in request.headers] + [(request.body or b"").decode("latin-1"), request.url]
        held = [credential.value for actor in self._api.actors.values() for credential in actor.values()]
        for value in (*held, *self.token_cache.values()):
            basic = base64.b64encode(value.encode()).decode()
            if value and any(value in text or basic in text for text in sent):
                return True
        return False

    def is_wrong_login(self, request: Request) -> bool:
        """Whether a request asks for a token with a secret that is not the profile's."""
        path = urlsplit(request.url).path.removeprefix(urlsplit(self._api.url).path)
        operation = next((item for item in self._logins if path.startswith(item.path)), None)
        if operation is None or request.method != operation.method or not request.body:
            return False
        fields = unquote_plus(request.body.decode("utf-8", "replace"))
        asks = any(name in fields for name in own_entries(operation))
        return asks and not any(secret in fields for secret in self._login_secrets())

    def _login_secrets(self) -> Iterator[str]:
        """What the profile's actors log in with."""
        for actor, held in self._api.actors.items():
            for operation in self._logins:
                for entry in own_entries(operation).values():
                    if entry.actor == actor and entry.name in held and entry.name in SECRET_ENTRIES:
                        yield held[entry.name].value
        for sources in self._api.tokens.values():
            for source in sources.values():
                if isinstance(source, TokenCall):
                    yield from (credential.value for credential in source.send.values())

    def _ask(self, holder: TokenKey, source: TokenSource) -> tuple[str, float | None]:
        """Obtain a token. That is a POST which changes nothing, so it is sent whatever the target may be written."""
        actor, _ = holder
        places: TokenPlaces | None = None
        if isinstance(source, OAuth):
            request = oauth_request(source)
            self._redactor.learn(dict(request.headers).get("Authorization", "").removeprefix("Basic "))
        else:
            operation = self._contract.operation(source.operation)
            places = operation.token
            media = next(iter(operation.body), "")
            body = encode(media, sent_to(operation, source.send))
            request = Request(operation.method, self._api.url + operation.path, (("Content-Type", media),), body)
        value, seconds = read_token(source, self._send(request), f"'{actor}' of {self._api.url}", documented=places)
        self._redactor.learn(value, f"${{{variable(self._contract.api, actor)}}}")
        return value, seconds

    def _held(self, actor: str, scheme: str) -> Credential:
        if self.token_cache.has(actor, scheme):
            shown = f"${{{variable(self._contract.api, actor)}}}"
            return Credential(self.token_cache.value((actor, scheme)), shown)
        return self._api.actors[actor][scheme]


def redactor_of(profile: Profile) -> Redactor:
    """Knows the secrets of every API of the profile: a server may show those of another."""
    held = [
        credential for api in profile.apis.values() for actor in api.actors.values() for credential in actor.values()
    ]
    for api in profile.apis.values():
        for source in (source for sources in api.tokens.values() for source in sources.values()):
            held += (source.client_id, source.client_secret) if isinstance(source, OAuth) else source.send.values()
    proxy = profile.proxy
    held += [part for part in (proxy.user, proxy.password) if part] if proxy else []
    public = frozenset(credential.value for credential in held if credential.value == credential.shown)
    return Redactor({credential.value: credential.shown for credential in held}, public)


def _carried(scheme: SecurityScheme, credential: Credential) -> tuple[str, str, str]:
    """Header name, value, and the value as a reader may write it."""
    if scheme.kind == "basic":
        encoded = base64.b64encode(credential.value.encode()).decode()
        public = credential.shown == credential.value
        return "Authorization", f"Basic {encoded}", f"Basic {encoded}" if public else f"Basic {credential.shown}"
    if scheme.kind == "bearer":
        return "Authorization", f"Bearer {credential.value}", f"Bearer {credential.shown}"
    if scheme.location == "cookie":
        return "Cookie", f"{scheme.key}={credential.value}", f"{scheme.key}={credential.shown}"
    return scheme.key, credential.value, credential.shown
