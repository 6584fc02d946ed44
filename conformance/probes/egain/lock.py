"""The lock: `lastModified` as it was read, otherwise written, of another moment, and two edits at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from typing import Any

from conformance.probes.context import Probe, ProbeContext
from conformance.probes.egain.bodies import EDITED, JSON, body_of, written
from conformance.probes.egain.cases import BARE, OPEN, instant, later, read_case
from conformance.probes.egain.edits import EDIT, edit_probe, edited, message_of, refused, says, shows
from conformance.target.exchange import Exchange
from conformance.target.request_parts import RequestParts
from specs.contract import Contract
from specs.statements import Side

COARSEST = 1.1
"""After so many seconds two moments differ, however coarsely a server keeps them."""


def probes(contract: Contract) -> Iterator[Probe]:
    """The probes of the lock."""
    yield edit_probe("lastModified as read", ("EG-39", "D-16"), _lock_as_read, BARE)
    yield edit_probe("lastModified otherwise written", ("D-16",), _lock_otherwise_written)
    yield edit_probe("lastModified moves on", ("EG-39",), _moves_on)
    yield edit_probe("lastModified that is none", ("EG-38", "EG-70"), _no_lock)
    yield edit_probe("lastModified of another moment", ("EGF-21", "EG-74", "EGF-30", "D-16"), _stale_lock)
    yield edit_probe("two edits at once", ("EGF-21",), _race)


def _lock_as_read(ctx: ProbeContext) -> None:
    first = edited(ctx, ["EG-39"], "the date that a read shows", EDITED)
    second = edited(ctx, ["EG-39"], "the date that a read shows", EDITED, case=BARE)
    if first is not None and second is not None:
        one, other = instant(first["lastModified"]), instant(second["lastModified"])
        shows(ctx, "EG-39", one <= other, True, "A case that was edited later shows an earlier lastModified")


def _moves_on(ctx: ProbeContext) -> None:
    """An edit that shows leaves another date; within one second a server may not tell two edits apart."""
    before = read_case(ctx, OPEN)
    for text, pause in (("Casepact first", 0.0), ("Casepact second", COARSEST)):
        time.sleep(pause)
        sent = {**body_of(before, {"subject": text}), "id": ctx.record(OPEN)["id"]}
        exchange = ctx.call(EDIT, media=JSON, body=sent)
        if not ctx.accepted(["EG-39"], exchange, "the date that a read shows"):
            return
        after = read_case(ctx, OPEN)
        if after.get("subject") != text or before.get("subject") == text or "lastModified" not in before:
            return  # Nothing changed that could be dated; a text that is lost is charged elsewhere.
        moved = after["lastModified"] != before["lastModified"]
        before = after
        if moved:
            break
    shows(ctx, "EG-39", moved, True, "lastModified is the same after an edit")


def _no_lock(ctx: ProbeContext) -> None:
    values: tuple[Any, ...] = ("", "soon", "2015-07-30", "2015-13-30T13:07:40.000Z", 1438261660000, True, [], {})
    for value in values:
        sent = {"lastModified": value, "subject": "Casepact"}
        refused(ctx, ["EG-38"], f"the lastModified {value!r}", sent, "400-152", "D-15")


def _lock_otherwise_written(ctx: ProbeContext) -> None:
    for rewrite in (
        lambda moment: moment.isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(-timedelta(hours=11))).isoformat(timespec="milliseconds"),
        lambda moment: f"{written(moment)[:-1]}000Z",
    ):
        text = rewrite(instant(read_case(ctx, OPEN)["lastModified"]))
        sent = {"lastModified": text, "subject": "Casepact"}
        edited(ctx, ["D-16"], "the stored lastModified written in another way", sent)


def _stale_lock(ctx: ProbeContext) -> None:
    old = read_case(ctx, OPEN)["lastModified"]
    shown = edited(ctx, ["EGF-21"], "the first of two edits", {"subject": "Casepact one"})
    if shown is None:
        return
    now = instant(shown["lastModified"])
    compared = True
    for statement, lock, what in (
        ("EGF-21", old, "the second of two edits that saw the same case"),
        ("EGF-21", written(now + timedelta(days=365)), "a lastModified of next year"),
        # How exactly dates are compared is our choice; who does not compare them at all is wrong once.
        ("D-16", written(now - timedelta(milliseconds=1)), "a lastModified one millisecond too early"),
        ("D-16", written(now + timedelta(milliseconds=1)), "a lastModified one millisecond too late"),
        # The same digits in another zone are another instant.
        ("D-16", f"{written(now)[:-1]}+01:00", "the stored lastModified moved to another zone"),
    ):
        if not compared:
            return
        sent = {"lastModified": lock, "subject": "Casepact two"}
        exchange = refused(ctx, [statement], what, sent, "409-100")
        if statement == "EGF-21" and ctx.operation(EDIT).succeeded(exchange.response.status, exchange.value):
            received = f"{exchange.response.status}, for {what}"
            title = "A conflict that is not reported"
            ctx.promise(["EG-74"], False, exchange, title=title, received=received, documented="409")
        compared = not ctx.operation(EDIT).succeeded(exchange.response.status, exchange.value)
        if exchange.response.status == 409:
            named = ctx.record(OPEN)["id"] in message_of(exchange)
            says(ctx, exchange, "EGF-30", named, "Message of 409-100 without the id of the case", "the id")


def _race(ctx: ProbeContext) -> None:
    operation, before = ctx.operation(EDIT), read_case(ctx, OPEN)
    texts = ("Casepact left", "Casepact right")

    def edit(text: str) -> Exchange:
        parts = RequestParts(media=JSON, body=body_of(before, {"subject": text}))
        return ctx.target.exchange(operation, parts, world=ctx.world)

    with ThreadPoolExecutor(len(texts)) as pool:
        exchanges = list(pool.map(edit, texts))
    for exchange in exchanges:
        ctx.take(operation, exchange)
    won = [item for item in exchanges if operation.succeeded(item.response.status, item.value)]
    lost = [item.sent["subject"] for item in exchanges if item not in won]
    after = read_case(ctx, OPEN)
    if any(item.response.status >= 500 for item in exchanges) or (won and not later(before, after)):
        return  # Charged by the status check, and to D-16 by every other edit.
    held = ctx.promise(
        ["EGF-21"],
        len(won) == 1,
        exchanges[-1],
        title="Two edits at once with one lock: not exactly one won",
        received=f"{len(won)} carried out",
        documented="one carried out",
        side=Side.REFUSE,
        chain=exchanges[:-1],
    )
    if held:
        shows(ctx, "EGF-21", after.get("subject") in lost, False, "The edit that lost was stored")
