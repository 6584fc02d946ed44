"""A server to test, as values: addresses, credentials by reference, known records, what may be written."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.target.rate_limit import Rate
from specs.contract import CALLER
from specs.document_schemas import load_schema, misfits
from specs.flaws import CasepactError, Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.project import CONTROL, apis, files_of, project
from specs.source import Document, Pointer, read
from specs.statements import DOCUMENTED

MAINTAINED: tuple[str, ...] = tuple(load_schema("profile")["definitions"]["api"]["properties"]["maintained"]["default"])
"""Members that servers are taken to keep up to date themselves, unless a profile names others."""
FILL_IN = "FILL-IN"
"""What `casepact target new` writes where a value is missing; no profile that holds it is taken."""
_VARIABLE = re.compile(r"\$\{([A-Z_][A-Z0-9_]*)\}\Z")


class Writes(StrEnum):
    """What a run may change on the target."""

    NONE = "none"
    REVERSIBLE = "reversible"
    ALLOWED = "allowed"


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret and how a reader may write it: `${VARIABLE}`, or itself when the fixtures publish it."""

    value: str = field(repr=False)
    shown: str


@dataclass(frozen=True, slots=True)
class OAuth:
    """How to get a token with client credentials (RFC 6749 section 4.4); `in_form` sends id and secret in the form."""

    url: str
    client_id: Credential
    client_secret: Credential
    scope: str = ""
    in_form: bool = False


@dataclass(frozen=True, slots=True)
class TokenCall:
    """How to get a token from an operation of the contract: what it is sent, where the answer holds token and end."""

    operation: str
    send: Mapping[str, Credential]
    token: str = ""
    expires: str = ""


TokenSource = OAuth | TokenCall


@dataclass(frozen=True, slots=True)
class Waiver:
    """A statement that a server may break until the end of a day; `place` is where the profile says so."""

    statement: str
    reason: str
    owner: str
    until: date
    operation: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Proxy:
    """The proxy that requests pass; `user` and `password` are None when it asks for none."""

    url: str
    user: Credential | None = None
    password: Credential | None = None


