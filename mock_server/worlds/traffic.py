"""Traffic settings of one world: slow answers, failures and a rate limit, the same for the same seed."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many requests in any span of so many seconds."""

    requests: int
    per_seconds: float


@dataclass(frozen=True, slots=True)
class SimulatedFailure:
    """
    How certain requests fail: those to an API and an operation, or to any where that is "".

    `kind` is "status" (an error with `status`), "delay" (none but the delay), "reset" (the connection is reset),
    "empty" (it is closed without an answer), "truncated" (it is closed within the body of the answer) or "timeout"
    (there is never an answer). `delay` is in milliseconds; `times` is how many requests fail so, None for all; `share`
    is the part of them from 0 to 1 that does.
    """

    kind: str
    api: str = ""
    operation: str = ""
    status: int = 0
    delay: int = 0
    times: int | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Treatment:
    """
    What becomes of one request, whatever server it came by.

    `kind` is that of a failure, "rate-limit" with the seconds to `wait`, "error-rate", or "" for a request that is
    carried out as ever; `delay` is how many seconds its answer is held back.
    """

    kind: str = ""
    status: int = 0
    wait: int = 0
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """
    What is done to a world's requests on purpose.

    Latency and jitter are in milliseconds, `error_rate` is a share from 0 to 1; `seed` decides which requests fail and
    how long each waits. Of several `failures` that a request meets the first counts.
    """

    latency: int = 0
    jitter: int = 0
    error_rate: float = 0.0
    rate_limit: RateLimit | None = None
    seed: int = 0
    failures: tuple[SimulatedFailure, ...] = ()


NO_SHAPING = Traffic()
"""Nothing is held up, nothing fails."""


@dataclass(frozen=True, slots=True)
class TrafficState:
    """
    How far a world's traffic has come.

    `failures` and `delays` are how many numbers were drawn of these rows, `chances` the same of the row of each
    failure; `left` is how often each failure can still happen, None for one without an end. `times` are the moments of
    the requests that count for the rate limit, in seconds, the oldest first.
    """

    failures: int = 0
    delays: int = 0
    chances: tuple[int, ...] = ()
    left: tuple[int | None, ...] = ()
    times: tuple[float, ...] = ()

    @classmethod
    def start(cls, traffic: Traffic) -> TrafficState:
        """That of a world in which nothing was asked since it got these settings."""
        failures = traffic.failures
        return cls(chances=(0,) * len(failures), left=tuple(failure.times for failure in failures))


NO_TRAFFIC = TrafficState()
"""That of a world without traffic settings."""


class TrafficShaper:
    """
    What the traffic settings mean for one request after the other, from the start or from a `state` on.

    `times_left` is how often each of the failures can still happen, None for one without an end.
    """

    __slots__ = ("_chances", "_delays", "_failures", "_times", "times_left", "traffic")

    def __init__(self, traffic: Traffic, state: TrafficState | None = None) -> None:
        self.traffic = traffic
        state = state or TrafficState.start(traffic)
        # Two rows of numbers: which requests fail does not depend on whether answers are held back, or for how long.
        self._failures, self._delays = state.failures, state.delays
        self._times = deque(state.times)
        # A row of its own for each, so that one does not depend on how often another was asked.
        self._chances = list(state.chances)
        self.times_left = list(state.left)

    def state(self) -> TrafficState:
        """How far it has come; a shaper that is made from it goes on as this one."""
        left, times = tuple(self.times_left), tuple(self._times)
        return TrafficState(self._failures, self._delays, tuple(self._chances), left, times)

    def treatment(self, api: str, operation: str, now: float) -> Treatment:
        """
        What becomes of a request to an operation that comes at `now`, in seconds of a clock that never goes back.

        The rate limit comes first, then the failures, then the error rate.
        """
        delay = self.delay()
        if wait := self.wait(now):
            return Treatment("rate-limit", wait=wait, delay=delay)
        if (failure := self.failure(api, operation)) is not None:
            return Treatment(failure.kind, failure.status, delay=delay + failure.delay / 1000)
        return Treatment("error-rate" if self.fails() else "", delay=delay)

    def failure(self, api: str, operation: str) -> SimulatedFailure | None:
        """The failure that the next request to an operation meets; it is counted."""
        for index, failure in enumerate(self.traffic.failures):
            left = self.times_left[index]
            if left == 0 or failure.api not in ("", api) or failure.operation not in ("", operation):
                continue
            if failure.share < 1:
                number = self._chances[index]
                self._chances[index] += 1
                if self._drawn(f"failure {index}", number) >= failure.share:
                    continue
            if left is not None:
                self.times_left[index] = left - 1
            return failure
        return None

    def delay(self) -> float:
        """How many seconds the next answer is held back."""
        traffic, jitter = self.traffic, 0.0
        if traffic.jitter:
            jitter = traffic.jitter * self._drawn("delays", self._delays)
            self._delays += 1
        return (traffic.latency + jitter) / 1000

    def fails(self) -> bool:
        """Whether the next request meets an error of the server."""
        rate = self.traffic.error_rate
        if rate <= 0:
            return False
        self._failures += 1
        return self._drawn("failures", self._failures - 1) < rate

    def wait(self, now: float) -> int:
        """
        The whole seconds after which a request at `now` would pass the rate limit; 0 when it passes at once.

        `now` is in seconds of a clock that never goes back. A request that passes is counted.
        """
        limit = self.traffic.rate_limit
        if limit is None:
            return 0
        times = self._times
        while times and times[0] <= now - limit.per_seconds:
            times.popleft()
        if len(times) >= limit.requests:
            return max(1, math.ceil(times[0] + limit.per_seconds - now))
        times.append(now)
        return 0

    def _drawn(self, row: str, number: int) -> float:
        """A number of a row, from 0 to below 1: where a row stands is all that has to be kept of it."""
        digest = blake2b(f"{row} {self.traffic.seed} {number}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest) >> 11) / 2**53
