"""Why worlds that are kept elsewhere cannot be had."""

from __future__ import annotations


class WorldsUnavailable(Exception):
    """
    What keeps the worlds does not answer, or cannot be worked with; the text says why, without credentials.

    `retry_after` is in seconds.
    """

    def __init__(self, reason: str, retry_after: int = 1) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class UnreadableState(Exception):
    """What is kept of a world is not what this version writes."""
