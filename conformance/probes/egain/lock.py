"""The lock: `lastModified` as it was read, otherwise written, of another moment, and two edits at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from typing import Any

from conformance.probes.context import Bench, Probe
from conformance.probes.egain.bodies import EDITED, JSON, body_of, written
from conformance.probes.egain.cases import BARE, OPEN, instant, later, read_case
from conformance.probes.egain.edits import EDIT, edit_probe, edited, message_of, refused, says, shows
from conformance.target.exchange import Exchange
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


def _lock_as_read(bench: Bench) -> None:
    first = edited(bench, ["EG-39"], "the date that a read shows", EDITED)
    second = edited(bench, ["EG-39"], "the date that a read shows", EDITED, case=BARE)
    if first is not None and second is not None:
        one, other = instant(first["lastModified"]), instant(second["lastModified"])
        shows(bench, "EG-39", one <= other, True, "A case that was edited later shows an earlier lastModified")


def _moves_on(bench: Bench) -> None:
    """An edit that shows leaves another date; within one second a server may not tell two edits apart."""
    before = read_case(bench, OPEN)
    for text, pause in (("Casepact first", 0.0), ("Casepact second", COARSEST)):
        time.sleep(pause)
        sent = {**body_of(before, {"subject": text}), "id": bench.record(OPEN)["id"]}
        exchange = bench.call(EDIT, media=JSON, body=sent)
        if not bench.accepted(["EG-39"], exchange, "the date that a read shows"):
            return
        after = read_case(bench, OPEN)
        if after.get("subject") != text or before.get("subject") == text or "lastModified" not in before:
            return  # Nothing changed that could be dated; a text that is lost is charged elsewhere.
        moved = after["lastModified"] != before["lastModified"]
        before = after
        if moved:
            break
    shows(bench, "EG-39", moved, True, "lastModified is the same after an edit")


def _no_lock(bench: Bench) -> None:
    values: tuple[Any, ...] = ("", "soon", "2015-07-30", "2015-13-30T13:07:40.000Z", 1438261660000, True, [], {})
    for value in values:
        sent = {"lastModified": value, "subject": "Casepact"}
        refused(bench, ["EG-38"], f"the lastModified {value!r}", sent, "400-152", "D-15")


def _lock_otherwise_written(bench: Bench) -> None:
    for rewrite in (
        lambda moment: moment.isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat(timespec="milliseconds"),
        lambda moment: moment.astimezone(timezone(-timedelta(hours=11))).isoformat(timespec="milliseconds"),
        lambda moment: f"{written(moment)[:-1]}000Z",
    ):
        text = rewrite(instant(read_case(bench, OPEN)["lastModified"]))
        sent = {"lastModified": text, "subject": "Casepact"}
        edited(bench, ["D-16"], "the stored lastModified written in another way", sent)


def _stale_lock(bench: Bench) -> None:
    old = read_case(bench, OPEN)["lastModified"]
    shown = edited(bench, ["EGF-21"], "the first of two edits", {"subject": "Casepact one"})
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
        exchange = refused(bench, [statement], what, sent, "409-100")
        if statement == "EGF-21" and bench.operation(EDIT).succeeded(exchange.response.status, exchange.value):
            received = f"{exchange.response.status}, for {what}"
            title = "A conflict that is not told"
            bench.promise(["EG-74"], False, exchange, title=title, received=received, documented="409")
        compared = not bench.operation(EDIT).succeeded(exchange.response.status, exchange.value)
        if exchange.response.status == 409:
            named = bench.record(OPEN)["id"] in message_of(exchange)
            says(bench, exchange, "EGF-30", named, "Message of 409-100 without the id of the case", "the id")


def _race(bench: Bench) -> None:
    operation, before = bench.operation(EDIT), read_case(bench, OPEN)
    texts = ("Casepact left", "Casepact right")

    def edit(text: str) -> Exchange:
        return bench.target.exchange(operation, media=JSON, body=body_of(before, {"subject": text}), world=bench.world)

    with ThreadPoolExecutor(len(texts)) as pool:
        exchanges = list(pool.map(edit, texts))
    for exchange in exchanges:
        bench.take(operation, exchange)
    won = [item for item in exchanges if operation.succeeded(item.response.status, item.value)]
    lost = [item.sent["subject"] for item in exchanges if item not in won]
    after = read_case(bench, OPEN)
    if any(item.response.status >= 500 for item in exchanges) or (won and not later(before, after)):
        return  # Charged by the status check, and to D-16 by every other edit.
    held = bench.promise(
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
        shows(bench, "EGF-21", after.get("subject") in lost, False, "The edit that lost was stored")
