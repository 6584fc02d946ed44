"""A document by its address: fetched once, only when somebody asks for it, and kept."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3

from specs.flaws import CasepactError

LARGEST = 64 * 2**20
"""Bytes of a document that is fetched."""

_SECONDS = 60
_REDIRECTS = 5
_SILENCE = 15
_CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document and its kept copy; `digest` is the SHA-256 of its bytes, and `kept` says that nothing was fetched."""

    url: str
    path: Path
    digest: str
    kept: bool


def is_address(text: str) -> bool:
    """Whether this names a document by URL rather than by file."""
    return "://" in text


def fetch(url: str, cache: Path | None = None) -> Fetched:
    """
    The document at an address that begins with https, as it is kept or, the first time, as it is fetched now.

    It is kept below `cache`, the user's folder for that unless it is given, until somebody deletes it. At most
    `LARGEST` bytes are taken, within a minute and over at most five redirects, each of them to https. Raises
    `CasepactError` for everything else.
    """
    if urlsplit(url).scheme != "https":
        raise CasepactError(f"{url}: only addresses that begin with https:// are fetched.")
    parts = urlsplit(url)
    # A document called openapi.yaml is served under the name of its folder, so that is the host's.
    kept = (cache or cache_folder()) / "documents" / hashlib.sha256(url.encode()).hexdigest()[:16]
    folder = kept / (parts.hostname or "")
    path = folder / (Path(parts.path).name or "openapi.json")
    if path.is_file():
        return Fetched(url, path, hashlib.sha256(path.read_bytes()).hexdigest(), kept=True)
    body = _body(url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # What was written in part, because the program was stopped, must not be taken for the document.
        part = path.with_suffix(f"{path.suffix}.part")
        part.write_bytes(body)
        part.replace(path)
    except OSError as error:
        raise CasepactError(f"{url}: cannot be kept in {folder}: {error.strerror}.") from None
    return Fetched(url, path, hashlib.sha256(body).hexdigest(), kept=False)


def cache_folder() -> Path:
    """Where this user keeps what can be had again (XDG Base Directory Specification)."""
    named = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(named) if Path(named).is_absolute() else Path.home() / ".cache") / "casepact"


def _body(url: str) -> bytes:
    deadline = time.monotonic() + _SECONDS
    timeout = urllib3.Timeout(connect=_SILENCE, read=_SILENCE)
    address = url
    with urllib3.PoolManager(timeout=timeout, retries=False) as pool:
        for _ in range(_REDIRECTS + 1):
            if urlsplit(address).scheme != "https":
                raise CasepactError(
                    f"{url}: leads to {address[:200]}; only addresses that begin with https:// are fetched."
                )
            try:
                answer = pool.request("GET", address, preload_content=False, redirect=False)
                location = answer.headers.get("location")
                if answer.status in (301, 302, 303, 307, 308) and location:
                    answer.drain_conn()
                    address = urljoin(address, location)
                    continue
                if answer.status != 200:
                    raise CasepactError(f"{url}: was answered with {answer.status}.")
                return _read(url, answer, deadline)
            except urllib3.exceptions.HTTPError as error:
                raise CasepactError(f"{url}: cannot be fetched: {error}.") from None
    raise CasepactError(f"{url}: leads over more than {_REDIRECTS} redirects.")


def _read(url: str, answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    for chunk in answer.stream(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise CasepactError(f"{url}: is larger than {LARGEST // 2**20} MiB.")
        if time.monotonic() > deadline:
            raise CasepactError(f"{url}: took longer than {_SECONDS} seconds.")
    return bytes(body)
