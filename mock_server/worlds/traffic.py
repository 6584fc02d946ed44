"""Traffic settings of one world: slow answers, failures and a rate limit, the same for the same seed."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass


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


class TrafficShaper:
    """
    What the traffic settings mean for one request after the other.

    `times_left` is how often each of the failures can still happen, None for one without an end.
    """

    __slots__ = ("_chances", "_delays", "_failures", "_times", "times_left", "traffic")

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        # Two rows of chances: which requests fail does not depend on whether answers are held back, or for how long.
        self._failures, self._delays = random.Random(traffic.seed), random.Random(f"delays {traffic.seed}")
        self._times: deque[float] = deque()
        # A row of its own for each, so that one does not depend on how often another was asked.
        self._chances = [random.Random(f"failure {index} {traffic.seed}") for index in range(len(traffic.failures))]
        self.times_left = [failure.times for failure in traffic.failures]

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
            if failure.share < 1 and self._chances[index].random() >= failure.share:
                continue
            if left is not None:
                self.times_left[index] = left - 1
            return failure
        return None

    def delay(self) -> float:
        """How many seconds the next answer is held back."""
        traffic = self.traffic
        return (traffic.latency + (self._delays.uniform(0, traffic.jitter) if traffic.jitter else 0)) / 1000

    def fails(self) -> bool:
        """Whether the next request meets an error of the server."""
        return self.traffic.error_rate > 0 and self._failures.random() < self.traffic.error_rate

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
