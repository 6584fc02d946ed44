"""Connections to a server: how they are made, what is reached by them, and why there is no answer."""

from __future__ import annotations

import platform
import socket
import ssl
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.util import make_headers, parse_url

from conformance.target.errors import Unreachable
from conformance.target.profile import Profile


def pool(profile: Profile) -> urllib3.PoolManager:
    """Connections that are kept open, with the timeouts, the CA and the proxy of a profile."""
    timeout = urllib3.Timeout(connect=profile.connect_timeout, read=profile.read_timeout)
    settings: dict[str, Any] = {"retries": False, "timeout": timeout, "maxsize": 4, "headers": {}}
    if profile.ca:
        settings |= {"ca_certs": profile.ca, "cert_reqs": "CERT_REQUIRED"}
    if profile.proxy is None:
        return urllib3.PoolManager(**settings)
    user, password = profile.proxy.user, profile.proxy.password
    pair = f"{user.value}:{password.value if password else ''}" if user else None
    headers = make_headers(proxy_basic_auth=pair) if pair else None
    return urllib3.ProxyManager(profile.proxy.url, proxy_headers=headers, **settings)


def wait_for_listener(url: str, profile: Profile, seconds: float) -> None:
    """Return once something listens at an address (or at the proxy); raises `Unreachable` when nothing does."""
    parts = urlsplit(profile.proxy.url if profile.proxy else url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((parts.hostname or "", port), profile.connect_timeout).close()
            return
        except OSError as error:
            if time.monotonic() > deadline:
                raise Unreachable(url, reason(error)) from None
            time.sleep(0.05)


def user_agent(run: str) -> str:
    """What a server's log shows of a request, so that its owner can ask about the run."""
    return f"casepact/0.1 ({f'run {run}' if run else 'conformance run'}; Python {platform.python_version()})"


def is_within(url: str, base: str) -> bool:
    """Whether an address lies at or below another, as the connection will be made (RFC 3986 section 6.2.2)."""
    try:
        asked, allowed = parse_url(url), _parsed_base(base)
    except urllib3.exceptions.LocationParseError:
        return False
    if (asked.scheme, asked.host, _port(asked)) != (allowed.scheme, allowed.host, _port(allowed)) or asked.auth:
        return False
    path, root = asked.path or "", (allowed.path or "").rstrip("/")
    return path == root or path.startswith(f"{root}/")


def is_gateway(answer: urllib3.BaseHTTPResponse) -> bool:
    """
    Whether an answer is not the server's own (RFC 9110 sections 15.6.3 and 15.6.5): 502 or 504.

    A 503 in HTML is taken for one too: it is a balancer's page. A 503 with Retry-After never comes here.
    """
    media = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return answer.status in (502, 504) or (answer.status == 503 and media == "text/html")


def untrusted(error: ssl.SSLCertVerificationError) -> str:
    """Why a certificate is not taken, and what to do where nobody known has signed it."""
    way_out = "; name its CA in the profile: tls: {ca: FILE}" if error.verify_code in _UNKNOWN_SIGNERS else ""
    return f"its certificate is not trusted: {error.verify_message}{way_out}"


def reason(error: Exception) -> str:
    """Why a connection failed, as a report says it."""
    cause = getattr(error, "reason", None) or error
    text = str(cause)
    for inner in (cause, *error.args):
        if isinstance(inner, ssl.SSLCertVerificationError):
            return untrusted(inner)
    if "refused" in text.lower():
        return "the connection was refused"
    if "timed out" in text.lower():
        return "it took too long"
    if "getaddrinfo" in text or "resolve" in text.lower() or isinstance(cause, socket.gaierror):
        return "its name cannot be resolved"
    return text.splitlines()[0][:200]


# X509_V_ERR_… of OpenSSL: self-signed, self-signed in the chain, no issuer here, no first certificate to check by.
_UNKNOWN_SIGNERS = frozenset({18, 19, 20, 21})


_parsed_base = lru_cache(maxsize=64)(parse_url)


def _port(url: urllib3.util.Url) -> int:
    return url.port or (443 if url.scheme == "https" else 80)
