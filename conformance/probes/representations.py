"""The same answer as JSON and as XML says the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.target.drafting import Draft, roles
from conformance.target.exchange import FORM, Exchange
from specs.contract import Contract, Operation
from specs.shortening import listed
from specs.statements import WHOLE

_NOTHING = "no element"


def probes(contract: Contract) -> Iterator[Probe]:
    """For each operation that answers in XML too: ask by path suffix, and compare the two answers."""
    if contract.xml is None or not contract.suffixes:
        return
    for operation in contract.operations.values():
        success = operation.responses[operation.success_status()]
        suffixes = {suffix: media for suffix, media in contract.suffixes.items() if media in success.content}
        if len(suffixes) < 2 or (operation.parameters and not roles(operation)):
            continue
        serves = [*contract.xml.charges.get("agreement", ())]
        for media in suffixes.values():
            serves += success.content[media].charges.get(WHOLE, ())
        yield Probe(
            name="JSON and XML agree",
            operation=operation.id,
            serves=tuple(dict.fromkeys(serves)),
            run=_compared(contract, operation, suffixes),
            needs=roles(operation),
            writes=operation.writes,
        )


def _compared(contract: Contract, operation: Operation, suffixes: dict[str, str]) -> Callable[[ProbeContext], None]:
    agreement = contract.xml.charges.get("agreement", ()) if contract.xml else ()

    def run(ctx: ProbeContext) -> None:
        answers = []
        for suffix, media in suffixes.items():
            exchange = _asked(ctx, operation, suffix, media)
            charged = operation.responses[operation.success_status()].content[media].charges.get(WHOLE, ())
            if not ctx.accepted(charged, exchange, f"the path suffix {suffix}"):
                return
            ctx.promise(
                charged,
                exchange.response.media == media,
                exchange,
                title=f"Another representation for the suffix {suffix}",
                received=exchange.response.media,
                documented=media,
            )
            answers.append(exchange)
        first, second = answers[0], answers[1]
        for pointer, shown in _empty_texts(first.value, second.value):
            ctx.promise(
                contract.xml.charges.get("empty", ()) if contract.xml else (),
                # An empty element of what may be null too is read as null.
                shown in ("", None),
                second,
                title=f"An empty text is not an empty element: {pointer}",
                received=repr(shown),
                documented="an element without content",
                chain=[first],
            )
        # Two answers that give out a token hold two tokens.
        schema = operation.responses[operation.success_status()].content[first.response.media].schema
        known = schema.names if schema else str
        differing = [] if operation.gives_token else sorted(_differences(first.value, second.value, known))
        ctx.promise(
            () if operation.gives_token else agreement,
            not differing,
            second,
            title="JSON and XML differ",
            received=listed(differing),
            documented="the same members and values",
            chain=[first],
        )

    return run


def _asked(ctx: ProbeContext, operation: Operation, suffix: str, media: str) -> Exchange:
    """
    The answer for a path suffix, or the one for Accept where the suffix is refused and Accept is not.

    That there is an answer in a representation is one promise, that the suffix asks for it another.
    """
    made = _formed(operation, ctx.draft(operation.id))
    by_suffix = ctx.send(made, operation.id, suffix=suffix)
    if operation.succeeded(by_suffix.response.status, by_suffix.value):
        return by_suffix
    by_accept = ctx.send(made, operation.id, headers={"Accept": media})
    answered = operation.succeeded(by_accept.response.status, by_accept.value)
    return by_accept if answered and by_accept.response.media == media else by_suffix


def _formed(operation: Operation, made: Draft) -> Draft:
    """The request as a form where one is read: a JSON request may be answered in JSON whatever the suffix (OO-11)."""
    return Draft(made.path, FORM, made.body) if FORM in operation.body else made


def _empty_texts(left: Any, right: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Where the first value holds an empty text, and what the second has there."""
    if isinstance(left, dict):
        for name, member in left.items():
            other = right.get(name, _NOTHING) if isinstance(right, dict) else _NOTHING
            yield from _empty_texts(member, other, f"{pointer}/{name}")
    elif isinstance(left, list) and isinstance(right, list):
        for one, other in zip(left, right, strict=False):
            yield from _empty_texts(one, other, f"{pointer}/*")
    elif left == "":
        yield pointer, right


def _differences(left: Any, right: Any, known: Callable[[str], object], pointer: str = "") -> Iterator[str]:
    """
    Where two values differ; an empty list, null and an absent member are one in XML (OO-48).

    Members that the contract does not know are left aside: XML does not tell what type they are of.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        # What an empty text became is judged by itself.
        for name in {name for name in left.keys() | right.keys() if left.get(name) != "" and known(name)}:
            yield from _differences(left.get(name), right.get(name), known, f"{pointer}/{name}")
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, known, f"{pointer}/{index}")
    elif left != right and not _near(left, right) and not (left in ([], None, "", {}) and right in ([], None, "", {})):
        yield pointer or "/"


def _near(left: Any, right: Any) -> bool:
    """Whether both are moments less than a minute apart: the two answers were not given at the same time."""
    try:
        return abs(datetime.fromisoformat(left) - datetime.fromisoformat(right)) < timedelta(minutes=1)
    except (TypeError, ValueError):
        return False
