"""`Prefer` (RFC 7240): a client chooses one of the documented answers or an error, or has to wait for its answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_server.negotiation import choose_named
from mock_server.operations.refusals import RefusalWriter
from mock_server.operations.request import Answer
from mock_server.operations.simulated import ALWAYS, SimulatedErrors, is_always_available
from mock_server.reply import Refusal, in_header
from mock_server.representation.documented import content_type, documented_writer
from mock_server.representation.representation import writer
from mock_server.synthesis.answers import BODILESS, NOTHING, answer_headers, answer_value, shown_example
from mock_server.synthesis.synthesis import Impossible, Synthesizer
from specs.contract import Media, Operation, Response, XmlStyle
from specs.flaws import did_you_mean
from specs.validation import Schema

LONGEST_DELAY = 60_000
"""Milliseconds."""

# RFC 7240 section 2: elements are divided by commas, their parameters by semicolons; in quotes neither divides.
_ELEMENT = re.compile(r"(?:[^,\"]|\"(?:[^\"\\]|\\.)*\"?)+")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PREFERENCE = re.compile(rf"\s*({_TOKEN})\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*))\s*)?(?:;|\Z)")
_STATUS = re.compile(r"[1-5][0-9][0-9]\Z")
_WORD = re.compile(rf"{_TOKEN}\Z")

_PREFERRED = "this answer was preferred by the request"
_MOST_KEPT = 256
"""Answers that an operation keeps written."""


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
    """
    The answers of one operation that can be asked for: those that are documented, and errors that are not.

    Each is written when it is first asked for, and kept.
    """

    __slots__ = ("_modelled", "_operation", "_refusals", "_simulated", "_written", "_xml")

    def __init__(
        self, operation: Operation, refusals: RefusalWriter, xml: XmlStyle | None, *, modelled: bool = True
    ) -> None:
        self._operation, self._refusals, self._xml, self._modelled = operation, refusals, xml, modelled
        self._simulated = SimulatedErrors(operation, xml, modelled=modelled)
        self._written: dict[tuple[str, str, str], Answer] = {}

    def answer(self, preferences: Preferences, media: str, headers: Mapping[str, str]) -> Answer:
        """
        The answer that is preferred, in `media` where it has that; `headers` are those of the request.

        Raises `UnmetPreference` with the choices there are.
        """
        code = preferences.code
        if self._is_simulated(code) and not preferences.example:
            detail = f"simulated: {self._operation.id} documents no answer {code}, and the request prefers it"
            return self._simulated.answer(int(code), detail, media, headers)
        response = self._response(preferences)
        chosen = media if media in response.content else next(iter(response.content), "")
        if not self._modelled:
            chosen = choose_named(headers.get("accept", "*/*"), tuple(response.content)) or chosen
        key = code, preferences.example, chosen
        found = self._written.get(key)
        if found is None:
            found = self._made(response, preferences, chosen, headers)
            # A challenge depends on the request.
            if not any(kind.challenge and kind.status == response.status for kind in self._refusals.kinds.values()):
                if len(self._written) >= _MOST_KEPT:
                    self._written.clear()
                self._written[key] = found
        return found

    def error(self, status: int, detail: str, media: str, headers: Mapping[str, str]) -> Answer:
        """The error of this status: as it is documented, or else in the format of those that are, with `detail`."""
        if self._operation.response(status) is not None:
            try:
                return self.answer(Preferences(code=str(status)), media, headers)
            except UnmetPreference:
                # No body can be made as the document wants it.
                pass
        return self._simulated.answer(status, detail, media, headers)

    def failure(self, detail: str, media: str, headers: Mapping[str, str]) -> Answer:
        """The answer of a server that fails: the lowest documented one, or else 500 with `detail`."""
        status = min((status for status in self._operation.responses if status >= 500), default=500)
        return self.error(status, detail, media, headers)

    def _made(self, response: Response, preferences: Preferences, media: str, headers: Mapping[str, str]) -> Answer:
        if not response.content or (response.status in BODILESS and not self._modelled):
            return response.status, self._headers(response, "", headers), b""
        if preferences.example:
            name, value = self._example(response, preferences.example, media)
            return self._as_bytes(response, name, value, headers)
        chosen = response.content[media]
        if not self._modelled:
            value = self._from_document(chosen, response.status)
            return self._as_bytes(response, chosen.name, value, headers)
        for value in filter(chosen.admits, chosen.examples.values()):
            return self._as_bytes(response, chosen.name, value, headers)
        return self._as_bytes(response, chosen.name, self._made_up(chosen, response.status), headers)

    def _documented(self, code: str) -> Response | None:
        """What is documented for a status; only by itself where it is one that the server sends on its way (1xx)."""
        if not _STATUS.match(code):
            return None
        found = self._operation.response(int(code))
        return (
            None if found is None or (found.status < 200 and found.status not in self._operation.responses) else found
        )

    def _is_simulated(self, code: str) -> bool:
        """Whether a status is not documented and can be had all the same."""
        return self._documented(code) is None and bool(_STATUS.match(code)) and is_always_available(int(code))

    def _response(self, preferences: Preferences) -> Response:
        responses = self._operation.responses
        if preferences.code:
            found = self._documented(preferences.code)
            if found is None and self._is_simulated(preferences.code):
                raise UnmetPreference(f"{self._operation.id} documents no answer {preferences.code} by example")
            if found is None:
                known = ", ".join([*map(str, sorted(responses)), *self._operation.ranges])
                raise UnmetPreference(
                    f"{self._operation.id} documents no answer {preferences.code[:40]}; it has {known}; "
                    f"{ALWAYS} are simulated"
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

    def _from_document(self, media: Media, status: int) -> Any:
        try:
            return answer_value(media, f"{self._operation.id} {status}")
        except Impossible as error:
            raise UnmetPreference(f"the answer {status} cannot be made: {error}") from None

    def _value(self, schema: Schema, seed: str, status: int) -> Any:
        try:
            return Synthesizer(schema, seed).value()
        except Impossible as error:
            raise UnmetPreference(f"the answer {status} has no example, and none can be made: {error}") from None

    def _as_bytes(self, response: Response, media: str, value: Any, headers: Mapping[str, str]) -> Answer:
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