@dataclass(frozen=True, slots=True)
class ApiTarget:
    """
    One API of a target: its address, actors (scheme → credential) and known records by role.

    `tokens` holds for an actor the schemes whose credential has to be asked for; `maintained` names the members of
    records that the server keeps up to date itself. Probes of a `serial` API run one after the other.
    """

    api: str
    url: str
    edition: str
    actors: Mapping[str, Mapping[str, Credential]]
    records: Mapping[str, Mapping[str, Any]]
    tokens: Mapping[str, Mapping[str, TokenSource]] = field(default_factory=dict)
    maintained: tuple[str, ...] = MAINTAINED
    serial: bool = False
    spec: str = ""
    """The file of a foreign document that this API is to keep; empty for a contract of ours."""


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A target. `worlds` says that it is a mock of ours, which gives each probe a world of its own.

    `retries` counts for failed connections only. `ca` is a file of certificates, or empty for those of the system.
    `settles` is how many seconds may pass until a read shows what was written; `wrong_logins` bounds the logins that
    must fail.
    """

    name: str
    worlds: bool
    writes: Writes
    apis: Mapping[str, ApiTarget]
    rate: Rate | None = None
    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    retries: int = 0
    ca: str = ""
    proxy: Proxy | None = None
    waivers: tuple[Waiver, ...] = ()
    settles: float = 0.0
    wrong_logins: int = 3

    def with_urls(self, urls: Mapping[str, str]) -> Profile:
        """The same target, narrowed to these APIs at these addresses."""
        return replace(self, apis={api: replace(self.apis[api], url=url) for api, url in urls.items()})


def profiles() -> tuple[str, ...]:
    """The names of the profiles that come with the project or stand in ./fixtures/targets."""
    return tuple(sorted({path.stem for folder in _folders() for path in folder.glob("*.yaml")}))


def load_profile(name: str, *, with_secrets: bool = True) -> Profile:
    """
    The profile of this name, or of this file if `name` ends in .yaml.

    Raises `UnknownName`, or `FlawedDocument` with file and line of every flaw, variables that are not set included.
    Without secrets no variable is looked at: the file is judged, not the machine.
    """
    path = profile_file(name)
    return _Reader(read(path), path.parent, os.environ if with_secrets else None).profile(path.stem)


def profile_file(name: str) -> Path:
    """The file of the profile of this name, or that file itself if `name` ends in .yaml; raises `UnknownName`."""
    path = Path(name)
    if path.suffix == ".yaml":
        return path
    found = [folder / f"{name}.yaml" for folder in _folders() if (folder / f"{name}.yaml").is_file()]
    if not found:
        raise UnknownName("target", name, profiles())
    return found[0]


def spec_profile(api: str, url: str, spec: str, schemes: Iterable[str] | None = None) -> Profile:
    """
    A profile for an address that is to keep a foreign document, and nothing else.

    With `schemes`, those of the document, a mock of ours is there, which takes any credential and has worlds. Of other
    servers nothing is known; one on loopback may be written to.
    """
    mock = schemes is not None
    public = {scheme: Credential("casepact", "casepact") for scheme in schemes or ()}
    actors = {CALLER: public} if public else {}
    writes = Writes.ALLOWED if mock or is_loopback(url) else Writes.NONE
    return Profile(url, mock, writes, {api: ApiTarget(api, url, DOCUMENTED, actors, {}, spec=spec)})


def bare_profile(api: str, url: str) -> Profile:
    """
    A profile for an address and nothing else.

    A loopback address is taken to hold the records and actors of the mock's fixtures, and may be written to. Of any
    other nothing is known, and nothing is written.
    """
    if is_loopback(url):
        return load_profile("mock").with_urls({api: url})
    return Profile(url, False, Writes.NONE, {api: ApiTarget(api, url, "documented", {}, {})})


def is_loopback(url: str) -> bool:
    """Whether an address can only be this machine (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3)."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str) -> str:
    """The address without a trailing slash; raises `CasepactError` when it is not one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise CasepactError(f"'{url}' is not a base address; it looks like http://127.0.0.1:8080/aicc.") from None
    try:
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or parts.query or parts.fragment:
        raise CasepactError(f"'{url}' is not a base address; it looks like http://127.0.0.1:8080/aicc.")
    if parts.username or parts.password:
        raise CasepactError("an address must not hold credentials; name them in a profile under fixtures/targets.")
    return url.rstrip("/")


def _folders() -> list[Path]:
    here = Path.cwd() / "fixtures" / "targets"
    known = project().targets
    return [here, known] if here.is_dir() and here.resolve() != known.resolve() else [known]


@cache
def _fixture(api: str) -> Document:
    """The seed world of an API; many actors of a profile come from one file."""
    return read(files_of(api).fixtures / "default.yaml")


class _Reader:
    def __init__(self, document: Document, folder: Path, variables: Mapping[str, str] | None) -> None:
        self.document, self.folder, self.variables = document, folder, variables
        self.flaws: list[Flaw] = []

    def profile(self, name: str) -> Profile:
        for misfit in misfits("profile", self.document.data):
            self._flaw(misfit.pointer, misfit.message)
        for pointer in _unfilled(self.document.data, ()):
            self._flaw(pointer, f"{FILL_IN} is not a value: fill it in, or delete the line.")
        if self.flaws:
            raise FlawedDocument(self.flaws)
        data: dict[str, Any] = self.document.data
        timeouts, rate = data.get("timeouts", {}), data.get("rate")
        profile = Profile(
            name,
            data.get("worlds", False),
            Writes(data.get("writes", Writes.NONE)),
            {api: self._api(api, item) for api, item in data["apis"].items()},
            Rate(rate["requests"], rate["perSeconds"]) if rate else None,
            timeouts.get("connect", 5.0),
            timeouts.get("read", 30.0),
            data.get("retries", 0),
            self._ca(data["tls"]["ca"]) if "tls" in data else "",
            self._proxy(data["proxy"]) if "proxy" in data else None,
            tuple(self._waiver(index, item) for index, item in enumerate(data.get("waivers", ()))),
            _seconds(data.get("settles", 0.0)),
            data.get("wrongLogins", 3),
        )
        if self.flaws:
            raise FlawedDocument(self.flaws)
        return profile

    def _api(self, api: str, item: dict[str, Any]) -> ApiTarget:
        url = self._url(item.get("url") or "", ("apis", api, "url"))
        actors, tokens = {}, {}
        for actor, held in (item.get("actors") or {}).items():
            pointer = ("apis", api, "actors", actor)
            given = self._seed(api, held["seed"], pointer) if "seed" in held else {}
            sources: dict[str, TokenSource] = {}
            for scheme, value in held.items():
                if isinstance(value, dict):
                    sources[scheme] = self._source(value, (*pointer, scheme))
                elif scheme != "seed":
                    given[scheme] = self._credential(value, (*pointer, scheme))
            actors[actor] = given
            if sources:
                tokens[actor] = sources
        maintained = tuple(item.get("maintained", MAINTAINED))
        edition, records = item.get("edition", "documented"), item.get("records") or {}
        spec = self._spec(api, item["spec"], ("apis", api, "spec")) if "spec" in item else ""
        return ApiTarget(api, url, edition, actors, records, tokens, maintained, item.get("serial") is True, spec)

    def _spec(self, api: str, name: str, pointer: Pointer) -> str:
        path = self.folder / Path(name).expanduser()
        if not path.is_file():
            self._flaw(pointer, f"there is no file {name}; the path starts from the profile's folder.")
        if api in (*apis(), CONTROL):
            self._flaw(pointer, f"an API named '{api}' comes with casepact; give this one another name.")
        return str(path.resolve())

    def _credential(self, reference: str, pointer: Pointer) -> Credential:
        match = _VARIABLE.match(reference)
        value = self.variables.get(match[1]) if match and self.variables is not None else None
        if match and value is None and self.variables is not None:
            self._flaw(pointer, f"the environment variable {match[1]} is not set.")
        return Credential(value or "", reference)

    def _source(self, value: dict[str, Any], pointer: Pointer) -> TokenSource:
        if "oauth" in value:
            oauth, pointer = value["oauth"], (*pointer, "oauth")
            url = self._url(oauth["tokenUrl"], (*pointer, "tokenUrl"))
            if url.startswith("http:") and not is_loopback(url):
                # RFC 6749 section 2.3.1: the password of a client travels over TLS only.
                self._flaw((*pointer, "tokenUrl"), "a secret is not sent in clear; `tokenUrl` starts with https://.")
            return OAuth(
                url,
                self._credential(oauth["clientId"], (*pointer, "clientId")),
                self._credential(oauth["clientSecret"], (*pointer, "clientSecret")),
                oauth.get("scope", ""),
                oauth.get("client") == "body",
            )
        send = {
            name: self._credential(reference, (*pointer, "send", name))
            for name, reference in value.get("send", {}).items()
        }
        return TokenCall(value["operation"], send, value.get("token", ""), value.get("expires", ""))

    def _ca(self, name: str) -> str:
        path = self.folder / Path(name).expanduser()
        if not path.is_file():
            self._flaw(("tls", "ca"), f"there is no file {name}; the path starts from the profile's folder.")
        return str(path)

    def _proxy(self, text: str) -> Proxy | None:
        scheme, _, rest = text.partition("://")
        user, _, host = rest.rpartition("@")
        names, pointer = user.partition(":"), ("proxy",)
        if user and not all(_VARIABLE.match(name) for name in (names[0], names[2] or names[0])):
            self._flaw(pointer, "a credential must not stand here; write http://${USER}:${PASSWORD}@HOST:PORT.")
            return None
        url = self._url(f"{scheme}://{host}", pointer)
        given = [self._credential(name, pointer) for name in (names[0], names[2]) if name]
        return Proxy(url, *given)

    def _waiver(self, index: int, item: dict[str, str]) -> Waiver:
        until = date.fromisoformat(item["until"])
        place = str(self.document.place(("waivers", index)))
        return Waiver(item["statement"], item["reason"], item["owner"], until, item.get("operation", ""), place)

    def _url(self, text: str, pointer: Pointer) -> str:
        try:
            return check_url(text) if text else ""
        except CasepactError as error:
            self._flaw(pointer, str(error))
            return ""

    def _seed(self, api: str, name: str, pointer: Pointer) -> dict[str, Credential]:
        fixture = _fixture(api)
        actors = fixture.data.get("actors") or {}
        if name not in actors:
            self._flaw(pointer, f"{fixture.file} has no actor '{name}'.{did_you_mean(name, actors)}")
            return {}
        attributes = {key: value for key, value in actors[name].items() if isinstance(value, str)}
        public = {**attributes, **(actors[name].get("credentials") or {})}
        return {scheme: Credential(str(value), str(value)) for scheme, value in public.items()}

    def _flaw(self, pointer: Pointer, message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), "", message))


def _unfilled(value: Any, pointer: Pointer) -> Iterator[Pointer]:
    """Where a profile still holds what `casepact target new` wrote in place of a value."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _unfilled(member, (*pointer, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unfilled(item, (*pointer, index))
    elif isinstance(value, str) and FILL_IN in value:
        yield pointer


def _seconds(value: float | str) -> float:
    """A time of a profile: a number of seconds, or a text as 2s or 500ms."""
    if isinstance(value, str):
        return float(value[:-2]) / 1000 if value.endswith("ms") else float(value[:-1])
    return float(value)
