"""`Prefer` (RFC 7240): a client chooses one of the documented answers, or has to wait for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.negotiation import choose_named
from mock_server.operations.refusals import RefusalWriter, in_header
from mock_server.reply import Refusal
from mock_server.representation.documented import content_type, documented_writer
from mock_server.representation.representation import writer
from mock_server.synthesis.answers import BODILESS, NOTHING, answer_headers, answer_value, shown_example
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from specs.contract import Media, Operation, Response, XmlStyle
from specs.flaws import did_you_mean
from specs.validation import Schema

Answer = tuple[int, dict[str, str], bytes]

LONGEST_DELAY = 60_000
"""Milliseconds."""

# RFC 7240 section 2: elements are divided by commas, their parameters by semicolons; in quotes neither divides.
_ELEMENT = re.compile(r"(?:[^,\"]|\"(?:[^\"\\]|\\.)*\"?)+")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PREFERENCE = re.compile(rf"\s*({_TOKEN})\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))\s*)?(?:;|\Z)")
_WORD = re.compile(rf"{_TOKEN}\Z")


_PREFERRED = "this answer was preferred by the request"


class UnmetPreference(Exception):
    """A preference that cannot be kept; the text names the choices there are."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a request asks for: a status, a named example, a delay in milliseconds."""

    code: str = ""
    example: str = ""
    delay: int = 0

    @property
    def chooses(self) -> bool:
        """Whether it asks for another answer than the request would get."""
        return bool(self.code or self.example)

    def applied(self) -> str:
        """The value of `Preference-Applied`."""
        parts = {"code": self.code, "example": self.example, "delay": str(self.delay or "")}
        return ", ".join(f"{name}={_quoted(value)}" for name, value in parts.items() if value)


def read_preferences(header: str) -> Preferences:
    """
    The preferences of a `Prefer` header that this mock knows; others are ignored, as RFC 7240 section 2 asks.

    "code=409, delay=800" gives Preferences("409", "", 800); of a doubled one the first counts, and what is not
    a preference is passed over. Raises `UnmetPreference` for a delay that is not a number of milliseconds up to 60,000.
    """
    found: dict[str, str] = {}
    for element in _ELEMENT.findall(header):
        if (match := _PREFERENCE.match(element)) is not None:
            value = re.sub(r"\\(.)", r"\1", match[2]) if match[2] is not None else match[3] or ""
            found.setdefault(match[1].lower(), value)
    # An empty value is as good as none (RFC 7240 section 2).
    delay = found.get("delay") or "0"
    if not (delay.isdecimal() and delay.isascii() and len(delay) <= 9 and int(delay) <= LONGEST_DELAY):
        raise UnmetPreference(f"delay={delay[:40]} is not a number of milliseconds from 0 to {LONGEST_DELAY}")
    return Preferences(found.get("code", ""), found.get("example", ""), int(delay))


