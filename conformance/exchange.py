"""A request and its answer, as they went over the wire."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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

    def shown_headers(self) -> Pairs:
        """The headers with every credential as `secrets` says."""
        return tuple((name, self.secrets.get(name.lower(), value)) for name, value in self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    headers: Pairs = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """The first value of a header, or an empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def media(self) -> str:
        """The media type without parameters, in lower case."""
        return self.header("content-type").partition(";")[0].strip().lower()


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


def as_curl(request: Request, stored_body: str = "") -> str:
    """
    A curl command that repeats the request as printed.

    A credential that is not public appears as the environment variable it comes from. `stored_body` names a file that
    holds the body when it is too long, or no text.
    """
    parts = ["curl", "-i"]
    if request.method != "GET" or request.body is not None:
        parts += ["-X", request.method]
    parts.append(shlex.quote(request.url))
    for name, value in request.shown_headers():
        quoted = _quoted(f"{name}: {value}") if name.lower() in request.secrets else shlex.quote(f"{name}: {value}")
        parts += ["-H", quoted]
    if stored_body:
        parts += ["--data-binary", shlex.quote(f"@{stored_body}")]
    elif request.body is not None:
        parts += ["--data-raw", shlex.quote(request.body.decode("utf-8"))]
    return " ".join(parts)


def needs_file(request: Request, limit: int = 1500) -> bool:
    """Whether the body is better kept in a file than printed."""
    if request.body is None:
        return False
    try:
        request.body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return len(request.body) > limit or b"\0" in request.body


def _quoted(text: str) -> str:
    """For the shell: in double quotes where an environment variable must be expanded, else single."""
    if re.search(r"\$\{[A-Z_][A-Z0-9_]*\}", text):
        return '"' + re.sub(r'(["`\\])', r"\\\1", text) + '"'
    return shlex.quote(text)
