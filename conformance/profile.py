"""A server to test, as values: addresses, credentials by reference, known records, what may be written."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from specs.flaws import CasepactError, Flaw, FlawedDocument, UnknownName, did_you_mean
from specs.source import Document, read

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
TARGETS = FIXTURES / "targets"
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
class ApiTarget:
    """One API of a target: its address, actors (scheme → credential) and known records by role."""

    api: str
    url: str
    edition: str
    actors: Mapping[str, Mapping[str, Credential]]
    records: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Profile:
    """A target. `worlds` says that it is a mock of ours, which gives each probe a world of its own."""

    name: str
    worlds: bool
    writes: Writes
    apis: Mapping[str, ApiTarget]

    def with_urls(self, urls: Mapping[str, str]) -> Profile:
        """The same target, narrowed to these APIs at these addresses."""
        return replace(self, apis={api: replace(self.apis[api], url=url) for api, url in urls.items()})


def profiles() -> tuple[str, ...]:
    """The names of the profiles that come with the project or stand in ./fixtures/targets."""
    return tuple(sorted({path.stem for folder in _folders() for path in folder.glob("*.yaml")}))


def load_profile(name: str) -> Profile:
    """
    The profile of this name, or of this file if `name` ends in .yaml.

    Raises `UnknownName`, `FlawedDocument` with file and line, or `CasepactError` when an environment variable that it
    needs is not set.
    """
    path = Path(name)
    if path.suffix != ".yaml":
        found = [folder / f"{name}.yaml" for folder in _folders() if (folder / f"{name}.yaml").is_file()]
        if not found:
            raise UnknownName("target", name, profiles())
        path = found[0]
    return _Reader(read(path)).profile(path.stem)


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
        raise CasepactError(f"'{url}' is no base address; it looks like http://127.0.0.1:8080/aicc.") from None
    try:
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        port_fits = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_fits or parts.query or parts.fragment:
        raise CasepactError(f"'{url}' is no base address; it looks like http://127.0.0.1:8080/aicc.")
    if parts.username or parts.password:
        raise CasepactError("an address must not hold credentials; name them in a profile under fixtures/targets.")
    return url.rstrip("/")


def _folders() -> list[Path]:
    here = Path.cwd() / "fixtures" / "targets"
    return [here, TARGETS] if here.is_dir() and here.resolve() != TARGETS.resolve() else [TARGETS]


@cache
def _fixture(api: str) -> Document:
    """The seed world of an API; many actors of a profile come from one file."""
    return read(FIXTURES / api / "default.yaml")


_TOP = {"summary", "worlds", "writes", "apis"}
_API = {"url", "edition", "actors", "records"}


class _Reader:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.flaws: list[Flaw] = []

    def profile(self, name: str) -> Profile:
        if not self._known(self.document.data, _TOP, ()):
            raise FlawedDocument(self.flaws)
        data: dict[str, Any] = self.document.data
        if data.get("writes", "none") not in list(Writes):
            self._flaw(("writes",), f"`writes` is one of {', '.join(Writes)}.")
        if not isinstance(data.get("apis"), dict) or not data["apis"]:
            self._flaw(("apis",), "a target needs `apis`: a mapping of API to address, actors and records.")
            raise FlawedDocument(self.flaws)
        apis = {}
        for api, item in data["apis"].items():
            if self._known(item, _API, ("apis", api)):
                apis[api] = self._api(api, item)
        if self.flaws:
            raise FlawedDocument(self.flaws)
        return Profile(name, data.get("worlds") is True, Writes(data.get("writes", "none")), apis)

    def _api(self, api: str, item: dict[str, Any]) -> ApiTarget:
        url = str(item.get("url") or "")
        if url:
            try:
                url = check_url(url)
            except CasepactError as error:
                self._flaw(("apis", api, "url"), str(error))
        actors = {
            actor: self._credentials(api, actor, credentials)
            for actor, credentials in self._mapping(item, "actors", api).items()
        }
        records = self._mapping(item, "records", api)
        for role, record in records.items():
            if not isinstance(record, dict) or not record.get("id"):
                self._flaw(("apis", api, "records", role), "a record is a mapping with its `id`, as {id: 1234}.")
        return ApiTarget(api, url, str(item.get("edition", "documented")), actors, records)

    def _mapping(self, item: dict[str, Any], key: str, api: str) -> dict[str, Any]:
        value = item.get(key) or {}
        if not isinstance(value, dict):
            self._flaw(("apis", api, key), f"`{key}` must be a mapping.")
            return {}
        return value

    def _credentials(self, api: str, actor: str, credentials: Any) -> dict[str, Credential]:
        pointer = ("apis", api, "actors", actor)
        if not isinstance(credentials, dict):
            self._flaw(pointer, "an actor is a mapping of security scheme to ${VARIABLE}, or {seed: NAME}.")
            return {}
        if "seed" in credentials:
            return self._seed(api, str(credentials["seed"]), pointer)
        found = {}
        for scheme, reference in credentials.items():
            match = _VARIABLE.match(str(reference))
            if match is None:
                self._flaw(
                    (*pointer, scheme), "a credential must not stand here; write ${VARIABLE} and set that variable."
                )
            elif match[1] not in os.environ:
                raise CasepactError(
                    f"{self.document.place((*pointer, scheme))}: the environment variable {match[1]} is not set."
                )
            else:
                found[scheme] = Credential(os.environ[match[1]], f"${{{match[1]}}}")
        return found

    def _seed(self, api: str, name: str, pointer: tuple[str, ...]) -> dict[str, Credential]:
        fixture = _fixture(api)
        actors = fixture.data.get("actors") or {}
        if name not in actors:
            self._flaw(pointer, f"{fixture.file} has no actor '{name}'.{did_you_mean(name, actors)}")
            return {}
        attributes = {key: value for key, value in actors[name].items() if isinstance(value, str)}
        public = {**attributes, **(actors[name].get("credentials") or {})}
        return {scheme: Credential(str(value), str(value)) for scheme, value in public.items()}

    def _known(self, item: Any, keys: set[str], pointer: tuple[str, ...]) -> bool:
        if not isinstance(item, dict):
            self._flaw(pointer, "must be a mapping.")
            return False
        for key in item.keys() - keys:
            self._flaw((*pointer, key), f"has an unknown key '{key}'.{did_you_mean(key, keys)}")
        return True

    def _flaw(self, pointer: tuple[str, ...], message: str) -> None:
        self.flaws.append(Flaw(self.document.place(pointer), "", message))
