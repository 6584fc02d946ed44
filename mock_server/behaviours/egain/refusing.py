"""The refusals that most rules give."""

from __future__ import annotations

from mock_server.reply import Refusal


def invalid(statement: str, detail: str, pointer: str, name: str) -> Refusal:
    """The body breaks a statement at `pointer`; `name` is the member as the vendor's message has it."""
    return Refusal("invalid", (statement,), detail, pointer, name)


def forbidden(statement: str, action: str, detail: str) -> Refusal:
    """Somebody may not do `action`, which the vendor's message names."""
    return Refusal("forbidden", (statement,), detail, name=action)
