"""What an answer of the control API is held to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance.probes.context import ProbeContext
from conformance.target.exchange import Exchange

TOLERANCE = timedelta(seconds=60)
"""How far the clocks of the mock and of this machine may be apart."""


def promise(
    ctx: ProbeContext,
    statement: str,
    held: bool,
    exchange: Exchange,
    title: str,
    documented: str,
    received: Any = None,
    chain: tuple[Exchange, ...] | list[Exchange] = (),
) -> bool:
    """Promise that a statement held; what was received is the status, where nothing else is given."""
    status = exchange.response.status if received is None else 0
    shown = f"{status or received}"
    return ctx.promise(
        [statement], held, exchange, title=title, received=shown, documented=documented, chain=chain, status=status
    )


def shows(
    ctx: ProbeContext,
    statement: str,
    exchange: Exchange,
    expected: Any,
    what: str,
    member: str = "",
    read_as: Callable[[Any], Any] = lambda value: value,
) -> None:
    """Promise that a success holds this value, or has it as this member."""
    answered = exchange.response.status == 200
    value = member_of(exchange, member, None) if member else exchange.value
    held = answered and read_as(value) == read_as(expected)
    received = f"{exchange.response.status} {value!r}"[:200]
    promise(ctx, statement, held, exchange, f"Otherwise: {what}", f"{expected!r}"[:200], received)


def refuses(ctx: ProbeContext, statement: str, status: int, exchange: Exchange, what: str) -> None:
    """Promise that a request is refused with this status."""
    promise(ctx, statement, exchange.response.status == status, exchange, f"Not refused: {what}", f"{status}")


def member_of(exchange: Exchange, member: str, otherwise: Any) -> Any:
    """A member of a success; what is answered otherwise is charged by the checks."""
    answered = exchange.value if 200 <= exchange.response.status < 300 else None
    return answered.get(member, otherwise) if isinstance(answered, dict) else otherwise


def instant(text: Any) -> Any:
    """The moment that a text names, in UTC; what names none is given back."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return text
