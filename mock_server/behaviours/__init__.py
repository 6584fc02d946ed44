"""What each operation does, by API and operationId: a module per family of APIs, each with a table `BEHAVIOURS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mock_server.reply import Behaviour
from specs.code import CodeByApi


def _joined(tables: Sequence[Mapping[str, Behaviour]]) -> Mapping[str, Behaviour]:
    return {operation: behaviour for table in tables for operation, behaviour in table.items()}


BEHAVIOURS: Mapping[str, Mapping[str, Behaviour]] = CodeByApi("behaviours", "BEHAVIOURS", _joined)
"""Of the APIs of the project, imported when they are first asked for."""
