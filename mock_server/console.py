"""What the mock reports on its console: one line for each event, as text or as JSON."""

from __future__ import annotations

import json as json_text
import logging
import sys
from datetime import UTC, datetime

LOGGER = "casepact.mock"


class TextLines(logging.Formatter):
    """The message, and below it where a mistake was made; characters that steer a terminal are shown as "?"."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the lines of a traceback where there is one."""
        lines = [record.getMessage().replace("\n", "; "), *_traceback(self, record).splitlines()]
        return "\n".join(map(_printable, lines))


class JsonLines(logging.Formatter):
    """
    An object a line: at, level, message, and what the event is about (status, operation, world, …).

    Written in ASCII, so that no character steers a terminal.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = {"at": at, "level": record.levelname.lower(), "message": record.getMessage()}
        if traceback := _traceback(self, record):
            line["traceback"] = traceback
        return json_text.dumps({**getattr(record, "casepact", {}), **line}, default=str)


def log_to_console(*, json: bool, quiet: bool) -> None:
    """Send the mock's lines to stderr; `quiet` leaves out all but warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if json else TextLines())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING if quiet else logging.INFO)
    for library in ("connexion", "uvicorn", "watchfiles"):
        logging.getLogger(library).setLevel(logging.ERROR)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info and record.exc_info[0] is not None else ""


def _printable(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(character if character.isprintable() else "?" for character in line)
