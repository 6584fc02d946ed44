"""What must not be seen: credentials of the profile, tokens that the server gave, secrets inside answers."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"

_SECRET_NAME = re.compile(
    r"(?:password|passwd|passphrase|secret|token|api_?-?key|private_?key|authorization|cookie|credentials?|auth_?key"
    r"|session_?(?:id|key)?)\Z",
    re.IGNORECASE,
)
# A JSON Web Token (RFC 7519) is recognised wherever it stands: its header is an object in base64url, so it starts so.
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
# Members in text that could not be read as what it says it is, cut short perhaps.
_MEMBER = re.compile(r"""(?i)(["'<&?\s](?P<name>[\w.-]{3,40})["']?\s*[:=>]\s*["']?)(?P<value>[^\s"'<>&,;}]{4,})""")
_SHORTEST = 4
_CUT = "…"
"""What stands where a text was shortened (`specs.shortening`)."""
# Bytes without any of these words hold no member with a telling name.
_HINT = re.compile(rb"(?i)pass|secret|token|key|auth|cookie|credential|session")


class Redactor:
    """
    Knows secrets and writes texts without them.

    It learns while a run goes on: tokens as they are obtained, and what stands in answers under a name that says so.
    What is `public` (credentials that the mock's fixtures publish) is not a secret.
    """

    def __init__(self, secrets: Mapping[str, str], public: frozenset[str] = frozenset()) -> None:
        self._public = public
        self._shown: dict[str, str] = {}
        self._pattern: re.Pattern[str] | None = None
        for value, shown in secrets.items():
            self.learn(value, shown)

    def learn(self, value: str, shown: str = HIDDEN) -> None:
        """Remember a secret, how a reader may write it, and the forms in which it travels."""
        if not value or value == shown or value in self._public:
            return
        for form in _forms(value):
            if form not in self._shown:
                self._shown[form] = shown
                self._pattern = None

    def notice(self, value: Any) -> None:
        """Learn the secrets that an answer holds."""
        for name, text in _members(value):
            if _SECRET_NAME.search(name):
                self._found(text)

    def notice_answer(self, cookies: Iterable[str], body: bytes) -> None:
        """Learn the secrets of an answer: cookies that it sets (RFC 6265 section 4.1), members with telling names."""
        for cookie in cookies:
            self._found(cookie.partition(";")[0].partition("=")[2].strip().strip('"'))
        if not body or not _HINT.search(body):
            return
        try:
            self.notice(json.loads(body))
        except ValueError:
            for match in _MEMBER.finditer(body.decode("utf-8", "replace")):
                if _SECRET_NAME.search(match["name"]):
                    self._found(match["value"])

    def text(self, text: str) -> str:
        """The text with every secret as a reader may see it, and so the piece of one that is left where it was cut."""
        if self._shown:
            if self._pattern is None:
                longest_first = sorted(self._shown, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, longest_first)))
            text = self._pattern.sub(lambda match: self._shown[match[0]], text)
            text = self._without_pieces(text)
        return _JWT.sub(HIDDEN, text)

    def answer(self, text: str) -> str:
        """A piece of an answer, in which members with telling names are hidden even when it cannot be read."""

        def hidden(match: re.Match[str]) -> str:
            keep = not _SECRET_NAME.search(match["name"]) or match["value"] in self._public
            return match[0] if keep or match["value"].startswith(("${", HIDDEN)) else match[1] + HIDDEN

        return _MEMBER.sub(hidden, self.text(text))

    def _without_pieces(self, text: str) -> str:
        """The text without the beginnings and ends of secrets that stand at the mark of what was left out."""
        if _CUT not in text:
            return text
        first, *rest = text.split(_CUT)
        pieces = [self._without_end(first), *map(self._without_start, map(self._without_end, rest[:-1]))]
        return _CUT.join([*pieces, *map(self._without_start, rest[-1:])])

    def _without_end(self, piece: str) -> str:
        body = piece.removesuffix(" ")
        for form, shown in self._shown.items():
            for size in range(min(len(form) - 1, len(body)), _SHORTEST - 1, -1):
                if body.endswith(form[:size]):
                    return body[:-size] + shown + piece[len(body) :]
        return piece

    def _without_start(self, piece: str) -> str:
        body = piece.removeprefix(" ")
        for form, shown in self._shown.items():
            for size in range(min(len(form) - 1, len(body)), _SHORTEST - 1, -1):
                if body.startswith(form[-size:]):
                    return piece[: len(piece) - len(body)] + shown + body[size:]
        return piece

    def _found(self, text: str) -> None:
        if len(text) >= _SHORTEST:
            self.learn(text)

    def json(self, value: Any) -> Any:
        """The same JSON with every text in it, keys too, written without secrets."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.json(member) for key, member in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(item) for item in value]
        return value


def _forms(value: str) -> Iterator[str]:
    """A secret as it stands, in a URL, a form, JSON text, and base64 (RFC 7617 puts user:password so)."""
    yield value
    yield quote(value, safe="")
    yield quote_plus(value)
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield base64.b64encode(value.encode()).decode()


def _members(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _members(member, str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _members(item, name)
    elif isinstance(value, str):
        yield name, value
