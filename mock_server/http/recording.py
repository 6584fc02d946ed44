"""An exchange in the journal of its world and, where it was refused, on the console."""

from __future__ import annotations

import logging
from functools import partial

from mock_server.console import LOGGER
from mock_server.explanations.explaining import Refused
from mock_server.explanations.unmatched import UnmatchedRequest
from mock_server.worlds.journal import JournalEntry
from mock_server.worlds.store import World, WorldStore
from specs.source import CONTROL_BASE

logger = logging.getLogger(LOGGER)


def record_refusal(
    entry: JournalEntry, world: World | None, refused: Refused | UnmatchedRequest, worlds: WorldStore
) -> None:
    """Keep a refusal in the journal, where there is such a world, and report it on one line without secrets."""
    if world is not None:
        world.journal.note(entry)
    if logger.isEnabledFor(logging.INFO):
        worlds.afterwards(partial(_report, entry, refused))


def _report(entry: JournalEntry, refused: Refused | UnmatchedRequest) -> None:
    detail = refused.first_detail()
    logger.info(
        "%s %s %s %s: %s  (%s/refusals/%s)",
        entry.status,
        entry.operation or "-",
        refused.world,
        ", ".join(entry.statements),
        detail,
        CONTROL_BASE,
        entry.refusal,
        extra={
            "casepact": {
                "status": entry.status,
                "api": entry.api,
                "operation": entry.operation,
                "world": refused.world,
                "statements": list(entry.statements),
                "detail": detail,
                "refusal": entry.refusal,
            }
        },
    )


def help_link(refusal: str) -> str:
    """The `Link` header that leads from a refused request to its explanation."""
    return f'<{CONTROL_BASE}/refusals/{refusal}>; rel="help"'
