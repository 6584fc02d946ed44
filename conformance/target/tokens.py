"""Tokens that have to be asked for: obtained when first needed, renewed before they end or when one is refused."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

from conformance.target.exchange import FORM, Pairs, Request, Response
from conformance.target.profile import Credential, OAuth, TokenCall, TokenSource
from specs.contract import Operation, TokenPlaces
from specs.flaws import CasepactError
from specs.references import at, split

# A token is renewed so many seconds before it ends; of a short-lived one a tenth of its life.
_MARGIN = 30.0
# RFC 6749 section 5.1, and the plain names; calls that put it elsewhere say so in the contract (`x-token`).
_TOKENS = ("/access_token", "/token")
_ENDS = ("/expires_in", "/expires")

TokenKey = tuple[str, str]
"""An actor and the security scheme that its token is for."""


class CredentialsRefused(CasepactError):
    """The target does not know the actor that the profile names: the environment's fault."""


@dataclass(slots=True)
class Token:
    """A token, the moment of the monotonic clock at which it should be renewed, and whether it was ever taken."""

    value: str = field(repr=False)
    ends: float
    worked: bool = False


class TokenCache:
    """
    The tokens of a target's actors.

    `ask` obtains one and says how many seconds it lives (None: it does not say). Whatever sends requests sees here that
    a token was replaced: `current` writes the new one where a request still has the old.
    """

    def __init__(
        self,
        sources: Mapping[TokenKey, TokenSource],
        ask: Callable[[TokenKey, TokenSource], tuple[str, float | None]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources, self._ask, self._clock = sources, ask, clock
        self._held: dict[TokenKey, Token] = {}
        self._given: dict[str, TokenKey] = {}
        self._lock = threading.RLock()

    def has(self, actor: str, scheme: str) -> bool:
        """Whether the actor's credential for this scheme is a token to be asked for."""
        return (actor, scheme) in self._sources

    def value(self, holder: TokenKey) -> str:
        """The token, asked for if there is none or it is about to end; raises what `ask` raises."""
        with self._lock:
            token = self._held.get(holder)
            if token is None or self._clock() >= token.ends:
                value, seconds = self._ask(holder, self._sources[holder])
                life = float("inf") if seconds is None else seconds - min(_MARGIN, seconds / 10)
                token = self._held[holder] = Token(value, self._clock() + life)
                self._given[value] = holder
            return token.value

    def values(self) -> tuple[str, ...]:
        """Every token obtained until now."""
        return tuple(self._given)

    def current(self, headers: Pairs) -> Pairs:
        """The headers with every token that was replaced, or is about to end, as it is now."""
        if not self._given:
            return headers
        return tuple((name, self._renewed(value)) for name, value in headers)

    def worked(self, headers: Pairs) -> None:
        """Remember that a request with these headers was not refused for its credential."""
        for holder in self._holders(headers):
            if holder in self._held:
                self._held[holder].worked = True

    def refused(self, headers: Pairs) -> bool:
        """
        Whether a request that was answered 401 is worth another try with a new token.

        Only a token that was taken before is replaced: one that never was is no good, and says so.
        """
        again = False
        with self._lock:
            for holder in self._holders(headers):
                token = self._held.get(holder)
                if token is None or token.worked or not any(token.value in text for _, text in headers):
                    self._held.pop(holder, None)
                    again = True
        return again

    def _renewed(self, text: str) -> str:
        for value, holder in list(self._given.items()):
            if value in text:
                return text.replace(value, self.value(holder))
        return text

    def _holders(self, headers: Pairs) -> Iterable[TokenKey]:
        return {holder for value, holder in self._given.items() if any(value in text for _, text in headers)}


def variable(api: str, actor: str) -> str:
    """The environment variable that stands for a token in a command that a reader can run."""
    return re.sub(r"[^A-Z0-9]+", "_", f"CASEPACT_{api}_{actor}_TOKEN".upper())


def oauth_request(source: OAuth) -> Request:
    """
    The request for a token by client credentials (RFC 6749 section 4.4.2).

    Id and secret go into Authorization, form-encoded first as section 2.3.1 asks, or into the form.
    """
    form = {"grant_type": "client_credentials"} | ({"scope": source.scope} if source.scope else {})
    headers = {"Content-Type": FORM, "Accept": "application/json"}
    if source.in_form:
        form |= {"client_id": source.client_id.value, "client_secret": source.client_secret.value}
    else:
        pair = f"{quote_plus(source.client_id.value)}:{quote_plus(source.client_secret.value)}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return Request("POST", source.url, tuple(headers.items()), urlencode(form).encode())


def sent_to(operation: Operation, send: Mapping[str, Credential]) -> dict[str, Any]:
    """The body of a token call: what the profile gives, and members for which the contract has one value only."""
    content = next(iter(operation.body.values()), None)
    members = content.schema.view.members() if content and content.schema else {}
    enums = {name: member.says("enum", ()) for name, member in members.items()}
    fixed = {name: values[0] for name, values in enums.items() if len(values) == 1}
    return fixed | {name: credential.value for name, credential in send.items()}


def read_token(
    source: TokenSource,
    response: Response,
    who: str,
    now: datetime | None = None,
    *,
    documented: TokenPlaces | None = None,
) -> tuple[str, float | None]:
    """
    The token in an answer and how many seconds it lives, None when the answer does not say.

    Both stand where the profile says; where it is silent, where the contract says (`documented`), or RFC 6749.
    Raises `CredentialsRefused`, which shows of the answer no more than its status and the `error` of RFC 6749 5.2.
    """
    try:
        value = json.loads(response.body)
    except ValueError:
        value = None
    call = source if isinstance(source, TokenCall) else None
    places = documented or TokenPlaces()
    token = _first(value, (call.token,) if call and call.token else (places.token, *_TOKENS))
    if not 200 <= response.status < 300 or not isinstance(token, str) or not token:
        error = value.get("error") if isinstance(value, dict) else None
        detail = f"{response.status} {error}" if isinstance(error, str) and re.fullmatch(r"[a-z_]{3,40}", error) else ""
        raise CredentialsRefused(
            f"{who} gets no token ({detail or response.status}). Check the variables that the target's profile names."
        )
    end = _first(value, (call.expires,) if call and call.expires else (places.expires, *_ENDS))
    return token, _seconds(end, now)


def _first(value: Any, pointers: Iterable[str]) -> Any:
    for pointer in filter(None, pointers):
        try:
            return at(value, tuple(split(pointer)))
        except (LookupError, TypeError):
            continue
    return None


def _seconds(end: Any, now: datetime | None) -> float | None:
    """Seconds from now, or a moment (RFC 3339; some servers write seven digits of a second)."""
    if isinstance(end, int | float) and not isinstance(end, bool):
        return float(end)
    if not isinstance(end, str):
        return None
    if end.isdecimal():
        return float(end)
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", end))
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - (now or datetime.now(UTC))).total_seconds()
