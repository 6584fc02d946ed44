"""Which of the documented representations a client gets (RFC 9110 section 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

FORM = "application/x-www-form-urlencoded"
"""The media type of a form whose fields are written as in a query."""


@lru_cache(maxsize=1024)
def choose(accept: str, offered: tuple[str, ...]) -> str | None:
    """
    The offered media type that the `Accept` header prefers; the first offered one among equals.

    "text/xml;q=0.5, application/json" among JSON and XML gives JSON. None when it accepts none of them.
    """
    ranges = _ranges(accept)
    best, best_quality = None, 0.0
    for media in offered:
        quality = _quality(media, ranges)
        if quality > best_quality:
            best, best_quality = media, quality
    return best


@lru_cache(maxsize=1024)
def choose_named(accept: str, offered: tuple[str, ...]) -> str | None:
    """
    As `choose`, but parameters of media types count, and of equals the one that `Accept` names most exactly wins.

    "application/json, */*" among HAL and JSON gives JSON; "application/a; version=2" gives that of the two versions.
    """
    wanted = [(_Offer.of(name), quality) for name, quality in _ranges(accept, parameters=True)]
    best, best_rank = None, (0.0, 0)
    for media in offered:
        offer = _Offer.of(media)
        rank = max(((offer.fit(item), quality) for item, quality in wanted), default=(0, 0.0))
        if rank[0] and rank[1] and (rank[1], rank[0]) > best_rank:
            best, best_rank = media, (rank[1], rank[0])
    return best


def media_type(header: str) -> str:
    """A `Content-Type` without its parameters, in lower case."""
    return header.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class _Offer:
    """A media type or range with its parameters."""

    essence: str
    parameters: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, text: str) -> _Offer:
        essence, *rest = (part.strip() for part in text.split(";"))
        pairs = (part.partition("=") for part in rest if part)
        named = {(key.strip().lower(), value.strip().strip('"').lower()) for key, _, value in pairs}
        return cls(essence.lower(), frozenset(pair for pair in named if pair[0] != "charset"))

    def fit(self, wanted: _Offer) -> int:
        """How exactly this is named by what is wanted; 0 where it is not."""
        if wanted.essence == self.essence:
            # A parameter that nothing here has is passed over, as long as no other is offered that has it.
            common, other = wanted.parameters & self.parameters, wanted.parameters - self.parameters
            return 4 + len(common) if not other else 3
        if wanted.essence == f"{self.essence.partition('/')[0]}/*":
            return 2
        return 1 if wanted.essence == "*/*" else 0


def _ranges(accept: str, *, parameters: bool = False) -> list[tuple[str, float]]:
    ranges = []
    for item in accept.split(","):
        name, *rest = (part.strip() for part in item.split(";"))
        quality = 1.0
        for parameter in rest:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
            elif parameters:
                name += f";{parameter}"
        if name:
            ranges.append((name.lower(), quality))
    return ranges


def _quality(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The quality that the most specific matching range gives (RFC 9110 section 12.5.1)."""
    kind = media.partition("/")[0]
    for wanted in (media, f"{kind}/*", "*/*"):
        for name, quality in ranges:
            if name == wanted:
                return quality
    return 0.0
