"""What the mock tells its console: one line for each thing, as text or as JSON."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

LOGGER = "casepact.mock"


class TextLines(logging.Formatter):
    """The message alone; characters that steer a terminal are shown as "?"."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return "".join(character if character.isprintable() else "?" for character in record.getMessage())


class JsonLines(logging.Formatter):
    """An object a line: at, level, message, and what the event has to tell (status, operation, world, …)."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = getattr(record, "casepact", {})
        line = {"at": at, "level": record.levelname.lower(), "message": record.getMessage(), **told}
        return orjson.dumps(line, default=str).decode()


def speak(*, json: bool, quiet: bool) -> None:
    """Send the mock's lines to stderr; `quiet` leaves out all but warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else TextLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    for noisy in ("connexion", "uvicorn", "watchfiles"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
