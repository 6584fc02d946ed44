"""The templates of the page, which are compiled when somebody first asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import category

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

_DOUBTFUL = re.compile(r"[^ -~\n\t]")


def render(values: Mapping[str, Any]) -> bytes:
    """The page."""
    return _environment().get_template("page.html.jinja").render(values).encode()


def render_sign_in(values: Mapping[str, Any]) -> bytes:
    """What is shown instead of the page to whoever has not given the token."""
    return _environment().get_template("sign_in.html.jinja").render(values).encode()


def render_entry(entry: Mapping[str, Any], chosen: Any) -> str:
    """One exchange as it stands in the page's journal."""
    module = _environment().get_template("entry.html.jinja").module
    return str(module.exchange(entry, chosen))  # type: ignore[attr-defined] # a macro of the template


@cache
def asset(name: str) -> bytes:
    """A file that the page loads."""
    return files("mock_server.http.pages").joinpath("templates", name).read_bytes()


def visible(text: str) -> str:
    r"""
    A text without characters that a reader cannot see: control characters and those of format as \u202e.

    They are written as JSON writes them, so that what is copied out of a JSON text means the same.
    """
    return _DOUBTFUL.sub(_visible, text)


def _visible(found: re.Match[str]) -> str:
    character = found[0]
    if category(character) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"):
        return character
    sent = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{sent[index]:02x}{sent[index + 1]:02x}" for index in range(0, len(sent), 2))


def pretty(body: Any) -> str:
    """A body for reading: a JSON value over several lines, anything else as it is."""
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)


@cache
def _environment() -> Environment:
    """Templates that escape whatever they print: markup, and what a reader cannot see."""
    environment = Environment(
        loader=PackageLoader("mock_server.http.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters |= {"pretty": pretty, "clock": lambda at: at[11:23].rstrip("Z"), "raw_text": _raw_text}
    return environment


def _raw_text(text: str) -> Markup:
    """A text that is edited and sent back: every character as it is, escaped as markup alone."""
    return Markup.escape(text.encode("utf-8", "replace").decode())


def _finalized(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
