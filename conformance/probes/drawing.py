"""Values drawn by Hypothesis, shrunk to the smallest that breaks a promise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from conformance.checks import status
from conformance.checks.judgement import Judged
from conformance.probes.context import ProbeContext
from conformance.target.errors import BoundReached
from specs.statements import Side

Value = TypeVar("Value")

# One character of each length that UTF-8 has.
WIDTHS = {1: "a", 2: "é", 3: "界", 4: "😀"}


ENDURED = 5
"""How many server errors are enough to tell one by a small value; ten in a row would end the run (`pacing`)."""


class _Broken(Exception):
    """Tells Hypothesis that a value broke a promise, so that it looks for a smaller one."""


def for_each(ctx: ProbeContext, strategy: st.SearchStrategy[Value], show: Callable[[Value], bool]) -> None:
    """
    Let `show` try drawn values until one breaks a promise; each finding is kept with the smallest value that broke it.

    `show` returns whether the promises under test held; what else a value breaks is kept too, and steers nothing.
    Values are decided by the seed of the probe's context. Raises what kept `show` from sending, or a mistake of its
    own; when a promise was broken before, requests that run out only end the search for a smaller value, and so do
    server errors: nobody wants more of them.
    """
    start = len(ctx.judged)
    stopped: list[Exception] = []
    crashes = 0

    @seed(ctx.random.getrandbits(32))
    @settings(
        max_examples=ctx.examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    @given(strategy)
    def try_one(value: Value) -> None:
        nonlocal crashes
        mark = len(ctx.judged)
        if stopped or crashes >= ENDURED:
            return
        try:
            held = show(value)
        except Exception as error:  # noqa: BLE001 # it is raised again below
            # Hypothesis would take it for another broken promise, and try to shrink it.
            stopped.append(error)
            return
        crashes += any(map(_shows_crash, ctx.judged[mark:]))
        if not held:
            # The same finding of an earlier, larger value is superseded; what else that one broke stays, and what held.
            again = {_finding(judged) for judged in ctx.judged[mark:]}
            ctx.judged[start:mark] = [
                judged for judged in ctx.judged[start:mark] if judged.judgement.held or _finding(judged) not in again
            ]
            raise _Broken

    try:
        try_one()
    except (_Broken, Flaky):
        # A server that answers one request now so, now so is Flaky to Hypothesis; what it broke has been kept.
        if stopped and isinstance(stopped[0], BoundReached):
            return
    if stopped:
        raise stopped[0]


def _shows_crash(judged: Judged) -> bool:
    """Whether a server error was held against its status."""
    judgement = judged.judgement
    return not judgement.held and judgement.check == status.NAME and judged.exchanges[-1].response.status >= 500


def _finding(judged: Judged) -> tuple[str, Side, str, str] | None:
    """What two judgements agree in that are one finding; None for one that held."""
    judgement = judged.judgement
    return None if judgement.held else (judgement.statement, judgement.side, judged.operation, judgement.title)


def text_of_bytes(count: int, widths: tuple[int, ...] = (1, 2, 3, 4)) -> st.SearchStrategy[str]:
    """Texts whose UTF-8 encoding is exactly so many bytes long, of characters of these lengths."""

    def build(pattern: list[int]) -> str:
        unit = "".join(WIDTHS[width] for width in pattern)
        text = unit * (count // len(unit.encode()))
        return text + WIDTHS[1] * (count - len(text.encode()))

    return st.lists(st.sampled_from(widths), min_size=1, max_size=6).filter(lambda p: sum(p) <= count).map(build)


def text_of_length(count: int) -> st.SearchStrategy[str]:
    """Texts of exactly so many characters, of every length that UTF-8 has."""
    pattern = st.lists(st.sampled_from(tuple(WIDTHS.values())), min_size=1, max_size=6)
    return pattern.map(lambda unit: ("".join(unit) * (count // len(unit) + 1))[:count])


def moments(form: str) -> st.SearchStrategy[str]:
    """Moments written in a `strftime` form, from 1970 to 2099."""
    return st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2099, 12, 31)).map(
        lambda m: m.strftime(form)
    )


def other_types(*kinds: str) -> st.SearchStrategy[Any]:
    """JSON values of none of these types."""
    values: dict[str, st.SearchStrategy[Any]] = {
        "string": st.just("text"),
        "integer": st.integers(min_value=1, max_value=999),
        "boolean": st.booleans(),
        "array": st.just([]) | st.just(["text"]),
        "object": st.just({}) | st.just({"a": "b"}),
    }
    excluded = {*kinds, *(("integer",) if "number" in kinds else ())}
    return st.one_of([strategy for kind, strategy in values.items() if kind not in excluded])
