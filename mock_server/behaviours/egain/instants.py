"""Date-times of eGain, as moments and as texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def instant(text: str) -> datetime | None:
    """
    The moment that a date-time names, cut to milliseconds, in UTC; None where Python has no such moment.

    The schema has seen that it is a date-time. A leap second is the one after it; the year 0 and what an offset pushes
    out of the years 1 to 9999 cannot be held.
    """
    leap = ":60" in text[16:19]
    try:
        moment = datetime.fromisoformat((text[:16] + ":59" + text[19:] if leap else text).upper()).astimezone(UTC)
        moment += timedelta(seconds=1 if leap else 0)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stored_instant(text: str) -> datetime:
    """The moment that a record holds."""
    moment = instant(text)
    assert moment is not None, f"the fixtures hold the date {text}, which is none"
    return moment


def timestamp(moment: datetime) -> str:
    """UTC with milliseconds and Z (EGF-26)."""
    return f"{moment.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z"
