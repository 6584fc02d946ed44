"""Texts and numbers that fit what is asked of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from random import Random
from typing import Any

from mock_server.synthesis.merging import DeadEnd, Merged, Place
from mock_server.synthesis.patterns import matching
from mock_server.synthesis.texts import of_format, words
from specs.formats import validator

# Beyond this a double cannot hold every integer, and JavaScript reads doubles (RFC 8259 section 6).
_SAFE = 2**53 - 1


def make_text(merged: Merged, place: Place, random: Random) -> str:
    """A text of every format and pattern that is asked for; raises `DeadEnd` where none was found."""
    low, high = merged.low("minLength"), merged.high("maxLength")
    if (most := merged.high("x-max-bytes")) is not None:
        high = most if high is None else min(high, most)
    if high is not None and high < low:
        raise DeadEnd(place.pointer, f"it is at least {low} and at most {high} characters long")
    if not merged.formats and not merged.patterns:
        return words(random, low, high)
    judge = _judge(tuple(merged.formats), tuple(merged.patterns), low, high)
    for text in _texts(merged, low, high, random):
        if judge.is_valid(text):
            return text
    asked = " and ".join((*(f"the format {name}" for name in merged.formats), *merged.patterns))
    raise DeadEnd(place.pointer, f"no text was found for {asked}, {low} to {'any' if high is None else high} long")


def make_number(merged: Merged, place: Place, integer: bool, random: Random) -> int | float:
    """A number within its bounds that is a multiple of every step; raises `DeadEnd` where there is none."""
    bounds = merged.bounds
    lows = [(Fraction(str(bounds[key])), key != "minimum") for key in ("minimum", "exclusiveMinimum") if key in bounds]
    highs = [(Fraction(str(bounds[key])), key != "maximum") for key in ("maximum", "exclusiveMaximum") if key in bounds]
    low, low_open = max(lows, default=(None, False))
    high, high_open = min(highs, key=lambda bound: (bound[0], not bound[1]), default=(None, False))
    step = Fraction(1) if integer else None
    for asked in merged.steps:
        step = _common(step, Fraction(str(asked)))
    if step is None:
        return _real(place, low, low_open, high, high_open, random)
    if low is None or low < -_SAFE:
        low, low_open = (
            (Fraction(1) if high is None or high >= 1 else max(high - 1000 * step, Fraction(-(2**63)))),
            False,
        )
    first = math.floor(low / step) + 1 if low_open else math.ceil(low / step)
    last = first + max(int(1000 / step), 1) if step <= 1000 else first + 10
    if high is not None:
        last = min(last, math.ceil(high / step) - 1 if high_open else math.floor(high / step))
    if last < first:
        raise DeadEnd(place.pointer, f"no multiple of {float(step):g} lies between its bounds")
    found = random.randint(first, last) * step
    return int(found) if integer or found.denominator == 1 else float(found)


def _texts(merged: Merged, low: int, high: int | None, random: Random) -> Iterator[str]:
    for name in merged.formats:
        for _ in range(20 if merged.patterns else 3):
            text = of_format(name, random, low, high)
            if text is not None:
                yield text
    for pattern in merged.patterns:
        for _ in range(5):
            yield from matching(pattern, random, low, high)
    for _ in range(5):
        yield words(random, low, high)


@lru_cache(maxsize=1024)
def _judge(formats: tuple[str, ...], patterns: tuple[str, ...], low: int, high: int | None) -> Any:
    parts: list[dict[str, Any]] = [{"format": name} for name in formats]
    parts += [{"pattern": pattern} for pattern in patterns]
    return validator({"minLength": low, **({} if high is None else {"maxLength": high}), "allOf": parts})


def _real(
    place: Place, low: Fraction | None, low_open: bool, high: Fraction | None, high_open: bool, random: Random
) -> float:
    if low is None:
        low, low_open = (Fraction(0) if high is None or high > 0 else high - 1000), False
    if high is None:
        high, high_open = low + 1000, False
    if high < low or (high == low and (low_open or high_open)):
        raise DeadEnd(place.pointer, "no number lies between its bounds")
    width = high - low
    rounded = Fraction(round(float(low + width * random.randint(1, 99) / 100), 2)).limit_denominator(100)
    found = rounded if low < rounded < high else low + width / 2
    return float(found)


def _common(step: Fraction | None, asked: Fraction) -> Fraction:
    """The least number that is a multiple of both."""
    if step is None:
        return asked
    return Fraction(math.lcm(step.numerator, asked.numerator), math.gcd(step.denominator, asked.denominator))
