"""Servers on which a write takes time to show: reads are repeated, so that nobody is accused of an old answer."""

from __future__ import annotations

import time

from conformance.target.client import Target
from conformance.target.exchange import Exchange
from conformance.target.request_parts import PLAIN, RequestParts
from specs.contract import Operation

MARGIN = 3.0
"""How many times the longest that any write took to show a write is given, once some were seen to."""
ENOUGH = 3
"""After how many writes that were seen to show."""

PAUSE = 0.05
"""Seconds before a read that waits for a write to show is repeated; twice as many before each further time."""


class Settling:
    """
    Sends as the target does; on a target that `settles`, a read after a write waits for it.

    The read is repeated until its answer differs from the last one before the write, or the time that a write is given
    has passed since. That is what the profile allows; unless `patient`, less, once writes were seen to show sooner.
    Another write waits until the one before has settled.
    """

    def __init__(self, target: Target, *, patient: bool = True) -> None:
        self.target = target
        self._seconds = target.profile.settles if patient else usual(target)
        self._shown: dict[str, bytes] = {}
        self._written = 0.0

    def exchange(self, operation: Operation, parts: RequestParts = PLAIN, *, world: str = "") -> Exchange:
        """Call an operation; raises what `Target.exchange` does."""
        if not self._seconds:
            return self.target.exchange(operation, parts, world=world)
        if operation.writes:
            self.wait()
            exchange = self.target.exchange(operation, parts, world=world)
            if operation.succeeded(exchange.response.status, exchange.value) and not operation.gives_token:
                self._written = time.monotonic()
            return exchange
        exchange = self.target.exchange(operation, parts, world=world)
        key, pause = exchange.request.url, PAUSE
        while self._written and exchange.response.body == self._shown.get(key, exchange.response.body):
            if time.monotonic() - self._written > self._seconds:
                break
            time.sleep(pause)
            pause *= 2
            exchange = self.target.exchange(operation, parts, world=world)
        if self._written and exchange.response.body != self._shown.get(key, exchange.response.body):
            self.target.settled_in.append(time.monotonic() - self._written)
        self._written = 0.0
        self._shown[key] = exchange.response.body
        return exchange

    def wait(self) -> None:
        """Let what was written last settle, if nobody has seen it yet."""
        if self._written:
            time.sleep(max(0.0, self._written + self._seconds - time.monotonic()))
            self._written = 0.0


def usual(target: Target) -> float:
    """How many seconds a write is given to show, by what was seen of the server; what the profile allows until then."""
    seen = target.settled_in
    return min(target.profile.settles, MARGIN * max(seen)) if len(seen) >= ENOUGH else target.profile.settles
