"""Strings of a wanted kind: of a format, or just words of a certain length."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from random import Random

_WORDS = (
    *("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "inlet", "juniper", "kestrel"),
    *("lantern", "meadow", "north", "orchard", "pebble", "quarry", "river", "summit", "timber", "upland", "valley"),
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ALPHANUMERIC = LETTERS + LETTERS.upper() + "0123456789"
Make = Callable[[Random, int, int | None], str]


def words(random: Random, low: int, high: int | None) -> str:
    """Lower-case words, as many as `low` characters need and cut off at `high`; one when nothing is asked."""
    text = random.choice(_WORDS)
    while len(text) < low:
        text += f" {random.choice(_WORDS)}"
    text = text if high is None else text[:high]
    return f"{text[:-1]}s" if text.endswith(" ") else text


def of_format(name: str, random: Random, low: int, high: int | None) -> str | None:
    """A text of a string format, about as long as asked where the format leaves a choice; None for an unknown one."""
    make = FORMATS.get(name)
    return make(random, low, high) if make is not None else None


def _padded(head: str, tail: str, low: int, characters: str = LETTERS) -> str:
    missing = low - len(head) - len(tail)
    return head + (characters * (missing // len(characters) + 1))[: max(missing, 0)] + tail


def _fits(texts: Sequence[str], high: int | None) -> str:
    """The first of the texts that is short enough, or else the last."""
    return next((text for text in texts if high is None or len(text) <= high), texts[-1])


def _date(random: Random, low: int, high: int | None) -> str:
    return f"{random.randint(2015, 2030)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random, low: int, high: int | None) -> str:
    fraction = "." + "0" * (low - 10) if low > 9 else ""
    return f"{random.randint(0, 23):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}{fraction}Z"


def _date_time(random: Random, low: int, high: int | None) -> str:
    return f"{_date(random, 0, None)}T{_time(random, low - 11, None)}"


def _space_date_time(random: Random, low: int, high: int | None) -> str:
    return f"{_date(random, 0, None)} {_time(random, 0, None)[:8]}"


def _duration(random: Random, low: int, high: int | None) -> str:
    days = random.randint(1, 9)
    # Each number may have some zeros before it, but not any number of them.
    zeros = "0" * (-(-(low - 14) // 6))
    return f"P{zeros}0Y{zeros}0M{zeros}{days}DT{zeros}0H{zeros}0M{zeros}0S" if low > 3 else f"P{days}D"


def _uuid(random: Random, low: int, high: int | None) -> str:
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def _email(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    if low > 60:
        return _padded(f"{name}@a", ".example.com", low, f"{LETTERS}.")
    return _fits((_padded(name, "@example.com", low), f"{name[0]}@example.com", "a@b.co"), high)


def _hostname(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(name, ".example.com", low, f"{LETTERS}."), f"{name}.com", name[:2]), high)


def _uri(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"https://example.com/{name}", "", low), f"https://{name[0]}.co", f"a:{name[0]}"), high)


def _reference(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"/{name}", "", low), name[:1]), high)


def _template(random: Random, low: int, high: int | None) -> str:
    name = random.choice(_WORDS)
    return _fits((_padded(f"https://example.com/{name}", "{/id}", low), f"/{name[:2]}", name[:1]), high)


def _ipv4(random: Random, low: int, high: int | None) -> str:
    # RFC 5737 section 3: addresses for documentation.
    return f"192.0.2.{random.randint(100, 254) if low > 9 else random.randint(1, 9)}"


def _ipv6(random: Random, low: int, high: int | None) -> str:
    # RFC 3849 section 2, likewise.
    last = f"{random.randint(0x1000, 0xFFFF):x}"
    return f"2001:0db8:0000:0000:0000:0000:0000:{last}" if low > 14 else f"2001:db8::{last}"


def _pointer(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"/{random.choice(_WORDS)}", "", low), ""), high)


def _relative_pointer(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"0/{random.choice(_WORDS)}", "", low), "0"), high)


def _regex(random: Random, low: int, high: int | None) -> str:
    return _fits((_padded(f"^{random.choice(_WORDS)}", "$", low), "a"), high)


def _byte(random: Random, low: int, high: int | None) -> str:
    size = max(-(-low // 4) * 3, 6)
    if high is not None:
        size = min(size, high // 4 * 3)
    return base64.b64encode(random.randbytes(size)).decode()


FORMATS: dict[str, Make] = {
    "date": _date,
    "date-time": _date_time,
    "time": _time,
    "duration": _duration,
    "space-date-time": _space_date_time,
    "uuid": _uuid,
    "email": _email,
    "idn-email": _email,
    "hostname": _hostname,
    "idn-hostname": _hostname,
    "uri": _uri,
    "iri": _uri,
    "uri-reference": _reference,
    "iri-reference": _reference,
    "uri-template": _template,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "json-pointer": _pointer,
    "relative-json-pointer": _relative_pointer,
    "regex": _regex,
    "byte": _byte,
}
"""A maker for each format that a schema of ours can ask for."""