def _quoted(value: str) -> str:
    if _WORD.match(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Choices:
    """The documented answers of one operation, to choose from."""

    __slots__ = ("_modelled", "_operation", "_refusals", "_xml")

    def __init__(
        self, operation: Operation, refusals: RefusalWriter, xml: XmlStyle | None, *, modelled: bool = True
    ) -> None:
        self._operation, self._refusals, self._xml, self._modelled = operation, refusals, xml, modelled

    def answer(self, preferences: Preferences, media: str, headers: Mapping[str, str]) -> Answer:
        """
        The documented answer that is preferred, in `media` where it has that; `headers` are those of the request.

        Raises `UnmetPreference` with the documented choices.
        """
        response = self._response(preferences)
        if not response.content or (response.status in BODILESS and not self._modelled):
            return response.status, self._headers(response, "", headers), b""
        if not self._modelled:
            offered = tuple(response.content)
            media = choose_named(headers.get("accept", "*/*"), offered) or offered[0]
        if preferences.example:
            name, value = self._example(response, preferences.example, media)
            return self._written(response, name, value, headers)
        chosen = response.content.get(media) or next(iter(response.content.values()))
        if not self._modelled:
            value = self._documented(chosen, response.status)
            return self._written(response, chosen.name, value, headers)
        for value in filter(chosen.admits, chosen.examples.values()):
            return self._written(response, chosen.name, value, headers)
        return self._written(response, chosen.name, self._made_up(chosen, response.status), headers)

    def failure(self, media: str, headers: Mapping[str, str]) -> Answer | None:
        """The answer that the contract has for a server that fails, or None when it has none."""
        status = min((status for status in self._operation.responses if status >= 500), default=None)
        return self.answer(Preferences(code=str(status)), media, headers) if status is not None else None

    def _response(self, preferences: Preferences) -> Response:
        responses = self._operation.responses
        if preferences.code:
            code = preferences.code if re.fullmatch("[1-5][0-9][0-9]", preferences.code) else ""
            found = self._operation.response(int(code)) if code else None
            if found is None or (found.status < 200 and found.status not in responses):
                known = ", ".join([*map(str, sorted(responses)), *self._operation.ranges])
                raise UnmetPreference(
                    f"{self._operation.id} documents no answer {preferences.code[:40]}; it has {known}"
                )
            return found
        for _, response in sorted(responses.items()):
            if any(preferences.example in media.examples for media in response.content.values()):
                return response
        raise UnmetPreference(self._no_example(preferences.example, responses.values()))

    def _example(self, response: Response, name: str, media: str) -> tuple[str, Any]:
        contents = sorted(response.content.values(), key=lambda content: content.name != media)
        for content in contents:
            if name in content.examples:
                value = content.examples[name]
                shown = content.admits(value)
                if not self._modelled:
                    value = shown_example(content, value)
                    shown = value is not NOTHING
                if not shown:
                    raise UnmetPreference(f"the example '{name[:40]}' of {self._operation.id} breaks its own schema")
                return content.name, value
        raise UnmetPreference(self._no_example(name, [response]))

    def _no_example(self, name: str, responses: Any) -> str:
        named = {
            f"{example} ({response.status})": example
            for response in responses
            for media in response.content.values()
            for example in media.examples
        }
        known = ", ".join(dict.fromkeys(named)) or "none"
        return f"{self._operation.id} has no example '{name[:40]}';{did_you_mean(name, named.values())} it has {known}"

    def _made_up(self, media: Media, status: int) -> Any:
        if media.schema is None:
            return ""
        return self._value(media.schema, f"{self._operation.id} {status}", status)

    def _documented(self, media: Media, status: int) -> Any:
        try:
            return answer_value(media, f"{self._operation.id} {status}")
        except Impossible as error:
            raise UnmetPreference(f"the answer {status} cannot be made: {error}") from None

    def _value(self, schema: Schema, seed: str, status: int) -> Any:
        try:
            return Synthesizer(schema, seed).value()
        except Impossible as error:
            raise UnmetPreference(f"the answer {status} has no example, and none can be made: {error}") from None

    def _written(self, response: Response, media: str, value: Any, headers: Mapping[str, str]) -> Answer:
        if not self._modelled:
            body = documented_writer(response.content[media])(value)
        elif isinstance(value, str) and not media.endswith("json"):
            body = value.encode()
        else:
            write: Callable[[Any], bytes] = writer(media, self._xml)
            body = write(value)
        sent = {"content-type": content_type(media), **self._headers(response, media, headers)}
        return response.status, sent, body

    def _headers(self, response: Response, media: str, headers: Mapping[str, str]) -> dict[str, str]:
        """What goes with the body: the headers of such a refusal, and those that the answer must have."""
        found: dict[str, str] = {}
        for kind in self._refusals.kinds.values():
            if kind.status == response.status and kind.media in (media, "application/json"):
                _, found, _ = self._refusals.write([Refusal(kind.name, (), _PREFERRED)], media, headers)
                break
        if not self._modelled:
            try:
                found = answer_headers(response, f"{self._operation.id} {response.status}", found)
            except Impossible as error:
                raise UnmetPreference(f"the answer {response.status} cannot be made: {error}") from None
        for name, header in response.headers.items():
            if header.required and name not in found and self._modelled:
                value = self._value(header.schema, f"{self._operation.id} {response.status} {name}", response.status)
                found[name] = in_header(str(value))
        return {name: value for name, value in found.items() if name not in ("content-type", "x-casepact-statement")}
