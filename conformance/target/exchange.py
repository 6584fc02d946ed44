"""A request and its answer, as they went over the wire."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category
from urllib.parse import quote

FORM = "application/x-www-form-urlencoded"
"""The media type of a form whose fields are written as in a query."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """
    What was sent. `secrets` maps the header that holds a credential to how a reader may write it.

    The text there is the credential itself only when it is public (a seed of the mock); otherwise the environment
    variable it came from.
    """

    method: str
    url: str
    headers: Pairs = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    secrets: Mapping[str, str] = field(default_factory=dict)

    @property
    def media(self) -> str:
        """The media type of the body, in small letters and without parameters; empty when none is named."""
        named = next((value for name, value in self.headers if name.lower() == "content-type"), "")
        return named.partition(";")[0].strip().lower()

    def shown_headers(self) -> Pairs:
        """The headers with every credential as `secrets` says."""
        return tuple((name, self.secrets.get(name.lower(), value)) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """
    What came back.

    `started` is when the request was sent, in seconds since 1970, and `seconds` how long the answer took; two answers
    that differ in these alone are equal.
    """

    status: int
    headers: Pairs = field(repr=False)
    body: bytes = field(repr=False)
    started: float = field(default=0.0, compare=False)
    seconds: float = field(default=0.0, compare=False)

    def header(self, name: str) -> str:
        """The first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def media(self) -> str:
        """The media type without parameters, in lower case; a page prints their semicolon percent-encoded (X-72)."""
        return re.split(";|%3b", self.header("content-type").lower())[0].strip()


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    One request to an operation and the answer to it.

    `value` is the decoded body of the answer, None when it has none or cannot be read; `broken` says why not.
    """

    operation: str
    request: Request
    response: Response
    value: Any = field(default=None, repr=False)
    broken: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    sent: Any = field(default=None, repr=False)


def as_curl(
    request: Request,
    stored_body: str = "",
    variables: Mapping[str, str] | None = None,
    *,
    quiet: bool = False,
    way: Sequence[str] = (),
) -> str:
    """
    A curl command that repeats the request as printed.

    A credential that is not public appears as the environment variable it comes from. `stored_body` names a file that
    holds the body when it is too long, or no text. `variables` maps values that an earlier answer gave to the shell
    variables that hold them. `quiet` shows the body of the answer alone, for a command that reads it. `way` are
    quoted options that lead to the server.
    """
    held = variables or {}
    # After -X HEAD curl would wait for a body that never comes.
    parts = ["curl", "-sS" if quiet else "-I" if request.method == "HEAD" else "-i"]
    parts += way
    if re.search(r"[][{}]", request.url):
        parts.append("-g")
    if "/./" in request.url or "/../" in request.url:
        parts.append("--path-as-is")
    if request.method != "HEAD" and (request.method != "GET" or request.body is not None):
        parts += ["-X", request.method]
    parts.append(_word(request.url, {quote(value, safe=""): name for value, name in held.items()} | dict(held)))
    sent = [(name, value) for name, value in request.shown_headers() if name.lower() not in _OF_CURL]
    for name, value in sent:
        if name.lower().startswith("x-schemathesis"):
            continue
        parts += _header(name, value, name.lower() in request.secrets, held)
    if request.body is not None and not any(name.lower() == "content-type" for name, _ in sent):
        # Curl would call it a form.
        parts += ["-H", "Content-Type:"]
    if stored_body:
        parts += ["--data-binary", shlex.quote(f"@{stored_body}")]
    elif request.body is not None:
        parts += ["--data-raw", _word(request.body.decode("utf-8"), held)]
    return " ".join(parts)


def needs_file(request: Request, limit: int = 1500) -> bool:
    """Whether the body is better kept in a file than printed: too long, no text, or able to steer a terminal."""
    if request.body is None:
        return False
    try:
        text = request.body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return len(request.body) > limit or visible(text) != text


def visible(text: str) -> str:
    r"""
    A text that a terminal shows and does not obey: control characters written as \x1b or \u202e.

    Line ends and tabs stay (ECMA-48 has the rest; Unicode's Cf holds what turns the direction of writing).
    """
    return _DOUBTFUL.sub(
        lambda found: _escaped(found[0]) if category(found[0]) in ("Cc", "Cf", "Cs") else found[0], text
    )


_DOUBTFUL = re.compile(r"[^ -~\n\t]")


# Sent by every client, and by curl in its own words.
_OF_CURL = frozenset({"user-agent", "content-length", "host", "connection", "accept-encoding"})


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _header(name: str, value: str, secret: bool, held: Mapping[str, str]) -> list[str]:
    basic = re.fullmatch(r"Basic (\$\{[A-Z_][A-Z0-9_]*\})", value)
    if secret and basic:
        # The variable holds user:password, which curl itself encodes.
        return ["-u", f'"{basic[1]}"']
    if not value:
        return ["-H", shlex.quote(f"{name};")]
    return ["-H", _quoted(f"{name}: {value}") if secret else _word(f"{name}: {value}", held)]


def _word(text: str, held: Mapping[str, str]) -> str:
    """One word of the shell, with each value that a variable holds replaced by that variable."""
    if not (values := sorted((value for value in held if value in text), key=len, reverse=True)):
        return shlex.quote(text)
    pieces = re.split(f"({'|'.join(map(re.escape, values))})", text)
    return "".join(f'"${held[piece]}"' if piece in held else shlex.quote(piece) for piece in pieces if piece)


def _quoted(text: str) -> str:
    """For the shell: in double quotes where an environment variable must be expanded, else single."""
    if re.search(r"\$\{[A-Z_][A-Z0-9_]*\}", text):
        return '"' + re.sub(r'(["`\\])', r"\\\1", text) + '"'
    return shlex.quote(text)
