"""Who may read the page and send its forms: those who have the control API's token, and no page of another site."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

COOKIE = "casepact_page"
_PURPOSE = b"the page of a casepact mock"


class Access:
    """
    The rule of the control API for the page.

    Where the control API asks for a token, so does the page, once: a cookie that is derived from the token stands for
    it afterwards. No script can read that cookie, and no request from another site has it.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._pass = hmac.new(token.encode(), _PURPOSE, hashlib.sha256).hexdigest() if token else ""

    @property
    def is_guarded(self) -> bool:
        """Whether a token is asked for."""
        return bool(self._token)

    def admits(self, headers: Mapping[str, str]) -> bool:
        """Whether a request may have the page."""
        if not self._token:
            return True
        try:
            sent = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return sent is not None and hmac.compare_digest(sent.value.encode(), self._pass.encode())

    def cookie(self, token: str) -> str | None:
        """The value of `Set-Cookie` for whoever has the right token; None for another token."""
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            return None
        return f"{COOKIE}={self._pass}; Path=/_casepact; HttpOnly; SameSite=Strict"


def is_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """
    Whether a page of another site, or of another port, made the browser send a request.

    Browsers say so in `Sec-Fetch-Site`, or in `Origin` where the address is not trustworthy (Fetch Metadata). A program
    that sends neither is not a browser that was led here.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host", "")
